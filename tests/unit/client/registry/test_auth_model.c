/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random registries and token servers, awkward ones and hostile ones, and random requests. What
 * auth_world.h asserts holds in all of them; from honest ones, however awkward, every request gets
 * what its user may have.
 */
#include "tests/unit/suite.h"

#include <string.h>

#include "tests/unit/client/registry/auth_world.h"

#define WORLDS  150
#define TRUSTED "https://auth.example.com/"
#define GOOD    "Bearer realm=\"https://auth.example.com/token\",service=\"s\""

#define SAY(r, fmt, ...) fmt " (" RANDOM_SEED ")", ##__VA_ARGS__, (unsigned long long)(r)->seed

#define pick(r, list) ((list)[random_below((r), array_len(list))])

static const char *const configs[] = { NULL, WORLD_PASSWORD, WORLD_IDENTITY };
static const char *const all_configs[] = { NULL,         WORLD_PASSWORD, WORLD_IDENTITY,
					   WORLD_DIRECT, WORLD_WRONG,    WORLD_NO_SUCH };
static const char *const challenges[] = {
	GOOD,
	GOOD "\nNegotiate",
	GOOD ",scope=\"repository:pub/app-1:pull\"",
	("Basic realm=\"x\", " GOOD),
	"Bearer realm=\"https://evil.test/token\"",
	"Bearer realm=\"https://evil.test/token\"\nBasic realm=\"x\"",
	"Basic realm=\"x\"",
};
static const char *const evil_challenges[] = {
	GOOD,
	"",
	"Bearer",
	"Negotiate",
	"Bearer realm=\"\"",
	"Bearer realm=\"http://auth.example.com/token\"",
	("Bearer realm=\"https://evil.test/token\",error=\"insufficient_scope\","
	 "scope=\"repository:mine/a:* registry:catalog:* x\""),
	"Bearer realm=\"https://auth.example.com.evil.test/token\"",
	"Bearer realm=\"https://alice@auth.example.com/token\"",
	"Bearer realm=\"https://127.0.0.1/token\"",
	"Bearer realm=\"https://r.example.com/token\",error=\"invalid_token\"",
};
static const int refusals[] = { 400, 401, 403, 404, 405, 413, 414, 429, 431, 500, 503 };
static const int too_many[] = { 400, 403, 404, 413, 414, 422, 431 };
static const int unknown_posts[] = { 0, 400, 401, 404, 405 };
static const int hidings[] = { 0, 0, 401, 403, 404 };
static const char *const prefixes[] = { "pub", "priv", "mine", "gone" };
static const char *const actions[] = { "pull", "pull", "pull", "pull,push", "delete" };

static bool one_in(struct random *r, unsigned n)
{
	return random_below(r, n) == 0;
}

/* Awkward at times, but it means what it says. */
static struct world_rules honest(struct random *r)
{
	struct world_rules rules = {
		.challenge = pick(r, challenges),
		.trusted = TRUSTED,
		.config = pick(r, configs),
		.open_public = one_in(r, 4),
		.first_only = one_in(r, 4),
		.strict = one_in(r, 5),
		.hidden = pick(r, hidings),
		.post = pick(r, unknown_posts),
		.parallel = (unsigned)(1 + random_below(r, 12)),
		.lifetime = one_in(r, 3) ? 60 : 3600,
		.step = (int64_t)random_below(r, 200) * NSEC_PER_MSEC,
	};

	if (one_in(r, 5)) {
		rules.most_scopes = (unsigned)(1 + random_below(r, 3));
		rules.too_many = pick(r, too_many);
	}
	if (one_in(r, 5)) {
		rules.longest = 150;
		rules.too_long = one_in(r, 2) ? 431 : 400;
	}
	if (one_in(r, 5))
		rules.revokes_after = (unsigned)(20 + random_below(r, 20));
	rules.errors = rules.challenge[strlen(rules.challenge) - 1] == '"' &&
		       !strstr(rules.challenge, "scope") && !strstr(rules.challenge, "Basic") &&
		       one_in(r, 2);
	return rules;
}

static struct world_rules hostile(struct random *r)
{
	struct world_rules rules = honest(r);

	rules.challenge = pick(r, evil_challenges);
	rules.config = pick(r, all_configs);
	rules.errors = false;
	rules.always = one_in(r, 2);
	rules.later = one_in(r, 2) ? pick(r, evil_challenges) : NULL;
	rules.later_from = (unsigned)random_below(r, 40);
	rules.hidden = one_in(r, 2) ? pick(r, refusals) : 0;
	rules.status = one_in(r, 3) ? pick(r, refusals) : 0;
	rules.known_only = one_in(r, 3);
	/* Its own host may be a token server, too; and it is http that is never trusted. */
	rules.trusted = strstr(rules.challenge, "r.example.com/token") ||
					(rules.later && strstr(rules.later, "r.example.com/token"))
				? "https://"
				: TRUSTED;
	return rules;
}

