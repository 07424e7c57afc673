/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/vendors.h"

#include <string.h>

#include "common/base/attr.h"

#define STRANGER "a pull request may be a stranger's code"
#define PERSON   "a person is at work in the job"

/* GitHub's variables are those of its followers too. A review runs the merge of its request;
 * pull_request_comment is Gitea's and Forgejo's alone. */
#define ACTIONS_TRAPS                                                                     \
	{                                                                                 \
		{ "GITHUB_EVENT_NAME", "pull_request", STRANGER },                        \
			{ "GITHUB_EVENT_NAME", "pull_request_target", STRANGER },         \
			{ "GITHUB_EVENT_NAME", "pull_request_review", STRANGER },         \
			{ "GITHUB_EVENT_NAME", "pull_request_review_comment", STRANGER }, \
			{ "GITHUB_EVENT_NAME", "pull_request_comment", STRANGER },        \
			{ "GITHUB_EVENT_NAME", "workflow_run", STRANGER },                \
			{ "GITHUB_EVENT_NAME", "issue_comment", STRANGER },               \
	}
#define ACTIONS_CLAIM_TRAPS                                                        \
	{                                                                          \
		{ "event_name", "pull_request", STRANGER },                        \
			{ "event_name", "pull_request_target", STRANGER },         \
			{ "event_name", "pull_request_review", STRANGER },         \
			{ "event_name", "pull_request_review_comment", STRANGER }, \
			{ "event_name", "pull_request_comment", STRANGER },        \
			{ "event_name", "workflow_run", STRANGER },                \
			{ "event_name", "issue_comment", STRANGER },               \
	}

