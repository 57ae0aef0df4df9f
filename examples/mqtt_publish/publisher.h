/* SPDX-License-Identifier: Apache-2.0 */
/* Contract "mqtt_publish.publisher" 1.0: hands messages to an MQTT broker, at least once. */
#ifndef MQTT_PUBLISH_PUBLISHER_H
#define MQTT_PUBLISH_PUBLISHER_H

#include <railyard/node.h>

#define MQ_PUBLISHER	   "mqtt_publish.publisher"
#define MQ_PUBLISHER_MAJOR 1u
#define MQ_PUBLISHER_MINOR 0u

enum mq_publisher_op {
	MQ_PUBLISHER_PUBLISH = 0,
	MQ_PUBLISHER_OP_COUNT = 1,
};

#define MQ_MAX_TOPIC_BYTES 255u

struct mq_publish_request {
	const char *topic; /* NUL-terminated, at most MQ_MAX_TOPIC_BYTES, without wildcards */
	const void *payload;
	uint64_t length;
};

/*
 * 0: the broker has taken it. -EINVAL (the topic), -EMSGSIZE, -EAGAIN (too many are under way), -ENOMEM,
 * -ETIMEDOUT: the broker has not said in time that it has it, and may take it yet; with a call also
 * RY_PENDING.
 */
static inline int mq_publish(const struct ry_binding *b, const struct mq_publish_request *req,
			     struct ry_call *call) {
	return b->ops[MQ_PUBLISHER_PUBLISH](b->self, req, NULL, call);
}

#endif
