/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host service "ry.json" 1: JSON values on the message path (type `railyard.json`). A value is
 * parsed once and passed as an object; the parser behind it can change.
 *
 * Values are opaque. A value inside a message is immutable; build new ones with the functions
 * below and emit them with ry_emit_object. Runner's thread.
 */
#ifndef RAILYARD_JSON_H
#define RAILYARD_JSON_H

#include <stdint.h>

#include <railyard/host.h>

RY_EXTERN_C_BEGIN

#define RY_JSON "ry.json"

struct ry_json; /* opaque */

enum ry_json_kind {
	RY_JSON_NULL = 0,
	RY_JSON_FALSE = 1,
	RY_JSON_TRUE = 2,
	RY_JSON_INTEGER = 3,
	RY_JSON_REAL = 4,
	RY_JSON_STRING = 5,
	RY_JSON_ARRAY = 6,
	RY_JSON_OBJECT = 7,
};

struct ry_json_service {
	uint32_t size;
	uint32_t reserved;
	/*
	 * Parses one value; duplicate keys, invalid UTF-8 and trailing text are errors.
	 * Returns 0 and *ret, to be released; -EBADMSG, with a sentence in why (cap bytes; NULL: none).
	 */
	int (*parse)(const char *text, uint64_t length, struct ry_json **ret, char *why,
		     uint32_t cap);
	/*
	 * Compact text, keys in their order, no final newline. Returns the length, also when it is
	 * above cap (then buf is undefined), or a negative errno.
	 */
	int64_t (*format)(const struct ry_json *value, char *buf, uint64_t cap);
	struct ry_json *(*ref)(const struct ry_json *value);
	void (*unref)(struct ry_json *value); /* accepts NULL */
	uint32_t (*kind)(const struct ry_json *value);
	/* Borrowed members; NULL: no such member, or not an object or array. */
	const struct ry_json *(*member)(const struct ry_json *object, const char *key);
	const struct ry_json *(*element)(const struct ry_json *array, uint64_t index);
	uint64_t (*count)(const struct ry_json *value); /* members or elements; else 0 */
	/* Borrowed; NULL: not a string. It may hold NUL bytes: see *ret_length. */
	const char *(*string)(const struct ry_json *value, uint64_t *ret_length);
	int64_t (*integer)(const struct ry_json *value); /* 0: not an integer */
	double (*real)(const struct ry_json *value); /* an integer is converted; 0: not a number */
	/* New values, to be released or put into another; NULL: out of memory. */
	struct ry_json *(*new_object)(void);
	struct ry_json *(*new_array)(void);
	struct ry_json *(*new_string)(const char *text, uint64_t length); /* NULL also: not UTF-8 */
	struct ry_json *(*new_integer)(int64_t value);
	struct ry_json *(*new_real)(double value); /* NULL also: not finite */
	struct ry_json *(*new_bool)(int value);
	struct ry_json *(*new_null)(void);
	/* A shallow copy that may be changed: how a node derives a new object from a received one. */
	struct ry_json *(*copy)(const struct ry_json *value);
	/* Put a value into a container that the caller made. The value is taken, also on failure. */
	int (*set)(struct ry_json *object, const char *key, struct ry_json *value);
	int (*append)(struct ry_json *array, struct ry_json *value);
	int (*erase)(struct ry_json *object, const char *key); /* -ENOENT: no such member */
};

RY_EXTERN_C_END

#endif
