/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An operation is not told its own number, so there is a wrapper for each number:
 * BRIDGE_OPS(wait, wait_call) defines `wait_ops`, whose n-th entry is
 * wait_call(self, n, request, result, call).
 */
#ifndef NODE_BRIDGE_OPS_H
#define NODE_BRIDGE_OPS_H

#include "node/bridge.h"

/* Which clang-format formats otherwise each time. */
/* clang-format off */
#define BRIDGE_8(M, name, call, tens)                                        \
	M(name, call, tens##0) M(name, call, tens##1) M(name, call, tens##2) \
	M(name, call, tens##3) M(name, call, tens##4) M(name, call, tens##5) \
	M(name, call, tens##6) M(name, call, tens##7)

/* In octal: 00 to 077 are 64 numbers. */
#define BRIDGE_64(M, name, call)                                \
	BRIDGE_8(M, name, call, 0) BRIDGE_8(M, name, call, 01)  \
	BRIDGE_8(M, name, call, 02) BRIDGE_8(M, name, call, 03) \
	BRIDGE_8(M, name, call, 04) BRIDGE_8(M, name, call, 05) \
	BRIDGE_8(M, name, call, 06) BRIDGE_8(M, name, call, 07)
/* clang-format on */

#define BRIDGE_OP(name, call, n)                                                \
	static int name##_op_##n(void *self, const void *request, void *result, \
				 struct ry_call *ry_call) {                     \
		return call(self, n, request, result, ry_call);                 \
	}
#define BRIDGE_ENTRY(name, call, n) name##_op_##n,

#define BRIDGE_OPS(name, call)           \
	BRIDGE_64(BRIDGE_OP, name, call) \
	static ry_op *const name##_ops[BRIDGE_MAX_OPS] = {BRIDGE_64(BRIDGE_ENTRY, name, call)}

#endif
