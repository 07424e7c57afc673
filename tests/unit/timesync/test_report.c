/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/codec/json.h"
#include "plugins/timesync/compare.h"
#include "plugins/timesync/report.h"
#include "tests/unit/random.h"

#define US  NSEC_PER_USEC
#define MS  NSEC_PER_MSEC
#define SEC NSEC_PER_SEC
#define MIN NSEC_PER_MIN
#define HR  NSEC_PER_HOUR
#define DAY NSEC_PER_DAY

static const struct {
	int64_t ns;
	const char *text, *why;
} offsets[] = {
	{ 0, "0 ns", "nothing at all" },
	{ 7, "7 ns", "nanoseconds are whole" },
	{ 999, "999 ns", "the last before the next unit" },
	{ 1000, "1 us", "a microsecond, without zeros behind a point" },
	{ 12000, "12 us", "whole microseconds" },
	{ 12345, "12.3 us", "three digits" },
	{ 4100 * US, "4.1 ms", "one decimal is enough" },
	{ 340 * MS, "340 ms", "whole" },
	{ 1250 * MS, "1.25 s", "two decimals" },
	{ 1005 * MS, "1.01 s", "rounded, half up" },
	{ 30 * SEC + 200 * MS, "30.2 s", "three digits again" },
	{ 59 * SEC + 940 * MS, "59.9 s", "just below the minute" },
	{ 59 * SEC + 960 * MS, "1 min", "rounding makes a minute" },
	{ 999500, "1 ms", "rounding makes a millisecond" },
	{ 17 * MIN + 3 * SEC + 214 * MS, "17 min 3.2 s", "the issue's" },
	{ 17 * MIN + 960 * MS, "17 min 1 s", "no .0" },
	{ 20 * MIN, "20 min", "no zero seconds" },
	{ 59 * MIN + 59 * SEC + 960 * MS, "1 h", "rounding makes an hour" },
	{ 2 * HR + 5 * MIN + 29 * SEC, "2 h 5 min", "minutes from an hour on" },
	{ 23 * HR + 59 * MIN + 31 * SEC, "1 d", "rounding makes a day" },
	{ 3 * DAY + 4 * HR + 29 * MIN, "3 d 4 h", "hours from a day on" },
	{ 3 * DAY, "3 d", "no zero hours" },
	{ -1250 * MS, "1.25 s", "magnitude only" },
	{ INT64_MIN, "106751 d 23 h", "the most" },
	{ INT64_MAX, "106751 d 23 h", "the most, the other way" },
};

START_TEST(texts_of_offsets)
{
	char text[OFFSET_TEXT];

	ck_assert_msg(strcmp(offset_text(text, offsets[_i].ns), offsets[_i].text) == 0,
		      "%s: \"%s\", not \"%s\"", offsets[_i].why, text, offsets[_i].text);
}
END_TEST

static const struct {
	int64_t ns, bound;
	const char *text, *bounded, *why;
} withins[] = {
	{ 400 * US, 3 * MS, "400 us", "3 ms", "one digit below the bound's first" },
	{ 430 * US, 3 * MS, "400 us", "3 ms", "not two" },
	{ 30 * US, 3 * MS, NULL, "3 ms", "nothing is left" },
	{ 60 * US, 3 * MS, "100 us", "3 ms", "rounded to the place that is left" },
	{ 1234 * MS, 300 * MS, "1.23 s", "300 ms", "two places below" },
	{ 1234 * MS, 3 * SEC, "1.2 s", "3 s", "two digits" },
	{ 12345 * US, 1800 * US, "12.3 ms", "1.8 ms", "as fine as the bound" },
	{ 17 * MIN + 3214 * MS, 4 * MS, "17 min 3.2 s", "4 ms",
	  "two units, however fine the bound" },
	{ 17 * MIN + 3214 * MS, 20 * SEC, "17 min 3 s", "20 s", "whole seconds" },
	{ 3 * DAY + 4 * HR, 1, "3 d 4 h", "1 ns", "days" },
	{ 0, 0, NULL, "0 ns", "two clocks that are one" },
	{ 5, 0, "5 ns", "0 ns", "no bound" },
	{ 4 * MS, 1801 * US, "4 ms", "1.9 ms", "bounds are rounded up" },
	{ 4 * MS, 996 * US, "4 ms", "1 ms", "up to the next unit" },
	{ 2 * SEC, 61 * SEC, "2 s", "1 min 1 s", "a bound of minutes" },
	{ 200 * MS, 30 * SEC, NULL, "30 s", "less than a second of thirty" },
};

