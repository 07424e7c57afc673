/* SPDX-License-Identifier: Apache-2.0 */
/* The state file's format: times as RFC 3339 with nanoseconds, so that a person can read it. */
#include "plugins/hygiene/lastuse.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/codec/json.h"
#include "common/codec/timefmt.h"

#define FORMAT_VERSION 1
#define NAME_MAX_LEN   100

void lastuse_release(struct lastuse_state *state)
{
	free(state->engine_id);
	uses_release(&state->uses);
	memset(state, 0, sizeof(*state));
}

static int get_time(const struct json_place *at, const char *key, int64_t *out, struct error *err)
{
	const char *text;

	if (json_get_string(at, key, &text, "", err) < 0)
		return -1;
	if (time_parse_rfc3339(text, out, err) < 0)
		return error_wrap(err, "%s", key);
	return 0;
}

static int parse_use(struct uses *uses, enum kind kind, const char *key, const json_t *json,
		     struct error *err)
{
	struct json_place at = json_root(json, "use");
	struct use *use;
	int64_t last_used, first_seen, arrived;

	if (!*key || !json_is_object(json))
		return json_fail(&at, err, "expected an object under a name");
	if (get_time(&at, "last_used", &last_used, err) < 0 ||
	    get_time(&at, "first_seen", &first_seen, err) < 0 ||
	    get_time(&at, "arrived", &arrived, err) < 0)
		return error_wrap(err, "%.80s", key);
	use = array_add(uses);
	use->key = xstrdup(key);
	use->kind = kind;
	use->last_used = last_used;
	use->first_seen = first_seen;
	use->arrived = arrived;
	return 0;
}

static int parse_uses(struct lastuse_state *state, const struct json_place *at, enum kind kind,
		      struct error *err)
{
	struct json_place list;
	const char *key;
	json_t *value;

	if (json_get_object(at, kind_key(kind), &list, err) < 0)
		return -1;
	if (!json_present(&list))
		return 0;
	/* jansson's loop takes no const; nothing is changed. */
	json_object_foreach((json_t *)(uintptr_t)list.value, key, value)
		if (parse_use(&state->uses, kind, key, value, err) < 0)
			return error_wrap(err, "%s", kind_key(kind));
	return 0;
}

static int parse_state(struct lastuse_state *state, const struct json_place *at, struct error *err)
{
	int64_t version;
	const char *engine_id;

	if (json_get_int(at, "version", &version, 0, 0, INT64_MAX, err) < 0)
		return -1;
	if (version != FORMAT_VERSION)
		return json_fail(at, err, "expected version %d, got %lld", FORMAT_VERSION,
				 (long long)version);
	if (json_need_string(at, "engine_id", &engine_id, err) < 0 ||
	    get_time(at, "events_until", &state->events_until, err) < 0)
		return -1;
	state->engine_id = xstrdup(engine_id);
	if (parse_uses(state, at, KIND_IMAGE, err) < 0 ||
	    parse_uses(state, at, KIND_VOLUME, err) < 0)
		return -1;
	lastuse_sort(&state->uses);
	return 0;
}

int lastuse_parse(struct lastuse_state *out, const char *text, size_t len, struct error *err)
{
	struct lastuse_state state = { .events_until = TIME_NONE };
	scoped_json *json = NULL;
	struct json_place root;

	if (json_parse(&json, text, len, "state", true, err) < 0)
		return -1;
	root = json_root(json, "state");
	if (!json_is_object(json))
		return json_fail(&root, err, "expected an object");
	if (parse_state(&state, &root, err) < 0) {
		lastuse_release(&state);
		return -1;
	}
	*out = state;
	return 0;
}

static void set_time(json_t *object, const char *key, int64_t t)
{
	char text[TIME_TEXT];

	if (t != TIME_NONE)
		json_object_set_new(object, key, json_string(time_format_rfc3339(text, t, 1)));
}

static json_t *format_uses(const struct uses *uses, enum kind kind)
{
	json_t *list = json_object();

	for (size_t i = 0; i < uses->count; i++) {
		json_t *use;

		if (uses->items[i].kind != kind)
			continue;
		use = json_object();
		set_time(use, "last_used", uses->items[i].last_used);
		set_time(use, "first_seen", uses->items[i].first_seen);
		set_time(use, "arrived", uses->items[i].arrived);
		/* A name that is no UTF-8 is no name of Docker's; it is not remembered. */
		json_object_set_new(list, uses->items[i].key, use);
	}
	return list;
}

char *lastuse_format(const struct lastuse_state *state)
{
	scoped_json *root = json_object();
	char *text;

	json_object_set_new(root, "version", json_integer(FORMAT_VERSION));
	json_object_set_new(root, "engine_id", json_string(state->engine_id));
	set_time(root, "events_until", state->events_until);
	json_object_set_new(root, kind_key(KIND_IMAGE), format_uses(&state->uses, KIND_IMAGE));
	json_object_set_new(root, kind_key(KIND_VOLUME), format_uses(&state->uses, KIND_VOLUME));
	text = json_dumps(root, JSON_INDENT(1));
	if (!text)
		abort(); /* out of memory: the document is ours, and well-formed */
	return text;
}

/* FNV-1a: only to keep apart what making a name safe made equal. */
static uint32_t hash(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

char *lastuse_file_name(const char *engine_id)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	bool changed = strlen(engine_id) > NAME_MAX_LEN || !*engine_id;
	scoped_str safe = xstrndup(engine_id, NAME_MAX_LEN);

	for (char *c = safe; *c; c++) {
		if (strchr(plain, *c) || (c != safe && strchr("-._", *c)))
			continue;
		/* Docker's older IDs are groups with ":" between them. */
		changed = changed || *c != ':';
		*c = *c == ':' ? '-' : '_';
	}
	if (changed)
		return xasprintf("engine-%s-%08x.json", safe, hash(engine_id));
	return xasprintf("engine-%s.json", safe);
}
