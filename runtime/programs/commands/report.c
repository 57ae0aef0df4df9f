/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "preflight/render.h"

bool colour_wanted(int fd) {
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(fd) && (!no_color || !*no_color) && (!term || strcmp(term, "dumb") != 0);
}

void report_findings(const struct diag *diag, const struct manifest *manifest) {
	const struct doc *doc = &manifest->doc;
	struct render_source source = {doc->file, doc->text, doc->length, doc};
	struct strbuf out = STRBUF_INIT, counts = STRBUF_INIT;

	if (!diag->n_findings)
		return;
	render_findings(&diag, &source, 1, RENDER_HUMAN, colour_wanted(STDERR_FILENO), &out);
	render_counts(&diag, 1, &counts);
	if (counts.length)
		strbuf_printf(&out, "%s\n", counts.text);
	(void)fd_write_all(STDERR_FILENO, out.text, out.length);
	strbuf_fini(&counts);
	strbuf_fini(&out);
}
