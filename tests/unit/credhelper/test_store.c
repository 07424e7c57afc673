/* SPDX-License-Identifier: Apache-2.0 */
/* What is the same for all kinds, over a store of the test's own; and which kind is opened. */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#include "credhelper/store.h"
#include "tests/unit/client/scratch.h"

/* --- A store in memory that can be made to fail. */

struct fake {
	struct store base;
	struct helper_names names; /* the secret is the username */
	enum error_kind get_fails, list_fails, remove_fails;
	bool lies; /* remove says that it did, and did not */
	unsigned gets, lists;
};

static int failed(enum error_kind kind, struct error *err)
{
	return error_set(err, kind, 0, "made to fail");
}

static int fake_get(struct store *store, const char *server, struct helper_credential *out,
		    struct error *err)
{
	struct fake *f = (struct fake *)store;

	f->gets++;
	if (f->get_fails)
		return failed(f->get_fails, err);
	for (size_t i = 0; i < f->names.count; i++)
		if (strcmp(f->names.items[i].server, server) == 0) {
			out->server = xstrdup(server);
			out->username = xstrdup(f->names.items[i].username);
			return 0;
		}
	return error_set(err, ERROR_NOT_FOUND, 0, HELPER_NOT_FOUND);
}

static int fake_list(struct store *store, struct helper_names *out, struct error *err)
{
	struct fake *f = (struct fake *)store;

	f->lists++;
	if (f->list_fails)
		return failed(f->list_fails, err);
	for (size_t i = 0; i < f->names.count; i++)
		helper_names_add(out, f->names.items[i].server, f->names.items[i].username);
	return 0;
}

static int fake_remove(struct store *store, const char *server, const char *but_user,
		       struct error *err)
{
	struct fake *f = (struct fake *)store;
	struct helper_names kept = { 0 };

	if (f->remove_fails)
		return failed(f->remove_fails, err);
	for (size_t i = 0; i < f->names.count; i++) {
		const struct helper_name *n = &f->names.items[i];

		if (strcmp(n->server, server) != 0 || f->lies ||
		    (but_user && strcmp(n->username, but_user) == 0))
			helper_names_add(&kept, n->server, n->username);
	}
	helper_names_release(&f->names);
	f->names = kept;
	return 0;
}

static int fake_put(struct store *store, const struct helper_credential *c, struct error *err)
{
	struct fake *f = (struct fake *)store;

	(void)err;
	helper_names_add(&f->names, c->server, c->username);
	return 0;
}

static const struct store_ops fake_ops = {
	.name = "fake", .get = fake_get, .list = fake_list, .put = fake_put, .remove = fake_remove
};

static void fake_release(struct fake *f)
{
	helper_names_release(&f->names);
}
#define scoped_fake scoped(fake_release) struct fake

/* "server=user server=user" */
static struct fake fake_with(const char *text)
{
	struct fake f = { .base = { &fake_ops, NULL } };
	scoped_str all = xstrdup(text);
	char *save = NULL;

