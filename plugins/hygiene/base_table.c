/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_report.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/cli/out.h"
#include "common/codec/printable.h"
#include "common/codec/timefmt.h"
#include "common/codec/utf8.h"

#define NAMES_SHOWN   4  /* of one line */
#define REASONS_SHOWN 10 /* lines */
#define LINE_LIMIT    ((size_t)1 << 20)
#define GAP           3  /* between columns of a table */
#define NAME_LEAST    16 /* characters of a name that still says something */

enum column { COLUMN_IMAGE, COLUMN_STATUS, COLUMN_BASE, COLUMN_BASE_STATUS, COLUMN_BY, COLUMN_AGE };
#define COLUMNS (COLUMN_AGE + 1)
static const char *const titles[COLUMNS] = { "IMAGE",       "STATUS",   "BASE",
					     "BASE STATUS", "FOUND BY", "AGE" };

/* Where there is no room for names, these go, the first one first. */
static const enum column dropped[] = { COLUMN_BY, COLUMN_AGE, COLUMN_BASE };

static char *clean(const char *name)
{
	scoped_buf out;

	buf_init(&out, LINE_LIMIT);
	printable_add(&out, name);
	return buf_take(&out);
}

static char *cell_text(const struct base_report *report, const struct base_item *item,
		       enum column column)
{
	bool found = item->base.by != BASE_FOUND_NOT;
	char age[TIME_TEXT];

	switch (column) {
	case COLUMN_IMAGE:
		return clean(item->name);
	case COLUMN_STATUS:
		return xstrdup(base_status_word(item->verdict.status));
	case COLUMN_BASE:
		return clean(found ? item->base.name : "-");
	case COLUMN_BASE_STATUS:
		return xstrdup(found ? base_status_word(item->base_verdict.status) : "-");
	case COLUMN_BY:
		return xstrdup(base_found_word(item->base.by));
	default:
		return xstrdup(base_age(report, item) < 0
				       ? "-"
				       : duration_human(age, base_age(report, item)));
	}
}

/* --- how wide; 0: the column is left out */

static void measure(const struct base_report *report, size_t *widths)
{
	for (size_t c = 0; c < COLUMNS; c++) {
		widths[c] = strlen(titles[c]);
		for (size_t i = 0; i < report->list->rows.count; i++) {
			scoped_str text = cell_text(report, &report->list->rows.items[i],
						    (enum column)c);
			size_t width = printable_width(text);

			if (width > widths[c])
				widths[c] = width;
		}
	}
}

static bool is_name(size_t column)
{
	return column == COLUMN_IMAGE || column == COLUMN_BASE;
}

static size_t less(size_t a, size_t b)
{
	return a > b ? a - b : 0;
}

/* What the other columns leave to names. */
static size_t room_for_names(const size_t *widths, size_t width)
{
	size_t taken = 0;

	for (size_t c = 0; c < COLUMNS; c++)
		if (widths[c])
			taken += (is_name(c) ? 0 : widths[c]) + (c ? GAP : 0);
	return less(width, taken);
}

static size_t least(size_t width)
{
	return width < NAME_LEAST ? width : NAME_LEAST;
}

static void fit(size_t *widths, size_t width)
{
	size_t *image = &widths[COLUMN_IMAGE], *base = &widths[COLUMN_BASE];

	for (size_t i = 0; i < array_len(dropped); i++)
		if (room_for_names(widths, width) < least(*image) + least(*base))
			widths[dropped[i]] = 0;
	size_t room = room_for_names(widths, width);

	if (*image + *base <= room)
		return;
	/* Half each, and more where the other one needs less. */
	size_t half = *base ? room / 2 : room;

	if (*base <= half)
		*image = less(room, *base);
	else if (*image <= half)
		*base = room - *image;
	else
		*image = *base = half;
	if (*image < strlen(titles[COLUMN_IMAGE]))
		*image = strlen(titles[COLUMN_IMAGE]);
}

/* --- the rows */

/* The end of a long name says most. */
static void name_cell(struct table *table, const char *name, size_t width)
{
	const char *at = name;
	uint32_t c;

	if (printable_width(name) <= width) {
		table_cell(table, name);
		return;
	}
	while (*at && printable_width(at) > width - 1)
		at += utf8_decode(at, &c);
	table_cell_fmt(table, "…%s", at);
}

