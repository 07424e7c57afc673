/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/codec/base64.h"
#include "tests/unit/client/registry/auth_world.h"

#define AUTH    "https://auth.example.com/token"
#define BEARER  "Bearer realm=\"" AUTH "\",service=\"r.example.com\""
#define EVIL    "Bearer realm=\"https://evil.test/token\",service=\"r.example.com\""
#define BASIC   "Basic realm=\"r\""
#define TRUSTED "https://auth.example.com/"
#define RULES(...)                              \
	{                                       \
		.trusted = TRUSTED, __VA_ARGS__ \
	}

/* What one row asks for: up to three groups. */
struct group {
	const char *prefix;
	unsigned count;
};

static const struct {
	const char *why;
	struct world_rules rules;
	struct group groups[3];
	/* How the requests end, and what it took. most: "no more than". */
	unsigned ok, not_found, refused, failed;
	unsigned sent, fetched;
	bool most;
	const char *says; /* the text of each that was refused or failed */
	bool withheld, trouble;
} rows[] = {
	/* How registries want to be asked. */
	{ "an open registry: no token, no credentials",
	  RULES(.config = WORLD_PASSWORD),
	  { { "pub", 5 } },
	  .ok = 5,
	  .sent = 5 },
	{ "what is not there is not there",
	  RULES(.config = WORLD_PASSWORD),
	  { { "gone", 3 } },
	  .not_found = 3,
	  .sent = 3 },
	{ "one token for many, in chunks; the first request twice",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD),
	  { { "priv", 60 } },
	  .ok = 60,
	  .sent = 61,
	  .fetched = 3 },
	{ "anonymous",
	  RULES(.challenge = BEARER),
	  { { "pub", 30 } },
	  .ok = 30,
	  .sent = 31,
	  .fetched = 2 },
	{ "Basic, then with every request",
	  RULES(.challenge = BASIC, .config = WORLD_PASSWORD),
	  { { "priv", 10 } },
	  .ok = 10,
	  .sent = 11 },
	{ "Bearer before Basic, on two lines",
	  RULES(.challenge = BASIC "\n" BEARER, .config = WORLD_PASSWORD),
	  { { "priv", 4 } },
	  .ok = 4,
	  .sent = 5,
	  .fetched = 1 },
	{ "and on one",
	  RULES(.challenge = BASIC ", " BEARER, .config = WORLD_PASSWORD),
	  { { "priv", 4 } },
	  .ok = 4,
	  .sent = 5,
	  .fetched = 1 },
	{ "a token of the configuration goes as it is",
	  RULES(.challenge = BEARER, .config = WORLD_DIRECT, .direct = true),
	  { { "priv", 4 } },
	  .ok = 4,
	  .sent = 5 },
	{ "and to who says Basic too",
	  RULES(.challenge = BASIC, .config = WORLD_DIRECT, .direct = true),
	  { { "priv", 4 } },
	  .ok = 4,
	  .sent = 5 },
	{ "one that is no longer good",
	  RULES(.challenge = BEARER, .config = WORLD_DIRECT),
	  { { "priv", 4 } },
	  .refused = 4,
	  .sent = 5,
	  .says = "with a token of auths" },
	{ "what a public repository needs no token for",
	  RULES(.challenge = BEARER, .open_public = true, .config = WORLD_PASSWORD),
	  { { "pub", 4 }, { "priv", 4 } },
	  .ok = 8,
	  .sent = 12,
	  .fetched = 4,
	  .most = true },
	{ "Negotiate is not for us",
	  RULES(.challenge = "Negotiate\nNTLM", .config = WORLD_PASSWORD),
	  { { "priv", 3 } },
	  .refused = 3,
	  .sent = 3,
	  .says = "it asks for \"negotiate, ntlm\", which is not supported" },
	{ "Negotiate and Basic: Basic",
	  RULES(.challenge = "Negotiate, " BASIC, .config = WORLD_PASSWORD),
	  { { "priv", 3 } },
	  .ok = 3,
	  .sent = 4 },
	{ "a 401 that says nothing",
	  RULES(.challenge = "", .config = WORLD_PASSWORD),
	  { { "priv", 3 } },
	  .refused = 3,
	  .sent = 3,
	  .says = "nothing about how to sign in" },
	{ "Bearer without a realm",
	  RULES(.challenge = "Bearer service=\"x\""),
	  { { "priv", 2 } },
	  .refused = 2,
	  .sent = 2,
	  .says = "it asks for \"bearer\"" },
	/* Credentials. */
	{ "none for Basic",
	  RULES(.challenge = BASIC),
	  { { "priv", 3 } },
	  .refused = 3,
	  .sent = 3,
	  .says = "it was asked anonymously: there are no credentials for it; docker login "
		  "r.example.com" },
	{ "the wrong ones for Basic",
	  RULES(.challenge = BASIC, .config = WORLD_WRONG),
	  { { "priv", 3 } },
	  .refused = 3,
	  .sent = 4,
	  .says = "it was asked as alice (auths)" },
	{ "none for Bearer: nothing but the public ones",
	  RULES(.challenge = BEARER),
	  { { "pub", 3 }, { "priv", 2 } },
	  .ok = 3,
	  .refused = 2,
	  .sent = 8,
	  .fetched = 3,
	  .says = "docker login r.example.com" },
	{ "the wrong ones are not tried twice: accounts get locked",
	  RULES(.challenge = BEARER, .config = WORLD_WRONG),
	  { { "priv", 60 } },
	  .failed = 60,
	  .sent = 1,
	  .fetched = 3,
	  .most = true,
	  .says = "it was asked as alice (auths)" },
	{ "a helper that is not there: anonymous, and told",
	  RULES(.challenge = BEARER, .config = WORLD_NO_SUCH),
	  { { "pub", 3 } },
	  .ok = 3,
	  .sent = 4,
	  .fetched = 1,
	  .trouble = true },
	{ "and if that does not do, it is told why",
	  RULES(.challenge = BEARER, .config = WORLD_NO_SUCH),
	  { { "priv", 1 } },
	  .refused = 1,
	  .sent = 2,
	  .fetched = 1,
	  .trouble = true,
	  .says = "docker-credential-no-such-helper-anywhere: no such program" },
	{ "an identity token",
	  RULES(.challenge = BEARER, .config = WORLD_IDENTITY),
	  { { "priv", 30 } },
	  .ok = 30,
	  .sent = 31,
	  .fetched = 2 },
	{ "where POST is unknown (404), GET",
	  RULES(.challenge = BEARER, .config = WORLD_IDENTITY, .post = 404, .parallel = 1),
	  { { "priv", 30 } },
	  .ok = 30,
	  .sent = 31,
	  .fetched = 4 },
	{ "405",
	  RULES(.challenge = BEARER, .config = WORLD_IDENTITY, .post = 405),
	  { { "priv", 5 } },
	  .ok = 5,
	  .sent = 6,
	  .fetched = 2 },
	{ "401 (JFrog)",
	  RULES(.challenge = BEARER, .config = WORLD_IDENTITY, .post = 401),
	  { { "priv", 5 } },
	  .ok = 5,
	  .sent = 6,
	  .fetched = 2 },
	{ "400 (Azure)",
	  RULES(.challenge = BEARER, .config = WORLD_IDENTITY, .post = 400),
	  { { "priv", 5 } },
	  .ok = 5,
	  .sent = 6,
	  .fetched = 2 },
	{ "500 is no answer to that",
	  RULES(.challenge = BEARER, .config = WORLD_IDENTITY, .post = 500),
	  { { "priv", 5 } },
	  .failed = 5,
	  .sent = 1,
	  .fetched = 1,
	  .says = "the token server " AUTH " answers 500: " },
	/* Realms. */
	{ "another host's realm gets no credentials: anonymous",
	  RULES(.challenge = EVIL, .config = WORLD_PASSWORD),
	  { { "pub", 3 } },
	  .ok = 3,
	  .sent = 4,
	  .fetched = 1,
	  .withheld = true },
	{ "and what is private stays so",
	  RULES(.challenge = EVIL, .config = WORLD_PASSWORD),
	  { { "priv", 1 } },
	  .refused = 1,
	  .sent = 2,
	  .fetched = 1,
	  .withheld = true,
	  .says = "the credentials of auths were not sent to https://evil.test/token: another "
		  "host, of another domain; if its owner is the registry's, add its host to "
		  "\"realms\" of plugins.hygiene in config.json (r.example.com=HOST)" },
	{ "nor does it get an identity token",
	  RULES(.challenge = EVIL, .config = WORLD_IDENTITY),
	  { { "pub", 3 } },
	  .ok = 3,
	  .sent = 4,
	  .fetched = 1,
	  .withheld = true },
	{ "a realm that was vouched for",
	  { .challenge = EVIL,
	    .config = WORLD_PASSWORD,
	    .trusted = "https://evil.test/",
	    .realms = "r.example.com=evil.test" },
	  { { "priv", 3 } },
	  .ok = 3,
	  .sent = 4,
	  .fetched = 1 },
	{ "where Basic is to be had, the registry itself gets them",
	  RULES(.challenge = EVIL ", " BASIC, .config = WORLD_PASSWORD),
	  { { "priv", 3 } },
	  .ok = 3,
	  .sent = 4 },
	{ "http",
	  RULES(.challenge = "Bearer realm=\"http://auth.example.com/token\"",
		.config = WORLD_PASSWORD),
	  { { "pub", 3 } },
	  .ok = 3,
	  .sent = 4,
	  .fetched = 1,
	  .withheld = true },
	{ "an inner address is not even asked",
	  RULES(.challenge = "Bearer realm=\"https://169.254.169.254/latest\"",
		.config = WORLD_PASSWORD),
	  { { "pub", 3 } },
	  .refused = 3,
	  .sent = 3,
	  .says = "its token server https://169.254.169.254/latest was not asked: an inner "
		  "address" },
	{ "nor is what is no address",
	  RULES(.challenge = "Bearer realm=\"https://r.example.com@evil.test/\"",
		.config = WORLD_PASSWORD),
	  { { "pub", 1 } },
	  .refused = 1,
	  .sent = 1,
	  .says = "no proper http or https address" },
	{ "of a realm that is none, Basic is left",
	  RULES(.challenge = "Bearer realm=\"ftp://x/\", " BASIC, .config = WORLD_PASSWORD),
	  { { "priv", 1 } },
	  .ok = 1,
	  .sent = 2 },
	{ "a realm without a host is the registry's",
	  { .challenge = "Bearer realm=\"/token\"",
	    .config = WORLD_PASSWORD,
	    .trusted = "https://r.example.com/token" },
	  { { "priv", 3 } },
	  .ok = 3,
	  .sent = 4,
	  .fetched = 1 },
	{ "Docker Hub's",
	  { .challenge = "Bearer realm=\"https://auth.docker.io/token\"",
	    .trusted = "https://auth.docker.io/",
	    .registry = "docker.io",
	    .origin = "https://registry-1.docker.io",
	    .config = "{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":"
		      "\"YWxpY2U6czNjcmV0\"}}}" },
	  { { "priv", 3 } },
	  .ok = 3,
	  .sent = 4,
	  .fetched = 1 },
	/* Many in one. */
	{ "a token server that reads one scope: each of the others alone, once",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .first_only = true),
	  { { "priv", 20 } },
	  .ok = 20,
	  .sent = 40,
	  .fetched = 20 },
	{ "the same, behind a registry that says 403",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .first_only = true, .hidden = 403),
	  { { "priv", 20 } },
	  .ok = 20,
	  .sent = 40,
	  .fetched = 20 },
	{ "the same, behind one that says 404: nothing is gone",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .first_only = true, .hidden = 404),
	  { { "priv", 20 } },
	  .ok = 20,
	  .sent = 40,
	  .fetched = 20 },
	{ "one that refuses a few: each alone (403)",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .most_scopes = 1, .too_many = 403),
	  { { "priv", 20 } },
	  .ok = 20,
	  .sent = 21,
	  .fetched = 21 },
	{ "414",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .most_scopes = 1, .too_many = 414),
	  { { "priv", 20 } },
	  .ok = 20,
	  .sent = 21,
	  .fetched = 21 },
	{ "431",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .most_scopes = 1, .too_many = 431),
	  { { "priv", 20 } },
	  .ok = 20,
	  .sent = 21,
	  .fetched = 21 },
	{ "400",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .most_scopes = 1, .too_many = 400),
	  { { "priv", 20 } },
	  .ok = 20,
	  .sent = 21,
	  .fetched = 21 },
	{ "401 to nobody",
	  RULES(.challenge = BEARER, .most_scopes = 1, .too_many = 401),
	  { { "pub", 20 } },
	  .ok = 20,
	  .sent = 21,
	  .fetched = 21 },
	{ "one that refuses all where one may not: the others go on",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .strict = true),
	  { { "priv", 10 }, { "other", 1 } },
	  .ok = 10,
	  .failed = 1,
	  .sent = 11,
	  .fetched = 12,
	  .says = "answers 403" },
	{ "a token that is too long for the registry (431)",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .longest = 200, .too_long = 431),
	  { { "priv", 20 } },
	  .ok = 20,
	  .sent = 41,
	  .fetched = 21 },
	{ "and 400",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .longest = 200, .too_long = 400),
	  { { "priv", 20 } },
	  .ok = 20,
	  .sent = 41,
	  .fetched = 21 },
	{ "what is gone is asked for once more at most",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD),
	  { { "priv", 10 }, { "gone", 5 } },
	  .ok = 10,
	  .not_found = 5,
	  .sent = 21,
	  .fetched = 6,
	  .most = true },
	/* What goes wrong. */
	{ "a registry that refuses every token",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .always = true),
	  { { "priv", 20 } },
	  .refused = 20,
	  .sent = 41,
	  .fetched = 21,
	  .says = "it was asked as alice (auths)" },
	{ "and every password",
	  RULES(.challenge = BASIC, .config = WORLD_PASSWORD, .always = true),
	  { { "priv", 20 } },
	  .refused = 20,
	  .sent = 21 },
	{ "a token server in trouble is asked once for a chunk",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .status = 503),
	  { { "priv", 20 } },
	  .failed = 20,
	  .sent = 1,
	  .fetched = 1,
	  .says = "the token server " AUTH " answers 503: " },
	{ "one that has had enough",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .status = 429),
	  { { "priv", 20 } },
	  .failed = 20,
	  .sent = 1,
	  .fetched = 1,
	  .says = "answers 429" },
	{ "one that is not there",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .status = -1),
	  { { "priv", 20 } },
	  .failed = 20,
	  .sent = 1,
	  .fetched = 1,
	  .says = "the token server " AUTH ": nobody answers" },
	{ "one that has moved",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .status = 302),
	  { { "priv", 5 } },
	  .failed = 5,
	  .sent = 1,
	  .fetched = 1,
	  .says = "answers 302" },
	{ "one that talks nonsense",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .status = 200, .body = "<html>"),
	  { { "priv", 5 } },
	  .failed = 5,
	  .sent = 1,
	  .fetched = 1,
	  .says = "the token server " AUTH },
	{ "one whose token would be a header of its own",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .status = 200,
		.body = "{\"token\":\"x\\r\\nX-Evil: 1\"}"),
	  { { "priv", 5 } },
	  .failed = 5,
	  .sent = 1,
	  .fetched = 1,
	  .says = "the token server " AUTH },
	{ "one that repeats the password is not quoted",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .status = 403,
		.body = "{\"details\":\"s3cret is wrong\"}"),
	  { { "priv", 1 } },
	  .failed = 1,
	  .sent = 1,
	  .fetched = 1,
	  .says = "answers 403; " },
	{ "another realm in the middle of a run",
	  RULES(.challenge = "Bearer realm=\"https://auth.example.com/old\"", .later = BEARER,
		.later_from = 6, .config = WORLD_PASSWORD, .revokes_after = 5, .parallel = 1),
	  { { "priv", 10 } },
	  .ok = 10,
	  .sent = 12,
	  .fetched = 2 },
	{ "another scheme in the middle of a run",
	  RULES(.challenge = BASIC, .later = BEARER, .later_from = 0, .config = WORLD_PASSWORD),
	  { { "priv", 5 } },
	  .ok = 5,
	  .sent = 6,
	  .fetched = 1 },
	{ "tokens that end in the middle of a run are renewed before",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .lifetime = 60,
		.step = 5 * NSEC_PER_SEC, .parallel = 1),
	  { { "priv", 25 } },
	  .ok = 25,
	  .sent = 26,
	  .fetched = 4,
	  .most = true },
	{ "tokens that are withdrawn are renewed after, where that is said",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .revokes_after = 10, .parallel = 1,
		.errors = true),
	  { { "priv", 25 } },
	  .ok = 25,
	  .sent = 28,
	  .fetched = 3 },
	{ "where it is not, each of the rest alone",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .revokes_after = 10, .parallel = 1),
	  { { "priv", 25 } },
	  .ok = 25,
	  .sent = 41,
	  .fetched = 16 },
	{ "a scope that the token lacks is said: alone, once",
	  RULES(.challenge = BEARER, .config = WORLD_PASSWORD, .errors = true, .first_only = true),
	  { { "priv", 10 } },
	  .ok = 10,
	  .sent = 20,
	  .fetched = 10 },
	{ "scopes that have another name than the repository",
	  RULES(.challenge = "Bearer realm=\"" AUTH "\",scope=\"repository:priv/inner:pull\"",
		.config = WORLD_PASSWORD, .scope_name = "priv/inner"),
	  { { "priv", 3 } },
	  .ok = 3,
	  .sent = 7,
	  .fetched = 4 },
};

