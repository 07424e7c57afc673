/* SPDX-License-Identifier: Apache-2.0 */
/* Which base images are due, in which order, and why. */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "plugins/hygiene/base_due.h"
#include "tests/unit/random.h"

#define NOW   (1000 * NSEC_PER_DAY)
#define FROM  "docker.io/library/debian:12"
#define OLD   "sha256:old"
#define NEWER "sha256:new"

/* --- one image */

static const struct {
	const char *now;   /* digest of FROM; NULL: not known */
	const char *built; /* the same in the stamp; NULL: no stamp */
	bool exists;
	const char *inputs; /* in the stamp; now they are "i" */
	int64_t age;        /* days; -1: not told */
	int64_t most;       /* days */
	bool force;
	unsigned reasons;
	bool blocked;
	const char *why;
} rows[] = {
#define BIT(reason) (1U << DUE_##reason)
	{ OLD, OLD, true, "i", 1, 7, false, 0, false, "as it was" },
	{ NEWER, OLD, true, "i", 1, 7, false, BIT(UPSTREAM), false, "upstream moved" },
	{ OLD, OLD, true, "j", 1, 7, false, BIT(INPUT), false, "an input changed" },
	{ OLD, OLD, true, NULL, 1, 7, false, BIT(INPUT), false, "a stamp without inputs" },
	{ OLD, OLD, true, "i", 7, 7, false, BIT(AGE), false, "a week to the second" },
	{ OLD, OLD, true, "i", 6, 7, false, 0, false, "not yet" },
	{ OLD, OLD, true, "i", 999, 0, false, 0, false, "age is no reason" },
	{ OLD, OLD, true, "i", -1, 7, false, BIT(AGE), false, "a stamp without a time" },
	{ OLD, OLD, true, "i", -5, 7, false, 0, false, "built in the future: a clock is wrong" },
	{ OLD, NULL, true, "i", 1, 7, false, BIT(FOREIGN), false, "somebody else's" },
	{ OLD, NULL, false, "i", 1, 7, false, BIT(NEW), false, "not there" },
	{ OLD, OLD, true, "i", 1, 7, true, BIT(FORCED), false, "asked for" },
	{ NULL, OLD, true, "i", 1, 7, false, 0, false, "not known is no reason" },
	{ NULL, OLD, true, "i", 9, 7, false, BIT(AGE), true, "due, and cannot be built" },
	{ NULL, NULL, false, "i", 1, 7, false, BIT(NEW), true, "new, and cannot be built" },
	{ NEWER, OLD, true, "j", 9, 7, true, BIT(FORCED) | BIT(UPSTREAM) | BIT(INPUT) | BIT(AGE),
	  false, "every reason" },
};

static void add_use(struct due_image *image, const char *name, size_t own, const char *digest)
{
	struct due_use *use = array_add(&image->uses);

	use->name = xstrdup(name);
	use->own = own;
	use->digest = xstrdup_null(digest);
}

static void stamp(struct due_image *image, const char *uses, int64_t built)
{
	image->stamped = true;
	image->built_uses = xstrdup(uses);
	image->built_inputs = xstrdup("i");
	image->built = built;
}

START_TEST(judges_one)
{
	char name[] = "a";
	struct recipe recipe = { .name = name, .max_age = rows[_i].most * NSEC_PER_DAY };
	struct due_image image = { .recipe = &recipe, .inputs = xstrdup("i"), .built = TIME_NONE };
	const struct due_options options = { .now = NOW, .force = rows[_i].force };
	struct error err = ERROR_INIT;
	scoped_due_plan plan = { 0 };

	add_use(&image, FROM, DUE_NONE, rows[_i].now);
	if (rows[_i].exists)
		image.id = xstrdup("sha256:id");
	if (rows[_i].built) {
		scoped_str uses = xasprintf("a@x %s@%s z@y", FROM, rows[_i].built);

		stamp(&image, uses, NOW - rows[_i].age * NSEC_PER_DAY);
		str_replace(&image.built_inputs, xstrdup_null(rows[_i].inputs));
		if (rows[_i].age == -1)
			image.built = TIME_NONE;
	}
	ck_assert_int_eq(base_due(&plan, &image, 1, &options, &err), 0);
	ck_assert_uint_eq(plan.count, 1);
	ck_assert_msg(plan.items[0].reasons == rows[_i].reasons, "%s: %s", rows[_i].why,
		      plan.items[0].why);
	ck_assert_msg(plan.items[0].due == (rows[_i].reasons != 0), "%s", rows[_i].why);
	ck_assert_msg(!plan.items[0].blocked == !rows[_i].blocked, "%s", rows[_i].why);
	ck_assert(*plan.items[0].why);
	due_image_release(&image);
}
END_TEST

