/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Excerpts. A line is first turned into cells (one per character, with its width in columns), so
 * that tabs, wide characters and cuts are one question: which cells are shown.
 */
#include "preflight/excerpt.h"

#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"

#define TAB_COLUMNS  8
#define CELLS_AROUND 4096 /* bytes looked at on either side of the place in an endless line */
#define ELLIPSIS     "…"
#define REPLACEMENT  "\xef\xbf\xbd"

struct cell {
	const char *text;
	uint8_t bytes;
	uint8_t columns;
};

struct cells {
	struct cell *items;
	size_t count;
	size_t first; /* the one that the place points at */
};

static bool shown_as_it_stands(const char *text, size_t n) {
	const unsigned char *s = (const unsigned char *)text;

	if (n == 0)
		return false;
	if (n == 1)
		return s[0] >= 0x20 && s[0] != 0x7f;
	if (n == 2)
		return s[0] != 0xc2 || s[1] >= 0xa0;
	/* U+200B..200F, 202A..202E, 2060..206F, FEFF: invisible, or they turn the line around. */
	if (s[0] == 0xe2 && s[1] == 0x80)
		return (s[2] < 0x8b || s[2] > 0x8f) && (s[2] < 0xa8 || s[2] > 0xae);
	if (s[0] == 0xe2 && s[1] == 0x81)
		return s[2] < 0xa0 || s[2] > 0xaf;
	return !(s[0] == 0xef && s[1] == 0xbb && s[2] == 0xbf);
}

/* Where the line that holds offset begins, looking at most CELLS_AROUND bytes back. */
static size_t line_begin(const char *text, size_t offset) {
	size_t begin = offset;

	while (begin && text[begin - 1] != '\n' && offset - begin < CELLS_AROUND)
		begin--;
	while (begin < offset && ((unsigned char)text[begin] & 0xc0) == 0x80)
		begin++;
	return begin;
}

static size_t line_end(const char *text, size_t length, size_t offset) {
	size_t end = offset;

	while (end < length && text[end] != '\n' && end - offset < CELLS_AROUND)
		end++;
	if (end > offset && text[end - 1] == '\r')
		end--;
	return end;
}

static void cells_make(struct cells *cells, const char *text, size_t begin, size_t end,
		       size_t offset) {
	size_t column = 0;

	cells->items = must_calloc(end - begin + 1, sizeof(struct cell));
	cells->count = 0;
	cells->first = SIZE_MAX;
	for (size_t at = begin; at < end;) {
		size_t n = utf8_sequence(text + at, end - at);
		struct cell *cell = &cells->items[cells->count];

		if (at >= offset && cells->first == SIZE_MAX)
			cells->first = cells->count;
		*cell = (struct cell){text + at, (uint8_t)n, 1};
		if (text[at] == '\t') {
			*cell = (struct cell){"        ", 0, 0};
			cell->columns = (uint8_t)(TAB_COLUMNS - column % TAB_COLUMNS);
			cell->bytes = cell->columns;
		} else if (!shown_as_it_stands(text + at, n)) {
			*cell = (struct cell){REPLACEMENT, sizeof(REPLACEMENT) - 1, 1};
		} else {
			cell->columns = (uint8_t)utf8_columns(text + at, n);
		}
		column += cell->columns;
		cells->count++;
		at += n ? n : 1;
	}
	if (cells->first == SIZE_MAX)
		cells->first = cells->count;
}

static size_t columns_between(const struct cells *cells, size_t from, size_t to) {
	size_t columns = 0;

	for (size_t i = from; i < to; i++)
		columns += cells->items[i].columns;
	return columns;
}

/*
 * The cells to show, of a line that is too wide: a third of the room before the place, the rest
 * from it on.
 */
static void window_choose(const struct cells *cells, size_t *ret_from, size_t *ret_to) {
	size_t from = cells->first, to = cells->first, before = 0, after;

	while (from && before + cells->items[from - 1].columns <= EXCERPT_COLUMNS / 3)
		before += cells->items[--from].columns;
	after = before;
	while (to < cells->count && after + cells->items[to].columns <= EXCERPT_COLUMNS - 2)
		after += cells->items[to++].columns;
	while (from && after + cells->items[from - 1].columns <= EXCERPT_COLUMNS - 2)
		after += cells->items[--from].columns;
	*ret_from = from;
	*ret_to = to;
}

static void excerpt_fill(struct excerpt *excerpt, const struct cells *cells, size_t length,
			 bool cut_before, bool cut_after) {
	size_t from = 0, to = cells->count, last = cells->first + length;

	if (columns_between(cells, 0, cells->count) > EXCERPT_COLUMNS)
		window_choose(cells, &from, &to);
	cut_before = cut_before || from > 0;
	cut_after = cut_after || to < cells->count;
	if (cut_before)
		strbuf_add(&excerpt->line, ELLIPSIS);
	for (size_t i = from; i < to; i++)
		strbuf_add_bytes(&excerpt->line, cells->items[i].text, cells->items[i].bytes);
	if (cut_after)
		strbuf_add(&excerpt->line, ELLIPSIS);
	excerpt->indent = columns_between(cells, from, cells->first) + (cut_before ? 1 : 0);
	excerpt->carets = columns_between(cells, cells->first, last < to ? last : to);
	if (!excerpt->carets)
		excerpt->carets = 1;
}

/* The offset of a place; counted from its line where the place was made without one. */
static bool place_offset(const char *text, size_t length, const struct place *place,
			 size_t *ret_offset) {
	size_t offset = place->offset;

	if (!offset && place->line > 1) {
		for (uint32_t line = 1; line < place->line; line++) {
			const char *end = memchr(text + offset, '\n', length - offset);

			if (!end)
				return false;
			offset = (size_t)(end - text) + 1;
		}
		for (uint32_t i = 1; i < place->column && offset < length; i++) {
			size_t n = utf8_sequence(text + offset, length - offset);

			offset += n ? n : 1;
		}
	}
	if (offset > length)
		return false;
	*ret_offset = offset;
	return true;
}

bool excerpt_make(struct excerpt *excerpt, const char *text, size_t length,
		  const struct place *place) {
	struct cells cells;
	size_t offset, begin, end;

	if (!text || !place->line || !place_offset(text, length, place, &offset))
		return false;
	begin = line_begin(text, offset);
	end = line_end(text, length, offset);
	cells_make(&cells, text, begin, end < offset ? offset : end, offset);
	*excerpt = (struct excerpt){STRBUF_INIT};
	excerpt_fill(excerpt, &cells, place->length, begin && text[begin - 1] != '\n',
		     end < length && text[end] != '\n' && text[end] != '\r');
	free(cells.items);
	return true;
}

void excerpt_fini(struct excerpt *excerpt) {
	strbuf_fini(&excerpt->line);
}
