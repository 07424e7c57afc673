/* SPDX-License-Identifier: Apache-2.0 */
/* Which base an image was built on. */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "plugins/hygiene/base_find.h"
#include "tests/unit/hygiene/base_world.h"
#include "tests/unit/random.h"

#define IMAGES 5
#define NONE   BASE_NO_IMAGE

static const struct {
	const char *images[IMAGES]; /* the first is asked about */
	struct {
		enum base_found by;
		const char *name;
		char digest;
	} claims[2];
	enum base_found by;
	const char *name;
	size_t image;
	char digest;
	enum base_here here;
	const char *why;
} rows[] = {
	/* layers */
	{ { "app:1;ab", "os:1;a" }, { { 0 } }, BASE_FOUND_LAYERS, "os:1", 1, 0, 0, "a prefix" },
	{ { "app:1;abc", "os:1;a", "lang:1;ab" },
	  { { 0 } },
	  BASE_FOUND_LAYERS,
	  "lang:1",
	  2,
	  0,
	  0,
	  "the longest one" },
	{ { "app:1;ab", "app:2;ab" }, { { 0 } }, BASE_FOUND_NOT, NULL, NONE, 0, 0, "a retag" },
	{ { "app:1;ab", "app:2;ab", "os:1;a" },
	  { { 0 } },
	  BASE_FOUND_LAYERS,
	  "os:1",
	  2,
	  0,
	  0,
	  "a retag, and a base" },
	{ { "app:1;ab", "os:1;ba" }, { { 0 } }, BASE_FOUND_NOT, NULL, NONE, 0, 0, "another order" },
	{ { "app:1;ab", "os:1;b" }, { { 0 } }, BASE_FOUND_NOT, NULL, NONE, 0, 0, "not the lowest" },
	{ { "app:1;ab", "os:1;abc" },
	  { { 0 } },
	  BASE_FOUND_NOT,
	  NULL,
	  NONE,
	  0,
	  0,
	  "it is the base" },
	{ { "app:1;a", "os:1;" },
	  { { 0 } },
	  BASE_FOUND_NOT,
	  NULL,
	  NONE,
	  0,
	  0,
	  "no layers, no base" },
	{ { "app:1;", "os:1;a" },
	  { { 0 } },
	  BASE_FOUND_NOT,
	  NULL,
	  NONE,
	  0,
	  0,
	  "nothing to compare" },
	{ { "app:1;ab", "os:1;a", "co/base:2026.48;a;N=co/base:latest B=1" },
	  { { 0 } },
	  BASE_FOUND_LAYERS,
	  "os:1",
	  1,
	  0,
	  0,
	  "what stands on a stamped one inherits its stamp" },
	{ { "app:1;abc", ";ab", "os:1;a" },
	  { { 0 } },
	  BASE_FOUND_LAYERS,
	  "os:1",
	  2,
	  0,
	  0,
	  "what has no name cannot be told" },
	{ { "app:1;ab", "os:latest os:3.11 os:3.11.4-slim;a" },
	  { { 0 } },
	  BASE_FOUND_LAYERS,
	  "os:3.11.4-slim",
	  1,
	  0,
	  0,
	  "the name that says most" },
	{ { "app:1;ab", "os:latest os:3;a" },
	  { { 0 } },
	  BASE_FOUND_LAYERS,
	  "os:3",
	  1,
	  0,
	  0,
	  "latest says nothing" },
	{ { "app:1;ab", "mine:1.2.3 os:1 os@d;a" },
	  { { 0 } },
	  BASE_FOUND_LAYERS,
	  "os:1",
	  1,
	  0,
	  0,
	  "a name that a registry knows" },
	{ { "app:1;ab", "os:1;a", "os:1.2 os@d;a" },
	  { { 0 } },
	  BASE_FOUND_LAYERS,
	  "os:1.2",
	  2,
	  0,
	  0,
	  "the better of two such images" },
	{ { "app:1;ab", "h:5/os@d;a" },
	  { { 0 } },
	  BASE_FOUND_LAYERS,
	  "h:5/os@"
	  "sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
	  1,
	  0,
	  0,
	  "a digest is a name" },
	/* labels */
	{ { "app:1;ab;n=os:1 d=c" },
	  { { 0 } },
	  BASE_FOUND_LABEL,
	  "os:1",
	  NONE,
	  'c',
	  0,
	  "its labels" },
	{ { "app:1;ab;n=os:1 d=c", "os:1 os@c;a" },
	  { { 0 } },
	  BASE_FOUND_LABEL,
	  "os:1",
	  1,
	  'c',
	  0,
	  "and the image that they mean" },
	{ { "app:1;ab;n=os:1 d=c", "os:1 os@d;a" },
	  { { 0 } },
	  BASE_FOUND_LABEL,
	  "os:1",
	  NONE,
	  'c',
	  0,
	  "which is another now" },
	{ { "app:1;abc;n=os:1 d=c", "lang:1;ab;n=os:1 d=c" },
	  { { 0 } },
	  BASE_FOUND_LAYERS,
	  "lang:1",
	  1,
	  0,
	  0,
	  "inherited labels are the base's own" },
	{ { "app:1;abc;n=os:1 d=c", ";ab;n=os:1 d=c", "os:1;a" },
	  { { 0 } },
	  BASE_FOUND_LAYERS,
	  "os:1",
	  2,
	  0,
	  0,
	  "from one without a name, too" },
	{ { "app:1;abc;n=lang:1 d=e", "lang:1;ab;n=os:1 d=c" },
	  { { 0 } },
	  BASE_FOUND_LABEL,
	  "lang:1",
	  NONE,
	  'e',
	  0,
	  "others are its own" },
	{ { "app:1;ab;n=os:1", "os:1;a" },
	  { { 0 } },
	  BASE_FOUND_LABEL,
	  "os:1",
	  1,
	  0,
	  0,
	  "a name alone, by its layers" },
	{ { "app:1;a;n=os:1", "os:1;a" },
	  { { 0 } },
	  BASE_FOUND_LABEL,
	  "os:1",
	  1,
	  0,
	  0,
	  "all layers: only settings were changed" },
	{ { "app:1;ab;n=os:1", "os:1;c", "os@d;a" },
	  { { 0 } },
	  BASE_FOUND_LABEL,
	  "os:1",
	  2,
	  0,
	  0,
	  "the one that had the name before" },
	{ { "app:1;ab;n=os:1", "os:1;c", "other@d;a" },
	  { { 0 } },
	  BASE_FOUND_LABEL,
	  "os:1",
	  NONE,
	  0,
	  0,
	  "not one of another repository" },
	{ { "app:1;ab;n=app:1" },
	  { { 0 } },
	  BASE_FOUND_LABEL,
	  "app:1",
	  NONE,
	  0,
	  0,
	  "never itself" },
	{ { "app:1;ab;n=os:1@x", "os:1;a" },
	  { { 0 } },
	  BASE_FOUND_LAYERS,
	  "os:1",
	  1,
	  0,
	  0,
	  "a label that is no reference" },
	{ { "app:1;ab;d=c", "os:1;a" },
	  { { 0 } },
	  BASE_FOUND_LAYERS,
	  "os:1",
	  1,
	  0,
	  0,
	  "a digest without a name" },
	/* base build's labels */
	{ { "app:1;ab;N=co/os:latest B=1", "co/os:latest;a;N=co/os:latest B=1" },
	  { { 0 } },
	  BASE_FOUND_BUILD_LABEL,
	  "co/os:latest",
	  1,
	  0,
	  BASE_HERE_ASK,
	  "that build" },
	{ { "app:1;ab;N=co/os:latest B=1", "co/os:latest;c;N=co/os:latest B=2" },
	  { { 0 } },
	  BASE_FOUND_BUILD_LABEL,
	  "co/os:latest",
	  NONE,
	  0,
	  BASE_HERE_LATER,
	  "a later one" },
	{ { "app:1;ab;N=co/os:latest B=1", "co/os:latest;c;N=co/os:latest B=2",
	    "co/os:2026.44;a;N=co/os:latest B=1" },
	  { { 0 } },
	  BASE_FOUND_BUILD_LABEL,
	  "co/os:latest",
	  2,
	  0,
	  BASE_HERE_LATER,
	  "the week's tag is not what people build from" },
	{ { "app:1;ab;N=co/os:latest B=2", "co/os:latest;c;N=co/os:latest B=1" },
	  { { 0 } },
	  BASE_FOUND_BUILD_LABEL,
	  "co/os:latest",
	  NONE,
	  0,
	  BASE_HERE_OTHER,
	  "an earlier one" },
	{ { "app:1;ab;N=co/os:latest B=1", "co/os:latest;c;N=co/other:latest B=2" },
	  { { 0 } },
	  BASE_FOUND_BUILD_LABEL,
	  "co/os:latest",
	  NONE,
	  0,
	  BASE_HERE_OTHER,
	  "what was built under another name is no later build" },
	{ { "app:1;ab;N=co/os:latest B=1" },
	  { { 0 } },
	  BASE_FOUND_BUILD_LABEL,
	  "co/os:latest",
	  NONE,
	  0,
	  BASE_HERE_MISSING,
	  "not here" },
	{ { "app:1;ab;N=co/os:latest B=1", "co/os:2026.44;a;N=co/os:latest B=1" },
	  { { 0 } },
	  BASE_FOUND_BUILD_LABEL,
	  "co/os:latest",
	  1,
	  0,
	  BASE_HERE_ASK,
	  "by its week" },
	{ { "app:1;ab;N=co/os:latest B=1 n=os:1 d=c" },
	  { { 0 } },
	  BASE_FOUND_BUILD_LABEL,
	  "co/os:latest",
	  NONE,
	  0,
	  BASE_HERE_MISSING,
	  "before what the base was built on" },
/* base build's labels on what stands on another of its images, which no registry has */
#define APP "co/app:latest;ab;N=co/app:latest B=3 n=docker.io/co/os:latest d= "
	{ { APP "U=docker.io/co/os:latest#2", "co/os:latest;a;N=co/os:latest B=1" },
	  { { 0 } },
	  BASE_FOUND_BUILD_LABEL,
	  "docker.io/co/os:latest",
	  1,
	  0,
	  BASE_HERE_ASK,
	  "on what has the name" },
	{ { APP "U=docker.io/co/os:latest#7", "co/os:latest;c;N=co/os:latest B=4" },
	  { { 0 } },
	  BASE_FOUND_BUILD_LABEL,
	  "docker.io/co/os:latest",
	  NONE,
	  0,
	  BASE_HERE_LATER,
	  "on one before it" },
	{ { APP "U=docker.io/co/os:latest#3", "co/os:latest;c;N=co/os:latest B=4",
	    "co/os:2026.48;a;N=co/os:latest B=1" },
	  { { 0 } },
	  BASE_FOUND_BUILD_LABEL,
	  "docker.io/co/os:latest",
	  2,
	  0,
	  BASE_HERE_LATER,
	  "on one before it, which is still here" },
	{ { APP "U=docker.io/co/os:latest#7", "co/os:latest;c" },
	  { { 0 } },
	  BASE_FOUND_BUILD_LABEL,
	  "docker.io/co/os:latest",
	  NONE,
	  0,
	  BASE_HERE_OTHER,
	  "what has the name was built otherwise" },
	{ { APP "U=docker.io/co/os:latest#7" },
	  { { 0 } },
	  BASE_FOUND_BUILD_LABEL,
	  "docker.io/co/os:latest",
	  NONE,
	  0,
	  BASE_HERE_MISSING,
	  "nothing has the name" },
	{ { APP "U=docker.io/co/other:latest#2", "co/os:latest;a;N=co/os:latest B=1" },
	  { { 0 } },
	  BASE_FOUND_LABEL,
	  "docker.io/co/os:latest",
	  1,
	  0,
	  0,
	  "uses that do not speak of it say nothing" },
#undef APP
	{ { "co/os:latest;ab;N=co/os:latest B=1 n=os:1 d=c" },
	  { { 0 } },
	  BASE_FOUND_LABEL,
	  "os:1",
	  NONE,
	  'c',
	  0,
	  "the base itself stands on its own" },
	{ { "co/os@e;ab;N=docker.io/co/os:latest B=1 n=os:1 d=c" },
	  { { 0 } },
	  BASE_FOUND_LABEL,
	  "os:1",
	  NONE,
	  'c',
	  0,
	  "however its name is written" },
	{ { "app:1;ab;N=co/os:latest", "os:1;a" },
	  { { 0 } },
	  BASE_FOUND_LAYERS,
	  "os:1",
	  1,
	  0,
	  0,
	  "a stamp without a time" },
	/* what others say */
	{ { "app:1;ab;n=os:1 d=c N=co/os:latest B=1" },
	  { { BASE_FOUND_ANNOTATION, "real:1", 'a' }, { BASE_FOUND_PROVENANCE, "prov:1", 'b' } },
	  BASE_FOUND_ANNOTATION,
	  "real:1",
	  NONE,
	  'a',
	  0,
	  "annotations before all" },
	{ { "app:1;ab;n=os:1 d=c N=co/os:latest B=1" },
	  { { BASE_FOUND_PROVENANCE, "prov:1", 'b' }, { BASE_FOUND_DOCKERFILE, "file:1", 0 } },
	  BASE_FOUND_PROVENANCE,
	  "prov:1",
	  NONE,
	  'b',
	  0,
	  "provenance before labels" },
	{ { "app:1;ab;n=os:1 d=c" },
	  { { BASE_FOUND_DOCKERFILE, "file:1", 0 } },
	  BASE_FOUND_LABEL,
	  "os:1",
	  NONE,
	  'c',
	  0,
	  "labels before the Dockerfile" },
	{ { "app:1;ab", "os:1;a", "file:1;c" },
	  { { BASE_FOUND_DOCKERFILE, "file:1", 0 } },
	  BASE_FOUND_DOCKERFILE,
	  "file:1",
	  NONE,
	  0,
	  0,
	  "the Dockerfile before layers" },
	{ { "app:1;ab", "os:1;a" },
	  { { BASE_FOUND_DOCKERFILE,
	      "os:1@sha256:"
	      "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
	      0 } },
	  BASE_FOUND_DOCKERFILE,
	  NULL,
	  NONE,
	  'e',
	  0,
	  "a pinned FROM" },
	{ { "app:1;ab", "os:1;a" },
	  { { BASE_FOUND_ANNOTATION, "Not A Name", 0 } },
	  BASE_FOUND_LAYERS,
	  "os:1",
	  1,
	  0,
	  0,
	  "what is no reference says nothing" },
};

