/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What check and sync tell: the line for people and the document for machines. Pure.
 */
#ifndef PLUGINS_TIMESYNC_REPORT_H
#define PLUGINS_TIMESYNC_REPORT_H

#include <jansson.h>

#include "common/base/buf.h"
#include "plugins/timesync/decide.h"
#include "plugins/timesync/measure.h"

#define S3_LIMIT (900 * NSEC_PER_SEC) /* MaxAllowedSkewMilliseconds of S3, in both directions */

/*
 * An offset for people, two units at most: "17 min 3.2 s", "3 d 4 h", "1.25 s", "340 ms", "4.1 ms",
 * "12 us". Magnitude only, rounded to three digits, from a minute on to 0.1 s, from an hour on to
 * minutes, from a day on to hours.
 */
#define OFFSET_TEXT 48
const char *offset_text(char out[OFFSET_TEXT], int64_t ns);
/* The same without digits that its bound makes meaningless: none below the second one of the bound.
 * NULL if none is left: no difference can be seen. */
const char *offset_text_within(char out[OFFSET_TEXT], int64_t ns, int64_t bound);
/* Two digits, rounded up, so that what is told is true: "4 ms", "1.8 ms". */
const char *bound_text(char out[OFFSET_TEXT], int64_t bound);

/* One measurement against a reference, as check has it and sync has it twice. */
struct reading {
	struct measurement measured; /* engine minus host */
	const char *reference;       /* "host", "ntp:...", borrowed */
	struct interval offset;      /* engine minus reference, at measured.when */
};
/* Both clocks at measured.when, the engine's from the middle of the interval. */
int64_t reading_host_time(const struct reading *r);
int64_t reading_engine_time(const struct reading *r);

/* --s3: what a server of S3 thinks of the engine's clock. */
struct s3_reading {
	const char *url;
	struct interval offset; /* engine minus the server's Date */
};
/* How much further the engine's clock may move in each direction before requests are refused; less
 * than 0: they are refused now. Certain: from the worse end of the interval. */
int64_t s3_margin_behind(struct interval offset);
int64_t s3_margin_ahead(struct interval offset);
/* What happens to a request now. UNCERTAIN: the interval holds both. */
enum s3_answer { S3_ACCEPTED, S3_REFUSED, S3_UNCERTAIN };
enum s3_answer s3_answer(struct interval offset);
const char *s3_answer_name(enum s3_answer answer); /* "accepted", "refused", "uncertain" */

/*
 * All texts are appended without a newline at their end.
 *
 * "engine is 17 min 3.2 s behind this machine (±4 ms); S3 refuses requests beyond 15 min", "engine
 * is in step with this machine (0.4 ms ahead, ±3 ms), compared in UTC: time zones play no part",
 * "engine is 4 ms ahead of this machine (±700 ms): cannot tell whether it is within 500 ms; try
 * --precise". The reference is named as people would: "this machine", "time.x.y". Where the offset
 * is close to a whole number of half hours it is said that this is no time zone.
 */
void report_check_text(const struct reading *r, enum verdict verdict, int64_t tolerance,
		       struct buf *out);
void report_s3_text(const struct s3_reading *s3, struct buf *out);

/* Members: offset_ns, bound_ns, lo_ns, hi_ns, method, reference, samples, delay_ns, host_time,
 * engine_time (RFC 3339, UTC). Owned by the caller. */
json_t *report_reading_json(const struct reading *r);
/* The same with verdict, tolerance_ns, engine (address), and s3 if given (url, offset_ns, bound_ns,
 * lo_ns, hi_ns, limit_ns, margin_behind_ns, margin_ahead_ns, requests). */
json_t *report_check_json(const struct reading *r, enum verdict verdict, int64_t tolerance,
			  const char *address, const struct s3_reading *s3);

/* What sync did. after is NULL where nothing was set. */
struct sync_report {
	const struct reading *before, *after;
	struct decision decision;
	const char *address;
	bool dry_run;
	const char *cannot; /* cannot_name() where it could not be set, else NULL */
	const char *mend;   /* why, and what to do then; with SAME_CLOCK a hint; NULL */
	unsigned attempts;  /* set requests sent */
	int64_t took;       /* ns */
};
/*
 * One line: "engine was 17 min 3.2 s behind this machine (±4 ms): stepped forward; now 0.2 ms ahead
 * (±1.8 ms)". What was refused has both clocks and what to do on lines of their own.
 */
void report_sync_text(const struct sync_report *r, struct buf *out);
json_t *report_sync_json(const struct sync_report *r);

#endif
