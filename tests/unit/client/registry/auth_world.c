/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/client/registry/auth_world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/codec/base64.h"

#define BEGIN (INT64_C(1700000000) * NSEC_PER_SEC)

#define SAY(w, fmt, ...) \
	fmt " (" RANDOM_SEED ")", ##__VA_ARGS__, (unsigned long long)(w)->random.seed

static const char *no_env(const char *name)
{
	(void)name;
	return NULL;
}

void world_open(struct world *w, const struct world_rules *rules)
{
	struct error err = ERROR_INIT;

	*w = (struct world){ .rules = rules, .now = BEGIN, .random = random_start() };
	w->config.root = json_loads(rules->config ? rules->config : "{}", 0, NULL);
	ck_assert_ptr_nonnull(w->config.root);
	ck_assert_int_eq(credentials_open(&w->credentials, &w->config, no_env, NULL, &err), 0);
	ck_assert_msg(realms_read(&w->realms, rules->realms, &err) == 0, "%s", err.text);
	const struct auth_options options = {
		.registry = rules->registry ? rules->registry : "r.example.com",
		.origin = rules->origin ? rules->origin : "https://r.example.com",
		.credentials = w->credentials,
		.realms = &w->realms,
	};
	auth_open(&w->auth, &options);
}

void world_close(struct world *w)
{
	auth_close(&w->auth);
	credentials_close(&w->credentials);
	realms_release(&w->realms);
	json_decref(w->config.root);
	for (size_t i = 0; i < w->requests.count; i++) {
		free(w->requests.items[i].repository);
		free(w->requests.items[i].sent);
	}
	for (size_t i = 0; i < w->tokens.count; i++) {
		free(w->tokens.items[i].text);
		strings_release(&w->tokens.items[i].access);
	}
	for (size_t i = 0; i < w->fetches.count; i++)
		auth_fetch_release(&w->fetches.items[i]);
	free(w->requests.items);
	free(w->tokens.items);
	free(w->fetches.items);
	strings_release(&w->urls);
	strings_release(&w->bodies);
}

void world_ask(struct world *w, const char *repository, const char *actions)
{
	struct world_request *r = array_add(&w->requests);

	r->repository = xstrdup_null(repository);
	r->need = (struct auth_need){ .repository = r->repository, .actions = actions };
}

void world_ask_many(struct world *w, const char *prefix, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		scoped_str name = xasprintf("%s/app-%u", prefix, i);

		world_ask(w, name, "pull");
	}
}

