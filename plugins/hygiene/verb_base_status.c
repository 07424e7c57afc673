/* SPDX-License-Identifier: Apache-2.0 */
/* docker hygiene base status: which images, and which bases, the registries have newer. */
#include <string.h>

#include "common/cli/say.h"
#include "common/codec/json.h"
#include "plugins/hygiene/base_status_run.h"
#include "plugins/hygiene/complete_names.h"
#include "plugins/hygiene/verbs.h"

#define MAX_AGE      (7 * NSEC_PER_DAY)
#define STATUS_FOUND 3

static int tell(struct base_status_run *run, const struct base_report *report, struct error *err)
{
	struct cli *cli = run->cli;
	bool terminal = term_is(cli->out);
	const struct base_style style = {
		.width = terminal && !run->args->no_trunc ? term_width(cli->out) : 0,
		.colour = terminal && term_colour(cli->out, cli->env),
		.everything = run->args->no_trunc,
	};
	scoped_json *json = NULL;

	cli_say_notes(cli, "base status", &run->notes);
	if (run->args->format == OUT_JSON) {
		json = base_json(report);
		return out_json(cli->out, json, err);
	}
	base_print(report, &style, cli->out);
	return out_flush(cli->out, err);
}

static int run(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	struct base_status_run scoped(base_status_close) run = { .cli = cli, .args = call->args };
	struct base_report report = { .snap = &run.snap, .list = &run.list };
	struct error failed = ERROR_INIT;

	if (base_status_collect(&run, call, err) < 0)
		return -1;
	if (base_status_ask(&run, &failed) < 0 && failed.kind != ERROR_CANCELLED) {
		*err = failed;
		return -1;
	}
	if (run.to.registry)
		report.tally_count = registry_tallies(run.to.registry, &report.tallies);
	report.max_age = run.args->max_age;
	report.interrupted = error_is_set(&failed);
	report.error = &failed;
	if (tell(&run, &report, err) < 0)
		return -1;
	if (error_is_set(&failed)) {
		*err = failed;
		return -1;
	}
	if (base_fails(&report, run.args->fail_on))
		*status = STATUS_FOUND;
	return 0;
}

static void init(void *args)
{
	struct base_status_args *a = args;

	a->max_age = MAX_AGE;
	a->max_wait = REGISTRY_MAX_WAIT;
}

static void release(void *args)
{
	struct base_status_args *a = args;

	strings_release(&a->files);
	strings_release(&a->build_args);
	strings_release(&a->mirrors);
}

static int parse_fail_on(void *field, const char *value, struct error *err)
{
	return base_fail_parse(field, value, err);
}

#define OWN(member) offsetof(struct base_status_args, member)

static const struct opt what_rows[] = {
	{ .name = "all",
	  .letter = 'a',
	  .parse = opt_flag,
	  .offset = OWN(all),
	  .help = "Images without a tag, too" },
	{ .name = "file",
	  .letter = 'f',
	  .parse = opt_strings,
	  .offset = OWN(files),
	  .metavar = "DOCKERFILE",
	  .help = "The images that it builds from; with IMAGE: what IMAGE was built from",
	  .complete = OPT_COMPLETE_FILE },
	{ .name = "build-arg",
	  .parse = opt_strings,
	  .offset = OWN(build_args),
	  .metavar = "NAME=VALUE",
	  .help = "As docker build has it, for FROM lines with variables" },
	{ .name = "target",
	  .parse = opt_string,
	  .offset = OWN(target),
	  .metavar = "STAGE",
	  .help = "Stage of the Dockerfile that counts; the last one if nothing is said" },
	{ .name = "platform",
	  .parse = opt_string,
	  .offset = OWN(platform),
	  .metavar = "OS/ARCH",
	  .fallback = "the engine's",
	  .help = "Platform that the Dockerfile is built for" },
};

static const struct opt how_rows[] = {
	{ .name = "provenance",
	  .parse = opt_flag,
	  .offset = OWN(provenance),
	  .help = "Read annotations and build provenance of the images from their registries, too: "
		  "up to four requests more for each" },
	{ .name = "max-age",
	  .parse = opt_duration,
	  .offset = OWN(max_age),
	  .metavar = "AGE",
	  .fallback = "7d",
	  .help = "Images that were built longer ago are told apart; 0 tells none" },
	{ .name = "fail-on",
	  .parse = parse_fail_on,
	  .offset = OWN(fail_on),
	  .metavar = "STATUS[,...]",
	  .help = "End with status 3 if an image or a base is so: stale, gone, pinned-moved and "
		  "the "
		  "like; old: beyond --max-age",
	  .complete = OPT_COMPLETE_WORDS,
	  .words = "stale stale-other-platform pinned-moved gone unauthorized rate-limited "
		   "unreachable local-only unknown old",
	  .repeatable = true },
	{ .name = "max-wait",
	  .parse = opt_duration,
	  .offset = OWN(max_wait),
	  .metavar = "DURATION",
	  .fallback = "60s",
	  .help = "Wait at most so long for a registry that says when to come back" },
	{ .name = "mirror",
	  .parse = opt_strings,
	  .offset = OWN(mirrors),
	  .metavar = "HOST[:PORT]",
	  .help = "A registry that copies another one: what it lacks is not gone" },
	{ .name = "anonymous",
	  .parse = opt_flag,
	  .offset = OWN(anonymous),
	  .help = "Use no credentials" },
	OPT_FORMAT_ROW(OWN(format)),
	{ .name = "no-trunc",
	  .parse = opt_flag,
	  .offset = OWN(no_trunc),
	  .help = "Show whole names and all reasons" },
	{ .name = "quiet",
	  .letter = 'q',
	  .parse = opt_flag,
	  .offset = OWN(quiet),
	  .help = "No progress bar" },
};

static const struct opt_set sets[] = {
	OPT_SET("What to look at", what_rows, 0),
	OPT_SET("How", how_rows, 0),
};

const struct verb verb_base_status = {
	.name = "status",
	.synopsis = "[options] [IMAGE...]",
	.summary = "Tell which images, and which of their bases, registries have newer",
	.help = "Tells for each tag of each local image whether its registry has moved on, which\n"
		"base it was built on, how that is known, and whether that base has moved on.\n"
		"Nothing is pulled and nothing is changed. A registry that fails harms no other.\n"
		"\n"
		"Stale is only what is proven to be: another image for the image's own platform.\n"
		"What cannot be told is unknown, with the reason.",
	.examples = "  docker hygiene base status\n"
		    "  docker hygiene base status app:1 --file Dockerfile\n"
		    "  docker hygiene base status --file Dockerfile --fail-on stale,pinned-moved\n"
		    "  docker hygiene base status --format json",
	.opts = sets,
	.opt_count = array_len(sets),
	.args_size = sizeof(struct base_status_args),
	.init = init,
	.release = release,
	.max_operands = SIZE_MAX,
	.run = run,
	.complete = complete_images,
};
