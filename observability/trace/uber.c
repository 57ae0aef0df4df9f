/* SPDX-License-Identifier: Apache-2.0 */
/* The header `uber-trace-id`: jaegertracing.io, "Client libraries", "Propagation format". */
#include <errno.h>
#include <string.h>

#include "base/hex.h"
#include "trace/propagation.h"
#include "trace/text.h"

#define FLAG_SAMPLED 0x01u

/* The digits at *at, one to 2 n, as a number of n bytes; moves behind them. */
static int take_number(const char **at, const char *end, uint8_t *ret, uint32_t n) {
	const char *last = *at;
	uint32_t digits;

	while (last < end && last - *at <= 2 * (int)n && hex_value(*last) >= 0)
		last++;
	digits = (uint32_t)(last - *at);
	if (digits == 0 || digits > 2 * n)
		return -EINVAL;
	memset(ret, 0, n);
	for (uint32_t i = 0; i < digits; i++)
		ret[n - 1 - i / 2] |=
			(uint8_t)((unsigned)hex_value(last[-1 - (int)i]) << (i % 2 * 4));
	*at = last;
	return 0;
}

static int take_colon(const char **at, const char *end) {
	if (end - *at >= 1 && **at == ':')
		*at += 1;
	else if (end - *at >= 3 && (memcmp(*at, "%3A", 3) == 0 || memcmp(*at, "%3a", 3) == 0))
		*at += 3;
	else
		return -EINVAL;
	return 0;
}

int uber_parse(const char *text, uint64_t length, struct trace_parent *ret) {
	struct trace_parent parent;
	const char *at = text, *end = text + length;
	uint8_t above[8], flags;

	if (take_number(&at, end, parent.trace_id.bytes, 16) < 0 || take_colon(&at, end) < 0 ||
	    take_number(&at, end, parent.span_id.bytes, 8) < 0 || take_colon(&at, end) < 0 ||
	    take_number(&at, end, above, 8) < 0 || take_colon(&at, end) < 0 ||
	    take_number(&at, end, &flags, 1) < 0 || at != end)
		return -EINVAL;
	if (text_all_zero(parent.trace_id.bytes, 16) || text_all_zero(parent.span_id.bytes, 8))
		return -EINVAL;
	parent.flags = flags & FLAG_SAMPLED ? TRACE_FLAG_SAMPLED : 0;
	*ret = parent;
	return 0;
}

/* The parent span id is deprecated: 0. */
void uber_format(const struct trace_parent *parent, char buf[UBER_LENGTH + 1]) {
	trace_hex(parent->trace_id.bytes, 16, buf);
	trace_hex(parent->span_id.bytes, 8, buf + 33);
	buf[32] = ':';
	memcpy(buf + 49, ":0:", 3);
	buf[52] = parent->flags & TRACE_FLAG_SAMPLED ? '1' : '0';
	buf[53] = '\0';
}
