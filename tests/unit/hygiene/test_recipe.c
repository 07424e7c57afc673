/* SPDX-License-Identifier: Apache-2.0 */
/* hygiene-base.json, and the tags that it makes. */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "plugins/hygiene/recipe.h"

static int parse(struct recipes *out, const char *text, struct error *err)
{
	return recipes_parse(out, text, strlen(text), "f", err);
}

static const struct {
	const char *text;
	const char *says;
	const char *why;
} refused[] = {
	{ "[]", "f: expected an object", "no object" },
	{ "{}", "names no images", "empty" },
	{ "{\"dependents\": [{\"name\": \"a\"}]}", "names no images", "nothing to stand on" },
	{ "{\"images\": []}", "names no images", "an empty list" },
	{ "{\"images\": {}}", "f.images: expected a list", "no list" },
	{ "{\"image\": []}", "did you mean", "a word that is near" },
	{ "{\"images\": [{}]}", "f.images[0]", "no name" },
	{ "{\"images\": [{\"name\": \"A\"}]}", "names no image", "upper case" },
	{ "{\"images\": [{\"name\": \"a:1\"}]}", "has a tag or digest", "tags have their key" },
	{ "{\"images\": [{\"name\": \"a\", \"x\": 1}]}", "f.images[0]", "an unknown key" },
	{ "{\"images\": [{\"name\": \"a\"}, {\"name\": \"docker.io/library/a\"}]}", "named twice",
	  "the same in full" },
	{ "{\"images\": [{\"name\": \"a\", \"context\": \"\"}]}", "must not be empty", "nowhere" },
	{ "{\"images\": [{\"name\": \"a\", \"context\": 1}]}", "expected a string", "a number" },
	{ "{\"images\": [{\"name\": \"a\", \"tags\": []}]}", "must not be empty", "no tag" },
	{ "{\"images\": [{\"name\": \"a\", \"tags\": [\"a b\"]}]}", "makes no tag", "a blank" },
	{ "{\"images\": [{\"name\": \"a\", \"tags\": [\"%q\"]}]}", "makes no tag", "unknown" },
	{ "{\"images\": [{\"name\": \"a\", \"tags\": [\"x%\"]}]}", "makes no tag", "a lone %" },
	{ "{\"images\": [{\"name\": \"a\", \"tags\": [\"%%\"]}]}", "makes no tag", "% is none" },
	{ "{\"images\": [{\"name\": \"a\", \"tags\": [\"\"]}]}", "makes no tag", "empty" },
	{ "{\"images\": [{\"name\": \"a\", \"tags\": [\"x@sha256:0\"]}]}", "makes no tag",
	  "a digest" },
	{ "{\"images\": [{\"name\": \"a\", \"inputs\": [\"../x\"]}]}", "not within", "outside" },
	{ "{\"images\": [{\"name\": \"a\", \"inputs\": [\"b/../../x\"]}]}", "not within",
	  "outside" },
	{ "{\"images\": [{\"name\": \"a\", \"inputs\": [\"/x\"]}]}", "not within", "absolute" },
	{ "{\"images\": [{\"name\": \"a\", \"inputs\": [\"..\"]}]}", "not within", "above" },
	{ "{\"images\": [{\"name\": \"a\", \"max_age\": \"x\"}]}", "f.images[0].max_age",
	  "no time" },
	{ "{\"images\": [{\"name\": \"a\", \"args\": {\"A=B\": \"x\"}}]}", "no name",
	  "an = in it" },
	{ "{\"images\": [{\"name\": \"a\", \"args\": {\"A\": 1}}]}", "expected a string",
	  "a number" },
	{ "{\"images\": [{\"name\": \"a\", \"name\": \"b\"}]}", "f", "a key twice" },
};

