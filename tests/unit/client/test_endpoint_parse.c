/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/client/endpoint.h"

#define LONG_PATH                                                                                  \
	"/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaa"                                                                                     \
	"aaaaaaaaaaaaaaa"

/* path, host: NULL as it must be. */
static const struct {
	const char *address;
	enum endpoint_scheme scheme;
	const char *path, *host;
	int port;
	const char *why;
} good[] = {
	{ "", ENDPOINT_UNIX, "/var/run/docker.sock", NULL, 0, "nothing given: docker's default" },
	{ "  \t ", ENDPOINT_UNIX, "/var/run/docker.sock", NULL, 0, "blanks are nothing" },
	{ "unix://", ENDPOINT_UNIX, "/var/run/docker.sock", NULL, 0, "a scheme alone" },
	{ "unix:///x y.sock", ENDPOINT_UNIX, "/x y.sock", NULL, 0, "blanks inside stay" },
	{ " unix:///x ", ENDPOINT_UNIX, "/x", NULL, 0, "blanks around do not" },
	{ "unix://x.sock", ENDPOINT_UNIX, "x.sock", NULL, 0, "relative, as docker allows" },
	{ "unix://@abstract", ENDPOINT_UNIX, "@abstract", NULL, 0, "abstract" },
	{ "unix://" LONG_PATH, ENDPOINT_UNIX, LONG_PATH, NULL, 0, "107 bytes just fit" },
	{ "tcp://", ENDPOINT_TCP, NULL, "localhost", 2375, "docker's default host" },
	{ "tcp://h", ENDPOINT_TCP, NULL, "h", 2375, "docker's default port" },
	{ "tcp://h:", ENDPOINT_TCP, NULL, "h", 2375, "an empty port" },
	{ "tcp://:5", ENDPOINT_TCP, NULL, "localhost", 5, "an empty host" },
	{ "tcp://h:65535", ENDPOINT_TCP, NULL, "h", 65535, "the highest port" },
	{ "tcp://h:1/", ENDPOINT_TCP, NULL, "h", 1, "an empty path" },
	{ "tcp://h:1/a/b/", ENDPOINT_TCP, "/a/b", "h", 1, "a path goes before every request" },
	{ "tcp://[::1]", ENDPOINT_TCP, NULL, "::1", 2375, "IPv6" },
	{ "tcp://[::1]:", ENDPOINT_TCP, NULL, "::1", 2375, "IPv6, empty port" },
	{ "tcp://[fe80::1%eth0]:7", ENDPOINT_TCP, NULL, "fe80::1%eth0", 7, "IPv6 with a zone" },
	{ "h:1", ENDPOINT_TCP, NULL, "h", 1, "no scheme is tcp" },
	{ "127.0.0.1", ENDPOINT_TCP, NULL, "127.0.0.1", 2375, "no scheme, no port" },
	{ "ssh://h", ENDPOINT_SSH, NULL, "h", 0, "ssh" },
	{ "ssh://h/", ENDPOINT_SSH, NULL, "h", 0, "a slash is no socket" },
	{ "ssh://u@h:22", ENDPOINT_SSH, NULL, "u@h", 22, "user and port" },
	{ "ssh://a@dom.ain@h", ENDPOINT_SSH, NULL, "a@dom.ain@h", 0, "a user with @" },
	{ "ssh://@h", ENDPOINT_SSH, NULL, "h", 0, "an empty user" },
	{ "ssh://[::1]:22", ENDPOINT_SSH, NULL, "::1", 22, "ssh over IPv6" },
	{ "ssh://u@h/run/x y.sock", ENDPOINT_SSH, "/run/x y.sock", "u@h", 0, "a socket there" },
};

static void check_str(const char *got, const char *want, const char *why)
{
	ck_assert_msg((!got && !want) || (got && want && strcmp(got, want) == 0),
		      "%s: got %s, want %s", why, got ? got : "NULL", want ? want : "NULL");
}

START_TEST(understood)
{
	scoped_endpoint e = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_msg(endpoint_parse(&e, good[_i].address, &err) == 0, "%s: %s", good[_i].why,
		      err.text);
	ck_assert_msg(e.scheme == good[_i].scheme, "%s", good[_i].why);
	check_str(e.path, good[_i].path, good[_i].why);
	check_str(e.host, good[_i].host, good[_i].why);
	ck_assert_msg(e.port == good[_i].port, "%s: port %d", good[_i].why, e.port);
	ck_assert_ptr_nonnull(e.address);
}
END_TEST

