/* SPDX-License-Identifier: Apache-2.0 */
/* `runtime.platform`: processes, supervision, links. */
#include "manifest/keys.h"

#define HOUR_MS 3600000
#define DAY_MS	86400000

static const char *const bootstrap_modes[] = {"", "inline", "process_supervisor", NULL};
static const char *const runner_profiles[] = {"auto", "sync", "async", NULL};
static const char *const restart_policies[] = {"never", "on_failure", "always", NULL};
static const char *const crash_loop_policies[] = {"retry", "escalate", NULL};
static const char *const transports[] = {"shm", NULL};
static const char *const deliveries[] = {"at_least_once", NULL};

static const struct ry_config_key *const bootstrap_keys[] = {
	RY_KEY(BLOCK_TYPE(struct manifest_platform, bootstrap), mode, RY_CONFIG_ENUM,
	       "one process for everything, or one per worker; the default is inline for one group "
	       "and process_supervisor for several",
	       .choices = bootstrap_modes),
	NULL,
};

static const struct ry_config_key *const lifecycle_keys[] = {
	RY_KEY(BLOCK_TYPE(struct manifest_platform, lifecycle), ready_timeout_ms, RY_CONFIG_INT,
	       "a group that is not ready by then fails the start", .unit = "ms",
	       .fallback = "30000", RY_RANGE(1, HOUR_MS)),
	RY_KEY(BLOCK_TYPE(struct manifest_platform, lifecycle), drain_timeout_ms, RY_CONFIG_INT,
	       "how long a stop waits for accepted messages", .unit = "ms", .fallback = "30000",
	       RY_RANGE(1, HOUR_MS)),
	RY_KEY(BLOCK_TYPE(struct manifest_platform, lifecycle), term_timeout_ms, RY_CONFIG_INT,
	       "from SIGTERM to SIGKILL, and from cancel to abandoning a task", .unit = "ms",
	       .fallback = "5000", RY_RANGE(1, HOUR_MS)),
	NULL,
};

static const struct ry_config_key *const restart_keys[] = {
	RY_KEY(struct manifest_restart, policy, RY_CONFIG_ENUM,
	       "when a worker that ended is started again", .choices = restart_policies,
	       .fallback = "on_failure"),
	RY_KEY(struct manifest_restart, backoff_ms, RY_CONFIG_INT,
	       "wait before the first restart without progress; doubles, with jitter", .unit = "ms",
	       .fallback = "100", RY_RANGE(1, HOUR_MS)),
	RY_KEY(struct manifest_restart, backoff_max_ms, RY_CONFIG_INT,
	       "the longest wait before a restart", .unit = "ms", .fallback = "30000",
	       RY_RANGE(1, HOUR_MS)),
	RY_KEY(struct manifest_restart, max_restarts, RY_CONFIG_INT,
	       "restarts without progress in the window before it is a crash loop",
	       .unit = "restarts", .fallback = "5", RY_RANGE(0, 1000000)),
	RY_KEY(struct manifest_restart, window_ms, RY_CONFIG_INT,
	       "the window in which restarts are counted", .unit = "ms", .fallback = "60000",
	       RY_RANGE(1, DAY_MS)),
	RY_KEY(struct manifest_restart, on_crash_loop, RY_CONFIG_ENUM,
	       "go on trying at the longest wait, or drain and fail the run",
	       .choices = crash_loop_policies, .fallback = "retry"),
	NULL,
};

static const struct ry_config_key *const links_keys[] = {
	RY_KEY(BLOCK_TYPE(struct manifest_platform, links), transport, RY_CONFIG_ENUM,
	       "how messages go from group to group", .choices = transports, .fallback = "shm"),
	RY_KEY(BLOCK_TYPE(struct manifest_platform, links), capacity_bytes, RY_CONFIG_INT,
	       "size of one ring; at least four times the largest message", .unit = "bytes",
	       .fallback = "4194304", RY_RANGE(65536, 1073741824)),
	RY_KEY(BLOCK_TYPE(struct manifest_platform, links), max_message_bytes, RY_CONFIG_INT,
	       "the largest encoded message that may cross a group border", .unit = "bytes",
	       .fallback = "1048576", RY_RANGE(256, 268435456)),
	RY_KEY(BLOCK_TYPE(struct manifest_platform, links), delivery, RY_CONFIG_ENUM,
	       "what a link promises", .choices = deliveries, .fallback = "at_least_once"),
	NULL,
};

