/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/report.h"

#include <string.h>

#include "common/codec/timefmt.h"

#define AWS_LIMIT (300 * NSEC_PER_SEC) /* of AWS services other than S3 */

/* Time zones lie at whole half hours (but for a few quarters), up to 14 h off UTC. */
#define ZONE_STEP (30 * NSEC_PER_MIN)
#define ZONE_MOST (14 * NSEC_PER_HOUR)
#define ZONE_NEAR (2 * NSEC_PER_SEC)

/* An engine may tell any time at all. */
static int64_t add(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return a < 0 ? INT64_MIN + 1 : INT64_MAX;
	return sum;
}

int64_t reading_host_time(const struct reading *r)
{
	return add(r->measured.anchor, r->measured.when);
}

int64_t reading_engine_time(const struct reading *r)
{
	return add(reading_host_time(r), interval_offset(r->measured.offset));
}

/* --- Words. */

static bool is_host(const char *reference)
{
	return strcmp(reference, "host") == 0;
}

/* "host" is this machine; of "https://s3.example.com/x" and "ntp:a,b" the names count. */
static void say_reference(const char *reference, struct buf *out)
{
	const char *name = reference;

	if (is_host(reference)) {
		buf_str(out, "this machine");
		return;
	}
	if (strncmp(name, "ntp:", 4) == 0) {
		buf_str(out, name + 4);
		return;
	}
	if (strstr(name, "://"))
		name = strstr(name, "://") + 3;
	buf_add(out, name, strcspn(name, "/?#"));
}

static const char *direction(int64_t offset)
{
	return offset < 0 ? "behind" : "ahead";
}

/* "17 min 3.2 s behind this machine (±4 ms)"; without a reference: "0.2 ms ahead (±1.8 ms)". */
static void say_offset(struct interval offset, const char *reference, struct buf *out)
{
	int64_t middle = interval_offset(offset), bound = interval_bound(offset);
	char text[OFFSET_TEXT];

	if (offset_text_within(text, middle, bound))
		buf_fmt(out, "%s %s", text, direction(middle));
	else
		buf_str(out, "in step");
	if (reference) {
		if (!offset_text_within(text, middle, bound))
			buf_str(out, " with");
		else if (middle > 0)
			buf_str(out, " of");
		buf_char(out, ' ');
		say_reference(reference, out);
	}
	buf_fmt(out, " (±%s)", bound_text(text, bound));
}

/* "in step with this machine (0.4 ms ahead, ±3 ms)" */
static void say_in_step(const struct reading *r, struct buf *out)
{
	int64_t middle = interval_offset(r->offset), bound = interval_bound(r->offset);
	char text[OFFSET_TEXT];

	buf_str(out, "in step with ");
	say_reference(r->reference, out);
	buf_str(out, " (");
	if (offset_text_within(text, middle, bound))
		buf_fmt(out, "%s %s, ", text, direction(middle));
	buf_fmt(out, "±%s)", bound_text(text, bound));
}

/* Where no direction can be seen, it is not to sound as if the clocks were in step. */
static void say_unknown(const struct reading *r, struct buf *out)
{
	char text[OFFSET_TEXT];

	if (offset_text_within(text, interval_offset(r->offset), interval_bound(r->offset))) {
		say_offset(r->offset, r->reference, out);
		return;
	}
	buf_fmt(out, "within %s of ", bound_text(text, interval_most(r->offset)));
	say_reference(r->reference, out);
}

static bool looks_like_zone(struct interval offset)
{
	int64_t size = interval_offset(offset), near = interval_bound(offset) + ZONE_NEAR, rest;

	size = size < 0 ? -size : size;
	rest = (size + ZONE_STEP / 2) % ZONE_STEP - ZONE_STEP / 2;
	return near < ZONE_STEP / 2 && size >= ZONE_STEP - near && size <= ZONE_MOST + near &&
	       rest >= -near && rest <= near;
}

/* What an offset of this size means in practice. */
static void say_consequence(struct interval offset, struct buf *out)
{
	int64_t least = interval_least(offset);

	if (least > S3_LIMIT)
		buf_str(out, "; S3 refuses requests beyond 15 min");
	else if (least > AWS_LIMIT)
		buf_str(out, "; S3 refuses requests beyond 15 min, other AWS services beyond 5");
	if (looks_like_zone(offset))
		buf_str(out, "; compared in UTC: this is no difference of time zones, but a "
			     "hardware clock that keeps local time makes one");
}

