/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/client/registry/realm.h"

#define VOUCHED                                                                          \
	"vouched.example=login.other.test, VOUCHED.example:5000=login.other.test:8443\n" \
	"inner.example=10.0.0.7 six.example=[fd00::1]:9000"

static const struct {
	const char *why, *registry, *origin, *realm;
	enum realm_verdict verdict;
} judged[] = {
	/* go-containerregistry 3f4ff3c, TestValidateRealmURLUnspecified: none of these is asked. */
	{ "ggcr", "r.example.com", "https://r.example.com", "https://0.0.0.0/token",
	  REALM_PRIVATE },
	{ "ggcr", "r.example.com", "https://r.example.com", "https://0.0.0.0:8443/token",
	  REALM_PRIVATE },
	{ "ggcr", "r.example.com", "https://r.example.com", "https://[::]/token", REALM_PRIVATE },
	{ "ggcr", "r.example.com", "https://r.example.com", "https://[::]:8443/token",
	  REALM_PRIVATE },
	{ "ggcr", "r.example.com", "https://r.example.com", "https://127.0.0.1/token",
	  REALM_PRIVATE },
	{ "ggcr", "r.example.com", "https://r.example.com", "https://[::1]/token", REALM_PRIVATE },
	{ "ggcr", "r.example.com", "https://r.example.com", "https://10.0.0.1/token",
	  REALM_PRIVATE },
	{ "ggcr", "r.example.com", "https://r.example.com", "https://192.168.1.1/token",
	  REALM_PRIVATE },
	{ "ggcr", "r.example.com", "https://r.example.com", "https://169.254.169.254/token",
	  REALM_PRIVATE },
	{ "ggcr asks a public address; so do we, without credentials", "r.example.com",
	  "https://r.example.com", "https://8.8.8.8/token", REALM_OTHER },
	{ "ggcr", "registry.example.com", "https://registry.example.com",
	  "https://registry.example.com/token", REALM_SAME_HOST },
	/* The same, TestValidateRealmURLSameHost. */
	{ "ggcr", "127.0.0.1:5000", "http://127.0.0.1:5000", "http://127.0.0.1:5000/auth",
	  REALM_SAME_HOST },
	{ "ggcr refuses another port; ours are one host's", "127.0.0.1:5000",
	  "http://127.0.0.1:5000", "http://127.0.0.1:8080/auth", REALM_SAME_HOST },
	{ "ggcr", "10.0.0.1", "https://10.0.0.1", "https://10.0.0.1/auth", REALM_SAME_HOST },
	{ "ggcr", "[::1]:5000", "http://[::1]:5000", "http://[::1]:5000/auth", REALM_SAME_HOST },
	{ "ggcr", "registry.example.com", "http://registry.example.com",
	  "http://127.0.0.1:5000/auth", REALM_PRIVATE },
	{ "ggcr: the scheme counts on the same host too", "127.0.0.1:5000",
	  "https://127.0.0.1:5000", "http://127.0.0.1:5000/auth", REALM_WEAKER },
	/* distribution f215e51: the registrable domain is what an owner is. */
	{ "one owner", "registry.example.com", "https://registry.example.com",
	  "https://auth.example.com/token", REALM_SAME_DOMAIN },
	{ "GitLab's", "registry.gitlab.com", "https://registry.gitlab.com",
	  "https://gitlab.com/jwt/auth", REALM_SAME_DOMAIN },
	{ "any port of it", "registry.example.com:5000", "https://registry.example.com:5000",
	  "https://auth.example.com:8443/token", REALM_SAME_DOMAIN },
	{ "another owner", "registry.example.com", "https://registry.example.com",
	  "https://auth.evil.com/token", REALM_OTHER },
	{ "a name that begins alike", "registry.example.com", "https://registry.example.com",
	  "https://registry.example.com.evil.test/token", REALM_OTHER },
	{ "a name that ends alike", "registry.example.com", "https://registry.example.com",
	  "https://evilexample.com/token", REALM_OTHER },
	{ "a suffix of two labels is nobody's", "a.co.uk", "https://a.co.uk",
	  "https://b.co.uk/token", REALM_OTHER },
	{ "below it, owners are told apart", "registry.a.co.uk", "https://registry.a.co.uk",
	  "https://auth.a.co.uk/token", REALM_SAME_DOMAIN },
	{ "private suffixes: two users of one host", "me.github.io", "https://me.github.io",
	  "https://you.github.io/token", REALM_OTHER },
	{ "a suffix itself", "com", "https://com", "https://com.com/token", REALM_OTHER },
	{ "single labels have no domain", "registry", "https://registry", "https://auth/token",
	  REALM_OTHER },
	{ "addresses have none", "192.0.2.1", "https://8.8.8.8", "https://8.8.4.4/token",
	  REALM_OTHER },
	{ "http where the registry is https", "registry.example.com",
	  "https://registry.example.com", "http://auth.example.com/token", REALM_WEAKER },
	{ "and of another owner", "registry.example.com", "https://registry.example.com",
	  "http://auth.evil.com/token", REALM_WEAKER },
	{ "https where the registry is http", "localhost:5000", "http://localhost:5000",
	  "https://localhost:5001/token", REALM_SAME_HOST },
	{ "case does not count", "Registry.Example.com", "https://Registry.Example.com",
	  "https://REGISTRY.example.COM/token", REALM_SAME_HOST },
	/* Docker Hub. */
	{ "Docker Hub's own", "docker.io", "https://registry-1.docker.io",
	  "https://auth.docker.io/token", REALM_BUILT_IN },
	{ "but not in the clear", "docker.io", "https://registry-1.docker.io",
	  "http://auth.docker.io/token", REALM_WEAKER },
	{ "nor for another registry that says so", "registry.example.com",
	  "https://registry.example.com", "https://auth.docker.io/token", REALM_OTHER },
	/* What a person vouched for. */
	{ "vouched for", "vouched.example", "https://vouched.example",
	  "https://login.other.test/token", REALM_VOUCHED },
	{ "any port, where none was written", "vouched.example", "https://vouched.example",
	  "https://login.other.test:444/token", REALM_VOUCHED },
	{ "the port that was written", "vouched.example:5000", "https://vouched.example:5000",
	  "https://login.other.test:8443/token", REALM_VOUCHED },
	{ "no other", "vouched.example:5000", "https://vouched.example:5000",
	  "https://login.other.test/token", REALM_OTHER },
	{ "for another port of the registry nothing was said", "vouched.example:6000",
	  "https://vouched.example:6000", "https://login.other.test/token", REALM_OTHER },
	{ "nor for a host below", "vouched.example", "https://vouched.example",
	  "https://x.login.other.test/token", REALM_OTHER },
	{ "never in the clear", "vouched.example", "https://vouched.example",
	  "http://login.other.test/token", REALM_WEAKER },
	{ "an inner address", "inner.example", "https://inner.example", "https://10.0.0.7/token",
	  REALM_VOUCHED },
	{ "and not its neighbour", "inner.example", "https://inner.example",
	  "https://10.0.0.8/token", REALM_PRIVATE },
	{ "IPv6", "six.example", "https://six.example", "https://[fd00::1]:9000/token",
	  REALM_VOUCHED },
	/* How near. */
	{ "this machine by its name", "registry.example.com", "https://registry.example.com",
	  "https://localhost/token", REALM_PRIVATE },
	{ "or below it", "registry.example.com", "https://registry.example.com",
	  "https://a.localhost/token", REALM_PRIVATE },
	{ "an inner registry may name its neighbours", "10.0.0.1", "https://10.0.0.1",
	  "https://10.0.0.2/token", REALM_OTHER },
	{ "but not this machine", "10.0.0.1", "https://10.0.0.1", "https://127.0.0.1/token",
	  REALM_PRIVATE },
	{ "nor what clouds serve credentials at", "10.0.0.1", "https://10.0.0.1",
	  "https://169.254.169.254/token", REALM_PRIVATE },
	{ "not even in the clear", "10.0.0.1", "https://10.0.0.1", "http://169.254.169.254/token",
	  REALM_PRIVATE },
	{ "this machine may name this machine", "localhost:5000", "http://localhost:5000",
	  "http://127.0.0.1:5001/token", REALM_OTHER },
	{ "but not the cloud's", "127.0.0.1:5000", "http://127.0.0.1:5000",
	  "http://169.254.169.254/token", REALM_PRIVATE },
	{ "two loopback addresses are two hosts", "127.0.0.1:5000", "http://127.0.0.1:5000",
	  "http://127.0.0.2:5000/token", REALM_OTHER },
	{ "an IPv4 address inside an IPv6 one", "registry.example.com",
	  "https://registry.example.com", "https://[::ffff:127.0.0.1]/token", REALM_PRIVATE },
	/* What is no address. */
	{ "another scheme", "r.example", "https://r.example", "ftp://r.example/token", REALM_BAD },
	{ "none", "r.example", "https://r.example", "r.example/token", REALM_BAD },
	{ "nothing", "r.example", "https://r.example", "", REALM_BAD },
	{ "no host", "r.example", "https://r.example", "https:///token", REALM_BAD },
	{ "a user, who hides the host", "r.example", "https://r.example",
	  "https://r.example@evil.test/token", REALM_BAD },
	{ "a backslash, which some readers take for a slash", "r.example", "https://r.example",
	  "https://evil.test\\@r.example/token", REALM_BAD },
	{ "an address in disguise", "r.example", "https://r.example", "https://2130706433/token",
	  REALM_BAD },
	{ "another line", "r.example", "https://r.example", "https://r.example/\r\nX: y",
	  REALM_BAD },
};

