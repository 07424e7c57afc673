/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "common/codec/reference.h"
#include "tests/unit/random.h"

#define HEX32 "0123456789abcdef0123456789abcdef"
#define HEX64 HEX32 HEX32
#define SHA   "sha256:" HEX64

static const struct {
	const char *text;
	const char *domain, *path, *tag, *digest;
	const char *familiar;
	const char *why;
} rows[] = {
	{ "nginx", "docker.io", "library/nginx", NULL, NULL, "nginx", "an official image" },
	{ "nginx:1.2", "docker.io", "library/nginx", "1.2", NULL, "nginx", "with a tag" },
	{ "user/app", "docker.io", "user/app", NULL, NULL, "user/app", "a user's" },
	{ "user/app/more", "docker.io", "user/app/more", NULL, NULL, "user/app/more", "deep" },
	{ "library/nginx", "docker.io", "library/nginx", NULL, NULL, "nginx", "in full" },
	{ "library/a/b", "docker.io", "library/a/b", NULL, NULL, "library/a/b",
	  "library is only dropped in front of one name" },
	{ "docker.io/nginx", "docker.io", "library/nginx", NULL, NULL, "nginx", "with the domain" },
	{ "docker.io/library/nginx:x", "docker.io", "library/nginx", "x", NULL, "nginx",
	  "in full" },
	{ "index.docker.io/nginx", "docker.io", "library/nginx", NULL, NULL, "nginx",
	  "the old name of Docker Hub" },
	{ "index.docker.io/u/a", "docker.io", "u/a", NULL, NULL, "u/a", "the old name" },
	{ "nginx@" SHA, "docker.io", "library/nginx", NULL, SHA, "nginx", "by digest" },
	{ "nginx:1@" SHA, "docker.io", "library/nginx", "1", SHA, "nginx", "tag and digest" },
	{ "a@sha512:" HEX64 HEX64, "docker.io", "library/a", NULL, "sha512:" HEX64 HEX64, "a",
	  "a longer digest" },
	{ "a@sha384:" HEX64 HEX32, "docker.io", "library/a", NULL, "sha384:" HEX64 HEX32, "a",
	  "the one between" },
	{ "host:5000/app", "host:5000", "app", NULL, NULL, "host:5000/app", "a port" },
	{ "host:5000/app:1", "host:5000", "app", "1", NULL, "host:5000/app", "port and tag" },
	{ "host.example/app", "host.example", "app", NULL, NULL, "host.example/app", "a dot" },
	{ "localhost/app", "localhost", "app", NULL, NULL, "localhost/app", "localhost is a host" },
	{ "localhosts/app", "docker.io", "localhosts/app", NULL, NULL, "localhosts/app",
	  "no host: neither dot nor port" },
	{ "Host/app", "Host", "app", NULL, NULL, "Host/app", "upper case makes it a host" },
	{ "[::1]:5000/app", "[::1]:5000", "app", NULL, NULL, "[::1]:5000/app", "IPv6" },
	{ "[fe80::ABCD]/app", "[fe80::ABCD]", "app", NULL, NULL, "[fe80::ABCD]/app",
	  "IPv6 without a port" },
	{ "a.b-c__d--e/f_g", NULL, NULL, NULL, NULL, NULL, "no host has underscores" },
	{ "x/a.b-c__d---e_f", "docker.io", "x/a.b-c__d---e_f", NULL, NULL, "x/a.b-c__d---e_f",
	  "every separator" },
	{ "a:T_a-g.1", "docker.io", "library/a", "T_a-g.1", NULL, "a", "all a tag may hold" },
	{ "host/" HEX64, "docker.io", "host/" HEX64, NULL, NULL, "host/" HEX64,
	  "64 hex digits in a path are a name" },
	{ "docker.io/" HEX64, "docker.io", "library/" HEX64, NULL, NULL, HEX64,
	  "as docker allows it" },
	{ "a0/b", "docker.io", "a0/b", NULL, NULL, "a0/b", "digits" },
	/* distribution/reference's reference_test.go and normalize_test.go */
	{ "test_com/foo", "docker.io", "test_com/foo", NULL, NULL, "test_com/foo",
	  "an underscore is no host's" },
	{ "test.com:5000", "docker.io", "library/test.com", "5000", NULL, "test.com",
	  "a name alone has a tag, no port" },
	{ "localhost:5000", "docker.io", "library/localhost", "5000", NULL, "localhost",
	  "even this one" },
	{ "192.168.1.1", "docker.io", "library/192.168.1.1", NULL, NULL, "192.168.1.1",
	  "an address alone is a name" },
	{ "192.168.1.1:5000/repo:5050", "192.168.1.1:5000", "repo", "5050", NULL,
	  "192.168.1.1:5000/repo", "a port and a tag of digits" },
	{ "lowercase:Uppercase", "docker.io", "library/lowercase", "Uppercase", NULL, "lowercase",
	  "tags have any case" },
	{ "b.gcr.io/test.example.com/my-app:test.example.com", "b.gcr.io",
	  "test.example.com/my-app", "test.example.com", NULL, "b.gcr.io/test.example.com/my-app",
	  "a path and a tag like hosts" },
	{ "xn--n3h.com:18080/foo", "xn--n3h.com:18080", "foo", NULL, NULL, "xn--n3h.com:18080/foo",
	  "punycode" },
	{ "foo/foo_bar.com:8080", "docker.io", "foo/foo_bar.com", "8080", NULL, "foo/foo_bar.com",
	  "what looks like a port behind a path" },
	{ "[2001:db8:1:2:3:4:5:6]/repo:tag", "[2001:db8:1:2:3:4:5:6]", "repo", "tag", NULL,
	  "[2001:db8:1:2:3:4:5:6]/repo", "IPv6 in full" },
	{ "[2001:db8::]:5000/repo", "[2001:db8::]:5000", "repo", NULL, NULL,
	  "[2001:db8::]:5000/repo", "IPv6 that ends in colons" },
	{ "docker---rules/docker", "docker.io", "docker---rules/docker", NULL, NULL,
	  "docker---rules/docker", "any number of hyphens" },
	{ "FOO/bar", "FOO", "bar", NULL, NULL, "FOO/bar", "upper case is a host's" },
	{ "thisisthesongthatneverendsitgoesonandonandonthisisthesongthatnev", "docker.io",
	  "library/thisisthesongthatneverendsitgoesonandonandonthisisthesongthatnev", NULL, NULL,
	  "thisisthesongthatneverendsitgoesonandonandonthisisthesongthatnev",
	  "64 characters that are not hexadecimal" },
	{ "[2001:db8::1]", NULL, NULL, NULL, NULL, NULL, "IPv6 alone" },
	{ "[2001:db8::1]:5000", NULL, NULL, NULL, NULL, NULL, "and with a port" },
	{ "[fe80::1%eth0]:5000/repo", NULL, NULL, NULL, NULL, NULL, "a zone" },
	{ "[2001:db8:3:4::192.0.2.33]:5000/debian", NULL, NULL, NULL, NULL, NULL, "v4 within v6" },
	{ "fc00::1:5000/debian", NULL, NULL, NULL, NULL, NULL, "IPv6 without brackets" },
	{ "test:5000/Uppercase/lowercase:tag", NULL, NULL, NULL, NULL, NULL, "upper case behind" },
	{ "____/____", NULL, NULL, NULL, NULL, NULL, "separators alone" },
	{ "dock_.er/docker", NULL, NULL, NULL, NULL, NULL, "a host's underscore" },
	{ "aa/asdf$$^/aa", NULL, NULL, NULL, NULL, NULL, "other characters" },
	{ ":justtag", NULL, NULL, NULL, NULL, NULL, "a tag of nothing" },
	{ "@" SHA, NULL, NULL, NULL, NULL, NULL, "a digest of nothing" },
	{ "a@invaliddigest:" HEX64, NULL, NULL, NULL, NULL, NULL, "no algorithm" },

	{ HEX64, NULL, NULL, NULL, NULL, NULL, "an ID is no name" },
	{ "", NULL, NULL, NULL, NULL, NULL, "empty" },
	{ "Nginx", NULL, NULL, NULL, NULL, NULL, "upper case" },
	{ "user/App", NULL, NULL, NULL, NULL, NULL, "upper case in the path" },
	{ "a__b___c", NULL, NULL, NULL, NULL, NULL, "three underscores" },
	{ "a..b", NULL, NULL, NULL, NULL, NULL, "two dots" },
	{ "a._b", NULL, NULL, NULL, NULL, NULL, "mixed separators" },
	{ "a-", NULL, NULL, NULL, NULL, NULL, "a separator at the end" },
	{ "-a", NULL, NULL, NULL, NULL, NULL, "a separator in front" },
	{ "a//b", NULL, NULL, NULL, NULL, NULL, "an empty part" },
	{ "a/", NULL, NULL, NULL, NULL, NULL, "an empty last part" },
	{ "/a", NULL, NULL, NULL, NULL, NULL, "an empty domain" },
	{ "a b", NULL, NULL, NULL, NULL, NULL, "a space" },
	{ "a\nb", NULL, NULL, NULL, NULL, NULL, "a newline" },
	{ "é", NULL, NULL, NULL, NULL, NULL, "beyond ASCII" },
	{ "a:", NULL, NULL, NULL, NULL, NULL, "an empty tag" },
	{ "a:.x", NULL, NULL, NULL, NULL, NULL, "a tag may not begin with a dot" },
	{ "a:-x", NULL, NULL, NULL, NULL, NULL, "nor with a hyphen" },
	{ "a:x:y", NULL, NULL, NULL, NULL, NULL, "two tags" },
	{ "a:x y", NULL, NULL, NULL, NULL, NULL, "a space in the tag" },
	{ "a:" HEX64 HEX64 "0", NULL, NULL, NULL, NULL, NULL, "a tag of 129" },
	{ "a@", NULL, NULL, NULL, NULL, NULL, "an empty digest" },
	{ "a@sha256:" HEX32, NULL, NULL, NULL, NULL, NULL, "a short digest" },
	{ "a@" SHA "0", NULL, NULL, NULL, NULL, NULL, "a long digest" },
	{ "a@md5:" HEX32, NULL, NULL, NULL, NULL, NULL, "an algorithm that is not registered" },
	{ "a@" SHA "@" SHA, NULL, NULL, NULL, NULL, NULL, "two digests" },
	{ "a@sha256:0123456789ABCDEF" HEX32 "0123456789ABCDEF", NULL, NULL, NULL, NULL, NULL,
	  "upper-case hex" },
	{ "<none>:<none>", NULL, NULL, NULL, NULL, NULL, "the engine's word for nothing" },
	{ "host:/a", NULL, NULL, NULL, NULL, NULL, "an empty port" },
	{ "host:5x/a", NULL, NULL, NULL, NULL, NULL, "no port" },
	{ "host..x/a", NULL, NULL, NULL, NULL, NULL, "an empty label" },
	{ "-host.x/a", NULL, NULL, NULL, NULL, NULL, "a hyphen in front" },
	{ "host-.x/a", NULL, NULL, NULL, NULL, NULL, "a hyphen at the end" },
	{ "[::1/a", NULL, NULL, NULL, NULL, NULL, "an unclosed address" },
	{ "[]:1/a", NULL, NULL, NULL, NULL, NULL, "an empty address" },
	{ "[::1]x/a", NULL, NULL, NULL, NULL, NULL, "more behind the address" },
	{ "http://host/a", NULL, NULL, NULL, NULL, NULL, "a URL" },
};

