/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <dlfcn.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/client/ntp_client.h"
#include "tests/unit/client/ntp_peer.h"

#define MS      NSEC_PER_MSEC
#define S       NSEC_PER_SEC
#define FAST    (700 * MS)
#define SECONDS (INT64_C(1795482123) + 2208988800)

/*
 * Stands before the C library's: a name server that is dead for "dead.test" (1.5 s), and one that
 * knows two addresses of "two.test".
 */
int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
		struct addrinfo **list)
{
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (hints->ai_flags & AI_NUMERICHOST)
		return real(host, port, hints, list);
	if (strcmp(host, "dead.test") == 0) {
		poll(NULL, 0, 1500);
		return EAI_AGAIN;
	}
	if (strcmp(host, "none.test") == 0)
		return EAI_NONAME;
	if (strcmp(host, "two.test") == 0) {
		int rc = real("::1", port, hints, list);

		return rc ? rc : real("127.0.0.1", port, hints, &(*list)->ai_next);
	}
	return real(host, port, hints, list);
}

static int64_t now(void)
{
	return clock_system.monotonic(&clock_system);
}

/* One question to one server, with a deadline that lets no second packet go. */
static void ask_one(struct ntp_server *server, const char *name, int64_t deadline)
{
	struct error err = ERROR_INIT;

	*server = (struct ntp_server){ .name = name };
	ck_assert_msg(ntp_ask(server, 1, 4, deadline, &clock_system, NULL, &err) == 0, "%s",
		      err.text);
}

/* The hard interval of a sample holds the server's clock minus our MONOTONIC. */
static void check_truth(const struct ntp_sample *s, int64_t offset)
{
	int64_t before = now();
	int64_t real = clock_system.now(&clock_system) + offset;
	int64_t after = now();

	ck_assert_int_le(s->reply.sent - s->answered - s->reply.distance, real - before);
	ck_assert_int_ge(s->reply.received - s->sent + s->reply.distance, real - after);
	ck_assert_int_le(s->sent, s->answered);
}

static const struct {
	const char *why;
	struct ntp_act act;
} good[] = {
	{ "an answer", { .offset = 0 } },
	{ "a server that is 10 s ahead", { .offset = 10 * S } },
	{ "a server that is a day behind", { .offset = -NSEC_PER_DAY } },
	{ "an answer that comes late, but in time", { .offset = S, .before_ms = 200 } },
	{ "a server that is slow", { .offset = S, .there_ms = 200 } },
	{ "an answer that comes three times", { .copies = 2 } },
	{ "more bytes than we need", { .len = 68 } },
	{ "before it a packet of somebody who does not know the cookie",
	  { .patches = { { 24, 8, 4711 } }, .then_good = true } },
	{ "before it many of those",
	  { .patches = { { 24, 8, 4711 } }, .copies = 50, .then_good = true } },
	{ "before it one that is too short", { .len = 47, .then_good = true } },
	{ "before it an empty one", { .len = 1, .then_good = true } },
	{ "before it one from another port",
	  { .elsewhere = true, .offset = 5, .then_good = true } },
	{ "before it a kiss of death of somebody else",
	  { .patches = { { 24, 8, 0 }, { 1, 1, 0 }, { 12, 4, 0x44454e59 } }, .then_good = true } },
};

START_TEST(ask_good)
{
	scoped_ntp_peer peer = { 0 };
	struct ntp_server server;

	ntp_peer_start(&peer, &good[_i].act, 1, false);
	ask_one(&server, peer.name, FAST);
	ck_assert_msg(server.count == 1 && !error_is_set(&server.err), "%s: %s", good[_i].why,
		      server.err.text);
	ck_assert_int_eq(peer.seen->requests, 1);
	check_truth(&server.samples[0], good[_i].act.offset);
}
END_TEST

