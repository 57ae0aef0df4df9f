/* SPDX-License-Identifier: Apache-2.0 */
/* What both ways have in common: every way in which a server can answer or not. */
#include "driver.h"

#include <pthread.h>
#include <sys/socket.h>

#include <curl/curl.h>
#include <netinet/in.h>
#include <unistd.h>

#define SMALL "{\"max_response_bytes\": 4096, \"timeout_ms\": 300}"

/* -- answers and faults --------------------------------------------------------------------- */

struct row {
	const char *path;
	int error; /* 0: an answer */
	unsigned status;
	uint64_t body_length;
};

static const struct row rows[] = {
	{"/ok", 0, 200, 2},
	{"/delay/20/503", 0, 503, 2},
	{"/status/204", 0, 204, 0},
	{"/status/404", 0, 404, 2},
	{"/last", 0, 200, 2},
	{"/redirect/1", 0, 302, 9},
	{"/no-reason", 0, 200, 2},
	{"/drip/10/1", 0, 200, 10},
	{"/hang", ETIMEDOUT, 0, 0},
	{"/hang-body/10", ETIMEDOUT, 0, 0},
	{"/drip/1000/10", ETIMEDOUT, 0, 0},
	{"/close", ECONNRESET, 0, 0},
	{"/reset", ECONNRESET, 0, 0},
	{"/close-body/10", ECONNRESET, 0, 0},
	{"/reset-body/10", ECONNRESET, 0, 0},
	{"/long-length", ECONNRESET, 0, 0},
	{"/short-length", 0, 200, 2},
	{"/huge/0", 0, 200, 0},
	{"/huge/4096", 0, 200, 4096},
	{"/huge/4097", EMSGSIZE, 0, 0},
	{"/huge/1000000000", EMSGSIZE, 0, 0},
	{"/chunked/4096", 0, 200, 4096},
	{"/chunked/4097", EMSGSIZE, 0, 0},
	{"/endless", EMSGSIZE, 0, 0},
	{"/headers/250", 0, 200, 2},
	{"/headers/300", EMSGSIZE, 0, 0},
	{"/long-header/60000", 0, 200, 2},
	{"/long-header/70000", EMSGSIZE, 0, 0},
	{"/endless-headers", EMSGSIZE, 0, 0},
	{"/bad-chunk", EPROTO, 0, 0},
	{"/bad-length", EPROTO, 0, 0},
	{"/nul-header", EPROTO, 0, 0},
	{"/garbage", EPROTO, 0, 0},
	{"/http09", EPROTO, 0, 0},
};

static void check_row(struct driver *d, const struct row *row) {
	struct ry_http_response res = {0};
	int r = get(d, row->path, &res);

	ck_assert_msg(r == -row->error, "%s: got %s", row->path, errno_text(r));
	if (r < 0) {
		expect(!res.provider && !res.body && !res.headers);
		return;
	}
	ck_assert_msg(res.status == row->status && res.body_length == row->body_length,
		      "%s: status %u, %llu bytes", row->path, res.status,
		      (unsigned long long)res.body_length);
	ry_http_release(&d->binding, &res);
	expect(!res.body && !res.provider);
}

/* Each fault is followed by an answer: the instance is as good as before. */
static void every_answer_and_fault(bool async) {
	struct driver d;
	int64_t failures = 0;

	driver_start(&d, async, SMALL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row(&d, &rows[i]);
		failures += rows[i].error != 0;
		expect_get(&d, "/ok?still%20good", "still good");
	}
	expect_int(fake_host_metric(d.adapter.fake, "failures"), failures);
	driver_stop(&d);
}
BOTH_WAYS(every_answer_and_fault)

static int unused_port(void) {
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	expect_ok(bind(fd, (struct sockaddr *)&address, sizeof(address)));
	expect_ok(getsockname(fd, (struct sockaddr *)&address, &length));
	close(fd);
	return ntohs(address.sin_port);
}

static void nobody_listens_and_no_such_name(bool async) {
	struct ry_http_response res;
	struct driver d;
	char url[64];

	driver_start(&d, async, NULL);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", unused_port());
	expect_errno(perform(&d, (struct ry_http_request){.url = url}, &res), ECONNREFUSED);
	expect_errno(perform(&d, (struct ry_http_request){.url = "http://nowhere.invalid/"}, &res),
		     EHOSTUNREACH);
	driver_stop(&d);
}
BOTH_WAYS(nobody_listens_and_no_such_name)

/* -- what is sent --------------------------------------------------------------------------- */

static const char *header_of(const struct ry_http_response *res, const char *name) {
	const char *value = ry_http_header_value(res, name);

	ck_assert_msg(value, "no header %s", name);
	return value;
}

