/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dead_letter.file: dead letters as lines of JSON at the end of a file. A record is with the
 * operating system when the call returns; a write that fails leaves no part of a line behind.
 */
#include "adapters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dead_letter/record.h"
#include "stream/path.h"
#include "stream/report.h"
#include "stream/writer.h"

struct dead_letter_config {
	const char *path;
	uint8_t sync;
};

struct dead_letter {
	const struct ry_host *host;
	const struct dead_letter_config *config;
	struct record_text line;
	int fd;
};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct dead_letter_config, path, RY_CONFIG_PATH, "the file to write after its end",
	       .flags = RY_CONFIG_REQUIRED),
	RY_KEY(struct dead_letter_config, sync, RY_CONFIG_BOOL,
	       "force each record to the disk before the run goes on", .fallback = "false"),
	NULL,
};

static int fail(const struct dead_letter *letters, const char *message, int error) {
	report(letters->host, &(struct report){.level = RY_LOG_ERROR,
					       .message = message,
					       .path = letters->config->path,
					       .error = error});
	return error;
}

static int dead_letter_create(const struct ry_create *create, void **ret_self) {
	struct dead_letter *letters = calloc(1, sizeof(*letters));

	if (!letters)
		return -ENOMEM;
	letters->host = create->host;
	letters->config = create->config;
	letters->fd = -1;
	*ret_self = letters;
	return 0;
}

/* Opens the path anew, in the place of what was open. */
static int dead_letter_open(void *self) {
	struct dead_letter *letters = self;
	int fd = open(letters->config->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY,
		      0666);

	if (fd < 0)
		return fail(letters, "cannot open the file", -errno);
	if (letters->fd >= 0)
		close(letters->fd);
	letters->fd = fd;
	return 0;
}

static void cut_back(const struct dead_letter *letters, size_t written) {
	struct stat st;

	if (written && fstat(letters->fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    ftruncate(letters->fd, st.st_size - (off_t)written) < 0)
		fail(letters, "a part of a record was left", -errno);
}

static int dead_letter_put(void *self, const void *request, void *result, struct ry_call *call) {
	struct dead_letter *letters = self;
	size_t written;
	int r = record_format(request, &letters->line);

	(void)result, (void)call; /* completed on return */
	if (r < 0)
		return r;
	r = stream_write_all(letters->fd, letters->line.text, letters->line.length, &written);
	if (r < 0) {
		cut_back(letters, written);
		return fail(letters, "cannot write a dead letter", r);
	}
	if (letters->config->sync && fdatasync(letters->fd) < 0 && errno != EINVAL)
		return fail(letters, "cannot force a dead letter to the disk", -errno);
	return 0;
}

static int dead_letter_stop(void *self) {
	struct dead_letter *letters = self;
	int r = letters->fd >= 0 && close(letters->fd) < 0 ? -errno : 0;

	letters->fd = -1;
	return r < 0 ? fail(letters, "cannot close the file", r) : 0;
}

static void dead_letter_destroy(void *self) {
	struct dead_letter *letters = self;

	if (letters->fd >= 0)
		close(letters->fd);
	free(letters->line.text);
	free(letters);
}

static int dead_letter_check(const void *config, char *why, uint32_t cap) {
	const struct dead_letter_config *c = config;

	return stream_path_writable(c->path, why, cap);
}

static const char *const writes[] = {"path", NULL};

static const struct ry_adapter_ops ops = {
	RY_SIZE(ry_adapter_ops),    .create = dead_letter_create,   .start = dead_letter_open,
	.stop = dead_letter_stop,   .destroy = dead_letter_destroy, .check = dead_letter_check,
	.reopen = dead_letter_open,
};

static ry_op *const dead_letter_ops[RY_DEAD_LETTER_OP_COUNT] = {
	[RY_DEAD_LETTER_PUT] = dead_letter_put,
};

static const struct ry_provides provides_dead_letter = {
	RY_SIZE(ry_provides),
	.flags = RY_OFFERS_CONSUME | RY_OFFERS_ACONSUME,
	.major = RY_DEAD_LETTER_MAJOR,
	.minor = RY_DEAD_LETTER_MINOR,
	.contract = RY_DEAD_LETTER,
	.ops = dead_letter_ops,
	.op_count = RY_DEAD_LETTER_OP_COUNT,
};

static const struct ry_provides *const provides[] = {&provides_dead_letter, NULL};

const struct ry_adapter_type ry_adapter_dead_letter_file = {
	RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_SURVIVES_CRASH,
	.config_size = sizeof(struct dead_letter_config),
	.name = "dead_letter.file",
	.summary = "messages that could not be processed, as lines of JSON in a file",
	.ops = &ops,
	.provides = provides,
	.keys = keys,
	.writes = writes,
};
