/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/client/secret_file.h"
#include "credhelper/push_file.h"
#include "tests/unit/client/scratch.h"

#define NOW (1796000000 * NSEC_PER_SEC)

/* --- The format. */

#define ENTRY(server, username, secret, stored, expires)                                \
	"{\"server\":\"" server "\",\"username\":\"" username "\",\"secret\":\"" secret \
	"\",\"stored\":\"" stored "\",\"expires\":\"" expires "\"}"
#define GOOD             ENTRY("reg", "u", "cHc=", "2026-11-28T13:00:00Z", "2026-11-29T01:00:00Z")
#define FILE_OF(entries) "{\"version\":1,\"entries\":[" entries "]}\n"

static const struct {
	const char *text;
	enum error_kind kind;
	size_t count;
	const char *why;
} files[] = {
	{ FILE_OF(""), ERROR_NONE, 0, "no entries" },
	{ FILE_OF(GOOD), ERROR_NONE, 1, "one" },
	{ FILE_OF(GOOD "," GOOD), ERROR_NONE, 2, "two" },
	{ FILE_OF(ENTRY("reg", "u", "", "2026-11-28T13:00:00Z", "2026-11-29T01:00:00Z")),
	  ERROR_NONE, 1, "an empty secret" },
	{ " { \"entries\" : [ ] , \"version\" : 1 }", ERROR_NONE, 0, "another order" },
	{ "", ERROR_INPUT, 0, "nothing" },
	{ "{\"version\":1,\"entries\":[", ERROR_INPUT, 0, "cut" },
	{ FILE_OF(GOOD) "x", ERROR_INPUT, 0, "more behind it" },
	{ "[]", ERROR_INPUT, 0, "a list" },
	{ "{\"entries\":[]}", ERROR_INPUT, 0, "no version" },
	{ "{\"version\":\"1\",\"entries\":[]}", ERROR_INPUT, 0, "a version in quotes" },
	{ "{\"version\":1.0,\"entries\":[]}", ERROR_INPUT, 0, "a fraction as version" },
	{ "{\"version\":0,\"entries\":[]}", ERROR_INPUT, 0, "no such version" },
	{ "{\"version\":2,\"entries\":{},\"x\":1}", ERROR_UNSUPPORTED, 0, "a later version" },
	{ "{\"version\":1}", ERROR_INPUT, 0, "no entries at all" },
	{ "{\"version\":1,\"entries\":{}}", ERROR_INPUT, 0, "entries are no list" },
	{ "{\"version\":1,\"version\":1,\"entries\":[]}", ERROR_INPUT, 0, "a member twice" },
	{ "{\"version\":1,\"entries\":[],\"x\":1}", ERROR_INPUT, 0, "an unknown member" },
	{ FILE_OF("1"), ERROR_INPUT, 0, "an entry that is none" },
	{ FILE_OF("{}"), ERROR_INPUT, 0, "an empty entry" },
	{ FILE_OF(ENTRY("", "u", "cHc=", "2026-11-28T13:00:00Z", "2026-11-29T01:00:00Z")),
	  ERROR_INPUT, 0, "no server" },
	{ FILE_OF(ENTRY("reg", "", "cHc=", "2026-11-28T13:00:00Z", "2026-11-29T01:00:00Z")),
	  ERROR_INPUT, 0, "no user name" },
	{ FILE_OF(ENTRY("reg", "u", "cHc", "2026-11-28T13:00:00Z", "2026-11-29T01:00:00Z")),
	  ERROR_INPUT, 0, "no base64" },
	{ FILE_OF(ENTRY("reg", "u", "cHc=", "", "2026-11-29T01:00:00Z")), ERROR_INPUT, 0,
	  "never stored" },
	{ FILE_OF(ENTRY("reg", "u", "cHc=", "2026-11-28T13:00:00Z", "0001-01-01T00:00:00Z")),
	  ERROR_INPUT, 0, "Go's zero time is no end" },
	{ FILE_OF(ENTRY("reg", "u", "cHc=", "2026-11-28T13:00:00Z", "tomorrow")), ERROR_INPUT, 0,
	  "no time" },
	{ FILE_OF("{\"server\":\"reg\",\"username\":\"u\",\"secret\":\"cHc=\"}"), ERROR_INPUT, 0,
	  "without an end it would never end" },
	{ FILE_OF("{\"x\":1,"
		  "\"server\":\"reg\",\"username\":\"u\",\"secret\":\"cHc=\","
		  "\"stored\":\"2026-11-28T13:00:00Z\",\"expires\":\"2026-11-29T01:00:00Z\"}"),
	  ERROR_INPUT, 0, "an unknown member of an entry" },
	{ FILE_OF(ENTRY("re\\u0000g", "u", "cHc=", "2026-11-28T13:00:00Z", "2026-11-29T01:00:00Z")),
	  ERROR_INPUT, 0, "a NUL" },
	{ FILE_OF(ENTRY("re\xffg", "u", "cHc=", "2026-11-28T13:00:00Z", "2026-11-29T01:00:00Z")),
	  ERROR_INPUT, 0, "no UTF-8" },
};

