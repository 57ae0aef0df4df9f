/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what is made from the manifest's key tables: `schema` or `reference`. */
#include <stdio.h>
#include <string.h>

#include "manifest/schema.h"

int main(int argc, char **argv) {
	struct strbuf out = STRBUF_INIT;

	if (argc == 2 && strcmp(argv[1], "schema") == 0)
		schema_write(&out);
	else if (argc == 2 && strcmp(argv[1], "reference") == 0)
		reference_write(&out);
	else
		return 64;
	fwrite(out.text, 1, out.length, stdout);
	strbuf_fini(&out);
	return 0;
}
