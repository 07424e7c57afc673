/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdint.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/buf.h"
#include "common/codec/manifest.h"

#define HEX      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define A        "sha256:" HEX
#define B        "sha512:" HEX HEX
#define TYPE(t)  "\"mediaType\":\"" t "\""
#define V2       "{\"schemaVersion\":2,"
#define OCI      "application/vnd.oci.image.manifest.v1+json"
#define INDEX    "application/vnd.oci.image.index.v1+json"
#define DOCKER   "application/vnd.docker.distribution.manifest.v2+json"
#define LIST     "application/vnd.docker.distribution.manifest.list.v2+json"
#define CONFIG   "\"config\":{\"digest\":\"" A "\",\"size\":7}"
#define LAYER    "{\"digest\":\"" B "\",\"size\":9," TYPE("x/y") "}"
#define BODY     CONFIG ",\"layers\":[" LAYER "]"
#define CHILD    "{" TYPE(OCI) ",\"digest\":\"" A "\",\"size\":7"
#define CHILDREN "\"manifests\":[" CHILD "}]"

static const struct {
	const char *json, *content_type;
	enum manifest_kind kind;
	size_t parts;
	const char *why;
} good[] = {
	{ V2 TYPE(DOCKER) "," BODY "}", DOCKER, MANIFEST_DOCKER_IMAGE, 1, "Docker's" },
	{ V2 TYPE(LIST) "," CHILDREN "}", LIST, MANIFEST_DOCKER_LIST, 1, "Docker's list" },
	{ V2 TYPE(OCI) "," BODY "}", OCI, MANIFEST_OCI_IMAGE, 1, "OCI's" },
	{ V2 TYPE(INDEX) "," CHILDREN "}", INDEX, MANIFEST_OCI_INDEX, 1, "OCI's index" },
	{ V2 BODY "}", OCI, MANIFEST_OCI_IMAGE, 1, "OCI does not need a mediaType" },
	{ V2 BODY "}", DOCKER, MANIFEST_DOCKER_IMAGE, 1, "the header tells" },
	{ V2 BODY "}", NULL, MANIFEST_OCI_IMAGE, 1, "nobody tells: a config" },
	{ V2 CHILDREN "}", "", MANIFEST_OCI_INDEX, 1, "nobody tells: manifests" },
	{ V2 CHILDREN "}", "text/plain; charset=utf-8", MANIFEST_OCI_INDEX, 1,
	  "a header that says nothing" },
	{ V2 TYPE(LIST) "," CHILDREN "}", "application/json", MANIFEST_DOCKER_LIST, 1,
	  "the body tells" },
	{ V2 TYPE(OCI) "," BODY "}", " Application/VND.oci.image.manifest.v1+json ; charset=utf-8",
	  MANIFEST_OCI_IMAGE, 1, "case, blanks and parameters of a header" },
	{ V2 TYPE(INDEX) ",\"manifests\":[]}", NULL, MANIFEST_OCI_INDEX, 0, "an empty index" },
	{ V2 TYPE(INDEX) ",\"manifests\":null}", NULL, MANIFEST_OCI_INDEX, 0, "as Go writes it" },
	{ V2 CONFIG ",\"layers\":[]}", NULL, MANIFEST_OCI_IMAGE, 0, "no layers" },
	{ V2 BODY ",\"subject\":{" TYPE(
		  OCI) ",\"digest\":\"" A "\",\"size\":0},"
		       "\"artifactType\":\"a/b\",\"annotations\":{\"k\":\"v\",\"n\":null}}",
	  NULL, MANIFEST_OCI_IMAGE, 1, "an artifact" },
	{ V2 "\"config\":{\"digest\":\"" A "\",\"size\":9223372036854775807},\"layers\":[]}", NULL,
	  MANIFEST_OCI_IMAGE, 0, "the largest size" },
};

START_TEST(reads)
{
	struct error err = ERROR_INIT;
	scoped_manifest m = { 0 };

	ck_assert_msg(manifest_parse(&m, good[_i].json, strlen(good[_i].json),
				     good[_i].content_type, &err) == 0,
		      "%s: %s", good[_i].why, err.text);
	ck_assert_msg(m.kind == good[_i].kind, "%s", good[_i].why);
	ck_assert_msg(m.parts.count == good[_i].parts, "%s", good[_i].why);
	ck_assert_str_eq(m.config.digest ? m.config.digest : A, A);
	ck_assert(!m.config.digest == manifest_kind_is_index(m.kind));
}
END_TEST

