/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration key tables: the single source from which the host validates a block of the
 * manifest, fills defaults, binds a plain struct, and prints the JSON schema and the reference
 * page (docs/manifest.md).
 *
 * A component declares a struct of its own and one table of keys, each with the offset of its
 * member. Before `create` the host fills a zeroed struct of `config_size` bytes from the table and
 * hands it over; strings and lists in it belong to the host and live as long as the instance.
 *
 * Tables are static, immutable data: any thread may read them.
 */
#ifndef RAILYARD_CONFIG_H
#define RAILYARD_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include <railyard/version.h>

RY_EXTERN_C_BEGIN

enum ry_config_type {
	RY_CONFIG_BOOL = 1,	   /* uint8_t, 0 or 1; JSON true and false only */
	RY_CONFIG_INT = 2,	   /* int64_t; a JSON integer, never a boolean */
	RY_CONFIG_NUMBER = 3,	   /* double; a JSON integer or real */
	RY_CONFIG_STRING = 4,	   /* const char *, NULL when absent without a default */
	RY_CONFIG_ENUM = 5,	   /* int32_t: the index of the word in `choices` */
	RY_CONFIG_DECIMAL = 6,	   /* struct ry_decimal; a JSON *string* such as "5000.00" */
	RY_CONFIG_PATH = 7,	   /* const char *, made absolute (docs/manifest.md, Paths) */
	RY_CONFIG_NODE_REF = 8,	   /* const char *: the name of a node; preflight checks it */
	RY_CONFIG_STRING_LIST = 9, /* struct ry_string_list */
	RY_CONFIG_STRING_MAP = 10, /* struct ry_string_map */
	RY_CONFIG_BLOCK = 11,	   /* an embedded struct with the keys `keys` */
	RY_CONFIG_BLOCK_LIST = 12, /* struct ry_block_list of structs of `element_size` bytes */
};

enum ry_config_flag {
	RY_CONFIG_REQUIRED = 1u << 0, /* absent is a finding; has no default */
	RY_CONFIG_SECRET = 1u << 1,   /* never printed, logged, traced or dumped */
	RY_CONFIG_HAS_MIN = 1u << 2,  /* `minimum` holds */
	RY_CONFIG_HAS_MAX = 1u << 3,  /* `maximum` holds */
};

/* coefficient / 10^scale, exactly: "12.50" is {1250, 2}. scale is 0..18. */
struct ry_decimal {
	int64_t coefficient;
	uint32_t scale;
	uint32_t reserved;
};

struct ry_string_list {
	const char *const *items;
	uint32_t count;
	uint32_t reserved;
};

/* Pairs in the order of the manifest. */
struct ry_string_map {
	const char *const *keys;
	const char *const *values;
	uint32_t count;
	uint32_t reserved;
};

/* `count` structs of the key's `element_size` bytes, one after the other. */
struct ry_block_list {
	void *items;
	uint32_t count;
	uint32_t reserved;
};

struct ry_config_key {
	uint32_t size;
	uint32_t type;	       /* enum ry_config_type */
	uint32_t flags;	       /* enum ry_config_flag */
	uint32_t offset;       /* of the member in the struct of this level */
	uint32_t element_size; /* BLOCK_LIST: size of one element's struct; else 0 */
	uint32_t reserved;
	const char *name;     /* mandatory; [a-z0-9_]+ */
	const char *doc;      /* mandatory; one line */
	const char *unit;     /* "ms", "bytes", "items"; NULL: none */
	const char *fallback; /* the default, written as in JSON but strings unquoted; NULL: zero */
	int64_t minimum;      /* INT, NUMBER, DECIMAL (in whole units); with RY_CONFIG_HAS_MIN */
	int64_t maximum;
	const char *const *choices;		 /* ENUM: NULL-terminated; else NULL */
	const struct ry_config_key *const *keys; /* BLOCK, BLOCK_LIST: NULL-terminated */
};

#ifndef __cplusplus
/*
 * One row of a table, in C:
 *
 *	static const struct ry_config_key *const keys[] = {
 *		RY_KEY(struct my_config, limit, RY_CONFIG_INT, "how many a day",
 *		       .fallback = "3", RY_RANGE(1, 1000)),
 *		NULL,
 *	};
 */
#define RY_KEY(config, member, key_type, text, ...) \
	RY_KEY_NAMED(#member, config, member, key_type, text, __VA_ARGS__)
#define RY_KEY_NAMED(key_name, config, member, key_type, text, ...)                  \
	(&(const struct ry_config_key){.size = RY_SIZE(ry_config_key),               \
				       .type = (key_type),                           \
				       .name = (key_name),                           \
				       .doc = (text),                                \
				       .offset = (uint32_t)offsetof(config, member), \
				       __VA_ARGS__})
/* RY_RANGE brings its own flags; a key that is also secret or required uses .flags and sets all. */
#define RY_RANGE(low, high) \
	.flags = RY_CONFIG_HAS_MIN | RY_CONFIG_HAS_MAX, .minimum = (low), .maximum = (high)
#endif

RY_EXTERN_C_END

#endif