static bool same(const char *got, const char *want)
{
	return got && want ? strcmp(got, want) == 0 : got == want;
}

START_TEST(parse)
{
	scoped_reference ref = { .tag = NULL };
	struct error err = ERROR_INIT;
	int rc = reference_parse(rows[_i].text, &ref, &err);

	if (!rows[_i].familiar) {
		ck_assert_msg(rc == -1 && err.kind == ERROR_INPUT, "%s", rows[_i].why);
		ck_assert_msg(!ref.domain && !ref.path && !ref.tag && !ref.digest, "%s: untouched",
			      rows[_i].why);
		return;
	}
	ck_assert_msg(rc == 0, "%s: %s", rows[_i].why, err.text);
	ck_assert_msg(same(ref.domain, rows[_i].domain), "%s: %s", rows[_i].why, ref.domain);
	ck_assert_msg(same(ref.path, rows[_i].path), "%s: %s", rows[_i].why, ref.path);
	ck_assert_msg(same(ref.tag, rows[_i].tag), "%s: %s", rows[_i].why, ref.tag);
	ck_assert_msg(same(ref.digest, rows[_i].digest), "%s: %s", rows[_i].why, ref.digest);
	scoped_str familiar = reference_familiar_name(&ref);
	scoped_str full = reference_full_name(&ref);
	scoped_str want = xasprintf("%s/%s", rows[_i].domain, rows[_i].path);
	ck_assert_msg(same(familiar, rows[_i].familiar), "%s: %s", rows[_i].why, familiar);
	ck_assert_msg(same(full, want), "%s: %s", rows[_i].why, full);
}
END_TEST

