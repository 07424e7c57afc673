/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building what is due, with the user's own docker: everything under temporary names first, then
 * all tags at once. Whatever fails before that moves nothing, and the temporary names are taken
 * away again, after a signal too. Those of runs that were killed go with a later run.
 */
#ifndef PLUGINS_HYGIENE_BASE_RUN_H
#define PLUGINS_HYGIENE_BASE_RUN_H

#include "common/base/clock.h"
#include "plugins/hygiene/base_move.h"
#include "plugins/hygiene/base_world.h"

/* Temporary names: "docker-hygiene-base:t<seconds, hex>-<pid>-<n>". */
#define BASE_TEMPORARY      "docker-hygiene-base"
#define BASE_TEMPORARY_LIFE (24 * NSEC_PER_HOUR)

/* What became of one row of the plan: state, word for machines, for people. */
#define BUILD_STATES(X)                           \
	X(NOT_DUE, "not-due", "not due")          \
	X(BUILT, "built", "built")                \
	X(NOT_PUSHED, "not-pushed", "not pushed") \
	X(FAILED, "failed", "failed")             \
	X(NOT_MOVED, "not-moved", "not moved")    \
	X(NOT_REACHED, "not-reached", "not reached")
enum build_state {
#define BUILD_ENUM(state, name, text) BUILD_##state,
	BUILD_STATES(BUILD_ENUM)
#undef BUILD_ENUM
		BUILD_STATE_COUNT
};
/*
 * BUILT: and its tags moved; NOT_PUSHED: the same, but a push of it failed. NOT_MOVED: built, but
 * another failed, and so nothing moved; NOT_REACHED: another failed before.
 */
struct base_result {
	enum build_state state;
	char *temporary;     /* name while it is built; NULL */
	char *id;            /* of the new image; NULL */
	struct strings tags; /* those that name it now: "latest", "2026.48" */
	struct strings pushed;
};

/* Whether its tags name the new image here. */
bool base_result_moved(const struct base_result *result);

struct base_run {
	const struct clock *clock;
	struct cancel *cancel;
	struct engine *deeds;         /* not ended by cancel: for what must be finished */
	struct registry *registry;    /* for the tags that a push would meet */
	const struct strings *docker; /* "docker", and its global flags */
	int shown;                    /* where docker's output goes */
	const char *tmpdir;           /* for Dockerfiles that are written anew; NULL: /tmp */
	void (*tell)(void *ctx, const char *line); /* what is done now */
	void (*built)(void *ctx);                  /* all is built, and nothing has moved yet */
	void *tell_ctx;                            /* of both */
	bool push;
	bool use_cache; /* of earlier builds; else every step is done anew */
	/* Filled: */
	struct base_result *results; /* as plan->items */
	size_t count;
	struct tag_moves moves;
	struct strings variables; /* of docker's environment, beside ours */
};
void base_run_release(struct base_run *run);

/*
 * Builds and moves. err: the first failure, with what it means. Results are filled either way. A
 * row that is blocked is a failure before anything is built.
 */
int base_run(struct base_run *run, struct base_world *world, const struct due_plan *plan,
	     struct error *err) must_check;
/* Pushes every tag that moved, after base_run(). What failed does not keep the rest. */
int base_push(struct base_run *run, const struct base_world *world, const struct due_plan *plan,
	      struct error *err) must_check;

#endif
