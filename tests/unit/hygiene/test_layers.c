/* SPDX-License-Identifier: Apache-2.0 */
/* What images hold, alone and together. */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "plugins/hygiene/layers.h"
#include "tests/unit/hygiene/random_engine.h"

#define IMAGES 3

/*
 * Images are written as "layers:history": one letter for each layer, lowest first ("0" is the empty
 * one), and the bytes of history entries, newest first. A history of "-" is not known.
 */
static const struct {
	const char *images[IMAGES];
	bool store;                       /* containerd's */
	bool cache;                       /* build cache may hold layers */
	bool stray;                       /* a container of an image that is not listed */
	struct layers_bytes gone[IMAGES]; /* when taken out in this order */
	const char *why;
} rows[] = {
#define SAME(n)          \
	{                \
		(n), (n) \
	}
	{ { "a:5" }, 0, 0, 0, { SAME(5) }, "one layer" },
	{ { "ab:3 5", "ab:3 5" }, 0, 0, 0, { SAME(0), SAME(8) }, "the last one counts" },
	{ { "ab:3 5", "ac:2 5" }, 0, 0, 0, { SAME(3), SAME(7) }, "what is shared goes last" },
	{ { "ab:3 5", "b:3" },
	  0,
	  0,
	  0,
	  { SAME(8), SAME(3) },
	  "the same diff on another parent is another layer" },
	{ { "ab:0 3 0 0 5 0" }, 0, 0, 0, { SAME(8) }, "entries without bytes are no layers" },
	{ { "a0b:3 0 5" }, 0, 0, 0, { SAME(8) }, "the empty layer has no entry" },
	{ { "abc:3 5" }, 0, 0, 0, { SAME(8) }, "an empty layer somewhere: it goes together" },
	{ { "abc:3 5", "a:5" }, 0, 0, 0, { SAME(3), SAME(5) }, "another image pins the base down" },
	{ { "abc:3 5", "ab:5" },
	  0,
	  0,
	  0,
	  { SAME(3), SAME(5) },
	  "the other is uncertain inside, but not in sum" },
	{ { "abc:3 5", "ad:7" },
	  0,
	  0,
	  0,
	  { { 8, 3 }, { 12, 0 } },
	  "nothing tells if the base is empty: between both" },
	{ { "abcd:2 4 8", "abx:1" },
	  0,
	  0,
	  0,
	  { { 6, 2 }, { 13, 0 } },
	  "of two layers at least one has bytes" },
	{ { "ab:-" }, 0, 0, 0, { { 100, 0 } }, "without history, its size is the upper end" },
	{ { "ab:-", "ab:3 5" }, 0, 0, 0, { SAME(0), SAME(8) }, "the other's history will do" },
	{ { "ab:-", "a:5" }, 0, 0, 0, { { 95, 0 }, SAME(5) }, "what is known is left out" },
	{ { "a:5 3" }, 0, 0, 0, { { 100, 0 } }, "more entries than layers: not of these layers" },
	{ { ":" }, 0, 0, 0, { SAME(0) }, "an image without layers" },
	{ { "ab:3 5" }, 0, 1, 0, { { 8, 0 } }, "build cache may hold them" },
	{ { "ab:3 5" }, 0, 0, 1, { { 8, 0 } }, "a container may hold them, its image being gone" },
	{ { "ab:3 5" },
	  1,
	  0,
	  0,
	  { { 100, 8 } },
	  "containerd keeps compressed content too, shared or not" },
	{ { "ab:3 5", "ac:2 5" }, 1, 1, 0, { { 95, 0 }, { 100, 0 } }, "and cache may hold it all" },
};

static void add_layers(struct api_image *image, const char *text)
{
	const char *history = strchr(text, ':') + 1;

	for (; *text != ':'; text++)
		strings_take(&image->diff_ids,
			     *text == '0' ? xstrdup(EMPTY_LAYER) : xasprintf("sha256:%c", *text));
	image->inspected = true;
	image->has_history = *history != '-';
	while (image->has_history && *history) {
		char *end;

		*(int64_t *)array_add(&image->history) = strtoll(history, &end, 10);
		history = end;
	}
	image->size = 100;
}

