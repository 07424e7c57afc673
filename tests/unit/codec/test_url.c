/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdint.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/codec/url.h"

static const struct {
	const char *text, *host;
	int port;
	const char *path, *query, *again;
	const char *why;
} good[] = {
	{ "https://ci.example.com", "ci.example.com", 443, "/", NULL, "https://ci.example.com/",
	  "a host alone" },
	{ "https://ci.example.com/", "ci.example.com", 443, "/", NULL, "https://ci.example.com/",
	  "and a slash" },
	{ "https://CI.example.com:8443/A/b?c=D&e=%20f", "ci.example.com", 8443, "/A/b",
	  "c=D&e=%20f", "https://ci.example.com:8443/A/b?c=D&e=%20f", "all parts" },
	{ "https://127.0.0.1:5000?a", "127.0.0.1", 5000, "/", "a", "https://127.0.0.1:5000/?a",
	  "a query without a path" },
	{ "https://[::1]:5000/x", "::1", 5000, "/x", NULL, "https://[::1]:5000/x", "version 6" },
	{ "https://[2001:DB8::1]", "2001:db8::1", 443, "/", NULL, "https://[2001:db8::1]/",
	  "version 6 without a port" },
	{ "https://[2001:db8:0:0:0:0:0:1]", "2001:db8::1", 443, "/", NULL, "https://[2001:db8::1]/",
	  "in its one form" },
	{ "http://h", "h", 80, "/", NULL, "http://h/", "http" },
	{ "HTTPS://h", "h", 443, "/", NULL, "https://h/", "the scheme's case" },
	{ "https://h:443/", "h", 443, "/", NULL, "https://h/", "the scheme's port" },
	{ "http://h:80/", "h", 80, "/", NULL, "http://h/", "http's" },
	{ "http://h:443/", "h", 443, "/", NULL, "http://h:443/", "the other one's" },
	{ "https://h:/", "h", 443, "/", NULL, "https://h/", "RFC 3986: no digits, no port" },
	{ "https://h/?", "h", 443, "/", "", "https://h/?", "an empty query" },
	{ "https://h/a/./b/../c", "h", 443, "/a/c", NULL, "https://h/a/c", "dots" },
	{ "https://h/a/%2e%2E/c", "h", 443, "/c", NULL, "https://h/c", "escaped dots" },
	{ "https://h/../../c", "h", 443, "/c", NULL, "https://h/c", "more dots than folders" },
	{ "https://h//a//", "h", 443, "//a//", NULL, "https://h//a//", "slashes" },
	{ "https://h/@a:b", "h", 443, "/@a:b", NULL, "https://h/@a:b", "@ in a path" },
	{ "https://h?u=a@b/c?d", "h", 443, "/", "u=a@b/c?d", "https://h/?u=a@b/c?d",
	  "/, ? and @ in a query" },
	{ "https://a_b.example./x", "a_b.example.", 443, "/x", NULL, "https://a_b.example./x",
	  "an underscore; a dot at the end" },
	{ "https://1.2.3.4.example", "1.2.3.4.example", 443, "/", NULL, "https://1.2.3.4.example/",
	  "a name that begins with numbers" },
	{ "https://0x7f.example", "0x7f.example", 443, "/", NULL, "https://0x7f.example/",
	  "hex in front" },
};

START_TEST(reads)
{
	struct error err = ERROR_INIT;
	scoped_url url = { 0 };
	scoped_url again = { 0 };

	ck_assert_msg(url_parse(&url, good[_i].text, &err) == 0, "%s: %s", good[_i].why, err.text);
	ck_assert_str_eq(url.host, good[_i].host);
	ck_assert_int_eq(url.port, good[_i].port);
	ck_assert_str_eq(url.path, good[_i].path);
	ck_assert_pstr_eq(url.query, good[_i].query);
	scoped_str text = url_format(&url);

	ck_assert_str_eq(text, good[_i].again);
	ck_assert_int_eq(url_parse(&again, text, &err), 0);
	ck_assert(url_same_origin(&url, &again));
}
END_TEST

