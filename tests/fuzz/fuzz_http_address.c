/* SPDX-License-Identifier: Apache-2.0 */
/* What is read as an address is written as the same one; what is refused changes nothing. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http_source/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct address address, untouched, again;
	char *text = malloc(size + 1), written[ADDRESS_TEXT], rewritten[ADDRESS_TEXT];

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	memset(&address, 0xa5, sizeof(address));
	untouched = address;
	if (address_parse(text, &address) < 0) {
		assert(!memcmp(&address, &untouched, sizeof(address)));
	} else {
		address_format(&address, written);
		assert(address_parse(written, &again) == 0);
		assert(!memcmp(&address, &again, sizeof(again)));
		address_format(&again, rewritten);
		assert(!strcmp(written, rewritten));
	}
	free(text);
	return 0;
}
