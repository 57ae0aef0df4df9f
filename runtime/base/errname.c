/* SPDX-License-Identifier: Apache-2.0 */
#include "base/errname.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Any int, also one that a plugin made up. */
static int positive_of(int error) {
	if (error == INT_MIN)
		return INT_MAX;
	return error < 0 ? -error : error;
}

const char *errno_name(int error) {
	static _Thread_local char unnamed[16];
	int positive = positive_of(error);
	const char *name = strerrorname_np(positive);

	if (name)
		return name;
	snprintf(unnamed, sizeof(unnamed), "E%d", positive);
	return unnamed;
}

const char *errno_text(int error) {
	static _Thread_local char text[128];
	int positive = positive_of(error);
	const char *words = strerrordesc_np(positive);

	if (!words)
		words = "unknown error";
	snprintf(text, sizeof(text), "%s (%s)", words, errno_name(positive));
	text[0] = (char)tolower((unsigned char)text[0]);
	return text;
}
