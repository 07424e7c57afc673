/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/decide_internal.h"

#include "common/codec/reference.h"
#include "common/codec/timefmt.h"
#include "plugins/hygiene/keep.h"

static void add_uses(struct decision *d)
{
	const struct uses *uses = &d->snap->uses;

	for (size_t i = 0; i < uses->count; i++) {
		if (uses->items[i].kind == KIND_IMAGE)
			map_put(&d->image_uses, uses->items[i].key, i);
		else if (uses->items[i].kind == KIND_VOLUME)
			map_put(&d->volume_uses, uses->items[i].key, i);
	}
}

void decision_open(struct decision *d, const struct snapshot *snap, const struct policy *policy)
{
	*d = (struct decision){
		.snap = snap,
		.policy = policy,
		.counts = {
			[KIND_CONTAINER] = snap->containers.count,
			[KIND_NETWORK] = snap->networks.count,
			[KIND_VOLUME] = snap->volumes.count,
			[KIND_IMAGE] = snap->images.count,
			[KIND_CACHE] = snap->caches.count,
		},
		.target_reached = true,
		.free_target = -1,
		.size_target = -1,
		.size_left = -1,
	};
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		d->objects[kind] = xcalloc(d->counts[kind], sizeof(struct object));
		for (size_t i = 0; i < d->counts[kind]; i++)
			d->objects[kind][i] = (struct object){
				.age_from = TIME_NONE,
				.recency = TIME_NONE,
				.holder = NO_INDEX,
				.user = NO_INDEX,
				.used = TIME_NONE,
			};
	}
	map_init(&d->image_ids);
	map_init(&d->image_uses);
	map_init(&d->volume_uses);
	for (size_t i = 0; i < snap->images.count; i++)
		map_put(&d->image_ids, digest_hex(snap->images.items[i].id), i);
	add_uses(d);
}

void decision_close(struct decision *d)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		for (size_t i = 0; i < d->counts[kind]; i++)
			free(d->objects[kind][i].reason);
		free(d->objects[kind]);
	}
	map_release(&d->image_ids);
	map_release(&d->image_uses);
	map_release(&d->volume_uses);
	free(d->keep_last);
	strings_release(&d->repositories);
}

static void set_verdict(struct object *o, bool goes, bool told, enum plan_rule rule, char *reason)
{
	o->goes = goes;
	o->told = told;
	o->rule = rule;
	str_replace(&o->reason, reason);
}

void verdict_go(struct decision *d, enum kind kind, size_t i, char *reason)
{
	set_verdict(&d->objects[kind][i], true, false, PLAN_RULE_UNUSED, reason);
}

void verdict_keep(struct decision *d, enum kind kind, size_t i, enum plan_rule rule, char *reason)
{
	set_verdict(&d->objects[kind][i], false, true, rule, reason);
}

void verdict_stay(struct decision *d, enum kind kind, size_t i)
{
	set_verdict(&d->objects[kind][i], false, false, PLAN_RULE_IN_USE, NULL);
}

bool judge_held(struct decision *d, enum kind kind, size_t i)
{
	const struct object *o = &d->objects[kind][i];
	scoped_str by = NULL;

	if (o->holder == NO_INDEX)
		return false;
	/* What runs is seen everywhere; what a stopped container holds is what surprises. */
	if (o->holder_lives) {
		verdict_stay(d, kind, i);
		return true;
	}
	by = container_label(d->snap, o->holder);
	verdict_keep(
		d, kind, i, PLAN_RULE_IN_USE,
		xasprintf("used by container %s (%s), which stays", by,
			  api_container_state_name(d->snap->containers.items[o->holder].state)));
	return true;
}

bool judge_rules(struct decision *d, enum kind kind, size_t i, const struct rule_text *keep,
		 const struct api_labels *labels)
{
	const struct rule_text *filter;

	if (keep) {
		verdict_keep(d, kind, i, PLAN_RULE_KEEP, text_rule("matches keep pattern", keep));
		return true;
	}
	filter = keep_by_labels(&d->policy->kinds[kind].filters, labels);
	if (filter) {
		verdict_keep(d, kind, i, PLAN_RULE_LABEL,
			     text_rule(filter->text[5] == '!' ? "protected by filter"
							      : "does not match filter",
				       filter));
		return true;
	}
	return false;
}

void judge_age(struct decision *d, enum kind kind, size_t i, int64_t latest, char *what)
{
	const struct object *o = &d->objects[kind][i];
	int64_t older_than = d->policy->kinds[kind].older_than;
	scoped_str text = what;
	char limit[TIME_TEXT];

	if (latest > d->snap->now)
		verdict_keep(d, kind, i, PLAN_RULE_FUTURE,
			     xasprintf("its time lies %s in the engine's future",
				       duration_human(limit, time_diff(latest, d->snap->now))));
	else if (o->age_from == TIME_NONE)
		verdict_keep(d, kind, i, PLAN_RULE_STATE,
			     xstrdup("no time is known that its age could count from"));
	else if (time_diff(d->snap->now, o->age_from) < older_than)
		verdict_keep(
			d, kind, i, PLAN_RULE_GRACE,
			xasprintf("younger than %s: %s", duration_format(limit, older_than), text));
	else
		verdict_go(d, kind, i, take_ptr(text));
}

void decide(struct plan *out, const struct snapshot *snap, const struct policy *policy)
{
	scoped_decision d;

	decision_open(&d, snap, policy);
	judge_containers(&d);
	hold(&d);
	judge_images(&d);
	judge_volumes(&d);
	judge_caches(&d);
	choose(&d);
	/* Targets do not choose networks, but a container that they leave keeps its networks. */
	hold(&d);
	judge_networks(&d);
	plan_init(out);
	make_rows(out, &d);
}

void decide_needs_containers(bool *needed, const struct snapshot *snap, const struct policy *policy)
{
	scoped_decision d;

	decision_open(&d, snap, policy);
	d.early = true;
	judge_containers(&d);
	for (size_t i = 0; i < snap->containers.count; i++) {
		const struct api_container *c = &snap->containers.items[i];

		needed[i] = d.objects[KIND_CONTAINER][i].goes && !c->inspected &&
			    c->state != API_CONTAINER_CREATED;
	}
}

void decide_needs_images(bool *needed, const struct snapshot *snap, const struct policy *policy)
{
	bool sizes = policy->kinds[KIND_IMAGE].chosen && policy->max_size != UNSET;
	scoped_decision d;

	decision_open(&d, snap, policy);
	d.early = true;
	judge_containers(&d);
	hold(&d);
	judge_images(&d);
	for (size_t i = 0; i < snap->images.count; i++) {
		const struct object *o = &d.objects[KIND_IMAGE][i];

		/* A limit on what unused images hold needs the layers of all of them. */
		needed[i] = o->goes || (sizes && o->holder == NO_INDEX);
	}
}

bool decide_needs_layers(const struct snapshot *snap, const struct policy *policy)
{
	bool *needed = xcalloc(snap->images.count, sizeof(*needed));
	bool any = false;

	decide_needs_images(needed, snap, policy);
	for (size_t i = 0; i < snap->images.count; i++)
		any |= needed[i];
	free(needed);
	return any;
}
