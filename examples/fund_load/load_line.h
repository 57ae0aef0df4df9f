/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads one input line: a JSON object in the strict sense of RULES.md (J1-J9), of which only the
 * four strings that the pipeline knows are kept. A parser of its own, because the rules are
 * stricter than those of the host's JSON service (depth) and wider (numbers of any size, NUL in
 * keys), and because nothing needs to be allocated for a line without escapes.
 */
#ifndef FUND_LOAD_LOAD_LINE_H
#define FUND_LOAD_LOAD_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOAD_LINE_MAX_DEPTH 128

struct text {
	const char *bytes; /* NULL: absent, or not a string */
	size_t length;
};

enum load_line_field {
	LOAD_LINE_ID,
	LOAD_LINE_CUSTOMER_ID,
	LOAD_LINE_AMOUNT,
	LOAD_LINE_TIME,
	LOAD_LINE_FIELDS,
};

struct load_line {
	struct text fields[LOAD_LINE_FIELDS];
};

struct seen_key {
	uint64_t object; /* number of the object in its line */
	struct text key;
};

/* Memory that is kept from line to line. Zeroed at first. */
struct load_line_parser {
	char *decoded; /* strings that had escapes */
	size_t decoded_capacity;
	struct seen_key *keys;
	size_t keys_capacity;
};

enum load_line_result {
	LOAD_LINE_OK = 0,
	LOAD_LINE_MALFORMED = 1,
};

/*
 * Returns LOAD_LINE_OK and *ret, whose strings point into the line or the parser and are valid
 * until its next use; LOAD_LINE_MALFORMED; -ENOMEM.
 */
int load_line_parse(struct load_line_parser *parser, const char *line, size_t length,
		    struct load_line *ret);
void load_line_parser_fini(struct load_line_parser *parser);

#endif