	for (char *word = strtok_r(all, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		char *eq = strrchr(word, '=');

		*eq = '\0';
		helper_names_add(&f.names, word, eq + 1);
	}
	return f;
}

static char *text_of(const struct fake *f)
{
	scoped_buf text;

	buf_init(&text, 1000);
	for (size_t i = 0; i < f->names.count; i++)
		buf_fmt(&text, "%s%s=%s", i ? " " : "", f->names.items[i].server,
			f->names.items[i].username);
	return buf_take(&text);
}

/* --- Finding. */

static const struct {
	const char *stored, *asked, *user; /* user NULL: not found */
	const char *why;
} finds[] = {
	{ "", "reg", NULL, "nothing" },
	{ "reg=u", "reg", "u", "the same bytes" },
	{ "https://reg=a reg=b", "reg", "b", "the same bytes first" },
	{ "https://reg=a reg=b", "https://reg", "a", "the same bytes first" },
	{ "https://REG:443/v2/=a", "reg", "a", "the same name" },
	{ "http://reg=a", "reg", NULL, "another scheme is another registry" },
	{ "reg:5000=a", "reg", NULL, "another port is another registry" },
	{ "reg=a reg/org=b", "reg/org/app", "b", "the longest of its prefixes" },
	{ "reg=a reg/org=b", "reg/organ/app", "a", "of whole segments" },
	{ "reg=a", "https://reg/org/app", NULL, "an URL with a path is that path" },
	{ "https://index.docker.io/v1/=h", "docker.io", "h", "Docker Hub's names" },
	{ "https://index.docker.io/v1/=h", "index.docker.io/org/app", "h", "as crane asks" },
	{ "https://index.docker.io/v1/access-token=t", "https://index.docker.io/v1/", NULL,
	  "a token is a key of its own" },
};

START_TEST(find)
{
	scoped_fake f = fake_with(finds[_i].stored);
	scoped_helper_credential c = { 0 };
	scoped_registry_key key;
	struct error err = ERROR_INIT;

	registry_key_read(&key, finds[_i].asked);
	int rc = store_find(&f.base, &key, &c, &err);

	ck_assert_msg((rc == 0) == (finds[_i].user != NULL), "%s: %s", finds[_i].why, err.text);
	ck_assert_msg(rc == 0 || err.kind == ERROR_NOT_FOUND, "%s", finds[_i].why);
	ck_assert_msg(rc < 0 || strcmp(c.username, finds[_i].user) == 0, "%s: %s", finds[_i].why,
		      rc < 0 ? "" : c.username);
}
END_TEST

START_TEST(finds_with_one_call)
{
	scoped_fake f = fake_with("reg=u other=v");
	scoped_helper_credential c = { 0 };
	scoped_registry_key key;
	struct error err = ERROR_INIT;

	registry_key_read(&key, "reg");
	ck_assert_int_eq(store_find(&f.base, &key, &c, &err), 0);
	ck_assert(f.gets == 1 && f.lists == 0);
}
END_TEST

START_TEST(failure_is_never_not_found)
{
	scoped_registry_key key;

	registry_key_read(&key, "reg");
	for (enum error_kind kind = ERROR_USAGE; kind <= ERROR_CANCELLED; kind++) {
		struct fake f = { .base = { &fake_ops, NULL } };
		scoped_helper_credential c = { 0 };
		struct error err[3] = { ERROR_INIT, ERROR_INIT, ERROR_INIT };

		if (kind == ERROR_NOT_FOUND || kind == ERROR_UNSUPPORTED)
			continue;
		f.get_fails = kind;
		ck_assert_int_eq(store_find(&f.base, &key, &c, &err[0]), -1);
		ck_assert_int_eq(err[0].kind, kind);
		f.get_fails = ERROR_NONE;
		f.list_fails = kind;
		ck_assert_int_eq(store_find(&f.base, &key, &c, &err[1]), -1);
		ck_assert_int_eq(err[1].kind, kind);
		ck_assert_int_eq(store_erase(&f.base, &key, &err[2]), -1);
		ck_assert_int_eq(err[2].kind, kind);
	}
}
END_TEST

/* Some helpers cannot list: the bytes that were asked for are all there is. */
START_TEST(without_list)
{
	scoped_fake f = fake_with("reg=u");
	scoped_helper_credential c = { 0 };
	scoped_registry_key key;
	scoped_registry_key other;
	struct error err = ERROR_INIT;

	f.list_fails = ERROR_UNSUPPORTED;
	registry_key_read(&key, "reg");
	registry_key_read(&other, "https://reg");
	ck_assert_int_eq(store_find(&f.base, &key, &c, &err), 0);
	ck_assert_int_eq(store_find(&f.base, &other, &c, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_NOT_FOUND);
	error_clear(&err);
	ck_assert_int_eq(store_erase(&f.base, &key, &err), 0);
	ck_assert_uint_eq(f.names.count, 0);
}
END_TEST

/* --- Saving and erasing. */

static const struct {
	const char *stored, *server, *after, *why;
} saves[] = {
	{ "", "reg", "reg=new", "the first" },
	{ "reg=alice", "reg", "reg=new", "another account of the same" },
	{ "https://reg/v2/=alice REG=bob", "reg", "reg=new", "other spellings" },
	{ "reg=alice", "https://reg", "https://reg=new", "the new spelling is kept" },
	{ "http://reg=a reg:5000=b reg/org=c", "reg", "http://reg=a reg:5000=b reg/org=c reg=new",
	  "other registries stay" },
	{ "https://index.docker.io/v1/=a https://index.docker.io/v1/access-token=t", "docker.io",
	  "https://index.docker.io/v1/access-token=t docker.io=new", "a token stays" },
	{ "ftp://x=a", "ftp://y", "ftp://x=a ftp://y=new", "opaque ones are their bytes" },
};

START_TEST(save)
{
	scoped_fake f = fake_with(saves[_i].stored);
	scoped_helper_credential c = { .server = xstrdup(saves[_i].server),
				       .username = xstrdup("new") };
	scoped_registry_key key;
	struct error err = ERROR_INIT;

	registry_key_read(&key, saves[_i].server);
	ck_assert_msg(store_save(&f.base, &key, &c, &err) == 0, "%s", err.text);
	scoped_str after = text_of(&f);

	ck_assert_msg(strcmp(after, saves[_i].after) == 0, "%s: %s", saves[_i].why, after);
}
END_TEST

/* A file with such an entry could not be read any more, for any registry. */
START_TEST(saves_nothing_for_no_registry)
{
	scoped_fake f = fake_with("reg=alice");
	scoped_helper_credential c = { .server = xstrdup(""), .username = xstrdup("new") };
	scoped_registry_key key;
	struct error err = ERROR_INIT;

	registry_key_read(&key, "");
	ck_assert_int_eq(store_save(&f.base, &key, &c, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert_str_eq(err.text, HELPER_NO_SERVER);
	scoped_str after = text_of(&f);

	ck_assert_str_eq(after, "reg=alice");
}
END_TEST

static const struct {
	const char *stored, *server, *after, *why;
} erases[] = {
	{ "", "reg", "", "nothing there is success" },
	{ "reg=a reg=b", "reg", "", "every account" },
	{ "https://reg=a REG:443=b", "reg", "", "every spelling" },
	{ "reg=a reg/org=b http://reg=c", "reg", "reg/org=b http://reg=c", "no other key" },
	{ "reg=a reg/org=b", "reg/org", "reg=a", "no shorter one" },
};

START_TEST(erase)
{
	scoped_fake f = fake_with(erases[_i].stored);
	scoped_registry_key key;
	struct error err = ERROR_INIT;

	registry_key_read(&key, erases[_i].server);
	ck_assert_msg(store_erase(&f.base, &key, &err) == 0, "%s", err.text);
	scoped_str after = text_of(&f);

	ck_assert_msg(strcmp(after, erases[_i].after) == 0, "%s: %s", erases[_i].why, after);
}
END_TEST

START_TEST(erase_is_looked_after)
{
	scoped_fake f = fake_with("https://reg=a");
	scoped_registry_key key;
	struct error err = ERROR_INIT;

	registry_key_read(&key, "reg");
	f.lies = true;
	ck_assert_int_eq(store_erase(&f.base, &key, &err), -1);
	ck_assert_msg(strstr(err.text, "still has"), "%s", err.text);
}
END_TEST

/* --- Another helper: what it prints, and how it ends. */

static void script(const char *text)
{
	scratch_write("bin/docker-credential-other", text, 0755);
}

#define SH "#!/bin/sh\n"

static const struct {
	const char *text;
	enum error_kind kind;
	const char *part, *why; /* of the error, or the username */
} helpers[] = {
	{ SH "echo '{\"ServerURL\":\"r\",\"Username\":\"u\",\"Secret\":\"s\"}'", ERROR_NONE, "u",
	  "what it has" },
	{ SH "test \"$(cat)\" = reg && test \"$*\" = get && echo '{\"Username\":\"yes\","
	     "\"Secret\":\"s\"}'",
	  ERROR_NONE, "yes", "it is told the address, and called as docker calls" },
	{ SH "echo 'credentials not found in native keychain'; exit 1", ERROR_NOT_FOUND, "",
	  "not found" },
	{ SH "echo 'x: credentials not found in native keychain'; exit 1", ERROR_NOT_FOUND, "",
	  "with more around it" },
	{ SH "echo '{\"ServerURL\":\"\",\"Username\":\"\",\"Secret\":\"\"}'", ERROR_NOT_FOUND, "",
	  "both empty, as pass 0.6 says it" },
	{ SH "echo 'vault sealed'; echo more; exit 3", ERROR_REMOTE,
	  "docker-credential-other get failed (exit status 3): vault sealed", "its own words" },
	{ SH "kill -SEGV $$", ERROR_REMOTE, "exit status 139", "a crash" },
	{ SH "exit 0", ERROR_INPUT, "docker-credential-other get: EOF", "nothing" },
	{ SH "echo '{'", ERROR_INPUT, "docker-credential-other get: ", "half of it" },
	{ NULL, ERROR_UNREACHABLE, "docker-credential-other: no such program", "not installed" },
};

START_TEST(helper)
{
	scoped_str bin = scratch_path("bin");
	scoped_str path = xasprintf("%s:/usr/bin:/bin", bin);
	scoped_store *store = store_helper_open(NULL, "other");
	scoped_helper_credential c = { 0 };
	struct error err = ERROR_INIT;

	if (helpers[_i].text)
		script(helpers[_i].text);
	ck_assert_int_eq(setenv("PATH", path, 1), 0);
	int rc = store->ops->get(store, "reg", &c, &err);

	ck_assert_msg(err.kind == helpers[_i].kind, "%s: %s", helpers[_i].why, err.text);
	ck_assert_msg(strstr(rc < 0 ? err.text : c.username, helpers[_i].part), "%s: %s",
		      helpers[_i].why, err.text);
}
END_TEST

/* A store of files, one an address; the erase of what is not there fails, as pass' does. */
#define PASS                                                                                   \
	SH "cd \"$(dirname \"$0\")/../kept\" || exit 9\n"                                      \
	   "case $1 in\n"                                                                      \
	   "store) read -r line; s=${line#*ServerURL\\\":\\\"}; s=${s%%\\\"*}\n"               \
	   "  [ ! -e \"$s\" ] || { echo there already; exit 1; }; echo \"$line\" >\"$s\" ;;\n" \
	   "get) s=$(cat); cat \"$s\" 2>/dev/null || { echo "                                  \
	   "credentials not found in native keychain; exit 1; } ;;\n"                          \
	   "erase) s=$(cat); rm \"$s\" 2>/dev/null || { echo not in the store; exit 1; } ;;\n" \
	   "list) echo 'list is unimplemented'; exit 1 ;;\nesac\n"

START_TEST(helper_that_cannot_do_much)
{
	scoped_str bin = scratch_path("bin");
	scoped_str path = xasprintf("%s:/usr/bin:/bin", bin);
	scoped_store *store = store_helper_open(NULL, "other");
	scoped_registry_key key;
	struct error err = ERROR_INIT;
	static const char *const users[] = { "alice", "bob" };

	script(PASS);
	scratch_write("kept/x", "", 0600);
	ck_assert_int_eq(setenv("PATH", path, 1), 0);
	registry_key_read(&key, "reg");
	ck_assert_msg(store_erase(store, &key, &err) == 0, "nothing there: %s", err.text);
	for (size_t i = 0; i < array_len(users); i++) {
		scoped_helper_credential c = { .server = xstrdup("reg"),
					       .username = xstrdup(users[i]) };
		scoped_helper_credential got = { 0 };

		secret_set(&c.secret, "p\"w\0\n", 5);
		ck_assert_msg(store_save(store, &key, &c, &err) == 0, "%s", err.text);
		ck_assert_msg(store_find(store, &key, &got, &err) == 0, "%s", err.text);
		ck_assert_str_eq(got.username, users[i]);
		ck_assert(secret_equal(&got.secret, &c.secret));
	}
	ck_assert_msg(store_erase(store, &key, &err) == 0, "%s", err.text);
}
END_TEST

/* One with the protocol's "not found" for all that it is asked, list included: nothing is there. */
START_TEST(helper_that_has_nothing)
{
	scoped_str bin = scratch_path("bin");
	scoped_str path = xasprintf("%s:/usr/bin:/bin", bin);
	scoped_store *store = store_helper_open(NULL, "other");
	scoped_registry_key key;
	struct error err = ERROR_INIT;
	scoped_helper_credential got = { 0 };

	script(SH "echo credentials not found in native keychain; exit 1\n");
	ck_assert_int_eq(setenv("PATH", path, 1), 0);
	registry_key_read(&key, "reg");
	ck_assert_int_eq(store_find(store, &key, &got, &err), -1);
	ck_assert_msg(err.kind == ERROR_NOT_FOUND, "%s", err.text);
	error_clear(&err);
	ck_assert_msg(store_erase(store, &key, &err) == 0, "%s", err.text);
}
END_TEST

/* PASS, with no room for bob. */
#define FULL                                                                          \
	SH "case $1 in store) read -r l; case $l in *bob*) echo full; exit 1; esac\n" \
	   "  echo \"$l\" | sh \"$0.all\" store ;; *) exec sh \"$0.all\" \"$1\" ;;\nesac\n"

START_TEST(helper_that_takes_no_more)
{
	scoped_str bin = scratch_path("bin");
	scoped_str path = xasprintf("%s:/usr/bin:/bin", bin);
	scoped_store *store = store_helper_open(NULL, "other");
	scoped_registry_key key;
	struct error err = ERROR_INIT, none = ERROR_INIT;
	static const char *const users[] = { "alice", "bob" };
	scoped_helper_credential got = { 0 };

	script(FULL);
	scratch_write("bin/docker-credential-other.all", PASS, 0755);
	scratch_write("kept/x", "", 0600);
	ck_assert_int_eq(setenv("PATH", path, 1), 0);
	registry_key_read(&key, "reg");
	for (size_t i = 0; i < array_len(users); i++) {
		scoped_helper_credential c = { .server = xstrdup("reg"),
					       .username = xstrdup(users[i]) };

		secret_set(&c.secret, users[i], strlen(users[i]));
		ck_assert_int_eq(store_save(store, &key, &c, &err), i ? -1 : 0);
	}
	ck_assert_ptr_nonnull(strstr(err.text, "store failed (exit status 1): full"));
	ck_assert_msg(store_find(store, &key, &got, &none) == 0, "alice is lost: %s", none.text);
	ck_assert_str_eq(got.username, "alice");
	ck_assert(got.secret.len == 5 && memcmp(got.secret.data, "alice", 5) == 0);
}
END_TEST

/* --- Which store is opened. */

static const char *bus_address, *runtime_dir;

static const char *get_env(const char *name)
{
	if (strcmp(name, "DBUS_SESSION_BUS_ADDRESS") == 0)
		return bus_address;
	if (strcmp(name, "XDG_RUNTIME_DIR") == 0)
		return runtime_dir;
	return NULL;
}

static const struct {
	enum store_kind user, system;
	bool has_user, has_system;
	const char *helper, *bus;
	const char *name; /* NULL: an error */
	const char *why;
} opens[] = {
	{ STORE_AUTO, STORE_AUTO, false, false, NULL, NULL, "file", "no bus" },
	{ STORE_AUTO, STORE_AUTO, false, false, NULL, "", "file", "an empty address" },
	{ STORE_AUTO, STORE_AUTO, false, false, NULL, "unix:path=/x", "secretservice", "a bus" },
	{ STORE_FILE, STORE_SECRETSERVICE, true, true, NULL, "unix:path=/x", "file",
	  "the user's word first" },
	{ STORE_AUTO, STORE_SECRETSERVICE, true, true, NULL, NULL, "secretservice",
	  "then the system's" },
	{ STORE_HELPER, STORE_AUTO, true, false, "pass", NULL, "helper", "another helper" },
	{ STORE_HELPER, STORE_AUTO, true, false, "pushgate", NULL, NULL, "ourselves" },
	{ STORE_HELPER, STORE_AUTO, true, false, "../x", NULL, NULL, "a path" },
	{ STORE_HELPER, STORE_AUTO, true, false, "", NULL, NULL, "nothing" },
};

START_TEST(open_by_policy)
{
	const struct world world = { .env = get_env };
	struct policy_file user = { .store = opens[_i].user,
				    .store_helper = (char *)(uintptr_t)opens[_i].helper };
	struct policy_file system = { .store = opens[_i].system };
	const struct policy policy = { .user = opens[_i].has_user ? &user : NULL,
				       .system = opens[_i].has_system ? &system : NULL };
	scoped_store *store = NULL;
	struct error err = ERROR_INIT;

	bus_address = opens[_i].bus;
	ck_assert_int_eq(setenv("XDG_STATE_HOME", scratch_dir(), 1), 0);
	int rc = store_open(&store, &world, &policy, &err);

	if (!opens[_i].name) {
		ck_assert_msg(rc < 0 && err.kind == ERROR_USAGE, "%s", opens[_i].why);
		return;
	}
	ck_assert_msg(rc == 0, "%s", err.text);
	ck_assert_msg(strcmp(store->ops->name, opens[_i].name) == 0, "%s: %s", opens[_i].why,
		      store->ops->name);
}
END_TEST

START_TEST(bus_of_the_runtime_directory)
{
	const struct world world = { .env = get_env };

	runtime_dir = scratch_dir();
	bus_address = NULL;
	ck_assert(!store_has_bus(&world));
	scratch_write("bus", "", 0600);
	ck_assert(store_has_bus(&world));
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
	Suite *s = suite_create("store");
	TCase *tc = tcase_create("store");

	tcase_add_checked_fixture(tc, setup, scratch_remove);
	tcase_add_loop_test(tc, find, 0, (int)array_len(finds));
	tcase_add_test(tc, finds_with_one_call);
	tcase_add_test(tc, failure_is_never_not_found);
	tcase_add_test(tc, without_list);
	tcase_add_loop_test(tc, save, 0, (int)array_len(saves));
	tcase_add_test(tc, saves_nothing_for_no_registry);
	tcase_add_loop_test(tc, erase, 0, (int)array_len(erases));
	tcase_add_test(tc, erase_is_looked_after);
	tcase_add_loop_test(tc, helper, 0, (int)array_len(helpers));
	tcase_add_test(tc, helper_that_cannot_do_much);
	tcase_add_test(tc, helper_that_has_nothing);
	tcase_add_test(tc, helper_that_takes_no_more);
	tcase_add_loop_test(tc, open_by_policy, 0, (int)array_len(opens));
	tcase_add_test(tc, bus_of_the_runtime_directory);
	suite_add_tcase(s, tc);
	return s;
}