START_TEST(texts_within_bounds)
{
	char text[OFFSET_TEXT], bounded[OFFSET_TEXT];
	const char *got = offset_text_within(text, withins[_i].ns, withins[_i].bound);

	if (withins[_i].text)
		ck_assert_msg(got && strcmp(got, withins[_i].text) == 0, "%s: \"%s\", not \"%s\"",
			      withins[_i].why, got ? got : "(none)", withins[_i].text);
	else
		ck_assert_msg(!got, "%s: \"%s\"", withins[_i].why, got);
	ck_assert_msg(strcmp(bound_text(bounded, withins[_i].bound), withins[_i].bounded) == 0,
		      "%s: \"%s\", not \"%s\"", withins[_i].why, bounded, withins[_i].bounded);
}
END_TEST

/* Reads a text back; *place is the value of its last digit. */
static int64_t read_back(const char *text, int64_t *place)
{
	static const struct {
		const char *name;
		int64_t ns;
	} units[] = { { "d", DAY }, { "h", HR },  { "min", MIN }, { "s", SEC },
		      { "ms", MS }, { "us", US }, { "ns", 1 } };
	int64_t sum = 0;
	int parts = 0;

	while (*text) {
		char number[32], name[8];
		int len = 0;
		const char *point;
		int64_t digits = 0, unit = 0;

		ck_assert_int_eq(sscanf(text, " %31[0-9.] %7[a-z]%n", number, name, &len), 2);
		for (size_t i = 0; i < array_len(units); i++)
			if (strcmp(units[i].name, name) == 0)
				unit = units[i].ns;
		ck_assert_msg(unit != 0, "unit %s", name);
		point = strchr(number, '.');
		for (const char *p = number; *p; p++)
			if (*p != '.')
				digits = digits * 10 + (*p - '0');
		for (const char *p = point ? point + 1 : ""; *p; p++)
			unit /= 10;
		sum += digits * unit;
		*place = unit;
		text += len;
		parts++;
	}
	ck_assert_int_ge(parts, 1);
	ck_assert_int_le(parts, 2);
	return sum;
}

/* Half a unit in the last place that the rules allow, the first digit's weight being `size`. */
static int64_t allowed(int64_t size)
{
	int64_t place = 1;

	if (size >= DAY)
		return HR / 2;
	if (size >= HR)
		return MIN / 2;
	if (size >= MIN)
		return 50 * MS;
	while (size / place >= 1000)
		place *= 10;
	return place / 2;
}

START_TEST(texts_read_back)
{
	struct random random = random_start();

	for (int i = 0; i < 20000; i++) {
		int64_t ns = random_magnitude(&random), bound = random_magnitude(&random);
		char text[OFFSET_TEXT], bounded[OFFSET_TEXT];
		int64_t place = 0, back;

		/* Texts of the largest times end a little above what an integer holds. */
		ns /= 4;
		bound /= 4;
		back = read_back(offset_text(text, ns), &place);
		ck_assert_msg(llabs(back - ns) <= allowed(ns),
			      "%" PRId64 " is told as %s; " RANDOM_SEED, ns, text,
			      (unsigned long long)random.seed);
		back = read_back(bound_text(bounded, bound), &place);
		ck_assert_msg(back >= bound && back - bound <= (bound < MIN ? bound / 10
									    : 2 * allowed(bound)),
			      "bound %" PRId64 " is told as %s; " RANDOM_SEED, bound, bounded,
			      (unsigned long long)random.seed);
		if (!offset_text_within(text, ns, bound)) {
			ck_assert_msg(ns <= bound,
				      "%" PRId64 " within %" PRId64 " is not told; " RANDOM_SEED,
				      ns, bound, (unsigned long long)random.seed);
			continue;
		}
		back = read_back(text, &place);
		ck_assert_msg(llabs(back - ns) <= allowed(ns) + bound / 2,
			      "%" PRId64 " within %" PRId64 " is told as %s; " RANDOM_SEED, ns,
			      bound, text, (unsigned long long)random.seed);
	}
}
END_TEST

