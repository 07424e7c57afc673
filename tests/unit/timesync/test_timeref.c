/* SPDX-License-Identifier: Apache-2.0 */
/* References: their words, what most servers agree on, and servers whose offset is known. */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/buf.h"
#include "plugins/timesync/majority.h"
#include "plugins/timesync/measure.h"
#include "plugins/timesync/reference.h"
#include "tests/unit/client/ntp_peer.h"
#include "tests/unit/client/server.h"
#include "tests/unit/random.h"

#define MS NSEC_PER_MSEC
#define S  NSEC_PER_SEC

static const char *no_proxies(const char *name)
{
	(void)name;
	return NULL;
}

static const struct {
	const char *text;
	bool allow_http;
	enum timeref_kind kind;
	size_t hosts;
	const char *refused; /* part of the error; NULL: taken */
	const char *why;
} words[] = {
	{ "host", false, TIMEREF_HOST, 0, NULL, "the default" },
	{ "ntp:time.example.net", false, TIMEREF_NTP, 1, NULL, "one server" },
	{ "ntp:a.test,b.test:1123,[::1]:123,::1", false, TIMEREF_NTP, 4, NULL, "every form" },
	{ "ntp:a,b,c,d,e,f,g,h", false, TIMEREF_NTP, 8, NULL, "as many as there may be" },
	{ "ntp:a,b,c,d,e,f,g,h,i", false, TIMEREF_NTP, 0, "more than 8", "one too many" },
	{ "ntp:", false, TIMEREF_NTP, 0, "name is missing", "no server" },
	{ "ntp:a,,b", false, TIMEREF_NTP, 0, "name is missing", "an empty one in the middle" },
	{ "ntp:a,", false, TIMEREF_NTP, 0, "name is missing", "and at the end" },
	{ "ntp:a b", false, TIMEREF_NTP, 0, "", "no host has a blank" },
	{ "ntp:a:0", false, TIMEREF_NTP, 0, "", "no port 0" },
	{ "https://time.example.net", false, TIMEREF_HTTP, 0, NULL, "an https server" },
	{ "HTTPS://time.example.net:8443/x", false, TIMEREF_HTTP, 0, NULL, "schemes have no case" },
	{ "https://", false, TIMEREF_HTTP, 0, "no URL", "no host" },
	{ "https:///path", false, TIMEREF_HTTP, 0, "no URL", "nor here" },
	{ "https://user:secret@a.test/", false, TIMEREF_HTTP, 0, "no URL", "nobody is logged in" },
	{ "http://time.example.net", false, TIMEREF_HTTP, 0, "anybody on the way",
	  "a clock is not set by what anybody may have written" },
	{ "http://127.0.0.1:9000/", true, TIMEREF_HTTP, 0, NULL, "--s3 only tells" },
	{ "", false, TIMEREF_HOST, 0, "no reference", "nothing" },
	{ "Host", false, TIMEREF_HOST, 0, "no reference", "not our word" },
	{ "time.example.net", false, TIMEREF_HOST, 0, "ntp:HOST", "the mend is told" },
};

START_TEST(parse_words)
{
	struct error err = ERROR_INIT;
	scoped_timeref ref = { 0 };
	int rc = timeref_parse(&ref, words[_i].text, words[_i].allow_http, &err);

	if (words[_i].refused) {
		ck_assert_msg(rc == -1 && err.kind == ERROR_USAGE, "%s", words[_i].why);
		ck_assert_msg(strstr(err.text, words[_i].refused) != NULL, "%s: %s", words[_i].why,
			      err.text);
		ck_assert_ptr_null(ref.text);
		return;
	}
	ck_assert_msg(rc == 0, "%s: %s", words[_i].why, err.text);
	ck_assert_msg(ref.kind == words[_i].kind && ref.hosts.count == words[_i].hosts, "%s",
		      words[_i].why);
	ck_assert_str_eq(ref.text, words[_i].text);
}
END_TEST