static void ask_groups(struct world *w, const struct group *groups)
{
	for (size_t i = 0; i < 3 && groups[i].prefix; i++)
		world_ask_many(w, groups[i].prefix, groups[i].count);
}

static void check_ends(const struct world *w, int row)
{
	const char *why = rows[row].why;

	for (size_t i = 0; i < w->requests.count; i++) {
		const struct world_request *r = &w->requests.items[i];

		if ((r->end == END_REFUSED || r->end == END_FAILED) && rows[row].says)
			ck_assert_msg(strstr(r->err.text, rows[row].says), "%s: %s", why,
				      r->err.text);
		ck_assert_msg(!rows[row].withheld || r->withheld, "%s: withheld", why);
		ck_assert_msg(rows[row].withheld || !r->withheld, "%s: not withheld", why);
		ck_assert_msg(r->trouble == rows[row].trouble, "%s: trouble", why);
	}
	ck_assert_msg(world_count(w, END_OK) == rows[row].ok, "%s: ok %u", why,
		      world_count(w, END_OK));
	ck_assert_msg(world_count(w, END_NOT_FOUND) == rows[row].not_found, "%s", why);
	ck_assert_msg(world_count(w, END_REFUSED) == rows[row].refused, "%s: refused %u", why,
		      world_count(w, END_REFUSED));
	ck_assert_msg(world_count(w, END_FAILED) == rows[row].failed, "%s: failed %u", why,
		      world_count(w, END_FAILED));
}

