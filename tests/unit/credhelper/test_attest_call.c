/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "credhelper/attest_call.h"
#include "tests/unit/client/scratch.h"

#define OIDC(vendor, more)                \
	"{\"oidc\":{\"vendor\":\"" vendor \
	"\",\"issuer\":\"https://x.example\",\"audience\":\"us\"" more "}}"
#define PINS ",\"claims\":{\"repository_id\":\"1\",\"sub\":\"a\"}"

static const char policy_text[] =
	"{\"version\":1,\"gates\":{"
	"\"env\":" OIDC(
		"jenkins",
		",\"token\":{\"env\":\"ID_TOKEN\"}") ","
						     "\"file\":" OIDC(
							     "gitlab",
							     ",\"token\":{\"file_env\":\"ID_"
							     "FILE\"}") ","
									"\"circle\":" OIDC(
										"circleci",
										PINS) ","
										      "\"github\""
										      ":" OIDC(
											      "gith"
											      "ub",
											      PINS) ","
												    "\"azure\":" OIDC(
													    "azure",
													    "") ","
														"\"terminal\":{\"env\":{}}}}";

/* --- The environment of a job. */

static const char *const *job;

static const char *job_env(const char *name)
{
	for (const char *const *at = job; at && *at; at += 2)
		if (strcmp(*at, name) == 0)
			return at[1];
	return NULL;
}

struct bench {
	struct policy_file policy;
	struct facts facts;
	struct paths paths;
	struct world world;
	struct attestations got;
};

static void bench_make(struct bench *b, const char *const *env)
{
	struct error err = ERROR_INIT;

	*b = (struct bench){ .facts = { .env = job_env } };
	job = env;
	ck_assert_msg(policy_parse(&b->policy, policy_text, sizeof(policy_text) - 1, "policy", true,
				   &err) == 0,
		      "%s", err.text);
	b->paths.attest = scratch_path("libexec/pushgate-attest");
	b->world.paths = &b->paths;
}

static void bench_release(struct bench *b)
{
	policy_file_release(&b->policy);
	attestations_release(&b->got);
	free((char *)(uintptr_t)b->paths.attest);
}
#define scoped_bench scoped(bench_release) struct bench

/* The last attestation. */
static const struct attestation *call(struct bench *b, const char *gate)
{
	scoped_strings gates = { 0 };

	strings_add(&gates, gate);
	attest_call(&b->world, &b->policy, &gates, &b->facts, &b->got);
	return b->got.count ? &b->got.items[b->got.count - 1] : NULL;
}

/* Keeps what it was asked, and says what is in the file "answer" with the status in it. */
static void install(const char *answer, int status)
{
	scoped_str text = xasprintf(
		"#!/bin/sh\ncat >'%s/question'\ncat <<'END'\n%s\nEND\nexit %d\n", scratch_dir(),
		answer, status);

	scratch_write("libexec/pushgate-attest", text, 0755);
}

#define REFUSED                                                                                    \
	"{\"version\":1,\"gate\":\"env\",\"verdict\":\"refused\",\"reason\":\"expired\",\"text\":" \
	"\"it has expired\"}"
#define GOOD(gate)                                                                        \
	"{\"version\":1,\"gate\":\"" gate                                                 \
	"\",\"verdict\":\"ok\",\"reason\":\"ok\",\"text\":\"ok\",\"expires\":1790000000," \
	"\"claims\":{\"sub\":\"a\"}}"

/* --- Where the token comes from. */

