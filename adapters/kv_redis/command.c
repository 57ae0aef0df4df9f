/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations of the contract as commands, and what their answers mean:
 *
 *	get		GET key
 *	put		SET key value [NX]
 *	remove		DEL key
 *	increment	EVALSHA script 1 key delta (EVAL when the server does not know the script)
 *
 * A counter is 8 bytes in the order of this host, as `get` and `put` show it, so the server cannot
 * use INCRBY (decimal text) or BITFIELD (the other byte order) on it. The script reads, adds and
 * writes in one step that nothing comes between. Lua has doubles, exact up to 2^53 only: it adds
 * two halves of 32 bits and carries. All hosts that share counters must have one byte order.
 */
#include <errno.h>
#include <string.h>

#include "kv_redis.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FORMAT "'<I4I4'"
#define HALVES "lo, hi"
#define DELTAS "dlo, dhi"
#else
#define FORMAT "'>I4I4'"
#define HALVES "hi, lo"
#define DELTAS "dhi, dlo"
#endif

/* Answers with the new value, or 1: the value is not 8 bytes, 2: it would overflow. */
const char command_increment_script[] =
	"local v = redis.call('GET', KEYS[1])\n"
	"local lo, hi, dlo, dhi = 0, 0, 0, 0\n"
	"if v then\n"
	"  if #v ~= 8 then return 1 end\n"
	"  " HALVES " = struct.unpack(" FORMAT ", v)\n"
	"end\n" DELTAS " = struct.unpack(" FORMAT ", ARGV[1])\n"
	"local was, by = hi >= 2147483648, dhi >= 2147483648\n"
	"lo = lo + dlo\n"
	"hi = hi + dhi\n"
	"if lo >= 4294967296 then lo = lo - 4294967296; hi = hi + 1 end\n"
	"if hi >= 4294967296 then hi = hi - 4294967296 end\n"
	"if was == by and was ~= (hi >= 2147483648) then return 2 end\n"
	"v = struct.pack(" FORMAT ", " HALVES ")\n"
	"redis.call('SETRANGE', KEYS[1], 0, v)\n" /* unlike SET leaves a time to live alone */
	"return v\n";

#define MAX_ARGUMENTS 5

struct arguments {
	int n;
	const char *at[MAX_ARGUMENTS];
	size_t length[MAX_ARGUMENTS];
	char key[MAX_PREFIX_BYTES + MAX_KEY_BYTES];
};

/* -- checking ------------------------------------------------------------------------------- */

static int check_key(const void *key, uint64_t length) {
	return key && length >= 1 && length <= MAX_KEY_BYTES ? 0 : -EINVAL;
}

static int check_put(const struct kv_redis *kv, const struct ry_kv_put_request *req) {
	if (check_key(req->key, req->key_length) < 0 || (req->length && !req->value))
		return -EINVAL;
	return req->length > (uint64_t)kv->config->max_value_bytes ? -EMSGSIZE : 0;
}

int command_check(const struct kv_redis *kv, enum ry_kv_op op, const void *request) {
	const struct ry_kv_get_request *get = request;
	const struct ry_kv_remove_request *remove = request;
	const struct ry_kv_increment_request *increment = request;

	switch (op) {
	case RY_KV_GET:
		return check_key(get->key, get->key_length);
	case RY_KV_PUT:
		return check_put(kv, request);
	case RY_KV_REMOVE:
		return check_key(remove->key, remove->key_length);
	case RY_KV_INCREMENT:
		return check_key(increment->key, increment->key_length);
	default:
		return -EINVAL;
	}
}

/* -- sending -------------------------------------------------------------------------------- */

static void add(struct arguments *to, const void *bytes, size_t length) {
	to->at[to->n] = bytes;
	to->length[to->n++] = length;
}

static void add_word(struct arguments *to, const char *word) {
	add(to, word, strlen(word));
}

static void add_key(struct arguments *to, const struct kv_redis *kv, const void *key,
		    uint64_t length) {
	const char *prefix = kv->config->key_prefix;
	size_t before = strlen(prefix);

	memcpy(to->key, prefix, before);
	memcpy(to->key + before, key, length);
	add(to, to->key, before + length);
}