static const struct {
	const char *text;
	bool pool;
} pools[] = {
	{ "ntp:pool.ntp.org", true },
	{ "ntp:2.debian.pool.ntp.org", true },
	{ "ntp:a.test,DE.Pool.NTP.org.", true },
	{ "ntp:pool.ntp.org:123", true },
	{ "ntp:carpool.ntp.org", false },
	{ "ntp:pool.ntp.org.example.net", false },
	{ "ntp:ntp.org", false },
	{ "host", false },
	{ "https://pool.ntp.org/", false },
};

START_TEST(public_pools)
{
	struct error err = ERROR_INIT;
	scoped_timeref ref = { 0 };

	ck_assert_int_eq(timeref_parse(&ref, pools[_i].text, false, &err), 0);
	ck_assert_msg(timeref_is_pool(&ref) == pools[_i].pool, "%s", pools[_i].text);
}
END_TEST

static const struct {
	struct interval in[4];
	size_t count, most;
	struct interval out;
	const char *why;
} agreements[] = {
	{ { { -3, 5 } }, 1, 1, { -3, 5 }, "one is all" },
	{ { { -3, 5 }, { 0, 9 } }, 2, 2, { 0, 5 }, "what two have in common" },
	{ { { -3, 5 }, { 5, 9 } }, 2, 2, { 5, 5 }, "a single point" },
	{ { { 0, 4 }, { 2, 6 }, { 90, 99 } }, 3, 2, { 2, 4 }, "one false ticker" },
	{ { { 0, 10 }, { 4, 6 }, { 5, 20 } }, 3, 3, { 5, 6 }, "within each other" },
	{ { { 0, 10 }, { 0, 1 }, { 9, 10 } },
	  3,
	  2,
	  { 0, 10 },
	  "two places with as many: the truth may be in any" },
	{ { { 0, 1 }, { 5, 6 } }, 2, 1, { 0, 6 }, "no two agree" },
	{ { { 3, 20 }, { 0, 10 }, { 2, 9 }, { 8, 30 } }, 4, 4, { 8, 9 }, "all meet" },
	{ { { 7, 7 }, { 7, 7 }, { 7, 7 }, { 8, 8 } }, 4, 3, { 7, 7 }, "exact ones" },
};

START_TEST(most_agree)
{
	struct interval out = { 1, 0 };

	ck_assert_msg(majority_of(agreements[_i].in, agreements[_i].count, &out) ==
			      agreements[_i].most,
		      "%s", agreements[_i].why);
	ck_assert_msg(out.lo == agreements[_i].out.lo && out.hi == agreements[_i].out.hi,
		      "%s: %lld to %lld", agreements[_i].why, (long long)out.lo, (long long)out.hi);
}
END_TEST

/* If more than half of the intervals hold the truth, so does the answer. */
START_TEST(majority_holds_truth)
{
	struct random random = random_start();

	for (int run = 0; run < 20000; run++) {
		struct interval in[9], out;
		size_t count = 1 + random_below(&random, 9);
		size_t honest = count / 2 + 1 + random_below(&random, count - count / 2);
		int64_t truth = (int64_t)random_below(&random, 1000);

		honest = honest > count ? count : honest;
		for (size_t i = 0; i < count; i++) {
			int64_t middle = i < honest ? truth : (int64_t)random_below(&random, 1000);

			in[i] = (struct interval){
				middle - (int64_t)random_below(&random, 50),
				middle + (int64_t)random_below(&random, 50),
			};
		}
		/* Where liars meet all the others nobody can tell that they lie. */
		size_t most = majority_of(in, count, &out);

		ck_assert_uint_ge(most, honest);
		if (most < count || honest == count)
			ck_assert_msg(out.lo <= truth && truth <= out.hi, RANDOM_SEED,
				      (unsigned long long)random.seed);
	}
}
END_TEST

/* --- A server with a Date, whose clock is ahead by what the environment says. */

#define SKEW_VARIABLE "TEST_TIMEREF_SKEW"

