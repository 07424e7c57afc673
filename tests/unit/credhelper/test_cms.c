/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing and opening, with keys and messages that the openssl program makes. */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "common/base/alloc.h"
#include "credhelper/cms.h"
#include "tests/unit/client/scratch.h"
#include "tests/unit/credhelper/keys.h"

#define CONTENT "{\"what\": \"is sealed\"}\n"

static void make(void)
{
	scratch_make();
	keys_make("rsa ci 2048 & rsa r3072 3072 & rsa r4096 4096 & rsa short 1024 &\n"
		  "ec p256 P-256; ec p384 P-384; ec p521 P-521; ed ed\n"
		  "ec sealer P-256; ec second P-256; ec stranger P-256; clone twin sealer\n"
		  "ended old; wait\n"
		  "cat p256.crt p384.crt >both.crt; cat sealer.crt second.crt >sealers.crt\n"
		  "cat sealer.crt old.crt >with_old.crt; : >empty.crt\n"
		  "openssl pkey -in p256.key -aes256 -passout pass:x -out locked.key\n"
		  "printf '%s\\n' '-----BEGIN CERTIFICATE-----' AAAA '-----END CERTIFICATE-----' "
		  ">bad.crt; cat p256.crt bad.crt >half.crt\n"
		  "cat sealer.key stranger.crt >mixed.pem");
}

static void seal_for(struct buf *out, const char *recipient, const char *second, const char *signer,
		     int expect, struct error *err)
{
	scoped_strings recipients = { 0 };
	scoped_secret content = { 0 };
	scoped_str signing = signer ? scratch_path(signer) : NULL;

	if (recipient)
		strings_take(&recipients, scratch_path(recipient));
	if (second)
		strings_take(&recipients, scratch_path(second));
	secret_set(&content, CONTENT, strlen(CONTENT));
	int rc = cms_seal(&content, &recipients, signing, out, err);

	ck_assert_msg(rc == expect, "%s, %s: %s", recipient, signer, err->text);
}

/* trusted NULL: none are asked for. */
static int open_with(const struct buf *message, const char *key, const char *trusted,
		     struct secret *content, struct error *err)
{
	scoped_secret pem = { 0 };
	scoped_secret sealers = { 0 };

	keys_read(key, &pem);
	if (trusted)
		keys_read(trusted, &sealers);
	return cms_open(message, &pem, trusted ? &sealers : NULL, content, err);
}

static void ck_content(const struct secret *content, const char *why)
{
	ck_assert_msg(content->len == strlen(CONTENT) &&
			      memcmp(content->data, CONTENT, content->len) == 0,
		      "%s: another content", why);
}

/* --- To each kind of key, and back. */

static const struct {
	const char *first, *second, *key;
	int expect;
	const char *why;
} keys[] = {
	{ "ci.crt", NULL, "ci.key", 0, "RSA of 2048" },
	{ "r3072.crt", NULL, "r3072.key", 0, "RSA of 3072" },
	{ "r4096.crt", NULL, "r4096.key", 0, "RSA of 4096" },
	{ "p256.crt", NULL, "p256.key", 0, "P-256" },
	{ "p384.crt", NULL, "p384.key", 0, "P-384" },
	{ "p521.crt", NULL, "p521.key", 0, "P-521" },
	{ "ci.crt", "r3072.crt", "ci.key", 0, "the first of two of RSA" },
	{ "ci.crt", "r3072.crt", "r3072.key", 0, "the second" },
	{ "ci.crt", "p256.crt", "ci.key", 0, "RSA beside a curve" },
	{ "p256.crt", "ci.crt", "ci.key", 0, "the other way round" },
	{ "ci.crt", "p256.crt", "p256.key", 0, "a curve beside RSA" },
	{ "p384.crt", "p256.crt", "p256.key", 0, "two curves" },
	{ "both.crt", NULL, "p384.key", 0, "two certificates in one file" },
	{ "p256.crt", NULL, "p256.pem", 0, "the key's file holds the certificate too" },
	{ "ci.crt", NULL, "r3072.key", ERROR_DENIED, "another RSA key" },
	{ "p256.crt", NULL, "stranger.key", ERROR_DENIED, "another key of the same curve" },
	{ "p256.crt", NULL, "p384.key", ERROR_DENIED, "of another curve" },
	{ "p256.crt", NULL, "ci.key", ERROR_DENIED, "of another kind" },
	{ "sealer.crt", NULL, "twin.key", ERROR_DENIED, "of the same name and serial number" },
	{ "p256.crt", NULL, "p256.crt", ERROR_INPUT, "the certificate instead of the key" },
	{ "p256.crt", NULL, "locked.key", ERROR_INPUT, "a key with a passphrase" },
	{ "p256.crt", NULL, "empty.crt", ERROR_INPUT, "an empty key file" },
};

