/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and opening: directories, names, keys, and what a note says of each that does not. */
#include "tests/unit/suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "credhelper/cms.h"
#include "credhelper/sealed.h"
#include "tests/unit/client/scratch.h"
#include "tests/unit/credhelper/keys.h"

#define NOW (1795870800 * NSEC_PER_SEC)

/* --- The world: a clock and an environment of the test's own. */

static struct {
	const char *dir, *file, *fd;
} environment;

static const char *fake_env(const char *name)
{
	if (strcmp(name, "PUSHGATE_SEALED_DIR") == 0)
		return environment.dir;
	if (strcmp(name, "PUSHGATE_KEY_FILE") == 0)
		return environment.file;
	return strcmp(name, "PUSHGATE_KEY_FD") == 0 ? environment.fd : NULL;
}

static int64_t fake_now(const struct clock *clock)
{
	(void)clock;
	return NOW;
}

static const struct clock fake_clock = { fake_now, fake_now };
static const struct world world = { .env = fake_env, .clock = &fake_clock };
static struct policy_file system_file;
static struct policy policy;
static char *key_path;

static void make(void)
{
	scratch_make();
	keys_make("ec ci P-256; ec other P-256; ec sealer P-256; ec stranger P-256");
	key_path = scratch_path("ci.key");
	system_file.system = true;
}

static void clean(void)
{
	free_str(&key_path);
	scratch_remove();
}

/* Each test: a key, $scratch/one as the policy's directory, $scratch/own as CI's. */
static void start(void)
{
	environment.dir = NULL;
	environment.file = key_path;
	environment.fd = NULL;
	policy.system = &system_file;
	strings_take(&system_file.sealed_dirs, scratch_path("one"));
}

/* A file of a directory, sealed for registry/prefix; its name says name, if that is given. */
struct file {
	const char *dir, *registry, *prefix, *name, *user;
	int64_t expires;
	const char *recipient, *signer;
};

static void seal(const struct file *f)
{
	struct error err = ERROR_INIT;
	struct sealed_content c = { .registry = (char *)f->registry,
				    .prefix = (char *)f->prefix,
				    .username = (char *)f->user,
				    .sealed = NOW,
				    .expires = f->expires ? f->expires : TIME_NONE,
				    .id = (char *)"0123456789abcdef0123456789abcdef" };
	scoped_str signer = f->signer ? scratch_path(f->signer) : NULL;
	scoped_strings recipients = { 0 };
	scoped_secret content = { 0 };
	scoped_buf text;
	scoped_buf message;

	buf_init_wiped(&text, SEALED_CONTENT_MAX);
	buf_init(&message, SEALED_FILE_MAX);
	secret_set(&c.secret, f->user, strlen(f->user));
	sealed_content_format(&c, &text);
	secret_take(&content, &text);
	strings_take(&recipients, scratch_path(f->recipient ? f->recipient : "ci.crt"));
	ck_assert_msg(cms_seal(&content, &recipients, signer, &message, &err) == 0, "%s", err.text);
	scoped_str name = f->name ? xstrdup(f->name) : sealed_file_name(f->registry, f->prefix);
	scoped_str path = xasprintf("%s/%s", f->dir, name);

	scratch_write(path, message.data, 0644);
	secret_release(&c.secret);
}

/* The user whose file answers, "" if none does. */
static char *find(const char *server, const char *repo, struct strings *notes, struct error *err)
{
	scoped_registry_key key = { 0 };
	scoped_sealed_content c = { 0 };

	registry_key_read(&key, server);
	if (sealed_find(&world, &policy, &key, repo, &c, notes, err) < 0) {
		ck_assert_ptr_null(c.username);
		return xstrdup("");
	}
	ck_assert_uint_eq(c.secret.len, strlen(c.username));
	return xstrdup(c.username);
}

/* All notes in one text. */
static char *joined(const struct strings *notes)
{
	scoped_buf text;

	buf_init(&text, 1 << 16);
	for (size_t i = 0; i < notes->count; i++)
		buf_fmt(&text, "%s\n", notes->items[i]);
	return buf_take(&text);
}

/* --- Which one answers. */

