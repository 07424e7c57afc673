/* SPDX-License-Identifier: Apache-2.0 */
#define JSON_C
#include "common/codec/json.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/nearest.h"
#include "common/codec/printable.h"

static json_t *load(const char *data, size_t len, bool strict, json_error_t *why)
{
	size_t flags = JSON_DECODE_ANY | (strict ? JSON_REJECT_DUPLICATES : 0);
	json_t *json = json_loadb(data, len, flags, why);

	if (!json && !strict && json_error_code(why) == json_error_numeric_overflow)
		json = json_loadb(data, len, flags | JSON_DECODE_INT_AS_REAL, why);
	return json;
}

int json_parse(json_t **out, const char *data, size_t len, const char *name, bool strict,
	       struct error *err)
{
	json_error_t why;
	json_t *json = load(data, len, strict, &why);
	char text[PRINTABLE_SHORT];

	if (!json)
		return error_set(err, ERROR_INPUT, 0, "%s: line %d, column %d: %s", name, why.line,
				 why.column, printable_short(text, why.text));
	*out = json;
	return 0;
}

/* jansson's own limit bounds how deep this goes. */
static bool is_deeper(const json_t *value, size_t depth)
{
	const char *key unused_arg;
	json_t *item;
	size_t i;

	if (!json_is_object(value) && !json_is_array(value))
		return false;
	if (depth == 0)
		return true;
	json_object_foreach((json_t *)value, key, item)
		if (is_deeper(item, depth - 1))
			return true;
	json_array_foreach(value, i, item)
		if (is_deeper(item, depth - 1))
			return true;
	return false;
}

int json_parse_secret(json_t **out, const char *data, size_t len, size_t depth, const char *name,
		      struct error *err)
{
	json_error_t why;
	scoped_json *json = json_loadb(data, len, JSON_REJECT_DUPLICATES, &why);

	if (!json && json_error_code(&why) == json_error_duplicate_key)
		return error_set(err, ERROR_INPUT, 0, "%s: a key is there twice", name);
	if (!json_is_object(json))
		return error_set(err, ERROR_INPUT, 0, "%s: no JSON object", name);
	if (is_deeper(json, depth))
		return error_set(err, ERROR_INPUT, 0, "%s: nested too deeply", name);
	*out = take_ptr(json);
	return 0;
}

struct json_place json_root(const json_t *value, const char *name)
{
	return (struct json_place){ .value = value, .key = name };
}

struct json_place json_member(const struct json_place *at, const char *key)
{
	const json_t *value = json_object_get(at->value, key);

	return (struct json_place){
		.value = json_is_null(value) ? NULL : value,
		.up = at,
		.key = key,
	};
}

struct json_place json_element(const struct json_place *at, size_t i)
{
	return (struct json_place){
		.value = json_array_get(at->value, i),
		.up = at,
		.index = i,
	};
}

size_t json_count(const struct json_place *at)
{
	return json_array_size(at->value);
}

/* The path of a place, from the root down. Keys may come from outside: cleaned, long ones cut. */
static void add_path(struct buf *out, const struct json_place *at)
{
	char text[PRINTABLE_SHORT];

	if (at->up)
		add_path(out, at->up);
	if (at->key)
		buf_fmt(out, "%s%s", at->up ? "." : "", printable_short(text, at->key));
	else
		buf_fmt(out, "[%zu]", at->index);
}

int json_fail(const struct json_place *at, struct error *err, const char *fmt, ...)
{
	scoped_buf path, text;
	va_list args;

	buf_init(&path, SIZE_MAX);
	buf_init(&text, SIZE_MAX);
	add_path(&path, at);
	va_start(args, fmt);
	buf_vfmt(&text, fmt, args);
	va_end(args);
	return error_set(err, ERROR_INPUT, 0, "%s: %s", path.data, text.data);
}

static const char *type_name(json_type type)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",    [JSON_STRING] = "a string",
		[JSON_INTEGER] = "a number", [JSON_REAL] = "a fraction", [JSON_TRUE] = "true",
		[JSON_FALSE] = "false",      [JSON_NULL] = "null",
	};

	return names[type];
}

static int wrong_type(const struct json_place *at, const char *wanted, struct error *err)
{
	return json_fail(at, err, "expected %s, got %s", wanted,
			 at->value ? type_name(json_typeof(at->value)) : "nothing");
}

int json_expect(const struct json_place *at, json_type type, struct error *err)
{
	if (!at->value || json_typeof(at->value) != type)
		return wrong_type(at, type_name(type), err);
	return 0;
}

