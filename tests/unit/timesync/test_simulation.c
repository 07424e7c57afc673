/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulator's runs: the loops that the product measures with, on clocks whose true offset is
 * known (sim_clocks.h). What is promised must hold in every run, not in most of them.
 */
#include "tests/unit/suite.h"

#include <inttypes.h>
#include <stdlib.h>

#include "plugins/timesync/compare.h"
#include "plugins/timesync/majority.h"
#include "plugins/timesync/timeref_kinds.h"
#include "tests/unit/timesync/sim_clocks.h"

/* 100 000 measurements and more; fewer only where each of them is much slower. */
#if defined(__SANITIZE_ADDRESS__)
#define SLOWER 10
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLOWER 10
#endif
#endif
#ifndef SLOWER
#define SLOWER 1
#endif

/* SIM_RUNS of the environment: that many times as many. */
static int runs(int count)
{
	const char *times = getenv("SIM_RUNS");

	return count / SLOWER * (times ? atoi(times) : 1);
}

static const char *const ways[] = {
	"constant", "jitter", "heavy", "asymmetric", "bursts", "stalls"
};
static const char *const events[] = { "nothing", "guest step", "host step", "guest pause",
				      "host suspend" };

/* How far the truth lies outside. */
static int64_t outside(struct interval i, int64_t truth)
{
	return truth < i.lo ? i.lo - truth : truth > i.hi ? truth - i.hi : 0;
}

static void check_holds(const struct sim_world *w, struct interval i, int64_t truth,
			int64_t allowed, uint64_t seed)
{
	ck_assert_msg(outside(i, truth) <= allowed + SIM_ROUNDING,
		      "offset %" PRId64 " is %" PRId64 " outside [%" PRId64 ", %" PRId64
		      "]; %s, %s by %" PRId64 ", " RANDOM_SEED,
		      truth, outside(i, truth), i.lo, i.hi, ways[w->channel.way], events[w->event],
		      w->by, (unsigned long long)seed);
}

/*
 * What was true when the host's MONOTONIC read `when`, as a request went out or as an answer came.
 * With coarse ticks there are several such moments: the one that lies nearest to what is claimed.
 */
static int64_t truth_at(const struct sim_world *w, struct interval claimed, int64_t when, bool utc)
{
	int64_t nearest = 0;
	bool found = false;

	for (unsigned i = w->asked; i > 0 && w->asked - i < SIM_MARKS; i--) {
		const struct sim_mark *mark = &w->marks[(i - 1) % SIM_MARKS];
		const struct {
			int64_t reading, truth;
		} ends[] = {
			{ mark->sent, utc ? mark->utc_sent : mark->offset_sent },
			{ mark->answered, utc ? mark->utc_answered : mark->offset_answered },
		};

		for (size_t k = 0; k < array_len(ends); k++) {
			if (ends[k].reading != when)
				continue;
			if (!found || outside(claimed, ends[k].truth) < outside(claimed, nearest))
				nearest = ends[k].truth;
			found = true;
		}
	}
	ck_assert_msg(found, "nothing was asked at %" PRId64, when);
	return nearest;
}

/* Guest minus host. */
static int64_t truth_of(const struct sim_world *w, const struct measurement *m)
{
	return truth_at(w, m->offset, m->when, false);
}

/* What a clock's readings may hide at most: ticks, and the time that reading takes. */
static int64_t unread(const struct sim_world *w)
{
	return 4 * w->host.tick + w->guest.tick + 16 * w->cost + 16;
}

/* --- Nothing happens: the truth is inside, and the bound is as narrow as is promised. */

static int measure_by(struct measurement *m, struct sim_world *w, struct sim_helper *h,
		      struct error *err)
{
	struct measuring by = { .clock = &w->clock, .ask = sim_ask_info, .ctx = w };

	if (!h)
		return measuring_by_info(m, &by, 1 + (unsigned)random_below(w->random, 5), err);
	by.ask = sim_ask_helper;
	by.ctx = h;
	return measuring_by_helper(m, &by, false, err);
}

/* Half the smallest round trip, the drift of all that it took, and what readings hide; more: what
 * is given way to. Where somebody stalls, readings hide anything. */
static void check_bound(const struct sim_world *w, const struct measurement *m, int64_t took,
			int64_t more, uint64_t seed)
{
	int64_t most = m->delay / 2 + estimate_drift(took) + unread(w) + w->coarsest + more;

	if (w->channel.way == SIM_STALLS)
		return;
	ck_assert_msg(interval_bound(m->offset) <= most,
		      "bound %" PRId64 " > %" PRId64 ", delay %" PRId64 ", %s, " RANDOM_SEED,
		      interval_bound(m->offset), most, m->delay, ways[w->channel.way],
		      (unsigned long long)seed);
}

