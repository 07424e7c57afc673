/* SPDX-License-Identifier: Apache-2.0 */
/* docker hygiene usage: what holds the disk, and what prune would free. */
#include <string.h>

#include "common/base/buf.h"
#include "common/cli/out.h"
#include "common/cli/progress.h"
#include "common/cli/say.h"
#include "common/client/files.h"
#include "common/codec/json.h"
#include "plugins/hygiene/collect.h"
#include "plugins/hygiene/connection.h"
#include "plugins/hygiene/disk.h"
#include "plugins/hygiene/prune_sources.h"
#include "plugins/hygiene/usage.h"
#include "plugins/hygiene/verbs.h"

#define TOP 10

struct usage_args {
	enum out_format format;
	bool no_size, no_trunc, quiet;
	int64_t top;
};

struct usage_run {
	struct cli *cli;
	const struct usage_args *args;
	struct connection to;
	struct snapshot snap;
	struct strings notes;
	struct progress progress;
};

static void run_release(struct usage_run *run)
{
	progress_end(&run->progress);
	strings_release(&run->notes);
	snapshot_release(&run->snap);
	connection_close(&run->to);
}

static void show_progress(void *ctx, size_t done, size_t total)
{
	struct usage_run *run = ctx;

	run->progress.done = done;
	run->progress.total = total;
	progress_update(&run->progress);
}

/*
 * Everything that holds disk. Before API 1.42 build cache is only told together with a walk over
 * all volumes, which --no-size is there to avoid.
 */
static int look(struct usage_run *run, struct error *err)
{
	struct policy policy = {
		.all = true,
		.sizes = !run->args->no_size,
		.max_size = UNSET,
		.free_bytes = UNSET,
		.free_percent = UNSET,
	};
	const struct collect_options options = {
		.policy = &policy,
		.clock = run->cli->clock,
		.progress = show_progress,
		.progress_ctx = run,
		.everything = true,
	};
	struct error ignored = ERROR_INIT;
	int rc;

	policy.kinds[KIND_CONTAINER].chosen = true;
	policy.kinds[KIND_IMAGE].chosen = true;
	policy.kinds[KIND_VOLUME].chosen = true;
	policy.kinds[KIND_CACHE].chosen = policy.sizes || engine_api_minor(run->to.engine) >= 42;
	progress_start(&run->progress, run->args->quiet ? NULL : run->cli->err, run->cli->clock,
		       "reading", 0);
	run->progress.bytes = -1;
	rc = collect(&run->snap, run->to.engine, &options, &run->notes, err);
	progress_end(&run->progress);
	if (rc < 0)
		return -1;
	/* A disk that cannot be read from here is just not shown. */
	(void)!disk_measure(run->to.engine, &run->snap.info, &run->snap.disk_total,
			    &run->snap.disk_free, &ignored);
	return 0;
}

static int64_t would_free(const struct snapshot *snap, const struct policy *policy)
{
	scoped_plan plan;

	decide(&plan, snap, policy);
	return plan.bytes;
}

/* By the policy that prune would go by, from the same places. */
static int choose_policy(struct usage_run *run, struct policy *policy, struct error *err)
{
	struct prune_paths paths = { .system = PRUNE_SYSTEM_POLICY };
	struct error ignored = ERROR_INIT;
	scoped_strings notes = { 0 };
	scoped_str folder = NULL;
	scoped_str user = NULL;
	struct prune_args args;
	int rc;

	if (dir_config(&folder, "docker-hygiene", &ignored) == 0)
		user = xasprintf("%s/policy.json", folder);
	paths.user = user;
	memset(&args, 0, sizeof(args));
	prune_args_init(&args);
	rc = prune_sources(policy, NULL, &args, NULL, &run->to.config, &paths, &notes, err);
	prune_args_release(&args);
	return rc;
}

