/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/answer.h"

#include "otlp_trace_service.pb-c.h"
#include "rpc_status.pb-c.h"
#include "support/test.h"

static struct otlp_answer answer;

static int success(const char *json) {
	return otlp_read_success(OTLP_JSON, json, strlen(json), &answer);
}

static int refusal(const char *json) {
	return otlp_read_refusal(OTLP_JSON, json, strlen(json), &answer);
}

START_TEST(an_empty_answer_says_all_is_well)
{
	for (int format = OTLP_PROTOBUF; format <= OTLP_JSON; format++) {
		answer.rejected_spans = 1;
		answer.message[0] = 'x';
		expect_ok(otlp_read_success(format, "", 0, &answer));
		expect_int(answer.rejected_spans, 0);
		expect_str(answer.message, "");
	}
	expect_ok(success("{}"));
	expect_ok(success(" {\"partialSuccess\":{}} "));
	expect_ok(success("{\"partialSuccess\":null,\"later\":[1,{\"a\":2}]}"));
	expect_int(answer.rejected_spans, 0);
}
END_TEST

static size_t pack_partial(int64_t rejected, const char *message, uint8_t *to) {
	Opentelemetry__Proto__Collector__Trace__V1__ExportTracePartialSuccess partial;
	Opentelemetry__Proto__Collector__Trace__V1__ExportTraceServiceResponse response;

	opentelemetry__proto__collector__trace__v1__export_trace_partial_success__init(&partial);
	opentelemetry__proto__collector__trace__v1__export_trace_service_response__init(&response);
	partial.rejected_spans = rejected;
	partial.error_message = (char *)(uintptr_t)message;
	response.partial_success = &partial;
	return protobuf_c_message_pack(&response.base, to);
}

START_TEST(partial_success_in_protobuf)
{
	uint8_t data[128];
	size_t n = pack_partial(17, "too old", data);

	expect_ok(otlp_read_success(OTLP_PROTOBUF, data, n, &answer));
	expect_int(answer.rejected_spans, 17);
	expect_str(answer.message, "too old");
	for (size_t i = 1; i < n; i++)
		expect_errno(otlp_read_success(OTLP_PROTOBUF, data, i, &answer), EBADMSG);
	n = pack_partial(-1, "", data);
	expect_errno(otlp_read_success(OTLP_PROTOBUF, data, n, &answer), EBADMSG);
	expect_int(answer.rejected_spans, 17);
	expect_errno(otlp_read_success(OTLP_PROTOBUF, "<html>", 6, &answer), EBADMSG);
}
END_TEST

START_TEST(partial_success_in_json)
{
	expect_ok(success("{\"partialSuccess\":{\"rejectedSpans\":\"9007199254740993\","
			  "\"errorMessage\":\"too old\"}}"));
	expect(answer.rejected_spans == 9007199254740993u);
	expect_str(answer.message, "too old");
	expect_ok(success("{\"partial_success\":{\"rejected_spans\":5,\"error_message\":null}}"));
	expect_int(answer.rejected_spans, 5);
	expect_str(answer.message, "");
}
END_TEST

START_TEST(json_that_is_no_answer_is_refused)
{
	static const char *const bad[] = {
		"[]",
		"7",
		"{",
		"<html>",
		"{}x",
		"{\"partialSuccess\":[]}",
		"{\"partialSuccess\":{\"rejectedSpans\":\"\"}}",
		"{\"partialSuccess\":{\"rejectedSpans\":\" 1\"}}",
		"{\"partialSuccess\":{\"rejectedSpans\":\"+1\"}}",
		"{\"partialSuccess\":{\"rejectedSpans\":\"-\"}}",
		"{\"partialSuccess\":{\"rejectedSpans\":\"1x\"}}",
		"{\"partialSuccess\":{\"rejectedSpans\":\"9223372036854775808\"}}",
		"{\"partialSuccess\":{\"rejectedSpans\":-1}}",
		"{\"partialSuccess\":{\"rejectedSpans\":1.5}}",
		"{\"partialSuccess\":{\"errorMessage\":1}}",
		"{\"partialSuccess\":{\"errorMessage\":\"\xff\"}}",
	};

	answer.rejected_spans = 99;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(success(bad[i]) == -EBADMSG, "%s", bad[i]);
	expect_int(answer.rejected_spans, 99);
}
END_TEST

static size_t pack_refusal(Google__Rpc__Duration *delay, const char *type, uint8_t *to) {
	Google__Rpc__RetryInfo info = GOOGLE__RPC__RETRY_INFO__INIT;
	Google__Rpc__Status status = GOOGLE__RPC__STATUS__INIT;
	Google__Rpc__Any other = GOOGLE__RPC__ANY__INIT, any = GOOGLE__RPC__ANY__INIT;
	Google__Rpc__Any *details[] = {&other, &any};
	uint8_t packed[64];

	info.retry_delay = delay;
	any.type_url = (char *)(uintptr_t)type;
	any.value.len = google__rpc__retry_info__pack(&info, packed);
	any.value.data = packed;
	status.code = 8;
	status.message = (char[]){"slow down"};
	status.details = details;
	status.n_details = 2;
	return google__rpc__status__pack(&status, to);
}

