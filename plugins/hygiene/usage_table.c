/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/usage.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/cli/out.h"
#include "common/codec/reference.h"
#include "common/codec/timefmt.h"
#include "common/codec/units.h"

#define SHORT_ID    12
#define USERS_SHOWN 3

struct printer {
	const struct usage *u;
	const struct usage_style *style;
	struct table *table;
};

static void size_cell(const struct printer *p, int64_t bytes)
{
	char size[SIZE_TEXT];

	table_cell(p->table, bytes < 0 ? "-" : size_format(size, bytes));
}

static void id_cell(const struct printer *p, const char *id)
{
	if (p->style->full_ids)
		table_cell(p->table, id);
	else
		table_cell_fmt(p->table, "%.*s", SHORT_ID, digest_hex(id));
}

/* An anonymous volume's name is 64 digits. */
static void name_cell(const struct printer *p, const char *name)
{
	if (!p->style->full_ids && strlen(name) == 64 && strspn(name, "0123456789abcdef") == 64)
		table_cell_fmt(p->table, "%.*s", SHORT_ID, name);
	else
		table_cell(p->table, name);
}

static void use_cell(const struct printer *p, const struct usage_row *row)
{
	int64_t now = p->u->snap->now;
	char text[TIME_TEXT];

	if (row->live)
		table_cell(p->table, "now");
	else if (row->last_used > now)
		table_cell(p->table, "in the engine's future");
	else if (row->last_used != TIME_NONE)
		table_cell_fmt(p->table, "%s ago",
			       duration_human(text, time_diff(now, row->last_used)));
	else if (row->since != TIME_NONE)
		table_cell_fmt(p->table, "no use seen since %.10s",
			       time_format_minute(text, row->since));
	else
		table_cell(p->table, "no use seen");
}

static void users_cell(const struct printer *p, const struct usage_row *row)
{
	size_t shown = row->users.count;
	scoped_buf text;

	buf_init(&text, 16384);
	if (shown > USERS_SHOWN && !p->style->full_ids)
		shown = USERS_SHOWN;
	for (size_t i = 0; i < shown; i++) {
		const struct api_container *c = &p->u->snap->containers.items[row->users.items[i]];

		buf_str(&text, i ? ", " : "");
		if (c->names.count)
			buf_str(&text, c->names.items[0]);
		else
			buf_fmt(&text, "%.*s", SHORT_ID, c->id);
	}
	if (shown < row->users.count)
		buf_fmt(&text, " and %zu more", row->users.count - shown);
	table_cell(p->table, text.data);
}

static const struct table_column image_columns[] = {
	{ .title = "IMAGE", .flexible = true },
	{ .title = "ID" },
	{ .title = "SIZE", .right = true },
	{ .title = "SHARED", .right = true },
	{ .title = "UNIQUE", .right = true },
	{ .title = "LAST USED" },
	{ .title = "USED BY" },
};

static void tags_cell(const struct printer *p, const struct api_image *i)
{
	scoped_buf all;

	buf_init(&all, 65536);
	if (!i->tags.count)
		buf_str(&all, i->digests.count ? i->digests.items[0] : "<none>");
	else if (i->tags.count > 1 && !p->style->full_ids)
		buf_fmt(&all, "%s and %zu more", i->tags.items[0], i->tags.count - 1);
	else
		for (size_t j = 0; j < i->tags.count; j++)
			buf_fmt(&all, "%s%s", j ? ", " : "", i->tags.items[j]);
	table_cell(p->table, all.data);
}

static void image(const struct printer *p, const struct usage_row *row)
{
	const struct api_image *i = &p->u->snap->images.items[row->index];

	tags_cell(p, i);
	id_cell(p, i->id);
	size_cell(p, row->bytes);
	size_cell(p, row->bytes < 0 ? -1 : row->bytes - row->unique);
	size_cell(p, row->unique);
	use_cell(p, row);
	users_cell(p, row);
}

static const struct table_column container_columns[] = {
	{ .title = "CONTAINER", .flexible = true },
	{ .title = "ID" },
	{ .title = "STATE" },
	{ .title = "WRITTEN", .right = true },
	{ .title = "LOG", .right = true },
	{ .title = "LAST USED" },
	{ .title = "IMAGE" },
};

static void container(const struct printer *p, const struct usage_row *row)
{
	const struct api_container *c = &p->u->snap->containers.items[row->index];

	table_cell(p->table, c->names.count ? c->names.items[0] : "");
	id_cell(p, c->id);
	table_cell(p->table, api_container_state_name(c->state));
	size_cell(p, row->bytes);
	size_cell(p, row->log);
	use_cell(p, row);
	if (c->image && digest_is_sha256(c->image))
		id_cell(p, c->image);
	else
		table_cell(p->table, c->image);
}

