/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/settings_internal.h"

#include <string.h>

#include "common/codec/pattern.h"
#include "common/codec/units.h"

static void kind_settings_init(struct kind_settings *k)
{
	*k = (struct kind_settings){ .chosen = UNSET, .older_than = UNSET };
}

void settings_init(struct settings *s)
{
	kind_settings_init(&s->common);
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		kind_settings_init(&s->kinds[kind]);
	s->all = s->volume_scope = s->sizes = UNSET;
	s->keep_last = s->max_size = s->free_bytes = s->free_percent = UNSET;
}

void rule_texts_release(struct rule_texts *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].text);
		free(list->items[i].source);
	}
	free(list->items);
	*list = (struct rule_texts){ 0 };
}

static void kind_settings_release(struct kind_settings *k)
{
	rule_texts_release(&k->keep);
	rule_texts_release(&k->filters);
}

void settings_release(struct settings *s)
{
	kind_settings_release(&s->common);
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		kind_settings_release(&s->kinds[kind]);
	settings_init(s);
}

static void rule_add(struct rule_texts *list, const char *text, const char *source)
{
	struct rule_text copy = { .text = xstrdup(text), .source = xstrdup(source) };
	struct rule_text *slot = array_add(list);

	*slot = copy;
}

void rule_texts_copy(struct rule_texts *to, const struct rule_texts *from)
{
	for (size_t i = 0; i < from->count; i++)
		rule_add(to, from->items[i].text, from->items[i].source);
}

/* "key" or "key=value"; the value of a keep rule is a pattern, and an empty one means no value. */
static int check_label(const char *label, bool pattern, struct error *err)
{
	const char *equals = strchr(label, '=');

	if (label[0] == '\0' || equals == label)
		return error_set(err, ERROR_USAGE, 0,
				 "the label has no key; write label=KEY[=VALUE]");
	if (!pattern || !equals || equals[1] == '\0')
		return 0;
	return pattern_check(equals + 1, err);
}

int rule_add_keep(struct rule_texts *list, const char *pattern, const char *source,
		  struct error *err)
{
	int rc = strncmp(pattern, "label=", 6) == 0 ? check_label(pattern + 6, true, err)
						    : pattern_check(pattern, err);

	if (rc < 0) {
		err->kind = ERROR_USAGE;
		return error_wrap(err, "keep pattern '%.200s'", pattern);
	}
	rule_add(list, pattern, source);
	return 0;
}

int rule_add_filter(struct rule_texts *list, const char *filter, const char *source,
		    struct error *err)
{
	size_t key = strncmp(filter, "label=", 6) == 0 ? 6 : 7;

	if (key == 7 && strncmp(filter, "label!=", 7) != 0) {
		error_set(
			err, ERROR_USAGE, 0,
			"filter '%.200s': only label=KEY[=VALUE] and label!=KEY[=VALUE] are known",
			filter);
		if (strncmp(filter, "until", 5) == 0)
			return error_hint(err, "for an age use --older-than");
		return -1;
	}
	if (check_label(filter + key, false, err) < 0)
		return error_wrap(err, "filter '%.200s'", filter);
	rule_add(list, filter, source);
	return 0;
}

int settings_add_keep(struct settings *s, const char *pattern, const char *source,
		      struct error *err)
{
	return rule_add_keep(&s->common.keep, pattern, source, err);
}

int settings_add_filter(struct settings *s, const char *filter, const char *source,
			struct error *err)
{
	return rule_add_filter(&s->common.filters, filter, source, err);
}

int settings_set_free(struct settings *s, const char *value, struct error *err)
{
	int64_t bytes, percent;

	if (size_or_percent_parse(value, &bytes, &percent, err) < 0) {
		err->kind = ERROR_USAGE;
		return -1;
	}
	s->free_bytes = bytes < 0 ? UNSET : bytes;
	s->free_percent = percent < 0 ? UNSET : percent;
	return 0;
}

int settings_set_volumes(struct settings *s, const char *value, struct error *err)
{
	static const char *const words[] = {
		[VOLUMES_ANONYMOUS] = "anonymous", [VOLUMES_NAMED] = "named", [VOLUMES_ALL] = "all"
	};

	for (size_t i = 0; i < array_len(words); i++)
		if (strcmp(words[i], value) == 0) {
			s->volume_scope = (int)i;
			s->kinds[KIND_VOLUME].chosen = 1;
			return 0;
		}
	return error_set(err, ERROR_USAGE, 0,
			 "'%.100s' is no choice of volumes; use anonymous, named or all", value);
}

/* Adds the line without the blanks around it; empty ones and comments are skipped. */
static int add_keep_line(struct rule_texts *list, const char *line, size_t len, const char *source,
			 struct error *err)
{
	static const char blanks[] = " \t\r\v\f";
	scoped_str text = NULL;

	while (len > 0 && strchr(blanks, line[0])) {
		line++;
		len--;
	}
	while (len > 0 && strchr(blanks, line[len - 1]))
		len--;
	if (len == 0 || line[0] == '#')
		return 0;
	text = xstrndup(line, len);
	return rule_add_keep(list, text, source, err);
}

int settings_add_keep_file(struct settings *s, const char *text, const char *source,
			   struct error *err)
{
	struct rule_texts list = { 0 };
	int rc = 0;

	for (size_t number = 1; *text && rc == 0; number++) {
		size_t len = strcspn(text, "\n");
		scoped_str place = xasprintf("%s:%zu", source, number);

		rc = add_keep_line(&list, text, len, place, err);
		if (rc < 0)
			error_wrap(err, "%s", place);
		text += len + (text[len] == '\n');
	}
	if (rc == 0)
		rule_texts_copy(&s->common.keep, &list);
	rule_texts_release(&list);
	return rc;
}

static void kind_overlay(struct kind_settings *to, const struct kind_settings *from)
{
	if (from->chosen != UNSET)
		to->chosen = from->chosen;
	if (from->older_than != UNSET)
		to->older_than = from->older_than;
	rule_texts_copy(&to->keep, &from->keep);
	rule_texts_copy(&to->filters, &from->filters);
}

void settings_overlay(struct settings *to, struct settings *from)
{
	kind_overlay(&to->common, &from->common);
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		kind_overlay(&to->kinds[kind], &from->kinds[kind]);
	if (from->all != UNSET)
		to->all = from->all;
	if (from->keep_last != UNSET)
		to->keep_last = from->keep_last;
	if (from->max_size != UNSET)
		to->max_size = from->max_size;
	if (from->free_bytes != UNSET || from->free_percent != UNSET) {
		to->free_bytes = from->free_bytes;
		to->free_percent = from->free_percent;
	}
	if (from->volume_scope != UNSET)
		to->volume_scope = from->volume_scope;
	if (from->sizes != UNSET)
		to->sizes = from->sizes;
	settings_release(from);
}
