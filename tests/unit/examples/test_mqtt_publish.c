/* SPDX-License-Identifier: Apache-2.0 */
/* The example's adapter against a mosquitto of the test's own; meant for the thread sanitizer too. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "mqtt_publish/mqtt_publish.h"
#include "mqtt_publish/publisher.h"
#include "support/fake_host.h"
#include "support/port.h"
#include "support/test.h"

#define LIMIT_MS 20000

/* -- the broker ----------------------------------------------------------------------------- */

struct server {
	pid_t pid; /* 0: it does not run */
	int port;
	char config[64];
};

static struct server server_new(void) {
	struct server server = {.port = free_port(), .config = "/tmp/railyard-mqtt-XXXXXX"};
	int fd;

	/* Not on every path of those who are not root. */
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	if (system("command -v mosquitto >/dev/null 2>&1") != 0)
		skip_test("mosquitto is not installed");
	fd = mkstemp(server.config);
	expect(fd >= 0);
	dprintf(fd, "listener %d 127.0.0.1\nallow_anonymous true\npersistence false\n",
		server.port);
	expect_ok(fchmod(fd, 0644));
	close(fd);
	return server;
}

/* Reads the broker's log until it says so; it then listens. */
static void wait_until_ready(int fd) {
	char log[16384];
	size_t used = 0;

	do {
		ssize_t n = read(fd, log + used, sizeof(log) - 1 - used);

		ck_assert_msg(n > 0, "mosquitto ended: %.*s", (int)used, log);
		used += (size_t)n;
		log[used] = '\0';
	} while (!strstr(log, " running"));
}

static void server_start(struct server *server) {
	int ends[2];

	expect_ok(pipe2(ends, O_CLOEXEC));
	server->pid = fork();
	if (server->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_IGN);
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		execlp("mosquitto", "mosquitto", "-v", "-c", server->config, NULL);
		_exit(127);
	}
	close(ends[1]);
	wait_until_ready(ends[0]);
	close(ends[0]);
}

static void server_stop_still(const struct server *server) {
	int status;

	expect_ok(kill(server->pid, SIGSTOP));
	expect_int(waitpid(server->pid, &status, WUNTRACED), server->pid);
}

static void server_fini(struct server *server) {
	int status;

	if (server->pid) {
		expect_ok(kill(server->pid, SIGKILL));
		expect_int(waitpid(server->pid, &status, 0), server->pid);
	}
	unlink(server->config);
}

/* -- the adapter and its calls -------------------------------------------------------------- */

struct store {
	struct fake_adapter adapter;
	struct ry_binding binding;
};

static struct store store_new(const struct server *server, const char *more) {
	struct store store;
	char json[128];

	signal(SIGPIPE, SIG_IGN);
	snprintf(json, sizeof(json), "{\"port\": %d%s}", server->port, more);
	store.adapter = fake_adapter_open_async(&mq_broker, json, NULL);
	store.binding = fake_adapter_binding(&store.adapter, 0);
	return store;
}

struct trial {
	struct ry_call call; /* first */
	struct mq_publish_request request;
	unsigned n_done;
	int status;
};

static void on_done(struct ry_call *call, int status) {
	struct trial *trial = (struct trial *)call;

	trial->n_done++;
	trial->status = status;
}

static int begin(struct store *store, struct trial *trial, const char *topic, uint64_t limit_ms) {
	*trial = (struct trial){
		.call = {.size = RY_SIZE(ry_call),
			 .done = on_done,
			 .deadline_ns = clock_monotonic_ns() + limit_ms * NS_PER_MS},
		.request = {.topic = topic, .payload = "text", .length = 4},
	};
	return mq_publish(&store->binding, &trial->request, &trial->call);
}

static bool is_done(void *user) {
	return ((struct trial *)user)->n_done > 0;
}

static int finish(struct store *store, struct trial *trial, int r) {
	if (r != RY_PENDING)
		return r;
	expect(fake_host_until(store->adapter.fake, is_done, trial, LIMIT_MS));
	expect_int(trial->n_done, 1);
	return trial->status;
}

START_TEST(a_message_is_done_when_the_broker_has_it)
{
	struct server server = server_new();
	struct store store;
	struct trial trial;

	server_start(&server);
	store = store_new(&server, "");
	expect_ok(finish(&store, &trial, begin(&store, &trial, "a/b", LIMIT_MS)));
	expect_errno(begin(&store, &trial, "", 0), EINVAL);
	expect_errno(begin(&store, &trial, "a/+", 0), EINVAL);
	expect_errno(begin(&store, &trial, "a/#", 0), EINVAL);
	expect_errno(begin(&store, &trial, "\xff\xfe", 0), EINVAL);
	expect_errno(mq_publish(&store.binding, &trial.request, NULL), EINVAL);
	expect_ok(fake_adapter_close(&store.adapter));
	server_fini(&server);
}
END_TEST

