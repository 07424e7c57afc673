/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/registry/auth_internal.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/base64.h"
#include "common/codec/helper_message.h"
#include "common/codec/url.h"

#define CLIENT_ID "docker-hygiene"

const char *auth_need_name(const struct auth_need *need)
{
	return need->repository ? need->repository : "";
}

void auth_need_scopes(struct scope_set *out, const struct auth_need *need,
		      const struct auth_place *place)
{
	struct error err = ERROR_INIT;

	/* Neither can be too large: a path has 255 bytes, a hint has passed the same limit. */
	if (need->repository &&
	    scope_set_add_repository(out, need->repository, need->actions, &err) < 0)
		return;
	if (place && (place->alone || !need->repository))
		(void)!scope_set_unite(out, &place->hint, &err);
}

/* --- The list of them. */

static void grant_free(struct auth_grant *grant)
{
	scope_set_release(&grant->scopes);
	scope_set_release(&grant->lead);
	secret_release(&grant->token);
	strings_release(&grant->worked);
	strings_release(&grant->refused);
	free(grant);
}

struct auth_grant *auth_grant_find(const struct auth *auth, unsigned id)
{
	for (struct auth_grant *grant = auth->grants; grant; grant = grant->next)
		if (grant->id == id)
			return grant;
	return NULL;
}

struct auth_grant *auth_grant_add(struct auth *auth, struct auth_way *way,
				  const struct credential *credential)
{
	struct auth_grant *grant = xcalloc(1, sizeof(*grant));

	grant->id = ++auth->last_id;
	grant->way = way;
	grant->credential = credential;
	grant->post = credential && credential->kind == CREDENTIAL_IDENTITY && !way->get_only;
	grant->next = auth->grants;
	auth->grants = grant;
	return grant;
}

void auth_grant_drop(struct auth *auth, struct auth_grant *grant)
{
	struct auth_grant **at = &auth->grants;

	while (*at && *at != grant)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = grant->next;
	grant_free(grant);
}

static bool is_over(const struct auth_grant *grant, int64_t now)
{
	switch (grant->state) {
	case GRANT_READY:
		return now >= grant->end - AUTH_EARLY;
	case GRANT_FAILED:
		return now >= grant->end;
	default:
		return false;
	}
}

void auth_grants_tidy(struct auth *auth, int64_t now)
{
	struct auth_grant *next;

	for (struct auth_grant *grant = auth->grants; grant; grant = next) {
		next = grant->next;
		if (is_over(grant, now))
			auth_grant_drop(auth, grant);
	}
}

void auth_grants_release(struct auth *auth)
{
	while (auth->grants)
		auth_grant_drop(auth, auth->grants);
}

/* Owned. */
static char *deed(const struct auth_need *need)
{
	return xasprintf("%s %s", need->repository ? need->actions : "", auth_need_name(need));
}

bool auth_grant_worked(const struct auth_grant *grant, const struct auth_need *need)
{
	scoped_str what = deed(need);

	return strings_have(&grant->worked, what);
}

void auth_grant_works(struct auth_grant *grant, const struct auth_need *need)
{
	if (!auth_grant_worked(grant, need))
		strings_take(&grant->worked, deed(need));
}

bool auth_grant_leads(const struct auth_grant *grant, const char *repository)
{
	return grant->lead.count ? strcmp(grant->lead.items[0].name, repository) == 0
				 : !*repository;
}

static bool equal_sets(const struct scope_set *a, const struct scope_set *b)
{
	return scope_set_contains(a, b) && scope_set_contains(b, a);
}

static bool answers(const struct auth_grant *grant, const struct scope_set *scopes,
		    const struct auth_place *place)
{
	bool contains = scope_set_contains(&grant->scopes, scopes);

	if (grant->state == GRANT_FAILED)
		return grant->for_all || (grant->for_part && contains) ||
		       equal_sets(&grant->scopes, scopes);
	if (strings_have(&grant->refused, place ? place->repository : ""))
		return false;
	/* One that was made for many is not for who has to have his own. */
	if (place && place->alone)
		return auth_grant_leads(grant, place->repository) && !grant->many &&
		       equal_sets(&grant->scopes, scopes);
	return contains;
}

