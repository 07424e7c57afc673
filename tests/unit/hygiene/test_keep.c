/* SPDX-License-Identifier: Apache-2.0 */
/* Protections by name and label, and what makes an object still the same. */
#include "tests/unit/suite.h"

#include <string.h>

#include "plugins/hygiene/fingerprint.h"
#include "plugins/hygiene/keep.h"

#define HEX "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789"

static const struct {
	enum kind kind;
	const char *name;  /* images: tags and digests, comma-separated */
	const char *label; /* its value; NULL: no label "team" */
	const char *rule;
	bool keeps;
	const char *why;
} rows[] = {
	{ KIND_CONTAINER, "web", NULL, "web", true, "a name" },
	{ KIND_CONTAINER, "web", NULL, "w*", true, "a pattern" },
	{ KIND_CONTAINER, "web", NULL, "we", false, "the whole name" },
	{ KIND_CONTAINER, "first,second", NULL, "second", true, "any of its names" },
	{ KIND_CONTAINER, "web", NULL, HEX, true, "the ID" },
	{ KIND_CONTAINER, "web", NULL, "abcdef012345", true, "the short ID" },
	{ KIND_CONTAINER, "web", NULL, "abcdef01234", false, "one that is too short" },
	{ KIND_CONTAINER, "web", NULL, "a*", false, "a pattern for names meets no ID by chance" },
	{ KIND_CONTAINER, "web", NULL, "abcdef012345*", true, "a pattern that begins as an ID" },
	{ KIND_CONTAINER, "web", NULL, "label=team", false, "without the label" },
	{ KIND_CONTAINER, "web", "", "label=team", true, "an empty label is one" },
	{ KIND_CONTAINER, "web", "ops", "label=team=ops", true, "its value" },
	{ KIND_CONTAINER, "web", "ops", "label=team=o*", true, "a pattern for the value" },
	{ KIND_CONTAINER, "web", "ops", "label=team=dev", false, "another value" },
	{ KIND_CONTAINER, "web", "ops", "label=team=", false, "no value" },
	{ KIND_CONTAINER, "web", "ops", "label=tea*", false, "keys are no patterns" },
	{ KIND_CONTAINER, "team", NULL, "label=team", false, "a label is no name" },
	{ KIND_IMAGE, "nginx:1", NULL, "nginx", true, "a repository" },
	{ KIND_IMAGE, "nginx:1", NULL, "nginx:1", true, "a tag" },
	{ KIND_IMAGE, "nginx:1", NULL, "nginx:*", true, "any tag" },
	{ KIND_IMAGE, "nginx:1", NULL, "nginx:2", false, "another tag" },
	{ KIND_IMAGE, "nginx:1", NULL, "docker.io/library/nginx", true, "in full" },
	{ KIND_IMAGE, "nginx:1", NULL, "docker.io/library/nginx:1", true, "in full" },
	{ KIND_IMAGE, "nginx:1", NULL, "library/nginx", true, "nearly in full" },
	{ KIND_IMAGE, "nginx:1", NULL, "docker.io/nginx:1", true, "the other way" },
	{ KIND_IMAGE, "docker.io/library/nginx:1", NULL, "nginx", true, "as Podman tells tags" },
	{ KIND_IMAGE, "user/nginx:1", NULL, "nginx", false, "somebody's is another" },
	{ KIND_IMAGE, "user/nginx:1", NULL, "*nginx", true, "which a pattern can mean" },
	{ KIND_IMAGE, "host:5000/app:1", NULL, "host:5000/app", true, "a registry with a port" },
	{ KIND_IMAGE, "host:5000/app:1", NULL, "host:5000/*", true, "all of a registry" },
	{ KIND_IMAGE, "host:5000/app:1", NULL, "host", false, "a port is no tag" },
	{ KIND_IMAGE, "a:1,b:1", NULL, "b", true, "one tag keeps all" },
	{ KIND_IMAGE, "a@sha256:" HEX, NULL, "a", true, "by digest only" },
	{ KIND_IMAGE, "a@sha256:" HEX, NULL, "a@sha256:" HEX, true, "the digest reference" },
	{ KIND_IMAGE, "a@sha256:" HEX, NULL, "a:latest", false, "a digest is no tag" },
	{ KIND_IMAGE, "Not A Reference:1", NULL, "Not A Reference", true,
	  "what an engine should not tell is matched as it is" },
	{ KIND_IMAGE, "", NULL, "sha256:" HEX, true, "the ID" },
	{ KIND_IMAGE, "", NULL, "sha256:abcdef012345", true, "the beginning of the ID" },
	{ KIND_IMAGE, "", NULL, "sha256:abc*", true, "a pattern for IDs" },
	{ KIND_IMAGE, "", NULL, "abcdef0123456", true, "without the algorithm" },
	{ KIND_IMAGE, "", NULL, "abcdef012346", false, "another ID" },
	{ KIND_IMAGE, "", "ops", "label=team=ops", true, "a label" },
	{ KIND_VOLUME, "data", NULL, "d?ta", true, "a name" },
	{ KIND_VOLUME, "productiondatabase2", NULL, "productiondatabase", false,
	  "a long name is no ID" },
	{ KIND_VOLUME, HEX, NULL, "abcdef012345", true, "one that docker made up is" },
	{ KIND_NETWORK, "front", NULL, "front", true, "a name" },
	{ KIND_NETWORK, "front", NULL, "abcdef012345", true, "the short ID" },
	{ KIND_CACHE, "mount / from exec /bin/sh -c make", NULL, "*make", true, "the description" },
	{ KIND_CACHE, "step", NULL, HEX, true, "the ID" },
	{ KIND_CACHE, "step", "ops", "label=team", false, "cache has no labels" },
};

