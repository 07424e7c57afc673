/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/client/files.h"
#include "common/codec/json.h"
#include "plugins/hygiene/metrics.h"
#include "tests/unit/hygiene/reports.h"
#include "tests/unit/hygiene/rows.h"

/* "id id ..." of a list, IDs by their first digit (images: after the colon), "v" for the volume. */
static char *ids(const json_t *json, const char *list)
{
	scoped_buf out;
	size_t i;
	json_t *row;

	buf_init(&out, 1024);
	json_array_foreach(json_object_get(json, list), i, row) {
		const char *id = json_string_value(json_object_get(row, "id"));
		const char *colon = strchr(id, ':');

		buf_fmt(&out, "%s%c", i ? " " : "", colon ? colon[1] : id[0]);
	}
	return buf_take(&out);
}

static const struct {
	const char *list;
	const char *dry, *acted;
} lists[] = {
	{ "planned", "1 2 3 5 5 v", "1 2 3 5 5 v" },
	{ "kept", "4 6", "4 6" },
	{ "removed", "", "1 5 5" },
	{ "skipped", "", "2" },
	{ "failed", "", "3" },
};

START_TEST(rows_by_outcome)
{
	for (int acted = 0; acted < 2; acted++) {
		struct told told;

		told_open(&told, acted);
		scoped_json *json = report_json(&told.report);
		scoped_str found = ids(json, lists[_i].list);
		ck_assert_str_eq(found, acted ? lists[_i].acted : lists[_i].dry);
		told_close(&told);
	}
}
END_TEST

static const struct {
	const char *key, *dry, *acted;
} totals[] = {
	{ "engine_id", "\"ABCD\"", "\"ABCD\"" },
	{ "dry_run", "true", "false" },
	{ "reclaimable_bytes", "2007", "2007" },
	{ "reclaimable_bytes_min", "1507", "1507" },
	{ "reclaimable_bytes_exact", "false", "false" },
	{ "reclaimed_bytes", "0", "1600" },
	{ "interrupted", "false", "false" },
	{ "error", "null", "null" },
	{ "stopped", "null", "null" },
};

START_TEST(totals_of_a_run)
{
	for (int acted = 0; acted < 2; acted++) {
		struct told told;

		told_open(&told, acted);
		scoped_json *json = report_json(&told.report);
		char *value = json_dumps(json_object_get(json, totals[_i].key), JSON_ENCODE_ANY);
		ck_assert_ptr_nonnull(value);
		ck_assert_str_eq(value, acted ? totals[_i].acted : totals[_i].dry);
		free(value);
		told_close(&told);
	}
}
END_TEST

START_TEST(one_row)
{
	struct told told;

	told_open(&told, true);
	scoped_json *json = report_json(&told.report);
	const json_t *row = json_array_get(json_object_get(json, "failed"), 0);
	char *text = json_dumps(row, JSON_COMPACT | JSON_SORT_KEYS);
	ck_assert_str_eq(
		text,
		"{\"action\":\"remove\",\"bytes\":null,\"bytes_exact\":false,"
		"\"bytes_min\":null,\"id\":\"" HEX64(
			"3") "\",\"kind\":\"container\","
			     "\"last_used\":null,\"name\":\"a\\\"b\\\\c\\u001B[31m\",\"reason\":"
			     "\"boom\",\"rule\":\"unused\",\"use_seen\":false}");
	free(text);
	row = json_array_get(json_object_get(json, "kept"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(row, "action")), "keep");
	ck_assert_str_eq(json_string_value(json_object_get(row, "rule")), "grace");
	told_close(&told);
}
END_TEST

/* An engine's words need not be UTF-8; the report is complete all the same. */
START_TEST(bytes_that_are_no_text)
{
	struct told told;

	told_open(&told, true);
	free(told.result.rows[2].reason);
	told.result.rows[2].reason = xstrdup("bad \xff\xfe bytes");
	scoped_json *json = report_json(&told.report);
	const json_t *row = json_array_get(json_object_get(json, "failed"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(row, "reason")), "bad ?? bytes");
	told_close(&told);
}
END_TEST

/* What a reviewed plan has and the present has not. */
START_TEST(changed_since_review)
{
	for (int acted = 0; acted < 2; acted++) {
		struct told told;

		told_open(&told, acted);
		row_add(&told.changed, KIND_NETWORK, ACTION_REMOVE, HEX64("9"), "n", "gone")->rule =
			PLAN_RULE_CHANGED;
		scoped_json *json = report_json(&told.report);
		scoped_str found = ids(json, acted ? "skipped" : "kept");
		ck_assert_str_eq(found, acted ? "2 9" : "4 6 9");
		struct report_counts counts;
		report_count(&counts, &told.report);
		ck_assert_uint_eq(counts.skipped[KIND_NETWORK], acted ? 1 : 0);
		ck_assert_uint_eq(counts.kept[KIND_NETWORK], acted ? 0 : 1);
		told_close(&told);
	}
}
END_TEST

