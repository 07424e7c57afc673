/* SPDX-License-Identifier: Apache-2.0 */
/* docker hygiene access: who can push from here. */
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "common/cli/out.h"
#include "common/cli/say.h"
#include "common/client/registry/credentials.h"
#include "common/codec/json.h"
#include "plugins/hygiene/access_report.h"
#include "plugins/hygiene/verbs.h"

#define HOST_MAX 256

struct access_args {
	enum out_format format;
	bool all, probe;
	int64_t max_probes, max_wait;
};

struct access {
	struct cli *cli;
	const struct access_args *args;
	struct connection to;
	struct api_images images;
	struct strings registries;
	struct access_run run;
	char login[HOST_MAX], host[HOST_MAX];
};

static void access_release(struct access *a)
{
	access_run_release(&a->run);
	strings_release(&a->registries);
	api_images_release(&a->images);
	connection_close(&a->to);
}

static void tell(void *ctx, const char *line)
{
	const struct access *a = ctx;

	cli_say(a->cli, "access", NULL, line);
}

static void tell_notes(struct access *a, const struct strings *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		tell(a, notes->items[i]);
}

static void who_and_where(struct access *a)
{
	const struct passwd *entry = getpwuid(geteuid());

	if (entry)
		snprintf(a->login, sizeof(a->login), "%s", entry->pw_name);
	else
		snprintf(a->login, sizeof(a->login), "uid %ld", (long)geteuid());
	if (gethostname(a->host, sizeof(a->host)) < 0)
		snprintf(a->host, sizeof(a->host), "this machine");
	a->host[sizeof(a->host) - 1] = '\0';
}

/* --- what is asked about */

static int read_images(struct access *a, struct error *err)
{
	scoped_json *json = NULL;

	if (connection_engine(&a->to, err) < 0 ||
	    engine_get(a->to.engine, "/images/json", "image list", &json, err) < 0)
		return -1;
	return api_images_parse(json, &a->images, err);
}

/* A repository that is named stands for itself. */
static bool needs_images(const struct access *a, const struct strings *names)
{
	bool needed = a->args->all;

	for (size_t i = 0; i < names->count; i++)
		needed |= !strchr(names->items[i], '/');
	return needed;
}

static int read_registries(struct access *a, struct error *err)
{
	struct credentials *credentials = NULL;
	scoped_strings notes = { 0 };

	if (credentials_open(&credentials, &a->to.config, a->cli->env, a->to.cancel, err) < 0)
		return -1;
	credentials_registries(credentials, &a->registries, &notes);
	credentials_close(&credentials);
	tell_notes(a, &notes);
	return 0;
}

/* Told to stop, or which engine is meant cannot be known. */
static bool is_final(enum error_kind kind)
{
	return kind == ERROR_CANCELLED || kind == ERROR_USAGE || kind == ERROR_NOT_FOUND ||
	       kind == ERROR_INPUT;
}

static int choose_targets(struct access *a, const struct verb_call *call, struct error *err)
{
	struct error gone = ERROR_INIT;
	scoped_strings names = { 0 };

	if (call->operand_count == 0 && !a->args->all)
		return error_set(err, ERROR_USAGE, 0,
				 "name registries or repositories, or use --all");
	for (size_t i = 0; i < call->operand_count; i++)
		strings_add(&names, call->operands[i]);
	/* Without an engine there are still the names and the configuration. */
	if (read_images(a, &gone) < 0 && is_final(gone.kind)) {
		*err = gone;
		return -1;
	}
	if (read_registries(a, err) < 0 || access_targets(&a->run.targets, &names, a->args->all,
							  &a->registries, &a->images, err) < 0)
		return -1;
	if (error_is_set(&gone) && needs_images(a, &names)) {
		scoped_str line = xasprintf("which images came from where is not known: %s",
					    gone.text);

		tell(a, line);
	}
	return 0;
}

/* Before anything is asked. */
static void announce(struct access *a)
{
	size_t count = a->run.targets.count;
	scoped_str first = xasprintf("asking as %s on %s, about:", a->login, a->host);

	if (count == 0) {
		tell(a, "nothing to ask about: no credentials are configured, and no local image "
			"is from a registry");
		return;
	}
	tell(a, first);
	for (size_t i = 0; i < count; i++) {
		const struct access_target *t = &a->run.targets.items[i];
		scoped_str line = xasprintf("  %s%s%s", t->registry, t->repository ? "/" : "",
					    t->repository ? t->repository
							  : " (no repository of it is known)");

		tell(a, line);
	}
}