static const struct {
	struct file files[3];
	const char *server, *repo;
	const char *user; /* "": none */
	const char *note; /* NULL: there is no note */
	const char *why;
} rows[] = {
	{ { { 0 } }, "reg.example", NULL, "", NULL, "nothing is sealed" },
	{ { { .dir = "one", .registry = "reg.example", .prefix = "", .user = "all" } },
	  "https://reg.example",
	  NULL,
	  "all",
	  NULL,
	  "the whole registry" },
	{ { { .dir = "own", .registry = "reg.example", .prefix = "", .user = "own" } },
	  "reg.example",
	  NULL,
	  "own",
	  NULL,
	  "in CI's own directory" },
	{ { { .dir = "one", .registry = "reg.example", .prefix = "", .user = "one" },
	    { .dir = "own", .registry = "reg.example", .prefix = "", .user = "own" } },
	  "reg.example",
	  NULL,
	  "one",
	  NULL,
	  "the policy's directory comes first" },
	{ { { .dir = "one", .registry = "reg.example", .prefix = "", .user = "all" },
	    { .dir = "one", .registry = "reg.example", .prefix = "org", .user = "org" },
	    { .dir = "own", .registry = "reg.example", .prefix = "org/app", .user = "app" } },
	  "reg.example",
	  "org/app",
	  "app",
	  NULL,
	  "the longest prefix, wherever it lies" },
	{ { { .dir = "one", .registry = "reg.example", .prefix = "", .user = "all" },
	    { .dir = "one", .registry = "reg.example", .prefix = "org", .user = "org" } },
	  "reg.example",
	  "org/other",
	  "org",
	  NULL,
	  "a shorter one" },
	{ { { .dir = "one", .registry = "reg.example", .prefix = "org", .user = "org" } },
	  "reg.example",
	  "organic/app",
	  "",
	  NULL,
	  "half a segment" },
	{ { { .dir = "one", .registry = "reg.example", .prefix = "org", .user = "org" } },
	  "reg.example",
	  NULL,
	  "",
	  NULL,
	  "a prefix, and the repository is not known" },
	{ { { .dir = "one",
	      .registry = "dev.example",
	      .prefix = "",
	      .name = "reg.example.sealed",
	      .user = "dev" } },
	  "reg.example",
	  NULL,
	  "",
	  "reg.example.sealed: it is for another registry",
	  "renamed to another registry" },
	{ { { .dir = "one",
	      .registry = "reg.example",
	      .prefix = "dev",
	      .name = "reg.example+prod.sealed",
	      .user = "dev" } },
	  "reg.example",
	  "prod/app",
	  "",
	  "prod.sealed: it is for other repositories",
	  "renamed to another prefix" },
	{ { { .dir = "one",
	      .registry = "reg.example",
	      .prefix = "dev",
	      .name = "reg.example.sealed",
	      .user = "dev" } },
	  "reg.example",
	  NULL,
	  "",
	  "it is for some repositories only",
	  "renamed to the whole registry" },
	{ { { .dir = "one",
	      .registry = "reg.example",
	      .prefix = "",
	      .name = "reg.example+prod.sealed",
	      .user = "all" } },
	  "reg.example",
	  "prod/app",
	  "all",
	  NULL,
	  "under a longer name it is what it was" },
	{ { { .dir = "one",
	      .registry = "reg.example",
	      .prefix = "org",
	      .user = "late",
	      .expires = NOW } },
	  "reg.example",
	  "org/app",
	  "",
	  "it has expired",
	  "at its end" },
	{ { { .dir = "one",
	      .registry = "reg.example",
	      .prefix = "org",
	      .user = "late",
	      .expires = NOW },
	    { .dir = "own", .registry = "reg.example", .prefix = "", .user = "all" } },
	  "reg.example",
	  "org/app",
	  "all",
	  "it has expired",
	  "the next one is asked" },
	{ { { .dir = "one",
	      .registry = "reg.example",
	      .prefix = "",
	      .user = "x",
	      .recipient = "other.crt" },
	    { .dir = "own", .registry = "reg.example", .prefix = "", .user = "own" } },
	  "reg.example",
	  NULL,
	  "own",
	  "it is sealed for another key",
	  "one of another team's" },
	{ { { .dir = "one", .registry = "docker.io", .prefix = "", .user = "hub" } },
	  "https://index.docker.io/v1/",
	  "library/app",
	  "hub",
	  NULL,
	  "the Hub" },
	{ { { .dir = "one", .registry = "docker.io", .prefix = "", .user = "hub" } },
	  "https://index.docker.io/v1/access-token",
	  "v1/access-token",
	  "",
	  NULL,
	  "another credential of the Hub's" },
	{ { { .dir = "one",
	      .registry = "reg.example",
	      .prefix = "",
	      .name = "reg.example_evil.sealed",
	      .user = "x" } },
	  "reg.example evil",
	  NULL,
	  "",
	  NULL,
	  "an opaque key" },
	{ { { .dir = ".", .registry = "reg.example", .prefix = "", .user = "cwd" } },
	  "reg.example",
	  NULL,
	  "",
	  NULL,
	  "the working directory is not looked into" },
};