struct auth_grant *auth_grant_for(const struct auth *auth, const struct auth_way *way,
				  const struct credential *credential,
				  const struct scope_set *scopes, const struct auth_place *place,
				  int64_t now)
{
	struct auth_grant *best = NULL;

	for (struct auth_grant *grant = auth->grants; grant; grant = grant->next)
		if (grant->way == way && grant->credential == credential && !is_over(grant, now) &&
		    answers(grant, scopes, place) &&
		    (!best || grant->state == GRANT_READY || best->state == GRANT_FAILED))
			best = grant;
	return best;
}

/* --- The request. */

static void add_form(struct buf *out, const char *name, const char *value, size_t len)
{
	buf_fmt(out, "%s%s=", out->len ? "&" : "", name);
	for (size_t i = 0; i < len; i++) {
		const char one[] = { value[i], '\0' };

		/* A NUL is a byte like others here. */
		if (*one)
			url_add_escaped(out, one);
		else
			buf_str(out, "%00");
	}
}

static void add_form_text(struct buf *out, const char *name, const char *value)
{
	add_form(out, name, value, strlen(value));
}

/* "a b c". Owned. */
static char *join(const struct strings *list)
{
	scoped_buf text;

	buf_init(&text, SIZE_MAX);
	for (size_t i = 0; i < list->count; i++)
		buf_fmt(&text, "%s%s", i ? " " : "", list->items[i]);
	return buf_take(&text);
}

static void write_form(const struct auth_grant *grant, struct secret *out)
{
	const struct credential *c = grant->credential;
	scoped_strings scopes = { 0 };
	scoped_buf form;

	buf_init_wiped(&form, SIZE_MAX);
	add_form_text(&form, "grant_type", "refresh_token");
	if (grant->way->service)
		add_form_text(&form, "service", grant->way->service);
	add_form_text(&form, "client_id", CLIENT_ID);
	scope_set_list(&grant->scopes, &grant->lead, &scopes);
	scoped_str all = join(&scopes);

	if (*all)
		add_form_text(&form, "scope", all);
	add_form(&form, "refresh_token", c->secret.data, c->secret.len);
	secret_take(out, &form);
}

static char *write_query(const struct auth_grant *grant)
{
	const struct credential *c = grant->credential;
	scoped_strings scopes = { 0 };
	scoped_buf url;

	buf_init(&url, SIZE_MAX);
	buf_str(&url, grant->way->realm);
	if (grant->way->service)
		url_add_query(&url, "service", grant->way->service);
	url_add_query(&url, "client_id", CLIENT_ID);
	if (c && c->user)
		url_add_query(&url, "account", c->user);
	scope_set_list(&grant->scopes, &grant->lead, &scopes);
	for (size_t i = 0; i < scopes.count; i++)
		url_add_query(&url, "scope", scopes.items[i]);
	return buf_take(&url);
}

void auth_basic(const struct credential *credential, struct secret *out)
{
	const char *user = credential->user ? credential->user : HELPER_TOKEN_USER;
	scoped_secret pair = { 0 };
	scoped_buf header;

	secret_add(&pair, user, strlen(user));
	secret_add(&pair, ":", 1);
	secret_add(&pair, credential->secret.data, credential->secret.len);
	buf_init_wiped(&header, SIZE_MAX);
	buf_str(&header, "Basic ");
	base64_add(&header, pair.data, pair.len);
	secret_take(out, &header);
}

void auth_grant_request(const struct auth_grant *grant, struct auth_fetch *out)
{
	out->id = grant->id;
	out->post = grant->post;
	out->vouched = grant->way->verdict == REALM_VOUCHED;
	if (grant->post) {
		out->url = xstrdup(grant->way->realm);
		write_form(grant, &out->body);
		return;
	}
	out->url = write_query(grant);
	if (grant->credential)
		auth_basic(grant->credential, &out->authorization);
}
