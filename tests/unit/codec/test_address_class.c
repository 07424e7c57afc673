/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "common/codec/address_class.h"

static const struct {
	const char *text;
	enum address_class class;
	const char *why;
} rows[] = {
	{ "8.8.8.8", ADDRESS_PUBLIC, "public" },
	{ "0.0.0.0", ADDRESS_UNSPECIFIED, "this machine" },
	{ "0.1.2.3", ADDRESS_UNSPECIFIED, "this network" },
	{ "1.0.0.0", ADDRESS_PUBLIC, "first behind it" },
	{ "9.255.255.255", ADDRESS_PUBLIC, "last before 10/8" },
	{ "10.0.0.0", ADDRESS_PRIVATE, "RFC 1918" },
	{ "10.255.255.255", ADDRESS_PRIVATE, "its end" },
	{ "11.0.0.0", ADDRESS_PUBLIC, "behind it" },
	{ "100.63.255.255", ADDRESS_PUBLIC, "before 100.64/10" },
	{ "100.64.0.0", ADDRESS_SHARED, "CGNAT" },
	{ "100.127.255.255", ADDRESS_SHARED, "its end" },
	{ "100.128.0.0", ADDRESS_PUBLIC, "behind it" },
	{ "127.0.0.1", ADDRESS_LOOPBACK, "loopback" },
	{ "127.255.255.255", ADDRESS_LOOPBACK, "its end" },
	{ "128.0.0.0", ADDRESS_PUBLIC, "behind it" },
	{ "169.254.169.254", ADDRESS_LINK_LOCAL, "where clouds serve credentials" },
	{ "169.253.255.255", ADDRESS_PUBLIC, "before it" },
	{ "172.15.255.255", ADDRESS_PUBLIC, "before 172.16/12" },
	{ "172.16.0.0", ADDRESS_PRIVATE, "RFC 1918" },
	{ "172.31.255.255", ADDRESS_PRIVATE, "its end" },
	{ "172.32.0.0", ADDRESS_PUBLIC, "behind it" },
	{ "192.0.0.8", ADDRESS_RESERVED, "protocols" },
	{ "192.0.2.1", ADDRESS_RESERVED, "documentation" },
	{ "192.88.99.1", ADDRESS_RESERVED, "6to4 relays" },
	{ "192.167.255.255", ADDRESS_PUBLIC, "before 192.168/16" },
	{ "192.168.0.1", ADDRESS_PRIVATE, "RFC 1918" },
	{ "192.169.0.0", ADDRESS_PUBLIC, "behind it" },
	{ "198.17.255.255", ADDRESS_PUBLIC, "before 198.18/15" },
	{ "198.18.0.0", ADDRESS_RESERVED, "measuring" },
	{ "198.19.255.255", ADDRESS_RESERVED, "its end" },
	{ "198.51.100.1", ADDRESS_RESERVED, "documentation" },
	{ "203.0.113.1", ADDRESS_RESERVED, "documentation" },
	{ "223.255.255.255", ADDRESS_PUBLIC, "the last that is routed" },
	{ "224.0.0.1", ADDRESS_MULTICAST, "multicast" },
	{ "239.255.255.255", ADDRESS_MULTICAST, "its end" },
	{ "240.0.0.1", ADDRESS_RESERVED, "reserved" },
	{ "255.255.255.255", ADDRESS_RESERVED, "broadcast" },

	{ "2606:4700::1111", ADDRESS_PUBLIC, "public" },
	{ "::", ADDRESS_UNSPECIFIED, "unspecified" },
	{ "::1", ADDRESS_LOOPBACK, "loopback" },
	{ "::2", ADDRESS_UNSPECIFIED, "compatible with 0.0.0.2" },
	{ "fc00::1", ADDRESS_PRIVATE, "ULA" },
	{ "fdff:ffff::1", ADDRESS_PRIVATE, "ULA" },
	{ "fe80::1", ADDRESS_LINK_LOCAL, "link-local" },
	{ "febf::1", ADDRESS_LINK_LOCAL, "its end" },
	{ "fec0::1", ADDRESS_PRIVATE, "site-local, given up" },
	{ "ff02::1", ADDRESS_MULTICAST, "multicast" },
	{ "2001:db8::1", ADDRESS_RESERVED, "documentation" },
	{ "3fff:fff::1", ADDRESS_RESERVED, "documentation" },
	{ "3fff:1000::1", ADDRESS_PUBLIC, "behind it" },
	{ "2001::1", ADDRESS_RESERVED, "Teredo" },
	{ "2001:1ff:ffff::1", ADDRESS_RESERVED, "protocols" },
	{ "2001:200::1", ADDRESS_PUBLIC, "behind them" },
	{ "100::1", ADDRESS_RESERVED, "to be thrown away" },
	{ "4000::1", ADDRESS_RESERVED, "not given out" },
	{ "1fff::1", ADDRESS_RESERVED, "before 2000::/3" },
	{ "64:ff9b:1::1", ADDRESS_RESERVED, "a NAT64 of somebody's own" },

	{ "::ffff:8.8.8.8", ADDRESS_PUBLIC, "mapped" },
	{ "::ffff:127.0.0.1", ADDRESS_LOOPBACK, "mapped" },
	{ "::ffff:7f00:1", ADDRESS_LOOPBACK, "the same in hex" },
	{ "::ffff:169.254.169.254", ADDRESS_LINK_LOCAL, "mapped" },
	{ "::127.0.0.1", ADDRESS_LOOPBACK, "compatible" },
	{ "64:ff9b::10.0.0.1", ADDRESS_PRIVATE, "NAT64" },
	{ "64:ff9b::8.8.8.8", ADDRESS_PUBLIC, "NAT64" },
	{ "2002:7f00:1::", ADDRESS_LOOPBACK, "6to4" },
	{ "2002:808:808::1", ADDRESS_PUBLIC, "6to4" },
};

