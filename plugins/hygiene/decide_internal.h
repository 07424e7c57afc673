/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of decide(): one verdict per object, found in this order:
 *   containers, what those that stay hold, images, volumes, build cache, targets, networks.
 * The first rule that keeps an object names the reason; rules are asked from what is certain (used,
 * named to be kept) to what time will change, so that "kept for the grace" means only for it.
 */
#ifndef PLUGINS_HYGIENE_DECIDE_INTERNAL_H
#define PLUGINS_HYGIENE_DECIDE_INTERNAL_H

#include "common/base/alloc.h"
#include "common/base/map.h"
#include "plugins/hygiene/plan.h"

#define NO_INDEX SIZE_MAX

/* The verdict on one object. */
struct object {
	bool goes;
	bool told; /* kept, and a person might wonder why */
	bool use_seen;
	enum plan_rule rule;
	char *reason;      /* owned */
	int64_t age_from;  /* the time its age counts from; TIME_NONE: not known */
	int64_t recency;   /* the same, not less than that of what is built on it */
	unsigned depth;    /* links down to what is built on nothing */
	unsigned height;   /* links up through what goes too: what is built on it goes first */
	size_t holder;     /* a container that stays and holds it; NO_INDEX: none */
	bool holder_lives; /* one of them runs */
	size_t user;       /* the container of the snapshot that used it last; NO_INDEX: none */
	int64_t used;      /* ... and when */
};

/* What each object of a kind is built on: for i, to[first[i]] up to to[first[i + 1]]. */
struct links {
	size_t count;
	size_t *first;
	size_t *to;
};

struct decision {
	const struct snapshot *snap;
	const struct policy *policy; /* NULL in plan_intersect() */
	/* What was not inspected yet is taken for as old as it can be: who may go at all? */
	bool early;
	struct object *objects[KIND_COUNT];
	size_t counts[KIND_COUNT];
	struct map image_ids;               /* hex of the ID to index */
	struct map image_uses, volume_uses; /* key to index in snap->uses */
	size_t *keep_last; /* per image: 1 + index in repositories, 0: not among the newest */
	struct strings repositories;
	/* Set by choose(). */
	bool target_reached;
	int64_t free_target, size_target, size_left;
	/* NULL, or told each holding that hold() finds; the same one may be told twice. */
	holder_fn each_hold;
	void *each_ctx;
};

void decision_open(struct decision *d, const struct snapshot *snap, const struct policy *policy);
void decision_close(struct decision *d);
#define scoped_decision scoped(decision_close) struct decision

/* Verdicts. keep() takes over the reason; telling it to people is the caller's choice. */
void verdict_go(struct decision *d, enum kind kind, size_t i, char *reason);
void verdict_keep(struct decision *d, enum kind kind, size_t i, enum plan_rule rule, char *reason);
void verdict_stay(struct decision *d, enum kind kind, size_t i); /* nobody wonders */

/* Per kind (decide_containers.c, decide_images.c, decide_others.c). */
void judge_containers(struct decision *d);
void judge_images(struct decision *d);
void judge_volumes(struct decision *d);
void judge_networks(struct decision *d);
void judge_caches(struct decision *d);

/*
 * Rules common to kinds: each keeps the object and returns true if it speaks for it. judge_held:
 * a container that stays; judge_rules: keep patterns and label filters; judge_age: `from` is what
 * its age counts from, `latest` the latest of its stamps, `what` says in words when that was
 * (owned, taken over).
 */
bool judge_held(struct decision *d, enum kind kind, size_t i);
bool judge_rules(struct decision *d, enum kind kind, size_t i, const struct rule_text *keep,
		 const struct api_labels *labels);
void judge_age(struct decision *d, enum kind kind, size_t i, int64_t latest, char *what);

/* True for states that a container can be removed in. */
bool container_is_stopped(const struct api_container *c);
/* The latest time that the container is known to have used what it is made of. */
int64_t container_use(const struct api_container *c);

/*
 * Sets holder of all images, volumes and networks, from the containers that do not go, and user
 * from all containers.
 */
void hold(struct decision *d);

/* decide_links.c */
void links_of_images(struct links *links, const struct decision *d);
void links_of_caches(struct links *links, const struct decision *d);
void links_of_networks(struct links *links, const struct decision *d);
void links_release(struct links *links);
#define scoped_links scoped(links_release) struct links
/*
 * Keeps what something that stays is built on; sets recency, depth and height. What is built on
 * itself in a circle stays.
 */
void settle(struct decision *d, enum kind kind, const struct links *links);

/* Order in which candidates go: -1, 0, 1. Least recently used first, holders before the held. */
struct candidate {
	enum kind kind;
	size_t i;
	const struct decision *d;
};
int candidate_compare(const void *a, const void *b);
const char *object_id(const struct snapshot *snap, enum kind kind, size_t i);

/* Cuts what goes down to what the targets need. */
void choose(struct decision *d);

/* decide_rows.c */
void make_rows(struct plan *out, const struct decision *d);
/* Sorts plan->kept by kind, rule, name and ID. */
void sort_kept(struct plan *plan);
/* Sums and marginal bytes of rows, from the layer graph. */
void count_bytes(struct plan *plan, const struct snapshot *snap);

/* decide_text.c: owned texts. */
char *text_ago(const struct decision *d, const char *what, int64_t t);
char *text_unused(const struct decision *d, enum kind kind, const char *before, const char *made,
		  int64_t t);
char *text_rule(const char *verb, const struct rule_text *rule);
char *container_label(const struct snapshot *snap, size_t i);
char *object_name(const struct snapshot *snap, enum kind kind, size_t i);

#endif
