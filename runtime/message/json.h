/* SPDX-License-Identifier: Apache-2.0 */
/* The host service "ry.json" 1: JSON values on the message path, jansson behind them. */
#ifndef MESSAGE_JSON_H
#define MESSAGE_JSON_H

#include <railyard/json.h>

/*
 * Nesting is at most 2048 levels, integers are 64 bits, reals are finite doubles, and a key holds
 * no NUL: a text beyond that is -EBADMSG. Reals are formatted with 15 digits, or with the 16 or 17
 * that it takes to read back as the same double.
 */
extern const struct ry_json_service json_service;

#endif
