/* SPDX-License-Identifier: Apache-2.0 */
/* Policy files: docs/policy.md describes what is read here. */
#include "plugins/hygiene/settings_internal.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/codec/json.h"
#include "common/codec/timefmt.h"
#include "common/codec/units.h"

/* Where a value goes, and what errors and keep rules call the place it came from. */
struct target {
	struct settings *s;
	struct kind_settings *k; /* of the object that the key is in */
	const char *source;
};
struct key {
	const char *name;
	int (*read)(const struct target *to, const struct json_place *at, struct error *err);
};

/* Turns the error of a parser of values into one that names the place. */
static int fail_at(const struct json_place *at, const struct error *why, struct error *err)
{
	return json_fail(at, err, "%s", why->text);
}

static int read_version(const struct target *to unused_arg, const struct json_place *at,
			struct error *err)
{
	int64_t version;

	if (json_get_int(at, NULL, &version, 1, 0, INT64_MAX, err) < 0)
		return -1;
	if (version != 1)
		return json_fail(at, err, "version %lld is not known, only 1 is",
				 (long long)version);
	return 0;
}

static int read_prune(const struct target *to, const struct json_place *at, struct error *err)
{
	bool chosen;

	if (json_get_bool(at, NULL, &chosen, false, err) < 0)
		return -1;
	to->k->chosen = chosen;
	return 0;
}

static int read_prune_volumes(const struct target *to, const struct json_place *at,
			      struct error *err)
{
	struct error why = ERROR_INIT;

	if (!json_is_string(at->value)) {
		if (read_prune(to, at, &why) == 0)
			return 0;
		return json_fail(at, err, "expected \"anonymous\", \"named\", \"all\" or false");
	}
	if (settings_set_volumes(to->s, json_string_value(at->value), &why) < 0)
		return fail_at(at, &why, err);
	return 0;
}

static int read_older_than(const struct target *to, const struct json_place *at, struct error *err)
{
	struct error why = ERROR_INIT;
	const char *text;

	if (json_need_string(at, NULL, &text, err) < 0)
		return -1;
	if (duration_parse(text, &to->k->older_than, &why) < 0)
		return fail_at(at, &why, err);
	return 0;
}

/* A list of rules, each checked in its own place. */
static int read_rules(struct rule_texts *list,
		      int (*add)(struct rule_texts *, const char *, const char *, struct error *),
		      const char *source, const struct json_place *at, struct error *err)
{
	struct json_place array;

	if (json_get_array(at, NULL, &array, err) < 0)
		return -1;
	for (size_t i = 0; i < json_count(&array); i++) {
		struct json_place item = json_element(&array, i);
		struct error why = ERROR_INIT;
		const char *text;

		if (json_need_string(&item, NULL, &text, err) < 0)
			return -1;
		if (add(list, text, source, &why) < 0)
			return fail_at(&item, &why, err);
	}
	return 0;
}

static int read_keep(const struct target *to, const struct json_place *at, struct error *err)
{
	return read_rules(&to->k->keep, rule_add_keep, to->source, at, err);
}

static int read_filters(const struct target *to, const struct json_place *at, struct error *err)
{
	return read_rules(&to->k->filters, rule_add_filter, to->source, at, err);
}

static int read_free(const struct target *to, const struct json_place *at, struct error *err)
{
	struct error why = ERROR_INIT;
	const char *text;

	if (json_need_string(at, NULL, &text, err) < 0)
		return -1;
	if (settings_set_free(to->s, text, &why) < 0)
		return fail_at(at, &why, err);
	return 0;
}

static int read_sizes(const struct target *to, const struct json_place *at, struct error *err)
{
	bool sizes;

	if (json_get_bool(at, NULL, &sizes, false, err) < 0)
		return -1;
	to->s->sizes = sizes;
	return 0;
}

static int read_all(const struct target *to, const struct json_place *at, struct error *err)
{
	bool all;

	if (json_get_bool(at, NULL, &all, false, err) < 0)
		return -1;
	to->s->all = all;
	return 0;
}

static int read_keep_last(const struct target *to, const struct json_place *at, struct error *err)
{
	return json_get_int(at, NULL, &to->s->keep_last, 0, 0, INT32_MAX, err);
}

static int read_max_size(const struct target *to, const struct json_place *at, struct error *err)
{
	struct error why = ERROR_INIT;
	const char *text;

	if (json_need_string(at, NULL, &text, err) < 0)
		return -1;
	if (size_parse(text, &to->s->max_size, &why) < 0)
		return fail_at(at, &why, err);
	return 0;
}

#define COMMON_KEYS                                               \
	{ "older_than", read_older_than }, { "keep", read_keep }, \
	{                                                         \
		"filters", read_filters                           \
	}

static const struct key kind_keys[] = { { "prune", read_prune }, COMMON_KEYS };
static const struct key volume_keys[] = { { "prune", read_prune_volumes }, COMMON_KEYS };
static const struct key image_keys[] = {
	{ "prune", read_prune },       COMMON_KEYS,
	{ "all", read_all },           { "keep_last", read_keep_last },
	{ "max_size", read_max_size },
};

#define KEYS_MAX 16

