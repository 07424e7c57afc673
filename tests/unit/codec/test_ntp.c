/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/attr.h"
#include "common/base/clock.h"
#include "common/codec/ntp.h"

#define S                     NSEC_PER_SEC
#define COOKIE                UINT64_C(0x0123456789abcdef)
#define ABOUT                 (1795482123 * S)     /* 2026-11-24T01:02:03Z */
#define SECONDS               UINT64_C(4004470923) /* the same since 1900 */
#define AT(seconds, fraction) ((uint64_t)(seconds) << 32 | (fraction))
#define HALF                  0x80000000u

/* What is different from a good packet: `size` bytes at `at`, big-endian; size 0 ends the list. */
struct patch {
	int at, size;
	uint64_t value;
};
#define PATCHES 4

#define FLAGS(leap, version, mode) ((leap) << 6 | (version) << 3 | (mode))
#define STRATUM(v)      \
	{               \
		1, 1, v \
	}
#define PRECISION(v)               \
	{                          \
		3, 1, (uint8_t)(v) \
	}
#define ROOT_DELAY(v)               \
	{                           \
		4, 4, (uint32_t)(v) \
	}
#define ROOT_DISPERSION(v) \
	{                  \
		8, 4, v    \
	}
#define REFERENCE(v)     \
	{                \
		16, 8, v \
	}
#define ORIGIN(v)        \
	{                \
		24, 8, v \
	}
#define RECEIVE(v)       \
	{                \
		32, 8, v \
	}
#define TRANSMIT(v)      \
	{                \
		40, 8, v \
	}

static void put(uint8_t *data, const struct patch *p)
{
	for (int i = 0; i < p->size; i++)
		data[p->at + i] = (uint8_t)(p->value >> (8 * (p->size - 1 - i)));
}

static void packet(uint8_t out[NTP_PACKET_SIZE], const struct patch *patches, size_t count)
{
	static const struct patch good_one[] = {
		{ 0, 1, FLAGS(0, 4, 4) },
		STRATUM(2),
		{ 2, 1, 6 },
		PRECISION(-20),
		{ 12, 4, 0x7f000001 },
		{ 16, 8, AT(SECONDS - 60, 0) },
		ORIGIN(COOKIE),
		RECEIVE(AT(SECONDS, 0)),
		TRANSMIT(AT(SECONDS, HALF)),
	};

	memset(out, 0, NTP_PACKET_SIZE);
	for (size_t i = 0; i < array_len(good_one); i++)
		put(out, &good_one[i]);
	for (size_t i = 0; i < count; i++)
		put(out, &patches[i]);
}

START_TEST(request)
{
	uint8_t out[NTP_PACKET_SIZE];
	uint8_t want[NTP_PACKET_SIZE] = { 0x23 };

	memset(out, 0xff, sizeof(out));
	memcpy(want + 40, "\x01\x23\x45\x67\x89\xab\xcd\xef", 8);
	ntp_request(out, COOKIE);
	ck_assert_mem_eq(out, want, sizeof(out));
}
END_TEST

static const struct {
	const char *why;
	struct patch patches[PATCHES];
	struct ntp_reply reply;
} good[] = {
	/* Distances: 1 for the cut stamps, and 954 for 2^-20 s. */
	{ "an ordinary answer", { { 0 } }, { ABOUT, ABOUT + S / 2, 955, 2, 0, 4 } },
	{ "version 3", { { 0, 1, FLAGS(0, 3, 4) } }, { ABOUT, ABOUT + S / 2, 955, 2, 0, 3 } },
	{ "a leap second is announced",
	  { { 0, 1, FLAGS(1, 4, 4) } },
	  { ABOUT, ABOUT + S / 2, 955, 2, 1, 4 } },
	{ "a leap second is to be left out",
	  { { 0, 1, FLAGS(2, 4, 4) } },
	  { ABOUT, ABOUT + S / 2, 955, 2, 2, 4 } },
	{ "a reference clock", { STRATUM(1) }, { ABOUT, ABOUT + S / 2, 955, 1, 0, 4 } },
	{ "the last stratum", { STRATUM(15) }, { ABOUT, ABOUT + S / 2, 955, 15, 0, 4 } },
	{ "answered at once", { TRANSMIT(AT(SECONDS, 0)) }, { ABOUT, ABOUT, 955, 2, 0, 4 } },
	{ "set in the instant in which it was sent",
	  { REFERENCE(AT(SECONDS, HALF)) },
	  { ABOUT, ABOUT + S / 2, 955, 2, 0, 4 } },
	{ "does not tell when it was set",
	  { REFERENCE(0) },
	  { ABOUT, ABOUT + S / 2, 955, 2, 0, 4 } },
	{ "kept for 4 s",
	  { TRANSMIT(AT(SECONDS + 4, 0)) },
	  { ABOUT, ABOUT + 4 * S, 955, 2, 0, 4 } },
	{ "fractions are cut",
	  { RECEIVE(AT(SECONDS, 1)), TRANSMIT(AT(SECONDS, UINT32_MAX)) },
	  { ABOUT, ABOUT + S - 1, 955, 2, 0, 4 } },
	{ "half of the root delay, all of the dispersion",
	  { ROOT_DELAY(0x10000), ROOT_DISPERSION(0x8000) },
	  { ABOUT, ABOUT + S / 2, S + 955, 2, 0, 4 } },
	{ "a root delay of less than zero is as unsure as one of more",
	  { ROOT_DELAY(-0x10000) },
	  { ABOUT, ABOUT + S / 2, S / 2 + 955, 2, 0, 4 } },
	{ "units of 16.16 are rounded up",
	  { ROOT_DISPERSION(1) },
	  { ABOUT, ABOUT + S / 2, 15259 + 955, 2, 0, 4 } },
	{ "a clock of 2 s", { PRECISION(1) }, { ABOUT, ABOUT + S / 2, 2 * S + 1, 2, 0, 4 } },
	{ "a clock of 15.6 ms", { PRECISION(-6) }, { ABOUT, ABOUT + S / 2, 15625002, 2, 0, 4 } },
	{ "no clock is better than 1 ns",
	  { PRECISION(-128) },
	  { ABOUT, ABOUT + S / 2, 2, 2, 0, 4 } },
};

