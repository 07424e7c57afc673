/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/attest_call.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/client/files.h"
#include "common/client/process.h"
#include "common/client/secret_file.h"
#include "common/codec/jwt.h"
#include "credhelper/local_file.h"
#include "credhelper/vendors.h"

#define FILE_WAIT        NSEC_PER_SEC
#define FILE_MAX         (JWT_MAX + 4096) /* blanks around it */
#define ACTIONS_URL      "ACTIONS_ID_TOKEN_REQUEST_URL"
#define ACTIONS_KEY      "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
#define AZURE_URL        "SYSTEM_OIDCREQUESTURI"
#define AZURE_KEY        "SYSTEM_ACCESSTOKEN"
#define AZURE_CONNECTION "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"

/* --- The token, or where to get it. ERROR_NOT_FOUND: the job has none. */

static const char *need_env(env_get env, const char *name, const char *hint, struct error *err)
{
	const char *value = env(name);

	if (value && *value)
		return value;
	error_set(err, ERROR_NOT_FOUND, 0, "%s is not set", name);
	if (hint)
		error_hint(err, "%s", hint);
	return NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void set_trimmed(struct secret *out, const char *text, size_t len)
{
	while (len && is_blank(text[len - 1]))
		len--;
	while (len && is_blank(*text)) {
		text++;
		len--;
	}
	secret_set(out, text, len);
}

static int token_from_env(struct attest_question *q, env_get env, const char *name,
			  struct error *err)
{
	const char *value = need_env(env, name, NULL, err);

	if (!value)
		return -1;
	set_trimmed(&q->token, value, strlen(value));
	return 0;
}

/* Anybody may read it, and it may be a link (Kubernetes): what is in it proves itself. */
static int token_from_file(struct attest_question *q, env_get env, const char *name,
			   struct error *err)
{
	const char *path = need_env(env, name, NULL, err);
	scoped_secret text = { 0 };
	struct stat st;

	if (!path)
		return -1;
	scoped_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool there = fd >= 0 && fstat(fd, &st) == 0;

	if (!there || !S_ISREG(st.st_mode))
		return error_set(err, ERROR_NOT_FOUND, errno, "%s names no file that can be read",
				 name);
	if (secret_read_fd(fd, FILE_MAX, FILE_WAIT, &text, err) < 0) {
		err->kind = ERROR_NOT_FOUND;
		return error_wrap(err, "the file that %s names", name);
	}
	set_trimmed(&q->token, text.data ? text.data : "", text.len);
	return 0;
}

static int token_from_actions(struct attest_question *q, env_get env, const char *vendor,
			      struct error *err)
{
	static const char hint[] = "the job needs \"permissions: id-token: write\"";
	const char *url = need_env(env, ACTIONS_URL, hint, err);
	const char *bearer = url ? need_env(env, ACTIONS_KEY, hint, err) : NULL;

	if (!bearer)
		return -1;
	q->vendor = xstrdup(vendor);
	q->url = xstrdup(url);
	secret_set(&q->bearer, bearer, strlen(bearer));
	return 0;
}

/* The connection is part of what the token says; without one it is the project's. */
static char *azure_url(const char *url, const char *connection)
{
	static const char letters[] = "0123456789abcdefABCDEF-";

	if (!connection || !*connection || connection[strspn(connection, letters)])
		return xstrdup(url);
	return xasprintf("%s%cserviceConnectionId=%s", url, strchr(url, '?') ? '&' : '?',
			 connection);
}

static int token_from_azure(struct attest_question *q, env_get env, const char *vendor,
			    struct error *err)
{
	static const char hint[] = "the step needs \"env: SYSTEM_ACCESSTOKEN: "
				   "$(System.AccessToken)\"";
	const char *url = need_env(env, AZURE_URL, NULL, err);
	const char *bearer = url ? need_env(env, AZURE_KEY, hint, err) : NULL;

	if (!bearer)
		return -1;
	q->vendor = xstrdup(vendor);
	q->url = azure_url(url, env(AZURE_CONNECTION));
	secret_set(&q->bearer, bearer, strlen(bearer));
	return 0;
}

static int find_token(struct attest_question *q, const struct gate_oidc *gate, env_get env,
		      struct error *err)
{
	const struct vendor *vendor = vendor_find(gate->vendor);

	if (gate->token_env)
		return token_from_env(q, env, gate->token_env, err);
	if (gate->token_file_env)
		return token_from_file(q, env, gate->token_file_env, err);
	switch (vendor ? vendor->token : TOKEN_NONE) {
	case TOKEN_ENV:
		return token_from_env(q, env, vendor->token_name, err);
	case TOKEN_REQUEST:
		return token_from_actions(q, env, gate->vendor, err);
	case TOKEN_AZURE:
		return token_from_azure(q, env, gate->vendor, err);
	case TOKEN_NONE:
	case TOKEN_POLICY:
		break;
	}
	return error_set(err, ERROR_NOT_FOUND, 0, "the policy does not say where it is");
}

/* Nothing else is written to a program, or quoted by one. */
static bool looks_like_token(const struct secret *token)
{
	static const char others[] = "-_.=";

	for (size_t i = 0; i < token->len; i++) {
		char c = token->data[i];

		if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
		      (c && strchr(others, c))))
			return false;
	}
	return token->len > 0 && token->len <= JWT_MAX;
}

