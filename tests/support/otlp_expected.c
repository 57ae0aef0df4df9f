/* SPDX-License-Identifier: Apache-2.0 */
/* Written apart from the encoder's own idea of UTF-8: by code points, after RFC 3629 section 3. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/otlp_compare.h"

/* Bytes of the character at s, which ends in a NUL; 0: none. */
static size_t character(const unsigned char *s) {
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = s[0] < 0x80	     ? 1
		   : s[0] >> 5 == 6  ? 2
		   : s[0] >> 4 == 14 ? 3
		   : s[0] >> 3 == 30 ? 4
				     : 0;
	uint32_t code;

	if (n < 2)
		return n;
	code = s[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3fu);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return n;
}

char *otlp_expected_string(const char *text) {
	const unsigned char *s = (const unsigned char *)(text ? text : "");
	char *result = malloc(3 * strlen((const char *)s) + 1), *to = result;

	if (!result)
		abort();
	while (*s) {
		size_t n = character(s);

		memcpy(to, n ? (const char *)s : "\xef\xbf\xbd", n ? n : 3);
		to += n ? n : 3;
		s += n ? n : 1;
	}
	*to = '\0';
	return result;
}
