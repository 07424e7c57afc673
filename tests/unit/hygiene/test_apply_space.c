/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include "plugins/hygiene/apply_parts.h"

static const struct {
	struct space space; /* missing, certain, possible, grown */
	bool short_of;
	const char *why;
} rows[] = {
	{ { 1000, 0, 0, 0 }, false, "nothing went yet" },
	{ { 1000, 249, 249, 0 }, false, "too little went to judge by" },
	{ { 1000, 250, 250, 0 }, true, "a quarter went, and nothing came" },
	{ { 1000, 250, 250, 124 }, true, "less than half came" },
	{ { 1000, 250, 250, 125 }, false, "half came: others may write, too" },
	{ { 1000, 900, 900, 880 }, false, "nearly there" },
	{ { 1000, 300, 300, -500 }, true, "something else fills it quicker" },
	{ { 1000, 0, 499, 0 }, false, "build cache may hold it: judged later" },
	{ { 1000, 0, 500, 0 }, true, "but judged" },
	{ { 1000, 0, 500, 49 }, true, "hardly anything came" },
	{ { 1000, 0, 500, 50 }, false, "a tenth came" },
	{ { 1000, 100, 5000, 499 }, true, "far from what may have gone" },
	{ { 0, 10, 10, 0 }, true, "nothing missing any more, and still no growth" },
	{ { INT64_MAX, INT64_MAX, INT64_MAX, 0 }, true, "no overflow" },
};

START_TEST(falls_short)
{
	ck_assert_msg(space_falls_short(&rows[_i].space) == rows[_i].short_of, "%s", rows[_i].why);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("apply_space");
	TCase *tc = tcase_create("verdict");

	tcase_add_loop_test(tc, falls_short, 0, (int)array_len(rows));
	suite_add_tcase(s, tc);
	return s;
}
