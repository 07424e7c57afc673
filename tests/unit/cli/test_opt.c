/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/cli/opt.h"
#include "common/cli/out.h"

struct inner {
	bool all;
	struct strings keep;
};

struct args {
	bool yes;
	int tri;
	const char *file;
	int64_t age, size, count;
	enum out_format format;
	struct inner inner;
};

#define AT(member) offsetof(struct args, member)

static const struct opt rows[] = {
	{ .name = "yes", .letter = 'y', .parse = opt_flag, .offset = AT(yes), .help = "Yes" },
	{ .name = "tri", .parse = opt_tristate, .offset = AT(tri), .help = "Three" },
	{ .name = "file",
	  .letter = 'f',
	  .parse = opt_string,
	  .offset = AT(file),
	  .metavar = "FILE",
	  .help = "File" },
	{ .name = "older-than",
	  .parse = opt_duration,
	  .offset = AT(age),
	  .metavar = "AGE",
	  .help = "Age" },
	{ .name = "max-size",
	  .parse = opt_size,
	  .offset = AT(size),
	  .metavar = "SIZE",
	  .optional = "1GB",
	  .help = "Size" },
	{ .name = "keep-last",
	  .letter = 'n',
	  .parse = opt_count,
	  .offset = AT(count),
	  .metavar = "N",
	  .help = "Count" },
	{ .name = "format",
	  .parse = opt_format,
	  .offset = AT(format),
	  .metavar = "FORMAT",
	  .help = "Format" },
	{ .name = "secret", .parse = opt_flag, .offset = AT(yes), .help = "x", .hidden = true },
};
static const struct opt inner_rows[] = {
	{ .name = "all",
	  .letter = 'a',
	  .parse = opt_flag,
	  .offset = offsetof(struct inner, all),
	  .help = "All" },
	{ .name = "keep",
	  .letter = 'k',
	  .parse = opt_strings,
	  .offset = offsetof(struct inner, keep),
	  .metavar = "PATTERN",
	  .help = "Keep" },
};
static const struct opt_set sets[] = {
	OPT_SET(NULL, rows, 0),
	OPT_SET("Inner", inner_rows, AT(inner)),
};

#define WORDS_MAX 8

