/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/codec/json.h"
#include "credhelper/attest/claims.h"

/* 2026-09-21T14:13:20Z, and the token of the tests: issued 10 s ago, for 5 minutes. */
#define NOW   INT64_C(1790000000)
#define TIMES "\"iat\":1789999990,\"nbf\":1789999990,\"exp\":1790000290"

static void read_gate(struct policy_file *file, const char *gate)
{
	scoped_str text = xasprintf("{\"version\":1,\"gates\":{\"job\":{\"oidc\":%s}}}", gate);
	struct error err = ERROR_INIT;

	ck_assert_msg(policy_parse(file, text, strlen(text), "policy", true, &err) == 0, "%s",
		      err.text);
}

static enum attest_reason judge_text(const char *gate, const char *claims, struct buf *detail)
{
	scoped_policy_file file = { 0 };
	struct jwt jwt = { 0 };
	struct error err = ERROR_INIT;
	enum attest_reason reason;

	read_gate(&file, gate);
	ck_assert_msg(json_parse(&jwt.claims, claims, strlen(claims), "claims", true, &err) == 0,
		      "%s", err.text);
	const struct gate_oidc *oidc = &policy_gate(&file, "job")->oidc;

	reason = claims_judge(&jwt, oidc, vendor_find(oidc->vendor), NOW * NSEC_PER_SEC, detail);
	jwt_release(&jwt);
	return reason;
}

/* --- What each vendor's token looks like, and a gate that takes it. */

#define JENKINS_GATE                                                               \
	"{\"vendor\":\"jenkins\",\"issuer\":\"https://jenkins.example.com/oidc\"," \
	"\"audience\":\"pushgate\",\"token\":{\"env\":\"PUSHGATE_ID_TOKEN\"},"     \
	"\"claims\":{\"sub\":\"https://jenkins.example.com/job/release/*\","       \
	"\"build_number\":\"*\"}}"
#define JENKINS_CLAIMS                                                         \
	"\"iss\":\"https://jenkins.example.com/oidc\",\"aud\":[\"pushgate\"]," \
	"\"sub\":\"https://jenkins.example.com/job/release/job/app/\",\"build_number\":42"
#define GITHUB_GATE                                                                          \
	"{\"vendor\":\"github\",\"issuer\":\"https://token.actions.githubusercontent.com\"," \
	"\"audience\":\"pushgate\",\"claims\":{\"repository_owner_id\":\"1342004\","         \
	"\"repository_id\":\"296054\",\"ref\":[\"refs/heads/main\",\"refs/tags/v*\"]}}"
#define GITHUB_CLAIMS                                                                         \
	"\"jti\":\"a\",\"sub\":\"repo:octo/app:ref:refs/heads/main\",\"aud\":\"pushgate\","   \
	"\"ref\":\"refs/heads/main\",\"sha\":\"ab\",\"repository\":\"octo/app\","             \
	"\"repository_owner\":\"octo\",\"repository_owner_id\":\"1342004\","                  \
	"\"repository_id\":\"296054\",\"run_id\":\"1\",\"run_attempt\":\"1\","                \
	"\"actor\":\"octocat\",\"workflow\":\"release\",\"head_ref\":\"\",\"base_ref\":\"\"," \
	"\"ref_type\":\"branch\",\"environment\":\"prod\",\"job_workflow_ref\":"              \
	"\"octo/app/.github/workflows/release.yml@refs/heads/main\","                         \
	"\"runner_environment\":\"github-hosted\","                                           \
	"\"iss\":\"https://token.actions.githubusercontent.com\""
#define GITLAB_GATE                                                            \
	"{\"vendor\":\"gitlab\",\"issuer\":\"https://gitlab.example.com\","    \
	"\"audience\":\"pushgate\",\"token\":{\"env\":\"PUSHGATE_ID_TOKEN\"}," \
	"\"claims\":{\"project_id\":\"20\",\"ref_protected\":\"true\"}}"
#define GITLAB_CLAIMS                                                                 \
	"\"namespace_id\":\"72\",\"namespace_path\":\"group\",\"project_id\":\"20\"," \
	"\"project_path\":\"group/app\",\"user_id\":\"1\",\"pipeline_id\":\"574\","   \
	"\"job_id\":\"302\",\"ref\":\"main\",\"ref_type\":\"branch\",\"ref_path\":"   \
	"\"refs/heads/main\",\"ref_protected\":\"true\",\"runner_id\":1,"             \
	"\"runner_environment\":\"self-hosted\",\"sub\":"                             \
	"\"project_path:group/app:ref_type:branch:ref:main\","                        \
	"\"iss\":\"https://gitlab.example.com\",\"aud\":\"pushgate\""
