/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/keyctl.h>
#include <sys/syscall.h>
#endif

#include "common/client/secret_file.h"
#include "credhelper/crypto_api.h"
#include "credhelper/kernel_key.h"
#include "credhelper/pull_head.h"
#include "credhelper/store.h"
#include "tests/unit/client/scratch.h"

/* --- The first line. */

#define SALT  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define NONCE "f0f1f2f3f4f5f6f7f8f9fafb"
#define HEAD  "pushgate-pull 1 aes-256-gcm " SALT " " NONCE "\n"

static const struct {
	const char *text;
	enum error_kind kind;
	const char *why;
} heads[] = {
	{ HEAD, ERROR_NONE, "as written" },
	{ HEAD "xyz", ERROR_NONE, "with what follows" },
	{ "", ERROR_INPUT, "nothing" },
	{ "pushgate-pull", ERROR_INPUT, "cut" },
	{ "{\"version\":1}", ERROR_INPUT, "another file" },
	{ "pushgate-pull 2 aes-256-gcm " SALT " " NONCE "\n", ERROR_UNSUPPORTED,
	  "a later version" },
	{ "pushgate-pull 1 aes-128-gcm " SALT " " NONCE "\n", ERROR_UNSUPPORTED, "another cipher" },
	{ "pushgate-pull 1 aes-256-gcm " SALT " " NONCE, ERROR_INPUT, "no newline" },
	{ "pushgate-pull 1 aes-256-gcm " SALT NONCE " \n", ERROR_INPUT, "no blank" },
	{ "pushgate-pull 1 aes-256-gcm " NONCE " " SALT "\n", ERROR_INPUT, "other lengths" },
	{ "pushgate-pull 1 aes-256-gcm 00"
	  "F1"
	  "02030405060708090a0b0c0d0e0f10111213141516171819"
	  "1a1b1c1d1e1f " NONCE "\n",
	  ERROR_INPUT, "capitals: there is one way to write it" },
	{ "pushgate-pull 1 aes-256-gcm " SALT " " NONCE "\r\n", ERROR_INPUT, "of Windows" },
};

START_TEST(head)
{
	struct pull_head out;
	struct error err = ERROR_INIT;
	int rc = pull_head_parse(&out, heads[_i].text, strlen(heads[_i].text), &err);
	scoped_buf text = { 0 };

	ck_assert_msg(err.kind == heads[_i].kind, "%s: %s", heads[_i].why, err.text);
	if (rc < 0)
		return;
	buf_init(&text, 200);
	pull_head_format(out.salt, out.nonce, &text);
	ck_assert_str_eq(text.data, HEAD);
	ck_assert_uint_eq(out.len, strlen(HEAD));
}
END_TEST

/* --- The cipher. */