static void expect_sent(struct driver *d, struct ry_http_request request, const char *want) {
	struct ry_http_response res;
	char text[2048];

	request.url = fault_server_url(&d->server, "/request");
	expect_ok(perform(d, request, &res));
	snprintf(text, sizeof(text), "%.*s", (int)res.body_length, (const char *)res.body);
	ck_assert_msg(strstr(text, want), "no %s in %s", want, text);
	ck_assert_msg(!strstr(text, "Expect") && !strstr(text, "urlencoded"), "%s", text);
	ry_http_release(&d->binding, &res);
}

static void methods_headers_and_bodies_arrive(bool async) {
	const struct ry_http_header headers[] = {
		{"X-One", "1"}, {"X-Empty", ""}, {"Content-Type", "text/plain"}};
	struct driver d;

	driver_start(&d, async, NULL);
	expect_sent(&d, (struct ry_http_request){.method = "GET"}, "\"method\": \"GET\"");
	expect_sent(&d, (struct ry_http_request){.method = "DELETE"}, "\"method\": \"DELETE\"");
	expect_sent(&d, (struct ry_http_request){.method = "POST"}, "[\"Content-Length\", \"0\"]");
	expect_sent(&d, (struct ry_http_request){.method = "PUT", .body = "x\0y", .body_length = 3},
		    "\"body\": \"x\\u0000y\"");
	expect_sent(&d,
		    (struct ry_http_request){.method = "POST",
					     .body = "b",
					     .body_length = 1,
					     .headers = headers,
					     .n_headers = 3},
		    "[\"X-One\", \"1\"], [\"X-Empty\", \"\"], [\"Content-Type\", \"text/plain\"]");
	/* Nothing of the one before is left. */
	expect_sent(&d, (struct ry_http_request){.method = "GET"},
		    "[\"User-Agent\", \"railyard/" RY_VERSION "\"], [\"Accept\", \"*/*\"]], "
		    "\"body\": \"\"");
	driver_stop(&d);
}
BOTH_WAYS(methods_headers_and_bodies_arrive)

static void a_head_has_headers_and_no_body(bool async) {
	struct ry_http_response res;
	struct driver d;

	driver_start(&d, async, NULL);
	expect_ok(perform(&d,
			  (struct ry_http_request){.method = "HEAD",
						   .url = fault_server_url(&d.server, "/ok")},
			  &res));
	expect_int(res.status, 200);
	expect_int(res.body_length, 0);
	expect_str(header_of(&res, "content-length"), "2");
	ry_http_release(&d.binding, &res);
	expect_get(&d, "/ok", "ok");
	driver_stop(&d);
}
BOTH_WAYS(a_head_has_headers_and_no_body)

static void a_large_body_is_sent_and_comes_back(bool async) {
	const uint64_t length = 5u << 20;
	char *body = malloc(length);
	struct ry_http_response res;
	struct driver d;

	driver_start(&d, async, NULL);
	for (uint64_t i = 0; i < length; i++)
		body[i] = (char)(i * 7 + i / 251);
	expect_ok(perform(&d,
			  (struct ry_http_request){.method = "POST",
						   .url = fault_server_url(&d.server, "/echo"),
						   .body = body,
						   .body_length = length},
			  &res));
	expect_int(res.body_length, length);
	expect(memcmp(res.body, body, length) == 0);
	ry_http_release(&d.binding, &res);
	free(body);
	driver_stop(&d);
}
BOTH_WAYS(a_large_body_is_sent_and_comes_back)

