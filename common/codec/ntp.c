/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/ntp.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "common/base/attr.h"
#include "common/base/clock.h"
#include "common/codec/printable.h"

#define VERSION       4
#define MODE_CLIENT   3
#define MODE_SERVER   4
#define LEAP_UNKNOWN  3
#define STRATUM_MAX   15
#define DISTANCE_MAX  (5 * NSEC_PER_SEC)
#define TIME_THERE    (4 * NSEC_PER_SEC) /* chrony's MAX_SERVER_INTERVAL */
#define PRECISION_MAX 4                  /* log2 s: far beyond DISTANCE_MAX */

/* 1970-01-01 in seconds since 1900-01-01 (RFC 5905 figure 4). */
#define EPOCH INT64_C(2208988800)

/* Where things stand in a packet (RFC 5905 figure 8). */
enum at {
	AT_FLAGS = 0,
	AT_STRATUM = 1,
	AT_PRECISION = 3,
	AT_ROOT_DELAY = 4,
	AT_ROOT_DISPERSION = 8,
	AT_REFERENCE_ID = 12,
	AT_REFERENCE = 16,
	AT_ORIGIN = 24,
	AT_RECEIVE = 32,
	AT_TRANSMIT = 40,
};

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t get64(const uint8_t *p)
{
	return (uint64_t)get32(p) << 32 | get32(p + 4);
}

void ntp_request(uint8_t out[NTP_PACKET_SIZE], uint64_t cookie)
{
	memset(out, 0, NTP_PACKET_SIZE);
	out[AT_FLAGS] = VERSION << 3 | MODE_CLIENT;
	for (int i = 0; i < 8; i++)
		out[AT_TRANSMIT + i] = (uint8_t)(cookie >> (56 - 8 * i));
}

/* The era is the one in which the stamp is nearest to about. False: beyond what int64_t holds. */
static bool stamp_time(uint64_t stamp, int64_t about, int64_t *out)
{
	int64_t near = about / NSEC_PER_SEC + EPOCH;
	/* Modulo 2^32, read as signed: from half an era back to half an era ahead. */
	int64_t ahead = (int32_t)((uint32_t)(stamp >> 32) - (uint32_t)near);
	int64_t fraction = (int64_t)((stamp & UINT32_MAX) * (uint64_t)NSEC_PER_SEC >> 32);
	int64_t ns;

	if (__builtin_mul_overflow(near + ahead - EPOCH, NSEC_PER_SEC, &ns))
		return false;
	return !__builtin_add_overflow(ns, fraction, out);
}

/* 16.16 fixed point seconds, rounded up. */
static int64_t short_time(uint32_t value)
{
	return (int64_t)(((uint64_t)value * (uint64_t)NSEC_PER_SEC + 0xffff) >> 16);
}

/* 2^log2 seconds, rounded up. */
static int64_t precision_time(int8_t log2)
{
	if (log2 > PRECISION_MAX)
		return NSEC_PER_SEC << PRECISION_MAX;
	if (log2 >= 0)
		return NSEC_PER_SEC << log2;
	return log2 < -30 ? 1 : (NSEC_PER_SEC >> -log2) + 1;
}

/*
 * One more nanosecond, since the stamps were cut to whole ones. The root delay is signed (RFC 4330
 * §4: clocks that drift can make it negative); whatever its sign, its size is what is not known.
 */
static int64_t root_distance(const uint8_t *data)
{
	uint32_t delay = get32(data + AT_ROOT_DELAY);

	if (delay > INT32_MAX)
		delay = 0 - delay;
	return short_time(delay) / 2 + 1 + short_time(get32(data + AT_ROOT_DISPERSION)) +
	       precision_time((int8_t)data[AT_PRECISION]);
}

