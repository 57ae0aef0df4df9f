/* SPDX-License-Identifier: Apache-2.0 */
/* `railyard inspect`: what a plugin holds, as a page for people. The form for programs is descriptor_write. */
#ifndef PLUGIN_INSPECT_H
#define PLUGIN_INSPECT_H

#include <railyard/plugin.h>

#include "base/strbuf.h"

/* plugin: normalised. Ends with a newline. */
void inspect_write_text(const struct ry_plugin *plugin, struct strbuf *out);

#endif