static const char *const bad[] = {
	"",
	"ci.example.com",
	"https:ci.example.com",
	"https:/ci.example.com",
	"https//ci.example.com",
	"//ci.example.com",
	"https://",
	"https:///path",
	"https://?query",
	"https://user@ci.example.com",
	"https://user:pw@ci.example.com",
	"https://:pw@ci.example.com",
	"https://ci.example.com@evil.org",
	"https://ci.example.com:443@evil.org",
	"https://ci.example.com\\@evil.org",
	"https://evil.org\\.ci.example.com",
	"https://evil.org#ci.example.com",
	"https://ci.example.com/#a",
	"https://ci.example.com /",
	" https://ci.example.com/",
	"https://ci.example.com/a b",
	"https://ci.example.com/\n",
	"https://ci.example.com/\tX: y",
	"https://ci.example.com/\x7f",
	"https://ci.example.com/\xc3\xa9",
	"https://c\xc3\xaf.example.com",
	"https://ci%2eexample.com",
	"https://[fe80::1%25eth0]/",
	"https://[fe80::1%eth0]/",
	"https://::1/",
	"https://[::1",
	"https://[::1]x/",
	"https://[ci.example.com]/",
	"https://[127.0.0.1]/",
	"https://[v1.x]/",
	"https://.example.com/",
	"https://-a.example.com/",
	"https://a..example.com/",
	"https://./",
	"https://ci.example.com:0",
	"https://ci.example.com:65536",
	"https://ci.example.com:999999",
	"https://ci.example.com:443:443",
	"https://ci.example.com:4x",
	"https://ci.example.com:-1",
	"https://ci.example.com:+1",
	"https://{ci}.example.com",
	"https://a,b/",
	"https://a;b/",
	"https://a!b/",
	"https://2130706433/",
	"https://127.1/",
	"https://0177.0.0.1/",
	"https://0x7f000001/",
	"https://0x7f.0.0.0x1/",
	"https://127.0.0.1./",
	"https://256.0.0.1/",
	"https://1.2.3.4.5/",
	"https://a.b.1/",
	"https://0x/",
	"file:///etc/passwd",
	"gopher://ci.example.com",
	"httpss://ci.example.com",
	"unix:/var/run/docker.sock",
};

START_TEST(refuses)
{
	struct error err = ERROR_INIT;
	scoped_url url = { 0 };

	ck_assert_msg(url_parse(&url, bad[_i], &err) == -1, "%s", bad[_i]);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert(!url.host && !url.path);
}
END_TEST

START_TEST(https_only)
{
	struct error err = ERROR_INIT;
	scoped_url url = { 0 };

	ck_assert_int_eq(url_parse_https(&url, "http://h/", &err), -1);
	ck_assert_str_eq(err.text, "\"http://h/\" is no https:// address");
	ck_assert_ptr_null(url.host);
	ck_assert_int_eq(url_parse_https(&url, "https://h/", &err), 0);
}
END_TEST

static char *with_host(size_t len)
{
	scoped_str host = xmalloc(len + 1);

	memset(host, 'a', len);
	host[len] = '\0';
	return xasprintf("https://%s/", host);
}

START_TEST(limits)
{
	struct error err = ERROR_INIT;
	scoped_url url = { 0 };
	scoped_url other = { 0 };
	scoped_str text = xasprintf("https://h/%*d", URL_MAX - 10, 1);
	scoped_str host = with_host(255);
	scoped_str longer = with_host(256);

	for (char *c = text; *c; c++)
		*c = *c == ' ' ? 'a' : *c;
	ck_assert_uint_eq(strlen(text), URL_MAX);
	ck_assert_int_eq(url_parse(&url, text, &err), 0);
	str_replace(&text, xasprintf("%sa", text));
	ck_assert_int_eq(url_parse(&other, text, &(struct error)ERROR_INIT), -1);
	ck_assert_int_eq(url_resolve(&other, &url, text, &(struct error)ERROR_INIT), -1);
	ck_assert_int_eq(url_parse(&other, longer, &(struct error)ERROR_INIT), -1);
	ck_assert_int_eq(url_parse(&other, host, &err), 0);
}
END_TEST

/* RFC 3986 §5.4, as far as it is http. */
#define RFC "http://a/b/c/d;p?q"

