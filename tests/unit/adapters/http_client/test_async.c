/* SPDX-License-Identifier: Apache-2.0 */
/* What only aconsume has: many at a time, deadlines, cancel, and a loop that goes on. */
#include "base/clock.h"
#include "driver.h"
#include "slow_names.h"

/* -- many at a time ------------------------------------------------------------------------- */

struct crowd {
	struct flight flights[256];
	unsigned n;
};

static bool all_done(void *user) {
	const struct crowd *crowd = user;

	for (unsigned i = 0; i < crowd->n; i++)
		if (!crowd->flights[i].done)
			return false;
	return true;
}

static void crowd_get(struct driver *d, struct crowd *crowd, unsigned n, const char *path) {
	*crowd = (struct crowd){.n = n};
	for (unsigned i = 0; i < n; i++) {
		crowd->flights[i].request.url = fault_server_url(&d->server, path);
		expect_int(flight_begin(d, &crowd->flights[i]), RY_PENDING);
	}
	expect(fake_host_until(d->adapter.fake, all_done, crowd, LONG_MS));
	for (unsigned i = 0; i < n; i++) {
		expect_ok(crowd->flights[i].status);
		expect_int(crowd->flights[i].response.status, 200);
		ry_http_release(&d->binding, &crowd->flights[i].response);
	}
}

START_TEST(requests_run_at_the_same_time)
{
	static struct crowd crowd;
	struct driver d;
	uint64_t start;

	driver_start(&d, true, NULL);
	start = clock_monotonic_ns();
	crowd_get(&d, &crowd, 64, "/delay/200");
	/* One after the other they would take 12.8 s. */
	expect(clock_monotonic_ns() - start < 6 * NS_PER_SECOND);
	expect_int(count_of(&d, "most_open"), 64);
	crowd_get(&d, &crowd, 64, "/delay/10");
	expect_int(count_of(&d, "connections"), 64); /* they were kept */
	driver_stop(&d);
}
END_TEST

START_TEST(connections_are_limited)
{
	static struct crowd crowd;
	struct driver d;

	driver_start(&d, true, "{\"max_connections\": 5}");
	crowd_get(&d, &crowd, 100, "/delay/5");
	expect_int(count_of(&d, "most_open"), 5);
	expect_int(count_of(&d, "connections"), 5);
	driver_stop(&d);
}
END_TEST

START_TEST(connections_to_one_host_are_limited)
{
	static struct crowd crowd;
	struct driver d, other;

	driver_start(&d, true, "{\"max_connections\": 100, \"max_connections_per_host\": 3}");
	crowd_get(&d, &crowd, 50, "/delay/5");
	expect_int(count_of(&d, "most_open"), 3);
	/* Another host has its own, and the rest of the connections is there for it. */
	other = d;
	fault_server_start(&other.server, NULL);
	crowd_get(&other, &crowd, 50, "/delay/5");
	expect_int(count_of(&other, "most_open"), 3);
	fault_server_stop(&other.server);
	driver_stop(&d);
}
END_TEST

/* -- deadlines ------------------------------------------------------------------------------ */

static int timed(struct driver *d, const char *path, uint32_t timeout_ms, uint64_t deadline_ms,
		 uint64_t *ret_ms) {
	uint64_t start = clock_monotonic_ns();
	struct flight flight = {
		.request = {.url = fault_server_url(&d->server, path), .timeout_ms = timeout_ms},
		.call.deadline_ns = deadline_ms ? start + deadline_ms * NS_PER_MS : 0,
	};

	expect_int(flight_begin(d, &flight), RY_PENDING);
	expect(fake_host_until(d->adapter.fake, is_done, &flight, LONG_MS));
	*ret_ms = (clock_monotonic_ns() - start) / NS_PER_MS;
	ry_http_release(&d->binding, &flight.response);
	return flight.status;
}

