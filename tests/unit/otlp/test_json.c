/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/json.h"

#include <jansson.h>

#include "support/span_sample.h"

static struct text text;
static struct cache cache;

static json_t *encode(void) {
	json_error_t error;
	json_t *root;

	otlp_json_begin(&text, &sample_batch);
	for (uint32_t i = 0; i < sample_batch.n_spans; i++)
		expect(otlp_json_span(&text, &cache, sample_batch.spans[i]));
	otlp_json_end(&text);
	expect(!text.failed);
	root = json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES, &error);
	ck_assert_msg(root != NULL, "%s: %.*s", error.text, (int)text.length, text.data);
	return root;
}

static json_t *first(json_t *object, const char *key) {
	return json_array_get(json_object_get(object, key), 0);
}

static const char *string(json_t *object, const char *key) {
	const char *value = json_string_value(json_object_get(object, key));

	ck_assert_msg(value != NULL, "no string %s", key);
	return value;
}

static json_t *value_of(json_t *attributes, size_t i, const char *key) {
	json_t *attribute = json_array_get(attributes, i);

	expect_str(string(attribute, "key"), key);
	return json_object_get(attribute, "value");
}

START_TEST(it_is_otlp)
{
	json_t *root = encode(), *resource = first(root, "resourceSpans");
	json_t *scope = first(resource, "scopeSpans"), *span = first(scope, "spans");
	json_t *attributes;

	attributes = json_object_get(json_object_get(resource, "resource"), "attributes");
	expect_str(string(value_of(attributes, 0, "service.name"), "stringValue"), "test");
	expect_str(string(json_object_get(scope, "scope"), "name"), "railyard");
	expect_str(string(json_object_get(scope, "scope"), "version"), "1");
	expect_int(json_array_size(json_object_get(scope, "spans")), 2);
	expect_str(string(span, "traceId"), "0123456789abcdef00000000000000ff");
	expect_str(string(span, "spanId"), "0102030405060708");
	expect_str(string(span, "parentSpanId"), "0000000000000009");
	expect_str(string(span, "traceState"), "a=b");
	expect_str(string(span, "name"), "check");
	expect_int(json_integer_value(json_object_get(span, "flags")), 3);
	expect_int(json_integer_value(json_object_get(span, "kind")), 5);
	expect_str(string(span, "startTimeUnixNano"), "1700000000000000000");
	expect_str(string(span, "endTimeUnixNano"), "1700000000001500000");
	expect_int(json_integer_value(json_object_get(span, "droppedAttributesCount")), 2);
	expect_int(json_integer_value(json_object_get(json_object_get(span, "status"), "code")), 2);
	expect_str(string(json_object_get(span, "status"), "message"), "broken");
	json_decref(root);
	text_fini(&text);
}
END_TEST

START_TEST(values_have_their_types)
{
	json_t *root = encode(), *scope = first(first(root, "resourceSpans"), "scopeSpans");
	json_t *attributes = json_object_get(first(scope, "spans"), "attributes");

	expect_int(json_array_size(attributes), 8);
	expect_str(string(value_of(attributes, 0, "text"), "stringValue"),
		   "q\"b\\n\nt\tx\x01\x7f \xc3\xa9 \xef\xbf\xbd end");
	expect(json_is_true(json_object_get(value_of(attributes, 1, "yes"), "boolValue")));
	expect(json_is_false(json_object_get(value_of(attributes, 2, "no"), "boolValue")));
	expect_str(string(value_of(attributes, 3, "least"), "intValue"), "-9223372036854775808");
	expect_str(string(value_of(attributes, 4, "most"), "intValue"), "9223372036854775807");
	expect(json_real_value(json_object_get(value_of(attributes, 5, "pi"), "doubleValue")) ==
	       3.25);
	expect_str(string(value_of(attributes, 6, "nan"), "doubleValue"), "NaN");
	expect_str(string(value_of(attributes, 7, "inf"), "doubleValue"), "-Infinity");
	json_decref(root);
	text_fini(&text);
}
END_TEST

START_TEST(events_and_links_are_there_and_a_plain_span_is_short)
{
	json_t *root = encode(), *scope = first(first(root, "resourceSpans"), "scopeSpans");
	json_t *span = first(scope, "spans"), *event = first(span, "events");
	json_t *link = first(span, "links");
	json_t *plain = json_array_get(json_object_get(scope, "spans"), 1);

	expect_str(string(event, "timeUnixNano"), "1700000000000000123");
	expect_str(string(event, "name"), "exception");
	expect_str(string(value_of(json_object_get(event, "attributes"), 0, "exception.type"),
			  "stringValue"),
		   "EIO");
	expect_str(string(link, "traceId"), "aa000000000000000000000000000000");
	expect_str(string(link, "spanId"), "bb00000000000000");
	expect(!json_object_get(plain, "parentSpanId"));
	expect(!json_object_get(plain, "traceState"));
	expect(!json_object_get(plain, "events"));
	expect(!json_object_get(plain, "links"));
	expect(!json_object_get(plain, "status"));
	expect(!json_object_get(plain, "droppedAttributesCount"));
	json_decref(root);
	text_fini(&text);
}
END_TEST

/* Every sequence of two bytes, and of three from the interesting ones: always valid JSON. */
START_TEST(any_bytes_make_valid_json)
{
	static const unsigned char odd[] = {0x01, '"',	'\\', 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc0,
					    0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff};
	const size_t n = sizeof(odd);

	for (size_t i = 0; i < n * n * n * n; i++) {
		const char bytes[] = {(char)odd[i % n],
				      (char)odd[i / n % n],
				      (char)odd[i / n / n % n],
				      (char)odd[i / n / n / n],
				      'x',
				      0};
		json_t *value;

		text_clear(&text);
		text_literal(&text, "\"");
		text_json_chars(&text, bytes);
		text_literal(&text, "\"");
		value = json_loadb(text.data, text.length, JSON_DECODE_ANY, NULL);
		ck_assert_msg(value != NULL, "%02x %02x %02x %02x", (unsigned char)bytes[0],
			      (unsigned char)bytes[1], (unsigned char)bytes[2],
			      (unsigned char)bytes[3]);
		json_decref(value);
	}
	text_fini(&text);
}
END_TEST

TEST_MAIN("otlp/json", it_is_otlp, values_have_their_types,
	  events_and_links_are_there_and_a_plain_span_is_short, any_bytes_make_valid_json)
