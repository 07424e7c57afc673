/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdint.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/buf.h"
#include "common/codec/registry_error.h"
#include "common/codec/utf8.h"

#define ONE(code, message) "{\"errors\":[{\"code\":\"" code "\",\"message\":\"" message "\"}]}\n"

static const struct {
	const char *body;
	long status;
	bool head;
	enum registry_code code;
	const char *message;
	enum registry_outcome outcome;
	const char *why;
} rows[] = {
	/* containers/image's docker/distribution_error_test.go and docker_client_test.go */
	{ "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\",\"message\":\"manifest unknown\","
	  "\"detail\":{\"Tag\":\"this-does-not-exist\"}}]}\n",
	  404, false, REGISTRY_CODE_MANIFEST_UNKNOWN, "MANIFEST_UNKNOWN: manifest unknown",
	  REGISTRY_NOT_FOUND, "docker.io" },
	{ "{\"errors\": [{\"code\": \"404\", \"message\": \"Not Found\"}]}\r\n", 404, false,
	  REGISTRY_CODE_OTHER, "404: Not Found", REGISTRY_NOT_FOUND, "registry.redhat.io's JSON" },
	{ "Not found\r\n", 404, false, REGISTRY_CODE_NONE, "Not found", REGISTRY_NOT_FOUND,
	  "registry.redhat.io's text" },
	{ ONE("TAG_EXPIRED", "Tag 4 was deleted or has expired"), 404, false,
	  REGISTRY_CODE_TAG_EXPIRED, "TAG_EXPIRED: Tag 4 was deleted or has expired",
	  REGISTRY_NOT_FOUND, "quay.io" },
	{ ONE("NOT_FOUND", "artifact test/alpine:sha256-44.sig not found"), 404, false,
	  REGISTRY_CODE_NOT_FOUND, "NOT_FOUND: artifact test/alpine:sha256-44.sig not found",
	  REGISTRY_NOT_FOUND, "Harbor v2.10.2" },
	{ ONE("UNKNOWN", "repository x not found"), 404, false, REGISTRY_CODE_UNKNOWN,
	  "UNKNOWN: repository x not found", REGISTRY_NOT_FOUND, "a code that says nothing" },

	/* distribution 2.8.2, measured */
	{ "Method not allowed\n", 405, false, REGISTRY_CODE_NONE, "Method not allowed",
	  REGISTRY_UNSUPPORTED, "read-only" },
	{ ONE("UNSUPPORTED", "The operation is unsupported."), 405, false,
	  REGISTRY_CODE_UNSUPPORTED, "UNSUPPORTED: The operation is unsupported.",
	  REGISTRY_UNSUPPORTED, "a mirror" },
	{ ONE("UNSUPPORTED", "no"), 400, false, REGISTRY_CODE_UNSUPPORTED, "UNSUPPORTED: no",
	  REGISTRY_UNSUPPORTED, "with another status" },
	{ "404 page not found\n", 404, false, REGISTRY_CODE_NONE, "404 page not found",
	  REGISTRY_PROTOCOL, "no route: what answers may be no registry" },
	{ "", 404, true, REGISTRY_CODE_NONE, "", REGISTRY_NOT_FOUND, "HEAD" },
	{ "", 404, false, REGISTRY_CODE_NONE, "", REGISTRY_PROTOCOL, "GET without a body" },
	{ ONE("NAME_UNKNOWN", "repository name not known to registry"), 404, false,
	  REGISTRY_CODE_NAME_UNKNOWN, "NAME_UNKNOWN: repository name not known to registry",
	  REGISTRY_NOT_FOUND, "no such repository" },
	{ ONE("BLOB_UNKNOWN", "blob unknown to registry"), 404, false, REGISTRY_CODE_BLOB_UNKNOWN,
	  "BLOB_UNKNOWN: blob unknown to registry", REGISTRY_NOT_FOUND, "no such blob" },
	{ ONE("UNAVAILABLE", "service unavailable"), 503, false, REGISTRY_CODE_UNAVAILABLE,
	  "UNAVAILABLE: service unavailable", REGISTRY_FAILED, "its store is down" },
	{ ONE("PAGINATION_NUMBER_INVALID", "invalid number of results requested"), 400, false,
	  REGISTRY_CODE_PAGINATION_INVALID,
	  "PAGINATION_NUMBER_INVALID: invalid number of results requested", REGISTRY_FAILED,
	  "a page too large" },

	/* Docker Hub and others */
	{ ONE("TOOMANYREQUESTS", "You have reached your pull rate limit."), 429, false,
	  REGISTRY_CODE_TOO_MANY_REQUESTS,
	  "TOOMANYREQUESTS: You have reached your pull rate limit.", REGISTRY_RATE_LIMITED,
	  "the Hub's pull limit" },
	{ "Too Many Requests\n", 429, false, REGISTRY_CODE_NONE, "Too Many Requests",
	  REGISTRY_RATE_LIMITED, "the Hub's abuse limit" },
	{ ONE("toomanyrequests", "slow"), 403, false, REGISTRY_CODE_TOO_MANY_REQUESTS,
	  "toomanyrequests: slow", REGISTRY_RATE_LIMITED, "in lower case, as 403" },
	{ ONE("TOOMANYREQUESTS", "slow"), 503, false, REGISTRY_CODE_TOO_MANY_REQUESTS,
	  "TOOMANYREQUESTS: slow", REGISTRY_RATE_LIMITED, "as 503" },
	{ ONE("UNAUTHORIZED", "authentication required"), 401, false, REGISTRY_CODE_UNAUTHORIZED,
	  "UNAUTHORIZED: authentication required", REGISTRY_UNAUTHORIZED, "who asks?" },
	{ ONE("UNAUTHORIZED", "x"), 404, false, REGISTRY_CODE_UNAUTHORIZED, "UNAUTHORIZED: x",
	  REGISTRY_UNAUTHORIZED, "hidden behind 404: not gone" },
	{ ONE("DENIED", "requested access to the resource is denied"), 401, false,
	  REGISTRY_CODE_DENIED, "DENIED: requested access to the resource is denied",
	  REGISTRY_DENIED, "denied as 401" },
	{ ONE("DENIED", "x"), 403, false, REGISTRY_CODE_DENIED, "DENIED: x", REGISTRY_DENIED,
	  "GHCR" },
	{ ONE("DENIED", "x"), 404, false, REGISTRY_CODE_DENIED, "DENIED: x", REGISTRY_DENIED,
	  "denied as 404" },
	{ "", 401, true, REGISTRY_CODE_NONE, "", REGISTRY_UNAUTHORIZED, "HEAD 401" },
	{ "", 403, true, REGISTRY_CODE_NONE, "", REGISTRY_DENIED, "HEAD 403" },
	{ "{\"details\":\"incorrect username or password\"}\n", 401, false, REGISTRY_CODE_NONE,
	  "incorrect username or password", REGISTRY_UNAUTHORIZED, "the Hub's token endpoint" },
	{ "{\"error\":\"invalid_grant\",\"error_description\":\"expired\"}", 400, false,
	  REGISTRY_CODE_NONE, "expired", REGISTRY_FAILED, "OAuth2" },
	{ "{\"error\":\"invalid_grant\"}", 400, false, REGISTRY_CODE_NONE, "invalid_grant",
	  REGISTRY_FAILED, "OAuth2, in short" },
	{ "{\"message\":\"404 Not Found\"}", 404, false, REGISTRY_CODE_NONE, "404 Not Found",
	  REGISTRY_PROTOCOL, "JSON of something else" },

	/* Status alone */
	{ "", 200, false, REGISTRY_CODE_NONE, "", REGISTRY_OK, "200" },
	{ "", 202, false, REGISTRY_CODE_NONE, "", REGISTRY_OK, "202" },
	{ ONE("DENIED", "x"), 200, false, REGISTRY_CODE_DENIED, "DENIED: x", REGISTRY_OK,
	  "a success is one" },
	{ "", 304, false, REGISTRY_CODE_NONE, "", REGISTRY_OK, "304" },
	{ "", 307, false, REGISTRY_CODE_NONE, "", REGISTRY_PROTOCOL, "a redirect" },
	{ "", 408, false, REGISTRY_CODE_NONE, "", REGISTRY_FAILED, "408" },
	{ "", 418, false, REGISTRY_CODE_NONE, "", REGISTRY_FAILED, "418" },
	{ "", 500, false, REGISTRY_CODE_NONE, "", REGISTRY_FAILED, "500" },
	{ "", 501, false, REGISTRY_CODE_NONE, "", REGISTRY_UNSUPPORTED, "501" },
	{ "", 0, false, REGISTRY_CODE_NONE, "", REGISTRY_PROTOCOL, "none" },
	{ "", 410, true, REGISTRY_CODE_NONE, "", REGISTRY_FAILED, "410 is none of the spec's" },

	/* Bodies of all kinds */
	{ "<html><body>Not found</body></html>", 404, false, REGISTRY_CODE_NONE, "",
	  REGISTRY_PROTOCOL, "a web server's page" },
	{ " \n<!DOCTYPE html>", 502, false, REGISTRY_CODE_NONE, "", REGISTRY_FAILED,
	  "and one with blanks before it" },
	{ "Not found here\n", 404, false, REGISTRY_CODE_NONE, "Not found here", REGISTRY_PROTOCOL,
	  "more words" },
	{ "\n\n  not found\n\n", 404, false, REGISTRY_CODE_NONE, "not found", REGISTRY_NOT_FOUND,
	  "blank lines" },
	{ "line one \r\nline two", 500, false, REGISTRY_CODE_NONE, "line one", REGISTRY_FAILED,
	  "the first line" },
	{ "a\x1b[31mb", 500, false, REGISTRY_CODE_NONE, "a?[31mb", REGISTRY_FAILED,
	  "an escape sequence" },
	{ "\xff\xfe", 500, false, REGISTRY_CODE_NONE, "", REGISTRY_FAILED, "no text" },
	{ "{\"errors\":", 500, false, REGISTRY_CODE_NONE, "", REGISTRY_FAILED, "cut off" },
	{ "{\"errors\":[]}", 404, false, REGISTRY_CODE_NONE, "", REGISTRY_PROTOCOL, "no error" },
	{ "{\"errors\":null}", 404, false, REGISTRY_CODE_NONE, "", REGISTRY_PROTOCOL, "null" },
	{ "{\"errors\":[7]}", 404, false, REGISTRY_CODE_NONE, "", REGISTRY_PROTOCOL, "a number" },
	{ "[]", 404, false, REGISTRY_CODE_NONE, "[]", REGISTRY_PROTOCOL, "a list" },
	{ "{\"errors\":[{\"message\":\"x\"}]}", 400, false, REGISTRY_CODE_OTHER, "x",
	  REGISTRY_FAILED, "no code" },
	{ "{\"errors\":[{\"code\":\"DENIED\"}]}", 400, false, REGISTRY_CODE_DENIED, "DENIED",
	  REGISTRY_FAILED, "no message" },
	{ "{\"errors\":[{\"code\":7,\"message\":[]}]}", 400, false, REGISTRY_CODE_OTHER, "",
	  REGISTRY_FAILED, "other types" },
	{ "{\"errors\":[{\"code\":\"X\"},{\"code\":\"DENIED\",\"message\":\"d\"}]}", 403, false,
	  REGISTRY_CODE_DENIED, "DENIED: d", REGISTRY_DENIED, "the one that we know" },
	{ "{\"errors\":[{\"code\":\"A\\nB\",\"message\":\"c\\td\"}]}", 400, false,
	  REGISTRY_CODE_OTHER, "A?B: c?d", REGISTRY_FAILED, "control characters" },
};