/* --- The program. */

int attest_program_check(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	scoped_str dir = slash > path ? xstrndup(path, (size_t)(slash - path)) : xstrdup("/");
	struct stat st;

	if (lstat(path, &st) < 0)
		return error_set(err, ERROR_UNSUPPORTED, errno, "%s is not installed", path);
	if (dir_trusted(dir, err) < 0) {
		err->kind = ERROR_DENIED;
		return -1;
	}
	if (!S_ISREG(st.st_mode) || (st.st_uid != 0 && st.st_uid != geteuid()) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)))
		return error_set(err, ERROR_DENIED, 0,
				 "%s is a link, another user's or can be written by others; "
				 "install it again",
				 path);
	return 0;
}

static int ask(const char *program, const struct attest_question *q, int64_t deadline,
	       struct attest_answer *out, struct error *err)
{
	const char *const argv[] = { program, NULL };
	struct process_result result = { 0 };
	scoped_attest_answer a = { 0 };
	scoped_buf question = { 0 };
	scoped_buf text = { 0 };

	buf_init_wiped(&question, 4 * ATTEST_MESSAGE_MAX);
	buf_init(&text, ATTEST_MESSAGE_MAX);
	attest_question_write(q, &question);
	if (process_run_alone(argv, question.data, &text, deadline, &result, err) < 0 ||
	    attest_answer_parse(&a, q->gate, text.data, text.len, err) < 0)
		return -1;
	if (result.status != (int)a.verdict)
		return error_set(err, ERROR_PROTOCOL, result.status,
				 "it ended with status %d, which is not its answer's",
				 result.status);
	*out = take_value(a);
	return 0;
}

static void set_answer(struct attestation *a, enum attest_verdict verdict, const char *reason,
		       const char *text)
{
	a->asked = true;
	a->answer = (struct attest_answer){
		.gate = xstrdup(a->gate),
		.verdict = verdict,
		.reason = xstrdup(reason),
		.text = xstrdup(text),
		.expires = TIME_NONE,
	};
}

static void ask_about(struct attestation *a, const char *program, const struct attest_question *q,
		      int64_t end)
{
	int64_t left = end - clock_system.monotonic(&clock_system);
	struct error err = ERROR_INIT;

	if (!q->vendor && !looks_like_token(&q->token)) {
		set_answer(a, ATTEST_REFUSED, "malformed", "it is no token");
		return;
	}
	a->asked = true;
	if (left <= 0)
		error_set(&err, ERROR_TIMEOUT, 0, "no time is left for it");
	else if (ask(program, q, left, &a->answer, &err) == 0)
		return;
	error_wrap(&err, "pushgate-attest");
	set_answer(a, ATTEST_ERROR, "no-answer", err.text);
}

static void attest_one(struct attestation *a, const struct world *world, const struct gate *gate,
		       env_get env, int64_t end)
{
	scoped_attest_question q = { .gate = xstrdup(gate->name) };

	if (find_token(&q, &gate->oidc, env, &a->failure) < 0 ||
	    attest_program_check(world->paths->attest, &a->failure) < 0)
		return;
	ask_about(a, world->paths->attest, &q, end);
}

void attest_call(const struct world *world, const struct policy_file *system,
		 const struct strings *gates, const struct facts *facts, struct attestations *out)
{
	int64_t end = clock_system.monotonic(&clock_system) + ATTEST_DEADLINE;

	for (size_t i = 0; system && i < gates->count; i++) {
		const struct gate *gate = policy_gate(system, gates->items[i]);

		if (!gate || gate->kind != GATE_OIDC)
			continue;
		struct attestation *a = array_add(out);

		a->gate = gate->name;
		attest_one(a, world, gate, facts->env, end);
	}
}

void attestations_release(struct attestations *a)
{
	for (size_t i = 0; i < a->count; i++)
		attest_answer_release(&a->items[i].answer);
	free(a->items);
	*a = (struct attestations){ 0 };
}
