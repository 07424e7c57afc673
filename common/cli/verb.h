/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verbs as a const tree: each verb file exports its row, main lists the rows. A row either runs or
 * has verbs below it.
 */
#ifndef COMMON_CLI_VERB_H
#define COMMON_CLI_VERB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/cli/opt.h"
#include "common/codec/endpoint_flags.h"

/* docker's global flags: they stand before the plugin's name. NULL / false where not given. */
struct cli_globals {
	const char *config, *log_level;
	struct endpoint_flags endpoint;
	bool debug;
};

/* What a verb may touch of the outside world. */
struct cli {
	const struct plugin *plugin;
	struct cli_globals globals;
	FILE *in, *out, *err;
	const char *(*env)(const char *name);
	const struct clock *clock;
	char **argv; /* the whole command line, for who has to repeat it */
	int argc;
};

struct verb_call {
	void *args; /* the verb's args struct, parsed */
	const char **operands;
	size_t operand_count;
	char **argv; /* words after the verb's name, as typed */
	int argc;
};

/* Candidates for completion: value, and a description or NULL. */
struct completion;
void completion_add(struct completion *completion, const char *value, const char *description);

struct verb {
	const char *name;
	const char *synopsis; /* "[options]", after the names */
	const char *summary;  /* one line, for the list of verbs */
	const char *help;     /* paragraphs below the synopsis, which help wraps (cli/wrap.h) */
	const char *examples; /* lines of at most 80 columns, or NULL */
	const struct opt_set *opts;
	size_t opt_count;
	size_t args_size;
	void (*init)(void *args);    /* defaults into a zeroed struct; NULL: zeros */
	void (*release)(void *args); /* NULL: nothing owned */
	size_t min_operands, max_operands;
	/*
	 * Returns 0 with *status (exit status, 0 unless set), or -1 with err: printed by main,
	 * exit status of its kind.
	 */
	int (*run)(struct cli *cli, const struct verb_call *call, int *status, struct error *err);
	/* Candidates for an option's value or (opt NULL) an operand; NULL: only what rows say. */
	void (*complete)(struct cli *cli, const struct opt *opt, const char *prefix,
			 struct completion *completion);
	const struct verb *const *below; /* NULL-terminated; then run is NULL */
	bool hidden;
};

#endif