/* RFC 5905 §7.4: four letters in place of the reference ID. */
static int kiss_error(const uint8_t *data, struct error *err)
{
	static const struct {
		char letters[5];
		int code;
		const char *says;
	} known[] = {
		{ "DENY", NTP_KISS_DENY, "access denied" },
		{ "RSTR", NTP_KISS_RSTR, "access restricted" },
		{ "RATE", NTP_KISS_RATE, "asked too often" },
	};
	char letters[5] = { 0 };
	char shown[PRINTABLE_SHORT];

	memcpy(letters, data + AT_REFERENCE_ID, 4);
	for (size_t i = 0; i < array_len(known); i++)
		if (strcmp(letters, known[i].letters) == 0)
			return error_set(err, ERROR_REMOTE, known[i].code, "it refuses: %s (%s)",
					 letters, known[i].says);
	return error_set(err, ERROR_REMOTE, NTP_KISS_OTHER, "it refuses: kiss code \"%s\"",
			 printable_short(shown, letters));
}

static int bad(struct error *err, const char *what, int64_t value)
{
	return error_set(err, ERROR_PROTOCOL, 0, "bad NTP answer: %s %" PRId64, what, value);
}

/* Is it an answer at all, is it ours, and does the server know the time? */
static int check_head(const uint8_t *data, uint64_t cookie, struct error *err)
{
	int leap = data[AT_FLAGS] >> 6;
	int version = data[AT_FLAGS] >> 3 & 7;
	int mode = data[AT_FLAGS] & 7;

	if (get64(data + AT_ORIGIN) != cookie)
		return error_set(err, ERROR_CONFLICT, 0,
				 "bad NTP answer: not to our request (origin stamp)");
	if (mode != MODE_SERVER)
		return bad(err, "mode", mode);
	if (version != 3 && version != 4)
		return bad(err, "version", version);
	if (data[AT_STRATUM] == 0)
		return kiss_error(data, err);
	if (leap == LEAP_UNKNOWN)
		return error_set(err, ERROR_PROTOCOL, 0,
				 "its clock is not synchronised (leap indicator 3)");
	if (data[AT_STRATUM] > STRATUM_MAX)
		return error_set(err, ERROR_PROTOCOL, 0,
				 "its clock is not synchronised (stratum %d)", data[AT_STRATUM]);
	return 0;
}

static int read_stamps(struct ntp_reply *r, const uint8_t *data, int64_t about, struct error *err)
{
	uint64_t reference = get64(data + AT_REFERENCE);
	uint64_t receive = get64(data + AT_RECEIVE);
	uint64_t transmit = get64(data + AT_TRANSMIT);

	if (receive == 0 || transmit == 0)
		return error_set(err, ERROR_PROTOCOL, 0, "bad NTP answer: a stamp is zero");
	/* RFC 5905 §8: a clock cannot be set later than it is read. Zero does not tell. */
	if (reference != 0 && (int64_t)(transmit - reference) < 0)
		return error_set(err, ERROR_PROTOCOL, 0,
				 "bad NTP answer: its clock was set after it left");
	/* The era of the second stamp by the first, so that both are always in the same one. */
	if (!stamp_time(receive, about, &r->received) ||
	    !stamp_time(transmit, r->received, &r->sent))
		return error_set(err, ERROR_PROTOCOL, 0, "bad NTP answer: a stamp is out of range");
	if (r->sent < r->received)
		return bad(err,
			   "it left before our request came, ns:", time_diff(r->received, r->sent));
	if (time_diff(r->sent, r->received) > TIME_THERE)
		return bad(err,
			   "it kept our request too long, ns:", time_diff(r->sent, r->received));
	return 0;
}

int ntp_reply_parse(struct ntp_reply *out, const uint8_t *data, size_t len, uint64_t cookie,
		    int64_t about, struct error *err)
{
	struct ntp_reply r = { 0 };

	if (len < NTP_PACKET_SIZE)
		return bad(err, "too short, bytes:", (int64_t)len);
	if (check_head(data, cookie, err) < 0 || read_stamps(&r, data, about, err) < 0)
		return -1;
	r.distance = root_distance(data);
	if (r.distance >= DISTANCE_MAX)
		return error_set(err, ERROR_PROTOCOL, 0,
				 "its own clock may be wrong by %" PRId64 " ms (root distance)",
				 r.distance / NSEC_PER_MSEC);
	r.stratum = data[AT_STRATUM];
	r.leap = data[AT_FLAGS] >> 6;
	r.version = data[AT_FLAGS] >> 3 & 7;
	*out = r;
	return 0;
}
