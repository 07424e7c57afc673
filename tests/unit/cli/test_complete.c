/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#include "common/cli/complete.h"
#include "tests/unit/cli/fake_plugin.h"

#define ALL_OPTIONS                                                                    \
	"--yes\tSay yes\n--keep\tKeep what matches\n--file\tRead it\n--fail\tEnd so\n" \
	"--last\tNumber\n--one\tWhich of them\n--help\tPrint usage\n:4\n"

static const struct {
	const char *words[8];
	const char *want;
	const char *why;
} rows[] = {
	{ { "" },
	  "work\tDo the work\ngroup\tTwo of them\nhelp\tHelp about any command\n:4\n",
	  "verbs but the hidden one" },
	{ { "w" }, "work\tDo the work\n:4\n", "a verb begun" },
	{ { "work" }, "work\tDo the work\n:4\n", "a verb typed to its end, without a blank" },
	{ { "x" }, ":4\n", "no verb" },
	{ { "-" }, "--help\tPrint usage\n:4\n", "the group's only option" },
	{ { 0 },
	  "work\tDo the work\ngroup\tTwo of them\nhelp\tHelp about any command\n:4\n",
	  "nothing at all" },
	{ { "group", "" }, "one\tFirst\ntwo\tSecond\n:4\n", "verbs below" },
	{ { "group", "t" }, "two\tSecond\n:4\n", "one of them begun" },
	{ { "nope", "" }, ":4\n", "below nothing" },
	{ { "group", "nope", "" }, ":4\n", "below nothing, deeper" },
	{ { "help", "" }, "work\tDo the work\ngroup\tTwo of them\n:4\n", "help about a verb" },
	{ { "help", "group", "" }, "one\tFirst\ntwo\tSecond\n:4\n", "and one below" },
	{ { "help", "work", "" }, ":4\n", "nothing below it" },
	{ { "work", "--" }, ALL_OPTIONS, "all options" },
	{ { "work", "-" }, ALL_OPTIONS, "by one dash too" },
	{ { "work", "--f" }, "--file\tRead it\n--fail\tEnd so\n:4\n", "begun" },
	{ { "work", "--yes", "--y" }, ":4\n", "one that was given" },
	{ { "work", "-y", "--y" }, ":4\n", "by its letter" },
	{ { "work", "--keep", "a", "--k" }, "--keep\tKeep what matches\n:4\n", "a list" },
	{ { "work", "--last", "1", "--l" }, "--last\tNumber\n:4\n", "a row that may repeat" },
	{ { "work", "--hid" }, ":4\n", "a hidden option" },
	{ { "work", "--fail", "" }, "busy\ninput\nusage\ncancelled\n:4\n", "words of a row" },
	{ { "work", "--fail", "u" }, "usage\n:4\n", "begun" },
	{ { "work", "--fail=" }, "busy\ninput\nusage\ncancelled\n:4\n", "behind =" },
	{ { "work", "--fail=i" }, "input\n:4\n", "begun behind =" },
	{ { "work", "--yes=" }, "true\nfalse\n:4\n", "a flag's value" },
	{ { "work", "--file", "" }, ":0\n", "the shell knows files" },
	{ { "work", "--file=x" }, ":0\n", "behind =" },
	{ { "work", "--keep", "" },
	  "redis:7\tan image\nredis:6\n:4\n",
	  "values of the verb; those that would break lines or terminals are left out" },
	{ { "work", "-k", "redis:7" }, "redis:7\tan image\n:4\n", "by letter" },
	{ { "work", "-yk", "" }, "redis:7\tan image\nredis:6\n:4\n", "behind a bundle" },
	{ { "work", "--last", "" }, ":4\n", "nothing is known of a number" },
	{ { "work", "--bad=x", "--y" }, "--yes\tSay yes\n:4\n", "mistakes before do not matter" },
	{ { "work", "" }, "web\ta container\ndb\n:4\n", "operands" },
	{ { "work", "web", "d" }, "db\n:4\n", "the second" },
	{ { "work", "web", "db", "" }, ":4\n", "there is no third" },
	{ { "work", "--", "-" }, ":4\n", "behind -- there are no options" },
	{ { "work", "--", "w" }, "web\ta container\n:4\n", "but operands" },
	{ { "work", "--nope=" }, ":4\n", "an option that there is not" },
	{ { "group", "one", "" }, ":4\n", "a verb that takes nothing" },
	{ { "group", "one", "--" }, "--help\tPrint usage\n:4\n", "and has no options" },
};

static const char *const *words_of(size_t row, int *count)
{
	for (*count = 0; *count < 8 && rows[row].words[*count];)
		++*count;
	return rows[row].words;
}

START_TEST(candidates)
{
	struct cli cli = { .plugin = &fake_plugin };
	scoped_buf out;
	int count;
	const char *const *words = words_of((size_t)_i, &count);

	buf_init(&out, 4096);
	complete(&fake_plugin, &cli, count, (char **)words, true, &out);
	ck_assert_msg(strcmp(out.data, rows[_i].want) == 0, "%s:\n%s", rows[_i].why, out.data);
}
END_TEST

#define TOP_VERBS "work\tDo the work\ngroup\tTwo of them\nhelp\tHelp about any command\n:4\n"

static const struct {
	const char *words[8];
	const char *want;
	const char *why;
} fallback_rows[] = {
	{ { 0 }, TOP_VERBS, "nothing at all: the verbs" },
	{ { "" }, TOP_VERBS, "verbs" },
	{ { "w" }, "work\tDo the work\n:4\n", "a verb begun, no operand of the fallback" },
	{ { "-" }, ALL_OPTIONS, "the options of the verb that runs alone" },
	{ { "--y" }, "--yes\tSay yes\n:4\n", "one of them begun" },
	{ { "--yes", "--f" }, "--file\tRead it\n--fail\tEnd so\n:4\n", "the next one" },
	{ { "--fail", "u" }, "usage\n:4\n", "a value" },
	{ { "--fail=u" }, "usage\n:4\n", "behind =" },
	{ { "--yes", "w" }, "web\ta container\n:4\n", "behind an option there are operands" },
	{ { "nope", "-" }, ":4\n", "below nothing" },
	{ { "group", "-" }, "--help\tPrint usage\n:4\n", "a group has none" },
	{ { "help", "-" }, ":4\n", "help has none" },
};

START_TEST(with_a_fallback)
{
	struct plugin plugin = fake_plugin;
	struct cli cli = { .plugin = &plugin };
	scoped_buf out;
	int count = 0;

	plugin.fallback = plugin.verbs[0];
	while (fallback_rows[_i].words[count])
		count++;
	buf_init(&out, 4096);
	complete(&plugin, &cli, count, (char **)fallback_rows[_i].words, true, &out);
	ck_assert_msg(strcmp(out.data, fallback_rows[_i].want) == 0, "%s:\n%s",
		      fallback_rows[_i].why, out.data);
}
END_TEST

START_TEST(without_descriptions)
{
	struct cli cli = { .plugin = &fake_plugin };
	char *words[] = { (char *)"work", (char *)"--keep", (char *)"" };
	scoped_buf out;

	buf_init(&out, 4096);
	complete(&fake_plugin, &cli, 3, words, false, &out);
	ck_assert_str_eq(out.data, "redis:7\nredis:6\n:4\n");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("complete");
	TCase *t = tcase_create("complete");

	tcase_add_loop_test(t, candidates, 0, array_len(rows));
	tcase_add_loop_test(t, with_a_fallback, 0, array_len(fallback_rows));
	tcase_add_test(t, without_descriptions);
	suite_add_tcase(s, t);
	return s;
}