/* A name that another begins with is another one. */
START_TEST(compares_whole_names)
{
	char name[] = "a";
	struct recipe recipe = { .name = name };
	struct due_image image = { .recipe = &recipe, .inputs = xstrdup("i") };
	const struct due_options options = { .now = NOW };
	struct error err = ERROR_INIT;
	scoped_due_plan plan = { 0 };

	image.id = xstrdup("x");
	add_use(&image, "b:1", DUE_NONE, "sha256:1");
	stamp(&image, "b:1@sha256:12 bb:1@sha256:1", NOW);
	ck_assert_int_eq(base_due(&plan, &image, 1, &options, &err), 0);
	ck_assert_uint_eq(plan.items[0].reasons, BIT(UPSTREAM));
	due_image_release(&image);
}
END_TEST

START_TEST(stamps_what_is_used)
{
	struct due_image image = { 0 };

	add_use(&image, "b:1", DUE_NONE, "sha256:2");
	add_use(&image, "a:1", 0, "sha256:1");
	add_use(&image, "b:1", DUE_NONE, "sha256:2");
	add_use(&image, "c:1", DUE_NONE, NULL);
	char *text = due_uses_text(&image);

	ck_assert_str_eq(text, "a:1@sha256:1 b:1@sha256:2");
	free(text);
	due_image_release(&image);
}
END_TEST

/* --- files taken from an image of the same run */

static const struct {
	bool source, parent_due, child_due;
	bool blocked;
	const char *why;
} sources[] = {
	{ true, true, true, true, "it has only a temporary name" },
	{ false, true, true, false, "FROM can be given that" },
	{ true, false, true, false, "it is built already" },
	{ true, false, false, false, "nothing is built" },
};

START_TEST(judges_sources)
{
	char base[] = "base", tool[] = "tool";
	struct recipe recipes[] = { { .name = tool }, { .name = base } };
	struct due_image images[] = { { .recipe = &recipes[0], .inputs = xstrdup("i") },
				      { .recipe = &recipes[1], .inputs = xstrdup("i") } };
	const struct due_options options = { .now = NOW };
	struct error err = ERROR_INIT;
	scoped_due_plan plan = { 0 };

	for (size_t i = 0; i < 2; i++) {
		images[i].id = xstrdup("sha256:id");
		stamp(&images[i], i ? "tool:latest@sha256:id" : "", NOW);
	}
	add_use(&images[1], "tool:latest", 0, "sha256:id");
	images[1].uses.items[0].source = sources[_i].source;
	if (sources[_i].parent_due)
		str_replace(&images[0].built_inputs, xstrdup("j"));
	if (sources[_i].child_due)
		str_replace(&images[1].built_inputs, xstrdup("j"));
	ck_assert_int_eq(base_due(&plan, images, 2, &options, &err), 0);
	ck_assert_uint_eq(plan.items[1].image, 1);
	ck_assert_msg(!plan.items[1].blocked == !sources[_i].blocked, "%s", sources[_i].why);
	if (sources[_i].blocked)
		ck_assert_ptr_nonnull(strstr(plan.items[1].why, "\"FROM tool:latest AS name\""));
	due_image_release(&images[0]);
	due_image_release(&images[1]);
}
END_TEST

/* --- many: an order that a second, simpler reading agrees with */

#define MANY 12

static void check_order(const struct due_plan *plan, const struct due_image *images)
{
	bool seen[MANY] = { false };

	for (size_t i = 0; i < plan->count; i++) {
		const struct due_image *image = &images[plan->items[i].image];

		for (size_t u = 0; u < image->uses.count; u++)
			ck_assert(seen[image->uses.items[u].own]);
		seen[plan->items[i].image] = true;
	}
}

