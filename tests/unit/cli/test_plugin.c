/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#include "common/cli/plugin_run.h"
#include "common/codec/json.h"
#include "tests/unit/cli/fake_plugin.h"

#define HINT      " (see 'docker fake --help')\n"
#define WORK_HINT " (see 'docker fake work --help')\n"

static const struct {
	const char *words[10];
	int status;
	const char *out; /* the whole of it, or how it begins if it ends in "..." */
	const char *err;
	const char *why;
} rows[] = {
	{ { "fake", "work", "a" },
	  0,
	  "work last=7 a host=- words=1\n",
	  "",
	  "defaults come from init" },
	{ { "-H", "x", "fake", "work", "-yk1", "-k2", "a", "b" },
	  0,
	  "work yes last=7 keep=1 keep=2 a b host=x words=4\n",
	  "",
	  "options, operands, docker's flags" },
	{ { "work", "a" }, 0, "work last=7 a host=- words=1\n", "", "by hand" },
	{ { "fake", "group", "two" }, 0, "two\n", "", "a verb below another" },
	{ { "fake", "secret" }, 0, "two\n", "", "a hidden verb runs" },
	{ { "fake", "work", "a", "--fail", "status" }, 3, "work...", "", "the verb's own status" },
	{ { "fake", "work", "a", "--fail", "busy" },
	  1,
	  "work...",
	  "docker fake work: made to fail: ?[31mbusy\n",
	  "an error is one clean line" },
	{ { "fake", "work", "a", "--fail=cancelled" },
	  2,
	  "work...",
	  "docker fake work: made to fail: ?[31mcancelled\n",
	  "its kind gives the status" },
	{ { "fake", "work", "a", "--fail=usage" },
	  125,
	  "work...",
	  "docker fake work: made to fail: ?[31musage\n",
	  "bad words in a file the verb read need no hint to --help" },
	{ { "fake", "work", "--yess" },
	  125,
	  "",
	  "docker fake work: unknown option --yess; did you mean --yes?" WORK_HINT,
	  "an unknown option" },
	{ { "fake", "work" },
	  125,
	  "",
	  "docker fake work: an argument is missing: [options] NAME..." WORK_HINT,
	  "too few operands" },
	{ { "fake", "work", "a", "b", "c" },
	  125,
	  "",
	  "docker fake work: unexpected argument \"c\"" WORK_HINT,
	  "too many" },
	{ { "fake", "work", "--one", "named", "a", "b" },
	  125,
	  "",
	  "docker fake work: unexpected argument \"b\"" WORK_HINT,
	  "the last of them is one too many, and no value of any option" },
	{ { "fake", "work", "a", "b", "--one", "named" },
	  125,
	  "",
	  "docker fake work: unexpected argument \"named\"; did you mean --one=named?" WORK_HINT,
	  "a value that is only taken with =" },
	{ { "fake", "work", "a", "b", "--one", "name" },
	  125,
	  "",
	  "docker fake work: unexpected argument \"name\"" WORK_HINT,
	  "only the beginning of a word" },
	{ { "fake", "work", "a", "b", "busy" },
	  125,
	  "",
	  "docker fake work: unexpected argument \"busy\"" WORK_HINT,
	  "a word of an option that takes the next word anyway" },
	{ { "fake", "wrok" },
	  125,
	  "",
	  "docker fake: unknown command \"wrok\"; did you mean \"work\"?" HINT,
	  "an unknown verb" },
	{ { "fake", "secre" },
	  125,
	  "",
	  "docker fake: unknown command \"secre\"" HINT,
	  "a hidden verb is not suggested" },
	{ { "fake", "group", "three" },
	  125,
	  "",
	  "docker fake group: unknown command \"three\" (see 'docker fake group --help')\n",
	  "an unknown verb below" },
	{ { "fake", "--yes", "work" },
	  125,
	  "",
	  "docker fake: unknown option --yes before a command" HINT,
	  "options belong to verbs" },
	{ { "-H", "a", "-H", "b", "fake" },
	  125,
	  "",
	  "docker fake: --host: specify only one -H" HINT,
	  "two hosts" },
	{ { "fake", "\033[2J" },
	  125,
	  "",
	  "docker fake: unknown command \"?[2J\"" HINT,
	  "what was typed may be pasted from anywhere" },
	{ { "fake" },
	  0,
	  "Usage:  docker fake COMMAND\n\nFakes things\n\nMore...",
	  "",
	  "alone: help" },
	{ { "fake", "--help" }, 0, "Usage:  docker fake COMMAND\n...", "", "--help" },
	{ { "fake", "-h" }, 0, "Usage:  docker fake COMMAND\n...", "", "-h" },
	{ { "help", "fake" }, 0, "Usage:  docker fake COMMAND\n...", "", "docker help fake" },
	{ { "help", "fake", "work" },
	  0,
	  "Usage:  docker fake work [opt...",
	  "",
	  "docker help fake work" },
	{ { "fake", "help", "work" }, 0, "Usage:  docker fake work [opt...", "", "fake help work" },
	{ { "fake", "work", "--help" }, 0, "Usage:  docker fake work [opt...", "", "work --help" },
	{ { "fake", "work", "-h" }, 0, "Usage:  docker fake work [opt...", "", "work -h" },
	{ { "fake", "work", "-yh", "1", "2", "3" },
	  0,
	  "Usage:  docker fake work [opt...",
	  "",
	  "anywhere" },
	{ { "fake", "work", "-k", "-h", "a" },
	  0,
	  "work last=7 keep=-h a...",
	  "",
	  "but not a value" },
	{ { "fake", "work", "--", "-h" }, 0, "work last=7 -h...", "", "nor behind --" },
	{ { "fake", "group" }, 0, "Usage:  docker fake group COMMAND\n...", "", "a group alone" },
	{ { "help", "fake", "group" },
	  0,
	  "Usage:  docker fake group COMMAND\n...",
	  "",
	  "its help" },
	{ { "fake", "group", "one", "--help" },
	  0,
	  "Usage:  docker fake group one\n...",
	  "",
	  "below" },
	{ { "help", "fake", "nope" },
	  125,
	  "",
	  "docker fake: unknown command \"nope\"" HINT,
	  "help about nothing" },
	{ { "fake", "docker-cli-plugin-hooks", "{\"RootCmd\":\"pull\",\"CommandError\":\"x\"}" },
	  0,
	  "{\"Type\":0,\"Template\":\"pull: {{\\\"{{\\\"}}x}}\"}\n",
	  "",
	  "a hook; what it says is shown literally" },
	{ { "fake", "docker-cli-plugin-hooks", "{\"RootCmd\":\"pull\"}" },
	  0,
	  "",
	  "",
	  "no message" },
	{ { "fake", "docker-cli-plugin-hooks", "{}", "x" },
	  125,
	  "",
	  "docker fake: a hook takes one JSON document\n",
	  "not docker's form" },
	{ { "__complete", "fake", "work", "--y" }, 0, "--yes\tSay yes\n:4\n", "", "completion" },
};

