/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `${env:NAME}`, `${env:NAME:-default}` and `${file:PATH}` in a string of the manifest; `$${` is a
 * literal `${`. What is put in never appears in a finding: it may be a secret. Inside this room.
 */
#ifndef MANIFEST_INTERPOLATE_H
#define MANIFEST_INTERPOLATE_H

#include "manifest/bind.h"

enum interpolated {
	INTERPOLATED_NOT,     /* as written, escapes undone */
	INTERPOLATED_DONE,    /* something was put in */
	INTERPOLATED_UNKNOWN, /* offline: the text as written */
};

/* Returns enum interpolated and the text (in bind->arena or the document), or -EINVAL with a finding. */
int interpolate(struct bind *bind, const struct doc_value *value, const char **ret_text);

/* path made absolute against the folder that holds for value. */
char *absolute_path(const struct bind *bind, const struct doc_value *value, const char *path);

#endif
