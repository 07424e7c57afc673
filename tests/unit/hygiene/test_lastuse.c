/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/codec/json.h"
#include "plugins/hygiene/lastuse.h"

#define A      "sha256:aaaa000000000000000000000000000000000000000000000000000000000000"
#define B      "sha256:bbbb000000000000000000000000000000000000000000000000000000000000"
#define C      "sha256:bbbb111111111111111111111111111111111111111111111111111111111111"
#define DIGEST "sha256:dddd000000000000000000000000000000000000000000000000000000000000"
#define NOW    (1000 * NSEC_PER_DAY)

static void add_image(struct snapshot *snap, const char *id, const char *tag, const char *digest)
{
	struct api_image *image = array_add(&snap->images);

	image->id = xstrdup(id);
	image->last_tag_time = TIME_NONE;
	if (tag)
		strings_add(&image->tags, tag);
	if (digest)
		strings_add(&image->digests, digest);
}

static struct api_container *add_container(struct snapshot *snap, const char *id,
					   const char *image_id, enum api_container_state state)
{
	struct api_container *c = array_add(&snap->containers);

	c->id = xstrdup(id);
	c->image_id = xstrdup(image_id);
	c->state = state;
	c->created = c->started = c->finished = TIME_NONE;
	return c;
}

/* A: "app:1", and by digest; B: Podman's spelling; C: no name, its ID begins as B's. */
static void fill(struct snapshot *snap)
{
	snapshot_init(snap);
	snap->now = NOW;
	add_image(snap, A, "app:1", "app@" DIGEST);
	add_image(snap, B, "docker.io/library/nginx:latest", NULL);
	add_image(snap, C, NULL, NULL);
	add_container(snap, "c1", B, API_CONTAINER_EXITED);
}

static const struct {
	const char *json;
	enum kind kind;
	const char *key; /* NULL: no entry changes */
	bool arrives;    /* counts as its arrival, not as a use */
	const char *why;
} events[] = {
#define EVENT(type, action, id, attributes)                                        \
	"{\"Type\":\"" type "\",\"Action\":\"" action "\",\"Actor\":{\"ID\":\"" id \
	"\",\"Attributes\":{" attributes "}},\"timeNano\":5000}"
	{ EVENT("container", "create", "c9", "\"image\":\"app:1\""), KIND_IMAGE, A, false,
	  "a container that is gone: by the name it was made from" },
	{ EVENT("container", "start", "c9", "\"image\":\"docker.io/library/app:1\""), KIND_IMAGE, A,
	  false, "the full name of the same" },
	{ EVENT("container", "die", "c9", "\"image\":\"app\""), KIND_IMAGE, NULL, false,
	  "no tag is latest, which app has not" },
	{ EVENT("container", "die", "c9", "\"image\":\"nginx\""), KIND_IMAGE, B, false,
	  "no tag is latest; Podman's spelling of a tag" },
	{ EVENT("container", "destroy", "c9", "\"image\":\"app@" DIGEST "\""), KIND_IMAGE, A, false,
	  "by digest" },
	{ EVENT("container", "create", "c9", "\"image\":\"aaaa00000000\""), KIND_IMAGE, A, false,
	  "by the beginning of an ID" },
	{ EVENT("container", "create", "c9", "\"image\":\"" B "\""), KIND_IMAGE, B, false,
	  "by a full ID" },
	{ EVENT("container", "create", "c9", "\"image\":\"bbbb\""), KIND_IMAGE, NULL, false,
	  "the beginning of two IDs is nobody's" },
	{ EVENT("container", "start", "c1", "\"image\":\"app:1\""), KIND_IMAGE, B, false,
	  "one that is still there tells its image itself: the name may have moved since" },
	{ EVENT("container", "died", "c1", ""), KIND_IMAGE, B, false, "Podman's word" },
	{ EVENT("container", "create", "c9", ""), KIND_IMAGE, NULL, false, "no image told" },
	{ EVENT("container", "create", "c9", "\"image\":\"NOT/A NAME\""), KIND_IMAGE, NULL, false,
	  "no name at all" },
	{ EVENT("container", "exec_start: sh", "c1", ""), KIND_IMAGE, NULL, false, "no carrier" },
	{ EVENT("image", "push", "app:1", "\"name\":\"app\""), KIND_IMAGE, A, false,
	  "push names a reference" },
	{ EVENT("image", "save", A, ""), KIND_IMAGE, A, false, "save names an ID" },
	{ EVENT("image", "pull", "app:1", "\"name\":\"app\""), KIND_IMAGE, A, true,
	  "pulled: new, not used" },
	{ EVENT("image", "tag", A, "\"name\":\"app:1\""), KIND_IMAGE, A, true, "tagged" },
	{ EVENT("image", "load", A, "\"name\":\"" A "\""), KIND_IMAGE, A, true, "loaded" },
	{ EVENT("image", "import", C, ""), KIND_IMAGE, C, true, "imported without a name" },
	{ EVENT("image", "untag", A, ""), KIND_IMAGE, NULL, false, "untagging is no use" },
	{ EVENT("volume", "mount", "data", "\"container\":\"c9\""), KIND_VOLUME, "data", false,
	  "a volume, by its name" },
	{ EVENT("volume", "create", "data", ""), KIND_VOLUME, NULL, false, "its arrival" },
	{ EVENT("network", "connect", A, "\"container\":\"c1\""), KIND_IMAGE, NULL, false,
	  "another type" },
	{ "{\"Type\":\"image\",\"Action\":\"push\",\"Actor\":{\"ID\":\"app:1\"}}", KIND_IMAGE, NULL,
	  false, "no time" },
	{ "{\"Type\":\"image\"}", KIND_IMAGE, NULL, false, "no action, no actor" },
	{ "{}", KIND_IMAGE, NULL, false, "nothing" },
};

