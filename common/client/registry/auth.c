/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/registry/auth.h"

#include <stdlib.h>
#include <string.h>

#include "common/client/registry/auth_internal.h"
#include "common/codec/token_reply.h"
#include "common/codec/url.h"

/* How long a token server's trouble is taken for granted before it is asked again. */
#define TROUBLE_LASTS NSEC_PER_MIN
/* Passwords that were refused, none being taken, before no more are sent. */
#define BASIC_TRIES   2

void auth_fetch_release(struct auth_fetch *fetch)
{
	free(fetch->url);
	secret_release(&fetch->body);
	secret_release(&fetch->authorization);
	*fetch = (struct auth_fetch){ 0 };
}

void auth_order_release(struct auth_order *order)
{
	secret_release(&order->authorization);
	auth_fetch_release(&order->fetch);
	*order = (struct auth_order){ 0 };
}

/* --- From begin to end. */

void auth_open(struct auth **out, const struct auth_options *options)
{
	struct auth *auth = xcalloc(1, sizeof(*auth));

	auth->registry = xstrdup(options->registry);
	auth->origin = xstrdup(options->origin);
	auth->credentials = options->credentials;
	auth->realms = options->realms;
	*out = auth;
}

static void forget_places(struct auth *auth)
{
	while (auth->places) {
		struct auth_place *place = auth->places;

		auth->places = place->next;
		free(place->repository);
		scope_set_release(&place->hint);
		free(place);
	}
}

void auth_origin(struct auth *auth, const char *origin)
{
	str_replace(&auth->origin, xstrdup(origin));
	auth_grants_release(auth);
	forget_places(auth);
	for (struct auth_way *way = auth->ways; way; way = way->next)
		way->of_old = true;
	auth->way = NULL;
	auth->probe = NULL;
	auth->learned = false;
}

void auth_close(struct auth **auth)
{
	struct auth *a = *auth;

	if (!a)
		return;
	auth_grants_release(a);
	forget_places(a);
	auth_ways_release(a);
	free(a->registry);
	free(a->origin);
	free(a);
	*auth = NULL;
}

/* --- What is known of one repository. */

struct auth_place *auth_place_find(const struct auth *auth, const char *repository)
{
	for (struct auth_place *place = auth->places; place; place = place->next)
		if (strcmp(place->repository, repository) == 0)
			return place;
	return NULL;
}

static struct auth_place *place_of(struct auth *auth, const struct auth_need *need)
{
	struct auth_place *place = auth_place_find(auth, auth_need_name(need));

	if (place)
		return place;
	place = xcalloc(1, sizeof(*place));
	place->repository = xstrdup(auth_need_name(need));
	place->next = auth->places;
	auth->places = place;
	return place;
}

struct auth_way *auth_way_of(const struct auth *auth, const struct auth_place *place)
{
	return place && place->way ? place->way : auth->way;
}

const struct credential *auth_credential_of(const struct auth *auth, const char *repository)
{
	struct auth_place *place = auth_place_find(auth, repository ? repository : "");
	const struct credential *found = place ? place->credential : NULL;

	if (found)
		return found;
	if (!auth->credentials)
		return &auth->none;
	if (repository && !*repository)
		repository = NULL;
	found = credentials_find(auth->credentials, auth->registry, repository);
	if (place)
		place->credential = found;
	return found;
}

/* --- Before. */

static const char *user_of(const struct credential *credential)
{
	return credential->user ? credential->user : "";
}

static void go_as(struct auth_need *need, const struct credential *credential,
		  struct auth_order *out)
{
	need->sent_credentials = true;
	out->as = credential;
	out->user = user_of(credential);
}

static void write_bearer(struct secret *out, const struct secret *token)
{
	secret_set(out, "Bearer ", strlen("Bearer "));
	secret_add(out, token->data, token->len);
}