static struct reading reading(int64_t offset, int64_t bound, const char *reference)
{
	return (struct reading){
		.measured = { .method = METHOD_HELPER,
			      .offset = { offset - bound, offset + bound },
			      .when = 100 * SEC,
			      .anchor = INT64_C(1795498123) * SEC,
			      .samples = 12,
			      .delay = 2 * bound },
		.reference = reference,
		.offset = { offset - bound, offset + bound },
	};
}

static const struct {
	int64_t offset, bound;
	const char *reference;
	enum verdict verdict;
	enum method method;
	const char *text, *why;
} checks[] = {
	{ -(17 * MIN + 3214 * MS), 4 * MS, "host", VERDICT_OUT_OF_STEP, METHOD_HELPER,
	  "engine is 17 min 3.2 s behind this machine (±4 ms); S3 refuses requests beyond 15 min",
	  "the issue's" },
	{ 400 * US, 3 * MS, "host", VERDICT_IN_STEP, METHOD_HELPER,
	  "engine is in step with this machine (400 us ahead, ±3 ms), compared in UTC: time zones "
	  "play no part",
	  "in step" },
	{ 10 * US, 3 * MS, "host", VERDICT_IN_STEP, METHOD_INFO,
	  "engine is in step with this machine (±3 ms), compared in UTC: time zones play no part",
	  "no difference to be seen" },
	{ 2 * SEC, 20 * MS, "host", VERDICT_OUT_OF_STEP, METHOD_INFO,
	  "engine is 2 s ahead of this machine (±20 ms)", "too small for S3 to mind" },
	{ 6 * MIN, 20 * MS, "host", VERDICT_OUT_OF_STEP, METHOD_INFO,
	  "engine is 6 min ahead of this machine (±20 ms); S3 refuses requests beyond 15 min, "
	  "other "
	  "AWS services beyond 5",
	  "others mind" },
	{ 15 * MIN + 10 * MS, 20 * MS, "host", VERDICT_OUT_OF_STEP, METHOD_INFO,
	  "engine is 15 min ahead of this machine (±20 ms); S3 refuses requests beyond 15 min, "
	  "other "
	  "AWS services beyond 5",
	  "perhaps not beyond 15 min" },
	{ 2 * HR + SEC, 20 * MS, "host", VERDICT_OUT_OF_STEP, METHOD_INFO,
	  "engine is 2 h ahead of this machine (±20 ms); S3 refuses requests beyond 15 min; "
	  "compared "
	  "in UTC: this is no difference of time zones, but a hardware clock that keeps local time "
	  "makes one",
	  "looks like a zone" },
	{ -(5 * HR + 30 * MIN), 20 * MS, "host", VERDICT_OUT_OF_STEP, METHOD_INFO,
	  "engine is 5 h 30 min behind this machine (±20 ms); S3 refuses requests beyond 15 min; "
	  "compared in UTC: this is no difference of time zones, but a hardware clock that keeps "
	  "local time makes one",
	  "India" },
	{ 3 * DAY, 20 * MS, "host", VERDICT_OUT_OF_STEP, METHOD_INFO,
	  "engine is 3 d ahead of this machine (±20 ms); S3 refuses requests beyond 15 min",
	  "no zone is so far" },
	{ 2 * HR + 10 * SEC, 20 * MS, "host", VERDICT_OUT_OF_STEP, METHOD_INFO,
	  "engine is 2 h ahead of this machine (±20 ms); S3 refuses requests beyond 15 min",
	  "not near enough to a zone" },
	{ 4 * MS, 700 * MS, "host", VERDICT_UNKNOWN, METHOD_INFO,
	  "engine is within 710 ms of this machine: cannot tell whether it is within 500 ms; try "
	  "--precise",
	  "too wide" },
	{ 600 * MS, 700 * MS, "host", VERDICT_UNKNOWN, METHOD_HELPER,
	  "engine is 600 ms ahead of this machine (±700 ms): cannot tell whether it is within 500 "
	  "ms; "
	  "measure again",
	  "too wide though precise" },
	{ -2 * SEC, 20 * MS, "ntp:time.example.com", VERDICT_OUT_OF_STEP, METHOD_INFO,
	  "engine is 2 s behind time.example.com (±20 ms)", "an NTP server" },
	{ -2 * SEC, 20 * MS, "ntp:a.example.com,b.example.com", VERDICT_OUT_OF_STEP, METHOD_INFO,
	  "engine is 2 s behind a.example.com,b.example.com (±20 ms)", "several" },
	{ 2 * SEC, 20 * MS, "https://s3.example.com/bucket", VERDICT_OUT_OF_STEP, METHOD_INFO,
	  "engine is 2 s ahead of s3.example.com (±20 ms)", "a server's Date" },
	{ 0, 1, "host", VERDICT_SAME_CLOCK, METHOD_HELPER,
	  "engine has the clock of this machine: both run on one kernel", "the same clock" },
	{ MS, 20 * MS, "ntp:a.example.com", VERDICT_SAME_CLOCK, METHOD_HELPER,
	  "engine has the clock of this machine: both run on one kernel; it is in step with "
	  "a.example.com (1 ms ahead, ±20 ms)",
	  "the same clock, against a server" },
};

