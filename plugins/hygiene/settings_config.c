/* SPDX-License-Identifier: Apache-2.0 */
/* plugins.hygiene of docker's config.json: a map of strings, named as the flags. */
#include "plugins/hygiene/settings_internal.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/codec/json.h"
#include "common/codec/timefmt.h"
#include "common/codec/units.h"

#define CONFIG_SOURCE "config.json"

static int set_bool(int *out, const char *text, struct error *err)
{
	static const char *const no[] = { "false", "0", "no" };
	static const char *const yes[] = { "true", "1", "yes" };

	for (size_t i = 0; i < array_len(no); i++) {
		if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
			*out = strcmp(text, yes[i]) == 0;
			return 0;
		}
	}
	return error_set(err, ERROR_USAGE, 0, "'%.100s' is neither true nor false", text);
}

static int set_older_than(struct settings *s, const char *text, struct error *err)
{
	return duration_parse(text, &s->common.older_than, err);
}

/* Calls add for each part between commas. */
static int add_parts(struct settings *s, const char *text,
		     int (*add)(struct settings *, const char *, const char *, struct error *),
		     struct error *err)
{
	while (*text) {
		size_t len = strcspn(text, ",");
		scoped_str part = xstrndup(text, len);

		if (len > 0 && add(s, part, CONFIG_SOURCE, err) < 0)
			return -1;
		text += len + (text[len] == ',');
	}
	return 0;
}

static int set_keep(struct settings *s, const char *text, struct error *err)
{
	return add_parts(s, text, settings_add_keep, err);
}

static int set_filter(struct settings *s, const char *text, struct error *err)
{
	return add_parts(s, text, settings_add_filter, err);
}

static int set_all(struct settings *s, const char *text, struct error *err)
{
	return set_bool(&s->all, text, err);
}

static int set_size(struct settings *s, const char *text, struct error *err)
{
	return set_bool(&s->sizes, text, err);
}

static int set_keep_last(struct settings *s, const char *text, struct error *err)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 9 || text[digits] != '\0')
		return error_set(err, ERROR_USAGE, 0, "'%.100s' is no number of images; write 3",
				 text);
	s->keep_last = strtol(text, NULL, 10);
	return 0;
}

static int set_max_size(struct settings *s, const char *text, struct error *err)
{
	return size_parse(text, &s->max_size, err);
}

static int set_volumes(struct settings *s, const char *text, struct error *err)
{
	struct error why = ERROR_INIT;

	if (set_bool(&s->kinds[KIND_VOLUME].chosen, text, &why) == 0)
		return 0;
	return settings_set_volumes(s, text, err);
}

static const struct {
	const char *key;
	int (*set)(struct settings *s, const char *text, struct error *err);
} keys[] = {
	{ "older-than", set_older_than }, { "keep", set_keep },
	{ "filter", set_filter },         { "all", set_all },
	{ "keep-last", set_keep_last },   { "max-size", set_max_size },
	{ "free", settings_set_free },    { "size", set_size },
	{ "volumes", set_volumes },
};

/* docker's own keys in a plugin's map. */
static const char *const docker_keys[] = { "hooks", "error-hooks" };

static int set_key(struct settings *s, const char *key, const char *text, struct error *err)
{
	for (size_t i = 0; i < array_len(keys); i++)
		if (strcmp(keys[i].key, key) == 0)
			return keys[i].set(s, text, err);
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		if (strcmp(kind_flag(kind), key) == 0)
			return set_bool(&s->kinds[kind].chosen, text, err);
	return 0;
}

/* Every name that may appear; returns how many. */
static size_t known_keys(const char *known[])
{
	size_t count = 0;

	for (size_t i = 0; i < array_len(keys); i++)
		known[count++] = keys[i].key;
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		if (kind != KIND_VOLUME)
			known[count++] = kind_flag(kind);
	for (size_t i = 0; i < array_len(docker_keys); i++)
		known[count++] = docker_keys[i];
	return count;
}

static int read_plugin(struct settings *s, const json_t *plugin, struct error *err)
{
	const char *known[array_len(keys) + KIND_COUNT + array_len(docker_keys)];
	size_t count = known_keys(known);
	struct json_place root = json_root(plugin, "plugins.hygiene");
	struct json_place object;

	if (json_get_object(&root, NULL, &object, err) < 0 ||
	    json_only_keys(&root, known, count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct json_place at = json_member(&root, known[i]);
		struct error why = ERROR_INIT;
		const char *text;

		if (!json_present(&at))
			continue;
		if (json_need_string(&at, NULL, &text, err) < 0)
			return -1;
		if (set_key(s, known[i], text, &why) < 0)
			return json_fail(&at, err, "%s", why.text);
	}
	return 0;
}

/* Label filters are taken over; the names of others are listed, since they do not hold here. */
static int read_filters(struct settings *s, const struct strings *filters, struct buf *others,
			struct error *err)
{
	for (size_t i = 0; i < filters->count; i++) {
		const char *filter = filters->items[i];

		if (strncmp(filter, "label=", 6) != 0 && strncmp(filter, "label!=", 7) != 0) {
			buf_fmt(others, "%s%s", others->len ? ", " : "", filter);
			continue;
		}
		if (settings_add_filter(s, filter, CONFIG_SOURCE " pruneFilters", err) < 0)
			return error_wrap(err, "pruneFilters");
	}
	return 0;
}

int settings_parse_config(struct settings *s, const json_t *plugin, const struct strings *filters,
			  char **ignored, struct error *err)
{
	scoped_settings parsed;
	scoped_buf others;

	settings_init(&parsed);
	buf_init(&others, 4096);
	if ((plugin && read_plugin(&parsed, plugin, err) < 0) ||
	    (filters && read_filters(&parsed, filters, &others, err) < 0)) {
		err->kind = ERROR_USAGE;
		return error_wrap(err, CONFIG_SOURCE);
	}
	settings_overlay(s, &parsed);
	*ignored = others.len ? buf_take(&others) : NULL;
	return 0;
}