START_TEST(parse_good)
{
	uint8_t data[NTP_PACKET_SIZE + 20] = { 0 };
	struct ntp_reply r = { 0 };
	struct error err = ERROR_INIT;

	packet(data, good[_i].patches, PATCHES);
	/* Half of them with what a longer packet has: extension fields, a MAC. */
	ck_assert_msg(ntp_reply_parse(&r, data, _i % 2 ? sizeof(data) : NTP_PACKET_SIZE, COOKIE,
				      ABOUT, &err) == 0,
		      "%s: %s", good[_i].why, err.text);
	ck_assert_msg(r.received == good[_i].reply.received, "%s: received %lld", good[_i].why,
		      (long long)r.received);
	ck_assert_msg(r.sent == good[_i].reply.sent, "%s: sent %lld", good[_i].why,
		      (long long)r.sent);
	ck_assert_msg(r.distance == good[_i].reply.distance, "%s: distance %lld", good[_i].why,
		      (long long)r.distance);
	ck_assert_msg(r.stratum == good[_i].reply.stratum && r.leap == good[_i].reply.leap &&
			      r.version == good[_i].reply.version,
		      "%s", good[_i].why);
}
END_TEST

static const struct {
	const char *why;
	struct patch patches[PATCHES];
	enum error_kind kind;
	int code;
	const char *says;
} refused[] = {
	{ "a client's", { { 0, 1, FLAGS(0, 4, 3) } }, ERROR_PROTOCOL, 0, "mode 3" },
	{ "a broadcast", { { 0, 1, FLAGS(0, 4, 5) } }, ERROR_PROTOCOL, 0, "mode 5" },
	{ "a peer's", { { 0, 1, FLAGS(0, 4, 1) } }, ERROR_PROTOCOL, 0, "mode 1" },
	{ "no mode", { { 0, 1, FLAGS(0, 4, 0) } }, ERROR_PROTOCOL, 0, "mode 0" },
	{ "version 2", { { 0, 1, FLAGS(0, 2, 4) } }, ERROR_PROTOCOL, 0, "version 2" },
	{ "version 5", { { 0, 1, FLAGS(0, 5, 4) } }, ERROR_PROTOCOL, 0, "version 5" },
	{ "somebody else's cookie", { ORIGIN(COOKIE ^ 1) }, ERROR_CONFLICT, 0, "origin" },
	{ "the first half of the cookie",
	  { ORIGIN(COOKIE ^ UINT64_C(1) << 63) },
	  ERROR_CONFLICT,
	  0,
	  "origin" },
	{ "no cookie", { ORIGIN(0) }, ERROR_CONFLICT, 0, "origin" },
	{ "a kiss that does not know our cookie is somebody else's",
	  { STRATUM(0), { 12, 4, 0x44454e59 }, ORIGIN(1) },
	  ERROR_CONFLICT,
	  0,
	  "origin" },
	{ "not synchronised", { { 0, 1, FLAGS(3, 4, 4) } }, ERROR_PROTOCOL, 0, "leap indicator 3" },
	{ "stratum 16", { STRATUM(16) }, ERROR_PROTOCOL, 0, "stratum 16" },
	{ "stratum 255", { STRATUM(255) }, ERROR_PROTOCOL, 0, "stratum 255" },
	{ "kiss: denied",
	  { STRATUM(0), { 12, 4, 0x44454e59 } },
	  ERROR_REMOTE,
	  NTP_KISS_DENY,
	  "DENY" },
	{ "a kiss comes with leap 3",
	  { { 0, 1, FLAGS(3, 4, 4) }, STRATUM(0), { 12, 4, 0x52535452 } },
	  ERROR_REMOTE,
	  NTP_KISS_RSTR,
	  "RSTR" },
	{ "a kiss need not have stamps",
	  { STRATUM(0), { 12, 4, 0x52415445 }, RECEIVE(0), TRANSMIT(0) },
	  ERROR_REMOTE,
	  NTP_KISS_RATE,
	  "RATE" },
	{ "another kiss",
	  { STRATUM(0), { 12, 4, 0x494e4954 } },
	  ERROR_REMOTE,
	  NTP_KISS_OTHER,
	  "INIT" },
	{ "a kiss of control characters",
	  { STRATUM(0), { 12, 4, 0x1b5b324a } },
	  ERROR_REMOTE,
	  NTP_KISS_OTHER,
	  "[2J" },
	{ "no receive stamp", { RECEIVE(0) }, ERROR_PROTOCOL, 0, "zero" },
	{ "no transmit stamp", { TRANSMIT(0) }, ERROR_PROTOCOL, 0, "zero" },
	{ "sent before it came",
	  { TRANSMIT(AT(SECONDS - 1, 0)) },
	  ERROR_PROTOCOL,
	  0,
	  "before our request came" },
	{ "sent 1 us before it came",
	  { RECEIVE(AT(SECONDS, HALF + 4295)), TRANSMIT(AT(SECONDS, HALF)) },
	  ERROR_PROTOCOL,
	  0,
	  "before our request came" },
	{ "kept for more than 4 s",
	  { TRANSMIT(AT(SECONDS + 4, 5)) },
	  ERROR_PROTOCOL,
	  0,
	  "too long" },
	{ "set after it was sent",
	  { REFERENCE(AT(SECONDS, HALF + 1)) },
	  ERROR_PROTOCOL,
	  0,
	  "set after" },
	{ "set a year after it was sent",
	  { REFERENCE(AT(SECONDS + 31536000, 0)) },
	  ERROR_PROTOCOL,
	  0,
	  "set after" },
	{ "set after it was sent, in the next era",
	  { RECEIVE(AT(UINT32_MAX, 0)), TRANSMIT(AT(UINT32_MAX, HALF)), REFERENCE(AT(0, HALF)) },
	  ERROR_PROTOCOL,
	  0,
	  "set after" },
	{ "a root delay of 10 s", { ROOT_DELAY(10 << 16) }, ERROR_PROTOCOL, 0, "5000 ms" },
	{ "a root delay of -10 s", { ROOT_DELAY(-(10 << 16)) }, ERROR_PROTOCOL, 0, "5000 ms" },
	{ "the largest root delay there is",
	  { ROOT_DELAY(INT64_C(0x80000000)) },
	  ERROR_PROTOCOL,
	  0,
	  "root distance" },
	{ "a dispersion of 5 s", { ROOT_DISPERSION(5 << 16) }, ERROR_PROTOCOL, 0, "5000 ms" },
	{ "a dispersion is not signed",
	  { ROOT_DISPERSION(0xffffffff) },
	  ERROR_PROTOCOL,
	  0,
	  "root distance" },
	{ "a clock of 8 s", { PRECISION(3) }, ERROR_PROTOCOL, 0, "8000 ms" },
	{ "a clock of 2^127 s", { PRECISION(127) }, ERROR_PROTOCOL, 0, "root distance" },
};