START_TEST(check_lines)
{
	struct reading r = reading(checks[_i].offset, checks[_i].bound, checks[_i].reference);
	scoped_buf out = { 0 };

	buf_init(&out, 4096);
	r.measured.method = checks[_i].method;
	report_check_text(&r, checks[_i].verdict, DECIDE_TOLERANCE, &out);
	ck_assert_msg(strcmp(out.data, checks[_i].text) == 0, "%s:\n%s\nnot\n%s", checks[_i].why,
		      out.data, checks[_i].text);
}
END_TEST

static const struct {
	int64_t offset, bound, behind, ahead;
	enum s3_answer answer;
	const char *text, *why;
} margins[] = {
	{ 0, 0, 900 * SEC, 900 * SEC, S3_ACCEPTED,
	  "engine is in step with s3.example.com (±0 ns): it accepts requests, until the engine "
	  "falls back by another 15 min or gains another 15 min",
	  "in step" },
	{ -600 * SEC, SEC, 299 * SEC, 1499 * SEC, S3_ACCEPTED,
	  "engine is 10 min behind s3.example.com (±1 s): it accepts requests, until the engine "
	  "falls back by another 4 min 59 s or gains another 24 min 59 s",
	  "the worse end counts, in both directions" },
	{ -1200 * SEC, SEC, -301 * SEC, 2099 * SEC, S3_REFUSED,
	  "engine is 20 min behind s3.example.com (±1 s): it refuses requests "
	  "(RequestTimeTooSkewed, beyond 15 min), up to 5 min 1 s too far behind, with 34 min 59 s "
	  "to spare ahead",
	  "refused" },
	{ 901 * SEC + 1, SEC, 1800 * SEC + 1, -2 * SEC - 1, S3_REFUSED,
	  "engine is 15 min 1 s ahead of s3.example.com (±1 s): it refuses requests "
	  "(RequestTimeTooSkewed, beyond 15 min), with 30 min to spare behind, up to 2 s too far "
	  "ahead",
	  "refused, just so" },
	{ 900 * SEC, SEC, 1799 * SEC, -SEC, S3_UNCERTAIN,
	  "engine is 15 min ahead of s3.example.com (±1 s): whether it refuses requests (beyond 15 "
	  "min) is too close to tell, with 29 min 59 s to spare behind, up to 1 s too far ahead",
	  "on the edge" },
	{ 0, 1000 * SEC, -100 * SEC, -100 * SEC, S3_UNCERTAIN,
	  "engine is in step with s3.example.com (±16 min 40 s): whether it refuses requests "
	  "(beyond 15 min) is too close to tell, up to 1 min 40 s too far behind, up to 1 min 40 s "
	  "too "
	  "far ahead",
	  "measured too badly" },
	{ 899 * SEC, SEC, 1798 * SEC, 0, S3_ACCEPTED,
	  "engine is 14 min 59 s ahead of s3.example.com (±1 s): it accepts requests, until the "
	  "engine falls back by another 29 min 58 s or gains another 0 ns",
	  "exactly 900 s is accepted" },
};

