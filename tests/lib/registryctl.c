/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry client as a program, for tests: each line of stdin is one request, all go out as one
 * run, and each gives one line of JSON as it ends ("n" is its line), then one line of tallies:
 *     registryctl [--config DIR] [--certs DIR] [--anonymous] [--max-wait S] [--answer S]
 *                 [--connect S] [--parallel N] [--rate R] [--seed N] [--trace]
 *     head REF | get REF | tags NAME | blob NAME DIGEST SIZE | delete REF | probe NAME |
 *     referrers REF [TYPE] | credentials | platform REF OS/ARCH
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/client/registry/credentials.h"
#include "common/client/registry/ops.h"
#include "common/codec/json.h"

#define LINE_MAX_BYTES 8192

static const char *get_env(const char *name)
{
	return getenv(name);
}

static void trace(void *ctx, const char *line)
{
	(void)ctx;
	fprintf(stderr, "%s\n", line);
}

struct call {
	size_t line;
	struct platform want;
	long long bytes;
};

static void say(json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

	printf("%s\n", text);
	fflush(stdout);
	free(text);
	json_decref(json);
}

static json_t *begin(const struct call *call, enum registry_outcome outcome,
		     const struct error *err)
{
	return json_pack("{s:i, s:s, s:s}", "n", (int)call->line, "outcome",
			 registry_outcome_name(outcome), "error", err->text);
}

static void put(json_t *json, const char *key, const char *value)
{
	json_object_set_new(json, key, value ? json_string(value) : json_null());
}

static void put_index(json_t *json, const struct call *call, const struct manifest *m)
{
	json_t *children = json_array();

	for (size_t i = 0; i < m->parts.count; i++)
		json_array_append_new(children, json_string(m->parts.items[i].digest));
	json_object_set_new(json, "parts", children);
	put(json, "config", m->config.digest);
	if (call->want.os && manifest_kind_is_index(m->kind)) {
		const struct descriptor *child = manifest_choose(m, &call->want);

		put(json, "child", child ? child->digest : NULL);
	}
}

static void on_manifest(void *ctx, struct ops_manifest *m)
{
	struct call *call = ctx;
	json_t *json = begin(call, m->outcome, &m->err);

	put(json, "digest", m->digest);
	put(json, "type", m->media_type);
	put(json, "user", m->reply->user);
	json_object_set_new(json, "size", json_integer(m->size));
	json_object_set_new(json, "status", json_integer(m->reply->status));
	json_object_set_new(json, "withheld", json_boolean(m->reply->withheld));
	json_object_set_new(json, "from_proxy", json_boolean(m->reply->from_proxy));
	json_object_set_new(json, "retry_at",
			    m->reply->retry_at == TIME_NONE
				    ? json_null()
				    : json_real((double)m->reply->retry_at / (double)NSEC_PER_SEC));
	if (m->manifest)
		put_index(json, call, m->manifest);
	say(json);
}

static void on_tags(void *ctx, enum registry_outcome outcome, const struct strings *tags,
		    const struct error *err)
{
	json_t *json = begin(ctx, outcome, err);
	json_t *list = json_array();

	for (size_t i = 0; i < tags->count; i++)
		json_array_append_new(list, json_string(tags->items[i]));
	json_object_set_new(json, "tags", list);
	say(json);
}

static int on_chunk(void *ctx, const void *data, size_t len, struct error *err)
{
	struct call *call = ctx;

	(void)data;
	(void)err;
	call->bytes += (long long)len;
	return 0;
}

static void on_done(void *ctx, enum registry_outcome outcome, const struct error *err)
{
	struct call *call = ctx;
	json_t *json = begin(call, outcome, err);

	json_object_set_new(json, "bytes", json_integer(call->bytes));
	say(json);
}

static void on_probe(void *ctx, const struct ops_probe *probe)
{
	json_t *json = begin(ctx, probe->outcome, &probe->err);

	put(json, "push", registry_push_name(probe->push));
	put(json, "user", probe->user);
	json_object_set_new(json, "cancelled", json_boolean(probe->cancelled));
	say(json);
}

static void tell_tallies(struct registry *r)
{
	const struct registry_tally *tallies;
	size_t count = registry_tallies(r, &tallies);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		const struct registry_tally *t = &tallies[i];
		json_t *json = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "registry", t->registry,
					 "requests", (json_int_t)t->requests, "tokens",
					 (json_int_t)t->tokens, "retries", (json_int_t)t->retries,
					 "limit", (json_int_t)t->limit, "remaining",
					 (json_int_t)t->remaining);

		put(json, "warning", t->warning);
		put(json, "realm", t->realm);
		put(json, "trouble", t->trouble);
		json_array_append_new(list, json);
	}
	say(json_pack("{s:o}", "tallies", list));
}

