/* SPDX-License-Identifier: Apache-2.0 */
/* What comes out is a tracestate again, unchanged by a second pass, and within its room. */
#include <assert.h>
#include <string.h>

#include "trace/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	char whole[32 * 514], again[32 * 514], small[100];
	unsigned members = 0;
	int n, r;

	memset(small, 'X', sizeof(small));
	n = tracestate_parse((const char *)data, size, whole, sizeof(whole));
	r = tracestate_parse((const char *)data, size, small, 64);
	assert((n < 0) == (r < 0));
	for (size_t i = 64; i < sizeof(small); i++)
		assert(small[i] == 'X');
	if (n < 0)
		return 0;
	assert(r < 64 && strlen(small) == (size_t)r);
	assert(strlen(whole) == (size_t)n && (size_t)n <= size);
	for (int i = 0; i < n; i++)
		members += whole[i] == '=';
	assert(members <= 32);
	assert(tracestate_parse(whole, (uint64_t)n, again, sizeof(again)) == n);
	assert(!strcmp(whole, again));
	return 0;
}
