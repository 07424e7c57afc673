/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_due.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/codec/timefmt.h"

#define TEXT_MAX ((size_t)1 << 16)

static const struct {
	const char *name, *text;
} words[] = {
#define DUE_WORDS(reason, name, text) { name, text },
	DUE_REASONS(DUE_WORDS)
#undef DUE_WORDS
};

const char *due_reason_name(enum due_reason reason)
{
	return words[reason].name;
}

void due_image_release(struct due_image *image)
{
	for (size_t i = 0; i < image->uses.count; i++) {
		free(image->uses.items[i].name);
		free(image->uses.items[i].digest);
		free(image->uses.items[i].unknown);
	}
	free(image->uses.items);
	free(image->inputs);
	free(image->id);
	free(image->built_uses);
	free(image->built_inputs);
	*image = (struct due_image){ 0 };
}

void due_plan_release(struct due_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		free(plan->items[i].why);
		free(plan->items[i].blocked);
	}
	free(plan->items);
	*plan = (struct due_plan){ 0 };
}

size_t due_count(const struct due_plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++)
		count += plan->items[i].due;
	return count;
}

char *due_uses_text(const struct due_image *image)
{
	scoped_strings texts = { 0 };
	struct buf out;

	for (size_t i = 0; i < image->uses.count; i++)
		if (image->uses.items[i].digest)
			strings_take(&texts, xasprintf("%s@%s", image->uses.items[i].name,
						       image->uses.items[i].digest));
	strings_sort(&texts);
	buf_init(&out, TEXT_MAX);
	for (size_t i = 0; i < texts.count; i++) {
		/* An image that is used twice is one. */
		if (i > 0 && strcmp(texts.items[i], texts.items[i - 1]) == 0)
			continue;
		if (out.len > 0)
			buf_char(&out, ' ');
		buf_str(&out, texts.items[i]);
	}
	return buf_take(&out);
}

/* --- the order */

enum mark { MARK_NEW, MARK_OPEN, MARK_DONE };

struct order {
	const struct due_image *images;
	size_t count;
	enum mark *marks;
	size_t *path; /* that led here: for the error */
	size_t depth;
	struct due_plan *out;
};

static int circle(const struct order *o, size_t image, struct error *err)
{
	scoped_buf names = { 0 };
	size_t from = 0;

	while (o->path[from] != image)
		from++;
	buf_init(&names, TEXT_MAX);
	for (size_t i = from; i < o->depth; i++)
		buf_fmt(&names, "%s on ", o->images[o->path[i]].recipe->name);
	buf_str(&names, o->images[image].recipe->name);
	return error_set(err, ERROR_USAGE, 0, "images stand on each other in a circle: %s",
			 names.data);
}

/* At most RECIPES_MAX deep. */
static int visit(struct order *o, size_t image, struct error *err)
{
	const struct due_image *it = &o->images[image];

	if (o->marks[image] == MARK_DONE)
		return 0;
	if (o->marks[image] == MARK_OPEN)
		return circle(o, image, err);
	o->marks[image] = MARK_OPEN;
	o->path[o->depth++] = image;
	for (size_t i = 0; i < it->uses.count; i++)
		if (it->uses.items[i].own != DUE_NONE && visit(o, it->uses.items[i].own, err) < 0)
			return -1;
	o->depth--;
	o->marks[image] = MARK_DONE;
	struct due_row *row = array_add(o->out);

	row->image = image;
	return 0;
}

static int put_in_order(struct order *o, struct error *err)
{
	for (size_t i = 0; i < o->count; i++)
		if (visit(o, i, err) < 0)
			return -1;
	return 0;
}

/* --- the reasons */

/* Whether the stamp has that very use; a stamp without the name is another Dockerfile's. */
static bool was_built_with(const struct due_image *image, const struct due_use *use)
{
	scoped_str text = xasprintf("%s@%s", use->name, use->digest);
	size_t len = strlen(text);

	for (const char *at = image->built_uses; at && *at;) {
		size_t word = strcspn(at, " ");

		if (word == len && memcmp(at, text, len) == 0)
			return true;
		at += word;
		at += strspn(at, " ");
	}
	return false;
}

static void tell(struct buf *why, const char *text)
{
	if (why->len > 0)
		buf_str(why, "; ");
	buf_str(why, text);
}

static void add_reason(struct due_row *row, struct buf *why, enum due_reason reason,
		       const char *what)
{
	row->reasons |= 1U << reason;
	scoped_str text = what ? xasprintf("%s: %s", words[reason].text, what)
			       : xstrdup(words[reason].text);

	tell(why, text);
}

