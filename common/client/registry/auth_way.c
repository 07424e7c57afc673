/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/registry/auth_internal.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/printable.h"
#include "common/codec/url.h"

/* A registry that names more token servers than this keeps the last of them. */
#define WAYS_MAX 64

static void way_free(struct auth_way *way)
{
	free(way->realm);
	free(way->service);
	free(way->shown);
	free(way->offered);
	free(way);
}

void auth_ways_release(struct auth *auth)
{
	while (auth->ways) {
		struct auth_way *way = auth->ways;

		auth->ways = way->next;
		way_free(way);
	}
}

/* "bearer, basic" */
static char *schemes(const struct challenges *challenges)
{
	scoped_buf text;

	buf_init(&text, SIZE_MAX);
	for (size_t i = 0; i < challenges->count; i++) {
		char shown[PRINTABLE_SHORT];

		buf_fmt(&text, "%s%s", i ? ", " : "",
			printable_short(shown, challenges->items[i].scheme));
	}
	return buf_take(&text);
}

/* The realm's URL, taken from where the registry is; it may be a path alone. */
static void read_realm(const struct auth *auth, const char *realm, struct auth_way *way)
{
	struct error err = ERROR_INIT;
	char shown[PRINTABLE_SHORT];
	scoped_url base = { 0 };
	scoped_url url = { 0 };
	scoped_str address = NULL;

	way->verdict = REALM_BAD;
	way->shown = xstrdup(printable_short(shown, realm));
	if (!*realm || url_parse(&base, auth->origin, &err) < 0 ||
	    url_resolve(&url, &base, realm, &err) < 0)
		return;
	address = url_format(&url);
	way->verdict = realm_judge(auth->registry, auth->origin, address, auth->realms);
	if (way->verdict == REALM_BAD)
		return;
	free_str(&url.query);
	scoped_str bare = url_format(&url);

	str_replace(&way->shown, xstrdup(printable_short(shown, bare)));
	if (way->verdict != REALM_PRIVATE)
		way->realm = take_ptr(address);
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_way(const struct auth_way *a, const struct auth_way *b)
{
	return !a->of_old && same(a->realm, b->realm) && same(a->service, b->service) &&
	       same(a->shown, b->shown) && a->basic == b->basic && same(a->offered, b->offered);
}

static struct auth_way *known_way(const struct auth *auth, const struct auth_way *way)
{
	for (struct auth_way *known = auth->ways; known; known = known->next)
		if (same_way(known, way))
			return known;
	return auth->way_count == WAYS_MAX ? auth->ways : NULL;
}

struct auth_way *auth_way_learn(struct auth *auth, const struct challenges *challenges)
{
	const struct challenge *bearer = challenges_pick(challenges);
	struct auth_way *way, *known;

	if (!challenges->count)
		return NULL;
	way = xcalloc(1, sizeof(*way));
	way->basic = challenges_find(challenges, "basic") != NULL;
	way->offered = schemes(challenges);
	if (bearer && strcmp(bearer->scheme, "bearer") == 0) {
		way->service = xstrdup_null(challenge_param(bearer, "service"));
		read_realm(auth, challenge_param(bearer, "realm"), way);
	}
	known = known_way(auth, way);
	if (known) {
		way_free(way);
		return known;
	}
	way->next = auth->ways;
	auth->ways = way;
	auth->way_count++;
	return way;
}

/* Every action of the scope is one that the request needs anyway. */
static bool is_within(const struct scope *scope, const char *actions)
{
	struct error err = ERROR_INIT;
	scoped_scope_set have = { 0 };
	scoped_scope_set want = { 0 };
	scoped_str text = scope_format(scope);
	scoped_str most = xasprintf("%s%s%s%s:%s:%s", scope->type, scope->class ? "(" : "",
				    scope->class ? scope->class : "", scope->class ? ")" : "",
				    scope->name, actions);

	return scope_set_add(&have, most, &err) == 0 && scope_set_add(&want, text, &err) == 0 &&
	       scope_set_contains(&have, &want);
}

static bool may_take(const struct scope *scope, const struct auth_need *need)
{
	bool of_repository = strcmp(scope->type, "repository") == 0;

	/* "repository:user/image:pull" is what some say to every request without a repository. */
	if (!need->repository)
		return !of_repository;
	return of_repository && scope->name && is_within(scope, need->actions);
}

void auth_way_scopes(struct scope_set *out, const struct challenges *challenges,
		     const struct auth_need *need)
{
	const struct challenge *bearer = challenges_find(challenges, "bearer");
	const char *text = bearer ? challenge_param(bearer, "scope") : NULL;
	struct error err = ERROR_INIT;
	scoped_scope_set named = { 0 };

	if (!text || scope_set_add(&named, text, &err) < 0)
		return;
	for (size_t i = 0; i < named.count; i++) {
		scoped_str one = scope_format(&named.items[i]);

		if (may_take(&named.items[i], need) && scope_set_add(out, one, &err) < 0)
			return;
	}
}

enum auth_scheme auth_scheme_of(const struct auth_way *way, const struct credential *credential)
{
	bool pair = credential->kind == CREDENTIAL_PASSWORD;

	if (!way)
		return AUTH_BARE;
	if (credential->kind == CREDENTIAL_BEARER)
		return AUTH_DIRECT;
	if (way->realm && !(way->basic && pair && !realm_allowed(way->verdict)))
		return AUTH_BEARER;
	return way->basic && pair ? AUTH_BASIC : AUTH_BARE;
}

const struct credential *auth_way_credential(const struct auth_way *way,
					     const struct credential *credential)
{
	return credential->kind != CREDENTIAL_NONE && realm_allowed(way->verdict) ? credential
										  : NULL;
}