static const struct {
	const char *address, *says, *why;
} refused[] = {
	{ "npipe:////./pipe/docker_engine", "unix://", "Windows" },
	{ "fd://", "unix://", "the daemon's own" },
	{ "http://h:1", "scheme", "docker refuses it too" },
	{ "unix://unix:///x", "two schemes", "twice" },
	{ "unix://" LONG_PATH "a", "108 bytes", "does not fit sun_path" },
	{ "/var/run/docker.sock", "unix:///path", "a path without scheme is localhost to docker" },
	{ "tcp:///var/run/docker.sock", "unix:///path", "a path without host" },
	{ "tcp://h:0", "65535", "port 0" },
	{ "tcp://h:65536", "65535", "port too high" },
	{ "tcp://h:1x", "65535", "port with a letter" },
	{ "tcp://h:-1", "65535", "negative port" },
	{ "tcp://h:99999999999999999999", "65535", "port that overflows" },
	{ "tcp://h h:1", "host", "blank in the host" },
	{ "tcp://a:b:c", "IPv6", "two colons without brackets" },
	{ "tcp://[::1", "IPv6", "bracket not closed" },
	{ "tcp://[h]:1", "IPv6", "brackets around a name" },
	{ "tcp://[::1]x", "IPv6", "something after the bracket" },
	{ "tcp://u:p@h:1", "no user or password", "credentials" },
	{ "tcp://h:1?x=y", "query", "query" },
	{ "tcp://h:1/#f", "fragment", "fragment" },
	{ "tcp://h:1/a//b", "path", "an empty part of the path" },
	{ "tcp://h:1/a b", "path", "a blank in the path" },
	{ "tcp://h\r\nX: y", "control", "a header smuggled in" },
	{ "ssh://", "host", "no host" },
	{ "ssh://u@", "host", "user without host" },
	{ "ssh://-oProxyCommand=x", "\"-\"", "an option as host" },
	{ "ssh://-oProxyCommand=x/", "\"-\"", "an option as host, with a slash" },
	{ "ssh://u@-oProxyCommand=x", "\"-\"", "an option as host behind a user" },
	{ "ssh://-l@h", "\"-\"", "an option as user" },
	{ "ssh://u:secret@h", "password", "a password" },
	{ "ssh://u:@h", "password", "an empty password" },
	{ "ssh://h?x", "query", "query" },
	{ "ssh://h/#x", "fragment", "fragment" },
	{ "ssh://h;reboot", "host", "shell in the host" },
	{ "ssh://$(reboot)@h", "user", "shell in the user" },
	{ "ssh://h:x", "port", "port" },
};

START_TEST(not_understood)
{
	struct endpoint e = { .port = 77 };
	struct error err = ERROR_INIT;

	ck_assert_msg(endpoint_parse(&e, refused[_i].address, &err) == -1, "%s", refused[_i].why);
	ck_assert_int_eq(err.kind, ERROR_USAGE);
	ck_assert_msg(strstr(err.text, refused[_i].says) != NULL, "%s: %s", refused[_i].why,
		      err.text);
	ck_assert_msg(!strstr(err.text, "secret"), "%s", err.text);
	ck_assert_msg(e.port == 77 && !e.address, "outputs are untouched");
}
END_TEST

START_TEST(copies_are_whole)
{
	scoped_endpoint e = { 0 };
	scoped_endpoint copy = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_int_eq(endpoint_parse(&e, "ssh://u@h:5/x", &err), 0);
	strings_add(&e.headers, "A: b");
	e.api_version = xstrdup("1.41");
	endpoint_copy(&copy, &e);
	ck_assert_str_eq(copy.address, e.address);
	ck_assert_str_eq(copy.host, e.host);
	ck_assert_str_eq(copy.path, e.path);
	ck_assert_str_eq(copy.api_version, "1.41");
	ck_assert_int_eq(copy.port, 5);
	ck_assert_uint_eq(copy.headers.count, 1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("endpoint_parse");
	TCase *t = tcase_create("parse");

	tcase_add_loop_test(t, understood, 0, (int)array_len(good));
	tcase_add_loop_test(t, not_understood, 0, (int)array_len(refused));
	tcase_add_test(t, copies_are_whole);
	suite_add_tcase(s, t);
	return s;
}
