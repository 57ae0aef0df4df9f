/* SPDX-License-Identifier: Apache-2.0 */
/* Who is believed to be who. Certificates are made by the openssl command for each test. */
#include "driver.h"

#include <sys/wait.h>
#include <unistd.h>

struct certificates {
	char folder[64];
	char cert[96], key[96], other_cert[96], other_key[96];
};

static void run(const char *command) {
	int status = system(command);

	ck_assert_msg(status == 0, "%s: status %d", command, status);
}

static void make(const char *cert, const char *key, const char *name) {
	char command[640];

	snprintf(
		command, sizeof(command),
		"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
		"-subj '/CN=%s' -addext 'subjectAltName=%s' -keyout '%s' -out '%s' 2>/dev/null",
		name, name[0] == 'o' ? "DNS:other.test" : "DNS:localhost,IP:127.0.0.1", key, cert);
	run(command);
}

/* One for this host, one for another. */
static void certificates_make(struct certificates *c) {
	if (system("openssl version >/dev/null 2>&1") != 0)
		skip_test("no openssl command");
	strcpy(c->folder, "/tmp/railyard-tls-XXXXXX");
	expect(mkdtemp(c->folder) != NULL);
	snprintf(c->cert, sizeof(c->cert), "%s/cert.pem", c->folder);
	snprintf(c->key, sizeof(c->key), "%s/key.pem", c->folder);
	snprintf(c->other_cert, sizeof(c->other_cert), "%s/other.pem", c->folder);
	snprintf(c->other_key, sizeof(c->other_key), "%s/other-key.pem", c->folder);
	make(c->cert, c->key, "localhost");
	make(c->other_cert, c->other_key, "other.test");
}

static void certificates_remove(const struct certificates *c) {
	unlink(c->cert);
	unlink(c->key);
	unlink(c->other_cert);
	unlink(c->other_key);
	expect_ok(rmdir(c->folder));
}

/* settings: with one %s for the folder. client_ca NULL: the server asks for no certificate. */
static void tls_start(struct driver *d, const struct certificates *c, bool async, const char *cert,
		      const char *key, const char *client_ca, const char *settings) {
	const char *const args[] = {"--tls",   cert, key, client_ca ? "--client-ca" : NULL,
				    client_ca, NULL};
	char text[512], *at;

	*d = (struct driver){.async = async};
	fault_server_start(&d->server, args);
	snprintf(text, sizeof(text), "%s", settings);
	while ((at = strchr(text, '@'))) { /* the folder */
		char rest[512];

		snprintf(rest, sizeof(rest), "%s", at + 1);
		snprintf(at, sizeof(text) - (size_t)(at - text), "%s%s", c->folder, rest);
	}
	driver_open(d, text);
}

static int tls_get(struct driver *d, const char *path, struct ry_http_response *res) {
	char url[128];

	snprintf(url, sizeof(url), "https://127.0.0.1:%u%s", d->server.port, path);
	return perform(d, (struct ry_http_request){.url = url}, res);
}

static void expect_tls_get(struct driver *d, const char *path) {
	struct ry_http_response res;

	expect_ok(tls_get(d, path, &res));
	expect_int(res.status, 200);
	expect_body(&res, "ok");
	ry_http_release(&d->binding, &res);
}

#define CA "{\"tls\": {\"ca_file\": \"@/cert.pem\"}}"

static void a_certificate_is_accepted_by_its_ca_file(bool async) {
	struct ry_http_response res;
	struct certificates c;
	struct driver d;

	certificates_make(&c);
	tls_start(&d, &c, async, c.cert, c.key, NULL, CA);
	for (int i = 0; i < 5; i++)
		expect_tls_get(&d, "/ok");
	expect_int(fake_host_metric(d.adapter.fake, "connections"), 1);
	expect_errno(tls_get(&d, "/reset", &res), ECONNRESET);
	expect_errno(tls_get(&d, "/close-body/10", &res), ECONNRESET);
	expect_errno(tls_get(&d, "/bad-chunk", &res), EPROTO);
	expect_tls_get(&d, "/ok");
	driver_stop(&d);
	certificates_remove(&c);
}
BOTH_WAYS(a_certificate_is_accepted_by_its_ca_file)

