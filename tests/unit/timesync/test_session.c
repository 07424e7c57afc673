/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "common/codec/json.h"
#include "plugins/timesync/session.h"
#include "plugins/timesync/session_internal.h"
#include "tests/unit/client/scratch.h"
#include "tests/unit/timesync/sim_engine.h"

#define MS  NSEC_PER_MSEC
#define NOW (1700000000 * NSEC_PER_SEC)

static struct session_options options_of(bool set)
{
	struct session_options options = {
		.clock = &clock_system,
		.arch = "x86_64",
		.set = set,
		.deadline = 5 * NSEC_PER_SEC,
	};

	memset(options.boot_id, 0xaa, sizeof(options.boot_id));
	return options;
}

static struct engine *dial(const struct sim *sim, struct cancel *cancel)
{
	const struct engine_options options = {
		.cancel = cancel,
		.connect_deadline = 2 * NSEC_PER_SEC,
		.answer_deadline = 5 * NSEC_PER_SEC,
	};
	struct error err = ERROR_INIT;
	scoped_endpoint endpoint = { 0 };
	struct engine *engine = NULL;

	ck_assert_msg(endpoint_parse(&endpoint, sim->address, &err) == 0, "%s", err.text);
	ck_assert_msg(engine_open(&engine, &endpoint, &options, &err) == 0, "%s", err.text);
	return engine;
}

static struct session *open_session(struct engine *engine, bool set)
{
	const struct session_options options = options_of(set);
	struct error err = ERROR_INIT;
	struct session *session = NULL;

	ck_assert_msg(session_open(&session, engine, &options, &err) == 0, "%s", err.text);
	return session;
}

/* --- The container. */

static const char *security_of(const json_t *body, size_t i)
{
	return json_string_value(json_array_get(
		json_object_get(json_object_get(body, "HostConfig"), "SecurityOpt"), i));
}

START_TEST(container_has_no_rights)
{
	static const char want[] =
		"{\"AttachStderr\":true,\"AttachStdin\":true,\"AttachStdout\":true,"
		"\"HostConfig\":{\"AutoRemove\":true,\"CapDrop\":[\"ALL\"],\"Init\":false,"
		"\"IpcMode\":\"none\",\"LogConfig\":{\"Type\":\"none\"},\"NetworkMode\":\"none\","
		"\"PidsLimit\":16,\"ReadonlyRootfs\":true,"
		"\"SecurityOpt\":[\"no-new-privileges\"],\"UsernsMode\":\"host\"},"
		"\"Image\":\"x:y\",\"Labels\":{\"" SESSION_LABEL
		"\":\"1700000000\"},\"NetworkDisabled\":true,\"OpenStdin\":true,"
		"\"StdinOnce\":true,\"StopSignal\":\"SIGKILL\",\"Tty\":false,\"User\":\"0:0\"}";
	scoped_json *body = session_create_body("x:y", false, true, NOW);
	scoped_str text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);

	ck_assert_str_eq(text, want);
}
END_TEST

START_TEST(container_that_sets)
{
	scoped_json *body = session_create_body("x:y", true, false, NOW);
	const json_t *host = json_object_get(body, "HostConfig");
	const json_t *added = json_object_get(host, "CapAdd");

	ck_assert_uint_eq(json_array_size(added), 1);
	ck_assert_str_eq(json_string_value(json_array_get(added, 0)), "SYS_TIME");
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(host, "CapDrop"), 0)),
			 "ALL");
	ck_assert_str_eq(security_of(body, 0), "no-new-privileges");
	ck_assert_str_eq(security_of(body, 1), "label=disable");
}
END_TEST

static const struct {
	bool loaded;
	const char *knows;
	int loads, creates;
	const char *why;
} images[] = {
	{ true, NULL, 0, 1, "used before: nothing is looked for" },
	{ false, NULL, 1, 2, "loaded where it is not" },
	{ false, "localhost/docker-timesync/helper:x", 1, 3, "under the name that it was given" },
};

START_TEST(image)
{
	scoped_sim sim;
	struct session *session;
	struct engine *engine;

	sim_start(&sim);
	sim.world->loaded = images[_i].loaded;
	sim.world->knows = images[_i].knows;
	engine = dial(&sim, NULL);
	session = open_session(engine, false);
	ck_assert_msg(sim.world->loads == images[_i].loads, "%s", images[_i].why);
	ck_assert_msg(sim.world->creates == images[_i].creates, "%s", images[_i].why);
	ck_assert_ptr_null(strstr(sim.world->body, "SYS_TIME"));
	session_close(&session);
	ck_assert_ptr_null(session);
	session_close(&session);
	/* Removed by itself: waited for, not forced. */
	ck_assert_int_eq(sim.world->waits, 1);
	ck_assert_int_eq(sim.world->deletes, 0);
	ck_assert(!sim.world->created);
	engine_close(&engine);
}
END_TEST