static const struct table_column volume_columns[] = {
	{ .title = "VOLUME", .flexible = true },
	{ .title = "DRIVER" },
	{ .title = "SIZE", .right = true },
	{ .title = "LAST USED" },
	{ .title = "USED BY" },
};

static void volume(const struct printer *p, const struct usage_row *row)
{
	const struct api_volume *v = &p->u->snap->volumes.items[row->index];

	name_cell(p, v->name);
	table_cell(p->table, v->driver);
	size_cell(p, row->bytes);
	use_cell(p, row);
	users_cell(p, row);
}

static const struct table_column cache_columns[] = {
	{ .title = "BUILD CACHE", .flexible = true },
	{ .title = "ID" },
	{ .title = "TYPE" },
	{ .title = "SIZE", .right = true },
	{ .title = "LAST USED" },
	{ .title = "SHARED" },
};

static void cache(const struct printer *p, const struct usage_row *row)
{
	const struct api_cache *c = &p->u->snap->caches.items[row->index];

	table_cell(p->table, c->description);
	id_cell(p, c->id);
	table_cell(p->table, c->type);
	size_cell(p, row->bytes);
	use_cell(p, row);
	table_cell(p->table, c->shared ? "yes" : "");
}

static const struct {
	enum kind kind;
	const char *name;
	const struct table_column *columns;
	size_t column_count;
	void (*row)(const struct printer *p, const struct usage_row *row);
} sections[] = {
	{ KIND_IMAGE, "images", image_columns, array_len(image_columns), image },
	{ KIND_CONTAINER, "containers", container_columns, array_len(container_columns),
	  container },
	{ KIND_VOLUME, "volumes", volume_columns, array_len(volume_columns), volume },
	{ KIND_CACHE, "build cache", cache_columns, array_len(cache_columns), cache },
};

static void print_section(const struct usage *u, const struct usage_style *style, size_t which,
			  FILE *out)
{
	const struct usage_rows *rows = &u->rows[sections[which].kind];
	scoped_table table;
	const struct printer p = { u, style, &table };
	size_t shown = rows->count;

	if (style->top > 0 && (int64_t)shown > style->top)
		shown = (size_t)style->top;
	if (!rows->count)
		return;
	table_init(&table, sections[which].columns, sections[which].column_count);
	for (size_t i = 0; i < shown; i++)
		sections[which].row(&p, &rows->items[i]);
	fputc('\n', out);
	table_print(&table, out, style->width, style->colour);
	if (shown < rows->count)
		fprintf(out, "... and %zu more; --top 0 shows all\n", rows->count - shown);
}

static const struct table_column total_columns[] = {
	{ .title = "KIND" },
	{ .title = "COUNT", .right = true },
	{ .title = "IN USE", .right = true },
	{ .title = "SIZE", .right = true },
	{ .title = "NOT IN USE", .right = true },
};

static void total_row(const struct printer *p, const char *name, const struct usage_total *t)
{
	table_cell(p->table, name);
	table_cell_fmt(p->table, "%zu", t->count);
	table_cell_fmt(p->table, "%zu", t->in_use);
	size_cell(p, t->bytes);
	size_cell(p, t->unused);
}

static void print_totals(const struct usage *u, const struct usage_style *style, FILE *out)
{
	scoped_table table;
	const struct printer p = { u, style, &table };

	table_init(&table, total_columns, array_len(total_columns));
	for (size_t i = 0; i < array_len(sections); i++) {
		if (u->snap->has[sections[i].kind])
			total_row(&p, sections[i].name, &u->totals[sections[i].kind]);
		if (sections[i].kind == KIND_CONTAINER && u->logs.bytes >= 0)
			total_row(&p, "container logs", &u->logs);
	}
	table_print(&table, out, style->width, style->colour);
}

static void print_offer(const struct usage *u, FILE *out)
{
	char prune[SIZE_TEXT], all[SIZE_TEXT];

	if (u->offer.prune < 0)
		return;
	if (u->offer.prune == 0 && u->offer.prune_all <= 0) {
		fputs("\nPruning would free nothing now (docker hygiene prune --dry-run shows "
		      "why).\n",
		      out);
		return;
	}
	fprintf(out,
		"\nPruning would free up to %s now (docker hygiene prune --dry-run shows what)",
		size_format(prune, u->offer.prune));
	if (u->offer.prune_all > u->offer.prune)
		fprintf(out, ",\nwith --all up to %s", size_format(all, u->offer.prune_all));
	fputs(".\n", out);
}

void usage_print(const struct usage *u, const struct usage_style *style, FILE *out)
{
	char left[SIZE_TEXT], total[SIZE_TEXT];

	print_totals(u, style, out);
	if (u->snap->disk_total >= 0)
		fprintf(out, "\nThe engine's disk has %s of %s free.\n",
			size_format(left, u->snap->disk_free),
			size_format(total, u->snap->disk_total));
	for (size_t i = 0; i < array_len(sections); i++)
		print_section(u, style, i, out);
	print_offer(u, out);
}