static void add_label(struct api_labels *labels, const char *value)
{
	struct api_label *label;

	if (!value)
		return;
	label = array_add(labels);
	label->key = xstrdup("team");
	label->value = xstrdup(value);
}

static void split(const char *text, struct strings *tags, struct strings *digests)
{
	while (*text) {
		size_t len = strcspn(text, ",");
		char *part = xstrndup(text, len);

		strings_take(digests && strchr(part, '@') ? digests : tags, part);
		text += len + (text[len] == ',');
	}
}

static const struct rule_text *ask(const struct rule_texts *keep, int i)
{
	const struct rule_text *found = NULL;
	struct api_container c = { .id = (char *)HEX };
	struct api_image image = { .id = (char *)"sha256:" HEX };
	struct api_volume v = { .name = (char *)rows[i].name };
	struct api_network n = { .id = (char *)HEX, .name = (char *)rows[i].name };
	struct api_cache cache = { .id = (char *)HEX, .description = (char *)rows[i].name };
	struct api_labels labels = { 0 };

	add_label(&labels, rows[i].label);
	c.labels = image.labels = v.labels = n.labels = labels;
	switch (rows[i].kind) {
	case KIND_CONTAINER:
		split(rows[i].name, &c.names, NULL);
		found = keep_container(keep, &c);
		break;
	case KIND_IMAGE:
		split(rows[i].name, &image.tags, &image.digests);
		found = keep_image(keep, &image);
		break;
	case KIND_VOLUME:
		found = keep_volume(keep, &v);
		break;
	case KIND_NETWORK:
		found = keep_network(keep, &n);
		break;
	default:
		found = keep_cache(keep, &cache);
	}
	strings_release(&c.names);
	strings_release(&image.tags);
	strings_release(&image.digests);
	api_labels_release(&labels);
	return found;
}

START_TEST(keeps)
{
	struct rule_text rules[] = { { (char *)"nothing-like-it", (char *)"1" },
				     { (char *)rows[_i].rule, (char *)"2" } };
	const struct rule_texts keep = { .items = rules, .count = array_len(rules) };
	const struct rule_texts none = { 0 };

	ck_assert_msg((ask(&keep, _i) == &rules[1]) == rows[_i].keeps, "%s", rows[_i].why);
	ck_assert_msg(!ask(&none, _i), "no rule keeps nothing");
}
END_TEST