static const struct {
	const char *why, *gate;
	const char *env[8];
	const char *question; /* NULL: there is no token: */
	const char *text;
} sources[] = {
	{ "a variable",
	  "env",
	  { "ID_TOKEN", "a.b.c" },
	  "{\"version\":1,\"gate\":\"env\",\"token\":\"a.b.c\"}\n",
	  NULL },
	{ "blanks around it",
	  "env",
	  { "ID_TOKEN", " a.b.c\r\n" },
	  "{\"version\":1,\"gate\":\"env\",\"token\":\"a.b.c\"}\n",
	  NULL },
	{ "the vendor's variable",
	  "circle",
	  { "CIRCLE_OIDC_TOKEN_V2", "a.b.c" },
	  "{\"version\":1,\"gate\":\"circle\",\"token\":\"a.b.c\"}\n",
	  NULL },
	{ "GitHub's address",
	  "github",
	  { "ACTIONS_ID_TOKEN_REQUEST_URL", "https://x/?a", "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
	    "key" },
	  "{\"version\":1,\"gate\":\"github\",\"request\":{\"vendor\":\"github\",\"url\":"
	  "\"https://x/?a\",\"bearer\":\"key\"}}\n",
	  NULL },
	{ "Azure's address",
	  "azure",
	  { "SYSTEM_OIDCREQUESTURI", "https://x/oidc", "SYSTEM_ACCESSTOKEN", "key" },
	  "{\"version\":1,\"gate\":\"azure\",\"request\":{\"vendor\":\"azure\",\"url\":"
	  "\"https://x/oidc\",\"bearer\":\"key\"}}\n",
	  NULL },
	{ "Azure's service connection",
	  "azure",
	  { "SYSTEM_OIDCREQUESTURI", "https://x/oidc", "SYSTEM_ACCESSTOKEN", "key",
	    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "0a-1B" },
	  "{\"version\":1,\"gate\":\"azure\",\"request\":{\"vendor\":\"azure\",\"url\":"
	  "\"https://x/oidc?serviceConnectionId=0a-1B\",\"bearer\":\"key\"}}\n",
	  NULL },
	{ "one that is none",
	  "azure",
	  { "SYSTEM_OIDCREQUESTURI", "https://x/oidc", "SYSTEM_ACCESSTOKEN", "key",
	    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "0&b=c" },
	  "{\"version\":1,\"gate\":\"azure\",\"request\":{\"vendor\":\"azure\",\"url\":"
	  "\"https://x/oidc\",\"bearer\":\"key\"}}\n",
	  NULL },
	{ "no variable", "env", { NULL }, NULL, "ID_TOKEN is not set" },
	{ "an empty one", "env", { "ID_TOKEN", "" }, NULL, "ID_TOKEN is not set" },
	{ "no file's variable", "file", { "ID_TOKEN", "a.b.c" }, NULL, "ID_FILE is not set" },
	{ "no file",
	  "file",
	  { "ID_FILE", "/nonexistent" },
	  NULL,
	  "ID_FILE names no file that can be read" },
	{ "a directory",
	  "file",
	  { "ID_FILE", "/" },
	  NULL,
	  "ID_FILE names no file that can be read" },
	{ "a device",
	  "file",
	  { "ID_FILE", "/dev/zero" },
	  NULL,
	  "ID_FILE names no file that can be read" },
	{ "no permission on GitHub",
	  "github",
	  { "GITHUB_ACTIONS", "true" },
	  NULL,
	  "ACTIONS_ID_TOKEN_REQUEST_URL is not set; the job needs \"permissions: id-token: "
	  "write\"" },
	{ "half of it",
	  "github",
	  { "ACTIONS_ID_TOKEN_REQUEST_URL", "https://x" },
	  NULL,
	  "ACTIONS_ID_TOKEN_REQUEST_TOKEN is not set; the job needs \"permissions: id-token: "
	  "write\"" },
	{ "no access token on Azure",
	  "azure",
	  { "SYSTEM_OIDCREQUESTURI", "https://x" },
	  NULL,
	  "SYSTEM_ACCESSTOKEN is not set; the step needs \"env: SYSTEM_ACCESSTOKEN: "
	  "$(System.AccessToken)\"" },
};

START_TEST(source)
{
	scoped_bench b;
	scoped_str question = scratch_path("question");

	install(GOOD("x"), 0);
	bench_make(&b, sources[_i].env);
	const struct attestation *a = call(&b, sources[_i].gate);

	ck_assert_ptr_nonnull(a);
	ck_assert_str_eq(a->gate, sources[_i].gate);
	ck_assert_msg(a->asked == (sources[_i].question != NULL), "%s", sources[_i].why);
	if (sources[_i].question) {
		scoped_str asked = scratch_read("question");

		ck_assert_str_eq(asked, sources[_i].question);
		return;
	}
	ck_assert_int_eq(access(question, F_OK), -1);
	ck_assert_int_eq(a->failure.kind, ERROR_NOT_FOUND);
	ck_assert_str_eq(a->failure.text, sources[_i].text);
}
END_TEST

