/* SPDX-License-Identifier: Apache-2.0 */
/* Which volumes, networks and build cache records go. */
#include <string.h>

#include "common/codec/reference.h"
#include "plugins/hygiene/decide_internal.h"
#include "plugins/hygiene/keep.h"

static bool is_anonymous(const struct api_volume *v)
{
	return api_label_get(&v->labels, "com.docker.volume.anonymous") ||
	       (strchr(v->name, ':') == NULL && digest_is_sha256(v->name));
}

/* Why volumes of this sort are not pruned at all; owned, NULL if they are. */
static char *out_of_scope(const struct decision *d, const struct api_volume *v)
{
	bool anonymous = is_anonymous(v);
	enum volume_scope scope = d->policy->volume_scope;

	if (!v->driver || strcmp(v->driver, "local") != 0)
		return xasprintf("its driver is %s, and only local volumes are pruned",
				 v->driver ? v->driver : "not known");
	if (!v->scope || strcmp(v->scope, "local") != 0)
		return xasprintf("its scope is %s, and only local volumes are pruned",
				 v->scope ? v->scope : "not known");
	if (v->options.count)
		return xasprintf("it has driver options (%s): what it holds may be elsewhere",
				 v->options.items[0].key);
	if (scope == VOLUMES_ANONYMOUS && !anonymous)
		return xstrdup("it has a name, and only anonymous volumes were asked for");
	if (scope == VOLUMES_NAMED && anonymous)
		return xstrdup("it is anonymous, and only named volumes were asked for");
	return NULL;
}

/* "anonymous, last used 3 days ago" */
static char *volume_age(struct decision *d, size_t i)
{
	const struct api_volume *v = &d->snap->volumes.items[i];
	struct object *o = &d->objects[KIND_VOLUME][i];
	size_t known = map_get(&d->volume_uses, v->name);
	int64_t used = known == MAP_NONE ? TIME_NONE : d->snap->uses.items[known].last_used;
	bool anonymous = is_anonymous(v);

	used = time_max(used, o->used);
	o->age_from = o->recency = time_max(v->created, used);
	o->use_seen = used != TIME_NONE;
	if (!o->use_seen)
		return text_unused(d, KIND_VOLUME, anonymous ? "anonymous, " : "named, ", "created",
				   o->age_from);
	return text_ago(d, anonymous ? "anonymous, last used" : "named, last used", o->age_from);
}

static void judge_volume(struct decision *d, size_t i)
{
	const struct api_volume *v = &d->snap->volumes.items[i];
	struct object *o = &d->objects[KIND_VOLUME][i];
	scoped_str what = volume_age(d, i);
	char *scope;

	if (!d->policy->kinds[KIND_VOLUME].chosen) {
		verdict_stay(d, KIND_VOLUME, i);
		return;
	}
	if (judge_held(d, KIND_VOLUME, i))
		return;
	scope = out_of_scope(d, v);
	if (scope) {
		verdict_keep(d, KIND_VOLUME, i, PLAN_RULE_SCOPE, scope);
		return;
	}
	if (judge_rules(d, KIND_VOLUME, i, keep_volume(&d->policy->kinds[KIND_VOLUME].keep, v),
			&v->labels))
		return;
	judge_age(d, KIND_VOLUME, i, o->age_from, take_ptr(what));
}

void judge_volumes(struct decision *d)
{
	for (size_t i = 0; i < d->counts[KIND_VOLUME]; i++)
		judge_volume(d, i);
}

/* Networks that belong to the engine itself. */
static bool is_predefined(const struct snapshot *snap, const struct api_network *n)
{
	static const char *const names[] = { "bridge", "host", "none", "ingress" };

	if (n->ingress || !n->name)
		return true;
	for (size_t i = 0; i < array_len(names); i++)
		if (strcmp(n->name, names[i]) == 0)
			return true;
	if (snap->podman && strcmp(n->name, "podman") == 0)
		return true;
	return n->driver && (strcmp(n->driver, "host") == 0 || strcmp(n->driver, "null") == 0);
}

static void judge_network(struct decision *d, size_t i)
{
	const struct api_network *n = &d->snap->networks.items[i];
	struct object *o = &d->objects[KIND_NETWORK][i];

	o->age_from = o->recency = n->created;
	if (!d->policy->kinds[KIND_NETWORK].chosen || is_predefined(d->snap, n))
		verdict_stay(d, KIND_NETWORK, i);
	else if (judge_held(d, KIND_NETWORK, i))
		; /* kept */
	else if (!n->scope || strcmp(n->scope, "local") != 0)
		verdict_keep(d, KIND_NETWORK, i, PLAN_RULE_SCOPE,
			     xasprintf("its scope is %s, and only local networks are pruned",
				       n->scope ? n->scope : "not known"));
	else if (!judge_rules(d, KIND_NETWORK, i,
			      keep_network(&d->policy->kinds[KIND_NETWORK].keep, n), &n->labels))
		judge_age(d, KIND_NETWORK, i, n->created,
			  text_ago(d, "no container has it, created", n->created));
}

void judge_networks(struct decision *d)
{
	scoped_links links = { 0 };

	for (size_t i = 0; i < d->counts[KIND_NETWORK]; i++)
		judge_network(d, i);
	links_of_networks(&links, d);
	settle(d, KIND_NETWORK, &links);
}

static void judge_cache(struct decision *d, size_t i)
{
	const struct api_cache *c = &d->snap->caches.items[i];
	struct object *o = &d->objects[KIND_CACHE][i];

	o->age_from = o->recency = time_max(c->last_used, c->created);
	o->use_seen = c->last_used != TIME_NONE;
	if (!d->policy->kinds[KIND_CACHE].chosen || c->in_use)
		verdict_stay(d, KIND_CACHE, i);
	else if (!judge_rules(d, KIND_CACHE, i, keep_cache(&d->policy->kinds[KIND_CACHE].keep, c),
			      NULL))
		judge_age(d, KIND_CACHE, i, o->age_from,
			  text_ago(d, o->use_seen ? "last used" : "never used again, made",
				   o->age_from));
}

void judge_caches(struct decision *d)
{
	scoped_links links = { 0 };

	for (size_t i = 0; i < d->counts[KIND_CACHE]; i++)
		judge_cache(d, i);
	links_of_caches(&links, d);
	settle(d, KIND_CACHE, &links);
}
