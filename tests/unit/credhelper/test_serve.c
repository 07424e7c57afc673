/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol byte for byte, over pipes, with stores and policies in a scratch directory. */
#include "tests/unit/suite.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/codec/helper_message.h"
#include "credhelper/serve.h"
#include "tests/unit/client/scratch.h"

#define NONE    HELPER_NOT_FOUND "\n"
#define JENKINS "JENKINS_URL=https://j/", "BUILD_ID=7"
#define STORED  "{\"ServerURL\":\"%s\",\"Username\":\"%s\",\"Secret\":\"%s\"}"
#define POLICY  "docker-hygiene/pushgate.json"

static const char *env_rows[8];
static const char *get_env(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; env_rows[i]; i++)
		if (strncmp(env_rows[i], name, len) == 0 && env_rows[i][len] == '=')
			return env_rows[i] + len + 1;
	return NULL;
}

static struct paths paths;
static struct world world;
static const char *const verbs[] = { "why", "list", "version", NULL };

/* A store whose key lies in a file: no bus, no kernel keyring. */
static void set_policy(const char *more)
{
	scoped_str key = scratch_path("pull.key");
	scoped_str text = xasprintf(
		"{\"version\":1,\"store\":{\"kind\":\"file\",\"key_file\":\"%s\"}%s}", key, more);

	scratch_write(POLICY, text, 0600);
}

static void setup(void)
{
	scratch_make();
	ck_assert_int_eq(setenv("XDG_STATE_HOME", scratch_dir(), 1), 0);
	ck_assert_int_eq(setenv("XDG_CONFIG_HOME", scratch_dir(), 1), 0);
	memset(env_rows, 0, sizeof(env_rows));
	set_policy("");
	paths = (struct paths){ .system_policy = scratch_path("no/system.json"),
				.attest = "/nonexistent",
				.proc = scratch_path("no/proc") };
	world = (struct world){
		.env = get_env, .clock = &clock_system, .paths = &paths, .pid = 40
	};
}

struct reply {
	bool ours;
	int status;
	char *out, *err;
};
static void reply_release(struct reply *r)
{
	free(r->out);
	free(r->err);
}
#define scoped_reply scoped(reply_release) struct reply

