/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With a target of free disk: the plan's order in small batches, the disk measured after each.
 *
 * It ends early in two cases. The target is reached: deleting more than needed helps nobody. Or the
 * disk does not follow (space_falls_short(): something else writes, build cache, snapshots or open
 * files hold the blocks): going on would delete without getting nearer. File systems free blocks a
 * little later; so before that verdict is given it waits up to two seconds.
 */
#include "plugins/hygiene/apply_parts.h"

#include <poll.h>

#include "common/codec/units.h"
#include "plugins/hygiene/collect.h"

#define BATCH        ENGINE_PARALLEL
#define SETTLE_TRIES 8
#define SETTLE_MS    250

static int measure(struct deeds *d, int64_t *available, struct error *err)
{
	int64_t total;

	if (d->options->measure)
		return d->options->measure(d->options->measure_ctx, &total, available, err);
	return disk_measure(d->engine, &d->snap->info, &total, available, err);
}

bool space_falls_short(const struct space *space)
{
	if (space->certain > 0 && space->certain >= space->missing / 4 &&
	    space->grown < space->certain / 2)
		return true;
	return space->possible > 0 && space->possible >= space->missing / 2 &&
	       space->grown < space->possible / 10;
}

static struct space space_now(const struct deeds *d, int64_t available)
{
	struct space space = {
		.missing = d->plan->free_target - d->snap->disk_free,
		.grown = available - d->snap->disk_free,
	};

	for (size_t i = 0; i < d->plan->rows.count; i++) {
		const struct plan_row *row = &d->plan->rows.items[i];

		if (d->result->rows[i].outcome != OUTCOME_REMOVED)
			continue;
		space.certain += row->bytes_min > 0 ? row->bytes_min : 0;
		space.possible += row->bytes > 0 ? row->bytes : 0;
	}
	return space;
}

static bool falls_short(const struct deeds *d, int64_t available)
{
	const struct space space = space_now(d, available);

	return space_falls_short(&space);
}

static int wait_a_little(const struct deeds *d, struct error *err)
{
	struct pollfd fd = { .fd = d->options->cancel ? cancel_fd(d->options->cancel) : -1,
			     .events = POLLIN };

	(void)poll(&fd, 1, SETTLE_MS);
	if (cancel_requested(d->options->cancel))
		return cancel_error(d->options->cancel, err);
	return 0;
}

static int measure_settled(struct deeds *d, int64_t *available, struct error *err)
{
	if (measure(d, available, err) < 0)
		return -1;
	for (int i = 0; i < SETTLE_TRIES && *available < d->plan->free_target; i++) {
		if (!falls_short(d, *available))
			return 0;
		if (wait_a_little(d, err) < 0 || measure(d, available, err) < 0)
			return -1;
	}
	return 0;
}

static void stop(struct deeds *d, int64_t available)
{
	char free_text[SIZE_TEXT], target[SIZE_TEXT], went[SIZE_TEXT], came[SIZE_TEXT];
	const struct space space = space_now(d, available);

	size_format(free_text, available);
	size_format(target, d->plan->free_target);
	if (available >= d->plan->free_target)
		str_replace(&d->result->stopped,
			    xasprintf("%s are free, as much as wanted (%s)", free_text, target));
	else
		str_replace(
			&d->result->stopped,
			xasprintf("%s went, but the disk has only %s more free; look for what "
				  "holds or fills it (build cache, df, lsof +L1) before removing "
				  "more",
				  size_format(went, space.possible),
				  size_format(came, space.grown > 0 ? space.grown : 0)));
}

int space_run(struct deeds *d, size_t from, size_t to, bool *reached, struct error *err)
{
	for (size_t at = from; at < to; at += BATCH) {
		size_t end = to - at > BATCH ? at + BATCH : to;
		int64_t available;

		if (deeds_run(d, at, end, err) < 0 || measure_settled(d, &available, err) < 0)
			return -1;
		if (available < d->plan->free_target && !falls_short(d, available))
			continue;
		*reached = true;
		if (end < d->unit_count || available < d->plan->free_target)
			stop(d, available);
		return 0;
	}
	return 0;
}
