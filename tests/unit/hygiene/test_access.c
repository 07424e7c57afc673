/* SPDX-License-Identifier: Apache-2.0 */
/* Who can push from here: what is asked, and what the answers mean. */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "plugins/hygiene/access.h"

#define SHA "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Two images here: docker.io/library/a and reg:5000/team/app (twice). */
static const struct {
	const char *names; /* blanks between */
	bool all;
	const char *registries;
	const char *targets; /* "registry/repository", "!" if named; NULL: refused */
	const char *why;
} targets[] = {
	{ "", false, "", "", "nothing is asked" },
	{ "reg:5000/x", false, "", "reg:5000/x!", "a repository, whether it is here or not" },
	{ "x", false, "", "docker.io/library/x!", "of Docker Hub" },
	{ "u/x:1", false, "", "docker.io/u/x!", "with a tag" },
	{ "reg:5000", false, "", "reg:5000/team/app!", "what came from there" },
	{ "other.example", false, "", "other.example!", "nothing came from there" },
	{ "docker.io", false, "", "docker.io/library/a!", "a registry, too" },
	{ "index.docker.io", false, "", "docker.io/library/a!", "its other name" },
	{ "redis:7", false, "", "docker.io/library/redis!", "a tag, no port" },
	{ "host:5000", false, "host:5000", "host:5000!", "a port: credentials are for it" },
	{ "[::1]:5000", false, "", "[::1]:5000!", "IPv6" },
	{ "localhost", false, "", "localhost!", "without a dot" },
	{ "reg:5000 reg:5000/team/app", false, "", "reg:5000/team/app!", "once" },
	{ "", true, "", "docker.io/library/a reg:5000/team/app", "all that images came from" },
	{ "", true, "z.example reg:5000", "docker.io/library/a reg:5000/team/app z.example",
	  "and all that credentials are for" },
	{ "b/c", true, "", "docker.io/b/c! docker.io/library/a reg:5000/team/app", "both" },
	{ "A", false, "", NULL, "no name" },
	{ "", false, "z.example", "", "registries count with --all" },
};

static void words(struct strings *out, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, " ");

		strings_take(out, xstrndup(text, len));
		text += len + (text[len] == ' ');
	}
}

START_TEST(asks_what_is_named)
{
	struct api_image items[3] = { 0 };
	const struct api_images images = { items, array_len(items), 0 };
	scoped_access_targets found = { 0 };
	scoped_strings registries = { 0 };
	scoped_strings names = { 0 };
	struct error err = ERROR_INIT;
	struct buf text;

	strings_add(&items[0].digests, "reg:5000/team/app" SHA);
	strings_add(&items[1].digests, "a" SHA);
	strings_add(&items[2].digests, "reg:5000/team/app" SHA);
	words(&names, targets[_i].names);
	words(&registries, targets[_i].registries);
	int rc = access_targets(&found, &names, targets[_i].all, &registries, &images, &err);

	ck_assert_msg((rc < 0) == !targets[_i].targets, "%s: %s", targets[_i].why, err.text);
	buf_init(&text, 4096);
	for (size_t i = 0; i < found.count; i++)
		buf_fmt(&text, "%s%s%s%s%s", i ? " " : "", found.items[i].registry,
			found.items[i].repository ? "/" : "",
			found.items[i].repository ? found.items[i].repository : "",
			found.items[i].named ? "!" : "");
	if (rc == 0)
		ck_assert_msg(strcmp(text.data, targets[_i].targets) == 0, "%s: %s",
			      targets[_i].why, text.data);
	else
		ck_assert_int_eq(err.kind, ERROR_USAGE);
	buf_release(&text);
	for (size_t i = 0; i < array_len(items); i++)
		strings_release(&items[i].digests);
}
END_TEST

