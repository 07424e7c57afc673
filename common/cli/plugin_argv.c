/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cli/plugin_argv.h"

#include <string.h>

#include "common/cli/opt_scan.h"

/* The rows below store into struct cli_globals as a whole where a flag also says that it was given.
 */
static int parse_host(void *field, const char *value, struct error *err)
{
	const char **host = field;

	if (*host)
		return error_set(err, ERROR_USAGE, 0, "specify only one -H");
	*host = value;
	return 0;
}

static int parse_tls(void *field, const char *value, struct error *err)
{
	struct cli_globals *globals = field;

	if (opt_flag(&globals->endpoint.tls, value, err) < 0)
		return -1;
	globals->endpoint.tls_set = true;
	return 0;
}

static int parse_tls_verify(void *field, const char *value, struct error *err)
{
	struct cli_globals *globals = field;

	if (opt_flag(&globals->endpoint.tls_verify, value, err) < 0)
		return -1;
	globals->endpoint.tls_verify_set = true;
	return 0;
}

#define GLOBAL(member) offsetof(struct cli_globals, member)

struct parsed {
	struct cli_globals globals;
	bool help;
};

/* docker/cli cli/flags/options.go InstallFlags, and --help of cli/cobra.go. */
static const struct opt global_rows[] = {
	{ .name = "config", .parse = opt_string, .offset = GLOBAL(config), .metavar = "DIR" },
	{ .name = "debug", .letter = 'D', .parse = opt_flag, .offset = GLOBAL(debug) },
	{ .name = "log-level",
	  .letter = 'l',
	  .parse = opt_string,
	  .offset = GLOBAL(log_level),
	  .metavar = "LEVEL" },
	{ .name = "tls", .parse = parse_tls },
	{ .name = "tlsverify", .parse = parse_tls_verify },
	{ .name = "tlscacert",
	  .parse = opt_string,
	  .offset = GLOBAL(endpoint.tls_ca),
	  .metavar = "FILE" },
	{ .name = "tlscert",
	  .parse = opt_string,
	  .offset = GLOBAL(endpoint.tls_cert),
	  .metavar = "FILE" },
	{ .name = "tlskey",
	  .parse = opt_string,
	  .offset = GLOBAL(endpoint.tls_key),
	  .metavar = "FILE" },
	{ .name = "host",
	  .letter = 'H',
	  .parse = parse_host,
	  .offset = GLOBAL(endpoint.host),
	  .metavar = "ADDRESS" },
	{ .name = "context",
	  .letter = 'c',
	  .parse = opt_string,
	  .offset = GLOBAL(endpoint.context),
	  .metavar = "NAME" },
	{ .name = "help",
	  .letter = 'h',
	  .parse = opt_flag,
	  .offset = offsetof(struct parsed, help) },
};
static const struct opt_set global_set = OPT_SET(NULL, global_rows, 0);

/* docker always says the name; who starts the plugin by hand may leave it out. */
static bool names_plugin(const struct opt_scan *scan, const char *name)
{
	for (int i = scan->at; i < scan->argc; i++)
		if (strcmp(scan->argv[i], name) == 0)
			return true;
	return false;
}

/* Reads the flags up to the first other word, whose index goes to *at. */
static int parse_globals(struct parsed *parsed, const char *name, int argc, char **argv, int *at,
			 struct error *err)
{
	struct opt_scan scan = {
		.sets = &global_set, .count = 1, .argc = argc, .argv = argv, .as_docker = true
	};
	struct opt_item item;
	enum opt_event event;

	while ((event = opt_next(&scan, &item)) == OPT_OPTION)
		if (opt_store(&item, parsed, err) < 0)
			return -1;
	/* Without the name, an option that is none of docker's is one of ours. */
	bool own = event == OPT_UNKNOWN && (!item.letter || item.letter == item.text[1]) &&
		   !names_plugin(&scan, name);

	if (event != OPT_END && event != OPT_OPERAND && !own)
		return opt_complain(&scan, event, &item, err);
	*at = event == OPT_END ? argc : scan.at - 1;
	return 0;
}

/* The words of docker's protocol that may stand before the plugin's name. */
static const struct {
	const char *word;
	enum plugin_request request;
	bool descriptions;
} prefixes[] = {
	{ "help", PLUGIN_HELP, false },
	{ "__complete", PLUGIN_COMPLETE, true },
	{ "__completeNoDesc", PLUGIN_COMPLETE, false },
};

static bool take_word(struct plugin_argv *args, const char *word)
{
	if (args->count == 0 || strcmp(args->words[0], word) != 0)
		return false;
	args->words++;
	args->count--;
	return true;
}

/* __complete of the plugin's name itself is docker's business: the last word is never the name. */
static void take_name(struct plugin_argv *args, const char *name)
{
	if (args->request != PLUGIN_COMPLETE || args->count > 1)
		(void)take_word(args, name);
}

/* The first of the prefixes, if it is one. */
static void take_prefix(struct plugin_argv *args)
{
	for (size_t i = 0; i < array_len(prefixes) && args->request == PLUGIN_RUN; i++) {
		if (take_word(args, prefixes[i].word)) {
			args->request = prefixes[i].request;
			args->descriptions = prefixes[i].descriptions;
		}
	}
}

void plugin_argv_words(struct plugin_argv *out, int argc, char **argv)
{
	*out = (struct plugin_argv){ .request = PLUGIN_RUN, .words = argv, .count = argc };
	take_prefix(out);
}

int plugin_argv_parse(struct plugin_argv *out, const char *name, int argc, char **argv,
		      struct error *err)
{
	struct parsed parsed = { 0 };
	struct plugin_argv args = { .request = PLUGIN_RUN };
	int at = 0;

	if (parse_globals(&parsed, name, argc, argv, &at, err) < 0)
		return -1;
	args.globals = parsed.globals;
	args.words = argv + at;
	args.count = argc - at;
	if (parsed.help)
		args.request = PLUGIN_HELP;
	take_prefix(&args);
	take_name(&args, name);
	if (args.request == PLUGIN_RUN && take_word(&args, "docker-cli-plugin-hooks"))
		args.request = PLUGIN_HOOK;
	else if (args.request == PLUGIN_RUN && take_word(&args, "help"))
		args.request = PLUGIN_HELP;
	*out = args;
	return 0;
}