static void claim(struct base_claims *claims, int row, char rooms[2][DIGEST_TEXT])
{
	for (size_t i = 0; i < 2; i++) {
		struct base_claim *c = &claims->by[rows[row].claims[i].by];

		if (!rows[row].claims[i].name)
			continue;
		c->name = rows[row].claims[i].name;
		if (rows[row].claims[i].digest)
			c->digest = digest_of(rooms[i], rows[row].claims[i].digest);
	}
}

START_TEST(test_row)
{
	scoped(api_images_release) struct api_images images = { 0 };
	scoped_base_images known = { 0 };
	scoped(base_of_release) struct base_of base = { 0 };
	char rooms[2][DIGEST_TEXT], digest[DIGEST_TEXT];
	struct base_claims claims = { 0 };

	for (size_t i = 0; i < IMAGES && rows[_i].images[i]; i++)
		world_image(&images, rows[_i].images[i]);
	claim(&claims, _i, rooms);
	base_images_index(&known, &images);
	base_find(&base, &known, 0, &claims);
	ck_assert_msg(base.by == rows[_i].by, "%s: by %s", rows[_i].why, base_found_word(base.by));
	if (rows[_i].name)
		ck_assert_str_eq(base.name, rows[_i].name);
	ck_assert_msg(base.image == rows[_i].image, "%s: image %zu", rows[_i].why, base.image);
	if (rows[_i].digest)
		ck_assert_str_eq(base.digest, digest_of(digest, rows[_i].digest));
	else
		ck_assert_ptr_null(base.digest);
	ck_assert_msg(base.here == rows[_i].here, "%s: here %d", rows[_i].why, base.here);
}
END_TEST