static bool same_needs(const struct auth *auth, const struct auth_grant *grant,
		       const struct auth_need *other)
{
	const struct auth_place *place = auth_place_find(auth, auth_need_name(other));
	const struct credential *credential;

	if (!other->repository || (place && place->alone) || auth_way_of(auth, place) != grant->way)
		return false;
	credential = auth_credential_of(auth, other->repository);
	return auth_scheme_of(grant->way, credential) == AUTH_BEARER &&
	       auth_way_credential(grant->way, credential) == grant->credential;
}

/* Everybody who waits is asked again after every answer: that has to be cheap. */
static bool still_waits(const struct auth *auth, const struct auth_need *need)
{
	const struct auth_grant *grant = need->waits ? auth_grant_find(auth, need->waits) : NULL;

	return grant && grant->state == GRANT_ASKED;
}

/* Takes the scopes of another request in, if it needs any and they fit. */
static void cover(const struct auth *auth, struct auth_grant *grant, const struct auth_need *other,
		  int64_t now)
{
	const struct auth_place *place = auth_place_find(auth, auth_need_name(other));
	struct error err = ERROR_INIT;
	scoped_scope_set more = { 0 };
	scoped_scope_set both = { 0 };

	auth_need_scopes(&more, other, place);
	if (auth_grant_for(auth, grant->way, grant->credential, &more, place, now) ||
	    scope_set_unite(&both, &grant->scopes, &err) < 0 ||
	    scope_set_unite(&both, &more, &err) < 0 ||
	    scope_set_chunk(&both, 0, AUTH_CHUNK, AUTH_CHUNK_BYTES) < both.count)
		return;
	scope_set_release(&grant->scopes);
	grant->scopes = take_value(both);
	grant->many = true;
}

static void cover_all(const struct auth *auth, struct auth_grant *grant,
		      const struct auth_need *const *others, size_t count, int64_t now)
{
	if (grant->alone)
		return;
	for (size_t i = 0; i < count && grant->scopes.count < AUTH_CHUNK; i++)
		if (!still_waits(auth, others[i]) && same_needs(auth, grant, others[i]))
			cover(auth, grant, others[i], now);
}

static struct auth_grant *ask_for(struct auth *auth, struct auth_way *way,
				  const struct credential *credential, const struct auth_need *need,
				  const struct auth_place *place, struct scope_set *scopes)
{
	struct auth_grant *grant = auth_grant_add(auth, way, credential);

	/* Without what its challenges named. */
	auth_need_scopes(&grant->lead, need, NULL);
	grant->scopes = take_value(*scopes);
	grant->alone = place->alone;
	return grant;
}

/* The way is that of a token server. */
static void with_token(struct auth *auth, struct auth_need *need,
		       const struct credential *credential, const struct auth_need *const *others,
		       size_t count, int64_t now, struct auth_order *out)
{
	struct auth_place *place = place_of(auth, need);
	struct auth_way *way = auth_way_of(auth, place);
	const struct credential *sent = auth_way_credential(way, credential);
	scoped_scope_set scopes = { 0 };
	struct auth_grant *grant;

	auth_need_scopes(&scopes, need, place);
	out->withheld = credential->kind != CREDENTIAL_NONE && !sent ? way->shown : NULL;
	grant = auth_grant_for(auth, way, sent, &scopes, place, now);
	if (!grant) {
		grant = ask_for(auth, way, sent, need, place, &scopes);
		cover_all(auth, grant, others, count, now);
		auth_grant_request(grant, &out->fetch);
		out->step = AUTH_FETCH;
	} else if (grant->state == GRANT_READY) {
		need->grant = grant->id;
		write_bearer(&out->authorization, &grant->token);
		out->step = AUTH_GO;
	} else {
		out->step = grant->state == GRANT_FAILED ? AUTH_FAIL : AUTH_WAIT;
		out->err = grant->err;
		need->waits = grant->id;
	}
	out->as = sent;
	if (sent)
		out->user = user_of(sent);
	need->sent_credentials = sent != NULL;
}

