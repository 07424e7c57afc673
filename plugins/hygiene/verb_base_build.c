/* SPDX-License-Identifier: Apache-2.0 */
/* docker hygiene base build: the weekly base build. */
#include <string.h>
#include <unistd.h>

#include "common/cli/job_args.h"
#include "common/cli/out.h"
#include "common/cli/say.h"
#include "common/client/files.h"
#include "common/client/process.h"
#include "common/codec/json.h"
#include "common/codec/reference.h"
#include "plugins/hygiene/base_build_args.h"
#include "plugins/hygiene/base_build_report.h"
#include "plugins/hygiene/base_collect.h"
#include "plugins/hygiene/connection.h"
#include "plugins/hygiene/engine_lock.h"
#include "plugins/hygiene/gate_ask.h"
#include "plugins/hygiene/runlog.h"
#include "plugins/hygiene/verbs.h"

#define VERSION_DEADLINE (30 * NSEC_PER_SEC)

struct build {
	struct cli *cli;
	const struct base_build_args *args;
	struct connection to;
	struct engine *deeds;
	struct strings docker;
	struct base_world world;
	struct due_plan plan;
	struct base_run run;
	struct base_snapshot snap; /* before the tags moved */
	struct base_standers standers;
	int64_t started, began; /* wall and monotonic clock */
	int lock;
};

static void build_release(struct build *b)
{
	base_standers_release(&b->standers);
	base_snapshot_release(&b->snap);
	base_run_release(&b->run);
	due_plan_release(&b->plan);
	base_world_release(&b->world);
	strings_release(&b->docker);
	engine_close(&b->deeds);
	connection_close(&b->to);
	if (b->lock >= 0)
		close(b->lock);
}

static void tell(void *ctx, const char *line)
{
	const struct build *b = ctx;

	cli_say(b->cli, "base build", NULL, line);
}

static int connect_all(struct build *b, struct error *err)
{
	if (connection_open(&b->to, b->cli, err) < 0 || connection_engine(&b->to, err) < 0 ||
	    connection_deeds(&b->to, &b->deeds, err) < 0)
		return -1;
	return connection_registry(&b->to, b->args->max_wait, false, err);
}

/* The docker that called us, with the flags that it was given. */
static int find_docker(struct build *b, struct error *err)
{
	const char *name = b->cli->env("DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND");

	strings_add(&b->docker, name && *name ? name : "docker");
	return job_args_globals(&b->docker, &b->cli->globals, err);
}

/*
 * docker before 23 has BuildKit in it and uses it only if it is told to; later ones know by
 * themselves. Podman's docker is not asked: it has its own builder.
 */
static int choose_builder(struct build *b, struct error *err)
{
	const char *argv[] = { b->docker.items[0], "version", "--format", "{{.Client.Version}}",
			       NULL };
	struct process_result result = { 0 };
	scoped_buf version = { 0 };
	scoped_buf said = { 0 };

	if (b->cli->env("DOCKER_BUILDKIT") || engine_is_podman(b->to.engine))
		return 0;
	buf_init(&version, 4096);
	buf_init(&said, 65536);
	if (process_run(argv, NULL, &version, &said, VERSION_DEADLINE, b->to.cancel, &result, err) <
	    0)
		return error_wrap(err, "a docker to build with");
	if (atoi(version.data) > 0 && atoi(version.data) < 23)
		strings_add(&b->run.variables, "DOCKER_BUILDKIT=1");
	return 0;
}

static int decide(struct build *b, struct error *err)
{
	const struct due_options options = { .now = b->cli->clock->now(b->cli->clock),
					     .force = b->args->force,
					     .cascade = b->args->cascade };

	if (base_world_read(&b->world, b->args->file, b->to.engine, err) < 0 ||
	    base_world_ask(&b->world, b->to.registry, err) < 0)
		return -1;
	return base_due(&b->plan, b->world.images, b->world.recipes.count, &options, err);
}

/* Before anything is built: a push that the gate will stop is no use. */
static int check_gate(struct build *b, const struct recipe *recipe, struct error *err)
{
	scoped_gate_view view = { 0 };
	scoped_reference ref = { 0 };

	if (reference_parse(recipe->full, &ref, err) < 0 ||
	    gate_ask(&view, ref.domain, ref.path, GATE_DEADLINE, b->to.cancel, err) < 0)
		return -1;
	if (!view.gated || view.attested)
		return 0;
	return error_set(
		err, ERROR_DENIED, 0,
		"--push: %s is gated here, and this is not CI (%s); nothing was built. See "
		"%s why %s/%s",
		ref.domain, view.reason ? view.reason : "no gate holds", GATE_PROGRAM, ref.domain,
		ref.path);
}

static int check_gates(struct build *b, struct error *err)
{
	for (size_t i = 0; i < b->plan.count; i++)
		if (b->plan.items[i].due &&
		    check_gate(b, b->world.images[b->plan.items[i].image].recipe, err) < 0)
			return -1;
	return 0;
}