static struct json_place pick(const struct json_place *at, const char *key)
{
	return key ? json_member(at, key) : *at;
}

int json_get_string(const struct json_place *at, const char *key, const char **out,
		    const char *fallback, struct error *err)
{
	struct json_place place = pick(at, key);

	if (place.value && json_expect(&place, JSON_STRING, err) < 0)
		return -1;
	*out = place.value ? json_string_value(place.value) : fallback;
	return 0;
}

int json_need_string(const struct json_place *at, const char *key, const char **out,
		     struct error *err)
{
	struct json_place place = pick(at, key);

	if (json_expect(&place, JSON_STRING, err) < 0)
		return -1;
	*out = json_string_value(place.value);
	return 0;
}

/* The bounds are powers of two, so that they are exact as doubles: the highest itself is out. */
static bool real_to_int(double real, int64_t *out)
{
	if (!(real >= -0x1p63 && real < 0x1p63) || (double)(int64_t)real != real)
		return false;
	*out = (int64_t)real;
	return true;
}

int json_get_int(const struct json_place *at, const char *key, int64_t *out, int64_t fallback,
		 int64_t min, int64_t max, struct error *err)
{
	struct json_place place = pick(at, key);
	int64_t value = json_integer_value(place.value);

	if (!place.value) {
		*out = fallback;
		return 0;
	}
	if (!json_is_integer(place.value) &&
	    !(json_is_real(place.value) && real_to_int(json_real_value(place.value), &value)))
		return wrong_type(&place, "a whole number", err);
	if (value < min || value > max)
		return json_fail(&place, err, "%lld is not between %lld and %lld", (long long)value,
				 (long long)min, (long long)max);
	*out = value;
	return 0;
}

int json_get_bool(const struct json_place *at, const char *key, bool *out, bool fallback,
		  struct error *err)
{
	struct json_place place = pick(at, key);

	if (place.value && !json_is_boolean(place.value))
		return wrong_type(&place, "true or false", err);
	*out = place.value ? json_is_true(place.value) : fallback;
	return 0;
}

static int get_typed(const struct json_place *at, const char *key, json_type type,
		     struct json_place *out, struct error *err)
{
	struct json_place place = pick(at, key);

	if (place.value && json_expect(&place, type, err) < 0)
		return -1;
	*out = place;
	return 0;
}

int json_get_array(const struct json_place *at, const char *key, struct json_place *out,
		   struct error *err)
{
	return get_typed(at, key, JSON_ARRAY, out, err);
}

int json_get_object(const struct json_place *at, const char *key, struct json_place *out,
		    struct error *err)
{
	return get_typed(at, key, JSON_OBJECT, out, err);
}

int json_get_strings(const struct json_place *at, const char *key, struct strings *out,
		     struct error *err)
{
	struct json_place list;

	if (json_get_array(at, key, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < json_count(&list); i++) {
		struct json_place item = json_element(&list, i);

		if (json_expect(&item, JSON_STRING, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < json_count(&list); i++)
		strings_add(out, json_string_value(json_array_get(list.value, i)));
	return 0;
}

/* NULL if none is near enough to be meant. */
static const char *nearest(const char *key, const char *const *known, size_t count)
{
	const char *best = NULL;
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < count; i++) {
		size_t d = nearest_distance(key, known[i]);

		if (d < least) {
			least = d;
			best = known[i];
		}
	}
	return best;
}

static bool is_known(const char *key, const char *const *known, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(key, known[i]) == 0)
			return true;
	return false;
}

static int unknown_key(const struct json_place *place, const char *const *known, size_t count,
		       struct error *err)
{
	const char *near = nearest(place->key, known, count);
	scoped_buf all;

	buf_init(&all, SIZE_MAX);
	json_fail(place, err, "unknown key");
	if (near)
		return error_hint(err, "did you mean \"%s\"?", near);
	for (size_t i = 0; i < count; i++)
		buf_fmt(&all, "%s%s", i ? ", " : "", known[i]);
	return count ? error_hint(err, "known are %s", all.data) : -1;
}

int json_only_keys(const struct json_place *at, const char *const *known, size_t count,
		   struct error *err)
{
	const char *key;
	json_t *value;

	/* jansson's iterators want a json_t that is not const, and do not change it. */
	json_object_foreach((json_t *)at->value, key, value) {
		struct json_place place = { .value = value, .up = at, .key = key };

		if (!is_known(key, known, count))
			return unknown_key(&place, known, count, err);
	}
	return 0;
}
