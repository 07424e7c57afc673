/* SPDX-License-Identifier: Apache-2.0 */
/* Every situation there can be, and the rows that people meet. */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/attr.h"
#include "credhelper/decide.h"

#define SITUATIONS 128

static struct situation situation(unsigned bits)
{
	return (struct situation){
		.broken = bits & 1,
		.gated = bits & 2,
		.named = bits & 4,
		.attested = bits & 8,
		.pushing = bits & 16,
		.early_stop = bits & 32,
		.may_push = bits & 64,
	};
}

static bool has_push(const struct get_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->sources[i] != SOURCE_PULL)
			return true;
	return false;
}

/* The promise of the whole program. */
START_TEST(no_push_outside_ci)
{
	struct situation s = situation((unsigned)_i);
	struct get_plan plan = decide_get(&s);
	bool may = s.gated && s.attested && !s.broken;

	ck_assert_msg(has_push(&plan) == may, "situation %d", _i);
	for (enum unproven unproven = UNPROVEN_WARN; unproven <= UNPROVEN_REFUSE; unproven++)
		for (int known = 0; known < 2; known++)
			ck_assert_msg((decide_store(&s, known, unproven) == DEPOSIT_PUSH_FILE) ==
					      may,
				      "situation %d", _i);
	for (enum source found = SOURCE_SEALED; found < SOURCE_PULL; found++) {
		struct get_answer answer = decide_found(&s, found, true);

		ck_assert_msg((answer.answer == ANSWER_CREDENTIAL) == may, "situation %d", _i);
	}
}
END_TEST

/* A plan ends at the pull store; stopped are pushes alone, in CI too where the policy is broken. */
START_TEST(plans)
{
	struct situation s = situation((unsigned)_i);
	struct get_plan plan = decide_get(&s);
	bool stops = s.gated && (s.broken || !s.attested) && s.pushing && s.early_stop;

	ck_assert_msg((plan.count == 0) == stops, "situation %d", _i);
	ck_assert_msg((plan.reason == DECIDE_STOPPED) == stops, "situation %d", _i);
	if (plan.count)
		ck_assert_int_eq(plan.sources[plan.count - 1], SOURCE_PULL);
	for (int takes = 0; takes < 2; takes++)
		for (enum source found = SOURCE_SEALED; (int)found <= SOURCE_COUNT; found++) {
			struct get_answer answer = decide_found(&s, found, takes);

			ck_assert_msg((answer.answer == ANSWER_STOP) == stops, "situation %d", _i);
			ck_assert_msg(!stops || answer.tell, "situation %d", _i);
			/* Where nothing is gated, nothing is withheld and nothing told. */
			ck_assert_msg(s.gated || !answer.tell, "situation %d", _i);
			if (found == SOURCE_COUNT)
				ck_assert_int_ne(answer.answer, ANSWER_CREDENTIAL);
		}
}
END_TEST

#define BROKEN 1
#define GATED  2
#define NAMED  4
#define CI     8
#define PUSH   16
#define STOP   32
#define MAY    64
#define NONE   SOURCE_COUNT

