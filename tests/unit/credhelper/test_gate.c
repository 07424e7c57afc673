/* SPDX-License-Identifier: Apache-2.0 */
/* Policies, facts and tokens, and whether that is CI. */
#include "tests/unit/suite.h"

#include <string.h>

#include "credhelper/gate.h"

/* --- Facts: words with blanks between. "NAME=value" is a variable. */

static struct strings variables;

static const char *env(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < variables.count; i++)
		if (strncmp(variables.items[i], name, len) == 0 && variables.items[i][len] == '=')
			return variables.items[i] + len + 1;
	return NULL;
}

static bool takes(const char **word, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(*word, name, len) != 0)
		return false;
	*word += len;
	return true;
}

static void set_fact(struct facts *facts, const char *word)
{
	if (strcmp(word, "tty") == 0)
		facts->terminal = true;
	else if (strcmp(word, "ssh") == 0)
		facts->ssh_terminal = true;
	else if (strcmp(word, "setuid") == 0)
		facts->euid = 0;
	else if (takes(&word, "user:"))
		strings_add(&facts->users, word);
	else if (takes(&word, "group:"))
		strings_add(&facts->groups, word);
	else if (takes(&word, "unit:"))
		str_replace(&facts->unit, xstrdup(word));
	else
		strings_add(&variables, word);
}

static void set_facts(struct facts *facts, const char *words)
{
	*facts = (struct facts){ .env = env, .uid = 1000, .euid = 1000 };
	strings_add(&facts->users, "1000");
	for (words += strspn(words, " "); *words; words += strspn(words, " ")) {
		scoped_str word = xstrndup(words, strcspn(words, " "));

		words += strlen(word);
		set_fact(facts, word);
	}
	facts->vendor = vendor_detect(env);
	facts->trap = facts->vendor ? vendor_trapped(facts->vendor, env) : NULL;
}

static void drop_facts(struct facts *facts)
{
	strings_release(&facts->users);
	strings_release(&facts->groups);
	free(facts->unit);
	strings_release(&variables);
}

/* --- What pushgate-attest said: "gate:ok gate:refused gate:error gate:none gate:missing". */

static void add_attestation(struct attestations *out, const char *gate, const char *verdict)
{
	struct attestation *a = array_add(out);

	a->gate = gate;
	a->asked = strcmp(verdict, "none") != 0 && strcmp(verdict, "missing") != 0;
	if (strcmp(verdict, "none") == 0)
		error_set(&a->failure, ERROR_NOT_FOUND, 0, "T is not set");
	else if (strcmp(verdict, "missing") == 0)
		error_set(&a->failure, ERROR_DENIED, 0, "not root's");
	a->answer.verdict = strcmp(verdict, "ok") == 0        ? ATTEST_OK
			    : strcmp(verdict, "refused") == 0 ? ATTEST_REFUSED
							      : ATTEST_ERROR;
	a->answer.text = xstrdup(verdict);
}

static void set_attestations(struct attestations *out, const char *words, struct strings *names)
{
	for (words += strspn(words, " "); *words; words += strspn(words, " ")) {
		scoped_str word = xstrndup(words, strcspn(words, " "));
		char *colon = strchr(word, ':');

		words += strlen(word);
		*colon = '\0';
		strings_add(names, word);
		add_attestation(out, names->items[names->count - 1], colon + 1);
	}
}

static void drop_attestations(struct attestations *a)
{
	for (size_t i = 0; i < a->count; i++)
		free(a->items[i].answer.text);
	free(a->items);
}

/* --- The gates that the policies here name. */

#define ENV                                                           \
	"'any':{'env':{}},'jenkins':{'env':{'vendors':['jenkins']}}," \
	"'github':{'env':{'vendors':['github']}},"                    \
	"'two':{'env':{'vendors':['github','jenkins']}},"             \
	"'shell':{'env':{'allow_terminal':true}},"
#define USER                                                                          \
	"'agent':{'user':{'users':['ci','1000']}},'bot':{'user':{'users':['bot']}},"  \
	"'group':{'user':{'groups':['ci']}},'unit':{'user':{'units':['j.service']}}," \
	"'all':{'user':{'users':['ci'],'groups':['ci'],'units':['j.service']}}"
#define JOB                                                                             \
	",'job':{'oidc':{'vendor':'jenkins','issuer':'https://i','audience':'a',"       \
	"'token':{'env':'T'}}},'job2':{'oidc':{'vendor':'github','issuer':'https://g'," \
	"'audience':'a'}}"