static const struct {
	const char *words[WORDS_MAX];
	const char *got; /* what show() prints; NULL: fails */
	const char *says;
	const char *why;
} parses[] = {
	{ { 0 }, "tri=-1", NULL, "nothing changes nothing" },
	{ { "--yes" }, "yes tri=-1", NULL, "a flag" },
	{ { "--yes=false" }, "tri=-1", NULL, "a flag that says no" },
	{ { "--yes=T" }, "yes tri=-1", NULL, "as Go reads booleans" },
	{ { "--yes", "--yes=0" }, "tri=-1", NULL, "the last one counts" },
	{ { "--yes=maybe" }, NULL, "--yes: \"maybe\" is neither true nor false", "no boolean" },
	{ { "--yes=" }, NULL, "--yes: \"\" is", "an empty boolean" },
	{ { "--tri" }, "tri=1", NULL, "three states: yes" },
	{ { "--tri=false" }, "tri=0", NULL, "three states: no" },
	{ { "--file", "a" }, "tri=-1 file=a", NULL, "value in the next word" },
	{ { "--file=a=b" }, "tri=-1 file=a=b", NULL, "only the first = divides" },
	{ { "--file=" }, "tri=-1 file=", NULL, "an empty value is a value" },
	{ { "-fa" }, "tri=-1 file=a", NULL, "value behind the letter" },
	{ { "-f=a" }, "tri=-1 file=a", NULL, "as docker's pflag takes it" },
	{ { "-f", "a" }, "tri=-1 file=a", NULL, "value behind the letter and a blank" },
	{ { "-f", "-" }, "tri=-1 file=-", NULL, "a dash is a value" },
	{ { "-f", "-x" }, "tri=-1 file=-x", NULL, "so is what begins with one dash" },
	{ { "-ya" }, "yes all tri=-1", NULL, "letters together" },
	{ { "-yafx" }, "yes all tri=-1 file=x", NULL, "the last of them with its value" },
	{ { "-yaf", "x" }, "yes all tri=-1 file=x", NULL, "in the next word" },
	{ { "-ay=false" }, "all tri=-1", NULL, "and a flag that says no" },
	{ { "-yz" }, NULL, "unknown option -z in -yz", "one letter of several is unknown" },
	{ { "-z" }, NULL, "unknown option -z", "an unknown letter" },
	{ { "-yes" }, NULL, "did you mean --yes?", "one dash too few" },
	{ { "--older" },
	  NULL,
	  "unknown option --older; did you mean --older-than?",
	  "a beginning" },
	{ { "--odler-than=1h" }, NULL, "did you mean --older-than?", "a slip" },
	{ { "--odler-than=1h" }, NULL, "option --odler-than;", "without its value" },
	{ { "--secre" }, NULL, "unknown option --secre", "a hidden one is not suggested" },
	{ { "--zzzzzz" }, NULL, "unknown option --zzzzzz", "nothing is near" },
	{ { "--=x" }, NULL, "unknown option --", "no name at all" },
	{ { "--file" }, NULL, "--file needs a value: --file FILE", "the line ends" },
	{ { "--keep", "--yes" },
	  NULL,
	  "write --keep=--yes if",
	  "a flag must not be lost as a value" },
	{ { "-k", "--yes=1" }, NULL, "write --keep=--yes=1", "in any form" },
	{ { "--keep=--yes" }, "tri=-1 keep=--yes", NULL, "unless it is meant" },
	{ { "--keep", "--no-such" }, "tri=-1 keep=--no-such", NULL, "other dashes are values" },
	{ { "--keep", "a", "-kb", "--keep=c" }, "tri=-1 keep=a keep=b keep=c", NULL, "repeated" },
	{ { "--max-size" }, "tri=-1 size=1000000000", NULL, "an optional value left out" },
	{ { "--max-size=5kB" }, "tri=-1 size=5000", NULL, "or given" },
	{ { "--max-size", "5kB" }, "tri=-1 size=1000000000 5kB", NULL, "never the next word" },
	{ { "--max-size=5parsecs" }, NULL, "--max-size: ", "no size" },
	{ { "--older-than", "1h" }, "tri=-1 age=3600", NULL, "a duration" },
	{ { "--older-than", "1 fortnight" }, NULL, "--older-than: ", "no duration" },
	{ { "--keep-last", "3" }, "tri=-1 count=3", NULL, "a count" },
	{ { "-n0" }, "tri=-1 count=0", NULL, "zero is one" },
	{ { "-n1000000" }, "tri=-1 count=1000000", NULL, "the most" },
	{ { "-n1000001" }, NULL, "no number from 0 to 1000000", "more" },
	{ { "-n99999999999999999999999" }, NULL, "no number", "much more" },
	{ { "-n", "-1" }, NULL, "no number", "less" },
	{ { "-n=" }, NULL, "no number", "none" },
	{ { "-n3x" }, NULL, "no number", "a tail" },
	{ { "--format", "json" }, "tri=-1 format=1", NULL, "a word of a list" },
	{ { "--format", "JSON" }, NULL, "neither \"table\" nor \"json\"", "no word of it" },
	{ { "a", "--yes", "b" }, "yes tri=-1 a b", NULL, "operands between options" },
	{ { "--", "--yes", "-x" }, "tri=-1 --yes -x", NULL, "-- ends options" },
	{ { "a", "--", "--" }, "tri=-1 a --", NULL, "the second one is an operand" },
	{ { "-", "" }, "tri=-1 - ", NULL, "a dash and nothing are operands" },
};

static void args_init(struct args *args)
{
	*args = (struct args){ .tri = -1, .age = -1, .size = -1, .count = -1 };
}

static void show(const struct args *a, const char **operands, size_t count, struct buf *out)
{
	buf_fmt(out, "%s%stri=%d", a->yes ? "yes " : "", a->inner.all ? "all " : "", a->tri);
	if (a->file)
		buf_fmt(out, " file=%s", a->file);
	if (a->age >= 0)
		buf_fmt(out, " age=%lld", (long long)(a->age / NSEC_PER_SEC));
	if (a->size >= 0)
		buf_fmt(out, " size=%lld", (long long)a->size);
	if (a->count >= 0)
		buf_fmt(out, " count=%lld", (long long)a->count);
	if (a->format)
		buf_fmt(out, " format=%d", (int)a->format);
	for (size_t i = 0; i < a->inner.keep.count; i++)
		buf_fmt(out, " keep=%s", a->inner.keep.items[i]);
	for (size_t i = 0; i < count; i++)
		buf_fmt(out, " %s", operands[i]);
}