static const struct {
	const char *filters[2];
	const char *label; /* value of "team" */
	bool lets_go;
	const char *why;
} filters[] = {
	{ { "label=team" }, "ops", true, "it has the label" },
	{ { "label=team" }, NULL, false, "it has not" },
	{ { "label=team=ops" }, "ops", true, "with that value" },
	{ { "label=team=o*" }, "ops", false, "values of filters are no patterns, as in docker" },
	{ { "label!=team" }, "ops", false, "protected" },
	{ { "label!=team" }, NULL, true, "not protected" },
	{ { "label!=team=dev" }, "ops", true, "protected with another value only" },
	{ { "label!=team=dev", "label!=team=ops" },
	  "ops",
	  false,
	  "any label!= protects: docker wants all of them" },
	{ { "label=team", "label=other" }, "ops", false, "every label= must match" },
};

START_TEST(filters_labels)
{
	struct rule_text rules[2];
	struct rule_texts list = { .items = rules };
	struct api_labels labels = { 0 };

	for (size_t i = 0; i < 2 && filters[_i].filters[i]; i++)
		rules[list.count++] = (struct rule_text){ (char *)filters[_i].filters[i],
							  (char *)"test" };
	add_label(&labels, filters[_i].label);
	ck_assert_msg(!keep_by_labels(&list, &labels) == filters[_i].lets_go, "%s",
		      filters[_i].why);
	api_labels_release(&labels);
	if (strncmp(filters[_i].filters[0], "label=", 6) == 0)
		ck_assert_msg(keep_by_labels(&list, NULL), "no label= matches build cache");
}
END_TEST

START_TEST(repositories)
{
	struct api_image image = { 0 };
	scoped_strings names = { 0 };

	split("nginx:2,docker.io/library/nginx:1,host:5000/app:1,nginx@sha256:" HEX
	      ",other@sha256:" HEX,
	      &image.tags, &image.digests);
	image_repositories(&image, &names);
	ck_assert_uint_eq(names.count, 3);
	ck_assert_str_eq(names.items[0], "host:5000/app");
	ck_assert_str_eq(names.items[1], "nginx");
	ck_assert_str_eq(names.items[2], "other");
	strings_release(&image.tags);
	strings_release(&image.digests);
}
END_TEST

static void check_text(char *got, const char *want)
{
	scoped_str owned = got;

	ck_assert_str_eq(owned, want);
}

START_TEST(fingerprints)
{
	struct api_container c = { .state = API_CONTAINER_EXITED,
				   .finished = 90 * NSEC_PER_DAY + 1,
				   .inspected = true };
	struct api_network n = { .name = (char *)"a\" driver=\"b",
				 .driver = (char *)"bridge",
				 .created = TIME_NONE };
	struct api_cache cache = { .created = 0, .last_used = TIME_NONE, .usage_count = 7 };
	struct api_volume v = { .name = (char *)"v",
				.driver = (char *)"local",
				.mountpoint = (char *)"/m",
				.created = 0 };
	struct api_image image = { 0 };

	check_text(fingerprint_container(&c),
		   "state=\"exited\" finished=1970-04-01T00:00:00.000000001Z");
	c.inspected = false;
	check_text(fingerprint_container(&c), "state=\"exited\" finished=-");
	check_text(fingerprint_network(&n),
		   "name=\"a\\22 driver=\\22b\" created=- driver=\"bridge\"");
	check_text(fingerprint_cache(&cache), "created=1970-01-01T00:00:00Z last-used=- usage=7");
	check_text(fingerprint_image(&image), "");
	split("b:1,a:1,z@sha256:1", &image.tags, &image.digests);
	check_text(fingerprint_image(&image), "tag=\"a:1\" tag=\"b:1\" digest=\"z@sha256:1\"");
	add_label(&v.labels, "line\n\\");
	check_text(fingerprint_volume(&v),
		   "created=1970-01-01T00:00:00Z driver=\"local\" scope=- mountpoint=\"/m\" "
		   "label=\"team\":\"line\\0a\\5c\"");
	api_labels_release(&v.labels);
	strings_release(&image.tags);
	strings_release(&image.digests);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("keep");
	TCase *tc = tcase_create("rules");

	tcase_add_loop_test(tc, keeps, 0, (int)array_len(rows));
	tcase_add_loop_test(tc, filters_labels, 0, (int)array_len(filters));
	tcase_add_test(tc, repositories);
	tcase_add_test(tc, fingerprints);
	suite_add_tcase(s, tc);
	return s;
}
