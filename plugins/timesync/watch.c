/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/watch.h"

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Not before TIME_NONE + anything: an action that never was holds nothing up. */
static int64_t after(int64_t time, int64_t ns)
{
	int64_t sum;

	if (time == TIME_NONE)
		return TIME_NONE;
	return __builtin_add_overflow(time, ns, &sum) ? INT64_MAX : sum;
}

/* first, doubled for each of times beyond the first. */
static int64_t doubled(int64_t first, unsigned times, int64_t most)
{
	int64_t ns = first;

	for (unsigned i = 1; i < times && ns < most; i++)
		ns *= 2;
	return least(ns, most);
}

static int64_t jittered(int64_t ns, unsigned jitter)
{
	return ns - ns / 4 / 1000 * (int64_t)(jitter % 1000);
}

static int64_t interval(const struct watch_state *state)
{
	return time_max(state->options.interval, WATCH_BACKOFF_FIRST);
}

/* What an engine needs that wakes up itself: it answers in a second or two, not in a minute. */
static int64_t failure_most(const struct watch_state *state, int64_t now)
{
	if (state->woke_at != TIME_NONE && time_diff(now, state->woke_at) < WATCH_AWAKE)
		return WATCH_BACKOFF_AWAKE;
	return WATCH_BACKOFF_MOST;
}

static void plan(struct watch_state *state, enum watch_action next, int64_t due)
{
	int64_t last = next == WATCH_SYNC ? state->synced_at : state->looked_at;

	state->next = next;
	state->due = time_max(due, after(last, WATCH_BACKOFF_FIRST));
}

static void forget(struct watch_state *state)
{
	state->failures = 0;
	state->refusals = 0;
	state->corrections = 0;
}

static unsigned one_more(unsigned count)
{
	return count < 64 ? count + 1 : count;
}

static void corrected(struct watch_state *state, int64_t now)
{
	int64_t wait = interval(state);

	state->refusals = 0;
	state->corrections = one_more(state->corrections);
	wait = doubled(wait, state->corrections, time_max(wait, WATCH_BACKOFF_MOST));
	plan(state, WATCH_LOOK, after(now, wait));
}

static void failed(struct watch_state *state, int64_t now, unsigned jitter)
{
	int64_t wait;

	state->failures = one_more(state->failures);
	wait = doubled(WATCH_BACKOFF_FIRST, state->failures, failure_most(state, now));
	plan(state, WATCH_LOOK, after(now, jittered(wait, jitter)));
}

static void refused(struct watch_state *state, int64_t now, unsigned jitter)
{
	int64_t wait;

	state->refusals = one_more(state->refusals);
	wait = doubled(WATCH_REFUSED_FIRST, state->refusals, WATCH_REFUSED_MOST);
	plan(state, WATCH_LOOK, after(now, jittered(wait, jitter)));
}

static void learn(struct watch_state *state, enum watch_event event, int64_t now, unsigned jitter)
{
	switch (event) {
	case WATCH_TICK:
		break;
	case WATCH_WOKE:
		forget(state);
		state->woke_at = now;
		plan(state, WATCH_LOOK, now);
		break;
	case WATCH_IN_STEP:
		forget(state);
		plan(state, WATCH_LOOK, after(now, interval(state)));
		break;
	case WATCH_OFF:
		plan(state, WATCH_SYNC, now);
		break;
	case WATCH_CORRECTED:
		corrected(state, now);
		break;
	case WATCH_REFUSED:
		refused(state, now, jitter);
		break;
	case WATCH_FAILED:
		failed(state, now, jitter);
		break;
	}
}

/*
 * Any answer, even a refusal, came from an engine that is there. WATCH_OFF ends no row of failures:
 * where looks work and syncs do not, one would follow the other at once for ever.
 */
static void heard(struct watch_state *state, enum watch_event event)
{
	if (event == WATCH_TICK || event == WATCH_WOKE)
		return;
	state->unreachable = event == WATCH_FAILED;
	if (event != WATCH_FAILED && event != WATCH_OFF)
		state->failures = 0;
}

static enum watch_action act(struct watch_state *state, int64_t now)
{
	enum watch_action action = state->next;

	if (now < state->due)
		return WATCH_WAIT;
	if (action == WATCH_SYNC)
		state->synced_at = now;
	else
		state->looked_at = now;
	/* Should its result never be told, here is the next one. */
	plan(state, WATCH_LOOK, after(now, interval(state)));
	return action;
}

void watch_init(struct watch_state *state, const struct watch_options *options, int64_t now)
{
	*state = (struct watch_state){
		.options = *options,
		.due = now,
		.next = WATCH_LOOK,
		.woke_at = TIME_NONE,
		.looked_at = TIME_NONE,
		.synced_at = TIME_NONE,
	};
}

enum watch_action watch_next(struct watch_state *state, enum watch_event event, int64_t now,
			     unsigned jitter)
{
	heard(state, event);
	learn(state, event, now, jitter);
	return act(state, now);
}