static const struct {
	const char *why;
	struct ntp_act act;
	enum error_kind kind;
	int code;
	const char *says;
} refused[] = {
	{ "a cookie that is not ours",
	  { .patches = { { 24, 8, 1 } } },
	  ERROR_TIMEOUT,
	  0,
	  "answer" },
	{ "too short", { .len = 47 }, ERROR_TIMEOUT, 0, "no answer to our request: 1" },
	{ "mode 3", { .patches = { { 0, 1, 0x23 } } }, ERROR_PROTOCOL, 0, "mode 3" },
	{ "leap 3", { .patches = { { 0, 1, 0xe4 } } }, ERROR_PROTOCOL, 0, "not synchronised" },
	{ "stratum 16", { .patches = { { 1, 1, 16 } } }, ERROR_PROTOCOL, 0, "stratum 16" },
	{ "kiss DENY",
	  { .patches = { { 1, 1, 0 }, { 12, 4, 0x44454e59 } } },
	  ERROR_REMOTE,
	  NTP_KISS_DENY,
	  "DENY" },
	{ "kiss RSTR",
	  { .patches = { { 1, 1, 0 }, { 12, 4, 0x52535452 } } },
	  ERROR_REMOTE,
	  NTP_KISS_RSTR,
	  "RSTR" },
	{ "kiss RATE",
	  { .patches = { { 1, 1, 0 }, { 12, 4, 0x52415445 } } },
	  ERROR_REMOTE,
	  NTP_KISS_RATE,
	  "RATE" },
	{ "T3 < T2",
	  { .patches = { { 32, 8, (uint64_t)(SECONDS + 1) << 32 },
			 { 40, 8, (uint64_t)SECONDS << 32 } } },
	  ERROR_PROTOCOL,
	  0,
	  "before our request came" },
	{ "no receive stamp", { .patches = { { 32, 8, 0 } } }, ERROR_PROTOCOL, 0, "zero" },
	{ "no transmit stamp", { .patches = { { 40, 8, 0 } } }, ERROR_PROTOCOL, 0, "zero" },
	{ "a root dispersion of 6 s",
	  { .patches = { { 8, 4, 6 << 16 } } },
	  ERROR_PROTOCOL,
	  0,
	  "root" },
	{ "from another port", { .elsewhere = true }, ERROR_TIMEOUT, 0, "no answer in time" },
	{ "no answer", { .silent = true }, ERROR_TIMEOUT, 0, "no answer in time" },
	{ "after the deadline", { .before_ms = 900 }, ERROR_TIMEOUT, 0, "no answer in time" },
};

START_TEST(ask_refused)
{
	scoped_ntp_peer peer = { 0 };
	struct ntp_server server;
	int64_t start = now();

	ntp_peer_start(&peer, &refused[_i].act, 1, false);
	ask_one(&server, peer.name, FAST);
	ck_assert_msg(server.count == 0 && server.err.kind == refused[_i].kind &&
			      server.err.code == refused[_i].code,
		      "%s: %s", refused[_i].why, server.err.text);
	ck_assert_msg(strstr(server.err.text, refused[_i].says), "%s: %s", refused[_i].why,
		      server.err.text);
	ck_assert_msg(strstr(server.err.text, peer.name), "%s", server.err.text);
	/* Who has refused is not asked again, and not waited for. */
	ck_assert_int_eq(peer.seen->requests, 1);
	if (refused[_i].kind != ERROR_TIMEOUT)
		ck_assert_int_lt(now() - start, FAST);
}
END_TEST

/* What goes out tells nothing but the version, the mode and a random number. */
START_TEST(request_tells_nothing)
{
	static const struct ntp_act act = { 0 };
	uint8_t want[40] = { 0x23 };
	scoped_ntp_peer peer = { 0 };
	struct ntp_server server;

	ntp_peer_start(&peer, &act, 1, false);
	for (int i = 0; i < 8; i++) {
		ask_one(&server, peer.name, FAST);
		ck_assert_int_eq(peer.seen->last_len, 48);
		ck_assert_mem_eq(peer.seen->last, want, sizeof(want));
	}
	for (int i = 1; i < 8; i++) {
		ck_assert_uint_ne(peer.seen->cookies[i], peer.seen->cookies[i - 1]);
		ck_assert_uint_ne(peer.seen->cookies[i] >> 32, peer.seen->cookies[i - 1] >> 32);
	}
}
END_TEST