static const struct {
	const char *json, *content_type;
	enum error_kind kind;
	const char *error;
} bad[] = {
	{ "", NULL, ERROR_INPUT, "manifest: line 1, column 0" },
	{ "[]", NULL, ERROR_INPUT, "manifest: expected an object, got a list" },
	{ V2 BODY "} x", NULL, ERROR_INPUT, "end of file expected" },
	{ V2 BODY "," BODY "}", NULL, ERROR_INPUT, "duplicate" },
	{ "{" BODY "}", NULL, ERROR_INPUT, "schemaVersion is not 2" },
	{ "{\"schemaVersion\":3," BODY "}", NULL, ERROR_INPUT, "schemaVersion is not 2" },
	{ "{\"schemaVersion\":\"2\"," BODY "}", NULL, ERROR_INPUT, "schemaVersion" },
	{ V2 "\"layers\":[]}", NULL, ERROR_INPUT, "neither a config nor manifests" },
	{ V2 "\"layers\":[]}", OCI, ERROR_INPUT, "it has no config" },
	{ V2 CONFIG "}", NULL, ERROR_INPUT, "it has no layers" },
	{ V2 TYPE(INDEX) "}", NULL, ERROR_INPUT, "it has no manifests" },

	{ "{\"schemaVersion\":1,\"fsLayers\":[],\"history\":[]}", NULL, ERROR_UNSUPPORTED,
	  "schema 1" },
	{ "no matter what", "application/vnd.docker.distribution.manifest.v1+prettyjws",
	  ERROR_UNSUPPORTED, "schema 1" },
	{ V2 BODY "}", "application/vnd.docker.distribution.manifest.v1+json; q=1",
	  ERROR_UNSUPPORTED, "schema 1" },
	{ V2 TYPE("application/vnd.docker.distribution.manifest.v1+json") "," BODY "}", NULL,
	  ERROR_UNSUPPORTED, "schema 1" },
	{ V2 TYPE("application/vnd.oci.artifact.manifest.v1+json") "," BODY "}", NULL,
	  ERROR_UNSUPPORTED, "its media type is application/vnd.oci.artifact.manifest.v1+json" },
	{ V2 TYPE("\\u001b[1m") "," BODY "}", NULL, ERROR_UNSUPPORTED, "media type is ?[1m" },

	{ V2 TYPE(OCI) "," BODY "}", DOCKER, ERROR_INPUT, "mediaType says " OCI },
	{ V2 TYPE(OCI) "," BODY "}", INDEX, ERROR_INPUT, "and Content-Type " INDEX },
	{ V2 BODY "," CHILDREN "}", NULL, ERROR_INPUT, "which an index has not" },
	{ V2 TYPE(OCI) "," BODY "," CHILDREN "}", NULL, ERROR_INPUT,
	  "it has \"manifests\", which an image has not" },
	{ V2 TYPE(INDEX) ",\"layers\":[]," CHILDREN "}", NULL, ERROR_INPUT,
	  "it has \"layers\", which an index has not" },
	{ V2 BODY ",\"fsLayers\":[]}", NULL, ERROR_INPUT, "it has \"fsLayers\"" },

	{ V2 "\"config\":{\"size\":7},\"layers\":[]}", NULL, ERROR_INPUT,
	  "manifest.config.digest: expected a string" },
	{ V2 "\"config\":{\"digest\":\"sha256:0123\",\"size\":7},\"layers\":[]}", NULL, ERROR_INPUT,
	  "manifest.config: its digest is not like" },
	{ V2 "\"config\":{\"digest\":\"sha1:" HEX "\",\"size\":7},\"layers\":[]}", NULL,
	  ERROR_INPUT, "its digest is not like" },
	{ V2 "\"config\":{\"digest\":\"" A "\"},\"layers\":[]}", NULL, ERROR_INPUT,
	  "manifest.config: it has no size" },
	{ V2 "\"config\":{\"digest\":\"" A "\",\"size\":-1},\"layers\":[]}", NULL, ERROR_INPUT,
	  "manifest.config.size" },
	{ V2 "\"config\":{\"digest\":\"" A "\",\"size\":9223372036854775808},\"layers\":[]}", NULL,
	  ERROR_INPUT, "manifest: line 1" },
	{ V2 "\"config\":{\"digest\":\"" A "\",\"size\":1.5},\"layers\":[]}", NULL, ERROR_INPUT,
	  "manifest.config.size" },
	{ V2 "\"config\":[],\"layers\":[]}", NULL, ERROR_INPUT, "manifest.config: expected" },
	{ V2 CONFIG ",\"layers\":{}}", NULL, ERROR_INPUT, "manifest.layers: expected" },
	{ V2 CONFIG ",\"layers\":[" LAYER ",7]}", NULL, ERROR_INPUT, "manifest.layers[1]" },
	{ V2 CONFIG ",\"layers\":[null]}", NULL, ERROR_INPUT, "manifest.layers[0]" },
	{ V2 BODY ",\"annotations\":[]}", NULL, ERROR_INPUT, "manifest.annotations: expected" },
	{ V2 BODY ",\"annotations\":{\"a\":7}}", NULL, ERROR_INPUT, "manifest.annotations.a" },
	{ V2 BODY ",\"subject\":7}", NULL, ERROR_INPUT, "manifest.subject: expected" },
	{ V2 BODY ",\"artifactType\":7}", NULL, ERROR_INPUT, "manifest.artifactType" },
	{ V2 "\"mediaType\":7," BODY "}", NULL, ERROR_INPUT, "manifest.mediaType" },
	{ V2 "\"manifests\":[" CHILD ",\"platform\":7}]}", NULL, ERROR_INPUT,
	  "manifest.manifests[0].platform" },
	{ V2 "\"manifests\":[" CHILD ",\"platform\":{\"os\":7}}]}", NULL, ERROR_INPUT,
	  "manifest.manifests[0].platform.os" },
};

