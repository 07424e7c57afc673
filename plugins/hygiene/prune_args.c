/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/prune_args.h"

#include <string.h>

#include "common/base/clock.h"

static int parse_keep(void *field, const char *value, struct error *err)
{
	return settings_add_keep(field, value, "--keep", err);
}

static int parse_filter(void *field, const char *value, struct error *err)
{
	if (strncmp(value, "until", strlen("until")) == 0)
		return error_set(
			err, ERROR_USAGE, 0,
			"until= is not taken, since docker measures it from three different "
			"dates; use --older-than 24h");
	return settings_add_filter(field, value, "--filter", err);
}

static int parse_free(void *field, const char *value, struct error *err)
{
	return settings_set_free(field, value, err);
}

static int parse_volumes(void *field, const char *value, struct error *err)
{
	struct settings *flags = field;

	if (strcmp(value, "false") == 0) {
		flags->kinds[KIND_VOLUME].chosen = 0;
		return 0;
	}
	return settings_set_volumes(flags, value, err);
}

#define FLAG(member) offsetof(struct prune_args, flags.member)
#define KIND_ROW(name_, kind_, help_)                                                            \
	{                                                                                        \
		.name = name_, .parse = opt_tristate,                                            \
		.offset = offsetof(struct prune_args, flags.kinds[kind_].chosen), .help = help_, \
	}

const struct opt prune_selection_rows[] = {
	{
		.name = "older-than",
		.parse = opt_duration,
		.offset = FLAG(common.older_than),
		.metavar = "AGE",
		.fallback = "1h",
		.help = "Only what has not been used for AGE: 90m, 24h, 7d, 0",
	},
	{
		.name = "filter",
		.parse = parse_filter,
		.offset = offsetof(struct prune_args, flags),
		.metavar = "FILTER",
		.repeatable = true,
		.help = "Only what matches label=KEY[=VALUE] or label!=KEY[=VALUE]; all must hold",
	},
	{
		.name = "keep",
		.parse = parse_keep,
		.offset = offsetof(struct prune_args, flags),
		.metavar = "PATTERN",
		.repeatable = true,
		.help = "Never what has this name, reference or label: 'db*', 'app:1.*', "
			"'label=keep'; repeatable",
	},
	{
		.name = "keep-file",
		.parse = opt_strings,
		.offset = offsetof(struct prune_args, keep_files),
		.metavar = "FILE",
		.help = "As --keep, one pattern per line of FILE",
		.complete = OPT_COMPLETE_FILE,
	},
	{
		.name = "keep-last",
		.parse = opt_count,
		.offset = FLAG(keep_last),
		.metavar = "N",
		.help = "Keep the newest N images of each repository; implies --all",
	},
	{
		.name = "max-size",
		.parse = opt_size,
		.offset = FLAG(max_size),
		.metavar = "SIZE",
		.help = "Keep unused images up to SIZE together, the last used ones; implies --all",
	},
	{
		.name = "free",
		.parse = parse_free,
		.offset = offsetof(struct prune_args, flags),
		.metavar = "SIZE",
		.help = "Remove, least recently used first, only until SIZE (50GB) or a share "
			"(20%) of "
			"the engine's disk is free; implies --all",
	},
	{
		.name = "all",
		.letter = 'a',
		.parse = opt_tristate,
		.offset = FLAG(all),
		.help = "Unused images that have a tag, too",
	},
	KIND_ROW("containers", KIND_CONTAINER, "Containers that have stopped or never started"),
	KIND_ROW("images", KIND_IMAGE, "Unused images; with no kind named: containers and images"),
	KIND_ROW("build-cache", KIND_CACHE, "Records of the engine's own build cache"),
	{
		.name = "volumes",
		.parse = parse_volumes,
		.offset = offsetof(struct prune_args, flags),
		.metavar = "WHICH",
		.optional = "anonymous",
		.help = "Unused volumes: anonymous (if nothing is said), named or all",
		.complete = OPT_COMPLETE_WORDS,
		.words = "anonymous named all",
	},
	KIND_ROW("networks", KIND_NETWORK, "Networks that no container is attached to"),
	{
		.name = "policy",
		.parse = opt_string,
		.offset = offsetof(struct prune_args, policy),
		.metavar = "FILE",
		.help = "Take what the flags leave open from this policy file (docs/policy.md)",
		.complete = OPT_COMPLETE_FILE,
	},
};