/* --- all of it */

static int ask(struct access *a, struct error *err)
{
	const struct access_args *args = a->args;

	announce(a);
	if (connection_registry(&a->to, args->max_wait, false, err) < 0)
		return -1;
	return access_gates(&a->run, err) < 0
		       ? -1
		       : access_ask(&a->run, (size_t)args->max_probes, args->probe, err);
}

static int tell_report(struct access *a, const struct access_report *report, struct error *err)
{
	if (a->args->format == OUT_JSON) {
		scoped_json *json = access_report_json(report);

		return out_json(a->cli->out, json, err);
	}
	access_report_print(report, a->cli, a->cli->out);
	return out_flush(a->cli->out, err);
}

/* What is known is told, whatever ended it. */
static int finish(struct access *a, const struct error *failed, int *status, struct error *err)
{
	const struct access_report report = { &a->run, a->args->probe, error_is_set(failed) };
	const struct access_row *unsure;

	access_judge_all(&a->run);
	if (a->args->probe && !report.interrupted)
		access_tell_pushgate(&a->run);
	if (tell_report(a, &report, err) < 0)
		return -1;
	if (report.interrupted) {
		*err = *failed;
		return -1;
	}
	*status = access_report_status(&report);
	unsure = access_report_unsure(&report);
	if (*status == 0 && unsure)
		return error_set(err, ERROR_REMOTE, 0,
				 "%s/%s can be pushed to, and " GATE_PROGRAM
				 " could not be asked whether it is gated",
				 unsure->target->registry, unsure->target->repository);
	return 0;
}

static int access_verb_run(struct cli *cli, const struct verb_call *call, int *status,
			   struct error *err)
{
	struct access scoped(access_release) a = { .cli = cli, .args = call->args };
	struct error failed = ERROR_INIT;

	who_and_where(&a);
	a.run.to = &a.to;
	a.run.login = a.login;
	a.run.host = a.host;
	a.run.tell = tell;
	a.run.tell_ctx = &a;
	if (connection_open(&a.to, cli, err) < 0 || choose_targets(&a, call, err) < 0)
		return -1;
	access_begin(&a.run);
	if (ask(&a, &failed) < 0 && failed.kind != ERROR_CANCELLED) {
		*err = failed;
		return -1;
	}
	return finish(&a, &failed, status, err);
}

static void init(void *args)
{
	struct access_args *a = args;

	a->max_probes = ACCESS_PROBES;
	a->max_wait = REGISTRY_MAX_WAIT;
}

static const struct opt rows[] = {
	{ .name = "all",
	  .letter = 'a',
	  .parse = opt_flag,
	  .offset = offsetof(struct access_args, all),
	  .help = "Every registry that credentials are configured for, and every repository that "
		  "local images came from" },
	{ .name = "probe",
	  .parse = opt_flag,
	  .offset = offsetof(struct access_args, probe),
	  .help = "Try it: open an upload and cancel it at once, where a pull is let in. Nothing "
		  "is pushed, but it is a write, and is logged" },
	{ .name = "max-probes",
	  .parse = opt_count,
	  .offset = offsetof(struct access_args, max_probes),
	  .metavar = "N",
	  .fallback = "50",
	  .help = "Open at most so many uploads" },
	{ .name = "max-wait",
	  .parse = opt_duration,
	  .offset = offsetof(struct access_args, max_wait),
	  .metavar = "DURATION",
	  .fallback = "60s",
	  .help = "Wait at most this long for a registry that says when to come back" },
	OPT_FORMAT_ROW(offsetof(struct access_args, format)),
};
static const struct opt_set sets[] = { OPT_SET(NULL, rows, 0) };

const struct verb verb_access = {
	.name = "access",
	.synopsis = "[options] [REGISTRY | REPOSITORY...]",
	.summary = "Tell who can push from here",
	.help = "Asks registries, with the credentials that docker gets here, whether pulls and "
		"pushes are\n"
		"let in. Without --probe nothing is written anywhere, and a push is \"no\" where "
		"it is\n"
		"refused and else \"unknown\". Exit status 3: a push goes through to a registry "
		"that\n"
		"docker-credential-pushgate gates, and this is not CI.",
	.examples = "  docker hygiene access registry.example.com/prod/app\n"
		    "  docker hygiene access --all\n"
		    "  docker hygiene access --probe registry.example.com --format json",
	.opts = sets,
	.opt_count = array_len(sets),
	.args_size = sizeof(struct access_args),
	.init = init,
	.max_operands = SIZE_MAX,
	.run = access_verb_run,
};