static const struct ry_config_key *const poison_keys[] = {
	RY_KEY(BLOCK_TYPE(struct manifest_platform, poison), max_deaths, RY_CONFIG_INT,
	       "deaths in a row over one input before it goes to the dead letter", .unit = "deaths",
	       .fallback = "3", RY_RANGE(1, 1000)),
	RY_KEY(BLOCK_TYPE(struct manifest_platform, poison), dead_letter, RY_CONFIG_STRING,
	       "the adapter that takes inputs which kill their worker; without it the group goes "
	       "to "
	       "the crash loop"),
	NULL,
};

static const struct ry_config_key *const limits_keys[] = {
	RY_KEY(struct manifest_limits, memory_bytes, RY_CONFIG_INT,
	       "data memory of each worker (RLIMIT_DATA); 0: no limit", .unit = "bytes",
	       RY_RANGE(0, 1LL << 48)),
	RY_KEY(struct manifest_limits, open_files, RY_CONFIG_INT,
	       "open files of each worker; 0: as many as the system allows", .unit = "files",
	       RY_RANGE(0, 1048576)),
	RY_KEY(struct manifest_limits, processes, RY_CONFIG_INT,
	       "processes and threads of the worker's user; 0: no limit", .unit = "processes",
	       RY_RANGE(0, 4194304)),
	RY_KEY(struct manifest_limits, cpu_seconds, RY_CONFIG_INT,
	       "processor time of each worker; 0: no limit", .unit = "s", RY_RANGE(0, 1LL << 31)),
	RY_KEY(struct manifest_limits, user, RY_CONFIG_STRING,
	       "the user that the group's workers run as; needs root"),
	NULL,
};

static const struct ry_config_key *const group_keys[] = {
	RY_KEY(struct manifest_group, name, RY_CONFIG_STRING, "name of the process group",
	       .flags = RY_CONFIG_REQUIRED),
	RY_KEY(struct manifest_group, nodes, RY_CONFIG_STRING_LIST,
	       "the nodes, sources and sinks that stand in it", .flags = RY_CONFIG_REQUIRED),
	RY_KEY(struct manifest_group, runner_profile, RY_CONFIG_ENUM,
	       "the runner; auto: as the nodes and bindings of the group need",
	       .choices = runner_profiles, .fallback = "auto"),
	RY_KEY(struct manifest_group, workers, RY_CONFIG_INT,
	       "processes that share the group's work", .unit = "workers", .fallback = "1",
	       RY_RANGE(1, 256)),
	RY_KEY(struct manifest_group, partition_by, RY_CONFIG_STRING,
	       "the partition key by which messages are spread over the workers"),
	RY_KEY(struct manifest_group, heartbeat_ms, RY_CONFIG_INT,
	       "how often a worker shows that it lives; 0: off", .unit = "ms", .fallback = "1000",
	       RY_RANGE(0, HOUR_MS)),
	RY_KEY(struct manifest_group, heartbeat_timeout_ms, RY_CONFIG_INT,
	       "a worker that shows nothing for so long is killed", .unit = "ms",
	       .fallback = "60000", RY_RANGE(1, DAY_MS)),
	RY_KEY(struct manifest_group, restart, RY_CONFIG_BLOCK,
	       "restarts of this group; what is absent is that of the platform",
	       .keys = restart_keys),
	RY_KEY(struct manifest_group, limits, RY_CONFIG_BLOCK, "resource limits of each worker",
	       .keys = limits_keys),
	RY_KEY(struct manifest_group, env, RY_CONFIG_STRING_MAP,
	       "environment variables of the workers, beside those of the supervisor",
	       .flags = RY_CONFIG_SECRET),
	NULL,
};

const struct ry_config_key *const platform_keys[] = {
	RY_KEY(struct manifest_platform, bootstrap, RY_CONFIG_BLOCK, "how the run is set up",
	       .keys = bootstrap_keys),
	RY_KEY(struct manifest_platform, lifecycle, RY_CONFIG_BLOCK, "deadlines of start and stop",
	       .keys = lifecycle_keys),
	RY_KEY(struct manifest_platform, restart, RY_CONFIG_BLOCK, "restarts of workers",
	       .keys = restart_keys),
	RY_KEY(struct manifest_platform, links, RY_CONFIG_BLOCK, "links between groups",
	       .keys = links_keys),
	RY_KEY(struct manifest_platform, poison, RY_CONFIG_BLOCK,
	       "what happens to an input that kills its worker again and again",
	       .keys = poison_keys),
	RY_KEY(struct manifest_platform, state_dir, RY_CONFIG_PATH,
	       "folder for what must survive the supervisor"),
	RY_KEY(struct manifest_platform, process_groups, RY_CONFIG_BLOCK_LIST,
	       "which nodes run together; without it there is one group, `default`",
	       .flags = BIND_NAMED, .element_size = sizeof(struct manifest_group),
	       .keys = group_keys),
	NULL,
};
