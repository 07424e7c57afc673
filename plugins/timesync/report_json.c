/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/report.h"

#include "common/codec/json_text.h"
#include "common/codec/timefmt.h"

static void set_int(json_t *object, const char *key, int64_t value)
{
	json_put(object, key, json_integer(value));
}

static void set_string(json_t *object, const char *key, const char *value)
{
	json_put(object, key, json_text(value));
}

static void set_time(json_t *object, const char *key, int64_t t)
{
	char text[TIME_TEXT];

	set_string(object, key, time_format_rfc3339(text, t, 1));
}

static void set_interval(json_t *object, struct interval i)
{
	set_int(object, "offset_ns", interval_offset(i));
	set_int(object, "bound_ns", interval_bound(i));
	set_int(object, "lo_ns", i.lo);
	set_int(object, "hi_ns", i.hi);
}

json_t *report_reading_json(const struct reading *r)
{
	json_t *object = json_object();

	set_interval(object, r->offset);
	set_string(object, "method", method_name(r->measured.method));
	set_string(object, "reference", r->reference);
	set_int(object, "samples", (int64_t)r->measured.samples);
	set_int(object, "delay_ns", r->measured.delay);
	set_time(object, "host_time", reading_host_time(r));
	set_time(object, "engine_time", reading_engine_time(r));
	return object;
}

static json_t *s3_json(const struct s3_reading *s3)
{
	json_t *object = json_object();

	set_string(object, "url", s3->url);
	set_interval(object, s3->offset);
	set_int(object, "limit_ns", S3_LIMIT);
	set_int(object, "margin_behind_ns", s3_margin_behind(s3->offset));
	set_int(object, "margin_ahead_ns", s3_margin_ahead(s3->offset));
	set_string(object, "requests", s3_answer_name(s3_answer(s3->offset)));
	return object;
}

json_t *report_check_json(const struct reading *r, enum verdict verdict, int64_t tolerance,
			  const char *address, const struct s3_reading *s3)
{
	json_t *object = report_reading_json(r);

	set_string(object, "verdict", verdict_name(verdict));
	set_int(object, "tolerance_ns", tolerance);
	set_string(object, "engine", address);
	if (s3)
		json_put(object, "s3", s3_json(s3));
	return object;
}

json_t *report_sync_json(const struct sync_report *r)
{
	json_t *object = json_object();

	set_string(object, "engine", r->address);
	set_string(object, "action", action_name(r->decision.action));
	set_string(object, "reason", reason_name(r->decision.reason));
	set_int(object, "delta_ns", r->decision.delta);
	json_put(object, "dry_run", json_boolean(r->dry_run));
	json_put(object, "overridable", json_boolean(r->decision.overridable));
	json_put(object, "before", report_reading_json(r->before));
	json_put(object, "after", r->after ? report_reading_json(r->after) : json_null());
	set_string(object, "cannot", r->cannot);
	set_string(object, "mend", r->mend);
	set_int(object, "attempts", r->attempts);
	set_int(object, "took_ns", r->took);
	return object;
}