START_TEST(takes_event)
{
	struct snapshot snap;
	struct error err = ERROR_INIT;
	struct api_event event;
	scoped_json *json = NULL;
	size_t used = 0, arrived = 0;
	const struct use *use;

	fill(&snap);
	memset(&event, 0, sizeof(event));
	ck_assert_int_eq(
		json_parse(&json, events[_i].json, strlen(events[_i].json), "event", false, &err),
		0);
	ck_assert_msg(api_event_parse(json, &event, &err) == 0, "%s", err.text);
	lastuse_take_event(&snap.uses, &event, &snap);
	lastuse_take_event(&snap.uses, &event, &snap);
	for (size_t i = 0; i < snap.uses.count; i++) {
		used += snap.uses.items[i].last_used != TIME_NONE;
		arrived += snap.uses.items[i].arrived != TIME_NONE;
	}
	ck_assert_msg(used == (events[_i].key && !events[_i].arrives), "%s", events[_i].why);
	ck_assert_msg(arrived == (events[_i].key && events[_i].arrives), "%s", events[_i].why);
	if (events[_i].key) {
		use = lastuse_find(&snap.uses, events[_i].kind, events[_i].key);
		ck_assert_msg(use && (events[_i].arrives ? use->arrived : use->last_used) == 5000,
			      "%s", events[_i].why);
	}
	api_event_release(&event);
	snapshot_release(&snap);
}
END_TEST

static const struct {
	enum api_container_state state;
	bool inspected;
	int64_t created, started, finished;
	int64_t want;
	const char *why;
} containers[] = {
	{ API_CONTAINER_RUNNING, false, 10, TIME_NONE, TIME_NONE, NOW, "runs: used now" },
	{ API_CONTAINER_PAUSED, true, 10, 20, TIME_NONE, NOW, "paused is in use" },
	{ API_CONTAINER_RESTARTING, true, 10, 20, 30, NOW, "so is restarting" },
	{ API_CONTAINER_EXITED, true, 10, 20, 30, 30, "used until it ended" },
	{ API_CONTAINER_EXITED, true, 10, 40, 30, 40, "started again, and the end is of before" },
	{ API_CONTAINER_CREATED, true, 10, TIME_NONE, TIME_NONE, 10, "used when it was made" },
	{ API_CONTAINER_EXITED, false, 10, 0, 0, 10, "not inspected: only its creation is known" },
	{ API_CONTAINER_UNKNOWN, false, TIME_NONE, 0, 0, TIME_NONE, "nothing known" },
};

