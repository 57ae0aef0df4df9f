/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON mapping of the answers. As it demands, members may have either name (lowerCamelCase, or
 * as in the .proto), numbers may be strings, null is a member's default, and what is unknown is
 * skipped.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "otlp/answer_internal.h"

/*
 * A value of one byte takes a hundred in memory; no real answer has so many. Each value but the
 * first one has one of these characters before it, outside of strings.
 */
#define MAX_VALUES 4096u

static bool has_too_many_values(const char *text, size_t length) {
	uint32_t values = 1;
	bool in_string = false;

	for (size_t i = 0; i < length && values <= MAX_VALUES; i++) {
		if (text[i] == '"')
			in_string = !in_string;
		else if (in_string)
			i += text[i] == '\\';
		else
			values += text[i] == '[' || text[i] == '{' || text[i] == ',' ||
				  text[i] == ':';
	}
	return values > MAX_VALUES;
}

/* NULL: not there, or null. */
static json_t *member(json_t *object, const char *name, const char *other) {
	json_t *value = json_object_get(object, name);

	if (!value)
		value = json_object_get(object, other);
	return json_is_null(value) ? NULL : value;
}

/* 64 bits are a string, fewer a number; each is accepted for the other. */
static int read_integer(json_t *value, int64_t *ret) {
	const char *text = json_string_value(value);
	long long number;
	char *end;

	if (json_is_integer(value)) {
		*ret = json_integer_value(value);
		return 0;
	}
	/* strtoll would skip spaces and take a '+'. */
	if (!text || !(*text == '-' || (*text >= '0' && *text <= '9')))
		return -EBADMSG;
	errno = 0;
	number = strtoll(text, &end, 10);
	if (*end || end == text || errno)
		return -EBADMSG;
	*ret = number;
	return 0;
}

static int read_message(json_t *value, struct otlp_answer *answer) {
	if (!value)
		return 0;
	if (!json_is_string(value))
		return -EBADMSG;
	answer_message(answer, json_string_value(value), json_string_length(value));
	return 0;
}

static int parse(const char *data, size_t length, json_t **ret) {
	json_error_t error;
	json_t *root;

	if (has_too_many_values(data, length))
		return -EMSGSIZE;
	root = json_loadb(data, length, JSON_ALLOW_NUL, &error);
	if (!root)
		return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
	if (!json_is_object(root)) {
		json_decref(root);
		return -EBADMSG;
	}
	*ret = root;
	return 0;
}

static int read_partial(json_t *partial, struct otlp_answer *answer) {
	json_t *rejected;
	int64_t number;
	int r = 0;

	if (!partial)
		return 0;
	if (!json_is_object(partial))
		return -EBADMSG;
	rejected = member(partial, "rejectedSpans", "rejected_spans");
	if (rejected) {
		r = read_integer(rejected, &number);
		if (r == 0)
			r = answer_rejected(answer, number);
	}
	return r < 0 ? r : read_message(member(partial, "errorMessage", "error_message"), answer);
}

int answer_json_success(const char *data, size_t length, struct otlp_answer *answer) {
	json_t *root;
	int r = parse(data, length, &root);

	if (r < 0)
		return r;
	r = read_partial(member(root, "partialSuccess", "partial_success"), answer);
	json_decref(root);
	return r;
}

/* google.protobuf.Duration: "1.5s", 0 to 9 digits behind the point. */
static void read_delay(const char *text, struct otlp_answer *answer) {
	int64_t seconds = 0;
	int32_t nanos = 0, digit = 100000000;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++)
		if (seconds < OTLP_RETRY_MAX_MS)
			seconds = seconds * 10 + (*at - '0');
	if (at == text)
		return;
	if (*at == '.')
		for (at++; *at >= '0' && *at <= '9'; at++, digit /= 10)
			nanos += (*at - '0') * digit;
	if (strcmp(at, "s") == 0)
		answer_retry(answer, seconds, nanos);
}

static void read_detail(json_t *detail, struct otlp_answer *answer) {
	const char *type = json_string_value(json_object_get(detail, "@type"));
	const char *delay = json_string_value(member(detail, "retryDelay", "retry_delay"));

	if (type && delay && answer_is_retry_info(type))
		read_delay(delay, answer);
}

static int read_code(json_t *value, struct otlp_answer *answer) {
	int64_t code = 0;
	int r = value ? read_integer(value, &code) : 0;

	if (r < 0 || code < INT32_MIN || code > INT32_MAX)
		return -EBADMSG;
	answer->code = (int32_t)code;
	return 0;
}

int answer_json_refusal(const char *data, size_t length, struct otlp_answer *answer) {
	json_t *root, *details;
	int r = parse(data, length, &root);

	if (r < 0)
		return r;
	r = read_code(member(root, "code", "code"), answer);
	if (r == 0)
		r = read_message(member(root, "message", "message"), answer);
	details = member(root, "details", "details");
	for (size_t i = 0; i < json_array_size(details); i++)
		read_detail(json_array_get(details, i), answer);
	json_decref(root);
	return r;
}
