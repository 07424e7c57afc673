/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdint.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/codec/image_config.h"

#define HEX    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define A      "sha256:" HEX
#define B      "sha512:" HEX HEX
#define ROOTFS "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" A "\",\"" B "\"]}"
#define T2026  (1795482123 * NSEC_PER_SEC) /* 2026-11-24T01:02:03Z */

START_TEST(whole)
{
	static const char json[] =
		"{\"created\":\"2026-11-24T01:02:03Z\",\"architecture\":\"arm64\",\"os\":\"linux\","
		"\"variant\":\"v8\",\"config\":{\"Env\":[\"A=b\"],\"Labels\":{"
		"\"org.opencontainers.image.base.name\":\"docker.io/library/debian:12\"}}," ROOTFS
		",\"history\":[{\"created_by\":\"a\"},{\"empty_layer\":true},{\"empty_layer\":"
		"false}]}";
	struct error err = ERROR_INIT;
	scoped_image_config c = { 0 };

	ck_assert_msg(image_config_parse(&c, json, strlen(json), &err) == 0, "%s", err.text);
	scoped_str platform = platform_format(&c.platform);

	ck_assert_str_eq(platform, "linux/arm64");
	ck_assert(c.created == T2026);
	ck_assert_uint_eq(c.diff_ids.count, 2);
	ck_assert_str_eq(c.diff_ids.items[0], A);
	ck_assert_str_eq(c.diff_ids.items[1], B);
	ck_assert_str_eq(api_label_get(&c.labels, "org.opencontainers.image.base.name"),
			 "docker.io/library/debian:12");
	ck_assert(c.history == 3 && c.history_empty == 1);
}
END_TEST

static const struct {
	const char *json;
	int64_t created;
	size_t layers;
	const char *why;
} good[] = {
	{ "{" ROOTFS "}", TIME_NONE, 2, "the least there is" },
	{ "{\"rootfs\":{}}", TIME_NONE, 0, "no layers" },
	{ "{\"rootfs\":{\"diff_ids\":null}}", TIME_NONE, 0, "as Go writes none" },
	{ "{\"created\":null,\"config\":null,\"history\":null," ROOTFS "}", TIME_NONE, 2, "nulls" },
	{ "{\"created\":\"2026-11-24T02:02:03+01:00\"," ROOTFS "}", T2026, 2, "an offset" },
	{ "{\"created\":\"1970-01-01T00:00:00Z\"," ROOTFS "}", TIME_NONE, 2, "the epoch" },
	{ "{\"created\":\"1970-01-01T00:00:01Z\"," ROOTFS "}", NSEC_PER_SEC, 2, "a second later" },
	{ "{\"created\":\"0001-01-01T00:00:00Z\"," ROOTFS "}", TIME_NONE, 2, "Go's zero" },
	{ "{\"config\":{\"Labels\":null}," ROOTFS "}", TIME_NONE, 2, "labels null" },
};

START_TEST(reads)
{
	struct error err = ERROR_INIT;
	scoped_image_config c = { 0 };

	ck_assert_msg(image_config_parse(&c, good[_i].json, strlen(good[_i].json), &err) == 0,
		      "%s: %s", good[_i].why, err.text);
	ck_assert_msg(c.created == good[_i].created, "%s", good[_i].why);
	ck_assert_msg(c.diff_ids.count == good[_i].layers, "%s", good[_i].why);
	ck_assert(c.history == 0 && c.labels.count == 0);
}
END_TEST