START_TEST(answers)
{
	struct error err = ERROR_INIT;
	scoped_strings notes = { 0 };
	scoped_str own = scratch_path("own");

	start();
	environment.dir = own;
	ck_assert_int_eq(chdir(scratch_dir()), 0);
	keys_run("mkdir -p own");
	for (size_t i = 0; i < array_len(rows[_i].files) && rows[_i].files[i].dir; i++)
		seal(&rows[_i].files[i]);
	scoped_str user = find(rows[_i].server, rows[_i].repo, &notes, &err);
	scoped_str said = joined(&notes);

	ck_assert_msg(strcmp(user, rows[_i].user) == 0, "%s: \"%s\" %s %s", rows[_i].why, user,
		      err.text, said);
	ck_assert_msg(*user || err.kind == ERROR_NOT_FOUND, "%s: %s", rows[_i].why, err.text);
	ck_assert_msg(!rows[_i].note == !notes.count, "%s: %s", rows[_i].why, said);
	if (rows[_i].note)
		ck_assert_msg(strstr(said, rows[_i].note), "%s: %s", rows[_i].why, said);
	keys_run("rm -rf one own *.sealed");
}
END_TEST

/* --- What lies there instead of a file. */

static const struct {
	const char *script; /* in one/, as reg.example.sealed */
	const char *note;   /* NULL: there is none */
	const char *why;
} instead[] = {
	{ "mkfifo reg.example.sealed", "not a regular file", "a pipe would hold us up" },
	{ "mkdir reg.example.sealed", "not a regular file", "a directory" },
	{ "ln -s /dev/zero reg.example.sealed", "not a regular file", "a link to a device" },
	{ "ln -s nosuch reg.example.sealed", NULL, "a link to nothing" },
	{ ": >reg.example.sealed", "does not begin with", "an empty file" },
	{ "head -c 3000000 /dev/zero >reg.example.sealed", "", "a file that is too large" },
	{ "echo '{}' | openssl cms -encrypt -binary -aes-256-gcm -outform PEM -recip ../ci.crt "
	  "-out reg.example.sealed",
	  "is of another version", "sealed, and not by us" },
	{ "printf '{\"pushgate\": 1, \"class\": \"pull\", \"registry\": \"reg.example\", "
	  "\"prefix\": \"\", \"username\": \"u\", \"secret\": \"cHc=\", \"sealed\": "
	  "\"2026-11-28T13:00:00Z\", \"id\": \"0123456789abcdef0123456789abcdef\"}' | openssl cms "
	  "-encrypt -binary -aes-256-gcm -outform PEM -recip ../ci.crt -out reg.example.sealed",
	  "not of class push", "of class pull" },
};

START_TEST(something_else)
{
	struct error err = ERROR_INIT;
	scoped_strings notes = { 0 };
	scoped_str script = xasprintf("rm -rf one; mkdir one; cd one; %s", instead[_i].script);

	start();
	keys_run(script);
	scoped_str user = find("reg.example", NULL, &notes, &err);
	scoped_str said = joined(&notes);

	ck_assert_msg(!*user && err.kind == ERROR_NOT_FOUND, "%s: %s", instead[_i].why, err.text);
	ck_assert_msg(!instead[_i].note == !notes.count, "%s: %s", instead[_i].why, said);
	if (instead[_i].note)
		ck_assert_msg(strstr(said, instead[_i].note), "%s: %s", instead[_i].why, said);
	keys_run("rm -rf one");
}
END_TEST

START_TEST(a_link_as_kubernetes_makes_it)
{
	const struct file f = {
		.dir = "real", .registry = "reg.example", .prefix = "", .user = "k8s"
	};
	struct error err = ERROR_INIT;
	scoped_strings notes = { 0 };

	start();
	seal(&f);
	keys_run("mkdir one; ln -s ../real/reg.example.sealed one/");
	scoped_str user = find("reg.example", NULL, &notes, &err);

	ck_assert_str_eq(user, "k8s");
	keys_run("rm -rf one real");
}
END_TEST