START_TEST(refuses)
{
	scoped_recipes recipes = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_msg(parse(&recipes, refused[_i].text, &err) < 0, "%s", refused[_i].why);
	ck_assert_int_eq(err.kind, ERROR_USAGE);
	ck_assert_msg(strstr(err.text, refused[_i].says), "%s: %s", refused[_i].why, err.text);
}
END_TEST

START_TEST(reads_all)
{
	static const char text[] =
		"{\"images\": [{\"name\": \"docker.io/company/py\", \"context\": \"py\","
		" \"dockerfile\": \"D\", \"target\": \"t\", \"args\": {\"A\": \"1\"},"
		" \"tags\": [\"x\"], \"inputs\": [\"a..b\", \"c/*\"], \"max_age\": \"1d\"}],"
		" \"dependents\": [{\"name\": \"app\"}]}";
	scoped_recipes r = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_msg(parse(&r, text, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(r.count, 2);
	ck_assert_str_eq(r.items[0].name, "company/py");
	ck_assert_str_eq(r.items[0].full, "docker.io/company/py");
	ck_assert_str_eq(r.items[0].args.items[0].value, "1");
	ck_assert_uint_eq(r.items[0].inputs.count, 2);
	ck_assert_int_eq(r.items[0].max_age, NSEC_PER_DAY);
	ck_assert(!r.items[0].dependent && r.items[1].dependent);
	ck_assert_str_eq(r.items[1].context, ".");
	ck_assert_str_eq(r.items[1].dockerfile, "Dockerfile");
	ck_assert_ptr_null(r.items[1].target);
	ck_assert_str_eq(r.items[1].tags.items[1], "%G.%V");
	ck_assert_int_eq(r.items[1].max_age, 0);
	ck_assert_ptr_eq(recipe_find(&r, "docker.io/library/app"), &r.items[1]);
	ck_assert_ptr_null(recipe_find(&r, "app"));
}
END_TEST

/* Years and weeks of ISO 8601 are not those of the calendar. */
static const struct {
	int year, month, day, weekday, yearday;
	const char *pattern;
	unsigned number;
	const char *tag;
	const char *why;
} tags[] = {
	{ 2026, 11, 28, 6, 331, "%G.%V", 1, "2026.48", "a Saturday" },
	{ 2026, 11, 28, 6, 331, "%G.%V", 2, "2026.48-2", "the second of the week" },
	{ 2027, 1, 1, 5, 0, "%G.%V", 0, "2026.53", "still last year's week" },
	{ 2024, 12, 30, 1, 364, "%G.%V", 0, "2025.01", "already next year's" },
	{ 2027, 1, 1, 5, 0, "%Y-%m-%d_%H.%M", 0, "2027-01-01_00.00", "the calendar" },
	{ 2027, 1, 1, 5, 0, "latest", 0, "latest", "no time in it" },
};

START_TEST(makes_tags)
{
	const struct tm time = { .tm_year = tags[_i].year - 1900,
				 .tm_mon = tags[_i].month - 1,
				 .tm_mday = tags[_i].day,
				 .tm_wday = tags[_i].weekday,
				 .tm_yday = tags[_i].yearday };
	char *tag = recipe_tag(tags[_i].pattern, &time, tags[_i].number);

	ck_assert_msg(strcmp(tag, tags[_i].tag) == 0, "%s: %s", tags[_i].why, tag);
	free(tag);
}
END_TEST

START_TEST(knows_dated_tags)
{
	ck_assert(recipe_tag_is_dated("%G") && recipe_tag_is_dated("a%%%d"));
	ck_assert(!recipe_tag_is_dated("latest") && !recipe_tag_is_dated("a%%d"));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("recipe");
	TCase *tc = tcase_create("recipe");

	tcase_add_loop_test(tc, refuses, 0, (int)array_len(refused));
	tcase_add_test(tc, reads_all);
	tcase_add_loop_test(tc, makes_tags, 0, (int)array_len(tags));
	tcase_add_test(tc, knows_dated_tags);
	suite_add_tcase(s, tc);
	return s;
}
