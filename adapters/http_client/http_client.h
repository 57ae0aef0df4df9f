/* SPDX-License-Identifier: Apache-2.0 */
/* The adapter type of this module, for its plugin table and for tests that link it. */
#ifndef HTTP_CLIENT_HTTP_CLIENT_H
#define HTTP_CLIENT_HTTP_CLIENT_H

#include <railyard/adapter.h>

extern const struct ry_adapter_type http_client_curl;

#endif
