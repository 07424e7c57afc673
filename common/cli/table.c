/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/cli/out.h"
#include "common/codec/printable.h"

/* Between columns, as docker's own tables. */
#define GAP      3
#define CELL_MAX (1 << 16)

void table_init(struct table *t, const struct table_column *columns, size_t count)
{
	*t = (struct table){ .columns = columns, .column_count = count };
}

void table_cell(struct table *t, const char *text)
{
	struct buf clean;

	buf_init(&clean, CELL_MAX);
	printable_add(&clean, text ? text : "");
	strings_take(&t->cells, buf_take(&clean));
	buf_release(&clean);
}

void table_cell_fmt(struct table *t, const char *fmt, ...)
{
	scoped_buf text;
	va_list args;

	buf_init(&text, CELL_MAX);
	va_start(args, fmt);
	buf_vfmt(&text, fmt, args);
	va_end(args);
	table_cell(t, text.data);
}

void table_release(struct table *t)
{
	strings_release(&t->cells);
}

static void measure(const struct table *t, size_t *widths)
{
	for (size_t c = 0; c < t->column_count; c++)
		widths[c] = printable_width(t->columns[c].title);
	for (size_t i = 0; i < t->cells.count; i++) {
		size_t width = printable_width(t->cells.items[i]);
		size_t c = i % t->column_count;

		if (width > widths[c])
			widths[c] = width;
	}
}

/* Takes from the flexible column what is over the width, but never more than down to its title. */
static void shrink(const struct table *t, size_t *widths, size_t width)
{
	size_t total = (t->column_count - 1) * GAP;

	for (size_t c = 0; c < t->column_count; c++)
		total += widths[c];
	for (size_t c = 0; c < t->column_count && width && total > width; c++) {
		size_t least = printable_width(t->columns[c].title);
		size_t over = total - width;

		if (!t->columns[c].flexible)
			continue;
		over = over < widths[c] - least ? over : widths[c] - least;
		widths[c] -= over;
		total -= over;
	}
}

static void add_cell(struct buf *line, const struct table_column *column, const char *text,
		     size_t width, bool last)
{
	scoped_buf cut;

	buf_init(&cut, CELL_MAX);
	printable_add_cut(&cut, text, width);
	size_t pad = width - printable_width(cut.data);

	if (column->right)
		buf_fmt(line, "%*s%s", (int)pad, "", cut.data);
	else
		buf_fmt(line, "%s%*s", cut.data, last ? 0 : (int)pad, "");
	if (!last)
		buf_fmt(line, "%*s", GAP, "");
}

/* row NULL: the titles. */
static void print_row(const struct table *t, char *const *row, const size_t *widths, FILE *out,
		      bool bold)
{
	struct buf line;
	size_t last = t->column_count - 1;

	buf_init(&line, CELL_MAX * 4);
	for (size_t c = 0; c <= last; c++)
		add_cell(&line, &t->columns[c], row ? row[c] : t->columns[c].title, widths[c],
			 c == last);
	while (line.len > 0 && line.data[line.len - 1] == ' ')
		line.data[--line.len] = '\0';
	fprintf(out, bold ? "\033[1m%s\033[0m\n" : "%s\n", line.data);
	buf_release(&line);
}

void table_print(const struct table *t, FILE *out, size_t width, bool colour)
{
	size_t *widths = xcalloc(t->column_count, sizeof(*widths));

	assert(t->cells.count % t->column_count == 0);
	measure(t, widths);
	shrink(t, widths, width);
	print_row(t, NULL, widths, out, colour);
	for (size_t i = 0; i < t->cells.count; i += t->column_count)
		print_row(t, t->cells.items + i, widths, out, false);
	free(widths);
}
