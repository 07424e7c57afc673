/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/watch_tell.h"

#include "common/codec/json_text.h"
#include "common/codec/printable.h"
#include "common/codec/timefmt.h"

const char *watch_news_name(enum watch_news_kind kind)
{
	static const char *const names[] = {
#define WATCH_NEWS_NAME(kind, name) [WATCH_NEWS_##kind] = name,
		WATCH_NEWS(WATCH_NEWS_NAME)
#undef WATCH_NEWS_NAME
	};

	return names[kind];
}

/* --- for people */

static void say_time(int64_t t, struct buf *out)
{
	char text[TIME_TEXT];

	time_format_rfc3339(text, t, 0);
	/* "2026-11-24T04:10:03Z" */
	buf_fmt(out, "%.10s %.8s ", text, text + 11);
}

static const char *span(char out[OFFSET_TEXT], int64_t ns)
{
	return offset_text(out, ns);
}

static const char *direction(int64_t offset)
{
	return offset < 0 ? "behind" : "ahead";
}

/* "40.0 s behind (±2 ms)" */
static void say_offset(struct interval i, struct buf *out)
{
	char text[OFFSET_TEXT], bound[OFFSET_TEXT];
	int64_t offset = interval_offset(i);
	const char *size = offset_text_within(text, offset, interval_bound(i));

	bound_text(bound, interval_bound(i));
	if (size)
		buf_fmt(out, "%s %s (±%s)", size, direction(offset), bound);
	else
		buf_fmt(out, "in step (±%s)", bound);
}

static void say_started(const struct watch_news *n, struct buf *out)
{
	char text[OFFSET_TEXT];

	buf_str(out, "watching the clock of ");
	printable_add(out, n->text);
	buf_fmt(out, " every %s", span(text, n->interval));
	if (!n->helper)
		buf_str(out, ", without a helper of its own");
}

static void say_woke(const struct watch_news *n, struct buf *out)
{
	char text[OFFSET_TEXT];
	const char *between = "";

	if (n->slept) {
		buf_fmt(out, "this machine slept for %s", span(text, n->slept));
		between = "; ";
	}
	if (n->stepped) {
		buf_fmt(out, "%sthis machine's clock was set %s by %s", between,
			n->stepped < 0 ? "back" : "forward", span(text, n->stepped));
		between = "; ";
	}
	if (n->paused)
		buf_fmt(out, "%sthe engine stood still for %s", between, span(text, n->paused));
}

static void say_cause(const struct watch_news *n, struct buf *out)
{
	char text[OFFSET_TEXT];

	if (n->slept)
		buf_fmt(out, " after a sleep of %s", span(text, n->slept));
	else if (n->paused)
		buf_fmt(out, " after standing still for %s", span(text, n->paused));
	else if (n->stepped)
		buf_str(out, " after this machine's clock was set");
}

static void say_corrected(const struct watch_news *n, struct buf *out)
{
	int64_t offset = interval_offset(n->offset);
	char text[OFFSET_TEXT];

	buf_fmt(out, "engine was %s %s", span(text, offset), direction(offset));
	say_cause(n, out);
	if (n->slewed)
		buf_str(out, ": being slewed");
	else
		buf_str(out, ": corrected");
	if (n->has_after && !n->slewed) {
		buf_str(out, ", now ");
		say_offset(n->after, out);
	}
	if (n->since_wake != TIME_NONE)
		buf_fmt(out, ", %s after waking", span(text, n->since_wake));
}

static void say_refused(const struct watch_news *n, struct buf *out)
{
	buf_str(out, "engine is ");
	say_offset(n->offset, out);
	buf_str(out, ": left as it is: ");
	printable_add(out, n->text);
}

static void say_with_cause(const char *what, const struct watch_news *n, struct buf *out)
{
	buf_fmt(out, "%s: ", what);
	printable_add(out, n->text);
}

static void say_host_wrong(const struct watch_news *n, struct buf *out)
{
	char text[OFFSET_TEXT], bound[OFFSET_TEXT];
	int64_t offset = interval_offset(n->offset);

	buf_fmt(out, "this machine's own clock is %s %s ", span(text, offset),
		offset < 0 ? "behind" : "ahead of");
	printable_add(out, n->text);
	buf_fmt(out, " (±%s): not copied onto the engine",
		bound_text(bound, interval_bound(n->offset)));
}