/* Until a password has let somebody in, one goes at a time, and after two that did not nobody does:
 * accounts get locked. */
static void with_password(struct auth *auth, struct auth_need *need, const struct auth_way *way,
			  const struct credential *credential, struct auth_order *out)
{
	if (!way->basic_works && way->basic_refused >= BASIC_TRIES) {
		out->step = AUTH_FAIL;
		error_set(&out->err, ERROR_DENIED, 401, "%s refuses the password", auth->registry);
		auth_explain_with(auth, way, credential, &out->err);
		return;
	}
	if (!way->basic_works && auth->probe && auth->probe != need) {
		out->step = AUTH_WAIT;
		return;
	}
	if (!way->basic_works)
		auth->probe = need;
	auth_basic(credential, &out->authorization);
	go_as(need, credential, out);
}

void auth_before(struct auth *auth, struct auth_need *need, const struct auth_need *const *others,
		 size_t count, int64_t now, struct auth_order *out)
{
	const struct auth_way *way = auth_way_of(auth, auth_place_find(auth, auth_need_name(need)));
	const struct credential *credential;

	*out = (struct auth_order){ .step = AUTH_GO };
	if (still_waits(auth, need)) {
		out->step = AUTH_WAIT;
		return;
	}
	need->grant = need->waits = 0;
	need->sent_credentials = false;
	if (!auth->learned) {
		if (!auth->probe)
			auth->probe = need;
		if (auth->probe != need)
			out->step = AUTH_WAIT;
		return;
	}
	if (!way)
		return;
	auth_grants_tidy(auth, now);
	credential = auth_credential_of(auth, need->repository);
	if (error_is_set(&credential->failure))
		out->trouble = &credential->failure;
	switch (auth_scheme_of(way, credential)) {
	case AUTH_BEARER:
		with_token(auth, need, credential, others, count, now, out);
		break;
	case AUTH_BASIC:
		with_password(auth, need, way, credential, out);
		break;
	case AUTH_DIRECT:
		write_bearer(&out->authorization, &credential->secret);
		go_as(need, credential, out);
		break;
	default:
		break;
	}
}

/* --- After. */

static bool is_among(int status, const int *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (all[i] == status)
			return true;
	return false;
}

/* With a token for many that has not let this one in yet, these may be the token's fault: it is too
 * long for the registry, or the token server read its first scope only. */
static const int of_long_tokens[] = { 400, 403, 404, 431 };

/* Whether the answer is to be doubted, and the repository asked with a token of its own. */
static bool doubts(const struct auth_grant *grant, const struct auth_need *need,
		   const struct auth_place *place, int status)
{
	if (!grant->many || !is_among(status, of_long_tokens, array_len(of_long_tokens)) ||
	    auth_grant_worked(grant, need))
		return false;
	/* The first scope is read by all. */
	return !(status == 403 || status == 404) || !auth_grant_leads(grant, place->repository);
}

static bool says(const struct challenges *challenges, const char *error)
{
	const struct challenge *bearer = challenges_find(challenges, "bearer");
	const char *what = bearer ? challenge_param(bearer, "error") : NULL;

	return what && strcmp(what, error) == 0;
}

static void fail_refused(struct auth *auth, struct auth_grant *grant, const char *repository)
{
	/* Another request with it was faster. */
	if (grant->state == GRANT_FAILED)
		return;
	secret_release(&grant->token);
	grant->state = GRANT_FAILED;
	grant->end = INT64_MAX;
	error_set(&grant->err, ERROR_DENIED, 401, "%s refuses the token for %s", auth->registry,
		  *repository ? repository : "what is not a repository's");
	auth_explain_with(auth, grant->way, auth_credential_of(auth, repository), &grant->err);
}

/* Ended early, or withdrawn: so it is for all. */
static bool is_over_for_all(const struct auth_grant *grant, const struct auth_need *need,
			    const struct challenges *challenges)
{
	if (says(challenges, "insufficient_scope"))
		return false;
	return auth_grant_worked(grant, need) ||
	       (grant->worked.count && says(challenges, "invalid_token"));
}