#define CIRCLECI_GATE                                                                  \
	"{\"vendor\":\"circleci\",\"issuer\":\"https://oidc.circleci.com/org/0a1b\","  \
	"\"audience\":\"0a1b\",\"claims\":{\"oidc.circleci.com/project-id\":\"c2d3\"," \
	"\"oidc.circleci.com/vcs-ref\":\"refs/heads/main\"}}"
#define CIRCLECI_CLAIMS                                                                \
	"\"iss\":\"https://oidc.circleci.com/org/0a1b\",\"aud\":[\"0a1b\"],"           \
	"\"sub\":\"org/0a1b/project/c2d3/user/e4f5/vcs-origin/github.com/o/r/vcs-ref/" \
	"refs/heads/main\",\"oidc.circleci.com/project-id\":\"c2d3\","                 \
	"\"oidc.circleci.com/vcs-origin\":\"github.com/o/r\","                         \
	"\"oidc.circleci.com/vcs-ref\":\"refs/heads/main\""
#define SEMAPHORE_GATE                                                                   \
	"{\"vendor\":\"semaphore\",\"issuer\":\"https://acme.semaphoreci.com\","         \
	"\"audience\":\"https://acme.semaphoreci.com\",\"claims\":{\"prj_id\":\"936a\"," \
	"\"ref\":\"refs/heads/main\"}}"
#define SEMAPHORE_CLAIMS                                                                     \
	"\"iss\":\"https://acme.semaphoreci.com\",\"aud\":\"https://acme.semaphoreci.com\"," \
	"\"prj_id\":\"936a\",\"ref_type\":\"branch\",\"ref\":\"refs/heads/main\""
#define BUILDKITE_GATE                                                              \
	"{\"vendor\":\"buildkite\",\"issuer\":\"https://agent.buildkite.com\","     \
	"\"audience\":\"pushgate\",\"token\":{\"env\":\"PUSHGATE_ID_TOKEN\"},"      \
	"\"claims\":{\"organization_slug\":\"acme\",\"pipeline_slug\":\"release\"," \
	"\"build_branch\":\"main\"}}"
#define BUILDKITE_CLAIMS                                                                   \
	"\"iss\":\"https://agent.buildkite.com\",\"aud\":\"pushgate\",\"sub\":"            \
	"\"organization:acme:pipeline:release:ref:refs/heads/main:commit:9f:step:push\","  \
	"\"organization_slug\":\"acme\",\"pipeline_slug\":\"release\",\"build_number\":1," \
	"\"build_branch\":\"main\",\"build_commit\":\"9f\",\"step_key\":\"push\","         \
	"\"job_id\":\"0184\",\"agent_id\":\"0184\""