START_TEST(relative_directory)
{
	const struct file f = {
		.dir = "own", .registry = "reg.example", .prefix = "", .user = "u"
	};
	struct error err = ERROR_INIT;
	scoped_strings notes = { 0 };
	scoped_helper_names names = { 0 };

	start();
	seal(&f);
	environment.dir = "own";
	ck_assert_int_eq(chdir(scratch_dir()), 0);
	scoped_str user = find("reg.example", NULL, &notes, &err);

	ck_assert_str_eq(user, "");
	ck_assert_uint_eq(notes.count, 1);
	ck_assert_msg(strstr(notes.items[0], "PUSHGATE_SEALED_DIR: it is no absolute path"), "%s",
		      notes.items[0]);
	ck_assert_int_eq(sealed_names(&world, &policy, &names, &err), 0);
	ck_assert_uint_eq(names.count, 0);
	keys_run("rm -rf own");
}
END_TEST

/* What a job misspelt is told. */
START_TEST(missing_directory)
{
	scoped_str dir = scratch_path("nonesuch");
	struct error err = ERROR_INIT;
	scoped_strings notes = { 0 };

	start();
	environment.dir = dir;
	scoped_str user = find("reg.example", NULL, &notes, &err);

	ck_assert_str_eq(user, "");
	ck_assert_uint_eq(notes.count, 1);
	ck_assert_ptr_nonnull(strstr(notes.items[0], "PUSHGATE_SEALED_DIR: "));
	ck_assert_ptr_nonnull(strstr(notes.items[0], "/nonesuch: No such file or directory"));
}
END_TEST

/* So is the name of the file that was sealed, instead of its directory's. */
START_TEST(file_for_directory)
{
	const struct file f = {
		.dir = "own", .registry = "reg.example", .prefix = "", .user = "u"
	};
	scoped_str path = scratch_path("own/reg.example.sealed");
	struct error err = ERROR_INIT;
	scoped_strings notes = { 0 };

	start();
	seal(&f);
	environment.dir = path;
	scoped_str user = find("reg.example", NULL, &notes, &err);

	ck_assert_str_eq(user, "");
	ck_assert_uint_eq(notes.count, 1);
	ck_assert_msg(strstr(notes.items[0], "own/reg.example.sealed: Not a directory"), "%s",
		      notes.items[0]);
	keys_run("rm -rf own");
}
END_TEST

/* --- The key. */

enum from { FROM_POLICY, FROM_FILE, FROM_FD };

static const struct {
	enum from from;
	const char *script; /* makes "key", as a file */
	enum error_kind kind;
	const char *says, *why;
} key_files[] = {
	{ FROM_POLICY, "cp ci.key key", ERROR_NONE, "", "the policy's" },
	{ FROM_FILE, "cp ci.key key", ERROR_NONE, "", "CI's" },
	{ FROM_FILE, "cp ci.key key; chmod 400 key", ERROR_NONE, "", "that nobody can write" },
	{ FROM_FILE, "cp ci.key key; chmod 640 key", ERROR_DENIED, "chmod 600", "for a group" },
	{ FROM_FILE, "cp ci.key key; chmod 604 key", ERROR_DENIED, "chmod 600", "for everybody" },
	{ FROM_FILE, "ln -s ci.key key", ERROR_NONE, "", "a link of our own" },
	{ FROM_POLICY, "ln -s ci.key key", ERROR_NONE, "", "the policy's link" },
	{ FROM_FILE, "mkdir -p v; cp ci.key v/key; ln -sfn v ..data; ln -s ..data/key key",
	  ERROR_NONE, "", "as Kubernetes mounts it" },
	{ FROM_FILE, "cp ci.key open; chmod 640 open; ln -s open key", ERROR_DENIED, "chmod 600",
	  "a link to what a group may read" },
	{ FROM_POLICY, "ln -s nosuch key", ERROR_NOT_FOUND, "sealed.key_file",
	  "a link to nothing" },
	{ FROM_FILE, "mkfifo -m 600 key", ERROR_DENIED, "regular", "a pipe" },
	{ FROM_FILE, ":", ERROR_NOT_FOUND, "PUSHGATE_KEY_FILE", "not there" },
	{ FROM_POLICY, ":", ERROR_NOT_FOUND, "sealed.key_file", "not on this machine" },
	{ FROM_FILE, "head -c 300000 /dev/zero >key", ERROR_LIMIT, "", "too large" },
	{ FROM_FD, "cp ci.key key", ERROR_NONE, "", "a descriptor" },
	{ FROM_FD, "cp ci.key key; chmod 644 key", ERROR_NONE, "", "whose file CI chose" },
	{ FROM_FD, "head -c 300000 /dev/zero >key", ERROR_DENIED, "more than", "too large" },
};

