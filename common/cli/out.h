/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output: tables for people, JSON for machines. Text from outside passes through
 * codec/printable.h on its way into a table; JSON is written by jansson.
 */
#ifndef COMMON_CLI_OUT_H
#define COMMON_CLI_OUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/alloc.h"
#include "common/base/error.h"

enum out_format { OUT_TABLE, OUT_JSON };

/* A table: columns are sized to their widest cell; on a terminal the flexible column is cut so
 * that rows fit its width. */
struct table_column {
	const char *title;
	bool right;    /* aligned right: numbers */
	bool flexible; /* at most one column gives way when the terminal is narrow */
};
struct table {
	const struct table_column *columns;
	size_t column_count;
	struct strings cells; /* row by row */
};
void table_init(struct table *t, const struct table_column *columns, size_t count);
/* The next cell, made printable; NULL is "". */
void table_cell(struct table *t, const char *text);
void table_cell_fmt(struct table *t, const char *fmt, ...) printf_like(2, 3);
/* width: columns of the terminal, 0: unlimited. The title row is bold if colour. */
void table_print(const struct table *t, FILE *out, size_t width, bool colour);
void table_release(struct table *t);
#define scoped_table scoped(table_release) struct table

/* One document, indented by two on a terminal, compact otherwise, with a newline. Errors: IO. */
int out_json(FILE *out, const json_t *json, struct error *err) must_check;
/* Flushes; a full disk or a closed pipe is an error (ERROR_IO), once. */
int out_flush(FILE *out, struct error *err) must_check;

/* Is it a terminal; how wide (80 if it does not tell); may colour be used (NO_COLOR, TERM=dumb). */
bool term_is(FILE *stream);
size_t term_width(FILE *stream);
bool term_colour(FILE *stream, const char *(*env)(const char *name));

/*
 * Asks "question [y/N] " on the terminal `out` and reads a line from `in`. *yes is true for "y",
 * "yes" (any case). End of file is no. wait_fd (or -1): readable means stop waiting
 * (ERROR_CANCELLED).
 */
int term_ask(FILE *in, FILE *out, const char *question, int wait_fd, bool *yes, struct error *err)
	must_check;

#endif
