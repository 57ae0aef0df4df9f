/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a manifest. Nothing may crash, leak or hang; a document without root has a finding;
 * each finding stands inside the text; what was accepted can be dumped and is then JSON again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/manifest.h"
#include "manifest/mask.h"

static void require(bool condition) {
	if (!condition)
		abort();
}

static void check_findings(const struct diag *diag, size_t size) {
	for (size_t i = 0; i < diag->n_findings; i++) {
		const struct finding *f = diag->findings[i];

		require(f->text && *f->text);
		require(f->place.offset <= size && f->second.offset <= size);
	}
}

static void check_dump(const struct doc *doc) {
	struct strbuf out = STRBUF_INIT;
	struct diag diag = DIAG_INIT;
	struct doc again = {.root = NULL};

	mask_write(&out, doc->root, manifest_keys, NULL, NULL);
	require(doc_parse(&again, "dump", out.text, out.length, &diag) == 0);
	require(again.root->kind == doc->root->kind);
	require(again.root->n_items == doc->root->n_items);
	doc_fini(&again);
	diag_fini(&diag);
	strbuf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct manifest manifest = {.doc.file = NULL};
	struct diag diag = DIAG_INIT;
	int r = manifest_parse(&manifest, "m.json", (const char *)data, size, NULL, &diag);

	require((r == 0) == (manifest.doc.root != NULL));
	require(r == 0 || diag.n_errors > 0);
	check_findings(&diag, size);
	if (r == 0)
		check_dump(&manifest.doc);
	manifest_fini(&manifest);
	diag_fini(&diag);
	return 0;
}