START_TEST(key_file)
{
	struct error err = ERROR_INIT;
	scoped_secret key = { 0 };
	scoped_secret expected = { 0 };
	scoped_str path = scratch_path("key");
	scoped_str script = xasprintf("rm -f key; umask 077; %s", key_files[_i].script);
	char number[16];

	start();
	keys_run(script);
	int fd = key_files[_i].from == FROM_FD ? open(path, O_RDONLY) : -1;

	snprintf(number, sizeof(number), "%d", fd);
	environment.file = key_files[_i].from == FROM_FILE ? path : NULL;
	environment.fd = fd >= 0 ? number : NULL;
	system_file.sealed_key_file = key_files[_i].from == FROM_POLICY ? path : NULL;
	int rc = sealed_key(&world, &policy, &key, &err);

	ck_assert_msg(err.kind == key_files[_i].kind && strstr(err.text, key_files[_i].says),
		      "%s: %s", key_files[_i].why, err.text);
	if (rc == 0) {
		keys_read("ci.key", &expected);
		ck_assert(secret_equal(&key, &expected));
	}
	/* The next helper reads it too. */
	if (rc == 0 && fd >= 0)
		ck_assert(sealed_key(&world, &policy, &key, &err) == 0 &&
			  secret_equal(&key, &expected));
	system_file.sealed_key_file = NULL;
}
END_TEST

static const struct {
	const char *file, *fd;
	enum error_kind kind;
	const char *says, *why;
} settings[] = {
	{ NULL, NULL, ERROR_NOT_FOUND, "there is no key", "none is set" },
	{ "", "", ERROR_NOT_FOUND, "there is no key", "set to nothing" },
	{ "ci.key", NULL, ERROR_DENIED, "no absolute path", "a relative path" },
	{ NULL, "0", ERROR_DENIED, "from 3 on", "stdin is the protocol's" },
	{ NULL, "2", ERROR_DENIED, "from 3 on", "stderr" },
	{ NULL, "-1", ERROR_DENIED, "from 3 on", "negative" },
	{ NULL, "7x", ERROR_DENIED, "from 3 on", "no number" },
	{ NULL, " 7", ERROR_DENIED, "from 3 on", "a blank" },
	{ NULL, "99999999999999999999", ERROR_DENIED, "from 3 on", "too large" },
	{ NULL, "977", ERROR_DENIED, "not open", "not open" },
};

START_TEST(setting)
{
	struct error err = ERROR_INIT;
	scoped_secret key = { 0 };

	start();
	ck_assert_int_eq(chdir(scratch_dir()), 0);
	environment.file = settings[_i].file;
	environment.fd = settings[_i].fd;
	ck_assert_int_lt(sealed_key(&world, &policy, &key, &err), 0);
	ck_assert_msg(err.kind == settings[_i].kind && strstr(err.text, settings[_i].says),
		      "%s: %s", settings[_i].why, err.text);
}
END_TEST

START_TEST(key_of_a_pipe)
{
	struct error err = ERROR_INIT;
	scoped_secret key = { 0 };
	char number[16];
	int fds[2];

	start();
	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], "key", 3), 3);
	close(fds[1]);
	snprintf(number, sizeof(number), "%d", fds[0]);
	environment.file = NULL;
	environment.fd = number;
	ck_assert_msg(sealed_key(&world, &policy, &key, &err) == 0, "%s", err.text);
	ck_assert(key.len == 3 && memcmp(key.data, "key", 3) == 0);
}
END_TEST

/* A file is there: without a key it is a note, with a bad one an error, and no file asks for one.
 */
START_TEST(key_when_needed)
{
	const struct file f = {
		.dir = "one", .registry = "reg.example", .prefix = "", .user = "u"
	};
	struct error err = ERROR_INIT;
	scoped_strings notes = { 0 };

	start();
	environment.file = "relative";
	free(find("reg.example", NULL, &notes, &err));
	ck_assert_msg(err.kind == ERROR_NOT_FOUND && !notes.count, "%s", err.text);
	error_clear(&err);
	seal(&f);
	free(find("reg.example", NULL, &notes, &err));
	ck_assert_msg(err.kind == ERROR_DENIED && !notes.count, "%s", err.text);
	error_clear(&err);
	environment.file = NULL;
	free(find("reg.example", NULL, &notes, &err));
	ck_assert_msg(err.kind == ERROR_NOT_FOUND && notes.count == 1, "%s", err.text);
	ck_assert_msg(strstr(notes.items[0], "there is no key"), "%s", notes.items[0]);
	keys_run("rm -rf one");
}
END_TEST

