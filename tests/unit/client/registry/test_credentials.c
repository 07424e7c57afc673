/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/client/registry/credentials.h"
#include "tests/unit/client/scratch.h"

static const char *variable;

static const char *env(const char *name)
{
	ck_assert_str_eq(name, "DOCKER_AUTH_CONFIG");
	return variable;
}

/*
 * Helpers on PATH, each of which notes how it was asked in "asked":
 *   good  has alice for every server but none.example, and says so on stderr
 *   token has an identity token
 *   bad   fails with a text; leaky fails and prints what it has; odd answers no JSON
 *   empty answers as docker-credential-env does where it has nothing
 *   colon has a user "a:b"; user has a user and no secret; secret the other way round
 */
#define HELPER(body) \
	"#!/bin/sh\nread server; echo \"$1 $server\" >>\"$(dirname \"$0\")/../asked\"\n" body "\n"
#define JSON(user, secret) \
	"echo '{\"ServerURL\":\"x\",\"Username\":\"" user "\",\"Secret\":\"" secret "\"}'"

static const struct {
	const char *name, *text;
} helpers[] = {
	{ "good",
	  HELPER("case $1$server in list*) echo '{\"https://index.docker.io/v1/\":\"alice\","
		 "\"listed.example\":\"a\",\"https://index.docker.io/v1/access-token\":\"a\"}'"
		 "; exit;; *none.example) echo 'ask in CI only' >&2; echo 'credentials not "
		 "found in native keychain'; exit 1;; esac\n" JSON("alice", "s3cret")) },
	{ "token", HELPER(JSON("<token>", "refresh")) },
	{ "bad", HELPER("echo 'no bus at all'; exit 1") },
	{ "quiet", HELPER("echo 'only on stderr' >&2; exit 3") },
	{ "leaky", HELPER(JSON("alice", "s3cret") "; exit 1") },
	{ "odd", HELPER("echo s3cret") },
	{ "empty", HELPER(JSON("", "")) },
	{ "colon", HELPER(JSON("a:b", "s3cret")) },
	{ "user", HELPER(JSON("alice", "")) },
	{ "secret", HELPER(JSON("", "s3cret")) },
	{ "hangs", HELPER("exec sleep 60") },
};

static void make_helpers(void)
{
	scratch_make();
	scoped_str bin = scratch_path("bin");
	scoped_str path = xasprintf("%s:%s", bin, getenv("PATH"));

	for (size_t i = 0; i < array_len(helpers); i++) {
		scoped_str name = xasprintf("bin/docker-credential-%s", helpers[i].name);

		scratch_write(name, helpers[i].text, 0755);
	}
	scratch_write("asked", "", 0600);
	setenv("PATH", path, 1);
	variable = NULL;
}

static struct credentials *open_with(struct docker_config *config, const char *json)
{
	struct credentials *c = NULL;
	struct error err = ERROR_INIT;

	scratch_write("config.json", json, 0600);
	ck_assert_msg(docker_config_open(config, scratch_dir(), &err) == 0, "%s", err.text);
	ck_assert_msg(credentials_open(&c, config, env, NULL, &err) == 0, "%s", err.text);
	return c;
}

#define R                 "r.example:5000"
/* "alice:s3cret", "alice:s3cret\0\0", "alice:", "alice", ":s3cret", "alice:a:b", "<token>:refresh",
 * "al\0ce:s3cret" */
#define ALICE             "\"auth\":\"YWxpY2U6czNjcmV0\""
#define ALICE_NULS        "\"auth\":\"YWxpY2U6czNjcmV0AAA=\""
#define NO_PASSWORD       "\"auth\":\"YWxpY2U6\""
#define NO_COLON          "\"auth\":\"YWxpY2U=\""
#define NO_USER           "\"auth\":\"OnMzY3JldA==\""
#define TWO_COLONS        "\"auth\":\"YWxpY2U6YTpi\""
#define TOKEN_USER        "\"auth\":\"PHRva2VuPjpyZWZyZXNo\""
#define NUL_IN_USER       "\"auth\":\"YWwAY2U6czNjcmV0\""
#define AUTHS(entries)    "{\"auths\":{" entries "}}"
#define ENTRY(key, what)  "\"" key "\":{" what "}"
#define STORE(name, more) "{\"credsStore\":\"" name "\"" more "}"

