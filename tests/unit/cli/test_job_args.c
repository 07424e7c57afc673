/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/cli/job_args.h"
#include "tests/unit/cli/fake_plugin.h"

static const struct {
	const char *name, *value;
	const char *pair; /* as the job has it; NULL: left out */
	const char *note; /* what is told about it; NULL: nothing */
	const char *why;
} rows[] = {
	{ "DOCKER_HOST", "unix:///x", "DOCKER_HOST=unix:///x", NULL, "the engine that is meant" },
	{ "DOCKER_HOST", "", NULL, NULL, "empty is not set" },
	{ "HOME", "/root", NULL, NULL, "the manager knows it" },
	{ "AWS_SECRET_ACCESS_KEY", "x", NULL, NULL, "nothing but what is named" },
	{ "https_proxy", "http://proxy:3128", "https_proxy=http://proxy:3128", NULL,
	  "the way out" },
	{ "HTTPS_PROXY", "proxy:3128", "HTTPS_PROXY=proxy:3128", NULL, "of tcp engines, too" },
	{ "http_proxy", "http://proxy:3128", "http_proxy=http://proxy:3128", NULL, "and of http" },
	{ "HTTP_PROXY", "proxy", "HTTP_PROXY=proxy", NULL, "in capitals" },
	{ "all_proxy", "socks5://proxy", "all_proxy=socks5://proxy", NULL, "for everything" },
	{ "ALL_PROXY", "proxy", "ALL_PROXY=proxy", NULL, "in capitals" },
	{ "no_proxy", "a@b,c", "no_proxy=a@b,c", NULL, "a list of names, no address" },
	{ "NO_PROXY", "x", "NO_PROXY=x", NULL, "in capitals" },
	{ "SSL_CERT_FILE", "/ca.pem", "SSL_CERT_FILE=/ca.pem", NULL, "who is believed" },
	{ "SSL_CERT_DIR", "/certs", "SSL_CERT_DIR=/certs", NULL, "the same" },
	{ "CURL_CA_BUNDLE", "/ca.pem", "CURL_CA_BUNDLE=/ca.pem", NULL, "the same" },
	{ "SSH_AUTH_SOCK", "/run/user/1000/keyring/ssh", "SSH_AUTH_SOCK=/run/user/1000/keyring/ssh",
	  NULL, "the keys of ssh://" },
	{ "SSH_AUTH_SOCK", "/tmp/ssh-abc/agent.7", NULL, "SSH_AUTH_SOCK",
	  "there for this login alone, and in the way of the next one's" },
	{ "https_proxy", "http://me:secret@proxy:3128", NULL, "https_proxy", "a password" },
	{ "HTTP_PROXY", "me:secret@proxy", NULL, "HTTP_PROXY", "a password without a scheme" },
	{ "ALL_PROXY", "http://token@proxy", NULL, "ALL_PROXY", "a name that may be a token" },
};

static int now; /* the row */

static const char *env(const char *name)
{
	return strcmp(name, rows[now].name) == 0 ? rows[now].value : NULL;
}

START_TEST(environment)
{
	struct cli cli = { .plugin = &fake_plugin, .env = env };
	struct job job scoped(job_args_release) = { .name = "x" };
	struct error err = ERROR_INIT;
	scoped_strings notes = { 0 };

	now = _i;
	ck_assert_int_eq(job_args_begin(&job, &cli, &notes, &err), 0);
	ck_assert_msg(job.env.count == (rows[_i].pair ? 1 : 0), "%s", rows[_i].why);
	if (rows[_i].pair)
		ck_assert_str_eq(job.env.items[0], rows[_i].pair);
	ck_assert_msg(notes.count == (rows[_i].note ? 1 : 0), "%s", rows[_i].why);
	if (rows[_i].note) {
		ck_assert_ptr_nonnull(strstr(notes.items[0], rows[_i].note));
		ck_assert_ptr_null(strstr(notes.items[0], "secret"));
		ck_assert_ptr_null(strstr(notes.items[0], "token"));
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("job_args");
	TCase *tc = tcase_create("job_args");

	tcase_add_loop_test(tc, environment, 0, array_len(rows));
	suite_add_tcase(s, tc);
	return s;
}
