/* SPDX-License-Identifier: Apache-2.0 */
/* Records of ingress messages, recycled by the unit. */
#ifndef NODE_INGRESS_H
#define NODE_INGRESS_H

#include "node/node.h"

struct ingress *ingress_new(struct unit *unit); /* NULL: out of memory */
void ingress_free(struct unit *unit, struct ingress *ingress);

#endif