START_TEST(to_a_key)
{
	struct error err = ERROR_INIT;
	scoped_secret content = { 0 };
	scoped_buf message;

	buf_init(&message, 1 << 20);
	seal_for(&message, keys[_i].first, keys[_i].second, NULL, 0, &err);
	int rc = open_with(&message, keys[_i].key, NULL, &content, &err);

	ck_assert_msg((int)err.kind == keys[_i].expect, "%s: %d %s", keys[_i].why, rc, err.text);
	if (rc == 0)
		ck_content(&content, keys[_i].why);
	else
		ck_assert_ptr_null(content.data);
}
END_TEST

static const struct {
	const char *recipient, *signer;
	enum error_kind kind;
	const char *says;
} refused[] = {
	{ "short.crt", NULL, ERROR_INPUT, "1024 bits is too short" },
	{ "ed.crt", NULL, ERROR_INPUT, "neither RSA nor of an elliptic curve" },
	{ "old.crt", NULL, ERROR_DENIED, "has expired" },
	{ "p256.key", NULL, ERROR_INPUT, "holds a private key" },
	{ "p256.pem", NULL, ERROR_INPUT, "holds a private key" },
	{ "empty.crt", NULL, ERROR_INPUT, "no certificate in it" },
	{ "half.crt", NULL, ERROR_INPUT, "cannot be read" },
	{ "nosuch.crt", NULL, ERROR_NOT_FOUND, "nosuch.crt" },
	{ NULL, NULL, ERROR_USAGE, "a recipient is needed" },
	{ "p256.crt", "sealer.key", ERROR_INPUT, "no certificate in it" },
	{ "p256.crt", "sealer.crt", ERROR_INPUT, "no private key in it" },
	{ "p256.crt", "mixed.pem", ERROR_INPUT, "of its key" },
	{ "p256.crt", "old.pem", ERROR_DENIED, "has expired" },
	{ "p256.crt", "short.pem", ERROR_INPUT, "too short" },
	{ "p256.crt", "nosuch.pem", ERROR_NOT_FOUND, "nosuch.pem" },
};

START_TEST(not_sealed)
{
	struct error err = ERROR_INIT;
	scoped_buf message;

	buf_init(&message, 1 << 20);
	seal_for(&message, refused[_i].recipient, NULL, refused[_i].signer, -1, &err);
	ck_assert_msg(err.kind == refused[_i].kind && strstr(err.text, refused[_i].says), "%s: %s",
		      refused[_i].says, err.text);
	ck_assert_uint_eq(message.len, 0);
}
END_TEST

/* --- Messages of others. */

