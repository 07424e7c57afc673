/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan: what goes, in the order in which it goes, and what was kept by which rule. The plan
 * that is shown is the plan that is executed; nothing outside it is touched.
 */
#ifndef PLUGINS_HYGIENE_PLAN_H
#define PLUGINS_HYGIENE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/error.h"
#include "plugins/hygiene/kind.h"
#include "plugins/hygiene/policy.h"
#include "plugins/hygiene/snapshot.h"

/* Why a row is in the plan or was kept; the text in `reason` says it with names and times. */
#define PLAN_RULES(X)                                                                             \
	X(UNUSED, "unused")           /* goes: eligible, nothing speaks for it */                 \
	X(GRACE, "grace")             /* kept: younger than --older-than */                       \
	X(FUTURE, "future")           /* kept: a stamp lies in the engine's future */             \
	X(KEEP, "keep")               /* kept: a keep pattern */                                  \
	X(LABEL, "label")             /* kept: label filters */                                   \
	X(KEEP_LAST, "keep-last")     /* kept: among the newest of its repository */              \
	X(TARGET, "target")           /* kept: --max-size or --free is reached without it */      \
	X(IN_USE, "in-use")           /* kept: used by what stays (and is itself stopped) */      \
	X(CHILDREN, "children")       /* kept: an image that stays is built on it */              \
	X(TAGGED, "tagged")           /* kept: has a tag and --all was not given */               \
	X(SCOPE, "scope")             /* kept: named or anonymous volume not asked for, driver */ \
	X(STATE, "state")             /* kept: a state that we do not touch */                    \
	X(CHANGED, "changed")         /* skipped: differs from the reviewed plan */               \
	X(NOT_PLANNED, "not-planned") /* kept at --apply: eligible now but not in the plan */
enum plan_rule {
#define PLAN_RULE_ENUM(rule, word) PLAN_RULE_##rule,
	PLAN_RULES(PLAN_RULE_ENUM)
#undef PLAN_RULE_ENUM
};
const char *plan_rule_word(enum plan_rule rule);

struct plan_row {
	enum kind kind;
	enum action action;
	enum plan_rule rule;
	char *id;   /* full ID; volumes: the name */
	char *name; /* first name or reference, as a person knows it; untag: the reference to take
		       off */
	char *reason;
	/*
	 * What must still be so when the row is acted on (fingerprint.h); rows whose fingerprint
	 * differs are skipped. Also compared between a saved plan and the present.
	 */
	char *fingerprint;
	/*
	 * Bytes that go when this row goes after all rows before it: shared layers are counted at
	 * the last row that holds them, so that rows add up to what the set frees. bytes is the
	 * upper, bytes_min the lower end; -1: not known (containers and volumes without sizes count
	 * 0).
	 */
	int64_t bytes, bytes_min;
	int64_t last_used; /* the time its age counts from */
	bool use_seen;     /* false: last_used is only its pull or build */
	size_t index;      /* of the object in the snapshot's list of its kind */
	unsigned stage;    /* rows of a lower stage are done before this one starts */
};
struct plan_rows {
	struct plan_row *items;
	size_t count, room;
};

struct plan {
	struct plan_rows rows; /* UNTAG and REMOVE, in order of execution; untags right before their
				  remove */
	struct plan_rows kept; /* what a person might wonder about */
	size_t kept_for_grace; /* of kept: rule GRACE */
	int64_t bytes, bytes_min; /* sums of rows; bytes_exact: bytes == bytes_min */
	int64_t free_target;      /* bytes of disk to be free; -1: none */
	int64_t size_target;      /* what unused images that stay may hold together; -1: no limit */
	int64_t size_left;        /* what they will hold; -1: not computed (no limit) */
	bool target_reached;      /* max-size and free targets are met if all goes as planned */
};

void plan_init(struct plan *plan);
void plan_release(struct plan *plan);
void plan_row_release(struct plan_row *row);
void plan_rows_release(struct plan_rows *rows);
/* Appends a deep copy; the address is good until the next one is added. */
struct plan_row *plan_rows_copy(struct plan_rows *to, const struct plan_row *row);
#define scoped_plan scoped(plan_release) struct plan

/*
 * The decision. Pure: no clock, no files, no engine. The same snapshot and policy give the same
 * plan, byte for byte. Eligible = unused AND kind chosen AND older than AND label filters AND not
 * kept; keep_last, max_size and free then choose among the eligible, least recently used first.
 */
void decide(struct plan *out, const struct snapshot *snap, const struct policy *policy);

/*
 * What inspecting more could change, so that only that is inspected: sets needed[i] for containers
 * whose finish time matters and for images whose last tag time matters. Pure.
 */
void decide_needs_containers(bool *needed, const struct snapshot *snap,
			     const struct policy *policy);
void decide_needs_images(bool *needed, const struct snapshot *snap, const struct policy *policy);
/* True if layers (image inspect and history) are needed for bytes: some image may go. */
bool decide_needs_layers(const struct snapshot *snap, const struct policy *policy);

/*
 * What each container holds, whatever its state: its image, image mounts, volumes and networks, by
 * the same rules as decide(). The same holding may be told twice in a row. Pure.
 */
typedef void (*holder_fn)(void *ctx, enum kind kind, size_t i, size_t container);
void decide_holders(const struct snapshot *snap, holder_fn each, void *ctx);

/*
 * Leaves in plan only rows that the reviewed plan has too: same kind, action, ID, name and
 * fingerprint. Rows that were reviewed but differ or are gone now are added to `changed`; eligible
 * ones that were not reviewed become kept (NOT_PLANNED). Bytes are computed anew. Pure.
 */
void plan_intersect(struct plan *plan, const struct plan *reviewed, const struct snapshot *snap,
		    struct plan_rows *changed);

#endif