/* Interrupted before there was a plan: all keys are there. */
START_TEST(nothing_known)
{
	struct error stop = ERROR_INIT;
	const struct report report = { .address = "", .interrupted = true, .error = &stop };

	error_set(&stop, ERROR_CANCELLED, 0, "interrupted");
	scoped_json *json = report_json(&report);
	for (size_t i = 0; i < array_len(lists); i++)
		ck_assert(json_is_array(json_object_get(json, lists[i].list)));
	ck_assert(json_is_true(json_object_get(json, "interrupted")));
	ck_assert(json_is_null(json_object_get(json, "engine_id")));
	const json_t *error = json_object_get(json, "error");
	ck_assert_str_eq(json_string_value(json_object_get(error, "kind")), "cancelled");
}
END_TEST

/* --- Metrics. */

static const struct {
	const char *line, *why;
} metrics[] = {
	{ "docker_hygiene_last_run_timestamp_seconds{address=\"unix:///run/docker.sock\"} "
	  "1795480002.500\n",
	  "the end of the run" },
	{ "docker_hygiene_last_run_duration_seconds{address=\"unix:///run/docker.sock\"} 1.500\n",
	  "milliseconds" },
	{ "last_run_success{address=\"unix:///run/docker.sock\"} 0\n", "something failed" },
	{ "last_run_interrupted{address=\"unix:///run/docker.sock\"} 0\n", "not interrupted" },
	{ "last_run_removed_objects{address=\"unix:///run/docker.sock\",kind=\"container\"} 1\n",
	  "by kind" },
	{ "last_run_removed_objects{address=\"unix:///run/docker.sock\",kind=\"image\"} 1\n",
	  "a tag is no object" },
	{ "last_run_failed_objects{address=\"unix:///run/docker.sock\",kind=\"build-cache\"} 0\n",
	  "zeros are told too" },
	{ "last_run_kept_objects{address=\"unix:///run/docker.sock\",kind=\"image\"} 1\n", "kept" },
	{ "last_run_reclaimed_bytes{address=\"unix:///run/docker.sock\"} 1600\n", "bytes" },
	{ "engine_info{address=\"unix:///run/docker.sock\",id=\"ABCD\",name=\"host\\\"1\\\"\","
	  "version=\"26.1.5\"} 1\n",
	  "quotes are escaped" },
};

START_TEST(metric)
{
	struct told told;

	told_open(&told, true);
	scoped_str text = metrics_format(&told.report, false);
	ck_assert_msg(strstr(text, metrics[_i].line), "%s: %s", metrics[_i].why, text);
	told_close(&told);
}
END_TEST

/* The rules of the text format: HELP and TYPE once, before the samples, names and values well-made.
 */
START_TEST(metrics_are_well_formed)
{
	struct told told;
	char name[128] = "";
	size_t samples = 0;

	told_open(&told, true);
	scoped_str text = metrics_format(&told.report, true);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (strncmp(line, "# HELP ", 7) == 0) {
			size_t len = strcspn(line + 7, " ");

			snprintf(name, sizeof(name), "%.*s", (int)len, line + 7);
			ck_assert(strlen(line) > 7 + len + 1);
			char *type = strtok(NULL, "\n");
			scoped_str want = xasprintf("# TYPE %s gauge", name);
			ck_assert_str_eq(type, want);
			continue;
		}
		ck_assert_msg(strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == '{',
			      "%s belongs to %s", line, name);
		ck_assert(strspn(strrchr(line, ' ') + 1, "0123456789.") ==
			  strlen(strrchr(line, ' ') + 1));
		samples++;
	}
	ck_assert_uint_ge(samples, 30);
	told_close(&told);
}
END_TEST

START_TEST(metrics_on_disk)
{
	char folder[] = "/tmp/metrics.XXXXXX";
	struct error err = ERROR_INIT;
	struct told told;
	struct stat st;
	scoped_buf text;

	buf_init(&text, 1 << 20);
	told_open(&told, false);
	ck_assert(mkdtemp(folder) != NULL);
	scoped_str path = xasprintf("%s/hygiene.prom", folder);
	umask(022);
	ck_assert(metrics_write(path, &told.report, true, &err) == 0);
	ck_assert(stat(path, &st) == 0 && (st.st_mode & 0777) == 0644);
	ck_assert(file_read(path, 1 << 20, &text, &err) == 0);
	ck_assert(strstr(text.data, "last_run_dry_run{address=\"unix:///run/docker.sock\"} 1\n"));
	ck_assert(!strstr(text.data, "reclaimed_bytes"));
	ck_assert(unlink(path) == 0);
	scoped_str missing = xasprintf("%s/no/hygiene.prom", folder);
	ck_assert(metrics_write(missing, &told.report, true, &err) < 0);
	ck_assert(strstr(err.text, "--metrics"));
	ck_assert(rmdir(folder) == 0);
	told_close(&told);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("report");
	TCase *tc = tcase_create("json");

	tcase_add_loop_test(tc, rows_by_outcome, 0, (int)array_len(lists));
	tcase_add_loop_test(tc, totals_of_a_run, 0, (int)array_len(totals));
	tcase_add_test(tc, one_row);
	tcase_add_test(tc, bytes_that_are_no_text);
	tcase_add_test(tc, changed_since_review);
	tcase_add_test(tc, nothing_known);
	suite_add_tcase(s, tc);
	tc = tcase_create("metrics");
	tcase_add_loop_test(tc, metric, 0, (int)array_len(metrics));
	tcase_add_test(tc, metrics_are_well_formed);
	tcase_add_test(tc, metrics_on_disk);
	suite_add_tcase(s, tc);
	return s;
}
