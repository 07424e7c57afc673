/* SPDX-License-Identifier: Apache-2.0 */
/* Which CI a set of variables is of, and what says no there. */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/alloc.h"
#include "credhelper/vendors.h"

#define VARS_MAX 8

/* "NAME=value" */
static const char *const *environment;

static const char *env(const char *name)
{
	size_t len = strlen(name);

	for (const char *const *var = environment; *var; var++)
		if (strncmp(*var, name, len) == 0 && (*var)[len] == '=')
			return *var + len + 1;
	return NULL;
}

static const struct {
	const char *vars[VARS_MAX];
	const char *vendor; /* NULL: none */
	const char *trap;   /* the variable; NULL: none */
	const char *why;
} rows[] = {
	{ { NULL }, NULL, NULL, "a person" },
	{ { "CI=true" }, NULL, NULL, "anybody can say that" },
	{ { "CI=true", "BUILD_ID=1", "BUILD_NUMBER=1" }, NULL, NULL, "nobody's variables" },
	{ { "JENKINS_URL=http://j/", "BUILD_ID=7" }, "jenkins", NULL, "Jenkins" },
	{ { "JENKINS_URL=http://j/" }, NULL, NULL, "a shell on the agent" },
	{ { "JENKINS_URL=", "BUILD_ID=7" }, NULL, NULL, "empty is not set" },
	{ { "JENKINS_URL=http://j/", "BUILD_ID=7", "CI=false" }, NULL, NULL, "CI says no" },
	{ { "JENKINS_URL=http://j/", "BUILD_ID=7", "CI=" }, "jenkins", NULL, "CI says nothing" },
	{ { "JENKINS_URL=http://j/", "BUILD_ID=7", "CHANGE_ID=3" },
	  "jenkins",
	  "CHANGE_ID",
	  "a PR" },
	{ { "JENKINS_URL=http://j/", "BUILD_ID=7", "CHANGE_ID=" },
	  "jenkins",
	  NULL,
	  "an empty one" },
	{ { "JENKINS_URL=http://j/", "BUILD_ID=7", "ghprbPullId=3" },
	  "jenkins",
	  "ghprbPullId",
	  "a PR of the older plugin" },
	{ { "GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=push" }, "github", NULL, "GitHub" },
	{ { "GITHUB_ACTIONS=false" }, NULL, NULL, "not true" },
	{ { "GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=pull_request" },
	  "github",
	  "GITHUB_EVENT_NAME",
	  "a PR" },
	{ { "GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=pull_request_target" },
	  "github",
	  "GITHUB_EVENT_NAME",
	  "a PR with the repository's rights" },
	{ { "GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=workflow_run" },
	  "github",
	  "GITHUB_EVENT_NAME",
	  "after a PR's" },
	{ { "GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=pull_request_review" },
	  "github",
	  "GITHUB_EVENT_NAME",
	  "a review runs the PR's merge" },
	{ { "GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=pull_request_review_comment" },
	  "github",
	  "GITHUB_EVENT_NAME",
	  "so does a comment in it" },
	{ { "GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=workflow_dispatch" },
	  "github",
	  NULL,
	  "by hand" },
	{ { "GITHUB_ACTIONS=true", "GITEA_ACTIONS=true" }, "gitea", NULL, "Gitea sets both" },
	{ { "GITHUB_ACTIONS=true", "GITEA_ACTIONS=true", "FORGEJO_ACTIONS=true" },
	  "forgejo",
	  NULL,
	  "Forgejo all three" },
	{ { "GITHUB_ACTIONS=true", "FORGEJO_ACTIONS=true", "GITHUB_EVENT_NAME=pull_request" },
	  "forgejo",
	  "GITHUB_EVENT_NAME",
	  "and their PRs" },
	{ { "GITHUB_ACTIONS=true", "GITEA_ACTIONS=true", "GITHUB_EVENT_NAME=pull_request_comment" },
	  "gitea",
	  "GITHUB_EVENT_NAME",
	  "an event that GitHub has not" },
	{ { "GITLAB_CI=true", "CI_PIPELINE_SOURCE=push" }, "gitlab", NULL, "GitLab" },
	{ { "GITLAB_CI=true", "CI_PIPELINE_SOURCE=merge_request_event" },
	  "gitlab",
	  "CI_PIPELINE_SOURCE",
	  "a merge request" },
	{ { "GITLAB_CI=true", "CI_MERGE_REQUEST_ID=4" },
	  "gitlab",
	  "CI_MERGE_REQUEST_ID",
	  "the same" },
	{ { "CIRCLECI=true" }, "circleci", NULL, "CircleCI" },
	{ { "CIRCLECI=true", "CIRCLE_PR_NUMBER=1" },
	  "circleci",
	  "CIRCLE_PR_NUMBER",
	  "a fork's PR" },
	{ { "BUILDKITE=true", "BUILDKITE_PULL_REQUEST=false" }, "buildkite", NULL, "Buildkite" },
	{ { "BUILDKITE=true", "BUILDKITE_PULL_REQUEST_REPO=git://x" },
	  "buildkite",
	  "BUILDKITE_PULL_REQUEST_REPO",
	  "a PR" },
	{ { "TF_BUILD=True" }, "azure", NULL, "Azure" },
	{ { "TF_BUILD=true" }, NULL, NULL, "it writes True" },
	{ { "TF_BUILD=True", "BUILD_REASON=PullRequest" }, "azure", "BUILD_REASON", "a PR" },
	{ { "BITBUCKET_BUILD_NUMBER=1", "BITBUCKET_COMMIT=ab" }, "bitbucket", NULL, "Bitbucket" },
	{ { "BITBUCKET_COMMIT=ab" }, NULL, NULL, "half of it" },
	{ { "BITBUCKET_BUILD_NUMBER=1", "BITBUCKET_COMMIT=ab", "BITBUCKET_PR_ID=2" },
	  "bitbucket",
	  "BITBUCKET_PR_ID",
	  "a PR" },
	{ { "SEMAPHORE=true" }, "semaphore", NULL, "Semaphore" },
	{ { "SEMAPHORE=true", "SEMAPHORE_GIT_REF_TYPE=pull-request" },
	  "semaphore",
	  "SEMAPHORE_GIT_REF_TYPE",
	  "a PR" },
	{ { "SEMAPHORE=true", "SEMAPHORE_JOB_TYPE=pipeline_job" },
	  "semaphore",
	  NULL,
	  "a job of a pipeline" },
	{ { "SEMAPHORE=true", "SEMAPHORE_JOB_TYPE=debug_job" },
	  "semaphore",
	  "SEMAPHORE_JOB_TYPE",
	  "sem debug job" },
	{ { "SEMAPHORE=true", "SEMAPHORE_JOB_TYPE=project_debug_job" },
	  "semaphore",
	  "SEMAPHORE_JOB_TYPE",
	  "sem debug project" },
	{ { "CF_BUILD_ID=1" }, "codefresh", NULL, "Codefresh" },
	{ { "CF_BUILD_ID=1", "CF_PULL_REQUEST_NUMBER=2" },
	  "codefresh",
	  "CF_PULL_REQUEST_NUMBER",
	  "PR" },
	{ { "BUDDY_WORKSPACE_ID=1" }, "buddy", NULL, "Buddy" },
	{ { "BUDDY_WORKSPACE_ID=1", "BUDDY_EXECUTION_PULL_REQUEST_ID=2" },
	  "buddy",
	  "BUDDY_EXECUTION_PULL_REQUEST_ID",
	  "a PR" },
	{ { "TRAVIS=true", "TRAVIS_PULL_REQUEST=false", "TRAVIS_PULL_REQUEST_SLUG=" },
	  "travis",
	  NULL,
	  "Travis" },
	{ { "TRAVIS=true", "TRAVIS_PULL_REQUEST_SLUG=a/b" },
	  "travis",
	  "TRAVIS_PULL_REQUEST_SLUG",
	  "a PR" },
	{ { "DRONE=true", "DRONE_BUILD_EVENT=push" }, "drone", NULL, "Drone" },
	{ { "DRONE=true", "DRONE_BUILD_EVENT=pull_request" },
	  "drone",
	  "DRONE_BUILD_EVENT",
	  "a PR" },
	{ { "CI=woodpecker" }, "woodpecker", NULL, "Woodpecker" },
	{ { "CI=woodpecker", "CI_PIPELINE_EVENT=pull_request" },
	  "woodpecker",
	  "CI_PIPELINE_EVENT",
	  "a PR" },
	{ { "TEAMCITY_VERSION=2024" }, "teamcity", NULL, "TeamCity" },
	{ { "APPVEYOR=True" }, "appveyor", NULL, "AppVeyor" },
	{ { "APPVEYOR=True", "APPVEYOR_PULL_REQUEST_NUMBER=1" },
	  "appveyor",
	  "APPVEYOR_PULL_REQUEST_NUMBER",
	  "a PR" },
	{ { "bamboo_planKey=A-B" }, "bamboo", NULL, "Bamboo" },
	{ { "bamboo_planKey=A-B", "bamboo_repository_pr_key=1" },
	  "bamboo",
	  "bamboo_repository_pr_key",
	  "a PR" },
	{ { "CODEBUILD_BUILD_ARN=arn" }, "codebuild", NULL, "CodeBuild" },
	{ { "CODEBUILD_BUILD_ARN=arn", "CODEBUILD_WEBHOOK_EVENT=PULL_REQUEST_CREATED" },
	  "codebuild",
	  "CODEBUILD_WEBHOOK_EVENT",
	  "a PR" },
	{ { "CODEBUILD_BUILD_ARN=arn", "CODEBUILD_WEBHOOK_EVENT=PULL_REQUEST_CLOSED" },
	  "codebuild",
	  "CODEBUILD_WEBHOOK_EVENT",
	  "one that its author takes back" },
	{ { "CODEBUILD_BUILD_ARN=arn", "CODEBUILD_WEBHOOK_EVENT=PUSH" },
	  "codebuild",
	  NULL,
	  "a push" },
	{ { "PROW_JOB_ID=1", "JOB_TYPE=postsubmit" }, "prow", NULL, "Prow" },
	{ { "PROW_JOB_ID=1", "JOB_TYPE=presubmit" }, "prow", "JOB_TYPE", "a PR" },
	{ { "GO_PIPELINE_LABEL=1" }, "gocd", NULL, "GoCD" },
	{ { "VELA=true" }, "vela", NULL, "Vela" },
	{ { "VELA=true", "VELA_BUILD_EVENT=pull_request" }, "vela", "VELA_BUILD_EVENT", "a PR" },
	{ { "CIRRUS_CI=true" }, "cirrus", NULL, "Cirrus" },
	{ { "CIRRUS_CI=true", "CIRRUS_PR=1" }, "cirrus", "CIRRUS_PR", "a PR" },
};

