/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/registry/registry.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/map.h"
#include "common/client/registry/registry_internal.h"

#define TRACE_MAX 1024

void registry_trace(const struct registry *r, const char *fmt, ...)
{
	char line[TRACE_MAX];
	va_list args;

	if (!r->options.trace)
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	r->options.trace(r->options.trace_ctx, line);
}

static const char *first_of(const struct registry_options *o, const char *const *names)
{
	for (; *names; names++) {
		const char *value = o->env ? o->env(*names) : NULL;

		if (value && *value)
			return value;
	}
	return NULL;
}

static int open_wire(struct registry *r, struct error *err)
{
	static const char *const roots[] = { "CURL_CA_BUNDLE", "SSL_CERT_FILE", NULL };
	static const char *const https[] = { "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy",
					     NULL };
	static const char *const http[] = { "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy",
					    NULL };
	static const char *const none[] = { "NO_PROXY", "no_proxy", NULL };
	const struct registry_options *o = &r->options;
	const struct wire_options options = {
		.cancel = o->cancel,
		.user_agent = o->user_agent ? o->user_agent : "docker-hygiene",
		.ca = first_of(o, roots),
		.https_proxy = first_of(o, https),
		.http_proxy = first_of(o, http),
		.no_proxy = first_of(o, none),
		.answer_deadline = o->answer_deadline ? o->answer_deadline
						      : REGISTRY_ANSWER_DEADLINE,
		.connect_deadline = o->connect_deadline ? o->connect_deadline
							: REGISTRY_CONNECT_DEADLINE,
		.clock = o->clock,
	};

	return wire_open(&r->wire, &options, err);
}

/* Different in each run, so that machines of one kind do not come back in step. */
static uint64_t seed_of_system(const struct registry *r)
{
	uint64_t seed = 0;
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (read(fd, &seed, sizeof(seed)) != (ssize_t)sizeof(seed))
			seed = 0;
		close(fd);
	}
	return seed ? seed : (uint64_t)registry_now(r) ^ (uint64_t)getpid();
}

int registry_open(struct registry **out, const struct registry_options *options, struct error *err)
{
	struct registry *r = xcalloc(1, sizeof(*r));
	const char *realms;

	r->options = *options;
	r->last_site = &r->sites;
	if (!r->options.seed)
		r->options.seed = seed_of_system(r);
	realms = options->config ? docker_config_plugin(options->config, "hygiene", "realms")
				 : NULL;
	if (realms_read(&r->realms, realms, err) < 0 ||
	    (!options->anonymous && credentials_open(&r->credentials, options->config, options->env,
						     options->cancel, err) < 0) ||
	    open_wire(r, err) < 0) {
		registry_close(&r);
		return -1;
	}
	*out = r;
	return 0;
}

void registry_close(struct registry **out)
{
	struct registry *r = take_ptr(*out);

	if (!r)
		return;
	wire_close(&r->wire);
	while (r->sites) {
		struct site *site = r->sites;

		r->sites = site->next;
		while (site->first) {
			struct job *job = site->first;

			site_remove(site, NULL, job);
			job_free(job);
		}
		site_free(site);
	}
	credentials_close(&r->credentials);
	realms_release(&r->realms);
	free(r->tallies.items);
	free(r);
}

/* --- adding */

static int64_t end_of(const struct registry *r, const struct registry_request *q)
{
	int64_t now = registry_monotonic(r);

	return q->deadline && q->deadline < INT64_MAX - now ? now + q->deadline : INT64_MAX;
}

static struct job *job_of(struct registry *r, const struct registry_request *q)
{
	struct job *job = xcalloc(1, sizeof(*job));

	job->kind = JOB_REQUEST;
	job->request = *q;
	job->request.registry = xstrdup(q->registry);
	job->request.repository = xstrdup_null(q->repository);
	job->request.path = xstrdup_null(q->path);
	job->request.url = xstrdup_null(q->url);
	job->request.accept = xstrdup_null(q->accept);
	job->request.actions = q->repository ? xstrdup(q->actions ? q->actions : "pull") : NULL;
	job->need.repository = job->request.repository;
	job->need.actions = job->request.actions;
	job->end = end_of(r, q);
	job->home = site_of_registry(r, q->registry);
	r->jobs++;
	return job;
}

/* Where the registry said to go on. */
static int place_url(struct registry *r, struct job *job, struct error *err)
{
	scoped_url url = { 0 };

	if (url_parse(&url, job->request.url, err) < 0)
		return -1;
	scoped_str origin = url_origin(&url);

	job->url = url_format(&url);
	site_push(site_of_origin(r, job->home, origin), job);
	return 0;
}

