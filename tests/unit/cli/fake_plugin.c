/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cli/fake_plugin.h"

#include <stdlib.h>
#include <string.h>

#include "common/cli/plugin_run.h"

struct work {
	bool yes;
	const char *fail, *file, *which;
	struct strings keep;
	int64_t last;
};

#define AT(member) offsetof(struct work, member)

static const struct opt work_rows[] = {
	{ .name = "yes", .letter = 'y', .parse = opt_flag, .offset = AT(yes), .help = "Say yes" },
	{ .name = "keep",
	  .letter = 'k',
	  .parse = opt_strings,
	  .offset = AT(keep),
	  .metavar = "PATTERN",
	  .help = "Keep what matches" },
	{ .name = "file",
	  .parse = opt_string,
	  .offset = AT(file),
	  .metavar = "FILE",
	  .help = "Read it",
	  .complete = OPT_COMPLETE_FILE },
	{ .name = "fail",
	  .parse = opt_string,
	  .offset = AT(fail),
	  .metavar = "KIND",
	  .help = "End so",
	  .complete = OPT_COMPLETE_WORDS,
	  .words = "busy input usage cancelled" },
	{ .name = "last",
	  .parse = opt_count,
	  .offset = AT(last),
	  .metavar = "N",
	  .help = "Number",
	  .repeatable = true },
	{ .name = "one",
	  .parse = opt_string,
	  .offset = AT(which),
	  .metavar = "WHICH",
	  .optional = "some",
	  .help = "Which of them",
	  .complete = OPT_COMPLETE_WORDS,
	  .words = "some named all" },
	{ .name = "hidden", .parse = opt_flag, .offset = AT(yes), .help = "x", .hidden = true },
};
static const struct opt_set work_sets[] = { OPT_SET(NULL, work_rows, 0) };

static void work_init(void *args)
{
	((struct work *)args)->last = 7;
}

static void work_release(void *args)
{
	strings_release(&((struct work *)args)->keep);
}

static int work_fail(const char *kind, struct error *err)
{
	for (int k = ERROR_USAGE; k <= ERROR_CANCELLED; k++)
		if (strcmp(error_name((enum error_kind)k), kind) == 0)
			return error_set(err, (enum error_kind)k, 0, "made to fail: \033[31m%s",
					 kind);
	return 0;
}

static int work_run(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	const struct work *work = call->args;

	fprintf(cli->out, "work%s last=%d", work->yes ? " yes" : "", (int)work->last);
	for (size_t i = 0; i < work->keep.count; i++)
		fprintf(cli->out, " keep=%s", work->keep.items[i]);
	for (size_t i = 0; i < call->operand_count; i++)
		fprintf(cli->out, " %s", call->operands[i]);
	fprintf(cli->out, " host=%s words=%d\n",
		cli->globals.endpoint.host ? cli->globals.endpoint.host : "-", call->argc);
	if (work->fail && strcmp(work->fail, "status") == 0)
		*status = 3;
	return work->fail ? work_fail(work->fail, err) : 0;
}

static void work_complete(struct cli *cli, const struct opt *opt, const char *prefix,
			  struct completion *completion)
{
	(void)cli;
	(void)prefix;
	if (opt && strcmp(opt->name, "keep") != 0)
		return;
	completion_add(completion, opt ? "redis:7" : "web", opt ? "an image" : "a container");
	completion_add(completion, opt ? "redis:6" : "db", "bad\ndescription");
	completion_add(completion, "evil\nname", NULL);
	completion_add(completion, "evil\033[2Jname", NULL);
	completion_add(completion, "", NULL);
}

static int two_run(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	(void)call;
	(void)status;
	(void)err;
	fputs("two\n", cli->out);
	return 0;
}

static const struct verb work_verb = {
	.name = "work",
	.synopsis = "[options] NAME...",
	.summary = "Do the work",
	.help = "A paragraph.",
	.examples = "  docker fake work x",
	.opts = work_sets,
	.opt_count = array_len(work_sets),
	.args_size = sizeof(struct work),
	.init = work_init,
	.release = work_release,
	.min_operands = 1,
	.max_operands = 2,
	.run = work_run,
	.complete = work_complete,
};
static const struct verb one_verb = { .name = "one", .summary = "First", .run = two_run };
static const struct verb two_verb = { .name = "two", .summary = "Second", .run = two_run };
static const struct verb *const group_verbs[] = { &one_verb, &two_verb, NULL };
static const struct verb group_verb = { .name = "group",
					.summary = "Two of them",
					.below = group_verbs };
static const struct verb secret_verb = {
	.name = "secret", .summary = "x", .run = two_run, .hidden = true
};
static const struct verb *const verbs[] = { &work_verb, &group_verb, &secret_verb, NULL };

static void hook(struct cli *cli, const struct plugin_hook *hook, struct buf *out)
{
	(void)cli;
	if (hook->error && *hook->error)
		buf_fmt(out, "%s: {{%s}}\n", hook->command ? hook->command : "-", hook->error);
}

const struct plugin fake_plugin = {
	.name = "fake",
	.vendor = "Acme \"Inc\\\"",
	.version = "1.2.3",
	.url = "https://fake.invalid",
	.summary = "Fakes things",
	.help = "More about it.\n",
	.verbs = verbs,
	.hook = hook,
};

static const char *no_env(const char *name)
{
	(void)name;
	return NULL;
}

void fake_run(struct fake_run *run, const struct plugin *plugin, const char *const *words)
{
	const char *argv[32] = { "docker-fake" };
	int argc = 1;

	for (; words[argc - 1]; argc++)
		argv[argc] = words[argc - 1];
	*run = (struct fake_run){ 0 };
	run->cli = (struct cli){
		.plugin = plugin,
		.in = stdin,
		.out = open_memstream(&run->out, &run->out_size),
		.err = open_memstream(&run->err, &run->err_size),
		.env = no_env,
		.clock = &clock_system,
		.argv = (char **)argv,
		.argc = argc,
	};
	run->status = plugin_run(&run->cli);
	fclose(run->cli.out);
	fclose(run->cli.err);
}

void fake_run_release(struct fake_run *run)
{
	free(run->out);
	free(run->err);
}