START_TEST(the_earlier_limit_holds)
{
	struct flight late = {.call.deadline_ns = 1};
	struct driver d;
	uint64_t ms;

	driver_start(&d, true, "{\"timeout_ms\": 15000}");
	expect_errno(timed(&d, "/hang", 100, 0, &ms), ETIMEDOUT);
	expect(ms >= 90 && ms < 5000);
	expect_errno(timed(&d, "/hang", 12000, 100, &ms), ETIMEDOUT);
	expect(ms >= 90 && ms < 5000);
	expect_errno(timed(&d, "/hang", 100, 12000, &ms), ETIMEDOUT);
	expect(ms >= 90 && ms < 5000);
	late.request.url = fault_server_url(&d.server, "/ok");
	expect_errno(flight_begin(&d, &late), ETIMEDOUT);
	expect(!late.done);
	expect_get(&d, "/ok", "ok");
	driver_stop(&d);
}
END_TEST

/* The one that waits has no connection yet, and libcurl does not look at its time. */
START_TEST(a_request_that_waits_for_a_connection_has_its_deadline)
{
	struct flight first = {.request.timeout_ms = 10000};
	struct driver d;
	uint64_t ms;

	driver_start(&d, true, "{\"max_connections\": 1}");
	first.request.url = fault_server_url(&d.server, "/hang");
	expect_int(flight_begin(&d, &first), RY_PENDING);
	expect_errno(timed(&d, "/ok", 100, 0, &ms), ETIMEDOUT);
	expect(ms < 5000 && !first.done);
	ry_call_cancel(&first.call);
	expect_get(&d, "/ok", "ok");
	driver_stop(&d);
}
END_TEST

/* When one that has the only connection ends at its deadline, the next one runs. */
START_TEST(a_connection_that_is_given_up_goes_to_the_next)
{
	struct flight first = {.request.timeout_ms = 200};
	struct driver d;
	uint64_t ms;

	driver_start(&d, true, "{\"max_connections\": 1}");
	first.request.url = fault_server_url(&d.server, "/hang");
	expect_int(flight_begin(&d, &first), RY_PENDING);
	expect_ok(timed(&d, "/status/204", 10000, 0, &ms));
	expect(first.done);
	expect_errno(first.status, ETIMEDOUT);
	expect(ms < 5000);
	driver_stop(&d);
}
END_TEST

/* -- cancel --------------------------------------------------------------------------------- */

START_TEST(a_cancelled_call_is_not_done)
{
	struct flight flight = {.request.timeout_ms = 10000};
	struct driver d;

	driver_start(&d, true, NULL);
	/* At once, before anything was sent. */
	flight.request.url = fault_server_url(&d.server, "/ok");
	expect_int(flight_begin(&d, &flight), RY_PENDING);
	ry_call_cancel(&flight.call);
	expect(!flight.call.cancel);
	/* While it is answered. */
	flight.request.url = fault_server_url(&d.server, "/drip/1000/1");
	expect_int(flight_begin(&d, &flight), RY_PENDING);
	for (int i = 0; i < 50; i++)
		fake_host_turn(d.adapter.fake, 10);
	expect(!flight.done);
	ry_call_cancel(&flight.call);
	expect_get(&d, "/delay/50", "ok");
	expect(!flight.done);
	driver_stop(&d);
}
END_TEST

/* -- what `done` may do --------------------------------------------------------------------- */

static void then_again(struct flight *flight) {
	struct driver *d = flight->user;

	expect_ok(flight->status);
	ry_http_release(&d->binding, &flight->response);
	if (--flight->request.reserved == 0)
		return;
	expect_int(flight_begin(d, flight), RY_PENDING);
}

START_TEST(done_may_start_the_next_request)
{
	struct driver d;
	struct flight flight = {.then = then_again, .user = &d, .request.reserved = 100};

	driver_start(&d, true, NULL);
	flight.request.url = fault_server_url(&d.server, "/ok");
	expect_int(flight_begin(&d, &flight), RY_PENDING);
	expect(fake_host_until(d.adapter.fake, is_done, &flight, LONG_MS));
	expect_int(flight.request.reserved, 0);
	expect_int(fake_host_metric(d.adapter.fake, "requests"), 100);
	expect_int(count_of(&d, "connections"), 1);
	driver_stop(&d);
}
END_TEST

static void then_cancel_all(struct flight *flight) {
	struct crowd *crowd = flight->user;

	for (unsigned i = 0; i < crowd->n; i++)
		if (&crowd->flights[i] != flight)
			ry_call_cancel(&crowd->flights[i].call);
}

