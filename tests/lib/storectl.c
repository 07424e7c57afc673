/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stores of docker-credential-pushgate alone, without policy and gates, spoken to as docker
 * speaks to a helper:
 *     storectl secretservice|helper:NAME|file:PATH[:KEYFILE]|push:PATH get|store|erase|list
 * What is wrong goes to stdout as "<kind>: <text>", so that tests see both.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/client/secret_file.h"
#include "credhelper/harden.h"
#include "credhelper/push_file.h"
#include "credhelper/store.h"

static const char *get_env(const char *name)
{
	return getenv(name);
}

static const struct world world = {
	.in = 0, .out = 1, .err = 2, .env = get_env, .clock = &clock_system
};

struct job {
	struct store *store;
	const char *push; /* instead of a store */
	struct secret input;
	struct registry_key key;
	struct helper_credential credential;
	struct buf out;
};

static int64_t now(void)
{
	return clock_system.now(&clock_system);
}

static int run_get(struct job *job, struct error *err)
{
	scoped_helper_credential c = { 0 };
	struct push_entry entry = { 0 };

	if (job->push) {
		if (push_file_find(job->push, &job->key, now(), &entry, err) < 0)
			return -1;
		c = entry.credential;
	} else if (store_find(job->store, &job->key, &c, err) < 0) {
		return -1;
	}
	helper_write_get(&c, &job->out);
	return 0;
}

static int run_store(struct job *job, struct error *err)
{
	struct push_entry entry = { .credential = job->credential,
				    .stored = now(),
				    .expires = now() + NSEC_PER_HOUR };

	if (job->push)
		return push_file_put(job->push, &job->key, &entry, err);
	return store_save(job->store, &job->key, &job->credential, err);
}

static int run_erase(struct job *job, struct error *err)
{
	if (job->push)
		return push_file_erase(job->push, &job->key, now(), err);
	return store_erase(job->store, &job->key, err);
}

static int run_list(struct job *job, struct error *err)
{
	scoped_helper_names names = { 0 };
	int rc = job->push ? push_file_names(job->push, now(), &names, err)
			   : job->store->ops->list(job->store, &names, err);

	if (rc == 0)
		helper_write_list(&names, &job->out);
	return rc;
}

static const struct {
	const char *name;
	int (*run)(struct job *job, struct error *err);
} actions[] = {
	{ "get", run_get }, { "store", run_store }, { "erase", run_erase }, { "list", run_list }
};

static const char *after(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

static struct store *open_named(const char *name)
{
	const char *rest;

	if (strcmp(name, "secretservice") == 0)
		return store_secretservice_open(&world);
	if ((rest = after(name, "helper:")) != NULL)
		return store_helper_open(&world, rest);
	if ((rest = after(name, "file:")) != NULL) {
		const char *colon = strchr(rest, ':');
		scoped_str path = xstrndup(rest, colon ? (size_t)(colon - rest) : strlen(rest));

		return store_file_open(&world, path, colon ? colon + 1 : NULL);
	}
	return NULL;
}

static int read_key(struct job *job, const char *action, struct error *err)
{
	scoped_str server = NULL;

	if (strcmp(action, "list") == 0)
		return 0;
	if (secret_read_fd(0, HELPER_MESSAGE_MAX, 0, &job->input, err) < 0)
		return -1;
	if (strcmp(action, "store") == 0) {
		if (helper_read_store(job->input.data, job->input.len, &job->credential, err) < 0)
			return -1;
		server = xstrdup(job->credential.server);
	} else if (helper_read_server(job->input.data, job->input.len, &server, err) < 0) {
		return -1;
	}
	registry_key_read(&job->key, server);
	return 0;
}

static int run(struct job *job, const char *action, struct error *err)
{
	if (read_key(job, action, err) < 0)
		return -1;
	for (size_t i = 0; i < array_len(actions); i++)
		if (strcmp(actions[i].name, action) == 0)
			return actions[i].run(job, err);
	return error_set(err, ERROR_USAGE, 0, "unknown action: %s", action);
}

int main(int argc, char **argv)
{
	struct error err = ERROR_INIT;
	struct job job = { 0 };

	harden_process();
	harden_json();
	if (argc != 3)
		return 125;
	buf_init_wiped(&job.out, SIZE_MAX);
	job.push = after(argv[1], "push:");
	job.store = job.push ? NULL : open_named(argv[1]);
	if (!job.push && !job.store)
		return 125;
	int rc = run(&job, argv[2], &err);

	if (rc < 0)
		buf_fmt(&job.out, "%s: %s\n", error_name(err.kind), err.text);
	(void)!write(1, job.out.data, job.out.len);
	store_close(&job.store);
	secret_release(&job.input);
	helper_credential_release(&job.credential);
	registry_key_release(&job.key);
	buf_release(&job.out);
	return rc < 0;
}
