/* SPDX-License-Identifier: Apache-2.0 */
/* docker timesync sync: measure, decide, correct, measure again. */
#include <string.h>

#include "common/cli/out.h"
#include "common/cli/say.h"
#include "common/codec/json.h"
#include "common/codec/json_text.h"
#include "plugins/timesync/connect.h"
#include "plugins/timesync/orders_opt.h"
#include "plugins/timesync/sync_run.h"
#include "plugins/timesync/tell.h"
#include "plugins/timesync/verbs.h"

#define VERB "sync"

struct sync_args {
	struct orders orders;
	struct timeref reference, verify; /* verify.text NULL: not given */
	enum out_format format;
};

/* For machines: why nothing was set although it was due. NULL: it was, or was not due. */
static const char *why_not(const struct sync_result *result)
{
	if (result->cannot != CANNOT_NONE && result->decision.reason == REASON_DENIED)
		return cannot_name(result->cannot);
	return result->outcome == SYNC_FAILED && !result->has_after ? "contested" : NULL;
}

static struct sync_report report_of(const struct sync_result *result, const struct sync_args *args,
				    const struct engine *engine)
{
	return (struct sync_report){
		.before = &result->before,
		.after = result->has_after ? &result->after : NULL,
		.decision = result->decision,
		.address = engine_address(engine),
		.dry_run = args->orders.dry_run,
		.cannot = why_not(result),
		.mend = result->mend,
		.attempts = result->attempts,
		.took = result->took,
	};
}

static int print_json(struct cli *cli, const struct sync_report *report,
		      const struct sync_result *result, struct error *err)
{
	scoped_json *json = report_sync_json(report);

	json_put(json, "outcome", json_text(sync_outcome_name(result->outcome)));
	if (result->verify.done)
		json_put(json, "verify", host_verdict_json(&result->verify));
	return out_json(cli->out, json, err);
}

static int print(struct cli *cli, const struct sync_args *args, const struct engine *engine,
		 const struct sync_result *result, struct error *err)
{
	const struct sync_report report = report_of(result, args, engine);
	scoped_buf text = { 0 };

	cli_say_notes(cli, VERB, &result->notes);
	tell_host(cli, VERB, &result->verify);
	if (args->format == OUT_JSON)
		return print_json(cli, &report, result, err);
	buf_init(&text, 1 << 16);
	report_sync_text(&report, &text);
	fprintf(cli->out, "%s\n", text.data);
	return out_flush(cli->out, err);
}

/* By the engine's clock, which its containers are stamped with. */
static int64_t engine_now(const struct sync_result *result, const struct clock *clock)
{
	const struct reading *r = result->has_after ? &result->after : &result->before;

	return clock->now(clock) + interval_offset(r->measured.offset);
}

/* Helpers of runs that were killed before they could remove them. Whoever measured has better
 * things to tell than that this did not work. */
static void sweep(const struct connection *c, const struct sync_result *result)
{
	struct error ignored = ERROR_INIT;
	size_t removed;

	if (result->before.measured.method == METHOD_HELPER)
		(void)!session_sweep(c->engine, engine_now(result, c->cli->clock),
				     c->cli->clock->now(c->cli->clock), &removed, &ignored);
}

static int sync_verb_run(struct cli *cli, const struct verb_call *call, int *status,
			 struct error *err)
{
	const struct sync_args *args = call->args;
	struct connection connection scoped(connection_release) = { 0 };
	scoped_sync_result result = { 0 };
	scoped_doing doing = { 0 };

	doing_start(&doing, cli);
	if (connection_init(&connection, cli, VERB, err) < 0 ||
	    connection_dial(&connection, 0, err) < 0)
		return -1;
	const struct sync_options options = {
		.orders = args->orders,
		.clock = cli->clock,
		.cancel = connection.cancel,
		.env = cli->env,
		.remote = endpoint_is_remote(&connection.endpoint),
		.reference = &args->reference,
		.verify = args->verify.text ? &args->verify : NULL,
		.progress = doing_show,
		.progress_ctx = &doing,
	};

	if (sync_run(&result, connection.engine, &options, NULL, err) < 0)
		return -1;
	doing_end(&doing);
	*status = sync_outcome_status(result.outcome);
	if (print(cli, args, connection.engine, &result, err) < 0)
		return -1;
	sweep(&connection, &result);
	return 0;
}

static void init(void *args)
{
	struct sync_args *a = args;
	struct error never = ERROR_INIT;

	a->orders.tolerance = DECIDE_LEAST;
	(void)!opt_timeref(&a->reference, "host", &never);
}

static void release(void *args)
{
	struct sync_args *a = args;

	timeref_release(&a->reference);
	timeref_release(&a->verify);
}

#define AT(member) offsetof(struct sync_args, member)

static const struct opt rows[] = {
	{ .name = "dry-run",
	  .letter = 'n',
	  .parse = opt_flag,
	  .offset = AT(orders.dry_run),
	  .help = "Measure and tell what would be done; nothing that could set a clock is "
		  "started" },
};
static const struct opt reference_rows[] = {
	{ .name = "reference",
	  .parse = opt_timeref,
	  .offset = AT(reference),
	  .metavar = "REF",
	  .fallback = "host",
	  .help = "What to set it to: host (this machine), ntp:HOST[,HOST...] or https://HOST" },
	{ .name = "verify",
	  .parse = opt_timeref_other,
	  .offset = AT(verify),
	  .metavar = "REF",
	  .help = "Compare this machine's own clock with REF first, and leave the engine alone if "
		  "it is wrong" },
	OPT_FORMAT_ROW(AT(format)),
};
static const struct opt_set sets[] = { OPT_SET(NULL, rows, 0),
				       OPT_SET(NULL, orders_rows, AT(orders)),
				       OPT_SET(NULL, reference_rows, 0) };

const struct verb verb_sync = {
	.name = "sync",
	.synopsis = "[options]",
	.summary = "Measure the engine's clock, correct it, measure again",
	.help = "Measures how far the engine's clock is from this machine's, with a bound on the\n"
		"error, through a helper that runs in a container without network and with no\n"
		"right but to set the clock. Sets it if it is off by more than the bound and the\n"
		"tolerance, unless somebody else did meanwhile, and measures what is left.\n\n"
		"A clock that is this machine's own (an engine on this kernel) is never set.\n\n"
		"Exit status: 0 in step now, 3 out of step and left so on purpose (refused, dry\n"
		"run), 1 not known or not possible, 2 interrupted, 125 wrong usage.",
	.examples = "  docker timesync\n"
		    "  docker timesync --dry-run\n"
		    "  docker timesync --verify ntp:time.example.net --max-step 1d\n"
		    "  docker --context server timesync sync --override --format json",
	.opts = sets,
	.opt_count = array_len(sets),
	.args_size = sizeof(struct sync_args),
	.init = init,
	.release = release,
	.run = sync_verb_run,
};