static void expect_retry(int64_t seconds, int32_t nanos, bool has, uint64_t ms) {
	Google__Rpc__Duration delay = GOOGLE__RPC__DURATION__INIT;
	uint8_t data[256];
	size_t n;

	delay.seconds = seconds;
	delay.nanos = nanos;
	n = pack_refusal(&delay, "type.googleapis.com/google.rpc.RetryInfo", data);
	expect_ok(otlp_read_refusal(OTLP_PROTOBUF, data, n, &answer));
	expect_int(answer.code, 8);
	expect_str(answer.message, "slow down");
	expect(answer.has_retry == has);
	expect_int(answer.retry_after_ms, ms);
}

START_TEST(a_refusal_in_protobuf)
{
	uint8_t data[256];
	size_t n;

	expect_retry(2, 500000000, true, 2500);
	expect_retry(0, 1, true, 1);
	expect_retry(0, 0, true, 0);
	expect_retry(INT64_MAX, 0, true, OTLP_RETRY_MAX_MS);
	expect_retry(-1, 0, false, 0);
	expect_retry(0, -1, false, 0);
	expect_retry(0, 1000000000, false, 0);
	n = pack_refusal(NULL, "type.googleapis.com/google.rpc.RetryInfo", data);
	expect_ok(otlp_read_refusal(OTLP_PROTOBUF, data, n, &answer));
	expect(!answer.has_retry);
	n = pack_refusal(NULL, "google.rpc.RetryInfo", data);
	expect_ok(otlp_read_refusal(OTLP_PROTOBUF, data, n, &answer));
	expect(!answer.has_retry);
}
END_TEST

static void expect_delay(const char *delay, bool has, uint64_t ms) {
	char json[256];

	snprintf(json, sizeof(json),
		 "{\"code\":14,\"message\":\"later\",\"details\":[{\"@type\":\"x/y.Z\"},3,"
		 "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"%s\"}]}",
		 delay);
	expect_ok(refusal(json));
	expect_int(answer.code, 14);
	expect_str(answer.message, "later");
	ck_assert_msg(answer.has_retry == has && answer.retry_after_ms == ms, "%s", delay);
}

START_TEST(a_refusal_in_json)
{
	expect_delay("2.5s", true, 2500);
	expect_delay("3s", true, 3000);
	expect_delay("0.000000001s", true, 1);
	expect_delay("99999999999999999999999s", true, OTLP_RETRY_MAX_MS);
	expect_delay("1.00000000000000s", true, 1000);
	expect_delay("", false, 0);
	expect_delay("s", false, 0);
	expect_delay("-1s", false, 0);
	expect_delay("1", false, 0);
	expect_delay("1 s", false, 0);
	expect_errno(refusal("{\"code\":\"x\"}"), EBADMSG);
	expect_errno(refusal("{\"code\":4294967296}"), EBADMSG);
	expect_errno(refusal("Bad Request"), EBADMSG);
}
END_TEST

START_TEST(messages_are_for_people)
{
	uint8_t data[2048];
	char text[1024];
	size_t n = pack_partial(1, "a\x1b[31m\xff\xc2\x9b\xc3\xa9\n", data);

	expect_ok(otlp_read_success(OTLP_PROTOBUF, data, n, &answer));
	expect_str(answer.message, "a?[31m??\xc3\xa9?");
	expect_ok(success("{\"partialSuccess\":{\"errorMessage\":\"a\\u0000b\\u0007\"}}"));
	expect_str(answer.message, "a?b?");
	memset(text, 'x', sizeof(text));
	memcpy(text + OTLP_MESSAGE_SIZE - 3, "\xe2\x82\xac", 4);
	n = pack_partial(1, text, data);
	expect_ok(otlp_read_success(OTLP_PROTOBUF, data, n, &answer));
	expect_int(strlen(answer.message), OTLP_MESSAGE_SIZE - 3); /* no half character */
}
END_TEST

/* Many small parts, for which a decoder would need a hundred times their size. */
START_TEST(what_answers_cost_is_bounded)
{
	const size_t size = OTLP_ANSWER_MAX;
	char *data = malloc(size + 1);

	expect(data != NULL);
	for (size_t i = 0; i < size; i += 2)
		memcpy(data + i, "\x1a\x00", 2); /* Status.details, empty */
	expect_errno(otlp_read_refusal(OTLP_PROTOBUF, data, size, &answer), EMSGSIZE);
	memset(data, '[', size);
	expect_errno(otlp_read_success(OTLP_JSON, data, size, &answer), EMSGSIZE);
	expect_errno(otlp_read_success(OTLP_JSON, data, size + 1, &answer), EMSGSIZE);
	expect_errno(otlp_read_success(OTLP_PROTOBUF, data, size + 1, &answer), EMSGSIZE);
	expect_errno(otlp_read_refusal(OTLP_JSON, data, size + 1, &answer), EMSGSIZE);
	expect_errno(otlp_read_refusal(OTLP_PROTOBUF, data, size + 1, &answer), EMSGSIZE);
	/* Commas in a text are no values, and a text may be long. */
	memset(data, ',', size);
	memcpy(data, "{\"message\":\"\\\"", 14);
	memcpy(data + size - 2, "\"}", 2);
	expect_ok(otlp_read_refusal(OTLP_JSON, data, size, &answer));
	expect_int(strlen(answer.message), OTLP_MESSAGE_SIZE - 1);
	free(data);
}
END_TEST

TEST_MAIN("otlp/answer", an_empty_answer_says_all_is_well, partial_success_in_protobuf,
	  partial_success_in_json, json_that_is_no_answer_is_refused, a_refusal_in_protobuf,
	  a_refusal_in_json, messages_are_for_people, what_answers_cost_is_bounded)
