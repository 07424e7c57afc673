/* SPDX-License-Identifier: Apache-2.0 */
/* What BuildKit's provenance says that an image was made of. */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/codec/provenance.h"

#define HEX "9b57f2f7bf0d1b1f0f4e0e7e1d7b4ab9ea2a7a1a6f9d7f5a2f8c0d6e5b4a3c2d"

#define OTHER "0000000000000000000000000000000000000000000000000000000000000000"

static const struct {
	const char *purl, *name; /* NULL: none */
	bool digest;
} purls[] = {
	{ "pkg:docker/python@3.11?platform=linux%2Famd64", "python:3.11", false },
	{ "pkg:docker/alpine@latest", "alpine:latest", false },
	{ "pkg:docker/alpine", "alpine:latest", false },
	{ "pkg:docker/alpine?platform=linux%2Farm64", "alpine:latest", false },
	{ "pkg:docker/ghcr.io/a/b@v1", "ghcr.io/a/b:v1", false },
	{ "pkg:docker/localhost:5000/b@v1", "localhost:5000/b:v1", false },
	{ "pkg:docker/localhost%3A5000/b@v1", "localhost:5000/b:v1", false },
	/* BuildKit's util/purl writes a digest where the FROM has one, and there alone. */
	{ "pkg:docker/python@3.11?digest=sha256:" HEX "&platform=linux%2Famd64",
	  "python:3.11@sha256:" HEX, true },
	{ "pkg:docker/python@3.11?platform=x&digest=sha256%3A" HEX "#sub",
	  "python:3.11@sha256:" HEX, true },
	{ "pkg:docker/alpine?digest=sha256:" HEX, "alpine@sha256:" HEX, true },
	{ "pkg:docker/ghcr.io/a/b?digest=sha256:" HEX "&platform=linux%2Farm64",
	  "ghcr.io/a/b@sha256:" HEX, true },
	{ "pkg:docker/alpine?digest=sha256:beef", "alpine:latest", false },
	/* The package URL specification has it as the version. */
	{ "pkg:docker/python@sha256:" HEX, "python@sha256:" HEX, true },
	{ "pkg:docker/python@sha256%3A" HEX "?digest=sha256:" HEX, "python@sha256:" HEX, true },
	{ "pkg:docker/python@sha256:" HEX "?digest=sha256:" OTHER, NULL, false },
	{ "pkg:docker/python@sha256:beef", NULL, false },
	{ "pkg:docker/python@3.11?digest=sha256:beef", "python:3.11", false },
	{ "pkg:docker/python@3.11?xdigest=sha256:" HEX, "python:3.11", false },
	{ "pkg:docker/python@3.11#digest=sha256:" HEX, "python:3.11", false },
	{ "pkg:npm/python@3.11", NULL, false },
	{ "https://github.com/a/b.git", NULL, false },
	{ "pkg:docker/", NULL, false },
	{ "pkg:docker/UPPER@1", NULL, false },
	{ "pkg:docker/pyth%zzon@1", NULL, false },
	{ "pkg:docker/python%00@1", NULL, false },
	{ "pkg:docker/python@1%2", NULL, false },
	{ "", NULL, false },
};

START_TEST(test_purl)
{
	scoped_str name = NULL;
	scoped_str digest = NULL;
	bool found = provenance_purl(purls[_i].purl, &name, &digest);

	ck_assert_int_eq(found, purls[_i].name != NULL);
	if (found) {
		ck_assert_str_eq(name, purls[_i].name);
		ck_assert_int_eq(digest != NULL, purls[_i].digest);
	}
}
END_TEST

#define V02(materials)                                                           \
	"{\"_type\":\"https://in-toto.io/Statement/v0.1\","                      \
	"\"predicateType\":\"https://slsa.dev/provenance/v0.2\",\"subject\":[]," \
	"\"predicate\":{\"builder\":{\"id\":\"\"},\"materials\":[" materials "]}}"