START_TEST(refuses)
{
	struct error err = ERROR_INIT;
	scoped_manifest m = { 0 };

	ck_assert_msg(manifest_parse(&m, bad[_i].json, strlen(bad[_i].json), bad[_i].content_type,
				     &err) == -1,
		      "%s", bad[_i].error);
	ck_assert_msg(strstr(err.text, bad[_i].error), "%s: %s", bad[_i].error, err.text);
	ck_assert_msg(err.kind == bad[_i].kind, "%s: %d", bad[_i].error, (int)err.kind);
	ck_assert(!m.config.digest && !m.parts.items);
}
END_TEST

START_TEST(members)
{
	static const char json[] = V2 BODY
		",\"subject\":{" TYPE(OCI) ",\"digest\":\"" B "\",\"size\":3},"
					   "\"artifactType\":\"a/b\",\"annotations\":{"
					   "\"" ANNOTATION_BASE_NAME
					   "\":\"docker.io/library/debian:12\","
					   "\"" ANNOTATION_BASE_DIGEST "\":\"\"}}";
	struct error err = ERROR_INIT;
	scoped_manifest m = { 0 };

	ck_assert_int_eq(manifest_parse(&m, json, strlen(json), OCI, &err), 0);
	ck_assert_int_eq(m.config.size, 7);
	ck_assert_str_eq(m.parts.items[0].digest, B);
	ck_assert_str_eq(m.parts.items[0].media_type, "x/y");
	ck_assert_int_eq(m.parts.items[0].size, 9);
	ck_assert_str_eq(m.subject.digest, B);
	ck_assert_str_eq(m.artifact_type, "a/b");
	ck_assert_str_eq(api_label_get(&m.annotations, ANNOTATION_BASE_NAME),
			 "docker.io/library/debian:12");
	ck_assert_str_eq(api_label_get(&m.annotations, ANNOTATION_BASE_DIGEST), "");
	ck_assert_ptr_null(api_label_get(&m.annotations, "x"));
}
END_TEST

START_TEST(accept)
{
	enum manifest_kind kind;
	const char *at = manifest_accept;

	for (size_t i = 0; i < 4; i++) {
		const char *type = manifest_media_type((enum manifest_kind)i);

		ck_assert(manifest_kind_find(type, &kind) && (size_t)kind == i);
		ck_assert_msg(strncmp(at, type, strlen(type)) == 0, "%s", at);
		at += strlen(type) + strspn(at + strlen(type), ", ");
	}
	ck_assert_str_eq(at, "");
	ck_assert(!manifest_kind_find("", &kind));
	ck_assert(!manifest_kind_find(OCI "x", &kind));
}
END_TEST

