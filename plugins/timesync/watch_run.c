/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/watch_run.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include "common/codec/json.h"
#include "plugins/timesync/watch_internal.h"

#define PATIENCE       (30 * NSEC_PER_SEC) /* with the helper's answer */
#define HURRY_PATIENCE (3 * NSEC_PER_SEC)
/* An answer that took longer was not on its way all that time: the engine stood still, and the
 * answer says little of its clock. The next one does. */
#define STILL          (1 * NSEC_PER_SEC)
#define BEATS          4
#define LOSS_FIRST     (10 * NSEC_PER_SEC) /* before one that was lost twice is started */
#define LOSS_MOST      (10 * NSEC_PER_MIN) /* and after so long losses are forgotten */
#define LOOK_EVERY_MS  1000                /* where nothing tells of wake-ups */

int64_t watcher_now(const struct watcher *w)
{
	return w->cli->clock->monotonic(w->cli->clock);
}

int64_t watcher_elapsed(const struct watcher *w)
{
	return watcher_now(w) + w->slept;
}

/* --- Telling. */

int watcher_tell(struct watcher *w, struct watch_news *news, struct error *err)
{
	news->time = w->cli->clock->now(w->cli->clock);
	if (w->setup->format == OUT_JSON) {
		scoped_json *json = watch_news_json(news);
		char *line = json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII);

		if (!line)
			abort();
		fprintf(w->cli->out, "%s\n", line);
		free(line);
	} else {
		scoped_buf text = { 0 };

		buf_init(&text, (size_t)1 << 16);
		watch_news_text(news, &text);
		fputs(text.data, w->cli->out);
	}
	return out_flush(w->cli->out, err);
}

int watcher_reached(struct watcher *w, struct error *err)
{
	struct watch_news news = { .kind = WATCH_NEWS_REACHABLE,
				   .away = time_diff(watcher_elapsed(w), w->heard_at) };

	w->heard_at = watcher_elapsed(w);
	if (!w->told_unreachable)
		return 0;
	w->told_unreachable = false;
	return watcher_tell(w, &news, err);
}

int watcher_failed(struct watcher *w, enum watch_event *event, struct error *err)
{
	struct error cause = *err;
	struct watch_news news = { .kind = WATCH_NEWS_UNREACHABLE,
				   .text = cause.text,
				   .name = error_name(cause.kind) };

	if (cause.kind == ERROR_CANCELLED)
		return -1;
	error_clear(err);
	*event = WATCH_FAILED;
	/* The next look begins with a connection of its own; but a helper that stands still
	 * together with its engine is heard first when both go on. */
	if (!w->keep.session)
		connection_hang_up(&w->connection);
	if (w->told_unreachable)
		return 0;
	w->told_unreachable = true;
	return watcher_tell(w, &news, err);
}

static int tell_woke(struct watcher *w, const struct wake_change *change, int64_t paused,
		     struct error *err)
{
	struct watch_news news = { .kind = WATCH_NEWS_WOKE,
				   .slept = change->slept,
				   .stepped = change->stepped,
				   .paused = paused };

	w->cause = *change;
	w->paused = paused;
	w->woke_at = watcher_now(w);
	w->told_reason = NULL;
	w->told_unverified = w->told_host_wrong = false;
	w->slewing_until = TIME_NONE;
	return watcher_tell(w, &news, err);
}

/* This machine slept, or its clock was set. */
static int host_woke(struct watcher *w, const struct wake_change *change, struct error *err)
{
	w->slept += change->slept;
	w->still += change->slept;
	if (change->stepped)
		watch_verify_stepped(&w->verify, change->stepped);
	/* Connections that slept may be dead without knowing. */
	if (!w->keep.session)
		connection_hang_up(&w->connection);
	return tell_woke(w, change, 0, err);
}

/* --- Waiting. */

enum stir { STIR_DUE, STIR_WOKE, STIR_HELPER, STIR_STOP };

