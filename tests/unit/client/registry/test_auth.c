/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/codec/base64.h"
#include "tests/unit/client/registry/auth_world.h"

#define AUTH    "https://auth.example.com/token"
#define BEARER  "Bearer realm=\"" AUTH "\",service=\"r.example.com\""
#define EVIL    "Bearer realm=\"https://evil.test/token\",service=\"r.example.com\""
#define TRUSTED "https://auth.example.com/"
#define RULES(...)                              \
	{                                       \
		.trusted = TRUSTED, __VA_ARGS__ \
	}

/* --- Token requests, byte for byte. */

#define QUERY "client_id=docker-hygiene"

static const struct {
	const char *why, *challenge, *config, *url, *body;
} wires[] = {
	{ "service, client, account, one scope for each repository; the one that is missed first",
	  "Bearer realm=\"" AUTH "\",service=\"r.example.com\"", WORLD_PASSWORD,
	  AUTH "?service=r.example.com&" QUERY "&account=alice&scope=repository%3Apub%2Fb%3Apull"
	       "&scope=repository%3Apub%2Fa%3Apull%2Cpush",
	  NULL },
	{ "nobody has no account", "Bearer realm=\"" AUTH "\",service=\"r.example.com\"", NULL,
	  AUTH "?service=r.example.com&" QUERY "&scope=repository%3Apub%2Fb%3Apull"
	       "&scope=repository%3Apub%2Fa%3Apull%2Cpush",
	  NULL },
	{ "no service", "Bearer realm=\"" AUTH "\"", NULL,
	  AUTH "?" QUERY
	       "&scope=repository%3Apub%2Fb%3Apull&scope=repository%3Apub%2Fa%3Apull%2Cpush",
	  NULL },
	{ "a realm with a query of its own", "Bearer realm=\"" AUTH "?a=b&c\"", NULL,
	  AUTH "?a=b&c&" QUERY "&scope=repository%3Apub%2Fb%3Apull"
	       "&scope=repository%3Apub%2Fa%3Apull%2Cpush",
	  NULL },
	{ "a service that is none of our syntax", "Bearer realm=\"" AUTH "\",service=\"a&b=c d#\"",
	  NULL,
	  AUTH "?service=a%26b%3Dc%20d%23&" QUERY "&scope=repository%3Apub%2Fb%3Apull"
	       "&scope=repository%3Apub%2Fa%3Apull%2Cpush",
	  NULL },
	{ "the form of OAuth2: scopes with blanks between",
	  "Bearer realm=\"" AUTH "?a=b\",service=\"r.example.com\"",
	  "{\"auths\":{\"r.example.com\":{\"identitytoken\":\"a+b/c=&d e\"}}}", AUTH "?a=b",
	  "grant_type=refresh_token&service=r.example.com&" QUERY
	  "&scope=repository%3Apub%2Fb%3Apull%20repository%3Apub%2Fa%3Apull%2Cpush"
	  "&refresh_token=a%2Bb%2Fc%3D%26d%20e" },
};

/* A token is asked for by b while a waits. */
static void first_order(struct world *w, struct auth_order *out)
{
	struct auth_need a = { .repository = "pub/a", .actions = "pull,push" };
	struct auth_need b = { .repository = "pub/b", .actions = "pull" };
	const struct auth_need *all[] = { &a, &b };
	scoped_challenges challenges = { 0 };

	auth_before(w->auth, &b, all, 2, w->now, out);
	ck_assert_int_eq(out->step, AUTH_GO);
	challenges_add(&challenges, w->rules->challenge, strlen(w->rules->challenge));
	ck_assert_int_eq(auth_after(w->auth, &b, 401, &challenges), AUTH_AGAIN);
	auth_order_release(out);
	auth_before(w->auth, &b, all, 2, w->now, out);
	ck_assert_int_eq(out->step, AUTH_FETCH);
	struct auth_order other;

	auth_before(w->auth, &a, all, 2, w->now, &other);
	ck_assert_int_eq(other.step, AUTH_WAIT);
	auth_order_release(&other);
}