/* An index whose children are words of "os/architecture/variant": "-" tells no platform, "a:" is an
 * attestation by annotation, "s:" a signature, "o:" has no media type. */
static void add_child(struct buf *out, const char *word, size_t len, int number)
{
	bool annotated = word[1] == ':' && word[0] == 'a';
	const char *type = word[1] == ':' && word[0] == 's' ? "x/signature" : OCI;
	const char *at = word[1] == ':' ? word + 2 : word;
	scoped_str text = xstrndup(at, len - (size_t)(at - word));
	char *rest = text, *os = strsep(&rest, "/"), *architecture = strsep(&rest, "/");

	buf_fmt(out, "{\"digest\":\"sha256:%064d\",\"size\":1", number);
	if (word[0] != 'o' || word[1] != ':')
		buf_fmt(out, ",\"mediaType\":\"%s\"", type);
	if (architecture)
		buf_fmt(out,
			",\"platform\":{\"os\":\"%s\",\"architecture\":\"%s\",\"variant\":\"%s\"}",
			os, architecture, rest ? rest : "");
	if (annotated)
		buf_fmt(out,
			",\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\","
			"\"vnd.docker.reference.digest\":\"" A "\"}");
	buf_char(out, '}');
}

static char *index_of(const char *words)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	buf_str(&out, V2 TYPE(INDEX) ",\"manifests\":[");
	for (int i = 0; *words; i++) {
		size_t len = strcspn(words, " ");

		if (i)
			buf_char(&out, ',');
		add_child(&out, words, len, i);
		words += len + strspn(words + len, " ");
	}
	buf_str(&out, "]}");
	return buf_take(&out);
}

static const struct {
	const char *want, *children;
	int choice; /* -1: none */
	const char *why;
} choices[] = {
	{ "linux/amd64", "linux/arm64 linux/amd64 linux/386", 1, "the same" },
	{ "linux/amd64", "linux/amd64 linux/amd64", 0, "of equals the first" },
	{ "linux/amd64/v3", "linux/amd64 linux/amd64/v4 linux/amd64/v2", 2, "the nearest below" },
	{ "linux/amd64", "linux/x86_64/v1", 0, "another name" },
	{ "linux/amd64", "windows/amd64 linux/386", 1, "32 bits, as docker pull does" },
	{ "linux/arm/v7", "linux/arm/v5 linux/arm/v6 linux/arm64", 1, "from v7 downwards" },
	{ "linux/arm/v6", "linux/arm/v7 linux/arm", -1, "never upwards" },
	{ "linux/arm64", "linux/arm/v7 linux/arm64/v8", 1, "v8 is none" },
	{ "linux/amd64", "unknown/unknown linux/amd64", 1, "an attestation by its platform" },
	{ "linux/amd64", "a:linux/amd64 linux/amd64", 1, "by its annotation" },
	{ "linux/amd64", "a:linux/amd64 unknown/unknown", -1, "attestations alone" },
	{ "linux/amd64", "s:linux/amd64", -1, "no manifest" },
	{ "linux/amd64", "o:linux/amd64", 0, "no media type" },
	{ "linux/amd64", "- linux/386", 1, "a platform that is told comes first" },
	{ "linux/amd64", "linux/arm64 -", 1, "then one that tells none" },
	{ "linux/amd64", "a:- -", 1, "if it is no attestation" },
	{ "linux/amd64", "linux/s390x windows/amd64", -1, "none" },
	{ "linux/amd64", "", -1, "an empty index" },
};

START_TEST(choose)
{
	struct error err = ERROR_INIT;
	scoped_str json = index_of(choices[_i].children);
	scoped_manifest m = { 0 };
	scoped_platform want = { 0 };

	ck_assert_int_eq(platform_parse(&want, choices[_i].want, &want, &err), 0);
	ck_assert_msg(manifest_parse(&m, json, strlen(json), NULL, &err) == 0, "%s", err.text);
	const struct descriptor *choice = manifest_choose(&m, &want);
	int number = choice ? (int)(choice - m.parts.items) : -1;

	ck_assert_msg(number == choices[_i].choice, "%s: %d", choices[_i].why, number);
}
END_TEST