/* The token of this request was refused. Whether there is another to be had. */
static bool another_token(struct auth *auth, struct auth_grant *grant, const struct auth_need *need,
			  struct auth_place *place, const struct challenges *challenges)
{
	if (is_over_for_all(grant, need, challenges)) {
		auth_grant_drop(auth, grant);
		return true;
	}
	/* Another token server now: nothing is said of this one. */
	if (auth_way_of(auth, place) != grant->way)
		return true;
	place->alone = true;
	if (grant->many || !auth_grant_leads(grant, place->repository)) {
		strings_add(&grant->refused, place->repository);
		return true;
	}
	if (!scope_set_contains(&grant->scopes, &place->hint))
		return true;
	if (!auth_grant_worked(grant, need))
		fail_refused(auth, grant, place->repository);
	return false;
}

/* Whether there is something to try that was not tried. */
static bool can_go_on(struct auth *auth, const struct auth_need *need, struct auth_place *place,
		      const struct auth_way *before, const struct challenges *challenges)
{
	const struct auth_way *way = auth_way_of(auth, place);
	struct auth_grant *grant = auth_grant_find(auth, need->grant);
	enum auth_scheme scheme = auth_scheme_of(way, auth_credential_of(auth, need->repository));

	if (grant)
		return another_token(auth, grant, need, place, challenges);
	/* Another request has found out that this token is over. */
	if (need->grant)
		return true;
	return scheme != AUTH_BARE && (!need->sent_credentials || way != before);
}

static enum auth_verdict refused(struct auth *auth, struct auth_need *need,
				 const struct challenges *challenges)
{
	struct auth_place *place = place_of(auth, need);
	struct auth_way *old = auth_way_of(auth, place);
	struct auth_way *way = auth_way_learn(auth, challenges);

	need->refused++;
	auth->learned = true;
	if (old && need->sent_credentials && !need->grant)
		old->basic_refused++;
	if (way)
		auth->way = place->way = way;
	/* What it names before it has seen a token is what we would ask for anyway, or a mere word.
	 */
	if (!place->plain && (need->grant || !need->repository))
		auth_way_scopes(&place->hint, challenges, need);
	return can_go_on(auth, need, place, old, challenges) && need->refused < AUTH_REFUSED_MAX
		       ? AUTH_AGAIN
		       : AUTH_ANSWERED;
}

/* Nothing that passes by itself: it says how this registry is to be asked. */
static bool is_lasting(int status)
{
	return status < 500 && status != 408 && status != 425 && status != 429;
}

static void note_password(struct auth *auth, const struct auth_need *need)
{
	struct auth_way *way = auth_way_of(auth, auth_place_find(auth, auth_need_name(need)));

	if (way)
		way->basic_works = true;
}

enum auth_verdict auth_after(struct auth *auth, struct auth_need *need, int status,
			     const struct challenges *challenges)
{
	struct auth_grant *grant = auth_grant_find(auth, need->grant);

	if (auth->probe == need)
		auth->probe = NULL;
	if (status == 0)
		return AUTH_ANSWERED;
	if (status == 401)
		return refused(auth, need, challenges);
	auth->learned |= is_lasting(status);
	if (is_lasting(status) && need->sent_credentials && !need->grant)
		note_password(auth, need);
	if (!grant)
		return AUTH_ANSWERED;
	if (status < 400) {
		auth_grant_works(grant, need);
		return AUTH_ANSWERED;
	}
	if (!doubts(grant, need, place_of(auth, need), status))
		return AUTH_ANSWERED;
	place_of(auth, need)->alone = true;
	return AUTH_AGAIN;
}

void auth_explain(const struct auth *auth, const struct auth_need *need, struct error *err)
{
	const struct auth_place *place = auth_place_find(auth, auth_need_name(need));

	auth_explain_with(auth, auth_way_of(auth, place),
			  auth_credential_of(auth, need->repository), err);
}

