/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/codec/json.h"
#include "common/codec/sha256.h"
#include "plugins/hygiene/plan_file.h"
#include "tests/unit/hygiene/rows.h"

#define NOW INT64_C(1795480000000000000)

/* A name as hostile as engines let it be. */
#define ODD "a\"b\\c\x1b[31m\u202e\n"

static void fill(struct plan_file *file)
{
	struct error err = ERROR_INIT;
	struct plan_row *row;

	memset(file, 0, sizeof(*file));
	plan_asked_init(&file->asked);
	plan_init(&file->plan);
	file->engine_id = xstrdup("ABCD:EFGH");
	file->engine_name = xstrdup("host");
	file->created = NOW;
	ck_assert(settings_add_keep(&file->asked.flags, "db*", "--keep", &err) == 0);
	file->asked.flags.kinds[KIND_IMAGE].chosen = 1;
	file->asked.policy.common.older_than = NSEC_PER_HOUR;
	row = row_add(&file->plan.rows, KIND_IMAGE, ACTION_UNTAG, "sha256:1", "app:1", "r");
	row->fingerprint = xstrdup("tag=\"app:1\"");
	row = row_add(&file->plan.rows, KIND_IMAGE, ACTION_REMOVE, "sha256:1", "app:2", ODD);
	row->fingerprint = xstrdup(ODD);
	row_bytes(row, INT64_MAX, 0);
	row->last_used = NOW - NSEC_PER_DAY;
	row->use_seen = true;
	row_bytes(row_add(&file->plan.rows, KIND_VOLUME, ACTION_REMOVE, ODD, NULL, NULL), -1, -1);
	file->plan.bytes = 10;
	file->plan.bytes_min = 3;
}

static void same_text(const char *a, const char *b)
{
	ck_assert_msg(!a == !b && (!a || strcmp(a, b) == 0), "%s / %s", a ? a : "NULL",
		      b ? b : "NULL");
}

static void same_rows(const struct plan_rows *a, const struct plan_rows *b)
{
	ck_assert_uint_eq(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct plan_row *x = &a->items[i], *y = &b->items[i];

		ck_assert(x->kind == y->kind && x->action == y->action);
		same_text(x->id, y->id);
		same_text(x->name, y->name);
		same_text(x->reason, y->reason);
		same_text(x->fingerprint, y->fingerprint);
		ck_assert(x->bytes == y->bytes && x->bytes_min == y->bytes_min);
		ck_assert(x->last_used == y->last_used && x->use_seen == y->use_seen);
	}
}

static void same_settings(const struct settings *a, const struct settings *b)
{
	scoped_json *x = settings_to_json(a);
	scoped_json *y = settings_to_json(b);

	ck_assert(json_equal(x, y));
}

START_TEST(round_trip)
{
	struct plan_file file, back;
	struct error err = ERROR_INIT;
	scoped_str text = NULL;

	fill(&file);
	ck_assert(plan_file_format(&text, &file, &err) == 0);
	ck_assert_msg(plan_file_parse(&back, text, strlen(text), &err) == 0, "%s", err.text);
	same_text(file.engine_id, back.engine_id);
	same_text(file.engine_name, back.engine_name);
	ck_assert(file.created == back.created);
	ck_assert(back.plan.bytes == 10 && back.plan.bytes_min == 3);
	same_rows(&file.plan.rows, &back.plan.rows);
	same_settings(&file.asked.flags, &back.asked.flags);
	same_settings(&file.asked.policy, &back.asked.policy);
	plan_file_release(&file);
	plan_file_release(&back);
}
END_TEST

