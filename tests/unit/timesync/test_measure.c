/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measuring by /info against an engine whose clock is made of this machine's MONOTONIC, as the
 * host's is: the offset is known exactly, and must lie in every interval.
 */
#include "tests/unit/suite.h"

#include <poll.h>
#include <string.h>

#include "common/codec/timefmt.h"
#include "plugins/timesync/measure.h"
#include "tests/unit/client/scratch.h"
#include "tests/unit/client/server.h"
#include "tests/unit/random.h"

#define INFO  "GET /v1.41/info"
#define EPOCH (INT64_C(1795482123) * NSEC_PER_SEC)
#define MSEC  NSEC_PER_MSEC

/* --- The two clocks. */

struct host {
	struct clock clock;
	int64_t step; /* added to its wall clock so far */
	/* It steps at the answers of these numbers, counted from 1; 0: never. */
	int from, until, answers;
	int64_t by;
};

static int64_t host_monotonic(const struct clock *clock)
{
	(void)clock;
	return clock_system.monotonic(&clock_system);
}

static int64_t host_now(const struct clock *clock)
{
	const struct host *host = (const struct host *)clock;

	return host_monotonic(clock) + EPOCH + host->step;
}

/* The engine client tells of each answer. */
static void on_answer(void *ctx, const char *line)
{
	struct host *host = ctx;

	if (!strstr(line, "/info"))
		return;
	host->answers++;
	if (host->answers >= host->from && host->answers <= host->until)
		host->step += host->by;
}

/* What the engine's process knows; set before it starts. */
static struct engine_script {
	int64_t offset;
	int digits; /* of the fraction */
	/* It steps before the answers of these numbers, counted from 1. */
	int from, until;
	int64_t by;
	int before_ms; /* how long it thinks before it reads its clock */
} script;