static const struct {
	const char *why, *config, *variable, *registry, *repository;
	enum credential_kind kind;
	const char *user, *secret, *source, *key, *failure;
} found[] = {
	/* Where. */
	{ "nothing is configured", "{}", NULL, R, "a", CREDENTIAL_NONE, NULL, "", NULL, "", NULL },
	{ "auths", AUTHS(ENTRY(R, ALICE)), NULL, R, "a", CREDENTIAL_PASSWORD, "alice", "s3cret",
	  "auths", R, NULL },
	{ "another registry's", AUTHS(ENTRY("r.example", ALICE)), NULL, R, "a", CREDENTIAL_NONE,
	  NULL, "", NULL, "", NULL },
	{ "no repository", AUTHS(ENTRY(R, ALICE)), NULL, R, NULL, CREDENTIAL_PASSWORD, "alice",
	  "s3cret", "auths", R, NULL },
	{ "Docker Hub's key", AUTHS(ENTRY("https://index.docker.io/v1/", ALICE)), NULL, "docker.io",
	  "library/a", CREDENTIAL_PASSWORD, "alice", "s3cret", "auths",
	  "https://index.docker.io/v1/", NULL },
	{ "podman's", AUTHS(ENTRY("docker.io", ALICE)), NULL, "docker.io", "library/a",
	  CREDENTIAL_PASSWORD, "alice", "s3cret", "auths", "docker.io", NULL },
	{ "Docker Hub's tokens are other things",
	  AUTHS(ENTRY("https://index.docker.io/v1/access-token", ALICE)), NULL, "docker.io",
	  "library/a", CREDENTIAL_NONE, NULL, "", NULL, "", NULL },
	{ "a key with a scheme", AUTHS(ENTRY("https://" R, ALICE)), NULL, R, "a",
	  CREDENTIAL_PASSWORD, "alice", "s3cret", "auths", "https://" R, NULL },
	{ "with http, as docker login wrote it once", AUTHS(ENTRY("http://" R "/v1/", ALICE)), NULL,
	  R, "a", CREDENTIAL_PASSWORD, "alice", "s3cret", "auths", "http://" R "/v1/", NULL },
	{ "and any path: docker takes the host", AUTHS(ENTRY("https://" R "/x/y", ALICE)), NULL, R,
	  "a", CREDENTIAL_PASSWORD, "alice", "s3cret", "auths", "https://" R "/x/y", NULL },
	{ "the longest path that the repository is below",
	  AUTHS(ENTRY(R, NO_COLON) "," ENTRY(R "/org", TOKEN_USER) "," ENTRY(R "/org/app", ALICE)),
	  NULL, R, "org/app/x", CREDENTIAL_PASSWORD, "alice", "s3cret", "auths", R "/org/app",
	  NULL },
	{ "whole segments", AUTHS(ENTRY(R "/org", NO_COLON) "," ENTRY(R, ALICE)), NULL, R,
	  "organic/app", CREDENTIAL_PASSWORD, "alice", "s3cret", "auths", R, NULL },
	/* What. */
	{ "an entry that says nothing: a helper's mark", AUTHS(ENTRY(R, "")), NULL, R, "a",
	  CREDENTIAL_NONE, NULL, "", "auths", R, NULL },
	{ "NULs at the end, as docker has written them", AUTHS(ENTRY(R, ALICE_NULS)), NULL, R, "a",
	  CREDENTIAL_PASSWORD, "alice", "s3cret", "auths", R, NULL },
	{ "the first colon parts", AUTHS(ENTRY(R, TWO_COLONS)), NULL, R, "a", CREDENTIAL_PASSWORD,
	  "alice", "a:b", "auths", R, NULL },
	{ "line ends in Base64", AUTHS(ENTRY(R, "\"auth\":\"YWxpY2U6\\r\\nczNjcmV0\"")), NULL, R,
	  "a", CREDENTIAL_PASSWORD, "alice", "s3cret", "auths", R, NULL },
	{ "in two words", AUTHS(ENTRY(R, "\"username\":\"a\",\"password\":\"b\"")), NULL, R, "a",
	  CREDENTIAL_PASSWORD, "a", "b", "auths", R, NULL },
	{ "auth is before them", AUTHS(ENTRY(R, ALICE ",\"username\":\"a\",\"password\":\"b\"")),
	  NULL, R, "a", CREDENTIAL_PASSWORD, "alice", "s3cret", "auths", R, NULL },
	{ "an identity token", AUTHS(ENTRY(R, ALICE ",\"identitytoken\":\"refresh\"")), NULL, R,
	  "a", CREDENTIAL_IDENTITY, NULL, "refresh", "auths", R, NULL },
	{ "written as a user", AUTHS(ENTRY(R, TOKEN_USER)), NULL, R, "a", CREDENTIAL_IDENTITY, NULL,
	  "refresh", "auths", R, NULL },
	{ "a registry token", AUTHS(ENTRY(R, ALICE ",\"registrytoken\":\"ey.J~+/=\"")), NULL, R,
	  "a", CREDENTIAL_BEARER, NULL, "ey.J~+/=", "auths", R, NULL },
	{ "one that would make a header of its own",
	  AUTHS(ENTRY(R, "\"registrytoken\":\"x\\r\\nX-Evil: 1\"")), NULL, R, "a", CREDENTIAL_NONE,
	  NULL, "", "auths", R, R " of auths: registrytoken has characters" },
	{ "no Base64", AUTHS(ENTRY(R, "\"auth\":\"s3cret!\"")), NULL, R, "a", CREDENTIAL_NONE, NULL,
	  "", "auths", R, "auth is no Base64" },
	{ "no colon", AUTHS(ENTRY(R, NO_COLON)), NULL, R, "a", CREDENTIAL_NONE, NULL, "", "auths",
	  R, "auth is no \"user:password\"" },
	{ "no user", AUTHS(ENTRY(R, NO_USER)), NULL, R, "a", CREDENTIAL_NONE, NULL, "", "auths", R,
	  "auth is no \"user:password\"" },
	{ "no password", AUTHS(ENTRY(R, NO_PASSWORD)), NULL, R, "a", CREDENTIAL_NONE, NULL, "",
	  "auths", R, "auth is no \"user:password\"" },
	{ "a NUL in the user", AUTHS(ENTRY(R, NUL_IN_USER)), NULL, R, "a", CREDENTIAL_NONE, NULL,
	  "", "auths", R, "auth is no \"user:password\"" },
	{ "a user alone", AUTHS(ENTRY(R, "\"username\":\"a\"")), NULL, R, "a", CREDENTIAL_NONE,
	  NULL, "", "auths", R, "no password" },
	{ "a user that Basic cannot carry",
	  AUTHS(ENTRY(R, "\"username\":\"a:b\",\"password\":\"s3cret\"")), NULL, R, "a",
	  CREDENTIAL_NONE, NULL, "", "auths", R, "colon" },
	{ "members of other types", AUTHS(ENTRY(R, "\"auth\":1,\"identitytoken\":{}")), NULL, R,
	  "a", CREDENTIAL_NONE, NULL, "", "auths", R, NULL },
	{ "an entry of another type", AUTHS("\"" R "\":7"), NULL, R, "a", CREDENTIAL_NONE, NULL, "",
	  "auths", R, NULL },
	{ "auths of another type", "{\"auths\":[]}", NULL, R, "a", CREDENTIAL_NONE, NULL, "", NULL,
	  "", NULL },
	/* Helpers. */
	{ "the store", STORE("good", ""), NULL, R, "a", CREDENTIAL_PASSWORD, "alice", "s3cret",
	  "credsStore good", R, NULL },
	{ "Docker Hub as docker asks", STORE("good", ""), NULL, "docker.io", "a",
	  CREDENTIAL_PASSWORD, "alice", "s3cret", "credsStore good", "https://index.docker.io/v1/",
	  NULL },
	{ "a helper of the registry is before it",
	  STORE("bad", ",\"credHelpers\":{\"" R "\":\"good\"}"), NULL, R, "a", CREDENTIAL_PASSWORD,
	  "alice", "s3cret", "credHelpers good", R, NULL },
	{ "by its host, however it is written",
	  STORE("bad", ",\"credHelpers\":{\"docker.io\":\"good\"}"), NULL, "docker.io", "a",
	  CREDENTIAL_PASSWORD, "alice", "s3cret", "credHelpers good", "https://index.docker.io/v1/",
	  NULL },
	{ "an empty one: the file",
	  "{\"credsStore\":\"bad\",\"credHelpers\":{\"" R "\":\"\"},"
	  "\"auths\":{" ENTRY(R, ALICE) "}}",
	  NULL, R, "a", CREDENTIAL_PASSWORD, "alice", "s3cret", "auths", R, NULL },
	{ "the file does not count where a helper is",
	  STORE("empty", ",\"auths\":{" ENTRY(R, ALICE) "}"), NULL, R, "a", CREDENTIAL_NONE, NULL,
	  "", "credsStore empty", R, NULL },
	{ "but for a registry token",
	  STORE("good", ",\"auths\":{" ENTRY(R, "\"registrytoken\":\"ey\"") "}"), NULL, R, "a",
	  CREDENTIAL_BEARER, NULL, "ey", "auths", R, NULL },
	{ "an identity token", STORE("token", ""), NULL, R, "a", CREDENTIAL_IDENTITY, NULL,
	  "refresh", "credsStore token", R, NULL },
	{ "none", STORE("good", ""), NULL, "none.example", "a", CREDENTIAL_NONE, NULL, "",
	  "credsStore good", "none.example", NULL },
	{ "it fails", STORE("bad", ""), NULL, R, "a", CREDENTIAL_NONE, NULL, "", "credsStore bad",
	  R, "docker-credential-bad get failed (exit status 1): no bus at all" },
	{ "it fails and talks elsewhere", STORE("quiet", ""), NULL, R, "a", CREDENTIAL_NONE, NULL,
	  "", "credsStore quiet", R, "(exit status 3): only on stderr" },
	{ "it fails, and its words are secret", STORE("leaky", ""), NULL, R, "a", CREDENTIAL_NONE,
	  NULL, "", "credsStore leaky", R, "docker-credential-leaky get failed (exit status 1)" },
	{ "it talks nonsense", STORE("odd", ""), NULL, R, "a", CREDENTIAL_NONE, NULL, "",
	  "credsStore odd", R, "docker-credential-odd get: " },
	{ "a user that Basic cannot carry", STORE("colon", ""), NULL, R, "a", CREDENTIAL_NONE, NULL,
	  "", "credsStore colon", R, "colon" },
	{ "half of it", STORE("user", ""), NULL, R, "a", CREDENTIAL_NONE, NULL, "",
	  "credsStore user", R, "no secret" },
	{ "the other half", STORE("secret", ""), NULL, R, "a", CREDENTIAL_NONE, NULL, "",
	  "credsStore secret", R, "no user name" },
	{ "it is not there", STORE("missing", ""), NULL, R, "a", CREDENTIAL_NONE, NULL, "",
	  "credsStore missing", R, "docker-credential-missing: no such program" },
	{ "its name is a path", STORE("x/../../sh", ""), NULL, R, "a", CREDENTIAL_NONE, NULL, "",
	  "credsStore x/../../sh", R, "slash" },
	/* DOCKER_AUTH_CONFIG. */
	{ "the variable goes around helpers", STORE("bad", ""), AUTHS(ENTRY(R, ALICE)), R, "a",
	  CREDENTIAL_PASSWORD, "alice", "s3cret", "DOCKER_AUTH_CONFIG", R, NULL },
	{ "of its own registries", STORE("good", ""), AUTHS(ENTRY("other.example", NO_COLON)), R,
	  "a", CREDENTIAL_PASSWORD, "alice", "s3cret", "credsStore good", R, NULL },
	{ "an entry that says nothing", STORE("good", ""), AUTHS(ENTRY(R, "")), R, "a",
	  CREDENTIAL_PASSWORD, "alice", "s3cret", "credsStore good", R, NULL },
	{ "one that cannot be used is told, not passed over", STORE("good", ""),
	  AUTHS(ENTRY(R, NO_COLON)), R, "a", CREDENTIAL_NONE, NULL, "", "DOCKER_AUTH_CONFIG", R,
	  "auth is no \"user:password\"" },
	{ "an empty variable", AUTHS(ENTRY(R, ALICE)), "", R, "a", CREDENTIAL_PASSWORD, "alice",
	  "s3cret", "auths", R, NULL },
};

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

