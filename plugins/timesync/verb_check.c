/* SPDX-License-Identifier: Apache-2.0 */
/* docker timesync check: how far the engine's clock is off. Changes nothing. */
#include <string.h>

#include "common/cli/out.h"
#include "common/cli/say.h"
#include "common/codec/json.h"
#include "common/codec/json_text.h"
#include "plugins/timesync/connect.h"
#include "plugins/timesync/sync_run.h"
#include "plugins/timesync/tell.h"
#include "plugins/timesync/verbs.h"

#define VERB "check"

#define SAMPLES     4
#define ROUNDS      3
#define PATIENCE    (4 * NSEC_PER_SEC) /* no further round after it */
#define S3_REQUESTS 3

struct check_args {
	struct timeref reference, verify, s3; /* text NULL: not given */
	int64_t tolerance;
	bool precise, quiet;
	enum out_format format;
};

struct check {
	struct cli *cli;
	const struct check_args *args;
	struct connection connection;
	struct compare compare;
	struct doing doing;
	struct strings notes;

	struct reading reading;
	bool same_kernel;
	enum verdict verdict;
	struct host_verdict verify;
	struct s3_reading s3;
	bool has_s3;
};

static void check_release(struct check *c)
{
	doing_end(&c->doing);
	strings_release(&c->notes);
	compare_release(&c->compare);
	connection_release(&c->connection);
}

static struct timeref_options reference_options(const struct check *c)
{
	return (struct timeref_options){
		.clock = c->cli->clock,
		.cancel = c->connection.cancel,
		.env = c->cli->env,
	};
}

static int judge(struct check *c, const struct measurement *m, struct error *err)
{
	if (compare_with(&c->compare, m, &c->reading, &c->notes, err) < 0)
		return -1;
	c->verdict = decide_verdict(c->reading.offset, c->args->tolerance, c->same_kernel);
	return 0;
}

/* What both rounds say; only the later one where a clock stepped between them. */
static void join(struct measurement *m, const struct measurement *later)
{
	struct interval earlier = measurement_at(m, later->when);
	int64_t moved = time_diff(later->anchor, m->anchor);
	struct measurement joined = *later;

	if (moved > HOST_STEP || moved < -HOST_STEP ||
	    !interval_intersect(earlier, later->offset, &joined.offset)) {
		*m = *later;
		m->restarts++;
		return;
	}
	joined.samples += m->samples;
	joined.restarts += m->restarts;
	joined.delay = m->delay < later->delay ? m->delay : later->delay;
	*m = joined;
}

/* Asks on while the answer is too close to call. */
static int by_info(struct check *c, struct error *err)
{
	struct engine *engine = c->connection.engine;
	const struct clock *clock = c->cli->clock;
	int64_t began = clock->monotonic(clock);
	struct measurement m, later;

	doing_show(&c->doing, "asking the engine");
	if (measure_info(&m, engine, clock, SAMPLES, NULL, err) < 0 || judge(c, &m, err) < 0)
		return -1;
	for (int round = 1; round < ROUNDS && c->verdict == VERDICT_UNKNOWN; round++) {
		if (measure_info(&later, engine, clock, SAMPLES, NULL, err) < 0)
			return -1;
		join(&m, &later);
		if (judge(c, &m, err) < 0)
			return -1;
		if (clock->monotonic(clock) - began > PATIENCE)
			break;
	}
	return 0;
}

/* A dry run of sync measures through a helper without any right, and falls back to /info by itself.
 */
