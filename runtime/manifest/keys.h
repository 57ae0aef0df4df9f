/* SPDX-License-Identifier: Apache-2.0 */
/* The key tables of the platform's own blocks: keys_*.c. Inside this room. */
#ifndef MANIFEST_KEYS_H
#define MANIFEST_KEYS_H

#include "manifest/manifest.h"

/* The type of an embedded block that has no name, for offsetof. */
#define BLOCK_TYPE(config, member) __typeof__(((config *)NULL)->member)

#define MIN_AND_MAX (RY_CONFIG_HAS_MIN | RY_CONFIG_HAS_MAX)

extern const struct ry_config_key *const platform_keys[];
extern const struct ry_config_key *const observability_keys[];
extern const struct ry_config_key *const exporter_keys[];
extern const struct ry_config_key *const exporter_settings_keys[];
extern const struct ry_config_key *const node_keys[];
extern const struct ry_config_key *const adapter_keys[];

/* What holds between keys: rules.c. */
void manifest_check_rules(struct manifest *manifest, struct bind *bind);

#endif
