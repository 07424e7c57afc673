/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cli/verb_run.h"

#include <stdlib.h>
#include <string.h>

/* The option that every verb has behind its own; its member lies behind the verb's args. */
static const struct opt help_rows[] = {
	{ .name = "help", .letter = 'h', .parse = opt_flag, .help = "Print usage", .hidden = true },
};

struct job {
	const struct verb *verb;
	struct opt_set *sets;
	size_t set_count;
	char *args;
	const char **operands;
	size_t operand_count;
};

static void job_init(struct job *job, const struct verb *verb)
{
	*job = (struct job){ .verb = verb, .set_count = verb->opt_count + 1 };
	job->sets = xcalloc(job->set_count, sizeof(*job->sets));
	if (verb->opt_count)
		memcpy(job->sets, verb->opts, verb->opt_count * sizeof(*job->sets));
	job->sets[verb->opt_count] = (struct opt_set)OPT_SET(NULL, help_rows, verb->args_size);
	job->args = xcalloc(1, verb->args_size + sizeof(bool));
	if (verb->init)
		verb->init(job->args);
}

static void job_release(struct job *job)
{
	if (job->verb && job->verb->release)
		job->verb->release(job->args);
	free(job->args);
	free(job->sets);
	free(job->operands);
}

/* Is it one of these words, "a b c"? */
static bool is_among(const char *word, const char *words)
{
	size_t len = strlen(word);

	while (len && words && *words) {
		size_t span = strcspn(words, " ");

		if (span == len && strncmp(words, word, len) == 0)
			return true;
		words += span + strspn(words + span, " ");
	}
	return false;
}

/* "--volumes named": options that have a value without one take none from the next word. */
static const struct opt *meant_for(const struct verb *verb, const char *operand)
{
	for (size_t i = 0; i < verb->opt_count; i++)
		for (size_t j = 0; j < verb->opts[i].count; j++) {
			const struct opt *row = &verb->opts[i].rows[j];

			if (row->optional && !row->hidden && is_among(operand, row->words))
				return row;
		}
	return NULL;
}

static int check_operands(const struct job *job, struct error *err)
{
	const struct verb *verb = job->verb;

	if (job->operand_count > verb->max_operands) {
		const char *operand = job->operands[verb->max_operands];
		const struct opt *row = meant_for(verb, operand);

		error_set(err, ERROR_USAGE, 0, "unexpected argument \"%s\"", operand);
		return row ? error_hint(err, "did you mean --%s=%s?", row->name, operand) : -1;
	}
	if (job->operand_count < verb->min_operands)
		return error_set(err, ERROR_USAGE, 0, "an argument is missing: %s",
				 verb->synopsis ? verb->synopsis : "");
	return 0;
}

int verb_run(const struct verb_place *place, struct cli *cli, int count, char **words, int *status,
	     struct error *err)
{
	const struct verb *verb = verb_here(place);
	scoped(job_release) struct job job;

	job_init(&job, verb);
	if (opt_parse(job.sets, job.set_count, job.args, count, words, &job.operands,
		      &job.operand_count, err) < 0)
		return verb_hint(place, err);
	if (job.args[verb->args_size]) {
		scoped_buf text;

		buf_init(&text, 1 << 16);
		verb_help(place, cli->plugin, &text);
		fputs(text.data, cli->out);
		return 0;
	}
	if (check_operands(&job, err) < 0)
		return verb_hint(place, err);
	struct verb_call call = {
		.args = job.args,
		.operands = job.operands,
		.operand_count = job.operand_count,
		.argv = words,
		.argc = count,
	};

	return verb->run(cli, &call, status, err);
}