static int by_helper(struct check *c, struct error *err)
{
	const struct sync_options options = {
		.orders = { .dry_run = true, .tolerance = c->args->tolerance },
		.clock = c->cli->clock,
		.cancel = c->connection.cancel,
		.env = c->cli->env,
		.reference = &c->args->reference,
		.progress = doing_show,
		.progress_ctx = &c->doing,
	};
	scoped_sync_result result = { 0 };

	if (sync_run(&result, c->connection.engine, &options, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < result.notes.count; i++)
		strings_add(&c->notes, result.notes.items[i]);
	if (result.before.measured.method == METHOD_INFO)
		strings_take(&c->notes,
			     xasprintf("no helper can measure there (%s); the engine's own "
				       "/info was used",
				       cannot_name(result.cannot)));
	c->reading = result.before;
	c->same_kernel = result.hello.kernels == KERNELS_SAME;
	c->verdict = decide_verdict(c->reading.offset, c->args->tolerance, c->same_kernel);
	return 0;
}

/* Nothing is set by this, so that a server that does not answer is only worth a note. */
static int verify(struct check *c, struct error *err)
{
	const struct timeref_options options = reference_options(c);
	struct error failure = ERROR_INIT;

	if (!c->args->verify.text)
		return 0;
	doing_show(&c->doing, "verifying this machine's clock");
	if (host_verify(&c->verify, &c->args->verify, &options, c->args->tolerance, &c->notes,
			&failure) == 0)
		return 0;
	if (failure.kind == ERROR_CANCELLED) {
		*err = failure;
		return -1;
	}
	strings_take(&c->notes,
		     xasprintf("this machine's clock is not verified: %s", failure.text));
	return 0;
}

/* The engine was measured, which is told whatever that server does. */
static int ask_s3(struct check *c, struct error *err)
{
	struct error failure = ERROR_INIT;
	struct compare server scoped(compare_release) = {
		.ref = &c->args->s3,
		.options = reference_options(c),
	};
	struct reading reading;

	if (!c->args->s3.text)
		return 0;
	doing_show(&c->doing, "asking the server of S3");
	server.options.requests = S3_REQUESTS;
	if (compare_with(&server, &c->reading.measured, &reading, &c->notes, &failure) < 0) {
		if (failure.kind == ERROR_CANCELLED) {
			*err = failure;
			return -1;
		}
		strings_take(&c->notes, xasprintf("what that server of S3 accepts is not known: %s",
						  failure.text));
		return 0;
	}
	c->s3 = (struct s3_reading){ .url = c->args->s3.text, .offset = reading.offset };
	c->has_s3 = true;
	return 0;
}

static int print_json(struct check *c, struct error *err)
{
	scoped_json *json = report_check_json(&c->reading, c->verdict, c->args->tolerance,
					      engine_address(c->connection.engine),
					      c->has_s3 ? &c->s3 : NULL);

	if (c->args->s3.text && !c->has_s3)
		json_put(json, "s3", json_null());
	if (c->verify.done)
		json_put(json, "verify", host_verdict_json(&c->verify));
	return out_json(c->cli->out, json, err);
}

static int print(struct check *c, struct error *err)
{
	scoped_buf text = { 0 };

	doing_end(&c->doing);
	tell_host(c->cli, VERB, &c->verify);
	if (c->args->quiet)
		return 0;
	cli_say_notes(c->cli, VERB, &c->notes);
	if (c->args->format == OUT_JSON)
		return print_json(c, err);
	buf_init(&text, 1 << 16);
	report_check_text(&c->reading, c->verdict, c->args->tolerance, &text);
	if (c->has_s3) {
		buf_char(&text, '\n');
		report_s3_text(&c->s3, &text);
	}
	fprintf(c->cli->out, "%s\n", text.data);
	return out_flush(c->cli->out, err);
}

static int check_run(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	struct check c scoped(check_release) = { .cli = cli, .args = call->args };

	doing_start(&c.doing, cli);
	if (connection_init(&c.connection, cli, VERB, err) < 0 ||
	    connection_dial(&c.connection, 0, err) < 0)
		return -1;
	c.compare = (struct compare){ .ref = &c.args->reference, .options = reference_options(&c) };
	if ((c.args->precise ? by_helper(&c, err) : by_info(&c, err)) < 0 || verify(&c, err) < 0 ||
	    ask_s3(&c, err) < 0)
		return -1;
	*status = verdict_status(c.verdict);
	return print(&c, err);
}

static void init(void *args)
{
	struct check_args *a = args;
	struct error never = ERROR_INIT;

	a->tolerance = DECIDE_TOLERANCE;
	(void)!opt_timeref(&a->reference, "host", &never);
}

static void release(void *args)
{
	struct check_args *a = args;

	timeref_release(&a->reference);
	timeref_release(&a->verify);
	timeref_release(&a->s3);
}

#define AT(member) offsetof(struct check_args, member)

static const struct opt rows[] = {
	{ .name = "tolerance",
	  .parse = opt_duration,
	  .offset = AT(tolerance),
	  .metavar = "DURATION",
	  .fallback = "500ms",
	  .help = "Up to this the clocks are in step" },
	{ .name = "precise",
	  .parse = opt_flag,
	  .offset = AT(precise),
	  .help = "Measure through a helper in a container without any right, instead of the "
		  "engine's own answer; tells an engine on this kernel, too" },
	{ .name = "reference",
	  .parse = opt_timeref,
	  .offset = AT(reference),
	  .metavar = "REF",
	  .fallback = "host",
	  .help = "What to compare with: host (this machine), ntp:HOST[,HOST...] or https://HOST" },
	{ .name = "verify",
	  .parse = opt_timeref_other,
	  .offset = AT(verify),
	  .metavar = "REF",
	  .help = "Compare this machine's own clock with REF, and warn if it is wrong" },
	{ .name = "s3",
	  .parse = opt_timeref_url,
	  .offset = AT(s3),
	  .metavar = "URL",
	  .help = "Ask that server of S3 for its time, unsigned, and tell whether it accepts "
		  "requests that the engine signs" },
	{ .name = "quiet",
	  .letter = 'q',
	  .parse = opt_flag,
	  .offset = AT(quiet),
	  .help = "Only the exit status" },
	OPT_FORMAT_ROW(AT(format)),
};
static const struct opt_set sets[] = { OPT_SET(NULL, rows, 0) };

const struct verb verb_check = {
	.name = "check",
	.synopsis = "[options]",
	.summary = "Tell how far the engine's clock is off",
	.help = "Compares the engine's clock with this machine's and tells the offset with a\n"
		"bound on its error. Changes nothing, and needs no container: the time in the\n"
		"engine's /info will do.\n\n"
		"Exit status: 0 in step, 3 out of step, 1 not known, 2 interrupted, 125 wrong\n"
		"usage.",
	.examples = "  docker timesync check\n"
		    "  docker timesync check --precise --tolerance 10ms\n"
		    "  docker timesync check --s3 https://s3.eu-central-1.amazonaws.com\n"
		    "  docker timesync check --quiet || docker timesync",
	.opts = sets,
	.opt_count = array_len(sets),
	.args_size = sizeof(struct check_args),
	.init = init,
	.release = release,
	.run = check_run,
};
