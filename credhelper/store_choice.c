/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/store_choice.h"

#include <string.h>

#include "common/client/files.h"
#include "common/codec/json.h"
#include "common/codec/json_text.h"
#include "credhelper/policy.h"

#define POLICY_MODE 0644
#define DIR_MODE    0700

static json_t *store_json(const char *suffix)
{
	if (!suffix)
		return json_pack("{s:s}", "kind", "file");
	if (strcmp(suffix, "secretservice") == 0)
		return json_pack("{s:s}", "kind", "secretservice");
	return json_pack("{s:s, s:o}", "kind", "helper", "helper", json_text(suffix));
}

static int read_policy(const char *path, json_t **out, struct error *err)
{
	struct error why = ERROR_INIT;
	scoped_buf text;

	buf_init(&text, POLICY_MAX);
	if (file_read_trusted(path, POLICY_MAX, &text, &why) < 0) {
		if (why.kind == ERROR_NOT_FOUND) {
			*out = json_pack("{s:i}", "version", 1);
			return 0;
		}
		*err = why;
		return -1;
	}
	if (json_parse(out, text.data, text.len, path, true, err) < 0)
		return -1;
	const struct json_place top = json_root(*out, path);

	return json_expect(&top, JSON_OBJECT, err);
}

static int add_piece(const char *text, size_t len, void *out)
{
	buf_add(out, text, len);
	return 0;
}

static int write_policy(const char *path, const json_t *root, struct error *err)
{
	const char *slash = strrchr(path, '/');
	scoped_str dir = xstrndup(path, (size_t)(slash - path));
	scoped_policy_file check = { 0 };
	scoped_buf text;

	buf_init(&text, POLICY_MAX);
	(void)!json_dump_callback(root, add_piece, &text, JSON_INDENT(2));
	buf_char(&text, '\n');
	if (policy_parse(&check, text.data, text.len, path, false, err) < 0 ||
	    dir_make(dir, DIR_MODE, err) < 0)
		return -1;
	return file_replace(path, text.data, text.len, POLICY_MODE, err);
}

int store_choice_set(const char *path, const char *suffix, struct error *err)
{
	scoped_json *root = NULL;

	if (read_policy(path, &root, err) < 0)
		return -1;
	json_put(root, "store", store_json(suffix));
	return write_policy(path, root, err);
}
