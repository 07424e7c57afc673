/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdint.h>
#include <string.h>

#include "common/base/nearest.h"

static const struct {
	const char *typed, *known;
	size_t distance;
	const char *why;
} rows[] = {
	{ "prune", "prune", 0, "the word itself" },
	{ "prnue", "prune", 1, "neighbours swapped are one slip" },
	{ "prun", "prune", 1, "a beginning" },
	{ "older", "older-than", 1, "a beginning counts one, however much is missing" },
	{ "ol", "older-than", SIZE_MAX, "two letters begin too many words" },
	{ "prunes", "prune", 1, "one letter too many" },
	{ "prxyne", "prune", 2, "one changed, one too many" },
	{ "image", "images", 1, "one missing" },
	{ "", "all", SIZE_MAX, "nothing is near nothing" },
	{ "x", "all", SIZE_MAX, "another word" },
	{ "volumes", "images", SIZE_MAX, "another word of the same kind" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  "all", SIZE_MAX, "too long to be compared" },
	{ "all", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  SIZE_MAX, "or to be suggested" },
};

START_TEST(distance)
{
	size_t got = nearest_distance(rows[_i].typed, rows[_i].known);

	ck_assert_msg(got == rows[_i].distance, "%s: %zu", rows[_i].why, got);
}
END_TEST

START_TEST(longest_words)
{
	char a[NEAREST_MAX + 1], b[NEAREST_MAX + 1];

	memset(a, 'a', NEAREST_MAX);
	memset(b, 'a', NEAREST_MAX);
	b[0] = 'b';
	a[NEAREST_MAX] = b[NEAREST_MAX] = '\0';
	ck_assert_uint_eq(nearest_distance(a, b), 1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("nearest");
	TCase *t = tcase_create("nearest");

	tcase_add_loop_test(t, distance, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, longest_words);
	suite_add_tcase(s, t);
	return s;
}
