/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/base64.h"
#include "tests/unit/random.h"

#define BYTES(text) (text), sizeof(text) - 1

/* RFC 4648 §10, and bytes that text has not. */
static const struct {
	const char *data;
	size_t len;
	const char *text, *why;
} pairs[] = {
	{ BYTES(""), "", "nothing" },
	{ BYTES("f"), "Zg==", "two of padding" },
	{ BYTES("fo"), "Zm8=", "one of padding" },
	{ BYTES("foo"), "Zm9v", "a whole group" },
	{ BYTES("foob"), "Zm9vYg==", "more than one group" },
	{ BYTES("fooba"), "Zm9vYmE=", "more than one group" },
	{ BYTES("foobar"), "Zm9vYmFy", "two groups" },
	{ BYTES("\0"), "AA==", "a NUL" },
	{ BYTES("a\0b"), "YQBi", "a NUL within" },
	{ BYTES("\xfb\xff\xfe"), "+//+", "the letters that the alphabets differ in" },
	{ BYTES("\xff\xff"), "//8=", "high bytes" },
};

START_TEST(pair)
{
	scoped_secret out = { 0 };
	scoped_buf text;
	struct error err = ERROR_INIT;

	buf_init_wiped(&text, 64);
	base64_add(&text, pairs[_i].data, pairs[_i].len);
	ck_assert_msg(strcmp(text.data, pairs[_i].text) == 0, "%s: %s", pairs[_i].why, text.data);
	secret_set(&out, "before", 6);
	ck_assert_msg(base64_read(text.data, text.len, &out, &err) == 0, "%s", pairs[_i].why);
	ck_assert_uint_eq(out.len, pairs[_i].len);
	ck_assert(!out.len || memcmp(out.data, pairs[_i].data, out.len) == 0);
}
END_TEST

static const struct {
	const char *text;
	size_t len;
	const char *why;
} refused[] = {
	{ BYTES("Zg"), "no padding" },
	{ BYTES("Zg="), "half of the padding" },
	{ BYTES("Zg==="), "too much of it" },
	{ BYTES("Z==="), "a letter alone" },
	{ BYTES("===="), "padding alone" },
	{ BYTES("="), "padding alone" },
	{ BYTES("=Zg="), "padding in front" },
	{ BYTES("Zg==Zg=="), "padding within" },
	{ BYTES("Zh=="), "bits left over" },
	{ BYTES("Zm9="), "bits left over" },
	{ BYTES("Zm9v\n"), "a newline behind it" },
	{ BYTES(" Zm9"), "a blank" },
	{ BYTES("Zm9\0"), "a NUL" },
	{ BYTES("-__-"), "the other alphabet" },
	{ BYTES("Zm\xc3\xa9"), "no ASCII" },
};

START_TEST(no_base64)
{
	scoped_secret out = { 0 };
	struct error err = ERROR_INIT;

	secret_set(&out, "before", 6);
	ck_assert_msg(base64_read(refused[_i].text, refused[_i].len, &out, &err) == -1, "%s",
		      refused[_i].why);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert_str_eq(err.text, "not base64");
	ck_assert_uint_eq(out.len, 6);
}
END_TEST

static const struct {
	const char *text;
	size_t len;
	const char *data; /* NULL: refused */
	size_t data_len;
	const char *why;
} urls[] = {
	{ BYTES(""), BYTES(""), "nothing" },
	{ BYTES("Zg"), BYTES("f"), "no padding is right" },
	{ BYTES("Zm8"), BYTES("fo"), "no padding is right" },
	{ BYTES("-__-"), BYTES("\xfb\xff\xfe"), "its own letters" },
	{ BYTES("Zg=="), NULL, 0, "padding is wrong" },
	{ BYTES("+//+"), NULL, 0, "the other alphabet" },
	{ BYTES("Z"), NULL, 0, "a letter alone" },
	{ BYTES("Zh"), NULL, 0, "bits left over" },
	{ BYTES("Zm9"), NULL, 0, "bits left over" },
	{ BYTES("Zm 9v"), NULL, 0, "a blank" },
};

START_TEST(url)
{
	scoped_secret out = { 0 };
	struct error err = ERROR_INIT;
	int rc = base64url_read(urls[_i].text, urls[_i].len, &out, &err);

	if (!urls[_i].data) {
		ck_assert_msg(rc == -1 && err.kind == ERROR_INPUT, "%s", urls[_i].why);
		return;
	}
	ck_assert_msg(rc == 0, "%s", urls[_i].why);
	ck_assert_uint_eq(out.len, urls[_i].data_len);
	ck_assert(!out.len || memcmp(out.data, urls[_i].data, out.len) == 0);
}
END_TEST

START_TEST(any_bytes)
{
	struct random random = random_start();
	char data[100];

	for (size_t len = 0; len <= sizeof(data); len++) {
		scoped_secret out = { 0 };
		scoped_buf text;
		struct error err = ERROR_INIT;

		for (size_t i = 0; i < len; i++)
			data[i] = (char)random_next(&random);
		buf_init_wiped(&text, 200);
		base64_add(&text, data, len);
		ck_assert_uint_eq(text.len, (len + 2) / 3 * 4);
		ck_assert_msg(base64_read(text.data, text.len, &out, &err) == 0, RANDOM_SEED,
			      (unsigned long long)random.seed);
		ck_assert_msg(out.len == len && (!len || memcmp(out.data, data, len) == 0),
			      RANDOM_SEED, (unsigned long long)random.seed);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base64");
	TCase *tc = tcase_create("base64");

	tcase_add_loop_test(tc, pair, 0, (int)array_len(pairs));
	tcase_add_loop_test(tc, no_base64, 0, (int)array_len(refused));
	tcase_add_loop_test(tc, url, 0, (int)array_len(urls));
	tcase_add_test(tc, any_bytes);
	suite_add_tcase(s, tc);
	return s;
}
