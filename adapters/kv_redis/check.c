/* SPDX-License-Identifier: Apache-2.0 */
/* Can these settings work, by themselves and with the server they name? Blocks: before a run. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "kv_redis.h"

static int no(char *why, uint32_t cap, const char *text) {
	snprintf(why, cap, "%s", text);
	return -EINVAL;
}

int config_check(const struct kv_redis_config *config, char *why, uint32_t cap) {
	const struct sockaddr_un *socket = NULL;

	if (config->unix_path && (config->host || config->port))
		return no(why, cap, "unix_path stands instead of host and port");
	if (config->unix_path && strlen(config->unix_path) >= sizeof(socket->sun_path))
		return no(why, cap, "unix_path is longer than the name of a socket may be");
	if (config->host && !*config->host)
		return no(why, cap, "host is empty");
	if (config->username && !config->password)
		return no(why, cap, "username needs a password");
	if (strlen(config->key_prefix) > MAX_PREFIX_BYTES)
		return no(why, cap, "key_prefix is longer than 256 bytes");
	return 0;
}

/* -- with the server ------------------------------------------------------------------------ */

/* The probe that asks has a limit of its own; each of three steps stays well below it. */
#define CHECK_LIMIT_MS 1500

static redisContext *connect_now(const struct kv_redis_config *config) {
	int64_t ms = config->connect_timeout_ms < CHECK_LIMIT_MS ? config->connect_timeout_ms
								 : CHECK_LIMIT_MS;
	const struct timeval limit = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
	redisContext *c;

	if (config->unix_path)
		c = redisConnectUnixWithTimeout(config->unix_path, limit);
	else
		c = redisConnectWithTimeout(config->host ? config->host : DEFAULT_HOST,
					    config->port ? (int)config->port : DEFAULT_PORT, limit);
	if (c && !c->err)
		redisSetTimeout(c, limit);
	return c;
}

static int ask(redisContext *c, redisReply *reply, const char *what, char *why, uint32_t cap) {
	int r = 0;

	if (!reply) {
		snprintf(why, cap, "%s: no answer (%s)", what, c->errstr);
		r = -EPROTO;
	} else if (reply->type == REDIS_REPLY_ERROR && !strncmp(reply->str, "LOADING", 7)) {
		r = 0; /* it will be there in a moment; calls wait for it */
	} else if (reply->type == REDIS_REPLY_ERROR) {
		snprintf(why, cap, "%s: %s", what, reply->str);
		r = -EACCES;
	} else if (reply->type != REDIS_REPLY_STATUS) {
		snprintf(why, cap, "%s: what answers is not a Redis server", what);
		r = -EPROTO;
	}
	if (reply)
		freeReplyObject(reply);
	return r;
}

static int log_in(redisContext *c, const struct kv_redis_config *config, char *why, uint32_t cap) {
	if (config->password && config->username)
		return ask(c, redisCommand(c, "AUTH %s %s", config->username, config->password),
			   "AUTH", why, cap);
	if (config->password)
		return ask(c, redisCommand(c, "AUTH %s", config->password), "AUTH", why, cap);
	return 0;
}

static void describe_server(const struct kv_redis_config *config, char *to, size_t size) {
	if (config->unix_path)
		snprintf(to, size, "%s", config->unix_path);
	else
		snprintf(to, size, "%s, port %d", config->host ? config->host : DEFAULT_HOST,
			 config->port ? (int)config->port : DEFAULT_PORT);
}

int kv_redis_check(const void *settings, char *why, uint32_t cap) {
	const struct kv_redis_config *config = settings;
	int r = config_check(config, why, cap);
	redisContext *c;
	char server[200];

	if (r < 0)
		return r;
	c = connect_now(config);
	if (!c || c->err) {
		describe_server(config, server, sizeof(server));
		snprintf(why, cap, "cannot connect to the server at %s: %s", server,
			 c ? c->errstr : "no memory");
		r = -ECONNREFUSED;
	}
	if (r == 0)
		r = log_in(c, config, why, cap);
	if (r == 0)
		r = ask(c, redisCommand(c, "SELECT %lld", (long long)config->db), "SELECT", why,
			cap);
	if (c)
		redisFree(c);
	return r;
}