START_TEST(s3_lines)
{
	struct interval i = { margins[_i].offset - margins[_i].bound,
			      margins[_i].offset + margins[_i].bound };
	struct s3_reading s3 = { .url = "https://s3.example.com/bucket/key?x", .offset = i };
	scoped_buf out = { 0 };

	buf_init(&out, 4096);
	report_s3_text(&s3, &out);
	ck_assert_msg(strcmp(out.data, margins[_i].text) == 0, "%s:\n%s\nnot\n%s", margins[_i].why,
		      out.data, margins[_i].text);
	ck_assert_msg(s3_margin_behind(i) == margins[_i].behind, "%s: behind", margins[_i].why);
	ck_assert_msg(s3_margin_ahead(i) == margins[_i].ahead, "%s: ahead", margins[_i].why);
	ck_assert_msg(s3_answer(i) == margins[_i].answer, "%s: answer", margins[_i].why);
}
END_TEST

START_TEST(margins_do_not_overflow)
{
	struct interval i = { -INTERVAL_LIMIT, INTERVAL_LIMIT };

	ck_assert_int_lt(s3_margin_behind(i), 0);
	ck_assert_int_lt(s3_margin_ahead(i), 0);
	i.lo = INTERVAL_LIMIT;
	ck_assert_int_gt(s3_margin_behind(i), 0);
	ck_assert_int_eq(s3_answer(i), S3_REFUSED);
}
END_TEST

#define NO_AFTER INT64_MAX