static char *date_of(int64_t skew)
{
	time_t at = (time_t)((clock_system.now(&clock_system) + skew) / S);
	char date[64];
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return xasprintf("HTTP/1.1 403 Forbidden\r\nDate: %s\r\nContent-Length: 0\r\n\r\n", date);
}

static char *skewed(const struct server_seen *seen)
{
	(void)seen;
	return date_of(strtoll(getenv(SKEW_VARIABLE), NULL, 10));
}

/*
 * Two machines behind one name, the second ahead by what the environment says; which of them
 * answers, by a pattern that repeats: a letter for each request.
 */
#define PATTERN_VARIABLE "TEST_TIMEREF_PATTERN"

static char *two_front_ends(const struct server_seen *seen)
{
	const char *pattern = getenv(PATTERN_VARIABLE);
	size_t turn = (size_t)(seen->requests - 1) % strlen(pattern);

	return date_of(pattern[turn] == 'A' ? 0 : strtoll(getenv(SKEW_VARIABLE), NULL, 10));
}

static int read_http(struct timeref_reading *out, const struct server *server, unsigned requests,
		     struct error *err)
{
	const struct timeref_options options = {
		.clock = &clock_system,
		.env = no_proxies,
		.requests = requests,
	};
	scoped_str url = xasprintf("http%s", server->address + 3);
	scoped_timeref ref = { 0 };

	ck_assert_int_eq(timeref_parse(&ref, url, true, err), 0);
	return timeref_read(out, &ref, &options, err);
}

static const struct {
	int64_t skew;
	unsigned requests;
	int64_t bound; /* at most */
	int delay_ms;  /* on the way back */
	const char *why;
} servers[] = {
	{ 300 * MS, 7, 40 * MS, 0, "a part of a second ahead: down to 1/64 of it" },
	{ -(20 * NSEC_PER_MIN + 700 * MS), 3, 260 * MS, 0, "behind by what S3 refuses" },
	{ 3 * NSEC_PER_DAY, 2, 400 * MS, 0, "two requests: half a second and the way" },
	{ -S, 1, 600 * MS, 0, "one request: its second" },
	{ 800 * MS, 9, 90 * MS, 120, "a long way: down to about what it takes" },
};

/* On a busy machine the two before the edge come back too late, and are asked again, three times.
 */
#define CHECKS_MOST (3 * 2 + 2)

START_TEST(date_holds_truth)
{
	const struct route routes[] = {
		ROUTE("HEAD ", NULL, .make = skewed, .delay_ms = servers[_i].delay_ms), ROUTES_END
	};
	scoped_timeref_reading reading = { 0 };
	struct error err = ERROR_INIT;
	scoped_server server = { 0 };
	char skew[32];

	snprintf(skew, sizeof(skew), "%lld", (long long)servers[_i].skew);
	setenv(SKEW_VARIABLE, skew, 1);
	server_start(&server, routes, true);
	ck_assert_msg(read_http(&reading, &server, servers[_i].requests, &err) == 0, "%s: %s",
		      servers[_i].why, err.text);
	/* Host minus server. */
	ck_assert_msg(reading.offset.lo <= -servers[_i].skew &&
			      -servers[_i].skew <= reading.offset.hi,
		      "%s: %lld to %lld", servers[_i].why, (long long)reading.offset.lo,
		      (long long)reading.offset.hi);
	ck_assert_msg(interval_bound(reading.offset) <= servers[_i].bound, "%s: ±%lld",
		      servers[_i].why, (long long)interval_bound(reading.offset));
	/* And those that check. */
	ck_assert_uint_le(reading.samples, servers[_i].requests + CHECKS_MOST);
	ck_assert_int_eq(server.seen->connections, 1);
	/* Only where there is nothing beside the second it is not checked, and said. */
	if (servers[_i].requests == 1)
		ck_assert_uint_eq(reading.notes.count, 1);
	/* Or where the machine is too busy. */
	for (size_t i = 0; i < reading.notes.count; i++)
		ck_assert_ptr_nonnull(strstr(reading.notes.items[i], "no time to find out"));
}
END_TEST

