/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the watching loop that may change the engine's clock. */
#include <string.h>

#include "common/cli/say.h"
#include "plugins/timesync/tell.h"
#include "plugins/timesync/watch_internal.h"

/* Just after a wake-up too: an engine that answers, but slowly, is one to wait for. */
#define DEADLINE     (30 * NSEC_PER_SEC)
#define HELPER_AGAIN (10 * NSEC_PER_MIN) /* after the engine could not run it */

static bool is_remote(const struct watcher *w)
{
	return endpoint_is_remote(&w->connection.endpoint);
}

bool watcher_wants_helper(const struct watcher *w)
{
	/* What is refused anyway needs no container on somebody's server. */
	if (is_remote(w) && !w->setup->orders.override)
		return false;
	return w->setup->idle_helper && !w->same_clock && watcher_now(w) >= w->helper_due;
}

/* --- This machine's clock. */

static int tell_unverified(struct watcher *w, enum watch_event *event, struct error *cause,
			   struct error *err)
{
	struct watch_news news = { .kind = WATCH_NEWS_UNVERIFIED,
				   .text = cause->text,
				   .name = error_name(cause->kind) };

	*event = WATCH_FAILED;
	if (w->told_unverified)
		return 0;
	w->told_unverified = true;
	return watcher_tell(w, &news, err);
}

static int tell_host_wrong(struct watcher *w, enum watch_event *event, struct interval offset,
			   struct error *err)
{
	struct watch_news news = { .kind = WATCH_NEWS_HOST_WRONG,
				   .text = w->setup->verify->text,
				   .offset = offset };

	*event = WATCH_REFUSED;
	if (w->told_host_wrong)
		return 0;
	w->told_host_wrong = true;
	return watcher_tell(w, &news, err);
}

/* *answered is false if nobody did, which has been told. */
static int ask_reference(struct watcher *w, enum watch_event *event, bool *answered,
			 struct error *err)
{
	const struct timeref_options options = { .clock = w->cli->clock,
						 .cancel = w->connection.cancel,
						 .env = w->cli->env };
	scoped_timeref_reading reading = { 0 };
	struct error cause = ERROR_INIT;

	*answered = timeref_read(&reading, w->setup->verify, &options, &cause) == 0;
	if (*answered) {
		watch_verify_answer(&w->verify, reading.offset, watcher_elapsed(w));
		w->told_unverified = false;
		return 0;
	}
	if (cause.kind == ERROR_CANCELLED) {
		*err = cause;
		return -1;
	}
	watch_verify_failed(&w->verify, cause.kind, watcher_elapsed(w));
	return tell_unverified(w, event, &cause, err);
}

int watcher_verify(struct watcher *w, enum watch_event *event, struct error *err)
{
	int64_t tolerance = time_max(w->setup->orders.tolerance, DECIDE_TOLERANCE);
	struct interval offset;
	bool answered = true;

	if (!w->setup->verify)
		return 1;
	if (watch_verify_due(&w->verify, watcher_elapsed(w)) &&
	    ask_reference(w, event, &answered, err) < 0)
		return -1;
	if (!answered)
		return 0;
	if (!watch_verify_offset(&w->verify, watcher_elapsed(w), &offset)) {
		*event = WATCH_FAILED;
		return 0;
	}
	if (interval_least(offset) > tolerance)
		return tell_host_wrong(w, event, offset, err);
	w->told_host_wrong = false;
	return 1;
}

/* --- What a sync has come to. */

static int tell_corrected(struct watcher *w, const struct sync_result *result, struct error *err)
{
	bool slewed = result->outcome == SYNC_SLEWING;
	struct watch_news news = {
		.kind = WATCH_NEWS_CORRECTED,
		.offset = result->before.offset,
		.method = result->before.measured.method,
		.after = result->after.offset,
		.has_after = result->has_after,
		.slewed = slewed,
		.took = result->took,
		.slept = w->cause.slept,
		.stepped = w->cause.stepped,
		.paused = w->paused,
		.since_wake = TIME_NONE,
	};

	if (w->woke_at != TIME_NONE)
		news.since_wake = time_diff(watcher_now(w), w->woke_at);
	if (slewed) {
		w->slewing_from = interval_most(result->before.offset);
		w->slewing_until = watcher_now(w) + w->slewing_from * (1000000 / DECIDE_SLEW_PPM);
	}
	w->woke_at = TIME_NONE;
	w->cause = (struct wake_change){ 0, 0 };
	w->paused = w->still = 0;
	w->told_reason = NULL;
	w->told_off = false;
	return watcher_tell(w, &news, err);
}

static int tell_same_clock(struct watcher *w, struct error *err)
{
	struct watch_news news = { .kind = WATCH_NEWS_SAME_CLOCK };

	w->same_clock = true;
	if (w->told_same)
		return 0;
	w->told_same = true;
	return watcher_tell(w, &news, err);
}