static const struct {
	const char *json, *error;
} bad[] = {
	{ "", "image configuration: line 1" },
	{ "[]", "image configuration: expected an object, got a list" },
	{ "{" ROOTFS "} x", "end of file" },
	{ "{" ROOTFS "," ROOTFS "}", "duplicate" },
	{ "{}", "it has no rootfs" },
	{ "{\"rootfs\":[]}", "image configuration.rootfs: expected" },
	{ "{\"rootfs\":{\"diff_ids\":{}}}", "image configuration.rootfs.diff_ids: expected" },
	{ "{\"rootfs\":{\"diff_ids\":[7]}}", "image configuration.rootfs.diff_ids[0]" },
	{ "{\"rootfs\":{\"diff_ids\":[\"" A "\",\"" HEX "\"]}}", "diff_ids[1] is no digest" },
	{ "{\"rootfs\":{\"diff_ids\":[\"sha256:0\"]}}", "diff_ids[0] is no digest" },
	{ "{\"created\":\"yesterday\"," ROOTFS "}", "image configuration.created" },
	{ "{\"os\":7," ROOTFS "}", "image configuration.os" },
	{ "{\"config\":[]," ROOTFS "}", "image configuration.config: expected" },
	{ "{\"config\":{\"Labels\":[]}," ROOTFS "}",
	  "image configuration.config.Labels: expected" },
	{ "{\"config\":{\"Labels\":{\"a\":7}}," ROOTFS "}", "image configuration.config.Labels.a" },
	{ "{\"history\":{}," ROOTFS "}", "image configuration.history: expected" },
	{ "{\"history\":[7]," ROOTFS "}", "image configuration.history[0]: expected" },
	{ "{\"history\":[{\"empty_layer\":1}]," ROOTFS "}",
	  "image configuration.history[0].empty_layer" },
};

START_TEST(refuses)
{
	struct error err = ERROR_INIT;
	scoped_image_config c = { 0 };

	ck_assert_msg(image_config_parse(&c, bad[_i].json, strlen(bad[_i].json), &err) == -1, "%s",
		      bad[_i].json);
	ck_assert_msg(err.kind == ERROR_INPUT && strstr(err.text, bad[_i].error), "%s: %s",
		      bad[_i].json, err.text);
	ck_assert(!c.diff_ids.items && !c.labels.items && !c.platform.os);
}
END_TEST

static char *counted(const char *head, const char *each, size_t count, const char *tail)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	buf_str(&out, head);
	for (size_t i = 0; i < count; i++)
		buf_fmt(&out, "%s%s", i ? "," : "", each);
	buf_str(&out, tail);
	return buf_take(&out);
}

static char *labelled(int count)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	buf_str(&out, "{" ROOTFS ",\"config\":{\"Labels\":{");
	for (int i = 0; i < count; i++)
		buf_fmt(&out, "%s\"%d\":\"\"", i ? "," : "", i);
	buf_str(&out, "}}}");
	return buf_take(&out);
}

static enum error_kind kind_of(const char *json)
{
	struct error err = ERROR_INIT;
	scoped_image_config c = { 0 };

	(void)!image_config_parse(&c, json, strlen(json), &err);
	return err.kind;
}

#define MOST   ((size_t)IMAGE_CONFIG_ITEMS_MAX)
#define LAYERS "{\"rootfs\":{\"diff_ids\":["

START_TEST(limits)
{
	scoped_str layers = counted(LAYERS, "\"" A "\"", MOST, "]}}");
	scoped_str more_layers = counted(LAYERS, "\"" A "\"", MOST + 1, "]}}");
	scoped_str history = counted("{" ROOTFS ",\"history\":[", "{}", MOST, "]}");
	scoped_str more_history = counted("{" ROOTFS ",\"history\":[", "{}", MOST + 1, "]}");
	scoped_str labels = labelled(IMAGE_CONFIG_ITEMS_MAX);
	scoped_str more_labels = labelled(IMAGE_CONFIG_ITEMS_MAX + 1);
	scoped_str bytes = xasprintf("{" ROOTFS "}%*s",
				     (int)(IMAGE_CONFIG_MAX - strlen("{" ROOTFS "}")), "");
	scoped_str byte = xasprintf("%s ", bytes);

	ck_assert_int_eq(kind_of(layers), ERROR_NONE);
	ck_assert_int_eq(kind_of(more_layers), ERROR_LIMIT);
	ck_assert_int_eq(kind_of(history), ERROR_NONE);
	ck_assert_int_eq(kind_of(more_history), ERROR_LIMIT);
	ck_assert_int_eq(kind_of(labels), ERROR_NONE);
	ck_assert_int_eq(kind_of(more_labels), ERROR_LIMIT);
	ck_assert_int_eq(kind_of(bytes), ERROR_NONE);
	ck_assert_int_eq(kind_of(byte), ERROR_LIMIT);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("image_config");
	TCase *t = tcase_create("image_config");

	tcase_add_test(t, whole);
	tcase_add_loop_test(t, reads, 0, (int)array_len(good));
	tcase_add_loop_test(t, refuses, 0, (int)array_len(bad));
	tcase_add_test(t, limits);
	suite_add_tcase(s, t);
	return s;
}