START_TEST(image_that_does_not_load)
{
	const struct session_options options = options_of(false);
	struct error err = ERROR_INIT;
	struct session *session = NULL;
	struct engine *engine;
	scoped_sim sim;

	sim_start(&sim);
	sim.world->loaded = false;
	sim.world->load_fails = true;
	engine = dial(&sim, NULL);
	ck_assert_int_eq(session_open(&session, engine, &options, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_REMOTE);
	ck_assert_ptr_nonnull(strstr(err.text, "no space"));
	ck_assert_ptr_null(session);
	ck_assert_int_eq(sim.world->waits + sim.world->deletes, 0);
	engine_close(&engine);
}
END_TEST

START_TEST(no_helper_for_it)
{
	struct session_options options = options_of(false);
	struct error err = ERROR_INIT;
	struct session *session = NULL;
	struct engine *engine;
	scoped_sim sim;

	options.arch = "vax";
	sim_start(&sim);
	engine = dial(&sim, NULL);
	ck_assert_int_eq(session_open(&session, engine, &options, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_UNSUPPORTED);
	ck_assert_int_eq(sim.world->creates, 0);
	engine_close(&engine);
}
END_TEST

START_TEST(second_try_without_labels)
{
	struct session_options options = options_of(true);
	struct error err = ERROR_INIT;
	scoped_session *session = NULL;
	struct engine *engine;
	scoped_sim sim;

	options.selinux = true;
	sim_start(&sim);
	sim.world->labels_deny = true;
	engine = dial(&sim, NULL);
	ck_assert_msg(session_open(&session, engine, &options, &err) == 0, "%s", err.text);
	ck_assert_int_eq(sim.world->creates, 2);
	ck_assert_ptr_nonnull(strstr(sim.world->body, "label=disable"));
	ck_assert(session_hello(session)->can_read_timex);
	session_close(&session);
	ck_assert_int_eq(sim.world->waits, 2);
	engine_close(&engine);
}
END_TEST

START_TEST(helper_that_ends)
{
	const struct session_options options = options_of(false);
	struct error err = ERROR_INIT;
	struct session *session = NULL;
	struct engine *engine;
	scoped_sim sim;

	sim_start(&sim);
	sim.world->end_after = 1;
	engine = dial(&sim, NULL);
	ck_assert_int_eq(session_open(&session, engine, &options, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_REMOTE);
	ck_assert_ptr_nonnull(strstr(err.text, "helper: out of order"));
	ck_assert(!sim.world->created);
	engine_close(&engine);
}
END_TEST

START_TEST(helper_that_ends_while_it_measures)
{
	struct error err = ERROR_INIT;
	struct measurement m = { .samples = 77 };
	struct session *session;
	struct engine *engine;
	scoped_sim sim;

	sim_start(&sim);
	sim.world->end_after = 5;
	engine = dial(&sim, NULL);
	session = open_session(engine, false);
	ck_assert_int_eq(session_measure(session, &m, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_UNREACHABLE);
	ck_assert_uint_eq(m.samples, 77);
	session_close(&session);
	engine_close(&engine);
}
END_TEST

START_TEST(container_that_stays)
{
	struct session *session;
	struct engine *engine;
	scoped_sim sim;

	sim_start(&sim);
	sim.world->never_removes = true;
	engine = dial(&sim, NULL);
	session = open_session(engine, false);
	session_close(&session);
	ck_assert_int_eq(sim.world->deletes, 1);
	ck_assert_ptr_nonnull(strstr(sim.world->deleted, "force=1"));
	engine_close(&engine);
}
END_TEST

/* A signal between create and the end: nothing is left behind. */
START_TEST(told_to_stop)
{
	struct error err = ERROR_INIT;
	struct measurement m;
	scoped_cancel *cancel = NULL;
	struct session *session;
	struct engine *engine;
	scoped_sim sim;

	sim_start(&sim);
	ck_assert_int_eq(cancel_open(&cancel, NULL, &err), 0);
	engine = dial(&sim, cancel);
	session = open_session(engine, false);
	sim.world->delay = 50 * MS;
	raise(SIGTERM);
	ck_assert_int_eq(session_measure(session, &m, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CANCELLED);
	session_close(&session);
	ck_assert(!sim.world->created);
	ck_assert_int_eq(sim.world->pings, 2);
	engine_close(&engine);
}
END_TEST

/* --- The clock. */

static const int64_t offsets[] = {
	0,
	3 * MS,
	-300 * MS,
	30 * NSEC_PER_SEC,
	-30 * NSEC_PER_SEC,
	-20 * NSEC_PER_MIN,
	3 * NSEC_PER_DAY,
	-3 * NSEC_PER_DAY,
};

static bool holds(const struct measurement *m, int64_t offset)
{
	return m->offset.lo <= offset && offset <= m->offset.hi;
}

START_TEST(measure_set_measure)
{
	struct error err = ERROR_INIT;
	struct measurement before, after;
	struct session_set set = { .error = 77 };
	struct session *session;
	struct engine *engine;
	scoped_sim sim;

	sim_start(&sim);
	sim.world->offset = offsets[_i];
	engine = dial(&sim, NULL);
	session = open_session(engine, true);
	ck_assert_int_eq(session_hello(session)->kernels, KERNELS_DIFFER);
	ck_assert(session_hello(session)->can_set);
	ck_assert_msg(session_measure(session, &before, &err) == 0, "%s", err.text);
	ck_assert(holds(&before, offsets[_i]));
	ck_assert_int_eq(before.method, METHOD_HELPER);
	ck_assert_uint_ge(before.samples, 8);
	ck_assert_int_lt(interval_bound(before.offset), before.delay);
	int64_t delta = -interval_offset(before.offset);

	ck_assert_msg(session_set(session, &before, WIRE_STEP, delta, &set, &err) == 0, "%s",
		      err.text);
	ck_assert_int_eq(set.status, WIRE_OK);
	ck_assert_msg(session_measure(session, &after, &err) == 0, "%s", err.text);
	int64_t left = sim.world->offset;

	ck_assert(holds(&after, left));
	ck_assert_int_le(left < 0 ? -left : left, interval_bound(before.offset) + 1000);
	ck_assert_int_eq(sim.world->creates, 1);
	session_close(&session);
	engine_close(&engine);
}
END_TEST

START_TEST(others_set_it_too)
{
	struct error err = ERROR_INIT;
	struct measurement m;
	struct session_set set;
	struct session *session;
	struct engine *engine;
	scoped_sim sim;

	sim_start(&sim);
	sim.world->offset = NSEC_PER_SEC;
	sim.world->moves = 1;
	engine = dial(&sim, NULL);
	session = open_session(engine, true);
	ck_assert_int_eq(session_measure(session, &m, &err), 0);
	ck_assert_int_eq(session_set(session, &m, WIRE_STEP, -NSEC_PER_SEC, &set, &err), 0);
	ck_assert_int_eq(set.status, WIRE_MOVED);
	ck_assert_int_eq(sim.world->offset, NSEC_PER_SEC + 50 * MS);
	ck_assert_int_eq(session_measure(session, &m, &err), 0);
	ck_assert(holds(&m, NSEC_PER_SEC + 50 * MS));
	ck_assert_int_eq(m.restarts, 0);
	session_close(&session);
	engine_close(&engine);
}
END_TEST

START_TEST(kernel_that_refuses)
{
	struct error err = ERROR_INIT;
	struct measurement m;
	struct session_set set;
	struct session *session;
	struct engine *engine;
	scoped_sim sim;

	sim_start(&sim);
	sim.world->offset = NSEC_PER_SEC;
	sim.world->set_errno = EPERM;
	engine = dial(&sim, NULL);
	session = open_session(engine, true);
	ck_assert_int_eq(session_measure(session, &m, &err), 0);
	ck_assert_int_eq(session_set(session, &m, WIRE_STEP, -NSEC_PER_SEC, &set, &err), 0);
	ck_assert_int_eq(set.status, WIRE_FAILED);
	ck_assert_int_eq(set.error, EPERM);
	ck_assert_int_eq(sim.world->offset, NSEC_PER_SEC);
	session_close(&session);
	engine_close(&engine);
}
END_TEST

static const struct {
	uint8_t theirs, ours; /* every byte of the boot IDs */
	enum kernels kernels;
	const char *why;
} kernels[] = {
	{ 0xaa, 0xaa, KERNELS_SAME, "the same kernel" },
	{ 0, 0xaa, KERNELS_UNKNOWN, "the helper cannot read its boot ID" },
	{ 0xaa, 0, KERNELS_UNKNOWN, "we cannot read ours" },
	{ 0, 0, KERNELS_UNKNOWN, "nobody can" },
};

/* The rule that keeps clocks safe: not even a request leaves. */
START_TEST(clock_that_is_not_ours_to_set)
{
	struct session_options options = options_of(true);
	struct error err = ERROR_INIT;
	struct session *session = NULL;
	struct measurement m;
	struct session_set set;
	struct engine *engine;
	scoped_sim sim;

	memset(options.boot_id, kernels[_i].ours, sizeof(options.boot_id));
	sim_start(&sim);
	sim.world->offset = NSEC_PER_SEC;
	memset(sim.world->boot_id, kernels[_i].theirs, sizeof(sim.world->boot_id));
	engine = dial(&sim, NULL);
	ck_assert_msg(session_open(&session, engine, &options, &err) == 0, "%s", err.text);
	ck_assert_msg(session_hello(session)->kernels == kernels[_i].kernels, "%s",
		      kernels[_i].why);
	ck_assert_int_eq(session_measure(session, &m, &err), 0);
	ck_assert_int_eq(session_set(session, &m, WIRE_STEP, -NSEC_PER_SEC, &set, &err), 0);
	ck_assert_int_eq(set.status, WIRE_NOT_COMPARED);
	ck_assert_msg(sim.world->sets == 0, "%s", kernels[_i].why);
	ck_assert_int_eq(sim.world->offset, NSEC_PER_SEC);
	session_close(&session);
	engine_close(&engine);
}
END_TEST

START_TEST(hello_says_how_it_is_kept)
{
	struct error err = ERROR_INIT;
	struct session *session;
	struct engine *engine;
	scoped_sim sim;

	sim_start(&sim);
	engine = dial(&sim, NULL);
	session = open_session(engine, false);
	ck_assert(!session_hello(session)->synchronised);
	ck_assert(!session_hello(session)->can_set);
	ck_assert(session_hello(session)->init_userns);
	sim.world->synchronised = true;
	ck_assert_int_eq(session_greet(session, &err), 0);
	ck_assert(session_hello(session)->synchronised);
	ck_assert_int_eq(session_hello(session)->kernel_error, MS);
	session_close(&session);
	engine_close(&engine);
}
END_TEST

static void raise_term(int sig)
{
	(void)sig;
	raise(SIGTERM);
}

/* The answer to a set request that is out is waited for: it happens anyway. */
START_TEST(told_to_stop_while_it_is_set)
{
	struct error err = ERROR_INIT;
	scoped_cancel *cancel = NULL;
	struct measurement m;
	struct session_set set = { .status = WIRE_BAD_REQUEST };
	struct session *session;
	struct engine *engine;
	struct itimerval soon = { .it_value.tv_usec = 50000 };
	scoped_sim sim;

	sim_start(&sim);
	sim.world->offset = NSEC_PER_SEC;
	ck_assert_int_eq(cancel_open(&cancel, NULL, &err), 0);
	engine = dial(&sim, cancel);
	session = open_session(engine, true);
	ck_assert_int_eq(session_measure(session, &m, &err), 0);
	sim.world->delay = 300 * MS;
	signal(SIGALRM, raise_term);
	setitimer(ITIMER_REAL, &soon, NULL);
	ck_assert_msg(session_set(session, &m, WIRE_STEP, -NSEC_PER_SEC, &set, &err) == 0, "%s",
		      err.text);
	ck_assert_int_eq(set.status, WIRE_OK);
	ck_assert_int_eq(sim.world->offset, 0);
	ck_assert(cancel_requested(cancel));
	session_close(&session);
	ck_assert(!sim.world->created);
	engine_close(&engine);
}
END_TEST

/* --- Beats. */

static int hear(struct session *session, struct exchange *x, int64_t *anchor, struct error *err)
{
	for (int i = 0; i < 100; i++) {
		struct pollfd fd = { .fd = session_fd(session), .events = POLLIN };
		int rc = session_heard(session, x, anchor, err);

		if (rc)
			return rc;
		poll(&fd, 1, 100);
	}
	return 0;
}

START_TEST(beats)
{
	struct error err = ERROR_INIT;
	struct measurement m;
	struct exchange x;
	int64_t anchor;
	struct session *session;
	struct engine *engine;
	scoped_sim sim;

	sim_start(&sim);
	sim.world->offset = -5 * NSEC_PER_SEC;
	engine = dial(&sim, NULL);
	session = open_session(engine, true);
	sim.world->delay = 30 * MS;
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(session_beat(session, &err), 0);
		ck_assert_int_eq(session_beat(session, &err), 0); /* no second one */
		ck_assert_int_eq(session_heard(session, &x, &anchor, &err), 0);
		ck_assert_int_eq(hear(session, &x, &anchor, &err), 1);
		ck_assert_int_ge(x.answered - x.sent, 30 * MS);
		ck_assert_int_ge(x.replied, x.received);
	}
	/* One that is still out does not confuse a measurement. */
	ck_assert_int_eq(session_beat(session, &err), 0);
	sim.world->delay = 0;
	ck_assert_msg(session_measure(session, &m, &err) == 0, "%s", err.text);
	ck_assert(holds(&m, -5 * NSEC_PER_SEC));
	session_close(&session);
	engine_close(&engine);
}
END_TEST

/* --- Sweeping. */

#define ROW(id, state, created, labels)                                                    \
	"{\"Id\":\"" id "\",\"Names\":[\"/x\"],\"Image\":\"i\",\"ImageID\":\"sha256:" ZERO \
	"\",\"State\":\"" state "\",\"Created\":" created ",\"Labels\":{" labels           \
	"},\"Mounts\":[]}"
#define ZERO      "0000000000000000000000000000000000000000000000000000000000000000"
#define ONE       "1111111111111111111111111111111111111111111111111111111111111111"
#define OURS      "\"" SESSION_LABEL "\":\"1\""
#define OURS_LATE "\"" SESSION_LABEL "\":\"1699999990\""

static const struct {
	const char *list;
	size_t removed;
	const char *why;
} strays[] = {
	{ "[]", 0, "nothing" },
	{ "[" ROW(ONE, "exited", "1000", OURS) "]", 1, "one that has ended" },
	{ "[" ROW(ONE, "dead", "1000", OURS) "]", 1, "one that could not be removed" },
	{ "[" ROW(ONE, "running", "1000", OURS) "]", 0, "one that runs: somebody's" },
	{ "[" ROW(ONE, "created", "1000", OURS) "]", 1, "one that was never started" },
	{ "[" ROW(ONE, "created", "1999999990", OURS) "]", 0, "one that is about to be" },
	{ "[" ROW(ONE, "created", "1000", OURS_LATE) "]", 0,
	  "one that is about to be, on a clock that was just set" },
	{ "[" ROW(ONE, "exited", "1000", "") "]", 0, "somebody else's, whatever the filter did" },
};

START_TEST(sweep)
{
	struct error err = ERROR_INIT;
	size_t removed = 77;
	struct engine *engine;
	scoped_sim sim;

	sim_start(&sim);
	sim.world->list = strays[_i].list;
	engine = dial(&sim, NULL);
	ck_assert_msg(session_sweep(engine, 2000000000 * NSEC_PER_SEC, NOW, &removed, &err) == 0,
		      "%s", err.text);
	ck_assert_msg(removed == strays[_i].removed, "%s", strays[_i].why);
	ck_assert_msg((size_t)sim.world->deletes == removed, "%s", strays[_i].why);
	if (removed) {
		ck_assert_ptr_nonnull(strstr(sim.world->deleted, ONE));
		ck_assert_ptr_null(strstr(sim.world->deleted, "force"));
	}
	engine_close(&engine);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("session");
	TCase *t = tcase_create("session");

	tcase_add_checked_fixture(t, scratch_make, scratch_remove);
	tcase_add_test(t, container_has_no_rights);
	tcase_add_test(t, container_that_sets);
	tcase_add_loop_test(t, image, 0, array_len(images));
	tcase_add_test(t, image_that_does_not_load);
	tcase_add_test(t, no_helper_for_it);
	tcase_add_test(t, second_try_without_labels);
	tcase_add_test(t, helper_that_ends);
	tcase_add_test(t, helper_that_ends_while_it_measures);
	tcase_add_test(t, container_that_stays);
	tcase_add_test(t, told_to_stop);
	tcase_add_loop_test(t, measure_set_measure, 0, array_len(offsets));
	tcase_add_test(t, others_set_it_too);
	tcase_add_test(t, kernel_that_refuses);
	tcase_add_loop_test(t, clock_that_is_not_ours_to_set, 0, array_len(kernels));
	tcase_add_test(t, hello_says_how_it_is_kept);
	tcase_add_test(t, told_to_stop_while_it_is_set);
	tcase_add_test(t, beats);
	tcase_add_loop_test(t, sweep, 0, array_len(strays));
	suite_add_tcase(s, t);
	return s;
}