START_TEST(finds)
{
	scoped_docker_config config = { 0 };

	variable = found[_i].variable;
	scoped_credentials *c = open_with(&config, found[_i].config);
	const struct credential *got = credentials_find(c, found[_i].registry,
							found[_i].repository);
	const char *why = found[_i].why;

	ck_assert_msg(got->kind == found[_i].kind, "%s: %d %s", why, got->kind, got->failure.text);
	ck_assert_msg(same(got->user, found[_i].user), "%s: %s", why, got->user);
	ck_assert_msg(got->secret.len == strlen(found[_i].secret) &&
			      (!got->secret.len ||
			       memcmp(got->secret.data, found[_i].secret, got->secret.len) == 0),
		      "%s", why);
	ck_assert_msg(same(got->source, found[_i].source), "%s: %s", why, got->source);
	ck_assert_msg(same(got->key, found[_i].key), "%s: %s", why, got->key);
	ck_assert_msg(error_is_set(&got->failure) == (found[_i].failure != NULL), "%s: %s", why,
		      got->failure.text);
	if (found[_i].failure)
		ck_assert_msg(strstr(got->failure.text, found[_i].failure), "%s: %s", why,
			      got->failure.text);
	ck_assert_msg(!strstr(got->failure.text, "s3cret"), "%s: %s", why, got->failure.text);
}
END_TEST