/* Kubernetes gives a link, and lets everybody read. */
START_TEST(source_file)
{
	scoped_bench b;
	scoped_str path = scratch_path("token");
	scoped_str link = scratch_path("link");
	const char *env[] = { "ID_FILE", link, NULL };

	install(GOOD("file"), 0);
	scratch_write("token", "a.b.c\n", 0644);
	ck_assert_int_eq(symlink(path, link), 0);
	bench_make(&b, env);
	ck_assert_int_eq((int)call(&b, "file")->answer.verdict, ATTEST_OK);
	scoped_str asked = scratch_read("question");

	ck_assert_str_eq(asked, "{\"version\":1,\"gate\":\"file\",\"token\":\"a.b.c\"}\n");
}
END_TEST

START_TEST(no_token_is_not_sent)
{
	static const char *const tokens[] = { "a b", "\"}", "a\nb", "\xc3\xa4", "$(x)", " " };
	scoped_str question = scratch_path("question");
	scoped_str longer = xmalloc(40000);

	memset(longer, 'a', 39999);
	longer[39999] = '\0';
	install(GOOD("env"), 0);
	for (size_t i = 0; i <= array_len(tokens); i++) {
		scoped_bench b;
		const char *env[] = { "ID_TOKEN", i < array_len(tokens) ? tokens[i] : longer,
				      NULL };

		bench_make(&b, env);
		const struct attestation *a = call(&b, "env");

		ck_assert(a->asked && a->answer.verdict == ATTEST_REFUSED);
		ck_assert_str_eq(a->answer.reason, "malformed");
		ck_assert_int_eq(access(question, F_OK), -1);
	}
}
END_TEST

/* --- What it answers. */

static const struct {
	const char *why, *answer;
	int status;
	enum attest_verdict verdict;
	const char *reason, *text;
} answers[] = {
	{ "ok", GOOD("env"), 0, ATTEST_OK, "ok", "ok" },
	{ "refused", REFUSED, 3, ATTEST_REFUSED, "expired", "it has expired" },
	{ "another status than it says", GOOD("env"), 3, ATTEST_ERROR, "no-answer",
	  "pushgate-attest: it ended with status 3, which is not its answer's" },
	{ "refused, and ends well", REFUSED, 0, ATTEST_ERROR, "no-answer",
	  "pushgate-attest: it ended with status 0, which is not its answer's" },
	{ "of another gate", GOOD("other"), 0, ATTEST_ERROR, "no-answer",
	  "pushgate-attest: answer: it is for another gate" },
	{ "nothing", "", 0, ATTEST_ERROR, "no-answer", "pushgate-attest: answer: no JSON object" },
	{ "two", GOOD("env") GOOD("env"), 0, ATTEST_ERROR, "no-answer",
	  "pushgate-attest: answer: no JSON object" },
};

START_TEST(answer)
{
	static const char *const env[] = { "ID_TOKEN", "a.b.c", NULL };
	scoped_bench b;

	install(answers[_i].answer, answers[_i].status);
	bench_make(&b, env);
	const struct attestation *a = call(&b, "env");

	ck_assert_msg(a->asked, "%s: %s", answers[_i].why, a->failure.text);
	ck_assert_msg(a->answer.verdict == answers[_i].verdict, "%s: %s", answers[_i].why,
		      a->answer.text);
	ck_assert_str_eq(a->answer.reason, answers[_i].reason);
	ck_assert_str_eq(a->answer.text, answers[_i].text);
}
END_TEST

/* --- Which program it is. */

static void nothing(const char *path)
{
	ck_assert_int_eq(unlink(path), 0);
}

static void writable(const char *path)
{
	ck_assert_int_eq(chmod(path, 0775), 0);
}

static void in_writable(const char *path unused_arg)
{
	scoped_str dir = scratch_path("libexec");

	ck_assert_int_eq(chmod(dir, 0777), 0);
}

static void linked(const char *path)
{
	scoped_str other = scratch_path("other");

	ck_assert_int_eq(rename(path, other), 0);
	ck_assert_int_eq(symlink(other, path), 0);
}

static void strangers(const char *path)
{
	if (geteuid() == 0)
		ck_assert_int_eq(chown(path, 12345, (gid_t)-1), 0);
	else
		nothing(path);
}

static void not_executable(const char *path)
{
	ck_assert_int_eq(chmod(path, 0644), 0);
}

static const struct {
	const char *why;
	void (*spoil)(const char *path);
	bool asked;
} programs[] = {
	{ "not there", nothing, false },
	{ "others may write it", writable, false },
	{ "others may write its directory", in_writable, false },
	{ "a link", linked, false },
	{ "another user's", strangers, false },
	{ "not to be run", not_executable, true },
};

