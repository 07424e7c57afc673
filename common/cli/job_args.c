/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cli/job_args.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/cli/plugin.h"
#include "common/os/self.h"

int job_args_absolute(const char *path, char **out, struct error *err)
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

int job_args_path(struct strings *argv, const char *option, const char *path, struct error *err)
{
	scoped_str full = NULL;

	if (!path)
		return 0;
	if (job_args_absolute(path, &full, err) < 0)
		return -1;
	strings_take(argv, xasprintf("--%s=%s", option, full));
	return 0;
}

static void add_text(struct strings *argv, const char *option, const char *text)
{
	if (text)
		strings_take(argv, xasprintf("--%s=%s", option, text));
}

int job_args_globals(struct strings *argv, const struct cli_globals *g, struct error *err)
{
	const struct endpoint_flags *e = &g->endpoint;

	if (job_args_path(argv, "config", g->config, err) < 0 ||
	    job_args_path(argv, "tlscacert", e->tls_ca, err) < 0 ||
	    job_args_path(argv, "tlscert", e->tls_cert, err) < 0 ||
	    job_args_path(argv, "tlskey", e->tls_key, err) < 0)
		return -1;
	add_text(argv, "host", e->host);
	add_text(argv, "context", e->context);
	if (e->tls_set)
		add_text(argv, "tls", e->tls ? "true" : "false");
	if (e->tls_verify_set)
		add_text(argv, "tlsverify", e->tls_verify ? "true" : "false");
	return 0;
}

/* --- Variables. */

/* Who has a name there has a password, or a token in its place; definitions are readable. */
static bool has_no_secret(const char *name, const char *value, struct strings *notes)
{
	if (!strchr(value, '@'))
		return true;
	strings_take(notes,
		     xasprintf("%s is left out, since it names a user, and what is installed "
			       "can be read by others; the job does without it",
			       name));
	return false;
}

/* A path that the next login does not have would hide the one that it has. */
static bool outlives_login(const char *name, const char *value, struct strings *notes)
{
	if (strncmp(value, "/tmp/", 5) != 0 && strncmp(value, "/private/tmp/", 13) != 0)
		return true;
	strings_take(notes, xasprintf("%s is left out, since that agent is there for this login "
				      "alone; ssh needs a key without a passphrase, or an agent "
				      "that your login starts for services, too",
				      name));
	return false;
}

static void add_environment(struct job *job, const struct cli *cli, struct strings *notes)
{
	static const struct {
		const char *name;
		/* Whether it may be written down, and if not, why. NULL: it may. */
		bool (*fit)(const char *name, const char *value, struct strings *notes);
	} names[] = {
		{ "PATH", NULL },
		{ "DOCKER_HOST", NULL },
		{ "DOCKER_CONTEXT", NULL },
		{ "DOCKER_CONFIG", NULL },
		{ "DOCKER_TLS", NULL },
		{ "DOCKER_CERT_PATH", NULL },
		{ "DOCKER_TLS_VERIFY", NULL },
		{ "DOCKER_API_VERSION", NULL },
		{ "XDG_STATE_HOME", NULL },
		{ "XDG_CONFIG_HOME", NULL },
		{ "http_proxy", has_no_secret },
		{ "HTTP_PROXY", has_no_secret },
		{ "https_proxy", has_no_secret },
		{ "HTTPS_PROXY", has_no_secret },
		{ "all_proxy", has_no_secret },
		{ "ALL_PROXY", has_no_secret },
		{ "no_proxy", NULL },
		{ "NO_PROXY", NULL },
		{ "SSL_CERT_FILE", NULL },
		{ "SSL_CERT_DIR", NULL },
		{ "CURL_CA_BUNDLE", NULL },
		{ "SSH_AUTH_SOCK", outlives_login },
	};

	for (size_t i = 0; i < array_len(names); i++) {
		const char *value = cli->env(names[i].name);

		if (!value || !value[0])
			continue;
		if (!names[i].fit || names[i].fit(names[i].name, value, notes))
			strings_take(&job->env, xasprintf("%s=%s", names[i].name, value));
	}
}

int job_args_begin(struct job *job, const struct cli *cli, struct strings *notes, struct error *err)
{
	char *program;

	/* The program itself: a job must not depend on what is on PATH at night. */
	if (self_path(&program, err) < 0)
		return -1;
	strings_take(&job->argv, program);
	if (job_args_globals(&job->argv, &cli->globals, err) < 0)
		return -1;
	strings_add(&job->argv, cli->plugin->name);
	add_environment(job, cli, notes);
	return 0;
}

void job_args_variables(struct job *job, const struct cli *cli, const char *const *names,
			size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *value = cli->env(names[i]);

		if (value && *value)
			strings_take(&job->env, xasprintf("%s=%s", names[i], value));
	}
}

int job_args_option(struct job *job, const struct opt_item *item, struct error *err)
{
	if (item->row->complete == OPT_COMPLETE_FILE)
		return job_args_path(&job->argv, item->row->name, item->text, err);
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
