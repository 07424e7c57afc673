/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/measure.h"

#include <strings.h>

#include "common/codec/json.h"
#include "plugins/timesync/measuring.h"

#define ANCHOR_ROUNDS      16
/* A clock that has not ticked by then (4 ms, the coarsest that Linux has, is half of it) stands. */
#define ANCHOR_ROUNDS_MOST 100000
#define WINDOWS_TICK       (NSEC_PER_SEC / 64) /* the longest of its system timer */

const char *method_name(enum method method)
{
	return method == METHOD_HELPER ? "helper" : "info";
}

struct interval measurement_at(const struct measurement *m, int64_t monotonic)
{
	return interval_widen(m->offset, estimate_drift(time_diff(monotonic, m->when)));
}

/* --- The host's clocks. */

/* The least by which a clock was seen to move: it counts in steps of that, or smaller ones. */
struct tick {
	int64_t last, least; /* least: 0 until one was seen */
};

static void tick_see(struct tick *tick, int64_t reading)
{
	int64_t moved = time_diff(reading, tick->last);

	if (moved > 0 && (tick->least == 0 || moved < tick->least))
		tick->least = moved;
	tick->last = reading;
}

static int64_t tick_of(const struct tick *tick)
{
	return tick->least ? tick->least : 1;
}

/*
 * MONOTONIC is read before and after REALTIME. Readings are cut to their clock's ticks, so that
 *     REALTIME - MONOTONIC > real - (after + a tick of MONOTONIC), and
 *     REALTIME - MONOTONIC < real + a tick of REALTIME - before.
 * The lower end is the anchor; what a reading of MONOTONIC + anchor may be short of REALTIME is the
 * distance to the upper one, and what that reading was cut by.
 */
int64_t host_anchor(const struct clock *clock, int64_t *resolution)
{
	struct tick mono = { .last = clock->monotonic(clock) }, wall = { .last = INT64_MAX };
	int64_t tightest = INT64_MAX, anchor = 0;

	for (int i = 0;
	     i < ANCHOR_ROUNDS || (i < ANCHOR_ROUNDS_MOST && (!mono.least || !wall.least)); i++) {
		int64_t before = clock->monotonic(clock);
		int64_t real = clock->now(clock);
		int64_t after = clock->monotonic(clock);

		tick_see(&mono, before);
		tick_see(&mono, after);
		tick_see(&wall, real);
		if (time_diff(after, before) < tightest) {
			tightest = time_diff(after, before);
			anchor = time_diff(real, after);
		}
	}
	*resolution = tightest + 2 * tick_of(&mono) + tick_of(&wall);
	return anchor - tick_of(&mono);
}

/* --- By GET /info. */

/* One request, stamped where it goes out and comes in, not around the parsing. */
struct asking {
	const struct clock *clock;
	bool asked;
	int64_t sent, answered;
	struct api_info info;
	struct error err;
};

static enum engine_next ask(void *self, struct engine_request *request)
{
	struct asking *a = self;

	if (a->asked)
		return ENGINE_NEXT_END;
	a->asked = true;
	request->path = "/info";
	a->sent = a->clock->monotonic(a->clock);
	return ENGINE_NEXT_REQUEST;
}

static void heard(void *self, const struct engine_reply *reply)
{
	struct asking *a = self;
	scoped_json *json = NULL;

	a->answered = a->clock->monotonic(a->clock);
	if (engine_reply_check(reply, &a->err) < 0) {
		error_wrap(&a->err, "engine information");
		return;
	}
	if (engine_reply_json(reply, "engine information", &json, &a->err) == 0 &&
	    api_info_parse(json, &a->info, &a->err) < 0)
		a->err.kind = ERROR_PROTOCOL;
}

static void asking_release(struct asking *a)
{
	api_info_release(&a->info);
}

static int check_time(const struct api_info *info, struct error *err)
{
	if (info->system_time != TIME_NONE && info->system_time != INT64_MAX)
		return 0;
	return error_set(err, ERROR_PROTOCOL, 0, "the engine does not tell its time (SystemTime)");
}

/* Who answers GET /info. */
struct informant {
	struct engine *engine;
	const struct clock *clock;
	struct api_info info; /* of the last answer */
};

static void informant_release(struct informant *by)
{
	api_info_release(&by->info);
}

/* On Windows the clock that an engine reads may stand still for a tick of the system timer,
 * whatever number of digits it tells. */
static int64_t resolution_of(const struct api_info *info)
{
	bool windows = info->os_type && strcasecmp(info->os_type, "windows") == 0;

	return windows ? time_max(info->system_time_unit, WINDOWS_TICK) : info->system_time_unit;
}

static int exchange_info(void *ctx, struct exchange *x, struct wire_reply *reply, struct error *err)
{
	struct informant *by = ctx;
	scoped(asking_release) struct asking a = { .clock = by->clock };
	struct engine_work work = { .next = ask, .done = heard, .self = &a, .parallel = 1 };

	(void)reply;
	if (engine_run(by->engine, &work, err) < 0)
		return -1;
	if (error_is_set(&a.err) || check_time(&a.info, &a.err) < 0) {
		*err = a.err;
		return -1;
	}
	api_info_release(&by->info);
	by->info = take_value(a.info);
	*x = (struct exchange){
		.sent = a.sent,
		.answered = a.answered,
		.received = by->info.system_time,
		.replied = by->info.system_time,
		.resolution = resolution_of(&by->info),
	};
	return 0;
}

int measure_info(struct measurement *out, struct engine *engine, const struct clock *clock,
		 unsigned samples, struct api_info *info, struct error *err)
{
	scoped(informant_release) struct informant who = { .engine = engine, .clock = clock };
	const struct measuring by = { .clock = clock, .ask = exchange_info, .ctx = &who };

	if (measuring_by_info(out, &by, samples ? samples : 1, err) < 0)
		return -1;
	if (info)
		*info = take_value(who.info);
	return 0;
}