/* --- who stood on what was replaced */

/* What was built is built: that this cannot be told is a note. */
static void look(void *ctx)
{
	struct build *b = ctx;
	const struct base_collect_options options = { .clock = b->cli->clock };
	struct error err = ERROR_INIT;
	scoped_strings notes = { 0 };

	if (base_collect(&b->snap, b->to.engine, &options, &notes, &err) == 0)
		return;
	scoped_str line = xasprintf("what stands on the old images is not told: %s", err.text);

	tell(b, line);
}

/* --- */

static int report(struct build *b, bool ran, struct error *err)
{
	struct cli *cli = b->cli;
	const struct build_report told = { &b->world, &b->plan, ran ? b->run.results : NULL,
					   &b->standers, tags_moved(&b->run.moves) };

	if (b->args->format == OUT_JSON) {
		scoped_json *json = build_report_json(&told);

		return out_json(cli->out, json, err);
	}
	build_report_print(&told, cli->out, term_colour(cli->out, cli->env));
	return out_flush(cli->out, err);
}

static int carry_out(struct build *b, struct error *err)
{
	struct base_run *run = &b->run;

	run->clock = b->cli->clock;
	run->cancel = b->to.cancel;
	run->deeds = b->deeds;
	run->registry = b->to.registry;
	run->docker = &b->docker;
	/* stdout is the report's. */
	run->shown = STDERR_FILENO;
	run->tmpdir = b->cli->env("TMPDIR");
	run->tell = tell;
	run->tell_ctx = b;
	run->built = look;
	run->push = b->args->push;
	run->use_cache = b->args->use_cache;
	if ((b->args->push && check_gates(b, err) < 0) || choose_builder(b, err) < 0 ||
	    base_run(run, &b->world, &b->plan, err) < 0)
		return -1;
	base_standers_find(&b->standers, &b->snap.images, &run->moves, &b->world.recipes);
	return b->args->push ? base_push(run, &b->world, &b->plan, err) : 0;
}

/* A run that failed has a report, too: what was built, and that nothing moved. */
static int build_and_tell(struct build *b, struct error *err)
{
	struct error ignored = ERROR_INIT;

	if (connect_all(b, err) < 0 || find_docker(b, err) < 0)
		return -1;
	/* Two runs at once would take the same dated tags. */
	if (!b->args->dry_run &&
	    engine_lock(b->to.engine, ".build", "base build", &b->lock, err) < 0)
		return -1;
	if (decide(b, err) < 0)
		return -1;
	if (b->args->dry_run || due_count(&b->plan) == 0)
		return report(b, false, err);
	if (carry_out(b, err) == 0)
		return report(b, true, err);
	if (b->run.results)
		(void)!report(b, true, &ignored);
	return -1;
}

/* For schedule status. A dry run built nothing that would be worth remembering. */
static void log_run(struct build *b, int status)
{
	const struct clock *clock = b->cli->clock;
	struct error quiet = ERROR_INIT;
	struct run run = {
		.started = b->started,
		.duration = clock->monotonic(clock) - b->began,
		.scheduled = b->args->scheduled,
		.status = status,
		.engine = b->to.endpoint.address,
	};

	if (b->args->dry_run)
		return;
	run.counts[RUN_DUE] = (int64_t)due_count(&b->plan);
	for (size_t i = 0; i < b->run.count; i++) {
		run.counts[RUN_BUILT] += base_result_moved(&b->run.results[i]);
		run.counts[RUN_PUSHED] += (int64_t)b->run.results[i].pushed.count;
	}
	if (runlog_append(&run_base, &run, &quiet) < 0 && status == 0)
		tell(b, quiet.text);
}

static int build_run(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	struct build scoped(build_release) b = { .cli = cli,
						 .args = call->args,
						 .started = cli->clock->now(cli->clock),
						 .began = cli->clock->monotonic(cli->clock),
						 .lock = -1 };
	int rc = build_and_tell(&b, err);

	(void)status;
	log_run(&b, rc < 0 ? error_status(err->kind) : 0);
	return rc;
}

static const struct opt_set sets[] = { OPT_SET(NULL, base_build_rows, 0) };

const struct verb verb_base_build = {
	.name = "build",
	.synopsis = "[options]",
	.summary = "Build the base images that are due, and move all their tags together",
	.help = "Builds the images that hygiene-base.json names and that are due: what they stand "
		"on\n"
		"moved at its registry, an input changed, or they are too old. All are built "
		"under\n"
		"temporary names; only when every build has succeeded do the tags move, all of "
		"them.\n"
		"Then it lists the local images that stand on what was replaced.",
	.examples = "  docker hygiene base build --dry-run\n"
		    "  docker hygiene base build --file images/ --cascade\n"
		    "  docker hygiene base build --push",
	.opts = sets,
	.opt_count = array_len(sets),
	.args_size = sizeof(struct base_build_args),
	.init = base_build_args_init,
	.run = build_run,
};