unsigned world_count(const struct world *w, enum world_end end)
{
	unsigned count = 0;

	for (size_t i = 0; i < w->requests.count; i++)
		count += w->requests.items[i].end == end;
	return count;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static char *text_of(const struct secret *s)
{
	return s->len ? xstrndup(s->data, s->len) : xstrdup("");
}

/* --- Who may what. */

bool world_may(bool known, const char *name, const char *action)
{
	if (begins(name, "pub/") || begins(name, "gone/"))
		return strcmp(action, "pull") == 0;
	if (begins(name, "priv/"))
		return known && strcmp(action, "pull") == 0;
	if (begins(name, "mine/"))
		return known;
	return strcmp(name, "catalog") == 0;
}

/* --- The token server. */

/* The values of a parameter in a query or form. */
static void values_of(const char *text, const char *name, struct strings *out)
{
	size_t len = strlen(name);

	for (const char *at = text; at; at = strchr(at, '&') ? strchr(at, '&') + 1 : NULL) {
		if (strncmp(at, name, len) != 0 || at[len] != '=')
			continue;
		scoped_buf value;

		buf_init(&value, SIZE_MAX);
		for (at += len + 1; *at && *at != '&'; at++) {
			unsigned byte = (unsigned char)*at;

			if (*at == '%') {
				ck_assert_int_eq(sscanf(at + 1, "%2x", &byte), 1);
				at += 2;
			}
			buf_char(&value, (char)byte);
		}
		strings_take(out, buf_take(&value));
		if (!*at)
			return;
	}
}

/* All scopes, each on its own. */
static void scopes_of(const struct auth_fetch *fetch, struct strings *out)
{
	scoped_str body = text_of(&fetch->body);
	const char *query = strchr(fetch->url, '?');
	scoped_strings values = { 0 };

	values_of(fetch->post ? body : query ? query + 1 : "", "scope", &values);
	for (size_t i = 0; i < values.count; i++)
		for (const char *at = values.items[i]; *(at += strspn(at, " "));) {
			size_t len = strcspn(at, " ");

			strings_take(out, xstrndup(at, len));
			at += len;
		}
}

/* 1: known; 0: nobody; -1: wrong. */
static int who_asks(const struct world *w, const struct auth_fetch *fetch)
{
	scoped_str header = text_of(&fetch->authorization);
	scoped_str body = text_of(&fetch->body);

	if (*header || *body)
		ck_assert_msg(begins(fetch->url, w->rules->trusted),
			      SAY(w, "credentials go to %s", fetch->url));
	if (fetch->post)
		return strstr(body, "refresh_token=refresh-me") ? 1 : -1;
	if (!*header)
		return 0;
	/* alice:s3cret, <token>:refresh-me */
	return strcmp(header, "Basic YWxpY2U6czNjcmV0") == 0 ||
			       strcmp(header, "Basic PHRva2VuPjpyZWZyZXNoLW1l") == 0
		       ? 1
		       : -1;
}

/* "repository:name:a,b": adds "name:a" and so on. False: some of it is not allowed. */
static bool grant(struct world_token *token, const char *scope)
{
	const char *name = strchr(scope, ':');
	const char *last = strrchr(scope, ':');
	bool all = true;

	if (name == last)
		return false;
	scoped_str path = xstrndup(name + 1, (size_t)(last - name - 1));

	for (const char *at = last + 1; *at; at += strspn(at, ",")) {
		scoped_str action = xstrndup(at, strcspn(at, ","));

		at += strlen(action);
		if (world_may(token->known, path, action))
			strings_take(&token->access, xasprintf("%s:%s", path, action));
		else
			all = false;
	}
	return all;
}

static int token_answer(struct world *w, const struct auth_fetch *fetch, char **body)
{
	const struct world_rules *rules = w->rules;
	int who = who_asks(w, fetch);
	scoped_strings scopes = { 0 };
	bool all = true;

	*body = xstrdup(rules->body ? rules->body : "{\"details\":\"no\"}");
	scopes_of(fetch, &scopes);
	if (fetch->post && rules->post)
		return rules->post;
	if (rules->status)
		return rules->status;
	if (who < 0 || (who == 0 && rules->known_only))
		return 401;
	if (rules->most_scopes && scopes.count > rules->most_scopes)
		return rules->too_many;
	struct world_token *token = array_add(&w->tokens);
	int64_t lifetime = rules->lifetime ? rules->lifetime : 300;

	token->known = who > 0;
	token->end = w->now + lifetime * NSEC_PER_SEC;
	for (size_t i = 0; i < scopes.count && (i == 0 || !rules->first_only); i++)
		all &= grant(token, scopes.items[i]);
	if (rules->strict && !all)
		return 403;
	token->text = xasprintf("t%zu-%0*u", w->tokens.count, (int)(scopes.count * 40), 0U);
	str_replace(body, xasprintf("{\"%s\":\"%s\",\"expires_in\":%lld}",
				    w->tokens.count % 2 ? "token" : "access_token", token->text,
				    (long long)lifetime));
	return 200;
}

/* --- The registry. */

static struct world_token *token_find(const struct world *w, const char *text)
{
	for (size_t i = 0; i < w->tokens.count; i++)
		if (w->tokens.items[i].text && strcmp(w->tokens.items[i].text, text) == 0)
			return &w->tokens.items[i];
	return NULL;
}

static bool has_access(const struct world_token *token, const char *name, const char *actions)
{
	for (const char *at = actions; *at; at += strspn(at, ",")) {
		scoped_str wanted = xasprintf("%s:%.*s", name, (int)strcspn(at, ","), at);
		bool found = false;

		for (size_t i = 0; i < token->access.count; i++)
			found |= strcmp(token->access.items[i], wanted) == 0;
		if (!found)
			return false;
		at += strcspn(at, ",");
	}
	return true;
}

static bool lets_in(struct world *w, struct world_request *r)
{
	const struct world_rules *rules = w->rules;
	const char *name = rules->scope_name ? rules->scope_name : r->repository;

	if (!begins(r->sent, "Bearer "))
		return strstr(rules->challenge, "Basic") &&
		       strcmp(r->sent, "Basic YWxpY2U6czNjcmV0") == 0;
	if (rules->direct && strcmp(r->sent, "Bearer direct-token") == 0)
		return true;
	struct world_token *token = token_find(w, r->sent + strlen("Bearer "));

	r->wrong = "invalid_token";
	if (!token || w->now >= token->end ||
	    (rules->revokes_after && ++token->used > rules->revokes_after))
		return false;
	r->wrong = "insufficient_scope";
	return !name || has_access(token, name, r->need.actions);
}

static int registry_answer(struct world *w, struct world_request *r)
{
	const struct world_rules *rules = w->rules;
	int found = r->repository && begins(r->repository, "gone/") ? 404 : 200;

	if (rules->always)
		return 401;
	if (!rules->challenge ||
	    (rules->open_public && r->repository && begins(r->repository, "pub/") &&
	     strcmp(r->need.actions, "pull") == 0))
		return found;
	if (rules->longest && strlen(r->sent) > rules->longest)
		return rules->too_long;
	if (lets_in(w, r))
		return found;
	bool lacks_scope = r->wrong && strcmp(r->wrong, "insufficient_scope") == 0;

	return lacks_scope && rules->hidden ? rules->hidden : 401;
}

/* --- Who asks. */

static void send_out(struct world *w, struct world_request *r, const struct auth_order *order)
{
	const struct world_token *token;

	ck_assert_msg(w->first_answered || w->sent == 0,
		      SAY(w, "something goes out beside the first request"));
	ck_assert_msg(w->first_answered || !order->authorization.len,
		      SAY(w, "the first request is not bare"));
	w->sent++;
	r->flying = true;
	r->sent = text_of(&order->authorization);
	snprintf(r->user, sizeof(r->user), "%s", order->user ? order->user : "-");
	r->withheld |= order->withheld != NULL;
	r->trouble |= order->trouble != NULL;
	token = begins(r->sent, "Bearer ") ? token_find(w, r->sent + strlen("Bearer ")) : NULL;
	if (token)
		ck_assert_msg(w->now < token->end - AUTH_EARLY + NSEC_PER_SEC,
			      SAY(w, "a token that is over goes out"));
}

static void end_with(struct world *w, struct world_request *r, enum world_end end)
{
	static const char *const secrets[] = WORLD_SECRETS;

	r->end = end;
	for (size_t i = 0; i < array_len(secrets); i++)
		ck_assert_msg(!strstr(r->err.text, secrets[i]), SAY(w, "%s", r->err.text));
	ck_assert_msg(r->need.refused <= AUTH_REFUSED_MAX, SAY(w, "refused too often"));
}

static void start_fetch(struct world *w, struct auth_order *order)
{
	scoped_str body = text_of(&order->fetch.body);

	ck_assert_uint_ne(order->fetch.id, 0);
	w->fetched++;
	w->posted += order->fetch.post;
	strings_add(&w->urls, order->fetch.url);
	if (order->fetch.post)
		strings_add(&w->bodies, body);
	*array_add(&w->fetches) = take_value(order->fetch);
}

static void try_one(struct world *w, struct world_request *r, const struct auth_need *const *others,
		    size_t count)
{
	struct auth_order order;

	auth_before(w->auth, &r->need, others, count, w->now, &order);
	if (order.step == AUTH_GO)
		send_out(w, r, &order);
	if (order.step == AUTH_FETCH)
		start_fetch(w, &order);
	if (order.step == AUTH_FAIL) {
		r->err = order.err;
		r->withheld |= order.withheld != NULL;
		ck_assert_msg(error_is_set(&r->err), SAY(w, "it fails without a reason"));
		end_with(w, r, END_FAILED);
	}
	auth_order_release(&order);
}

static unsigned flying(const struct world *w)
{
	unsigned count = 0;

	for (size_t i = 0; i < w->requests.count; i++)
		count += w->requests.items[i].flying;
	return count;
}

static void try_all(struct world *w)
{
	const struct auth_need **waiting = xcalloc(w->requests.count, sizeof(*waiting));
	unsigned parallel = w->rules->parallel ? w->rules->parallel : 8;
	size_t count = 0;

	for (size_t i = 0; i < w->requests.count; i++)
		if (!w->requests.items[i].end && !w->requests.items[i].flying)
			waiting[count++] = &w->requests.items[i].need;
	for (size_t i = 0; i < w->requests.count && flying(w) < parallel; i++)
		if (!w->requests.items[i].end && !w->requests.items[i].flying)
			try_one(w, &w->requests.items[i], waiting, count);
	free(waiting);
}

static void read_challenges(struct challenges *out, const struct world *w,
			    const struct world_request *r)
{
	const struct world_rules *rules = w->rules;
	const char *lines = rules->later && w->sent > rules->later_from ? rules->later
									: rules->challenge;
	scoped_str more = NULL;

	if (rules->errors && r->wrong)
		lines = more = xasprintf("%s,error=\"%s\"", lines, r->wrong);
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		challenges_add(out, lines, len);
		lines += len + (lines[len] == '\n');
	}
}

