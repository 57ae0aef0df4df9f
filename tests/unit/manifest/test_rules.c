/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds of the platform's blocks, and what holds between their keys. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/manifest.h"
#include "support/diag.h"

struct bad {
	const char *block; /* what stands at `where` */
	enum diag_code code;
	const char *words;
};

/* where with the block in place of "%s". */
static void fill(char *text, size_t size, const char *where, const char *block) {
	const char *gap = strstr(where, "%s");

	snprintf(text, size, "%.*s%s%s", (int)(gap - where), where, block, gap + 2);
}

/* Exactly one finding of that code for each row, none for a row of code DIAG_COUNT. */
static void expect_rules(const char *where, const struct bad *table, size_t n) {
	for (size_t i = 0; i < n; i++) {
		struct manifest m = {.doc.file = NULL};
		struct diag diag = DIAG_INIT;
		const struct finding *f;
		char text[1024];
		size_t want = table[i].code == DIAG_COUNT ? 0 : 1;

		fill(text, sizeof(text), where, table[i].block);
		expect_ok(manifest_parse(&m, "m.json", text, strlen(text), NULL, &diag));
		if (diag.n_findings != want)
			ck_abort_msg("%zu findings in %s: %s", diag.n_findings, text,
				     diag.n_findings ? diag.findings[0]->text : "");
		f = want ? diag.findings[0] : NULL;
		if (f)
			expect_int(f->code, table[i].code);
		if (f && !strstr(f->text, table[i].words) &&
		    !(f->help && strstr(f->help, table[i].words)))
			ck_abort_msg("no `%s` in: %s", table[i].words, f->text);
		manifest_fini(&m);
		diag_fini(&diag);
	}
}
#define EXPECT_RULES(where, table) \
	expect_rules((where), (table), sizeof(table) / sizeof((table)[0]))

#define OBSERVABILITY "{\"version\": 1, \"runtime\": {\"observability\": {%s}}}"
#define EXPORTER                                                                            \
	"{\"version\": 1, \"runtime\": {\"observability\": {\"tracing\": {\"exporters\": [" \
	"{\"kind\": %s}]}}}}"

/* OBS-CFG-A-01 */
START_TEST(obs_cfg_a_01_an_unknown_backend_is_a_finding_with_the_nearest_names)
{
	static const struct bad table[] = {
		{"\"otel_otlp\", \"backend\": \"curl_mutli\"", DIAG_RYC004,
		 "did you mean `curl_multi`"},
		{"\"otel_otlp\", \"backend\": \"zebra\"", DIAG_RYC004, "`evhttp`, `curl_pool`"},
		{"\"otel_otlp\", \"backend\": \"${env:RY_T_UNSET:-grcp}\"", DIAG_RYC004, "`grpc`"},
		{"\"zipkin\", \"backend\": \"evhttp\"", DIAG_COUNT, NULL},
		{"\"jsonl\", \"settings\": {\"path\": \"p\"}, \"backend\": \"evhttp\"", DIAG_RYC007,
		 "does not send"},
		{"\"own.kind\", \"settings\": {\"zebra\": 1}", DIAG_COUNT, NULL},
	};

	unsetenv("RY_T_UNSET");
	EXPECT_RULES(EXPORTER, table);
}
END_TEST

/* OBS-CFG-A-03: the bounds of one key; a batch larger than the queue is preflight's. */
START_TEST(obs_cfg_a_03_bounds_of_batch_and_retry)
{
	static const struct bad table[] = {
		{"\"otel_otlp\", \"settings\": {\"batch\": {\"max_items\": 0}}", DIAG_RYC003,
		 "from 1 to 65536 spans, not 0"},
		{"\"otel_otlp\", \"settings\": {\"batch\": {\"max_items\": 65537}}", DIAG_RYC003,
		 "not 65537"},
		{"\"otel_otlp\", \"settings\": {\"retry\": {\"max_retries\": -1}}", DIAG_RYC003,
		 "not -1"},
		{"\"otel_otlp\", \"settings\": {\"queue\": {\"max_items\": 0}}", DIAG_RYC003,
		 "not 0"},
		{"\"otel_otlp\", \"settings\": {\"batch\": {\"max_items\": 1, "
		 "\"flush_interval_ms\": 0}, \"retry\": {\"max_retries\": 0}}",
		 DIAG_COUNT, NULL},
	};

	EXPECT_RULES(EXPORTER, table);
}
END_TEST

