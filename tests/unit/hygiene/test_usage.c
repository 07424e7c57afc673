/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/codec/json.h"
#include "plugins/hygiene/lastuse.h"
#include "plugins/hygiene/usage.h"

#define NOW     (1000 * NSEC_PER_DAY)
#define ID(c)   "sha256:" c c c c c c c c c c c c c c c c
#define IMAGE_A ID("aaaa")
#define IMAGE_B ID("bbbb")
#define IMAGE_C ID("cccc")

static void add_image(struct snapshot *snap, const char *id, const char *tag, const char *layer,
		      int64_t base, int64_t own)
{
	struct api_image *image = array_add(&snap->images);

	image->id = xstrdup(id);
	if (tag)
		strings_add(&image->tags, tag);
	image->inspected = image->has_history = true;
	image->created = NOW - 10 * NSEC_PER_DAY;
	image->last_tag_time = TIME_NONE;
	image->size = base + own;
	strings_add(&image->diff_ids, "sha256:base");
	strings_add(&image->diff_ids, layer);
	*(int64_t *)array_add(&image->history) = own;
	*(int64_t *)array_add(&image->history) = base;
}

static struct api_container *add_container(struct snapshot *snap, const char *name,
					   const char *image_id, enum api_container_state state,
					   int64_t size)
{
	struct api_container *c = array_add(&snap->containers);

	c->id = xasprintf("id-of-%s", name);
	strings_add(&c->names, name);
	c->image = xstrdup("app");
	c->image_id = xstrdup(image_id);
	c->state = state;
	c->inspected = true;
	c->created = c->started = NOW - 5 * NSEC_PER_DAY;
	c->finished = NOW - 4 * NSEC_PER_DAY;
	c->size_rw = size;
	return c;
}

static void add_volume(struct snapshot *snap, const char *name, int64_t size)
{
	struct api_volume *v = array_add(&snap->volumes);

	v->name = xstrdup(name);
	v->driver = xstrdup("local");
	v->created = NOW - NSEC_PER_DAY;
	v->size = size;
}

static void add_cache(struct snapshot *snap, const char *id, int64_t size, bool in_use, bool shared)
{
	struct api_cache *c = array_add(&snap->caches);

	c->id = xstrdup(id);
	c->size = size;
	c->in_use = in_use;
	c->shared = shared;
	c->created = c->last_used = NOW - NSEC_PER_DAY;
	c->usage_count = -1;
}

/* Three images on one base: A run by "web", B held by "old" and by a mount, C by nobody. */
static void fill(struct snapshot *snap)
{
	struct api_container *c;
	struct api_mount *mount;

	snapshot_init(snap);
	snap->now = NOW;
	snap->info.id = xstrdup("E");
	snap->may_have_cache = false;
	for (int kind = 0; kind < KIND_COUNT; kind++)
		snap->has[kind] = true;
	add_image(snap, IMAGE_A, "app:1", "sha256:1", 1000, 10);
	add_image(snap, IMAGE_B, "app:2", "sha256:2", 1000, 300);
	add_image(snap, IMAGE_C, NULL, "sha256:3", 1000, 50);
	add_container(snap, "web", IMAGE_A, API_CONTAINER_RUNNING, 7);
	c = add_container(snap, "old", IMAGE_B, API_CONTAINER_EXITED, 5);
	mount = array_add(&c->mounts);
	mount->type = API_MOUNT_VOLUME;
	mount->name = xstrdup("data");
	mount = array_add(&c->mounts);
	mount->type = API_MOUNT_IMAGE;
	mount->name = xstrdup("app:2");
	add_volume(snap, "data", 100);
	add_volume(snap, "spare", 200);
	add_cache(snap, "c1", 20, false, false);
	add_cache(snap, "c2", 40, false, true);
	add_cache(snap, "c3", 80, true, false);
	lastuse_take_snapshot(&snap->uses, snap);
}

static void check_total(const struct usage_total *t, size_t count, size_t in_use, int64_t bytes,
			int64_t unused)
{
	ck_assert_uint_eq(t->count, count);
	ck_assert_uint_eq(t->in_use, in_use);
	ck_assert_int_eq(t->bytes, bytes);
	ck_assert_int_eq(t->unused, unused);
}

START_TEST(totals)
{
	const int64_t logs[] = { 1000, 30 };
	struct snapshot snap;
	scoped_usage u;

	fill(&snap);
	usage_fill(&u, &snap, logs);
	/* the base counts once; what only C holds is not in use */
	check_total(&u.totals[KIND_IMAGE], 3, 2, 1360, 50);
	check_total(&u.totals[KIND_CONTAINER], 2, 1, 12, 5);
	check_total(&u.logs, 2, 1, 1030, 30);
	check_total(&u.totals[KIND_VOLUME], 2, 1, 300, 200);
	/* shared records count with the images */
	check_total(&u.totals[KIND_CACHE], 3, 1, 100, 20);
	snapshot_release(&snap);
}
END_TEST

