/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of docs/internals/pushgate.md §9, word for word. */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/clock.h"
#include "credhelper/tell.h"

#define WHY "(no CI's variables are set: JENKINS_URL is not set)"
#define SEE "; see: docker-credential-pushgate why reg.example"

static struct finding no_ci = { NULL, "env", GATE_ENV, GATE_REASON_NO_VENDOR,
				(char[]){ "JENKINS_URL is not set" } };
static struct finding unusable = { NULL, NULL, GATE_ENV, GATE_REASON_POLICY_BROKEN, NULL };
static struct finding tty = { NULL, "env", GATE_ENV, GATE_REASON_TERMINAL, NULL };

static const struct {
	struct get_answer answer;
	const char *key, *repo, *what;
	const struct finding *finding;
	const char *line; /* "": none */
	const char *why;
} gets[] = {
	{ { ANSWER_STOP, DECIDE_STOPPED, true },
	  "reg.example",
	  "org/app",
	  "docker push",
	  &no_ci,
	  "pushgate: docker push to reg.example is stopped: push credentials are for CI only " WHY
		  SEE "/org/app\n",
	  "a stop" },
	{ { ANSWER_STOP, DECIDE_STOPPED, true },
	  "https://index.docker.io/v1/",
	  NULL,
	  "docker compose push",
	  &tty,
	  "pushgate: docker compose push to docker.io is stopped: push credentials are for CI only "
	  "(a "
	  "person is at a terminal); see: docker-credential-pushgate why docker.io\n",
	  "without a detail and a repository" },
	{ { ANSWER_STOP, DECIDE_STOPPED, true },
	  "reg.example",
	  "app",
	  "docker push",
	  &unusable,
	  "pushgate: docker push to reg.example is stopped: push credentials are for CI only (the "
	  "policy cannot be used: p.gates: expected an object, got a list)" SEE "/app\n",
	  "a stop, since the policy is broken" },
	{ { ANSWER_NOT_FOUND, DECIDE_MISSING, true },
	  "reg.example",
	  "app",
	  "docker push",
	  &no_ci,
	  "pushgate: no push credential for reg.example outside CI " WHY SEE "/app\n",
	  "nothing, and pushing" },
	{ { ANSWER_NOT_FOUND, DECIDE_MISSING, true },
	  "reg.example",
	  NULL,
	  NULL,
	  &no_ci,
	  "pushgate: no pull credential for reg.example is stored; docker login reg.example with a "
	  "pull-only account\n",
	  "nothing, and named" },
	{ { ANSWER_NOT_FOUND, DECIDE_NO_PUSH, true },
	  "reg.example",
	  "app",
	  NULL,
	  NULL,
	  "pushgate: this is CI, but no push credential for reg.example is there" SEE "/app\n",
	  "nothing, in CI" },
	{ { ANSWER_CREDENTIAL, DECIDE_PULL_ONLY, true },
	  "reg.example",
	  NULL,
	  "crane push",
	  &no_ci,
	  "pushgate: reg.example gets a pull credential, since this is not CI " WHY SEE "\n",
	  "a pull credential for a pusher" },
	{ { ANSWER_NOT_FOUND, DECIDE_UNPROVEN, true },
	  "reg.example",
	  NULL,
	  NULL,
	  &no_ci,
	  "pushgate: the credential stored for reg.example may be able to push, and the policy "
	  "refuses "
	  "those outside CI; docker login reg.example with one of: puller, reader\n",
	  "withheld" },
	{ { ANSWER_NOT_FOUND, DECIDE_BROKEN, true },
	  "reg.example",
	  NULL,
	  NULL,
	  NULL,
	  "pushgate: no push credential is released: p.gates: expected an object, got a list\n",
	  "a broken policy" },
	{ { ANSWER_CREDENTIAL, DECIDE_BROKEN, true },
	  "reg.example",
	  NULL,
	  NULL,
	  NULL,
	  "pushgate: no push credential is released: p.gates: expected an object, got a list\n",
	  "the same with a pull credential" },
	{ { ANSWER_NOT_FOUND, DECIDE_MISSING, false },
	  "reg.example",
	  NULL,
	  NULL,
	  &no_ci,
	  "",
	  "a public image" },
	{ { ANSWER_CREDENTIAL, DECIDE_UNGATED, false },
	  "reg.example",
	  NULL,
	  NULL,
	  NULL,
	  "",
	  "ungated" },
	{ { ANSWER_CREDENTIAL, DECIDE_ATTESTED, false },
	  "reg.example",
	  NULL,
	  NULL,
	  NULL,
	  "",
	  "CI" },
	{ { ANSWER_NOT_FOUND, DECIDE_MISSING, true },
	  "reg\x1b[2J\nx",
	  "a",
	  "docker push",
	  NULL,
	  "pushgate: no push credential for reg?[2J?x outside CI; see: docker-credential-pushgate "
	  "why "
	  "reg?[2J?x\n",
	  "an opaque key, made printable" },
	{ { ANSWER_STOP, DECIDE_STOPPED, true },
	  "reg.example/org/app",
	  "org/app",
	  "crane copy",
	  &tty,
	  "pushgate: crane copy to reg.example/org/app is stopped: push credentials are for CI "
	  "only (a "
	  "person is at a terminal); see: docker-credential-pushgate why reg.example/org/app\n",
	  "asked for with the repository" },
};

