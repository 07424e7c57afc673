/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/registry/credentials_parts.h"

#include <string.h>

#include "common/client/process.h"
#include "common/codec/helper_message.h"
#include "common/codec/printable.h"

/* A secret is at most six times its bytes, and a list has many names. */
#define OUTPUT_MAX ((size_t)8 << 20)
#define ERRORS_MAX ((size_t)1 << 20)

struct answer {
	char *program;
	int status;
	struct buf out, errors;
};

static void answer_release(struct answer *answer)
{
	free_str(&answer->program);
	buf_release(&answer->out);
	buf_release(&answer->errors);
}
#define scoped_answer scoped(answer_release) struct answer

static int ask(struct answer *answer, const struct credential_helper *helper, const char *action,
	       const char *input, struct error *err)
{
	struct process_result result;

	answer->program = xasprintf("docker-credential-%s", helper->suffix);
	buf_init_wiped(&answer->out, OUTPUT_MAX);
	buf_init(&answer->errors, ERRORS_MAX);
	/* A slash would make it a path. */
	if (!*helper->suffix || strchr(helper->suffix, '/'))
		return error_set(err, ERROR_INPUT, 0, "the helper's name has a slash in it");
	const char *const argv[] = { answer->program, action, NULL };

	if (process_run(argv, input, &answer->out, &answer->errors, helper->deadline,
			helper->cancel, &result, err) < 0)
		return error_wrap(err, "credential helper");
	answer->status = result.status;
	return 0;
}

/* Its first line that is not empty, made printable; NULL: there is none. Owned. */
static char *first_line(const struct buf *said)
{
	const char *line = said->data + strspn(said->data, " \t\r\n");
	scoped_str text = xstrndup(line, strcspn(line, "\r\n"));
	char shown[PRINTABLE_SHORT];

	return *text ? xstrdup(printable_short(shown, text)) : NULL;
}

static bool is_not_found(const struct answer *answer)
{
	return strstr(answer->out.data, HELPER_NOT_FOUND) != NULL;
}

/* Errors go to stdout in this protocol. What may be a secret is not quoted. */
static int refused(const struct answer *answer, const char *action, struct error *err)
{
	scoped_str out = strchr(answer->out.data, '{') ? NULL : first_line(&answer->out);
	scoped_str text = out ? take_ptr(out) : first_line(&answer->errors);

	return error_set(err, ERROR_REMOTE, answer->status, "%s %s failed (exit status %d)%s%s",
			 answer->program, action, answer->status, text ? ": " : "",
			 text ? text : "");
}

static int take(struct credential *out, const struct answer *answer, struct helper_credential *told,
		struct error *err)
{
	bool is_token = strcmp(told->username, HELPER_TOKEN_USER) == 0;

	if (!*told->username && !told->secret.len)
		return 0;
	if (!*told->username || !told->secret.len || strchr(told->username, ':'))
		return error_set(err, ERROR_INPUT, 0, "%s get: %s", answer->program,
				 !*told->username    ? "a secret, but no user name"
				 : !told->secret.len ? "a user name, but no secret"
						     : "a user name with a colon cannot be sent");
	out->kind = is_token ? CREDENTIAL_IDENTITY : CREDENTIAL_PASSWORD;
	out->secret = take_value(told->secret);
	if (!is_token)
		out->user = take_ptr(told->username);
	return 0;
}

void credential_of_helper(struct credential *out, const struct credential_helper *helper,
			  const char *server)
{
	scoped_helper_credential told = { 0 };
	struct error *err = &out->failure;
	scoped_answer answer = { 0 };

	if (ask(&answer, helper, "get", server, err) < 0)
		return;
	if (answer.status != 0 && is_not_found(&answer)) {
		out->said = first_line(&answer.errors);
		return;
	}
	if (answer.status != 0) {
		refused(&answer, "get", err);
		return;
	}
	if (helper_read_get(answer.out.data, answer.out.len, &told, err) < 0) {
		error_wrap(err, "%s get", answer.program);
		return;
	}
	(void)take(out, &answer, &told, err);
}

int credential_helper_list(const struct credential_helper *helper, struct strings *out,
			   struct error *err)
{
	scoped_helper_names names = { 0 };
	scoped_answer answer = { 0 };

	if (ask(&answer, helper, "list", "unused", err) < 0)
		return -1;
	if (answer.status != 0)
		return refused(&answer, "list", err);
	if (helper_read_list(answer.out.data, answer.out.len, &names, err) < 0)
		return error_wrap(err, "%s list", answer.program);
	for (size_t i = 0; i < names.count; i++)
		strings_add(out, names.items[i].server);
	return 0;
}
