/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/codec/no_proxy.h"

/* golang.org/x/net's http/httpproxy/proxy_test.go: its list, and who is in it at port 80. */
#define LIST                                                                                    \
	"foobar.com, .barbaz.net, *.wildcard.io, 192.168.1.1, 192.168.1.2:81, 192.168.1.3:80, " \
	"10.0.0.0/30, 2001:db8::52:0:1, [2001:db8::52:0:2]:443, [2001:db8::52:0:3]:80, "        \
	"2002:db8:a::45/64"

static const struct {
	const char *list, *host;
	int port;
	bool has;
	const char *why;
} rows[] = {
	{ LIST, "localhost", 80, true, "this machine" },
	{ LIST, "127.0.0.1", 80, true, "this machine" },
	{ LIST, "127.0.0.2", 80, true, "this machine" },
	{ LIST, "::1", 80, true, "this machine" },
	{ LIST, "::2", 80, false, "not this machine" },
	{ LIST, "192.168.1.1", 80, true, "an address" },
	{ LIST, "192.168.1.2", 80, false, "another port" },
	{ LIST, "192.168.1.3", 80, true, "an address and its port" },
	{ LIST, "192.168.1.4", 80, false, "another address" },
	{ LIST, "10.0.0.2", 80, true, "a network" },
	{ LIST, "10.0.0.4", 80, false, "behind the network" },
	{ LIST, "2001:db8::52:0:1", 80, true, "v6" },
	{ LIST, "2001:db8::52:0:2", 80, false, "v6, another port" },
	{ LIST, "2001:db8::52:0:3", 80, true, "v6 and its port" },
	{ LIST, "2002:db8:a::123", 80, true, "a network of v6" },
	{ LIST, "fe80::424b:c8be:1643:a1b6", 80, false, "another of v6" },
	{ LIST, "barbaz.net", 80, false, "only what is below" },
	{ LIST, "www.barbaz.net", 80, true, "below" },
	{ LIST, "foobar.com", 80, true, "a name" },
	{ LIST, "www.foobar.com", 80, true, "below a name" },
	{ LIST, "foofoobar.com", 80, false, "its end is no domain's" },
	{ LIST, "baz.com", 80, false, "no part of a name" },
	{ LIST, "localhost.net", 80, false, "begins like this machine" },
	{ LIST, "local.localhost", 80, false, "ends like this machine" },
	{ LIST, "barbarbaz.net", 80, false, "another name" },
	{ LIST, "wildcard.io", 80, false, "not below the star" },
	{ LIST, "nested.wildcard.io", 80, true, "below the star" },
	{ LIST, "awildcard.io", 80, false, "the star ends at a dot" },
	{ "*", "example.com", 80, true, "everybody" },
	{ "a, *", "192.0.2.1", 80, true, "everybody, later in the list" },
	{ ":1", "example.com", 80, false, "a port of nobody" },
	{ "example.com", "foo.example.com", 80, true, "below" },
	{ "ample.com", "example.com", 80, false, "the end of a name" },

	{ NULL, "example.com", 443, false, "no list" },
	{ "", "example.com", 443, false, "an empty one" },
	{ " , ,", "example.com", 443, false, "separators alone" },
	{ "a.example b.example", "b.example", 443, true, "blanks part entries, as for curl" },
	{ "EXAMPLE.com", "www.example.com", 443, true, "case" },
	{ "example.com:5000", "example.com", 5000, true, "a name and its port" },
	{ "example.com:5000", "example.com", 443, false, "a name, another port" },
	{ "*.example.com:5000", "a.example.com", 5000, true, "all three" },
	{ "[2001:db8::1]", "2001:db8::1", 443, true, "brackets without a port" },
	{ "[2001:db8::1", "2001:db8::1", 443, false, "an open bracket" },
	{ "[2001:db8::1]x", "2001:db8::1", 443, false, "more behind the bracket" },
	{ "2001:DB8:0::1", "2001:db8::1", 443, true, "another form of the same" },
	{ "0.0.0.0/0", "192.0.2.1", 443, true, "all of version 4" },
	{ "0.0.0.0/0", "2001:db8::1", 443, false, "none of version 6" },
	{ "::/0", "192.0.2.1", 443, false, "and the other way round" },
	{ "192.0.2.0/31", "192.0.2.1", 443, true, "odd bits" },
	{ "192.0.2.0/33", "192.0.2.0", 443, false, "too many bits" },
	{ "192.0.2.0/", "192.0.2.0", 443, false, "no bits" },
	{ "192.0.2.0/2x", "192.0.2.0", 443, false, "no number" },
	{ "192.0.2.0/24", "example.com", 443, false, "names are not looked up" },
	{ "example.com/24", "example.com", 443, false, "no network" },
	{ ".", "example.com", 443, false, "a dot alone" },
	{ "*.", "example.com", 443, false, "a star and a dot" },
	{ "**", "example.com", 443, false, "no pattern" },
};

START_TEST(has)
{
	ck_assert_msg(no_proxy_has(rows[_i].list, rows[_i].host, rows[_i].port) == rows[_i].has,
		      "%s", rows[_i].why);
}
END_TEST

START_TEST(longest)
{
	scoped_str entry = xasprintf("%*s.example.com", 400, "");

	memset(entry, 'a', 400);
	ck_assert(!no_proxy_has(entry, entry, 443));
	scoped_str list = xasprintf("%s,example.com", entry);

	ck_assert(no_proxy_has(list, "example.com", 443));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("no_proxy");
	TCase *t = tcase_create("no_proxy");

	tcase_add_loop_test(t, has, 0, (int)array_len(rows));
	tcase_add_test(t, longest);
	suite_add_tcase(s, t);
	return s;
}