START_TEST(reads)
{
	struct registry_error e;

	registry_error_read(&e, rows[_i].body, strlen(rows[_i].body));
	ck_assert_msg(e.code == rows[_i].code, "%s: %d", rows[_i].why, (int)e.code);
	ck_assert_msg(strcmp(e.message, rows[_i].message) == 0, "%s: %s", rows[_i].why, e.message);
	ck_assert_msg(registry_error_outcome(&e, rows[_i].status, rows[_i].head) ==
			      rows[_i].outcome,
		      "%s: %d", rows[_i].why,
		      (int)registry_error_outcome(&e, rows[_i].status, rows[_i].head));
}
END_TEST

START_TEST(nul_within)
{
	struct registry_error e;

	registry_error_read(&e, "not found\0x", 11);
	ck_assert(!*e.message && !e.not_found);
}
END_TEST

static char *of_length(const char *what, size_t count)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	for (size_t i = 0; i < count; i++)
		buf_str(&out, what);
	return buf_take(&out);
}

START_TEST(cuts)
{
	struct registry_error e;
	scoped_str fits = of_length("a", REGISTRY_ERROR_MESSAGE - 1);
	scoped_str longer = of_length("a", REGISTRY_ERROR_MESSAGE);
	scoped_str wide = of_length("\xf0\x9f\x90\xb3", REGISTRY_ERROR_MESSAGE);
	scoped_str huge = of_length("b", REGISTRY_ERROR_MAX + 1);

	registry_error_read(&e, fits, strlen(fits));
	ck_assert_str_eq(e.message, fits);
	registry_error_read(&e, longer, strlen(longer));
	ck_assert_uint_eq(strlen(e.message), REGISTRY_ERROR_MESSAGE - 1);
	ck_assert_str_eq(e.message + 252, "\xe2\x80\xa6");
	registry_error_read(&e, wide, strlen(wide));
	ck_assert(utf8_is_valid(e.message) && strlen(e.message) == 252 + 3);
	registry_error_read(&e, huge, strlen(huge));
	ck_assert_uint_eq(strlen(e.message), REGISTRY_ERROR_MESSAGE - 1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("registry_error");
	TCase *t = tcase_create("registry_error");

	tcase_add_loop_test(t, reads, 0, (int)array_len(rows));
	tcase_add_test(t, nul_within);
	tcase_add_test(t, cuts);
	suite_add_tcase(s, t);
	return s;
}
