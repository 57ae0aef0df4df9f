/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a descriptor: they are refused with a sentence, or they describe a plugin that
 * writes to a descriptor which reads back the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/inspect.h"
#include "plugin/probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const struct ry_plugin *plugin, struct arena *arena) {
	struct strbuf first = STRBUF_INIT, second = STRBUF_INIT, page = STRBUF_INIT;
	const struct ry_plugin *again;
	struct plugin_error error;

	descriptor_write(plugin, &first);
	if (descriptor_read(first.text, first.length, arena, &again, &error) != PLUGIN_OK)
		abort();
	descriptor_write(again, &second);
	if (strcmp(first.text, second.text) != 0)
		abort();
	inspect_write_text(plugin, &page);
	strbuf_fini(&page);
	strbuf_fini(&first);
	strbuf_fini(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct arena arena = ARENA_INIT;
	const struct ry_plugin *plugin = NULL;
	struct plugin_error error;

	if (descriptor_read((const char *)data, size, &arena, &plugin, &error) == PLUGIN_OK)
		check_round_trip(plugin, &arena);
	else if (plugin || error.fault == PLUGIN_OK || !*error.text)
		abort();
	arena_fini(&arena);
	return 0;
}
