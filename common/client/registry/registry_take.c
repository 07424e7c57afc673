/* SPDX-License-Identifier: Apache-2.0 */
/* What an exchange means for the job that it was for. */
#include <string.h>

#include "common/base/clock.h"
#include "common/client/registry/registry_internal.h"
#include "common/codec/httpdate.h"
#include "common/codec/link_header.h"
#include "common/codec/reference.h"
#include "common/codec/retry_after.h"

#define WORDS_MAX 512

void job_free(struct job *job)
{
	struct registry_request *q = &job->request;

	free((char *)(uintptr_t)q->registry);
	free((char *)(uintptr_t)q->repository);
	free((char *)(uintptr_t)q->path);
	free((char *)(uintptr_t)q->url);
	free((char *)(uintptr_t)q->accept);
	free((char *)(uintptr_t)q->actions);
	free(job->url);
	secret_release(&job->authorization);
	auth_fetch_release(&job->fetch);
	free(job);
}

static void job_over(struct registry *r, struct job *job)
{
	r->jobs--;
	job_free(job);
}

/* --- the caller's reply */

static void describe_asker(const struct job *job, struct registry_reply *reply)
{
	reply->user = job->user;
	if (job->as) {
		reply->source = job->as->source;
		reply->known = job->need.grant != 0;
	}
	reply->withheld = job->withheld != NULL;
	reply->trouble = job->trouble ? job->trouble->text : NULL;
	reply->sent = job->tries > 0;
}

static void deliver(struct registry *r, struct job *job, struct registry_reply *reply)
{
	describe_asker(job, reply);
	if (reply->outcome == REGISTRY_RATE_LIMITED)
		reply->retry_at = job->home->retry_at;
	registry_trace(r, "%s/%s: %s%s%s", job->request.registry,
		       job->request.repository ? job->request.repository : "",
		       registry_outcome_name(reply->outcome), error_is_set(&reply->err) ? ": " : "",
		       reply->err.text);
	job->request.done(job->request.ctx, reply);
	job_over(r, job);
}

/* To a registry that hides what it has from strangers. To 401 and 403 auth_explain() says it. */
static void add_trouble(const struct job *job, enum registry_outcome outcome, struct error *err)
{
	bool is_404 = outcome == REGISTRY_NOT_FOUND ||
		      (outcome == REGISTRY_PROTOCOL && err->code == 404);

	if (job->trouble && is_404)
		error_hint(err, "asked anonymously: %s", job->trouble->text);
}

void job_fail(struct registry *r, struct job *job, enum registry_outcome outcome,
	      const struct error *err)
{
	struct registry_reply reply = {
		.outcome = outcome, .body = "", .content_length = -1, .retry_at = TIME_NONE
	};

	r->changed = true;
	if (job->kind == JOB_FETCH) {
		auth_fetched(job->home->auth, job->fetch.id, 0, "", 0, registry_now(r), err);
		job_over(r, job);
		return;
	}
	job_error(job, outcome, err->code, err->text, &reply.err);
	deliver(r, job, &reply);
}

static char *resolved(const char *reference, const char *url)
{
	struct error ignored = ERROR_INIT;
	scoped_url base = { 0 };
	scoped_url to = { 0 };

	if (!reference || url_parse(&base, url, &ignored) < 0 ||
	    url_resolve(&to, &base, reference, &ignored) < 0)
		return NULL;
	return url_format(&to);
}

/* NULL: there is none, or (lost) none that is followed. */
static char *next_page(const struct wire_reply *reply, const char *url, bool *lost)
{
	struct error ignored = ERROR_INIT;
	scoped_url base = { 0 };
	scoped_url next = { 0 };

	*lost = false;
	if (reply->links.count == 0)
		return NULL;
	int found = url_parse(&base, url, &ignored);

	if (found == 0)
		found = link_next(&next, &reply->links, &base, &ignored);
	*lost = found < 0 || (found == 1 && !link_is_followed(&base, &next));
	return found == 1 && !*lost ? url_format(&next) : NULL;
}

static void explain(const struct job *job, enum registry_outcome outcome,
		    const struct wire_reply *reply, struct error *err)
{
	char words[WORDS_MAX];

	if (outcome == REGISTRY_OK)
		return;
	answer_words(job, reply, words, sizeof(words));
	job_error(job, outcome, reply->status, words, err);
	if (job->at == job->home &&
	    (outcome == REGISTRY_UNAUTHORIZED || outcome == REGISTRY_DENIED))
		auth_explain(job->home->auth, &job->need, err);
	add_trouble(job, outcome, err);
}