/* --- check */

void report_check_text(const struct reading *r, enum verdict verdict, int64_t tolerance,
		       struct buf *out)
{
	char text[OFFSET_TEXT];

	buf_str(out, "engine ");
	switch (verdict) {
	case VERDICT_SAME_CLOCK:
		buf_str(out, "has the clock of this machine: both run on one kernel");
		if (!is_host(r->reference)) {
			buf_str(out, "; it is ");
			say_in_step(r, out);
		}
		break;
	case VERDICT_IN_STEP:
		buf_str(out, "is ");
		say_in_step(r, out);
		buf_str(out, ", compared in UTC: time zones play no part");
		break;
	case VERDICT_OUT_OF_STEP:
		buf_str(out, "is ");
		say_offset(r->offset, r->reference, out);
		say_consequence(r->offset, out);
		break;
	case VERDICT_UNKNOWN:
		buf_str(out, "is ");
		say_unknown(r, out);
		buf_fmt(out, ": cannot tell whether it is within %s; %s",
			offset_text(text, tolerance),
			r->measured.method == METHOD_INFO ? "try --precise" : "measure again");
		break;
	}
}

/* --- S3 */

int64_t s3_margin_behind(struct interval offset)
{
	return add(offset.lo, S3_LIMIT);
}

int64_t s3_margin_ahead(struct interval offset)
{
	return time_diff(S3_LIMIT, offset.hi);
}

enum s3_answer s3_answer(struct interval offset)
{
	if (offset.lo >= -S3_LIMIT && offset.hi <= S3_LIMIT)
		return S3_ACCEPTED;
	return interval_least(offset) > S3_LIMIT ? S3_REFUSED : S3_UNCERTAIN;
}

const char *s3_answer_name(enum s3_answer answer)
{
	static const char *const names[] = {
		[S3_ACCEPTED] = "accepted",
		[S3_REFUSED] = "refused",
		[S3_UNCERTAIN] = "uncertain",
	};

	return names[answer];
}

/* By the worse end: what is left is certain, and what is too much may be less. */
static void say_margin(int64_t margin, const char *way, struct buf *out)
{
	char text[OFFSET_TEXT];

	if (margin < 0)
		buf_fmt(out, ", up to %s too far %s", offset_text(text, margin), way);
	else
		buf_fmt(out, ", with %s to spare %s", offset_text(text, margin), way);
}

static void say_margins(struct interval offset, struct buf *out)
{
	say_margin(s3_margin_behind(offset), "behind", out);
	say_margin(s3_margin_ahead(offset), "ahead", out);
}

void report_s3_text(const struct s3_reading *s3, struct buf *out)
{
	char behind[OFFSET_TEXT], ahead[OFFSET_TEXT];

	buf_str(out, "engine is ");
	say_offset(s3->offset, s3->url, out);
	switch (s3_answer(s3->offset)) {
	case S3_ACCEPTED:
		buf_fmt(out,
			": it accepts requests, until the engine falls back by another %s or gains "
			"another %s",
			offset_text(behind, s3_margin_behind(s3->offset)),
			offset_text(ahead, s3_margin_ahead(s3->offset)));
		break;
	case S3_REFUSED:
		buf_str(out, ": it refuses requests (RequestTimeTooSkewed, beyond 15 min)");
		say_margins(s3->offset, out);
		break;
	case S3_UNCERTAIN:
		buf_str(out, ": whether it refuses requests (beyond 15 min) is too close to tell");
		say_margins(s3->offset, out);
		break;
	}
}

/* --- sync */

static void say_override(const struct sync_report *r, struct buf *out)
{
	buf_str(out, "\nIf ");
	if (is_host(r->before->reference)) {
		buf_str(out, "this machine's clock");
	} else {
		buf_str(out, "the time of ");
		say_reference(r->before->reference, out);
	}
	buf_str(out, " is the right one, say --override.");
}

