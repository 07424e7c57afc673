/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cli/out.h"
#include "common/codec/json.h"

static const struct table_column columns[] = {
	{ .title = "NAME", .flexible = true },
	{ .title = "SIZE", .right = true },
	{ .title = "WHY" },
};

static const struct {
	size_t width;
	bool colour;
	const char *want;
	const char *why;
} tables[] = {
	{ 0, false,
	  "NAME                  SIZE   WHY\n"
	  "a-rather-long-one       5B   old\n"
	  "b                   1.23GB\n"
	  "?[31mred                0B   new\n",
	  "unlimited: cells are clean, numbers to the right, no blanks at the end" },
	{ 80, false,
	  "NAME                  SIZE   WHY\n"
	  "a-rather-long-one       5B   old\n"
	  "b                   1.23GB\n"
	  "?[31mred                0B   new\n",
	  "wide enough" },
	{ 24, false,
	  "NAME          SIZE   WHY\n"
	  "a-rather…       5B   old\n"
	  "b           1.23GB\n"
	  "?[31mred        0B   new\n",
	  "narrow: the flexible column gives way" },
	{ 5, false,
	  "NAME     SIZE   WHY\n"
	  "a-r…       5B   old\n"
	  "b      1.23GB\n"
	  "?[3…       0B   new\n",
	  "but not below its title" },
	{ 80, true,
	  "\033[1mNAME                  SIZE   WHY\033[0m\n"
	  "a-rather-long-one       5B   old\n"
	  "b                   1.23GB\n"
	  "?[31mred                0B   new\n",
	  "titles are bold in colour" },
};

START_TEST(table)
{
	scoped_table t;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	table_init(&t, columns, 3);
	table_cell(&t, "a-rather-long-one");
	table_cell_fmt(&t, "%dB", 5);
	table_cell(&t, "old");
	table_cell(&t, "b");
	table_cell(&t, "1.23GB");
	table_cell(&t, NULL);
	table_cell(&t, "\033[31mred");
	table_cell(&t, "0B");
	table_cell(&t, "new");
	table_print(&t, out, tables[_i].width, tables[_i].colour);
	fclose(out);
	ck_assert_msg(strcmp(text, tables[_i].want) == 0, "%s:\n%s", tables[_i].why, text);
	free(text);
}
END_TEST

START_TEST(empty_table)
{
	scoped_table t;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	table_init(&t, columns, 3);
	table_print(&t, out, 0, false);
	fclose(out);
	ck_assert_str_eq(text, "NAME   SIZE   WHY\n");
	free(text);
}
END_TEST

START_TEST(json_in_one_line)
{
	struct error err = ERROR_INIT;
	scoped_json *json = json_pack("{s:s, s:[i]}", "name", "caf\xc3\xa9\x7f", "n", 1);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_int_eq(out_json(out, json, &err), 0);
	fclose(out);
	ck_assert_str_eq(text, "{\"name\":\"caf\xc3\xa9\x7f\",\"n\":[1]}\n");
	free(text);
}
END_TEST

START_TEST(json_that_could_not_be_made)
{
	struct error err = ERROR_INIT;

	ck_assert_int_eq(out_json(stdout, NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_IO);
}
END_TEST

START_TEST(full_disk)
{
	struct error err = ERROR_INIT;
	FILE *out = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(out);
	fputs("lost", out);
	ck_assert_int_eq(out_flush(out, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_IO);
	ck_assert_int_eq(err.code, ENOSPC);
	ck_assert_msg(strstr(err.text, "writing the output: No space left"), "%s", err.text);
	fclose(out);
}
END_TEST

/* What failed while the buffer filled up is found by the flush at the end, and only once. */
START_TEST(full_disk_before)
{
	struct error err = ERROR_INIT;
	FILE *out = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(out);
	setvbuf(out, NULL, _IONBF, 0);
	fputs("lost", out);
	ck_assert_int_eq(out_flush(out, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_IO);
	error_clear(&err);
	ck_assert_int_eq(out_flush(out, &err), 0);
	fclose(out);
}
END_TEST

START_TEST(closed_pipe)
{
	struct error err = ERROR_INIT;
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(fds), 0);
	close(fds[0]);
	FILE *out = fdopen(fds[1], "w");

	fputs("lost", out);
	ck_assert_int_eq(out_flush(out, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_IO);
	ck_assert_int_eq(err.code, EPIPE);
	fclose(out);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("out");
	TCase *t = tcase_create("out");

	tcase_add_loop_test(t, table, 0, array_len(tables));
	tcase_add_test(t, empty_table);
	tcase_add_test(t, json_in_one_line);
	tcase_add_test(t, json_that_could_not_be_made);
	tcase_add_test(t, full_disk);
	tcase_add_test(t, full_disk_before);
	tcase_add_test(t, closed_pipe);
	suite_add_tcase(s, t);
	return s;
}