#define V1(dependencies)                                                              \
	"{\"_type\":\"https://in-toto.io/Statement/v1\","                             \
	"\"predicateType\":\"https://slsa.dev/provenance/v1\",\"subject\":[],"        \
	"\"predicate\":{\"buildDefinition\":{\"resolvedDependencies\":[" dependencies \
	"]},\"runDetails\":{}}}"
#define IMAGE(purl) "{\"uri\":\"pkg:docker/" purl "\",\"digest\":{\"sha256\":\"" HEX "\"}}"
#define GIT         "{\"uri\":\"https://github.com/a/b.git\",\"digest\":{\"sha1\":\"0\"}}"

static const struct {
	const char *text, *base; /* NULL: none */
	size_t images;
} rows[] = {
	{ V02(IMAGE("python@3.11")), "python:3.11", 1 },
	{ V1(IMAGE("python@3.11")), "python:3.11", 1 },
	{ V02(IMAGE("docker/dockerfile@1") "," IMAGE("python@3.11") "," GIT), "python:3.11", 2 },
	{ V02(IMAGE("python@3.11") "," IMAGE("python@3.11?platform=x")), "python:3.11", 1 },
	{ V02(IMAGE("python@3.11") "," IMAGE("golang@1")), NULL, 2 },
	{ V1(IMAGE("docker/buildkit-syft-scanner@stable-1")), NULL, 1 },
	{ V1(IMAGE("h:5/docker/dockerfile@1")), "h:5/docker/dockerfile:1", 1 },
	{ V1(GIT), NULL, 0 },
	{ V1(""), NULL, 0 },
	{ "{\"predicateType\":\"https://slsa.dev/provenance/v1\"}", NULL, 0 },
	{ V1("{\"uri\":\"pkg:docker/a@1\"}"), "a:1", 1 },
};

START_TEST(test_row)
{
	scoped_provenance p = { 0 };
	struct error err = ERROR_INIT;
	const struct provenance_image *base;

	ck_assert_msg(provenance_parse(&p, rows[_i].text, strlen(rows[_i].text), &err) == 0, "%s",
		      err.text);
	ck_assert_uint_eq(p.images.count, rows[_i].images);
	base = provenance_base(&p);
	ck_assert_int_eq(base != NULL, rows[_i].base != NULL);
	if (base)
		ck_assert_str_eq(base->name, rows[_i].base);
	if (base && strstr(rows[_i].text, HEX))
		ck_assert_str_eq(base->digest, "sha256:" HEX);
}
END_TEST

START_TEST(test_refused)
{
	static const struct {
		const char *text;
		enum error_kind kind;
	} bad[] = {
		{ "", ERROR_INPUT },
		{ "[]", ERROR_INPUT },
		{ "{\"predicateType\":\"https://spdx.dev/Document\"}", ERROR_UNSUPPORTED },
		{ "{}", ERROR_UNSUPPORTED },
		{ "{\"predicateType\":1}", ERROR_INPUT },
		{ V02("1"), ERROR_INPUT },
		{ V02("{\"uri\":1}"), ERROR_INPUT },
		{ V02("{\"uri\":\"pkg:docker/a@1\",\"digest\":\"x\"}"), ERROR_INPUT },
	};

	for (size_t i = 0; i < array_len(bad); i++) {
		struct provenance p = { 0 };
		struct error err = ERROR_INIT;

		ck_assert_msg(provenance_parse(&p, bad[i].text, strlen(bad[i].text), &err) == -1,
			      "%s", bad[i].text);
		ck_assert_int_eq(err.kind, bad[i].kind);
	}
	ck_assert(provenance_is_type("https://slsa.dev/provenance/v1"));
	ck_assert(!provenance_is_type("https://slsa.dev/provenance/v1.1"));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("provenance");
	TCase *tc = tcase_create("provenance");

	tcase_add_loop_test(tc, test_purl, 0, array_len(purls));
	tcase_add_loop_test(tc, test_row, 0, array_len(rows));
	tcase_add_test(tc, test_refused);
	suite_add_tcase(s, tc);
	return s;
}