/* Answers that come together: libcurl has their completions queued when the first is told. */
START_TEST(done_may_cancel_others_that_have_ended_too)
{
	static struct crowd crowd;
	struct driver d;
	unsigned n = 0;

	driver_start(&d, true, NULL);
	crowd.n = 32;
	for (unsigned i = 0; i < crowd.n; i++) {
		struct flight *flight = &crowd.flights[i];

		*flight = (struct flight){.then = then_cancel_all, .user = &crowd};
		flight->request.url = fault_server_url(&d.server, "/delay/50");
		expect_int(flight_begin(&d, flight), RY_PENDING);
	}
	while (fake_host_turn(d.adapter.fake, 300))
		;
	for (unsigned i = 0; i < crowd.n; i++)
		if (crowd.flights[i].done && ++n)
			ry_http_release(&d.binding, &crowd.flights[i].response);
	expect_int(n, 1);
	expect_get(&d, "/ok", "ok");
	driver_stop(&d);
}
END_TEST

/* -- ends ----------------------------------------------------------------------------------- */

START_TEST(an_end_with_requests_in_flight_leaves_nothing)
{
	static struct flight flights[8];
	struct driver d;

	driver_start(&d, true, "{\"max_connections\": 4}");
	expect_get(&d, "/ok", "ok");
	for (int i = 0; i < 8; i++) {
		flights[i] = (struct flight){.request.url = fault_server_url(&d.server, "/hang")};
		expect_int(flight_begin(&d, &flights[i]), RY_PENDING);
	}
	for (int i = 0; i < 10; i++)
		fake_host_turn(d.adapter.fake, 5);
	expect_ok(d.adapter.type->ops->stop(d.adapter.self));
	for (int i = 0; i < 8; i++)
		expect(!flights[i].done);
	expect(!d.adapter.fake->timers && !d.adapter.fake->watches);
	driver_stop(&d);
}
END_TEST

/* -- names ---------------------------------------------------------------------------------- */

static void count(void *user) {
	++*(unsigned *)user;
}

static bool ten(void *user) {
	return *(unsigned *)user >= 10;
}

/* A resolver that hangs holds neither the loop, nor a deadline, nor a cancel. */
START_TEST(a_slow_resolver_does_not_hold_the_loop)
{
	struct flight flight = {.request.timeout_ms = 100}, other = {0};
	const struct ry_loop_service *loop;
	struct ry_timer *timer;
	unsigned ticks = 0;
	struct driver d;
	char url[64];
	uint64_t start;

	driver_start(&d, true, NULL);
	loop = d.adapter.fake->host.get(&d.adapter.fake->host, RY_LOOP, 1);
	snprintf(url, sizeof(url), "http://slow.test:%u/ok", d.server.port);
	flight.request.url = other.request.url = url;
	expect_int(flight_begin(&d, &flight), RY_PENDING);
	while (fake_host_turn(d.adapter.fake, 0))
		;
	names_wait();
	start = clock_monotonic_ns();
	expect_ok(loop->timer_start(&d.adapter.fake->host, NS_PER_MS, 1, count, &ticks, &timer));
	expect(fake_host_until(d.adapter.fake, ten, &ticks, LONG_MS));
	expect_get(&d, "/ok", "ok");
	expect(fake_host_until(d.adapter.fake, is_done, &flight, LONG_MS));
	expect_errno(flight.status, ETIMEDOUT);
	expect_int(flight_begin(&d, &other), RY_PENDING);
	while (fake_host_turn(d.adapter.fake, 0))
		;
	ry_call_cancel(&other.call);
	expect(clock_monotonic_ns() - start < 5 * NS_PER_SECOND);
	names_release();
	expect_int(flight_begin(&d, &other), RY_PENDING);
	expect(fake_host_until(d.adapter.fake, is_done, &other, LONG_MS));
	expect_ok(other.status);
	ry_http_release(&d.binding, &other.response);
	driver_stop(&d);
}
END_TEST

/* -- stress --------------------------------------------------------------------------------- */

#define STRESS_REQUESTS 2000u
#define STRESS_FLIGHTS	64u

