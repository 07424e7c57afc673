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
	const char *targets; /* "registry/repository", "!" if named, "+" if local; NULL: refused */
	const char *why;
} targets[] = {
	{ "", false, "", "", "nothing is asked" },
	{ "reg:5000/x", false, "", "reg:5000/x!", "a repository, whether it is here or not" },
	{ "reg:5000/team/app", false, "", "reg:5000/team/app!+", "one that is" },
	{ "reg:5000/team/app", true, "", "docker.io/library/a+ reg:5000/team/app!+",
	  "all, and it" },
	{ "x", false, "", "docker.io/library/x!", "of Docker Hub" },
	{ "u/x:1", false, "", "docker.io/u/x!", "with a tag" },
	{ "reg:5000", false, "", "reg:5000/team/app!+", "what came from there" },
	{ "other.example", false, "", "other.example!", "nothing came from there" },
	{ "docker.io", false, "", "docker.io/library/a!+", "a registry, too" },
	{ "index.docker.io", false, "", "docker.io/library/a!+", "its other name" },
	{ "redis:7", false, "", "docker.io/library/redis!", "a tag, no port" },
	{ "host:5000", false, "host:5000", "host:5000!", "a port: credentials are for it" },
	{ "[::1]:5000", false, "", "[::1]:5000!", "IPv6" },
	{ "localhost", false, "", "localhost!", "without a dot" },
	{ "reg:5000 reg:5000/team/app", false, "", "reg:5000/team/app!+", "once" },
	{ "", true, "", "docker.io/library/a+ reg:5000/team/app+", "all that images came from" },
	{ "", true, "z.example reg:5000", "docker.io/library/a+ reg:5000/team/app+ z.example",
	  "and all that credentials are for" },
	{ "b/c", true, "", "docker.io/b/c! docker.io/library/a+ reg:5000/team/app+", "both" },
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
	struct api_image items[4] = { 0 };
	const struct api_images images = { items, array_len(items), 0 };
	scoped_access_targets found = { 0 };
	scoped_strings registries = { 0 };
	scoped_strings names = { 0 };
	struct error err = ERROR_INIT;
	struct buf text;

	strings_add(&items[0].digests, "reg:5000/team/app" SHA);
	strings_add(&items[1].digests, "a" SHA);
	strings_add(&items[2].digests, "reg:5000/team/app" SHA);
	strings_add(&items[3].digests, "<none>@<none>");
	words(&names, targets[_i].names);
	words(&registries, targets[_i].registries);
	int rc = access_targets(&found, &names, targets[_i].all, &registries, &images, &err);

	ck_assert_msg((rc < 0) == !targets[_i].targets, "%s: %s", targets[_i].why, err.text);
	buf_init(&text, 4096);
	for (size_t i = 0; i < found.count; i++)
		buf_fmt(&text, "%s%s%s%s%s%s", i ? " " : "", found.items[i].registry,
			found.items[i].repository ? "/" : "",
			found.items[i].repository ? found.items[i].repository : "",
			found.items[i].named ? "!" : "", found.items[i].local ? "+" : "");
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

#define PULL(outcome)  .pull = REGISTRY_##outcome, .pull_text = "words"
#define USER           .somebody = true
#define TOKEN(outcome) .asked_push = true, .push_token = REGISTRY_##outcome, .push_text = "none"
#define PROBE(answer)  .probed = true, .probe = REGISTRY_PUSH_##answer, .probe_text = "told"

static const struct {
	struct access_facts facts;
	enum access_answer pull, push;
	bool may_probe;
	const char *says;
	const char *why;
} verdicts[] = {
	{ { PULL(OK), USER }, ACCESS_YES, ACCESS_UNKNOWN, true, "not tried (--probe)", "no try" },
	{ { PULL(OK), USER, .not_probed = "the limit" },
	  ACCESS_YES,
	  ACCESS_UNKNOWN,
	  true,
	  "the limit",
	  "too many" },
	{ { PULL(DENIED) }, ACCESS_NO, ACCESS_NO, false, "words", "nobody gets nothing" },
	{ { PULL(UNAUTHORIZED) }, ACCESS_NO, ACCESS_NO, false, "words", "no credentials" },
	{ { PULL(UNAUTHORIZED), USER, .local = true },
	  ACCESS_NO,
	  ACCESS_NO,
	  false,
	  "words",
	  "wrong credentials" },
	{ { PULL(DENIED), USER },
	  ACCESS_NO,
	  ACCESS_UNKNOWN,
	  false,
	  "nothing about a push: words",
	  "who may not pull may push, and whether it is there is not known" },
	{ { PULL(DENIED), USER, .local = true },
	  ACCESS_NO,
	  ACCESS_UNKNOWN,
	  true,
	  "nothing about a push",
	  "it was there" },
	{ { PULL(UNAUTHORIZED), USER, .known = true, .local = true },
	  ACCESS_NO,
	  ACCESS_UNKNOWN,
	  true,
	  "nothing about a push",
	  "a token that does not do is refused with 401" },
	{ { PULL(DENIED), USER, .local = true, PROBE(NO) },
	  ACCESS_NO,
	  ACCESS_NO,
	  true,
	  "an upload was refused: told",
	  "neither" },
	{ { PULL(DENIED), USER, .local = true, PROBE(YES) },
	  ACCESS_NO,
	  ACCESS_YES,
	  true,
	  "let in",
	  "a push-only account" },
	{ { PULL(NOT_FOUND), USER, .local = true },
	  ACCESS_UNKNOWN,
	  ACCESS_UNKNOWN,
	  false,
	  "words",
	  "not there, or not to be seen" },
	{ { PULL(UNREACHABLE) }, ACCESS_UNKNOWN, ACCESS_UNKNOWN, false, "words", "no answer" },
	{ { PULL(RATE_LIMITED) }, ACCESS_UNKNOWN, ACCESS_UNKNOWN, false, "words", "later" },
	{ { PULL(FAILED) }, ACCESS_UNKNOWN, ACCESS_UNKNOWN, false, "words", "broken" },
	{ { PULL(CANCELLED) }, ACCESS_UNKNOWN, ACCESS_UNKNOWN, false, "words", "not asked" },
	{ { PULL(DENIED), .doubt = "helper died" },
	  ACCESS_UNKNOWN,
	  ACCESS_UNKNOWN,
	  false,
	  "without its credentials: helper died",
	  "refused is somebody else" },
	{ { PULL(OK), TOKEN(DENIED), .doubt = "kept back" },
	  ACCESS_YES,
	  ACCESS_UNKNOWN,
	  true,
	  "not tried",
	  "the token, too" },
	{ { PULL(OK), PROBE(NO), .doubt = "kept back" },
	  ACCESS_YES,
	  ACCESS_UNKNOWN,
	  true,
	  "kept back",
	  "and the upload" },
	{ { PULL(OK), PROBE(YES), .doubt = "kept back" },
	  ACCESS_YES,
	  ACCESS_YES,
	  true,
	  "let in",
	  "everybody is let in" },
	{ { PULL(OK), USER, TOKEN(OK) },
	  ACCESS_YES,
	  ACCESS_UNKNOWN,
	  true,
	  "--probe",
	  "a token proves nothing" },
	{ { PULL(OK), USER, TOKEN(DENIED) },
	  ACCESS_YES,
	  ACCESS_NO,
	  true,
	  "no token for it is given: none",
	  "no token is a refusal" },
	{ { PULL(OK), USER, TOKEN(FAILED) },
	  ACCESS_YES,
	  ACCESS_UNKNOWN,
	  true,
	  "--probe",
	  "a failure is none" },
	{ { PULL(OK), USER, PROBE(NO) },
	  ACCESS_YES,
	  ACCESS_NO,
	  true,
	  "refused: told",
	  "not let in" },
	{ { PULL(OK), USER, PROBE(READ_ONLY) },
	  ACCESS_YES,
	  ACCESS_NO,
	  true,
	  "from anybody",
	  "nobody can" },
	{ { PULL(OK), USER, PROBE(UNKNOWN) },
	  ACCESS_YES,
	  ACCESS_UNKNOWN,
	  true,
	  "told",
	  "no answer is no refusal" },
	{ { PULL(OK), USER, TOKEN(DENIED), PROBE(YES) },
	  ACCESS_YES,
	  ACCESS_YES,
	  true,
	  "let in",
	  "trying counts" },
	{ { PULL(OK), USER, .whole = true },
	  ACCESS_UNKNOWN,
	  ACCESS_UNKNOWN,
	  false,
	  "name a repository",
	  "a front door" },
	{ { PULL(UNAUTHORIZED), USER, .known = true, .whole = true },
	  ACCESS_UNKNOWN,
	  ACCESS_UNKNOWN,
	  false,
	  "words",
	  "with a token, too" },
	{ { PULL(DENIED), USER, .whole = true },
	  ACCESS_UNKNOWN,
	  ACCESS_UNKNOWN,
	  false,
	  "words",
	  "which may be shut for all" },
	{ { PULL(UNAUTHORIZED), USER, .whole = true },
	  ACCESS_NO,
	  ACCESS_NO,
	  false,
	  "words",
	  "wrong credentials are so everywhere" },
};

START_TEST(reads_the_answers)
{
	struct access_verdict verdict = { 0 };

	access_judge(&verdict, &verdicts[_i].facts);
	ck_assert_msg(verdict.pull == verdicts[_i].pull && verdict.push == verdicts[_i].push,
		      "%s: %s", verdicts[_i].why, verdict.why);
	ck_assert_msg(strstr(verdict.why, verdicts[_i].says), "%s: %s", verdicts[_i].why,
		      verdict.why);
	ck_assert_msg(access_may_probe(&verdicts[_i].facts) == verdicts[_i].may_probe, "%s",
		      verdicts[_i].why);
	ck_assert(verdict.tried == verdicts[_i].facts.probed);
	access_verdict_release(&verdict);
}
END_TEST

static const struct access_verdict can = { ACCESS_YES, ACCESS_YES, true, false, NULL };
static const struct access_verdict cannot = { ACCESS_YES, ACCESS_NO, true, false, NULL };
static const struct access_verdict no_token = { ACCESS_YES, ACCESS_NO, false, false, NULL };
static const struct access_verdict shut = { ACCESS_YES, ACCESS_NO, true, true, NULL };
static const struct access_verdict barred = { ACCESS_NO, ACCESS_UNKNOWN, false, false, NULL };
static const struct access_verdict untried = { ACCESS_YES, ACCESS_UNKNOWN, false, false, NULL };
static const struct access_verdict silent = { ACCESS_NO, ACCESS_UNKNOWN, true, false, NULL };
static const struct access_verdict gone = { ACCESS_UNKNOWN, ACCESS_UNKNOWN, false, false, NULL };

static const struct {
	const struct access_verdict *verdicts[2];
	enum access_proof proof;
	const char *why;
} proofs[] = {
	{ { &cannot, &cannot }, ACCESS_CANNOT_PUSH, "refused wherever it was tried" },
	{ { &cannot, &barred }, ACCESS_CANNOT_PUSH, "what it may not even see does not harm" },
	{ { &cannot, &no_token }, ACCESS_CANNOT_PUSH, "refused, too" },
	{ { &no_token, &no_token }, ACCESS_PROVES_NOTHING, "never tried" },
	{ { &barred, &barred }, ACCESS_PROVES_NOTHING, "never tried" },
	{ { &cannot, &can }, ACCESS_CAN_PUSH, "somewhere it can" },
	{ { &can, &untried }, ACCESS_CAN_PUSH, "it can" },
	{ { &cannot, &untried }, ACCESS_PROVES_NOTHING, "in doubt" },
	{ { &cannot, &silent }, ACCESS_PROVES_NOTHING, "in doubt" },
	{ { &cannot, &gone }, ACCESS_PROVES_NOTHING, "in doubt" },
	{ { &cannot, &shut }, ACCESS_PROVES_NOTHING, "who takes nothing proves nothing" },
};

START_TEST(proves)
{
	ck_assert_msg(access_prove(proofs[_i].verdicts, 2) == proofs[_i].proof, "%s",
		      proofs[_i].why);
}
END_TEST

START_TEST(has_a_status_for_what_must_not_be)
{
	const struct gate_view open = { .installed = true }, none = { 0 };
	const struct gate_view unknown = { .unknown = true };
	const struct gate_view gated = { .installed = true, .gated = true };
	const struct gate_view ci = { .installed = true, .gated = true, .attested = true };
	const struct {
		const struct access_verdict *verdict;
		const struct gate_view *gate;
		int status;
	} rows[] = { { &can, &gated, 3 },    { &can, &ci, 0 },      { &can, &open, 0 },
		     { &can, &none, 0 },     { &can, &unknown, 0 }, { &cannot, &gated, 0 },
		     { &untried, &gated, 0 } };

	for (size_t i = 0; i < array_len(rows); i++)
		ck_assert_int_eq(access_status(rows[i].verdict, rows[i].gate), rows[i].status);
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