START_TEST(cipher)
{
	scoped_secret key = { 0 }, out = { 0 };
	unsigned char salt[CRYPTO_SALT], nonce[CRYPTO_NONCE];
	struct error err = ERROR_INIT;
	scoped_buf plain, sealed;

	buf_init_wiped(&plain, 100);
	buf_init_wiped(&sealed, 100);
	buf_add(&plain, "se\0cret", 7);
	memset(salt, 1, sizeof(salt));
	memset(nonce, 2, sizeof(nonce));
	secret_set(&key, "0123456789abcdef0123456789abcdef", 32);
	struct crypto_box box = { &key, salt, nonce, "pushgate-pull", "head\n", 5 };

	ck_assert_msg(crypto_seal(&box, &plain, &sealed, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(sealed.len, 7 + CRYPTO_TAG);
	ck_assert_msg(crypto_open(&box, sealed.data, sealed.len, &out, &err) == 0, "%s", err.text);
	ck_assert(out.len == 7 && memcmp(out.data, "se\0cret", 7) == 0);

	for (size_t i = 0; i < sealed.len; i++) {
		sealed.data[i] ^= 1;
		ck_assert_msg(crypto_open(&box, sealed.data, sealed.len, &out, &err) < 0,
			      "byte %zu changed", i);
		ck_assert_int_eq(err.kind, ERROR_INPUT);
		error_clear(&err);
		sealed.data[i] ^= 1;
	}
	ck_assert_int_eq(crypto_open(&box, sealed.data, sealed.len - 1, &out, &err), -1);
	error_clear(&err);
	ck_assert_int_eq(crypto_open(&box, sealed.data, CRYPTO_TAG - 1, &out, &err), -1);
	error_clear(&err);
	box.head = "Head\n";
	ck_assert_int_eq(crypto_open(&box, sealed.data, sealed.len, &out, &err), -1);
	error_clear(&err);
	box.head = "head\n";
	box.info = "another use";
	ck_assert_int_eq(crypto_open(&box, sealed.data, sealed.len, &out, &err), -1);
	ck_assert(out.len == 7);
}
END_TEST

static void to_hex(char *out, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		snprintf(out + 2 * i, 3, "%02x", (unsigned char)bytes[i]);
}

/* What was written stays readable: the bytes are those that libcrypto made of the same, and those
 * of Python's hmac. */
START_TEST(known_bytes)
{
	scoped_secret key = { 0 }, data = { 0 };
	unsigned char salt[CRYPTO_SALT], nonce[CRYPTO_NONCE], mac[CRYPTO_MAC];
	struct error err = ERROR_INIT;
	scoped_buf plain, sealed;
	char text[100];

	buf_init_wiped(&plain, 100);
	buf_init_wiped(&sealed, 100);
	buf_add(&plain, "se\0cret", 7);
	memset(salt, 1, sizeof(salt));
	memset(nonce, 2, sizeof(nonce));
	secret_set(&key, "0123456789abcdef0123456789abcdef", 32);
	struct crypto_box box = { &key, salt, nonce, "pushgate-pull", "head\n", 5 };

	ck_assert_msg(crypto_seal(&box, &plain, &sealed, &err) == 0, "%s", err.text);
	to_hex(text, sealed.data, sealed.len);
	ck_assert_str_eq(text, "74de856f75cf69885a25be28b04508eb04e4f138ac9e18");

	secret_set(&data, "data\0x", 6);
	ck_assert_msg(crypto_mac("salt", 4, &data, mac, &err) == 0, "%s", err.text);
	to_hex(text, (const char *)mac, sizeof(mac));
	ck_assert_str_eq(text, "e1a7bb53fadfc08350c7def9ffd55bc0f64f04eba339ce2586776790c7fdf091");
	secret_release(&data);
	ck_assert_msg(crypto_mac("salt", 4, &data, mac, &err) == 0, "%s", err.text);
	to_hex(text, (const char *)mac, sizeof(mac));
	ck_assert_str_eq(text, "379d7f7966f400cb6e3c0b2cca4bf8a2db03b8c81fef8020015b5a3103c30460");
}
END_TEST

START_TEST(nothing_to_encrypt)
{
	const unsigned char bytes[CRYPTO_SALT] = { 0 };
	scoped_secret key = { 0 }, out = { 0 };
	struct error err = ERROR_INIT;
	scoped_buf plain, sealed;

	buf_init_wiped(&plain, 100);
	buf_init_wiped(&sealed, 100);
	secret_set(&key, bytes, CRYPTO_KEY);
	struct crypto_box box = { &key, bytes, bytes, "", "", 0 };

	ck_assert_msg(crypto_seal(&box, &plain, &sealed, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(sealed.len, CRYPTO_TAG);
	ck_assert_msg(crypto_open(&box, sealed.data, sealed.len, &out, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

/* --- The store. */

static struct store *open_store(const char *key_name)
{
	static const struct world world = { 0 };
	scoped_str path = scratch_path("state/pull.enc");
	scoped_str key = key_name ? scratch_path(key_name) : NULL;

	return store_file_open(&world, path, key);
}

static int put_as(struct store *store, const char *server, const char *username, const char *secret,
		  struct error *err)
{
	scoped_registry_key key;
	scoped_helper_credential c = { .server = xstrdup(server), .username = xstrdup(username) };

	secret_set(&c.secret, secret, strlen(secret));
	registry_key_read(&key, server);
	return store_save(store, &key, &c, err);
}

static void put(const char *server, const char *username, const char *secret)
{
	scoped_store *store = open_store("key");
	struct error err = ERROR_INIT;

	ck_assert_msg(put_as(store, server, username, secret, &err) == 0, "%s", err.text);
}

/* "user:secret", "" if there is none. Owned. */
static char *find(const char *server)
{
	scoped_store *store = open_store("key");
	scoped_helper_credential c = { 0 };
	scoped_registry_key key;
	struct error err = ERROR_INIT;

	registry_key_read(&key, server);
	if (store_find(store, &key, &c, &err) < 0) {
		ck_assert_msg(err.kind == ERROR_NOT_FOUND, "%s", err.text);
		return xstrdup("");
	}
	return xasprintf("%s:%.*s", c.username, (int)c.secret.len,
			 c.secret.len ? c.secret.data : "");
}

static void ck_finds(const char *server, const char *wanted)
{
	scoped_str got = find(server);

	ck_assert_msg(strcmp(got, wanted) == 0, "%s: %s", server, got);
}

static int erase(const char *server, struct error *err)
{
	scoped_store *store = open_store("key");
	scoped_registry_key key;

	registry_key_read(&key, server);
	return store_erase(store, &key, err);
}

static size_t count_names(void)
{
	scoped_store *store = open_store("key");
	scoped_helper_names names = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_msg(store->ops->list(store, &names, &err) == 0, "%s", err.text);
	return names.count;
}

static mode_t mode_of(const char *name)
{
	scoped_str path = scratch_path(name);
	struct stat st;

	ck_assert_int_eq(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

START_TEST(keeps)
{
	struct error err = ERROR_INIT;
	scoped_str key = scratch_path("key");

	ck_finds("reg", "");
	ck_assert_int_eq(erase("reg", &err), 0);
	ck_assert_msg(access(key, F_OK) < 0, "asking makes no key");
	put("reg", "alice", "geheim");
	ck_finds("https://reg:443/v2/", "alice:geheim");
	ck_assert_uint_eq(mode_of("state/pull.enc"), 0600);
	ck_assert_uint_eq(mode_of("key"), 0600);
	put("https://reg", "bob", "");
	put("other", "carol", "x");
	ck_finds("reg", "bob:");
	ck_finds("reg/org/app", "bob:");
	ck_assert_uint_eq(count_names(), 2);
	ck_assert_int_eq(erase("reg", &err), 0);
	ck_finds("reg", "");
	ck_finds("other", "carol:x");
	ck_assert_int_eq(erase("reg", &err), 0);
}
END_TEST

START_TEST(holds_no_plain_text)
{
	scoped_str path = scratch_path("state/pull.enc");
	scoped_secret bytes = { 0 }, before = { 0 };
	struct error err = ERROR_INIT;

	put("registry.example", "alice", "geheimnis");
	ck_assert_int_eq(secret_read_file(path, 1000, &before, &err), 0);
	ck_assert_ptr_null(memmem(before.data, before.len, "alice", 5));
	ck_assert_ptr_null(memmem(before.data, before.len, "registry", 8));
	put("registry.example", "alice", "geheimnis");
	ck_assert_int_eq(secret_read_file(path, 1000, &bytes, &err), 0);
	/* Behind the name of the format: salt and nonce are new at each write. */
	ck_assert(memcmp(bytes.data + 28, before.data + 28, 64) != 0);
	ck_assert(memcmp(bytes.data + 93, before.data + 93, 24) != 0);
}
END_TEST

/* None of these is "not found", and none is changed. */
START_TEST(broken)
{
	static const struct {
		const char *key, *why;
		size_t key_len;
		mode_t key_mode;
		ssize_t cut;
		enum error_kind kind;
		const char *text;
	} rows[] = {
		{ "0123456789abcdef0123456789abcdef", "another key", 32, 0600, 0, ERROR_INPUT,
		  "another key" },
		{ "0123456789abcdef", "a short key", 16, 0600, 0, ERROR_INPUT, "32 bytes" },
		{ "0123456789abcdef0123456789abcdef01", "a long key", 34, 0600, 0, ERROR_LIMIT,
		  "33 bytes" },
		{ "0123456789abcdef0123456789abcdef", "a key that others may read", 32, 0644, 0,
		  ERROR_DENIED, "chmod 600" },
		{ NULL, "no key", 0, 0, 0, ERROR_DENIED, "is not there" },
		{ "", "a cut file", 0, 0, 1, ERROR_INPUT, "another key, or was changed" },
		{ "", "a cut head", 0, 0, 1000, ERROR_INPUT, "not a pull file" },
	};
	scoped_str path = scratch_path("state/pull.enc");
	scoped_str key_path = scratch_path("key");

	for (size_t i = 0; i < array_len(rows); i++) {
		scoped_store *store = open_store("key");
		scoped_registry_key key;
		scoped_helper_credential c = { 0 };
		struct error err[3] = { ERROR_INIT, ERROR_INIT, ERROR_INIT };
		struct stat st;

		unlink(path);
		unlink(key_path);
		put("reg", "u", "pw");
		if (rows[i].key_len)
			scratch_write("key", rows[i].key, rows[i].key_mode);
		else if (!rows[i].key)
			unlink(key_path);
		ck_assert_int_eq(stat(path, &st), 0);
		st.st_size = rows[i].cut > st.st_size ? 0 : st.st_size - rows[i].cut;
		ck_assert_int_eq(truncate(path, st.st_size), 0);

		registry_key_read(&key, "reg");
		ck_assert_int_eq(store_find(store, &key, &c, &err[0]), -1);
		ck_assert_int_eq(store_erase(store, &key, &err[1]), -1);
		ck_assert_int_eq(put_as(store, "reg", "u", "new", &err[2]), -1);
		for (size_t j = 0; j < array_len(err); j++)
			ck_assert_msg(err[j].kind == rows[i].kind &&
					      strstr(err[j].text, rows[i].text),
				      "%s: %s", rows[i].why, err[j].text);
	}
}
END_TEST

/* As many docker logins at the same time, the first of all of them too: none is lost. */
START_TEST(two_hundred_at_once)
{
	enum { COUNT = 200 };
	pid_t children[COUNT];

	for (int i = 0; i < COUNT; i++) {
		children[i] = fork();
		ck_assert_int_ge(children[i], 0);
		if (children[i] == 0) {
			scoped_str server = xasprintf("reg%d", i / 2);

			if (i % 2)
				free(find(server));
			else
				put(server, "u", "x");
			_exit(0);
		}
	}
	for (int i = 0; i < COUNT; i++) {
		int status = 1;

		ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_uint_eq(count_names(), COUNT / 2);
}
END_TEST

START_TEST(killed_at_any_moment)
{
	put("reg0", "u", "x");
	for (int i = 0; i < 40; i++) {
		pid_t child = fork();

		ck_assert_int_ge(child, 0);
		if (child == 0) {
			for (;;)
				put("reg1", "u", "x");
		}
		usleep((useconds_t)(500 + i * 151));
		kill(child, SIGKILL);
		ck_assert_int_eq(waitpid(child, NULL, 0), child);
		ck_finds("reg0", "u:x");
		put("reg2", "u", "y");
	}
}
END_TEST

/* --- The kernel's keyring, as a user that has none: ours may hold a key that is in use. */

static uid_t nobody(void)
{
	return 61000 + (uid_t)getpid() % 1000 * 2;
}

/* Keys outlive the process, and numbers come again. */
static void forget_keys(void)
{
#ifdef __linux__
	syscall(SYS_keyctl, KEYCTL_CLEAR, KEY_SPEC_USER_KEYRING);
#endif
}

static void run_with_kernel_key(void)
{
	scoped_store *store = open_store(NULL);
	scoped_helper_credential c = { 0 };
	scoped_registry_key key;
	scoped_secret other = { 0 };
	struct error err = ERROR_INIT;

	registry_key_read(&key, "reg");
	ck_assert_msg(put_as(store, "reg", "u", "pw", &err) == 0, "%s", err.text);
	ck_assert_msg(store_find(store, &key, &c, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(c.secret.len, 2);
	secret_set(&other, "0123456789abcdef0123456789abcdef", 32);
	ck_assert_msg(kernel_key_write("pushgate:pull", &other, &err) == 0, "%s", err.text);
	ck_assert_int_eq(put_as(store, "reg", "u", "new", &err), -1);
	ck_assert_msg(err.kind == ERROR_INPUT, "a key that does not fit: %s", err.text);
}

/* The machine was restarted: nobody can read the file any more, and docker login begins anew. */
static void run_without_kernel_key(void)
{
	scoped_store *store = open_store(NULL);
	scoped_helper_credential c = { 0 };
	scoped_registry_key key;
	struct error err = ERROR_INIT;
	scoped_str aside = scratch_path("state/pull.enc.old");

	registry_key_read(&key, "reg");
	ck_assert_int_eq(store_find(store, &key, &c, &err), -1);
	ck_assert_msg(err.kind == ERROR_DENIED && strstr(err.text, "docker login again"), "%s",
		      err.text);
	error_clear(&err);
	ck_assert_int_eq(store_erase(store, &key, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_DENIED);
	error_clear(&err);
	ck_assert_msg(put_as(store, "reg", "u", "new", &err) == 0, "%s", err.text);
	ck_assert_msg(store_find(store, &key, &c, &err) == 0, "%s", err.text);
	ck_assert_int_eq(access(aside, F_OK), 0);
}

static void as_user(uid_t uid, void (*run)(void))
{
	pid_t child = fork();
	int status = 1;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		ck_assert_int_eq(setresgid(uid, uid, uid), 0);
		ck_assert_int_eq(setresuid(uid, uid, uid), 0);
		forget_keys();
		run();
		forget_keys();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

START_TEST(kernel_key)
{
	const uid_t uid = nobody();
	struct error err = ERROR_INIT;
	scoped_secret out = { 0 };
	scoped_str state = scratch_path("state");
	scoped_str file = scratch_path("state/pull.enc");

	if (geteuid() != 0)
		return; /* only root becomes somebody else */
	if (kernel_key_read("pushgate:none", &out, &err) < 0 && err.kind == ERROR_UNSUPPORTED)
		return; /* a container without keyrings */
	ck_assert_int_eq(err.kind, ERROR_NOT_FOUND);
	scratch_write("state/x", "", 0600);
	ck_assert_int_eq(chmod(scratch_dir(), 0755), 0);
	ck_assert_int_eq(chown(state, uid, uid), 0);
	as_user(uid, run_with_kernel_key);
	ck_assert_int_eq(chown(state, uid + 1, uid + 1), 0);
	ck_assert_int_eq(chown(file, uid + 1, uid + 1), 0);
	scoped_str lock = scratch_path("state/pull.enc.lock");

	ck_assert_int_eq(unlink(lock), 0);
	as_user(uid + 1, run_without_kernel_key);
}
END_TEST

/* The lock of changes lies there. */
static void setup(void)
{
	scratch_make();
	ck_assert_int_eq(setenv("XDG_STATE_HOME", scratch_dir(), 1), 0);
}

Suite *suite(void)
{
	Suite *s = suite_create("store_file");
	TCase *tc = tcase_create("store_file");

	tcase_add_checked_fixture(tc, setup, scratch_remove);
	tcase_add_loop_test(tc, head, 0, (int)array_len(heads));
	tcase_add_test(tc, cipher);
	tcase_add_test(tc, known_bytes);
	tcase_add_test(tc, nothing_to_encrypt);
	tcase_add_test(tc, keeps);
	tcase_add_test(tc, holds_no_plain_text);
	tcase_add_test(tc, broken);
	tcase_add_test(tc, two_hundred_at_once);
	tcase_add_test(tc, killed_at_any_moment);
	tcase_add_test(tc, kernel_key);
	suite_add_tcase(s, tc);
	return s;
}
