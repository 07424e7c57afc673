/* SPDX-License-Identifier: Apache-2.0 */
/*
 * {"plan": {...}, "sha256": "..."}: the checksum is over the compact dump of the plan with sorted
 * keys, so that what counts is the content and not the white space around it.
 */
#include "plugins/hygiene/plan_file.h"

#include <stdlib.h>
#include <string.h>

#include "common/client/files.h"
#include "common/codec/json.h"
#include "common/codec/sha256.h"
#include "common/codec/timefmt.h"

#define PLAN_FILE_FORMAT 1
#define PLAN_FILE_LIMIT  ((size_t)256 << 20)
#define CANONICAL        (JSON_COMPACT | JSON_SORT_KEYS)

/* A clock that was set back a little between save and apply is no forgery. */
#define FUTURE_TOLERANCE NSEC_PER_MIN

void plan_asked_init(struct plan_asked *asked)
{
	settings_init(&asked->flags);
	settings_init(&asked->policy);
}

void plan_asked_release(struct plan_asked *asked)
{
	settings_release(&asked->flags);
	settings_release(&asked->policy);
}

void plan_file_release(struct plan_file *file)
{
	free_str(&file->engine_id);
	free_str(&file->engine_name);
	plan_asked_release(&file->asked);
	plan_release(&file->plan);
}

static json_t *row_format(const struct plan_row *row)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:I, s:I, s:I, s:b, s:i}", "kind",
			 kind_word(row->kind), "action", action_word(row->action), "rule",
			 plan_rule_word(row->rule), "id", row->id, "name", row->name, "reason",
			 row->reason, "fingerprint", row->fingerprint, "bytes",
			 (json_int_t)row->bytes, "bytes_min", (json_int_t)row->bytes_min,
			 "last_used", (json_int_t)row->last_used, "use_seen", row->use_seen,
			 "stage", (int)row->stage);
}

static json_t *rows_format(const struct plan_rows *rows, struct error *err)
{
	json_t *array = json_array();

	for (size_t i = 0; i < rows->count; i++) {
		if (json_array_append_new(array, row_format(&rows->items[i])) == 0)
			continue;
		json_decref(array);
		error_set(err, ERROR_INPUT, 0, "%s %s: its name is not UTF-8",
			  kind_word(rows->items[i].kind), rows->items[i].id);
		return NULL;
	}
	return array;
}

static json_t *content_format(const struct plan_file *file, struct error *err)
{
	char created[TIME_TEXT];
	scoped_json *flags = settings_to_json(&file->asked.flags);
	scoped_json *policy = settings_to_json(&file->asked.policy);

	if (!flags || !policy) {
		error_set(err, ERROR_INPUT, 0, "a keep rule or filter is not UTF-8");
		return NULL;
	}
	json_t *rows = rows_format(&file->plan.rows, err);

	if (!rows)
		return NULL;
	json_t *content = json_pack(
		"{s:i, s:s, s:s?, s:s, s:O, s:O, s:o, s:I, s:I}", "format", PLAN_FILE_FORMAT,
		"engine_id", file->engine_id ? file->engine_id : "", "engine_name",
		file->engine_name, "created", time_format_rfc3339(created, file->created, 1),
		"flags", flags, "policy", policy, "rows", rows, "bytes",
		(json_int_t)file->plan.bytes, "bytes_min", (json_int_t)file->plan.bytes_min);
	if (!content)
		error_set(err, ERROR_INPUT, 0, "the engine's name is not UTF-8");
	return content;
}

static int checksum(char out[SHA256_HEX], const json_t *content, struct error *err)
{
	char *text = json_dumps(content, CANONICAL);

	if (!text)
		return error_set(err, ERROR_INPUT, 0, "plan cannot be written as JSON");
	int rc = sha256_hex(out, text, strlen(text), err);
	free(text);
	return rc;
}

int plan_file_format(char **out, const struct plan_file *file, struct error *err)
{
	char sum[SHA256_HEX];
	scoped_json *content = content_format(file, err);

	if (!content || checksum(sum, content, err) < 0)
		return -1;
	scoped_json *root = json_pack("{s:O, s:s}", "plan", content, "sha256", sum);
	*out = json_dumps(root, JSON_INDENT(1) | JSON_SORT_KEYS);
	return 0;
}