static const struct {
	const char *script; /* makes m.pem out of content.txt for p256 or ci */
	const char *key;
	const char *says; /* NULL: it opens */
	enum error_kind kind;
	const char *why;
} messages[] = {
	{ "seal m.pem -aes-256-gcm -in content.txt -recip ci.crt $OAEP", "ci.key", NULL, ERROR_NONE,
	  "of openssl, RSA" },
	{ "seal m.pem -aes-256-gcm -in content.txt -recip p256.crt", "p256.key", NULL, ERROR_NONE,
	  "of openssl, a curve with SHA-1 in its derivation, as is its default" },
	{ "seal m.pem -aes-256-gcm -in content.txt -recip ci.crt $OAEP -keyid", "ci.key", NULL,
	  ERROR_NONE, "by key id" },
	{ "openssl cms -sign -binary -nodetach -outform DER -signer sealer.pem -in content.txt "
	  "-out s.der; seal m.pem -aes-256-gcm -in s.der -recip p256.crt",
	  "p256.key", NULL, ERROR_NONE, "signed by openssl" },
	{ "seal m.pem -aes-256-gcm -in content.txt -recip ci.crt", "ci.key", "is not of OAEP",
	  ERROR_INPUT, "RSA with the old padding" },
	{ "seal m.pem -aes-256-gcm -in content.txt -recip p256.crt -recip ci.crt", "p256.key",
	  "is not of OAEP", ERROR_INPUT, "beside another recipient" },
	{ "seal m.pem -aes-256-cbc -in content.txt -recip p256.crt", "p256.key", "another kind",
	  ERROR_INPUT, "without authentication" },
	{ "seal m.pem -aes-128-gcm -in content.txt -recip p256.crt", "p256.key",
	  "not enciphered with AES-256-GCM", ERROR_INPUT, "a shorter key" },
	{ "openssl cms -sign -binary -nodetach -outform PEM -signer p256.pem -in content.txt -out "
	  "m.pem",
	  "p256.key", "another kind", ERROR_INPUT, "signed only" },
	{ "openssl cms -data_create -in content.txt -outform PEM -out m.pem", "p256.key",
	  "another kind", ERROR_INPUT, "in the clear" },
	{ "seal m.pem -aes-256-gcm -in content.txt -secretkey "
	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f -secretkeyid 01",
	  "p256.key", "no certificate", ERROR_INPUT, "a key that two share" },
	{ "seal n.pem -aes-256-gcm -in content.txt -recip p256.crt; cat n.pem n.pem >m.pem",
	  "p256.key", "something follows", ERROR_INPUT, "two messages" },
	{ "seal n.pem -aes-256-gcm -in content.txt -recip p256.crt; (echo hello; cat n.pem) >m.pem",
	  "p256.key", "does not begin with", ERROR_INPUT, "text in front" },
	{ "seal n.pem -aes-256-gcm -in content.txt -recip p256.crt; (cat n.pem; echo) >m.pem",
	  "p256.key", NULL, ERROR_NONE, "an empty line behind" },
	{ "seal n.pem -aes-256-gcm -in content.txt -recip p256.crt; head -n 3 n.pem >m.pem",
	  "p256.key", "no CMS message", ERROR_INPUT, "cut" },
	{ "sed 's/CMS/CERTIFICATE/' m0.pem >m.pem", "p256.key", "does not begin with", ERROR_INPUT,
	  "another label" },
	{ ": >m.pem", "p256.key", "does not begin with", ERROR_INPUT, "nothing" },
	{ "printf '%s\\n' '-----BEGIN CMS-----' AAAA '-----END CMS-----' >m.pem", "p256.key",
	  "no CMS message", ERROR_INPUT, "no ASN.1" },
	{ "set --; for i in $(seq 65); do set -- \"$@\" -recip p256.crt; done\n"
	  "seal m.pem -aes-256-gcm -in content.txt \"$@\"",
	  "p256.key", "more than 64 recipients", ERROR_INPUT, "a crowd" },
};

START_TEST(message_of_others)
{
	struct error err = ERROR_INIT;
	scoped_secret content = { 0 };
	scoped_secret bytes = { 0 };
	scoped_buf message;
	const char *says = messages[_i].says, *why = messages[_i].why;

	scratch_write("content.txt", CONTENT, 0600);
	keys_run("seal m0.pem -aes-256-gcm -in content.txt -recip p256.crt");
	keys_run(messages[_i].script);
	keys_read("m.pem", &bytes);
	buf_init(&message, 1 << 20);
	buf_add(&message, bytes.data, bytes.len);
	int rc = open_with(&message, messages[_i].key, NULL, &content, &err);

	ck_assert_msg((rc == 0) == !says && err.kind == messages[_i].kind, "%s: %s", why, err.text);
	if (says)
		ck_assert_msg(strstr(err.text, says), "%s: %s", why, err.text);
	else
		ck_content(&content, why);
}
END_TEST

START_TEST(openssl_opens_ours)
{
	static const char *const signers[] = { NULL, "sealer.pem" };
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < array_len(signers); i++) {
		scoped_buf message;

		buf_init(&message, 1 << 20);
		seal_for(&message, "ci.crt", "p256.crt", signers[i], 0, &err);
		scratch_write("ours.pem", message.data, 0600);
		keys_run("for k in ci p256; do openssl cms -decrypt -inform PEM -in ours.pem \\\n"
			 "-inkey $k.key -outform DER -out inner; done");
		if (signers[i])
			keys_run("openssl cms -verify -inform DER -in inner -certfile sealer.crt "
				 "-CAfile sealer.crt -purpose any -out inner2 2>/dev/null; "
				 "mv inner2 inner");
		scoped_str inner = scratch_read("inner");

		ck_assert_str_eq(inner, CONTENT);
	}
}
END_TEST

/* Whatever character is changed, it does not open, or it was one that says nothing. */
START_TEST(tampered_with)
{
	struct error err = ERROR_INIT;
	scoped_buf message;
	size_t opened = 0;

	buf_init(&message, 1 << 20);
	seal_for(&message, "p256.crt", NULL, "sealer.pem", 0, &err);
	for (size_t i = 0; i < message.len; i += 3) {
		scoped_secret content = { 0 };
		char was = message.data[i];

		message.data[i] = was == 'A' ? 'B' : 'A';
		if (open_with(&message, "p256.key", "sealers.crt", &content, &err) == 0) {
			ck_content(&content, "tampered with");
			opened++;
		}
		error_clear(&err);
		message.data[i] = was;
	}
	/* The names of the issuer and the serial number are not used when a key is tried. */
	ck_assert_msg(opened < message.len / 10, "%zu", opened);
}
END_TEST