static const struct {
	const char *name, *gate, *claims;
} accepted[] = {
	{ "Jenkins", JENKINS_GATE, JENKINS_CLAIMS },
	{ "Jenkins, aud of older versions", JENKINS_GATE,
	  "\"iss\":\"https://jenkins.example.com/oidc\",\"aud\":\"pushgate\","
	  "\"sub\":\"https://jenkins.example.com/job/release/job/app/\",\"build_number\":42" },
	{ "GitHub", GITHUB_GATE, GITHUB_CLAIMS ",\"event_name\":\"push\"" },
	{ "GitHub, a tag",
	  "{\"vendor\":\"github\",\"issuer\":\"https://token.actions.githubusercontent.com\","
	  "\"audience\":\"pushgate\",\"claims\":{\"repository_id\":\"296054\","
	  "\"ref_type\":\"tag\",\"environment\":\"prod\"}}",
	  "\"aud\":\"pushgate\",\"repository_id\":\"296054\",\"ref_type\":\"tag\","
	  "\"environment\":\"prod\",\"event_name\":\"release\","
	  "\"iss\":\"https://token.actions.githubusercontent.com\"" },
	{ "GitHub Enterprise Server",
	  "{\"vendor\":\"github\",\"issuer\":\"https://ghes.example.com/_services/token\","
	  "\"audience\":\"pushgate\",\"claims\":{\"repository_id\":\"7\"}}",
	  "\"aud\":\"pushgate\",\"repository_id\":\"7\",\"event_name\":\"push\","
	  "\"iss\":\"https://ghes.example.com/_services/token\"" },
	{ "GitLab", GITLAB_GATE, GITLAB_CLAIMS },
	{ "CircleCI", CIRCLECI_GATE, CIRCLECI_CLAIMS ",\"oidc.circleci.com/ssh-rerun\":false" },
	{ "CircleCI, the claim not there", CIRCLECI_GATE, CIRCLECI_CLAIMS },
	{ "Buildkite", BUILDKITE_GATE, BUILDKITE_CLAIMS },
	{ "Azure Pipelines, asked for without a connection",
	  "{\"vendor\":\"azure\",\"issuer\":\"https://vstoken.dev.azure.com/1f2e\","
	  "\"audience\":\"api://AzureADTokenExchange\",\"request_hosts\":[\"dev.azure.com\"],"
	  "\"claims\":{\"prj_id\":\"3c4d\",\"def_id\":\"17\",\"rpo_ref\":\"refs/heads/main\"}}",
	  "\"iss\":\"https://vstoken.dev.azure.com/1f2e\",\"aud\":\"api://AzureADTokenExchange\","
	  "\"sub\":\"p://org/project/release\",\"org_id\":\"1f2e\",\"prj_id\":\"3c4d\","
	  "\"def_id\":\"17\",\"rpo_ref\":\"refs/heads/main\"" },
	{ "Azure Pipelines",
	  "{\"vendor\":\"azure\",\"issuer\":\"https://vstoken.dev.azure.com/1f2e\","
	  "\"audience\":\"api://AzureADTokenExchange\","
	  "\"claims\":{\"sub\":\"sc://org/project/push\"}}",
	  "\"iss\":\"https://vstoken.dev.azure.com/1f2e\",\"aud\":\"api://AzureADTokenExchange\","
	  "\"sub\":\"sc://org/project/push\"" },
	{ "Bitbucket",
	  "{\"vendor\":\"bitbucket\",\"issuer\":\"https://api.bitbucket.org/2.0/workspaces/ws/"
	  "pipelines-config/identity/oidc\",\"audience\":\"ari:cloud:bitbucket::workspace/9c\","
	  "\"claims\":{\"repositoryUuid\":\"{5f}\",\"branchName\":\"main\"}}",
	  "\"iss\":\"https://api.bitbucket.org/2.0/workspaces/ws/pipelines-config/identity/oidc\","
	  "\"aud\":\"ari:cloud:bitbucket::workspace/9c\",\"sub\":\"{5f}:{aa}\","
	  "\"repositoryUuid\":\"{5f}\",\"branchName\":\"main\",\"stepUuid\":\"{aa}\"" },
	{ "Forgejo",
	  "{\"vendor\":\"forgejo\",\"issuer\":\"https://git.example.com/api/actions\","
	  "\"audience\":\"pushgate\",\"claims\":{\"repository\":\"o/app\","
	  "\"ref\":\"refs/heads/main\"}}",
	  "\"iss\":\"https://git.example.com/api/actions\",\"aud\":\"pushgate\","
	  "\"repository\":\"o/app\",\"ref\":\"refs/heads/main\",\"event_name\":\"push\"" },
	{ "Semaphore", SEMAPHORE_GATE, SEMAPHORE_CLAIMS ",\"job_type\":\"pipeline_job\"" },
	{ "Codefresh",
	  "{\"vendor\":\"codefresh\",\"issuer\":\"https://oidc.codefresh.io\","
	  "\"audience\":\"pushgate\",\"token\":{\"env\":\"ID_TOKEN\"},"
	  "\"claims\":{\"account_id\":\"5f\",\"pipeline_id\":\"64\"}}",
	  "\"iss\":\"https://oidc.codefresh.io\",\"aud\":\"pushgate\",\"account_id\":\"5f\","
	  "\"pipeline_id\":\"64\"" },
	{ "Buddy",
	  "{\"vendor\":\"buddy\",\"issuer\":\"https://oidc.buddyusercontent.com\","
	  "\"audience\":\"pushgate\",\"token\":{\"env\":\"ID_TOKEN\"},"
	  "\"claims\":{\"workspace_domain\":\"acme\"}}",
	  "\"iss\":\"https://oidc.buddyusercontent.com\",\"aud\":\"pushgate\","
	  "\"workspace_domain\":\"acme\",\"triggered_on\":\"EVENT\"" },
	{ "a trap that the policy pins", GITHUB_GATE, GITHUB_CLAIMS },
	{ "a pull request that the policy wants",
	  "{\"vendor\":\"github\",\"issuer\":\"https://token.actions.githubusercontent.com\","
	  "\"audience\":\"pushgate\",\"claims\":{\"repository_id\":\"1\","
	  "\"event_name\":[\"push\",\"pull_request\"]}}",
	  "\"iss\":\"https://token.actions.githubusercontent.com\",\"aud\":\"pushgate\","
	  "\"repository_id\":\"1\",\"event_name\":\"pull_request\"" },
};

START_TEST(accepts)
{
	scoped_str claims = xasprintf("{%s," TIMES "}", accepted[_i].claims);
	scoped_buf detail;

	buf_init(&detail, 4096);
	enum attest_reason reason = judge_text(accepted[_i].gate, claims, &detail);

	ck_assert_msg(reason == ATTEST_REASON_OK, "%s: %s %s", accepted[_i].name,
		      attest_reason_name(reason), detail.data);
	ck_assert_str_eq(detail.data, "");
}
END_TEST

/* --- Refused ones. */