static int file_with(const char *name, const void *data, size_t len)
{
	scoped_str path = scratch_path(name);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static struct reply call_bytes(const void *in, size_t len, int count, const char *const *words)
{
	struct reply r = { 0 };

	world.in = file_with("in", in, len);
	world.out = file_with("out", "", 0);
	world.err = file_with("err", "", 0);
	r.ours = serve(&world, count, (char **)(uintptr_t)words, "1.2.3", verbs, &r.status);
	close(world.in);
	close(world.out);
	close(world.err);
	r.out = scratch_read("out");
	r.err = scratch_read("err");
	return r;
}

static struct reply call(const char *action, const char *in)
{
	return call_bytes(in, strlen(in), 1, &action);
}

static const struct {
	const char *words[3];
	const char *in, *out;
	int status;
	const char *why;
} rows[] = {
	{ { NULL }, "", SERVE_USAGE "\n", 1, "no action" },
	{ { "get", "x" }, "reg", SERVE_USAGE "\n", 1, "more words" },
	{ { "erase", "--help" }, "reg", SERVE_USAGE "\n", 1, "they are no options" },
	{ { "gett" }, "", SERVE_NAME ": unknown action: gett\n", 1, "unknown" },
	{ { "" }, "", SERVE_NAME ": unknown action: \n", 1, "an empty one" },
	{ { "a\x1b[2J" }, "", SERVE_NAME ": unknown action: a?[2J\n", 1, "nothing for terminals" },
	{ { "version" }, "", SERVE_NAME " (github.com/docker-hygiene) v1.2.3\n", 0, "version" },
	{ { "-v" }, "", SERVE_NAME " (github.com/docker-hygiene) v1.2.3\n", 0, "the same" },
	{ { "get" }, "", HELPER_NO_SERVER "\n", 1, "no address" },
	{ { "get" }, " \r\n\n", HELPER_NO_SERVER "\n", 1, "blanks only" },
	{ { "get" }, "reg", NONE, 1, "nothing there" },
	{ { "get" }, "https://not.a.real.registry/url", NONE, 1, "what testcontainers asks for" },
	{ { "get" }, "ftp://x", NONE, 1, "no registry" },
	{ { "erase" }, "", HELPER_NO_SERVER "\n", 1, "no address" },
	{ { "erase" }, "reg", "", 0, "what is not there is gone" },
	{ { "list" }, "ignored", "{}\n", 0, "nothing is an object" },
	{ { "store" },
	  "{\"Username\":\"u\",\"Secret\":\"s\"}",
	  HELPER_NO_SERVER "\n",
	  1,
	  "no address" },
	{ { "store" },
	  "{\"ServerURL\":\"reg\",\"Secret\":\"s\"}",
	  HELPER_NO_USERNAME "\n",
	  1,
	  "no user" },
};

START_TEST(protocol)
{
	int count = 0;

	while (rows[_i].words[count])
		count++;
	scoped_reply r = call_bytes(rows[_i].in, strlen(rows[_i].in), count, rows[_i].words);

	ck_assert_msg(r.ours, "%s", rows[_i].why);
	ck_assert_msg(r.status == rows[_i].status, "%s: %d", rows[_i].why, r.status);
	ck_assert_str_eq(r.out, rows[_i].out);
}
END_TEST

START_TEST(verbs_are_not)
{
	static const char *const ours[][3] = {
		{ "why", "reg" }, { "list", "--class" }, { "--help" }, { "version", "x" }
	};

	for (size_t i = 0; i < array_len(ours); i++) {
		scoped_reply r = call_bytes("", 0, ours[i][1] ? 2 : 1, ours[i]);

		ck_assert_msg(!r.ours && !*r.out && !*r.err, "%s", ours[i][0]);
	}
}
END_TEST

static void store(const char *server, const char *username, const char *secret, const char *err)
{
	scoped_str in = xasprintf(STORED, server, username, secret);
	scoped_reply r = call("store", in);

	ck_assert_msg(r.status == 0, "%s", r.out);
	ck_assert_str_eq(r.out, "");
	ck_assert_msg(strncmp(r.err, err, strlen(err)) == 0 && (*err || !*r.err), "%s", r.err);
}

static void gets(const char *server, const char *username, const char *secret)
{
	scoped_str expected = username ? xasprintf(STORED "\n", server, username, secret)
				       : xstrdup(NONE);
	scoped_reply r = call("get", server);

	ck_assert_str_eq(r.out, expected);
	ck_assert_int_eq(r.status, username ? 0 : 1);
}

START_TEST(round_trip)
{
	store("127.0.0.1:5000", "u", "pw", "");
	gets("127.0.0.1:5000", "u", "pw");
	gets("https://127.0.0.1:5000/v2/", "u", "pw");
	gets("127.0.0.1:5001", NULL, NULL);
	store("127.0.0.1:5000", "v", "<\\u0007\\u00e4>", "");
	scoped_reply listed = call("list", "");

	ck_assert_str_eq(listed.out, "{\"127.0.0.1:5000\":\"v\"}\n");
	scoped_reply erased = call("erase", "127.0.0.1:5000");

	ck_assert_int_eq(erased.status, 0);
	gets("127.0.0.1:5000", NULL, NULL);
}
END_TEST

static void set_env(const char *const *rows_of, size_t count)
{
	memset(env_rows, 0, sizeof(env_rows));
	for (size_t i = 0; i < count; i++)
		env_rows[i] = rows_of[i];
}
static void in_ci(void)
{
	static const char *const jenkins[] = { JENKINS };

	/* The machine that runs this may have a terminal. */
	set_policy(",\"gates\":{\"j\":{\"env\":{\"allow_terminal\":true}}},"
		   "\"registries\":[{\"match\":\"*\",\"ci\":[\"j\"]}]");
	set_env(jenkins, array_len(jenkins));
}
static void outside(void)
{
	set_env(NULL, 0);
}

/* What is stored in CI is for CI, and what is stored elsewhere never hides it. */
START_TEST(classes)
{
	in_ci();
	store("reg", "ci", "push", "pushgate: stored for pushing to reg until ");
	outside();
	gets("reg", NULL, NULL);
	gets("https://reg", NULL, NULL);
	gets("reg/org/app", NULL, NULL);
	store("reg", "me", "pull", "pushgate: stored for pulling from reg; ");
	gets("reg", "me", "pull");
	scoped_reply listed = call("list", "");

	ck_assert_str_eq(listed.out, "{\"reg\":\"me\"}\n");
	in_ci();
	gets("reg", "ci", "push");
	scoped_reply both = call("list", "");

	ck_assert_str_eq(both.out, "{\"reg\":\"ci\"}\n");
	outside();
	scoped_reply erased = call("erase", "https://REG/");

	ck_assert_int_eq(erased.status, 0);
	in_ci();
	gets("reg", NULL, NULL);
}
END_TEST

START_TEST(sizes)
{
	static const char head[] = "{\"ServerURL\":\"127.0.0.1\",\"Username\":\"u\",\"Secret\":\"";
	static const char *const action[] = { "store" };
	size_t room = HELPER_MESSAGE_MAX + 1;
	char *bytes = xmalloc(room);

	memset(bytes, 'x', room);
	memcpy(bytes, head, sizeof(head) - 1);
	bytes[HELPER_MESSAGE_MAX] = '}';
	bytes[HELPER_MESSAGE_MAX - 1] = '"';
	scoped_reply large = call_bytes(bytes, room, 1, action);

	ck_assert_int_eq(large.status, 1);
	ck_assert_str_eq(large.out, "pushgate: the message on stdin: more than 1048576 bytes\n");
	bytes[HELPER_MESSAGE_MAX - 1] = '}';
	bytes[HELPER_MESSAGE_MAX - 2] = '"';
	scoped_reply fits = call_bytes(bytes, room - 1, 1, action);

	ck_assert_msg(fits.status == 0, "%s", fits.out);
	free(bytes);
	world.in = file_with("in", "127.0.0.1", 9);
	world.out = file_with("out", "", 0);
	world.err = file_with("err", "", 0);
	char *words[] = { (char *)(uintptr_t) "get" };

	ck_assert(serve(&world, 1, words, "1", verbs, &fits.status));
	ck_assert_int_eq(fits.status, 0);
	ck_assert_msg(lseek(world.out, 0, SEEK_END) >= HELPER_MESSAGE_MAX - 2, "all of it");
}
END_TEST

START_TEST(odd_bytes)
{
	static const char *const get[] = { "get" };
	scoped_reply nul = call_bytes("a\0b", 3, 1, get);

	ck_assert_int_eq(nul.status, 1);
	ck_assert_msg(nul.out[0] && strchr(nul.out, '\n') == nul.out + strlen(nul.out) - 1, "%s",
		      nul.out);
	scoped_reply joined = call("get", "127.0.\r\n0.1:5000\n");

	ck_assert_str_eq(joined.out, NONE);
}
END_TEST

/* list and version never look at stdin: a terminal would wait for a person. */
START_TEST(terminal_on_stdin)
{
	static const char *const actions[] = { "list", "version" };
	int master, slave, status;

	ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
	for (size_t i = 0; i < array_len(actions); i++) {
		char *words[] = { (char *)(uintptr_t)actions[i] };

		world.in = slave;
		world.out = file_with("out", "", 0);
		world.err = file_with("err", "", 0);
		ck_assert(serve(&world, 1, words, "1", verbs, &status));
		ck_assert_int_eq(status, 0);
	}
}
END_TEST

START_TEST(nobody_reads)
{
	char *words[] = { (char *)(uintptr_t) "list" };
	int ends[2], status = 0;

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(ends), 0);
	close(ends[0]);
	world.in = file_with("in", "", 0);
	world.out = ends[1];
	world.err = file_with("err", "", 0);
	ck_assert(serve(&world, 1, words, "1", verbs, &status));
	ck_assert_msg(status == 1, "an answer that nobody got is none");
	words[0] = (char *)(uintptr_t) "get";
	world.in = open("/dev/null", O_WRONLY);
	world.out = file_with("out", "", 0);
	ck_assert(serve(&world, 1, words, "1", verbs, &status));
	ck_assert_int_eq(status, 1);
	scoped_str out = scratch_read("out");

	ck_assert_msg(strncmp(out, "pushgate: the message on stdin: ", 32) == 0, "%s", out);
}
END_TEST