static const struct {
	const char *base, *reference, *url; /* NULL: refused */
	const char *why;
} resolved[] = {
	{ RFC, "g:h", NULL, "another scheme" },
	{ RFC, "g", "http://a/b/c/g", "RFC" },
	{ RFC, "./g", "http://a/b/c/g", "RFC" },
	{ RFC, "g/", "http://a/b/c/g/", "RFC" },
	{ RFC, "/g", "http://a/g", "RFC" },
	{ RFC, "//g", "http://g/", "RFC; an empty path is a slash" },
	{ RFC, "?y", "http://a/b/c/d;p?y", "RFC" },
	{ RFC, "g?y", "http://a/b/c/g?y", "RFC" },
	{ RFC, "#s", "http://a/b/c/d;p?q", "RFC; fragments are left out" },
	{ RFC, "g#s", "http://a/b/c/g", "RFC" },
	{ RFC, "g?y#s", "http://a/b/c/g?y", "RFC" },
	{ RFC, ";x", "http://a/b/c/;x", "RFC" },
	{ RFC, "g;x", "http://a/b/c/g;x", "RFC" },
	{ RFC, "g;x?y#s", "http://a/b/c/g;x?y", "RFC" },
	{ RFC, "", "http://a/b/c/d;p?q", "RFC" },
	{ RFC, ".", "http://a/b/c/", "RFC" },
	{ RFC, "./", "http://a/b/c/", "RFC" },
	{ RFC, "..", "http://a/b/", "RFC" },
	{ RFC, "../", "http://a/b/", "RFC" },
	{ RFC, "../g", "http://a/b/g", "RFC" },
	{ RFC, "../..", "http://a/", "RFC" },
	{ RFC, "../../", "http://a/", "RFC" },
	{ RFC, "../../g", "http://a/g", "RFC" },
	{ RFC, "../../../g", "http://a/g", "RFC: abnormal" },
	{ RFC, "../../../../g", "http://a/g", "RFC: abnormal" },
	{ RFC, "/./g", "http://a/g", "RFC: abnormal" },
	{ RFC, "/../g", "http://a/g", "RFC: abnormal" },
	{ RFC, "g.", "http://a/b/c/g.", "RFC: abnormal" },
	{ RFC, ".g", "http://a/b/c/.g", "RFC: abnormal" },
	{ RFC, "g..", "http://a/b/c/g..", "RFC: abnormal" },
	{ RFC, "..g", "http://a/b/c/..g", "RFC: abnormal" },
	{ RFC, "./../g", "http://a/b/g", "RFC: abnormal" },
	{ RFC, "./g/.", "http://a/b/c/g/", "RFC: abnormal" },
	{ RFC, "g/./h", "http://a/b/c/g/h", "RFC: abnormal" },
	{ RFC, "g/../h", "http://a/b/c/h", "RFC: abnormal" },
	{ RFC, "g;x=1/./y", "http://a/b/c/g;x=1/y", "RFC: abnormal" },
	{ RFC, "g;x=1/../y", "http://a/b/c/y", "RFC: abnormal" },
	{ RFC, "g?y/./x", "http://a/b/c/g?y/./x", "RFC: abnormal" },
	{ RFC, "g?y/../x", "http://a/b/c/g?y/../x", "RFC: abnormal" },
	{ RFC, "g#s/../x", "http://a/b/c/g", "RFC: abnormal" },
	{ RFC, "http:g", NULL, "RFC: for strict parsers another kind of address" },
	{ "https://r.example/v2/a/tags/list?n=2", "/v2/a/tags/list?last=b&n=2",
	  "https://r.example/v2/a/tags/list?last=b&n=2", "a page" },
	{ "https://r.example", "token", "https://r.example/token", "a base without a path" },
	{ "https://r.example:5000/v2/", "//s.example/x", "https://s.example/x",
	  "another host: its own port" },
	{ "http://r.example/", "https://r.example/", "https://r.example/", "another scheme" },
	{ "https://r.example/", "//u@s.example/", NULL, "a user" },
	{ "https://r.example/", "/\\evil.org", NULL, "a backslash" },
	{ "https://r.example/", "\\\\evil.org/", NULL, "two of them" },
	{ "https://r.example/", "/a\r\nX: y", NULL, "a line of its own" },
	{ "https://r.example/", "ftp://r.example/", NULL, "another scheme" },
	{ "https://r.example/a", "b:c", NULL, "what looks like a scheme" },
	{ "https://r.example/a", "./b:c", "https://r.example/b:c", "what does not" },
	{ "https://r.example/a", "1:c", "https://r.example/1:c", "no scheme begins so" },
	{ "https://r.example/", "//[::1]:80/", "https://[::1]:80/", "version 6" },
};

