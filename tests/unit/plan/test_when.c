/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/build.h"
#include "support/test.h"

struct config {
	uint8_t on;
	int64_t count;
	double share;
	int32_t word;
	const char *text;
	struct {
		uint8_t deep;
	} block;
};
static const char *const words[] = {"low", "high", NULL};
static const struct ry_config_key *const block_keys[] = {
	&(const struct ry_config_key){RY_SIZE(ry_config_key), .type = RY_CONFIG_BOOL,
				      .name = "deep"},
	NULL,
};
static const struct ry_config_key *const keys[] = {
	RY_KEY(struct config, on, RY_CONFIG_BOOL, "on"),
	RY_KEY(struct config, count, RY_CONFIG_INT, "count"),
	RY_KEY(struct config, share, RY_CONFIG_NUMBER, "share"),
	RY_KEY(struct config, word, RY_CONFIG_ENUM, "word", .choices = words),
	RY_KEY(struct config, text, RY_CONFIG_STRING, "text"),
	RY_KEY(struct config, block, RY_CONFIG_BLOCK, "block", .keys = block_keys),
	NULL,
};

static const struct config config = {
	.on = 1, .count = -12, .share = 0.5, .word = 1, .text = "a=b", .block.deep = 1};

static bool active(const char *when) {
	const struct ry_port port = {RY_SIZE(ry_port), .name = "p", .type = "t", .when = when};

	return port_active(&port, keys, &config);
}

START_TEST(each_kind_of_key)
{
	expect(active(NULL));
	expect(active("on=true") && !active("on=false") && !active("on=1"));
	expect(active("count=-12") && !active("count=12") && !active("count="));
	expect(active("share=0.5") && active("share=.50") && !active("share=0.5x"));
	expect(active("word=high") && !active("word=low") && !active("word="));
	expect(active("text=a=b") && !active("text=a"));
	expect(active("block.deep=true") && !active("block.deep=false"));
}
END_TEST

START_TEST(what_is_no_key_has_no_value)
{
	const struct ry_port port = {RY_SIZE(ry_port), .name = "p", .type = "t", .when = "on=true"};

	expect(!active("off=true") && !active("o=true") && !active("on") && !active(""));
	expect(!active("on.deep=true") && !active("block=true") && !active("block.x=true"));
	expect(!port_active(&port, NULL, NULL));
}
END_TEST

TEST_MAIN("plan/when", each_kind_of_key, what_is_no_key_has_no_value)