/* --- layers, against reading them one by one */

static void random_images(struct random *r, struct api_images *images)
{
	size_t count = 1 + (size_t)random_below(r, 12);

	for (size_t i = 0; i < count; i++) {
		char text[64] = "", layers[16] = "";
		size_t n = (size_t)random_below(r, 5);

		for (size_t l = 0; l < n; l++)
			layers[l] = "ab"[random_below(r, 2)];
		if (random_below(r, 4))
			snprintf(text, sizeof(text), "r%llu:%zu%s;%s",
				 (unsigned long long)random_below(r, 3), i,
				 random_below(r, 2) ? ".1" : "", layers);
		else
			snprintf(text, sizeof(text), ";%s", layers);
		world_image(images, text);
	}
}

/* Straight from the rule: a name, fewer layers, all of them ours, the most of them. */
static size_t longest(const struct api_images *images, size_t i)
{
	size_t most = 0;

	for (size_t j = 0; j < images->count; j++) {
		const struct strings *ours = &images->items[i].diff_ids;
		const struct strings *theirs = &images->items[j].diff_ids;
		bool same = theirs->count < ours->count && images->items[j].tags.count > 0;

		for (size_t l = 0; same && l < theirs->count; l++)
			same = strcmp(ours->items[l], theirs->items[l]) == 0;
		if (same && theirs->count > most)
			most = theirs->count;
	}
	return most;
}