static void print_row(struct table *table, const struct base_report *report,
		      const struct base_item *item, const size_t *widths, bool cut)
{
	for (size_t c = 0; c < COLUMNS; c++) {
		scoped_str text = cell_text(report, item, (enum column)c);

		if (!widths[c])
			continue;
		if (cut && is_name(c))
			name_cell(table, text, widths[c]);
		else
			table_cell(table, text);
	}
}

static void print_rows(const struct base_report *report, const struct base_style *style, FILE *out)
{
	struct table_column columns[COLUMNS] = { 0 };
	size_t widths[COLUMNS];
	size_t count = 0;
	scoped_table table;

	measure(report, widths);
	if (style->width)
		fit(widths, style->width);
	for (size_t c = 0; c < COLUMNS; c++)
		if (widths[c])
			columns[count++].title = titles[c];
	table_init(&table, columns, count);
	for (size_t i = 0; i < report->list->rows.count; i++)
		print_row(&table, report, &report->list->rows.items[i], widths, style->width > 0);
	table_print(&table, out, 0, style->colour);
}

/* --- names in a line */

struct names {
	const struct base_style *style;
	struct buf text;
	size_t count;
};

static void names_init(struct names *names, const struct base_style *style)
{
	*names = (struct names){ .style = style };
	buf_init(&names->text, LINE_LIMIT);
}

static void names_add(struct names *names, const char *name)
{
	if (names->count++ >= NAMES_SHOWN && !names->style->everything)
		return;
	buf_str(&names->text, names->count > 1 ? ", " : "");
	printable_add(&names->text, name);
}

static void names_end(struct names *names)
{
	if (names->count > NAMES_SHOWN && !names->style->everything)
		buf_fmt(&names->text, " and %zu more", names->count - NAMES_SHOWN);
}

static void names_release(struct names *names)
{
	buf_release(&names->text);
}

/* --- reasons */

/* What is told with its reason: everything that a person can do something about. */
static bool needs_reason(enum base_status status)
{
	return status != BASE_FRESH && status != BASE_LOCAL_ONLY && status != BASE_STALE &&
	       status != BASE_STALE_OTHER_PLATFORM;
}

struct trouble {
	const char *name;
	const struct base_verdict *verdict;
};
struct troubles {
	struct trouble *items;
	size_t count, room;
};

static bool is_told(const struct troubles *list, const struct trouble *t)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].name, t->name) == 0 &&
		    list->items[i].verdict->status == t->verdict->status &&
		    strcmp(list->items[i].verdict->reason, t->verdict->reason) == 0)
			return true;
	return false;
}

static void add_trouble(struct troubles *list, const char *name, const struct base_verdict *verdict)
{
	const struct trouble t = { name, verdict };

	if (needs_reason(verdict->status) && !is_told(list, &t))
		*(struct trouble *)array_add(list) = t;
}

static bool same_reason(const struct trouble *a, const struct trouble *b)
{
	return a->verdict->status == b->verdict->status &&
	       strcmp(a->verdict->reason, b->verdict->reason) == 0;
}

/* One line for each reason, with the names that it holds for. */
static size_t print_reason(const struct troubles *list, size_t i, const struct base_style *style,
			   FILE *out)
{
	const struct trouble *t = &list->items[i];
	struct names scoped(names_release) names;
	scoped_buf reason;

	for (size_t j = 0; j < i; j++)
		if (same_reason(&list->items[j], t))
			return 0;
	if (!out)
		return 1;
	names_init(&names, style);
	for (size_t j = i; j < list->count; j++)
		if (same_reason(&list->items[j], t))
			names_add(&names, list->items[j].name);
	names_end(&names);
	buf_init(&reason, LINE_LIMIT);
	printable_add(&reason, t->verdict->reason);
	fprintf(out, "%s: %s: %s\n", base_status_word(t->verdict->status), names.text.data,
		reason.data);
	return 1;
}

