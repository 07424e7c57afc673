/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/attr.h"
#include "common/base/sort.h"

static int by_rank(const void *a, const void *b, void *ctx)
{
	const int *rank = ctx;

	return rank[*(const int *)a] - rank[*(const int *)b];
}

START_TEST(sorts_by_its_context)
{
	int items[] = { 0, 1, 2, 3 }, rank[] = { 30, 10, 40, 20 }, want[] = { 1, 3, 0, 2 };

	sort_with(items, array_len(items), sizeof(*items), by_rank, rank);
	ck_assert_mem_eq(items, want, sizeof(want));
	sort_with(NULL, 0, sizeof(*items), by_rank, rank);
}
END_TEST

static const struct {
	const char *text;
	size_t len;
	int at; /* -1: nowhere */
} rows[] = {
	{ "a:b:c", 5, 3 }, { "a:b:c", 3, 1 }, { "a:b:c", 1, -1 },
	{ ":", 1, 0 },     { "", 0, -1 },     { "abc", 3, -1 },
};

START_TEST(last_of_them)
{
	const char *found = last_char(rows[_i].text, rows[_i].len, ':');

	ck_assert_ptr_eq(found, rows[_i].at < 0 ? NULL : rows[_i].text + rows[_i].at);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("sort");
	TCase *tc = tcase_create("sort");

	tcase_add_test(tc, sorts_by_its_context);
	tcase_add_loop_test(tc, last_of_them, 0, array_len(rows));
	suite_add_tcase(s, tc);
	return s;
}
