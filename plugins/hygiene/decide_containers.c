/* SPDX-License-Identifier: Apache-2.0 */
/* Which containers go: stopped ones, by the time that they stopped. */
#include "plugins/hygiene/decide_internal.h"
#include "plugins/hygiene/keep.h"

bool container_is_stopped(const struct api_container *c)
{
	return c->state == API_CONTAINER_EXITED || c->state == API_CONTAINER_DEAD ||
	       c->state == API_CONTAINER_CREATED;
}

int64_t container_use(const struct api_container *c)
{
	int64_t used = c->created;

	if (c->inspected)
		used = time_max(used, time_max(c->started, c->finished));
	return used;
}

/* What its age counts from, in words too (owned). */
static int64_t age_from(const struct decision *d, const struct api_container *c, char **what)
{
	const char *state = api_container_state_name(c->state);

	if (c->state == API_CONTAINER_CREATED) {
		*what = text_ago(d, "never started, created", c->created);
		return c->created;
	}
	if (!c->inspected) {
		/* It cannot have stopped before it was made: old enough is not known, young is. */
		*what = text_ago(d, "created", c->created);
		if (d->early || time_diff(d->snap->now, c->created) <
					d->policy->kinds[KIND_CONTAINER].older_than)
			return c->created;
		return TIME_NONE;
	}
	if (c->finished != TIME_NONE) {
		/* A stop before it was made: the clock was set back, only the making is sure. */
		*what = text_ago(d, state, time_max(c->finished, c->created));
		return time_max(c->finished, c->created);
	}
	if (c->state == API_CONTAINER_DEAD) {
		*what = text_ago(d, "dead, created", c->created);
		return c->created;
	}
	*what = text_ago(d, "never started, created", c->created);
	return c->started == TIME_NONE ? c->created : TIME_NONE;
}

/* What is only a part of something that Docker's API does not know; owned, NULL if it is not. */
static char *belongs_elsewhere(const struct api_container *c)
{
	if (c->pod)
		return xasprintf("it is a part of pod %s, which podman removes as a whole", c->pod);
	return c->outside ? xstrdup("another tool, such as buildah, works in it") : NULL;
}

static void judge_container(struct decision *d, size_t i)
{
	const struct api_container *c = &d->snap->containers.items[i];
	const struct kind_rules *rules = &d->policy->kinds[KIND_CONTAINER];
	struct object *o = &d->objects[KIND_CONTAINER][i];
	char *what;

	if (!rules->chosen || c->state == API_CONTAINER_RUNNING ||
	    c->state == API_CONTAINER_PAUSED || c->state == API_CONTAINER_RESTARTING) {
		verdict_stay(d, KIND_CONTAINER, i);
		return;
	}
	what = belongs_elsewhere(c);
	if (what) {
		verdict_keep(d, KIND_CONTAINER, i, PLAN_RULE_SCOPE, what);
		return;
	}
	if (!container_is_stopped(c)) {
		verdict_keep(d, KIND_CONTAINER, i, PLAN_RULE_STATE,
			     xasprintf("its state is '%s', which is never touched",
				       api_container_state_name(c->state)));
		return;
	}
	if (judge_rules(d, KIND_CONTAINER, i, keep_container(&rules->keep, c), &c->labels))
		return;
	o->age_from = o->recency = age_from(d, c, &what);
	o->use_seen = c->state != API_CONTAINER_CREATED;
	/* In early days nothing is certain but what was made too late. */
	if (d->early && !c->inspected && c->created == TIME_NONE)
		verdict_go(d, KIND_CONTAINER, i, what);
	else
		judge_age(d, KIND_CONTAINER, i, container_use(c), what);
}

void judge_containers(struct decision *d)
{
	for (size_t i = 0; i < d->counts[KIND_CONTAINER]; i++)
		judge_container(d, i);
}
