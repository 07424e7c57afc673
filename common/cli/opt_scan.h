/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a command line word by word against option rows, storing nothing: parsing, docker's global
 * flags and completion see the same options.
 */
#ifndef COMMON_CLI_OPT_SCAN_H
#define COMMON_CLI_OPT_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/cli/opt.h"

enum opt_event {
	OPT_END,
	OPT_OPERAND,  /* text: the word */
	OPT_OPTION,   /* row, offset; text: the value */
	OPT_UNKNOWN,  /* text: the word as typed; letter: 0 or the letter that is unknown */
	OPT_NO_VALUE, /* row; text: the known option that stands where a value should, or NULL */
};

struct opt_scan {
	const struct opt_set *sets;
	size_t count;
	char **argv;
	int argc;
	int at;             /* the next word */
	bool as_docker;     /* global flags: the next word is the value, whatever it is */
	bool ended;         /* "--" was read */
	const char *bundle; /* rest of a word of letters */
};

struct opt_item {
	const struct opt *row;
	size_t offset; /* of the member, in the args struct */
	const char *text;
	char letter;
};

enum opt_event opt_next(struct opt_scan *scan, struct opt_item *item);

/* Stores an OPT_OPTION. Errors: ERROR_USAGE with the option's name in front. */
int opt_store(const struct opt_item *item, void *args, struct error *err) must_check;
/* Turns OPT_UNKNOWN or OPT_NO_VALUE into ERROR_USAGE. Returns -1. */
int opt_complain(const struct opt_scan *scan, enum opt_event event, const struct opt_item *item,
		 struct error *err);

#endif