START_TEST(test_layers_model)
{
	struct random r = random_start();

	for (int round = 0; round < 3000; round++) {
		scoped(api_images_release) struct api_images images = { 0 };
		scoped_base_images known = { 0 };

		random_images(&r, &images);
		base_images_index(&known, &images);
		for (size_t i = 0; i < images.count; i++) {
			scoped(base_of_release) struct base_of base = { 0 };
			size_t most = longest(&images, i);
			const struct api_image *found;

			base_find(&base, &known, i, NULL);
			ck_assert_msg((base.by == BASE_FOUND_LAYERS) == (most > 0), RANDOM_SEED,
				      (unsigned long long)r.seed);
			if (!most)
				continue;
			found = &images.items[base.image];
			ck_assert_msg(found->diff_ids.count == most &&
					      base_is_beginning(found, &images.items[i]),
				      RANDOM_SEED, (unsigned long long)r.seed);
			/* Of those with as many layers none has a name that says more. */
			for (size_t j = 0; j < images.count; j++)
				if (images.items[j].tags.count &&
				    images.items[j].diff_ids.count == most &&
				    base_is_beginning(&images.items[j], found))
					ck_assert_msg(strlen(images.items[j].tags.items[0]) <=
							      strlen(base.name),
						      RANDOM_SEED, (unsigned long long)r.seed);
		}
	}
}
END_TEST

