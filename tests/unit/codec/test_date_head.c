/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "common/base/attr.h"
#include "common/base/clock.h"
#include "common/codec/date_head.h"

#define DATE   "Date: Sun, 06 Nov 1994 08:49:37 GMT\n"
#define T      (784111777 * NSEC_PER_SEC)
#define ANSWER "HTTP/1.1 200 OK\n"

enum is { GOOD, CACHED, BAD, NONE };

/* Heads, a line each; "\n" stands for the line's end. */
static const struct {
	const char *head;
	enum is is;
	const char *why;
} rows[] = {
	{ ANSWER DATE "\n", GOOD, "a Date" },
	{ "HTTP/1.1 403 Forbidden\n" DATE "\n", GOOD, "a refusal has one too" },
	{ ANSWER "date:Sun, 06 Nov 1994 08:49:37 GMT\n\n", GOOD, "small letters, no blank" },
	{ ANSWER "DATE: \t Sun, 06 Nov 1994 08:49:37 GMT \t\n\n", GOOD, "blanks around it" },
	{ ANSWER "Date: Sunday, 06-Nov-94 08:49:37 GMT\n\n", GOOD, "the old form" },
	{ "HTTP/1.1 103 Early Hints\nDate: Mon, 07 Nov 1994 08:49:37 GMT\nAge: 7\n\n" ANSWER DATE
	  "\n",
	  GOOD, "an interim answer does not count" },
	{ ANSWER DATE "\nAge: 7\nDate: x\n", GOOD, "trailers do not count" },
	{ ANSWER DATE "Age: 0\n\n", GOOD, "age 0: not from a store" },
	{ ANSWER DATE "Age:\n\n", GOOD, "an empty age" },
	{ ANSWER DATE "X-Cache: MISS\nX-Cache-Lookup: HIT from p:3128\n\n", GOOD, "a miss" },
	{ ANSWER DATE "X-Cache: Miss from cloudfront\n\n", GOOD, "CloudFront, a miss" },
	{ ANSWER DATE "CF-Cache-Status: DYNAMIC\n\n", GOOD, "Cloudflare, not cached" },
	{ ANSWER DATE "CF-Cache-Status: EXPIRED\n\n", GOOD, "Cloudflare, fetched again" },
	{ ANSWER DATE "Cache-Status: ExampleCache; fwd=uri-miss; stored\n\n", GOOD,
	  "RFC 9211, miss" },
	{ ANSWER DATE "Cache-Status: \"hit\"; hit=?0\n\n", GOOD, "RFC 9211, a name and a false" },
	{ ANSWER DATE "Cache-Status: hitter; fwd=miss\n\n", GOOD, "RFC 9211, a longer word" },
	{ ANSWER DATE "Last-Modified: x\nAged: 7\nX-Hit: 3\n\n", GOOD, "other headers" },
	{ ANSWER DATE "X-Cache-Hits: 0, 0\n\n", GOOD, "Fastly, twice a miss" },
	{ ANSWER DATE "X-Cache-Hits:\n\n", GOOD, "no count" },
	{ ANSWER DATE "X-Varnish: 32770\n\n", GOOD, "Varnish, a request alone" },
	{ ANSWER DATE "X-Varnish: 32770, 5\n\n", GOOD, "Varnish, two requests" },
	{ ANSWER DATE "X-Vercel-Cache: MISS\n\n", GOOD, "Vercel, a miss" },
	{ ANSWER DATE "CDN-Cache: BYPASS\n\n", GOOD, "bunny.net, passed on" },
	{ ANSWER DATE "X-Drupal-Cache: MISS\n\n", GOOD, "Drupal, a miss" },
	{ ANSWER DATE "X-Rack-Cache: miss, store\n\n", GOOD, "Rack, a miss" },
	{ ANSWER DATE "Server-Timing: cdn-cache; desc=MISS, edge; dur=1\n\n", GOOD,
	  "Akamai, a miss" },
	{ ANSWER DATE "Server-Timing: db; desc=\"hit\", cache; desc=hit\n\n", GOOD,
	  "what the server itself looked up" },

	{ ANSWER DATE "Age: 7\n\n", CACHED, "an age" },
	{ ANSWER "Age: 1\n" DATE "\n", CACHED, "before the Date" },
	{ ANSWER DATE "age: 0012\n\n", CACHED, "zeros before it" },
	{ ANSWER DATE "Age: -1\n\n", CACHED, "an age that is none" },
	{ ANSWER DATE "Age: 0, 7\n\n", CACHED, "two ages" },
	{ ANSWER DATE "X-Cache: HIT\n\n", CACHED, "Varnish" },
	{ ANSWER DATE "X-Cache: HIT from proxy.example.com\n\n", CACHED, "Squid" },
	{ ANSWER DATE "X-Cache: Hit from cloudfront\n\n", CACHED, "CloudFront" },
	{ ANSWER DATE "X-Cache: RefreshHit from cloudfront\n\n", CACHED, "CloudFront, validated" },
	{ ANSWER DATE "X-Cache: TCP_MEM_HIT from a23\n\n", CACHED, "Akamai" },
	{ ANSWER DATE "X-Cache: MISS, HIT\n\n", CACHED, "Fastly, the second of two" },
	{ ANSWER DATE "X-Cache-Status: STALE\n\n", CACHED, "nginx" },
	{ ANSWER DATE "X-Proxy-Cache: HIT\n\n", CACHED, "nginx" },
	{ ANSWER DATE "CF-Cache-Status: HIT\n\n", CACHED, "Cloudflare" },
	{ ANSWER DATE "cf-cache-status: revalidated\n\n", CACHED, "Cloudflare, validated" },
	{ ANSWER DATE "CF-Cache-Status: UPDATING\n\n", CACHED, "Cloudflare, old meanwhile" },
	{ ANSWER DATE "Cache-Status: ExampleCache; hit; ttl=376\n\n", CACHED, "RFC 9211" },
	{ ANSWER DATE "Cache-Status: A; fwd=miss, B;hit\n\n", CACHED, "RFC 9211, the second" },
	{ ANSWER DATE "Cache-Status: A; hit=?1\n\n", CACHED, "RFC 9211, a true" },
	{ ANSWER DATE "X-Cache-Hits: 3\n\n", CACHED, "Varnish counts" },
	{ ANSWER DATE "X-Cache-Hits: 0, 10\n\n", CACHED, "Fastly, the second of two" },
	{ ANSWER DATE "X-Varnish: 32770 3\n\n", CACHED, "Varnish, and the request that stored it" },
	{ ANSWER DATE "X-Varnish: 5, 32770\t3\n\n", CACHED, "Varnish, the second of two" },
	{ ANSWER DATE "X-Vercel-Cache: HIT\n\n", CACHED, "Vercel" },
	{ ANSWER DATE "X-Vercel-Cache: PRERENDER\n\n", CACHED, "Vercel, made before" },
	{ ANSWER DATE "CDN-Cache: HIT\n\n", CACHED, "bunny.net" },
	{ ANSWER DATE "X-Drupal-Cache: HIT\n\n", CACHED, "Drupal" },
	{ ANSWER DATE "X-FastCGI-Cache: HIT\n\n", CACHED, "nginx before PHP" },
	{ ANSWER DATE "X-LiteSpeed-Cache: hit\n\n", CACHED, "LiteSpeed" },
	{ ANSWER DATE "X-Sucuri-Cache: HIT\n\n", CACHED, "Sucuri" },
	{ ANSWER DATE "X-Kinsta-Cache: HIT\n\n", CACHED, "Kinsta" },
	{ ANSWER DATE "X-Rack-Cache: fresh\n\n", CACHED, "Rack" },
	{ ANSWER DATE "Server-Timing: edge; dur=1, cdn-cache; desc=HIT\n\n", CACHED, "Akamai" },

	{ ANSWER "Date: now\n\n", BAD, "no date" },
	{ ANSWER "Date:\n\n", BAD, "an empty date" },
	{ ANSWER DATE DATE "\n", BAD, "two dates" },
	{ ANSWER "Date: x\n" DATE "\n", BAD, "two dates, the first is none" },
	{ ANSWER DATE "Date: x\n\n", BAD, "two dates, the second is none" },

	{ ANSWER "\n", NONE, "no header" },
	{ ANSWER "\n" DATE, NONE, "a trailer" },
	{ ANSWER "Date Sun, 06 Nov 1994 08:49:37 GMT\n\n", NONE, "no colon" },
	{ ANSWER "X-Date: Sun, 06 Nov 1994 08:49:37 GMT\n\n", NONE, "another header" },
	{ ANSWER DATE "\n" ANSWER "\n", NONE, "the last answer counts" },
	{ "", NONE, "nothing" },
};