struct stress {
	struct driver d;
	struct flight flights[STRESS_FLIGHTS];
	unsigned begun, ended, cancelled, answered, late, reset, small;
	uint32_t random;
};

/* xorshift32: the same requests on every machine. */
static uint32_t stress_random(struct stress *s) {
	s->random ^= s->random << 13;
	s->random ^= s->random >> 17;
	s->random ^= s->random << 5;
	return s->random;
}

static const char *stress_path(struct stress *s) {
	static char path[64];
	uint32_t n = stress_random(s);

	switch (n % 16) {
	case 0:
		return "/reset";
	case 1:
		return "/close-body/100";
	case 2:
		return "/hang";
	case 3:
		return "/huge/70000";
	case 4:
		return "/last";
	default:
		snprintf(path, sizeof(path), "/jumble/10?%u", n);
		return path;
	}
}

static void stress_done(struct flight *flight);

static void stress_begin(struct stress *s, struct flight *flight) {
	while (s->begun < STRESS_REQUESTS) {
		*flight = (struct flight){.then = stress_done, .user = s};
		flight->request.url = fault_server_url(&s->d.server, stress_path(s));
		flight->request.timeout_ms = 50 + stress_random(s) % 100;
		s->begun++;
		expect_int(flight_begin(&s->d, flight), RY_PENDING);
		if (stress_random(s) % 32)
			return;
		ry_call_cancel(&flight->call); /* at once */
		s->cancelled++;
		s->ended++;
	}
	flight->done = true;
}

static void stress_cancel_one(struct stress *s) {
	struct flight *other = &s->flights[stress_random(s) % STRESS_FLIGHTS];

	if (!other->call.cancel)
		return;
	ry_call_cancel(&other->call);
	s->cancelled++;
	s->ended++;
	stress_begin(s, other);
}

static void stress_done(struct flight *flight) {
	struct stress *s = flight->user;

	s->ended++;
	s->answered += flight->status == 0;
	s->late += flight->status == -ETIMEDOUT;
	s->reset += flight->status == -ECONNRESET;
	s->small += flight->status == -EMSGSIZE;
	if (flight->status == 0)
		ry_http_release(&s->d.binding, &flight->response);
	if (stress_random(s) % 8 == 0)
		stress_cancel_one(s);
	stress_begin(s, flight);
}

static bool stress_over(void *user) {
	return ((struct stress *)user)->ended == STRESS_REQUESTS;
}

START_TEST(two_thousand_requests_with_random_cancels)
{
	static struct stress s = {.random = 2463534242u};

	driver_start(&s.d, true,
		     "{\"max_connections\": 40, \"max_response_bytes\": 65536, "
		     "\"max_connections_per_host\": 32}");
	for (unsigned i = 0; i < STRESS_FLIGHTS; i++)
		stress_begin(&s, &s.flights[i]);
	expect(fake_host_until(s.d.adapter.fake, stress_over, &s, 50000));
	expect_int(s.begun, STRESS_REQUESTS);
	expect_int(s.answered + s.late + s.reset + s.small + s.cancelled, STRESS_REQUESTS);
	expect(s.answered > 50 && s.cancelled > 50); /* a busy machine is late often */
	expect(s.reset > 20 && s.small > 20 && s.late > 20);
	expect_int(fake_host_metric(s.d.adapter.fake, "requests"), STRESS_REQUESTS);
	expect_int(fake_host_metric(s.d.adapter.fake, "failures"), s.late + s.reset + s.small);
	expect_int(fake_host_metric(s.d.adapter.fake, "in_flight"), 0);
	driver_stop(&s.d);
}
END_TEST

TEST_MAIN("adapters/http_client_async", requests_run_at_the_same_time, connections_are_limited,
	  connections_to_one_host_are_limited, the_earlier_limit_holds,
	  a_request_that_waits_for_a_connection_has_its_deadline,
	  a_connection_that_is_given_up_goes_to_the_next, a_cancelled_call_is_not_done,
	  done_may_start_the_next_request, done_may_cancel_others_that_have_ended_too,
	  an_end_with_requests_in_flight_leaves_nothing, a_slow_resolver_does_not_hold_the_loop,
	  two_thousand_requests_with_random_cancels)
