/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/attr.h"
#include "common/codec/json.h"
#include "credhelper/gate.h"
#include "plugins/hygiene/hook_push.h"

#define STOPPED(repo)                                                                     \
	"error getting credentials - err: exit status 1, out: `pushgate: docker push to " \
	"reg.example is stopped: push credentials are for CI only (no CI's variables "    \
	"are set); see: docker-credential-pushgate why " repo "`"
#define DENIED "denied: requested access to the resource is denied"
#define BASIC  "no basic auth credentials"

/* --- What was pushed to. */

static const struct {
	const char *command, *error;
	const char *argv[8];
	const char *target; /* NULL: nothing */
	const char *why;
} targets[] = {
	{ "push", STOPPED("reg.example/prod/app"), { NULL }, "reg.example/prod/app", "quoted" },
	{ "push",
	  STOPPED("reg.example:5000/prod/app"),
	  { "docker", "push", "other/x" },
	  "reg.example:5000/prod/app",
	  "what pushgate says goes before argv" },
	{ "push", STOPPED("docker.io/acme/app"), { NULL }, "docker.io/acme/app", "the Hub" },
	{ "compose push",
	  STOPPED("reg.example/prod/app"),
	  { NULL },
	  "reg.example/prod/app",
	  "whatever the command, if docker says so much" },
	{ NULL,
	  STOPPED("reg.example/prod/app"),
	  { NULL },
	  "reg.example/prod/app",
	  "or does not say which" },
	{ "push",
	  STOPPED("reg.example"),
	  { "docker", "push", "reg.example/x" },
	  NULL,
	  "a registry alone is no repository" },
	{ "push", STOPPED("-x/y"), { NULL }, NULL, "an option" },
	{ "push", STOPPED("../x"), { NULL }, NULL, "no reference" },
	{ "push", "see: docker-credential-pushgate why ", { NULL }, NULL, "cut" },

	{ "push",
	  DENIED,
	  { "docker", "push", "reg.example/prod/app:7" },
	  "reg.example/prod/app",
	  "docker before 28.4, with tokens" },
	{ "push",
	  BASIC,
	  { "docker", "push", "reg.example/prod/app" },
	  "reg.example/prod/app",
	  "with passwords" },
	{ "push", DENIED, { "docker", "push", "acme/app" }, "docker.io/acme/app", "the Hub" },
	{ "image push",
	  DENIED,
	  { "docker", "-H", "unix:///s", "image", "push", "-q", "reg.example/a" },
	  "reg.example/a",
	  "options" },
	{ "image",
	  DENIED,
	  { "docker", "image", "push", "--platform", "linux/arm64", "reg.example/a", "-a" },
	  "reg.example/a",
	  "options with values, and at the end" },
	{ "image",
	  DENIED,
	  { "docker", "image", "push", "--platform=linux/arm64", "reg.example/a" },
	  "reg.example/a",
	  "in one word" },
	{ "image", DENIED, { "docker", "image", "pull", "reg.example/a" }, NULL, "a pull" },
	{ "pull", DENIED, { "docker", "pull", "reg.example/a" }, NULL, "a pull" },
	{ "pushx", DENIED, { "docker", "push", "reg.example/a" }, NULL, "another command" },
	{ NULL, DENIED, { "docker", "push", "reg.example/a" }, NULL, "not known which" },
	{ "push", DENIED, { "docker", "push", "reg.example/a", "reg.example/b" }, NULL, "two" },
	{ "push", DENIED, { "docker", "push" }, NULL, "none" },
	{ "push", DENIED, { "docker" }, NULL, "another argv" },
	{ "push", DENIED, { NULL }, NULL, "no argv" },
	{ "push", DENIED, { "docker", "push", "A B" }, NULL, "no reference" },
	{ "push", "exit status 1", { "docker", "push", "reg.example/a" }, NULL, "nothing is said" },
	{ "push", "", { "docker", "push", "reg.example/a" }, NULL, "a success" },
	{ "push", NULL, { "docker", "push", "reg.example/a" }, NULL, "a success" },
	{ "buildx build",
	  "exit status 1",
	  { "docker", "buildx", "build", "--push", "-t", "reg.example/a", "." },
	  NULL,
	  "it may have failed for anything" },
};