static const struct {
	int64_t offset, bound, after;
	enum action action;
	enum reason reason;
	bool dry_run;
	const char *mend, *text, *why;
} syncs[] = {
	{ -(17 * MIN + 3214 * MS), 4 * MS, 200 * US, ACTION_STEP, REASON_BEHIND, false, NULL,
	  "engine was 17 min 3.2 s behind this machine (±4 ms): stepped forward; now 200 us ahead "
	  "(±1.8 ms)",
	  "the usual" },
	{ 30 * SEC, 4 * MS, 10 * US, ACTION_STEP, REASON_AHEAD, false, NULL,
	  "engine was 30 s ahead of this machine (±4 ms): stepped back; now in step (±1.8 ms)",
	  "back" },
	{ 30 * SEC, 4 * MS, NO_AFTER, ACTION_STEP, REASON_AHEAD, true, NULL,
	  "engine is 30 s ahead of this machine (±4 ms): would be stepped back", "a dry run" },
	{ -30 * SEC, 4 * MS, -30 * SEC, ACTION_STEP, REASON_BEHIND, false, NULL,
	  "engine was 30 s behind this machine (±4 ms): stepped forward; now 30 s behind (±1.8 ms) "
	  "again: something else sets that clock, too",
	  "an agent that sets it back" },
	{ -100 * MS, 2 * MS, -100 * MS, ACTION_SLEW, REASON_BEHIND, false, NULL,
	  "engine was 100 ms behind this machine (±2 ms): being slewed forward, which takes 3 min "
	  "20 s; still 100 ms behind (±1.8 ms)",
	  "a slew takes its time" },
	{ 100 * MS, 2 * MS, NO_AFTER, ACTION_SLEW, REASON_AHEAD, true, NULL,
	  "engine is 100 ms ahead of this machine (±2 ms): would be slewed back, which takes 3 min "
	  "20 s",
	  "a slew that would be" },
	{ MS, 3 * MS, NO_AFTER, ACTION_NONE, REASON_IN_STEP, false, NULL,
	  "engine is in step with this machine (1 ms ahead, ±3 ms); nothing to correct",
	  "in step" },
	{ 20 * MS, 30 * MS, NO_AFTER, ACTION_NONE, REASON_UNCERTAIN, false, NULL,
	  "engine is in step with this machine (20 ms ahead, ±30 ms); the offset is no larger than "
	  "its bound",
	  "uncertain" },
	{ 0, 1, NO_AFTER, ACTION_NONE, REASON_SAME_CLOCK, false, NULL,
	  "engine has the clock of this machine: both run on one kernel; nothing to correct",
	  "the same clock" },
	{ 0, 1, NO_AFTER, ACTION_NONE, REASON_SAME_CLOCK, false, "Try hwclock -s.",
	  "engine has the clock of this machine: both run on one kernel; nothing to correct\n"
	  "Try hwclock -s.",
	  "the same clock, with a hint" },
	{ -20 * MIN, 4 * MS, NO_AFTER, ACTION_REFUSE, REASON_REMOTE, false, NULL,
	  "engine is 20 min behind this machine (±4 ms): not corrected: the engine is on another "
	  "host, whose clock is not this machine's\n"
	  "  engine         2026-11-24T05:10:23Z\n"
	  "  this machine   2026-11-24T05:30:23Z\n"
	  "If this machine's clock is the right one, say --override.",
	  "both readings" },
	{ -20 * MIN, 4 * MS, NO_AFTER, ACTION_REFUSE, REASON_MAX_STEP, true, NULL,
	  "engine is 20 min behind this machine (±4 ms): would not be corrected: the correction is "
	  "larger than --max-step\n"
	  "  engine         2026-11-24T05:10:23Z\n"
	  "  this machine   2026-11-24T05:30:23Z\n"
	  "A larger --max-step allows it (0: any).",
	  "refused in a dry run" },
	{ MIN, 4 * MS, NO_AFTER, ACTION_REFUSE, REASON_BACKWARD, false, NULL,
	  "engine is 1 min ahead of this machine (±4 ms): not corrected: the clock would go "
	  "backward, and --no-backward is given\n"
	  "  engine         2026-11-24T05:31:23Z\n"
	  "  this machine   2026-11-24T05:30:23Z\n"
	  "Without --no-backward it is stepped back.",
	  "too far for a slew" },
	{ 250 * MS, 4 * MS, NO_AFTER, ACTION_REFUSE, REASON_BACKWARD, false, NULL,
	  "engine is 250 ms ahead of this machine (±4 ms): not corrected: the clock would go "
	  "backward, and --no-backward is given\n"
	  "  engine         2026-11-24T05:30:23.25Z\n"
	  "  this machine   2026-11-24T05:30:23Z\n"
	  "--slew takes it back bit by bit.",
	  "near enough for one" },
	{ 1500 * MS, 4 * MS, NO_AFTER, ACTION_REFUSE, REASON_DENIED, false,
	  "the engine is rootless; run: colima ssh -- sudo hwclock -s",
	  "engine is 1.5 s ahead of this machine (±4 ms): not corrected: the engine is rootless; "
	  "run: "
	  "colima ssh -- sudo hwclock -s\n"
	  "  engine         2026-11-24T05:30:24.5Z\n"
	  "  this machine   2026-11-24T05:30:23Z",
	  "the mend says it all" },
};