START_TEST(detected)
{
	environment = rows[_i].vars;
	const struct vendor *vendor = vendor_detect(env);
	const struct vendor_trap *trap = vendor ? vendor_trapped(vendor, env) : NULL;

	ck_assert_msg(!vendor == !rows[_i].vendor, "%s", rows[_i].why);
	if (!vendor)
		return;
	ck_assert_msg(strcmp(vendor->name, rows[_i].vendor) == 0, "%s: %s", rows[_i].why,
		      vendor->name);
	ck_assert(vendor_present(vendor, env));
	ck_assert_msg(!trap == !rows[_i].trap, "%s", rows[_i].why);
	if (trap)
		ck_assert_msg(strcmp(trap->name, rows[_i].trap) == 0, "%s: %s", rows[_i].why,
			      trap->name);
}
END_TEST

/* What the table promises to those who read it. */
START_TEST(table)
{
	const struct vendor *v = &vendors[_i];
	bool found = false;

	ck_assert_ptr_eq(vendor_find(v->name), v);
	ck_assert_msg(v->title && v->signs[0].name, "%s", v->name);
	ck_assert_msg((v->token == TOKEN_ENV) == (v->token_name != NULL), "%s: its token", v->name);
	ck_assert_msg((v->always_shared || v->shared_issuer) == (v->pins[0] != NULL), "%s: pins",
		      v->name);
	if (v->shared_issuer)
		ck_assert_ptr_eq(vendor_issuer_pins(v->shared_issuer), v->pins);
	for (size_t i = 0; i < VENDOR_TRAPS && v->env_traps[i].name; i++)
		ck_assert_msg(v->env_traps[i].why != NULL, "%s", v->name);
	for (size_t i = 0; i < array_len(rows); i++)
		found |= rows[i].vendor && strcmp(rows[i].vendor, v->name) == 0;
	ck_assert_msg(found, "%s has no row here", v->name);
}
END_TEST

