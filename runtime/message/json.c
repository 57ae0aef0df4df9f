/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service "ry.json": a thin face over jansson. `struct ry_json` is never defined: a value is a
 * json_t, and these functions are the only ones that know it.
 *
 * Formatting is our own: jansson 2.14 prints reals with 17 digits, so that 1.1 would come out as
 * 1.1000000000000001 after a pipeline that only passes it on.
 */
#include "message/json.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define MAX_DEPTH 2048 /* as jansson's parser */

static json_t *inside(const struct ry_json *value) {
	return (json_t *)value;
}

static struct ry_json *outside(json_t *value) {
	return (struct ry_json *)value;
}

/* -- text to value -------------------------------------------------------------------------- */

static int json_parse(const char *text, uint64_t length, struct ry_json **ret, char *why,
		      uint32_t cap) {
	const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL;
	json_error_t error;
	json_t *value = json_loadb(text, length, flags, &error);

	if (value) {
		*ret = outside(value);
		return 0;
	}
	if (why && cap)
		snprintf(why, cap, "%s, at byte %d", error.text, error.position);
	return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
}

/* -- value to text -------------------------------------------------------------------------- */

/* Text that is counted to its end and kept up to its capacity. */
struct sink {
	char *buf;
	uint64_t length, cap;
};

static void put_bytes(struct sink *out, const char *bytes, uint64_t n) {
	if (n && out->length + n <= out->cap)
		memcpy(out->buf + out->length, bytes, n);
	out->length += n;
}

static void put_text(struct sink *out, const char *text) {
	put_bytes(out, text, strlen(text));
}

static void put_escape(struct sink *out, unsigned char c) {
	static const char hex[] = "0123456789abcdef";
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *at = c ? strchr(from, c) : NULL;
	char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

	if (at) {
		text[1] = to[at - from];
		put_bytes(out, text, 2);
	} else {
		put_bytes(out, text, sizeof(text));
	}
}

static void put_string(struct sink *out, const char *text, size_t length) {
	size_t start = 0;

	put_text(out, "\"");
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		put_bytes(out, text + start, i - start);
		put_escape(out, c);
		start = i + 1;
	}
	put_bytes(out, text + start, length - start);
	put_text(out, "\"");
}

/* As few digits as read back as the same double, from 15 on; and the mark of a real. */
static void put_real(struct sink *out, double value) {
	char text[40];
	bool is_real = false;

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text) - 2, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	for (char *at = text; *at; at++) {
		if (!strchr("+-0123456789eE.", *at))
			*at = '.'; /* the decimal point of a locale that a plugin has set */
		is_real = is_real || *at == '.' || *at == 'e';
	}
	put_text(out, text);
	if (!is_real)
		put_text(out, ".0");
}

static int put_value(struct sink *out, json_t *value, unsigned depth);

static int put_object(struct sink *out, json_t *object, unsigned depth) {
	const char *separator = "{";
	const char *key;
	json_t *member;

	json_object_foreach(object, key, member) {
		int r;

		put_text(out, separator);
		put_string(out, key, strlen(key));
		put_text(out, ":");
		r = put_value(out, member, depth + 1);
		if (r < 0)
			return r;
		separator = ",";
	}
	put_text(out, json_object_size(object) ? "}" : "{}");
	return 0;
}

static int put_array(struct sink *out, json_t *array, unsigned depth) {
	size_t i;
	json_t *element;

	put_text(out, "[");
	json_array_foreach(array, i, element) {
		int r;

		if (i)
			put_text(out, ",");
		r = put_value(out, element, depth + 1);
		if (r < 0)
			return r;
	}
	put_text(out, "]");
	return 0;
}

static void put_integer(struct sink *out, json_int_t value) {
	char text[24];

	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, value);
	put_text(out, text);
}

static int put_value(struct sink *out, json_t *value, unsigned depth) {
	if (depth > MAX_DEPTH)
		return -ELOOP;
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return put_object(out, value, depth);
	case JSON_ARRAY:
		return put_array(out, value, depth);
	case JSON_STRING:
		put_string(out, json_string_value(value), json_string_length(value));
		return 0;
	case JSON_INTEGER:
		put_integer(out, json_integer_value(value));
		return 0;
	case JSON_REAL:
		put_real(out, json_real_value(value));
		return 0;
	case JSON_TRUE:
		put_text(out, "true");
		return 0;
	case JSON_FALSE:
		put_text(out, "false");
		return 0;
	case JSON_NULL:
		put_text(out, "null");
		return 0;
	}
	return -EINVAL;
}

