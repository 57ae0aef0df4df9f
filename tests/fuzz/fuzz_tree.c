/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever the file holds: valid UTF-8 without control characters, or a reason. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "export/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void render(const uint8_t *data, size_t size, const char *id) {
	struct strbuf out = STRBUF_INIT;
	char why[120] = "";
	int r = trace_tree_render_text((const char *)data, size, "FILE", id, false, &out, why,
				       sizeof(why));

	(void)r; /* without assertions */
	assert((r < 0) == (why[0] != '\0'));
	assert((r < 0) == (out.length == 0));
	assert(utf8_valid(strbuf_text(&out), out.length));
	for (size_t i = 0; i < out.length; i++)
		assert((unsigned char)out.text[i] >= 0x20 || out.text[i] == '\n');
	strbuf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	render(data, size, NULL);
	render(data, size, "0");
	return 0;
}
