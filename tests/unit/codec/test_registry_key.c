/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/codec/registry_key.h"

static const struct {
	const char *text, *name; /* NULL: opaque */
	const char *path;
	bool loopback;
	const char *why;
} names[] = {
	{ "https://index.docker.io/v1/", "docker.io", "", false, "the Hub, as docker asks" },
	{ "docker.io", "docker.io", "", false, "as podman asks" },
	{ "index.docker.io", "docker.io", "", false, "as older tools ask" },
	{ "registry-1.docker.io", "docker.io", "", false, "as buildx's folders are called" },
	{ "https://registry-1.docker.io/v2/", "docker.io", "", false, "its API" },
	{ "INDEX.Docker.IO:443", "docker.io", "", false, "case and port of the scheme" },
	{ "index.docker.io/me/app", "docker.io/me/app", "me/app", false, "as crane asks" },
	{ "https://index.docker.io/v1/refresh-token", "docker.io/v1/refresh-token",
	  "v1/refresh-token", false, "a token of the device flow" },
	{ "https://index.docker.io/v1//access-token", "docker.io/v1/access-token",
	  "v1/access-token", false, "as older Desktops write it" },
	{ "index.docker.io:5000", "index.docker.io:5000", "", false, "another port, another one" },
	{ "http://docker.io", "http://docker.io", "", false, "without TLS it is not the Hub" },
	{ "hub.docker.io", "hub.docker.io", "", false, "not one of the three" },
	{ "Reg.Example.COM", "reg.example.com", "", false, "case of the host" },
	{ "reg.example.com/Org/App", "reg.example.com/Org/App", "Org/App", false, "of the path" },
	{ "https://reg.example.com", "reg.example.com", "", false, "https" },
	{ "HTTPS://reg.example.com/", "reg.example.com", "", false, "its case, a slash" },
	{ "//reg.example.com:2376", "reg.example.com:2376", "", false, "no word for the scheme" },
	{ "reg.example.com:443", "reg.example.com", "", false, "as docker keeps it" },
	{ "https://reg.example.com:443/v2", "reg.example.com", "", false, "v2 alone" },
	{ "reg.example.com:80", "reg.example.com:80", "", false, "80 is not https's" },
	{ "http://reg.example.com:80/", "http://reg.example.com", "", false, "but http's" },
	{ "http://reg.example.com:443", "http://reg.example.com:443", "", false, "443 is not" },
	{ "reg.example.com/v2/app", "reg.example.com/v2/app", "v2/app", false, "v2 and more" },
	{ "reg.example.com//a///b//", "reg.example.com/a/b", "a/b", false, "slashes" },
	{ "localhost:5000", "localhost:5000", "", true, "loopback by name" },
	{ "http://LOCALHOST", "http://localhost", "", true, "with http" },
	{ "127.0.0.1:5999/a", "127.0.0.1:5999/a", "a", true, "by address" },
	{ "127.255.3.4", "127.255.3.4", "", true, "all of 127/8" },
	{ "[::1]:5000", "[::1]:5000", "", true, "v6" },
	{ "[::1]", "[::1]", "", true, "v6 without a port" },
	{ "[2001:DB8::1]:5000", "[2001:db8::1]:5000", "", false, "v6 elsewhere" },
	{ "[::12]", "[::12]", "", false, "begins like loopback" },
	{ "127.1", "127.1", "", false, "no address that docker would know" },
	{ "127.0.0.1.example.com", "127.0.0.1.example.com", "", false, "a name, and not ours" },
	{ "localhost.example.com", "localhost.example.com", "", false, "neither" },
	{ "pycreds_test_1a2b", "pycreds_test_1a2b", "", false, "docker-py's tests" },
	{ "reg.example.com.", "reg.example.com.", "", false, "a dot at the end stays" },
	{ "reg:05000", NULL, NULL, false, "a zero in front of a port" },
	{ "reg:0", NULL, NULL, false, "port 0" },
	{ "reg:65536", NULL, NULL, false, "past the last port" },
	{ "reg:", NULL, NULL, false, "no port" },
	{ "reg:a", NULL, NULL, false, "a port of letters" },
	{ "::1", NULL, NULL, false, "v6 without brackets" },
	{ "[::1", NULL, NULL, false, "an open bracket" },
	{ "[localhost]", NULL, NULL, false, "a name in brackets" },
	{ "[::1]x", NULL, NULL, false, "something behind it" },
	{ "ftp://reg.example.com", NULL, NULL, false, "another scheme" },
	{ "https://", NULL, NULL, false, "no host" },
	{ "/org/app", NULL, NULL, false, "no host, and a path" },
	{ "", NULL, NULL, false, "nothing" },
	{ "https://reg@evil.example", NULL, NULL, false, "a user" },
	{ "https://evil.example\\@reg", NULL, NULL, false, "a backslash" },
	{ "https://foo.com?bar=baz", NULL, NULL, false, "a query" },
	{ "https://foo.com#frag", NULL, NULL, false, "a fragment" },
	{ "reg.example.com/a/../b", NULL, NULL, false, "dots" },
	{ "reg.example.com/./b", NULL, NULL, false, "a dot" },
	{ "reg.example.com/%2e%2e", NULL, NULL, false, "escapes" },
	{ "reg.example.com /a", NULL, NULL, false, "a blank" },
	{ "r\xc3\xa9g.example", NULL, NULL, false, "no ASCII" },
	{ "reg\x01", NULL, NULL, false, "a control character" },
	{ "-reg", NULL, NULL, false, "a flag" },
	{ "Registry credentials for reg.example:5000", NULL, NULL, false, "a label" },
};

