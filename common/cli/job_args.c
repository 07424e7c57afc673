/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cli/job_args.h"

#include <errno.h>
#include <unistd.h>

#include "common/cli/plugin.h"
#include "common/os/self.h"

static int absolute(const char *path, char **out, struct error *err)
{
	scoped_str cwd = NULL;

	if (path[0] == '/') {
		*out = xstrdup(path);
		return 0;
	}
	cwd = getcwd(NULL, 0);
	if (!cwd)
		return error_errno(err, errno, "cannot tell the current directory");
	*out = xasprintf("%s/%s", cwd, path);
	return 0;
}

static int add_path(struct strings *argv, const char *option, const char *path, struct error *err)
{
	scoped_str full = NULL;

	if (!path)
		return 0;
	if (absolute(path, &full, err) < 0)
		return -1;
	strings_take(argv, xasprintf("--%s=%s", option, full));
	return 0;
}

static void add_text(struct strings *argv, const char *option, const char *text)
{
	if (text)
		strings_take(argv, xasprintf("--%s=%s", option, text));
}

static int add_globals(struct strings *argv, const struct cli_globals *g, struct error *err)
{
	if (add_path(argv, "config", g->config, err) < 0 ||
	    add_path(argv, "tlscacert", g->tls_ca, err) < 0 ||
	    add_path(argv, "tlscert", g->tls_cert, err) < 0 ||
	    add_path(argv, "tlskey", g->tls_key, err) < 0)
		return -1;
	add_text(argv, "host", g->host);
	add_text(argv, "context", g->context);
	if (g->tls_set)
		add_text(argv, "tls", g->tls ? "true" : "false");
	if (g->tls_verify_set)
		add_text(argv, "tlsverify", g->tls_verify ? "true" : "false");
	return 0;
}

static void add_environment(struct strings *env, const struct cli *cli)
{
	static const char *const names[] = {
		"PATH",           "DOCKER_HOST",      "DOCKER_CONTEXT",    "DOCKER_CONFIG",
		"DOCKER_TLS",     "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "DOCKER_API_VERSION",
		"XDG_STATE_HOME", "XDG_CONFIG_HOME",
	};

	for (size_t i = 0; i < array_len(names); i++) {
		const char *value = cli->env(names[i]);

		if (value && value[0])
			strings_take(env, xasprintf("%s=%s", names[i], value));
	}
}

int job_args_begin(struct job *job, const struct cli *cli, struct error *err)
{
	char *program;

	/* The program itself: a job must not depend on what is on PATH at night. */
	if (self_path(&program, err) < 0)
		return -1;
	strings_take(&job->argv, program);
	if (add_globals(&job->argv, &cli->globals, err) < 0)
		return -1;
	strings_add(&job->argv, cli->plugin->name);
	add_environment(&job->env, cli);
	return 0;
}

int job_args_option(struct job *job, const struct opt_item *item, struct error *err)
{
	if (item->row->complete == OPT_COMPLETE_FILE)
		return add_path(&job->argv, item->row->name, item->text, err);
	add_text(&job->argv, item->row->name, item->text);
	return 0;
}

void job_args_release(struct job *job)
{
	strings_release(&job->argv);
	strings_release(&job->env);
}

void job_notes_print(FILE *out, const struct strings *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		fprintf(out, "note: %s\n", notes->items[i]);
}
