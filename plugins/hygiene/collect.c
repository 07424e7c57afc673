/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/collect.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/map.h"
#include "common/codec/timefmt.h"
#include "plugins/hygiene/collect_parts.h"
#include "plugins/hygiene/lastuse.h"

#define GAP_TOLERANCE   NSEC_PER_MIN
#define CLOCK_TOLERANCE NSEC_PER_MIN

void collect_note(struct collector *c, const char *fmt, ...)
{
	scoped_buf text;
	va_list args;

	buf_init(&text, 4096);
	va_start(args, fmt);
	buf_vfmt(&text, fmt, args);
	va_end(args);
	strings_take(c->notes, buf_take(&text));
}

int collect_nonsense(struct error *err, const char *what)
{
	if (err->kind == ERROR_INPUT)
		err->kind = ERROR_PROTOCOL;
	return error_wrap(err, "%s from the engine", what);
}

/* Ages are judged by the engine's clock, since its stamps are; a person thinks by another one. */
static void note_clock(struct collector *c)
{
	int64_t offset = c->snap.offset;
	char text[TIME_TEXT];

	if (offset <= CLOCK_TOLERANCE && offset >= -CLOCK_TOLERANCE)
		return;
	collect_note(c,
		     "the engine's clock is %s %s this machine's; ages are judged by the engine's",
		     duration_human(text, offset), offset > 0 ? "ahead of" : "behind");
}

/* Whether the policy lets last use decide what goes. */
static bool goes_by_use(const struct policy *policy)
{
	return policy->all || policy->keep_last > 0 || policy->max_size != UNSET ||
	       policy->free_bytes != UNSET || policy->free_percent != UNSET;
}

static int inspect_containers(struct collector *c, struct error *err)
{
	struct api_containers *list = &c->snap.containers;
	bool *needed = xcalloc(list->count + 1, sizeof(*needed));
	struct collect_wanted wanted = { .containers = needed };
	int rc;

	decide_needs_containers(needed, &c->snap, c->options->policy);
	/* One whose image is not told would let that image look unused. */
	for (size_t i = 0; i < list->count; i++)
		if (c->options->everything || !list->items[i].image_id)
			needed[i] = true;
	rc = collect_inspect(c, &wanted, err);
	free(needed);
	for (size_t i = 0; rc == 0 && i < list->count; i++)
		if (!list->items[i].image_id)
			return error_set(err, ERROR_PROTOCOL, 0,
					 "the engine does not tell the image of container %.80s",
					 list->items[i].id);
	return rc;
}

/*
 * Adds the images that stand on the same lowest layer as one of them: their histories may tell the
 * sizes of layers that both hold. Who does not, shares nothing.
 */
static void add_kin(bool *histories, const struct api_images *list)
{
	scoped_map lowest;

	map_init(&lowest);
	for (size_t i = 0; i < list->count; i++)
		if (histories[i] && list->items[i].diff_ids.count)
			map_put(&lowest, list->items[i].diff_ids.items[0], i);
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].diff_ids.count &&
		    map_has(&lowest, list->items[i].diff_ids.items[0]))
			histories[i] = true;
}

static void may_go(bool *out, const struct collector *c)
{
	decide_needs_images(out, &c->snap, c->options->policy);
	for (size_t i = 0; i < c->snap.images.count; i++)
		out[i] = out[i] || c->options->everything;
}

/* Since images may be gone by then, indexes do not carry over from the inspects. */
static int read_histories(struct collector *c, struct error *err)
{
	bool *histories = xcalloc(c->snap.images.count + 1, sizeof(*histories));
	const struct collect_wanted wanted = { .histories = histories };
	int rc;

	may_go(histories, c);
	add_kin(histories, &c->snap.images);
	rc = collect_inspect(c, &wanted, err);
	free(histories);
	return rc;
}

/*
 * Last tag times where the decision needs them. Layers: once some image may go, all images are
 * inspected, since any of them may hold the layers of those that go.
 */
static int inspect_images(struct collector *c, struct error *err)
{
	bool *inspects = xcalloc(c->snap.images.count + 1, sizeof(*inspects));
	const struct collect_wanted wanted = { .images = inspects };
	bool layers = c->options->everything || decide_needs_layers(&c->snap, c->options->policy);
	int rc;

	may_go(inspects, c);
	for (size_t i = 0; i < c->snap.images.count; i++)
		inspects[i] = inspects[i] || layers;
	rc = collect_inspect(c, &wanted, err);
	free(inspects);
	if (rc < 0 || !layers)
		return rc;
	return read_histories(c, err) < 0 || collect_may_have_cache(c, err) < 0 ? -1 : 0;
}

/* Whether what is known of last use decides what goes, and goes for good. */
static bool uses_decide(const struct collector *c)
{
	return c->options->acts && goes_by_use(c->options->policy);
}

/* What a prune itself removes fills the engine's memory too, for less than GAP_TOLERANCE. */
static void note_gap(struct collector *c, const struct lastuse_gap *gap)
{
	char from[TIME_TEXT], to[TIME_TEXT];

	if (!goes_by_use(c->options->policy) || gap->from == TIME_NONE ||
	    time_diff(gap->to, gap->from) <= GAP_TOLERANCE)
		return;
	collect_note(c,
		     "the engine has forgotten its events from %s to %s; uses in between are not "
		     "known",
		     time_format_minute(from, gap->from), time_format_minute(to, gap->to));
}

static int last_uses(struct collector *c, struct error *err)
{
	struct error failed = ERROR_INIT;
	struct lastuse_gap gap;
	scoped_str note = NULL;

	if (lastuse_load(&c->snap, c->engine, &gap, &note, &failed) == 0) {
		note_gap(c, &gap);
		if (note)
			strings_take(c->notes, take_ptr(note));
		return 0;
	}
	if (uses_decide(c) || failed.kind == ERROR_CANCELLED || failed.kind == ERROR_UNREACHABLE) {
		*err = failed;
		return -1;
	}
	collect_note(c, "earlier last uses are not known: %s", failed.text);
	lastuse_take_snapshot(&c->snap.uses, &c->snap);
	c->forgetful = true;
	return 0;
}

/* A state that could not be read is not written over either. */
static int remember_uses(struct collector *c, struct error *err)
{
	struct error failed = ERROR_INIT;

	if (c->forgetful || lastuse_save(&c->snap, &failed) == 0)
		return 0;
	if (uses_decide(c)) {
		*err = failed;
		return error_wrap(err,
				  "last uses cannot be remembered, so nothing is deleted by them");
	}
	collect_note(c, "last uses cannot be remembered: %s", failed.text);
	return 0;
}

static int measure_disk(struct collector *c, struct error *err)
{
	const struct policy *policy = c->options->policy;

	if (policy->free_bytes == UNSET && policy->free_percent == UNSET)
		return 0;
	return disk_measure(c->engine, &c->snap.info, &c->snap.disk_total, &c->snap.disk_free, err);
}

int collect(struct snapshot *out, struct engine *engine, const struct collect_options *options,
	    struct strings *notes, struct error *err)
{
	struct collector c = { .engine = engine, .options = options, .notes = notes };

	snapshot_init(&c.snap);
	if (collect_lists(&c, err) < 0 || measure_disk(&c, err) < 0 ||
	    inspect_containers(&c, err) < 0 || last_uses(&c, err) < 0 ||
	    inspect_images(&c, err) < 0 || remember_uses(&c, err) < 0) {
		json_decref(c.df);
		json_decref(c.pods);
		snapshot_release(&c.snap);
		return -1;
	}
	note_clock(&c);
	*out = c.snap;
	return 0;
}
