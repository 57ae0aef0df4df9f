/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host for unit tests of nodes and adapters: it implements the services of <railyard/host.h>,
 * remembers what it was told, and stages what is emitted, so that a test can look at it.
 * Configuration comes from the component's own key table, as in a manifest. ry.loop is there when a
 * test asks for it, as in an asynchronous group.
 *
 *	struct fake_node node = fake_node_open(&my_node_type, "{\"limit\":3}", bindings, 1);
 *	struct fake_task task = fake_task_new(&my_node_type.ports);
 *
 *	expect_ok(fake_node_process(&node, &task, message));
 *	expect_int(task.n_outputs, 1);
 *	…
 *	fake_task_fini(&task);
 *	fake_node_close(&node);
 *
 * Whatever goes wrong in the fake itself fails the running test.
 */
#ifndef SUPPORT_FAKE_HOST_H
#define SUPPORT_FAKE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <railyard/plugin.h>

/* -- the host ------------------------------------------------------------------------------- */

#define FAKE_LOG_LINES 32
#define FAKE_METRICS   16

struct fake_log_line {
	uint32_t level;
	char text[512]; /* "message name=value name=value" */
};

struct fake_host {
	struct ry_host host;
	struct fake_log_line log[FAKE_LOG_LINES]; /* the first ones */
	uint32_t n_log;				  /* all of them */
	struct ry_metric *metrics[FAKE_METRICS];
	uint32_t n_metrics;
	uint64_t live_blocks, live_bytes; /* of ry.memory */
	uint64_t memory_limit;		  /* live bytes above it are refused; 0: none */
	struct fake_loop *loop;		  /* NULL: a synchronous group */
	struct ry_timer *timers;	  /* live ones of this host */
	struct ry_io *watches;		  /* live ones of this host */
};

struct fake_host *fake_host_new(const char *component);
void fake_host_free(struct fake_host *fake); /* fails the test when ry.memory blocks are live */

/* The value of a metric that the component has defined. */
int64_t fake_host_metric(const struct fake_host *fake, const char *name);

/* The first log line of at least that level that holds the text; NULL: none. */
const char *fake_host_logged(const struct fake_host *fake, uint32_t level, const char *text);

/* -- ry.loop -------------------------------------------------------------------------------- */

/*
 * Gives the host ry.loop 1 on a loop of its own, or on that of another host, to be freed in any
 * order. Before the component's `create`: see fake_adapter_open_async.
 */
void fake_host_loop(struct fake_host *fake);
void fake_host_join(struct fake_host *fake, const struct fake_host *other);

/*
 * Runs the loop until something was handled, or until the time limit. Returns whether something
 * was: a timer, a descriptor, a post, or an event of a library on event_base.
 */
bool fake_host_turn(struct fake_host *fake, unsigned limit_ms);

/* Turns until the condition holds, or until the time limit. Returns whether it holds. */
bool fake_host_until(struct fake_host *fake, bool (*condition)(void *user), void *user,
		     unsigned limit_ms);

/* -- configuration -------------------------------------------------------------------------- */

/*
 * A config struct of `size` bytes, filled with the defaults of the table and then from a JSON
 * object (NULL: only defaults). To be freed with fake_config_free. Lists and maps are not there.
 */
void *fake_config_new(const struct ry_config_key *const *keys, size_t size, const char *json);
void fake_config_free(void *config);

/* -- tasks and what they emit --------------------------------------------------------------- */

struct fake_output {
	struct ry_message message;
	uint32_t port;
	char traceparent[64]; /* as given to a source's stage; "" without */
	char tracestate[64];  /* the same; cut off when it is longer */
	char baggage[64];     /* the same */
};

/* A task, and the emitter of a source: pass &task.task, or &task.task.emitter. */
struct fake_task {
	struct ry_task task;
	const struct ry_port *const *ports; /* types of what is emitted; NULL: bytes */
	struct fake_output *outputs;
	uint32_t n_outputs, capacity;
	uint32_t max_outputs; /* beyond: -ENOBUFS; 0: no limit */
	bool completed;
	int status; /* as given to complete */
	bool released;
	bool ended; /* by ry_source_end */
};

struct fake_task fake_task_new(const struct ry_port *const *ports);
void fake_task_fini(struct fake_task *task);

/* Forgets the outputs and the completion. */
void fake_task_reset(struct fake_task *task);

/* A message over caller's memory. type NULL: railyard.bytes. */
struct ry_message fake_message(const struct ry_message_type *type, const void *data,
			       uint64_t length);

/* -- adapters and nodes --------------------------------------------------------------------- */

struct fake_adapter {
	const struct ry_adapter_type *type;
	struct fake_host *fake;
	void *config;
	void *self;
};

/* Creates only, and starts too. Both fail the test when the adapter refuses. */
struct fake_adapter fake_adapter_create(const struct ry_adapter_type *type, const char *json);
struct fake_adapter fake_adapter_open(const struct ry_adapter_type *type, const char *json);

/* The same with ry.loop; `other` (NULL: none) is a host whose loop it joins. */
struct fake_adapter fake_adapter_create_async(const struct ry_adapter_type *type, const char *json,
					      const struct fake_host *other);
struct fake_adapter fake_adapter_open_async(const struct ry_adapter_type *type, const char *json,
					    const struct fake_host *other);

/* Stops and destroys; returns what stop returned. */
int fake_adapter_close(struct fake_adapter *adapter);

/* The adapter as bound to a slot, by its n-th contract. */
struct ry_binding fake_adapter_binding(const struct fake_adapter *adapter, uint32_t n);

struct fake_node {
	const struct ry_node_type *type;
	struct fake_host *fake;
	void *config;
	void *self;
};

struct fake_node fake_node_open(const struct ry_node_type *type, const char *json,
				const struct ry_binding *const *bindings, uint32_t n);
struct fake_node fake_node_open_async(const struct ry_node_type *type, const char *json,
				      const struct ry_binding *const *bindings, uint32_t n,
				      const struct fake_host *other);
int fake_node_close(struct fake_node *node);

/* Runs one message; the task is reset before and holds the outputs afterwards. */
int fake_node_process(struct fake_node *node, struct fake_task *task,
		      const struct ry_message *message);

#endif
