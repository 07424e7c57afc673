/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/alloc.h"
#include "credhelper/attest/url.h"

static const struct {
	const char *text, *host;
	int port;
} good[] = {
	{ "https://ci.example.com", "ci.example.com", 443 },
	{ "https://ci.example.com/", "ci.example.com", 443 },
	{ "https://CI.example.com:8443/a/b?c=d&e=%20f", "CI.example.com", 8443 },
	{ "https://127.0.0.1:5000?a", "127.0.0.1", 5000 },
	{ "https://[::1]:5000/x", "::1", 5000 },
	{ "https://[2001:db8::1]", "2001:db8::1", 443 },
};

START_TEST(reads)
{
	struct error err = ERROR_INIT;
	struct url url;

	ck_assert_msg(url_read(&url, good[_i].text, &err) == 0, "%s", err.text);
	ck_assert_str_eq(url.at.host, good[_i].host);
	ck_assert_int_eq(url.at.port, good[_i].port);
}
END_TEST

static const char *const bad[] = {
	"",
	"ci.example.com",
	"http://ci.example.com",
	"HTTPS://ci.example.com",
	"https:ci.example.com",
	"https:/ci.example.com",
	"https://",
	"https:///path",
	"https://?query",
	"https://user@ci.example.com",
	"https://user:pw@ci.example.com",
	"https://ci.example.com@evil.org",
	"https://evil.org/@ci.example.com",
	"https://ci.example.com#@evil.org",
	"https://ci.example.com\\@evil.org",
	"https://ci.example.com/a#b",
	"https://ci.example.com/a b",
	"https://ci.example.com/a\r\nX: y",
	"https://ci.example.com/\x7f",
	"https://ci.example.com/\xc3\xa9",
	"https://c\xc3\xaf.example.com",
	"https://ci%2eexample.com",
	"https://[fe80::1%25eth0]/",
	"https://::1/",
	"https://.example.com/",
	"https://ci.example.com:",
	"https://ci.example.com:0",
	"https://ci.example.com:65536",
	"https://ci.example.com:443:443",
	"https://ci.example.com:4x",
	"https://{ci}.example.com",
	"file:///etc/passwd",
	"gopher://ci.example.com",
};

START_TEST(refuses)
{
	struct error err = ERROR_INIT;
	struct url url;

	ck_assert_msg(url_read(&url, bad[_i], &err) == -1, "%s", bad[_i]);
	ck_assert_int_eq(err.kind, ERROR_USAGE);
}
END_TEST

static const struct {
	const char *a, *b;
	bool same;
} pairs[] = {
	{ "https://a.example/x", "https://a.example/y?z", true },
	{ "https://a.example", "https://A.EXAMPLE:443", true },
	{ "https://a.example", "https://a.example:8443", false },
	{ "https://a.example", "https://a.example.org", false },
	{ "https://a.example", "https://b.a.example", false },
	{ "https://[::1]", "https://[::2]", false },
};

START_TEST(same_host)
{
	struct error err = ERROR_INIT;
	struct url a, b;

	ck_assert_int_eq(url_read(&a, pairs[_i].a, &err), 0);
	ck_assert_int_eq(url_read(&b, pairs[_i].b, &err), 0);
	ck_assert_msg(url_same_host(&a, &b) == pairs[_i].same, "%s %s", pairs[_i].a, pairs[_i].b);
}
END_TEST

static const struct {
	const char *text;
	bool below;
} places[] = {
	{ "https://a.example.com/", true },
	{ "https://a.b.EXAMPLE.com/", true },
	{ "https://example.com/", false },
	{ "https://aexample.com/", false },
	{ "https://a.example.com.evil.org/", false },
	{ "https://a.example.com:8443/", false },
};

START_TEST(below)
{
	struct error err = ERROR_INIT;
	struct url url;

	ck_assert_int_eq(url_read(&url, places[_i].text, &err), 0);
	ck_assert_msg(url_is_below(&url, "example.com") == places[_i].below, "%s", places[_i].text);
}
END_TEST

START_TEST(query)
{
	scoped_buf text;

	buf_init(&text, SIZE_MAX);
	buf_str(&text, "https://a/b");
	url_add_query(&text, "audience", "a b&c=d/\xc3\xa9~");
	ck_assert_str_eq(text.data, "https://a/b?audience=a%20b%26c%3Dd%2F%C3%A9~");
	url_add_query(&text, "x", "1");
	ck_assert_str_eq(text.data, "https://a/b?audience=a%20b%26c%3Dd%2F%C3%A9~&x=1");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("url");
	TCase *t = tcase_create("url");

	tcase_add_loop_test(t, reads, 0, (int)array_len(good));
	tcase_add_loop_test(t, refuses, 0, (int)array_len(bad));
	tcase_add_loop_test(t, same_host, 0, (int)array_len(pairs));
	tcase_add_loop_test(t, below, 0, (int)array_len(places));
	tcase_add_test(t, query);
	suite_add_tcase(s, t);
	return s;
}
