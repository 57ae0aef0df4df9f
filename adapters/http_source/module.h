/* SPDX-License-Identifier: Apache-2.0 */
/* What the module holds; tests link it without opening the module. */
#ifndef HTTP_SOURCE_MODULE_H
#define HTTP_SOURCE_MODULE_H

#include <railyard/adapter.h>

extern const struct ry_adapter_type http_source_type;

#endif
