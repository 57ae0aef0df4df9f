/* SPDX-License-Identifier: Apache-2.0 */
/* RYE009: what other machines can reach speaks TLS, or is said to go without. */
#include "preflight/listeners.h"

static void report(struct check_context *context, const struct listener *listener) {
	struct finding *f =
		diag_add(context->diag, DIAG_RYE009, listener->place,
			 "%s listens on %s without TLS, where other machines can reach it",
			 listener->user, listener->text);

	finding_why(context->diag, f,
		    "whoever is on the way can read and change what is sent there");
	finding_help(context->diag, f,
		     "set `tls` with `cert_file` and `key_file`, or listen on 127.0.0.1 behind a "
		     "proxy that speaks TLS; `allow_plaintext: true` says that the network is "
		     "trusted");
}

void check_plaintext(struct check_context *context) {
	struct listeners listeners = LISTENERS_INIT;

	listeners_collect(&listeners, context);
	for (size_t i = 0; i < listeners.count; i++) {
		const struct listener *listener = &listeners.items[i];

		if (listener->is_adapter && listener->is_address && !listener->has_tls &&
		    !listener->allows_plaintext && !listener_is_local(listener))
			report(context, listener);
	}
	listeners_fini(&listeners);
}
