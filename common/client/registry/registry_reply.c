/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "common/client/registry/registry_internal.h"
#include "common/codec/registry_error.h"

static const char *const names[] = {
#define OUTCOME_NAME(name, word) [REGISTRY_##name] = word,
	REGISTRY_OUTCOMES(OUTCOME_NAME)
#undef OUTCOME_NAME
};

const char *registry_outcome_name(enum registry_outcome outcome)
{
	return names[outcome];
}

void media_type_trim(char *type)
{
	char *end = type + strcspn(type, "; \t");

	*end = '\0';
	for (char *c = type; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
}

static enum registry_outcome outcome_of_answer(const struct wire_reply *reply, bool head)
{
	struct registry_error error;

	if (reply->status == 304)
		return REGISTRY_OK;
	/* A redirect that was followed does not come here. */
	if (reply->status < 200 || reply->status / 100 == 3)
		return REGISTRY_PROTOCOL;
	registry_error_read(&error, reply->body.data, reply->body.len);
	switch (registry_error_verdict(&error, reply->status, head)) {
	case REGISTRY_SAYS_OK:
		return REGISTRY_OK;
	case REGISTRY_SAYS_GONE:
		return REGISTRY_NOT_FOUND;
	case REGISTRY_SAYS_UNAUTHORIZED:
		return REGISTRY_UNAUTHORIZED;
	case REGISTRY_SAYS_DENIED:
		return REGISTRY_DENIED;
	case REGISTRY_SAYS_RATE_LIMITED:
		return REGISTRY_RATE_LIMITED;
	case REGISTRY_SAYS_UNAVAILABLE:
		return REGISTRY_FAILED;
	case REGISTRY_SAYS_UNSUPPORTED:
		return REGISTRY_UNSUPPORTED;
	case REGISTRY_SAYS_UNCLEAR:
		break;
	}
	/* 404 in words that are no registry's: something else answers at this address. */
	return reply->status == 404 ? REGISTRY_PROTOCOL : REGISTRY_FAILED;
}

enum registry_outcome outcome_of(const struct wire_reply *reply, bool head)
{
	switch (reply->end) {
	case WIRE_ANSWERED:
		return outcome_of_answer(reply, head);
	case WIRE_TOO_LARGE:
		return REGISTRY_TOO_LARGE;
	case WIRE_REFUSED:
	case WIRE_GARBLED:
	case WIRE_BARRED:
		return REGISTRY_PROTOCOL;
	case WIRE_SILENT:
	case WIRE_BROKEN:
	case WIRE_UNABLE:
		break;
	}
	return REGISTRY_UNREACHABLE;
}

enum error_kind kind_of_outcome(enum registry_outcome outcome)
{
	static const enum error_kind kinds[REGISTRY_OUTCOME_COUNT] = {
		[REGISTRY_NOT_FOUND] = ERROR_NOT_FOUND,
		[REGISTRY_UNAUTHORIZED] = ERROR_DENIED,
		[REGISTRY_DENIED] = ERROR_DENIED,
		[REGISTRY_RATE_LIMITED] = ERROR_BUSY,
		[REGISTRY_UNREACHABLE] = ERROR_UNREACHABLE,
		[REGISTRY_UNSUPPORTED] = ERROR_UNSUPPORTED,
		[REGISTRY_TOO_LARGE] = ERROR_LIMIT,
		[REGISTRY_PROTOCOL] = ERROR_PROTOCOL,
		[REGISTRY_FAILED] = ERROR_REMOTE,
		[REGISTRY_CANCELLED] = ERROR_CANCELLED,
	};

	return kinds[outcome];
}

void job_error(const struct job *job, enum registry_outcome outcome, int status, const char *text,
	       struct error *err)
{
	const struct registry_request *q = &job->request;

	error_set(err, kind_of_outcome(outcome), status, "%s%s%s: %s", q->registry,
		  q->repository ? "/" : "", q->repository ? q->repository : "", text);
}

void answer_words(const struct job *job, const struct wire_reply *reply, char *out, size_t size)
{
	struct registry_error error;

	if (reply->end != WIRE_ANSWERED) {
		snprintf(out, size, "%s", reply->err.text);
		return;
	}
	registry_error_read(&error, reply->body.data, reply->body.len);
	if (error.message[0])
		snprintf(out, size, "%s (%d)", error.message, reply->status);
	else if (job->kind == JOB_FETCH)
		snprintf(out, size, "it answers %d", reply->status);
	else if (job->at == job->home)
		snprintf(out, size, "the registry answers %d", reply->status);
	else
		snprintf(out, size, "%s, where it sends on to, answers %d", job->at->name,
			 reply->status);
}