/* Whoever stops to answer in the middle does not hold us up for longer than the whole may take. */
static char *then_silent(const struct server_seen *seen)
{
	return seen->requests < 3 ? date_of(0) : xstrdup("");
}

START_TEST(date_deadline)
{
	static const struct route routes[] = { ROUTE("HEAD ", NULL, .make = then_silent),
					       ROUTES_END };
	scoped_timeref_reading reading = { 0 };
	struct timeref_options options = { .clock = &clock_system, .env = no_proxies };
	int64_t start = clock_system.monotonic(&clock_system);
	struct error err = ERROR_INIT;
	scoped_server server = { 0 };
	scoped_timeref ref = { 0 };

	server_start(&server, routes, true);
	scoped_str url = xasprintf("http%s", server.address + 3);
	ck_assert_int_eq(timeref_parse(&ref, url, true, &err), 0);
	options.deadline = 4 * S;
	ck_assert_int_eq(timeref_read(&reading, &ref, &options, &err), -1);
	ck_assert_msg(err.kind == ERROR_TIMEOUT, "%s", err.text);
	ck_assert_int_lt(clock_system.monotonic(&clock_system) - start, 5 * S);
}
END_TEST

/*
 * What differs by whole seconds turns at the same instants: wherever the search ends, it agrees
 * with all answers that it had so far. Only asking beside the edge that it found tells.
 */
static const struct {
	const char *pattern;
	int64_t skew; /* of B */
} two_clocks[] = {
	{ "AB", 5 * S }, { "AB", S },       { "BA", S },       { "AB", -S },
	{ "AABB", S },   { "ABBABAAB", S }, { "AAAAAAAB", S }, { "AB", 400 * MS },
};

/* True: the two were found out, or it is told that there was no time for it. */
static bool finds_two_clocks(const char *pattern)
{
	static const struct route routes[] = { ROUTE("HEAD ", NULL, .make = two_front_ends),
					       ROUTES_END };
	scoped_timeref_reading reading = { 0 };
	struct error err = ERROR_INIT;
	scoped_server server = { 0 };

	setenv(PATTERN_VARIABLE, pattern, 1);
	server_start(&server, routes, true);
	if (read_http(&reading, &server, 7, &err) == 0)
		return reading.notes.count == 1 &&
		       strstr(reading.notes.items[0], "no time to find out");
	ck_assert_int_eq(err.kind, ERROR_CONFLICT);
	ck_assert_ptr_nonnull(strstr(err.text, "contradict each other"));
	ck_assert_uint_eq(reading.samples, 0);
	return true;
}

/* Once, under ASan on a busy machine, they passed for one clock: why was not found out, and 300
 * more under load did not. Without the checks they always do. */
#define TRIES 3

START_TEST(date_of_two_clocks)
{
	char skew[32];
	bool found = false;

	snprintf(skew, sizeof(skew), "%lld", (long long)two_clocks[_i].skew);
	setenv(SKEW_VARIABLE, skew, 1);
	for (unsigned i = 0; i < TRIES && !found; i++)
		found = finds_two_clocks(two_clocks[_i].pattern);
	ck_assert_msg(found, "%s %s: as one clock", two_clocks[_i].pattern, skew);
}
END_TEST

/* --- NTP servers of known offsets. */

static const struct {
	int64_t offsets[4]; /* of the servers */
	size_t count;
	bool silent;          /* the last one */
	int64_t truth;        /* what must lie in the reading: server minus host */
	enum error_kind kind; /* of no reading */
	const char *says;     /* part of the error, or of the note; NULL: no note */
	const char *why;
} clocks[] = {
	{ { 5 * S }, 1, false, 5 * S, ERROR_NONE, NULL, "one is believed" },
	{ { -S, -S, -S }, 3, false, -S, ERROR_NONE, NULL, "three that agree" },
	{ { 0, 10 * S, 0 }, 3, false, 0, ERROR_NONE, "false ticker", "one of three lies" },
	{ { 0, 10 * S }, 2, false, 0, ERROR_CONFLICT, "disagree", "one against one" },
	{ { 0, 9 * S, -9 * S }, 3, false, 0, ERROR_CONFLICT, "disagree", "each against each" },
	{ { S, S }, 2, true, S, ERROR_NONE, "left out", "one says nothing" },
	{ { 0 }, 1, true, 0, ERROR_TIMEOUT, "", "nobody says anything" },
};