START_TEST(program)
{
	static const char *const env[] = { "ID_TOKEN", "a.b.c", NULL };
	scoped_str question = scratch_path("question");
	scoped_bench b;

	install(GOOD("env"), 0);
	bench_make(&b, env);
	programs[_i].spoil(b.paths.attest);
	const struct attestation *a = call(&b, "env");

	ck_assert_msg(a->asked == programs[_i].asked, "%s", programs[_i].why);
	ck_assert_msg(a->asked || (error_is_set(&a->failure) && a->failure.kind != ERROR_NOT_FOUND),
		      "%s: %s", programs[_i].why, a->failure.text);
	ck_assert(a->answer.verdict != ATTEST_OK || !a->asked);
	ck_assert_int_eq(access(question, F_OK), -1);
}
END_TEST

/* One called like it, first on PATH; variables that libcurl, OpenSSL and the loader heed. */
START_TEST(nothing_of_the_callers)
{
	static const char *const env[] = { "ID_TOKEN", "a.b.c", NULL };
	static const char script[] =
		"#!/bin/sh\ntr '\\0' '\\n' </proc/$$/environ >'%s/env'\npwd >'%s/cwd'\n"
		"exit 1\n";
	const char *dir = scratch_dir();
	scoped_str text = xasprintf(script, dir, dir);
	scoped_bench b;

	scratch_write("libexec/pushgate-attest", text, 0755);
	scratch_write("pushgate-attest", "#!/bin/sh\nexit 0\n", 0755);
	setenv("PATH", scratch_dir(), 1);
	setenv("HTTPS_PROXY", "http://evil", 1);
	setenv("SSL_CERT_FILE", "/evil", 1);
	setenv("LD_PRELOAD", "", 1);
	bench_make(&b, env);
	ck_assert_int_eq((int)call(&b, "env")->answer.verdict, ATTEST_ERROR);
	scoped_str has = scratch_read("env");
	scoped_str cwd = scratch_read("cwd");

	ck_assert_str_eq(has, "");
	ck_assert_str_eq(cwd, "/\n");
}
END_TEST

/* A gate of another kind, and one that is not there, are not its business. */
START_TEST(other_gates)
{
	scoped_bench b;

	bench_make(&b, NULL);
	ck_assert_ptr_null(call(&b, "terminal"));
	ck_assert_ptr_null(call(&b, "nosuch"));
	attest_call(&b.world, NULL, &(struct strings){ 0 }, &b.facts, &b.got);
	ck_assert_uint_eq(b.got.count, 0);
}
END_TEST

START_TEST(it_hangs)
{
	static const char *const env[] = { "ID_TOKEN", "a.b.c", NULL };
	int64_t start = clock_system.monotonic(&clock_system);
	scoped_bench b;

	scratch_write("libexec/pushgate-attest", "#!/bin/sh\nexec /bin/sleep 60\n", 0755);
	bench_make(&b, env);
	const struct attestation *a = call(&b, "env");
	int64_t took = clock_system.monotonic(&clock_system) - start;

	ck_assert(a->asked && a->answer.verdict == ATTEST_ERROR);
	ck_assert_msg(strstr(a->answer.text, "did not end in time"), "%s", a->answer.text);
	ck_assert(took >= ATTEST_DEADLINE && took < 3 * ATTEST_DEADLINE);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("attest_call");
	TCase *t = tcase_create("attest_call");
	TCase *slow = tcase_create("deadline");

	tcase_add_checked_fixture(t, scratch_make, scratch_remove);
	tcase_add_checked_fixture(slow, scratch_make, scratch_remove);
	tcase_add_loop_test(t, source, 0, (int)array_len(sources));
	tcase_add_test(t, source_file);
	tcase_add_test(t, no_token_is_not_sent);
	tcase_add_loop_test(t, answer, 0, (int)array_len(answers));
	tcase_add_loop_test(t, program, 0, (int)array_len(programs));
	tcase_add_test(t, nothing_of_the_callers);
	tcase_add_test(t, other_gates);
	tcase_set_timeout(slow, 60);
	tcase_add_test(slow, it_hangs);
	suite_add_tcase(s, t);
	suite_add_tcase(s, slow);
	return s;
}