/* Due are those whose inputs changed and, however far away, those that stand on them; through a
 * dependent that is not built nothing goes on. */
static bool is_due(const struct due_image *images, size_t i, const bool *changed, bool cascade)
{
	bool due = changed[i];

	for (size_t u = 0; u < images[i].uses.count; u++)
		due = due || is_due(images, images[i].uses.items[u].own, changed, cascade);
	return due && (cascade || !images[i].recipe->dependent);
}

START_TEST(follows_what_stands_on_what)
{
	struct random random = random_start();

	for (int round = 0; round < 2000; round++) {
		struct recipe recipes[MANY] = { 0 };
		struct due_image images[MANY] = { 0 };
		bool changed[MANY];
		char names[MANY][8];
		const struct due_options options = { .now = NOW,
						     .cascade = random_below(&random, 2) != 0 };
		struct error err = ERROR_INIT;
		scoped_due_plan plan = { 0 };
		size_t place[MANY];

		/* place[]: a random order in which nothing stands on what comes after. */
		for (size_t i = 0; i < MANY; i++) {
			size_t j = (size_t)random_below(&random, i + 1);

			place[i] = place[j];
			place[j] = i;
		}
		for (size_t i = 0; i < MANY; i++) {
			snprintf(names[i], sizeof(names[i]), "n%zu", i);
			recipes[i].name = names[i];
			recipes[i].dependent = random_below(&random, 3) == 0;
			changed[i] = random_below(&random, 5) == 0;
			images[i].recipe = &recipes[i];
			images[i].id = xstrdup("id");
			images[i].inputs = xstrdup(changed[i] ? "j" : "i");
		}
		for (size_t a = 0; a < MANY; a++)
			for (size_t b = 0; b < a; b++)
				if (random_below(&random, 6) == 0)
					add_use(&images[place[a]], names[place[b]], place[b], "d");
		for (size_t i = 0; i < MANY; i++) {
			char *uses = due_uses_text(&images[i]);

			stamp(&images[i], uses, NOW);
			free(uses);
		}
		ck_assert_msg(base_due(&plan, images, MANY, &options, &err) == 0,
			      RANDOM_SEED ": %s", (unsigned long long)random.seed, err.text);
		ck_assert_uint_eq(plan.count, MANY);
		check_order(&plan, images);
		for (size_t i = 0; i < MANY; i++)
			ck_assert_msg(plan.items[i].due == is_due(images, plan.items[i].image,
								  changed, options.cascade),
				      RANDOM_SEED ": %s", (unsigned long long)random.seed,
				      plan.items[i].why);
		for (size_t i = 0; i < MANY; i++)
			due_image_release(&images[i]);
	}
}
END_TEST

START_TEST(refuses_circles)
{
	char names[3][2] = { "a", "b", "c" };
	struct recipe recipes[3] = { { .name = names[0] },
				     { .name = names[1] },
				     { .name = names[2] } };
	struct due_image images[3] = { { .recipe = &recipes[0] },
				       { .recipe = &recipes[1] },
				       { .recipe = &recipes[2] } };
	const struct due_options options = { .now = NOW };
	struct error err = ERROR_INIT;
	struct due_plan plan = { 0 };

	add_use(&images[0], "b", 1, NULL);
	add_use(&images[1], "c", 2, NULL);
	add_use(&images[2], "b", 1, NULL);
	ck_assert_int_eq(base_due(&plan, images, 3, &options, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_USAGE);
	ck_assert_msg(strstr(err.text, "b on c on b"), "%s", err.text);
	for (size_t i = 0; i < 3; i++)
		due_image_release(&images[i]);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base_due");
	TCase *tc = tcase_create("base_due");

	tcase_add_loop_test(tc, judges_one, 0, (int)array_len(rows));
	tcase_add_test(tc, compares_whole_names);
	tcase_add_loop_test(tc, judges_sources, 0, array_len(sources));
	tcase_add_test(tc, stamps_what_is_used);
	tcase_add_test(tc, follows_what_stands_on_what);
	tcase_add_test(tc, refuses_circles);
	suite_add_tcase(s, tc);
	return s;
}