static void ask_some(struct world *w, struct random *r)
{
	unsigned count = (unsigned)(1 + random_below(r, 60));

	for (unsigned i = 0; i < count; i++) {
		scoped_str name = xasprintf("%s/app-%u", pick(r, prefixes),
					    (unsigned)random_below(r, 40));

		if (one_in(r, 30))
			world_ask(w, NULL, NULL);
		else
			world_ask(w, name, pick(r, actions));
	}
}

static bool may_all(bool known, const struct world_request *q)
{
	for (const char *at = q->need.actions; *at; at += strspn(at, ",")) {
		scoped_str action = xstrndup(at, strcspn(at, ","));

		if (!world_may(known, q->repository, action))
			return false;
		at += strlen(action);
	}
	return true;
}

/* Whether its credentials get where they are asked for. */
static bool is_known(const struct world_rules *rules)
{
	bool basic = strstr(rules->challenge, "Basic") != NULL;
	bool trusted = strstr(rules->challenge, TRUSTED) != NULL;

	if (!rules->config)
		return false;
	return trusted || (basic && strcmp(rules->config, WORLD_PASSWORD) == 0);
}

static void check_end(const struct world *w, const struct world_request *q, const struct random *r)
{
	bool basic_only = strcmp(w->rules->challenge, "Basic realm=\"x\"") == 0;
	bool gone = q->repository && strncmp(q->repository, "gone/", 5) == 0;
	bool may = q->repository ? may_all(is_known(w->rules), q) : true;

	/* Basic asks who, not what; and nobody gets in. */
	if (basic_only || (strstr(w->rules->challenge, "evil") && is_known(w->rules)))
		may = is_known(w->rules);
	if (w->rules->open_public && q->repository && strncmp(q->repository, "pub/", 4) == 0)
		may |= strcmp(q->need.actions, "pull") == 0;
	if (may)
		ck_assert_msg(q->end == (gone ? END_NOT_FOUND : END_OK),
			      SAY(r, "%s %s ends %d: %s", q->repository, q->need.actions, q->end,
				  q->err.text));
	else
		ck_assert_msg(q->end != END_OK,
			      SAY(r, "%s %s was let in", q->repository, q->need.actions));
}

/* Without tokens that end: a chunk is asked for twice at most (POST, then GET), and each request
 * for itself once, and once more if a challenge names another scope. */
static void check_tokens(const struct world *w, const struct random *r)
{
	unsigned count = (unsigned)w->requests.count;
	/* Where some need no token, who needs one finds out alone. */
	unsigned chunks = w->rules->open_public ? count : (count + AUTH_CHUNK - 1) / AUTH_CHUNK;
	unsigned alone = strstr(w->rules->challenge, "scope=") ? 2 : 1;

	if (w->rules->revokes_after || w->rules->lifetime == 60)
		return;
	ck_assert_msg(w->fetched <= 2 * chunks + alone * count,
		      SAY(r, "%u tokens for %u requests", w->fetched, count));
}

START_TEST(honest_registries)
{
	struct random r = random_start();

	for (int i = 0; i < WORLDS; i++) {
		struct world_rules rules = honest(&r);
		scoped_world w;

		world_open(&w, &rules);
		w.random = r;
		ask_some(&w, &r);
		world_run(&w);
		for (size_t k = 0; k < w.requests.count; k++)
			check_end(&w, &w.requests.items[k], &r);
		check_tokens(&w, &r);
	}
}
END_TEST

START_TEST(hostile_registries)
{
	struct random r = random_start();

	for (int i = 0; i < WORLDS; i++) {
		struct world_rules rules = hostile(&r);
		scoped_world w;

		world_open(&w, &rules);
		w.random = r;
		ask_some(&w, &r);
		world_run(&w);
		ck_assert_msg(w.sent <= AUTH_REFUSED_MAX * w.requests.count + 1 &&
				      w.fetched <= AUTH_REFUSED_MAX * w.requests.count,
			      SAY(&r, "%u requests, %u tokens for %zu", w.sent, w.fetched,
				  w.requests.count));
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("auth_model");
	TCase *of_honest = tcase_create("honest"), *of_hostile = tcase_create("hostile");

	tcase_add_test(of_honest, honest_registries);
	tcase_add_test(of_hostile, hostile_registries);
	suite_add_tcase(s, of_honest);
	suite_add_tcase(s, of_hostile);
	return s;
}