/* Names of the push file are CI's too, each by its own registry's gates. */
START_TEST(push_names)
{
	in_ci();
	store("a.io", "ci", "push", "pushgate: stored for pushing");
	store("b.io", "ci", "push", "pushgate: stored for pushing");
	set_policy(",\"gates\":{\"j\":{\"env\":{\"allow_terminal\":true}}},"
		   "\"registries\":[{\"match\":\"a.io\",\"ci\":[]},{\"match\":\"b.io\","
		   "\"ci\":[\"j\"]},{\"match\":\"*\",\"ci\":[]}]");
	scoped_reply some = call("list", "");

	ck_assert_str_eq(some.out, "{\"b.io\":\"ci\"}\n");
	gets("a.io", NULL, NULL);
	gets("b.io", "ci", "push");
	scratch_write("docker-hygiene/pushgate-push.json", "{", 0600);
	scoped_reply inside = call("list", "");

	ck_assert_msg(*inside.err, "it was opened");
	outside();
	scoped_reply person = call("list", ""), get = call("get", "b.io");

	ck_assert_str_eq(person.out, "{}\n");
	ck_assert_msg(!*person.err, "it was not: %s", person.err);
	ck_assert_str_eq(get.out, NONE);
}
END_TEST

static int64_t hours;
static int64_t fake_now(const struct clock *clock unused_arg)
{
	return 1795874400 * NSEC_PER_SEC + hours * NSEC_PER_HOUR;
}