START_TEST(parse_refused)
{
	uint8_t data[NTP_PACKET_SIZE];
	struct ntp_reply r = { .received = 7 };
	struct error err = ERROR_INIT;

	packet(data, refused[_i].patches, PATCHES);
	ck_assert_msg(ntp_reply_parse(&r, data, sizeof(data), COOKIE, ABOUT, &err) == -1, "%s",
		      refused[_i].why);
	ck_assert_msg(err.kind == refused[_i].kind && err.code == refused[_i].code, "%s: %s %d",
		      refused[_i].why, error_name(err.kind), err.code);
	ck_assert_msg(strstr(err.text, refused[_i].says), "%s: %s", refused[_i].why, err.text);
	ck_assert_msg(!strchr(err.text, '\x1b') && r.received == 7, "%s", refused[_i].why);
}
END_TEST

START_TEST(parse_short)
{
	uint8_t data[NTP_PACKET_SIZE];

	packet(data, NULL, 0);
	for (size_t len = 0; len < sizeof(data); len++) {
		struct ntp_reply r = { .received = 7 };
		struct error err = ERROR_INIT;

		ck_assert_int_eq(ntp_reply_parse(&r, data, len, COOKIE, ABOUT, &err), -1);
		ck_assert_int_eq(err.kind, ERROR_PROTOCOL);
		ck_assert_int_eq(r.received, 7);
	}
}
END_TEST

