/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dependency-injection container: components offer contracts, need contracts, and are built in
 * an order in which every need exists before its user. It knows no adapter, no plugin and no
 * manifest: whoever fills it says what a component offers and how it is built.
 *
 * Two uses share it: preflight resolves without building, `run` resolves and builds.
 */
#ifndef DI_DI_H
#define DI_DI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <railyard/node.h>

struct di;

enum di_scope {
	DI_PROCESS, /* one instance for all users in the process */
	DI_GROUP,   /* one for each process group that uses it */
	DI_NODE,    /* one for each slot that is bound to it */
};

struct di_offer {
	const char *contract;
	uint32_t major, minor;
};

struct di_need {
	const char *slot;
	const char *contract;
	uint32_t major, minor;
	bool optional;
	/*
	 * The name of the component to take; NULL: the only other one that fits. A component becomes
	 * its own provider only by name, and that is a cycle.
	 */
	const char *qualifier;
	/*
	 * NULL: an instance as the scope says. Else a tag of a closure of the instance that needs
	 * it: the provider and all that it needs are made for this closure alone, whatever their
	 * scopes, and shared by the needs of that instance with the same tag. What is a root is
	 * there but once, in closures too.
	 */
	const void *own;
};

/* An instance about to be built or ended. */
struct di_instance_key {
	const char *component;
	const char *group; /* NULL: process scope */
	const char *user;  /* NULL unless node scope: "node.slot", "node.slot/adapter.slot" */
	const void *own;   /* the tag of the closure that it was made for; NULL: none */
	size_t closure;	   /* that closure's number, from 1 on; 0: none */
};

struct di_component {
	const char *name; /* unique among all but roots that offer nothing */
	enum di_scope scope;
	bool root;	   /* built because it is there, not because it is needed; DI_PROCESS */
	const char *group; /* of a root */
	const struct di_offer *offers;
	size_t n_offers;
	const struct di_need *needs;
	size_t n_needs;
	void *user; /* the registrant's */
	/*
	 * Makes one instance. needs: one built instance per need, NULL for an absent optional one;
	 * the array and what key points to live as long as the container.
	 * Returns 0 or a negative errno, which undoes what was built and is handed on.
	 */
	int (*build)(void *user, const struct di_instance_key *key, void *const *needs,
		     void **ret_instance);
	void (*destroy)(void *user, void *instance);
};

enum di_problem_kind {
	DI_MISSING,	  /* nobody offers the contract */
	DI_WRONG_VERSION, /* the named or only one offers another major, or too small a minor */
	DI_AMBIGUOUS,	  /* several offer it and no qualifier says which */
	DI_UNKNOWN_NAME,  /* the qualifier names no component */
	DI_NOT_OFFERED,	  /* the qualifier's component does not offer the contract */
	DI_CYCLE,	  /* path: component names, the first again at the end */
	DI_SCOPE,	  /* a longer-lived component needs a shorter-lived one */
};

struct di_problem {
	enum di_problem_kind kind;
	size_t component; /* index, in the order of di_add */
	size_t need;	  /* index in its needs; not for DI_CYCLE */
	/*
	 * Candidates, the cycle, or the component meant. Among candidates may be the component
	 * itself, which does not count. Lives as long as the container.
	 */
	const size_t *others;
	size_t n_others;
};

struct di *di_new(void);
struct di *di_free(struct di *di); /* ends what is still built */

/* Everything in component must live as long as the container. Returns its index. */
size_t di_add(struct di *di, const struct di_component *component);

/*
 * Resolves every need. Calls on_problem for each problem, in the order of the components; returns
 * 0 or -EINVAL. Pure: builds nothing.
 */
int di_resolve(struct di *di, void (*on_problem)(void *user, const struct di_problem *problem),
	       void *user);

/* After di_resolve: the component that a need was resolved to, or SIZE_MAX. */
size_t di_resolved(const struct di *di, size_t component, size_t need);

/*
 * Components in construction order: needs first, else in the order of di_add. With cycles among the
 * problems each of them is cut at one place.
 */
const size_t *di_order(const struct di *di, size_t *ret_n);

/*
 * Builds an instance of every root and of all that they need, in construction order. On failure
 * what was built is destroyed in reverse order, and it may be tried again. Returns 0 or the errno of
 * the build; -EINVAL: not resolved, or built already; -E2BIG: scopes that multiply beyond 2^20.
 */
int di_build(struct di *di);

/* Destroys all instances, in exactly the reverse order of their construction. */
void di_destroy(struct di *di);

/* The instance of a root; NULL before di_build. */
void *di_root_instance(const struct di *di, size_t component);

/* All instances in construction order, for start and stop. */
void di_each(const struct di *di, void (*each)(void *user, size_t component, void *instance),
	     void *user);

#endif