/* --- Trusted sealers. */

static const struct {
	const char *signer, *trusted;
	const char *user;
	enum error_kind kind;
	const char *note, *why;
} sealers[] = {
	{ "sealer.pem", "sealer.crt", "u", ERROR_NONE, NULL, "signed by one of them" },
	{ NULL, "sealer.crt", "", ERROR_NOT_FOUND, "it is not signed", "unsigned" },
	{ "stranger.pem", "sealer.crt", "", ERROR_NOT_FOUND, "not signed by one of", "a stranger" },
	{ "sealer.pem", "nosuch.crt", "", ERROR_DENIED, NULL, "an absent list is no list of all" },
	{ NULL, "nosuch.crt", "", ERROR_DENIED, NULL, "nor for an unsigned one" },
	{ "sealer.pem", "anyone.crt", "", ERROR_DENIED, NULL, "a list that anyone may write" },
};

START_TEST(trusted)
{
	const struct file f = { .dir = "one",
				.registry = "reg.example",
				.prefix = "",
				.user = "u",
				.signer = sealers[_i].signer };
	struct error err = ERROR_INIT;
	scoped_strings notes = { 0 };
	scoped_str path = scratch_path(sealers[_i].trusted);

	start();
	keys_run("cp sealer.crt anyone.crt; chmod 666 anyone.crt");
	seal(&f);
	system_file.trusted_sealers = path;
	scoped_str user = find("reg.example", NULL, &notes, &err);
	scoped_str said = joined(&notes);

	ck_assert_msg(strcmp(user, sealers[_i].user) == 0 && err.kind == sealers[_i].kind,
		      "%s: %s %s", sealers[_i].why, err.text, said);
	if (sealers[_i].note)
		ck_assert_msg(strstr(said, sealers[_i].note), "%s: %s", sealers[_i].why, said);
	system_file.trusted_sealers = NULL;
	keys_run("rm -rf one");
}
END_TEST

/* --- Lists. */

START_TEST(names)
{
	struct error err = ERROR_INIT;
	scoped_helper_names found = { 0 };
	scoped_str own = scratch_path("own");
	scoped_str one = scratch_path("one");
	scoped_buf text;

	start();
	environment.dir = own;
	keys_run("mkdir one; cd one; touch docker.io+acme.sealed reg.example:5000.sealed README "
		 "Odd.sealed x.sealed.bak");
	ck_assert_msg(sealed_names(&world, &policy, &found, &err) == 0, "%s", err.text);
	buf_init(&text, 4096);
	helper_write_list(&found, &text);
	scoped_str want = xasprintf("{\"docker.io/acme\":\"%s\",\"reg.example:5000\":\"%s\"}\n",
				    one, one);

	ck_assert_str_eq(text.data, want);
	keys_run("rm -rf one");
}
END_TEST

START_TEST(without_a_system_policy)
{
	const struct file f = {
		.dir = "own", .registry = "reg.example", .prefix = "", .user = "u"
	};
	struct error err = ERROR_INIT;
	scoped_strings notes = { 0 };
	scoped_str own = scratch_path("own");

	start();
	policy.system = NULL;
	environment.dir = own;
	seal(&f);
	scoped_str user = find("reg.example", NULL, &notes, &err);

	ck_assert_str_eq(user, "u");
	keys_run("rm -rf own");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("sealed");
	TCase *tcase = tcase_create("sealed");

	tcase_add_unchecked_fixture(tcase, make, clean);
	tcase_add_loop_test(tcase, answers, 0, (int)array_len(rows));
	tcase_add_loop_test(tcase, something_else, 0, (int)array_len(instead));
	tcase_add_test(tcase, a_link_as_kubernetes_makes_it);
	tcase_add_test(tcase, relative_directory);
	tcase_add_test(tcase, missing_directory);
	tcase_add_test(tcase, file_for_directory);
	tcase_add_loop_test(tcase, key_file, 0, (int)array_len(key_files));
	tcase_add_loop_test(tcase, setting, 0, (int)array_len(settings));
	tcase_add_test(tcase, key_of_a_pipe);
	tcase_add_test(tcase, key_when_needed);
	tcase_add_loop_test(tcase, trusted, 0, (int)array_len(sealers));
	tcase_add_test(tcase, names);
	tcase_add_test(tcase, without_a_system_policy);
	suite_add_tcase(s, tcase);
	return s;
}