START_TEST(rows)
{
	struct snapshot snap;
	scoped_usage u;
	const struct usage_row *row;

	fill(&snap);
	usage_fill(&u, &snap, NULL);
	row = u.rows[KIND_IMAGE].items;
	ck_assert_uint_eq(row[0].index, 1);
	ck_assert_int_eq(row[0].bytes, 1300);
	ck_assert_int_eq(row[0].unique, 300);
	ck_assert_msg(row[0].users.count == 1, "held twice by one container, told once");
	ck_assert(row[0].in_use && !row[0].live);
	ck_assert_int_eq(row[0].last_used, NOW - 4 * NSEC_PER_DAY);
	ck_assert_uint_eq(row[1].index, 2);
	ck_assert(!row[1].in_use && row[1].users.count == 0);
	ck_assert_int_eq(row[1].last_used, TIME_NONE);
	ck_assert_int_eq(row[1].since, NOW - 10 * NSEC_PER_DAY);
	ck_assert_uint_eq(row[2].index, 0);
	ck_assert(row[2].in_use && row[2].live);
	row = u.rows[KIND_VOLUME].items;
	ck_assert_uint_eq(row[0].index, 1);
	ck_assert(!row[0].in_use && row[1].in_use);
	ck_assert_int_eq(row[1].last_used, NOW - 4 * NSEC_PER_DAY);
	ck_assert_uint_eq(u.rows[KIND_NETWORK].count, 0);
	ck_assert_int_eq(u.logs.bytes, -1);
	snapshot_release(&snap);
}
END_TEST

/* One unknown size makes a sum unknown, never smaller. */
START_TEST(unknown)
{
	const int64_t logs[] = { -1, 30 };
	struct snapshot snap;
	scoped_usage u;

	fill(&snap);
	snap.volumes.items[1].size = -1;
	snap.containers.items[0].size_rw = -1;
	snap.has[KIND_CACHE] = false;
	usage_fill(&u, &snap, logs);
	check_total(&u.totals[KIND_VOLUME], 2, 1, -1, -1);
	check_total(&u.totals[KIND_CONTAINER], 2, 1, -1, 5);
	check_total(&u.totals[KIND_CACHE], 3, 1, -1, -1);
	check_total(&u.logs, 1, 0, 30, 30);
	snapshot_release(&snap);
}
END_TEST

START_TEST(overflow)
{
	struct snapshot snap;
	scoped_usage u;

	fill(&snap);
	snap.volumes.items[0].size = INT64_MAX;
	snap.containers.items[0].size_rw = INT64_MAX;
	usage_fill(&u, &snap, (const int64_t[]){ INT64_MAX, 1 });
	ck_assert_int_eq(u.totals[KIND_VOLUME].bytes, -1);
	ck_assert_int_eq(u.totals[KIND_CONTAINER].bytes, -1);
	ck_assert_uint_eq(u.rows[KIND_CONTAINER].items[0].index, 0);
	snapshot_release(&snap);
}
END_TEST

START_TEST(empty)
{
	struct snapshot snap;
	scoped_usage u;

	snapshot_init(&snap);
	snap.has[KIND_IMAGE] = snap.has[KIND_CONTAINER] = true;
	usage_fill(&u, &snap, NULL);
	check_total(&u.totals[KIND_IMAGE], 0, 0, 0, 0);
	check_total(&u.totals[KIND_CONTAINER], 0, 0, 0, 0);
	check_total(&u.totals[KIND_VOLUME], 0, 0, -1, -1);
	snapshot_release(&snap);
}
END_TEST

static char *printed(const struct usage *u, const struct usage_style *style)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	usage_print(u, style, out);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

static const struct {
	struct usage_style style;
	struct usage_offer offer;
	const char *has, *lacks, *why;
} prints[] = {
	{ { 0 }, { 0, 0 }, "free nothing now", "up to", "nothing can go" },
	{ { 0 }, { 5000, 5000 }, "free up to 5kB now", "with --all", "--all frees no more" },
	{ { 0 }, { 5000, 9000 }, "with --all up to 9kB", NULL, "--all frees more" },
	{ { 0 }, { -1, -1 }, "KIND", "Pruning", "not known what prune would free" },
	{ { .top = 1 }, { 0, 0 }, "... and 2 more; --top 0 shows all", "app:1", "cut" },
	{ { 0 }, { 0, 0 }, "app:1", "more;", "all" },
	{ { 0 }, { 0, 0 }, "bbbbbbbbbbbb ", ID("bbbb"), "short IDs" },
	{ { .full_ids = true }, { 0, 0 }, ID("bbbb"), NULL, "whole IDs" },
	{ { 0 }, { 0, 0 }, "app:2 and 1 more ", "app:3", "the first of many tags" },
	{ { .full_ids = true }, { 0, 0 }, "app:2, app:3 ", "and 1 more", "all of them" },
	{ { 0 }, { 0, 0 }, "no use seen since 1972-09-17", NULL, "since its build" },
	{ { 0 }, { 0, 0 }, "4 days ago", NULL, "when a container ended" },
	{ { 0 }, { 0, 0 }, "evil?[2Jname", "\x1b", "names are made fit for terminals" },
};

