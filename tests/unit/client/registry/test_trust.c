/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/client/registry/trust.h"
#include "tests/unit/client/scratch.h"

static const struct {
	const char *why, *registry, *host; /* host NULL: refused */
	bool loopback;
} hosts[] = {
	{ "Docker Hub has another name on the wire", "docker.io", "registry-1.docker.io", false },
	{ "so it has under its older name", "index.docker.io", "registry-1.docker.io", false },
	{ "any other is what it is called", "registry.example", "registry.example", false },
	{ "with its port", "registry.example:5000", "registry.example:5000", false },
	{ "the port of https is not left out of what was written", "registry.example:443",
	  "registry.example:443", false },
	{ "docker's rule for this machine", "localhost:5000", "localhost:5000", true },
	{ "without a port too", "localhost", "localhost", true },
	{ "and its addresses", "127.0.0.1:5000", "127.0.0.1:5000", true },
	{ "all of 127.0.0.0/8", "127.9.8.7", "127.9.8.7", true },
	{ "names below it (RFC 6761)", "reg.localhost:5000", "reg.localhost:5000", true },
	{ "IPv6", "[::1]:5000", "[::1]:5000", true },
	{ "private addresses are no exception", "10.0.0.1:5000", "10.0.0.1:5000", false },
	{ "nor is what only begins like it", "127.0.0.1.example", "127.0.0.1.example", false },
	{ "nor what ends like it", "localhost.example", "localhost.example", false },
	{ "no name", "", NULL, false },
	{ "an address with a scheme is no registry's name", "https://registry.example", NULL,
	  false },
	{ "a path is none", "registry.example/org", NULL, false },
	{ "so is an empty one", "registry.example/", NULL, false },
	{ "nothing leads out of certs.d", "..", NULL, false },
	{ "nothing leads out of certs.d", "../../etc", NULL, false },
	{ "a port that is none", "registry.example:99999", NULL, false },
	{ "a user is no part of it", "me@registry.example", NULL, false },
};

START_TEST(host_and_scheme)
{
	scoped_trust t = { 0 };
	struct error err = ERROR_INIT;

	int rc = trust_find(&t, hosts[_i].registry, scratch_dir(), &err);
	if (!hosts[_i].host) {
		ck_assert_msg(rc == -1, "%s", hosts[_i].why);
		ck_assert_msg(err.kind == ERROR_INPUT, "%s: %s", hosts[_i].why, err.text);
		ck_assert_ptr_null(t.host);
		return;
	}
	ck_assert_msg(rc == 0, "%s: %s", hosts[_i].why, err.text);
	ck_assert_msg(strcmp(t.host, hosts[_i].host) == 0, "%s: %s", hosts[_i].why, t.host);
	ck_assert_msg(t.loopback == hosts[_i].loopback, "%s", hosts[_i].why);
	ck_assert_msg(t.roots.count == 0 && !t.cert, "%s", hosts[_i].why);
}
END_TEST

#define R "registry.example:5000"

static const struct {
	const char *why;
	const char *files[6];
	const char *roots, *pair; /* names without ".cert"; NULL: none */
	enum error_kind kind;
} folders[] = {
	{ "no folder", { NULL }, "", NULL, ERROR_NONE },
	{ "another registry's", { "registry.example/a.crt" }, "", NULL, ERROR_NONE },
	{ "an empty one (a file that is nothing)", { R "/README" }, "", NULL, ERROR_NONE },
	{ "roots, in order", { R "/b.crt", R "/a.crt" }, "a.crt b.crt", NULL, ERROR_NONE },
	{ "a pair", { R "/me.cert", R "/me.key" }, "", "me", ERROR_NONE },
	{ "both", { R "/ca.crt", R "/me.key", R "/me.cert" }, "ca.crt", "me", ERROR_NONE },
	{ "the first of two pairs",
	  { R "/b.cert", R "/b.key", R "/a.cert", R "/a.key" },
	  "",
	  "a",
	  ERROR_NONE },
	{ "a certificate without its key", { R "/me.cert" }, "", NULL, ERROR_INPUT },
	{ "a key without its certificate", { R "/me.key" }, "", NULL, ERROR_INPUT },
	{ "halves of two pairs", { R "/a.cert", R "/b.key" }, "", NULL, ERROR_INPUT },
	{ "a second pair that is none",
	  { R "/a.cert", R "/a.key", R "/b.cert" },
	  "",
	  NULL,
	  ERROR_INPUT },
	{ "a name that is nothing but a suffix is no half", { R "/x.pem" }, "", NULL, ERROR_NONE },
};

