/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mqtt_publish.broker: an adapter around a library that has a thread of its own. libmosquitto talks to
 * the broker on that thread, and calls on_acknowledged there. What belongs to the pipeline belongs to
 * the loop's thread, so all that the callback does is to note a number and to post:
 *
 *	loop thread				libmosquitto's thread
 *	-----------				---------------------
 *	publish: mosquitto_publish copies
 *	the message and gives it a number
 *	returns RY_PENDING				sends, receives
 *						on_acknowledged(number)
 *						  notes the number	(acks, under the lock)
 *						  post(on_posted), unless one is on its way
 *	on_posted: takes the numbers,
 *	ends the calls that still wait
 *
 * The races, and what becomes of them:
 * - The answer comes before mosquitto_publish has returned its number: on_posted runs on the loop's
 *   thread, so only after `publish` has noted the number as well.
 * - The answer comes after cancel or the deadline: the delivery is still on the list, without a
 *   call. It is taken off, and nobody is told. Until then it counts as one of max_pending.
 * - The answer comes while the adapter stops: mosquitto_loop_stop waits for the thread, so there is
 *   no callback after `stop`. What it has posted by then never runs, or finds an empty list.
 *   Nothing is allocated per post, so nothing is lost with it.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mosquitto.h>

#include "mqtt_publish.h"
#include "publisher.h"

#define NS_PER_MS	  1000000ull
#define KEEPALIVE_SECONDS 30
#define MAX_PAYLOAD_BYTES 1048576u

struct broker_config {
	const char *host;
	int64_t port;
	int64_t timeout_ms;
	int64_t max_pending;
};

/* A message that the broker has not acknowledged yet. */
struct delivery {
	struct delivery *next;
	struct broker *broker;
	struct ry_call *call;	/* NULL: nobody waits any more */
	struct ry_timer *timer; /* of its deadline; NULL with call */
	int number;
};

struct broker {
	const struct ry_host *host;
	const struct ry_loop_service *loop;
	const struct broker_config *config;
	struct mosquitto *mosquitto;
	bool running;			     /* the library's thread is there */
	struct delivery *deliveries, **last; /* in the order in which they were sent */
	uint32_t n_deliveries;
	int *taken; /* on_posted's half of the numbers; max_pending of them */

	pthread_mutex_t lock;
	int *acks; /* under the lock: numbers that were acknowledged; max_pending of them */
	uint32_t n_acks;
	bool posted; /* under the lock: on_posted will come */
};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct broker_config, host, RY_CONFIG_STRING, "the broker", .fallback = "127.0.0.1"),
	RY_KEY(struct broker_config, port, RY_CONFIG_INT, "its port", .fallback = "1883",
	       RY_RANGE(1, 65535)),
	RY_KEY(struct broker_config, timeout_ms, RY_CONFIG_INT,
	       "deadline of a call that brings none", .unit = "ms", .fallback = "5000",
	       RY_RANGE(1, 3600000)),
	RY_KEY(struct broker_config, max_pending, RY_CONFIG_INT,
	       "messages that the broker has not acknowledged; beyond it calls fail with EAGAIN",
	       .unit = "items", .fallback = "256", RY_RANGE(1, 32768)),
	NULL,
};