START_TEST(head)
{
	struct date_head h = { 0 };
	const char *ends[] = { "", "\n", "\r\n" };

	for (const char *at = rows[_i].head; *at;) {
		size_t len = strcspn(at, "\n");
		char line[256];

		snprintf(line, sizeof(line), "%.*s%s", (int)len, at, ends[_i % 3]);
		date_head_line(&h, line, strlen(line), 1795482123 * NSEC_PER_SEC);
		at += len + 1;
	}
	ck_assert_msg((h.cached[0] != '\0') == (rows[_i].is == CACHED), "%s: %s", rows[_i].why,
		      h.cached);
	ck_assert_msg(h.bad_date == (rows[_i].is == BAD), "%s", rows[_i].why);
	ck_assert_msg(h.has_date == (rows[_i].is == GOOD || rows[_i].is == CACHED), "%s",
		      rows[_i].why);
	if (h.has_date)
		ck_assert_msg(h.date == T, "%s", rows[_i].why);
}
END_TEST

/* What is shown to a person has no control characters and an end. */
START_TEST(shown)
{
	struct date_head h = { 0 };
	char line[600] = "X-Cache: HIT \x1b[2J";

	memset(line + strlen(line), 'x', sizeof(line) - strlen(line) - 1);
	date_head_line(&h, line, strlen(line), 0);
	ck_assert_uint_lt(strlen(h.cached), sizeof(h.cached));
	ck_assert_ptr_null(strchr(h.cached, '\x1b'));
	ck_assert_int_eq(strncmp(h.cached, "X-Cache: HIT", 12), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("date_head");
	TCase *tc = tcase_create("lines");

	tcase_add_loop_test(tc, head, 0, (int)array_len(rows));
	tcase_add_test(tc, shown);
	suite_add_tcase(s, tc);
	return s;
}