START_TEST(takes_snapshot)
{
	struct snapshot snap;
	struct api_container *c;
	struct api_mount *mount;

	fill(&snap);
	c = add_container(&snap, "c2", A, containers[_i].state);
	c->inspected = containers[_i].inspected;
	c->created = containers[_i].created;
	c->started = containers[_i].started;
	c->finished = containers[_i].finished;
	mount = array_add(&c->mounts);
	mount->type = API_MOUNT_VOLUME;
	mount->name = xstrdup("data");
	mount = array_add(&c->mounts);
	mount->type = API_MOUNT_IMAGE;
	mount->name = xstrdup("nginx");
	lastuse_need(&snap.uses, KIND_IMAGE, C)->first_seen = 7;

	lastuse_take_snapshot(&snap.uses, &snap);

	ck_assert_msg(lastuse_of(&snap.uses, KIND_IMAGE, A) == containers[_i].want, "%s",
		      containers[_i].why);
	ck_assert_msg(lastuse_of(&snap.uses, KIND_VOLUME, "data") == containers[_i].want, "%s",
		      containers[_i].why);
	ck_assert_msg(lastuse_of(&snap.uses, KIND_IMAGE, B) == containers[_i].want, "%s: mounted",
		      containers[_i].why);
	ck_assert_int_eq(lastuse_of(&snap.uses, KIND_IMAGE, C), TIME_NONE);
	ck_assert_int_eq(lastuse_find(&snap.uses, KIND_IMAGE, C)->first_seen, 7);
	ck_assert_int_eq(lastuse_find(&snap.uses, KIND_IMAGE, A)->first_seen, NOW);
	snapshot_release(&snap);
}
END_TEST

static const struct {
	const char *text;
	enum error_kind kind;
	const char *why;
} states[] = {
#define STATE(rest) "{\"version\":1,\"engine_id\":\"E\"" rest "}"
	{ STATE(""), ERROR_NONE, "an engine without uses" },
	{ STATE(",\"events_until\":\"2026-01-01T00:00:00.5Z\",\"images\":{\"x\":{}}"), ERROR_NONE,
	  "an entry without times" },
	{ STATE(",\"colour\":1"), ERROR_NONE, "what a later program adds is no harm" },
	{ STATE(",\"images\":{\"x\":{\"last_used\":\"yesterday\"}}"), ERROR_INPUT, "no time" },
	{ STATE(",\"images\":{\"x\":{\"last_used\":5}}"), ERROR_INPUT, "a time as a number" },
	{ STATE(",\"images\":{\"x\":5}"), ERROR_INPUT, "an entry that is no object" },
	{ STATE(",\"images\":{\"\":{}}"), ERROR_INPUT, "an entry without a name" },
	{ STATE(",\"images\":[]"), ERROR_INPUT, "a list of images" },
	{ STATE(",\"volumes\":{\"a\":{},\"a\":{}}"), ERROR_INPUT, "the same twice" },
	{ STATE(",\"events_until\":{}"), ERROR_INPUT, "an object for a time" },
	{ STATE("") "x", ERROR_INPUT, "more after the end" },
	{ "{\"version\":2,\"engine_id\":\"E\"}", ERROR_INPUT, "a later format" },
	{ "{\"version\":1}", ERROR_INPUT, "nobody's" },
	{ "{\"engine_id\":\"E\"}", ERROR_INPUT, "no version" },
	{ "[]", ERROR_INPUT, "a list" },
	{ "{\"version\":1,\"engi", ERROR_INPUT, "cut" },
	{ "", ERROR_INPUT, "empty" },
};

START_TEST(parses)
{
	char before;
	struct lastuse_state state = { .engine_id = &before, .events_until = 5 };
	struct error err = ERROR_INIT;
	int rc = lastuse_parse(&state, states[_i].text, strlen(states[_i].text), &err);

	ck_assert_msg(rc == (states[_i].kind ? -1 : 0), "%s: %s", states[_i].why, err.text);
	ck_assert_msg(err.kind == states[_i].kind, "%s: %s", states[_i].why, err.text);
	if (rc == 0) {
		ck_assert_str_eq(state.engine_id, "E");
		lastuse_release(&state);
	} else {
		ck_assert_msg(state.engine_id == &before && state.events_until == 5,
			      "untouched: %s", states[_i].why);
	}
}
END_TEST

static int64_t some_time(unsigned *seed)
{
	if (rand_r(seed) % 4 == 0)
		return TIME_NONE;
	return (int64_t)rand_r(seed) * NSEC_PER_SEC + rand_r(seed) % NSEC_PER_SEC;
}