static bool matches(const char *got, const char *want)
{
	size_t len = strlen(want);

	if (len >= 3 && strcmp(want + len - 3, "...") == 0)
		return strncmp(got, want, len - 3) == 0;
	return strcmp(got, want) == 0;
}

START_TEST(command_lines)
{
	struct fake_run run;

	fake_run(&run, &fake_plugin, rows[_i].words);
	ck_assert_msg(matches(run.out, rows[_i].out), "%s: %s", rows[_i].why, run.out);
	ck_assert_msg(matches(run.err, rows[_i].err), "%s: %s", rows[_i].why, run.err);
	ck_assert_msg(run.status == rows[_i].status, "%s: %d", rows[_i].why, run.status);
	fake_run_release(&run);
}
END_TEST

START_TEST(whole_help_page)
{
	static const char *const words[] = { "fake", "work", "--help", NULL };
	static const char want[] = "Usage:  docker fake work [options] NAME...\n"
				   "\n"
				   "Do the work\n"
				   "\n"
				   "A paragraph.\n"
				   "\n"
				   "Options:\n"
				   "  -y, --yes            Say yes\n"
				   "  -k, --keep PATTERN   Keep what matches\n"
				   "      --file FILE      Read it\n"
				   "      --fail KIND      End so\n"
				   "      --last N         Number\n"
				   "      --one[=WHICH]    Which of them\n"
				   "\n"
				   "Examples:\n"
				   "  docker fake work x\n";
	struct fake_run run;

	fake_run(&run, &fake_plugin, words);
	ck_assert_str_eq(run.out, want);
	fake_run_release(&run);
}
END_TEST