START_TEST(attested)
{
	struct error err = ERROR_INIT;
	scoped_str json = index_of("a:unknown/unknown linux/amd64");
	scoped_manifest m = { 0 };
	scoped_manifest image = { 0 };
	static const char text[] = V2 BODY "}";

	ck_assert_int_eq(manifest_parse(&m, json, strlen(json), NULL, &err), 0);
	ck_assert_str_eq(descriptor_attested(&m.parts.items[0]), A);
	ck_assert_ptr_null(descriptor_attested(&m.parts.items[1]));
	ck_assert_int_eq(manifest_parse(&image, text, strlen(text), NULL, &err), 0);
	ck_assert_ptr_null(manifest_choose(&image, &m.parts.items[1].platform));
}
END_TEST

static char *repeated(const char *head, const char *one, size_t count, const char *tail)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	buf_str(&out, head);
	for (size_t i = 0; i < count; i++)
		buf_fmt(&out, "%s%s", i ? "," : "", one);
	buf_str(&out, tail);
	return buf_take(&out);
}

static char *annotated(int count)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	buf_str(&out, V2 BODY ",\"annotations\":{");
	for (int i = 0; i < count; i++)
		buf_fmt(&out, "%s\"%d\":\"\"", i ? "," : "", i);
	buf_str(&out, "}}");
	return buf_take(&out);
}

static enum error_kind kind_of(const char *json)
{
	struct error err = ERROR_INIT;
	scoped_manifest m = { 0 };

	(void)!manifest_parse(&m, json, strlen(json), NULL, &err);
	return err.kind;
}

#define TYPED(type) CHILD ",\"artifactType\":\"" type "\"}"

/* Pages of an index, and what is left of them. */
START_TEST(pages)
{
	const char *texts[] = { V2 "\"manifests\":[" TYPED("a/b") "," TYPED("a/c") "," CHILD "}]}",
				V2 "\"manifests\":[" TYPED("a/d") "," TYPED("a/b") "]}" };
	struct error err = ERROR_INIT;
	scoped_manifest all = { 0 };

	for (size_t i = 0; i < array_len(texts); i++) {
		scoped_manifest page = { 0 };

		ck_assert(manifest_parse(&page, texts[i], strlen(texts[i]), INDEX, &err) == 0);
		manifest_append(&all, &page);
		ck_assert_uint_eq(page.parts.count, 0);
	}
	ck_assert_uint_eq(all.parts.count, 5);
	ck_assert_str_eq(all.parts.items[3].artifact_type, "a/d");
	manifest_keep_type(&all, "a/b");
	ck_assert_uint_eq(all.parts.count, 2);
	ck_assert_str_eq(all.parts.items[1].artifact_type, "a/b");
	manifest_keep_type(&all, OCI);
	ck_assert_uint_eq(all.parts.count, 0);
}
END_TEST

START_TEST(limits)
{
	scoped_str layers = repeated(V2 CONFIG ",\"layers\":[", LAYER, 4096, "]}");
	scoped_str more = repeated(V2 CONFIG ",\"layers\":[", LAYER, 4097, "]}");
	scoped_str most = annotated(MANIFEST_ANNOTATIONS_MAX);
	scoped_str beyond = annotated(MANIFEST_ANNOTATIONS_MAX + 1);
	scoped_str bytes = xasprintf(V2 BODY "}%*s", (int)(MANIFEST_MAX - strlen(V2 BODY "}")), "");
	scoped_str byte = xasprintf("%s ", bytes);

	ck_assert_int_eq(kind_of(layers), ERROR_NONE);
	ck_assert_int_eq(kind_of(more), ERROR_LIMIT);
	ck_assert_int_eq(kind_of(most), ERROR_NONE);
	ck_assert_int_eq(kind_of(beyond), ERROR_LIMIT);
	ck_assert_int_eq(kind_of(bytes), ERROR_NONE);
	ck_assert_int_eq(kind_of(byte), ERROR_LIMIT);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("manifest");
	TCase *t = tcase_create("manifest");

	tcase_add_loop_test(t, reads, 0, (int)array_len(good));
	tcase_add_loop_test(t, refuses, 0, (int)array_len(bad));
	tcase_add_test(t, members);
	tcase_add_test(t, accept);
	tcase_add_loop_test(t, choose, 0, (int)array_len(choices));
	tcase_add_test(t, attested);
	tcase_add_test(t, pages);
	tcase_add_test(t, limits);
	suite_add_tcase(s, t);
	return s;
}
