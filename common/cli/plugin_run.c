/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cli/plugin_run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/cli/complete.h"
#include "common/cli/hooks.h"
#include "common/cli/out.h"
#include "common/cli/plugin_argv.h"
#include "common/cli/verb_run.h"
#include "common/codec/printable.h"

#define ANSWER_MAX (1 << 20)

/* A person who presses Tab waits no longer than this for an engine that does not answer. */
#define COMPLETE_SECONDS 2

static int run_help(const struct plugin_argv *args, struct cli *cli, struct verb_place *place,
		    struct error *err)
{
	scoped_buf text = { 0 };

	verb_follow(place, cli->plugin, args->count, args->words);
	/* What follows a verb that runs are its options; in a group it should have been a verb. */
	if (place->below && place->used < args->count && args->words[place->used][0] != '-') {
		verb_unknown(place, args->words[place->used], err);
		return verb_hint(place, err);
	}
	buf_init(&text, ANSWER_MAX);
	verb_help(place, cli->plugin, &text);
	fputs(text.data, cli->out);
	return 0;
}

static bool asks_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int run_verb(const struct plugin_argv *args, struct cli *cli, struct verb_place *place,
		    int *status, struct error *err)
{
	verb_follow(place, cli->plugin, args->count, args->words);
	char **words = args->words + place->used;
	int count = args->count - place->used;

	if (!place->below || (place->fallback && (count == 0 || words[0][0] == '-')))
		return verb_run(place, cli, count, words, status, err);
	/* A group alone prints its help and succeeds, as docker's management commands do. */
	if (count == 0 || asks_help(words[0]))
		return run_help(args, cli, place, err);
	if (words[0][0] == '-')
		error_set(err, ERROR_USAGE, 0, "unknown option %s before a command", words[0]);
	else
		verb_unknown(place, words[0], err);
	return verb_hint(place, err);
}

static int run_hook(const struct plugin_argv *args, struct cli *cli, struct error *err)
{
	scoped_hook_request request = { 0 };
	scoped_buf text, answer;

	buf_init(&text, ANSWER_MAX);
	buf_init(&answer, ANSWER_MAX);
	if (!cli->plugin->hook)
		return 0;
	if (args->count != 1)
		return error_set(err, ERROR_USAGE, 0, "a hook takes one JSON document");
	if (hook_request_parse(&request, args->words[0], err) < 0)
		return -1;
	struct plugin_hook hook = { .command = request.command, .error = request.error };

	cli->plugin->hook(cli, &hook, &text);
	hook_answer(text.data, &answer);
	fputs(answer.data, cli->out);
	return 0;
}

/* Nothing was written yet: the answer comes in one piece at the end. */
static void give_up_completing(int sig)
{
	static const char text[] = ":4\n";

	(void)sig;
	_exit(write(STDOUT_FILENO, text, sizeof(text) - 1) < 0);
}

static int run_complete(const struct plugin_argv *args, struct cli *cli)
{
	const struct itimerval limit = { .it_value.tv_sec = COMPLETE_SECONDS };
	const struct itimerval off = { 0 };
	scoped_buf answer;

	buf_init(&answer, ANSWER_MAX);
	signal(SIGALRM, give_up_completing);
	setitimer(ITIMER_REAL, &limit, NULL);
	complete(cli->plugin, cli, args->count, args->words, args->descriptions, &answer);
	setitimer(ITIMER_REAL, &off, NULL);
	signal(SIGALRM, SIG_DFL);
	fputs(buf_failed(&answer) ? ":4\n" : answer.data, cli->out);
	return 0;
}

static int dispatch(const struct plugin_argv *args, struct cli *cli, struct verb_place *place,
		    int *status, struct error *err)
{
	switch (args->request) {
	case PLUGIN_HELP:
		return run_help(args, cli, place, err);
	case PLUGIN_COMPLETE:
		return run_complete(args, cli);
	case PLUGIN_HOOK:
		return run_hook(args, cli, err);
	case PLUGIN_RUN:
		break;
	}
	return run_verb(args, cli, place, status, err);
}

static void print_error(struct cli *cli, const char *path, const struct error *err)
{
	scoped_buf line = { 0 };

	/* Whoever reads us has seen enough (`| head`): no news to the person. */
	if (err->kind == ERROR_IO && err->code == EPIPE)
		return;
	buf_init(&line, ANSWER_MAX);
	buf_fmt(&line, "%s: ", path);
	printable_add(&line, err->text);
	fprintf(cli->err, "%s\n", line.data);
}

static int read_words(struct plugin_argv *args, struct cli *cli, int skip, struct error *err)
{
	if (!cli->plugin->standalone)
		return plugin_argv_parse(args, cli->plugin->name, cli->argc - skip,
					 cli->argv + skip, err);
	plugin_argv_words(args, cli->argc - skip, cli->argv + skip);
	return 0;
}

int plugin_run(struct cli *cli)
{
	struct error err = ERROR_INIT, flush_err = ERROR_INIT;
	struct plugin_argv args;
	struct verb_place place;
	int status = 0;
	int skip = cli->argc > 0;

	verb_follow(&place, cli->plugin, 0, NULL);
	if (read_words(&args, cli, skip, &err) < 0) {
		verb_hint(&place, &err);
	} else {
		cli->globals = args.globals;
		(void)!dispatch(&args, cli, &place, &status, &err);
	}
	if (error_is_set(&err)) {
		/* What the verb printed before comes before, in a file that both go to. */
		(void)fflush(cli->out);
		print_error(cli, place.path, &err);
		status = error_status(err.kind);
	}
	if (out_flush(cli->out, &flush_err) < 0) {
		if (!error_is_set(&err))
			print_error(cli, place.path, &flush_err);
		status = status ? status : error_status(flush_err.kind);
	}
	return status;
}