#define GATE(more)                                                                           \
	"{\"vendor\":\"jenkins\",\"issuer\":\"https://ci.example.com\",\"audience\":\"us\"," \
	"\"token\":{\"env\":\"T\"},\"claims\":{\"sub\":\"job/*\"}" more "}"
#define PLAIN             GATE("")
#define WHO               "\"iss\":\"https://ci.example.com\",\"aud\":\"us\",\"sub\":\"job/1\""
#define OF(iss, aud, sub) "\"iss\":" iss ",\"aud\":" aud ",\"sub\":" sub "," TIMES
#define ISS               "\"https://ci.example.com\""
#define TWELVE            "\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\","

static const struct {
	enum attest_reason reason;
	const char *why, *gate, *claims, *detail;
} refused[] = {
#define ROW(reason, why, gate, claims, detail)                    \
	{                                                         \
		ATTEST_REASON_##reason, why, gate, claims, detail \
	}
	ROW(ISSUER, "another issuer", PLAIN,
	    OF("\"https://evil.example.com\"", "\"us\"", "\"job/1\""),
	    "iss is \"https://evil.example.com\""),
	ROW(ISSUER, "a slash more", PLAIN, OF("\"https://ci.example.com/\"", "\"us\"", "\"job/1\""),
	    "iss is \"https://ci.example.com/\""),
	ROW(ISSUER, "another case", PLAIN, OF("\"https://CI.example.com\"", "\"us\"", "\"job/1\""),
	    "iss is \"https://CI.example.com\""),
	ROW(ISSUER, "what begins like it", PLAIN,
	    OF("\"https://ci.example.com.evil.org\"", "\"us\"", "\"job/1\""),
	    "iss is \"https://ci.example.com.evil.org\""),
	ROW(ISSUER, "without a scheme", PLAIN, OF("\"ci.example.com\"", "\"us\"", "\"job/1\""),
	    "iss is \"ci.example.com\""),
	ROW(ISSUER, "a list", PLAIN, OF("[" ISS "]", "\"us\"", "\"job/1\""),
	    "iss is no string, whole number or boolean"),
	ROW(ISSUER, "none", PLAIN, "\"aud\":\"us\",\"sub\":\"job/1\"," TIMES, "iss is not there"),
	ROW(ISSUER, "null", PLAIN, OF("null", "\"us\"", "\"job/1\""),
	    "iss is no string, whole number or boolean"),
	ROW(ISSUER, "bytes for a terminal", PLAIN, OF("\"\\u001b[2J\"", "\"us\"", "\"job/1\""),
	    "iss is \"?[2J\""),

	ROW(AUDIENCE, "another audience", PLAIN, OF(ISS, "\"them\"", "\"job/1\""),
	    "aud is \"them\""),
	ROW(AUDIENCE, "what begins like it", PLAIN, OF(ISS, "\"us2\"", "\"job/1\""),
	    "aud is \"us2\""),
	ROW(AUDIENCE, "another case", PLAIN, OF(ISS, "\"US\"", "\"job/1\""), "aud is \"US\""),
	ROW(AUDIENCE, "two in one string", PLAIN, OF(ISS, "\"us them\"", "\"job/1\""),
	    "aud is \"us them\""),
	ROW(AUDIENCE, "empty", PLAIN, OF(ISS, "\"\"", "\"job/1\""), "aud is \"\""),
	ROW(AUDIENCE, "none", PLAIN, "\"iss\":" ISS ",\"sub\":\"job/1\"," TIMES,
	    "aud is not there"),
	ROW(AUDIENCE, "a list of others", PLAIN, OF(ISS, "[\"a\",\"b\"]", "\"job/1\""),
	    "aud is a list without \"us\""),
	ROW(AUDIENCE, "an empty list", PLAIN, OF(ISS, "[]", "\"job/1\""),
	    "aud is a list without \"us\""),
	ROW(AUDIENCE, "a list within a list", PLAIN, OF(ISS, "[[\"us\"]]", "\"job/1\""),
	    "aud is a list without \"us\""),
	ROW(AUDIENCE, "a list that is not only of strings", PLAIN,
	    OF(ISS, "[\"us\",1]", "\"job/1\""), "aud is a list without \"us\""),
	ROW(AUDIENCE, "an object", PLAIN, OF(ISS, "{\"us\":\"us\"}", "\"job/1\""),
	    "aud is no string, whole number or boolean"),
	ROW(AUDIENCE, "seventeen", PLAIN,
	    OF(ISS, "[" TWELVE "\"a\",\"a\",\"a\",\"a\",\"us\"]", "\"job/1\""),
	    "aud has more than 16"),

	ROW(EXPIRED, "past", PLAIN, WHO ",\"iat\":1789999000,\"exp\":1789999900",
	    "exp 2026-09-21T14:11:40Z"),
	ROW(EXPIRED, "just past the leeway", PLAIN, WHO ",\"iat\":1789999000,\"exp\":1789999940",
	    "exp 2026-09-21T14:12:20Z"),
	ROW(EXPIRED, "at its end, without leeway", GATE(",\"leeway\":\"0s\""),
	    WHO ",\"iat\":1789999000,\"exp\":1790000000", "exp 2026-09-21T14:13:20Z"),
	ROW(EXPIRED, "1970", PLAIN, WHO ",\"iat\":1789999000,\"exp\":0",
	    "exp 1970-01-01T00:00:00Z"),
	ROW(EXPIRED, "no end", PLAIN, WHO ",\"iat\":1789999990", "exp is not there"),
	ROW(MALFORMED, "an end that is text", PLAIN,
	    WHO ",\"iat\":1789999990,\"exp\":\"1790000290\"", "exp is no time"),
	ROW(MALFORMED, "an end before all", PLAIN, WHO ",\"iat\":1789999990,\"exp\":-1",
	    "exp is no time"),
	ROW(MALFORMED, "an end in milliseconds", PLAIN,
	    WHO ",\"iat\":1789999990,\"exp\":1790000290000", "exp is no time"),
	ROW(MALFORMED, "an end after all", PLAIN, WHO ",\"iat\":1789999990,\"exp\":1e300",
	    "exp is no time"),
	ROW(MALFORMED, "an end that is null", PLAIN, WHO ",\"iat\":1789999990,\"exp\":null",
	    "exp is no time"),
	ROW(MALFORMED, "an end that is true", PLAIN, WHO ",\"iat\":1789999990,\"exp\":true",
	    "exp is no time"),
	ROW(MALFORMED, "an end that is a list", PLAIN,
	    WHO ",\"iat\":1789999990,\"exp\":[1790000290]", "exp is no time"),

	ROW(EARLY, "not before later", PLAIN,
	    WHO ",\"iat\":1789999990,\"nbf\":1790000061,\"exp\":1790000290",
	    "nbf 2026-09-21T14:14:21Z"),
	ROW(EARLY, "issued later", PLAIN, WHO ",\"iat\":1790000061,\"exp\":1790000290",
	    "iat 2026-09-21T14:14:21Z"),
	ROW(EARLY, "issued a second later, without leeway", GATE(",\"leeway\":\"0s\""),
	    WHO ",\"iat\":1790000001,\"exp\":1790000290", "iat 2026-09-21T14:13:21Z"),
	ROW(MALFORMED, "nbf is text", PLAIN,
	    WHO ",\"iat\":1789999990,\"nbf\":\"0\",\"exp\":1790000290", "nbf is no time"),
	ROW(MALFORMED, "iat is text", PLAIN, WHO ",\"iat\":\"now\",\"exp\":1790000290",
	    "iat is no time"),

	ROW(AGE, "no time of issue", PLAIN, WHO ",\"exp\":1790000290", "iat is not there"),
	ROW(AGE, "a token for ever, of an hour and two minutes ago", PLAIN,
	    WHO ",\"iat\":1789996280,\"exp\":1890000000", "iat 2026-09-21T13:11:20Z"),
	ROW(AGE, "older than the policy says", GATE(",\"max_age\":\"5m\",\"leeway\":\"0s\""),
	    WHO ",\"iat\":1789999699,\"exp\":1790000290", "iat 2026-09-21T14:08:19Z"),

	ROW(TRAP, "a pull request on GitHub", GITHUB_GATE,
	    GITHUB_CLAIMS ",\"event_name\":\"pull_request\"," TIMES,
	    "event_name is \"pull_request\": a pull request may be a stranger's code"),
	ROW(TRAP, "pull_request_target", GITHUB_GATE,
	    GITHUB_CLAIMS ",\"event_name\":\"pull_request_target\"," TIMES, "event_name is"),
	ROW(TRAP, "workflow_run", GITHUB_GATE,
	    GITHUB_CLAIMS ",\"event_name\":\"workflow_run\"," TIMES, "event_name is"),
	ROW(TRAP, "an issue's comment", GITHUB_GATE,
	    GITHUB_CLAIMS ",\"event_name\":\"issue_comment\"," TIMES, "event_name is"),
	ROW(TRAP, "a review, which runs the pull request's merge", GITHUB_GATE,
	    GITHUB_CLAIMS ",\"event_name\":\"pull_request_review\"," TIMES, "event_name is"),
	ROW(TRAP, "a comment in one", GITHUB_GATE,
	    GITHUB_CLAIMS ",\"event_name\":\"pull_request_review_comment\"," TIMES,
	    "event_name is"),
	ROW(TRAP, "a comment, as Forgejo has it",
	    "{\"vendor\":\"forgejo\",\"issuer\":\"https://git.example.com/api/actions\","
	    "\"audience\":\"us\",\"claims\":{\"repository\":\"o/app\"}}",
	    "\"iss\":\"https://git.example.com/api/actions\",\"aud\":\"us\","
	    "\"repository\":\"o/app\",\"event_name\":\"pull_request_comment\"," TIMES,
	    "event_name is"),
	ROW(TRAP, "a merge request on GitLab", GITLAB_GATE,
	    GITLAB_CLAIMS ",\"pipeline_source\":\"merge_request_event\"," TIMES,
	    "pipeline_source is \"merge_request_event\""),
	ROW(TRAP, "a person in GitLab's editor", GITLAB_GATE,
	    GITLAB_CLAIMS ",\"pipeline_source\":\"webide\"," TIMES, "pipeline_source is"),
	ROW(TRAP, "a branch that is not protected",
	    "{\"vendor\":\"gitlab\",\"issuer\":\"https://gitlab.example.com\",\"audience\":\"us\","
	    "\"token\":{\"env\":\"T\"},\"claims\":{\"project_id\":\"20\"}}",
	    "\"iss\":\"https://gitlab.example.com\",\"aud\":\"us\",\"project_id\":\"20\","
	    "\"ref_protected\":\"false\"," TIMES,
	    "ref_protected is \"false\": the branch is not protected"),
	ROW(TRAP, "ssh into CircleCI's job", CIRCLECI_GATE,
	    CIRCLECI_CLAIMS ",\"oidc.circleci.com/ssh-rerun\":true," TIMES,
	    "oidc.circleci.com/ssh-rerun is \"true\": a person is at work in the job"),
	ROW(TRAP, "sem debug job", SEMAPHORE_GATE,
	    SEMAPHORE_CLAIMS ",\"job_type\":\"debug_job\"," TIMES,
	    "job_type is \"debug_job\": a person is at work in the job"),
	ROW(TRAP, "sem debug project", SEMAPHORE_GATE,
	    SEMAPHORE_CLAIMS ",\"job_type\":\"project_debug_job\"," TIMES, "job_type is"),
	ROW(TRAP, "a change on Jenkins", PLAIN, WHO ",\"CHANGE_ID\":\"17\"," TIMES,
	    "CHANGE_ID is \"17\""),
	ROW(TRAP, "a change that looks like another variable", PLAIN,
	    WHO ",\"CHANGE_ID\":\"${CHANGE_IDS}\"," TIMES, "CHANGE_ID is \"${CHANGE_IDS}\""),
	ROW(TRAP, "a change that is a number", PLAIN, WHO ",\"change_id\":17," TIMES,
	    "change_id is \"17\""),
	ROW(TRAP, "a change that is an object", PLAIN, WHO ",\"CHANGE_ID\":{\"a\":1}," TIMES,
	    "CHANGE_ID is no string"),

	ROW(UNPINNED, "GitHub, and nobody's repository",
	    "{\"vendor\":\"github\",\"issuer\":\"https://token.actions.githubusercontent.com\","
	    "\"audience\":\"us\",\"claims\":{\"ref\":\"refs/heads/main\"}}",
	    "\"iss\":\"https://token.actions.githubusercontent.com\",\"aud\":\"us\","
	    "\"ref\":\"refs/heads/main\"," TIMES,
	    "pin one of repository_owner_id, repository_id, enterprise_id"),
	ROW(UNPINNED, "GitHub, and a name that can be had again",
	    "{\"vendor\":\"github\",\"issuer\":\"https://token.actions.githubusercontent.com\","
	    "\"audience\":\"us\",\"claims\":{\"repository\":\"octo/app\"}}",
	    "\"iss\":\"https://token.actions.githubusercontent.com\",\"aud\":\"us\","
	    "\"repository\":\"octo/app\"," TIMES,
	    "pin one of repository_owner_id"),
	ROW(UNPINNED, "GitHub, and everybody's",
	    "{\"vendor\":\"github\",\"issuer\":\"https://token.actions.githubusercontent.com\","
	    "\"audience\":\"us\",\"claims\":{\"repository_id\":[\"1\",\"*\"]}}",
	    "\"iss\":\"https://token.actions.githubusercontent.com\",\"aud\":\"us\","
	    "\"repository_id\":\"1\"," TIMES,
	    "pin one of repository_owner_id"),
	ROW(UNPINNED, "GitHub by another vendor's name",
	    "{\"vendor\":\"jenkins\",\"issuer\":\"https://token.actions.githubusercontent.com\","
	    "\"audience\":\"us\",\"token\":{\"env\":\"T\"},\"claims\":{\"ref\":\"x\"}}",
	    "\"iss\":\"https://token.actions.githubusercontent.com\",\"aud\":\"us\","
	    "\"ref\":\"x\"," TIMES,
	    "pin one of repository_owner_id"),
	ROW(UNPINNED, "gitlab.com",
	    "{\"vendor\":\"gitlab\",\"issuer\":\"https://gitlab.com\",\"audience\":\"us\","
	    "\"token\":{\"env\":\"T\"},\"claims\":{\"ref_protected\":\"true\"}}",
	    "\"iss\":\"https://gitlab.com\",\"aud\":\"us\",\"ref_protected\":\"true\"," TIMES,
	    "pin one of project_id, namespace_id, project_path, namespace_path, sub"),
	ROW(UNPINNED, "gitlab.com by another vendor's name, pinned as that one",
	    "{\"vendor\":\"github\",\"issuer\":\"https://gitlab.com\",\"audience\":\"us\","
	    "\"claims\":{\"repository_id\":\"1\"}}",
	    "\"iss\":\"https://gitlab.com\",\"aud\":\"us\",\"repository_id\":\"1\"," TIMES,
	    "pin one of project_id"),
	ROW(UNPINNED, "Google's",
	    "{\"vendor\":\"jenkins\",\"issuer\":\"https://accounts.google.com\","
	    "\"audience\":\"us\",\"token\":{\"env\":\"T\"},\"claims\":{\"azp\":\"x\"}}",
	    "\"iss\":\"https://accounts.google.com\",\"aud\":\"us\",\"azp\":\"x\"," TIMES,
	    "pin one of sub, email"),
	ROW(UNPINNED, "CircleCI's one issuer",
	    "{\"vendor\":\"circleci\",\"issuer\":\"https://oidc.circleci.com\",\"audience\":\"us\","
	    "\"claims\":{\"oidc.circleci.com/vcs-ref\":\"refs/heads/main\"}}",
	    "\"iss\":\"https://oidc.circleci.com\",\"aud\":\"us\","
	    "\"oidc.circleci.com/vcs-ref\":\"refs/heads/main\"," TIMES,
	    "pin one of oidc.circleci.com/project-id"),
	ROW(UNPINNED, "Buildkite",
	    "{\"vendor\":\"buildkite\",\"issuer\":\"https://agent.buildkite.com\","
	    "\"audience\":\"us\",\"token\":{\"env\":\"T\"},"
	    "\"claims\":{\"pipeline_slug\":\"release\"}}",
	    "\"iss\":\"https://agent.buildkite.com\",\"aud\":\"us\","
	    "\"pipeline_slug\":\"release\"," TIMES,
	    "pin one of organization_id"),

	ROW(CLAIM, "another job", PLAIN, OF(ISS, "\"us\"", "\"other/1\""), "sub is \"other/1\""),
	ROW(CLAIM, "in another case", PLAIN, OF(ISS, "\"us\"", "\"JOB/1\""), "sub is \"JOB/1\""),
	ROW(CLAIM, "something in front of it", PLAIN, OF(ISS, "\"us\"", "\"x/job/1\""),
	    "sub is \"x/job/1\""),
	ROW(CLAIM, "none", PLAIN, "\"iss\":" ISS ",\"aud\":\"us\"," TIMES, "sub is not there"),
	ROW(CLAIM, "a list with it", PLAIN, OF(ISS, "\"us\"", "[\"job/1\"]"),
	    "sub is no string, whole number or boolean"),
	ROW(CLAIM, "an object", PLAIN, OF(ISS, "\"us\"", "{\"job/1\":1}"),
	    "sub is no string, whole number or boolean"),
	ROW(CLAIM, "null", PLAIN, OF(ISS, "\"us\"", "null"),
	    "sub is no string, whole number or boolean"),
	ROW(CLAIM, "another number", JENKINS_GATE,
	    "\"iss\":\"https://jenkins.example.com/oidc\",\"aud\":\"pushgate\","
	    "\"sub\":\"https://jenkins.example.com/job/release/x\",\"build_number\":1.5," TIMES,
	    "build_number is no string, whole number or boolean"),
	ROW(CLAIM, "a fork's project", GITLAB_GATE,
	    "\"iss\":\"https://gitlab.example.com\",\"aud\":\"pushgate\",\"project_id\":\"21\","
	    "\"ref_protected\":\"true\"," TIMES,
	    "project_id is \"21\""),
	ROW(CLAIM, "a number that begins like it", GITLAB_GATE,
	    "\"iss\":\"https://gitlab.example.com\",\"aud\":\"pushgate\",\"project_id\":200,"
	    "\"ref_protected\":\"true\"," TIMES,
	    "project_id is \"200\""),
	ROW(CLAIM, "another branch", GITHUB_GATE,
	    "\"iss\":\"https://token.actions.githubusercontent.com\",\"aud\":\"pushgate\","
	    "\"repository_owner_id\":\"1342004\",\"repository_id\":\"296054\","
	    "\"ref\":\"refs/heads/feature\"," TIMES,
	    "ref is \"refs/heads/feature\""),
	ROW(CLAIM, "another owner", GITHUB_GATE,
	    "\"iss\":\"https://token.actions.githubusercontent.com\",\"aud\":\"pushgate\","
	    "\"repository_owner_id\":\"1\",\"repository_id\":\"296054\","
	    "\"ref\":\"refs/heads/main\"," TIMES,
	    "repository_owner_id is \"1\""),
	ROW(CLAIM, "another organization of Buildkite", BUILDKITE_GATE,
	    "\"iss\":\"https://agent.buildkite.com\",\"aud\":\"pushgate\","
	    "\"organization_slug\":\"acme2\",\"pipeline_slug\":\"release\","
	    "\"build_branch\":\"main\"," TIMES,
	    "organization_slug is \"acme2\""),
#undef ROW
};