static const char *refusal_name(const struct sync_result *result)
{
	if (result->outcome == SYNC_FAILED)
		return "contested";
	if (result->decision.reason == REASON_DENIED && result->cannot != CANNOT_NONE)
		return cannot_name(result->cannot);
	return reason_name(result->decision.reason);
}

static void refusal_text(const struct sync_result *result, struct buf *out)
{
	if (result->outcome == SYNC_FAILED)
		buf_str(out, "something else keeps setting that clock");
	else if (result->mend)
		buf_str(out, result->mend);
	else
		buf_str(out, reason_text(result->decision.reason));
	if (result->decision.overridable)
		buf_str(out, "; --override corrects it all the same");
}

static int tell_refused(struct watcher *w, const struct sync_result *result, struct error *err)
{
	const char *name = refusal_name(result);
	scoped_buf text = { 0 };
	struct watch_news news = { .kind = WATCH_NEWS_REFUSED, .name = name };

	/* Names are constants. */
	if (w->told_reason && strcmp(w->told_reason, name) == 0)
		return 0;
	w->told_reason = name;
	buf_init(&text, 1 << 16);
	refusal_text(result, &text);
	news.text = text.data;
	news.offset = result->has_after ? result->after.offset : result->before.offset;
	return watcher_tell(w, &news, err);
}

static int settle(struct watcher *w, const struct sync_result *result, enum watch_event *event,
		  struct error *err)
{
	switch (result->outcome) {
	case SYNC_SAME_CLOCK:
		*event = WATCH_IN_STEP;
		return tell_same_clock(w, err);
	case SYNC_UNCERTAIN:
		if (result->has_after) {
			*event = WATCH_CORRECTED;
			return tell_corrected(w, result, err);
		}
		/* As well as can be known over this connection. */
		fall_through;
	case SYNC_IN_STEP:
		*event = WATCH_IN_STEP;
		w->still = 0;
		w->told_reason = NULL;
		w->told_off = false;
		return 0;
	case SYNC_CORRECTED:
	case SYNC_SLEWING:
		*event = WATCH_CORRECTED;
		return tell_corrected(w, result, err);
	case SYNC_WOULD:
	case SYNC_REFUSED:
	case SYNC_CANNOT:
	case SYNC_FAILED:
		break;
	}
	*event = result->cannot == CANNOT_SLOW ? WATCH_FAILED : WATCH_REFUSED;
	return tell_refused(w, result, err);
}

/* A helper that may not set a clock is not kept, and not tried again soon. */
static void keep_or_close(struct watcher *w, const struct sync_result *result)
{
	bool by_helper = result->before.measured.method == METHOD_HELPER;

	if (by_helper && result->hello.kernels == KERNELS_DIFFER && result->cannot == CANNOT_NONE &&
	    watcher_wants_helper(w))
		return;
	watch_keep_close(&w->keep);
	if (result->cannot == CANNOT_SLOW)
		return; /* the next look tries again */
	if (result->cannot == CANNOT_NO_RUN) {
		cli_say_notes(w->cli, "watch", &result->notes);
		w->helper_due = watcher_now(w) + HELPER_AGAIN;
	} else if (w->setup->idle_helper) {
		w->helper_due = INT64_MAX;
	}
}

/* Helpers of runs that were killed; once for each connection. */
static void sweep(struct watcher *w, const struct sync_result *result)
{
	const struct reading *r = result->has_after ? &result->after : &result->before;
	int64_t now = w->cli->clock->now(w->cli->clock);
	struct error ignored = ERROR_INIT;
	size_t removed;

	if (w->swept || r->measured.method != METHOD_HELPER)
		return;
	w->swept = true;
	(void)!session_sweep(w->connection.engine, now + interval_offset(r->offset), now, &removed,
			     &ignored);
}

int watcher_sync(struct watcher *w, enum watch_event *event, struct error *err)
{
	struct timeref host = { .kind = TIMEREF_HOST, .text = (char[]){ "host" } };
	const struct sync_options options = {
		.orders = w->setup->orders,
		.clock = w->cli->clock,
		.cancel = w->connection.cancel,
		.env = w->cli->env,
		.remote = is_remote(w),
		.stood_still = w->still,
		.reference = &host,
		.deadline = DEADLINE,
	};
	bool kept = w->keep.session || watcher_wants_helper(w);
	scoped_sync_result result = { 0 };

	if (sync_run(&result, w->connection.engine, &options, kept ? &w->keep.session : NULL, err) <
	    0) {
		w->keep.beating = false;
		return watcher_failed(w, event, err);
	}
	w->keep.beating = false;
	if (watcher_reached(w, err) < 0 || settle(w, &result, event, err) < 0)
		return -1;
	keep_or_close(w, &result);
	sweep(w, &result);
	return 0;
}
