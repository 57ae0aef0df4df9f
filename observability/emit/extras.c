/* SPDX-License-Identifier: Apache-2.0 */
/* Encoding and decoding of extras; see extras.h. */
#include "emit/extras.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EXTRAS_FIRST_BYTES 512u
#define EXTRAS_RESERVE	   32u /* kept back for extras_finish */
#define LINK_BYTES	   28u

struct item {
	uint8_t kind;
	uint8_t type;
	uint16_t count;
	uint32_t name;
	uint32_t value;
	uint32_t zero;
};

void extras_fini(struct extras *extras) {
	free(extras->data);
	*extras = (struct extras)EXTRAS_INIT;
}

/* 64 bits: the lengths come from outside. */
static uint64_t item_bytes(uint64_t name, uint64_t value) {
	return (sizeof(struct item) + name + 1 + value + 1 + 7) & ~UINT64_C(7);
}

static int make_room(struct extras *extras, uint64_t bytes, uint32_t limit) {
	uint32_t capacity = extras->capacity ? extras->capacity : EXTRAS_FIRST_BYTES;
	uint8_t *data;

	if (bytes > limit || extras->length > limit - bytes)
		return -ENOSPC;
	if (extras->length + bytes <= extras->capacity)
		return 0;
	while (capacity < extras->length + bytes)
		capacity *= 2;
	data = realloc(extras->data, capacity);
	if (!data)
		return -ENOMEM;
	extras->data = data;
	extras->capacity = capacity;
	return 0;
}

static int add_item(struct extras *extras, struct item item, const char *name, const void *value,
		    uint32_t limit) {
	uint64_t bytes = item_bytes(item.name, item.value);
	uint8_t *to;
	int r;

	r = make_room(extras, bytes, limit);
	if (r < 0)
		return r;
	to = extras->data + extras->length;
	memset(to + bytes - 8, 0, 8);
	memcpy(to, &item, sizeof(item));
	to += sizeof(item);
	if (name && item.name)
		memcpy(to, name, item.name);
	to[item.name] = '\0';
	if (value && item.value)
		memcpy(to + item.name + 1, value, item.value);
	to[item.name + 1 + item.value] = '\0';
	extras->length += (uint32_t)bytes;
	return 0;
}

static int add(struct extras *extras, struct item item, const char *name, const void *value,
	       size_t length) {
	size_t name_length = name ? strlen(name) : 0;

	if (length > EXTRAS_MAX_BYTES || name_length > EXTRAS_MAX_BYTES)
		return -ENOSPC;
	item.name = (uint32_t)name_length;
	item.value = (uint32_t)length;
	return add_item(extras, item, name, value, EXTRAS_MAX_BYTES - EXTRAS_RESERVE);
}

static int add_field(struct extras *extras, const struct ry_field *field) {
	struct item item = {.kind = EXTRA_ATTRIBUTE, .type = (uint8_t)field->type};

	if (!field->name || !*field->name)
		return -EINVAL;
	switch (field->type) {
	case RY_VALUE_STRING:
		if (!field->v.string)
			return -EINVAL;
		return add(extras, item, field->name, field->v.string, strlen(field->v.string));
	case RY_VALUE_BOOL:
	case RY_VALUE_INT:
	case RY_VALUE_DOUBLE:
		return add(extras, item, field->name, &field->v, 8);
	default:
		return -EINVAL;
	}
}

int extras_attribute(struct extras *extras, const struct ry_field *field) {
	int r = extras->n_attributes < EXTRAS_MAX_ATTRIBUTES ? add_field(extras, field) : -ENOSPC;

	if (r == 0)
		extras->n_attributes++;
	else if (r == -ENOSPC && extras->dropped < UINT16_MAX)
		extras->dropped++;
	return r;
}

int extras_event(struct extras *extras, uint64_t time_ns, const char *name,
		 const struct ry_field *const *fields, uint32_t n) {
	struct item item = {.kind = EXTRA_EVENT, .count = (uint16_t)n};
	uint32_t start = extras->length;
	int r;

	if (!name || !*name)
		return -EINVAL;
	if (n > EXTRAS_MAX_ATTRIBUTES || extras->n_events == EXTRAS_MAX_EVENTS)
		return -ENOSPC;
	r = add(extras, item, name, &time_ns, sizeof(time_ns));
	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = add_field(extras, fields[i]);
	if (r == 0)
		extras->n_events++;
	else
		extras->length = start;
	return r;
}

int extras_link(struct extras *extras, const uint8_t trace_id[16], const uint8_t span_id[8],
		uint32_t trace_flags) {
	uint8_t value[LINK_BYTES];
	int r;

	if (extras->n_links == EXTRAS_MAX_LINKS)
		return -ENOSPC;
	memcpy(value, trace_id, 16);
	memcpy(value + 16, span_id, 8);
	memcpy(value + 24, &trace_flags, 4);
	r = add(extras, (struct item){.kind = EXTRA_LINK}, NULL, value, sizeof(value));
	if (r == 0)
		extras->n_links++;
	return r;
}

int extras_text(struct extras *extras, enum extra_kind kind, const char *text) {
	if (!text || (kind != EXTRA_STATUS && kind != EXTRA_TRACESTATE && kind != EXTRA_NAME))
		return -EINVAL;
	return add(extras, (struct item){.kind = (uint8_t)kind}, NULL, text, strlen(text));
}

int extras_finish(struct extras *extras) {
	uint32_t dropped = extras->dropped;
	struct item item = {.kind = EXTRA_DROPPED, .value = sizeof(dropped)};

	if (!dropped)
		return 0;
	return add_item(extras, item, NULL, &dropped, EXTRAS_MAX_BYTES);
}

/* -- the reader's side ---------------------------------------------------------------------- */

static bool is_value_type(uint32_t type) {
	return type == RY_VALUE_STRING || type == RY_VALUE_BOOL || type == RY_VALUE_INT ||
	       type == RY_VALUE_DOUBLE;
}

/* Does the value have the size that its kind has? */
static bool item_valid(const struct item *item) {
	switch ((enum extra_kind)item->kind) {
	case EXTRA_ATTRIBUTE:
		return item->name && is_value_type(item->type) &&
		       (item->type == RY_VALUE_STRING || item->value == 8);
	case EXTRA_EVENT:
		return item->name && item->value == 8;
	case EXTRA_LINK:
		return item->value == LINK_BYTES;
	case EXTRA_DROPPED:
		return item->value == 4;
	case EXTRA_STATUS:
	case EXTRA_TRACESTATE:
	case EXTRA_NAME:
		return true;
	}
	return false;
}

int extras_next(const uint8_t *data, uint32_t length, uint32_t *offset, struct extra *ret) {
	uint32_t left = *offset <= length ? length - *offset : 0;
	const uint8_t *at = data + *offset;
	struct item item;
	uint64_t bytes;

	if (left == 0)
		return 0;
	if (left < sizeof(item))
		return -EBADMSG;
	memcpy(&item, at, sizeof(item));
	bytes = item_bytes(item.name, item.value);
	at += sizeof(item);
	if (bytes > left || !item_valid(&item) || at[item.name] || at[item.name + 1 + item.value])
		return -EBADMSG;
	*ret = (struct extra){
		.kind = item.kind,
		.type = item.type,
		.count = item.count,
		.name = (const char *)at,
		.value = at + item.name + 1,
		.length = item.value,
	};
	*offset += (uint32_t)bytes;
	return 1;
}
