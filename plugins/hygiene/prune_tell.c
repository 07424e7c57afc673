/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/prune_run.h"

#include <string.h>

#include "common/cli/out.h"
#include "common/cli/say.h"
#include "plugins/hygiene/metrics.h"
#include "plugins/hygiene/render.h"
#include "plugins/hygiene/runlog.h"

#define SUMMARY_LIMIT ((size_t)64 << 10)

static struct render_style style_for(const struct prune *p, FILE *out)
{
	bool terminal = term_is(out);

	return (struct render_style){
		.width = terminal ? term_width(out) : 0,
		.colour = terminal && term_colour(out, p->cli->env),
		.full_ids = p->args->no_trunc || !terminal,
	};
}

static void show_plan(const struct prune *p, FILE *out, bool table)
{
	struct render_style style = style_for(p, out);
	scoped_buf text;

	buf_init(&text, SUMMARY_LIMIT);
	if (table)
		render_plan(&p->report, &style, out);
	if (table && p->plan.rows.count + p->plan.kept.count + p->changed.count > 0)
		fputc('\n', out);
	render_intent(&text, &p->report);
	fputs(text.data, out);
}

static void show_result(const struct prune *p, FILE *out)
{
	struct render_style style = style_for(p, out);
	/* Who was asked has seen the plan: what went as planned needs no second row. */
	bool everything = p->args->yes && !p->args->quiet;
	scoped_buf text;

	buf_init(&text, SUMMARY_LIMIT);
	render_results(&p->report, &style, everything, out);
	render_outcome(&text, &p->report);
	if (everything)
		fputc('\n', out);
	fputs(text.data, out);
}

int prune_ask(struct prune *p, bool *go, struct error *err)
{
	/* stdout is for the one JSON object; a person still has to see what the question is about.
	 */
	FILE *out = p->args->format == OUT_JSON ? p->cli->err : p->cli->out;
	bool yes = false;

	cli_say_notes(p->cli, "prune", &p->notes);
	*go = false;
	if (p->dry)
		return 0;
	if (p->args->yes || p->plan.rows.count == 0) {
		*go = p->plan.rows.count > 0;
		return 0;
	}
	show_plan(p, out, true);
	if (out_flush(out, err) < 0)
		return -1;
	if (term_ask(p->cli->in, p->cli->err, "Remove these?", cancel_fd(p->to.cancel), &yes, err) <
	    0)
		return -1;
	if (!yes)
		fprintf(p->cli->err, "Nothing was removed.\n");
	*go = yes;
	return 0;
}

static int tell_json(struct prune *p, struct error *err)
{
	json_t *json = report_json(&p->report);
	int rc = out_json(p->cli->out, json, err);

	json_decref(json);
	return rc;
}

static void tell_table(struct prune *p)
{
	bool asked = !p->dry && !p->args->yes && p->plan.rows.count > 0;

	if (p->acted)
		show_result(p, p->cli->out);
	else if (p->planned && !asked)
		show_plan(p, p->cli->out, !p->args->quiet);
}

static int tell(struct prune *p, const struct error *failed, struct error *err)
{
	if (p->args->format == OUT_TABLE)
		tell_table(p);
	else if (p->acted || p->report.interrupted || !error_is_set(failed))
		return tell_json(p, err);
	return out_flush(p->cli->out, err);
}

/* For schedule status. A dry run changed nothing that would be worth remembering. */
static void log_run(struct prune *p, int status)
{
	struct error quiet = ERROR_INIT;
	struct report_counts counts;

	if (p->dry)
		return;
	report_count(&counts, &p->report);
	struct run run = {
		.started = p->report.started,
		.duration = p->report.duration,
		.scheduled = p->args->scheduled,
		.status = status,
		.counts = { [RUN_REMOVED] = (int64_t)report_total(counts.removed),
			    [RUN_SKIPPED] = (int64_t)report_total(counts.skipped),
			    [RUN_FAILED] = (int64_t)report_total(counts.failed) },
		.reclaimed = p->acted ? p->result.reclaimed : 0,
		.engine = *p->report.address ? xstrdup(p->report.address) : NULL,
	};
	if (runlog_append(&run_prune, &run, &quiet) < 0 && status == 0)
		cli_say(p->cli, "prune", "note", quiet.text);
	free(run.engine);
}

int prune_tell(struct prune *p, const struct error *failed, int *status, struct error *err)
{
	p->report.duration = p->cli->clock->monotonic(p->cli->clock) - p->started;
	p->report.interrupted = failed->kind == ERROR_CANCELLED ||
				(p->acted && p->result.interrupted);
	p->report.error = error_is_set(failed) ? failed : NULL;
	*status = p->acted && p->result.failed > 0 ? 1 : 0;
	if (error_is_set(failed))
		*status = error_status(failed->kind);
	log_run(p, *status);

	int rc = tell(p, failed, err);
	if (p->args->metrics) {
		struct error other = ERROR_INIT;

		if (metrics_write(p->args->metrics, &p->report, *status == 0, &other) < 0 &&
		    rc == 0) {
			*err = other;
			rc = -1;
		}
	}
	return rc;
}