#define OWN(member) offsetof(struct prune_args, member)

const struct opt prune_run_rows[] = {
	{
		.name = "dry-run",
		.letter = 'n',
		.parse = opt_flag,
		.offset = OWN(dry_run),
		.help = "Show what would go, and remove nothing",
	},
	{
		.name = "yes",
		.letter = 'y',
		.parse = opt_flag,
		.offset = OWN(yes),
		.help = "Do not ask",
	},
	/* What fingers type from docker's own prune. It asks for no force, only for no question. */
	{
		.name = "force",
		.letter = 'f',
		.parse = opt_flag,
		.offset = OWN(yes),
		.help = "As --yes; nothing is ever forced",
		.hidden = true,
	},
	{
		.name = "save-plan",
		.parse = opt_string,
		.offset = OWN(save_plan),
		.metavar = "FILE",
		.help = "Write the plan to FILE, for --apply, and remove nothing",
		.complete = OPT_COMPLETE_FILE,
	},
	{
		.name = "apply",
		.parse = opt_string,
		.offset = OWN(apply),
		.metavar = "FILE",
		.help = "Remove what is in this saved plan and would be removed now, too",
		.complete = OPT_COMPLETE_FILE,
	},
	{
		.name = "max-plan-age",
		.parse = opt_duration,
		.offset = OWN(max_plan_age),
		.metavar = "AGE",
		.fallback = "24h",
		.help = "The oldest plan that --apply takes",
	},
	{
		.name = "size",
		.parse = opt_tristate,
		.offset = FLAG(sizes),
		.help = "Ask the engine for the sizes of containers and volumes (slow)",
	},
	{
		.name = "format",
		.parse = opt_format,
		.offset = OWN(format),
		.metavar = "FORMAT",
		.fallback = "table",
		.help = "table, or json: one object (docs/prune.md)",
		.complete = OPT_COMPLETE_WORDS,
		.words = "table json",
	},
	{
		.name = "no-trunc",
		.parse = opt_flag,
		.offset = OWN(no_trunc),
		.help = "Full IDs on a terminal, too",
	},
	{
		.name = "quiet",
		.letter = 'q',
		.parse = opt_flag,
		.offset = OWN(quiet),
		.help = "Only the summary, and what was skipped or failed",
	},
	{
		.name = "metrics",
		.parse = opt_string,
		.offset = OWN(metrics),
		.metavar = "FILE",
		.help = "Write figures of the run as Prometheus text, for node_exporter",
		.complete = OPT_COMPLETE_FILE,
	},
	{
		.name = "scheduled",
		.parse = opt_flag,
		.offset = OWN(scheduled),
		.help = "Started by docker hygiene schedule",
		.hidden = true,
	},
};

_Static_assert(array_len(prune_selection_rows) == PRUNE_SELECTION_ROWS, "count in the header");
_Static_assert(array_len(prune_run_rows) == PRUNE_RUN_ROWS, "count in the header");

const struct opt_set prune_opts[PRUNE_OPT_SETS] = {
	OPT_SET("What to remove", prune_selection_rows, 0),
	OPT_SET("How", prune_run_rows, 0),
};

void prune_args_init(void *args)
{
	struct prune_args *a = args;

	settings_init(&a->flags);
	a->max_plan_age = UNSET;
}

void prune_args_release(void *args)
{
	struct prune_args *a = args;

	settings_release(&a->flags);
	strings_release(&a->keep_files);
}

int prune_args_check(const struct prune_args *args, struct error *err)
{
	if (args->save_plan && args->apply)
		return error_set(
			err, ERROR_USAGE, 0,
			"--save-plan and --apply do not go together: save now, apply later");
	if (args->save_plan && args->yes)
		return error_set(
			err, ERROR_USAGE, 0,
			"--save-plan removes nothing, so --yes has no meaning; leave one out");
	if (args->max_plan_age != UNSET && !args->apply)
		return error_set(
			err, ERROR_USAGE, 0,
			"--max-plan-age says which plans --apply takes; give --apply FILE");
	return 0;
}
