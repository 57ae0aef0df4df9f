/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGINT, SIGTERM and SIGHUP of a run in one process. The first of the two stops drains, the second
 * one ends at once: the runner gets a moment to write its account, then the process exits in any
 * case, also from inside a node that does not return.
 */
#ifndef PROGRAMS_SIGNALS_H
#define PROGRAMS_SIGNALS_H

#include "runner.h"

/*
 * Installs the handlers; control is written by them until signals_restore. A drain that a component
 * holds up beyond its time ends the process (75). 0 or a negative errno.
 */
int signals_install(struct runner_control *control, int64_t drain_timeout_ms);

/* The run has ended: the drain's time does not count any more. */
void signals_drained(void);
void signals_restore(struct runner_control *control);

/* The signal that asked last to stop; 0: none. */
int signals_last_stop(void);

#endif