START_TEST(lifetime)
{
	static const struct clock clock = { .now = fake_now, .monotonic = fake_now };

	hours = 0;
	in_ci();
	world.clock = &clock;
	store("reg", "ci", "push",
	      "pushgate: stored for pushing to reg until 2026-11-29T02:00:00Z\n");
	hours = 11;
	gets("reg", "ci", "push");
	hours = 12;
	gets("reg", NULL, NULL);
	scoped_reply listed = call("list", "");

	ck_assert_str_eq(listed.out, "{}\n");
	set_policy(",\"gates\":{\"j\":{\"env\":{\"allow_terminal\":true}}},\"registries\":["
		   "{\"match\":\"reg\",\"ci\":[\"j\"],\"push_lifetime\":\"1h\"}]");
	store("reg", "ci", "push",
	      "pushgate: stored for pushing to reg until 2026-11-29T03:00:00Z\n");
	hours = 13;
	scoped_reply gone = call("get", "reg");

	ck_assert_str_eq(gone.out, NONE);
	ck_assert_str_eq(gone.err, "pushgate: this is CI, but no push credential for reg is there; "
				   "see: docker-credential-pushgate why reg\n");
}
END_TEST

/* A store that fails is told on stdout and stderr alike, and never as "not found". */
START_TEST(broken_store)
{
	scratch_write("docker-hygiene/pushgate-pull.enc", "not ours", 0600);
	scratch_write("pull.key", "0123456789abcdef0123456789abcdef", 0600);
	scoped_reply r = call("get", "127.0.0.1");

	ck_assert_int_eq(r.status, 1);
	ck_assert_msg(strncmp(r.out, "pushgate: ", 10) == 0, "%s", r.out);
	ck_assert_str_eq(r.out, r.err);
	scoped_reply listed = call("list", ""), erased = call("erase", "127.0.0.1");

	ck_assert_int_eq(listed.status, 1);
	ck_assert_int_eq(erased.status, 1);
	in_ci();
	store("reg", "ci", "push", "pushgate: stored for pushing");
	scoped_reply push = call("get", "reg"), names = call("list", "");

	ck_assert_msg(push.status == 0, "what is found before it is given: %s", push.out);
	ck_assert_str_eq(names.out, "{\"reg\":\"ci\"}\n");
	ck_assert_msg(strncmp(names.err, "pushgate: ", 10) == 0, "%s", names.err);
}
END_TEST

START_TEST(broken_policy)
{
	in_ci();
	store("reg", "ci", "push", "pushgate: stored for pushing");
	scratch_write(POLICY, "{", 0600);
	scoped_reply r = call("get", "reg");

	ck_assert_msg(r.status == 1 && !strstr(r.out, "\"push\""), "%s", r.out);
	ck_assert_msg(strstr(r.err, POLICY) || strstr(r.out, "pushgate: "), "%s%s", r.out, r.err);
}
END_TEST

/* What CI stores while the policy is broken would be given to everybody as a pull credential. */
START_TEST(broken_policy_store)
{
	in_ci();
	scratch_write(POLICY, "{", 0600);
	scoped_str login = xasprintf(STORED, "reg", "ci", "push");
	scoped_reply refused = call("store", login);

	ck_assert_int_eq(refused.status, 1);
	ck_assert_msg(strncmp(refused.out, "pushgate: not stored: ", 22) == 0 &&
			      strstr(refused.out, POLICY),
		      "%s", refused.out);
	ck_assert_str_eq(refused.out, refused.err);
	set_policy("");
	gets("reg", NULL, NULL);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("serve");
	TCase *tc = tcase_create("serve");

	tcase_add_checked_fixture(tc, setup, scratch_remove);
	tcase_add_loop_test(tc, protocol, 0, array_len(rows));
	tcase_add_test(tc, verbs_are_not);
	tcase_add_test(tc, round_trip);
	tcase_add_test(tc, classes);
	tcase_add_test(tc, push_names);
	tcase_add_test(tc, lifetime);
	tcase_add_test(tc, sizes);
	tcase_add_test(tc, odd_bytes);
	tcase_add_test(tc, terminal_on_stdin);
	tcase_add_test(tc, nobody_reads);
	tcase_add_test(tc, broken_store);
	tcase_add_test(tc, broken_policy);
	tcase_add_test(tc, broken_policy_store);
	suite_add_tcase(s, tc);
	return s;
}