START_TEST(name)
{
	scoped_registry_key key = { 0 };

	registry_key_read(&key, names[_i].text);
	ck_assert_str_eq(key.raw, names[_i].text);
	ck_assert_msg(key.opaque == !names[_i].name, "%s: %s", names[_i].why, key.name);
	ck_assert_msg(strcmp(key.name, names[_i].name ? names[_i].name : key.raw) == 0, "%s: %s",
		      names[_i].why, key.name);
	ck_assert_msg(strcmp(registry_key_path(&key), names[_i].path ? names[_i].path : "") == 0,
		      "%s: path %s", names[_i].why, registry_key_path(&key));
	ck_assert_msg(registry_key_is_loopback(&key) == names[_i].loopback, "%s", names[_i].why);
}
END_TEST

static const struct {
	const char *stored, *asked;
	unsigned rank;
	const char *why;
} ranks[] = {
	{ "reg", "reg", REGISTRY_RANK_RAW, "the same bytes" },
	{ "ftp://x", "ftp://x", REGISTRY_RANK_RAW, "opaque, and the same bytes" },
	{ "ftp://x", "FTP://x", 0, "opaque, and others" },
	{ "https://reg", "reg", REGISTRY_RANK_NAME, "https is no difference" },
	{ "reg:443", "https://REG/v2/", REGISTRY_RANK_NAME, "nor port, case, path of the API" },
	{ "https://index.docker.io/v1/", "docker.io", REGISTRY_RANK_NAME, "the Hub" },
	{ "http://reg", "reg", 0, "http is" },
	{ "reg", "http://reg", 0, "the other way" },
	{ "reg:5000", "reg", 0, "a port is" },
	{ "reg", "reg:5000", 0, "the other way" },
	{ "reg", "reg/org/app", 1, "the host answers for a repository" },
	{ "reg/org", "reg/org/app", 4, "a prefix better" },
	{ "reg/org/app", "reg/org/app", REGISTRY_RANK_RAW, "itself best" },
	{ "reg/or", "reg/org/app", 0, "whole segments only" },
	{ "reg/org/app/x", "reg/org/app", 0, "not what is below" },
	{ "reg/org", "reg", 0, "nor a repository for the host" },
	{ "reg", "https://reg/org/app", 0, "with a scheme the path counts" },
	{ "reg/org", "https://reg/org/", REGISTRY_RANK_NAME, "and is the same here" },
	{ "https://index.docker.io/v1/", "https://index.docker.io/v1/access-token", 0,
	  "the password is not the token" },
	{ "docker.io", "index.docker.io/me/app", 1, "crane on the Hub" },
	{ "reg", "reg2", 0, "another host" },
	{ "re", "reg", 0, "a shorter one" },
};

START_TEST(rank)
{
	scoped_registry_key stored = { 0 };
	scoped_registry_key asked = { 0 };

	registry_key_read(&stored, ranks[_i].stored);
	registry_key_read(&asked, ranks[_i].asked);
	ck_assert_msg(registry_key_rank(&stored, &asked) == ranks[_i].rank, "%s: %u", ranks[_i].why,
		      registry_key_rank(&stored, &asked));
}
END_TEST

START_TEST(long_text)
{
	scoped_registry_key key = { 0 };
	scoped_str text = xcalloc(1, REGISTRY_KEY_MAX + 2);

	memset(text, 'a', REGISTRY_KEY_MAX);
	registry_key_read(&key, text);
	ck_assert_msg(!key.opaque, "as long as may be");
	registry_key_release(&key);
	text[REGISTRY_KEY_MAX] = 'a';
	registry_key_read(&key, text);
	ck_assert_msg(key.opaque && strcmp(key.name, text) == 0, "one more");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("registry_key");
	TCase *tc = tcase_create("key");

	tcase_add_loop_test(tc, name, 0, (int)array_len(names));
	tcase_add_loop_test(tc, rank, 0, (int)array_len(ranks));
	tcase_add_test(tc, long_text);
	suite_add_tcase(s, tc);
	return s;
}
