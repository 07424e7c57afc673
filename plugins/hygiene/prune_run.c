/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/prune_run.h"

#include <string.h>
#include <unistd.h>

#include "common/cli/out.h"
#include "common/client/files.h"
#include "plugins/hygiene/collect.h"
#include "plugins/hygiene/engine_lock.h"
#include "plugins/hygiene/prune_sources.h"

void prune_open(struct prune *p, struct cli *cli, const struct prune_args *args)
{
	memset(p, 0, sizeof(*p));
	p->cli = cli;
	p->args = args;
	p->dry = args->dry_run || args->save_plan;
	p->lock = -1;
	snapshot_init(&p->snap);
	plan_init(&p->plan);
	plan_asked_init(&p->asked);
	p->started = cli->clock->monotonic(cli->clock);
	p->report.started = cli->clock->now(cli->clock);
	p->report.dry_run = p->dry;
	p->report.address = "";
}

void prune_close(struct prune *p)
{
	progress_end(&p->progress);
	result_release(&p->result);
	plan_rows_release(&p->changed);
	plan_release(&p->plan);
	snapshot_release(&p->snap);
	plan_file_release(&p->reviewed);
	plan_asked_release(&p->asked);
	policy_release(&p->policy);
	strings_release(&p->notes);
	connection_close(&p->to);
	if (p->lock >= 0)
		close(p->lock);
}

static int choose_policy(struct prune *p, struct error *err)
{
	struct error ignored = ERROR_INIT;
	struct prune_paths paths = { .system = PRUNE_SYSTEM_POLICY };
	scoped_str user = NULL;
	char *folder = NULL;

	/* Without a home there is no file of the user's to miss. */
	if (dir_config(&folder, "docker-hygiene", &ignored) == 0) {
		user = xasprintf("%s/policy.json", folder);
		free(folder);
	}
	paths.user = user;
	if (p->args->apply && plan_file_load(&p->reviewed, p->args->apply, err) < 0)
		return -1;
	return prune_sources(&p->policy, &p->asked, p->args,
			     p->args->apply ? &p->reviewed.asked : NULL, &p->to.config, &paths,
			     &p->notes, err);
}

static int connect_engine(struct prune *p, struct error *err)
{
	int rc = connection_engine(&p->to, err);

	if (p->to.endpoint.address)
		p->report.address = p->to.endpoint.address;
	return rc;
}

/*
 * The lock comes before the collecting, so that a second run neither plans on a state that the
 * first is changing, nor overwrites what it learned.
 */
static int lock_engine(struct prune *p, struct error *err)
{
	return p->dry ? 0 : engine_lock(p->to.engine, "", "prune", &p->lock, err);
}

static void collect_progress(void *ctx, size_t done, size_t total)
{
	struct prune *p = ctx;

	p->progress.done = done;
	p->progress.total = total;
	progress_update(&p->progress);
}

static int collect_and_decide(struct prune *p, struct error *err)
{
	const struct collect_options options = {
		.policy = &p->policy,
		.clock = p->cli->clock,
		.progress = collect_progress,
		.progress_ctx = p,
		.acts = !p->dry,
	};

	progress_start(&p->progress, p->args->quiet ? NULL : p->cli->err, p->cli->clock, "reading",
		       0);
	p->progress.bytes = -1;
	int rc = collect(&p->snap, p->to.engine, &options, &p->notes, err);
	progress_end(&p->progress);
	if (rc < 0)
		return -1;
	int64_t max_age = p->args->max_plan_age == UNSET ? PRUNE_MAX_PLAN_AGE
							 : p->args->max_plan_age;
	if (p->args->apply && plan_file_check(&p->reviewed, &p->snap, max_age, err) < 0)
		return error_wrap(err, "%s", p->args->apply);
	decide(&p->plan, &p->snap, &p->policy);
	if (p->args->apply)
		plan_intersect(&p->plan, &p->reviewed.plan, &p->snap, &p->changed);
	return 0;
}

/* What was asked for and cannot be done is not passed over in silence. */
static int check_kinds(const struct prune *p, struct error *err)
{
	if (engine_is_podman(p->to.engine) && p->policy.kinds[KIND_CACHE].chosen)
		return error_set(err, ERROR_UNSUPPORTED, 0,
				 "podman has no build cache beside its images; leave --build-cache "
				 "out");
	if (engine_is_podman(p->to.engine) && p->policy.kinds[KIND_IMAGE].chosen &&
	    !engine_podman_since(p->to.engine, 4, 3))
		return error_set(err, ERROR_UNSUPPORTED, 0,
				 "podman before 4.3 removes the images that an image is built on "
				 "along with it, planned or not; choose other kinds (--containers, "
				 "--volumes, --networks)");
	return 0;
}

int prune_plan(struct prune *p, struct error *err)
{
	if (connection_open(&p->to, p->cli, err) < 0 || choose_policy(p, err) < 0 ||
	    connect_engine(p, err) < 0 || check_kinds(p, err) < 0 || lock_engine(p, err) < 0 ||
	    collect_and_decide(p, err) < 0)
		return -1;
	p->planned = true;
	p->report.snap = &p->snap;
	p->report.policy = &p->policy;
	p->report.plan = &p->plan;
	p->report.changed = &p->changed;
	return 0;
}

int prune_save(struct prune *p, struct error *err)
{
	struct plan_file file = {
		.engine_id = p->snap.info.id,
		.engine_name = p->snap.info.name,
		.created = p->snap.now,
		.asked = p->asked,
		.plan = p->plan,
	};

	if (plan_file_save(&file, p->args->save_plan, err) < 0)
		return error_wrap(err, "--save-plan");
	return 0;
}

static void act_progress(void *ctx, const struct plan_row *row, enum outcome outcome)
{
	struct prune *p = ctx;

	if (row->action != ACTION_REMOVE)
		return;
	p->progress.done++;
	p->progress.skipped += outcome == OUTCOME_SKIPPED;
	p->progress.failed += outcome == OUTCOME_FAILED;
	if (outcome == OUTCOME_REMOVED && row->bytes > 0)
		p->progress.bytes += row->bytes;
	progress_update(&p->progress);
}

int prune_act(struct prune *p, struct error *err)
{
	const struct apply_options options = {
		.progress = act_progress,
		.progress_ctx = p,
		.cancel = p->to.cancel,
	};
	struct report_counts counts;

	report_count(&counts, &p->report);
	progress_start(&p->progress, p->args->quiet ? NULL : p->cli->err, p->cli->clock, "removing",
		       report_total(counts.planned));
	p->progress.bytes = 0;
	int rc = apply(&p->result, p->to.engine, &p->snap, &p->plan, &options, err);
	progress_end(&p->progress);
	p->acted = true;
	p->report.result = &p->result;
	return rc;
}