static char *engine_info(const struct server_seen *seen)
{
	int number = seen->requests - 1; /* the first was a ping */
	int64_t t = EPOCH + script.offset;
	char text[TIME_TEXT];

	poll(NULL, 0, script.before_ms);
	for (int i = script.from; i && i <= script.until && i <= number; i++)
		t += script.by;
	t += clock_system.monotonic(&clock_system);
	time_format_rfc3339(text, t, 0);
	/* As many digits as wanted of ".123456789". */
	scoped_str fraction = xasprintf(".%09lld", (long long)(t % NSEC_PER_SEC));
	fraction[script.digits ? 1 + script.digits : 0] = '\0';
	scoped_str body = xasprintf(
		"{\"ID\":\"E\",\"OSType\":\"linux\",\"SystemTime\":\"%.*s%sZ\"}",
		(int)strlen(text) - 1, text, fraction);
	return xasprintf("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
}

static void open_traced(struct engine **engine, const struct server *server, struct host *host)
{
	struct engine_options options = { .answer_deadline = 500 * MSEC,
					  .trace = on_answer,
					  .trace_ctx = host };
	scoped_endpoint endpoint = { 0 };
	struct error err = ERROR_INIT;

	host->clock = (struct clock){ host_now, host_monotonic };
	ck_assert_int_eq(endpoint_parse(&endpoint, server->address, &err), 0);
	ck_assert_msg(engine_open(engine, &endpoint, &options, &err) == 0, "%s", err.text);
}

static bool holds(struct interval i, int64_t truth)
{
	return i.lo <= truth && truth <= i.hi;
}

/* --- Clocks that run. */

static const struct {
	const char *why;
	int64_t offset;
	int digits;
	int before_ms, after_ms;
	unsigned samples;
} rows[] = {
	{ "in step", 0, 9, 0, 0, 5 },
	{ "once is enough to be right", 0, 9, 0, 0, 1 },
	{ "none asked for: one", 0, 9, 0, 0, 0 },
	{ "a little behind", -300 * MSEC, 9, 0, 0, 3 },
	{ "20 minutes ahead", 20 * NSEC_PER_MIN, 9, 0, 0, 3 },
	{ "three days behind", -3 * NSEC_PER_DAY, 9, 0, 0, 3 },
	{ "ten years ahead", 3650 * NSEC_PER_DAY, 9, 0, 0, 3 },
	{ "thinks before it looks at its clock", 0, 9, 30, 0, 3 },
	{ "thinks after it", 5 * NSEC_PER_SEC, 9, 0, 30, 3 },
	{ "both", -5 * NSEC_PER_SEC, 9, 10, 30, 3 },
	{ "100 ns, as Windows counts", 7 * MSEC, 7, 0, 0, 3 },
	{ "microseconds", 7 * MSEC, 6, 0, 0, 3 },
	{ "milliseconds", 7 * MSEC, 3, 0, 0, 3 },
	{ "tenths", -7 * MSEC, 1, 0, 0, 3 },
	{ "whole seconds", 7 * MSEC, 0, 0, 0, 3 },
};

START_TEST(truth_is_inside)
{
	struct route routes[] = {
		ROUTE(INFO, NULL, .make = engine_info, .delay_ms = rows[_i].after_ms), ROUTES_END
	};
	unsigned samples = rows[_i].samples ? rows[_i].samples : 1;
	int64_t unit = NSEC_PER_SEC;
	struct host host = { .step = 0 };
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	struct measurement m;
	struct error err = ERROR_INIT;

	script = (struct engine_script){ .offset = rows[_i].offset,
					 .digits = rows[_i].digits,
					 .before_ms = rows[_i].before_ms };
	for (int i = 0; i < script.digits; i++)
		unit /= 10;
	server_start(&server, routes, _i % 2);
	open_traced(&engine, &server, &host);
	int64_t before = host_monotonic(NULL);
	ck_assert_msg(measure_info(&m, engine, &host.clock, rows[_i].samples, NULL, &err) == 0,
		      "%s: %s", rows[_i].why, err.text);
	int64_t took = host_monotonic(NULL) - before;
	ck_assert_msg(holds(m.offset, script.offset), "%s: %lld not in %lld..%lld", rows[_i].why,
		      (long long)script.offset, (long long)m.offset.lo, (long long)m.offset.hi);
	ck_assert(m.method == METHOD_INFO && m.samples == samples && m.restarts == 0);
	ck_assert_uint_eq((unsigned)server.seen->requests, samples + 1);
	ck_assert(m.when >= before && m.when <= before + took);
	ck_assert_int_ge(m.delay, (rows[_i].before_ms + rows[_i].after_ms) * MSEC);
	ck_assert_int_le(m.delay, took / (int64_t)samples);
	/* No wider than the shortest of them, but for what clocks cut and drift. */
	int64_t width = m.offset.hi - m.offset.lo;
	ck_assert_msg(width <= m.delay + unit + estimate_drift(took) + 100 * NSEC_PER_USEC,
		      "%s: %lld wide, %lld delay", rows[_i].why, (long long)width,
		      (long long)m.delay);
	ck_assert_msg(m.anchor <= EPOCH && m.anchor > EPOCH - MSEC, "%lld",
		      (long long)(m.anchor - EPOCH));
}
END_TEST

/* --- Clocks that step. */

static const struct {
	const char *why;
	/* Answers at which the engine's (host's) clock steps. */
	int engine_from, engine_until;
	int64_t engine_by;
	int host_from, host_until;
	int64_t host_by;
	unsigned restarts;
	enum error_kind kind;
} steps[] = {
	{ "the engine's, before we begin", 1, 1, NSEC_PER_HOUR, 0, 0, 0, 0, ERROR_NONE },
	{ "the engine's, forward", 2, 2, NSEC_PER_HOUR, 0, 0, 0, 1, ERROR_NONE },
	{ "the engine's, backward", 3, 3, -NSEC_PER_SEC, 0, 0, 0, 1, ERROR_NONE },
	{ "the engine's, again and again", 2, 1000, NSEC_PER_SEC, 0, 0, 0, 0, ERROR_CONFLICT },
	{ "the host's, after the last answer", 0, 0, 0, 3, 3, -NSEC_PER_SEC, 1, ERROR_NONE },
	{ "the host's, after the first", 0, 0, 0, 1, 1, 2 * MSEC, 1, ERROR_NONE },
	{ "the host's, too little to count", 0, 0, 0, 1, 1, MSEC / 2, 0, ERROR_NONE },
	{ "the host's, again and again", 0, 0, 0, 1, 1000, NSEC_PER_SEC, 0, ERROR_CONFLICT },
	{ "both at once", 2, 2, NSEC_PER_HOUR, 3, 3, NSEC_PER_HOUR, 2, ERROR_NONE },
};

START_TEST(stepped)
{
	static const struct route routes[] = { ROUTE(INFO, NULL, .make = engine_info), ROUTES_END };
	struct host host = { .from = steps[_i].host_from,
			     .until = steps[_i].host_until,
			     .by = steps[_i].host_by };
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	struct measurement m = { .samples = 77 };
	struct error err = ERROR_INIT;

	script = (struct engine_script){ .digits = 9,
					 .from = steps[_i].engine_from,
					 .until = steps[_i].engine_until,
					 .by = steps[_i].engine_by };
	server_start(&server, routes, false);
	open_traced(&engine, &server, &host);
	int rc = measure_info(&m, engine, &host.clock, 3, NULL, &err);
	ck_assert_msg(err.kind == steps[_i].kind, "%s: %s: %s", steps[_i].why, error_name(err.kind),
		      err.text);
	if (err.kind) {
		ck_assert(rc == -1 && m.samples == 77);
		ck_assert_ptr_nonnull(strstr(err.text, "stepped"));
		return;
	}
	ck_assert_msg(m.restarts == steps[_i].restarts && m.samples == 3, "%s: %u", steps[_i].why,
		      m.restarts);
	/* A step of the host that is too little to count is in the offset, or is not. */
	int64_t truth = (steps[_i].engine_from ? steps[_i].engine_by : 0) -
			(steps[_i].restarts ? host.step : 0);
	ck_assert_msg(holds(m.offset, truth), "%s: %lld not in %lld..%lld", steps[_i].why,
		      (long long)truth, (long long)m.offset.lo, (long long)m.offset.hi);
}
END_TEST

/* --- Answers that are no measurement. */

static const struct {
	const char *why;
	struct route route;
	enum error_kind kind;
	const char *says;
} bad[] = {
	{ "no time", ROUTE(INFO, OK_HEAD("10") "{\"ID\":\"E\"}"), ERROR_PROTOCOL, "SystemTime" },
	{ "Go's zero time", ROUTE(INFO, OK_HEAD("37") "{\"SystemTime\":\"0001-01-01T00:00:00Z\"}"),
	  ERROR_PROTOCOL, "SystemTime" },
	{ "a time beyond all",
	  ROUTE(INFO, OK_HEAD("37") "{\"SystemTime\":\"9999-01-01T00:00:00Z\"}"), ERROR_PROTOCOL,
	  "SystemTime" },
	{ "no such time", ROUTE(INFO, OK_HEAD("20") "{\"SystemTime\":\"now\"} "), ERROR_PROTOCOL,
	  "SystemTime" },
	{ "no object", ROUTE(INFO, OK_HEAD("2") "[]"), ERROR_PROTOCOL, "engine information" },
	{ "no JSON", ROUTE(INFO, OK_HEAD("6") "<html>"), ERROR_PROTOCOL, "engine information" },
	{ "an error",
	  ROUTE(INFO, "HTTP/1.1 500 x\r\nContent-Length: 18\r\n\r\n"
		      "{\"message\":\"full\"}"),
	  ERROR_REMOTE, "engine information: full" },
	{ "never", ROUTE(INFO, NULL, .then = THEN_HANG), ERROR_TIMEOUT, "/info" },
};

START_TEST(no_measurement)
{
	struct route routes[] = { bad[_i].route, ROUTES_END };
	struct host host = { .step = 0 };
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	struct measurement m = { .samples = 77 };
	struct api_info info = { .containers = 77 };
	struct error err = ERROR_INIT;

	server_start(&server, routes, false);
	open_traced(&engine, &server, &host);
	ck_assert_int_eq(measure_info(&m, engine, &host.clock, 3, &info, &err), -1);
	ck_assert_msg(err.kind == bad[_i].kind, "%s: %s: %s", bad[_i].why, error_name(err.kind),
		      err.text);
	ck_assert_msg(strstr(err.text, bad[_i].says) != NULL, "%s: %s", bad[_i].why, err.text);
	ck_assert(m.samples == 77 && info.containers == 77);
}
END_TEST

START_TEST(the_rest_of_the_answer)
{
	static const struct route routes[] = { ROUTE(INFO, NULL, .make = engine_info), ROUTES_END };
	struct host host = { .step = 0 };
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	scoped(api_info_release) struct api_info info = { 0 };
	struct measurement m;
	struct error err = ERROR_INIT;

	script = (struct engine_script){ .digits = 9 };
	server_start(&server, routes, false);
	open_traced(&engine, &server, &host);
	ck_assert_int_eq(measure_info(&m, engine, &host.clock, 3, &info, &err), 0);
	ck_assert_str_eq(info.id, "E");
	ck_assert_str_eq(info.os_type, "linux");
	ck_assert(info.system_time > EPOCH);
}
END_TEST

/* --- Measurements grow old. */

START_TEST(later)
{
	struct measurement m = { .offset = { -1000, 3000 }, .when = 5 * NSEC_PER_SEC };
	struct interval same = measurement_at(&m, m.when);
	struct interval earlier = measurement_at(&m, 0);
	struct interval after = measurement_at(&m, m.when + 2 * NSEC_PER_SEC);

	ck_assert(same.lo == -1000 && same.hi == 3000);
	ck_assert(earlier.lo == -1000 && earlier.hi == 3000);
	/* 500 ppm of two seconds. */
	ck_assert(after.lo == -1000 - 1000000 && after.hi == 3000 + 1000000);
	ck_assert_str_eq(method_name(METHOD_INFO), "info");
	ck_assert_str_eq(method_name(METHOD_HELPER), "helper");
}
END_TEST

/* --- The host's anchor. */

/* Clocks that show less than they know: cut to ticks. Each reading takes some time. */
struct cut {
	struct clock clock;
	int64_t *t; /* true MONOTONIC */
	int64_t anchor, mono_tick, wall_tick;
	struct random *random;
};

static int64_t cut_to(int64_t t, int64_t tick)
{
	return t - t % tick;
}

static void pass(const struct cut *c)
{
	*c->t += 20 + (int64_t)random_below(c->random, 80);
	if (random_below(c->random, 20) == 0)
		*c->t += (int64_t)random_below(c->random, 100000);
}

static int64_t cut_monotonic(const struct clock *clock)
{
	const struct cut *c = (const struct cut *)clock;

	pass(c);
	return cut_to(*c->t, c->mono_tick);
}

static int64_t cut_now(const struct clock *clock)
{
	const struct cut *c = (const struct cut *)clock;

	pass(c);
	return cut_to(*c->t + c->anchor, c->wall_tick);
}

START_TEST(anchor_is_below_by_the_resolution_at_most)
{
	static const int64_t ticks[] = { 1, 1, 10, 41, 100, 1000, 15625, 1000000, 4000000 };
	struct random random = random_start();

	for (int round = 0; round < 300; round++) {
		int64_t t = 1 + (int64_t)random_below(&random, (uint64_t)NSEC_PER_DAY);
		int64_t resolution;
		struct cut c = {
			.clock = { cut_now, cut_monotonic },
			.t = &t,
			.anchor = EPOCH + (int64_t)random_below(&random, (uint64_t)NSEC_PER_SEC),
			.mono_tick = ticks[random_below(&random, array_len(ticks))],
			.wall_tick = ticks[random_below(&random, array_len(ticks))],
			.random = &random,
		};
		int64_t anchor = host_anchor(&c.clock, &resolution);

		ck_assert_int_gt(resolution, 0);
		for (int i = 0; i < 100; i++) {
			int64_t reading = cut_monotonic(&c.clock) + anchor;
			int64_t real = t + c.anchor;

			ck_assert_msg(reading <= real && real <= reading + resolution,
				      RANDOM_SEED ": ticks of %lld and %lld: %lld of %lld",
				      (unsigned long long)random.seed, (long long)c.mono_tick,
				      (long long)c.wall_tick, (long long)(real - reading),
				      (long long)resolution);
		}
	}
}
END_TEST

START_TEST(anchor_of_this_machine)
{
	int64_t resolution;
	int64_t before = clock_system.now(&clock_system) - clock_system.monotonic(&clock_system);
	int64_t anchor = host_anchor(&clock_system, &resolution);

	/* Sanitizers and a busy machine make it worse, but not by this. */
	ck_assert_int_lt(resolution, MSEC);
	ck_assert_int_lt(before - anchor, 10 * MSEC);
	ck_assert_int_gt(before - anchor, -10 * MSEC);
}
END_TEST

static int64_t frozen(const struct clock *clock)
{
	(void)clock;
	return 1000;
}

START_TEST(anchor_of_clocks_that_stand)
{
	const struct clock clock = { frozen, frozen };
	int64_t resolution;

	ck_assert_int_eq(host_anchor(&clock, &resolution), -1);
	ck_assert_int_eq(resolution, 3);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("measure");
	TCase *t = tcase_create("measure");

	tcase_add_checked_fixture(t, scratch_make, scratch_remove);
	tcase_add_loop_test(t, truth_is_inside, 0, (int)array_len(rows));
	tcase_add_loop_test(t, stepped, 0, (int)array_len(steps));
	tcase_add_loop_test(t, no_measurement, 0, (int)array_len(bad));
	tcase_add_test(t, the_rest_of_the_answer);
	tcase_add_test(t, later);
	tcase_add_test(t, anchor_is_below_by_the_resolution_at_most);
	tcase_add_test(t, anchor_of_this_machine);
	tcase_add_test(t, anchor_of_clocks_that_stand);
	suite_add_tcase(s, t);
	return s;
}