START_TEST(target)
{
	const struct plugin_hook hook = { targets[_i].command, targets[_i].error };
	scoped_strings argv = { 0 };

	for (size_t i = 0; i < array_len(targets[_i].argv) && targets[_i].argv[i]; i++)
		strings_add(&argv, targets[_i].argv[i]);
	scoped_str got = hook_push_target(&hook, &argv);

	if (targets[_i].target)
		ck_assert_msg(got && strcmp(got, targets[_i].target) == 0, "%s: %s",
			      targets[_i].why, got ? got : "nothing");
	else
		ck_assert_msg(!got, "%s: %s", targets[_i].why, got);
}
END_TEST

START_TEST(argv_if_needed)
{
	const struct plugin_hook quoted = { "push", STOPPED("reg.example/a") };
	const struct plugin_hook denied = { "push", DENIED }, pull = { "pull", DENIED };

	ck_assert(hook_push_needs_argv(&denied));
	ck_assert(!hook_push_needs_argv(&quoted) && !hook_push_needs_argv(&pull));
}
END_TEST

/* --- Whom docker asks. */

static const struct {
	const char *config, *target;
	bool ours;
	const char *why;
} configs[] = {
	{ "{\"credsStore\":\"pushgate\"}", "reg.example/a", true, "for all" },
	{ "{\"credsStore\":\"pass\"}", "reg.example/a", false, "another one" },
	{ "{}", "reg.example/a", false, "none" },
	{ "{\"credHelpers\":{\"reg.example\":\"pushgate\"}}", "reg.example/a", true, "for it" },
	{ "{\"credHelpers\":{\"reg.example\":\"pushgate\"}}", "reg.example:5000/a", false,
	  "for another one" },
	{ "{\"credHelpers\":{\"reg.example\":\"pass\"},\"credsStore\":\"pushgate\"}",
	  "reg.example/a", false, "for all but it" },
	{ "{\"credHelpers\":{\"reg.example\":\"\"},\"credsStore\":\"pushgate\"}", "reg.example/a",
	  false, "the file for it" },
	{ "{\"credHelpers\":{\"https://index.docker.io/v1/\":\"pushgate\"}}", "docker.io/acme/app",
	  true, "the Hub by docker's name for it" },
	{ "{\"credHelpers\":{\"docker.io\":\"pushgate\"}}", "docker.io/acme/app", false,
	  "which is no other" },
	{ "{\"credsStore\":7,\"credHelpers\":[]}", "reg.example/a", false, "no names" },
	{ "[]", "reg.example/a", false, "no object" },
};

START_TEST(ours)
{
	scoped_json *config = json_loads(configs[_i].config, 0, NULL);

	ck_assert_msg(hook_push_is_ours(config, configs[_i].target) == configs[_i].ours, "%s",
		      configs[_i].why);
}
END_TEST

/* --- What is said. */

#define WHY(attested, gates, answer)                                       \
	"{\"gated\":true,\"attested\":" attested ",\"gates\":[" gates "]," \
	"\"policy\":{\"broken\":null},\"push\":{\"answer\":\"" answer "\"}}"
#define GATE(holds, reason, text, detail)                                                         \
	"{\"holds\":" holds ",\"reason\":\"" reason "\",\"text\":\"" text "\",\"detail\":" detail \
	"}"
#define NO_CI GATE("false", "no-ci", "no CI's variables are set", "\"JENKINS_URL is not set\"")
#define HOLDS GATE("true", "holds", "holds", "null")

