/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a helper, or an engine in its place, may answer: a boot ID of this machine's, a byte of
 * flags (1: slewing), then for each exchange two bytes of round trip (us) and 128 of the reply.
 * What a reply says comes back when it is written again, kernels only differ where both sides say
 * so, and whatever the times are the interval is one.
 */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "plugins/timesync/rounds.h"
#include "plugins/timesync/session_internal.h"
#include "plugins/timesync/why.h"

#define ANCHOR INT64_C(1795482123000000000)
#define BEGIN  INT64_C(1000000000000)
#define RECORD (2 + WIRE_REPLY_SIZE)
#define UNTOLD (WIRE_REPLY_SIZE - 16) /* bytes from here on belong to no member */

static void check_round_trip(const uint8_t bytes[WIRE_REPLY_SIZE], const struct wire_reply *reply)
{
	uint8_t again[WIRE_REPLY_SIZE];

	wire_reply_put(again, reply);
	assert(memcmp(again, bytes, 92) == 0);
	assert(memcmp(again + 96, bytes + 96, UNTOLD - 96) == 0);
}

static void check_hello(struct session *s, const struct wire_reply *reply)
{
	static const uint8_t none[WIRE_BOOT_ID_SIZE];
	const uint8_t *ours = s->options.boot_id;
	struct session_hello hello = session_understand(s, reply);
	bool known = memcmp(ours, none, sizeof(none)) != 0;
	bool same = memcmp(ours, reply->boot_id, sizeof(none)) == 0;

	if (hello.kernels == KERNELS_DIFFER)
		assert(known && !same && (reply->flags & WIRE_KERNELS_DIFFER) &&
		       !(reply->flags & (WIRE_KERNEL_SAME | WIRE_NO_BOOT_ID)));
	if (known && same)
		assert(hello.kernels == KERNELS_SAME);
	if (!known)
		assert(hello.kernels == KERNELS_UNKNOWN);
	(void)why_hello(&hello, NULL);
	(void)why_set(&hello, NULL, reply->error);
}

static void check_interval(struct interval i)
{
	assert(i.lo <= i.hi && i.lo >= -INTERVAL_LIMIT && i.hi <= INTERVAL_LIMIT);
	assert(interval_bound(i) >= 0);
	assert(interval_least(i) <= interval_most(i));
}

static void check_rounds(struct rounds *r, int64_t now)
{
	if (!rounds_end(r, ANCHOR, 1))
		return;
	assert(r->estimate.samples > 0 && r->estimate.samples <= r->exchanges);
	assert(r->estimate.delay >= 0 && r->exchanges <= ROUNDS_MOST);
	check_interval(r->estimate.offset);
	check_interval(r->engine_anchor);
	check_interval(estimate_at(&r->estimate, now));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct session s = { 0 };
	struct rounds r;
	enum rounds_result result = ROUNDS_MORE;
	int64_t now = BEGIN;

	if (size < WIRE_BOOT_ID_SIZE + 1)
		return 0;
	memcpy(s.options.boot_id, data, WIRE_BOOT_ID_SIZE);
	rounds_begin(&r, ANCHOR, 1, data[WIRE_BOOT_ID_SIZE] & 1);
	data += WIRE_BOOT_ID_SIZE + 1;
	size -= WIRE_BOOT_ID_SIZE + 1;
	for (; size >= RECORD && result == ROUNDS_MORE; data += RECORD, size -= RECORD) {
		int64_t sent = now;
		struct wire_reply reply;

		now += (data[0] | data[1] << 8) * NSEC_PER_USEC;
		if (wire_reply_get(data + 2, &reply) < 0)
			break;
		check_round_trip(data + 2, &reply);
		check_hello(&s, &reply);
		const struct exchange x = session_exchange_of(&reply, sent, now);

		result = rounds_add(&r, &x, &reply, now);
	}
	if (result != ROUNDS_STEPPED)
		check_rounds(&r, now);
	return 0;
}
