/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words by which descriptors and `inspect` name kinds, flags and operations: one table each,
 * read in both directions.
 */
#ifndef PLUGIN_WORDS_H
#define PLUGIN_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct word {
	const char *word; /* NULL: the end */
	uint32_t value;
};

extern const struct word words_message_kind[];
extern const struct word words_config_type[];
extern const struct word words_config_flag[];
extern const struct word words_call[];
extern const struct word words_access[];
extern const struct word words_slot_flag[];
extern const struct word words_node_flag[];
extern const struct word words_adapter_flag[];
extern const struct word words_provides_flag[];

/* Tables of functions: value is the offset of the member. */
extern const struct word words_node_ops[];
extern const struct word words_adapter_ops[];
extern const struct word words_source_ops[];
extern const struct word words_sink_ops[];
extern const struct word words_resume_ops[];
extern const struct word words_transaction_ops[];

const char *word_of(const struct word *words, uint32_t value); /* "?" when it has none */
/* False when there is no such word. */
bool word_value(const struct word *words, const char *word, uint32_t *ret_value);
/* Is the function at that offset of a table there? */
bool word_has_op(const void *ops, uint32_t offset);

#endif
