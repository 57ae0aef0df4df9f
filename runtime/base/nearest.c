/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": the restricted Damerau-Levenshtein distance over three rows. */
#include <string.h>

#include "base/diag.h"

#define LONGEST 64

static size_t least(size_t a, size_t b) {
	return a < b ? a : b;
}

static size_t distance(const char *a, size_t la, const char *b, size_t lb) {
	size_t rows[3][LONGEST + 1];

	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *over = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			row[j] = least(above[j], row[j - 1]) + 1;
			row[j] = least(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], over[j - 2] + 1);
		}
	}
	return rows[la % 3][lb];
}

const char *nearest_name(const char *name, const char *const *names, size_t n) {
	size_t length = strlen(name), best = (length < 3 ? 3 : length) / 3 + 1;
	const char *found = NULL;

	if (length > LONGEST)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t other = strlen(names[i]), d;

		if (other > LONGEST)
			continue;
		d = distance(name, length, names[i], other);
		if (d < best) {
			best = d;
			found = names[i];
		}
	}
	return found;
}