static void put_command(struct arguments *to, const struct request *request) {
	const struct ry_kv_put_request *req = request->request;

	add_word(to, "SET");
	add_key(to, request->kv, req->key, req->key_length);
	add(to, req->length ? req->value : "", req->length);
	if (req->only_if_absent)
		add_word(to, "NX");
}

static void increment_command(struct arguments *to, const struct request *request, bool whole) {
	const struct ry_kv_increment_request *req = request->request;
	const char *known = request->kv->connection.script;

	whole = whole || !*known;
	add_word(to, whole ? "EVAL" : "EVALSHA");
	add_word(to, whole ? command_increment_script : known);
	add_word(to, "1");
	add_key(to, request->kv, req->key, req->key_length);
	add(to, &req->delta, sizeof(req->delta));
}

static void key_command(struct arguments *to, const struct request *request, const char *word) {
	const struct ry_kv_get_request *req = request->request; /* and that of remove */

	add_word(to, word);
	add_key(to, request->kv, req->key, req->key_length);
}

int command_send(struct request *request, redisCallbackFn *on_reply, bool whole_script) {
	struct arguments arguments;

	arguments.n = 0;
	switch (request->op) {
	case RY_KV_PUT:
		put_command(&arguments, request);
		break;
	case RY_KV_INCREMENT:
		increment_command(&arguments, request, whole_script);
		break;
	case RY_KV_REMOVE:
		key_command(&arguments, request, "DEL");
		break;
	default:
		key_command(&arguments, request, "GET");
	}
	return redisAsyncCommandArgv(request->kv->connection.ac, on_reply, request, arguments.n,
				     arguments.at, arguments.length) == REDIS_OK
		       ? 0
		       : -ENOMEM;
}

/* -- answers -------------------------------------------------------------------------------- */

static int answer_error(struct kv_redis *kv, enum ry_kv_op op, const struct reply *reply) {
	if (op == RY_KV_INCREMENT && !strncmp(reply->head.str, "NOSCRIPT", 8))
		return COMMAND_AGAIN;
	kv_redis_log(kv, RY_LOG_WARNING, "the server refused a command", reply->head.str);
	return reply_errno(reply);
}

static int answer_get(struct request *request, struct reply *reply) {
	struct ry_kv_get_result *result = request->result;

	if (reply->head.type == REDIS_REPLY_NIL)
		return RY_KV_NOT_FOUND;
	if (reply->head.type != REDIS_REPLY_STRING)
		return -EPROTO;
	if (reply->head.len > (size_t)request->kv->config->max_value_bytes)
		return -EMSGSIZE; /* one that is much longer is not even read to its end */
	/* Beyond `done`, for the next operation to free: see <railyard/kv.h>. */
	reply_keep(reply);
	reply_free(request->kv->value);
	request->kv->value = reply;
	result->value = reply->head.str;
	result->length = reply->head.len;
	return 0;
}

static int answer_put(const struct request *request, const struct reply *reply) {
	const struct ry_kv_put_request *req = request->request;

	if (reply->head.type == REDIS_REPLY_STATUS)
		return 0;
	return reply->head.type == REDIS_REPLY_NIL && req->only_if_absent ? RY_KV_EXISTS : -EPROTO;
}

static int answer_remove(const struct reply *reply) {
	if (reply->head.type != REDIS_REPLY_INTEGER)
		return -EPROTO;
	return reply->head.integer ? 0 : RY_KV_NOT_FOUND;
}

static int answer_increment(const struct request *request, const struct reply *reply) {
	struct ry_kv_increment_result *result = request->result;

	if (reply->head.type == REDIS_REPLY_INTEGER)
		return reply->head.integer == 1	  ? -EINVAL
		       : reply->head.integer == 2 ? -ERANGE
						  : -EPROTO;
	if (reply->head.type != REDIS_REPLY_STRING || reply->head.len != sizeof(result->value))
		return -EPROTO;
	memcpy(&result->value, reply->head.str, sizeof(result->value));
	return 0;
}

int command_answer(struct request *request, struct reply *reply) {
	if (reply->head.type == REDIS_REPLY_ERROR)
		return answer_error(request->kv, request->op, reply);
	switch (request->op) {
	case RY_KV_PUT:
		return answer_put(request, reply);
	case RY_KV_REMOVE:
		return answer_remove(reply);
	case RY_KV_INCREMENT:
		return answer_increment(request, reply);
	default:
		return answer_get(request, reply);
	}
}