static const struct {
	const char *why;
	const char *first, *second; /* beginning of each line; NULL: nothing is said */
	const char *row;
} answers[] = {
	{ WHY("false", NO_CI, "stop"),
	  "Push credentials for reg.example/a are for CI only: no CI's variables are set: "
	  "JENKINS_URL is not set",
	  "Let the CI job push it;", "stopped" },
	{ WHY("false", HOLDS "," GATE("false", "user", "another user's process", "\"uid 7\""),
	      "stop"),
	  "Push credentials for reg.example/a are for CI only: another user's process: uid 7",
	  "Let the build agent's user push it (", "the first that does not hold" },
	{ WHY("false", GATE("false", "nobody", "the policy takes nobody for CI", "null"), "stop"),
	  "Push credentials for reg.example/a are for CI only: the policy takes nobody for CI",
	  "Change \"ci\"", "without a detail" },
	{ WHY("false", NO_CI, "credential"), "Push credentials for reg.example/a are for CI only",
	  "Let the CI job", "given a pull credential" },
	{ WHY("false", NO_CI, "not-found"), "Push credentials for reg.example/a are for CI only",
	  "Let the CI job", "given nothing" },
	{ WHY("false", "{\"holds\":false,\"reason\":\"later\"}", "stop"),
	  "Push credentials for reg.example/a are for CI only: later", "Let the CI job push it (",
	  "a reason of later versions" },
	{ WHY("false", GATE("false", "no-ci", "a\\nb\\u001b[1m", "\"c\\nd\""), "stop"),
	  "Push credentials for reg.example/a are for CI only: a?b?[1m: c?d", "Let the CI job",
	  "two lines whatever is in it" },
	{ "{\"gated\":true,\"attested\":false,\"gates\":[" GATE(
		  "false", "policy-broken", "the policy cannot be used",
		  "null") "],\"policy\":{\"broken\":\"/p: "
			  "x\"},\"push\":{\"answer\":\"not-found\"}}",
	  "Push credentials for reg.example/a are for CI only: the policy cannot be used: /p: x",
	  "Mend the policy (", "a broken policy" },
	{ WHY("false", NO_CI, "failed"), NULL, NULL, "the keyring's fault" },
	{ WHY("true", HOLDS, "credential"), NULL, NULL, "CI" },
	{ "{\"gated\":false,\"attested\":false,\"gates\":[" NO_CI
	  "],\"push\":{\"answer\":\"not-found\"}}",
	  NULL, NULL, "not gated" },
	{ WHY("false", HOLDS, "stop"), NULL, NULL, "no gate is named" },
	{ WHY("false", "7", "stop"), NULL, NULL, "no gate" },
	{ "{\"gated\":true,\"attested\":false,\"gates\":7}", NULL, NULL, "no list" },
	{ "{\"gated\":1}", NULL, NULL, "no boolean" },
	{ "[]", NULL, NULL, "no object" },
	{ "{", NULL, NULL, "no JSON" },
	{ "", NULL, NULL, "nothing" },
};

/* As the hook does with pushgate's answer: one that is none says nothing. */
static void explain_answer(const char *why, struct buf *out)
{
	scoped_gate_view view = { 0 };
	struct error err = ERROR_INIT;

	if (gate_view_parse(&view, why, strlen(why), &err) == 0)
		hook_push_explain("reg.example/a", &view, out);
}

START_TEST(explain)
{
	scoped_buf out;

	buf_init(&out, 1 << 16);
	explain_answer(answers[_i].why, &out);
	if (!answers[_i].first) {
		ck_assert_msg(out.len == 0, "%s: %s", answers[_i].row, out.data);
		return;
	}
	const char *end = strchr(out.data, '\n');

	ck_assert_msg(end && strchr(end + 1, '\n') == NULL, "%s: %s", answers[_i].row, out.data);
	ck_assert_msg(strncmp(out.data, answers[_i].first, strlen(answers[_i].first)) == 0,
		      "%s: %s", answers[_i].row, out.data);
	ck_assert_msg(strncmp(end + 1, answers[_i].second, strlen(answers[_i].second)) == 0,
		      "%s: %s", answers[_i].row, out.data);
	ck_assert_msg(strstr(end, "(docker-credential-pushgate why reg.example/a)"), "%s: %s",
		      answers[_i].row, out.data);
}
END_TEST

/* Each reason that the helper may have, but those that any CI job mends. */
START_TEST(every_reason)
{
#define NAME(reason, name, text) name,
	static const char *const names[] = { GATE_REASONS(NAME) };
#undef NAME
	for (size_t i = 0; i < array_len(names); i++) {
		scoped_str why = xasprintf(WHY("false", GATE("false", "%s", "x", "null"), "stop"),
					   names[i]);
		bool general = strcmp(names[i], "holds") == 0 || strcmp(names[i], "other-ci") == 0;
		scoped_buf out;

		buf_init(&out, 1 << 16);
		explain_answer(why, &out);
		ck_assert_msg(!strstr(out.data, "\nLet the CI job push it (") == !general, "%s: %s",
			      names[i], out.data);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("hook_push");
	TCase *t = tcase_create("hook_push");

	tcase_add_loop_test(t, target, 0, array_len(targets));
	tcase_add_test(t, argv_if_needed);
	tcase_add_loop_test(t, ours, 0, array_len(configs));
	tcase_add_loop_test(t, explain, 0, array_len(answers));
	tcase_add_test(t, every_reason);
	suite_add_tcase(s, t);
	return s;
}