START_TEST(sync_lines)
{
	struct reading before = reading(syncs[_i].offset, syncs[_i].bound, "host");
	struct reading after = reading(syncs[_i].after, 0, "host");
	struct sync_report r = {
		.before = &before,
		.decision = { .action = syncs[_i].action, .reason = syncs[_i].reason },
		.address = "unix:///x",
		.dry_run = syncs[_i].dry_run,
		.mend = syncs[_i].mend,
		.attempts = 1,
	};
	scoped_buf out = { 0 };

	buf_init(&out, 4096);
	if (r.decision.action == ACTION_STEP || r.decision.action == ACTION_SLEW)
		r.decision.delta = -syncs[_i].offset;
	if (syncs[_i].after != NO_AFTER) {
		after.offset = interval_widen(after.offset, 1800 * US);
		r.after = &after;
	}
	report_sync_text(&r, &out);
	ck_assert_msg(strcmp(out.data, syncs[_i].text) == 0, "%s:\n%s\nnot\n%s", syncs[_i].why,
		      out.data, syncs[_i].text);
}
END_TEST

START_TEST(sync_against_a_server_tells_three_clocks)
{
	struct reading before = reading(-20 * MIN, MS, "ntp:time.example.com");
	struct sync_report r = { .before = &before,
				 .decision = { .action = ACTION_REFUSE,
					       .reason = REASON_SYNCHRONISED } };
	scoped_buf out = { 0 };

	buf_init(&out, 4096);
	before.offset = (struct interval){ -25 * MIN, -25 * MIN };
	report_sync_text(&r, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "engine         2026-11-24T05:10:23Z"));
	ck_assert_ptr_nonnull(strstr(out.data, "this machine   2026-11-24T05:30:23Z"));
	ck_assert_ptr_nonnull(strstr(out.data, "reference      2026-11-24T05:35:23Z"));
	ck_assert_ptr_nonnull(strstr(
		out.data, "\nIf the time of time.example.com is the right one, say --override."));
}
END_TEST

static void assert_json(json_t *got, const char *want)
{
	json_error_t wrong;
	json_t *expected = json_loads(want, 0, &wrong);
	char *text = json_dumps(got, JSON_INDENT(1));

	ck_assert_msg(expected != NULL, "%s", wrong.text);
	ck_assert_msg(json_equal(got, expected), "%s\nnot\n%s", text, want);
	free(text);
	json_decref(expected);
	json_decref(got);
}

#define READING_JSON                                                                       \
	"\"offset_ns\": -1200000000000, \"bound_ns\": 4000000, \"lo_ns\": -1200004000000," \
	"\"hi_ns\": -1199996000000, \"method\": \"helper\", \"reference\": \"host\","      \
	"\"samples\": 12, \"delay_ns\": 8000000, \"host_time\": \"2026-11-24T05:30:23Z\"," \
	"\"engine_time\": \"2026-11-24T05:10:23Z\""

START_TEST(check_document)
{
	struct reading r = reading(-20 * MIN, 4 * MS, "host");
	struct s3_reading s3 = { .url = "https://s3.example.com", .offset = { -SEC, SEC } };

	assert_json(report_check_json(&r, VERDICT_OUT_OF_STEP, DECIDE_TOLERANCE, "unix:///x", NULL),
		    "{" READING_JSON ", \"verdict\": \"out-of-step\", \"tolerance_ns\": 500000000,"
		    "\"engine\": \"unix:///x\"}");
	assert_json(report_check_json(&r, VERDICT_OUT_OF_STEP, DECIDE_TOLERANCE, "unix:///x", &s3),
		    "{" READING_JSON ", \"verdict\": \"out-of-step\", \"tolerance_ns\": 500000000,"
		    "\"engine\": \"unix:///x\", \"s3\": {\"url\": \"https://s3.example.com\","
		    "\"offset_ns\": 0, \"bound_ns\": 1000000000, \"lo_ns\": -1000000000,"
		    "\"hi_ns\": 1000000000, \"limit_ns\": 900000000000,"
		    "\"margin_behind_ns\": 899000000000, \"margin_ahead_ns\": 899000000000,"
		    "\"requests\": \"accepted\"}}");
}
END_TEST