START_TEST(format)
{
	scoped_push_entries out = { 0 }, again = { 0 };
	struct error err = ERROR_INIT;
	int rc = push_file_parse(&out, files[_i].text, strlen(files[_i].text), &err);
	scoped_buf text;

	buf_init_wiped(&text, PUSH_FILE_MAX);
	ck_assert_msg(err.kind == files[_i].kind, "%s: %s", files[_i].why, err.text);
	ck_assert_msg((rc < 0) == (err.kind != ERROR_NONE), "%s", files[_i].why);
	ck_assert_msg(out.count == files[_i].count, "%s", files[_i].why);
	if (rc < 0)
		return;
	push_file_format(&out, &text);
	ck_assert_msg(push_file_parse(&again, text.data, text.len, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(again.count, out.count);
}
END_TEST

START_TEST(format_word_for_word)
{
	scoped_push_entries out = { 0 };
	struct error err = ERROR_INIT;
	scoped_buf text;

	buf_init_wiped(&text, PUSH_FILE_MAX);
	ck_assert_int_eq(push_file_parse(&out, FILE_OF(GOOD), strlen(FILE_OF(GOOD)), &err), 0);
	push_file_format(&out, &text);
	ck_assert_str_eq(text.data, FILE_OF(GOOD));
	ck_assert_str_eq(out.items[0].credential.server, "reg");
	ck_assert_int_eq(out.items[0].expires - out.items[0].stored, 12 * NSEC_PER_HOUR);
}
END_TEST

/* A broken file is told of without a byte of what it holds. */
START_TEST(errors_quote_nothing)
{
	static const char *const texts[] = {
		"{\"version\":1,\"entries\":[{\"secret\":\"SECRETX",
		"{\"version\":1,\"entries\":[{\"secret\":\"cHc=\"}\"SECRETX\"]}",
		FILE_OF(ENTRY("reg", "u", "SECRETX", "2026-11-28T13:00:00Z",
			      "2026-11-29T01:00:00Z")),
	};

	for (size_t i = 0; i < array_len(texts); i++) {
		scoped_push_entries out = { 0 };
		struct error err = ERROR_INIT;

		ck_assert_int_eq(push_file_parse(&out, texts[i], strlen(texts[i]), &err), -1);
		ck_assert_msg(!strstr(err.text, "SECRET"), "%s", err.text);
	}
}
END_TEST

/* --- The file. */

static int put(const char *server, const char *username, const char *secret, size_t len,
	       int64_t stored, int64_t expires, struct error *err)
{
	scoped_str path = scratch_path("state/push.json");
	scoped_registry_key key;
	struct push_entry entry = { .stored = stored, .expires = expires };

	registry_key_read(&key, server);
	entry.credential.server = xstrdup(server);
	entry.credential.username = xstrdup(username);
	secret_set(&entry.credential.secret, secret, len);

	int rc = push_file_put(path, &key, &entry, err);

	helper_credential_release(&entry.credential);
	return rc;
}

static void must_put(const char *server, const char *username, const char *secret)
{
	struct error err = ERROR_INIT;

	ck_assert_msg(
		put(server, username, secret, strlen(secret), NOW, NOW + NSEC_PER_HOUR, &err) == 0,
		"%s", err.text);
}

/* "user:secret", "" if there is none. Owned. */
static char *find(const char *server, int64_t now)
{
	scoped_str path = scratch_path("state/push.json");
	scoped_registry_key key;
	struct push_entry out = { 0 };
	struct error err = ERROR_INIT;
	char *text;

	registry_key_read(&key, server);
	if (push_file_find(path, &key, now, &out, &err) < 0) {
		ck_assert_msg(err.kind == ERROR_NOT_FOUND, "%s", err.text);
		return xstrdup("");
	}
	text = xasprintf("%s:%.*s", out.credential.username, (int)out.credential.secret.len,
			 out.credential.secret.len ? out.credential.secret.data : "");
	helper_credential_release(&out.credential);
	return text;
}

static void ck_finds(const char *server, const char *wanted)
{
	scoped_str got = find(server, NOW);

	ck_assert_msg(strcmp(got, wanted) == 0, "%s: %s", server, got);
}

static int erase(const char *server, int64_t now, struct error *err)
{
	scoped_str path = scratch_path("state/push.json");
	scoped_registry_key key;

	registry_key_read(&key, server);
	return push_file_erase(path, &key, now, err);
}

static size_t names(int64_t now)
{
	scoped_str path = scratch_path("state/push.json");
	scoped_helper_names out = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_msg(push_file_names(path, now, &out, &err) == 0, "%s", err.text);
	return out.count;
}

START_TEST(finds_by_the_rule)
{
	ck_finds("reg", "");
	must_put("reg/org", "org", "1");
	must_put("https://reg", "whole", "2");
	must_put("http://reg", "http", "3");
	must_put("https://index.docker.io/v1/", "hub", "4");
	ck_finds("reg", "whole:2");
	ck_finds("REG:443/", "whole:2");
	ck_finds("reg/org/app", "org:1");
	ck_finds("reg/other/app", "whole:2");
	ck_finds("https://reg/org/app", "");
	ck_finds("http://reg", "http:3");
	ck_finds("reg:5000", "");
	ck_finds("docker.io", "hub:4");
	ck_finds("registry-1.docker.io", "hub:4");
	ck_assert_uint_eq(names(NOW), 4);
}
END_TEST

START_TEST(replaces_the_same_key)
{
	must_put("reg", "alice", "1");
	must_put("https://REG/v2/", "bob", "2");
	must_put("other", "carol", "3");
	ck_finds("reg", "bob:2");
	ck_finds("https://REG/v2/", "bob:2");
	ck_assert_uint_eq(names(NOW), 2);

	scoped_str all = scratch_read("state/push.json");

	ck_assert_msg(!strstr(all, "alice") && !strstr(all, "MQ=="), "%s", all);
}
END_TEST

START_TEST(ends)
{
	struct error err = ERROR_INIT;

	ck_assert_int_eq(put("short", "u", "1", 1, NOW, NOW + NSEC_PER_MIN, &err), 0);
	ck_assert_int_eq(put("long", "u", "2", 1, NOW, NOW + NSEC_PER_HOUR, &err), 0);
	ck_assert_uint_eq(names(NOW + NSEC_PER_MIN - NSEC_PER_SEC), 2);
	ck_assert_uint_eq(names(NOW + NSEC_PER_MIN), 1);

	scoped_str before = find("short", NOW + NSEC_PER_MIN - NSEC_PER_SEC);
	scoped_str after = find("short", NOW + NSEC_PER_MIN);

	ck_assert_str_eq(before, "u:1");
	ck_assert_str_eq(after, "");
	/* The next change takes it off the disk, whatever it is about. */
	ck_assert_int_eq(erase("nothing", NOW + NSEC_PER_MIN, &err), 0);
	scoped_str all = scratch_read("state/push.json");

	ck_assert_msg(!strstr(all, "short") && strstr(all, "long"), "%s", all);
}
END_TEST

START_TEST(every_byte_survives)
{
	scoped_str path = scratch_path("state/push.json");
	scoped_registry_key key;
	struct push_entry out = { 0 };
	struct error err = ERROR_INIT;
	size_t len = 200000; /* above the 64 KiB of the peers */
	scoped_str secret = xmalloc(len);

	for (size_t i = 0; i < len; i++)
		secret[i] = (char)i;
	registry_key_read(&key, "reg");
	ck_assert_msg(put("reg", "\xc3\xa9", secret, len, NOW, NOW + 1, &err) == 0, "%s", err.text);
	ck_assert_int_eq(put("reg", "\xff", "x", 1, NOW, NOW + NSEC_PER_SEC, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	error_clear(&err);
	ck_assert_int_eq(put("reg", "\xc3\xa9", secret, len, NOW, NOW + NSEC_PER_SEC, &err), 0);
	ck_assert_msg(push_file_find(path, &key, NOW, &out, &err) == 0, "%s", err.text);
	ck_assert_str_eq(out.credential.username, "\xc3\xa9");
	ck_assert(out.credential.secret.len == len &&
		  memcmp(out.credential.secret.data, secret, len) == 0);
	helper_credential_release(&out.credential);
}
END_TEST

START_TEST(erases)
{
	scoped_str path = scratch_path("state/push.json");
	scoped_str dir = scratch_path("state");
	struct error err = ERROR_INIT;

	ck_assert_int_eq(erase("reg", NOW, &err), 0);
	ck_assert_msg(access(dir, F_OK) < 0, "erasing nothing makes nothing");
	must_put("reg", "u", "1");
	must_put("other", "u", "2");
	ck_assert_int_eq(erase("HTTPS://reg:443", NOW, &err), 0);
	ck_finds("reg", "");
	ck_finds("other", "u:2");
	ck_assert_int_eq(erase("reg", NOW, &err), 0);

	/* Of one that was killed while it stored the first of all. */
	scratch_write("state/.push.json.1.2.tmp", "secret", 0600);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(erase("reg", NOW, &err), 0);
	scoped_str left = scratch_path("state/.push.json.1.2.tmp");

	ck_assert(access(left, F_OK) < 0);
}
END_TEST

/* What cannot be read is told, and never taken for empty. */
START_TEST(broken)
{
	static const struct {
		const char *text;
		mode_t mode;
		enum error_kind kind;
		const char *why;
	} rows[] = {
		{ "{", 0600, ERROR_INPUT, "no JSON" },
		{ "", 0600, ERROR_INPUT, "nothing" },
		{ FILE_OF(GOOD), 0640, ERROR_DENIED, "the group may read" },
		{ "{\"version\":2}", 0600, ERROR_UNSUPPORTED, "a later version" },
	};
	scoped_str path = scratch_path("state/push.json");
	scoped_registry_key key;

	registry_key_read(&key, "reg");
	for (size_t i = 0; i < array_len(rows); i++) {
		struct push_entry out = { 0 };
		scoped_helper_names listed = { 0 };
		struct error err[4] = { ERROR_INIT, ERROR_INIT, ERROR_INIT, ERROR_INIT };

		scratch_write("state/push.json", rows[i].text, rows[i].mode);
		ck_assert_int_eq(push_file_find(path, &key, NOW, &out, &err[0]), -1);
		ck_assert_int_eq(push_file_names(path, NOW, &listed, &err[1]), -1);
		ck_assert_int_eq(erase("reg", NOW, &err[2]), -1);
		ck_assert_int_eq(put("reg", "u", "x", 1, NOW, NOW + NSEC_PER_MIN, &err[3]), -1);
		for (size_t j = 0; j < array_len(err); j++)
			ck_assert_msg(err[j].kind == rows[i].kind && strstr(err[j].text, path),
				      "%s: %s", rows[i].why, err[j].text);
		scoped_str after = scratch_read("state/push.json");

		ck_assert_msg(strcmp(after, rows[i].text) == 0, "%s", rows[i].why);
	}
}
END_TEST

/* As many docker logins and pushes at the same time: none is lost, none fails. */
START_TEST(two_hundred_at_once)
{
	enum { COUNT = 200 };
	pid_t children[COUNT];

	for (int i = 0; i < COUNT; i++) {
		children[i] = fork();
		ck_assert_int_ge(children[i], 0);
		if (children[i] == 0) {
			struct error err = ERROR_INIT;
			scoped_str server = xasprintf("reg%d", i / 2);

			if (i % 2)
				_exit(put(server, "u", "x", 1, NOW, NOW + NSEC_PER_HOUR, &err) < 0);
			free(find(server, NOW));
			_exit(0);
		}
	}
	for (int i = 0; i < COUNT; i++) {
		int status = 1;

		ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_uint_eq(names(NOW), COUNT / 2);
}
END_TEST

/* Killed at any moment, the old or the new file is there, and the next one goes on. */
START_TEST(killed_at_any_moment)
{
	must_put("reg0", "u", "x");
	for (int i = 0; i < 60; i++) {
		pid_t child = fork();

		ck_assert_int_ge(child, 0);
		if (child == 0) {
			for (;;)
				must_put("reg1", "u", "x");
		}
		usleep((useconds_t)(500 + i * 97));
		kill(child, SIGKILL);
		ck_assert_int_eq(waitpid(child, NULL, 0), child);
		ck_finds("reg0", "u:x");
		must_put("reg2", "u", "y");
		ck_finds("reg2", "u:y");
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("push_file");
	TCase *tc = tcase_create("push_file");

	tcase_add_checked_fixture(tc, scratch_make, scratch_remove);
	tcase_add_loop_test(tc, format, 0, (int)array_len(files));
	tcase_add_test(tc, format_word_for_word);
	tcase_add_test(tc, errors_quote_nothing);
	tcase_add_test(tc, finds_by_the_rule);
	tcase_add_test(tc, replaces_the_same_key);
	tcase_add_test(tc, ends);
	tcase_add_test(tc, every_byte_survives);
	tcase_add_test(tc, erases);
	tcase_add_test(tc, broken);
	tcase_add_test(tc, two_hundred_at_once);
	tcase_add_test(tc, killed_at_any_moment);
	suite_add_tcase(s, tc);
	return s;
}