static void fill(struct snapshot *snap, int row, bool backwards)
{
	snapshot_init(snap);
	snap->info.containerd_store = rows[row].store;
	snap->may_have_cache = rows[row].cache;
	for (size_t k = 0; k < IMAGES; k++) {
		size_t i = backwards ? IMAGES - 1 - k : k;
		struct api_image *image;

		if (!rows[row].images[i])
			continue;
		image = array_add(&snap->images);
		image->id = xasprintf("sha256:%064zx", i);
		add_layers(image, rows[row].images[i]);
	}
	if (rows[row].stray) {
		struct api_container *c = array_add(&snap->containers);

		c->id = xstrdup("c");
		c->image_id = xstrdup("sha256:gone");
	}
}

static void check_row(int row, bool backwards)
{
	scoped_snapshot snap;
	scoped_layers *layers = NULL;

	fill(&snap, row, backwards);
	layers = layers_open(&snap);
	for (size_t k = 0; k < snap.images.count; k++) {
		size_t i = backwards ? snap.images.count - 1 - k : k;
		int64_t unique = layers_unique(layers, i);
		bool hold[IMAGES] = { false };
		int64_t alone;
		struct layers_bytes gone;

		hold[i] = true;
		alone = layers_held_only_by(layers, hold);
		gone = layers_remove(layers, i);
		ck_assert_msg(gone.max == rows[row].gone[k].max &&
				      gone.min == rows[row].gone[k].min,
			      "%s: image %zu frees %lld to %lld", rows[row].why, k,
			      (long long)gone.min, (long long)gone.max);
		ck_assert_msg(unique == gone.max && alone == gone.max,
			      "%s: what is its own is what it frees", rows[row].why);
		gone = layers_remove(layers, i);
		ck_assert_msg(gone.max == 0 && gone.min == 0, "nothing goes twice");
	}
}

START_TEST(removes)
{
	check_row(_i, false);
	check_row(_i, true);
}
END_TEST

START_TEST(holds_together)
{
	static const char *const texts[] = { "ab:3 5", "ac:2 5", "ad:9 5" };
	bool hold[] = { true, true, false };
	scoped_layers *layers = NULL;
	scoped_snapshot snap;

	snapshot_init(&snap);
	snap.may_have_cache = false;
	for (size_t i = 0; i < array_len(texts); i++) {
		struct api_image *image = array_add(&snap.images);

		image->id = xasprintf("sha256:%zu", i);
		add_layers(image, texts[i]);
	}
	layers = layers_open(&snap);
	ck_assert_int_eq(layers_held_only_by(layers, hold), 5);
	ck_assert_int_eq(layers_remove(layers, 2).max, 9);
	ck_assert_int_eq(layers_held_only_by(layers, hold), 10);
	ck_assert_int_eq(layers_remove(layers, 0).max, 3);
	ck_assert_int_eq(layers_held_only_by(layers, hold), 7);
}
END_TEST

START_TEST(huge_sizes)
{
	scoped_layers *layers = NULL;
	scoped_snapshot snap;
	struct api_image *image;
	struct layers_bytes gone;

	snapshot_init(&snap);
	snap.may_have_cache = false;
	image = array_add(&snap.images);
	image->id = xstrdup("sha256:1");
	add_layers(image, "ab:9223372036854775807 9223372036854775807");
	layers = layers_open(&snap);
	gone = layers_remove(layers, 0);
	ck_assert_msg(gone.max == INT64_MAX && gone.min == INT64_MAX, "sums clamp");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("layers");
	TCase *tc = tcase_create("bytes");

	tcase_add_loop_test(tc, removes, 0, (int)array_len(rows));
	tcase_add_test(tc, holds_together);
	tcase_add_test(tc, huge_sizes);
	suite_add_tcase(s, tc);
	return s;
}
