/* SPDX-License-Identifier: Apache-2.0 */
/* What of docker's configuration goes around the gate, and how to mend it. */
#include <string.h>

#include "common/cli/out.h"
#include "common/codec/json.h"
#include "common/codec/json_text.h"
#include "common/codec/printable.h"
#include "credhelper/doctor.h"
#include "credhelper/verb_parts.h"
#include "credhelper/verbs.h"

struct args {
	enum out_format format;
};

static const char *error_text(const struct error *err)
{
	return error_is_set(err) ? err->text : NULL;
}

static const char *store_title(const struct doctor *d)
{
	if (!d->store_kind)
		return "none";
	if (strcmp(d->store_kind, "secretservice") == 0)
		return "the Secret Service";
	return d->store_helper ? "another helper" : "the encrypted file";
}

/* --- For people. */

static void print_config(const struct doctor *d, FILE *out, struct buf *text)
{
	const struct config_file *file = &d->file;

	buf_str(text, file->path ? file->path : "config.json");
	if (file->there && file->real && file->path && strcmp(file->real, file->path) != 0)
		buf_fmt(text, " (leads to %s)", file->real);
	if (!file->there && !error_is_set(&d->file_error))
		buf_str(text, " (not there)");
	verb_row(out, "config", text);
}

static void print_policy(const struct doctor *d, FILE *out, struct buf *text)
{
	const struct policy *policy = &d->q.policy;

	if (policy->system)
		buf_fmt(text, "system: %s", policy->system->name);
	if (policy->user)
		buf_fmt(text, "%suser: %s", text->len ? "; " : "", policy->user->name);
	if (!text->len)
		buf_str(text, policy->broken ? "cannot be used"
					     : "none: every registry but loopback is gated");
	verb_row(out, "policy", text);
}

static void print_parts(const struct doctor *d, FILE *out, struct buf *text)
{
	const char *failure = error_text(&d->store_error);

	buf_str(text, store_title(d));
	if (d->store_helper && !failure)
		buf_fmt(text, " (docker-credential-%s)", d->store_helper);
	buf_fmt(text, ": %s", failure ? failure : "it answers");
	verb_row(out, "store", text);
	failure = error_text(&d->attest_error);
	buf_fmt(text, "%s%s", failure ? failure : d->q.world->paths->attest,
		d->needs_attest ? "" : " (no gate needs it)");
	verb_row(out, "attest", text);
}

static void print_findings(const struct doctor *d, struct cli *cli)
{
	static const struct table_column columns[] = {
		{ .title = "LEVEL" },
		{ .title = "FINDING" },
		{ .title = "REGISTRY" },
		{ .title = "MEANING" },
	};
	scoped_table table;

	table_init(&table, columns, array_len(columns));
	for (size_t i = 0; i < d->findings.count; i++) {
		const struct config_finding *f = &d->findings.items[i];

		table_cell(&table, finding_level_name(f->level));
		table_cell(&table, config_finding_name(f->kind));
		table_cell(&table, f->registry ? f->registry : "-");
		table_cell_fmt(&table, "%s%s%s", config_finding_text(f->kind),
			       f->detail ? ": " : "", f->detail ? f->detail : "");
	}
	fputc('\n', cli->out);
	table_print(&table, cli->out, 0, term_colour(cli->out, cli->env));
}

static bool is_told(const struct config_findings *findings, size_t before, const char *mend)
{
	for (size_t i = 0; i < before; i++)
		if (findings->items[i].mend && strcmp(findings->items[i].mend, mend) == 0)
			return true;
	return false;
}

/* Each once: one install mends many. */
static void print_mends(const struct doctor *d, FILE *out, struct buf *text)
{
	const char *title = "\nTo mend it:\n";

	for (size_t i = 0; i < d->findings.count; i++) {
		const struct config_finding *f = &d->findings.items[i];

		if (f->level != LEVEL_WRONG || !f->mend || is_told(&d->findings, i, f->mend))
			continue;
		fputs(title, out);
		title = "";
		printable_add(text, f->mend);
		fprintf(out, "  %s\n", text->data);
		buf_clear(text);
	}
}

static void print(const struct doctor *d, struct cli *cli)
{
	scoped_buf text;

	buf_init(&text, SIZE_MAX);
	print_config(d, cli->out, &text);
	print_policy(d, cli->out, &text);
	print_parts(d, cli->out, &text);
	print_findings(d, cli);
	print_mends(d, cli->out, &text);
}

/* --- For machines. */

static json_t *findings_json(const struct config_findings *findings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct config_finding *f = &findings->items[i];
		json_t *finding = json_object();

		json_put(finding, "name", json_text(config_finding_name(f->kind)));
		json_put(finding, "level", json_text(finding_level_name(f->level)));
		json_put(finding, "registry", json_text(f->registry));
		json_put(finding, "meaning", json_text(config_finding_text(f->kind)));
		json_put(finding, "detail", json_text(f->detail));
		json_put(finding, "mend", json_text(f->mend));
		json_array_append_new(list, finding);
	}
	return list;
}

static json_t *doctor_json(const struct doctor *d)
{
	const struct policy *policy = &d->q.policy;

	return json_pack(
		"{s:{s:o, s:o, s:b, s:o}, s:{s:o, s:o, s:o}, s:{s:o, s:o, s:b, s:o}, "
		"s:{s:o, s:b, s:b, s:o}, s:o, s:b}",
		"config", "file", json_text(d->file.path), "real", json_text(d->file.real),
		"exists", d->file.there, "error", json_text(error_text(&d->file_error)), "policy",
		"system", json_text(policy->system ? policy->system->name : NULL), "user",
		json_text(policy->user ? policy->user->name : NULL), "broken",
		json_text(policy->broken ? policy->why.text : NULL), "store", "kind",
		json_text(d->store_kind), "helper", json_text(d->store_helper), "answers",
		!error_is_set(&d->store_error), "error", json_text(error_text(&d->store_error)),
		"attest", "file", json_text(d->q.world->paths->attest), "usable",
		!error_is_set(&d->attest_error), "needed", d->needs_attest, "error",
		json_text(error_text(&d->attest_error)), "findings", findings_json(&d->findings),
		"well", config_findings_worst(&d->findings) != LEVEL_WRONG);
}

static int run(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	const struct args *args = call->args;
	const struct world world = verb_world(cli);
	scoped_doctor d;

	doctor_look(&d, &world);
	*status = config_findings_worst(&d.findings) == LEVEL_WRONG;
	if (args->format == OUT_JSON) {
		scoped_json *json = doctor_json(&d);

		return out_json(cli->out, json, err);
	}
	print(&d, cli);
	return 0;
}

static const struct opt rows[] = { OPT_FORMAT_ROW(offsetof(struct args, format)) };
static const struct opt_set sets[] = { OPT_SET(NULL, rows, 0) };

const struct verb verb_doctor = {
	.name = "doctor",
	.synopsis = "[options]",
	.summary = "Tell what of docker's configuration goes around the gate",
	.help = "Looks at config.json and what goes around it (plain credentials, other helpers, "
		"DOCKER_AUTH_CONFIG, buildx), the policy files, the store and pushgate-attest, and "
		"says what mends what is wrong. Shows no secret, and changes nothing.\n\n"
		"Exit status 0: nothing goes around the gate, and all of it works; 1: something "
		"does, or does not work.",
	.examples = "  docker-credential-pushgate doctor\n"
		    "  docker-credential-pushgate doctor --format json",
	.opts = sets,
	.opt_count = array_len(sets),
	.args_size = sizeof(struct args),
	.run = run,
};
