/* SPDX-License-Identifier: Apache-2.0 */
/* The store that install names in the user's policy. */
#include "tests/unit/suite.h"

#include <string.h>
#include <sys/stat.h>

#include "credhelper/policy.h"
#include "credhelper/store.h"
#include "credhelper/store_choice.h"
#include "tests/unit/client/scratch.h"

static const struct {
	const char *before, *suffix, *after;
	const char *why;
} rows[] = {
	{ NULL, "pass",
	  "{\n  \"version\": 1,\n  \"store\": {\n    \"kind\": \"helper\",\n    \"helper\": "
	  "\"pass\"\n  }\n}\n",
	  "a policy is made" },
	{ NULL, NULL, "{\n  \"version\": 1,\n  \"store\": {\n    \"kind\": \"file\"\n  }\n}\n",
	  "the file" },
	{ "{\"audit\":{\"to\":\"syslog\"},\"version\":1}", "secretservice",
	  "{\n  \"audit\": {\n    \"to\": \"syslog\"\n  },\n  \"version\": 1,\n  \"store\": {\n    "
	  "\"kind\": \"secretservice\"\n  }\n}\n",
	  "what is there stays, in its order" },
};

START_TEST(sets)
{
	struct error err = ERROR_INIT;
	scoped_str path = scratch_path("deep/pushgate.json");

	if (rows[_i].before)
		scratch_write("deep/pushgate.json", rows[_i].before, 0600);
	ck_assert_msg(store_choice_set(path, rows[_i].suffix, &err) == 0, "%s", err.text);
	scoped_str after = scratch_read("deep/pushgate.json");

	ck_assert_msg(strcmp(after, rows[_i].after) == 0, "%s: %s", rows[_i].why, after);
}
END_TEST

START_TEST(refuses)
{
	static const char *const texts[] = { "{", "{\"version\":1,\"nosuch\":2}", "[]" };
	struct error err = ERROR_INIT;
	scoped_str path = scratch_path("p.json");

	scratch_write("p.json", texts[_i], 0600);
	ck_assert_int_eq(store_choice_set(path, "pass", &err), -1);
	scoped_str after = scratch_read("p.json");

	ck_assert_str_eq(after, texts[_i]);
}
END_TEST

/* --- What shares its credentials with whom. */

static const char *bus;

static const char *env(const char *name)
{
	return strcmp(name, "DBUS_SESSION_BUS_ADDRESS") == 0 ? bus : NULL;
}

START_TEST(shares)
{
	const struct world world = { .env = env };
	struct policy_file file = { .store = STORE_HELPER, .store_helper = (char *)"pass" };
	struct policy policy = { 0 };

	bus = "unix:path=/x";
	ck_assert(!store_is_named(&policy));
	ck_assert_str_eq(store_shares(&world, &policy), "secretservice");
	bus = NULL;
	ck_assert_ptr_null(store_shares(&world, &policy));
	policy.system = &file;
	ck_assert(store_is_named(&policy));
	ck_assert_str_eq(store_shares(&world, &policy), "pass");
	file.store = STORE_FILE;
	ck_assert_ptr_null(store_shares(&world, &policy));
	file.store = STORE_SECRETSERVICE;
	ck_assert_str_eq(store_shares(&world, &policy), "secretservice");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("store_choice");
	TCase *tc = tcase_create("store_choice");

	tcase_add_checked_fixture(tc, scratch_make, scratch_remove);
	tcase_add_loop_test(tc, sets, 0, array_len(rows));
	tcase_add_loop_test(tc, refuses, 0, 3);
	tcase_add_test(tc, shares);
	suite_add_tcase(s, tc);
	return s;
}