/* The more special come first: who follows GitHub sets its variables. */
const struct vendor vendors[] = {
	{
		.name = "forgejo",
		.title = "Forgejo Actions",
		.signs = { { "FORGEJO_ACTIONS", "true" }, { "GITHUB_ACTIONS", "true" } },
		.env_traps = ACTIONS_TRAPS,
		.claim_traps = ACTIONS_CLAIM_TRAPS,
		.terminal = true,
		.token = TOKEN_REQUEST,
	},
	{
		.name = "gitea",
		.title = "Gitea Actions",
		.signs = { { "GITEA_ACTIONS", "true" },
			   { "GITHUB_ACTIONS", "true" },
			   { "FORGEJO_ACTIONS", "!" } },
		.env_traps = ACTIONS_TRAPS,
		.claim_traps = ACTIONS_CLAIM_TRAPS,
		.terminal = true,
		.token = TOKEN_REQUEST,
	},
	{
		.name = "github",
		.title = "GitHub Actions",
		.signs = { { "GITHUB_ACTIONS", "true" },
			   { "GITEA_ACTIONS", "!" },
			   { "FORGEJO_ACTIONS", "!" } },
		.env_traps = ACTIONS_TRAPS,
		.claim_traps = ACTIONS_CLAIM_TRAPS,
		.token = TOKEN_REQUEST,
		.always_shared = true,
		.shared_issuer = "https://token.actions.githubusercontent.com",
		.pins = { "repository_owner_id", "repository_id", "enterprise_id" },
	},
	{
		.name = "gitlab",
		.title = "GitLab CI",
		.signs = { { "GITLAB_CI", "true" } },
		.env_traps = { { "CI_PIPELINE_SOURCE", "merge_request_event", STRANGER },
			       { "CI_PIPELINE_SOURCE", "external_pull_request_event", STRANGER },
			       { "CI_MERGE_REQUEST_ID", NULL, STRANGER },
			       { "CI_PIPELINE_SOURCE", "webide", PERSON } },
		.claim_traps = { { "pipeline_source", "merge_request_event", STRANGER },
				 { "pipeline_source", "external_pull_request_event", STRANGER },
				 { "pipeline_source", "webide", PERSON },
				 { "ref_protected", "false", "the branch is not protected" } },
		.token = TOKEN_POLICY,
		.shared_issuer = "https://gitlab.com",
		.pins = { "project_id", "namespace_id", "project_path", "namespace_path", "sub" },
	},
	{
		.name = "jenkins",
		.title = "Jenkins",
		.signs = { { "JENKINS_URL", NULL }, { "BUILD_ID", NULL } },
		.env_traps = { { "CHANGE_ID", NULL, STRANGER }, { "ghprbPullId", NULL, STRANGER } },
		.claim_traps = { { "CHANGE_ID", NULL, STRANGER }, { "change_id", NULL, STRANGER } },
		.token = TOKEN_POLICY,
	},
	{
		.name = "circleci",
		.title = "CircleCI",
		.signs = { { "CIRCLECI", "true" } },
		.env_traps = { { "CIRCLE_PR_NUMBER", NULL, STRANGER },
			       { "CIRCLE_PR_REPONAME", NULL, STRANGER } },
		.claim_traps = { { "oidc.circleci.com/ssh-rerun", "true", PERSON } },
		.terminal = true,
		.token = TOKEN_ENV,
		.token_name = "CIRCLE_OIDC_TOKEN_V2",
		.always_shared = true,
		.shared_issuer = "https://oidc.circleci.com",
		.pins = { "oidc.circleci.com/project-id", "oidc.circleci.com/org-id", "sub" },
	},
	{
		.name = "buildkite",
		.title = "Buildkite",
		.signs = { { "BUILDKITE", "true" } },
		.env_traps = { { "BUILDKITE_PULL_REQUEST_REPO", NULL, STRANGER } },
		.terminal = true,
		.token = TOKEN_POLICY,
		.always_shared = true,
		.shared_issuer = "https://agent.buildkite.com",
		.pins = { "organization_id", "organization_slug", "pipeline_id", "sub" },
	},
	{
		.name = "azure",
		.title = "Azure Pipelines",
		.signs = { { "TF_BUILD", "True" } },
		.env_traps = { { "BUILD_REASON", "PullRequest", STRANGER },
			       { "SYSTEM_PULLREQUEST_PULLREQUESTID", NULL, STRANGER },
			       { "SYSTEM_PULLREQUEST_ISFORK", "True", STRANGER } },
		.token = TOKEN_AZURE,
	},
	{
		.name = "bitbucket",
		.title = "Bitbucket Pipelines",
		.signs = { { "BITBUCKET_BUILD_NUMBER", NULL }, { "BITBUCKET_COMMIT", NULL } },
		.env_traps = { { "BITBUCKET_PR_ID", NULL, STRANGER } },
		.token = TOKEN_ENV,
		.token_name = "BITBUCKET_STEP_OIDC_TOKEN",
	},
	{
		.name = "semaphore",
		.title = "Semaphore",
		.signs = { { "SEMAPHORE", "true" } },
		.env_traps = { { "SEMAPHORE_GIT_REF_TYPE", "pull-request", STRANGER },
			       { "SEMAPHORE_GIT_PR_NUMBER", NULL, STRANGER },
			       { "SEMAPHORE_JOB_TYPE", "debug_job", PERSON },
			       { "SEMAPHORE_JOB_TYPE", "project_debug_job", PERSON } },
		.claim_traps = { { "ref_type", "pull-request", STRANGER },
				 { "job_type", "debug_job", PERSON },
				 { "job_type", "project_debug_job", PERSON } },
		.terminal = true,
		.token = TOKEN_ENV,
		.token_name = "SEMAPHORE_OIDC_TOKEN",
	},
	{
		.name = "codefresh",
		.title = "Codefresh",
		.signs = { { "CF_BUILD_ID", NULL } },
		.env_traps = { { "CF_PULL_REQUEST_NUMBER", NULL, STRANGER } },
		.token = TOKEN_POLICY,
		.always_shared = true,
		.shared_issuer = "https://oidc.codefresh.io",
		.pins = { "account_id", "account_name", "pipeline_id", "sub" },
	},
	{
		.name = "buddy",
		.title = "Buddy",
		.signs = { { "BUDDY_WORKSPACE_ID", NULL } },
		.env_traps = { { "BUDDY_EXECUTION_PULL_REQUEST_ID", NULL, STRANGER } },
		.claim_traps = { { "triggered_on", "MANUAL", PERSON } },
		.token = TOKEN_POLICY,
		.always_shared = true,
		.pins = { "workspace_domain", "workspace_id", "pipeline_id" },
	},
	{
		.name = "travis",
		.title = "Travis CI",
		.signs = { { "TRAVIS", "true" } },
		.env_traps = { { "TRAVIS_PULL_REQUEST_SLUG", NULL, STRANGER },
			       { "TRAVIS_EVENT_TYPE", "pull_request", STRANGER } },
		.terminal = true,
	},
	{
		.name = "drone",
		.title = "Drone",
		.signs = { { "DRONE", "true" } },
		.env_traps = { { "DRONE_BUILD_EVENT", "pull_request", STRANGER },
			       { "DRONE_PULL_REQUEST", NULL, STRANGER } },
	},
	{
		.name = "woodpecker",
		.title = "Woodpecker",
		.signs = { { "CI", "woodpecker" } },
		.env_traps = { { "CI_PIPELINE_EVENT", "pull_request", STRANGER },
			       { "CI_COMMIT_PULL_REQUEST", NULL, STRANGER } },
	},
	{ .name = "teamcity", .title = "TeamCity", .signs = { { "TEAMCITY_VERSION", NULL } } },
	{
		.name = "appveyor",
		.title = "AppVeyor",
		.signs = { { "APPVEYOR", NULL } },
		.env_traps = { { "APPVEYOR_PULL_REQUEST_NUMBER", NULL, STRANGER } },
	},
	{
		.name = "bamboo",
		.title = "Bamboo",
		.signs = { { "bamboo_planKey", NULL } },
		.env_traps = { { "bamboo_repository_pr_key", NULL, STRANGER } },
	},
	{
		.name = "codebuild",
		.title = "AWS CodeBuild",
		.signs = { { "CODEBUILD_BUILD_ARN", NULL } },
		.env_traps = { { "CODEBUILD_WEBHOOK_EVENT", "PULL_REQUEST_CREATED", STRANGER },
			       { "CODEBUILD_WEBHOOK_EVENT", "PULL_REQUEST_UPDATED", STRANGER },
			       { "CODEBUILD_WEBHOOK_EVENT", "PULL_REQUEST_REOPENED", STRANGER },
			       { "CODEBUILD_WEBHOOK_EVENT", "PULL_REQUEST_CLOSED", STRANGER } },
	},
	{
		.name = "prow",
		.title = "Prow",
		.signs = { { "PROW_JOB_ID", NULL } },
		.env_traps = { { "JOB_TYPE", "presubmit", STRANGER },
			       { "JOB_TYPE", "batch", STRANGER },
			       { "PULL_NUMBER", NULL, STRANGER } },
	},
	{ .name = "gocd", .title = "GoCD", .signs = { { "GO_PIPELINE_LABEL", NULL } } },
	{
		.name = "vela",
		.title = "Vela",
		.signs = { { "VELA", "true" } },
		.env_traps = { { "VELA_BUILD_EVENT", "pull_request", STRANGER },
			       { "VELA_PULL_REQUEST", NULL, STRANGER } },
	},
	{
		.name = "cirrus",
		.title = "Cirrus CI",
		.signs = { { "CIRRUS_CI", "true" } },
		.env_traps = { { "CIRRUS_PR", NULL, STRANGER } },
	},
};
const size_t vendor_count = array_len(vendors);

