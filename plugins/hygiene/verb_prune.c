/* SPDX-License-Identifier: Apache-2.0 */
/* docker hygiene prune: plan, show, ask, remove exactly that, tell. */
#include "plugins/hygiene/verbs.h"

#include "common/cli/out.h"
#include "plugins/hygiene/complete_names.h"
#include "plugins/hygiene/metrics.h"
#include "plugins/hygiene/prune_run.h"

static int check_terminal(const struct cli *cli, const struct prune_args *args, struct error *err)
{
	if (args->yes || args->dry_run || args->save_plan ||
	    (term_is(cli->in) && term_is(cli->err)))
		return 0;
	return error_set(err, ERROR_USAGE, 0,
			 "there is no terminal to ask on; use --yes to remove without a question, "
			 "or --dry-run to see what would go");
}

static int work(struct prune *p, struct error *err)
{
	bool go;

	if (p->args->metrics && metrics_check(p->args->metrics, err) < 0)
		return -1;
	if (prune_plan(p, err) < 0 || (p->args->save_plan && prune_save(p, err) < 0) ||
	    prune_ask(p, &go, err) < 0)
		return -1;
	return go ? prune_act(p, err) : 0;
}

static int run(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	const struct prune_args *args = call->args;
	struct error failed = ERROR_INIT;
	scoped_prune p;

	prune_open(&p, cli, args);
	if (prune_args_check(args, err) < 0 || check_terminal(cli, args, err) < 0)
		return -1;
	int rc = work(&p, &failed);
	if (prune_tell(&p, &failed, status, err) == 0 && rc == 0)
		return 0;
	if (rc < 0)
		*err = failed;
	return -1;
}

const struct verb verb_prune = {
	.name = "prune",
	.synopsis = "[options]",
	.summary = "Remove what is no longer used, exactly as shown beforehand",
	.help = "Plans here what may go, shows it with reasons, asks, and then removes exactly\n"
		"that, object by object, never forced. Without options: containers that have\n"
		"stopped and images without a tag, if nobody has used them for an hour.\n"
		"\n"
		"What is kept is told with the rule that keeps it. What changed between plan and\n"
		"deed is skipped.",
	.examples = "  docker hygiene prune --dry-run\n"
		    "  docker hygiene prune --all --older-than 7d --keep 'prod/*'\n"
		    "  docker hygiene prune --free 20% --yes\n"
		    "  docker hygiene prune --save-plan plan.json\n"
		    "  docker hygiene prune --apply plan.json --yes",
	.opts = prune_opts,
	.opt_count = PRUNE_OPT_SETS,
	.args_size = sizeof(struct prune_args),
	.init = prune_args_init,
	.release = prune_args_release,
	.run = run,
	.complete = complete_names,
};