START_TEST(help_of_a_group)
{
	static const char *const words[] = { "fake", NULL };
	static const char want[] =
		"Usage:  docker fake COMMAND\n"
		"\n"
		"Fakes things\n"
		"\n"
		"More about it.\n"
		"\n"
		"Commands:\n"
		"  work    Do the work\n"
		"  group   Two of them\n"
		"\n"
		"Run 'docker fake COMMAND --help' for more information on a command.\n";
	struct fake_run run;

	fake_run(&run, &fake_plugin, words);
	ck_assert_str_eq(run.out, want);
	fake_run_release(&run);
}
END_TEST

/* The same plugin where its first verb runs without being named. */
static const struct {
	const char *words[6];
	int status;
	const char *out, *err;
	const char *why;
} fallback_rows[] = {
	{ { "fake", "--yes", "a" }, 0, "work yes last=7 a host=- words=2\n", "", "options first" },
	{ { "--yes", "a" }, 0, "work yes last=7 a host=- words=2\n", "", "by hand" },
	{ { "fake", "work", "a" }, 0, "work last=7 a host=- words=1\n", "", "named" },
	{ { "fake", "group", "two" }, 0, "two\n", "", "another verb" },
	{ { "fake" },
	  125,
	  "",
	  "docker fake: an argument is missing: [options] NAME..." HINT,
	  "alone: runs it, which wants an operand" },
	{ { "fake", "wrok" },
	  125,
	  "",
	  "docker fake: unknown command \"wrok\"; did you mean \"work\"?" HINT,
	  "a word is a command, known or not" },
	{ { "fake", "--yess" },
	  125,
	  "",
	  "docker fake: unknown option --yess; did you mean --yes?" HINT,
	  "an unknown option" },
	{ { "fake", "group", "--yes" },
	  125,
	  "",
	  "docker fake group: unknown option --yes before a command (see 'docker fake group "
	  "--help')\n",
	  "a group has no fallback" },
	{ { "fake", "--help" },
	  0,
	  "Usage:  docker fake [options] NAME...\n        docker fake COMMAND\n...",
	  "",
	  "--help" },
	{ { "fake", "--yes", "-h" }, 0, "Usage:  docker fake [options] NAME...\n  ...", "", "-h" },
	{ { "help", "fake" },
	  0,
	  "Usage:  docker fake [options] NAME...\n  ...",
	  "",
	  "docker help" },
	{ { "fake", "work", "-h" }, 0, "Usage:  docker fake work [opt...", "", "its own page" },
};

START_TEST(fallback)
{
	struct plugin plugin = fake_plugin;
	struct fake_run run;

	plugin.fallback = plugin.verbs[0];
	fake_run(&run, &plugin, fallback_rows[_i].words);
	ck_assert_msg(matches(run.out, fallback_rows[_i].out), "%s: %s", fallback_rows[_i].why,
		      run.out);
	ck_assert_msg(matches(run.err, fallback_rows[_i].err), "%s: %s", fallback_rows[_i].why,
		      run.err);
	ck_assert_msg(run.status == fallback_rows[_i].status, "%s: %d", fallback_rows[_i].why,
		      run.status);
	fake_run_release(&run);
}
END_TEST

START_TEST(help_with_a_fallback)
{
	static const char *const words[] = { "fake", "--help", NULL };
	static const char want[] =
		"Usage:  docker fake [options] NAME...\n"
		"        docker fake COMMAND\n"
		"\n"
		"Fakes things\n"
		"\n"
		"More about it.\n"
		"\n"
		"Commands:\n"
		"  work    Do the work\n"
		"  group   Two of them\n"
		"\n"
		"Without a command, work is run.\n"
		"\n"
		"Options:\n"
		"  -y, --yes            Say yes\n"
		"  -k, --keep PATTERN   Keep what matches\n"
		"      --file FILE      Read it\n"
		"      --fail KIND      End so\n"
		"      --last N         Number\n"
		"      --one[=WHICH]    Which of them\n"
		"\n"
		"Examples:\n"
		"  docker fake work x\n"
		"\n"
		"Run 'docker fake COMMAND --help' for more information on a command.\n";
	struct plugin plugin = fake_plugin;
	struct fake_run run;

	plugin.fallback = plugin.verbs[0];
	fake_run(&run, &plugin, words);
	ck_assert_str_eq(run.out, want);
	fake_run_release(&run);
}
END_TEST

