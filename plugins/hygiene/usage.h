/* SPDX-License-Identifier: Apache-2.0 */
/* What holds the disk of an engine: every object, its bytes and its users, the largest first. */
#ifndef PLUGINS_HYGIENE_USAGE_H
#define PLUGINS_HYGIENE_USAGE_H

#include <jansson.h>
#include <stdio.h>

#include "plugins/hygiene/snapshot.h"

struct usage_row {
	size_t index;   /* in the snapshot's list of its kind */
	int64_t bytes;  /* -1: not known. Images: with shared layers; containers: what they wrote */
	int64_t unique; /* images: what no other image holds too (upper end) */
	int64_t log;    /* containers: bytes of log files; -1: cannot be read from here */
	bool in_use;    /* images, volumes: some container has it; containers: it runs */
	bool live;      /* it runs, or a container that runs has it */
	int64_t last_used; /* TIME_NONE: no use was ever seen */
	int64_t since;     /* since when one would have been seen: its last tag, pull or build */
	struct {
		size_t *items; /* containers, by index */
		size_t count, room;
	} users;
};
struct usage_rows {
	struct usage_row *items;
	size_t count, room;
};
struct usage_total {
	size_t count, in_use;
	int64_t bytes;  /* of all; shared layers once; -1: not known */
	int64_t unused; /* of those not in use; -1: not known */
};
/* What prune would free now, upper ends; -1: not known. */
struct usage_offer {
	int64_t prune, prune_all;
};
struct usage {
	const struct snapshot *snap;
	/* Networks hold no disk and have no rows. */
	struct usage_rows rows[KIND_COUNT];
	struct usage_total totals[KIND_COUNT], logs;
	struct usage_offer offer;
};

/* Pure. logs: per container, as usage_row.log; NULL: none can be read. Borrows snap. */
void usage_fill(struct usage *out, const struct snapshot *snap, const int64_t *logs);
void usage_release(struct usage *usage);
#define scoped_usage scoped(usage_release) struct usage

/* Bytes of each container's log files, read here: only where the engine's files are ours. */
void usage_read_logs(int64_t *out, const struct snapshot *snap);

struct usage_style {
	size_t width; /* columns of the terminal; 0: no terminal */
	bool colour, full_ids;
	int64_t top; /* rows of a table; 0: all */
};
void usage_print(const struct usage *usage, const struct usage_style *style, FILE *out);
/* The document of docs/usage.md; always all rows. Owned. */
json_t *usage_json(const struct usage *usage) must_check;

#endif
