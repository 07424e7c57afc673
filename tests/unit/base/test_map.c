/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>

#include "common/base/alloc.h"
#include "common/base/map.h"

START_TEST(empty)
{
	scoped_map m;

	map_init(&m);
	ck_assert(map_get(&m, "x") == MAP_NONE && !map_has(&m, "x"));
	ck_assert_msg(map_get(&m, NULL) == MAP_NONE, "NULL is not there");
}
END_TEST

START_TEST(first_wins)
{
	scoped_map m;

	map_init(&m);
	ck_assert_uint_eq(map_put(&m, "a", 1), 1);
	ck_assert_msg(map_put(&m, "a", 2) == 1, "the key is there: its value stays");
	ck_assert_uint_eq(map_put(&m, "", 3), 3);
	ck_assert(map_get(&m, "a") == 1 && map_get(&m, "") == 3 && m.count == 2);
	map_release(&m);
	map_release(&m);
}
END_TEST

START_TEST(many)
{
	scoped_map m;
	scoped_strings keys = { 0 };

	map_init(&m);
	for (size_t i = 0; i < 20000; i++)
		strings_take(&keys, xasprintf("sha256:%zx", i * 7919));
	for (size_t i = 0; i < keys.count; i++)
		ck_assert_uint_eq(map_put(&m, keys.items[i], i), i);
	for (size_t i = 0; i < keys.count; i++) {
		scoped_str copy = xstrdup(keys.items[i]);

		ck_assert_msg(map_get(&m, copy) == i, "by text, not by address");
	}
	ck_assert(!map_has(&m, "sha256:1") && m.count == 20000);
	ck_assert_msg(m.room < 4 * m.count, "no more room than needed");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("map");
	TCase *tc = tcase_create("map");

	tcase_add_test(tc, empty);
	tcase_add_test(tc, first_wins);
	tcase_add_test(tc, many);
	suite_add_tcase(s, tc);
	return s;
}