static int need_word(const struct json_place *at, const char *key, const char **out,
		     struct error *err)
{
	if (json_need_string(at, key, out, err) < 0)
		return -1;
	if (!**out)
		return json_fail(at, err, "\"%s\" is empty", key);
	return 0;
}

static int parse_action(const struct json_place *at, enum action *out, struct error *err)
{
	const char *word;

	if (json_need_string(at, "action", &word, err) < 0)
		return -1;
	if (strcmp(word, action_word(ACTION_REMOVE)) == 0)
		*out = ACTION_REMOVE;
	else if (strcmp(word, action_word(ACTION_UNTAG)) == 0)
		*out = ACTION_UNTAG;
	else
		return json_fail(at, err, "\"action\" is neither remove nor untag");
	return 0;
}

static int parse_kind(const struct json_place *at, enum kind *out, struct error *err)
{
	const char *word;

	if (json_need_string(at, "kind", &word, err) < 0)
		return -1;
	enum kind kind = kind_parse(word);
	if (kind == KIND_COUNT)
		return json_fail(at, err, "\"kind\" is none that we know");
	*out = kind;
	return 0;
}

/* The rule and the stage are not read back: they are decided anew. */
static int parse_row(const struct json_place *at, struct plan_row *row, struct error *err)
{
	const char *id, *name, *reason, *fingerprint;

	if (parse_kind(at, &row->kind, err) < 0 || parse_action(at, &row->action, err) < 0 ||
	    need_word(at, "id", &id, err) < 0 ||
	    json_get_string(at, "name", &name, NULL, err) < 0 ||
	    json_get_string(at, "reason", &reason, NULL, err) < 0 ||
	    json_get_string(at, "fingerprint", &fingerprint, NULL, err) < 0 ||
	    json_get_int(at, "bytes", &row->bytes, -1, -1, INT64_MAX, err) < 0 ||
	    json_get_int(at, "bytes_min", &row->bytes_min, -1, -1, INT64_MAX, err) < 0 ||
	    json_get_int(at, "last_used", &row->last_used, TIME_NONE, INT64_MIN, INT64_MAX, err) <
		    0 ||
	    json_get_bool(at, "use_seen", &row->use_seen, false, err) < 0)
		return -1;
	row->rule = PLAN_RULE_UNUSED;
	row->id = xstrdup(id);
	row->name = xstrdup_null(name);
	row->reason = xstrdup_null(reason);
	row->fingerprint = xstrdup_null(fingerprint);
	return 0;
}