/* --- Signatures. */

static const struct {
	const char *signer, *trusted;
	const char *says; /* NULL: it opens */
	const char *why;
} signatures[] = {
	{ NULL, NULL, NULL, "nobody asks for one" },
	{ "sealer.pem", NULL, NULL, "nobody asks, and there is one" },
	{ "sealer.pem", "sealer.crt", NULL, "the one" },
	{ "sealer.pem", "sealers.crt", NULL, "the first of two" },
	{ "second.pem", "sealers.crt", NULL, "the second" },
	{ "ci.pem", "ci.crt", NULL, "by RSA" },
	{ NULL, "sealer.crt", "it is not signed", "unsigned" },
	{ "stranger.pem", "sealers.crt", "not signed by one of the trusted", "by a stranger" },
	{ "twin.pem", "sealer.crt", "not signed by one of the trusted",
	  "by a stranger with the same name and serial number" },
	{ "sealer.pem", "stranger.crt", "not signed by one of the trusted", "another is trusted" },
	{ "sealer.pem", "empty.crt", "no certificate in it", "nobody is trusted" },
	{ "sealer.pem", "half.crt", "cannot be read", "a list that is broken" },
};

START_TEST(signature)
{
	struct error err = ERROR_INIT;
	scoped_secret content = { 0 };
	scoped_buf message;
	const char *says = signatures[_i].says, *why = signatures[_i].why;

	buf_init(&message, 1 << 20);
	seal_for(&message, "p256.crt", NULL, signatures[_i].signer, 0, &err);
	int rc = open_with(&message, "p256.key", signatures[_i].trusted, &content, &err);

	ck_assert_msg((rc == 0) == !says, "%s: %s", why, err.text);
	if (says)
		ck_assert_msg(strstr(err.text, says), "%s: %s", why, err.text);
	else
		ck_content(&content, why);
}
END_TEST

/* What cms_seal() would not make. */
static const struct {
	const char *script; /* makes s.der */
	const char *says, *why;
} signed_by_hand[] = {
	{ "openssl cms -sign -binary -nodetach -nocerts -outform DER -signer old.pem -in "
	  "content.txt -out s.der",
	  "has expired", "the sealer's certificate has ended" },
	{ "openssl cms -sign -binary -nodetach -outform DER -signer sealer.pem -signer "
	  "stranger.pem -in content.txt -out s.der",
	  "not signed by one of the trusted", "one of two signers is a stranger" },
	{ "openssl cms -sign -binary -nodetach -outform DER -signer stranger.pem -in content.txt "
	  "-out s.der",
	  "not signed by one of the trusted", "a stranger who brings the certificate along" },
	{ "openssl cms -sign -binary -outform DER -signer sealer.pem -in content.txt -out s.der",
	  "", "without what is signed" },
	{ "openssl crl2pkcs7 -nocrl -certfile sealer.crt -outform DER -out s.der", "",
	  "certificates only" },
	{ "openssl cms -sign -binary -nodetach -outform DER -signer sealer.pem -in content.txt "
	  "-out n.der; cat n.der n.der >s.der",
	  "no signed message", "something behind it" },
	{ "openssl cms -data_create -in content.txt -outform DER -out s.der", "no signed message",
	  "another kind inside" },
};

START_TEST(signed_otherwise)
{
	struct error err = ERROR_INIT;
	scoped_secret content = { 0 };
	scoped_secret bytes = { 0 };
	scoped_buf message;

	scratch_write("content.txt", CONTENT, 0600);
	keys_run(signed_by_hand[_i].script);
	keys_run("seal m.pem -aes-256-gcm -in s.der -recip p256.crt");
	keys_read("m.pem", &bytes);
	buf_init(&message, 1 << 20);
	buf_add(&message, bytes.data, bytes.len);
	ck_assert_msg(open_with(&message, "p256.key", "with_old.crt", &content, &err) < 0, "%s",
		      signed_by_hand[_i].why);
	ck_assert_msg(strstr(err.text, signed_by_hand[_i].says), "%s: %s", signed_by_hand[_i].why,
		      err.text);
	ck_assert_ptr_null(content.data);
}
END_TEST

