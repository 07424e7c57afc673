/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of apply(), one file each. Only apply*.c and their tests include this. */
#ifndef PLUGINS_HYGIENE_APPLY_PARTS_H
#define PLUGINS_HYGIENE_APPLY_PARTS_H

#include "common/base/map.h"
#include "plugins/hygiene/apply.h"

/*
 * Deleting is slow (a container with a million files), and the engine sends no byte before it is
 * done; after this long it is taken for stuck.
 */
#define APPLY_DELETE_DEADLINE (15 * NSEC_PER_MIN)

/*
 * One object: its rows (an image's untags, then its remove) and how far it got. Each step is one
 * request; its answer chooses the next.
 */
enum step {
	STEP_INSPECT,     /* is it still what was planned? */
	STEP_USERS,       /* does a container use it? Where the engine would not refuse by itself */
	STEP_UNTAG_CHECK, /* does the reference still lead to this image? */
	STEP_UNTAG,
	STEP_INSPECT_AGAIN, /* is only the reference left that goes with the image? */
	STEP_DELETE,
	STEP_VERIFY, /* the answer to a delete was lost: is it gone? */
	STEP_DONE,
};
struct unit {
	size_t first, count; /* rows of the plan; the last one removes */
	size_t at;           /* of these rows, the one that is worked on */
	enum step step;
	bool retried;
	bool unknown; /* told to stop while a delete was under way */
	char *path;   /* of the request under way */
	char *lost;   /* why the answer to a delete was lost */
};

struct deeds {
	struct engine *engine;
	const struct snapshot *snap;
	const struct plan *plan;
	const struct apply_options *options;
	struct result *result;

	struct unit *units;
	size_t unit_count;
	size_t next, end; /* units to start in this run */
	size_t *ready;    /* ring: units that have a next step */
	size_t ready_at, ready_count;
	size_t in_flight;
	struct error fatal; /* the engine is gone: nothing new is started */

	struct map caches;     /* IDs of planned build cache -> row */
	bool *cache_shared;    /* per row: a record of what an image holds, too; NULL: none is */
	int64_t cache_bytes;   /* what build cache shrank by that nothing else holds */
	size_t layers_deleted; /* layers that the engine says it let go */
	int64_t layers_before; /* bytes; -1: not known */
	int64_t layers_freed;  /* bytes; -1: not known */
	bool layers_measured;  /* layers_freed is final */
};

/* apply_unit.c: pure but for the result. */
void units_make(struct deeds *d);
void unit_release(struct unit *unit);
void unit_start(struct deeds *d, struct unit *unit);
/* Fills the request of the unit's step; unit->path owns its path. */
void unit_request(struct deeds *d, struct unit *unit, struct engine_request *request);
/* Takes the answer: the unit has a next step then, or is done. */
void unit_reply(struct deeds *d, struct unit *unit, const struct engine_reply *reply);
/* Ends the unit: its rows that have no outcome yet get this one. Owns reason (NULL: none). */
void unit_end(struct deeds *d, struct unit *unit, enum outcome outcome, char *reason);
static inline const struct plan_row *unit_row(const struct deeds *d, const struct unit *unit)
{
	return &d->plan->rows.items[unit->first + unit->count - 1];
}
char *unit_inspect_path(const struct plan_row *row) must_check;

/*
 * apply_check.c: an answer about the row's object against the plan. *why (owned) says what changed,
 * NULL: nothing. Errors: ERROR_PROTOCOL for answers that cannot be judged.
 */
int check_inspect(const struct snapshot *snap, const struct plan_row *row, const json_t *json,
		  char **why, struct error *err) must_check;
/* No container of this list (all there are) uses the image or network. */
int check_users(const struct snapshot *snap, const struct plan_row *row, const json_t *json,
		char **why, struct error *err) must_check;
/* The reference leads to this image. */
int check_reference(const struct plan_row *row, const json_t *json, char **why, struct error *err)
	must_check;
/* After untagging: of the image's tags of the plan, the ones that no row takes off are left. */
int check_remaining(const struct deeds *d, const struct unit *unit, const json_t *json, char **why,
		    struct error *err) must_check;
/*
 * What POST /build/prune says it deleted: must be the record, and nothing beside the plan. *why:
 * the record is not among them. Errors: ERROR_CONFLICT if others are.
 */
int check_cache_reply(struct deeds *d, const struct plan_row *row, const json_t *json, char **why,
		      struct error *err) must_check;

/* apply_podman.c: Podman's own call to remove an image by ID or reference (see snapshot.h). */
char *libpod_delete_path(const char *name) must_check;
/* Its answer is always a success of HTTP; this is what it would have been in Docker's words. */
struct libpod_answer {
	int status;
	char message[512];
};
int libpod_answer_parse(struct libpod_answer *out, const json_t *json, struct error *err)
	must_check;
/* Podman has one status, 500, for much that Docker says as 409. */
bool podman_says_in_use(const char *message);

/* apply_bytes.c: what the engine's own totals shrank by. */
void bytes_before(struct deeds *d, struct engine *engine);
void bytes_after_images(struct deeds *d, struct engine *engine);
/* The engine says that it freed `space` with this record of build cache. */
void bytes_take_cache(struct deeds *d, const struct plan_row *row, int64_t space);
/* Counts the layers in the answer to an image's DELETE. */
void bytes_take_deleted(struct deeds *d, const struct plan_row *row, const json_t *json);
int64_t bytes_total(const struct deeds *d);

/*
 * apply_space.c: does the disk follow? Not if what certainly went is a quarter of what was missing
 * and not even half of it has shown up, or if what may have gone is half of what was missing and
 * not even a tenth of it has. Bytes; grown may be negative.
 */
struct space {
	int64_t missing, certain, possible, grown;
};
bool space_falls_short(const struct space *space);
/* Runs units [from, to) in small batches until enough of the disk is free. */
int space_run(struct deeds *d, size_t from, size_t to, bool *reached, struct error *err) must_check;

/* apply.c: runs units [from, to); -1: told to stop (ERROR_CANCELLED), or the engine is gone. */
int deeds_run(struct deeds *d, size_t from, size_t to, struct error *err) must_check;

#endif
