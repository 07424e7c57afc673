/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/codec/platform.h"

static char host_os[] = "linux", host_arch[] = "arm64", host_variant[] = "v9";
static const struct platform host = { host_os, host_arch, host_variant };

static const struct {
	const char *text, *platform;
	const char *why;
} parsed[] = {
	/* containerd/platforms' platforms_test.go; formatted after it is normalised */
	{ "linux/arm64", "linux/arm64", "both" },
	{ "linux/arm64/v8", "linux/arm64", "arm64's own variant is none" },
	{ "linux/arm64/8", "linux/arm64", "without its v" },
	{ "linux/arm64/v8.0", "linux/arm64", "with its zero" },
	{ "linux/aarch64/v8", "linux/arm64", "another name" },
	{ "linux/arm64/9.0", "linux/arm64/v9", "v9" },
	{ "linux/arm64/v9.1", "linux/arm64/v9.1", "a minor one" },
	{ "linux/arm", "linux/arm/v7", "arm without one is v7" },
	{ "linux/arm/7", "linux/arm/v7", "without its v" },
	{ "linux/arm/v6", "linux/arm/v6", "v6" },
	{ "linux/armhf", "linux/arm/v7", "Debian's name" },
	{ "linux/armel", "linux/arm/v6", "Debian's other name" },
	{ "arm", "linux/arm/v7", "an architecture alone" },
	{ "armel", "linux/arm/v6", "Debian's name alone" },
	{ "armhf", "linux/arm/v7", "and the other" },
	{ "Aarch64", "linux/arm64", "the host's variant does not go with it" },
	{ "x86_64", "linux/amd64", "another name" },
	{ "x86-64", "linux/amd64", "and one more" },
	{ "Linux/x86_64", "linux/amd64", "case" },
	{ "linux/amd64/v1", "linux/amd64", "amd64's own variant" },
	{ "linux/amd64/V2", "linux/amd64/v2", "another one" },
	{ "i386", "linux/386", "another name" },
	{ "linux", "linux/arm64/v9", "a system alone: the host's rest" },
	{ "macOS", "darwin/arm64/v9", "another name" },
	{ "windows", "windows/arm64/v9", "another system" },
	{ "s390x", "linux/s390x", "alone" },
	{ "linux/s390x", "linux/s390x", "both" },
	/* regclient's types/platform/platform_test.go */
	{ "macos/amd64", "darwin/amd64", "another name before an architecture" },
	{ "linux/i386", "linux/386", "another name behind a system" },
	{ "windows/amd64/v2", "windows/amd64/v2", "a variant of another system" },
	{ "arm64", "linux/arm64", "an architecture alone" },
	{ "linux/foo", "linux/foo", "what is not known, where it is clear what it is" },
	{ "a_b/c-d.e/f", "a_b/c-d.e/f", "all characters" },

	{ "", NULL, "empty" },
	{ "/linux/arm", NULL, "a slash in front" },
	{ "linux/arm/", NULL, "a slash behind" },
	{ "linux//v7", NULL, "a part that is empty" },
	{ "linux /arm", NULL, "a blank" },
	{ "linux/&arm", NULL, "a character that no part has" },
	{ "linux/arm/foo/bar", NULL, "too many parts" },
	{ "foo", NULL, "a word that is neither" },
	{ "*", NULL, "anything" },
	{ "linux/*", NULL, "anything of one system" },
	{ "linux,amd64", NULL, "a comma" },
	{ "windows(10.0.17763)/amd64", NULL, "containerd's versions of Windows are not read" },
	{ "linux/arm\n", NULL, "a newline" },
};

START_TEST(parses)
{
	struct error err = ERROR_INIT;
	scoped_platform p = { 0 };
	int rc = platform_parse(&p, parsed[_i].text, &host, &err);

	ck_assert_msg(rc == (parsed[_i].platform ? 0 : -1), "%s", parsed[_i].why);
	if (rc < 0) {
		ck_assert(err.kind == ERROR_USAGE && !p.os);
		return;
	}
	scoped_str text = platform_format(&p);

	ck_assert_msg(strcmp(text, parsed[_i].platform) == 0, "%s: %s", parsed[_i].why, text);
}
END_TEST

START_TEST(from_members)
{
	scoped_platform p = { 0 };
	scoped_platform copy = { 0 };
	scoped_platform none = { 0 };

	platform_set(&p, "Linux", "ARM64", "");
	platform_copy(&copy, &p);
	ck_assert(platform_equal(&p, &copy));
	ck_assert_ptr_null(copy.variant);
	platform_set(&none, "", NULL, "v8");
	scoped_str text = platform_format(&none);

	ck_assert_str_eq(text, "unknown/unknown/v8");
	ck_assert(!platform_equal(&none, &copy));
	ck_assert_uint_eq(platform_rank(&none, &none), 0);
	ck_assert_uint_eq(platform_rank(&copy, &none), 0);
}
END_TEST

