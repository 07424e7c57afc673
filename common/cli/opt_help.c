/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/cli/opt.h"
#include "common/cli/wrap.h"

#define HELP_WIDTH      80
/* Longer names get a line of their own, so that one of them does not squeeze all texts. */
#define HELP_COLUMN_MAX 30

/* "  -n, --name VALUE", with the letter's place kept free where there is none. */
static void add_left(const struct opt *row, struct buf *out)
{
	if (row->letter)
		buf_fmt(out, "  -%c, --%s", row->letter, row->name);
	else
		buf_fmt(out, "      --%s", row->name);
	if (row->metavar && row->optional)
		buf_fmt(out, "[=%s]", row->metavar);
	else if (row->metavar)
		buf_fmt(out, " %s", row->metavar);
}

static size_t left_width(const struct opt *row)
{
	scoped_buf left;

	buf_init(&left, 4096);
	add_left(row, &left);
	return left.len;
}

static size_t column_of(const struct opt_set *sets, size_t count)
{
	size_t column = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < sets[i].count; j++) {
			size_t width = left_width(&sets[i].rows[j]) + 3;

			if (!sets[i].rows[j].hidden && width > column && width <= HELP_COLUMN_MAX)
				column = width;
		}
	return column ? column : HELP_COLUMN_MAX;
}

static void add_row(const struct opt *row, size_t column, struct buf *out)
{
	size_t width = left_width(row);
	size_t at = column;

	add_left(row, out);
	if (width + 2 > column)
		buf_fmt(out, "\n%*s", (int)column, "");
	else
		buf_fmt(out, "%*s", (int)(column - width), "");
	wrap_words(out, row->help, column, &at);
	if (row->fallback) {
		scoped_buf text;

		buf_init(&text, 4096);
		buf_fmt(&text, "(default %s)", row->fallback);
		wrap_unit(out, text.data, text.len, column, &at);
	}
	buf_char(out, '\n');
}

static bool shows_any(const struct opt_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (!set->rows[i].hidden)
			return true;
	return false;
}

void opt_help(const struct opt_set *sets, size_t count, struct buf *out)
{
	size_t column = column_of(sets, count);
	const char *last = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *heading = sets[i].heading ? sets[i].heading : "Options";

		if (!shows_any(&sets[i]))
			continue;
		if (!last || strcmp(last, heading) != 0)
			buf_fmt(out, "%s%s:\n", last ? "\n" : "", heading);
		last = heading;
		for (size_t j = 0; j < sets[i].count; j++)
			if (!sets[i].rows[j].hidden)
				add_row(&sets[i].rows[j], column, out);
	}
}