START_TEST(limits)
{
	char text[5000];
	scoped_reference ref = { 0 };
	struct error err = ERROR_INIT;

	memset(text, 'a', sizeof(text));
	memcpy(text, "host.x/", 7);
	text[7 + 255] = '\0';
	ck_assert_int_eq(reference_parse(text, &ref, &err), 0);
	text[7 + 255] = 'a';
	text[7 + 256] = '\0';
	ck_assert_int_eq(reference_parse(text, &ref, &err), -1);
	error_clear(&err);
	text[7 + 256] = 'a';
	text[4999] = '\0';
	ck_assert_int_eq(reference_parse(text, &ref, &err), -1);
	ck_assert_msg(strstr(err.text, "4096"), "%s", err.text);
}
END_TEST

/* On Docker Hub, but read as a host without "docker.io/": docker shows that name all the same. */
static bool looks_like_host(const char *path)
{
	size_t len = strcspn(path, "/");

	return path[len] && (memchr(path, '.', len) || strncmp(path, "localhost/", 10) == 0);
}

/* What docker shows must mean the same image again. */
START_TEST(round_trip)
{
	static const char *const parts[] = { "library",        "a",         "b0",
					     "docker.io",      "localhost", "x.y",
					     "h:50",           "c__d-e",    "0f",
					     "index.docker.io" };
	struct random r = random_start();
	int parsed = 0;

	for (int i = 0; i < 5000; i++) {
		scoped_reference ref = { 0 }, again = { 0 };
		scoped_str text = xstrdup(parts[random_below(&r, array_len(parts))]);
		struct error err = ERROR_INIT;

		for (uint64_t n = random_below(&r, 4); n > 0; n--)
			str_replace(&text, xasprintf("%s/%s", text,
						     parts[random_below(&r, array_len(parts))]));
		if (reference_parse(text, &ref, &err) < 0 ||
		    (strcmp(ref.domain, "docker.io") == 0 && looks_like_host(ref.path)))
			continue;
		scoped_str shown = reference_familiar_name(&ref);
		int rc = reference_parse(shown, &again, &err);
		ck_assert_msg(
			rc == 0 && same(ref.domain, again.domain) && same(ref.path, again.path),
			RANDOM_SEED ": %s is shown as %s", (unsigned long long)r.seed, text, shown);
		parsed++;
	}
	ck_assert_int_gt(parsed, 100);
}
END_TEST

START_TEST(digests)
{
	ck_assert(digest_is_sha256(SHA) && digest_is_sha256(HEX64));
	ck_assert(!digest_is_sha256("sha256:") && !digest_is_sha256("") &&
		  !digest_is_sha256(HEX32));
	ck_assert(!digest_is_sha256(SHA "0") && !digest_is_sha256("sha512:" HEX64));
	ck_assert(digest_is_valid(SHA) && digest_is_valid("sha512:" HEX64 HEX64));
	ck_assert(!digest_is_valid(HEX64) && !digest_is_valid("sha512:" HEX64));
	ck_assert_str_eq(digest_hex(SHA), HEX64);
	ck_assert_str_eq(digest_hex(HEX64), HEX64);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("reference");
	TCase *tc = tcase_create("reference");

	tcase_add_loop_test(tc, parse, 0, (int)array_len(rows));
	tcase_add_test(tc, limits);
	tcase_add_test(tc, round_trip);
	tcase_add_test(tc, digests);
	suite_add_tcase(s, tc);
	return s;
}