START_TEST(conversations)
{
	const char *why = rows[_i].why;
	scoped_world w;

	world_open(&w, &rows[_i].rules);
	ask_groups(&w, rows[_i].groups);
	world_run(&w);
	check_ends(&w, _i);
	ck_assert_msg(rows[_i].most ? w.sent <= rows[_i].sent : w.sent == rows[_i].sent,
		      "%s: %u requests", why, w.sent);
	ck_assert_msg(rows[_i].most ? w.fetched <= rows[_i].fetched : w.fetched == rows[_i].fetched,
		      "%s: %u tokens", why, w.fetched);
}
END_TEST

/* --- What is sent, byte for byte. */

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
	  "&scope=repository%3Apub%2Fa%3Apull%2Cpush%20repository%3Apub%2Fb%3Apull"
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
	ck_assert_int_eq(auth_after(w->auth, &b, 401, &challenges, w->now), AUTH_AGAIN);
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
	ck_assert_int_eq(auth_after(w.auth, &a, 0, &none, w.now), AUTH_ANSWERED);
	auth_before(w.auth, &b, NULL, 0, w.now, &order);
	ck_assert_int_eq(order.step, AUTH_GO);
	/* Trouble says nothing of how it is to be asked; the next goes alone again. */
	ck_assert_int_eq(auth_after(w.auth, &b, 503, &none, w.now), AUTH_ANSWERED);
	auth_before(w.auth, &a, NULL, 0, w.now, &order);
	ck_assert_int_eq(order.step, AUTH_GO);
	auth_before(w.auth, &b, NULL, 0, w.now, &order);
	ck_assert_int_eq(order.step, AUTH_WAIT);
	ck_assert_int_eq(auth_after(w.auth, &a, 200, &none, w.now), AUTH_ANSWERED);
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

	tcase_add_loop_test(tc, conversations, 0, (int)array_len(rows));
	tcase_add_loop_test(tc, token_requests, 0, (int)array_len(wires));
	tcase_add_test(tc, odd_bytes_in_a_user_are_sent_as_they_are);
	tcase_add_test(tc, actions_of_one_repository);
	tcase_add_loop_test(tc, no_repository, 0, (int)array_len(without_repository));
	tcase_add_test(tc, a_challenge_gets_no_more_than_was_meant);
	tcase_add_loop_test(tc, redirects_of_token_servers, 0, (int)array_len(redirects));
	tcase_add_test(tc, another_origin_is_learned_anew);
	tcase_add_test(tc, the_first_that_gets_no_answer_makes_room);
	tcase_add_test(tc, trouble_is_not_for_ever);
	tcase_add_loop_test(tc, who_was_asked_as, 0, 3);
	suite_add_tcase(s, tc);
	return s;
}