static void quiet_runs(bool by_helper, int count)
{
	struct random r = random_start();
	static struct sim_world w;
	int measured = 0;

	for (int run = 0; run < count; run++) {
		struct measurement m = { .samples = 77 };
		struct error err = ERROR_INIT;
		struct sim_helper h;

		sim_begin(&w, &r);
		sim_helper_start(&h, &w);
		int64_t began = w.t;

		if (measure_by(&m, &w, by_helper ? &h : NULL, &err) < 0) {
			ck_assert_msg(err.kind == ERROR_TIMEOUT && w.channel.lost,
				      "%s, " RANDOM_SEED, err.text, (unsigned long long)r.seed);
			ck_assert_uint_eq(m.samples, 77);
			continue;
		}
		measured++;
		ck_assert_msg(m.restarts == 0,
			      "run %d, %s, ticks %" PRId64 " and %" PRId64
			      ": began again, " RANDOM_SEED,
			      run, ways[w.channel.way], w.host.tick, w.guest.tick,
			      (unsigned long long)r.seed);
		check_holds(&w, m.offset, truth_of(&w, &m), 0, r.seed);
		check_bound(&w, &m, w.t - began, 0, r.seed);
		/* And later, if nobody touches a clock. */
		sim_pass(&w, random_magnitude(&r) % NSEC_PER_HOUR);
		int64_t later = w.clock.monotonic(&w.clock);

		check_holds(&w, measurement_at(&m, later), w.offset_read, 0, r.seed);
	}
	ck_assert_int_gt(measured, count * 9 / 10);
}

START_TEST(truth_is_inside_by_helper)
{
	quiet_runs(true, runs(60000));
}
END_TEST

START_TEST(truth_is_inside_by_info)
{
	quiet_runs(false, runs(60000));
}
END_TEST

/* The kernel is told to gain or lose time, and the session knows. */
START_TEST(truth_is_inside_while_it_slews)
{
	struct random r = random_start();
	static struct sim_world w;

	for (int run = 0; run < runs(5000); run++) {
		struct error err = ERROR_INIT;
		struct measurement m;
		struct sim_helper h;

		sim_begin(&w, &r);
		w.channel.lost = 0;
		sim_helper_start(&h, &w);
		const struct measuring by = { .clock = &w.clock, .ask = sim_ask_helper, .ctx = &h };

		(void)h.kernel.slew(&h, (int64_t)random_below(&r, 1000000) - 500000);
		ck_assert_msg(measuring_by_helper(&m, &by, true, &err) == 0,
			      "run %d %s, ticks %lld %lld %s" RANDOM_SEED, run, err.text,
			      (long long)w.host.tick, (long long)w.guest.tick, ways[w.channel.way],
			      (unsigned long long)r.seed);
		check_holds(&w, m.offset, truth_of(&w, &m), 0, r.seed);
	}
}
END_TEST

/* --- Something happens in the middle: what is told is right of its moment. */

/* One exchange alone is true of a moment between its ends, and nothing tells which. */
static int64_t nearest_truth(const struct sim_world *w, const struct measurement *m)
{
	int64_t later = w->marks[(w->asked - 1) % SIM_MARKS].offset_answered;
	int64_t truth = truth_of(w, m);

	if (m->samples > 1 || outside(m->offset, truth) < outside(m->offset, later))
		return truth;
	return later;
}

/*
 * What nothing tells apart: a change of the offset that fits into what two exchanges leave open.
 * By the helper, a step of the guest shows in its anchors and has to be no more than what their
 * readings hide.
 */
static int64_t unnoticed(const struct sim_world *w, const struct measurement *m)
{
	int64_t by = w->by < 0 ? -w->by : w->by;
	int64_t most = unread(w);

	if (w->channel.way == SIM_STALLS)
		most += 40 * NSEC_PER_MSEC;
	if (w->event == SIM_HOST_STEP || w->event == SIM_HOST_SUSPEND)
		return 0;
	if (m->method == METHOD_INFO || w->event == SIM_GUEST_PAUSE)
		most += 2 * (w->slowest + w->coarsest);
	return by <= most ? by : 0;
}

static void eventful_runs(bool by_helper, int count)
{
	struct random r = random_start();
	static struct sim_world w;
	int told = 0, conflicts = 0;

	for (int run = 0; run < count; run++) {
		struct measurement m;
		struct error err = ERROR_INIT;
		struct sim_helper h;

		sim_begin(&w, &r);
		sim_helper_start(&h, &w);
		sim_event_draw(&w, by_helper ? 260 : 110);
		int64_t began = w.t;

		if (measure_by(&m, &w, by_helper ? &h : NULL, &err) < 0) {
			conflicts += err.kind == ERROR_CONFLICT;
			continue;
		}
		told += m.restarts > 0;
		check_holds(&w, m.offset, nearest_truth(&w, &m), unnoticed(&w, &m), r.seed);
		/* A step is told, not hidden in a wider bound. */
		if (w.still == 0)
			check_bound(&w, &m, w.t - began, HOST_STEP, r.seed);
	}
	/* One event is no reason to give up, and many are seen. */
	ck_assert_int_eq(conflicts, 0);
	ck_assert_int_gt(told, count / 20);
}

