/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "credhelper/proven.h"
#include "tests/unit/client/scratch.h"

static const struct world world = { .clock = &clock_system };

static bool is_proven(const char *server, const char *username, const char *secret)
{
	scoped_registry_key key;
	scoped_helper_credential c = { .server = xstrdup(server), .username = xstrdup(username) };

	secret_set(&c.secret, secret, strlen(secret));
	registry_key_read(&key, server);
	return proven_is(&key, &c, NULL);
}

static int set(const char *server, const char *username, const char *secret, struct error *err)
{
	scoped_registry_key key;
	scoped_helper_credential c = { .server = xstrdup(server), .username = xstrdup(username) };

	secret_set(&c.secret, secret, strlen(secret));
	registry_key_read(&key, server);
	return proven_set(&world, &key, &c, "docker hygiene access", err);
}

static int forget(const char *server, struct error *err)
{
	scoped_registry_key key;

	registry_key_read(&key, server);
	return proven_forget(&key, err);
}

static void setup(void)
{
	scratch_make();
	ck_assert_int_eq(setenv("XDG_STATE_HOME", scratch_dir(), 1), 0);
}

static bool may_be(const char *server, const char *username)
{
	scoped_registry_key key;

	registry_key_read(&key, server);
	return proven_may_be(&key, username);
}

START_TEST(marks)
{
	struct error err = ERROR_INIT;

	ck_assert(!is_proven("reg", "u", "pw"));
	ck_assert_int_eq(forget("reg", &err), 0);
	ck_assert_msg(set("reg", "u", "geheim", &err) == 0, "%s", err.text);
	ck_assert(is_proven("reg", "u", "geheim"));
	ck_assert_msg(is_proven("https://REG:443/v2/", "u", "geheim"), "the same key");
	ck_assert_msg(!is_proven("reg", "u", "Geheim"), "another secret");
	ck_assert_msg(!is_proven("reg", "u", ""), "none");
	ck_assert(may_be("https://reg/", "u") && !may_be("reg", "v") && !may_be("reg2", "u"));
	ck_assert_msg(!is_proven("reg", "v", "geheim"), "another user");
	ck_assert_msg(!is_proven("reg/org", "u", "geheim"), "another key");
	ck_assert_msg(!is_proven("http://reg", "u", "geheim"), "another registry");

	scoped_str first = scratch_read("docker-hygiene/pushgate-proven.json");

	ck_assert_ptr_null(strstr(first, "geheim"));
	ck_assert_ptr_null(strstr(first, "Z2VoZWlt"));
	ck_assert_ptr_nonnull(strstr(first, "\"by\":\"docker hygiene access\""));
	ck_assert_int_eq(set("reg", "u", "geheim", &err), 0);
	scoped_str again = scratch_read("docker-hygiene/pushgate-proven.json");

	ck_assert_msg(strcmp(first, again) != 0, "a new salt");
	ck_assert_uint_eq(strlen(first), strlen(again));
	ck_assert_int_eq(set("reg", "v", "other", &err), 0);
	ck_assert_int_eq(set("reg2", "u", "geheim", &err), 0);
	ck_assert_int_eq(forget("reg", &err), 0);
	ck_assert(!is_proven("reg", "u", "geheim") && !is_proven("reg", "v", "other"));
	ck_assert(is_proven("reg2", "u", "geheim"));
}
END_TEST

/* A mark that cannot be trusted is none. */
START_TEST(broken)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "", "nothing" },
		{ "{\"version\":1}", "no list" },
		{ "{\"version\":2,\"proven\":[]}", "a later version" },
		{ "{\"version\":1,\"proven\":[1]}", "no object" },
		{ "{\"version\":1,\"proven\":[{}]}", "no members" },
		{ "{\"version\":1,\"proven\":[],\"x\":1}", "an unknown member" },
	};
	scoped_str path = scratch_path("docker-hygiene/pushgate-proven.json");
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < array_len(rows); i++) {
		scratch_write("docker-hygiene/pushgate-proven.json", rows[i].text, 0600);
		ck_assert_msg(!is_proven("reg", "u", "pw"), "%s", rows[i].why);
		ck_assert_msg(set("reg", "u", "pw", &err) == -1, "%s", rows[i].why);
		error_clear(&err);
		ck_assert_msg(forget("reg", &err) == -1, "%s", rows[i].why);
		error_clear(&err);
	}
	scratch_write("docker-hygiene/pushgate-proven.json", "{\"version\":1,\"proven\":[]}", 0600);
	ck_assert_int_eq(set("reg", "u", "pw", &err), 0);
	ck_assert(is_proven("reg", "u", "pw"));
	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_assert_msg(!is_proven("reg", "u", "pw"), "others could have read it");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("proven");
	TCase *tc = tcase_create("proven");

	tcase_add_checked_fixture(tc, setup, scratch_remove);
	tcase_add_test(tc, marks);
	tcase_add_test(tc, broken);
	suite_add_tcase(s, tc);
	return s;
}