static void finish_request(struct registry *r, struct job *job, struct wire_reply *answer)
{
	bool head = job->request.method == REGISTRY_HEAD;
	enum registry_outcome outcome = outcome_of(answer, head);
	scoped_str url = job_url(job);
	scoped_str location = resolved(answer->location, url);
	bool lost;
	scoped_str next = next_page(answer, url, &lost);
	struct registry_reply reply = {
		.outcome = outcome,
		.status = answer->status,
		.body = answer->body.data,
		.len = answer->body.len,
		.content_type = answer->content_type,
		.content_length = answer->content_length,
		.location = location,
		.next = next,
		.next_lost = lost,
		.retry_at = TIME_NONE,
		.from_proxy = answer->name_space != NULL,
	};

	if (answer->content_type)
		media_type_trim(answer->content_type);
	if (answer->content_digest && digest_is_valid(answer->content_digest))
		reply.content_digest = answer->content_digest;
	explain(job, outcome, answer, &reply.err);
	deliver(r, job, &reply);
}

static void finish_fetch(struct registry *r, struct job *job, struct wire_reply *answer)
{
	enum registry_outcome outcome = outcome_of(answer, false);
	struct auth *auth = job->home->auth;
	char words[WORDS_MAX];
	struct error err = ERROR_INIT;

	if (answer->end == WIRE_ANSWERED && outcome != REGISTRY_RATE_LIMITED) {
		auth_fetched(auth, job->fetch.id, answer->status, answer->body.data,
			     answer->body.len, registry_now(r), NULL);
		job_over(r, job);
		return;
	}
	answer_words(job, answer, words, sizeof(words));
	error_set(&err, kind_of_outcome(outcome), answer->status, "%s", words);
	auth_fetched(auth, job->fetch.id, 0, "", 0, registry_now(r), &err);
	job_over(r, job);
}

static void finish(struct registry *r, struct job *job, struct wire_reply *answer)
{
	if (job->kind == JOB_FETCH)
		finish_fetch(r, job, answer);
	else
		finish_request(r, job, answer);
}

/* --- redirects */

static bool is_redirect(const struct wire_reply *reply)
{
	static const int statuses[] = { 301, 302, 303, 307, 308 };

	for (size_t i = 0; i < array_len(statuses); i++)
		if (reply->end == WIRE_ANSWERED && reply->status == statuses[i])
			return reply->location != NULL;
	return false;
}

static void refuse_redirect(struct registry *r, struct job *job, const char *why)
{
	struct error err = ERROR_INIT;

	error_set(&err, ERROR_PROTOCOL, 0, "it sends on to %s", why);
	job_fail(r, job, REGISTRY_PROTOCOL, &err);
}

/* Where it goes on. Credentials are home's: ready() gives them where the job is at home alone. */
static void follow(struct registry *r, struct job *job, const struct wire_reply *reply)
{
	scoped_str from = job_url(job);
	struct error err = ERROR_INIT;
	scoped_url base = { 0 };
	scoped_url to = { 0 };

	if (url_parse(&base, from, &err) < 0 ||
	    url_resolve(&to, &base, reply->location, &err) < 0) {
		refuse_redirect(r, job, "what is no address");
		return;
	}
	if (base.https && !to.https) {
		refuse_redirect(r, job, "http from https");
		return;
	}
	if (++job->redirects > REGISTRY_REDIRECTS) {
		refuse_redirect(r, job, "yet another address, again and again");
		return;
	}
	scoped_str origin = url_origin(&to);

	/* A step on the way is no try. */
	job->tries--;
	str_replace(&job->url, url_format(&to));
	secret_release(&job->authorization);
	site_push_front(site_of_origin(r, job->home, origin), job);
}

static bool follows(const struct job *job, const struct wire_reply *reply)
{
	scoped_str to = NULL;

	if (!is_redirect(reply))
		return false;
	if (job->kind == JOB_REQUEST)
		return job->request.method == REGISTRY_GET || job->request.method == REGISTRY_HEAD;
	to = resolved(reply->location, job->url);
	return to && !job->fetch.post && auth_fetch_follows(job->home->auth, job->fetch.id, to);
}

/* --- the schedule */

/* ns from now; -1: not told. */
static int64_t retry_after(const struct registry *r, const struct wire_reply *reply)
{
	struct error ignored = ERROR_INIT;
	int64_t date = TIME_NONE;
	int64_t wait = -1;

	if (!reply->retry_after)
		return -1;
	if (reply->date && http_date_parse(reply->date, strlen(reply->date), registry_now(r), &date,
					   &ignored) < 0) {
		date = TIME_NONE;
		error_clear(&ignored);
	}
	if (retry_after_parse(reply->retry_after, strlen(reply->retry_after), registry_now(r), date,
			      &wait, &ignored) < 0)
		return -1;
	return wait;
}

