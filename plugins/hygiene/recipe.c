/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/recipe.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/map.h"
#include "common/codec/json.h"
#include "common/codec/reference.h"
#include "common/codec/timefmt.h"

#define TAG_MAX     128
#define TAG_NUMBERS 4 /* room for "-99" and its like */

/* strftime(3) wants its format in sight of the compiler. */
#define CONVERSIONS(X) \
	X('G', "%G")   \
	X('V', "%V") X('Y', "%Y") X('m', "%m") X('d', "%d") X('H', "%H") X('M', "%M") X('%', "%%")

static bool is_conversion(char letter)
{
	switch (letter) {
#define CONVERSION_CASE(letter, format) case letter:
		CONVERSIONS(CONVERSION_CASE)
#undef CONVERSION_CASE
		return true;
	default:
		return false;
	}
}

static void add_conversion(struct buf *out, char letter, const struct tm *time)
{
	char text[16] = "";

	switch (letter) {
#define CONVERSION_ADD(letter, format)                             \
	case letter:                                               \
		(void)!strftime(text, sizeof(text), format, time); \
		break;
		CONVERSIONS(CONVERSION_ADD)
#undef CONVERSION_ADD
	default:
		break;
	}
	buf_str(out, text);
}

static void recipe_release(struct recipe *r)
{
	free(r->name);
	free(r->full);
	free(r->context);
	free(r->dockerfile);
	free(r->target);
	for (size_t i = 0; i < r->args.count; i++) {
		free(r->args.items[i].key);
		free(r->args.items[i].value);
	}
	free(r->args.items);
	strings_release(&r->tags);
	strings_release(&r->inputs);
}

void recipes_release(struct recipes *r)
{
	for (size_t i = 0; i < r->count; i++)
		recipe_release(&r->items[i]);
	free(r->items);
	*r = (struct recipes){ 0 };
}

const struct recipe *recipe_find(const struct recipes *r, const char *full_name)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->items[i].full, full_name) == 0)
			return &r->items[i];
	return NULL;
}

bool recipe_tag_is_dated(const char *pattern)
{
	for (const char *at = strchr(pattern, '%'); at; at = strchr(at + 2, '%'))
		if (at[1] != '%')
			return true;
	return false;
}

char *recipe_tag(const char *pattern, const struct tm *time, unsigned number)
{
	struct buf out;

	buf_init(&out, 4 * TAG_MAX);
	for (const char *at = pattern; *at; at++) {
		if (*at == '%')
			add_conversion(&out, *++at, time);
		else
			buf_char(&out, *at);
	}
	if (number > 1)
		buf_fmt(&out, "-%u", number);
	return buf_take(&out);
}

/* --- reading */

static int read_name(struct recipe *r, const struct json_place *at, struct error *err)
{
	struct json_place place = json_member(at, "name");
	struct error cause = ERROR_INIT;
	scoped_reference ref = { 0 };
	const char *text;

	if (json_need_string(at, "name", &text, err) < 0)
		return -1;
	if (reference_parse(text, &ref, &cause) < 0)
		return json_fail(&place, err, "'%s' names no image: %s", text, cause.text);
	if (ref.tag || ref.digest)
		return json_fail(&place, err,
				 "'%s' has a tag or digest; tags have a key of their own", text);
	r->name = reference_familiar_name(&ref);
	r->full = reference_full_name(&ref);
	return 0;
}

static int read_text(const struct json_place *at, const char *key, const char *fallback, char **out,
		     struct error *err)
{
	struct json_place place = json_member(at, key);
	const char *text;

	if (json_get_string(at, key, &text, fallback, err) < 0)
		return -1;
	if (text && !*text)
		return json_fail(&place, err, "must not be empty");
	*out = xstrdup_null(text);
	return 0;
}

static int read_args(struct recipe *r, const struct json_place *at, struct error *err)
{
	struct json_place args;
	const char *key;
	json_t *value;

	if (json_get_object(at, "args", &args, err) < 0)
		return -1;
	if (!json_present(&args))
		return 0;
	json_object_foreach((json_t *)args.value, key, value) {
		struct json_place place = json_member(&args, key);
		const char *text;

		if (!*key || strchr(key, '='))
			return json_fail(&args, err, "'%s' is no name of a build argument", key);
		if (json_need_string(&place, NULL, &text, err) < 0)
			return -1;
		struct recipe_arg *arg = array_add(&r->args);

		arg->key = xstrdup(key);
		arg->value = xstrdup(text);
	}
	return 0;
}

/* A tag with the widest values that the conversions have, and with the number of a later build. */
static bool makes_tag(const char *pattern)
{
	const struct tm widest = { .tm_year = 126, .tm_mon = 11, .tm_mday = 31, .tm_hour = 23 };
	scoped_reference ref = { 0 };
	struct error ignored = ERROR_INIT;

	if (strlen(pattern) > TAG_MAX)
		return false;
	for (const char *at = strchr(pattern, '%'); at; at = strchr(at + 2, '%'))
		if (!is_conversion(at[1]))
			return false;
	scoped_str tag = recipe_tag(pattern, &widest, 0);
	scoped_str text = xasprintf("a:%s", tag);
	size_t most = recipe_tag_is_dated(pattern) ? TAG_MAX - TAG_NUMBERS : TAG_MAX;

	return strlen(tag) <= most && reference_parse(text, &ref, &ignored) == 0 && ref.tag &&
	       !ref.digest;
}