static const struct {
	struct access_facts facts;
	enum access_answer pull, push;
	const char *says;
	const char *why;
} verdicts[] = {
#define FACTS(outcome) .pull = REGISTRY_##outcome, .pull_text = "words"
	{ { FACTS(OK) }, ACCESS_YES, ACCESS_UNKNOWN, "--probe", "not tried" },
	{ { FACTS(OK), .not_probed = "the limit" },
	  ACCESS_YES,
	  ACCESS_UNKNOWN,
	  "the limit",
	  "too many" },
	{ { FACTS(DENIED) }, ACCESS_NO, ACCESS_NO, "words", "refused already" },
	{ { FACTS(UNAUTHORIZED) }, ACCESS_NO, ACCESS_NO, "words", "no credentials" },
	{ { FACTS(NOT_FOUND) },
	  ACCESS_UNKNOWN,
	  ACCESS_UNKNOWN,
	  "words",
	  "not there, or not to be seen" },
	{ { FACTS(UNREACHABLE) }, ACCESS_UNKNOWN, ACCESS_UNKNOWN, "words", "nobody answers" },
	{ { FACTS(RATE_LIMITED) }, ACCESS_UNKNOWN, ACCESS_UNKNOWN, "words", "later" },
	{ { FACTS(FAILED) }, ACCESS_UNKNOWN, ACCESS_UNKNOWN, "words", "broken" },
	{ { FACTS(OK), .asked_push = true, .push_token = REGISTRY_OK },
	  ACCESS_YES,
	  ACCESS_UNKNOWN,
	  "--probe",
	  "a token proves nothing" },
	{ { FACTS(OK), .asked_push = true, .push_token = REGISTRY_DENIED, .push_text = "no" },
	  ACCESS_YES,
	  ACCESS_NO,
	  "no token",
	  "no token is a refusal" },
	{ { FACTS(OK), .asked_push = true, .push_token = REGISTRY_FAILED },
	  ACCESS_YES,
	  ACCESS_UNKNOWN,
	  "--probe",
	  "a failure is none" },
	{ { FACTS(OK), .probed = true, .probe = OPS_PUSH_YES },
	  ACCESS_YES,
	  ACCESS_YES,
	  "opened",
	  "let in" },
	{ { FACTS(OK), .probed = true, .probe = OPS_PUSH_NO, .probe_text = "x" },
	  ACCESS_YES,
	  ACCESS_NO,
	  "refused: x",
	  "not let in" },
	{ { FACTS(OK), .probed = true, .probe = OPS_PUSH_READ_ONLY },
	  ACCESS_YES,
	  ACCESS_NO,
	  "from anybody",
	  "nobody can" },
	{ { FACTS(OK), .probed = true, .probe = OPS_PUSH_UNKNOWN, .probe_text = "503" },
	  ACCESS_YES,
	  ACCESS_UNKNOWN,
	  "503",
	  "no answer is no refusal" },
	{ { FACTS(OK), .asked_push = true, .push_token = REGISTRY_DENIED, .probed = true,
	    .probe = OPS_PUSH_YES },
	  ACCESS_YES,
	  ACCESS_YES,
	  "opened",
	  "trying counts" },
};

START_TEST(reads_the_answers)
{
	struct access_verdict verdict = { 0 };

	access_judge(&verdict, &verdicts[_i].facts);
	ck_assert_msg(verdict.pull == verdicts[_i].pull && verdict.push == verdicts[_i].push,
		      "%s: %s", verdicts[_i].why, verdict.why);
	ck_assert_msg(strstr(verdict.why, verdicts[_i].says), "%s: %s", verdicts[_i].why,
		      verdict.why);
	access_verdict_release(&verdict);
}
END_TEST

#define CAN                                         \
	{                                           \
		ACCESS_YES, ACCESS_YES, false, NULL \
	}
#define CANNOT                                     \
	{                                          \
		ACCESS_YES, ACCESS_NO, false, NULL \
	}
#define SHUT                                      \
	{                                         \
		ACCESS_YES, ACCESS_NO, true, NULL \
	}
#define BARRED                                    \
	{                                         \
		ACCESS_NO, ACCESS_NO, false, NULL \
	}