START_TEST(the_list_is_there)
{
	ck_assert(realm_knows_domains());
}
END_TEST

START_TEST(judges)
{
	struct realms realms = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_msg(realms_read(&realms, VOUCHED, &err) == 0, "%s", err.text);
	enum realm_verdict verdict = realm_judge(judged[_i].registry, judged[_i].origin,
						 judged[_i].realm, &realms);
	ck_assert_msg(verdict == judged[_i].verdict, "%s: %s: %d", judged[_i].why, judged[_i].realm,
		      verdict);
	ck_assert_msg(!realm_verdict_text(verdict) == realm_allowed(verdict), "%s", judged[_i].why);
	realms_release(&realms);
}
END_TEST

START_TEST(without_vouching)
{
	ck_assert_int_eq(realm_judge("vouched.example", "https://vouched.example",
				     "https://login.other.test/token", NULL),
			 REALM_OTHER);
}
END_TEST

static const struct {
	const char *why, *text;
	const char *registry, *realm; /* of the last pair; NULL: refused */
	size_t count;
} texts[] = {
	{ "nothing", NULL, "", "", 0 },
	{ "blanks", " ,\n", "", "", 0 },
	{ "one", "a.example=b.example", "a.example", "b.example", 1 },
	{ "two", "a=b,c:5000=d:8443", "c:5000", "d:8443", 2 },
	{ "made comparable", "DOCKER.io=Auth.Example", "docker.io", "auth.example", 1 },
	{ "https's own port says which", "a:443=b:443", "a", "b:443", 1 },
	{ "IPv6", "[::1]:5000=[FD00::1]", "[::1]:5000", "[fd00::1]", 1 },
	{ "no pair", "a.example", NULL, NULL, 0 },
	{ "half of one", "a.example=", NULL, NULL, 0 },
	{ "the other half", "=b.example", NULL, NULL, 0 },
	{ "an address is no host", "a.example=https://b.example/token", NULL, NULL, 0 },
	{ "nor is a path one", "a.example=b.example/token", NULL, NULL, 0 },
	{ "nor does a repository have a realm", "a.example/org=b.example", NULL, NULL, 0 },
	{ "a user", "a.example=me@b.example", NULL, NULL, 0 },
	{ "a port that is none", "a.example=b.example:x", NULL, NULL, 0 },
	{ "blanks round the sign", "a.example = b.example", NULL, NULL, 0 },
	{ "one bad pair spoils all", "a=b c", NULL, NULL, 0 },
};

START_TEST(reads)
{
	struct realms realms = { 0 };
	struct error err = ERROR_INIT;

	int rc = realms_read(&realms, texts[_i].text, &err);
	if (!texts[_i].registry) {
		ck_assert_msg(rc == -1 && err.kind == ERROR_INPUT, "%s", texts[_i].why);
		ck_assert_uint_eq(realms.count, 0);
		return;
	}
	ck_assert_msg(rc == 0, "%s: %s", texts[_i].why, err.text);
	ck_assert_msg(realms.count == texts[_i].count, "%s", texts[_i].why);
	if (realms.count) {
		ck_assert_str_eq(realms.items[realms.count - 1].registry, texts[_i].registry);
		ck_assert_str_eq(realms.items[realms.count - 1].realm, texts[_i].realm);
	}
	realms_release(&realms);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("realm");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, the_list_is_there);
	tcase_add_loop_test(tc, judges, 0, (int)array_len(judged));
	tcase_add_test(tc, without_vouching);
	tcase_add_loop_test(tc, reads, 0, (int)array_len(texts));
	suite_add_tcase(s, tc);
	return s;
}