const struct vendor *vendor_find(const char *name)
{
	for (size_t i = 0; i < vendor_count; i++)
		if (strcmp(vendors[i].name, name) == 0)
			return &vendors[i];
	return NULL;
}

static bool is_set(const char *name, const char *value, env_get env)
{
	const char *has = env(name);

	if (!has || !*has)
		return false;
	return !value || strcmp(has, value) == 0;
}

static bool sign_holds(const struct vendor_var *sign, env_get env)
{
	if (sign->value && strcmp(sign->value, "!") == 0)
		return !is_set(sign->name, NULL, env);
	return is_set(sign->name, sign->value, env);
}

bool vendor_present(const struct vendor *vendor, env_get env)
{
	for (size_t i = 0; i < VENDOR_VARS && vendor->signs[i].name; i++)
		if (!sign_holds(&vendor->signs[i], env))
			return false;
	return true;
}

const struct vendor *vendor_detect(env_get env)
{
	if (is_set("CI", "false", env))
		return NULL;
	for (size_t i = 0; i < vendor_count; i++)
		if (vendor_present(&vendors[i], env))
			return &vendors[i];
	return NULL;
}

const struct vendor_trap *vendor_trapped(const struct vendor *vendor, env_get env)
{
	for (size_t i = 0; i < VENDOR_TRAPS && vendor->env_traps[i].name; i++)
		if (is_set(vendor->env_traps[i].name, vendor->env_traps[i].value, env))
			return &vendor->env_traps[i];
	return NULL;
}

const char *const *vendor_issuer_pins(const char *issuer)
{
	static const char *const google[VENDOR_PINS] = { "sub", "email" };

	for (size_t i = 0; i < vendor_count; i++)
		if (vendors[i].shared_issuer && strcmp(vendors[i].shared_issuer, issuer) == 0)
			return vendors[i].pins;
	/* No CI of its own: its machines and builds have tokens. */
	return strcmp(issuer, "https://accounts.google.com") == 0 ? google : NULL;
}
