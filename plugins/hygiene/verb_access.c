/* SPDX-License-Identifier: Apache-2.0 */
/* docker hygiene access: who can push from here. */
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "common/cli/out.h"
#include "common/client/registry/credentials.h"
#include "common/codec/json.h"
#include "common/codec/json_text.h"
#include "common/codec/printable.h"
#include "plugins/hygiene/access_run.h"
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
	struct access *a = ctx;
	scoped_buf clean = { 0 };

	buf_init(&clean, SIZE_MAX);
	printable_add(&clean, line);
	fprintf(a->cli->err, "docker hygiene access: %s\n", clean.data);
	fflush(a->cli->err);
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
	if (read_images(a, &gone) < 0) {
		if (gone.kind == ERROR_CANCELLED) {
			*err = gone;
			return -1;
		}
		scoped_str line = xasprintf("which images came from where is not known: %s",
					    gone.text);

		tell(a, line);
	}
	if (read_registries(a, err) < 0)
		return -1;
	return access_targets(&a->run.targets, &names, a->args->all, &a->registries, &a->images,
			      err);
}

/* Before anything is asked. */
static void announce(struct access *a)
{
	scoped_str first = xasprintf("asking as %s on %s, about:", a->login, a->host);

	tell(a, first);
	for (size_t i = 0; i < a->run.targets.count; i++) {
		const struct access_target *t = &a->run.targets.items[i];
		scoped_str line = xasprintf("  %s%s%s", t->registry, t->repository ? "/" : "",
					    t->repository ? t->repository
							  : " (no repository of it is known)");

		tell(a, line);
	}
}

/* --- the report */

static const char *gate_word(const struct gate_view *gate)
{
	if (!gate->installed)
		return "no pushgate";
	return !gate->gated ? "no" : gate->attested ? "yes, in CI" : "yes";
}

static const char *as_whom(const struct access_row *row)
{
	if (!row->user)
		return row->withheld ? "anonymous (withheld)" : "anonymous";
	return *row->user ? row->user : "a token";
}

static void print(const struct access *a, FILE *out)
{
	static const struct table_column columns[] = {
		{ "REPOSITORY", false, false }, { "AS", false, false },    { "PULL", false, false },
		{ "PUSH", false, false },       { "GATED", false, false }, { "WHY", false, true }
	};
	scoped_table table;

	table_init(&table, columns, array_len(columns));
	for (size_t i = 0; i < a->run.targets.count; i++) {
		const struct access_row *row = &a->run.rows[i];

		table_cell_fmt(&table, "%s%s%s", row->target->registry,
			       row->target->repository ? "/" : "",
			       row->target->repository ? row->target->repository : "");
		table_cell(&table, as_whom(row));
		table_cell(&table, access_answer_name(row->verdict.pull));
		table_cell(&table, access_answer_name(row->verdict.push));
		table_cell(&table, gate_word(&row->gate));
		table_cell(&table, row->verdict.why);
	}
	table_print(&table, out, term_is(out) ? term_width(out) : 0, term_colour(out, a->cli->env));
}

static json_t *row_json(const struct access_row *row)
{
	json_t *json = json_object();

	json_put(json, "registry", json_text(row->target->registry));
	json_put(json, "repository", json_text(row->target->repository));
	json_put(json, "as", json_text(row->user));
	json_put(json, "withheld", json_boolean(row->withheld));
	json_put(json, "pull", json_string(access_answer_name(row->verdict.pull)));
	json_put(json, "push", json_string(access_answer_name(row->verdict.push)));
	json_put(json, "probed", json_boolean(row->facts.probed));
	json_put(json, "read_only", json_boolean(row->verdict.read_only));
	json_put(json, "gated", row->gate.installed ? json_boolean(row->gate.gated) : json_null());
	json_put(json, "ci", row->gate.installed ? json_boolean(row->gate.attested) : json_null());
	json_put(json, "why", json_text(row->verdict.why));
	return json;
}

static json_t *report_json(const struct access *a, int status)
{
	json_t *json = json_object();
	json_t *items = json_array();

	for (size_t i = 0; i < a->run.targets.count; i++)
		json_array_append_new(items, row_json(&a->run.rows[i]));
	json_put(json, "login", json_text(a->login));
	json_put(json, "host", json_text(a->host));
	json_put(json, "can_push_to_gated", json_boolean(status == ACCESS_STATUS_CAN_PUSH));
	json_put(json, "items", items);
	return json;
}

static int report(struct access *a, int status, struct error *err)
{
	FILE *out = a->cli->out;

	if (a->args->format == OUT_JSON) {
		scoped_json *json = report_json(a, status);

		return out_json(out, json, err);
	}
	print(a, out);
	if (status == ACCESS_STATUS_CAN_PUSH)
		fprintf(out,
			"\n%s on %s can push to a registry that is gated, outside CI: take that "
			"right from the\naccount, or give people another one that can only "
			"pull.\n",
			a->login, a->host);
	return out_flush(out, err);
}

static int status_of(const struct access *a)
{
	size_t count = a->run.targets.count;
	struct access_verdict *verdicts = xcalloc(count + 1, sizeof(*verdicts));
	const struct gate_view **gates = xcalloc(count + 1, sizeof(*gates));

	for (size_t i = 0; i < count; i++) {
		verdicts[i] = a->run.rows[i].verdict;
		gates[i] = &a->run.rows[i].gate;
	}
	int status = access_status(verdicts, gates, count);

	free(verdicts);
	free(gates);
	return status;
}

static int ask(struct access *a, struct error *err)
{
	struct access_run *run = &a->run;

	run->to = &a->to;
	run->login = a->login;
	run->host = a->host;
	run->tell = tell;
	run->tell_ctx = a;
	announce(a);
	if (connection_registry(&a->to, a->args->max_wait, err) < 0 || access_ask(run, err) < 0 ||
	    (a->args->probe && access_probe(run, (size_t)a->args->max_probes, err) < 0))
		return -1;
	access_gates(run);
	access_judge_all(run);
	if (a->args->probe)
		access_tell_pushgate(run);
	return 0;
}

static int access_verb_run(struct cli *cli, const struct verb_call *call, int *status,
			   struct error *err)
{
	struct access scoped(access_release) a = { .cli = cli, .args = call->args };

	who_and_where(&a);
	if (connection_open(&a.to, cli, err) < 0 || choose_targets(&a, call, err) < 0 ||
	    ask(&a, err) < 0)
		return -1;
	*status = status_of(&a);
	return report(&a, *status, err);
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