static const struct {
	enum deposit deposit;
	const char *line, *why;
} stores[] = {
	{ DEPOSIT_PULL, "", "silent" },
	{ DEPOSIT_PULL_UNPROVEN,
	  "pushgate: stored for pulling from reg.example; if this account can push, a push with it "
	  "is "
	  "stopped by pushgate alone: prefer a pull-only account\n",
	  "a warning" },
	{ DEPOSIT_REFUSE,
	  "pushgate: not stored: the policy for reg.example takes only pull-only accounts outside "
	  "CI "
	  "(puller, reader)\n",
	  "refused" },
	{ DEPOSIT_NO_POLICY,
	  "pushgate: not stored: what may push to reg.example is not known: p.gates: expected an "
	  "object, got a list\n",
	  "a broken policy" },
	{ DEPOSIT_PUSH_FILE,
	  "pushgate: stored for pushing to reg.example until 2026-11-29T01:00:00Z\n", "in CI" },
};

#define POLICY                                                                          \
	"{\"version\":1,\"registries\":[{\"match\":\"*\",\"unproven_pull\":\"refuse\"," \
	"\"pull_users\":[\"puller\",\"reader\"]}]}"

/* A policy with pull users, broken too. */
struct world_of {
	struct policy_file file;
	struct policy policy;
	struct policy_view view;
	struct registry_key key;
};

static void set_up(struct world_of *w, const char *key)
{
	struct error err = ERROR_INIT;

	*w = (struct world_of){ 0 };
	ck_assert_int_eq(policy_parse(&w->file, POLICY, strlen(POLICY), "p", true, &err), 0);
	w->policy.system = &w->file;
	error_set(&w->policy.why, ERROR_USAGE, 0, "p.gates: expected an object, got a list");
	registry_key_read(&w->key, key);
	w->view = policy_view(&w->policy, &w->key, NULL);
}

static void tear_down(struct world_of *w)
{
	policy_file_release(&w->file);
	registry_key_release(&w->key);
}

START_TEST(get)
{
	struct world_of w;
	scoped_buf out = { 0 };

	buf_init(&out, SIZE_MAX);
	set_up(&w, gets[_i].key);
	const struct telling t = { .key = &w.key,
				   .repo = gets[_i].repo,
				   .what = gets[_i].what,
				   .finding = gets[_i].finding,
				   .policy = &w.policy,
				   .view = &w.view };

	tell_get(&t, &gets[_i].answer, &out);
	ck_assert_msg(strcmp(out.data, gets[_i].line) == 0, "%s: %s", gets[_i].why, out.data);
	tear_down(&w);
}
END_TEST

START_TEST(store)
{
	struct world_of w;
	scoped_buf out = { 0 };

	buf_init(&out, SIZE_MAX);
	set_up(&w, "reg.example");
	const struct telling t = { .key = &w.key,
				   .policy = &w.policy,
				   .view = &w.view,
				   .expires = INT64_C(1795914000) * NSEC_PER_SEC };

	tell_store(&t, stores[_i].deposit, &out);
	ck_assert_msg(strcmp(out.data, stores[_i].line) == 0, "%s: %s", stores[_i].why, out.data);
	tear_down(&w);
}
END_TEST

START_TEST(nobody_named)
{
	struct world_of w;
	scoped_buf out = { 0 };

	buf_init(&out, SIZE_MAX);
	set_up(&w, "reg.example");
	strings_release(&w.file.rules.items[0].pull_users);
	const struct telling t = { .key = &w.key, .policy = &w.policy, .view = &w.view };

	tell_store(&t, DEPOSIT_REFUSE, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "outside CI (none is named)\n"));
	tear_down(&w);
}
END_TEST

/* However long what comes from outside is: one line of at most 512 bytes that is UTF-8 still. */
START_TEST(long_names)
{
	static const char *const units[] = { "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x90\xb3" };
	struct world_of w;
	struct buf name;
	scoped_buf out = { 0 };

	buf_init(&name, SIZE_MAX);
	buf_init(&out, SIZE_MAX);
	for (int i = 0; i < 2000; i++)
		buf_str(&name, units[_i % 4]);
	scoped_str text = buf_take(&name);

	set_up(&w, text);
	struct finding finding = { NULL, "g", GATE_ENV, GATE_REASON_UNIT, text };
	const struct telling t = { &w.key, text, "docker push", &finding, &w.policy, &w.view, 0 };

	for (enum decide_reason reason = DECIDE_STOPPED; reason <= DECIDE_BROKEN; reason++) {
		const struct get_answer answer = { ANSWER_STOP, reason, true };

		buf_clear(&out);
		tell_get(&t, &answer, &out);
		ck_assert_uint_gt(out.len, 0);
		ck_assert_uint_le(out.len, 512);
		ck_assert_int_eq(out.data[out.len - 1], '\n');
		ck_assert_ptr_eq(strchr(out.data, '\n'), out.data + out.len - 1);
		ck_assert_ptr_null(strchr(out.data, '?'));
		ck_assert_int_ne((unsigned char)out.data[out.len - 2] & 0xc0, 0xc0);
	}
	tear_down(&w);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("tell");
	TCase *tc = tcase_create("tell");

	tcase_add_loop_test(tc, get, 0, (int)array_len(gets));
	tcase_add_loop_test(tc, store, 0, (int)array_len(stores));
	tcase_add_test(tc, nobody_named);
	tcase_add_loop_test(tc, long_names, 0, 4);
	suite_add_tcase(s, tc);
	return s;
}
