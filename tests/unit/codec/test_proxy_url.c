/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/codec/proxy_url.h"

static const struct {
	const char *text, *url, *why;
} rows[] = {
	{ "http://proxy.example", "http://proxy.example:80", "http's port" },
	{ "https://proxy.example", "https://proxy.example:443", "https's port" },
	{ "HTTP://proxy.example/", "HTTP://proxy.example:80/", "a path stays behind it" },
	{ "proxy.example", "proxy.example:80", "http where there is no scheme" },
	{ "proxy", "proxy:80", "one label" },
	{ "192.0.2.1", "192.0.2.1:80", "an address" },
	{ "http://[2001:db8::1]", "http://[2001:db8::1]:80", "v6: its colons are no port's" },
	{ "http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128", "v6 with a port" },
	{ "http://proxy.example:3128", "http://proxy.example:3128", "its own port" },
	{ "proxy.example:3128", "proxy.example:3128", "its own port, no scheme" },
	{ "http://user:pa:ss@proxy.example", "http://user:pa:ss@proxy.example:80",
	  "a password's colons are no port's" },
	{ "http://user:p@ss@proxy.example:8080", "http://user:p@ss@proxy.example:8080",
	  "nor its at sign" },
	{ "user:pass@proxy.example", "user:pass@proxy.example:80", "no scheme, a password" },
	{ "socks5://proxy.example", "socks5://proxy.example", "SOCKS has 1080 everywhere" },
	{ "foo://host", "foo://host", "an unknown one is libcurl's to refuse" },
	{ "http://", "http://", "nobody" },
	{ "", "", "nothing" },
	{ "@", "@", "nobody" },
	{ "http://proxy.example?x", "http://proxy.example:80?x", "a query" },
};

START_TEST(test_rows)
{
	scoped_str url = proxy_url(rows[_i].text);

	ck_assert_msg(strcmp(url, rows[_i].url) == 0, "%s (%s): %s", rows[_i].text, rows[_i].why,
		      url);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("proxy_url");
	TCase *t = tcase_create("rows");

	tcase_add_loop_test(t, test_rows, 0, (int)array_len(rows));
	suite_add_tcase(s, t);
	return s;
}
