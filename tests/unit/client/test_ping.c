/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/client/ping.h"

static const struct {
	const char *why, *lines[4];
	struct ping want;
} rows[] = {
	{ "an engine",
	  { "Api-Version: 1.41\r\n", "Ostype: linux\r\n" },
	  { 1, 41, false, false, 0, 0 } },
	{ "any case, any blanks", { "API-VERSION:\t1.52  \r\n" }, { 1, 52, false, false, 0, 0 } },
	{ "no blank, no line end", { "api-version:1.40" }, { 1, 40, false, false, 0, 0 } },
	{ "podman",
	  { "Libpod-Api-Version: 4.3.1\r\n", "Api-Version: 1.41\r\n" },
	  { 1, 41, true, false, 4, 3 } },
	{ "podman of the future",
	  { "Libpod-Api-Version: 10.12.0-dev\r\n" },
	  { 0, 0, true, false, 10, 12 } },
	{ "podman of no version", { "Libpod-Api-Version: next\r\n" }, { 0, 0, true, false, 0, 0 } },
	{ "podman of half a version",
	  { "Libpod-Api-Version: 4.\r\n" },
	  { 0, 0, true, false, 0, 0 } },
	{ "Windows", { "OSType: windows\r\n" }, { 0, 0, false, true, 0, 0 } },
	{ "not a version", { "Api-Version: one\r\n" }, { 0, 0, false, false, 0, 0 } },
	{ "a second one that is none",
	  { "Api-Version: 1.41\r\n", "Api-Version: x\r\n" },
	  { 0, 0, false, false, 0, 0 } },
	{ "text after it", { "Api-Version: 1.41-rc1\r\n" }, { 0, 0, false, false, 0, 0 } },
	{ "digits without end",
	  { "Api-Version: 1.41414141414141\r\n" },
	  { 0, 0, false, false, 0, 0 } },
	{ "another header that begins so",
	  { "Api-Version-X: 1.41\r\n" },
	  { 0, 0, false, false, 0, 0 } },
	{ "the status line", { "HTTP/1.1 200 OK\r\n", "\r\n", "" }, { 0, 0, false, false, 0, 0 } },
};

START_TEST(headers)
{
	struct ping got = { 0 };

	for (size_t i = 0; rows[_i].lines[i]; i++)
		ping_header(&got, rows[_i].lines[i], strlen(rows[_i].lines[i]));
	ck_assert_msg(got.api_major == rows[_i].want.api_major, "%s", rows[_i].why);
	ck_assert_msg(got.api_minor == rows[_i].want.api_minor, "%s", rows[_i].why);
	ck_assert_msg(got.podman == rows[_i].want.podman, "%s", rows[_i].why);
	ck_assert_msg(got.podman_major == rows[_i].want.podman_major, "%s", rows[_i].why);
	ck_assert_msg(got.podman_minor == rows[_i].want.podman_minor, "%s", rows[_i].why);
	ck_assert_msg(got.windows == rows[_i].want.windows, "%s", rows[_i].why);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ping");
	TCase *t = tcase_create("headers");

	tcase_add_loop_test(t, headers, 0, (int)array_len(rows));
	suite_add_tcase(s, t);
	return s;
}