static void a_certificate_is_refused_without(bool async) {
	struct ry_http_response res;
	struct certificates c;
	struct driver d;

	certificates_make(&c);
	tls_start(&d, &c, async, c.cert, c.key, NULL, "{}");
	expect_errno(tls_get(&d, "/ok", &res), EPERM);
	expect(fake_host_logged(d.adapter.fake, RY_LOG_WARNING, "certificate"));
	driver_stop(&d);
	certificates_remove(&c);
}
BOTH_WAYS(a_certificate_is_refused_without)

static void a_certificate_of_another_is_refused(bool async) {
	struct ry_http_response res;
	struct certificates c;
	struct driver d;

	certificates_make(&c);
	tls_start(&d, &c, async, c.cert, c.key, NULL, "{\"tls\": {\"ca_file\": \"@/other.pem\"}}");
	expect_errno(tls_get(&d, "/ok", &res), EPERM);
	driver_stop(&d);
	certificates_remove(&c);
}
BOTH_WAYS(a_certificate_of_another_is_refused)

static void a_wrong_name_is_refused(bool async) {
	struct ry_http_response res;
	struct certificates c;
	struct driver d;

	certificates_make(&c);
	tls_start(&d, &c, async, c.other_cert, c.other_key, NULL,
		  "{\"tls\": {\"ca_file\": \"@/other.pem\"}}");
	expect_errno(tls_get(&d, "/ok", &res), EPERM);
	driver_stop(&d);
	certificates_remove(&c);
}
BOTH_WAYS(a_wrong_name_is_refused)

static void a_client_shows_its_certificate(bool async) {
	struct ry_http_response res;
	struct certificates c;
	struct driver d;

	certificates_make(&c);
	tls_start(&d, &c, async, c.cert, c.key, c.other_cert,
		  "{\"tls\": {\"ca_file\": \"@/cert.pem\", \"cert_file\": \"@/other.pem\", "
		  "\"key_file\": \"@/other-key.pem\"}}");
	expect_tls_get(&d, "/ok");
	driver_stop(&d);
	tls_start(&d, &c, async, c.cert, c.key, c.other_cert, CA);
	expect(tls_get(&d, "/ok", &res) < 0);
	driver_stop(&d);
	/* A key that is not the certificate's. */
	tls_start(&d, &c, async, c.cert, c.key, c.other_cert,
		  "{\"tls\": {\"ca_file\": \"@/cert.pem\", \"cert_file\": \"@/other.pem\", "
		  "\"key_file\": \"@/key.pem\"}}");
	expect_errno(tls_get(&d, "/ok", &res), EPERM);
	driver_stop(&d);
	certificates_remove(&c);
}
BOTH_WAYS(a_client_shows_its_certificate)

/* This server has no HTTP/2 to offer. */
static void http_2_is_only_an_offer(bool async) {
	struct certificates c;
	struct driver d;

	certificates_make(&c);
	tls_start(&d, &c, async, c.cert, c.key, NULL,
		  "{\"http_version\": \"2\", \"tls\": {\"ca_file\": \"@/cert.pem\"}}");
	expect_tls_get(&d, "/ok");
	expect_tls_get(&d, "/ok");
	expect_int(fake_host_metric(d.adapter.fake, "connections"), 1);
	driver_stop(&d);
	certificates_remove(&c);
}
BOTH_WAYS(http_2_is_only_an_offer)

static void a_redirect_does_not_leave_tls(bool async) {
	struct ry_http_response res;
	struct fault_server plain;
	struct certificates c;
	struct driver d;
	char path[300];

	certificates_make(&c);
	fault_server_start(&plain, NULL);
	tls_start(&d, &c, async, c.cert, c.key, NULL,
		  "{\"follow_redirects\": true, \"tls\": {\"ca_file\": \"@/cert.pem\"}}");
	snprintf(path, sizeof(path), "/redirect-to?%s", fault_server_url(&plain, "/ok"));
	expect_errno(tls_get(&d, path, &res), EPROTO);
	expect_tls_get(&d, "/redirect/2");
	expect_int(fake_host_metric(d.adapter.fake, "connections"), 1);
	driver_stop(&d);
	fault_server_stop(&plain);
	certificates_remove(&c);
}
BOTH_WAYS(a_redirect_does_not_leave_tls)

TEST_MAIN("adapters/http_client_tls", BOTH(a_certificate_is_accepted_by_its_ca_file),
	  BOTH(a_certificate_is_refused_without), BOTH(a_certificate_of_another_is_refused),
	  BOTH(a_wrong_name_is_refused), BOTH(a_client_shows_its_certificate),
	  BOTH(http_2_is_only_an_offer), BOTH(a_redirect_does_not_leave_tls))