static int count_of(const char *const *words)
{
	int count = 0;

	while (count < WORDS_MAX && words[count])
		count++;
	return count;
}

START_TEST(parse)
{
	struct error err = ERROR_INIT;
	struct args args;
	const char *untouched = "";
	const char **operands = &untouched;
	size_t count = 77;
	scoped_buf text;

	args_init(&args);
	buf_init(&text, 4096);
	int rc = opt_parse(sets, array_len(sets), &args, count_of(parses[_i].words),
			   (char **)parses[_i].words, &operands, &count, &err);

	if (parses[_i].got) {
		ck_assert_msg(rc == 0, "%s: %s", parses[_i].why, err.text);
		show(&args, operands, count, &text);
		ck_assert_msg(strcmp(text.data, parses[_i].got) == 0, "%s: %s", parses[_i].why,
			      text.data);
		free(operands);
	} else {
		ck_assert_msg(rc == -1 && err.kind == ERROR_USAGE, "%s", parses[_i].why);
		ck_assert_msg(strstr(err.text, parses[_i].says), "%s: %s", parses[_i].why,
			      err.text);
		ck_assert_msg(operands == &untouched && count == 77, "%s: untouched",
			      parses[_i].why);
	}
	strings_release(&args.inner.keep);
}
END_TEST

START_TEST(finds_by_name)
{
	ck_assert_ptr_eq(opt_find(sets, array_len(sets), "keep"), &inner_rows[1]);
	ck_assert_ptr_eq(opt_find(sets, array_len(sets), "yes"), &rows[0]);
	ck_assert_ptr_null(opt_find(sets, array_len(sets), "ye"));
}
END_TEST

static const struct opt help_rows[] = {
	{ .name = "yes", .letter = 'y', .help = "Remove without asking" },
	{ .name = "older-than",
	  .metavar = "AGE",
	  .fallback = "1h",
	  .help = "Only what is older; a text that is long enough to need more than one line of "
		  "the page, so that it goes on below" },
	{ .name = "size", .metavar = "MODE", .optional = "fast", .help = "Measure" },
	{ .name = "a-very-long-option-name", .metavar = "SOMETHING", .help = "Below its name" },
	{ .name = "secret", .help = "never shown", .hidden = true },
};
static const struct opt other_rows[] = { { .name = "quiet", .help = "Under the same heading" } };
static const struct opt more_rows[] = { { .name = "all", .letter = 'a', .help = "All of it" } };
static const struct opt hidden_rows[] = { { .name = "gone", .help = "x", .hidden = true } };
static const struct opt_set help_sets[] = {
	OPT_SET(NULL, help_rows, 0),
	OPT_SET("Nothing here", hidden_rows, 0),
	OPT_SET(NULL, other_rows, 0),
	OPT_SET("More", more_rows, 0),
};

START_TEST(help_page)
{
	static const char want[] =
		"Options:\n"
		"  -y, --yes              Remove without asking\n"
		"      --older-than AGE   Only what is older; a text that is long enough to need\n"
		"                         more than one line of the page, so that it goes on\n"
		"                         below (default 1h)\n"
		"      --size[=MODE]      Measure\n"
		"      --a-very-long-option-name SOMETHING\n"
		"                         Below its name\n"
		"      --quiet            Under the same heading\n"
		"\n"
		"More:\n"
		"  -a, --all              All of it\n";
	scoped_buf out;

	buf_init(&out, 4096);
	opt_help(help_sets, array_len(help_sets), &out);
	ck_assert_str_eq(out.data, want);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("opt");
	TCase *t = tcase_create("opt");

	tcase_add_loop_test(t, parse, 0, array_len(parses));
	tcase_add_test(t, finds_by_name);
	tcase_add_test(t, help_page);
	suite_add_tcase(s, t);
	return s;
}