START_TEST(refused_port)
{
	static const struct ntp_act act = { 0 };
	scoped_ntp_peer peer = { 0 };
	struct ntp_server server;
	scoped_str name = NULL;
	int64_t start = now();

	ntp_peer_start(&peer, &act, 1, false);
	name = xstrdup(peer.name);
	ntp_peer_stop(&peer);
	ask_one(&server, name, 10 * S);
	ck_assert_int_eq(server.err.kind, ERROR_UNREACHABLE);
	ck_assert_msg(strstr(server.err.text, "nobody listens"), "%s", server.err.text);
	ck_assert_int_lt(now() - start, 2 * S);
}
END_TEST

START_TEST(over_v6)
{
	static const struct ntp_act act = { .offset = S };
	scoped_ntp_peer peer = { 0 };
	struct ntp_server server;

	ntp_peer_start(&peer, &act, 1, true);
	ask_one(&server, peer.name, FAST);
	ck_assert_msg(server.count == 1, "%s", server.err.text);
	check_truth(&server.samples[0], S);
}
END_TEST

/* The first address refuses (nobody listens on [::1]): the second one is asked, at once. */
START_TEST(second_address)
{
	static const struct ntp_act act = { .offset = S };
	scoped_ntp_peer peer = { 0 };
	struct ntp_server server;

	ntp_peer_start(&peer, &act, 1, false);
	scoped_str name = xasprintf("two.test:%d", peer.port);
	ask_one(&server, name, FAST);
	ck_assert_msg(server.count == 1, "%s", server.err.text);
	check_truth(&server.samples[0], S);
}
END_TEST

/* Lost once: asked again after 2 s, from another port, with another cookie. */
START_TEST(lost_packet)
{
	static const struct ntp_act acts[] = { { .silent = true }, { .offset = S } };
	scoped_ntp_peer peer = { 0 };
	struct ntp_server server;
	const struct ntp_peer_seen *seen;

	ntp_peer_start(&peer, acts, 2, false);
	ask_one(&server, peer.name, 4 * S);
	seen = peer.seen;
	ck_assert_msg(server.count == 1, "%s", server.err.text);
	check_truth(&server.samples[0], S);
	ck_assert_int_eq(seen->requests, 2);
	ck_assert_int_ge(seen->times[1] - seen->times[0], NTP_BURST_SPACING - 50 * MS);
	ck_assert_uint_ne(seen->cookies[1], seen->cookies[0]);
	ck_assert_uint_ne(seen->ports[1], seen->ports[0]);
}
END_TEST

/*
 * One that never answers: the others are asked again meanwhile, at most burst times, never sooner
 * than after 2 s; one that refuses is not.
 */
START_TEST(burst)
{
	static const struct ntp_act acts[] = { { .offset = S },
					       { .silent = true },
					       { .patches = { { 1, 1, 0 },
							      { 12, 4, 0x52415445 } } } };
	struct ntp_server servers[3] = { 0 };
	struct ntp_peer peers[3] = { 0 };
	struct error err = ERROR_INIT;

	for (int i = 0; i < 3; i++) {
		ntp_peer_start(&peers[i], &acts[i], 1, false);
		servers[i].name = peers[i].name;
	}
	ck_assert_int_eq(ntp_ask(servers, 3, 2, 4500 * MS, &clock_system, NULL, &err), 0);
	ck_assert_uint_eq(servers[0].count, 2);
	ck_assert_int_eq(servers[1].err.kind, ERROR_TIMEOUT);
	ck_assert_int_eq(servers[2].err.code, NTP_KISS_RATE);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(peers[i].seen->requests, i == 2 ? 1 : 2);
	for (int i = 0; i < 2; i++)
		ck_assert_int_ge(peers[i].seen->times[1] - peers[i].seen->times[0],
				 NTP_BURST_SPACING - 50 * MS);
	for (int i = 0; i < 3; i++)
		ntp_peer_stop(&peers[i]);
}
END_TEST