START_TEST(hook_that_there_is_not)
{
	static const char *const words[] = { "fake", "docker-cli-plugin-hooks", "{", NULL };
	struct plugin plugin = fake_plugin;
	struct fake_run run;

	plugin.hook = NULL;
	fake_run(&run, &plugin, words);
	ck_assert_int_eq(run.status, 0);
	ck_assert_str_eq(run.out, "");
	fake_run_release(&run);
}
END_TEST

/* A program of its own has the verbs, help and completion, and none of docker's words. */
static const struct {
	const char *words[4];
	int status;
	const char *out, *err; /* what is found there */
} standalone_rows[] = {
	{ { "group", "--help" }, 0, "Usage:  fake group COMMAND", "" },
	{ { "help", "group" }, 0, "Usage:  fake group COMMAND", "" },
	{ { "--help" }, 0, "Usage:  fake COMMAND", "" },
	{ { "__completeNoDesc", "grou" }, 0, "group\n", "" },
	{ { "fake", "group" }, 125, "", "fake: unknown command \"fake\"" },
	{ { "-H", "x", "group" }, 125, "", "fake: unknown option -H" },
	{ { "docker-cli-plugin-hooks", "{}" }, 125, "", "fake: unknown command" },
};

START_TEST(standalone)
{
	struct plugin plugin = fake_plugin;
	struct fake_run run;

	plugin.standalone = true;
	fake_run(&run, &plugin, standalone_rows[_i].words);
	ck_assert_int_eq(run.status, standalone_rows[_i].status);
	ck_assert_msg(strstr(run.out, standalone_rows[_i].out) != NULL, "%s", run.out);
	ck_assert_msg(strncmp(run.err, standalone_rows[_i].err, strlen(standalone_rows[_i].err)) ==
			      0,
		      "%s", run.err);
	fake_run_release(&run);
}
END_TEST

START_TEST(metadata)
{
	struct error err = ERROR_INIT;
	scoped_json *json = NULL;
	scoped_buf out;

	buf_init(&out, 4096);
	plugin_metadata(&fake_plugin, &out);
	ck_assert_int_eq(json_parse(&json, out.data, out.len, "metadata", true, &err), 0);
	ck_assert_str_eq(json_string_value(json_object_get(json, "SchemaVersion")), "0.1.0");
	ck_assert_str_eq(json_string_value(json_object_get(json, "Vendor")), "Acme \"Inc\\\"");
	ck_assert_str_eq(json_string_value(json_object_get(json, "Version")), "1.2.3");
	ck_assert_str_eq(json_string_value(json_object_get(json, "ShortDescription")),
			 "Fakes things");
	ck_assert_str_eq(json_string_value(json_object_get(json, "URL")), "https://fake.invalid");
}
END_TEST

START_TEST(metadata_without_url)
{
	struct plugin plugin = fake_plugin;
	scoped_buf out;

	buf_init(&out, 4096);
	plugin.url = NULL;
	plugin_metadata(&plugin, &out);
	ck_assert_ptr_null(strstr(out.data, "URL"));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("plugin");
	TCase *t = tcase_create("plugin");

	tcase_add_loop_test(t, command_lines, 0, array_len(rows));
	tcase_add_test(t, whole_help_page);
	tcase_add_test(t, help_of_a_group);
	tcase_add_loop_test(t, fallback, 0, array_len(fallback_rows));
	tcase_add_test(t, help_with_a_fallback);
	tcase_add_test(t, hook_that_there_is_not);
	tcase_add_loop_test(t, standalone, 0, array_len(standalone_rows));
	tcase_add_test(t, metadata);
	tcase_add_test(t, metadata_without_url);
	suite_add_tcase(s, t);
	return s;
}