static void answer_request(struct world *w, struct world_request *r)
{
	r->wrong = NULL;
	int status = registry_answer(w, r);
	scoped_challenges challenges = { 0 };

	if (status == 401)
		read_challenges(&challenges, w, r);
	w->first_answered = true;
	r->flying = false;
	free_str(&r->sent);
	if (auth_after(w->auth, &r->need, status, &challenges) == AUTH_AGAIN)
		return;
	if (status >= 400) {
		error_set(&r->err, ERROR_REMOTE, status, "the registry answers %d", status);
		if (status == 401 || status == 403)
			auth_explain(w->auth, &r->need, &r->err);
	}
	end_with(w, r, status < 400 ? END_OK : status == 404 ? END_NOT_FOUND : END_REFUSED);
}

static void answer_fetch(struct world *w, size_t which)
{
	struct auth_fetch fetch = w->fetches.items[which];
	struct error err = ERROR_INIT;
	scoped_str body = NULL;
	int status = token_answer(w, &fetch, &body);

	w->fetches.items[which] = w->fetches.items[--w->fetches.count];
	if (status < 0) {
		status = 0;
		error_set(&err, ERROR_UNREACHABLE, 0, "nobody answers");
	}
	auth_fetched(w->auth, fetch.id, status, body, strlen(body), w->now, status ? NULL : &err);
	auth_fetch_release(&fetch);
}

static void answer_one(struct world *w)
{
	uint64_t which = random_below(&w->random, flying(w) + w->fetches.count);

	w->now += w->rules->step ? w->rules->step : 10 * NSEC_PER_MSEC;
	if (which < w->fetches.count) {
		answer_fetch(w, (size_t)which);
		return;
	}
	which -= w->fetches.count;
	for (size_t i = 0; i < w->requests.count; i++)
		if (w->requests.items[i].flying && which-- == 0) {
			answer_request(w, &w->requests.items[i]);
			return;
		}
}

void world_run(struct world *w)
{
	for (size_t steps = 0;; steps++) {
		ck_assert_msg(steps <= 20 * w->requests.count, SAY(w, "it does not end"));
		try_all(w);
		if (world_count(w, END_NONE) == 0)
			return;
		ck_assert_msg(flying(w) + w->fetches.count > 0,
			      SAY(w, "a request waits for nothing"));
		answer_one(w);
	}
}
