/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/codec/proc_stat.h"

/* What follows the ppid and the terminal, up to the start time. */
#define FROM_PGRP(terminal) " 1 1 " terminal " -1 4194560 500 18446744073709551615 0 0 1 2 0 0 "
#define TO_START            "20 0 1 0 "
#define REST                " 4000000 300 18446744073709551615 1 1 0 0 0\n"
#define STAT(name, state, ppid, terminal, start)           \
	"7 (" name ") " state " " ppid FROM_PGRP(terminal) \
	TO_START start REST

static const struct {
	const char *text, *name;
	char state;
	int64_t ppid, terminal;
	uint64_t started;
	const char *why;
} good[] = {
	{ STAT("docker", "S", "3", "34816", "12345"), "docker", 'S', 3, 34816, 12345, "plain" },
	{ STAT("a b", "R", "3", "0", "1"), "a b", 'R', 3, 0, 1, "a blank in the name" },
	{ STAT("a) R 9 (b", "S", "3", "0", "1"), "a) R 9 (b", 'S', 3, 0, 1,
	  "another process in it" },
	{ STAT(")", "S", "3", "0", "1"), ")", 'S', 3, 0, 1, "a bracket" },
	{ STAT("((", "S", "3", "0", "1"), "((", 'S', 3, 0, 1, "others" },
	{ STAT("", "S", "3", "0", "1"), "", 'S', 3, 0, 1, "no name" },
	{ STAT("a\nb", "S", "3", "0", "1"), "a\nb", 'S', 3, 0, 1, "a newline" },
	{ STAT("\x1b[2J\xff", "S", "3", "0", "1"), "\x1b[2J\xff", 'S', 3, 0, 1,
	  "odd bytes, as they are" },
	{ STAT("z", "Z", "1", "0", "1"), "z", 'Z', 1, 0, 1, "a zombie" },
	{ STAT("init", "S", "0", "0", "0"), "init", 'S', 0, 0, 0, "no parent" },
	{ STAT("x", "S", "3", "-1", "1"), "x", 'S', 3, -1, 1, "a negative terminal" },
	{ STAT("x", "S", "3", "0", "18446744073709551615"), "x", 'S', 3, 0, UINT64_MAX,
	  "the last time" },
	{ STAT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "S", "3",
	       "0", "1"),
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 'S', 3, 0, 1,
	  "a name that is cut" },
};

START_TEST(parses)
{
	struct error err = ERROR_INIT;
	struct proc_stat stat;

	ck_assert_msg(proc_stat_parse(&stat, good[_i].text, strlen(good[_i].text), &err) == 0,
		      "%s: %s", good[_i].why, err.text);
	ck_assert_int_eq(stat.pid, 7);
	ck_assert_str_eq(stat.name, good[_i].name);
	ck_assert_msg(stat.state == good[_i].state && stat.ppid == good[_i].ppid &&
			      stat.terminal == good[_i].terminal &&
			      stat.started == good[_i].started,
		      "%s", good[_i].why);
}
END_TEST

static const struct {
	const char *text, *why;
} bad[] = {
	{ "", "nothing" },
	{ "7", "cut in front of the name" },
	{ "7 (docker", "cut in the name" },
	{ "7 docker S 3", "no brackets" },
	{ "7 (docker) S 3", "cut behind the parent" },
	{ "7 (docker) S", "cut behind the state" },
	{ "7 (docker)", "cut behind the name" },
	{ "7 ) (", "brackets the wrong way" },
	{ "7 (x) S 3" FROM_PGRP("0") TO_START "123", "a time that may be cut" },
	{ STAT("x", "S", "-3", "0", "1"), "a negative parent" },
	{ STAT("x", "S", "three", "0", "1"), "a word for the parent" },
	{ STAT("x", "S", "3", "0", "-1"), "a negative time" },
	{ STAT("x", "S", "3", "0", "18446744073709551616"), "a time past the last" },
	{ STAT("x", "S", "9223372036854775808", "0", "1"), "a parent past the last" },
	{ STAT("x", "", "3", "0", "1"), "no state" },
	{ STAT("x", "SS", "3", "0", "1"), "two states" },
	{ "0"
	  " (x) S 3" FROM_PGRP("0") TO_START "1" REST,
	  "no process has 0" },
	{ "-7"
	  " (x) S 3" FROM_PGRP("0") TO_START "1" REST,
	  "nor a negative number" },
	{ " 7"
	  " (x) S 3" FROM_PGRP("0") TO_START "1" REST,
	  "a blank in front" },
};

START_TEST(refuses)
{
	struct error err = ERROR_INIT;
	struct proc_stat stat = { .pid = 99 };

	ck_assert_msg(proc_stat_parse(&stat, bad[_i].text, strlen(bad[_i].text), &err) < 0, "%s",
		      bad[_i].why);
	ck_assert_msg(err.kind == ERROR_INPUT && stat.pid == 99, "%s", bad[_i].why);
}
END_TEST

START_TEST(own)
{
	char text[PROC_STAT_MAX];
	struct error err = ERROR_INIT;
	struct proc_stat stat;
	FILE *f = fopen("/proc/self/stat", "r");

	if (!f)
		return;
	size_t len = fread(text, 1, sizeof(text), f);

	fclose(f);
	ck_assert_int_eq(proc_stat_parse(&stat, text, len, &err), 0);
	ck_assert_int_eq(stat.pid, getpid());
	ck_assert_int_eq(stat.ppid, getppid());
	ck_assert_uint_gt(stat.started, 0);
}
END_TEST

START_TEST(too_long)
{
	scoped_str text = xcalloc(1, PROC_STAT_MAX + 2);
	struct error err = ERROR_INIT;
	struct proc_stat stat;

	memset(text, ' ', PROC_STAT_MAX + 1);
	memcpy(text, good[0].text, strlen(good[0].text));
	ck_assert_int_eq(proc_stat_parse(&stat, text, PROC_STAT_MAX, &err), 0);
	ck_assert_int_eq(proc_stat_parse(&stat, text, PROC_STAT_MAX + 1, &err), -1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("proc_stat");
	TCase *tc = tcase_create("stat");

	tcase_add_loop_test(tc, parses, 0, (int)array_len(good));
	tcase_add_loop_test(tc, refuses, 0, (int)array_len(bad));
	tcase_add_test(tc, own);
	tcase_add_test(tc, too_long);
	suite_add_tcase(s, tc);
	return s;
}
