/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of collect(), one file each. Only collect*.c include this. */
#ifndef PLUGINS_HYGIENE_COLLECT_PARTS_H
#define PLUGINS_HYGIENE_COLLECT_PARTS_H

#include "plugins/hygiene/collect.h"

/*
 * For answers that make the engine walk file systems (sizes of containers and volumes, build
 * cache): it sends no byte before it is done.
 */
#define COLLECT_WALK_DEADLINE (10 * NSEC_PER_MIN)

struct collector {
	struct snapshot snap;
	struct engine *engine;
	const struct collect_options *options;
	struct strings *notes;
	json_t *pods;       /* Podman's own container list, until it is merged; NULL */
	json_t *df;         /* the whole of /system/df, if it was asked for; else NULL */
	size_t done, total; /* of inspects, for progress */
	bool forgetful;     /* the state of last uses could not be read */
};

/* /info and the lists that the policy needs, at once. */
int collect_lists(struct collector *c, struct error *err) must_check;

/* What to inspect, by index into the lists; NULL: none of that sort. */
struct collect_wanted {
	const bool *containers, *images, *histories;
};
int collect_inspect(struct collector *c, const struct collect_wanted *wanted, struct error *err)
	must_check;

/* Whether the engine's build cache may hold layers of images, by the cheapest honest question. */
int collect_may_have_cache(struct collector *c, struct error *err) must_check;

void collect_note(struct collector *c, const char *fmt, ...) printf_like(2, 3);

#endif