START_TEST(exporter_settings_that_do_nothing_are_findings)
{
	static const struct bad table[] = {
		{"\"otel_otlp\", \"settings\": {\"max_retries\": 1}", DIAG_RYC001,
		 "one level down, into `retry`"},
		{"\"otel_otlp\", \"settings\": {\"slice\": \"all\"}", DIAG_RYC001, "one level up"},
		{"\"otel_otlp\", \"settings\": {\"evhttp\": {}}", DIAG_RYC007, "another backend"},
		{"\"otel_otlp\", \"settings\": {\"path\": \"p\"}", DIAG_RYC007, "no file"},
		{"\"stdout\", \"settings\": {\"endpoint\": \"u\"}", DIAG_RYC007, "network"},
		{"\"stdout\", \"settings\": {\"path\": \"u\"}", DIAG_RYC007, "no file"},
		{"\"jsonl\"", DIAG_RYC005, "`path` is missing"},
		{"\"zipkin\", \"settings\": {\"protocol\": \"http/json\"}", DIAG_RYC007,
		 "only `otel_otlp`"},
		{"\"otel_otlp\", \"backend\": \"grpc\", \"settings\": {\"protocol\": "
		 "\"http/json\"}",
		 DIAG_RYC007, "comes with the backend"},
		{"\"otel_otlp\", \"settings\": {\"queue\": {\"block_timeout_ms\": 5}}", DIAG_RYC007,
		 "drop_policy"},
		{"\"otel_otlp\", \"settings\": {\"retry\": {\"backoff_ms\": 40000}}", DIAG_RYC012,
		 "30000, the default"},
		{"\"otel_otlp\", \"settings\": {\"tls\": {\"cert_file\": \"c\"}}", DIAG_RYC005,
		 "`key_file` is missing"},
		{"\"otel_otlp\", \"backend\": \"grpc\", \"settings\": {\"grpc\": "
		 "{\"retryable_status_codes\": [\"ABORTED\", \"UNAVAILBLE\"]}}",
		 DIAG_RYC004, "did you mean `UNAVAILABLE`"},
		{"\"otel_otlp\", \"settings\": {\"curl_multi\": {\"max_connections\": 0}}",
		 DIAG_RYC003, "from 1"},
	};

	EXPECT_RULES(EXPORTER, table);
}
END_TEST

/* LOG-PIPE-VAL-01, -02 */
START_TEST(log_pipe_val_bad_mode_and_backpressure_are_refused)
{
	static const struct bad table[] = {
		{"\"logging\": {\"mode\": \"bufferd\"}", DIAG_RYC004, "did you mean `buffered`"},
		{"\"logging\": {\"backpressure\": \"wait\"}", DIAG_RYC004, "`drop_oldest`"},
		{"\"logging\": {\"mode\": \"direct\", \"flush\": {}}", DIAG_RYC007, "direct"},
		{"\"logging\": {\"exporters\": [{\"kind\": \"file\"}]}", DIAG_RYC005, "`path`"},
		{"\"logging\": {\"exporters\": [{\"kind\": \"stderr\", \"settings\": {\"path\": "
		 "\"p\"}}]}",
		 DIAG_RYC007, "no file"},
		{"\"logging\": {\"exporters\": [{\"kind\": \"syslog\", \"settings\": {\"path\": "
		 "\"p\"}}]}",
		 DIAG_RYC004, "`stderr`"},
		{"\"metrics\": {\"exporters\": [{\"kind\": \"textfile\"}]}", DIAG_RYC005, "`path`"},
		{"\"metrics\": {\"exporters\": [{\"kind\": \"prometheus\", \"settings\": "
		 "{\"interval_ms\": 500}}]}",
		 DIAG_RYC007, "asked"},
		{"\"tracing\": {\"sampler_arg\": 0.5}", DIAG_RYC007, "takes no share"},
		{"\"tracing\": {\"sampler\": \"traceidratio\", \"sampler_arg\": 1.5}", DIAG_RYC003,
		 "from 0 to 1"},
	};

	EXPECT_RULES(OBSERVABILITY, table);
}
END_TEST

