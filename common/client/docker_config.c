/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/docker_config.h"

#include <stdlib.h>
#include <string.h>

#include "common/client/files.h"
#include "common/codec/json.h"

#define CONFIG_LIMIT ((size_t)4 << 20)

int docker_config_dir(char **out, const char *given, struct error *err)
{
	const char *variable = getenv("DOCKER_CONFIG");
	scoped_str home = NULL;

	if (given && *given) {
		*out = xstrdup(given);
		return 0;
	}
	if (variable && *variable) {
		*out = xstrdup(variable);
		return 0;
	}
	if (dir_home(&home, err) < 0)
		return -1;
	*out = xasprintf("%s/.docker", home);
	return 0;
}

/* Docker takes an empty file as an empty configuration. */
static bool is_blank(const struct buf *bytes)
{
	return strspn(bytes->data, " \t\r\n") == bytes->len;
}

static int read_config(json_t **out, const char *dir, struct error *err)
{
	scoped_str path = xasprintf("%s/config.json", dir);
	struct error why = ERROR_INIT;
	scoped_json *json = NULL;
	scoped_buf bytes;

	buf_init(&bytes, CONFIG_LIMIT);
	if (file_read(path, CONFIG_LIMIT, &bytes, &why) < 0 && why.kind != ERROR_NOT_FOUND) {
		*err = why;
		if (err->kind == ERROR_LIMIT)
			err->kind = ERROR_INPUT;
		if (err->kind == ERROR_DENIED)
			error_hint(err, "mend its permissions, or set HOME or DOCKER_CONFIG to "
					"a folder of your own");
		return -1;
	}
	if (is_blank(&bytes)) {
		*out = json_object();
		return 0;
	}
	if (json_parse(&json, bytes.data, bytes.len, path, false, err) < 0)
		return -1;
	if (!json_is_object(json))
		return error_set(err, ERROR_INPUT, 0, "%s: expected an object", path);
	*out = take_ptr(json);
	return 0;
}

int docker_config_open(struct docker_config *out, const char *dir, struct error *err)
{
	scoped_str chosen = NULL;
	json_t *root;

	if (docker_config_dir(&chosen, dir, err) < 0 || read_config(&root, chosen, err) < 0)
		return -1;
	out->dir = take_ptr(chosen);
	out->root = root;
	return 0;
}

void docker_config_release(struct docker_config *config)
{
	free(config->dir);
	json_decref(config->root);
	*config = (struct docker_config){ 0 };
}

const char *docker_config_plugin(const struct docker_config *config, const char *plugin,
				 const char *key)
{
	const json_t *of_plugin = json_object_get(json_object_get(config->root, "plugins"), plugin);

	return json_string_value(json_object_get(of_plugin, key));
}

const char *docker_config_string(const struct docker_config *config, const char *key)
{
	return json_string_value(json_object_get(config->root, key));
}

void docker_config_strings(const struct docker_config *config, const char *key, struct strings *out)
{
	const json_t *list = json_object_get(config->root, key);

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));

		if (s)
			strings_add(out, s);
	}
}