START_TEST(refuses)
{
	scoped_str claims = xasprintf("{%s}", refused[_i].claims);
	scoped_buf detail;

	buf_init(&detail, 4096);
	enum attest_reason reason = judge_text(refused[_i].gate, claims, &detail);

	ck_assert_msg(reason == refused[_i].reason, "%s: %s %s", refused[_i].why,
		      attest_reason_name(reason), detail.data);
	ck_assert_msg(strncmp(detail.data, refused[_i].detail, strlen(refused[_i].detail)) == 0,
		      "%s: %s", refused[_i].why, detail.data);
}
END_TEST

/* --- What is near to being refused. */

static const struct {
	const char *why, *gate, *claims;
} edges[] = {
	{ "past, within the leeway", PLAIN, WHO ",\"iat\":1789999000,\"exp\":1789999941" },
	{ "a second before its end, without leeway", GATE(",\"leeway\":\"0s\""),
	  WHO ",\"iat\":1790000000,\"exp\":1790000001" },
	{ "ahead, within the leeway", PLAIN,
	  WHO ",\"iat\":1790000060,\"nbf\":1790000060,\"exp\":1790000290" },
	{ "no nbf", PLAIN, WHO ",\"iat\":1789999990,\"exp\":1790000290" },
	{ "times with a fraction", PLAIN, WHO ",\"iat\":1789999990.5,\"exp\":1790000290.25" },
	{ "as old as the policy allows", GATE(",\"max_age\":\"5m\",\"leeway\":\"0s\""),
	  WHO ",\"iat\":1789999700,\"exp\":1790000290" },
	{ "one of sixteen", PLAIN, OF(ISS, "[" TWELVE "\"a\",\"a\",\"a\",\"us\"]", "\"job/1\"") },
	{ "ours twice", PLAIN, OF(ISS, "[\"us\",\"us\"]", "\"job/1\"") },
	{ "an empty trap", PLAIN, WHO ",\"CHANGE_ID\":\"\"," TIMES },
	{ "a trap of a variable that is not there", PLAIN,
	  WHO ",\"CHANGE_ID\":\"${CHANGE_ID}\"," TIMES },
	{ "a null trap", PLAIN, WHO ",\"CHANGE_ID\":null," TIMES },
};

