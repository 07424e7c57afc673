/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/compare.h"

#include "common/codec/json_text.h"
#include "common/codec/printable.h"

void compare_release(struct compare *c)
{
	if (c->read)
		timeref_reading_release(&c->reading);
	c->read = false;
}

static void move_notes(struct strings *from, struct strings *to)
{
	for (size_t i = 0; i < from->count; i++)
		strings_add(to, from->items[i]);
	strings_release(from);
	*from = (struct strings){ 0 };
}

int compare_ask(struct compare *c, struct strings *notes, struct error *err)
{
	if (c->read)
		return 0;
	if (timeref_read(&c->reading, c->ref, &c->options, err) < 0)
		return error_wrap(err, "asking %s", c->ref->text);
	c->read = true;
	move_notes(&c->reading.notes, notes);
	return 0;
}

/*
 * Host minus reference, when the engine was measured. Both are true of MONOTONIC + their anchor: by
 * what the anchors differ (HOST_STEP at most) the host's clock has moved, or was read otherwise.
 */
static struct interval reference_at(const struct compare *c, const struct measurement *m)
{
	int64_t age = time_diff(m->when, c->reading.when);
	int64_t moved = time_diff(m->anchor, c->reading.anchor);
	struct interval offset = c->reading.offset;

	/* The host does not drift away from itself. */
	if (c->ref->kind == TIMEREF_HOST)
		return offset;
	offset = interval_add(offset, (struct interval){ moved, moved });
	return interval_widen(offset, estimate_drift(age < 0 ? -age : age));
}

static bool host_stepped(const struct compare *c, const struct measurement *m)
{
	int64_t moved = time_diff(m->anchor, c->reading.anchor);

	return c->ref->kind != TIMEREF_HOST && (moved > HOST_STEP || moved < -HOST_STEP);
}

int compare_with(struct compare *c, const struct measurement *m, struct reading *out,
		 struct strings *notes, struct error *err)
{
	if (compare_ask(c, notes, err) < 0)
		return -1;
	if (host_stepped(c, m)) {
		compare_release(c);
		if (compare_ask(c, notes, err) < 0)
			return -1;
		if (host_stepped(c, m))
			return error_set(err, ERROR_CONFLICT, 0,
					 "this machine's clock was stepped in the meantime; "
					 "run it again");
	}
	*out = (struct reading){
		.measured = *m,
		.reference = c->ref->text,
		.offset = interval_add(m->offset, reference_at(c, m)),
	};
	return 0;
}

int host_verify(struct host_verdict *out, const struct timeref *ref,
		const struct timeref_options *options, int64_t tolerance, struct strings *notes,
		struct error *err)
{
	struct compare c scoped(compare_release) = { .ref = ref, .options = *options };

	if (compare_ask(&c, notes, err) < 0)
		return -1;
	*out = (struct host_verdict){
		.done = true,
		.wrong = interval_least(c.reading.offset) > tolerance,
		.offset = c.reading.offset,
		.reference = ref->text,
	};
	return 0;
}

void host_verdict_text(const struct host_verdict *verdict, struct buf *out)
{
	int64_t offset = interval_offset(verdict->offset);
	char by[OFFSET_TEXT], bound[OFFSET_TEXT];

	buf_fmt(out, "this machine's own clock is %s %s ", offset_text(by, offset),
		offset < 0 ? "behind" : "ahead of");
	printable_add(out, verdict->reference);
	buf_fmt(out, " (\u00b1%s)", offset_text(bound, interval_bound(verdict->offset)));
}

json_t *host_verdict_json(const struct host_verdict *verdict)
{
	json_t *object = json_object();

	json_put(object, "reference", json_text(verdict->reference));
	json_put(object, "offset_ns", json_integer(interval_offset(verdict->offset)));
	json_put(object, "bound_ns", json_integer(interval_bound(verdict->offset)));
	json_put(object, "wrong", json_boolean(verdict->wrong));
	return object;
}