START_TEST(token_requests)
{
	const struct world_rules rules = { .challenge = wires[_i].challenge,
					   .config = wires[_i].config,
					   .trusted = TRUSTED };
	struct auth_order order;
	scoped_world w;

	world_open(&w, &rules);
	first_order(&w, &order);
	ck_assert_msg(strcmp(order.fetch.url, wires[_i].url) == 0, "%s:\n%s\n%s", wires[_i].why,
		      order.fetch.url, wires[_i].url);
	ck_assert_msg(order.fetch.post == (wires[_i].body != NULL), "%s", wires[_i].why);
	scoped_str body = order.fetch.post ? xstrndup(order.fetch.body.data, order.fetch.body.len)
					   : NULL;
	if (body)
		ck_assert_msg(strcmp(body, wires[_i].body) == 0, "%s:\n%s", wires[_i].why, body);
	ck_assert_msg(order.fetch.authorization.len == 0 || (wires[_i].config && !order.fetch.post),
		      "%s", wires[_i].why);
	auth_order_release(&order);
}
END_TEST

static void read_basic(const struct secret *header, char *out)
{
	scoped_secret pair = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_int_eq(base64_read(header->data + 6, header->len - 6, &pair, &err), 0);
	memcpy(out, pair.data, pair.len);
	out[pair.len] = '\0';
}

START_TEST(odd_bytes_in_a_user_are_sent_as_they_are)
{
	/* "jürg k@x:p:w\n" */
	const struct world_rules rules = {
		.challenge = BEARER,
		.config = "{\"auths\":{\"r.example.com\":{\"auth\":\"asO8cmcga0B4OnA6dwo=\"}}}",
		.trusted = TRUSTED,
	};
	struct auth_order order;
	char pair[64];
	scoped_world w;

	world_open(&w, &rules);
	first_order(&w, &order);
	read_basic(&order.fetch.authorization, pair);
	ck_assert_str_eq(pair, "j\xc3\xbcrg k@x:p:w\n");
	ck_assert_ptr_nonnull(strstr(order.fetch.url, "&account=j%C3%BCrg%20k%40x&"));
	auth_order_release(&order);
}
END_TEST

/* --- Scopes that are not a pull of one repository. */

START_TEST(actions_of_one_repository)
{
	const struct world_rules rules = RULES(.challenge = BEARER, .config = WORLD_PASSWORD);
	scoped_world w;

	world_open(&w, &rules);
	world_ask(&w, "mine/a", "pull");
	world_ask(&w, "mine/a", "pull,push");
	world_ask(&w, "mine/a", "delete");
	world_ask(&w, "priv/a", "pull");
	world_ask(&w, "priv/a", "pull,push");
	world_run(&w);
	/* One token has them all; who may not push is refused, and may pull all the same. */
	ck_assert_uint_eq(world_count(&w, END_OK), 4);
	ck_assert_int_eq(w.requests.items[4].end, END_REFUSED);
	ck_assert_ptr_nonnull(strstr(w.urls.items[0],
				     "scope=repository%3Amine%2Fa%3Adelete%2Cpull%2Cpush&"
				     "scope=repository%3Apriv%2Fa%3Apull%2Cpush"));
	/* The last one once more, alone; if it was faster, the one before it, too. */
	ck_assert_uint_le(w.fetched, 3);
}
END_TEST

START_TEST(what_one_may_not_does_not_spoil_the_rest)
{
	const struct world_rules rules = RULES(.challenge = BEARER, .config = WORLD_PASSWORD,
					       .strict = true);
	scoped_world w;

	/* Of one repository: their scopes are one. */
	world_open(&w, &rules);
	world_ask(&w, "priv/a", "pull");
	world_ask(&w, "priv/a", "delete");
	world_run(&w);
	ck_assert_int_eq(w.requests.items[0].end, END_OK);
	ck_assert_int_eq(w.requests.items[1].end, END_FAILED);
	ck_assert_uint_eq(w.fetched, 3);
}
END_TEST

static const struct {
	const char *why, *scope, *asked; /* NULL: no scope at all */
} without_repository[] = {
	{ "a scope that a ping is given is no promise", ",scope=\"repository:user/image:pull\"",
	  NULL },
	{ "none", "", NULL },
	{ "the catalog's", ",scope=\"registry:catalog:*\"", "&scope=registry%3Acatalog%3A%2A" },
};

START_TEST(no_repository)
{
	scoped_str challenge = xasprintf("Bearer realm=\"" AUTH "\"%s",
					 without_repository[_i].scope);
	const struct world_rules rules = RULES(.challenge = challenge, .config = WORLD_PASSWORD);
	scoped_world w;

	world_open(&w, &rules);
	world_ask(&w, NULL, NULL);
	world_run(&w);
	ck_assert_msg(world_count(&w, END_OK) == 1, "%s", without_repository[_i].why);
	ck_assert_uint_eq(w.fetched, 1);
	const char *scope = strstr(w.urls.items[0], "&scope=");

	ck_assert_msg(without_repository[_i].asked
			      ? scope && strcmp(scope, without_repository[_i].asked) == 0
			      : !scope,
		      "%s: %s", without_repository[_i].why, w.urls.items[0]);
}
END_TEST

