/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this plugin share. */
#ifndef MQTT_PUBLISH_H
#define MQTT_PUBLISH_H

#include <railyard/adapter.h>
#include <railyard/node.h>

extern const struct ry_adapter_type mq_broker;
extern const struct ry_node_type mq_publish_line;

#endif
