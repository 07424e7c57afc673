/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/codec/ratelimit.h"

#define NOW (1795482123 * NSEC_PER_SEC)

/* Lines of a reply, and "limit remaining window reset" in seconds. */
static const struct {
	const char *lines, *told;
	const char *why;
} rows[] = {
	{ "", "-1 -1 0 -1", "nothing" },
	{ "ratelimit-limit: 100;w=21600\nratelimit-remaining: 76;w=21600", "100 76 21600 -1",
	  "Docker Hub (docs.docker.com, pulls)" },
	{ "RateLimit-Limit: 100;w=21600\nRateLimit-Remaining: 0;w=21600", "100 0 21600 -1",
	  "in the case of containers/image's recordings" },
	{ "X-RateLimit-Limit: 60\nX-RateLimit-Remaining: 56\nX-RateLimit-Reset: 1795482183",
	  "60 56 0 60", "the time of the reset" },
	{ "x-ratelimit-reset: 1795482000", "-1 -1 0 0", "which has passed" },
	{ "x-ratelimit-reset: 30", "-1 -1 0 30", "the seconds until it" },
	{ "x-ratelimit-reset: 999999999", "-1 -1 0 31536000", "at most a year" },
	{ "x-rate-limit-remaining: 5", "-1 5 0 -1", "one more spelling" },
	{ "RateLimit: limit=100, remaining=50, reset=30", "100 50 0 30", "IETF draft 03" },
	{ "RateLimit-Limit: 100, 100;w=10, 1000;w=3600\nRateLimit-Remaining: 40", "100 40 10 -1",
	  "IETF draft 03: policies behind the limit" },
	{ "RateLimit-Policy: \"default\";q=100;w=10\nRateLimit: \"default\";r=50;t=30",
	  "100 50 10 30", "IETF draft 08 and later" },
	{ "RateLimit-Policy: 10;w=1, 50;w=60", "10 -1 1 -1", "IETF draft 03's policy" },
	{ "RateLimit: \"a\";r=50;t=30, \"b;r=1\";r=7;t=5", "-1 7 0 30",
	  "two policies: the least, and the last to open; what is quoted is a name" },
	{ "ratelimit-remaining: 9\nratelimit-remaining: 12", "-1 9 0 -1", "two lines" },
	{ "ratelimit-remaining:5 ; w = 3", "-1 5 0 -1", "blanks round \"=\" are none of theirs" },
	{ "ratelimit-remaining: 0", "-1 0 0 -1", "none left" },
	{ "ratelimit-reset: 1.5", "-1 -1 0 1", "a fraction" },

	{ "docker-ratelimit-source: 192.0.2.1", "-1 -1 0 -1", "whose limit it is" },
	{ "ratelimit-limit: many", "-1 -1 0 -1", "no number" },
	{ "ratelimit-limit: -5", "-1 -1 0 -1", "negative" },
	{ "ratelimit-limit: 5x", "-1 -1 0 -1", "a number and more" },
	{ "ratelimit-limit: 99999999999999999999", "-1 -1 0 -1", "beyond all numbers" },
	{ "ratelimit-limit: \"100", "-1 -1 0 -1", "a quote that is not closed" },
	{ "ratelimit: r=\"5\"", "-1 -1 0 -1", "a number in quotes" },
	{ "ratelimit: remaining=5x, reset=", "-1 -1 0 -1", "no numbers" },
	{ "ratelimit: ===;;,,=5\"\\", "-1 -1 0 -1", "signs" },
	{ "ratelimit-limit: 1;w=99999999999", "1 -1 0 -1", "a window beyond a year" },
};

static void add_line(struct ratelimit *r, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	scoped_str name = xstrndup(line, (size_t)(colon - line));

	(void)ratelimit_add(r, name, colon + 1, len - (size_t)(colon + 1 - line), NOW);
}

START_TEST(reads)
{
	struct ratelimit r = RATELIMIT_INIT;
	char told[128];

	for (const char *at = rows[_i].lines; *at;) {
		size_t len = strcspn(at, "\n");

		add_line(&r, at, len);
		at += len + (at[len] == '\n');
	}
	snprintf(told, sizeof(told), "%lld %lld %lld %lld", (long long)r.limit,
		 (long long)r.remaining, (long long)(r.window / NSEC_PER_SEC),
		 (long long)(r.reset < 0 ? -1 : r.reset / NSEC_PER_SEC));
	ck_assert_msg(strcmp(told, rows[_i].told) == 0, "%s: %s", rows[_i].why, told);
}
END_TEST

START_TEST(says_what_it_read)
{
	struct ratelimit r = RATELIMIT_INIT;

	ck_assert(ratelimit_add(&r, "RATELIMIT-LIMIT", "7", 1, NOW));
	ck_assert(!ratelimit_add(&r, "ratelimit-limit", "x", 1, NOW));
	ck_assert(!ratelimit_add(&r, "ratelimit-limits", "8", 1, NOW));
	ck_assert(!ratelimit_add(&r, "content-length", "9", 1, NOW));
	ck_assert_int_eq(r.limit, 7);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ratelimit");
	TCase *t = tcase_create("ratelimit");

	tcase_add_loop_test(t, reads, 0, (int)array_len(rows));
	tcase_add_test(t, says_what_it_read);
	suite_add_tcase(s, t);
	return s;
}
