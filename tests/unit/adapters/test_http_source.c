/* SPDX-License-Identifier: Apache-2.0 */
/* http.source without a client: addresses, bodies, settings. With clients: tests/http_source. */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "http_source/address.h"
#include "http_source/body.h"
#include "http_source/module.h"
#include "support/fake_host.h"
#include "support/test.h"

START_TEST(address_read_and_written)
{
	static const char *const same[] = {"127.0.0.1:8080", "0.0.0.0:0", "[::1]:1",
					   "[fe80::1]:65535"};
	struct address address;
	char text[ADDRESS_TEXT];

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		expect_ok(address_parse(same[i], &address));
		address_format(&address, text);
		expect_str(text, same[i]);
	}
	expect_ok(address_parse("localhost:80", &address));
	address_format(&address, text);
	expect_str(text, "127.0.0.1:80");
}
END_TEST

START_TEST(address_refused)
{
	static const char *const wrong[] = {
		"",
		"127.0.0.1",
		":80",
		"127.0.0.1:",
		"127.0.0.1:+80",
		"127.0.0.1: 80",
		"127.0.0.1:65536",
		"127.0.0.1:000080",
		"example.org:80",
		"::1:80",
		"[::1:80",
		"[]:80",
		"[127.0.0.1]:80",
		"[fe80::1%lo]:80",
		"127.1:80",
		"LOCALHOST:80",
	};
	struct address address;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (address_parse(wrong[i], &address) != -EINVAL)
			ck_abort_msg("\"%s\" is an address", wrong[i]);
}
END_TEST

/* The pieces of a body, each in brackets; "!" behind the last one: the next one is too long. */
static const char *cut(const struct body_rules *rules, const char *text) {
	static char out[256];
	struct piece body = {text, strlen(text)}, piece;
	struct cursor cursor = {0};
	size_t used = 0;
	int r;

	while ((r = body_next(rules, &body, &cursor, &piece)) == 1)
		used += (size_t)snprintf(out + used, sizeof(out) - used, "[%.*s]",
					 (int)piece.length, piece.bytes);
	snprintf(out + used, sizeof(out) - used, "%s", r == -EMSGSIZE ? "!" : "");
	return out;
}

START_TEST(body_in_lines)
{
	struct body_rules rules = {.format = BODY_LINES, .max_line_bytes = 3};

	expect_str(cut(&rules, ""), "");
	expect_str(cut(&rules, "a\nb\n"), "[a][b]");
	expect_str(cut(&rules, "a\nb"), "[a][b]");
	expect_str(cut(&rules, "\n\n"), "[][]");
	expect_str(cut(&rules, "abc\nabcd\n"), "[abc]!");
	expect_str(cut(&rules, "abc\r\n"), "!");
	rules.strip_cr = true;
	expect_str(cut(&rules, "abc\r\n\r\n\r\r\nd\r"), "[abc][][\r][d]");
}
END_TEST

START_TEST(body_whole)
{
	struct body_rules rules = {.format = BODY_BYTES, .max_line_bytes = 1};

	expect_str(cut(&rules, ""), "[]");
	expect_str(cut(&rules, "a\nb\n"), "[a\nb\n]");
}
END_TEST

/* What `check` says of settings; "": nothing. */
static const char *checked(const char *json) {
	static char why[256];
	void *config = fake_config_new(http_source_type.keys, http_source_type.config_size, json);
	int r;

	why[0] = '\0';
	r = http_source_type.ops->check(config, why, sizeof(why));
	ck_assert_msg((r < 0) == (why[0] != '\0'), "%s: %d, but \"%s\"", json, r, why);
	fake_config_free(config);
	return why;
}

START_TEST(settings_that_do_not_fit)
{
	expect_str(checked("{}"), "");
	expect(strstr(checked("{\"listen\":\"example.org:80\"}"), "`listen`"));
	expect(strstr(checked("{\"path\":\"in\"}"), "`path`"));
	expect(strstr(checked("{\"max_pending_bytes\":1000000}"), "`max_pending_bytes`"));
	expect(strstr(checked("{\"tls\":{\"cert_file\":\"/c.pem\"}}"), "`key_file`"));
	expect(strstr(checked("{\"tls\":{\"key_file\":\"/k.pem\"}}"), "`cert_file`"));
	expect(strstr(checked("{\"tls\":{\"cert_file\":\"/c.pem\",\"key_file\":\"/k.pem\"}}"),
		      "/c.pem"));
}
END_TEST

START_TEST(create_refuses_the_same)
{
	struct fake_host *fake = fake_host_new("in");
	void *self = fake, *config;
	struct ry_create create = {RY_SIZE(ry_create), .host = &fake->host};

	config = fake_config_new(http_source_type.keys, http_source_type.config_size,
				 "{\"path\":\"in\"}");
	create.config = config;
	expect_errno(http_source_type.ops->create(&create, &self), ENOTSUP); /* no loop */
	fake_host_loop(fake);
	expect_errno(http_source_type.ops->create(&create, &self), EINVAL);
	expect(fake_host_logged(fake, RY_LOG_ERROR, "`path`"));
	expect(self == fake);
	fake_config_free(config);
	fake_host_free(fake);
}
END_TEST

START_TEST(started_and_stopped)
{
	struct fake_adapter adapter;

	adapter =
		fake_adapter_create_async(&http_source_type, "{\"listen\":\"127.0.0.1:0\"}", NULL);
	expect_ok(fake_adapter_close(&adapter)); /* never started */
	adapter = fake_adapter_open_async(&http_source_type, "{\"listen\":\"127.0.0.1:0\"}", NULL);
	expect(fake_host_logged(adapter.fake, RY_LOG_INFO, "listening path=127.0.0.1:"));
	expect_ok(http_source_type.source->pause(adapter.self));
	expect_ok(http_source_type.ops->stop(adapter.self));
	expect_ok(fake_adapter_close(&adapter)); /* stopped twice */
}
END_TEST

TEST_MAIN("adapters/http_source", address_read_and_written, address_refused, body_in_lines,
	  body_whole, settings_that_do_not_fit, create_refuses_the_same, started_and_stopped)
