/* SPDX-License-Identifier: Apache-2.0 */
/* Several settings become one policy. */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/clock.h"
#include "plugins/hygiene/policy.h"

#define HOUR NSEC_PER_HOUR
#define DAY  NSEC_PER_DAY

/* Sources as policy texts, the strongest first. */
#define SOURCES 3
static const struct {
	const char *sources[SOURCES];
	const char *
		chosen; /* initials of kinds in their order: Containers Networks Volumes Images B */
	int all;
	int64_t keep_last, max_size, free_bytes, free_percent;
	int64_t older[KIND_COUNT]; /* hours; 0: the default */
	const char *says;
	const char *why;
} rows[] = {
#define NO_TARGETS 0, UNSET, UNSET, UNSET
	{ { "{}" }, "CI", 0, NO_TARGETS, { 0 }, NULL, "containers and images are the default" },
	{ { NULL }, "CI", 0, NO_TARGETS, { 0 }, NULL, "no source at all" },
	{ { "{\"volumes\": {\"prune\": \"all\"}}" },
	  "V",
	  0,
	  NO_TARGETS,
	  { 0 },
	  NULL,
	  "exactly those that are chosen" },
	{ { "{\"containers\": {\"prune\": true}}", "{\"networks\": {\"prune\": true}}" },
	  "C",
	  0,
	  NO_TARGETS,
	  { 0 },
	  NULL,
	  "the strongest source decides" },
	{ { "{}", "{\"networks\": {\"prune\": true}}" },
	  "N",
	  0,
	  NO_TARGETS,
	  { 0 },
	  NULL,
	  "one that says nothing leaves it to the next" },
	{ { "{\"images\": {\"prune\": false}}" },
	  "C",
	  0,
	  NO_TARGETS,
	  { 0 },
	  NULL,
	  "taken from the default" },
	{ { "{\"images\": {\"prune\": false}}",
	    "{\"images\": {\"prune\": true}, \"build_cache\": {\"prune\": true}}" },
	  "B",
	  0,
	  NO_TARGETS,
	  { 0 },
	  NULL,
	  "taken from what a weaker source chose" },
	{ { "{\"images\": {\"prune\": true}}", "{\"images\": {\"prune\": false}}" },
	  "I",
	  0,
	  NO_TARGETS,
	  { 0 },
	  NULL,
	  "a weaker source takes nothing away" },
	{ { "{\"images\": {\"prune\": false}, \"containers\": {\"prune\": false}}" },
	  NULL,
	  0,
	  NO_TARGETS,
	  { 0 },
	  "no kind of object is left",
	  "nothing to do is a mistake" },
	{ { "{\"containers\": {\"prune\": true}, \"images\": {\"max_size\": \"1GB\"}}" },
	  NULL,
	  0,
	  NO_TARGETS,
	  { 0 },
	  "max-size concerns images",
	  "a limit that nothing would keep" },
	{ { "{\"containers\": {\"prune\": true}, \"images\": {\"keep_last\": 1}}" },
	  NULL,
	  0,
	  NO_TARGETS,
	  { 0 },
	  "keep-last concerns images",
	  "the same" },
	{ { "{\"containers\": {\"prune\": true}, \"images\": {\"all\": true}}" },
	  NULL,
	  0,
	  NO_TARGETS,
	  { 0 },
	  "all concerns images",
	  "the same" },
	{ { "{\"containers\": {\"prune\": true}}", "{\"images\": {\"max_size\": \"1GB\"}}" },
	  "C",
	  1,
	  0,
	  1000000000,
	  UNSET,
	  UNSET,
	  { 0 },
	  NULL,
	  "from another source it is no contradiction" },
	{ { "{\"images\": {\"keep_last\": 2}}" },
	  "CI",
	  1,
	  2,
	  UNSET,
	  UNSET,
	  UNSET,
	  { 0 },
	  NULL,
	  "keep_last implies all" },
	{ { "{\"images\": {\"keep_last\": 2, \"all\": false}}" },
	  "CI",
	  0,
	  2,
	  UNSET,
	  UNSET,
	  UNSET,
	  { 0 },
	  NULL,
	  "unless it is said otherwise there" },
	{ { "{\"images\": {\"all\": false}}", "{\"free\": \"1GB\"}" },
	  "CI",
	  0,
	  0,
	  UNSET,
	  1000000000,
	  UNSET,
	  { 0 },
	  NULL,
	  "or by a stronger source" },
	{ { "{\"free\": \"20%\"}", "{\"images\": {\"all\": false}}" },
	  "CI",
	  1,
	  0,
	  UNSET,
	  UNSET,
	  20000,
	  { 0 },
	  NULL,
	  "but not by a weaker one" },
	{ { "{\"images\": {\"keep_last\": 0}}", "{\"images\": {\"keep_last\": 5}}" },
	  "CI",
	  0,
	  NO_TARGETS,
	  { 0 },
	  NULL,
	  "switched off, it implies nothing" },
	{ { "{\"free\": \"20%\"}", "{\"free\": \"5GB\"}" },
	  "CI",
	  1,
	  0,
	  UNSET,
	  UNSET,
	  20000,
	  { 0 },
	  NULL,
	  "one target of disk, not both" },
	{ { "{\"older_than\": \"2h\"}" },
	  "CI",
	  0,
	  NO_TARGETS,
	  { 2, 2, 2, 2, 2 },
	  NULL,
	  "of all kinds" },
	{ { "{\"older_than\": \"2h\", \"images\": {\"older_than\": \"3h\"}}" },
	  "CI",
	  0,
	  NO_TARGETS,
	  { 2, 2, 2, 3, 2 },
	  NULL,
	  "the kind's own comes first" },
	{ { "{\"older_than\": \"2h\"}", "{\"images\": {\"older_than\": \"3h\"}}" },
	  "CI",
	  0,
	  NO_TARGETS,
	  { 2, 2, 2, 2, 2 },
	  NULL,
	  "but not from a weaker source" },
	{ { "{\"images\": {\"older_than\": \"2h\"}}", "{\"older_than\": \"3h\"}",
	    "{\"volumes\": {\"older_than\": \"9h\"}}" },
	  "CI",
	  0,
	  NO_TARGETS,
	  { 3, 3, 3, 2, 3 },
	  NULL,
	  "each kind by itself" },
};