/* A SignedData of SHA-256 with an empty set of signers. */
static void write_unsigned(const char *name)
{
	const unsigned char n = (unsigned char)strlen(CONTENT);
	const unsigned char head[] = { 0x30,
				       (unsigned char)(54 + n),
				       0x06,
				       0x09,
				       0x2a,
				       0x86,
				       0x48,
				       0x86,
				       0xf7,
				       0x0d,
				       0x01,
				       0x07,
				       0x02,
				       0xa0,
				       (unsigned char)(41 + n),
				       0x30,
				       (unsigned char)(39 + n),
				       0x02,
				       0x01,
				       0x01,
				       0x31,
				       0x0f,
				       0x30,
				       0x0d,
				       0x06,
				       0x09,
				       0x60,
				       0x86,
				       0x48,
				       0x01,
				       0x65,
				       0x03,
				       0x04,
				       0x02,
				       0x01,
				       0x05,
				       0x00,
				       0x30,
				       (unsigned char)(15 + n),
				       0x06,
				       0x09,
				       0x2a,
				       0x86,
				       0x48,
				       0x86,
				       0xf7,
				       0x0d,
				       0x01,
				       0x07,
				       0x01,
				       0xa0,
				       (unsigned char)(2 + n),
				       0x04,
				       n };
	scoped_str path = scratch_path(name);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fwrite(head, 1, sizeof(head), file);
	fputs(CONTENT "1", file); /* 0x31 0x00: the empty set */
	fputc(0, file);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(signed_by_nobody)
{
	struct error err = ERROR_INIT;
	scoped_secret content = { 0 };
	scoped_secret bytes = { 0 };
	scoped_buf message;

	write_unsigned("nobody.der");
	keys_run("seal m.pem -aes-256-gcm -in nobody.der -recip p256.crt");
	keys_read("m.pem", &bytes);
	buf_init(&message, 1 << 20);
	buf_add(&message, bytes.data, bytes.len);
	ck_assert_int_eq(open_with(&message, "p256.key", NULL, &content, &err), 0);
	ck_content(&content, "not asked for");
	secret_release(&content);
	ck_assert_int_lt(open_with(&message, "p256.key", "sealer.crt", &content, &err), 0);
	ck_assert_msg(err.kind == ERROR_DENIED && strstr(err.text, "no signers"), "%s", err.text);
}
END_TEST

/* --- For whom. */

START_TEST(recipients)
{
	struct error err = ERROR_INIT;
	scoped_strings lines = { 0 };
	scoped_strings by_id = { 0 };
	scoped_secret bytes = { 0 };
	scoped_buf message;

	keys_run("for i in ci p256; do openssl x509 -in $i.crt -noout -serial | cut -d= -f2 | tr "
		 "-d '\\n' >$i.serial; done");
	scoped_str ci = scratch_read("ci.serial");
	scoped_str p256 = scratch_read("p256.serial");
	scoped_str first = xasprintf("CN=ci, serial %s", ci);
	scoped_str second = xasprintf("CN=p256, serial %s", p256);

	buf_init(&message, 1 << 20);
	seal_for(&message, "ci.crt", "p256.crt", NULL, 0, &err);
	ck_assert_msg(cms_recipients(&message, &lines, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(lines.count, 2);
	ck_assert_str_eq(lines.items[0], first);
	ck_assert_str_eq(lines.items[1], second);

	scratch_write("content.txt", CONTENT, 0600);
	keys_run("seal m.pem -aes-256-gcm -in content.txt -recip ci.crt $OAEP -keyid");
	keys_read("m.pem", &bytes);
	buf_clear(&message);
	buf_add(&message, bytes.data, bytes.len);
	ck_assert_int_eq(cms_recipients(&message, &by_id, &err), 0);
	ck_assert_msg(strncmp(by_id.items[0], "key ", 4) == 0 && strlen(by_id.items[0]) == 44, "%s",
		      by_id.items[0]);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("cms");
	TCase *tcase = tcase_create("cms");

	tcase_add_unchecked_fixture(tcase, make, scratch_remove);
	tcase_add_loop_test(tcase, to_a_key, 0, (int)array_len(keys));
	tcase_add_loop_test(tcase, not_sealed, 0, (int)array_len(refused));
	tcase_add_loop_test(tcase, message_of_others, 0, (int)array_len(messages));
	tcase_add_test(tcase, openssl_opens_ours);
	tcase_add_test(tcase, tampered_with);
	tcase_add_loop_test(tcase, signature, 0, (int)array_len(signatures));
	tcase_add_loop_test(tcase, signed_otherwise, 0, (int)array_len(signed_by_hand));
	tcase_add_test(tcase, signed_by_nobody);
	tcase_add_test(tcase, recipients);
	suite_add_tcase(s, tcase);
	return s;
}