static void say_event(const struct watch_news *n, struct buf *out)
{
	char text[OFFSET_TEXT];

	switch (n->kind) {
	case WATCH_NEWS_STARTED:
		say_started(n, out);
		break;
	case WATCH_NEWS_SAME_CLOCK:
		buf_str(out, "engine runs on this machine's kernel and has its clock: there is "
			     "nothing to correct");
		break;
	case WATCH_NEWS_WOKE:
		say_woke(n, out);
		break;
	case WATCH_NEWS_OFF:
		break;
	case WATCH_NEWS_CORRECTED:
		say_corrected(n, out);
		break;
	case WATCH_NEWS_REFUSED:
		say_refused(n, out);
		break;
	case WATCH_NEWS_UNREACHABLE:
		say_with_cause("engine does not answer", n, out);
		break;
	case WATCH_NEWS_REACHABLE:
		buf_fmt(out, "engine answers again, after %s", span(text, n->away));
		break;
	case WATCH_NEWS_HOST_WRONG:
		say_host_wrong(n, out);
		break;
	case WATCH_NEWS_UNVERIFIED:
		say_with_cause("cannot verify this machine's clock, so that it is not copied", n,
			       out);
		break;
	case WATCH_NEWS_HELPER_LOST:
		say_with_cause("helper lost", n, out);
		break;
	case WATCH_NEWS_STOPPED:
		say_with_cause("stopped", n, out);
		break;
	}
}

void watch_news_text(const struct watch_news *news, struct buf *out)
{
	if (news->kind == WATCH_NEWS_OFF)
		return;
	say_time(news->time, out);
	say_event(news, out);
	buf_char(out, '\n');
}

/* --- for machines */

static void set_int(json_t *object, const char *key, int64_t value)
{
	json_put(object, key, value == TIME_NONE ? json_null() : json_integer(value));
}

static void set_text(json_t *object, const char *key, const char *text)
{
	json_put(object, key, json_text(text));
}

static void set_interval(json_t *object, const char *prefix, struct interval i)
{
	scoped_str offset = xasprintf("%soffset_ns", prefix);
	scoped_str bound = xasprintf("%sbound_ns", prefix);

	set_int(object, offset, interval_offset(i));
	set_int(object, bound, interval_bound(i));
}

static void set_cause(json_t *object, const struct watch_news *n)
{
	set_int(object, "slept_ns", n->slept);
	set_int(object, "stepped_ns", n->stepped);
	set_int(object, "paused_ns", n->paused);
}

static void set_corrected(json_t *object, const struct watch_news *n)
{
	set_interval(object, "", n->offset);
	set_text(object, "method", method_name(n->method));
	set_text(object, "action", n->slewed ? "slew" : "step");
	if (n->has_after)
		set_interval(object, "after_", n->after);
	set_cause(object, n);
	set_int(object, "since_wake_ns", n->since_wake);
	set_int(object, "took_ns", n->took);
}

static void set_members(json_t *object, const struct watch_news *n)
{
	switch (n->kind) {
	case WATCH_NEWS_STARTED:
		set_text(object, "engine", n->text);
		set_int(object, "interval_ns", n->interval);
		json_put(object, "idle_helper", json_boolean(n->helper));
		break;
	case WATCH_NEWS_SAME_CLOCK:
		break;
	case WATCH_NEWS_WOKE:
		set_cause(object, n);
		break;
	case WATCH_NEWS_OFF:
		set_interval(object, "", n->offset);
		set_text(object, "method", method_name(n->method));
		break;
	case WATCH_NEWS_CORRECTED:
		set_corrected(object, n);
		break;
	case WATCH_NEWS_REFUSED:
		set_interval(object, "", n->offset);
		set_text(object, "reason", n->name);
		set_text(object, "text", n->text);
		break;
	case WATCH_NEWS_UNREACHABLE:
	case WATCH_NEWS_UNVERIFIED:
	case WATCH_NEWS_HELPER_LOST:
		set_text(object, "error", n->name);
		set_text(object, "text", n->text);
		break;
	case WATCH_NEWS_REACHABLE:
		set_int(object, "away_ns", n->away);
		break;
	case WATCH_NEWS_HOST_WRONG:
		set_interval(object, "", n->offset);
		set_text(object, "reference", n->text);
		break;
	case WATCH_NEWS_STOPPED:
		set_text(object, "text", n->text);
		break;
	}
}

json_t *watch_news_json(const struct watch_news *news)
{
	json_t *object = json_object();
	char text[TIME_TEXT];

	set_text(object, "time", time_format_rfc3339(text, news->time, 1));
	set_text(object, "event", watch_news_name(news->kind));
	set_members(object, news);
	return object;
}