#ifdef __linux__
/* We do not run while the answer comes, nor for 300 ms after it: the kernel knows when it came. */
START_TEST(kernel_stamp)
{
	static const struct ntp_act act = { .offset = S, .stop_ms = 300 };
	scoped_ntp_peer peer = { 0 };
	struct ntp_server server;
	int64_t start = now();

	ntp_peer_start(&peer, &act, 1, false);
	ask_one(&server, peer.name, 2 * S);
	ck_assert_msg(server.count == 1, "%s", server.err.text);
	check_truth(&server.samples[0], S);
	ck_assert_int_ge(now() - start, 250 * MS);
	ck_assert_int_lt(server.samples[0].answered - server.samples[0].sent, 200 * MS);
}
END_TEST
#endif

/* A name server that does not answer holds up neither the others nor the end. */
START_TEST(dead_name_server)
{
	static const struct ntp_act act = { .offset = S };
	scoped_ntp_peer peer = { 0 };
	struct ntp_server servers[2] = { { .name = "dead.test" } };
	struct error err = ERROR_INIT;
	int64_t start = now();

	ntp_peer_start(&peer, &act, 1, false);
	servers[1].name = peer.name;
	ck_assert_int_eq(ntp_ask(servers, 2, 4, 300 * MS, &clock_system, NULL, &err), 0);
	ck_assert_int_lt(now() - start, 1200 * MS);
	ck_assert_int_eq(servers[0].err.kind, ERROR_TIMEOUT);
	ck_assert_msg(strstr(servers[0].err.text, "not resolved in time"), "%s",
		      servers[0].err.text);
	ck_assert_uint_eq(servers[1].count, 1);
}
END_TEST

static const struct {
	const char *name;
	enum error_kind kind;
	const char *says;
} names[] = {
	{ "none.test", ERROR_NOT_FOUND, "no such host" },
	{ "dead.test", ERROR_UNREACHABLE, "no name server answers" },
	{ "a b", ERROR_USAGE, "no host like" },
	{ "127.0.0.1:0", ERROR_USAGE, "no host like" },
	{ "127.0.0.1:65536", ERROR_USAGE, "no host like" },
};

START_TEST(bad_name)
{
	struct ntp_server server;

	ask_one(&server, names[_i].name, 3 * S);
	ck_assert_msg(server.count == 0 && server.err.kind == names[_i].kind, "%s: %s",
		      names[_i].name, server.err.text);
	ck_assert_msg(strstr(server.err.text, names[_i].says), "%s", server.err.text);
}
END_TEST

static void *interrupt(void *arg)
{
	poll(NULL, 0, 200);
	kill(getpid(), SIGINT);
	return arg;
}

START_TEST(cancelled)
{
	static const struct ntp_act act = { .silent = true };
	scoped_ntp_peer peer = { 0 };
	struct ntp_server servers[2] = { { .name = "dead.test" } };
	struct cancel *cancel = NULL;
	struct error err = ERROR_INIT;
	int64_t start = now();
	pthread_t thread;

	ntp_peer_start(&peer, &act, 1, false);
	servers[1].name = peer.name;
	ck_assert_int_eq(cancel_open(&cancel, NULL, &err), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, interrupt, NULL), 0);
	ck_assert_int_eq(ntp_ask(servers, 2, 4, 10 * S, &clock_system, cancel, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CANCELLED);
	ck_assert_int_lt(now() - start, 2 * S);
	pthread_join(thread, NULL);
	cancel_close(&cancel);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ntp_client");
	TCase *tc = tcase_create("ask");

	tcase_add_loop_test(tc, ask_good, 0, (int)array_len(good));
	tcase_add_loop_test(tc, ask_refused, 0, (int)array_len(refused));
	tcase_add_test(tc, request_tells_nothing);
	tcase_add_test(tc, refused_port);
	tcase_add_test(tc, over_v6);
	tcase_add_test(tc, second_address);
	tcase_add_test(tc, lost_packet);
	tcase_add_test(tc, burst);
#ifdef __linux__
	tcase_add_test(tc, kernel_stamp);
#endif
	tcase_add_test(tc, dead_name_server);
	tcase_add_loop_test(tc, bad_name, 0, (int)array_len(names));
	tcase_add_test(tc, cancelled);
	suite_add_tcase(s, tc);
	return s;
}