/* What lifts a refusal, but for --override. NULL: nothing does. */
static const char *way_out(const struct sync_report *r)
{
	switch (r->decision.reason) {
	case REASON_HOST_WRONG:
		return "Correct this machine's clock first.";
	case REASON_MAX_STEP:
		return "A larger --max-step allows it (0: any).";
	case REASON_BACKWARD:
		return interval_most(r->before->offset) <= DECIDE_SLEW_MOST
			       ? "--slew takes it back bit by bit."
			       : "Without --no-backward it is stepped back.";
	case REASON_SAME_CLOCK:
		return "Correct this machine's own clock: docker timesync never sets it.";
	case REASON_KERNELS_UNKNOWN:
		return "A clock that may be this machine's own is never set.";
	case REASON_IN_STEP:
	case REASON_UNCERTAIN:
	case REASON_DENIED:
	case REASON_BEHIND:
	case REASON_AHEAD:
	case REASON_REMOTE:
	case REASON_SYNCHRONISED:
		break;
	}
	return NULL;
}

static void say_time(const char *name, int64_t t, struct buf *out)
{
	char text[TIME_TEXT];

	buf_fmt(out, "\n  %-14s %s", name, time_format_rfc3339(text, t - t % NSEC_PER_MSEC, 1));
}

static void say_clocks(const struct reading *r, struct buf *out)
{
	say_time("engine", reading_engine_time(r), out);
	say_time("this machine", reading_host_time(r), out);
	if (!is_host(r->reference))
		say_time("reference", time_diff(reading_engine_time(r), interval_offset(r->offset)),
			 out);
}

static void say_refused(const struct sync_report *r, struct buf *out)
{
	enum reason reason = r->decision.reason;
	const char *hint = r->mend ? NULL : way_out(r);

	buf_fmt(out, ": %s corrected: %s", r->dry_run ? "would not be" : "not",
		r->mend     ? r->mend
		: r->cannot ? r->cannot
			    : reason_text(r->decision.reason));
	say_clocks(r->before, out);
	if (hint)
		buf_fmt(out, "\n%s", hint);
	if (!r->mend && (reason == REASON_REMOTE || reason == REASON_SYNCHRONISED))
		say_override(r, out);
}

static void say_after(const struct sync_report *r, struct buf *out)
{
	if (!r->after) {
		buf_str(out, ", and not measured since");
		return;
	}
	buf_str(out, r->decision.action == ACTION_SLEW ? "; still " : "; now ");
	say_offset(r->after->offset, NULL, out);
	if (r->decision.action == ACTION_STEP && interval_least(r->after->offset) > DECIDE_LEAST)
		buf_str(out, " again: something else sets that clock, too");
}

static void say_set(const struct sync_report *r, struct buf *out)
{
	const char *way = r->decision.delta < 0 ? "back" : "forward";
	bool slew = r->decision.action == ACTION_SLEW;
	int64_t size = r->decision.delta < 0 ? -r->decision.delta : r->decision.delta;
	char text[OFFSET_TEXT];

	buf_fmt(out, ": %s%s %s",
		r->dry_run ? "would be "
		: slew     ? "being "
			   : "",
		slew ? "slewed" : "stepped", way);
	if (slew)
		buf_fmt(out, ", which takes %s",
			offset_text(text, size * (1000000 / DECIDE_SLEW_PPM)));
	if (!r->dry_run)
		say_after(r, out);
}

static void say_nothing_to_do(const struct sync_report *r, struct buf *out)
{
	const struct reading *before = r->before;
	int64_t most = interval_most(before->offset);
	char text[OFFSET_TEXT];

	if (r->decision.reason == REASON_UNCERTAIN && most > DECIDE_TOLERANCE) {
		buf_str(out, "may be off ");
		say_reference(before->reference, out);
		buf_fmt(out, " by up to %s: cannot tell more exactly, and nothing was set",
			offset_text(text, most));
		return;
	}
	buf_str(out, "is ");
	say_in_step(before, out);
	buf_fmt(out, "; %s", reason_text(r->decision.reason));
}

void report_sync_text(const struct sync_report *r, struct buf *out)
{
	const struct reading *before = r->before;
	bool done = r->after && !r->dry_run && !r->cannot;

	buf_str(out, "engine ");
	if (r->decision.action == ACTION_NONE) {
		if (r->decision.reason == REASON_SAME_CLOCK) {
			buf_str(out, "has the clock of this machine: both run on one kernel; "
				     "nothing to correct");
			if (r->mend)
				buf_fmt(out, "\n%s", r->mend);
			return;
		}
		say_nothing_to_do(r, out);
		return;
	}
	buf_str(out, done ? "was " : "is ");
	say_offset(before->offset, before->reference, out);
	if (r->decision.action == ACTION_REFUSE || r->cannot)
		say_refused(r, out);
	else
		say_set(r, out);
}
