/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NTP packets of a client (RFC 5905 §7.3, §8): pure. Times are nanoseconds since 1970; the era of
 * an NTP stamp is the one nearest to `about` (RFC 5905 §6: 2036-02-07 begins era 1).
 */
#ifndef COMMON_CODEC_NTP_H
#define COMMON_CODEC_NTP_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/error.h"

#define NTP_PACKET_SIZE 48

/* A request of version 4, mode 3: everything zero but the transmit stamp, which is the cookie (64
 * random bits: the server sends it back as origin, and learns nothing of our clock). */
void ntp_request(uint8_t out[NTP_PACKET_SIZE], uint64_t cookie);

struct ntp_reply {
	int64_t received, sent; /* T2, T3 of the server */
	/* What the server itself may be wrong by: root delay / 2 + root dispersion + precision. */
	int64_t distance;
	int stratum, leap, version;
};

/* The answer was a kiss: ERROR_REMOTE with code one of these. */
enum ntp_kiss { NTP_KISS_OTHER = 1, NTP_KISS_DENY, NTP_KISS_RSTR, NTP_KISS_RATE };

/*
 * Checks and takes apart: at least 48 bytes, mode 4, version 3 or 4, origin equal to the cookie,
 * not leap 3 (unsynchronised), stratum 1 to 15, stamps not zero, T3 >= T2 and at most 4 s later,
 * root distance < 5 s. Errors: ERROR_PROTOCOL with what is wrong; ERROR_CONFLICT for a wrong cookie
 * (somebody else's packet: the caller goes on waiting); ERROR_REMOTE for a kiss of death, code an
 * enum ntp_kiss, the four letters in the text.
 */
int ntp_reply_parse(struct ntp_reply *out, const uint8_t *data, size_t len, uint64_t cookie,
		    int64_t about, struct error *err) must_check;

#endif