/* A rule that the file cannot hold is not left out: what it protects would be removed. */
START_TEST(rules_that_are_no_text)
{
	struct plan_file file;
	struct error err = ERROR_INIT;
	scoped_str text = NULL;
	struct settings *of[] = { &file.asked.flags, &file.asked.policy };

	fill(&file);
	ck_assert(settings_add_keep(of[_i], "db\xff*", "--keep", &err) == 0);
	ck_assert_int_eq(plan_file_format(&text, &file, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert_ptr_nonnull(strstr(err.text, "keep rule"));
	plan_file_release(&file);
}
END_TEST

/* Every cut and every changed byte of the file is refused, or changes nothing that counts. */
START_TEST(truncated)
{
	struct plan_file file, back;
	struct error err = ERROR_INIT;
	scoped_str text = NULL;

	fill(&file);
	ck_assert(plan_file_format(&text, &file, &err) == 0);
	for (size_t len = 0; len < strlen(text); len++) {
		error_clear(&err);
		ck_assert_msg(plan_file_parse(&back, text, len, &err) < 0, "cut at %zu", len);
		ck_assert_int_eq(err.kind, ERROR_INPUT);
	}
	plan_file_release(&file);
}
END_TEST

START_TEST(altered)
{
	struct plan_file file;
	struct error err = ERROR_INIT;
	scoped_str text = NULL;
	size_t accepted = 0;

	fill(&file);
	ck_assert(plan_file_format(&text, &file, &err) == 0);
	for (size_t i = 0; i < strlen(text); i++) {
		struct plan_file back;
		char was = text[i];

		text[i] = was == '7' ? '8' : '7';
		error_clear(&err);
		if (plan_file_parse(&back, text, strlen(text), &err) == 0) {
			same_rows(&file.plan.rows, &back.plan.rows);
			plan_file_release(&back);
			accepted++;
		}
		text[i] = was;
	}
	ck_assert_uint_eq(accepted, 0);
	plan_file_release(&file);
}
END_TEST

/* White space is no content. */
START_TEST(reformatted)
{
	struct plan_file file, back;
	struct error err = ERROR_INIT;
	scoped_str text = NULL;
	scoped_json *json = NULL;

	fill(&file);
	ck_assert(plan_file_format(&text, &file, &err) == 0);
	ck_assert(json_parse(&json, text, strlen(text), "plan", true, &err) == 0);
	char *compact = json_dumps(json, JSON_COMPACT);
	ck_assert(plan_file_parse(&back, compact, strlen(compact), &err) == 0);
	same_rows(&file.plan.rows, &back.plan.rows);
	free(compact);
	plan_file_release(&file);
	plan_file_release(&back);
}
END_TEST

/* A right checksum over wrong content: the parser does not lean on it. */
static const struct {
	const char *path; /* key of plan, or "row.key" */
	const char *value;
	const char *why;
} wrongs[] = {
	{ "format", "2", "a format of later versions" },
	{ "format", "null", "no format" },
	{ "engine_id", "\"\"", "no engine" },
	{ "engine_id", "5", "engine of another type" },
	{ "created", "\"yesterday\"", "not a time" },
	{ "created", "null", "no time" },
	{ "rows", "{}", "rows that are none" },
	{ "rows", "[5]", "a row that is none" },
	{ "bytes", "-1", "negative sum" },
	{ "flags", "[]", "settings that are none" },
	{ "policy", "{\"imagse\": {}}", "settings with an unknown key" },
	{ "row.kind", "\"spaceship\"", "unknown kind" },
	{ "row.action", "\"keep\"", "an action that is none" },
	{ "row.id", "\"\"", "an empty ID" },
	{ "row.id", "null", "no ID" },
	{ "row.name", "[]", "a name of another type" },
	{ "row.bytes", "-2", "bytes below unknown" },
	{ "row.use_seen", "1", "not a boolean" },
};

START_TEST(wrong_content)
{
	struct plan_file file, back;
	struct error err = ERROR_INIT;
	scoped_str text = NULL;
	scoped_json *json = NULL;
	bool in_row = strncmp(wrongs[_i].path, "row.", 4) == 0;
	char sum[SHA256_HEX];

	fill(&file);
	ck_assert(plan_file_format(&text, &file, &err) == 0);
	ck_assert(json_parse(&json, text, strlen(text), "plan", true, &err) == 0);
	json_t *plan = json_object_get(json, "plan");
	json_t *to = in_row ? json_array_get(json_object_get(plan, "rows"), 0) : plan;
	json_t *value = json_loads(wrongs[_i].value, JSON_DECODE_ANY, NULL);
	ck_assert(value && json_object_set_new(to, wrongs[_i].path + (in_row ? 4 : 0), value) == 0);
	char *content = json_dumps(plan, JSON_COMPACT | JSON_SORT_KEYS);
	ck_assert(sha256_hex(sum, content, strlen(content), &err) == 0);
	json_object_set_new(json, "sha256", json_string(sum));
	char *all = json_dumps(json, JSON_COMPACT);
	ck_assert_msg(plan_file_parse(&back, all, strlen(all), &err) < 0, "%s", wrongs[_i].why);
	ck_assert_msg(err.kind == ERROR_INPUT, "%s: %s", wrongs[_i].why, err.text);
	free(content);
	free(all);
	plan_file_release(&file);
}
END_TEST

static const struct {
	const char *engine;
	int64_t now;
	const char *says; /* NULL: taken */
	const char *why;
} checks[] = {
	{ "ABCD:EFGH", NOW, NULL, "made just now" },
	{ "ABCD:EFGH", NOW + 24 * NSEC_PER_HOUR, NULL, "as old as it may be" },
	{ "ABCD:EFGH", NOW + 24 * NSEC_PER_HOUR + 1, "old", "older" },
	{ "ABCD:EFGH", NOW - 59 * NSEC_PER_SEC, NULL, "the clock was set back a little" },
	{ "ABCD:EFGH", NOW - 61 * NSEC_PER_SEC, "clock", "from the future" },
	{ "ABCD:EFGX", NOW, "another engine", "another engine's" },
	{ NULL, NOW, "another engine", "an engine that has no ID" },
	{ "ABCD:EFGH", INT64_MAX, "old", "no overflow" },
	{ "ABCD:EFGH", INT64_MIN + 1, "clock", "on either side" },
};

START_TEST(check)
{
	struct plan_file file;
	struct snapshot snap;
	struct error err = ERROR_INIT;

	fill(&file);
	snapshot_init(&snap);
	snap.info.id = xstrdup_null(checks[_i].engine);
	snap.now = checks[_i].now;
	int rc = plan_file_check(&file, &snap, 24 * NSEC_PER_HOUR, &err);
	if (checks[_i].says) {
		ck_assert_msg(rc < 0 && err.kind == ERROR_CONFLICT, "%s", checks[_i].why);
		ck_assert_msg(strstr(err.text, checks[_i].says), "%s: %s", checks[_i].why,
			      err.text);
	} else {
		ck_assert_msg(rc == 0, "%s: %s", checks[_i].why, err.text);
	}
	snapshot_release(&snap);
	plan_file_release(&file);
}
END_TEST

START_TEST(on_disk)
{
	char folder[] = "/tmp/plan_file.XXXXXX";
	struct plan_file file, back;
	struct error err = ERROR_INIT;
	struct stat st;

	ck_assert(mkdtemp(folder) != NULL);
	scoped_str path = xasprintf("%s/plan.json", folder);
	fill(&file);
	ck_assert(plan_file_save(&file, path, &err) == 0);
	ck_assert(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	ck_assert_msg(plan_file_load(&back, path, &err) == 0, "%s", err.text);
	same_rows(&file.plan.rows, &back.plan.rows);
	plan_file_release(&back);
	ck_assert(chmod(path, 0620) == 0);
	ck_assert(plan_file_load(&back, path, &err) < 0 && err.kind == ERROR_DENIED);
	error_clear(&err);
	ck_assert(unlink(path) == 0);
	ck_assert(plan_file_load(&back, path, &err) < 0 && err.kind == ERROR_NOT_FOUND);
	ck_assert(rmdir(folder) == 0);
	plan_file_release(&file);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("plan_file");
	TCase *tc = tcase_create("file");

	tcase_add_test(tc, round_trip);
	tcase_add_loop_test(tc, rules_that_are_no_text, 0, 2);
	tcase_add_test(tc, truncated);
	tcase_add_test(tc, altered);
	tcase_add_test(tc, reformatted);
	tcase_add_loop_test(tc, wrong_content, 0, (int)array_len(wrongs));
	tcase_add_loop_test(tc, check, 0, (int)array_len(checks));
	tcase_add_test(tc, on_disk);
	suite_add_tcase(s, tc);
	return s;
}
