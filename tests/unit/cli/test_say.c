/* SPDX-License-Identifier: Apache-2.0 */
/* What is said beside an answer. */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/say.h"
#include "tests/unit/cli/fake_plugin.h"

static const struct {
	const char *kind, *text, *line, *why;
} rows[] = {
	{ "note", "all is well", "docker fake a b: note: all is well\n", "with its kind" },
	{ NULL, "all is well", "docker fake a b: all is well\n", "without" },
	{ "note", "", "docker fake a b: note: \n", "nothing" },
	{ NULL, "a\033[31mb\nc", NULL, "what would move a terminal's cursor" },
};

START_TEST(says)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);
	const struct cli cli = { .plugin = &fake_plugin, .err = file };

	cli_say(&cli, "a b", rows[_i].kind, rows[_i].text);
	fclose(file);
	if (rows[_i].line)
		ck_assert_str_eq(text, rows[_i].line);
	else
		ck_assert_msg(!strchr(text, '\033') && strchr(text, '\n') == text + len - 1, "%s",
			      rows[_i].why);
	free(text);
}
END_TEST

START_TEST(says_all)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);
	const struct cli cli = { .plugin = &fake_plugin, .err = file };
	scoped_strings notes = { 0 };

	strings_add(&notes, "one");
	strings_add(&notes, "two");
	cli_say_notes(&cli, "v", &notes);
	fclose(file);
	ck_assert_str_eq(text, "docker fake v: note: one\ndocker fake v: note: two\n");
	free(text);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("say");
	TCase *tc = tcase_create("say");

	tcase_add_loop_test(tc, says, 0, (int)array_len(rows));
	tcase_add_test(tc, says_all);
	suite_add_tcase(s, tc);
	return s;
}
