/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options as const rows: parsing, help, completion and the options page of the docs all come from
 * the row. Values land in the verb's own struct, found by offset, so there are no globals.
 *
 * Forms: --name VALUE, --name=VALUE, -xVALUE, -x=VALUE, -x VALUE, bundled flags -ab; a flag takes
 * =true/=false as docker's do; "--" ends options; options and operands may mix. A row with
 * `optional` takes its value only as --name=VALUE and has that one without. No abbreviations. Given
 * twice, the last one counts. The next word is no value if it is itself a known long option:
 * `--keep --dry-run` is an error, not a dry run lost; --keep=--dry-run says that it is meant.
 */
#ifndef COMMON_CLI_OPT_H
#define COMMON_CLI_OPT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/alloc.h"
#include "common/base/buf.h"
#include "common/base/error.h"

/* Stores one value. field points to the member. Errors: ERROR_USAGE without the option's name,
 * which opt_parse() puts in front. */
typedef int (*opt_parser)(void *field, const char *value, struct error *err);

enum opt_complete { OPT_COMPLETE_NONE, OPT_COMPLETE_FILE, OPT_COMPLETE_WORDS };

struct opt {
	const char *name; /* without "--" */
	char letter;      /* 0: none */
	opt_parser parse;
	size_t offset;
	const char *metavar;  /* NULL: a flag; parse gets "true" or "false" */
	const char *optional; /* value of a bare --name; NULL: value needed */
	const char *fallback; /* default as help shows it; NULL: none shown */
	const char *help;     /* one sentence, no full stop, wrapped by help */
	enum opt_complete complete;
	const char *words; /* OPT_COMPLETE_WORDS: "a b c" */
	bool hidden;
	bool repeatable; /* may be given again: completion offers it again (opt_strings always) */
};

/* A table of rows whose offsets count from `offset` in the args struct, under a heading in help,
 * which is not said again where the set before has the same. */
struct opt_set {
	const char *heading; /* NULL: "Options" */
	const struct opt *rows;
	size_t count, offset;
};
#define OPT_SET(heading_, rows_, offset_)                  \
	{                                                  \
		heading_, rows_, array_len(rows_), offset_ \
	}

/* Parsers of general use; types of the field in parentheses. */
int opt_flag(void *field, const char *value, struct error *err);     /* (bool) */
int opt_tristate(void *field, const char *value, struct error *err); /* (int: -1 unset, 0, 1) */
int opt_string(void *field, const char *value, struct error *err);   /* (const char *) borrowed */
int opt_strings(void *field, const char *value, struct error *err);  /* (struct strings) appends */
int opt_duration(void *field, const char *value, struct error *err); /* (int64_t) ns */
int opt_size(void *field, const char *value, struct error *err);     /* (int64_t) bytes */
int opt_count(void *field, const char *value, struct error *err);    /* (int64_t) 0 to 1000000 */
int opt_format(void *field, const char *value, struct error *err);   /* (enum out_format) */

/* The row of a verb whose output is a table or one JSON document; offset_: of an enum out_format.
 */
#define OPT_FORMAT_ROW(offset_)                                                                  \
	{                                                                                        \
		.name = "format", .parse = opt_format, .offset = (offset_), .metavar = "FORMAT", \
		.fallback = "table", .help = "Output: table or json",                            \
		.complete = OPT_COMPLETE_WORDS, .words = "table json",                           \
	}

/*
 * Parses argv[0..argc) (no program or verb name). Operands (borrowed) go to *operands in order.
 * Errors: ERROR_USAGE, with the nearest known option for an unknown one ("unknown option
 * --older; did you mean --older-than?").
 */
int opt_parse(const struct opt_set *sets, size_t count, void *args, int argc, char **argv,
	      const char ***operands, size_t *operand_count, struct error *err) must_check;

/* The option part of a help text, at most 80 columns. */
void opt_help(const struct opt_set *sets, size_t count, struct buf *out);

/* NULL or the row of a long name. */
const struct opt *opt_find(const struct opt_set *sets, size_t count, const char *name);

#endif
