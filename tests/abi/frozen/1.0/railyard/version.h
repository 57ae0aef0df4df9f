/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of the project and of the plugin ABI. */
#ifndef RAILYARD_VERSION_H
#define RAILYARD_VERSION_H

#include <stdint.h>

#define RY_VERSION "0.1.0"

/*
 * A plugin built for ABI 1.x loads in every later 1.x. A newer minor than the host's, or another
 * major, is refused with a finding that names both sides' versions (docs/abi.md).
 */
#define RY_ABI_MAJOR   1u
#define RY_ABI_MINOR   0u
#define RY_ABI_VERSION ((RY_ABI_MAJOR << 16) | RY_ABI_MINOR)

/* Starts every struct that crosses the border: `{ RY_SIZE(ry_node_type), .name = … }`. */
#define RY_SIZE(name) (uint32_t)sizeof(struct name)

#ifdef __cplusplus
#define RY_EXTERN_C_BEGIN extern "C" {
#define RY_EXTERN_C_END	  }
#else
#define RY_EXTERN_C_BEGIN
#define RY_EXTERN_C_END
#endif

#endif