static const struct {
	unsigned bits;
	int found;
	bool takes_user;
	enum answer answer;
	enum decide_reason reason;
	bool tell;
	const char *why;
} answers[] = {
	{ 0, SOURCE_PULL, true, ANSWER_CREDENTIAL, DECIDE_UNGATED, false, "ungated" },
	{ NAMED | PUSH | STOP, SOURCE_PULL, true, ANSWER_CREDENTIAL, DECIDE_UNGATED, false,
	  "ungated, pushing" },
	{ NAMED, NONE, true, ANSWER_NOT_FOUND, DECIDE_MISSING, false, "ungated, and nothing" },
	{ BROKEN, SOURCE_PULL, true, ANSWER_CREDENTIAL, DECIDE_UNGATED, false,
	  "loopback, whatever the policy" },
	{ GATED | STOP, SOURCE_PULL, true, ANSWER_CREDENTIAL, DECIDE_PULL_ONLY, false, "a pull" },
	{ GATED | STOP, NONE, true, ANSWER_NOT_FOUND, DECIDE_MISSING, false,
	  "a pull of a public image stays silent" },
	{ GATED | NAMED | STOP, NONE, true, ANSWER_NOT_FOUND, DECIDE_MISSING, true,
	  "but not of a registry that is named" },
	{ GATED | PUSH | STOP, SOURCE_PULL, true, ANSWER_STOP, DECIDE_STOPPED, true, "a push" },
	{ GATED | PUSH | STOP, NONE, true, ANSWER_STOP, DECIDE_STOPPED, true,
	  "with nothing stored" },
	{ GATED | PUSH, SOURCE_PULL, true, ANSWER_CREDENTIAL, DECIDE_PULL_ONLY, true,
	  "a push that is not stopped is told" },
	{ GATED | PUSH, NONE, true, ANSWER_NOT_FOUND, DECIDE_MISSING, true,
	  "the same with nothing" },
	{ GATED | MAY | STOP, SOURCE_PULL, true, ANSWER_CREDENTIAL, DECIDE_PULL_ONLY, true,
	  "a push, perhaps elsewhere: told, not stopped" },
	{ GATED | MAY | STOP, NONE, true, ANSWER_NOT_FOUND, DECIDE_MISSING, true,
	  "the same with nothing" },
	{ GATED | STOP, SOURCE_PULL, false, ANSWER_NOT_FOUND, DECIDE_UNPROVEN, true,
	  "withheld: it may push" },
	{ GATED | CI | STOP, SOURCE_SEALED, true, ANSWER_CREDENTIAL, DECIDE_ATTESTED, false,
	  "sealed" },
	{ GATED | CI | PUSH | STOP, SOURCE_PUSH_FILE, true, ANSWER_CREDENTIAL, DECIDE_ATTESTED,
	  false, "the push file" },
	{ GATED | CI | STOP, SOURCE_PULL, true, ANSWER_CREDENTIAL, DECIDE_NO_PUSH, false,
	  "a pull in CI" },
	{ GATED | CI | STOP, SOURCE_PULL, false, ANSWER_CREDENTIAL, DECIDE_NO_PUSH, false,
	  "CI may have one that can push" },
	{ GATED | CI | PUSH | STOP, SOURCE_PULL, true, ANSWER_CREDENTIAL, DECIDE_NO_PUSH, true,
	  "a push in CI with a pull credential" },
	{ GATED | CI | MAY | STOP, SOURCE_PULL, true, ANSWER_CREDENTIAL, DECIDE_NO_PUSH, true,
	  "one that may go elsewhere" },
	{ GATED | CI | STOP, NONE, true, ANSWER_NOT_FOUND, DECIDE_NO_PUSH, false,
	  "a public image in CI" },
	{ GATED | CI | NAMED | STOP, NONE, true, ANSWER_NOT_FOUND, DECIDE_NO_PUSH, true,
	  "a named registry in CI" },
	{ GATED | BROKEN | CI | STOP, SOURCE_SEALED, true, ANSWER_NOT_FOUND, DECIDE_BROKEN, true,
	  "never found where it may not be looked for" },
	{ GATED | BROKEN | PUSH | STOP, SOURCE_PULL, true, ANSWER_STOP, DECIDE_STOPPED, true,
	  "who breaks the policy is stopped as before" },
	{ GATED | BROKEN | CI | PUSH | STOP, SOURCE_PULL, true, ANSWER_STOP, DECIDE_STOPPED, true,
	  "and so is a job" },
	{ GATED | BROKEN | PUSH, SOURCE_PULL, true, ANSWER_CREDENTIAL, DECIDE_BROKEN, true,
	  "a push that is not known as one" },
	{ GATED | BROKEN | STOP, NONE, true, ANSWER_NOT_FOUND, DECIDE_BROKEN, true, "and says so" },
	{ GATED | BROKEN | STOP, SOURCE_PULL, false, ANSWER_NOT_FOUND, DECIDE_UNPROVEN, true,
	  "what the readable part refuses stays refused" },
};

START_TEST(found)
{
	struct situation s = situation(answers[_i].bits);
	struct get_answer answer = decide_found(&s, (enum source)answers[_i].found,
						answers[_i].takes_user);

	ck_assert_msg(answer.answer == answers[_i].answer && answer.reason == answers[_i].reason &&
			      answer.tell == answers[_i].tell,
		      "%s: %d %s %d", answers[_i].why, answer.answer,
		      decide_reason_name(answer.reason), answer.tell);
}
END_TEST

static const struct {
	unsigned bits;
	bool known;
	enum unproven unproven;
	enum deposit deposit;
	const char *why;
} stores[] = {
	{ 0, false, UNPROVEN_REFUSE, DEPOSIT_PULL, "ungated" },
	{ GATED, false, UNPROVEN_WARN, DEPOSIT_PULL_UNPROVEN, "a person's login" },
	{ GATED, true, UNPROVEN_WARN, DEPOSIT_PULL, "an account known not to push" },
	{ GATED, false, UNPROVEN_REFUSE, DEPOSIT_REFUSE, "refused" },
	{ GATED, true, UNPROVEN_REFUSE, DEPOSIT_PULL, "known, and so taken" },
	{ GATED | CI, false, UNPROVEN_REFUSE, DEPOSIT_PUSH_FILE, "a login in CI" },
	{ GATED | CI | BROKEN, false, UNPROVEN_WARN, DEPOSIT_NO_POLICY,
	  "a broken policy: a login in CI is no pull credential" },
	{ GATED | BROKEN, false, UNPROVEN_REFUSE, DEPOSIT_NO_POLICY, "nor is a person's" },
	{ GATED | BROKEN, true, UNPROVEN_WARN, DEPOSIT_PULL,
	  "but for one that the readable part knows" },
	{ BROKEN, false, UNPROVEN_WARN, DEPOSIT_PULL, "loopback, whatever the policy" },
	{ GATED | PUSH, false, UNPROVEN_WARN, DEPOSIT_PULL_UNPROVEN, "a login pushes nothing" },
};

START_TEST(store)
{
	struct situation s = situation(stores[_i].bits);

	ck_assert_msg(decide_store(&s, stores[_i].known, stores[_i].unproven) == stores[_i].deposit,
		      "%s", stores[_i].why);
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(decide_reason_name(DECIDE_UNGATED), "ungated");
	ck_assert_str_eq(decide_reason_name(DECIDE_BROKEN), "policy-broken");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("decide");
	TCase *tc = tcase_create("decide");

	tcase_add_loop_test(tc, no_push_outside_ci, 0, SITUATIONS);
	tcase_add_loop_test(tc, plans, 0, SITUATIONS);
	tcase_add_loop_test(tc, found, 0, (int)array_len(answers));
	tcase_add_loop_test(tc, store, 0, (int)array_len(stores));
	tcase_add_test(tc, names);
	suite_add_tcase(s, tc);
	return s;
}
