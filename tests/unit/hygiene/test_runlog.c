/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "plugins/hygiene/linelog.h"
#include "plugins/hygiene/runlog.h"
#include "tests/unit/client/scratch.h"

static char engine_name[] = "unix:///x \"y\"";

static struct run run_at(int64_t second, int64_t reclaimed)
{
	return (struct run){ .started = second * NSEC_PER_SEC,
			     .duration = 1500 * NSEC_PER_MSEC,
			     .scheduled = true,
			     .status = 1,
			     .counts = { 3, 2, 1 },
			     .reclaimed = reclaimed,
			     .engine = engine_name };
}

START_TEST(lines_round_trip)
{
	struct run run = run_at(1700000000, _i ? -1 : 12345);
	scoped_str line = run_format(&run_prune, &run);
	scoped_runs runs = { 0 };

	runs_parse(&runs, &run_prune, line, strlen(line));
	ck_assert_uint_eq(runs.count, 1);
	ck_assert_int_eq(runs.items[0].started, run.started);
	ck_assert_int_eq(runs.items[0].duration, run.duration);
	ck_assert_int_eq(runs.items[0].reclaimed, run.reclaimed);
	ck_assert_int_eq(runs.items[0].status, 1);
	ck_assert_int_eq(runs.items[0].counts[RUN_REMOVED], 3);
	ck_assert_int_eq(runs.items[0].counts[RUN_SKIPPED], 2);
	ck_assert_int_eq(runs.items[0].counts[RUN_FAILED], 1);
	ck_assert(runs.items[0].scheduled);
	ck_assert_str_eq(runs.items[0].engine, run.engine);
}
END_TEST

/* Each kind counts its own. */
START_TEST(builds_round_trip)
{
	struct run run = run_at(1700000000, 12345);
	scoped_str line = run_format(&run_base, &run);
	scoped_runs runs = { 0 };

	ck_assert_ptr_nonnull(strstr(line, "\"due\":3,\"built\":2,\"pushed\":1"));
	ck_assert_ptr_null(strstr(line, "reclaimed"));
	runs_parse(&runs, &run_base, line, strlen(line));
	ck_assert_uint_eq(runs.count, 1);
	ck_assert_int_eq(runs.items[0].counts[RUN_DUE], 3);
	ck_assert_int_eq(runs.items[0].counts[RUN_BUILT], 2);
	ck_assert_int_eq(runs.items[0].counts[RUN_PUSHED], 1);
	ck_assert_str_ne(run_prune.file, run_base.file);
}
END_TEST

/* The engine's address is an argument: any bytes. */
START_TEST(engine_that_is_no_text)
{
	struct run run = run_at(1700000000, 1);
	char bytes[] = "unix:///\xff";
	scoped_runs runs = { 0 };

	run.engine = bytes;
	scoped_str line = run_format(&run_prune, &run);
	runs_parse(&runs, &run_prune, line, strlen(line));
	ck_assert_uint_eq(runs.count, 1);
	ck_assert_str_eq(runs.items[0].engine, "unix:///?");
}
END_TEST

START_TEST(broken_lines_are_left_out)
{
	struct run run = run_at(1700000000, 1);
	scoped_str line = run_format(&run_prune, &run);
	scoped_str text = xasprintf("{\"started\":\"x\"}\n\n%s[1]\n%.*s", line, 20, line);
	scoped_runs runs = { 0 };

	runs_parse(&runs, &run_prune, text, strlen(text));
	ck_assert_uint_eq(runs.count, 1);
}
END_TEST

START_TEST(file_is_cut_to_the_newest)
{
	struct error err = ERROR_INIT;
	scoped_runs runs = { 0 };
	struct stat st;

	setenv("XDG_STATE_HOME", scratch_dir(), 1);
	ck_assert_int_eq(runlog_read(&runs, &run_prune, &err), 0);
	ck_assert_uint_eq(runs.count, 0);
	for (int64_t i = 0; i < 2000; i++) {
		struct run run = run_at(1700000000 + i, i);

		ck_assert_msg(runlog_append(&run_prune, &run, &err) == 0, "%s", err.text);
	}
	ck_assert_int_eq(runlog_read(&runs, &run_prune, &err), 0);
	scoped_str path = scratch_path("docker-hygiene/runs.jsonl");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_msg((size_t)st.st_size <= LINELOG_LIMIT + 4096, "it stays bounded");
	ck_assert_uint_ge(runs.count, LINELOG_KEEP);
	ck_assert_int_eq(runs.items[runs.count - 1].reclaimed, 1999);
	ck_assert_int_eq(runs.items[0].reclaimed, 2000 - (int64_t)runs.count);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("runlog");
	TCase *tc = tcase_create("runlog");

	tcase_add_checked_fixture(tc, scratch_make, scratch_remove);
	tcase_add_loop_test(tc, lines_round_trip, 0, 2);
	tcase_add_test(tc, builds_round_trip);
	tcase_add_test(tc, engine_that_is_no_text);
	tcase_add_test(tc, broken_lines_are_left_out);
	tcase_add_test(tc, file_is_cut_to_the_newest);
	suite_add_tcase(s, tc);
	return s;
}