START_TEST(edge)
{
	scoped_str claims = xasprintf("{%s}", edges[_i].claims);
	scoped_buf detail;

	buf_init(&detail, 4096);
	enum attest_reason reason = judge_text(edges[_i].gate, claims, &detail);

	ck_assert_msg(reason == ATTEST_REASON_OK, "%s: %s %s", edges[_i].why,
		      attest_reason_name(reason), detail.data);
}
END_TEST

START_TEST(tells_what_is_pinned)
{
	scoped_policy_file file = { 0 };
	scoped_attest_answer a = { 0 };
	struct error err = ERROR_INIT;
	struct jwt jwt = { 0 };
	static const char claims[] = "{" JENKINS_CLAIMS ",\"hidden\":1," TIMES "}";

	read_gate(&file, JENKINS_GATE);
	ck_assert_int_eq(json_parse(&jwt.claims, claims, strlen(claims), "claims", true, &err), 0);
	claims_tell(&jwt, &policy_gate(&file, "job")->oidc, &a);
	ck_assert_int_eq(a.expires, INT64_C(1790000290) * NSEC_PER_SEC);
	ck_assert_uint_eq(a.names.count, 2);
	ck_assert_str_eq(a.names.items[0], "sub");
	ck_assert_str_eq(a.values.items[0], "https://jenkins.example.com/job/release/job/app/");
	ck_assert_str_eq(a.names.items[1], "build_number");
	ck_assert_str_eq(a.values.items[1], "42");
	jwt_release(&jwt);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("claims");
	TCase *t = tcase_create("claims");

	tcase_add_loop_test(t, accepts, 0, (int)array_len(accepted));
	tcase_add_loop_test(t, refuses, 0, (int)array_len(refused));
	tcase_add_loop_test(t, edge, 0, (int)array_len(edges));
	tcase_add_test(t, tells_what_is_pinned);
	suite_add_tcase(s, t);
	return s;
}