static int parse_rows(const struct json_place *content, struct plan *plan, struct error *err)
{
	struct json_place rows;

	if (json_get_array(content, "rows", &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < json_count(&rows); i++) {
		struct json_place at = json_element(&rows, i);
		struct plan_row *row = array_add(&plan->rows);

		if (parse_row(&at, row, err) < 0)
			return -1;
	}
	return 0;
}

static int parse_settings(const struct json_place *content, const char *key, struct settings *out,
			  struct error *err)
{
	struct json_place at;

	if (json_get_object(content, key, &at, err) < 0)
		return -1;
	char *text = json_present(&at) ? json_dumps(at.value, JSON_COMPACT) : xstrdup("{}");
	if (!text)
		return json_fail(content, err, "\"%s\" cannot be read", key);
	int rc = settings_parse_policy(out, text, strlen(text), "saved plan", err);
	free(text);
	return rc;
}

static int parse_content(const struct json_place *content, struct plan_file *file,
			 struct error *err)
{
	const char *engine_id, *engine_name, *created;
	int64_t format;

	if (json_get_int(content, "format", &format, 0, 0, INT64_MAX, err) < 0)
		return -1;
	if (format != PLAN_FILE_FORMAT)
		return json_fail(content, err,
				 "format %lld is none that this version knows; save the plan again",
				 (long long)format);
	if (need_word(content, "engine_id", &engine_id, err) < 0 ||
	    json_get_string(content, "engine_name", &engine_name, NULL, err) < 0 ||
	    json_need_string(content, "created", &created, err) < 0 ||
	    time_parse_rfc3339(created, &file->created, err) < 0 ||
	    json_get_int(content, "bytes", &file->plan.bytes, 0, 0, INT64_MAX, err) < 0 ||
	    json_get_int(content, "bytes_min", &file->plan.bytes_min, 0, 0, INT64_MAX, err) < 0 ||
	    parse_rows(content, &file->plan, err) < 0)
		return -1;
	file->engine_id = xstrdup(engine_id);
	file->engine_name = xstrdup_null(engine_name);
	if (parse_settings(content, "flags", &file->asked.flags, err) < 0)
		return -1;
	return parse_settings(content, "policy", &file->asked.policy, err);
}

static int verify(const struct json_place *root, struct json_place *content, struct error *err)
{
	char sum[SHA256_HEX];
	const char *said;

	if (json_expect(root, JSON_OBJECT, err) < 0 ||
	    json_get_object(root, "plan", content, err) < 0 ||
	    json_need_string(root, "sha256", &said, err) < 0)
		return -1;
	if (!json_present(content))
		return json_fail(root, err, "there is no plan in it");
	if (checksum(sum, content->value, err) < 0)
		return -1;
	if (strcmp(sum, said) != 0)
		return json_fail(
			root, err,
			"its content is not what was saved (checksum); save the plan again");
	return 0;
}

int plan_file_parse(struct plan_file *out, const char *text, size_t len, struct error *err)
{
	struct plan_file file = { .created = TIME_NONE };
	scoped_json *json = NULL;

	if (json_parse(&json, text, len, "saved plan", true, err) < 0)
		return -1;
	struct json_place root = json_root(json, "saved plan"), content;
	if (verify(&root, &content, err) < 0)
		return -1;
	plan_asked_init(&file.asked);
	plan_init(&file.plan);
	if (parse_content(&content, &file, err) < 0) {
		plan_file_release(&file);
		/* What the policy parser calls bad usage is here a bad file. */
		err->kind = err->kind == ERROR_USAGE ? ERROR_INPUT : err->kind;
		return -1;
	}
	*out = file;
	return 0;
}

int plan_file_load(struct plan_file *out, const char *path, struct error *err)
{
	scoped_buf text;

	buf_init(&text, PLAN_FILE_LIMIT);
	if (file_read_trusted(path, PLAN_FILE_LIMIT, &text, err) < 0)
		return error_wrap(err, "--apply");
	if (plan_file_parse(out, text.data, text.len, err) < 0)
		return error_wrap(err, "%s", path);
	return 0;
}

int plan_file_save(const struct plan_file *file, const char *path, struct error *err)
{
	scoped_str text = NULL;

	if (plan_file_format(&text, file, err) < 0)
		return -1;
	return file_replace(path, text, strlen(text), 0600, err);
}

int plan_file_check(const struct plan_file *file, const struct snapshot *snap, int64_t max_age,
		    struct error *err)
{
	int64_t age = time_diff(snap->now, file->created);
	char was[TIME_TEXT], may[TIME_TEXT];

	if (!snap->info.id || strcmp(file->engine_id, snap->info.id) != 0)
		return error_set(
			err, ERROR_CONFLICT, 0,
			"the plan is for another engine (%s %.40s, not %s %.40s); save one "
			"here",
			file->engine_name ? file->engine_name : "", file->engine_id,
			snap->info.name ? snap->info.name : "this one",
			snap->info.id ? snap->info.id : "");
	if (age < -FUTURE_TOLERANCE)
		return error_set(err, ERROR_CONFLICT, 0,
				 "the plan was made %s after the engine's present; check its clock "
				 "and save the plan again",
				 duration_human(was, age));
	if (age > max_age)
		return error_set(err, ERROR_CONFLICT, 0,
				 "the plan is %s old, more than --max-plan-age %s; save it again",
				 duration_human(was, age), duration_format(may, max_age));
	return 0;
}
