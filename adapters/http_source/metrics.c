/* SPDX-License-Identifier: Apache-2.0 */
/* What http.source counts. Each request is counted once, by its end. */
#include "http_source/http_source.h"

#include <errno.h>

static const struct {
	const char *name;
	uint32_t kind;
	const char *unit;
	const char *help;
} table[METRIC_COUNT] = {
	[METRIC_ACCEPTED] = {"requests_accepted", RY_METRIC_COUNTER, "1",
			     "requests whose messages were all accepted (202)"},
	[METRIC_BUSY] = {"requests_busy", RY_METRIC_COUNTER, "1",
			 "requests for which there was no room (429)"},
	[METRIC_REFUSED] = {"requests_refused", RY_METRIC_COUNTER, "1",
			    "requests with a mistake of the client (other 4xx, 501)"},
	[METRIC_UNAVAILABLE] = {"requests_unavailable", RY_METRIC_COUNTER, "1",
				"requests that came during a stop, or met an error here (503)"},
	[METRIC_CUT_OFF] = {"requests_cut_off", RY_METRIC_COUNTER, "1",
			    "requests that did not arrive in time, or whose client went away"},
	[METRIC_BYTES] = {"received_bytes", RY_METRIC_COUNTER, "By",
			  "bodies of requests, before they are checked"},
	[METRIC_CONNECTIONS] = {"connections", RY_METRIC_GAUGE, "1", "open connections"},
	[METRIC_CONNECTIONS_REFUSED] = {"connections_refused", RY_METRIC_COUNTER, "1",
					"connections beyond max_connections"},
};

int http_metrics_define(struct http_source *source) {
	int r = 0;

	if (!source->metrics_service)
		return 0;
	for (int i = 0; i < METRIC_COUNT && r == 0; i++)
		r = source->metrics_service->define(source->host, table[i].name, table[i].kind,
						    table[i].unit, table[i].help,
						    &source->metrics[i]);
	return r;
}

void http_count(struct http_source *source, enum http_metric metric, int64_t n) {
	if (source->metrics[metric])
		source->metrics_service->add(source->metrics[metric], n);
}

void http_count_answer(struct http_source *source, int code) {
	if (code == 202)
		http_count(source, METRIC_ACCEPTED, 1);
	else if (code == 429)
		http_count(source, METRIC_BUSY, 1);
	else if (code == 503)
		http_count(source, METRIC_UNAVAILABLE, 1);
	else
		http_count(source, METRIC_REFUSED, 1);
}