START_TEST(what_a_challenge_names_is_tried_once)
{
	const struct world_rules rules =
		RULES(.challenge = "Bearer realm=\"" AUTH "\",scope=\"registry:a:* registry:b:*\"",
		      .config = WORLD_PASSWORD, .most_scopes = 1, .too_many = 403);
	scoped_world w;

	world_open(&w, &rules);
	world_ask(&w, NULL, NULL);
	world_ask(&w, "priv/a", "pull");
	world_run(&w);
	ck_assert_uint_eq(world_count(&w, END_OK), 2);
	ck_assert_uint_le(w.fetched, 4);
}
END_TEST

START_TEST(a_challenge_gets_no_more_than_was_meant)
{
	/* It wants a token that may push somebody else's. */
	const struct world_rules rules =
		RULES(.challenge = "Bearer realm=\"" AUTH "\",error=\"insufficient_scope\",scope="
				   "\"repository:mine/b:pull,push registry:catalog:* "
				   "repository:priv/a:*\"",
		      .config = WORLD_PASSWORD, .always = true);
	scoped_world w;

	world_open(&w, &rules);
	world_ask(&w, "priv/a", "pull");
	world_run(&w);
	ck_assert_int_eq(w.requests.items[0].end, END_REFUSED);
	for (size_t i = 0; i < w.urls.count; i++) {
		ck_assert_ptr_null(strstr(w.urls.items[i], "push"));
		ck_assert_ptr_null(strstr(w.urls.items[i], "%2A"));
		ck_assert_ptr_null(strstr(w.urls.items[i], "catalog"));
	}
}
END_TEST

/* --- Parts of the interface. */

static const struct {
	const char *why, *challenge, *config, *url;
	bool follows;
} redirects[] = {
	{ "the same host", BEARER, WORLD_PASSWORD, "https://auth.example.com/v2/token", true },
	{ "the same owner", BEARER, WORLD_PASSWORD, "https://login.example.com/token", true },
	{ "another one", BEARER, WORLD_PASSWORD, "https://evil.test/token", false },
	{ "another one gets nothing that is secret", BEARER, NULL, "https://evil.test/token",
	  true },
	{ "in the clear", BEARER, WORLD_PASSWORD, "http://auth.example.com/token", false },
	{ "in the clear, anonymously", BEARER, NULL, "http://auth.example.com/token", false },
	{ "an inner address", BEARER, NULL, "https://127.0.0.1/token", false },
	{ "no address", BEARER, NULL, "token", false },
	{ "a form is not sent on", BEARER, WORLD_IDENTITY, "https://auth.example.com/v2", false },
};

START_TEST(redirects_of_token_servers)
{
	const struct world_rules rules = RULES(.challenge = redirects[_i].challenge,
					       .config = redirects[_i].config);
	struct auth_order order;
	scoped_world w;

	world_open(&w, &rules);
	first_order(&w, &order);
	ck_assert_msg(auth_fetch_follows(w.auth, order.fetch.id, redirects[_i].url) ==
			      redirects[_i].follows,
		      "%s", redirects[_i].why);
	ck_assert(!auth_fetch_follows(w.auth, order.fetch.id + 1, AUTH));
	auth_order_release(&order);
}
END_TEST

START_TEST(another_origin_is_learned_anew)
{
	const struct world_rules rules = RULES(.challenge = BEARER, .registry = "localhost:5000",
					       .parallel = 1, .origin = "https://localhost:5000");
	struct auth_order order;
	scoped_world w;

	world_open(&w, &rules);
	first_order(&w, &order);
	unsigned id = order.fetch.id;

	auth_order_release(&order);
	auth_origin(w.auth, "http://localhost:5000");
	/* Of the origin that was: too late. */
	auth_fetched(w.auth, id, 200, "{\"token\":\"x\"}", 13, w.now, NULL);
	world_ask_many(&w, "pub", 3);
	world_run(&w);
	ck_assert_uint_eq(world_count(&w, END_OK), 3);
	ck_assert_uint_eq(w.sent, 4);
	ck_assert_uint_eq(w.fetched, 1);
}
END_TEST

