/* SPDX-License-Identifier: Apache-2.0 */
/* docker hygiene schedule base: every week. */
#include <string.h>

#include "common/base/clock.h"
#include "common/cli/job_args.h"
#include "plugins/hygiene/base_build_args.h"
#include "plugins/hygiene/base_world.h"
#include "plugins/hygiene/schedule_parts.h"

/* Docker the program, which called us: see verb_base_build.c. */
#define CLI_VARIABLE "DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND"

struct base_schedule {
	enum job_day day;
	struct schedule_where where;
	struct schedule_when when;
	struct base_build_args build;
};

static int parse_day(void *field, const char *value, struct error *err)
{
	return job_day_parse(value, field, err);
}

/* The week of %V begins on Monday, and so do people who mend what failed. */
static const struct opt day_rows[] = {
	{ .name = "on",
	  .parse = parse_day,
	  .offset = offsetof(struct base_schedule, day),
	  .metavar = "DAY",
	  .fallback = "monday",
	  .help = "Day of the week",
	  .complete = OPT_COMPLETE_WORDS,
	  .words = JOB_DAYS },
};

static const struct opt_set sets[] = {
	OPT_SET("Schedule", day_rows, 0),
	OPT_SET(NULL, schedule_when_rows, offsetof(struct base_schedule, when)),
	OPT_SET(NULL, schedule_where_rows, offsetof(struct base_schedule, where)),
	OPT_SET("How to build", base_build_rows, offsetof(struct base_schedule, build)),
};

/* The recipe file is read now, so that what is wrong in it is told now. */
static int add_file(struct job *job, const char *path, struct error *err)
{
	scoped_str file = recipe_file(path);
	scoped_recipes recipes = { 0 };

	if (recipe_file_read(&recipes, file, err) < 0)
		return error_wrap(err, "--file");
	return job_args_path(&job->argv, "file", file, err);
}

static int add_options(struct job *job, const struct verb_call *call, struct error *err)
{
	static const char *const own[] = { "file", "dry-run", "scheduled" };
	struct opt_scan scan = {
		.sets = sets, .count = array_len(sets), .argv = call->argv, .argc = call->argc
	};
	struct opt_item item;

	/* The words have passed opt_parse() already: there are only options. */
	while (opt_next(&scan, &item) == OPT_OPTION) {
		bool is_own = !schedule_is_row(item.row, base_build_rows, BASE_BUILD_ROWS);

		for (size_t i = 0; i < array_len(own); i++)
			is_own = is_own || strcmp(item.row->name, own[i]) == 0;
		if (!is_own && job_args_option(job, &item, err) < 0)
			return -1;
	}
	return 0;
}

/* What decides how docker builds and pushes, and which docker that is. */
static int add_docker(struct job *job, const struct cli *cli, struct strings *notes,
		      struct error *err)
{
	static const char *const names[] = {
		"DOCKER_BUILDKIT",         "BUILDX_BUILDER",       "BUILDX_CONFIG",
		"DOCKER_DEFAULT_PLATFORM", "DOCKER_CONTENT_TRUST", "DOCKER_CONTENT_TRUST_SERVER",
	};
	const char *docker = cli->env(CLI_VARIABLE);
	const char *secrets = cli->env("DOCKER_AUTH_CONFIG");

	job_args_variables(job, cli, names, array_len(names));
	if (secrets && *secrets)
		strings_add(notes,
			    "DOCKER_AUTH_CONFIG is left out, since it holds credentials, and "
			    "what is installed can be read by others; the job has those of "
			    "docker login");
	if (!docker || !strchr(docker, '/'))
		return 0;
	scoped_str full = NULL;

	if (job_args_absolute(docker, &full, err) < 0)
		return -1;
	strings_take(&job->env, xasprintf(CLI_VARIABLE "=%s", full));
	return 0;
}

static int build_job(struct job *job, const struct cli *cli, const struct verb_call *call,
		     struct strings *notes, struct error *err)
{
	const struct base_schedule *args = call->args;

	if (args->build.dry_run)
		return error_set(err, ERROR_USAGE, 0,
				 "--dry-run is for one run; a weekly job cannot have it");
	job->day = args->day;
	if (schedule_when(&args->when, job, err) < 0 || job_args_begin(job, cli, notes, err) < 0 ||
	    add_docker(job, cli, notes, err) < 0)
		return -1;
	strings_add(&job->argv, "base");
	strings_add(&job->argv, "build");
	strings_add(&job->argv, "--scheduled");
	if (add_file(job, args->build.file, err) < 0)
		return -1;
	return add_options(job, call, err);
}

static int run(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	const struct base_schedule *args = call->args;
	struct job job scoped(job_args_release) = schedule_job(SCHEDULE_BASE, cli,
							       "docker hygiene base build");
	scoped_strings notes = { 0 };

	(void)status;
	if (build_job(&job, cli, call, &notes, err) < 0)
		return -1;
	return schedule_install(cli, &args->where, SCHEDULE_BASE, &job, &notes, err);
}

static void init(void *args)
{
	struct base_schedule *a = args;

	a->day = JOB_MONDAY;
	a->when = (struct schedule_when){ SCHEDULE_AT, SCHEDULE_SPREAD };
	base_build_args_init(&a->build);
}

const struct verb schedule_base = {
	.name = "base",
	.synopsis = "[--on DAY] [--at HH:MM] [options]",
	.summary = "Run docker hygiene base build every week",
	.help = "Runs \"docker hygiene base build\" with the given options every week, by what\n"
		"\"docker hygiene schedule prune\" uses, too. The recipe file is read and its "
		"path\n"
		"made absolute now. Scheduling again replaces the earlier schedule.",
	.examples = "  docker hygiene schedule base\n"
		    "  docker hygiene schedule base --on sunday --at 03:30 --file /srv/images\n"
		    "  sudo docker hygiene schedule base --system --file /srv/images --cascade",
	.opts = sets,
	.opt_count = array_len(sets),
	.args_size = sizeof(struct base_schedule),
	.init = init,
	.run = run,
};