static void check_files(const struct trust *t, int row)
{
	scoped_str joined = xstrdup("");

	for (size_t i = 0; i < t->roots.count; i++)
		str_replace(&joined, xasprintf("%s%s%s", joined, i ? " " : "",
					       strrchr(t->roots.items[i], '/') + 1));
	ck_assert_msg(strcmp(joined, folders[row].roots) == 0, "%s: %s", folders[row].why, joined);
	ck_assert_msg(!t->cert == !folders[row].pair && !t->key == !t->cert, "%s",
		      folders[row].why);
	if (!t->cert)
		return;
	scoped_str cert = xasprintf("%s/" R "/%s.cert", scratch_dir(), folders[row].pair);
	scoped_str key = xasprintf("%s/" R "/%s.key", scratch_dir(), folders[row].pair);

	ck_assert_str_eq(t->cert, cert);
	ck_assert_str_eq(t->key, key);
}

START_TEST(certificates)
{
	scoped_trust t = { 0 };
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < array_len(folders[_i].files) && folders[_i].files[i]; i++)
		scratch_write(folders[_i].files[i], "x", 0600);
	int rc = trust_find(&t, R, scratch_dir(), &err);
	ck_assert_msg(err.kind == folders[_i].kind, "%s: %s", folders[_i].why, err.text);
	ck_assert_int_eq(rc, folders[_i].kind == ERROR_NONE ? 0 : -1);
	if (rc == 0)
		check_files(&t, _i);
}
END_TEST

/* As another user, where we are root. */
static bool leave_root(void)
{
	return geteuid() != 0 ||
	       (chmod(scratch_dir(), 0755) == 0 && setegid(65534) == 0 && seteuid(65534) == 0);
}

START_TEST(what_cannot_be_read_is_told)
{
	static const char *const secret[] = { R "/ca.crt", R "/me.key" };
	scoped_trust t = { 0 };
	struct error err = ERROR_INIT;

	scratch_write(R "/me.cert", "x", 0644);
	scratch_write(R "/me.key", "x", 0644);
	scratch_write(secret[_i], "x", 0);
	ck_assert(leave_root());
	ck_assert_int_eq(trust_find(&t, R, scratch_dir(), &err), -1);
	ck_assert_int_eq(err.kind, ERROR_DENIED);
	ck_assert_ptr_nonnull(strstr(err.text, secret[_i]));
	ck_assert_ptr_nonnull(strstr(err.text, "certificates for " R));
	ck_assert_int_eq(seteuid(getuid()), 0);
}
END_TEST

START_TEST(of_a_rootless_user)
{
	scoped_trust t = { 0 };
	struct error err = ERROR_INIT;
	scoped_str path = scratch_path("docker/certs.d/" R "/ca.crt");

	scratch_write("docker/certs.d/" R "/ca.crt", "x", 0644);
	setenv("XDG_CONFIG_HOME", scratch_dir(), 1);
	if (geteuid() == 0) {
		ck_assert_int_eq(trust_find(&t, R, NULL, &err), 0);
		ck_assert_uint_eq(t.roots.count, 0);
		trust_release(&t);
	}
	ck_assert(leave_root());
	ck_assert_msg(trust_find(&t, R, NULL, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(t.roots.count, 1);
	ck_assert_str_eq(t.roots.items[0], path);
	ck_assert_int_eq(seteuid(getuid()), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("trust");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, scratch_make, scratch_remove);
	tcase_add_loop_test(tc, host_and_scheme, 0, (int)array_len(hosts));
	tcase_add_loop_test(tc, certificates, 0, (int)array_len(folders));
	tcase_add_loop_test(tc, what_cannot_be_read_is_told, 0, 2);
	tcase_add_test(tc, of_a_rootless_user);
	suite_add_tcase(s, tc);
	return s;
}