/* Which images of the list come first is nothing that the answer may hang on. */
START_TEST(test_order_does_not_matter)
{
	for (size_t row = 0; row < array_len(rows); row++) {
		scoped(api_images_release) struct api_images images = { 0 };
		scoped_base_images known = { 0 };
		scoped(base_of_release) struct base_of base = { 0 };
		char rooms[2][DIGEST_TEXT];
		struct base_claims claims = { 0 };
		size_t count = 0;

		while (count < IMAGES && rows[row].images[count])
			count++;
		/* IDs go with the image, as they do. */
		for (size_t i = count; i-- > 0;)
			str_replace(&world_image(&images, rows[row].images[i])->id,
				    xasprintf("sha256:%064zx", i + 1));
		claim(&claims, (int)row, rooms);
		base_images_index(&known, &images);
		base_find(&base, &known, count - 1, &claims);
		ck_assert_msg(base.by == rows[row].by && base.here == rows[row].here, "%s",
			      rows[row].why);
		if (rows[row].image != NONE)
			ck_assert_uint_eq(base.image, count - 1 - rows[row].image);
		else
			ck_assert_uint_eq(base.image, NONE);
	}
}
END_TEST

START_TEST(test_find_by_reference)
{
	scoped(api_images_release) struct api_images images = { 0 };
	scoped_base_images known = { 0 };

	world_image(&images, "app:1 h:5000/app@a;a");
	world_image(&images, "app:latest;b");
	base_images_index(&known, &images);
	ck_assert_uint_eq(base_images_find(&known, "app:1"), 0);
	ck_assert_uint_eq(base_images_find(&known, "docker.io/library/app:1"), 0);
	ck_assert_uint_eq(base_images_find(&known, "app"), 1);
	ck_assert_uint_eq(base_images_find(&known, "app:2"), NONE);
	ck_assert_uint_eq(base_images_find(&known, "No Name"), NONE);
	ck_assert_uint_eq(
		base_images_find(
			&known, "h:5000/app:9@sha256:"
				"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
		0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base_find");
	TCase *tc = tcase_create("base_find");

	tcase_add_loop_test(tc, test_row, 0, array_len(rows));
	tcase_add_test(tc, test_layers_model);
	tcase_add_test(tc, test_order_does_not_matter);
	tcase_add_test(tc, test_find_by_reference);
	suite_add_tcase(s, tc);
	return s;
}