static int read_tags(struct recipe *r, const struct json_place *at, struct error *err)
{
	struct json_place tags = json_member(at, "tags");

	if (json_get_strings(at, "tags", &r->tags, err) < 0)
		return -1;
	if (json_present(&tags) && r->tags.count == 0)
		return json_fail(&tags, err, "must not be empty");
	for (size_t i = 0; i < r->tags.count; i++) {
		struct json_place tag = json_element(&tags, i);

		if (!makes_tag(r->tags.items[i]))
			return json_fail(&tag, err,
					 "'%s' makes no tag; for example \"latest\", \"%%G.%%V\" "
					 "(conversions: %%G %%V %%Y %%m %%d %%H %%M)",
					 r->tags.items[i]);
	}
	if (r->tags.count == 0) {
		strings_add(&r->tags, "latest");
		strings_add(&r->tags, "%G.%V");
	}
	return 0;
}

static bool leaves(const char *path)
{
	if (*path == '/')
		return true;
	for (const char *at = path; at; at = strchr(at, '/')) {
		at += *at == '/';
		if (strncmp(at, "..", 2) == 0 && (at[2] == '/' || !at[2]))
			return true;
	}
	return false;
}

static int read_inputs(struct recipe *r, const struct json_place *at, struct error *err)
{
	struct json_place inputs = json_member(at, "inputs");

	if (json_get_strings(at, "inputs", &r->inputs, err) < 0)
		return -1;
	for (size_t i = 0; i < r->inputs.count; i++) {
		struct json_place input = json_element(&inputs, i);

		if (!*r->inputs.items[i] || leaves(r->inputs.items[i]))
			return json_fail(&input, err, "'%s' is not within the context",
					 r->inputs.items[i]);
	}
	return 0;
}

static int read_max_age(struct recipe *r, const struct json_place *at, struct error *err)
{
	struct json_place place = json_member(at, "max_age");
	struct error cause = ERROR_INIT;
	const char *text;

	r->max_age = r->dependent ? 0 : RECIPE_MAX_AGE;
	if (json_get_string(at, "max_age", &text, NULL, err) < 0)
		return -1;
	if (text && duration_parse(text, &r->max_age, &cause) < 0)
		return json_fail(&place, err, "%s", cause.text);
	return 0;
}

static int read_recipe(struct recipe *r, const struct json_place *at, struct error *err)
{
	static const char *const known[] = { "name", "context", "dockerfile", "target",
					     "args", "tags",    "inputs",     "max_age" };

	if (json_expect(at, JSON_OBJECT, err) < 0 ||
	    json_only_keys(at, known, array_len(known), err) < 0 || read_name(r, at, err) < 0 ||
	    read_text(at, "context", ".", &r->context, err) < 0 ||
	    read_text(at, "dockerfile", "Dockerfile", &r->dockerfile, err) < 0 ||
	    read_text(at, "target", NULL, &r->target, err) < 0)
		return -1;
	if (read_args(r, at, err) < 0 || read_tags(r, at, err) < 0 || read_inputs(r, at, err) < 0)
		return -1;
	return read_max_age(r, at, err);
}

static int read_list(struct recipes *out, const struct json_place *root, const char *key,
		     bool dependent, struct error *err)
{
	struct json_place list;

	if (json_get_array(root, key, &list, err) < 0)
		return -1;
	if (out->count + json_count(&list) > RECIPES_MAX)
		return json_fail(&list, err, "more than %d images", RECIPES_MAX);
	for (size_t i = 0; i < json_count(&list); i++) {
		struct json_place at = json_element(&list, i);
		struct recipe *r = array_add(out);

		r->dependent = dependent;
		if (read_recipe(r, &at, err) < 0)
			return -1;
	}
	return 0;
}

static int check_names(const struct recipes *r, const struct json_place *root, struct error *err)
{
	scoped_map seen;

	map_init(&seen);
	for (size_t i = 0; i < r->count; i++)
		if (map_put(&seen, r->items[i].full, i) != i)
			return json_fail(root, err, "%s is named twice", r->items[i].name);
	return 0;
}

static int read_root(struct recipes *out, const json_t *json, const char *name, struct error *err)
{
	static const char *const known[] = { "images", "dependents" };
	struct json_place root = json_root(json, name);

	if (json_expect(&root, JSON_OBJECT, err) < 0 ||
	    json_only_keys(&root, known, array_len(known), err) < 0 ||
	    read_list(out, &root, "images", false, err) < 0 ||
	    read_list(out, &root, "dependents", true, err) < 0)
		return -1;
	if (out->count == 0 || out->items[0].dependent)
		return json_fail(&root, err, "names no images");
	return check_names(out, &root, err);
}

int recipes_parse(struct recipes *out, const char *data, size_t len, const char *name,
		  struct error *err)
{
	scoped_json *json = NULL;
	scoped_recipes read = { 0 };

	if (json_parse(&json, data, len, name, true, err) < 0 ||
	    read_root(&read, json, name, err) < 0) {
		err->kind = ERROR_USAGE;
		return -1;
	}
	*out = take_value(read);
	return 0;
}
