/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NTP answers: the packet, and behind it 8 bytes for the time that it is about. What is accepted
 * keeps every promise of the header; what is refused leaves the output as it was.
 */
#include "tests/fuzz/fuzz.h"

#include "common/base/clock.h"
#include "common/codec/ntp.h"
#include "tests/fuzz/text.h"

static uint64_t number(const uint8_t *data)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | data[i];
	return value;
}

static void check_good(const struct ntp_reply *r)
{
	fuzz_assert(r->sent >= r->received && r->sent - r->received <= 4 * NSEC_PER_SEC);
	fuzz_assert(r->distance > 0 && r->distance < 5 * NSEC_PER_SEC);
	fuzz_assert(r->stratum >= 1 && r->stratum <= 15 && r->leap >= 0 && r->leap < 3);
	fuzz_assert(r->version == 3 || r->version == 4);
}

static void check_refused(const struct ntp_reply *r, const struct error *err)
{
	fuzz_assert(r->stratum == -1 && r->received == -1);
	fuzz_assert(err->kind == ERROR_PROTOCOL || err->kind == ERROR_CONFLICT ||
		    err->kind == ERROR_REMOTE);
	for (const char *p = err->text; *p; p++)
		fuzz_assert((unsigned char)*p >= 0x20);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ntp_reply r = { .stratum = -1, .received = -1 };
	struct error err = ERROR_INIT;
	uint64_t cookie = size >= 32 ? number(data + 24) : 0;
	int64_t about = size >= 56 ? (int64_t)number(data + 48) : 0;

	if (ntp_reply_parse(&r, data, size, cookie, about, &err) == 0)
		check_good(&r);
	else
		check_refused(&r, &err);
	if (size < NTP_PACKET_SIZE)
		return 0;
	r = (struct ntp_reply){ .stratum = -1, .received = -1 };
	error_clear(&err);
	fuzz_assert(ntp_reply_parse(&r, data, size, cookie + 1, about, &err) == -1);
	fuzz_assert(err.kind == ERROR_CONFLICT);
	check_refused(&r, &err);
	return 0;
}