START_TEST(literals)
{
	enum address_class class;

	ck_assert_msg(address_class_of_text(rows[_i].text, &class), "%s", rows[_i].text);
	ck_assert_msg(class == rows[_i].class, "%s (%s): %d", rows[_i].text, rows[_i].why,
		      (int)class);
}
END_TEST

START_TEST(sockets)
{
	bool v6 = strchr(rows[_i].text, ':');
	struct sockaddr_in in4 = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	const struct sockaddr *address = v6 ? (struct sockaddr *)&in6 : (struct sockaddr *)&in4;

	ck_assert_int_eq(inet_pton(v6 ? AF_INET6 : AF_INET, rows[_i].text,
				   v6 ? (void *)&in6.sin6_addr : (void *)&in4.sin_addr),
			 1);
	ck_assert_msg(address_class_of(address) == rows[_i].class, "%s", rows[_i].text);
}
END_TEST

static const char *const none[] = {
	"",          "localhost",    "127.1",   "0x7f.0.0.1", "2130706433", "[::1]", "fe80::1%eth0",
	"1.2.3.4.5", "::ffff:1.2.3", "a.b.c.d", "127.0.0.1 "
};

START_TEST(names)
{
	enum address_class class;

	ck_assert_msg(!address_class_of_text(none[_i], &class), "%s", none[_i]);
}
END_TEST

START_TEST(another_family)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	ck_assert_int_eq(address_class_of((struct sockaddr *)&un), ADDRESS_RESERVED);
}
END_TEST

static const struct {
	const char *host;
	bool loopback, inner;
} hosts[] = {
	{ "localhost", true, true },
	{ "LOCALHOST.", true, true },
	{ "a.localhost", true, true },
	{ "notlocalhost", false, false },
	{ "localhost.example", false, false },
	{ "", false, false },
	{ ".", false, false },
	{ "127.0.0.1", true, true },
	{ "127.9.9.9", true, true },
	{ "::1", true, true },
	{ "::ffff:127.0.0.1", true, true },
	{ "::127.0.0.1", false, true },
	{ "64:ff9b::7f00:1", false, true },
	{ "2002:7f00:1::", false, true },
	{ "0.0.0.0", false, true },
	{ "10.0.0.1", false, true },
	{ "::", false, true },
	{ "::ffff:10.0.0.1", false, true },
	{ "169.254.169.254", false, true },
	{ "fe80::1", false, true },
	{ "1.2.3.4", false, false },
	{ "10.0.0.1.example", false, false },
};

START_TEST(loopback)
{
	ck_assert_msg(host_is_loopback(hosts[_i].host) == hosts[_i].loopback, "%s", hosts[_i].host);
	ck_assert_msg(host_is_inner(hosts[_i].host) == hosts[_i].inner, "%s", hosts[_i].host);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("address_class");
	TCase *t = tcase_create("address_class");

	tcase_add_loop_test(t, literals, 0, (int)array_len(rows));
	tcase_add_loop_test(t, sockets, 0, (int)array_len(rows));
	tcase_add_loop_test(t, names, 0, (int)array_len(none));
	tcase_add_test(t, another_family);
	tcase_add_loop_test(t, loopback, 0, (int)array_len(hosts));
	suite_add_tcase(s, t);
	return s;
}