START_TEST(events_by_helper)
{
	eventful_runs(true, runs(40000));
}
END_TEST

START_TEST(events_by_info)
{
	eventful_runs(false, runs(40000));
}
END_TEST

/* --- Against a third clock: the reference's interval and the engine's are put together. */

struct server {
	int64_t distance, error; /* error: what its clock shows beyond UTC */
};

static struct ntp_sample ask_server(struct sim_world *w, const struct server *server)
{
	struct ntp_sample s = { .reply.distance = server->distance };

	s.sent = w->clock.monotonic(&w->clock);
	sim_pass(w, sim_delay(w, false));
	s.reply.received = sim_realtime(w, &w->utc) + server->error;
	sim_pass(w, (int64_t)random_below(w->random, 50000));
	s.reply.sent = sim_realtime(w, &w->utc) + server->error;
	sim_pass(w, sim_delay(w, true));
	s.answered = w->clock.monotonic(&w->clock);
	return s;
}

static struct server draw_server(struct random *r, bool liar)
{
	struct server s = { .distance = 10 + random_magnitude(r) % (100 * NSEC_PER_MSEC) };

	/* Mostly as wrong as it admits to be possible: nothing else gives way then. */
	s.error = random_below(r, 2) ? s.distance : (int64_t)random_below(r, (uint64_t)s.distance);
	s.error *= random_below(r, 2) ? 1 : -1;
	if (liar)
		s.error += random_below(r, 2) ? random_magnitude(r) >> 16 : -s.distance;
	return s;
}

/* As timeref_read_ntp(), but for the packets: fewer than half of the servers lie. False: they meet
 * all the others, so that nobody can know. */
static bool read_reference(struct timeref_reading *out, struct sim_world *w)
{
	struct ntp_server servers[NTP_SERVERS_MAX] = { 0 };
	struct interval offsets[NTP_SERVERS_MAX];
	size_t count = 1 + random_below(w->random, NTP_SERVERS_MAX), answered = 0;

	*out = (struct timeref_reading){ 0 };
	out->anchor = host_anchor(&w->clock, &out->resolution);
	for (size_t i = 0; i < count; i++) {
		struct server s = draw_server(w->random, i < (count - 1) / 2);
		size_t samples = random_below(w->random, 2) ? 1 : NTP_BURST;

		servers[i].name = "x";
		for (size_t k = 0; k < samples; k++) {
			sim_pass(w, k ? NTP_BURST_SPACING : 0);
			servers[i].samples[servers[i].count++] = ask_server(w, &s);
		}
	}
	out->when = w->clock.monotonic(&w->clock);
	for (size_t i = 0; i < count; i++)
		if (timeref_server_offset(out, &servers[i], &offsets[answered]))
			answered++;
	size_t most = majority_of(offsets, answered, &out->offset);

	ck_assert_uint_gt(most * 2, answered);
	return most < answered || count < 3;
}

START_TEST(truth_is_inside_against_a_third_clock)
{
	struct timeref ref = { .kind = TIMEREF_NTP, .text = (char[]){ "ntp:x" } };
	struct random r = random_start();
	static struct sim_world w;

	for (int run = 0; run < runs(20000); run++) {
		scoped_compare c = { .ref = &ref, .read = true };
		struct strings notes = { 0 };
		struct error err = ERROR_INIT;
		struct reading reading;
		struct measurement m;
		struct sim_helper h;

		sim_begin(&w, &r);
		w.channel.lost = 0;
		sim_helper_start(&h, &w);
		/* What the host's clock moves by without its being told as a step. */
		w.event = SIM_HOST_STEP;
		w.by = (int64_t)random_below(&r, 2 * HOST_STEP * 9 / 10) - HOST_STEP * 9 / 10;
		w.in = (unsigned)random_below(&r, 120);
		if (!read_reference(&c.reading, &w))
			continue;
		sim_pass(&w, random_below(&r, 2) ? 0 : (int64_t)random_below(&r, NSEC_PER_HOUR));
		ck_assert_int_eq(measure_by(&m, &w, random_below(&r, 2) ? &h : NULL, &err), 0);
		ck_assert_msg(compare_with(&c, &m, &reading, &notes, &err) == 0, "%s, " RANDOM_SEED,
			      err.text, (unsigned long long)r.seed);
		check_holds(&w, reading.offset, truth_at(&w, reading.offset, m.when, true), 0,
			    r.seed);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("simulation");
	TCase *t = tcase_create("quiet");

	tcase_add_test(t, truth_is_inside_by_helper);
	tcase_add_test(t, truth_is_inside_by_info);
	tcase_add_test(t, truth_is_inside_while_it_slews);
	suite_add_tcase(s, t);
	t = tcase_create("third clock");
	tcase_add_test(t, truth_is_inside_against_a_third_clock);
	suite_add_tcase(s, t);
	t = tcase_create("events");
	tcase_add_test(t, events_by_helper);
	tcase_add_test(t, events_by_info);
	suite_add_tcase(s, t);
	return s;
}