START_TEST(a_broker_that_comes_later_is_waited_for)
{
	struct server server = server_new();
	struct store store = store_new(&server, "");
	struct trial soon, later;

	expect_int(begin(&store, &soon, "a", 50), RY_PENDING);
	expect_int(begin(&store, &later, "b", LIMIT_MS), RY_PENDING);
	expect_errno(finish(&store, &soon, RY_PENDING), ETIMEDOUT);
	server_start(&server);
	expect_ok(finish(&store, &later, RY_PENDING));
	expect_int(soon.n_done, 1); /* its late answer is nobody's */
	expect_ok(fake_adapter_close(&store.adapter));
	server_fini(&server);
}
END_TEST

START_TEST(answers_after_cancel_are_nobodys)
{
	struct server server = server_new();
	struct trial *gone = calloc(1, sizeof(*gone)), *late = calloc(1, sizeof(*late)), trial;
	struct store store;

	server_start(&server);
	store = store_new(&server, ", \"max_pending\": 2");
	expect_ok(finish(&store, &trial, begin(&store, &trial, "a", LIMIT_MS)));
	server_stop_still(&server);
	expect_int(begin(&store, gone, "a", LIMIT_MS), RY_PENDING);
	expect_int(begin(&store, late, "a", 30), RY_PENDING);
	expect_errno(begin(&store, &trial, "a", LIMIT_MS), EAGAIN);
	ry_call_cancel(&gone->call);
	expect_errno(finish(&store, late, RY_PENDING), ETIMEDOUT);
	expect_int(gone->n_done, 0);
	free(gone); /* nothing may reach them */
	free(late);
	expect_errno(begin(&store, &trial, "a", LIMIT_MS), EAGAIN); /* still under way */
	expect_ok(kill(server.pid, SIGCONT));
	while (begin(&store, &trial, "a", LIMIT_MS) == -EAGAIN)
		expect(fake_host_turn(store.adapter.fake, LIMIT_MS));
	expect_ok(finish(&store, &trial, RY_PENDING));
	expect_ok(fake_adapter_close(&store.adapter));
	server_fini(&server);
}
END_TEST

START_TEST(stopping_does_not_wait_for_the_broker)
{
	struct server server = server_new();
	struct trial *pending = calloc(1, sizeof(*pending)), trial;
	struct store store;
	uint64_t before;

	server_start(&server);
	store = store_new(&server, "");
	expect_ok(finish(&store, &trial, begin(&store, &trial, "a", LIMIT_MS)));
	server_stop_still(&server);
	expect_int(begin(&store, pending, "a", LIMIT_MS), RY_PENDING);
	free(pending);
	before = clock_monotonic_ns();
	expect_ok(fake_adapter_close(&store.adapter));
	expect(clock_monotonic_ns() - before < 5000 * NS_PER_MS);
	server_fini(&server);
}
END_TEST

/* -- many, with everything that can happen to them ------------------------------------------ */

#define MANY 4000u

struct crowd {
	struct store *store;
	unsigned n_begun, n_ended;
	struct guest {
		struct ry_call call; /* first */
		struct mq_publish_request request;
		struct crowd *crowd;
	} guests[64];
};

static void on_guest_done(struct ry_call *call, int status) {
	struct guest *guest = (struct guest *)call;

	expect(status == 0 || status == -ETIMEDOUT);
	expect(guest->request.length == 4); /* once */
	guest->request.length = 0;
	guest->crowd->n_ended++;
}

static void begin_guest(struct crowd *crowd, struct guest *guest) {
	uint64_t now = clock_monotonic_ns();

	guest->crowd = crowd;
	guest->request = (struct mq_publish_request){"crowd", "text", 4};
	guest->call = (struct ry_call){.size = RY_SIZE(ry_call), .done = on_guest_done};
	guest->call.deadline_ns = now + (crowd->n_begun % 5 ? LIMIT_MS : 1) * NS_PER_MS;
	if (mq_publish(&crowd->store->binding, &guest->request, &guest->call) == RY_PENDING)
		crowd->n_begun++;
	else
		guest->request.length = 0;
}

/* Fills the places that are free, and cancels one in three as soon as it has begun. */
static void serve_crowd(struct crowd *crowd) {
	for (unsigned i = 0; i < 64 && crowd->n_begun < MANY; i++) {
		struct guest *guest = &crowd->guests[i];

		if (guest->request.length)
			continue;
		begin_guest(crowd, guest);
		if (guest->request.length && crowd->n_begun % 3 == 0) {
			ry_call_cancel(&guest->call);
			guest->request.length = 0;
			crowd->n_ended++;
		}
	}
}

START_TEST(each_call_ends_once)
{
	struct server server = server_new();
	struct crowd crowd = {.n_begun = 0};
	struct store store;

	server_start(&server);
	store = store_new(&server, "");
	crowd.store = &store;
	while (crowd.n_ended < MANY) {
		serve_crowd(&crowd);
		if (crowd.n_ended < MANY)
			expect(fake_host_turn(store.adapter.fake, LIMIT_MS));
	}
	/* It stops while answers to those that were given up still come. */
	expect_ok(fake_adapter_close(&store.adapter));
	expect_int(crowd.n_ended, MANY);
	server_fini(&server);
}
END_TEST

TEST_MAIN("examples/mqtt_publish", a_message_is_done_when_the_broker_has_it,
	  a_broker_that_comes_later_is_waited_for, answers_after_cancel_are_nobodys,
	  stopping_does_not_wait_for_the_broker, each_call_ends_once)