static void tell_credentials(const struct registry_options *options)
{
	struct credentials *credentials = NULL;
	scoped_strings found = { 0 };
	scoped_strings notes = { 0 };
	struct error err = ERROR_INIT;
	json_t *list = json_array();

	if (credentials_open(&credentials, options->config, options->env, NULL, &err) == 0)
		credentials_registries(credentials, &found, &notes);
	for (size_t i = 0; i < found.count; i++)
		json_array_append_new(list, json_string(found.items[i]));
	credentials_close(&credentials);
	say(json_pack("{s:o}", "registries", list));
}

static void fail(size_t line, const char *text)
{
	fprintf(stderr, "registryctl: line %zu: %s\n", line, text);
	exit(2);
}

/* op A [B [C]], with a reference in A where it is one. */
static void add(struct registry *r, char *line, struct call *call)
{
	const char *op = strtok(line, " \n");
	const char *a = strtok(NULL, " \n");
	const char *b = strtok(NULL, " \n");
	const char *c = strtok(NULL, " \n");
	struct error err = ERROR_INIT;
	scoped_reference ref = { 0 };

	if (!op || !a || reference_parse(a, &ref, &err) < 0)
		fail(call->line, error_is_set(&err) ? err.text : "no such request");
	if (strcmp(op, "head") == 0)
		ops_manifest_head(r, &ref, on_manifest, call);
	else if (strcmp(op, "get") == 0)
		ops_manifest_get(r, &ref, on_manifest, call);
	else if (strcmp(op, "platform") == 0 && b &&
		 platform_parse(&call->want, b, NULL, &err) == 0)
		ops_manifest_get(r, &ref, on_manifest, call);
	else if (strcmp(op, "tags") == 0)
		ops_tags(r, ref.domain, ref.path, on_tags, call);
	else if (strcmp(op, "blob") == 0 && b && c)
		ops_blob(r, ref.domain, ref.path, b, atoll(c), on_chunk, on_done, call);
	else if (strcmp(op, "delete") == 0)
		ops_manifest_delete(r, &ref, on_done, call);
	else if (strcmp(op, "probe") == 0)
		ops_probe_push(r, ref.domain, ref.path, on_probe, call);
	else if (strcmp(op, "referrers") == 0 && ref.digest)
		ops_referrers(r, &ref, b, on_manifest, call);
	else
		fail(call->line, op);
}

static int64_t seconds(const char *text)
{
	return (int64_t)(atof(text) * (double)NSEC_PER_SEC);
}

static bool read_option(struct registry_options *o, const char **config, const char *name,
			const char *value)
{
	if (strcmp(name, "--config") == 0)
		*config = value;
	else if (strcmp(name, "--certs") == 0)
		o->certs_dir = value;
	else if (strcmp(name, "--max-wait") == 0)
		o->max_wait = seconds(value);
	else if (strcmp(name, "--answer") == 0)
		o->answer_deadline = seconds(value);
	else if (strcmp(name, "--connect") == 0)
		o->connect_deadline = seconds(value);
	else if (strcmp(name, "--parallel") == 0)
		o->parallel = (unsigned)atoi(value);
	else if (strcmp(name, "--rate") == 0)
		o->rate = atof(value);
	else if (strcmp(name, "--seed") == 0)
		o->seed = (uint64_t)atoll(value);
	else
		return false;
	return true;
}

static void read_options(struct registry_options *o, const char **config, char **argv)
{
	for (char **at = argv + 1; *at; at++) {
		if (strcmp(*at, "--anonymous") == 0)
			o->anonymous = true;
		else if (strcmp(*at, "--trace") == 0)
			o->trace = trace;
		else if (!at[1] || !read_option(o, config, at[0], at[1]))
			fail(0, *at);
		else
			at++;
	}
}

static void read_lines(struct registry *r, const struct registry_options *options,
		       struct call *calls, size_t most)
{
	char line[LINE_MAX_BYTES];

	for (size_t n = 0; n < most && fgets(line, sizeof(line), stdin); n++) {
		calls[n].line = n;
		if (strcmp(line, "credentials\n") == 0)
			tell_credentials(options);
		else
			add(r, line, &calls[n]);
	}
}

int main(int argc, char **argv)
{
	struct registry_options options = { .env = get_env,
					    .clock = &clock_system,
					    .user_agent = "registryctl" };
	struct call *calls = xcalloc(10000, sizeof(*calls));
	struct docker_config config = { 0 };
	struct registry *r = NULL;
	struct error err = ERROR_INIT;
	const char *dir = NULL;
	int rc = 1;

	(void)argc;
	read_options(&options, &dir, argv);
	options.config = &config;
	if (docker_config_open(&config, dir, &err) == 0 &&
	    cancel_open(&options.cancel, NULL, &err) == 0 &&
	    registry_open(&r, &options, &err) == 0) {
		read_lines(r, &options, calls, 10000);
		rc = registry_run(r, &err) < 0 ? 2 : 0;
		tell_tallies(r);
	}
	if (error_is_set(&err))
		fprintf(stderr, "registryctl: %s\n", err.text);
	registry_close(&r);
	cancel_close(&options.cancel);
	docker_config_release(&config);
	for (size_t i = 0; i < 10000; i++)
		platform_release(&calls[i].want);
	free(calls);
	return rc;
}