static void judge_uses(struct due_row *row, struct buf *why, const struct due_image *image,
		       const bool *due, const struct due_image *images)
{
	for (size_t i = 0; i < image->uses.count; i++) {
		const struct due_use *use = &image->uses.items[i];

		if (use->own != DUE_NONE && due[use->own])
			add_reason(row, why, DUE_PARENT, images[use->own].recipe->name);
		else if (image->stamped && use->digest && !was_built_with(image, use))
			add_reason(row, why, DUE_UPSTREAM, use->name);
	}
}

static void judge_age(struct due_row *row, struct buf *why, const struct due_image *image,
		      int64_t now)
{
	char age[TIME_TEXT], limit[TIME_TEXT];
	int64_t most = image->recipe->max_age;

	if (most == 0)
		return;
	if (image->built == TIME_NONE) {
		add_reason(row, why, DUE_AGE, "it does not say when it was built");
		return;
	}
	int64_t old = time_diff(now, image->built);

	if (old < most)
		return;
	scoped_str text = xasprintf("%s old, at most %s", duration_human(age, old),
				    duration_format(limit, most));

	add_reason(row, why, DUE_AGE, text);
}

static void block(struct due_row *row, struct buf *why, const char *text)
{
	if (row->due && !row->blocked)
		row->blocked = xstrdup(text);
	tell(why, text);
}

/* What it was built with cannot be compared; being built anew needs it. */
static void judge_unknown(struct due_row *row, struct buf *why, const struct due_image *image,
			  const bool *due)
{
	for (size_t i = 0; i < image->uses.count; i++) {
		const struct due_use *use = &image->uses.items[i];

		if (use->digest || (use->own != DUE_NONE && due[use->own]))
			continue;
		scoped_str text = xasprintf("%s is not known: %s", use->name,
					    use->unknown ? use->unknown : "nobody was asked");

		block(row, why, text);
	}
}

/* Until all is built it has a temporary name, which FROM can be given and COPY --from cannot. */
static void judge_sources(struct due_row *row, struct buf *why, const struct due_image *image,
			  const bool *due)
{
	for (size_t i = 0; i < image->uses.count; i++) {
		const struct due_use *use = &image->uses.items[i];

		if (!row->due || !use->source || use->own == DUE_NONE || !due[use->own])
			continue;
		scoped_str text = xasprintf("files are taken from %s, which is built in the same "
					    "run; give it a stage, \"FROM %s AS name\", and take "
					    "them from that",
					    use->name, use->name);

		block(row, why, text);
	}
}

static void judge(struct due_row *row, const struct due_image *images, const bool *due,
		  const struct due_options *options)
{
	const struct due_image *image = &images[row->image];
	scoped_buf why = { 0 };

	buf_init(&why, TEXT_MAX);
	if (options->force)
		add_reason(row, &why, DUE_FORCED, NULL);
	if (!image->id)
		add_reason(row, &why, DUE_NEW, NULL);
	else if (!image->stamped)
		add_reason(row, &why, DUE_FOREIGN, NULL);
	judge_uses(row, &why, image, due, images);
	if (image->stamped) {
		if (!image->built_inputs || strcmp(image->built_inputs, image->inputs) != 0)
			add_reason(row, &why, DUE_INPUT, NULL);
		judge_age(row, &why, image, options->now);
	}
	row->due = row->reasons && (!image->recipe->dependent || options->cascade);
	if (row->reasons && !row->due)
		tell(&why, "built with --cascade only");
	if (!row->reasons)
		tell(&why, "nothing changed");
	judge_unknown(row, &why, image, due);
	judge_sources(row, &why, image, due);
	row->why = buf_take(&why);
}

int base_due(struct due_plan *out, const struct due_image *images, size_t count,
	     const struct due_options *options, struct error *err)
{
	scoped_due_plan plan = { 0 };
	enum mark *marks = xcalloc(count + 1, sizeof(*marks));
	size_t *path = xcalloc(count + 1, sizeof(*path));
	bool *due = xcalloc(count + 1, sizeof(*due));
	struct order order = { images, count, marks, path, 0, &plan };
	int rc = put_in_order(&order, err);

	for (size_t i = 0; rc == 0 && i < plan.count; i++) {
		judge(&plan.items[i], images, due, options);
		due[plan.items[i].image] = plan.items[i].due;
	}
	free(marks);
	free(path);
	free(due);
	if (rc == 0)
		*out = take_value(plan);
	return rc;
}