/* containerd/platforms' compare_test.go, TestOnly; what matches stands in the order of choice. */
static const struct {
	const char *want, *matches, *others;
} only[] = {
	{ "linux/amd64", "linux/amd64 linux/386",
	  "linux/amd64/v2 linux/arm/v7 linux/arm64 windows/amd64 windows/arm" },
	{ "linux/amd64/v2", "linux/amd64/v2 linux/amd64/v1 linux/386",
	  "linux/amd64/v3 linux/amd64/v4 linux/arm/v7 linux/arm64 windows/amd64 windows/arm" },
	{ "linux/amd64/v4", "linux/amd64/v4 linux/amd64/v3 linux/amd64/v2 linux/amd64 linux/386",
	  "linux/amd64/v5 linux/amd64/v0 linux/amd64/v2.0 linux/386/softfloat" },
	{ "linux/386", "linux/386",
	  "linux/amd64 linux/arm/v7 linux/arm64 windows/amd64 windows/arm" },
	{ "windows/amd64", "windows/amd64 windows/386",
	  "linux/amd64 linux/arm/v7 linux/arm64 windows/arm" },
	{ "linux/arm/v8", "linux/arm/v8 linux/arm linux/arm/v6 linux/arm/v5",
	  "linux/amd64 linux/arm/v4 linux/arm64 windows/amd64 windows/arm" },
	{ "linux/arm/v7", "linux/arm/v7 linux/arm/v6 linux/arm/v5",
	  "linux/amd64 linux/arm/v4 linux/arm/v8 linux/arm64 windows/amd64 windows/arm" },
	{ "linux/arm/v6", "linux/arm/v6 linux/arm/v5",
	  "linux/amd64 linux/arm linux/arm/v4 linux/arm/v5.0 linux/arm/v8 linux/arm64 "
	  "windows/arm" },
	{ "linux/arm/v5", "linux/arm/v5",
	  "linux/amd64 linux/arm linux/arm/v4 linux/arm/v6 linux/arm/v7 linux/arm/v8 linux/arm64" },
	{ "linux/arm/v4", "linux/arm/v4",
	  "linux/amd64 linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v7 linux/arm/v8 linux/arm64" },
	{ "linux/arm64/v9.6",
	  "linux/arm64/v9.6 linux/arm64/v9.5 linux/arm64/v9.4 linux/arm64/v9.3 linux/arm64/v9.2 "
	  "linux/arm64/v9.1 linux/arm64/v9.0 linux/arm64/v8.9 linux/arm64/v8.8 linux/arm64/v8.7 "
	  "linux/arm64/v8.6 linux/arm64/v8.5 linux/arm64/v8.4 linux/arm64/v8.3 linux/arm64/v8.2 "
	  "linux/arm64/v8.1 linux/arm64 linux/arm/v8 linux/arm linux/arm/v6 linux/arm/v5",
	  "linux/amd64 linux/arm/v4 windows/amd64 windows/arm linux/arm64/v8.10 linux/arm64/v9.7" },
	{ "linux/arm64/v9",
	  "linux/arm64/v9 linux/arm64/v8.5 linux/arm64/v8.4 linux/arm64/v8.3 linux/arm64/v8.2 "
	  "linux/arm64/v8.1 linux/arm64/v8 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5",
	  "linux/amd64 linux/arm/v4 windows/amd64 windows/arm linux/arm64/v8.6 linux/arm64/v9.1" },
	{ "linux/arm64/v8.1",
	  "linux/arm64/v8.1 linux/arm64 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5",
	  "linux/amd64 linux/arm/v4 linux/arm/v9 linux/arm64/v9 windows/amd64 windows/arm" },
	{ "linux/arm64", "linux/arm64/v8 linux/arm/v8 linux/arm linux/arm/v6 linux/arm/v5",
	  "linux/amd64 linux/arm/v4 linux/arm/v9 linux/arm64/v9 linux/arm64/v8.1 windows/amd64" },
	{ "linux/arm64/v10", "linux/arm64/v10", "linux/arm64 linux/arm64/v9 linux/arm/v8" },
	{ "linux/amd64/foo", "linux/amd64/foo linux/386", "linux/amd64 linux/amd64/v2" },
	{ "linux/s390x", "linux/s390x", "linux/s390 linux/amd64 zos/s390x linux/s390x/z14" },
};

static unsigned rank_of(const struct platform *want, const char *word, size_t len)
{
	scoped_str text = xstrndup(word, len);
	scoped_platform have = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_int_eq(platform_parse(&have, text, &host, &err), 0);
	return platform_rank(want, &have);
}

START_TEST(ranks)
{
	struct error err = ERROR_INIT;
	scoped_platform want = { 0 };
	const char *at = only[_i].matches;

	ck_assert_int_eq(platform_parse(&want, only[_i].want, &host, &err), 0);
	for (unsigned rank = 1; *at; rank++) {
		size_t len = strcspn(at, " ");

		ck_assert_msg(rank_of(&want, at, len) == rank, "%s: %.*s is not %u", only[_i].want,
			      (int)len, at, rank);
		at += len + strspn(at + len, " ");
	}
	for (at = only[_i].others; *at;) {
		size_t len = strcspn(at, " ");

		ck_assert_msg(rank_of(&want, at, len) == 0, "%s: %.*s", only[_i].want, (int)len,
			      at);
		at += len + strspn(at + len, " ");
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("platform");
	TCase *t = tcase_create("platform");

	tcase_add_loop_test(t, parses, 0, (int)array_len(parsed));
	tcase_add_test(t, from_members);
	tcase_add_loop_test(t, ranks, 0, (int)array_len(only));
	suite_add_tcase(s, t);
	return s;
}