static int64_t json_format(const struct ry_json *value, char *buf, uint64_t cap) {
	struct sink out = {.buf = buf, .cap = cap};
	int r;

	if (!value)
		return -EINVAL;
	r = put_value(&out, inside(value), 1);
	return r < 0 ? r : (int64_t)out.length;
}

/* -- looking into a value ------------------------------------------------------------------- */

static struct ry_json *json_ref(const struct ry_json *value) {
	return outside(json_incref(inside(value)));
}

static void json_unref(struct ry_json *value) {
	json_decref(inside(value));
}

static uint32_t json_kind(const struct ry_json *value) {
	static const uint8_t kinds[] = {
		[JSON_OBJECT] = RY_JSON_OBJECT, [JSON_ARRAY] = RY_JSON_ARRAY,
		[JSON_STRING] = RY_JSON_STRING, [JSON_INTEGER] = RY_JSON_INTEGER,
		[JSON_REAL] = RY_JSON_REAL,	[JSON_TRUE] = RY_JSON_TRUE,
		[JSON_FALSE] = RY_JSON_FALSE,	[JSON_NULL] = RY_JSON_NULL,
	};

	return value ? kinds[json_typeof(inside(value))] : (uint32_t)RY_JSON_NULL;
}

static const struct ry_json *json_member(const struct ry_json *object, const char *key) {
	return outside(json_object_get(inside(object), key));
}

static const struct ry_json *json_element(const struct ry_json *array, uint64_t index) {
	return outside(json_array_get(inside(array), index));
}

static uint64_t json_count(const struct ry_json *value) {
	return json_is_object(inside(value)) ? json_object_size(inside(value))
					     : json_array_size(inside(value));
}

static const char *json_text(const struct ry_json *value, uint64_t *ret_length) {
	if (!json_is_string(inside(value)))
		return NULL;
	if (ret_length)
		*ret_length = json_string_length(inside(value));
	return json_string_value(inside(value));
}

static int64_t json_int(const struct ry_json *value) {
	return json_integer_value(inside(value));
}

static double json_double(const struct ry_json *value) {
	return json_number_value(inside(value));
}

/* -- making values -------------------------------------------------------------------------- */

static struct ry_json *json_new_object(void) {
	return outside(json_object());
}

static struct ry_json *json_new_array(void) {
	return outside(json_array());
}

static struct ry_json *json_new_string(const char *text, uint64_t length) {
	return outside(json_stringn(text, length));
}

static struct ry_json *json_new_integer(int64_t value) {
	return outside(json_integer(value));
}

static struct ry_json *json_new_real(double value) {
	return outside(json_real(value));
}

static struct ry_json *json_new_bool(int value) {
	return outside(json_boolean(value));
}

static struct ry_json *json_new_null(void) {
	return outside(json_null());
}

static struct ry_json *json_shallow_copy(const struct ry_json *value) {
	return outside(json_copy(inside(value)));
}

static int json_set(struct ry_json *object, const char *key, struct ry_json *value) {
	if (json_is_object(inside(object)) && key && value && object != value &&
	    utf8_valid(key, strlen(key)))
		return json_object_set_new_nocheck(inside(object), key, inside(value)) ? -ENOMEM
										       : 0;
	json_unref(value);
	return -EINVAL;
}

static int json_append(struct ry_json *array, struct ry_json *value) {
	if (json_is_array(inside(array)) && value && array != value)
		return json_array_append_new(inside(array), inside(value)) ? -ENOMEM : 0;
	json_unref(value);
	return -EINVAL;
}

static int json_erase(struct ry_json *object, const char *key) {
	if (!json_is_object(inside(object)) || !key)
		return -EINVAL;
	return json_object_del(inside(object), key) ? -ENOENT : 0;
}

const struct ry_json_service json_service = {
	RY_SIZE(ry_json_service),
	.parse = json_parse,
	.format = json_format,
	.ref = json_ref,
	.unref = json_unref,
	.kind = json_kind,
	.member = json_member,
	.element = json_element,
	.count = json_count,
	.string = json_text,
	.integer = json_int,
	.real = json_double,
	.new_object = json_new_object,
	.new_array = json_new_array,
	.new_string = json_new_string,
	.new_integer = json_new_integer,
	.new_real = json_new_real,
	.new_bool = json_new_bool,
	.new_null = json_new_null,
	.copy = json_shallow_copy,
	.set = json_set,
	.append = json_append,
	.erase = json_erase,
};