START_TEST(ntp_servers)
{
	const struct timeref_options options = {
		.clock = &clock_system,
		.env = no_proxies,
		.deadline = clocks[_i].silent ? 700 * MS : 5 * S,
	};
	struct ntp_act acts[4];
	struct ntp_peer peers[4];
	scoped_timeref_reading reading = { 0 };
	struct error err = ERROR_INIT;
	scoped_timeref ref = { 0 };
	scoped_buf text;

	memset(acts, 0, sizeof(acts));
	memset(peers, 0, sizeof(peers));
	buf_init(&text, 1024);
	for (size_t i = 0; i < clocks[_i].count; i++) {
		acts[i].offset = clocks[_i].offsets[i];
		acts[i].silent = clocks[_i].silent && i + 1 == clocks[_i].count;
		ntp_peer_start(&peers[i], &acts[i], 1, false);
		buf_fmt(&text, "%s%s", i ? "," : "ntp:", peers[i].name);
	}
	ck_assert_msg(timeref_parse(&ref, text.data, false, &err) == 0, "%s", err.text);
	int rc = timeref_read(&reading, &ref, &options, &err);
	for (size_t i = 0; i < clocks[_i].count; i++)
		ntp_peer_stop(&peers[i]);
	ck_assert_msg(err.kind == clocks[_i].kind, "%s: %s", clocks[_i].why, err.text);
	if (rc < 0) {
		ck_assert_msg(strstr(err.text, clocks[_i].says) != NULL, "%s: %s", clocks[_i].why,
			      err.text);
		return;
	}
	ck_assert_msg(reading.offset.lo <= -clocks[_i].truth &&
			      -clocks[_i].truth <= reading.offset.hi,
		      "%s: %lld to %lld", clocks[_i].why, (long long)reading.offset.lo,
		      (long long)reading.offset.hi);
	ck_assert_msg(interval_bound(reading.offset) < 500 * MS, "%s", clocks[_i].why);
	ck_assert_uint_eq(reading.notes.count, clocks[_i].says ? 1 : 0);
	if (clocks[_i].says)
		ck_assert_msg(strstr(reading.notes.items[0], clocks[_i].says) != NULL, "%s: %s",
			      clocks[_i].why, reading.notes.items[0]);
}
END_TEST

START_TEST(host_is_itself)
{
	const struct timeref_options options = { .clock = &clock_system, .env = no_proxies };
	scoped_timeref_reading reading = { 0 };
	struct error err = ERROR_INIT;
	scoped_timeref ref = { 0 };

	ck_assert_int_eq(timeref_parse(&ref, "host", false, &err), 0);
	ck_assert_int_eq(timeref_read(&reading, &ref, &options, &err), 0);
	ck_assert(reading.offset.lo == 0 && reading.offset.hi == 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("timeref");
	TCase *tc = tcase_create("timeref");

	tcase_add_loop_test(tc, parse_words, 0, (int)array_len(words));
	tcase_add_loop_test(tc, public_pools, 0, (int)array_len(pools));
	tcase_add_loop_test(tc, most_agree, 0, (int)array_len(agreements));
	tcase_add_test(tc, majority_holds_truth);
	tcase_add_loop_test(tc, date_holds_truth, 0, (int)array_len(servers));
	tcase_add_test(tc, date_deadline);
	tcase_add_loop_test(tc, date_of_two_clocks, 0, (int)array_len(two_clocks));
	tcase_add_loop_test(tc, ntp_servers, 0, (int)array_len(clocks));
	tcase_add_test(tc, host_is_itself);
	suite_add_tcase(s, tc);
	return s;
}
