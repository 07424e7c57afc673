/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/prune_sources.h"

#include <string.h>
#include <sys/stat.h>

#include "common/client/files.h"

#define POLICY_LIMIT ((size_t)1 << 20)

enum source {
	SOURCE_FLAGS,
	SOURCE_FILE, /* --policy */
	SOURCE_PLAN_FLAGS,
	SOURCE_PLAN_FILE,
	SOURCE_USER,
	SOURCE_CONFIG,
	SOURCE_SYSTEM,
};
#define SOURCE_COUNT (SOURCE_SYSTEM + 1)

struct sources {
	struct settings items[SOURCE_COUNT];
};

static void sources_init(struct sources *s)
{
	for (size_t i = 0; i < SOURCE_COUNT; i++)
		settings_init(&s->items[i]);
}

static void sources_release(struct sources *s)
{
	for (size_t i = 0; i < SOURCE_COUNT; i++)
		settings_release(&s->items[i]);
}

static void texts_copy(struct rule_texts *to, const struct rule_texts *from)
{
	for (size_t i = 0; i < from->count; i++) {
		struct rule_text *text = array_add(to);

		text->text = xstrdup(from->items[i].text);
		text->source = xstrdup_null(from->items[i].source);
	}
}

static void kind_settings_copy(struct kind_settings *to, const struct kind_settings *from)
{
	to->chosen = from->chosen;
	to->older_than = from->older_than;
	texts_copy(&to->keep, &from->keep);
	texts_copy(&to->filters, &from->filters);
}

/* to is freshly initialised. */
static void settings_copy(struct settings *to, const struct settings *from)
{
	kind_settings_copy(&to->common, &from->common);
	for (int kind = 0; kind < KIND_COUNT; kind++)
		kind_settings_copy(&to->kinds[kind], &from->kinds[kind]);
	to->all = from->all;
	to->keep_last = from->keep_last;
	to->max_size = from->max_size;
	to->free_bytes = from->free_bytes;
	to->free_percent = from->free_percent;
	to->volume_scope = from->volume_scope;
	to->sizes = from->sizes;
}

/* Of the settings, what protects. */
static void settings_copy_keep(struct settings *to, const struct settings *from)
{
	texts_copy(&to->common.keep, &from->common.keep);
	for (int kind = 0; kind < KIND_COUNT; kind++)
		texts_copy(&to->kinds[kind].keep, &from->kinds[kind].keep);
}

static int read_policy(struct settings *out, const char *path, bool needed, struct error *err)
{
	scoped_buf text;

	buf_init(&text, POLICY_LIMIT);
	if (file_read_trusted(path, POLICY_LIMIT, &text, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND || needed)
			return error_wrap(err, "policy");
		error_clear(err);
		return 0;
	}
	return settings_parse_policy(out, text.data, text.len, path, err);
}

/* "<(command)" is a pipe, and nobody else's. */
static int read_list(const char *path, struct buf *text, struct error *err)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISFIFO(st.st_mode))
		return file_read(path, POLICY_LIMIT, text, err);
	return file_read_trusted(path, POLICY_LIMIT, text, err);
}

static int read_keep_files(struct settings *out, const struct strings *files, struct error *err)
{
	for (size_t i = 0; i < files->count; i++) {
		const char *path = files->items[i];
		scoped_buf text;

		buf_init(&text, POLICY_LIMIT);
		if (read_list(path, &text, err) < 0)
			return error_wrap(err, "--keep-file");
		if (strlen(text.data) != text.len)
			return error_set(err, ERROR_USAGE, 0, "--keep-file %s: not a text file",
					 path);
		if (settings_add_keep_file(out, text.data, path, err) < 0)
			return -1;
	}
	return 0;
}

static int read_config(struct settings *out, const struct docker_config *config,
		       struct strings *notes, struct error *err)
{
	const json_t *plugins = json_object_get(config->root, "plugins");
	scoped_strings filters = { 0 };
	scoped_str ignored = NULL;

	docker_config_strings(config, "pruneFilters", &filters);
	if (settings_parse_config(out, json_object_get(plugins, "hygiene"), &filters, &ignored,
				  err) < 0)
		return -1;
	if (ignored)
		strings_take(notes, xasprintf("pruneFilters of %s/config.json: %s does not count "
					      "here; use --older-than",
					      config->dir, ignored));
	return 0;
}

static int read_user(struct sources *s, const char *policy, const char *user, struct error *err)
{
	if (policy && read_policy(&s->items[SOURCE_FILE], policy, true, err) < 0)
		return -1;
	if (!user)
		return 0;
	if (!policy)
		return read_policy(&s->items[SOURCE_USER], user, false, err);

	scoped_settings all;

	settings_init(&all);
	if (read_policy(&all, user, false, err) < 0)
		return -1;
	settings_copy_keep(&s->items[SOURCE_USER], &all);
	return 0;
}

int prune_sources(struct policy *out, struct plan_asked *asked, const struct prune_args *args,
		  const struct plan_asked *reviewed, const struct docker_config *config,
		  const struct prune_paths *paths, struct strings *notes, struct error *err)
{
	scoped(sources_release) struct sources s;
	const struct settings *list[SOURCE_COUNT];

	sources_init(&s);
	settings_copy(&s.items[SOURCE_FLAGS], &args->flags);
	if (reviewed) {
		settings_copy(&s.items[SOURCE_PLAN_FLAGS], &reviewed->flags);
		settings_copy(&s.items[SOURCE_PLAN_FILE], &reviewed->policy);
	}
	if (read_keep_files(&s.items[SOURCE_FLAGS], &args->keep_files, err) < 0 ||
	    read_user(&s, args->policy, paths->user, err) < 0 ||
	    read_config(&s.items[SOURCE_CONFIG], config, notes, err) < 0 ||
	    read_policy(&s.items[SOURCE_SYSTEM], paths->system, false, err) < 0)
		return -1;
	for (size_t i = 0; i < SOURCE_COUNT; i++)
		list[i] = &s.items[i];
	if (policy_merge(out, list, SOURCE_COUNT, err) < 0)
		return -1;
	if (asked) {
		settings_copy(&asked->flags, &s.items[SOURCE_FLAGS]);
		settings_copy(&asked->policy, &s.items[SOURCE_FILE]);
	}
	return 0;
}