/* 2^32 s after 1900 is 2036-02-07T06:28:16Z, 2085978496 s after 1970. */
#define ERA_1 INT64_C(2085978496)

static const struct {
	uint64_t receive, transmit; /* stamps */
	int64_t about, received;    /* s */
	const char *why;
} eras[] = {
	{ AT(UINT32_MAX, 0), AT(UINT32_MAX, 0), ERA_1 - 1, ERA_1 - 1, "the last second of era 0" },
	{ AT(0, HALF), AT(0, HALF), ERA_1, ERA_1, "the first second of era 1" },
	{ AT(5, 0), AT(5, 0), ERA_1 - 60, ERA_1 + 5,
	  "the server is in era 1, the host is not yet" },
	{ AT(UINT32_MAX, 0), AT(UINT32_MAX, 0), ERA_1 + 60, ERA_1 - 1, "and the other way round" },
	{ AT(UINT32_MAX, 0), AT(1, 0), ERA_1, ERA_1 - 1, "a new era between the two stamps" },
	{ AT(SECONDS, 0), AT(SECONDS, 0), 0, ABOUT / S, "a host that is in 1970: 57 years" },
	{ AT(SECONDS, 0), AT(SECONDS, 0), ERA_1 * 2, ABOUT / S + (INT64_C(1) << 32),
	  "a host that is in 2102: the era after" },
	{ AT(HALF, 0), AT(HALF, 0), ERA_1, ERA_1 - (INT64_C(1) << 31), "half an era back" },
	{ AT(HALF - 1, 0), AT(HALF - 1, 0), ERA_1, ERA_1 + (INT64_C(1) << 31) - 1,
	  "half an era ahead" },
	{ AT(1, 0), AT(1, 0), ERA_1 + (INT64_C(1) << 32), ERA_1 + (INT64_C(1) << 32) + 1,
	  "the first second of era 2, in 2172" },
	{ AT(0, 1), AT(0, 1), -2208988800, -2208988800, "the first second of era 0, in 1900" },
};

START_TEST(parse_era)
{
	uint8_t data[NTP_PACKET_SIZE];
	struct ntp_reply r = { 0 };
	struct error err = ERROR_INIT;

	packet(data,
	       (struct patch[]){ REFERENCE(eras[_i].receive), RECEIVE(eras[_i].receive),
				 TRANSMIT(eras[_i].transmit) },
	       3);
	ck_assert_msg(ntp_reply_parse(&r, data, sizeof(data), COOKIE, eras[_i].about * S, &err) ==
			      0,
		      "%s: %s", eras[_i].why, err.text);
	ck_assert_msg((r.received - (r.received % S + S) % S) / S == eras[_i].received, "%s: %lld",
		      eras[_i].why, (long long)(r.received / S));
	ck_assert_msg(r.sent >= r.received && r.sent - r.received <= 2 * S, "%s", eras[_i].why);
}
END_TEST

/* Where nanoseconds end (1677, 2262) a stamp may be beyond: said, not wrapped. */
START_TEST(parse_end_of_time)
{
	static const int64_t ends[] = { INT64_MIN, INT64_MAX };
	uint8_t data[NTP_PACKET_SIZE];

	for (size_t i = 0; i < array_len(ends); i++)
		for (uint64_t part = 0; part < 64; part++) {
			uint64_t stamp = AT(part << 26, 1);
			struct ntp_reply r = { 0 };
			struct error err = ERROR_INIT;

			packet(data, (struct patch[]){ RECEIVE(stamp), TRANSMIT(stamp) }, 2);
			if (ntp_reply_parse(&r, data, sizeof(data), COOKIE, ends[i], &err) == 0)
				ck_assert(ends[i] < 0 ? r.received < ends[i] + (S << 32)
						      : r.received > ends[i] - (S << 32));
			else
				ck_assert_int_eq(err.kind, ERROR_PROTOCOL);
		}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ntp");
	TCase *tc = tcase_create("codec");

	tcase_add_test(tc, request);
	tcase_add_loop_test(tc, parse_good, 0, (int)array_len(good));
	tcase_add_loop_test(tc, parse_refused, 0, (int)array_len(refused));
	tcase_add_test(tc, parse_short);
	tcase_add_loop_test(tc, parse_era, 0, (int)array_len(eras));
	tcase_add_test(tc, parse_end_of_time);
	suite_add_tcase(s, tc);
	return s;
}