void registry_add(struct registry *r, const struct registry_request *request)
{
	struct job *job = job_of(r, request);
	struct error err = ERROR_INIT;

	r->changed = true;
	if (!request->url)
		site_push(job->home, job);
	else if (place_url(r, job, &err) < 0)
		job_fail(r, job, REGISTRY_PROTOCOL, &err);
}

/* --- the loop */

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void take_all(struct registry *r)
{
	struct wire_reply reply;

	while (wire_take(r->wire, &reply)) {
		registry_took(r, reply.ctx, &reply);
		wire_reply_release(&reply);
	}
}

static bool ends_in_flight(const void *ctx)
{
	const struct job *job = ctx;

	return job->kind == JOB_FETCH || job->request.stop == REGISTRY_STOP_AT_ONCE;
}

static void end_flying(struct registry *r, bool all, const struct error *why)
{
	struct wire_reply reply;

	/* What has come in counts as an answer. */
	take_all(r);
	wire_abandon(r->wire, all ? NULL : ends_in_flight, why);
	while (wire_take(r->wire, &reply)) {
		struct job *job = reply.ctx;

		host_cut_off(&job->at->host, job->light);
		if (job->asked_auth)
			(void)auth_after(job->home->auth, &job->need, 0, &reply.challenges);
		job->asked_auth = false;
		wire_reply_release(&reply);
		job_fail(r, job, REGISTRY_CANCELLED, why);
	}
}

static void end_waiting(struct registry *r, bool all, const struct error *why)
{
	for (struct site *site = r->sites; site; site = site->next) {
		struct job *before = NULL;

		for (struct job *job = site->first; job;) {
			if (!all && job->kind == JOB_REQUEST &&
			    job->request.stop == REGISTRY_STOP_NEVER) {
				before = job;
				job = job->next;
				continue;
			}
			site_remove(site, before, job);
			job_fail(r, job, REGISTRY_CANCELLED, why);
			job = before ? before->next : site->first;
		}
	}
}

/* done() may add more, which ends the same way. all: also what is to be waited for. */
static void cancel_jobs(struct registry *r, bool all, const struct error *why)
{
	do {
		r->changed = false;
		end_flying(r, all, why);
		end_waiting(r, all, why);
	} while (r->changed && r->jobs > 0);
}

/* Requests that wait for their host past their own end. */
static void expire_waiting(struct registry *r)
{
	int64_t now = registry_monotonic(r);
	struct error err = ERROR_INIT;

	error_set(&err, ERROR_TIMEOUT, 0, "not in the time that it had");
	for (struct site *site = r->sites; site; site = site->next) {
		struct job *before = NULL;

		for (struct job *job = site->first, *next; job; job = next) {
			next = job->next;
			if (job->end > now) {
				before = job;
				continue;
			}
			site_remove(site, before, job);
			job_fail(r, job, REGISTRY_UNREACHABLE, &err);
		}
	}
}

static int64_t next_end(const struct registry *r)
{
	int64_t soonest = INT64_MAX;

	for (const struct site *site = r->sites; site; site = site->next)
		for (const struct job *job = site->first; job; job = job->next)
			if (job->end < soonest)
				soonest = job->end;
	return soonest;
}

int registry_run(struct registry *r, struct error *err)
{
	struct error why = ERROR_INIT;
	int64_t last = INT64_MAX;

	while (r->jobs > 0) {
		if (cancel_requested(r->options.cancel)) {
			int64_t now = registry_monotonic(r);

			if (!error_is_set(&why)) {
				cancel_error(r->options.cancel, &why);
				last = now + REGISTRY_LAST;
			}
			cancel_jobs(r, now >= last, &why);
		}
		expire_waiting(r);
		int64_t until = registry_pump(r);
		int64_t end = next_end(r);

		/* What ended while pumping may have added more, or let others go. */
		if (r->jobs > 0)
			wire_wait(r->wire, earlier(earlier(until, end), last));
		take_all(r);
	}
	if (!error_is_set(&why))
		return 0;
	*err = why;
	return -1;
}

/* --- tallies */

size_t registry_tallies(struct registry *r, const struct registry_tally **out)
{
	r->tallies.count = 0;
	for (struct site *site = r->sites; site; site = site->next) {
		if (!site->registry)
			continue;
		struct registry_tally *tally = array_add(&r->tallies);

		*tally = site->tally;
		tally->warning = site->warning;
		tally->realm = site->realm;
	}
	*out = r->tallies.items;
	return r->tallies.count;
}
