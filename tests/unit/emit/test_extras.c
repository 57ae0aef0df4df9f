/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/extras.h"

#include <errno.h>
#include <string.h>

#include "support/test.h"

static struct ry_field string_field(const char *name, const char *value) {
	return (struct ry_field){RY_SIZE(ry_field), RY_VALUE_STRING, name, {.string = value}};
}

static struct extra next(const struct extras *extras, uint32_t *at) {
	struct extra extra;

	expect_int(extras_next(extras->data, extras->length, at, &extra), 1);
	return extra;
}

START_TEST(all_kinds_round_trip)
{
	static const uint8_t trace[16] = {1, 2}, span[8] = {3, 4};
	struct ry_field number = {RY_SIZE(ry_field), RY_VALUE_INT, "n", {.integer = -7}};
	struct ry_field text = string_field("key", "");
	const struct ry_field *fields[] = {&number, &text};
	struct extras extras = EXTRAS_INIT;
	struct extra extra;
	int64_t value;
	uint64_t time;
	uint32_t at = 0;

	expect_ok(extras_attribute(&extras, &number));
	expect_ok(extras_event(&extras, 99, "went", fields, 2));
	expect_ok(extras_link(&extras, trace, span, 3));
	expect_ok(extras_text(&extras, EXTRA_STATUS, "broken"));
	expect_ok(extras_text(&extras, EXTRA_TRACESTATE, "a=b"));
	expect_ok(extras_text(&extras, EXTRA_NAME, "child"));
	expect_ok(extras_finish(&extras)); /* nothing was dropped: adds nothing */
	expect_int(extras.length & 7, 0);

	extra = next(&extras, &at);
	expect_int(extra.kind, EXTRA_ATTRIBUTE);
	expect_int(extra.type, RY_VALUE_INT);
	memcpy(&value, extra.value, 8);
	expect_int(value, -7);
	extra = next(&extras, &at);
	expect_int(extra.kind, EXTRA_EVENT);
	expect_int(extra.count, 2);
	expect_str(extra.name, "went");
	memcpy(&time, extra.value, 8);
	expect_int(time, 99);
	expect_str(next(&extras, &at).name, "n");
	extra = next(&extras, &at);
	expect_str(extra.name, "key");
	expect_str((const char *)extra.value, "");
	extra = next(&extras, &at);
	expect_int(extra.kind, EXTRA_LINK);
	expect(!memcmp(extra.value, trace, 16) && !memcmp(extra.value + 16, span, 8));
	expect_str((const char *)next(&extras, &at).value, "broken");
	expect_str((const char *)next(&extras, &at).value, "a=b");
	expect_int(next(&extras, &at).kind, EXTRA_NAME);
	expect_int(extras_next(extras.data, extras.length, &at, &extra), 0);
	extras_fini(&extras);
}
END_TEST

START_TEST(attributes_beyond_the_limit_are_counted)
{
	struct ry_field field = string_field("a", "b");
	struct extras extras = EXTRAS_INIT;
	struct extra extra;
	uint32_t at = 0, dropped;

	for (unsigned i = 0; i < EXTRAS_MAX_ATTRIBUTES; i++)
		expect_ok(extras_attribute(&extras, &field));
	expect_errno(extras_attribute(&extras, &field), ENOSPC);
	expect_errno(extras_attribute(&extras, &field), ENOSPC);
	expect_ok(extras_finish(&extras));
	for (unsigned i = 0; i < EXTRAS_MAX_ATTRIBUTES; i++)
		expect_int(next(&extras, &at).kind, EXTRA_ATTRIBUTE);
	extra = next(&extras, &at);
	expect_int(extra.kind, EXTRA_DROPPED);
	memcpy(&dropped, extra.value, sizeof(dropped));
	expect_int(dropped, 2);
	extras_reset(&extras);
	expect_int(extras.length, 0);
	expect_ok(extras_attribute(&extras, &field));
	extras_fini(&extras);
}
END_TEST

START_TEST(the_whole_has_a_limit_and_failures_add_nothing)
{
	char *big = calloc(1, EXTRAS_MAX_BYTES + 2);
	struct ry_field small = string_field("a", "b"), field = string_field("big", big);
	const struct ry_field *fields[] = {&small, &field};
	struct extras extras = EXTRAS_INIT;
	uint32_t length;

	memset(big, 'x', EXTRAS_MAX_BYTES + 1);
	expect_errno(extras_attribute(&extras, &field), ENOSPC);
	expect_ok(extras_attribute(&extras, &small));
	length = extras.length;
	expect_errno(extras_event(&extras, 1, "e", fields, 2), ENOSPC);
	expect_int(extras.length, length);
	expect_int(extras.n_events, 0);
	for (int r = 0; r == 0;)
		r = extras_text(&extras, EXTRA_STATUS, "0123456789012345678901234567890123456789");
	while (extras_attribute(&extras, &small) == 0)
		;
	expect_ok(extras_finish(&extras)); /* there is room kept for it */
	expect(extras.length <= EXTRAS_MAX_BYTES);
	extras_fini(&extras);
	free(big);
}
END_TEST

START_TEST(nonsense_is_refused)
{
	struct ry_field no_name = string_field("", "b"), null = string_field("a", NULL);
	struct ry_field type = {RY_SIZE(ry_field), 99, "x", {0}};
	struct extras extras = EXTRAS_INIT;

	expect_errno(extras_attribute(&extras, &no_name), EINVAL);
	expect_errno(extras_attribute(&extras, &null), EINVAL);
	expect_errno(extras_attribute(&extras, &type), EINVAL);
	expect_errno(extras_event(&extras, 1, NULL, NULL, 0), EINVAL);
	expect_errno(extras_text(&extras, EXTRA_LINK, "x"), EINVAL);
	expect_errno(extras_text(&extras, EXTRA_NAME, NULL), EINVAL);
	expect_int(extras.length, 0);
	expect_int(extras.dropped, 0);
}
END_TEST

/* Each byte of a good encoding overwritten by each of a few values: no crash, no endless loop. */
START_TEST(corrupt_bytes_are_noticed_or_harmless)
{
	static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
	struct ry_field field = string_field("key", "value");
	const struct ry_field *fields[] = {&field};
	struct extras extras = EXTRAS_INIT;
	unsigned refused = 0;

	expect_ok(extras_attribute(&extras, &field));
	expect_ok(extras_event(&extras, 1, "event", fields, 1));
	for (uint32_t length = 0; length <= extras.length; length++)
		for (uint32_t i = 0; i < length * sizeof(values); i++) {
			uint8_t *copy = malloc(length);
			struct extra extra;
			uint32_t at = 0, n = 0;
			int r;

			memcpy(copy, extras.data, length);
			copy[i / sizeof(values)] = values[i % sizeof(values)];
			while ((r = extras_next(copy, length, &at, &extra)) == 1) {
				expect(strlen(extra.name) <= length);
				expect_int(extra.value[extra.length], 0);
				expect(++n <= 3);
			}
			refused += r < 0;
			free(copy);
		}
	expect(refused > 1000);
	extras_fini(&extras);
}
END_TEST

TEST_MAIN("emit/extras", all_kinds_round_trip, attributes_beyond_the_limit_are_counted,
	  the_whole_has_a_limit_and_failures_add_nothing, nonsense_is_refused,
	  corrupt_bytes_are_noticed_or_harmless)