START_TEST(prints_tables)
{
	struct snapshot snap;
	scoped_usage u;
	scoped_str text = NULL;

	fill(&snap);
	strings_add(&snap.images.items[1].tags, "app:3");
	str_replace(&snap.volumes.items[1].name, xstrdup("evil\x1b[2Jname"));
	usage_fill(&u, &snap, NULL);
	u.offer = prints[_i].offer;
	text = printed(&u, &prints[_i].style);
	ck_assert_msg(strstr(text, prints[_i].has), "%s: %s", prints[_i].why, text);
	ck_assert_msg(!prints[_i].lacks || !strstr(text, prints[_i].lacks), "%s: %s",
		      prints[_i].why, text);
	snapshot_release(&snap);
}
END_TEST

/* Whatever bytes a name has, the document is JSON and says the same as the tables. */
START_TEST(prints_json)
{
	struct snapshot snap;
	scoped_usage u;
	scoped_json *json = NULL;
	json_t *image;

	fill(&snap);
	snap.has[KIND_CACHE] = false;
	str_replace(&snap.volumes.items[1].name, xstrdup("bad\xff"
							 "utf8"));
	usage_fill(&u, &snap, NULL);
	json = usage_json(&u);
	ck_assert_ptr_nonnull(json);
	ck_assert(json_is_null(json_object_get(json, "disk")));
	ck_assert(json_is_null(json_object_get(json, "build_cache")));
	ck_assert_str_eq(json_string_value(json_object_get(
				 json_array_get(json_object_get(json, "volumes"), 0), "name")),
			 "bad?utf8");
	image = json_array_get(json_object_get(json, "images"), 0);
	ck_assert_int_eq(json_integer_value(json_object_get(image, "bytes")), 1300);
	ck_assert_int_eq(json_integer_value(json_object_get(image, "shared_bytes")), 1000);
	ck_assert_int_eq(json_integer_value(json_object_get(image, "unique_bytes")), 300);
	ck_assert_str_eq(json_string_value(json_object_get(
				 json_array_get(json_object_get(image, "containers"), 0), "name")),
			 "old");
	ck_assert_int_eq(json_integer_value(json_object_get(
				 json_object_get(json_object_get(json, "totals"), "images"),
				 "unused_bytes")),
			 50);
	snapshot_release(&snap);
}
END_TEST

static char base[64];

static void put(const char *name, size_t size)
{
	scoped_str path = xasprintf("%s/%s", base, name);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	for (size_t i = 0; i < size; i++)
		fputc('x', file);
	ck_assert_int_eq(fclose(file), 0);
}

/* A log, what it was rotated into, a neighbour's; the local driver; none; an unreadable folder. */
START_TEST(reads_logs)
{
	static const char *const names[] = { "a.log",
					     "a.log.1",
					     "b.log",
					     "containers/id-of-local/local-logs/container.log",
					     "containers/id-of-local/local-logs",
					     "containers/id-of-local",
					     "containers",
					     "" };
	struct snapshot snap;
	int64_t logs[4];

	snprintf(base, sizeof(base), "/tmp/test_usage.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(base));
	for (size_t i = 6; i >= 4; i--) {
		scoped_str path = xasprintf("%s/%s", base, names[i]);

		ck_assert_int_eq(mkdir(path, 0700), 0);
	}
	for (size_t i = 0; i < 4; i++)
		put(names[i], 10 * (i + 1));
	snapshot_init(&snap);
	snap.info.root_dir = xstrdup(base);
	add_container(&snap, "json", IMAGE_A, API_CONTAINER_EXITED, 0)->log_path = xasprintf(
		"%s/a.log", base);
	add_container(&snap, "local", IMAGE_A, API_CONTAINER_EXITED, 0);
	add_container(&snap, "none", IMAGE_A, API_CONTAINER_EXITED, 0);
	add_container(&snap, "gone", IMAGE_A, API_CONTAINER_EXITED, 0)->log_path = xstrdup(
		"/nonexistent/x.log");
	usage_read_logs(logs, &snap);
	ck_assert_int_eq(logs[0], 30);
	ck_assert_int_eq(logs[1], 40);
	ck_assert_int_eq(logs[2], 0);
	ck_assert_int_eq(logs[3], -1);
	snapshot_release(&snap);
	for (size_t i = 0; i < array_len(names); i++) {
		scoped_str path = xasprintf("%s/%s", base, names[i]);

		ck_assert_int_eq(remove(path), 0);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("usage");
	TCase *tc = tcase_create("usage");

	tcase_add_test(tc, totals);
	tcase_add_test(tc, rows);
	tcase_add_test(tc, unknown);
	tcase_add_test(tc, overflow);
	tcase_add_test(tc, empty);
	tcase_add_loop_test(tc, prints_tables, 0, (int)array_len(prints));
	tcase_add_test(tc, prints_json);
	tcase_add_test(tc, reads_logs);
	suite_add_tcase(s, tc);
	return s;
}
