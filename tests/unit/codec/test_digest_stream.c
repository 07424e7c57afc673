/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/codec/digest_stream.h"
#include "common/codec/reference.h"

#define MILLION 1000000

/* FIPS 180-4's examples (csrc.nist.gov, SHA256.pdf, SHA384.pdf, SHA512.pdf); the empty ones are of
 * coreutils. */
static const struct {
	const char *text, *digest;
} rows[] = {
	{ "abc", "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	  "sha256:248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "abc", "sha384:cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		 "8086072ba1e7cc2358baeca134c825a7" },
	{ "abc", "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		 "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	{ "", "sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
	      "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e" },
};

START_TEST(whole)
{
	struct error err = ERROR_INIT;
	char out[DIGEST_TEXT];

	ck_assert_msg(
		digest_make(rows[_i].digest, rows[_i].text, strlen(rows[_i].text), out, &err) == 0,
		"%s", err.text);
	ck_assert_str_eq(out, rows[_i].digest);
	ck_assert(digest_is_valid(rows[_i].digest));
}
END_TEST

START_TEST(byte_by_byte)
{
	struct error err = ERROR_INIT;
	scoped_digest_stream stream = { NULL };
	char out[DIGEST_TEXT];

	ck_assert_int_eq(digest_stream_open(&stream, rows[_i].digest, &err), 0);
	for (const char *c = rows[_i].text; *c; c++)
		ck_assert_int_eq(digest_stream_add(&stream, c, 1, &err), 0);
	ck_assert_int_eq(digest_stream_end(&stream, out, &err), 0);
	ck_assert_str_eq(out, rows[_i].digest);
	ck_assert_ptr_null(stream.state);
}
END_TEST

START_TEST(a_million)
{
	struct error err = ERROR_INIT;
	scoped_str text = xmalloc(MILLION);
	char out[DIGEST_TEXT];

	memset(text, 'a', MILLION);
	ck_assert_int_eq(digest_make("sha256", text, MILLION, out, &err), 0);
	ck_assert_str_eq(out, "sha256:cdc76e5c9914fb9281a1c7e284d73e67"
			      "f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

static const char *const unknown[] = { "",        "sha1:00", "md5",     "sha25",
				       "sha2567", "SHA256",  "sha256 ", ":sha256" };

START_TEST(refuses)
{
	struct error err = ERROR_INIT;
	scoped_digest_stream stream = { NULL };
	char out[DIGEST_TEXT];

	ck_assert_int_eq(digest_stream_open(&stream, unknown[_i], &err), -1);
	ck_assert(err.kind == ERROR_INPUT && !stream.state);
	error_clear(&err);
	ck_assert_int_eq(digest_make(unknown[_i], "abc", 3, out, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
}
END_TEST

/* A transfer that ends early leaves its stream open. */
START_TEST(given_up)
{
	struct error err = ERROR_INIT;
	scoped_digest_stream stream = { NULL };

	ck_assert_int_eq(digest_stream_open(&stream, "sha512", &err), 0);
	ck_assert_int_eq(digest_stream_add(&stream, "a", 1, &err), 0);
	ck_assert_int_eq(digest_stream_add(&stream, NULL, 0, &err), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("digest_stream");
	TCase *t = tcase_create("digest_stream");

	tcase_add_loop_test(t, whole, 0, (int)array_len(rows));
	tcase_add_loop_test(t, byte_by_byte, 0, (int)array_len(rows));
	tcase_add_test(t, a_million);
	tcase_add_loop_test(t, refuses, 0, (int)array_len(unknown));
	tcase_add_test(t, given_up);
	suite_add_tcase(s, t);
	return s;
}