/* What is written is what is read, in order and with every time to the nanosecond. */
START_TEST(round_trip)
{
	unsigned seed = (unsigned)_i + 1;
	struct lastuse_state state = { .engine_id = xstrdup("AB:\"\\\x01é"),
				       .events_until = some_time(&seed) };
	scoped_lastuse_state read = { 0 };
	struct error err = ERROR_INIT;
	scoped_str text = NULL;

	for (int i = rand_r(&seed) % 40; i > 0; i--) {
		scoped_str key = xasprintf("k%d", rand_r(&seed) % 30);
		struct use *use = lastuse_need(&state.uses,
					       rand_r(&seed) % 2 ? KIND_IMAGE : KIND_VOLUME, key);

		use->last_used = some_time(&seed);
		use->first_seen = some_time(&seed);
		use->arrived = some_time(&seed);
	}
	text = lastuse_format(&state);
	ck_assert_msg(lastuse_parse(&read, text, strlen(text), &err) == 0, "seed %d: %s", _i + 1,
		      err.text);
	ck_assert_str_eq(read.engine_id, state.engine_id);
	ck_assert_int_eq(read.events_until, state.events_until);
	ck_assert_uint_eq(read.uses.count, state.uses.count);
	for (size_t i = 0; i < read.uses.count; i++) {
		const struct use *a = &read.uses.items[i], *b = &state.uses.items[i];

		ck_assert_msg(strcmp(a->key, b->key) == 0 && a->kind == b->kind &&
				      a->last_used == b->last_used &&
				      a->first_seen == b->first_seen && a->arrived == b->arrived,
			      "seed %d, entry %zu", _i + 1, i);
	}
	lastuse_release(&state);
}
END_TEST

START_TEST(sorts_twins)
{
	struct uses uses = { 0 };
	static const struct use entries[] = {
		{ (char *)(uintptr_t) "b", KIND_IMAGE, 5, TIME_NONE, TIME_NONE },
		{ (char *)(uintptr_t) "a", KIND_IMAGE, 1, 1, 1 },
		{ (char *)(uintptr_t) "b", KIND_VOLUME, 9, 9, TIME_NONE },
		{ (char *)(uintptr_t) "b", KIND_IMAGE, 3, 2, 6 },
		{ (char *)(uintptr_t) "b", KIND_IMAGE, TIME_NONE, 4, 5 },
	};

	for (size_t i = 0; i < array_len(entries); i++) {
		struct use *use = array_add(&uses);

		*use = entries[i];
		use->key = xstrdup(entries[i].key);
	}
	lastuse_sort(&uses);
	ck_assert_uint_eq(uses.count, 3);
	ck_assert_int_eq(lastuse_of(&uses, KIND_IMAGE, "b"), 5);
	ck_assert_int_eq(lastuse_find(&uses, KIND_IMAGE, "b")->first_seen, 2);
	ck_assert_int_eq(lastuse_find(&uses, KIND_IMAGE, "b")->arrived, 6);
	ck_assert_int_eq(lastuse_of(&uses, KIND_VOLUME, "b"), 9);
	ck_assert_int_eq(lastuse_of(&uses, KIND_IMAGE, "a"), 1);
	ck_assert_ptr_null(lastuse_find(&uses, KIND_VOLUME, "a"));
	uses_release(&uses);
	lastuse_sort(&uses);
	ck_assert_uint_eq(uses.count, 0);
}
END_TEST

static const struct {
	const char *id, *name, *why;
} names[] = {
	{ "47Q2:RDUT", "engine-47Q2-RDUT.json", "groups of Docker's older IDs" },
	{ "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
	  "engine-1b4e28ba-2fa1-11d2-883f-0016d3cca427.json", "newer ones" },
	{ "../../etc/passwd", "engine-_._.._etc_passwd-6fadc99a.json", "never a path" },
	{ "", "engine--811c9dc5.json", "none" },
};

START_TEST(file_names)
{
	scoped_str name = lastuse_file_name(names[_i].id);

	ck_assert_msg(strchr(name, '/') == NULL && name[0] != '.', "%s", names[_i].why);
	ck_assert_str_eq(name, names[_i].name);
}
END_TEST

START_TEST(file_names_differ)
{
	char longer[201], other[201];
	scoped_str a = lastuse_file_name("a/b");
	scoped_str b = lastuse_file_name("a b");
	scoped_str c = NULL;
	scoped_str d = NULL;

	memset(longer, 'x', 200);
	memset(other, 'x', 200);
	longer[200] = other[200] = '\0';
	other[199] = 'y';
	c = lastuse_file_name(longer);
	d = lastuse_file_name(other);
	ck_assert_str_ne(a, b);
	ck_assert_str_ne(c, d);
	ck_assert_uint_lt(strlen(c), 130);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("lastuse");
	TCase *tc = tcase_create("pure");

	tcase_add_loop_test(tc, takes_event, 0, (int)array_len(events));
	tcase_add_loop_test(tc, takes_snapshot, 0, (int)array_len(containers));
	tcase_add_loop_test(tc, parses, 0, (int)array_len(states));
	tcase_add_loop_test(tc, round_trip, 0, 50);
	tcase_add_test(tc, sorts_twins);
	tcase_add_loop_test(tc, file_names, 0, (int)array_len(names));
	tcase_add_test(tc, file_names_differ);
	suite_add_tcase(s, tc);
	return s;
}