START_TEST(sync_document)
{
	struct reading before = reading(-20 * MIN, 4 * MS, "host");
	struct sync_report r = {
		.before = &before,
		.decision = { ACTION_REFUSE, REASON_REMOTE, 0, true },
		.address = "ssh://x",
		.took = 7,
	};

	assert_json(report_sync_json(&r),
		    "{\"engine\": \"ssh://x\", \"action\": \"refuse\", \"reason\": \"remote\","
		    "\"delta_ns\": 0, \"dry_run\": false, \"overridable\": true,"
		    "\"before\": {" READING_JSON "}, \"after\": null, \"cannot\": null,"
		    "\"mend\": null, \"attempts\": 0, \"took_ns\": 7}");
	r = (struct sync_report){
		.before = &before,
		.after = &before,
		.decision = { ACTION_STEP, REASON_BEHIND, 20 * MIN, false },
		.address = "ssh://x",
		.cannot = "capability",
		.mend = "a \"hint\"",
		.attempts = 1,
	};
	assert_json(report_sync_json(&r),
		    "{\"engine\": \"ssh://x\", \"action\": \"step\", \"reason\": \"behind\","
		    "\"delta_ns\": 1200000000000, \"dry_run\": false, \"overridable\": false,"
		    "\"before\": {" READING_JSON "}, \"after\": {" READING_JSON "},"
		    "\"cannot\": \"capability\", \"mend\": \"a \\\"hint\\\"\", \"attempts\": 1,"
		    "\"took_ns\": 0}");
}
END_TEST

/* Addresses and references are arguments, and those hold any bytes. */
START_TEST(documents_with_bytes_that_are_no_text)
{
	struct reading r = reading(0, 4 * MS, "https://h/\xff");
	struct s3_reading s3 = { .url = "http://h/\xfe" };
	struct sync_report sync = { .before = &r, .address = "unix:///\xff/s", .mend = "\xff" };
	struct host_verdict verify = { .done = true, .reference = "https://h/\xff", .wrong = true };
	scoped_json *check = report_check_json(&r, VERDICT_IN_STEP, 0, "unix:///\xff/s", &s3);
	scoped_json *synced = report_sync_json(&sync);
	const char *url;

	ck_assert_int_eq(json_unpack(check, "{s:{s:s}}", "s3", "url", &url), 0);
	ck_assert_str_eq(url, "http://h/?");
	ck_assert_str_eq(json_string_value(json_object_get(check, "engine")), "unix:///?/s");
	ck_assert_str_eq(json_string_value(json_object_get(check, "reference")), "https://h/?");
	ck_assert_str_eq(json_string_value(json_object_get(synced, "engine")), "unix:///?/s");
	ck_assert_str_eq(json_string_value(json_object_get(synced, "mend")), "?");
	assert_json(host_verdict_json(&verify), "{\"reference\": \"https://h/?\", \"offset_ns\": 0,"
						"\"bound_ns\": 0, \"wrong\": true}");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("timesync/report");
	TCase *t = tcase_create("report");

	tcase_add_loop_test(t, texts_of_offsets, 0, (int)array_len(offsets));
	tcase_add_loop_test(t, texts_within_bounds, 0, (int)array_len(withins));
	tcase_add_test(t, texts_read_back);
	tcase_add_loop_test(t, check_lines, 0, (int)array_len(checks));
	tcase_add_loop_test(t, s3_lines, 0, (int)array_len(margins));
	tcase_add_test(t, margins_do_not_overflow);
	tcase_add_loop_test(t, sync_lines, 0, (int)array_len(syncs));
	tcase_add_test(t, sync_against_a_server_tells_three_clocks);
	tcase_add_test(t, check_document);
	tcase_add_test(t, sync_document);
	tcase_add_test(t, documents_with_bytes_that_are_no_text);
	suite_add_tcase(s, t);
	return s;
}
