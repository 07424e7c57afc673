/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON from outside: typed getters over jansson whose errors name the place
 * ("policy.images.keep[2]: expected a string, got a number").
 *
 * A place is a value on the stack that points to the place above it, so that a path costs nothing
 * until it has to be printed. The json_t is borrowed from the document.
 */
#ifndef COMMON_CODEC_JSON_H
#define COMMON_CODEC_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/alloc.h"
#include "common/base/error.h"

struct json_place {
	const json_t *value; /* NULL: the key is absent (or null where null counts as absent) */
	const struct json_place *up;
	const char *key; /* name of the document at the root; member name; NULL in an array */
	size_t index;
};

static inline void json_release(json_t **json)
{
	json_decref(*json);
	*json = NULL;
}
#define scoped_json scoped(json_release) json_t

/*
 * Parses one JSON document, of any type. name is what errors call it ("container list", "policy
 * FILE"). Refuses duplicate keys only if strict (files that people write), trailing bytes always;
 * nesting is bound by jansson's own limit (2048). Integers beyond int64_t are refused if strict;
 * else all numbers of that document become reals, so that a field that nobody reads does no harm.
 * Errors: ERROR_INPUT.
 */
int json_parse(json_t **out, const char *data, size_t len, const char *name, bool strict,
	       struct error *err) must_check;

/*
 * One object that may hold a secret: strict, at most depth levels of objects and arrays (1: the
 * object alone), and errors that quote nothing of it. Errors: ERROR_INPUT.
 */
int json_parse_secret(json_t **out, const char *data, size_t len, size_t depth, const char *name,
		      struct error *err) must_check;

struct json_place json_root(const json_t *value, const char *name);
/* The member of an object; absent if there is none, if it is null, or if at is no object. */
struct json_place json_member(const struct json_place *at, const char *key);
/* The element of an array, i < json_count(). */
struct json_place json_element(const struct json_place *at, size_t i);
/* Number of elements; 0 if absent. */
size_t json_count(const struct json_place *at);
static inline bool json_present(const struct json_place *at)
{
	return at->value != NULL;
}

/* Fails unless the place has a value of this type (null is no value here). */
int json_expect(const struct json_place *at, json_type type, struct error *err) must_check;

/*
 * Each checks the type and range; absent gives the fallback (strings: NULL allowed). Strings are
 * borrowed. json_need: absent is an error too. key NULL: the value of the place itself. A number
 * may be written as a real without a fraction (1.0, 1e3). Errors: ERROR_INPUT with the path.
 */
int json_get_string(const struct json_place *at, const char *key, const char **out,
		    const char *fallback, struct error *err) must_check;
int json_need_string(const struct json_place *at, const char *key, const char **out,
		     struct error *err) must_check;
int json_get_int(const struct json_place *at, const char *key, int64_t *out, int64_t fallback,
		 int64_t min, int64_t max, struct error *err) must_check;
int json_get_bool(const struct json_place *at, const char *key, bool *out, bool fallback,
		  struct error *err) must_check;
/* The member must be an array (object) or absent. */
int json_get_array(const struct json_place *at, const char *key, struct json_place *out,
		   struct error *err) must_check;
int json_get_object(const struct json_place *at, const char *key, struct json_place *out,
		    struct error *err) must_check;
/* Appends the strings of an array member; absent adds none. */
int json_get_strings(const struct json_place *at, const char *key, struct strings *out,
		     struct error *err) must_check;

/* Fails (ERROR_INPUT, with the path and the nearest known key) on a member that is not in known[].
 */
int json_only_keys(const struct json_place *at, const char *const *known, size_t count,
		   struct error *err) must_check;

/* error_set(ERROR_INPUT) with the path of the place in front. Returns -1. */
int json_fail(const struct json_place *at, struct error *err, const char *fmt, ...)
	printf_like(3, 4);
#if defined(__clang_analyzer__) && !defined(JSON_C)
#define json_fail(...) (json_fail(__VA_ARGS__), -1)
#endif

#endif