#define SYSTEM(rules) "{'version':1,'gates':{" ENV USER JOB "},'registries':[" rules "]}"
#define PERSON(rules) "{'version':1,'gates':{" ENV USER "},'registries':[" rules "]}"
#define CI(ways)      "{'match':'r','ci':[" ways "]}"
#define OPEN          "{'match':'r','gated':false}"
#define JENKINS       " JENKINS_URL=http://j BUILD_ID=1 "
#define GITHUB        " GITHUB_ACTIONS=true "

static const struct {
	const char *system, *user; /* policies; NULL: none */
	const char *facts, *tokens;
	bool attested;
	const char *findings; /* "gate:reason", with blanks between */
	const char *wants;    /* oidc gates */
	const char *why;
} rows[] = {
	/* no policy */
	{ NULL, NULL, "", "", false, "env:no-ci", "", "a person" },
	{ NULL, NULL, JENKINS, "", true, "env:holds", "", "Jenkins" },
	{ NULL, NULL, "CI=true", "", false, "env:no-ci", "", "CI=true is nobody's" },
	{ NULL, NULL, JENKINS "CI=false", "", false, "env:no-ci", "", "CI=false" },
	{ NULL, NULL, JENKINS "CHANGE_ID=1", "", false, "env:trap", "", "a pull request" },
	{ NULL, NULL, JENKINS "tty", "", false, "env:terminal", "", "a person in the job's shell" },
	{ NULL, NULL, JENKINS "ssh", "", false, "env:terminal", "", "over ssh" },
	{ NULL, NULL, "BUILDKITE=true tty", "", true, "env:holds", "", "Buildkite has a terminal" },
	{ NULL, NULL, "BUILDKITE=true ssh", "", false, "env:terminal", "", "but no ssh" },
	{ NULL, NULL, "SEMAPHORE=true tty", "", true, "env:holds", "",
	  "Semaphore's agent runs a login shell in one" },
	{ NULL, NULL, "FORGEJO_ACTIONS=true GITHUB_ACTIONS=true tty", "", true, "env:holds", "",
	  "Forgejo's runner without a container gives each step one" },
	{ NULL, NULL, "GITEA_ACTIONS=true GITHUB_ACTIONS=true tty", "", true, "env:holds", "",
	  "and so does Gitea's" },
	{ NULL, NULL, "GITHUB_ACTIONS=true tty", "", false, "env:terminal", "",
	  "GitHub's own does not" },
	/* env */
	{ NULL, PERSON(CI("'any'")), JENKINS, "", true, "any:holds", "", "any vendor" },
	{ NULL, PERSON(CI("'jenkins'")), JENKINS, "", true, "jenkins:holds", "", "this vendor" },
	{ NULL, PERSON(CI("'github'")), JENKINS, "", false, "github:other-ci", "", "another" },
	{ NULL, PERSON(CI("'two'")), JENKINS, "", true, "two:holds", "", "one of two" },
	{ NULL, PERSON(CI("'jenkins'")), GITHUB JENKINS, "", true, "jenkins:holds", "",
	  "a runner in a Jenkins job" },
	{ NULL, PERSON(CI("'jenkins'")), GITHUB JENKINS "GITHUB_EVENT_NAME=pull_request", "", false,
	  "jenkins:trap", "", "whose pull request counts" },
	{ NULL, PERSON(CI("'github'")), GITHUB "FORGEJO_ACTIONS=true", "", false, "github:other-ci",
	  "", "Forgejo is not GitHub" },
	{ NULL, PERSON(CI("'shell'")), JENKINS "tty ssh", "", true, "shell:holds", "",
	  "a person is allowed" },
	{ NULL, PERSON(CI("'shell'")), JENKINS "CHANGE_ID=1", "", false, "shell:trap", "",
	  "a stranger is not" },
	/* user */
	{ NULL, PERSON(CI("'agent'")), "", "", true, "agent:holds", "", "by number" },
	{ NULL, PERSON(CI("'bot'")), "user:bot", "", true, "bot:holds", "", "by name" },
	{ NULL, PERSON(CI("'bot'")), "user:me", "", false, "bot:user", "", "another" },
	{ NULL, PERSON(CI("'agent'")), "setuid", "", false, "agent:user", "",
	  "with borrowed rights" },
	{ NULL, PERSON(CI("'group'")), "group:ci", "", true, "group:holds", "", "a group" },
	{ NULL, PERSON(CI("'group'")), "group:cis", "", false, "group:group", "", "another" },
	{ NULL, PERSON(CI("'unit'")), "unit:j.service", "", true, "unit:holds", "", "a unit" },
	{ NULL, PERSON(CI("'unit'")), "unit:k.service", "", false, "unit:unit", "", "another" },
	{ NULL, PERSON(CI("'unit'")), "", "", false, "unit:unit", "", "none" },
	{ NULL, PERSON(CI("'all'")), "user:ci group:ci unit:j.service", "", true, "all:holds", "",
	  "all" },
	{ NULL, PERSON(CI("'all'")), "user:ci group:ci", "", false, "all:unit", "", "all but one" },
	{ NULL, PERSON(CI("'all'")), "user:ci unit:j.service", "", false, "all:group", "",
	  "another" },
	/* ways */
	{ NULL, PERSON(CI("'jenkins','bot'")), "user:bot", "", true, "jenkins:no-ci bot:holds", "",
	  "one of two ways" },
	{ NULL, PERSON(CI("'jenkins','bot'")), JENKINS, "", true, "jenkins:holds", "",
	  "the first" },
	{ NULL, PERSON(CI("'jenkins','bot'")), "", "", false, "jenkins:no-ci bot:user", "",
	  "neither" },
	{ NULL, PERSON(CI("['jenkins','bot']")), JENKINS "user:bot", "", true,
	  "jenkins:holds bot:holds", "", "both of one way" },
	{ NULL, PERSON(CI("['jenkins','bot']")), JENKINS, "", false, "jenkins:holds bot:user", "",
	  "half of it" },
	{ NULL, PERSON(CI("")), JENKINS, "", false, ":nobody", "", "nobody is CI" },
	{ NULL, PERSON("{'match':'r'}"), JENKINS, "", true, "env:holds", "", "no word of CI" },
	/* both files */
	{ SYSTEM(CI("'jenkins'")), PERSON(CI("'bot'")), JENKINS "user:bot", "", true,
	  "jenkins:holds bot:holds", "", "both hold" },
	{ SYSTEM(CI("'jenkins'")), PERSON(CI("'bot'")), JENKINS, "", false,
	  "jenkins:holds bot:user", "", "the user's does not" },
	{ SYSTEM(CI("'jenkins'")), PERSON(CI("'agent'")), "", "", false,
	  "jenkins:no-ci agent:holds", "", "the system's does not" },
	{ SYSTEM(CI("'jenkins'")), PERSON(OPEN), "", "", false, "jenkins:no-ci", "",
	  "the user cannot open it" },
	{ SYSTEM(OPEN), PERSON(CI("'bot'")), "", "", false, "bot:user", "", "but gate it" },
	{ SYSTEM(OPEN), PERSON(CI("'agent'")), "", "", true, "agent:holds", "", "which may hold" },
	{ SYSTEM(""), PERSON(CI("'agent'")), "", "", false, "env:no-ci agent:holds", "",
	  "where the system is silent the default counts too" },
	{ SYSTEM(OPEN), NULL, JENKINS, "", false, "", "", "nothing is gated" },
	/* rules below */
	{ SYSTEM(CI("'any'") ",{'match':'r/prod','ci':['bot']}"), NULL, JENKINS, "", false,
	  "bot:user any:holds", "", "the repository is not known: each must hold" },
	{ SYSTEM(CI("'any'") ",{'match':'r/prod','ci':['bot']}"), NULL, JENKINS "user:bot", "",
	  true, "bot:holds any:holds", "", "and does" },
	{ SYSTEM(OPEN ",{'match':'r/prod','ci':['bot']}"), NULL, JENKINS, "", false, "bot:user", "",
	  "an open host above" },
	/* tokens */
	{ SYSTEM(CI("'job'")), NULL, "", "job:ok", true, "job:holds", "job", "a good token" },
	{ SYSTEM(CI("'job'")), NULL, "", "job:refused", false, "job:token-refused", "job",
	  "a bad one" },
	{ SYSTEM(CI("'job'")), NULL, "", "job:error", false, "job:token-unknown", "job",
	  "who knows" },
	{ SYSTEM(CI("'job'")), NULL, "", "job:none", false, "job:no-token", "job", "none" },
	{ SYSTEM(CI("'job'")), NULL, "", "job:missing", false, "job:no-attest", "job",
	  "not installed" },
	{ SYSTEM(CI("'job'")), NULL, "", "", false, "job:token-unknown", "job", "not asked" },
	{ SYSTEM(CI("'job'")), NULL, "", "job2:ok", false, "job:token-unknown", "job",
	  "another gate's answer" },
	{ SYSTEM(CI("['agent','job']")), NULL, "", "job:ok", true, "agent:holds job:holds", "job",
	  "with a user" },
	{ SYSTEM(CI("['job','bot']")), NULL, "", "", false, "bot:user", "",
	  "not asked for where the user is wrong" },
	{ SYSTEM(CI("'agent','job'")), NULL, "", "", true, "agent:holds", "",
	  "nor where another way holds" },
	{ SYSTEM(CI("'job','agent'")), NULL, "", "", true, "job:token-unknown agent:holds", "",
	  "in any order" },
	{ SYSTEM(CI("'job','job2'")), NULL, "", "job:refused job2:ok", true,
	  "job:token-refused job2:holds", "job job2", "two tokens" },
	{ SYSTEM(CI("['job','job2'],'job'")), NULL, "", "job:ok job2:refused", true,
	  "job:holds job2:token-refused job:holds", "job job2", "one asked for once" },
	{ SYSTEM(CI("'job'")), PERSON(CI("'bot'")), "", "", false, "job:token-unknown bot:user", "",
	  "nor where the user's policy says no" },
	{ SYSTEM(CI("'job'")), PERSON(CI("'agent'")), "", "job:ok", true, "job:holds agent:holds",
	  "job", "but where it holds" },
	{ SYSTEM(CI("'job'") ",{'match':'r/p','ci':[]}"), NULL, "", "", false,
	  ":nobody job:token-unknown", "", "nor where a rule below takes nobody" },
};