#define UNKNOWN                                         \
	{                                               \
		ACCESS_YES, ACCESS_UNKNOWN, false, NULL \
	}

static const struct {
	struct access_verdict verdicts[2];
	bool can, cannot;
	const char *why;
} proofs[] = {
	{ { CANNOT, CANNOT }, false, true, "refused wherever it was tried" },
	{ { CANNOT, BARRED }, false, true, "what it may not even see does not harm" },
	{ { BARRED, BARRED }, false, false, "never tried" },
	{ { CANNOT, CAN }, true, false, "somewhere it can" },
	{ { CANNOT, UNKNOWN }, false, false, "in doubt" },
	{ { CANNOT, SHUT }, false, false, "a registry that takes nothing proves nothing" },
	{ { CAN, UNKNOWN }, true, false, "it can" },
};

START_TEST(proves)
{
	struct access_proof proof;

	access_prove(&proof, proofs[_i].verdicts, 2);
	ck_assert_msg(proof.can_push == proofs[_i].can && proof.cannot == proofs[_i].cannot, "%s",
		      proofs[_i].why);
}
END_TEST

START_TEST(has_a_status_for_what_must_not_be)
{
	const struct gate_view open = { .installed = true }, none = { 0 };
	const struct gate_view gated = { .installed = true, .gated = true };
	const struct gate_view ci = { .installed = true, .gated = true, .attested = true };
	const struct access_verdict can = CAN, cannot = CANNOT, unknown = UNKNOWN;
	const struct {
		const struct access_verdict *verdict;
		const struct gate_view *gate;
		int status;
	} rows[] = { { &can, &gated, 3 }, { &can, &ci, 0 },       { &can, &open, 0 },
		     { &can, &none, 0 },  { &cannot, &gated, 0 }, { &unknown, &gated, 0 } };

	for (size_t i = 0; i < array_len(rows); i++)
		ck_assert_int_eq(access_status(rows[i].verdict, &rows[i].gate, 1), rows[i].status);
}
END_TEST

/* --- what pushgate says */

static const struct {
	const char *text;
	int rc;
	bool gated, attested;
	const char *reason;
} views[] = {
	{ "{\"gated\": true, \"attested\": false, \"gates\": [{\"gate\": \"ci\", \"holds\": true, "
	  "\"reason\": \"holds\"}, {\"gate\": \"u\", \"holds\": false, \"reason\": "
	  "\"other-user\"}]}",
	  0, true, false, "u: other-user" },
	{ "{\"gated\": false, \"attested\": true, \"gates\": []}", 0, false, true, NULL },
	{ "{}", 0, true, false, NULL }, /* what it does not say is taken for the worse */
	{ "[]", -1, false, false, NULL },
	{ "{\"gated\": 1}", -1, false, false, NULL },
	{ "", -1, false, false, NULL },
};

START_TEST(reads_the_gate)
{
	scoped_gate_view view = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_int_eq(gate_view_parse(&view, views[_i].text, strlen(views[_i].text), &err),
			 views[_i].rc);
	if (views[_i].rc < 0) {
		ck_assert_int_eq(err.kind, ERROR_PROTOCOL);
		return;
	}
	ck_assert(view.installed && view.gated == views[_i].gated &&
		  view.attested == views[_i].attested);
	ck_assert(!view.reason == !views[_i].reason);
	if (view.reason)
		ck_assert_str_eq(view.reason, views[_i].reason);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("access");
	TCase *tc = tcase_create("access");

	tcase_add_loop_test(tc, asks_what_is_named, 0, (int)array_len(targets));
	tcase_add_loop_test(tc, reads_the_answers, 0, (int)array_len(verdicts));
	tcase_add_loop_test(tc, proves, 0, (int)array_len(proofs));
	tcase_add_test(tc, has_a_status_for_what_must_not_be);
	tcase_add_loop_test(tc, reads_the_gate, 0, (int)array_len(views));
	suite_add_tcase(s, tc);
	return s;
}
