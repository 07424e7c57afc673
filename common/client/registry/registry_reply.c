/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "common/client/registry/registry_internal.h"
#include "common/codec/ascii.h"
#include "common/codec/registry_error.h"

void media_type_trim(char *type)
{
	char *end = type + strcspn(type, "; \t");

	*end = '\0';
	ascii_make_lower(type);
}

enum registry_outcome outcome_of(const struct wire_reply *reply, bool head)
{
	struct registry_error error;

	switch (reply->end) {
	case WIRE_ANSWERED:
		if (host_event_of_status(reply->status, reply->retry_after != NULL) == HOST_BUSY)
			return REGISTRY_RATE_LIMITED;
		registry_error_read(&error, reply->body.data, reply->body.len);
		return registry_error_outcome(&error, reply->status, head);
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