static void load(struct policy_file **out, const char *text, bool system)
{
	struct error err = ERROR_INIT;

	if (!text)
		return;
	scoped_str copy = xstrdup(text);

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	*out = xcalloc(1, sizeof(**out));
	ck_assert_msg(policy_parse(*out, copy, strlen(copy), "p", system, &err) == 0, "%s",
		      err.text);
}

static char *findings_of(const struct gate_result *result)
{
	struct buf all;

	buf_init(&all, SIZE_MAX);
	for (size_t i = 0; i < result->findings.count; i++) {
		const struct finding *f = &result->findings.items[i];

		buf_fmt(&all, "%s%s:%s", i ? " " : "", f->gate ? f->gate : "",
			gate_reason_name(f->reason));
	}
	return buf_take(&all);
}

static char *join(const struct strings *list)
{
	struct buf all;

	buf_init(&all, SIZE_MAX);
	for (size_t i = 0; i < list->count; i++)
		buf_fmt(&all, "%s%s", i ? " " : "", list->items[i]);
	return buf_take(&all);
}

START_TEST(judge)
{
	scoped_policy policy = { 0 };
	scoped_registry_key key = { 0 };
	scoped_gate_result result = { 0 };
	scoped_strings wants = { 0 };
	scoped_strings names = { 0 };
	struct attestations tokens = { 0 };
	struct facts facts;

	load(&policy.system, rows[_i].system, true);
	load(&policy.user, rows[_i].user, false);
	registry_key_read(&key, "r");
	set_facts(&facts, rows[_i].facts);
	set_attestations(&tokens, rows[_i].tokens, &names);
	struct policy_view view = policy_view(&policy, &key, NULL);

	gate_wants(&view, &facts, &wants);
	gate_judge(&result, &view, &facts, &tokens);
	scoped_str findings = findings_of(&result);
	scoped_str wanted = join(&wants);

	ck_assert_msg(result.attested == rows[_i].attested, "%s: %s", rows[_i].why, findings);
	ck_assert_msg(strcmp(findings, rows[_i].findings) == 0, "%s: %s", rows[_i].why, findings);
	ck_assert_msg(strcmp(wanted, rows[_i].wants) == 0, "%s: wants %s", rows[_i].why, wanted);
	/* Who is not CI is told why; and no answer can matter that was not wanted. */
	if (view.gated && !result.attested)
		ck_assert_msg(gate_first_bad(&result) != NULL, "%s", rows[_i].why);
	drop_attestations(&tokens);
	drop_facts(&facts);
}
END_TEST