static void requests_that_cannot_be_are_refused(bool async) {
	static const struct ry_http_header bad[][1] = {
		{{"X", "a\r\nY: b"}}, {{"X: y", "z"}},
		{{"", "z"}},	      {{"X", NULL}},
		{{NULL, "z"}},	      {{"Content-Length", "1"}},
		{{"X\n", "y"}},	      {{"Transfer-Encoding", "chunked"}},
	};
	const char *const urls[] = {
		NULL,	   "",		 "ok",	   "ftp://127.0.0.1/", "file:///etc/passwd",
		"http:/x", "httpx://a/", "http://"};
	struct ry_http_response res;
	struct driver d;

	driver_start(&d, async, NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_errno(
			perform(&d,
				(struct ry_http_request){.url = fault_server_url(&d.server, "/ok"),
							 .headers = bad[i],
							 .n_headers = 1},
				&res),
			EINVAL);
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		expect_errno(perform(&d, (struct ry_http_request){.url = urls[i]}, &res), EINVAL);
	expect_errno(perform(&d,
			     (struct ry_http_request){.url = fault_server_url(&d.server, "/ok"),
						      .method = "GET /x"},
			     &res),
		     EINVAL);
	expect_int(fake_host_metric(d.adapter.fake, "requests"), 1); /* "http://" alone */
	expect_get(&d, "/ok", "ok");
	driver_stop(&d);
}
BOTH_WAYS(requests_that_cannot_be_are_refused)

static void headers_come_back(bool async) {
	struct ry_http_response res;
	struct driver d;

	driver_start(&d, async, NULL);
	expect_ok(get(&d, "/folded", &res));
	expect_int(res.n_headers, 3);
	expect_str(header_of(&res, "x-folded"), "one two three");
	expect_str(header_of(&res, "X-EMPTY"), "");
	expect(!ry_http_header_value(&res, "X-Trailer"));
	ry_http_release(&d.binding, &res);
	/* Trailers are left out. */
	expect_ok(get(&d, "/chunked/10", &res));
	expect_int(res.n_headers, 1);
	ry_http_release(&d.binding, &res);
	driver_stop(&d);
}
BOTH_WAYS(headers_come_back)

/* -- connections ---------------------------------------------------------------------------- */

static void connections_are_kept(bool async) {
	struct driver d;

	driver_start(&d, async, NULL);
	for (int i = 0; i < 20; i++)
		expect_get(&d, "/ok", "ok");
	expect_int(count_of(&d, "connections"), 1);
	expect_int(fake_host_metric(d.adapter.fake, "connections"), 1);
	expect_int(fake_host_metric(d.adapter.fake, "requests"), 21);
	driver_stop(&d);
}
BOTH_WAYS(connections_are_kept)

static void connections_are_not_kept_if_so_wanted(bool async) {
	struct driver d;

	driver_start(&d, async, "{\"keep_alive\": false}");
	for (int i = 0; i < 5; i++)
		expect_get(&d, "/ok", "ok");
	expect_int(count_of(&d, "connections"), 6);
	driver_stop(&d);
}
BOTH_WAYS(connections_are_not_kept_if_so_wanted)

/* The method that arrives at the end of a redirect. */
static void expect_redirected(struct driver *d, const char *method, const char *want) {
	const char *url = fault_server_url(&d->server, "/redirect-to?/request");
	struct ry_http_request request = {
		.method = method, .url = url, .body = "b", .body_length = 1};
	struct ry_http_response res;
	char text[1024];

	expect_ok(perform(d, request, &res));
	snprintf(text, sizeof(text), "%.*s", (int)res.body_length, (const char *)res.body);
	ck_assert_msg(strstr(text, want), "no %s in %s", want, text);
	ry_http_release(&d->binding, &res);
}

static void redirects_are_followed_if_so_wanted(bool async) {
	struct ry_http_response res;
	struct driver d;

	driver_start(&d, async, "{\"follow_redirects\": true}");
	expect_redirected(&d, "POST", "\"method\": \"GET\"");
	expect_redirected(&d, "PUT", "\"method\": \"PUT\"");
	expect_get(&d, "/redirect/10", "ok");
	expect_errno(get(&d, "/redirect/11", &res), EPROTO);
	expect_errno(get(&d, "/redirect-to?file:///etc/passwd", &res), EPROTO);
	driver_stop(&d);
}
BOTH_WAYS(redirects_are_followed_if_so_wanted)

static void proxies_are_used(bool async) {
	struct ry_http_response res;
	char settings[128];
	struct driver d;

	driver_start(&d, async, NULL);
	expect_ok(fake_adapter_close(&d.adapter));
	snprintf(settings, sizeof(settings), "{\"proxy\": \"http://127.0.0.1:%u\"}", d.server.port);
	driver_open(&d, settings);
	expect_ok(perform(&d, (struct ry_http_request){.url = "http://nowhere.invalid/ok"}, &res));
	expect_body(&res, "ok");
	ry_http_release(&d.binding, &res);
	driver_stop(&d);
}
BOTH_WAYS(proxies_are_used)

static void the_environment_names_a_proxy_and_exceptions(bool async) {
	struct ry_http_response res;
	struct driver d;
	char proxy[64];

	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", unused_port());
	setenv("http_proxy", proxy, 1);
	driver_start(&d, async, NULL);
	expect_errno(get(&d, "/ok", &res), ECONNREFUSED);
	setenv("NO_PROXY", "127.0.0.1", 1);
	expect_get(&d, "/ok", "ok");
	unsetenv("NO_PROXY");
	expect_errno(get(&d, "/ok", &res), ECONNREFUSED);
	unsetenv("http_proxy");
	driver_stop(&d);
}
BOTH_WAYS(the_environment_names_a_proxy_and_exceptions)

/* -- settings ------------------------------------------------------------------------------- */

static int check(const char *settings, char *why, uint32_t cap) {
	void *config =
		fake_config_new(http_client_curl.keys, http_client_curl.config_size, settings);
	int r;

	why[0] = '\0';
	r = http_client_curl.ops->check(config, why, cap);
	fake_config_free(config);
	return r;
}

START_TEST(settings_are_checked)
{
	char why[256];

	expect_ok(check(NULL, why, sizeof(why)));
	expect_ok(check("{\"proxy\": \"\"}", why, sizeof(why)));
	expect_ok(check("{\"proxy\": \"socks5h://user:word@[::1]:1080\"}", why, sizeof(why)));
	expect_errno(check("{\"proxy\": \"http://secret word\"}", why, sizeof(why)), EINVAL);
	expect(strstr(why, "proxy") && !strstr(why, "secret"));
	expect_errno(check("{\"tls\": {\"ca_file\": \"/not/there.pem\"}}", why, sizeof(why)),
		     ENOENT);
	expect(strstr(why, "tls.ca_file /not/there.pem"));
	expect_errno(check("{\"tls\": {\"cert_file\": \"/tmp\"}}", why, sizeof(why)), EINVAL);
	expect_errno(check("{\"tls\": {\"key_file\": \"/dev/null\"}}", why, sizeof(why)), EINVAL);
	expect(strstr(why, "without tls.cert_file"));
}
END_TEST

START_TEST(a_start_says_what_is_wrong)
{
	struct fake_adapter a = fake_adapter_create(&http_client_curl,
						    "{\"tls\": {\"ca_file\": \"/not/there.pem\"}}");

	expect_errno(a.type->ops->start(a.self), EINVAL);
	expect(fake_host_logged(a.fake, RY_LOG_ERROR, "/not/there.pem"));
	fake_adapter_close(&a);
}
END_TEST

START_TEST(aconsume_needs_a_loop)
{
	struct flight flight = {0};
	struct driver d;

	driver_start(&d, false, NULL);
	flight.request.url = fault_server_url(&d.server, "/ok");
	expect_errno(flight_begin(&d, &flight), ENOTSUP);
	driver_stop(&d);
}
END_TEST

/* Debian's libcurl resolves names on a thread: the loop goes on meanwhile (see the other test). */
START_TEST(this_libcurl_has_what_the_adapter_counts_on)
{
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);

	expect(curl->features & CURL_VERSION_ASYNCHDNS);
	expect(curl->features & CURL_VERSION_SSL);
	expect(curl->features & CURL_VERSION_HTTP2);
	expect(curl->features & CURL_VERSION_THREADSAFE);
}
END_TEST

