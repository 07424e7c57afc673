/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/sync_run.h"

#include <stdlib.h>

#include "plugins/timesync/sync_internal.h"

static const struct {
	int status;
	const char *name;
} outcomes[] = {
#define OUTCOME_ROW(outcome, status, name) [SYNC_##outcome] = { status, name },
	SYNC_OUTCOMES(OUTCOME_ROW)
#undef OUTCOME_ROW
};

const char *sync_outcome_name(enum sync_outcome outcome)
{
	return outcomes[outcome].name;
}

int sync_outcome_status(enum sync_outcome outcome)
{
	return outcomes[outcome].status;
}

void sync_result_release(struct sync_result *result)
{
	free_str(&result->mend);
	strings_release(&result->notes);
	api_info_release(&result->info);
	*result = (struct sync_result){ 0 };
}

static int verify_host(struct sync *s, struct error *err)
{
	const struct sync_options *o = s->options;

	if (!o->verify)
		return 0;
	sync_tell(s, "verifying this machine's clock");
	return host_verify(&s->result.verify, o->verify, &s->compare.options,
			   time_max(o->orders.tolerance, DECIDE_TOLERANCE), &s->result.notes, err);
}

static struct situation situation_of(const struct sync *s, const struct reading *r)
{
	const struct sync_result *result = &s->result;
	bool by_info = r->measured.method == METHOD_INFO;

	return (struct situation){
		.offset = r->offset,
		/* Without a helper nothing can be set, which says more than that the kernels are
		 * not known; denied keeps it so whatever else holds. */
		.kernels = by_info ? KERNELS_DIFFER : result->hello.kernels,
		.denied = by_info || result->cannot != CANNOT_NONE,
		.remote = s->options->remote,
		.synchronised = result->hello.synchronised,
		.kernel_error = result->hello.kernel_error,
		.stood_still = s->options->stood_still,
		.host_wrong = result->verify.wrong && s->compare.ref->kind == TIMEREF_HOST,
	};
}

static void decide_now(struct sync *s)
{
	const struct situation situation = situation_of(s, &s->result.before);

	s->result.decision = decide_clock(&situation, &s->options->orders);
}

static bool is_due(const struct sync *s)
{
	enum action action = s->result.decision.action;

	return (action == ACTION_STEP || action == ACTION_SLEW) && !s->options->orders.dry_run;
}

/* Whether "in step" would say more than is known, by what check calls in step. */
static bool is_vague(const struct sync *s, const struct reading *r)
{
	return interval_most(r->offset) > time_max(s->options->orders.tolerance, DECIDE_TOLERANCE);
}

static enum sync_outcome outcome_without_set(const struct sync *s)
{
	const struct decision *d = &s->result.decision;

	if (d->reason == REASON_SAME_CLOCK)
		return SYNC_SAME_CLOCK;
	if (d->action == ACTION_NONE)
		return is_vague(s, &s->result.before) ? SYNC_UNCERTAIN : SYNC_IN_STEP;
	if (d->action != ACTION_REFUSE)
		return SYNC_WOULD;
	return d->reason == REASON_DENIED || d->reason == REASON_KERNELS_UNKNOWN ? SYNC_CANNOT
										 : SYNC_REFUSED;
}

static void deny(struct sync *s, enum cannot cannot)
{
	s->result.cannot = cannot;
	s->result.decision = (struct decision){ .action = ACTION_REFUSE, .reason = REASON_DENIED };
}

/* Whether the engine's clock is right now, by what was decided with: the tolerance and the bound.
 */
static bool is_in_step(const struct sync *s, const struct reading *r)
{
	const struct situation situation = { .offset = r->offset, .kernels = KERNELS_DIFFER };

	return decide_clock(&situation, &s->options->orders).action == ACTION_NONE;
}

/* Text of an error that came after the clock was set. */
static int set_but(const struct sync *s, struct error *err)
{
	int64_t delta = s->result.decision.delta;
	char text[OFFSET_TEXT];

	return error_wrap(err, "the engine's clock was set %s by %s, and not measured since",
			  delta < 0 ? "back" : "forward", offset_text(text, delta));
}

/* This machine was set, or slept, between the two measurements: what was set is its old time. */
static bool host_moved(const struct sync *s)
{
	int64_t moved = time_diff(s->result.after.measured.anchor,
				  s->result.before.measured.anchor);

	return moved > HOST_STEP || moved < -HOST_STEP;
}

static enum sync_outcome outcome_of_set(const struct sync *s)
{
	if (s->result.decision.action == ACTION_SLEW)
		return SYNC_SLEWING;
	if (!is_in_step(s, &s->result.after))
		return SYNC_FAILED;
	return is_vague(s, &s->result.after) ? SYNC_UNCERTAIN : SYNC_CORRECTED;
}