START_TEST(the_first_that_gets_no_answer_makes_room)
{
	const struct world_rules rules = RULES(.challenge = BEARER);
	struct auth_need a = { .repository = "pub/a", .actions = "pull" };
	struct auth_need b = { .repository = "pub/b", .actions = "pull" };
	struct challenges none = { 0 };
	struct auth_order order;
	scoped_world w;

	world_open(&w, &rules);
	auth_before(w.auth, &a, NULL, 0, w.now, &order);
	ck_assert_int_eq(order.step, AUTH_GO);
	auth_before(w.auth, &b, NULL, 0, w.now, &order);
	ck_assert_int_eq(order.step, AUTH_WAIT);
	ck_assert_int_eq(auth_after(w.auth, &a, 0, &none), AUTH_ANSWERED);
	auth_before(w.auth, &b, NULL, 0, w.now, &order);
	ck_assert_int_eq(order.step, AUTH_GO);
	/* Trouble says nothing of how it is to be asked; the next goes alone again. */
	ck_assert_int_eq(auth_after(w.auth, &b, 503, &none), AUTH_ANSWERED);
	auth_before(w.auth, &a, NULL, 0, w.now, &order);
	ck_assert_int_eq(order.step, AUTH_GO);
	auth_before(w.auth, &b, NULL, 0, w.now, &order);
	ck_assert_int_eq(order.step, AUTH_WAIT);
	ck_assert_int_eq(auth_after(w.auth, &a, 200, &none), AUTH_ANSWERED);
	auth_before(w.auth, &b, NULL, 0, w.now, &order);
	ck_assert_int_eq(order.step, AUTH_GO);
}
END_TEST

START_TEST(trouble_is_not_for_ever)
{
	struct world_rules rules = RULES(.challenge = BEARER, .status = 503);
	scoped_world w;

	world_open(&w, &rules);
	world_ask_many(&w, "pub", 2);
	world_run(&w);
	ck_assert_uint_eq(world_count(&w, END_FAILED), 2);
	rules.status = 0;
	w.now += 30 * NSEC_PER_SEC;
	world_ask_many(&w, "pub", 2);
	world_run(&w);
	ck_assert_uint_eq(world_count(&w, END_FAILED), 4);
	ck_assert_uint_eq(w.fetched, 1);
	w.now += 60 * NSEC_PER_SEC;
	world_ask_many(&w, "pub", 2);
	world_run(&w);
	ck_assert_uint_eq(world_count(&w, END_OK), 2);
	ck_assert_uint_eq(w.fetched, 2);
}
END_TEST

START_TEST(a_wrong_password_is_tried_once)
{
	const struct world_rules rules = RULES(.challenge = BEARER, .config = WORLD_WRONG);
	scoped_world w;

	world_open(&w, &rules);
	world_ask_many(&w, "pub", 2);
	world_run(&w);
	/* Others, and later. */
	w.now += NSEC_PER_HOUR;
	world_ask_many(&w, "priv", 2);
	world_run(&w);
	ck_assert_uint_eq(world_count(&w, END_FAILED), 4);
	ck_assert_uint_eq(w.fetched, 1);
}
END_TEST

START_TEST(who_was_asked_as)
{
	static const char *const users[] = { "alice", "", "-" };
	const struct world_rules rules[] = {
		RULES(.challenge = BEARER, .config = WORLD_PASSWORD),
		RULES(.challenge = BEARER, .config = WORLD_IDENTITY),
		RULES(.challenge = EVIL, .config = WORLD_PASSWORD),
	};
	scoped_world w;

	world_open(&w, &rules[_i]);
	world_ask_many(&w, "pub", 2);
	world_run(&w);
	ck_assert_str_eq(w.requests.items[0].user, users[_i]);
	ck_assert_str_eq(w.requests.items[1].user, users[_i]);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("auth");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, token_requests, 0, (int)array_len(wires));
	tcase_add_test(tc, odd_bytes_in_a_user_are_sent_as_they_are);
	tcase_add_test(tc, actions_of_one_repository);
	tcase_add_test(tc, what_one_may_not_does_not_spoil_the_rest);
	tcase_add_loop_test(tc, no_repository, 0, (int)array_len(without_repository));
	tcase_add_test(tc, what_a_challenge_names_is_tried_once);
	tcase_add_test(tc, a_challenge_gets_no_more_than_was_meant);
	tcase_add_loop_test(tc, redirects_of_token_servers, 0, (int)array_len(redirects));
	tcase_add_test(tc, another_origin_is_learned_anew);
	tcase_add_test(tc, the_first_that_gets_no_answer_makes_room);
	tcase_add_test(tc, trouble_is_not_for_ever);
	tcase_add_test(tc, a_wrong_password_is_tried_once);
	tcase_add_loop_test(tc, who_was_asked_as, 0, 3);
	suite_add_tcase(s, tc);
	return s;
}
