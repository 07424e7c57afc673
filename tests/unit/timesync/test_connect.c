/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include "common/base/attr.h"
#include "plugins/timesync/connect.h"

static const struct {
	const char *address;
	bool tls, remote;
	const char *why;
} rows[] = {
	{ "unix:///var/run/docker.sock", false, false, "a socket of this machine" },
	{ "tcp://127.0.0.1:2375", false, false, "loopback" },
	{ "tcp://127.8.9.10:2376", true, false, "all of 127/8" },
	{ "tcp://[::1]:2375", false, false, "loopback of IPv6" },
	{ "tcp://[::ffff:127.0.0.1]:2375", false, false, "written as IPv6" },
	{ "tcp://localhost:2375", true, false, "by name" },
	{ "tcp://LocalHost.:2375", false, false, "in any spelling" },
	{ "tcp://docker.localhost:2375", false, false, "names below it (RFC 6761)" },
	{ "tcp://10.0.0.7:2375", false, true, "another address" },
	{ "tcp://192.168.64.2:2376", true, true, "perhaps a machine of this host's; who knows" },
	{ "tcp://[fe80::1]:2375", false, true, "another of IPv6" },
	{ "tcp://128.0.0.1:2375", false, true, "not 127" },
	{ "tcp://127.example.net:2375", false, true, "a name that looks like it" },
	{ "tcp://notlocalhost:2375", false, true, "a name that ends like it" },
	{ "tcp://localhost.example.net:2375", false, true, "a name that begins like it" },
	{ "ssh://me@localhost", false, true, "ssh: what is behind it is a server to us" },
	{ "ssh://server", false, true, "ssh" },
};

START_TEST(remote)
{
	struct error err = ERROR_INIT;
	scoped_endpoint endpoint = { 0 };

	ck_assert_msg(endpoint_parse(&endpoint, rows[_i].address, &err) == 0, "%s", err.text);
	if (rows[_i].tls)
		endpoint.scheme = ENDPOINT_TLS;
	ck_assert_msg(endpoint_is_remote(&endpoint) == rows[_i].remote, "%s: %s", rows[_i].address,
		      rows[_i].why);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("connect");
	TCase *t = tcase_create("connect");

	tcase_add_loop_test(t, remote, 0, array_len(rows));
	suite_add_tcase(s, t);
	return s;
}