static void make_offer(struct usage_run *run, struct usage_offer *offer)
{
	struct policy policy = { 0 };
	struct error err = ERROR_INIT;

	if (choose_policy(run, &policy, &err) < 0) {
		strings_take(&run->notes,
			     xasprintf("what prune would free is not told: %s", err.text));
		return;
	}
	/* A target for a disk that cannot be read would be refused by prune. */
	if (run->snap.disk_total < 0)
		policy.free_bytes = policy.free_percent = UNSET;
	offer->prune = would_free(&run->snap, &policy);
	policy.all = true;
	offer->prune_all = would_free(&run->snap, &policy);
	policy_release(&policy);
}

static int tell(struct usage_run *run, const struct usage *usage, struct error *err)
{
	struct cli *cli = run->cli;
	const struct usage_style style = {
		.width = term_is(cli->out) ? term_width(cli->out) : 0,
		.colour = term_colour(cli->out, cli->env),
		.full_ids = run->args->no_trunc,
		.top = run->args->top,
	};
	scoped_json *json = NULL;

	if (run->args->format == OUT_JSON) {
		json = usage_json(usage);
		return out_json(cli->out, json, err);
	}
	usage_print(usage, &style, cli->out);
	return out_flush(cli->out, err);
}

static int usage_run(struct cli *cli, const struct verb_call *call, int *status unused_arg,
		     struct error *err)
{
	struct usage_run scoped(run_release) run = { .cli = cli, .args = call->args };
	struct error remote = ERROR_INIT;
	int64_t *logs = NULL;
	scoped_usage usage = { 0 };

	snapshot_init(&run.snap);
	if (connection_open(&run.to, cli, err) < 0 || connection_engine(&run.to, err) < 0 ||
	    look(&run, err) < 0)
		return -1;
	if (disk_is_local(run.to.engine, &run.snap.info, &remote) == 0) {
		logs = xcalloc(run.snap.containers.count + 1, sizeof(*logs));
		usage_read_logs(logs, &run.snap);
	}
	usage_fill(&usage, &run.snap, logs);
	free(logs);
	make_offer(&run, &usage.offer);
	cli_say_notes(cli, "usage", &run.notes);
	return tell(&run, &usage, err);
}

static void init(void *args)
{
	struct usage_args *a = args;

	a->top = TOP;
}

static const struct opt rows[] = {
	OPT_FORMAT_ROW(offsetof(struct usage_args, format)),
	{ .name = "no-size",
	  .parse = opt_flag,
	  .offset = offsetof(struct usage_args, no_size),
	  .help = "Do not make the engine add up the files of containers and volumes, which takes "
		  "long where there are many" },
	{ .name = "top",
	  .letter = 'n',
	  .parse = opt_count,
	  .offset = offsetof(struct usage_args, top),
	  .metavar = "N",
	  .fallback = "10",
	  .help = "Rows of each table, the largest first; 0 shows all" },
	{ .name = "no-trunc",
	  .parse = opt_flag,
	  .offset = offsetof(struct usage_args, no_trunc),
	  .help = "Show whole IDs and all names" },
	{ .name = "quiet",
	  .letter = 'q',
	  .parse = opt_flag,
	  .offset = offsetof(struct usage_args, quiet),
	  .help = "No progress bar" },
};
static const struct opt_set sets[] = { OPT_SET(NULL, rows, 0) };

const struct verb verb_usage = {
	.name = "usage",
	.synopsis = "[options]",
	.summary = "Tell what holds the disk, the largest first",
	.help = "Tells what each image, container, volume and record of build cache holds, who "
		"uses\n"
		"it, and when it was last used; container logs too, where the engine's files can "
		"be\n"
		"read. Nothing is changed.",
	.examples = "  docker hygiene usage\n"
		    "  docker hygiene usage --top 0 --no-trunc\n"
		    "  docker hygiene usage --format json",
	.opts = sets,
	.opt_count = array_len(sets),
	.args_size = sizeof(struct usage_args),
	.init = init,
	.run = usage_run,
};