START_TEST(resolves)
{
	struct error err = ERROR_INIT;
	scoped_url base = { 0 };
	scoped_url url = { 0 };

	ck_assert_int_eq(url_parse(&base, resolved[_i].base, &err), 0);
	int rc = url_resolve(&url, &base, resolved[_i].reference, &err);

	ck_assert_msg(rc == (resolved[_i].url ? 0 : -1), "%s: %s", resolved[_i].reference,
		      err.text);
	if (rc < 0) {
		ck_assert(err.kind == ERROR_INPUT && !url.host);
		return;
	}
	scoped_str text = url_format(&url);

	ck_assert_msg(strcmp(text, resolved[_i].url) == 0, "%s: %s", resolved[_i].reference, text);
}
END_TEST

static const struct {
	const char *a, *b;
	bool origin, host;
} pairs[] = {
	{ "https://a.example/x", "https://a.example/y?z", true, true },
	{ "https://a.example", "https://A.EXAMPLE:443", true, true },
	{ "https://a.example", "https://a.example:8443", false, true },
	{ "https://a.example", "http://a.example:443", false, true },
	{ "https://a.example", "https://a.example.", false, false },
	{ "https://a.example", "https://a.example.org", false, false },
	{ "https://a.example", "https://b.a.example", false, false },
	{ "https://[::1]", "https://[::2]", false, false },
	{ "https://[::1]", "https://[0::1]", true, true },
};

START_TEST(same)
{
	struct error err = ERROR_INIT;
	scoped_url a = { 0 };
	scoped_url b = { 0 };

	ck_assert_int_eq(url_parse(&a, pairs[_i].a, &err), 0);
	ck_assert_int_eq(url_parse(&b, pairs[_i].b, &err), 0);
	ck_assert_msg(url_same_origin(&a, &b) == pairs[_i].origin, "%s %s", pairs[_i].a,
		      pairs[_i].b);
	ck_assert_msg(url_same_host(&a, &b) == pairs[_i].host, "%s %s", pairs[_i].a, pairs[_i].b);
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
	{ "http://a.example.com/", false },
};

START_TEST(below)
{
	struct error err = ERROR_INIT;
	scoped_url url = { 0 };

	ck_assert_int_eq(url_parse(&url, places[_i].text, &err), 0);
	ck_assert_msg(url_is_below(&url, "example.com") == places[_i].below, "%s", places[_i].text);
}
END_TEST

static const struct {
	const char *text, *origin, *authority;
} names[] = {
	{ "https://h/x", "https://h", "h" },
	{ "https://h:5000/x", "https://h:5000", "h:5000" },
	{ "http://h:443/x", "http://h:443", "h:443" },
	{ "http://[::1]/", "http://[::1]", "[::1]" },
	{ "http://[::1]:1/", "http://[::1]:1", "[::1]:1" },
};

START_TEST(names_of_it)
{
	struct error err = ERROR_INIT;
	scoped_url url = { 0 };

	ck_assert_int_eq(url_parse(&url, names[_i].text, &err), 0);
	scoped_str origin = url_origin(&url);
	scoped_str authority = url_authority(&url);

	ck_assert_str_eq(origin, names[_i].origin);
	ck_assert_str_eq(authority, names[_i].authority);
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
	tcase_add_test(t, https_only);
	tcase_add_test(t, limits);
	tcase_add_loop_test(t, resolves, 0, (int)array_len(resolved));
	tcase_add_loop_test(t, same, 0, (int)array_len(pairs));
	tcase_add_loop_test(t, below, 0, (int)array_len(places));
	tcase_add_loop_test(t, names_of_it, 0, (int)array_len(names));
	tcase_add_test(t, query);
	suite_add_tcase(s, t);
	return s;
}
