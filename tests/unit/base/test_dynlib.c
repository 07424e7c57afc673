/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/dynlib.h"

static int untouched(void)
{
	return -1;
}

static const struct {
	const char *sonames[3];
	const char *second; /* symbol looked for beside cos */
	const char *says;   /* in the error; NULL: loads */
	const char *why;
} rows[] = {
	{ { "libm.so.6" }, "sin", NULL, "a library that is there" },
	{ { "libabsent.so.9", "libm.so.6" }, "sin", NULL, "the second name is tried" },
	{ { "libabsent.so.9", "libabsent.so.8" },
	  "sin",
	  "libabsent.so.9",
	  "the error names the first library, the one to expect" },
	{ { "libm.so.6" }, "no_such_symbol", "no_such_symbol", "the missing symbol is named" },
	{ { "libabsent.so.9", "libm.so.6" },
	  "no_such_symbol",
	  "libm.so.6",
	  "a library that is too old tells more than one that is not there" },
	{ { "libm.so.6", "libabsent.so.9" },
	  "no_such_symbol",
	  "no_such_symbol",
	  "and is not forgotten for a later name" },
};

START_TEST(loads)
{
	double (*first)(double) = NULL;
	int (*second)(void) = untouched;
	const struct dynlib_symbol symbols[] = {
		{ "cos", (void **)&first },
		{ rows[_i].second, (void **)&second },
	};
	struct error err = ERROR_INIT;
	int rc = dynlib_load(rows[_i].sonames, symbols, 2, "libparts1", &err);

	if (!rows[_i].says) {
		ck_assert_msg(rc == 0, "%s: %s", rows[_i].why, err.text);
		ck_assert(first && first(0) > 0.99 && second != untouched);
		return;
	}
	ck_assert_msg(rc == -1 && err.kind == ERROR_UNSUPPORTED, "%s", rows[_i].why);
	ck_assert_msg(strstr(err.text, rows[_i].says), "%s: %s", rows[_i].why, err.text);
	ck_assert_msg(strstr(err.text, "install the package libparts1"), "%s", err.text);
	ck_assert_msg(!first && second == untouched, "%s: slots are untouched", rows[_i].why);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("dynlib");
	TCase *tc = tcase_create("load");

	tcase_add_loop_test(tc, loads, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	suite_add_tcase(s, tc);
	return s;
}