/* -- several instances ---------------------------------------------------------------------- */

static void *use_instances(void *user) {
	const struct fault_server *server = user;

	for (int i = 0; i < 5; i++) {
		struct driver d = {.server = *server};

		d.adapter = fake_adapter_open(&http_client_curl, NULL);
		d.binding = fake_adapter_binding(&d.adapter, 0);
		for (int k = 0; k < 5; k++) {
			struct ry_http_response res;
			char url[64];

			snprintf(url, sizeof(url), "http://127.0.0.1:%u/ok", server->port);
			expect_ok(perform(&d, (struct ry_http_request){.url = url}, &res));
			ry_http_release(&d.binding, &res);
		}
		expect_ok(fake_adapter_close(&d.adapter));
	}
	return NULL;
}

START_TEST(instances_start_and_end_on_several_threads)
{
	struct fault_server server;
	pthread_t threads[4];

	fault_server_start(&server, NULL);
	for (int i = 0; i < 4; i++)
		expect_ok(pthread_create(&threads[i], NULL, use_instances, &server));
	for (int i = 0; i < 4; i++)
		expect_ok(pthread_join(threads[i], NULL));
	fault_server_stop(&server);
}
END_TEST

TEST_MAIN("adapters/http_client", BOTH(every_answer_and_fault),
	  BOTH(nobody_listens_and_no_such_name), BOTH(methods_headers_and_bodies_arrive),
	  BOTH(a_head_has_headers_and_no_body), BOTH(a_large_body_is_sent_and_comes_back),
	  BOTH(requests_that_cannot_be_are_refused), BOTH(headers_come_back),
	  BOTH(connections_are_kept), BOTH(connections_are_not_kept_if_so_wanted),
	  BOTH(redirects_are_followed_if_so_wanted), BOTH(proxies_are_used),
	  BOTH(the_environment_names_a_proxy_and_exceptions), settings_are_checked,
	  a_start_says_what_is_wrong, aconsume_needs_a_loop,
	  this_libcurl_has_what_the_adapter_counts_on, instances_start_and_end_on_several_threads)
