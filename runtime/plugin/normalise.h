/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the normaliser share. Each part takes one of the plugin's tables, copies it by
 * plugin/abi.h and checks the copy. The first fault ends the whole: it is set with norm_fail and
 * every function returns it.
 */
#ifndef PLUGIN_NORMALISE_H
#define PLUGIN_NORMALISE_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/abi.h"
#include "plugin/loader.h"

#define NORM_LIST_LIMIT	 4096u	/* items of one list: beyond that its NULL is missing */
#define NORM_TABLE_LIMIT 65536u /* structs of one plugin, nested ones counted each time */
#define NORM_TEXT_LIMIT	 16384u
#define NORM_NAME_LIMIT	 127u

struct norm {
	struct arena *arena;
	struct plugin_error *error;
	uint32_t minor; /* that the plugin declares */
	uint32_t n_tables;
	const char *plugin; /* its name; NULL until known */
	const char *version;
	char where[192]; /* "node `a.b`, port `out`": what is being looked at */
};

/* Sets the error: where, then the sentence, then both sides' versions. Returns fault. */
enum plugin_fault norm_fail(struct norm *n, enum plugin_fault fault, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Sets `where`; a part is appended to an outer one that the caller restores with norm_leave. */
void norm_at(struct norm *n, const char *kind, const char *name);
size_t norm_enter(struct norm *n, const char *kind, const char *name);
void norm_leave(struct norm *n, size_t mark);

/* A copy in the arena of one struct that starts with its size. member names it in errors. */
enum plugin_fault norm_copy(struct norm *n, enum abi_id id, const void *theirs, const char *member,
			    void **ret);

/* The length of a NULL-terminated list of pointers; NULL is an empty one. */
enum plugin_fault norm_count(struct norm *n, const void *list, const char *member, size_t *ret);

typedef enum plugin_fault norm_item(struct norm *n, const void *theirs, const void *owner,
				    void **ret);

/* A NULL-terminated copy of a list, each item by `item`, which is given owner. */
enum plugin_fault norm_list(struct norm *n, const void *list, const char *member, norm_item *item,
			    const void *owner, const void **ret);

/* A copy of a list of names, each valid and none twice. */
enum plugin_fault norm_names(struct norm *n, const char *const *list, const char *member,
			     bool dotted, const char *const **ret);

/* Mandatory text: a name ([a-z][a-z0-9_]*, or several with dots), a line. Optional: a line. */
enum plugin_fault norm_name(struct norm *n, const char *name, const char *member, bool dotted);
enum plugin_fault norm_line(struct norm *n, const char *text, const char *member, bool mandatory);
/* "<plugin>.<name>" */
enum plugin_fault norm_own_name(struct norm *n, const char *name);

enum plugin_fault norm_flags(struct norm *n, uint32_t flags, uint32_t known);
/* A mandatory operation is there. */
enum plugin_fault norm_op(struct norm *n, bool there, const char *op, const char *because);

/* Fails when two items of a list of structs have one name (at that offset in the struct). */
enum plugin_fault norm_unique(struct norm *n, const void *list, size_t name_offset,
			      const char *member);

/* -- the parts ------------------------------------------------------------------------------ */

struct norm_level {	/* of a key table */
	uint32_t size;	/* bytes that its members may take */
	uint32_t align; /* of the struct */
	uint32_t depth;
};

enum plugin_fault norm_keys(struct norm *n, const struct ry_config_key *const *theirs,
			    const struct norm_level *level,
			    const struct ry_config_key *const **ret);
/* The config of a type: its keys, and that config_size goes with them. */
enum plugin_fault norm_config(struct norm *n, const struct ry_config_key *const *theirs,
			      uint32_t config_size, const struct ry_config_key *const **ret);
const struct ry_config_key *norm_find_key(const struct ry_config_key *const *keys,
					  const char *name);

enum plugin_fault norm_ports(struct norm *n, const struct ry_port *const *theirs,
			     const struct ry_config_key *const *keys,
			     const struct ry_port *const **ret);
enum plugin_fault norm_slots(struct norm *n, const struct ry_slot *const *theirs,
			     const struct ry_slot *const **ret);
norm_item norm_node;
norm_item norm_adapter;
norm_item norm_message;

#define NORM_TRY(call)                         \
	do {                                   \
		enum plugin_fault f_ = (call); \
                                               \
		if (f_ != PLUGIN_OK)           \
			return f_;             \
	} while (0)

#endif
