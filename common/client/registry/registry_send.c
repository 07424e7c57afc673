/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/client/registry/registry_internal.h"
#include "common/codec/token_reply.h"

/* So many in the queue are looked at for one that need not wait for a token. */
#define LOOK_AHEAD 64
/* What the next tokens are to cover is read from so many. */
#define OTHERS_MAX 4096

static const char *method_of(const struct job *job)
{
	static const char *const words[] = { [REGISTRY_HEAD] = "HEAD",
					     [REGISTRY_GET] = "GET",
					     [REGISTRY_POST] = "POST",
					     [REGISTRY_DELETE] = "DELETE" };

	if (job->kind == JOB_FETCH)
		return job->fetch.post ? "POST" : "GET";
	return words[job->request.method];
}

char *job_url(const struct job *job)
{
	const struct registry_request *q = &job->request;

	if (job->url)
		return xstrdup(job->url);
	return xasprintf("%s/v2/%s%s%s", job->home->origin, q->repository ? q->repository : "",
			 q->repository ? "/" : "", q->path ? q->path : "");
}

/* Paths and hosts are told; a query may be a presigned one. */
static void trace_start(const struct registry *r, const struct job *job, const char *url)
{
	registry_trace(r, "%s %.*s%s%s", method_of(job), (int)strcspn(url, "?"), url,
		       job->kind == JOB_FETCH ? " for a token" : "",
		       job->user ? " as somebody" : "");
}

/* What a public registry names is not to be inside, unless a person has named it, too. */
static bool is_only_public(const struct job *job)
{
	if (job->at == job->home || job->home->inner)
		return false;
	return !(job->kind == JOB_FETCH && job->fetch.vouched && job->redirects == 0);
}

static void launch(struct registry *r, struct job *job)
{
	scoped_str url = job_url(job);
	struct wire_request request = {
		.method = method_of(job),
		.url = url,
		.accept = job->request.accept,
		.authorization = &job->authorization,
		.trust = &job->at->trust,
		.only_public = is_only_public(job),
		.limit = job->request.limit ? job->request.limit : REGISTRY_BODY_LIMIT,
		.end = job->end,
		.chunk = job->request.chunk,
		.chunk_ctx = job->request.ctx,
		.ctx = job,
	};

	if (job->kind == JOB_FETCH) {
		request.authorization = &job->fetch.authorization;
		request.form = job->fetch.post ? &job->fetch.body : NULL;
		request.secret = true;
		request.limit = TOKEN_REPLY_MAX;
		job->home->tally.tokens++;
	} else if (job->at == job->home) {
		job->home->tally.requests++;
	}
	job->light = request.method[0] == 'H';
	job->tries++;
	job->started = registry_monotonic(r);
	trace_start(r, job, url);
	host_started(&job->at->host, job->light);
	wire_start(r->wire, &request);
}

/*
 * Into the queue of the token server; home's requests wait meanwhile. In front: where home is its
 * own token server (ghcr.io), they stand in the same queue.
 */
static void add_fetch(struct registry *r, struct site *home, struct auth_fetch *fetch)
{
	struct job *job = xcalloc(1, sizeof(*job));
	struct error err = ERROR_INIT;
	scoped_url url = { 0 };

	job->kind = JOB_FETCH;
	job->home = home;
	job->end = INT64_MAX;
	job->fetch = *fetch;
	*fetch = (struct auth_fetch){ 0 };
	job->url = xstrdup(job->fetch.url);
	r->jobs++;
	r->changed = true;
	if (url_parse(&url, job->url, &err) < 0) {
		job->at = home;
		job_fail(r, job, REGISTRY_PROTOCOL, &err);
		return;
	}
	scoped_str origin = url_origin(&url);

	site_push_front(site_of_origin(r, home, origin), job);
}

/* Whether it can go out now: with what auth says, or as it is where no credentials go. */
static enum auth_step ready(struct registry *r, struct job *job,
			    const struct auth_need *const *others, size_t count, struct error *err)
{
	struct auth_order order = { 0 };
	enum auth_step step;

	if (job->kind == JOB_FETCH || job->at != job->home)
		return AUTH_GO;
	auth_before(job->home->auth, &job->need, others, count, registry_now(r), &order);
	step = order.step;
	job->as = order.as;
	job->user = order.user;
	job->withheld = order.withheld;
	job->trouble = order.trouble;
	if (order.trouble)
		job->home->tally.trouble = order.trouble->text;
	if (order.withheld && !job->home->realm)
		job->home->realm = xstrdup(order.withheld);
	switch (step) {
	case AUTH_GO:
		secret_release(&job->authorization);
		job->authorization = order.authorization;
		order.authorization = (struct secret){ 0 };
		job->asked_auth = true;
		break;
	case AUTH_FETCH:
		add_fetch(r, job->home, &order.fetch);
		break;
	case AUTH_FAIL:
		*err = order.err;
		break;
	case AUTH_WAIT:
		break;
	}
	auth_order_release(&order);
	return step;
}