static uint64_t monotonic_ns(void) {
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* -- deliveries: loop thread ---------------------------------------------------------------- */

/* Nobody waits for it any more; it stays on the list until the broker has answered. */
static struct ry_call *give_up(struct delivery *delivery) {
	struct ry_call *call = delivery->call;

	delivery->broker->loop->timer_stop(delivery->timer);
	delivery->timer = NULL;
	delivery->call = NULL;
	return call;
}

static void on_deadline(void *user) {
	ry_call_complete(give_up(user), -ETIMEDOUT);
}

static void on_cancel(struct ry_call *call) {
	give_up(call->provider);
}

static void add_delivery(struct broker *broker, struct delivery *delivery) {
	*broker->last = delivery;
	broker->last = &delivery->next;
	broker->n_deliveries++;
}

/* Brokers answer in order: it is the first, as a rule. NULL: an answer to nothing. */
static struct delivery *take_delivery(struct broker *broker, int number) {
	struct delivery **at = &broker->deliveries, *delivery;

	while (*at && (*at)->number != number)
		at = &(*at)->next;
	delivery = *at;
	if (!delivery)
		return NULL;
	*at = delivery->next;
	if (broker->last == &delivery->next)
		broker->last = at;
	broker->n_deliveries--;
	return delivery;
}

static void deliver(struct broker *broker, int number) {
	struct delivery *delivery = take_delivery(broker, number);
	struct ry_call *call;

	if (!delivery)
		return;
	call = give_up(delivery);
	free(delivery);
	if (call)
		ry_call_complete(call, 0); /* may publish more */
}

static void on_posted(void *user) {
	struct broker *broker = user;
	uint32_t n;

	pthread_mutex_lock(&broker->lock);
	n = broker->n_acks;
	memcpy(broker->taken, broker->acks, n * sizeof(broker->acks[0]));
	broker->n_acks = 0;
	broker->posted = false;
	pthread_mutex_unlock(&broker->lock);
	for (uint32_t i = 0; i < n; i++)
		deliver(broker, broker->taken[i]);
}

/* -- the library's thread ------------------------------------------------------------------- */

static void on_acknowledged(struct mosquitto *mosquitto, void *user, int number) {
	struct broker *broker = user;

	(void)mosquitto;
	pthread_mutex_lock(&broker->lock);
	/* There are no more numbers than deliveries, and of these at most max_pending. */
	if (broker->n_acks < broker->config->max_pending)
		broker->acks[broker->n_acks++] = number;
	/* Without memory for it, the next answer posts for this one too. */
	if (!broker->posted)
		broker->posted = broker->loop->post(broker->host, on_posted, broker) == 0;
	pthread_mutex_unlock(&broker->lock);
}

/* -- the contract: loop thread -------------------------------------------------------------- */

static int publish_errno(int error) {
	switch (error) {
	case MOSQ_ERR_SUCCESS:
	case MOSQ_ERR_NO_CONN: /* kept by the library, and sent when there is a connection */
		return 0;
	case MOSQ_ERR_NOMEM:
		return -ENOMEM;
	case MOSQ_ERR_PAYLOAD_SIZE:
	case MOSQ_ERR_OVERSIZE_PACKET:
		return -EMSGSIZE;
	case MOSQ_ERR_INVAL:
	case MOSQ_ERR_MALFORMED_UTF8:
		return -EINVAL;
	default:
		return -EIO;
	}
}

static int check(const struct broker *broker, const struct mq_publish_request *req) {
	size_t length = strlen(req->topic);

	if (!length || length > MQ_MAX_TOPIC_BYTES || strpbrk(req->topic, "+#"))
		return -EINVAL;
	if (req->length > MAX_PAYLOAD_BYTES)
		return -EMSGSIZE;
	return broker->n_deliveries < broker->config->max_pending ? 0 : -EAGAIN;
}

static int send_delivery(struct delivery *delivery, const struct mq_publish_request *req) {
	int r = mosquitto_publish(delivery->broker->mosquitto, &delivery->number, req->topic,
				  (int)req->length, req->payload, 1, false);

	return publish_errno(r);
}

static int start_deadline(struct delivery *delivery, const struct ry_call *call) {
	const struct broker *broker = delivery->broker;
	uint64_t now = monotonic_ns();
	uint64_t deadline = call->deadline_ns
				    ? call->deadline_ns
				    : now + (uint64_t)broker->config->timeout_ms * NS_PER_MS;

	return broker->loop->timer_start(broker->host, deadline > now ? deadline - now : 0, 0,
					 on_deadline, delivery, &delivery->timer);
}

static int publish(void *self, const void *request, void *result, struct ry_call *call) {
	struct broker *broker = self;
	struct delivery *delivery;
	int r = call ? check(broker, request) : -EINVAL;

	(void)result;
	if (r < 0)
		return r;
	delivery = calloc(1, sizeof(*delivery));
	if (!delivery)
		return -ENOMEM;
	delivery->broker = broker;
	r = start_deadline(delivery, call);
	if (r == 0)
		r = send_delivery(delivery, request);
	if (r < 0) {
		broker->loop->timer_stop(delivery->timer);
		free(delivery);
		return r;
	}
	add_delivery(broker, delivery);
	delivery->call = call;
	call->provider = delivery;
	call->cancel = on_cancel;
	return RY_PENDING;
}

/* -- the adapter ---------------------------------------------------------------------------- */

static int make_library(struct broker *broker) {
	broker->mosquitto = mosquitto_new(NULL, true, broker);
	if (!broker->mosquitto)
		return -ENOMEM;
	mosquitto_publish_callback_set(broker->mosquitto, on_acknowledged);
	mosquitto_max_inflight_messages_set(broker->mosquitto, 0); /* ours is the limit */
	return 0;
}

/* A broker that is not there yet is no error: the library goes on trying. */
static int start(void *self) {
	struct broker *broker = self;
	int r;

	/* In this order: a thread that starts after a failed connect does not try again. */
	if (mosquitto_loop_start(broker->mosquitto) != MOSQ_ERR_SUCCESS)
		return -EAGAIN;
	broker->running = true;
	r = mosquitto_connect_async(broker->mosquitto, broker->config->host,
				    (int)broker->config->port, KEEPALIVE_SECONDS);
	if (r != MOSQ_ERR_SUCCESS && r != MOSQ_ERR_ERRNO)
		return -EHOSTUNREACH; /* no address for its name */
	return 0;
}

/* Afterwards the library's thread is gone, and with it all callbacks. Nobody is told any more. */
static int stop(void *self) {
	struct broker *broker = self;

	if (broker->running) {
		mosquitto_disconnect(broker->mosquitto);
		mosquitto_loop_stop(broker->mosquitto, false);
	}
	broker->running = false;
	for (struct delivery *i = broker->deliveries; i; i = i->next)
		give_up(i);
	return 0;
}

static void destroy(void *self) {
	struct broker *broker = self;

	stop(broker);
	mosquitto_destroy(broker->mosquitto);
	mosquitto_lib_cleanup();
	while (broker->deliveries)
		deliver(broker, broker->deliveries->number);
	pthread_mutex_destroy(&broker->lock);
	free(broker->acks);
	free(broker->taken);
	free(broker);
}

static int create(const struct ry_create *create_with, void **ret_self) {
	struct broker *broker = calloc(1, sizeof(*broker));
	size_t most;
	int r;

	if (!broker)
		return -ENOMEM;
	broker->host = create_with->host;
	broker->config = create_with->config;
	broker->loop = broker->host->get(broker->host, RY_LOOP, 1);
	broker->last = &broker->deliveries;
	pthread_mutex_init(&broker->lock, NULL);
	mosquitto_lib_init();
	most = (size_t)broker->config->max_pending;
	broker->acks = calloc(most, sizeof(broker->acks[0]));
	broker->taken = calloc(most, sizeof(broker->taken[0]));
	r = !broker->loop ? -ENOTSUP : !broker->acks || !broker->taken ? -ENOMEM : 0;
	if (r == 0)
		r = make_library(broker);
	if (r < 0) {
		destroy(broker);
		return r;
	}
	*ret_self = broker;
	return 0;
}

static const struct ry_adapter_ops ops = {
	RY_SIZE(ry_adapter_ops), .create = create, .start = start, .stop = stop, .destroy = destroy,
};

static ry_op *const publisher_ops[MQ_PUBLISHER_OP_COUNT] = {[MQ_PUBLISHER_PUBLISH] = publish};

static const struct ry_provides provides_publisher = {
	RY_SIZE(ry_provides),
	.flags = RY_OFFERS_ACONSUME,
	.major = MQ_PUBLISHER_MAJOR,
	.minor = MQ_PUBLISHER_MINOR,
	.contract = MQ_PUBLISHER,
	.ops = publisher_ops,
	.op_count = MQ_PUBLISHER_OP_COUNT,
};

const struct ry_adapter_type mq_broker = {
	RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_NEEDS_LOOP | RY_ADAPTER_MULTI_PROCESS,
	.config_size = sizeof(struct broker_config),
	.name = "mqtt_publish.broker",
	.summary = "publishes on an MQTT broker, at least once",
	.ops = &ops,
	.provides = (const struct ry_provides *const[]){&provides_publisher, NULL},
	.keys = keys,
};