/* Whatever the tokens say, only those that were wanted make a difference. */
START_TEST(wants_is_enough)
{
	scoped_policy policy = { 0 };
	scoped_registry_key key = { 0 };
	scoped_strings wants = { 0 };
	struct facts facts;

	load(&policy.system, rows[_i].system, true);
	load(&policy.user, rows[_i].user, false);
	registry_key_read(&key, "r");
	set_facts(&facts, rows[_i].facts);
	struct policy_view view = policy_view(&policy, &key, NULL);

	gate_wants(&view, &facts, &wants);
	scoped_gate_result without = { 0 };
	scoped_gate_result with = { 0 };
	struct attestations all = { 0 };

	gate_judge(&without, &view, &facts, NULL);
	add_attestation(&all, "job", "ok");
	add_attestation(&all, "job2", "ok");
	gate_judge(&with, &view, &facts, &all);
	ck_assert_msg((without.attested != with.attested) == (wants.count > 0), "%s", rows[_i].why);
	drop_attestations(&all);
	drop_facts(&facts);
}
END_TEST

START_TEST(broken)
{
	struct policy policy = { .broken = true };
	scoped_registry_key key = { 0 };
	scoped_gate_result result = { 0 };
	scoped_strings wants = { 0 };
	struct facts facts;

	registry_key_read(&key, "r");
	set_facts(&facts, JENKINS);
	struct policy_view view = policy_view(&policy, &key, NULL);

	gate_wants(&view, &facts, &wants);
	gate_judge(&result, &view, &facts, NULL);
	ck_assert(!result.attested && wants.count == 0);
	ck_assert_int_eq(gate_first_bad(&result)->reason, GATE_REASON_POLICY_BROKEN);
	drop_facts(&facts);
}
END_TEST