static size_t collect_others(const struct site *site, const struct auth_need **out)
{
	size_t count = 0;

	for (const struct job *job = site->first; job && count < OTHERS_MAX; job = job->next)
		if (job->kind == JOB_REQUEST && job->home == site)
			out[count++] = &job->need;
	return count;
}

static void end_all(struct registry *r, struct site *site, enum registry_outcome outcome,
		    const struct error *err)
{
	while (site->first) {
		struct job *job = site->first;

		site_remove(site, NULL, job);
		job_fail(r, job, outcome, err);
	}
}

static void end_given_up(struct registry *r, struct site *site)
{
	struct error err = ERROR_INIT;

	if (error_is_set(&site->trouble))
		err = site->trouble;
	else
		error_set(&err, ERROR_UNREACHABLE, 0, "it was given up");
	end_all(r, site, site->host.why, &err);
}

/* Why there is no token. */
static enum registry_outcome outcome_of_fail(const struct error *err)
{
	switch (err->kind) {
	case ERROR_DENIED:
		return REGISTRY_UNAUTHORIZED;
	case ERROR_BUSY:
		return REGISTRY_RATE_LIMITED;
	case ERROR_UNREACHABLE:
	case ERROR_TIMEOUT:
		return REGISTRY_UNREACHABLE;
	case ERROR_REMOTE:
		return REGISTRY_FAILED;
	default:
		return REGISTRY_PROTOCOL;
	}
}

static bool is_light(const struct job *job)
{
	return job->kind == JOB_REQUEST && job->request.method == REGISTRY_HEAD;
}

enum started { STARTED_NONE, STARTED_ONE, STARTED_FAILED };

/* One site while what may go from it goes. */
struct pumping {
	struct registry *r;
	struct site *site;
	const struct auth_need **others; /* that the next tokens are to cover */
	size_t count;
	int64_t at; /* when there is more */
};

/* The first of the site that need not wait goes out, or ends. */
static enum started start_one(struct pumping *p)
{
	struct site *site = p->site;
	struct job *before = NULL;
	struct job *job = site->first;

	for (size_t looked = 0; job && looked < LOOK_AHEAD; looked++) {
		struct error err = ERROR_INIT;

		/* None overtakes one that there is no room for. */
		if (host_may_start(&site->host, is_light(job), registry_monotonic(p->r), &p->at) !=
		    HOST_START)
			return STARTED_NONE;
		switch (ready(p->r, job, p->others, p->count, &err)) {
		case AUTH_GO:
			site_remove(site, before, job);
			launch(p->r, job);
			return STARTED_ONE;
		case AUTH_FAIL:
			site_remove(site, before, job);
			job_fail(p->r, job, outcome_of_fail(&err), &err);
			return STARTED_FAILED;
		case AUTH_FETCH:
			/* Asked again once the token is there, or is not. */
		case AUTH_WAIT:
			before = job;
			job = job->next;
			break;
		}
	}
	return STARTED_NONE;
}

/* Sends what waits for tokens together with those that the same token is to cover. */
static int64_t pump_site(struct registry *r, struct site *site)
{
	struct pumping p = { .r = r, .site = site, .at = INT64_MAX };
	enum started started = STARTED_FAILED;

	if (error_is_set(&site->broken))
		end_all(r, site, REGISTRY_UNREACHABLE, &site->broken);
	while (site->first && started != STARTED_NONE) {
		if (site->host.given_up) {
			end_given_up(r, site);
			break;
		}
		if (host_may_start(&site->host, is_light(site->first), registry_monotonic(r),
				   &p.at) != HOST_START)
			break;
		if (!p.others)
			p.others = xcalloc(OTHERS_MAX, sizeof(struct auth_need *));
		/* What ended is gone, and its need with it. */
		if (started == STARTED_FAILED)
			p.count = collect_others(site, p.others);
		started = start_one(&p);
	}
	free(p.others);
	return p.at;
}

int64_t registry_pump(struct registry *r)
{
	int64_t soonest;

	do {
		r->changed = false;
		soonest = INT64_MAX;
		for (struct site *site = r->sites; site; site = site->next) {
			int64_t at = pump_site(r, site);

			if (at < soonest)
				soonest = at;
		}
	} while (r->changed);
	return soonest;
}