/* --- The token server's answer. */

static const int post_unknown[] = { 400, 401, 404, 405 };
static const int too_many_scopes[] = { 400, 403, 404, 413, 414, 422, 431 };

/* Fewer scopes may do. */
static bool is_for_being_many(const struct auth_grant *grant, int status)
{
	return (grant->many || grant->scopes.count > 1) &&
	       (is_among(status, too_many_scopes, array_len(too_many_scopes)) ||
		/* To who is somebody it says that the password is wrong. */
		(status == 401 && !grant->credential));
}

static void ask_each_alone(struct auth *auth, const struct auth_grant *grant)
{
	for (size_t i = 0; i < grant->scopes.count; i++) {
		const struct auth_need need = { .repository = grant->scopes.items[i].name };

		place_of(auth, &need)->alone = true;
	}
}

/* The same repository, without what its challenges named. */
static void ask_plainly(struct auth *auth, const struct auth_grant *grant)
{
	const struct auth_need need = { .repository = grant->lead.count ? grant->lead.items[0].name
									: NULL };
	struct auth_place *place = place_of(auth, &need);

	place->plain = true;
	scope_set_release(&place->hint);
}

static void take_failure(struct auth_grant *grant, int status, const struct error *err, int64_t now)
{
	bool passes = status == 0 || !is_lasting(status);

	if (!error_is_set(&grant->err)) {
		grant->err = *err;
		error_wrap(&grant->err, "the token server %s", grant->way->shown);
	}
	grant->state = GRANT_FAILED;
	grant->for_all = status == 401 && grant->credential;
	grant->for_part = passes || grant->many;
	grant->end = passes ? now + TROUBLE_LASTS : INT64_MAX;
}

static int take_token(struct auth_grant *grant, const char *body, size_t len, int64_t now,
		      struct error *err)
{
	scoped_token_reply reply = { 0 };

	if (token_reply_parse(&reply, body, len, now, err) < 0) {
		err->kind = ERROR_PROTOCOL;
		return -1;
	}
	grant->state = GRANT_READY;
	grant->end = now + reply.lifetime;
	grant->token = take_value(reply.token);
	grant->way->post_works |= grant->post;
	return 0;
}

void auth_fetched(struct auth *auth, unsigned id, int status, const char *body, size_t len,
		  int64_t now, const struct error *err)
{
	struct auth_grant *grant = auth_grant_find(auth, id);
	struct error why = ERROR_INIT;

	/* Asked for before auth_origin(). */
	if (!grant || grant->state != GRANT_ASKED)
		return;
	if (status >= 200 && status < 300) {
		if (take_token(grant, body ? body : "", len, now, &why) < 0)
			take_failure(grant, 0, &why, now);
		return;
	}
	if (grant->post && !grant->way->post_works &&
	    is_among(status, post_unknown, array_len(post_unknown))) {
		grant->way->get_only = true;
		auth_grant_drop(auth, grant);
		return;
	}
	if (is_for_being_many(grant, status)) {
		if (grant->many)
			ask_each_alone(auth, grant);
		else
			ask_plainly(auth, grant);
		auth_grant_drop(auth, grant);
		return;
	}
	if (status != 0)
		auth_explain_fetch(auth, grant, status, body, len);
	take_failure(grant, status, err, now);
}

bool auth_fetch_follows(const struct auth *auth, unsigned id, const char *url)
{
	const struct auth_grant *grant = auth_grant_find(auth, id);
	struct error err = ERROR_INIT;
	scoped_url from = { 0 };
	scoped_url to = { 0 };

	if (!grant || grant->post || url_parse(&from, grant->way->realm, &err) < 0 ||
	    url_parse(&to, url, &err) < 0 || (from.https && !to.https))
		return false;
	enum realm_verdict verdict = realm_judge(auth->registry, auth->origin, url, auth->realms);

	return realm_allowed(verdict) || (!grant->credential && verdict == REALM_OTHER);
}