static int poll_ms(int64_t left, bool told_of_wakes)
{
	int64_t ms = left / NSEC_PER_MSEC + 1;

	if (!told_of_wakes && ms > LOOK_EVERY_MS)
		return LOOK_EVERY_MS;
	return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

/* Until that MONOTONIC time, or something happens; *change is filled with STIR_WOKE. */
static enum stir await_stir(struct watcher *w, int64_t until, struct wake_change *change)
{
	struct pollfd fds[] = {
		{ .fd = cancel_fd(w->connection.cancel), .events = POLLIN },
		{ .fd = wake_fd(w->wake), .events = POLLIN },
		{ .fd = w->keep.session ? session_fd(w->keep.session) : -1, .events = POLLIN },
	};

	for (;;) {
		int64_t left = time_diff(until, watcher_now(w));

		if (cancel_requested(w->connection.cancel))
			return STIR_STOP;
		if (wake_look(w->wake, change))
			return STIR_WOKE;
		if (left <= 0)
			return STIR_DUE;
		if (poll(fds, array_len(fds), poll_ms(left, fds[1].fd >= 0)) > 0 && fds[2].revents)
			return STIR_HELPER;
	}
}

/* --- Looking. */

/* When the next helper may be started. The first one at once: an engine that was restarted. However
 * well they answer while they live, those that do not live long are not replaced all the time. */
static void count_loss(struct watcher *w)
{
	int64_t now = watcher_now(w);
	int64_t wait = LOSS_FIRST;

	if (w->lost_at != TIME_NONE && time_diff(now, w->lost_at) > LOSS_MOST)
		w->losses = 0;
	w->lost_at = w->helper_due = now;
	if (w->losses++ == 0)
		return;
	for (unsigned i = 2; i < w->losses && wait < LOSS_MOST; i++)
		wait *= 2;
	w->helper_due += wait < LOSS_MOST ? wait : LOSS_MOST;
}

/* The helper is gone, for whatever err says. */
static int lost(struct watcher *w, enum watch_event *event, struct error *err)
{
	struct error cause = *err;
	struct watch_news news = { .kind = WATCH_NEWS_HELPER_LOST,
				   .text = cause.text,
				   .name = error_name(cause.kind) };

	if (cause.kind == ERROR_CANCELLED)
		return -1;
	error_clear(err);
	watch_keep_lose(&w->keep);
	count_loss(w);
	*event = WATCH_FAILED;
	return watcher_tell(w, &news, err);
}

/* Offsets that are on their way to nothing. */
static bool is_slewing(const struct watcher *w, struct interval offset)
{
	return w->slewing_until != TIME_NONE && watcher_now(w) < w->slewing_until &&
	       interval_least(offset) <= w->slewing_from;
}

static int judge(struct watcher *w, const struct watch_sight *sight, enum watch_event *event,
		 struct error *err)
{
	int64_t least = time_max(interval_bound(sight->offset), w->setup->orders.tolerance);
	int64_t offset = interval_offset(sight->offset);
	struct watch_news news = { .kind = WATCH_NEWS_OFF,
				   .offset = sight->offset,
				   .method = sight->method };

	if (watcher_reached(w, err) < 0)
		return -1;
	if ((offset <= least && offset >= -least) || is_slewing(w, sight->offset)) {
		*event = WATCH_IN_STEP;
		w->still = 0;
		w->told_off = false;
		w->told_reason = NULL;
		w->woke_at = TIME_NONE;
		return 0;
	}
	*event = WATCH_OFF;
	if (w->told_off)
		return 0;
	w->told_off = true;
	return watcher_tell(w, &news, err);
}

/* Nothing came for too long. Whether the engine is gone, or the helper alone? */
static int overdue(struct watcher *w, enum watch_event *event, struct error *err)
{
	bool is_lost;

	if (watch_keep_probe(&w->keep, &is_lost, err) < 0)
		return watcher_failed(w, event, err);
	*event = WATCH_FAILED;
	if (!is_lost)
		return 0;
	error_set(err, ERROR_TIMEOUT, 0, "it does not answer, and the engine does");
	struct error cause = *err;
	struct watch_news news = { .kind = WATCH_NEWS_HELPER_LOST,
				   .text = cause.text,
				   .name = error_name(cause.kind) };

	error_clear(err);
	w->helper_due = watcher_now(w);
	return watcher_tell(w, &news, err);
}

/* What the helper has to say. *again: another beat is due. */
static int hear(struct watcher *w, enum watch_event *event, bool *again, bool *done,
		struct error *err)
{
	static const struct wake_change nothing = { 0, 0 };
	struct watch_sight sight;

	*done = true;
	*again = false;
	switch (watch_keep_heard(&w->keep, &sight, err)) {
	case WATCH_HEARD_DEAD:
		return lost(w, event, err);
	case WATCH_HEARD_NOTHING:
		*done = false;
		return 0;
	case WATCH_HEARD_TORN:
		*again = true;
		return 0;
	case WATCH_HEARD_ANSWER:
		break;
	}
	if (sight.delay < STILL)
		return judge(w, &sight, event, err);
	*again = true;
	w->still += sight.delay;
	return tell_woke(w, &nothing, sight.delay, err);
}

/* One beat and its answer. *again: it said nothing, and another one is due. */
static int beat(struct watcher *w, enum watch_event *event, bool *again, struct error *err)
{
	int64_t until = watcher_now(w) + (w->keep.hurry ? HURRY_PATIENCE : PATIENCE);
	struct wake_change change;
	bool done = false;

	*again = false;
	if (watch_keep_beat(&w->keep, err) < 0)
		return lost(w, event, err);
	while (!done) {
		switch (await_stir(w, until, &change)) {
		case STIR_STOP:
			return cancel_error(w->connection.cancel, err);
		case STIR_DUE:
			return overdue(w, event, err);
		case STIR_WOKE:
			*event = WATCH_WOKE;
			return host_woke(w, &change, err);
		case STIR_HELPER:
			if (hear(w, event, again, &done, err) < 0)
				return -1;
			break;
		}
	}
	return 0;
}

static int look_by_helper(struct watcher *w, enum watch_event *event, struct error *err)
{
	bool again = true;

	for (int i = 0; i < BEATS && again; i++)
		if (beat(w, event, &again, err) < 0)
			return -1;
	if (!again)
		return 0;
	error_set(err, ERROR_CONFLICT, 0, "its clock or this machine's steps all the time");
	return watcher_failed(w, event, err);
}

/* A new connection: what was known of the engine may not hold for the one that answers now. */
static int dial(struct watcher *w, struct error *err)
{
	if (watch_keep_dial(&w->keep, err) < 0)
		return -1;
	w->same_clock = w->swept = false;
	if (w->helper_due == INT64_MAX)
		w->helper_due = TIME_NONE;
	return 0;
}

static int look(struct watcher *w, enum watch_event *event, struct error *err)
{
	struct watch_sight sight;
	int may_sync;

	if (w->keep.session)
		return look_by_helper(w, event, err);
	if (!w->connection.engine && dial(w, err) < 0)
		return watcher_failed(w, event, err);
	if (watcher_wants_helper(w)) {
		/* The look that starts a helper is a sync: it has to measure with it anyway. */
		may_sync = watcher_verify(w, event, err);
		if (may_sync < 0)
			return -1;
		if (may_sync > 0)
			return watcher_sync(w, event, err);
	}
	if (watch_keep_info(&w->keep, &sight, err) < 0)
		return watcher_failed(w, event, err);
	return judge(w, &sight, event, err);
}

static int correct(struct watcher *w, enum watch_event *event, struct error *err)
{
	int may_sync = watcher_verify(w, event, err);

	return may_sync <= 0 ? may_sync : watcher_sync(w, event, err);
}

/* Nothing to do until the next look is due, or something happens. */
static int rest(struct watcher *w, enum watch_event *event, struct error *err)
{
	struct wake_change change;
	bool again = false, done;

	*event = WATCH_TICK;
	switch (await_stir(w, w->state.due, &change)) {
	case STIR_DUE:
		break;
	case STIR_STOP:
		return cancel_error(w->connection.cancel, err);
	case STIR_WOKE:
		*event = WATCH_WOKE;
		return host_woke(w, &change, err);
	case STIR_HELPER:
		/* Its end, or the answer to a beat that was given up: the engine goes on. */
		if (hear(w, event, &again, &done, err) < 0)
			return -1;
		if (again)
			*event = WATCH_WOKE;
		break;
	}
	return 0;
}

/* --- The loop. */

static int64_t interval(const struct watcher *w)
{
	int64_t ns = w->setup->interval;

	if (ns == 0)
		ns = w->keep.session ? WATCH_INTERVAL : WATCH_INTERVAL_INFO;
	return w->same_clock ? time_max(ns, WATCH_INTERVAL_SAME) : ns;
}

static bool is_hurried(const struct watcher *w)
{
	return w->state.woke_at != TIME_NONE &&
	       time_diff(watcher_now(w), w->state.woke_at) < WATCH_AWAKE;
}

static int loop(struct watcher *w, struct error *err)
{
	enum watch_event event = WATCH_TICK;
	int rc = 0;

	while (rc == 0) {
		int64_t now = watcher_now(w);
		enum watch_action action;

		w->state.options.interval = interval(w);
		action = watch_next(&w->state, event, now, (unsigned)(now / NSEC_PER_USEC % 1000));
		w->keep.hurry = is_hurried(w);
		switch (action) {
		case WATCH_WAIT:
			rc = rest(w, &event, err);
			break;
		case WATCH_LOOK:
			rc = look(w, &event, err);
			break;
		case WATCH_SYNC:
			rc = correct(w, &event, err);
			break;
		}
	}
	return -1;
}

static int begin(struct watcher *w, struct error *err)
{
	struct watch_options options = { .threshold = w->setup->orders.tolerance,
					 .idle_helper = w->setup->idle_helper };
	struct watch_news news = { .kind = WATCH_NEWS_STARTED,
				   .text = w->connection.endpoint.address,
				   .helper = w->setup->idle_helper };

	options.interval = news.interval = w->setup->interval      ? w->setup->interval
					   : w->setup->idle_helper ? WATCH_INTERVAL
								   : WATCH_INTERVAL_INFO;
	w->keep = (struct watch_keep){ .connection = &w->connection, .clock = w->cli->clock };
	w->woke_at = w->helper_due = w->lost_at = w->slewing_until = TIME_NONE;
	w->heard_at = watcher_elapsed(w);
	watch_init(&w->state, &options, watcher_now(w));
	return watcher_tell(w, &news, err);
}

/* The last word, whatever ended it; *err stays. SIGTERM is the way in which services are ended. */
static int stopped(struct watcher *w, int *status, struct error *err)
{
	struct watch_news news = { .kind = WATCH_NEWS_STOPPED, .text = err->text };
	struct error ignored = ERROR_INIT;
	bool asked = err->kind == ERROR_CANCELLED;

	if (asked)
		(void)!watcher_tell(w, &news, &ignored);
	if (!asked || cancel_signal(w->connection.cancel) != SIGTERM)
		return -1;
	error_clear(err);
	*status = 0;
	return 0;
}

static void watcher_release(struct watcher *w)
{
	watch_keep_close(&w->keep);
	wake_close(&w->wake);
	connection_release(&w->connection);
}

int watch_run(struct cli *cli, const struct watch_setup *setup, int *status, struct error *err)
{
	struct watcher w scoped(watcher_release) = { .setup = setup, .cli = cli };

	if (connection_init(&w.connection, cli, "watch", err) < 0 || wake_open(&w.wake, err) < 0)
		return -1;
	if (begin(&w, err) < 0)
		return -1;
	(void)loop(&w, err);
	watch_keep_close(&w.keep);
	return stopped(&w, status, err);
}