/* Refuses keys that are not in the table, then reads those that are there. */
static int read_object(const struct target *to, const struct json_place *at, const struct key *keys,
		       size_t count, struct error *err)
{
	const char *known[KEYS_MAX];

	for (size_t i = 0; i < count; i++)
		known[i] = keys[i].name;
	if (json_only_keys(at, known, count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct json_place place = json_member(at, keys[i].name);

		if (json_present(&place) && keys[i].read(to, &place, err) < 0)
			return -1;
	}
	return 0;
}

static int read_kind(enum kind kind, const struct target *to, const struct json_place *at,
		     struct error *err)
{
	const struct target inner = { to->s, &to->s->kinds[kind], to->source };
	struct json_place object;

	if (json_get_object(at, NULL, &object, err) < 0)
		return -1;
	if (kind == KIND_IMAGE)
		return read_object(&inner, at, image_keys, array_len(image_keys), err);
	if (kind == KIND_VOLUME)
		return read_object(&inner, at, volume_keys, array_len(volume_keys), err);
	return read_object(&inner, at, kind_keys, array_len(kind_keys), err);
}

#define KIND_READER(KIND, word, plural, key, flag)                                   \
	static int read_##KIND(const struct target *to, const struct json_place *at, \
			       struct error *err)                                    \
	{                                                                            \
		return read_kind(KIND_##KIND, to, at, err);                          \
	}
KINDS(KIND_READER)
#undef KIND_READER

static const struct key top_keys[] = { { "version", read_version },
				       COMMON_KEYS,
				       { "free", read_free },
				       { "sizes", read_sizes },
#define KIND_KEY(KIND, word, plural, key, flag) { key, read_##KIND },
				       KINDS(KIND_KEY)
#undef KIND_KEY
};

static int read_policy(struct settings *s, const json_t *json, const char *source,
		       struct error *err)
{
	struct json_place root = json_root(json, "policy");
	struct json_place object;
	const struct target to = { s, &s->common, source };

	_Static_assert(array_len(top_keys) <= KEYS_MAX, "room for all keys");
	if (json_get_object(&root, NULL, &object, err) < 0)
		return -1;
	return read_object(&to, &root, top_keys, array_len(top_keys), err);
}

int settings_parse_policy(struct settings *s, const char *text, size_t len, const char *source,
			  struct error *err)
{
	scoped_json *json = NULL;
	scoped_settings parsed;

	settings_init(&parsed);
	if (json_parse(&json, text, len, "policy", true, err) < 0 ||
	    read_policy(&parsed, json, source, err) < 0) {
		err->kind = ERROR_USAGE;
		return error_wrap(err, "%s", source);
	}
	settings_overlay(s, &parsed);
	return 0;
}

/* 20% is 20000: as many decimals as it takes, no more. */
static json_t *percent_text(int64_t percent)
{
	int64_t whole = percent / 1000;
	int64_t part = percent % 1000;
	int digits = 3;

	if (part == 0)
		return json_sprintf("%lld%%", (long long)whole);
	while (part % 10 == 0) {
		part /= 10;
		digits--;
	}
	return json_sprintf("%lld.%0*lld%%", (long long)whole, digits, (long long)part);
}

/* Fails for a rule that is no UTF-8: what would be written in its place means something else. */
static int put_rules(json_t *object, const char *key, const struct rule_texts *list)
{
	json_t *array;

	if (list->count == 0)
		return 0;
	array = json_array();
	json_object_set_new(object, key, array);
	for (size_t i = 0; i < list->count; i++)
		if (json_array_append_new(array, json_string(list->items[i].text)) < 0)
			return -1;
	return 0;
}

static int put_kind_settings(json_t *object, const struct kind_settings *k)
{
	char text[TIME_TEXT];

	if (k->older_than != UNSET)
		json_object_set_new(object, "older_than",
				    json_string(duration_format(text, k->older_than)));
	if (put_rules(object, "keep", &k->keep) < 0)
		return -1;
	return put_rules(object, "filters", &k->filters);
}

static json_t *prune_value(enum kind kind, const struct settings *s)
{
	static const char *const scopes[] = {
		[VOLUMES_ANONYMOUS] = "anonymous", [VOLUMES_NAMED] = "named", [VOLUMES_ALL] = "all"
	};

	if (kind == KIND_VOLUME && s->kinds[kind].chosen == 1 && s->volume_scope != UNSET)
		return json_string(scopes[s->volume_scope]);
	return json_boolean(s->kinds[kind].chosen);
}

static int put_kind(json_t *object, enum kind kind, const struct settings *s)
{
	char text[SIZE_TEXT];

	if (s->kinds[kind].chosen != UNSET)
		json_object_set_new(object, "prune", prune_value(kind, s));
	if (put_kind_settings(object, &s->kinds[kind]) < 0)
		return -1;
	if (kind != KIND_IMAGE)
		return 0;
	if (s->all != UNSET)
		json_object_set_new(object, "all", json_boolean(s->all));
	if (s->keep_last != UNSET)
		json_object_set_new(object, "keep_last", json_integer(s->keep_last));
	if (s->max_size != UNSET)
		json_object_set_new(object, "max_size",
				    json_string(size_format_exact(text, s->max_size)));
	return 0;
}

json_t *settings_to_json(const struct settings *s)
{
	scoped_json *root = json_object();
	char text[SIZE_TEXT];

	json_object_set_new(root, "version", json_integer(1));
	if (put_kind_settings(root, &s->common) < 0)
		return NULL;
	if (s->free_percent != UNSET)
		json_object_set_new(root, "free", percent_text(s->free_percent));
	else if (s->free_bytes != UNSET)
		json_object_set_new(root, "free",
				    json_string(size_format_exact(text, s->free_bytes)));
	if (s->sizes != UNSET)
		json_object_set_new(root, "sizes", json_boolean(s->sizes));
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		scoped_json *object = json_object();

		if (put_kind(object, kind, s) < 0)
			return NULL;
		if (json_object_size(object) > 0)
			json_object_set(root, kind_key(kind), object);
	}
	return take_ptr(root);
}