/* Those that docs/pushgate-oidc.md says sign for everybody, and some that do not. */
START_TEST(shared_issuers)
{
	static const struct {
		const char *issuer, *first;
	} known[] = {
		{ "https://token.actions.githubusercontent.com", "repository_owner_id" },
		{ "https://gitlab.com", "project_id" },
		{ "https://oidc.circleci.com", "oidc.circleci.com/project-id" },
		{ "https://agent.buildkite.com", "organization_id" },
		{ "https://oidc.codefresh.io", "account_id" },
		{ "https://accounts.google.com", "sub" },
		{ "https://gitlab.example.com", NULL },
		{ "https://gitlab.com.example.com", NULL },
		{ "", NULL },
	};
	static const char *const always[] = { "github", "circleci", "buildkite", "codefresh",
					      "buddy" };

	for (size_t i = 0; i < array_len(known); i++) {
		const char *const *pins = vendor_issuer_pins(known[i].issuer);

		ck_assert_msg(!pins == !known[i].first, "%s", known[i].issuer);
		ck_assert_msg(!pins || strcmp(pins[0], known[i].first) == 0, "%s", known[i].issuer);
	}
	for (size_t i = 0; i < array_len(always); i++)
		ck_assert_msg(vendor_find(always[i])->always_shared, "%s", always[i]);
	ck_assert_msg(!vendor_find("gitlab")->always_shared, "many run their own");
}
END_TEST

START_TEST(not_there)
{
	ck_assert_ptr_null(vendor_find("Jenkins"));
	ck_assert_ptr_null(vendor_find(""));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("vendors");
	TCase *tc = tcase_create("vendors");

	tcase_add_loop_test(tc, detected, 0, (int)array_len(rows));
	tcase_add_loop_test(tc, table, 0, (int)vendor_count);
	tcase_add_test(tc, shared_issuers);
	tcase_add_test(tc, not_there);
	suite_add_tcase(s, tc);
	return s;
}