static const struct {
	const char *policy, *facts, *detail; /* NULL: none */
} details[] = {
	{ PERSON(CI("'jenkins'")), "", "JENKINS_URL is not set" },
	{ PERSON(CI("'jenkins'")), "JENKINS_URL=x", "BUILD_ID is not set" },
	{ PERSON(CI("'github'")), "GITHUB_ACTIONS=yes", "GITHUB_ACTIONS is not \"true\"" },
	{ PERSON(CI("'jenkins'")), GITHUB, "GitHub Actions" },
	{ PERSON(CI("'any'")), "", NULL },
	{ PERSON(CI("'any'")), "CI=false", "CI is \"false\"" },
	{ PERSON(CI("'any'")), JENKINS "CHANGE_ID=1",
	  "CHANGE_ID: a pull request may be a stranger's code" },
	{ PERSON(CI("'any'")), JENKINS "ssh", "SSH_TTY is set" },
	{ PERSON(CI("'any'")), JENKINS "tty", "there is a controlling terminal" },
	{ PERSON(CI("'bot'")), "", "uid 1000" },
	{ PERSON(CI("'unit'")), "unit:k.service", "k.service" },
	{ PERSON(CI("'unit'")), "", "in none" },
};

START_TEST(quotes)
{
	scoped_policy policy = { 0 };
	scoped_registry_key key = { 0 };
	scoped_gate_result result = { 0 };
	struct facts facts;

	load(&policy.user, details[_i].policy, false);
	registry_key_read(&key, "r");
	set_facts(&facts, details[_i].facts);
	struct policy_view view = policy_view(&policy, &key, NULL);

	gate_judge(&result, &view, &facts, NULL);
	const char *detail = gate_first_bad(&result)->detail;

	ck_assert_msg(detail && details[_i].detail ? strcmp(detail, details[_i].detail) == 0
						   : !detail && !details[_i].detail,
		      "%s", detail);
	drop_facts(&facts);
}
END_TEST

START_TEST(words)
{
	ck_assert_str_eq(gate_reason_name(GATE_REASON_NO_VENDOR), "no-ci");
	ck_assert_str_eq(gate_reason_text(GATE_REASON_NO_VENDOR), "no CI's variables are set");
	for (enum gate_strength s = STRENGTH_NO_SYSTEM_POLICY; s <= STRENGTH_SEALED; s++)
		ck_assert_str_ne(gate_strength_text(s), "");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("gate");
	TCase *tc = tcase_create("gate");

	tcase_add_loop_test(tc, judge, 0, (int)array_len(rows));
	tcase_add_loop_test(tc, wants_is_enough, 0, (int)array_len(rows));
	tcase_add_test(tc, broken);
	tcase_add_loop_test(tc, quotes, 0, (int)array_len(details));
	tcase_add_test(tc, words);
	suite_add_tcase(s, tc);
	return s;
}