static size_t parse_all(struct settings settings[SOURCES], const struct settings *list[SOURCES],
			int row)
{
	struct error err = ERROR_INIT;
	size_t count = 0;

	for (; count < SOURCES && rows[row].sources[count]; count++) {
		const char *text = rows[row].sources[count];

		settings_init(&settings[count]);
		list[count] = &settings[count];
		ck_assert_msg(
			settings_parse_policy(&settings[count], text, strlen(text), "F", &err) == 0,
			"%s", err.text);
	}
	return count;
}

static void check_policy(const struct policy *p, int row)
{
	static const char initials[] = "CNVIB";

	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		int64_t hours = rows[row].older[kind] ? rows[row].older[kind] : 1;

		ck_assert_msg(p->kinds[kind].chosen ==
				      (strchr(rows[row].chosen, initials[kind]) != NULL),
			      "%s: %s", rows[row].why, kind_word(kind));
		ck_assert_msg(p->kinds[kind].older_than == hours * HOUR, "%s: %s", rows[row].why,
			      kind_word(kind));
	}
	ck_assert_msg(p->all == rows[row].all, "%s", rows[row].why);
	ck_assert_msg(p->keep_last == rows[row].keep_last && p->max_size == rows[row].max_size &&
			      p->free_bytes == rows[row].free_bytes &&
			      p->free_percent == rows[row].free_percent,
		      "%s", rows[row].why);
	ck_assert_msg(p->sizes == (p->free_bytes != UNSET || p->free_percent != UNSET),
		      "%s: sizes are needed to reach an amount of disk", rows[row].why);
	ck_assert(p->volume_scope ==
		  (strchr(rows[row].chosen, 'V') ? VOLUMES_ALL : VOLUMES_ANONYMOUS));
}

START_TEST(merge)
{
	const struct settings *list[SOURCES];
	struct settings settings[SOURCES];
	struct error err = ERROR_INIT;
	scoped_policy policy = { .keep_last = 77 };
	size_t count = parse_all(settings, list, _i);
	int rc = policy_merge(&policy, list, count, &err);

	if (rows[_i].says) {
		ck_assert_msg(rc == -1 && err.kind == ERROR_USAGE &&
				      strstr(err.text, rows[_i].says),
			      "%s: %s", rows[_i].why, err.text);
		ck_assert_msg(policy.keep_last == 77, "untouched on failure");
	} else {
		ck_assert_msg(rc == 0, "%s: %s", rows[_i].why, err.text);
		check_policy(&policy, _i);
	}
	for (size_t i = 0; i < count; i++)
		settings_release(&settings[i]);
}
END_TEST

/* What protects is united, with the place that it came from. */
START_TEST(unites)
{
	static const char strong[] = "{\"keep\": [\"a\"], \"images\": {\"keep\": [\"b\"]}}";
	static const char weak[] = "{\"keep\": [\"c\"], \"images\": {\"filters\": [\"label=d\"]}, "
				   "\"filters\": [\"label!=e\"]}";
	struct settings settings[2];
	const struct settings *list[] = { &settings[0], &settings[1] };
	struct error err = ERROR_INIT;
	scoped_policy policy = { 0 };
	const struct kind_rules *images = &policy.kinds[KIND_IMAGE];

	settings_init(&settings[0]);
	settings_init(&settings[1]);
	ck_assert(settings_parse_policy(&settings[0], strong, strlen(strong), "S", &err) == 0);
	ck_assert(settings_parse_policy(&settings[1], weak, strlen(weak), "W", &err) == 0);
	ck_assert(policy_merge(&policy, list, 2, &err) == 0);
	settings_release(&settings[0]);
	settings_release(&settings[1]);

	ck_assert_uint_eq(images->keep.count, 3);
	ck_assert_str_eq(images->keep.items[0].text, "a");
	ck_assert_str_eq(images->keep.items[1].text, "b");
	ck_assert_str_eq(images->keep.items[2].text, "c");
	ck_assert_str_eq(images->keep.items[2].source, "W");
	ck_assert_uint_eq(images->filters.count, 2);
	ck_assert_uint_eq(policy.kinds[KIND_VOLUME].keep.count, 2);
	ck_assert_uint_eq(policy.kinds[KIND_VOLUME].filters.count, 1);
}
END_TEST

START_TEST(words)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		ck_assert(kind_parse(kind_word(kind)) == kind);
	ck_assert(kind_parse("images") == KIND_COUNT);
	ck_assert_str_eq(kind_word(KIND_CACHE), "build-cache");
	ck_assert_str_eq(kind_key(KIND_CACHE), "build_cache");
	ck_assert_str_eq(kind_flag(KIND_CACHE), "build-cache");
	ck_assert_str_eq(kind_plural(KIND_CACHE), "build cache records");
	ck_assert_str_eq(action_word(ACTION_UNTAG), "untag");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("policy");
	TCase *tc = tcase_create("merge");

	tcase_add_loop_test(tc, merge, 0, (int)array_len(rows));
	tcase_add_test(tc, unites);
	tcase_add_test(tc, words);
	suite_add_tcase(s, tc);
	return s;
}
