/* SPDX-License-Identifier: Apache-2.0 */
/* What comes out is baggage again, unchanged by a second pass, and within its room. */
#include <assert.h>
#include <string.h>

#include "trace/propagation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned count_members(const char *text) {
	unsigned members = *text != '\0';

	for (; *text; text++)
		members += *text == ',';
	return members;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static char whole[BAGGAGE_LENGTH + 64], again[BAGGAGE_LENGTH + 64];
	char small[100];
	int n, r;

	memset(small, 'X', sizeof(small));
	n = baggage_parse((const char *)data, size, whole, sizeof(whole));
	r = baggage_parse((const char *)data, size, small, 64);
	for (size_t i = 64; i < sizeof(small); i++)
		assert(small[i] == 'X');
	assert(n >= 0 && n <= BAGGAGE_LENGTH && (size_t)n <= size && strlen(whole) == (size_t)n);
	assert(r >= 0 && r < 64 && strlen(small) == (size_t)r && (n > 0 || r == 0));
	assert(count_members(whole) <= BAGGAGE_MEMBERS);
	assert(!strpbrk(whole, " \t\"\\"));
	assert(baggage_parse(whole, (uint64_t)n, again, sizeof(again)) == n);
	assert(!strcmp(whole, again));
	return 0;
}
