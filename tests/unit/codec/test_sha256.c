/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/sha256.h"

static const struct {
	const char *data;
	const char *hex;
	const char *why;
} rows[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "nothing" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	  "the example of FIPS 180" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
	  "the example of two blocks" },
};

START_TEST(digest)
{
	char hex[SHA256_HEX];
	struct error err = ERROR_INIT;

	ck_assert_msg(sha256_hex(hex, rows[_i].data, strlen(rows[_i].data), &err) == 0, "%s",
		      err.text);
	ck_assert_msg(strcmp(hex, rows[_i].hex) == 0, "%s: %s", rows[_i].why, hex);
}
END_TEST

START_TEST(with_zeroes)
{
	char one[SHA256_HEX], other[SHA256_HEX];
	struct error err = ERROR_INIT;

	ck_assert_int_eq(sha256_hex(one, "a\0b", 3, &err), 0);
	ck_assert_int_eq(sha256_hex(other, "a\0c", 3, &err), 0);
	ck_assert_str_ne(one, other);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("sha256");
	TCase *tc = tcase_create("sha256");

	tcase_add_loop_test(tc, digest, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, with_zeroes);
	suite_add_tcase(s, tc);
	return s;
}