START_TEST(each_helper_is_asked_once_for_each_key)
{
	scoped_docker_config config = { 0 };
	scoped_credentials *c = open_with(&config, STORE("good", ""));
	const struct credential *a = credentials_find(c, R, "a");

	ck_assert_ptr_eq(a, credentials_find(c, R, "b"));
	ck_assert_ptr_eq(a, credentials_find(c, R, NULL));
	ck_assert_ptr_ne(a, credentials_find(c, "docker.io", "library/a"));
	ck_assert_ptr_eq(a, credentials_find(c, R, "a"));
	const struct credential *none = credentials_find(c, "none.example", "a");

	ck_assert_ptr_eq(none, credentials_find(c, "none.example", "b"));
	ck_assert_str_eq(none->said, "ask in CI only");
	scoped_str asked = scratch_read("asked");

	ck_assert_str_eq(asked, "get " R "\nget https://index.docker.io/v1/\nget none.example\n");
}
END_TEST

START_TEST(each_entry_is_one_credential)
{
	scoped_docker_config config = { 0 };
	scoped_credentials *c = open_with(&config,
					  AUTHS(ENTRY(R, ALICE) "," ENTRY(R "/org", TOKEN_USER)));

	ck_assert_ptr_eq(credentials_find(c, R, "a"), credentials_find(c, R, "b/c"));
	ck_assert_ptr_eq(credentials_find(c, R, "org/a"), credentials_find(c, R, "org/b"));
	ck_assert_ptr_ne(credentials_find(c, R, "a"), credentials_find(c, R, "org/b"));
}
END_TEST