START_TEST(platform_and_node_rules)
{
	static const struct bad platform[] = {
		{"\"restart\": {\"backoff_ms\": 200, \"backoff_max_ms\": 100}", DIAG_RYC012,
		 "`backoff_ms` (200) is above `backoff_max_ms` (100)"},
		{"\"poison\": {\"max_deaths\": 2}", DIAG_RYC007, "dead_letter"},
		{"\"process_groups\": [{\"name\": \"g\", \"nodes\": [], \"workers\": 257}]",
		 DIAG_RYC003, "from 1 to 256"},
		{"\"process_groups\": [{\"nodes\": []}]", DIAG_RYC005, "`name` is missing"},
		{"\"process_groups\": [{\"name\": \"g\", \"nodes\": [], \"memory_bytes\": 1}]",
		 DIAG_RYC001, "into `limits`"},
		{"\"links\": {\"delivery\": \"exactly_once\"}", DIAG_RYC004, "`at_least_once`"},
	};
	static const struct bad node[] = {
		{"{\"on_error\": {\"policy\": \"drop\", \"max_retries\": 2}}", DIAG_RYC007,
		 "retry"},
		{"{\"on_error\": \"dead_letter\"}", DIAG_RYC005, "`dead_letter` is missing"},
		{"{\"on_error\": {\"policy\": \"retry\", \"then\": \"dead_letter\"}}", DIAG_RYC005,
		 "`dead_letter` is missing"},
		{"{\"on_error\": {\"policy\": \"retry\", \"dead_letter\": \"d\"}}", DIAG_RYC007,
		 "sends nothing"},
		{"{\"on_error\": {\"policy\": \"retry\", \"then\": \"retry\"}}", DIAG_RYC004,
		 "`fail`, `drop` or `dead_letter`"},
		{"{\"on_error\": \"explode\"}", DIAG_RYC004, "`dead_letter`"},
		{"{\"on_error\": 5}", DIAG_RYC002, "a word or an object"},
		{"{\"bind\": {\"s\": 5}}", DIAG_RYC002, "a word or an object"},
		{"{\"bind\": {\"s\": {}}}", DIAG_RYC005, "`adapter` is missing"},
		{"{\"bridge\": \"wait\"}", DIAG_RYC004, "`offload`"},
		{"{\"max_in_flight\": 65537}", DIAG_RYC003, "65536"},
		{"{\"timeout_ms\": -1}", DIAG_RYC003, "from 0"},
		{"{\"config\": 5}", DIAG_RYC002, "an object"},
		{"7", DIAG_RYC002, "must be an object"},
	};

	EXPECT_RULES("{\"version\": 1, \"runtime\": {\"platform\": {%s}}}", platform);
	EXPECT_RULES("{\"version\": 1, \"nodes\": {\"n\": %s}}", node);
}
END_TEST

START_TEST(the_document_itself)
{
	static const struct bad table[] = {
		{"{}", DIAG_RYC005, "`version` is missing"},
		{"{\"version\": 2}", DIAG_RYC003, "must be 1, not 2"},
		{"[]", DIAG_RYC002, "an object must stand here"},
		{"{\"version\": 1, \"$schema\": \"manifest.schema.json\"}", DIAG_COUNT, NULL},
		{"{\"version\": 1, \"strict\": true}", DIAG_RYC001, "into `runtime`"},
		{"{\"version\": 1, \"adapters\": {\"a\": {}}}", DIAG_RYC005, "`type` is missing"},
	};

	EXPECT_RULES("%s", table);
}
END_TEST

TEST_MAIN("manifest/rules", obs_cfg_a_01_an_unknown_backend_is_a_finding_with_the_nearest_names,
	  obs_cfg_a_03_bounds_of_batch_and_retry, exporter_settings_that_do_nothing_are_findings,
	  log_pipe_val_bad_mode_and_backpressure_are_refused, platform_and_node_rules,
	  the_document_itself)