static void print_reasons(const struct base_report *report, const struct base_style *style,
			  FILE *out)
{
	struct troubles list = { 0 };
	size_t said = 0, left = 0;

	for (size_t i = 0; i < report->list->rows.count; i++) {
		const struct base_item *item = &report->list->rows.items[i];

		add_trouble(&list, item->name, &item->verdict);
		if (item->base.by != BASE_FOUND_NOT)
			add_trouble(&list, item->base.name, &item->base_verdict);
	}
	if (list.count)
		fputc('\n', out);
	for (size_t i = 0; i < list.count; i++) {
		bool full = said == REASONS_SHOWN && !style->everything;
		size_t more = print_reason(&list, i, style, full ? NULL : out);

		said += full ? 0 : more;
		left += full ? more : 0;
	}
	if (left)
		fprintf(out, "and %zu more reasons (--format json has all)\n", left);
	free(list.items);
}

/* --- the summary */

static void print_counts(const struct base_report *report, FILE *out)
{
	size_t by[BASE_STATUS_COUNT] = { 0 }, count = report->list->rows.count, said = 0;

	for (size_t i = 0; i < count; i++)
		by[report->list->rows.items[i].verdict.status]++;
	fprintf(out, "\n%zu %s:", count, count == 1 ? "image" : "images");
	for (size_t i = 0; i < BASE_STATUS_COUNT; i++)
		if (by[i])
			fprintf(out, "%s %zu %s", said++ ? "," : "", by[i],
				base_status_word((enum base_status)i));
	fputs(".\n", out);
}

static bool is_stale(const struct base_report *report unused_arg, const struct base_item *item)
{
	return item->verdict.status == BASE_STALE;
}

static bool on_stale_base(const struct base_report *report unused_arg, const struct base_item *item)
{
	return item->base.by != BASE_FOUND_NOT && item->base_verdict.status == BASE_STALE;
}

/* A line with the names of all rows that are so; nothing where none is. */
static void print_those(const struct base_report *report, const struct base_style *style,
			bool (*is)(const struct base_report *report, const struct base_item *item),
			const char *before, const char *after, FILE *out)
{
	struct names scoped(names_release) names;

	names_init(&names, style);
	for (size_t i = 0; i < report->list->rows.count; i++)
		if (is(report, &report->list->rows.items[i]))
			names_add(&names, report->list->rows.items[i].name);
	names_end(&names);
	if (names.count)
		fprintf(out, "%s: %s%s\n", before, names.text.data, after);
}

static void print_registries(const struct base_report *report, FILE *out)
{
	char window[TIME_TEXT], realm[PRINTABLE_SHORT], trouble[PRINTABLE_SHORT];

	for (size_t i = 0; i < report->tally_count; i++) {
		const struct registry_tally *t = &report->tallies[i];

		if (t->realm)
			fprintf(out,
				"%s sends for tokens to %s, which is not its own: asked there "
				"without your credentials (docs/base.md#credentials).\n",
				t->registry, printable_short(realm, t->realm));
		if (t->trouble)
			fprintf(out, "%s was asked without your credentials: %s.\n", t->registry,
				printable_short(trouble, t->trouble));
		if (t->warning)
			fprintf(out, "%s says: %s\n", t->registry, t->warning);
		if (t->remaining >= 0)
			fprintf(out, "%s: %lld of %lld pulls left%s%s.\n", t->registry,
				(long long)t->remaining, (long long)t->limit,
				t->window > 0 ? " in " : "",
				t->window > 0 ? duration_human(window, t->window) : "");
	}
}

void base_print(const struct base_report *report, const struct base_style *style, FILE *out)
{
	char age[TIME_TEXT], older[TIME_TEXT + 16];

	if (!report->list->rows.count) {
		fputs("There are no images to tell about.\n", out);
		return;
	}
	print_rows(report, style, out);
	print_reasons(report, style, out);
	print_counts(report, out);
	print_those(report, style, is_stale, "Stale", " (docker pull brings the newer one)", out);
	print_those(report, style, on_stale_base, "On a stale base",
		    " (docker build --pull makes them anew)", out);
	snprintf(older, sizeof(older), "Older than %s", duration_format(age, report->max_age));
	print_those(report, style, base_too_old, older, "", out);
	print_registries(report, out);
	if (report->interrupted)
		fputs("Interrupted: not everything was asked.\n", out);
}