START_TEST(a_helper_that_hangs_is_ended)
{
	scoped_docker_config config = { 0 };
	scoped_credentials *c = open_with(&config, STORE("hangs", ""));

	credentials_helper_deadline(c, 300 * NSEC_PER_MSEC);
	const struct credential *got = credentials_find(c, R, "a");

	ck_assert_int_eq(got->kind, CREDENTIAL_NONE);
	ck_assert_int_eq(got->failure.kind, ERROR_TIMEOUT);
	ck_assert_ptr_nonnull(strstr(got->failure.text, "docker-credential-hangs"));
	ck_assert_ptr_eq(got, credentials_find(c, R, "b"));
}
END_TEST

static const char *const bad_variables[] = {
	"{",
	"[]",
	"{\"auths\":{\"" R "\":{\"auth\":\"s3cret\"}}",
	"{\"auths\":{},\"auths\":{\"s3cret\":{}}}",
};

START_TEST(a_variable_that_does_not_parse)
{
	struct credentials *c = NULL;
	struct error err = ERROR_INIT;

	variable = bad_variables[_i];
	ck_assert_int_eq(credentials_open(&c, NULL, env, NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert_ptr_nonnull(strstr(err.text, "DOCKER_AUTH_CONFIG"));
	ck_assert_ptr_null(strstr(err.text, "s3cret"));
	ck_assert_ptr_null(c);
}
END_TEST

static char *join(const struct strings *list)
{
	char *text = xstrdup("");

	for (size_t i = 0; i < list->count; i++)
		str_replace(&text, xasprintf("%s%s%s", text, i ? " " : "", list->items[i]));
	return text;
}

START_TEST(all_registries)
{
	scoped_docker_config config = { 0 };
	scoped_strings hosts = { 0 }, notes = { 0 };

	variable = AUTHS(ENTRY("of-variable.example", ""));
	scoped_credentials *c = open_with(
		&config,
		"{\"auths\":{" ENTRY("b.example:5000/org", ALICE) "," ENTRY(
			"http://b.example"
			":5000",
			ALICE) "," ENTRY("a b", ALICE) "},\"credHelpers\":{\"c.example\":"
						       "\"bad\"},\"credsStore\":\"good\"}");
	credentials_registries(c, &hosts, &notes);
	scoped_str all = join(&hosts);

	ck_assert_str_eq(all, "b.example:5000 c.example docker.io listed.example "
			      "of-variable.example");
	ck_assert_uint_eq(notes.count, 0);
	scoped_str asked = scratch_read("asked");

	ck_assert_str_eq(asked, "list unused\n");
}
END_TEST

START_TEST(a_list_that_cannot_be_had_is_told)
{
	scoped_docker_config config = { 0 };
	scoped_strings hosts = { 0 }, notes = { 0 };
	scoped_credentials *c = open_with(&config, STORE("bad", ",\"auths\":{" ENTRY(R, "") "}"));

	credentials_registries(c, &hosts, &notes);
	ck_assert_uint_eq(hosts.count, 1);
	ck_assert_str_eq(hosts.items[0], R);
	ck_assert_uint_eq(notes.count, 1);
	ck_assert_str_eq(notes.items[0],
			 "docker-credential-bad list failed (exit status 1): no bus at all");
}
END_TEST

START_TEST(no_configuration)
{
	struct error err = ERROR_INIT;
	scoped_credentials *c = NULL;

	ck_assert_int_eq(credentials_open(&c, NULL, NULL, NULL, &err), 0);
	ck_assert_int_eq(credentials_find(c, R, "a")->kind, CREDENTIAL_NONE);
	ck_assert_str_eq(credentials_find(c, R, "a")->key, "");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("credentials");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, make_helpers, scratch_remove);
	tcase_add_loop_test(tc, finds, 0, (int)array_len(found));
	tcase_add_test(tc, each_helper_is_asked_once_for_each_key);
	tcase_add_test(tc, each_entry_is_one_credential);
	tcase_add_test(tc, a_helper_that_hangs_is_ended);
	tcase_add_loop_test(tc, a_variable_that_does_not_parse, 0, (int)array_len(bad_variables));
	tcase_add_test(tc, all_registries);
	tcase_add_test(tc, a_list_that_cannot_be_had_is_told);
	tcase_add_test(tc, no_configuration);
	suite_add_tcase(s, tc);
	return s;
}
