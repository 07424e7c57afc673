/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/client/registry/registry_internal.h"
#include "common/codec/address_class.h"

/* Docker Hub counts thousands of requests a minute as abuse (docs.docker.com, pull limits). */
#define HUB_RATE  30.0
#define HUB_BURST 100.0

static void set_limits(const struct registry *r, struct site *site)
{
	const struct registry_options *o = &r->options;
	bool hub = site->registry && strcmp(site->name, "docker.io") == 0;
	const struct host_limits limits = {
		.parallel = o->parallel ? o->parallel : REGISTRY_PARALLEL,
		.parallel_light = o->parallel ? o->parallel : REGISTRY_PARALLEL_LIGHT,
		.rate = o->rate > 0 ? o->rate
			: hub       ? HUB_RATE
				    : 0,
		/* Who names a rate means it: no more than that in the first second. */
		.burst = o->rate > 1   ? o->rate
			 : o->rate > 0 ? 1
				       : HUB_BURST,
		.max_wait = o->max_wait ? o->max_wait : REGISTRY_MAX_WAIT,
		.tries = REGISTRY_TRIES,
		.retries = REGISTRY_RETRIES,
	};
	uint64_t seed = o->seed;

	/* Each host its own: they are not to come back in step either. */
	for (const char *c = site->name; *c; c++)
		seed = seed * 31 + (unsigned char)*c;
	host_init(&site->host, &limits, seed, registry_monotonic(r));
}

static struct site *site_add(struct registry *r, const char *name)
{
	struct site *site = xcalloc(1, sizeof(*site));

	site->name = xstrdup(name);
	site->retry_at = TIME_NONE;
	site->tally = (struct registry_tally){
		.registry = site->name, .limit = -1, .remaining = -1, .window = -1
	};
	*r->last_site = site;
	r->last_site = &site->next;
	return site;
}

/* Its origin as other addresses are compared with it. */
static int set_origin(struct site *site, bool https, struct error *err)
{
	scoped_str text = xasprintf("%s://%s", https ? "https" : "http", site->trust.host);
	scoped_url url = { 0 };

	if (url_parse(&url, text, err) < 0)
		return -1;
	str_replace(&site->origin, url_origin(&url));
	site->inner = host_is_inner(url.host);
	return 0;
}

static void open_registry(struct registry *r, struct site *site)
{
	site->registry = true;
	set_limits(r, site);
	if (trust_find(&site->trust, site->name, r->options.certs_dir, &site->broken) < 0)
		return;
	if (set_origin(site, true, &site->broken) < 0)
		return;
	const struct auth_options options = { .registry = site->name,
					      .origin = site->origin,
					      .credentials = r->credentials,
					      .realms = &r->realms };

	auth_open(&site->auth, &options);
}

struct site *site_of_registry(struct registry *r, const char *name)
{
	for (struct site *site = r->sites; site; site = site->next)
		if (site->registry && strcmp(site->name, name) == 0)
			return site;
	struct site *site = site_add(r, name);

	open_registry(r, site);
	return site;
}

struct site *site_of_origin(struct registry *r, struct site *home, const char *origin)
{
	if (home->origin && strcmp(home->origin, origin) == 0)
		return home;
	for (struct site *site = r->sites; site; site = site->next)
		if (!site->registry && strcmp(site->name, origin) == 0)
			return site;
	struct site *site = site_add(r, origin);
	const char *host = strstr(origin, "://");

	site->origin = xstrdup(origin);
	set_limits(r, site);
	/* Roots and certificates are for a host, whatever it serves. */
	if (trust_find(&site->trust, host ? host + 3 : origin, r->options.certs_dir,
		       &site->broken) < 0 &&
	    site->broken.kind == ERROR_INPUT)
		error_clear(&site->broken);
	return site;
}

void site_free(struct site *site)
{
	free(site->name);
	free(site->origin);
	free(site->warning);
	free(site->realm);
	auth_close(&site->auth);
	trust_release(&site->trust);
	free(site);
}

void site_go_plain(struct registry *r, struct site *site)
{
	struct error ignored = ERROR_INIT;

	/* It was read before. */
	if (set_origin(site, false, &ignored) < 0)
		return;
	site->plain = true;
	auth_origin(site->auth, site->origin);
	set_limits(r, site);
}

void site_push(struct site *site, struct job *job)
{
	job->at = site;
	job->next = NULL;
	if (site->last)
		site->last->next = job;
	else
		site->first = job;
	site->last = job;
}

void site_push_front(struct site *site, struct job *job)
{
	job->at = site;
	job->next = site->first;
	site->first = job;
	if (!site->last)
		site->last = job;
}

void site_remove(struct site *site, struct job *before, struct job *job)
{
	if (before)
		before->next = job->next;
	else
		site->first = job->next;
	if (site->last == job)
		site->last = before;
	job->next = NULL;
}
