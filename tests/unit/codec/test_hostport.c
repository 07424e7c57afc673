/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/attr.h"
#include "common/codec/hostport.h"

#define LONG_255                                                            \
	"a123456789012345678901234567890123456789012345678901234567890123." \
	"b123456789012345678901234567890123456789012345678901234567890123." \
	"c123456789012345678901234567890123456789012345678901234567890123." \
	"d12345678901234567890123456789012345678901234567890123456789"

static const struct {
	const char *text, *host; /* NULL: refused */
	int port;
	const char *why;
} rows[] = {
	{ "time.example.com", "time.example.com", 123, "a name" },
	{ "time.example.com:1123", "time.example.com", 1123, "a name and a port" },
	{ "my_host-1", "my_host-1", 123, "what people call their machines" },
	{ "192.0.2.1", "192.0.2.1", 123, "v4" },
	{ "192.0.2.1:1", "192.0.2.1", 1, "the first port" },
	{ "192.0.2.1:65535", "192.0.2.1", 65535, "the last port" },
	{ "[2001:db8::1]:1123", "2001:db8::1", 1123, "v6 and a port" },
	{ "[::1]", "::1", 123, "v6 in brackets" },
	{ "::1", "::1", 123, "v6 without" },
	{ "2001:db8::1:123", "2001:db8::1:123", 123, "without brackets it is all address" },
	{ "[::ffff:192.0.2.1]", "::ffff:192.0.2.1", 123, "v4 within v6" },
	{ "[fe80::1%eth0]:5", "fe80::1%eth0", 5, "a zone" },
	{ "fe80::1%eth0", "fe80::1%eth0", 123, "a zone without brackets" },
	{ LONG_255, LONG_255, 123, "255 characters" },
	{ LONG_255 "x", NULL, 0, "256 characters" },
	{ "", NULL, 0, "nothing" },
	{ ":123", NULL, 0, "a port of nobody" },
	{ "host:", NULL, 0, "a colon without a port" },
	{ "host:0", NULL, 0, "port 0" },
	{ "host:65536", NULL, 0, "past the last port" },
	{ "host:000123", NULL, 0, "six digits" },
	{ "host:12a", NULL, 0, "a port with a letter" },
	{ "host:-1", NULL, 0, "a sign" },
	{ "[::1", NULL, 0, "no closing bracket" },
	{ "[::1]123", NULL, 0, "no colon behind the bracket" },
	{ "[::1]:", NULL, 0, "no port behind the bracket" },
	{ "[]", NULL, 0, "empty brackets" },
	{ "[host]", NULL, 0, "a name in brackets" },
	{ "[1234]", NULL, 0, "digits without a colon" },
	{ "[::1%]", NULL, 0, "an empty zone" },
	{ "time:b:c", NULL, 0, "two colons, and no address" },
	{ "two words", NULL, 0, "a blank" },
	{ "host/path", NULL, 0, "a path" },
	{ "user@host", NULL, 0, "a user" },
	{ "-h", NULL, 0, "a flag" },
	{ ".host", NULL, 0, "an empty label" },
	{ "h\x1b[2J", NULL, 0, "control characters" },
};

START_TEST(parse)
{
	struct host_port out = { .port = -1 };
	struct error err = ERROR_INIT;
	int rc = host_port_parse(&out, rows[_i].text, 123, &err);

	if (rows[_i].host) {
		ck_assert_msg(rc == 0, "%s: %s", rows[_i].why, err.text);
		ck_assert_msg(strcmp(out.host, rows[_i].host) == 0 && out.port == rows[_i].port,
			      "%s: %s %d", rows[_i].why, out.host, out.port);
		return;
	}
	ck_assert_msg(rc == -1 && err.kind == ERROR_USAGE && out.port == -1, "%s", rows[_i].why);
	ck_assert_msg(!strchr(err.text, '\x1b'), "%s", rows[_i].why);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("hostport");
	TCase *tc = tcase_create("parse");

	tcase_add_loop_test(tc, parse, 0, (int)array_len(rows));
	suite_add_tcase(s, tc);
	return s;
}
