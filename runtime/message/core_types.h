/* SPDX-License-Identifier: Apache-2.0 */
/* The message types that every host has (`railyard.*`); <railyard/message.h> names them. */
#ifndef MESSAGE_CORE_TYPES_H
#define MESSAGE_CORE_TYPES_H

#include <railyard/message.h>

extern const struct ry_message_type core_line;
extern const struct ry_message_type core_bytes;
extern const struct ry_message_type core_json; /* its codec is compact JSON text */
extern const struct ry_message_type core_tick;

#endif