static enum host_event event_of(const struct job *job, const struct wire_reply *reply)
{
	switch (reply->end) {
	case WIRE_SILENT:
		return HOST_SILENT;
	case WIRE_BROKEN:
		return reply->err.kind == ERROR_TIMEOUT ? HOST_SLOW : HOST_BROKEN;
	case WIRE_ANSWERED:
		break;
	default:
		return HOST_ANSWERED;
	}
	/* Some say it with 403. */
	if (outcome_of(reply, job->light) == REGISTRY_RATE_LIMITED)
		return HOST_BUSY;
	return host_event_of_status(reply->status, reply->retry_after != NULL);
}

static bool is_repeatable(const struct job *job, const struct wire_reply *reply)
{
	if (reply->handed_out)
		return false;
	return job->kind == JOB_FETCH || job->request.method == REGISTRY_GET ||
	       job->request.method == REGISTRY_HEAD;
}

static void note_trouble(struct registry *r, struct job *job, const struct wire_reply *reply,
			 const struct host_try *attempt)
{
	struct error *trouble = &job->at->trouble;
	char words[WORDS_MAX];

	if (attempt->event == HOST_ANSWERED)
		return;
	answer_words(job, reply, words, sizeof(words));
	error_clear(trouble);
	error_set(trouble, attempt->event == HOST_BUSY ? ERROR_BUSY : ERROR_UNREACHABLE,
		  reply->status, "%s", words);
	if (attempt->retry_after < 0 || attempt->event != HOST_BUSY)
		return;
	job->at->retry_at = registry_now(r) + attempt->retry_after;
	job->home->retry_at = job->at->retry_at;
}

static void note_limits(struct site *home, const struct wire_reply *reply)
{
	if (reply->ratelimit.limit >= 0)
		home->tally.limit = reply->ratelimit.limit;
	if (reply->ratelimit.remaining >= 0)
		home->tally.remaining = reply->ratelimit.remaining;
	if (reply->ratelimit.window > 0)
		home->tally.window = reply->ratelimit.window;
	if (!home->warning)
		home->warning = xstrdup_null(reply->warning);
}

/* Docker's loopback rule: https did not work, and nothing has ever answered. */
static bool goes_plain(const struct job *job, const struct wire_reply *reply)
{
	const struct site *site = job->at;

	return site->registry && site->trust.loopback && !site->plain && !site->answered &&
	       (reply->end == WIRE_SILENT || reply->end == WIRE_BROKEN ||
		reply->end == WIRE_GARBLED);
}

/* auth_after() is owed for what went out with auth's leave. */
static enum auth_verdict tell_auth(struct job *job, const struct wire_reply *reply)
{
	if (!job->asked_auth)
		return AUTH_ANSWERED;
	job->asked_auth = false;
	return auth_after(job->home->auth, &job->need,
			  reply->end == WIRE_ANSWERED ? reply->status : 0, &reply->challenges);
}

void registry_took(struct registry *r, struct job *job, struct wire_reply *reply)
{
	struct host_try attempt = { .event = event_of(job, reply),
				    .retry_after = retry_after(r, reply),
				    .repeatable = is_repeatable(job, reply),
				    .tries = job->tries,
				    .started = job->started };
	struct site *site = job->at;
	bool plain = goes_plain(job, reply);
	enum auth_verdict verdict = tell_auth(job, reply);

	if (site == job->home)
		site->inner = site->inner || reply->inner;
	site->answered = site->answered || reply->end == WIRE_ANSWERED;
	if (plain) {
		site_go_plain(r, site);
		job->tries--;
		site->tally.requests--;
		site_push_front(site, job);
		return;
	}
	note_trouble(r, job, reply, &attempt);
	if (job->kind == JOB_REQUEST && site == job->home)
		note_limits(site, reply);
	bool again = host_ended(&site->host, job->light, &attempt, registry_monotonic(r));

	if (verdict == AUTH_AGAIN) {
		job->tries--;
		site_push_front(site, job);
	} else if (again) {
		job->home->tally.retries++;
		registry_trace(r, "%s: again: %s", site->name, site->trouble.text);
		site_push_front(site, job);
	} else if (follows(job, reply)) {
		follow(r, job, reply);
	} else {
		finish(r, job, reply);
	}
}