/* *again: it has to be measured and decided anew. */
static int look_again(struct sync *s, bool *again, struct error *err)
{
	sync_tell(s, "measuring again");
	if (cancel_requested(s->options->cancel)) {
		cancel_error(s->options->cancel, err);
		return set_but(s, err);
	}
	if (sync_measure_again(s, &s->result.after, err) < 0)
		return set_but(s, err);
	s->result.has_after = true;
	s->result.outcome = outcome_of_set(s);
	*again = s->result.outcome == SYNC_FAILED && host_moved(s) &&
		 s->result.attempts < SYNC_SETS_MAX;
	if (*again)
		s->result.has_after = false;
	return 0;
}

/* One set request. *again: somebody stepped one of the clocks meanwhile, and it has to be measured
 * and decided anew. */
static int set_once(struct sync *s, bool *again, struct error *err)
{
	const struct decision *d = &s->result.decision;
	enum wire_mode mode = d->action == ACTION_SLEW ? WIRE_SLEW : WIRE_STEP;
	const struct api_info *info = s->has_coarse ? &s->result.info : NULL;
	struct session_set set;

	*again = false;
	sync_tell(s, "correcting");
	s->result.attempts++;
	if (session_set(*s->session, &s->result.before.measured, mode, d->delta, &set, err) < 0)
		return -1;
	s->result.outcome = SYNC_CANNOT;
	switch (set.status) {
	case WIRE_OK:
		return look_again(s, again, err);
	case WIRE_MOVED:
	case WIRE_RACED:
		*again = true;
		return 0;
	case WIRE_FAILED:
		deny(s, why_set(&s->result.hello, info, set.error));
		return 0;
	case WIRE_NOT_COMPARED:
		s->result.decision = (struct decision){ .action = ACTION_REFUSE,
							.reason = REASON_KERNELS_UNKNOWN };
		return 0;
	case WIRE_BAD_REQUEST:
		break;
	}
	return error_set(err, ERROR_PROTOCOL, 0, "the helper does not know the request");
}

static int correct(struct sync *s, struct error *err)
{
	bool again;

	while (is_due(s)) {
		if (set_once(s, &again, err) < 0)
			return -1;
		if (!again)
			return 0;
		if (s->result.attempts == SYNC_SETS_MAX) {
			s->result.mend = xstrdup("something else keeps setting that clock; it was "
						 "left alone");
			s->result.outcome = SYNC_FAILED;
			return 0;
		}
		sync_tell(s, "measuring");
		if (sync_measure_again(s, &s->result.before, err) < 0)
			return -1;
		decide_now(s);
	}
	s->result.outcome = outcome_without_set(s);
	return 0;
}

/* What the person can do about it. */
static void explain(struct sync *s)
{
	const struct api_info *info = s->has_coarse ? &s->result.info : NULL;
	bool same = s->result.outcome == SYNC_SAME_CLOCK;
	scoped_buf text;

	buf_init(&text, 4096);
	if (same && !why_same_clock(info, &text))
		return;
	if (s->result.outcome == SYNC_CANNOT && s->result.cannot != CANNOT_NONE)
		why_text(s->result.cannot, info, engine_address(s->engine), &text);
	if (text.len)
		s->result.mend = buf_take(&text);
}

static int run(struct sync *s, struct error *err)
{
	sync_tell(s, "asking the reference");
	/* A server is asked first: its answer ages well, and the helper does not have to wait. */
	if (compare_ask(&s->compare, &s->result.notes, err) < 0 || verify_host(s, err) < 0 ||
	    sync_measure(s, err) < 0)
		return -1;
	decide_now(s);
	if (correct(s, err) < 0)
		return -1;
	explain(s);
	return 0;
}

static struct timeref_options reference_options(const struct sync_options *o)
{
	return (struct timeref_options){ .clock = o->clock, .cancel = o->cancel, .env = o->env };
}

int sync_run(struct sync_result *out, struct engine *engine, const struct sync_options *options,
	     struct session **session, struct error *err)
{
	struct sync s = {
		.options = options,
		.engine = engine,
		.compare = { .ref = options->reference, .options = reference_options(options) },
	};
	int64_t began = options->clock->monotonic(options->clock);

	s.session = session ? session : &s.own;
	int rc = run(&s, err);

	compare_release(&s.compare);
	session_close(&s.own);
	free_str(&s.arch);
	if (rc < 0) {
		session_close(s.session);
		sync_result_release(&s.result);
		return -1;
	}
	s.result.took = options->clock->monotonic(options->clock) - began;
	*out = s.result;
	return 0;
}
