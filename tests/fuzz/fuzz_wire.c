/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever a caller sends, and whatever the kernel and others do meanwhile: the calls that change a
 * clock are made only for a WIRE_SET after a hello that showed another kernel, at most once (and
 * once more to take it back), and leave the clock where the answer says.
 *
 * Input: four bytes about the kernel, then for each request two of somebody else who steps, and the
 * request.
 */
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "tests/fuzz/text.h"
#include "tests/unit/timesync/numbers.h"

#define KERNEL_BYTES 4
#define OTHER_BYTES  2

static int64_t minus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

/* What the rule of wire.h makes of a hello, read from the text and not from serve.c. */
static bool shows_another(const struct serve_kernel *kernel, const struct wire_request *q)
{
	static const uint8_t zeros[WIRE_BOOT_ID_SIZE];

	return memcmp(q->boot_id, zeros, sizeof(zeros)) != 0 &&
	       memcmp(kernel->boot_id, zeros, sizeof(zeros)) != 0 &&
	       memcmp(q->boot_id, kernel->boot_id, sizeof(zeros)) != 0;
}

static void check_answer(const struct numbers *n, const struct wire_request *q,
			 const struct wire_reply *reply, int64_t moved, int64_t other)
{
	bool calls = reply->status == WIRE_OK || reply->status == WIRE_RACED ||
		     reply->status == WIRE_FAILED;

	fuzz_assert(reply->op == q->op && reply->sequence == q->sequence && reply->sent == 0);
	fuzz_assert(reply->status <= WIRE_RACED);
	fuzz_assert(n->steps + n->slews == 0 || (q->op == WIRE_SET && calls));
	int64_t ours = q->delta - q->delta % 1000;
	unsigned most = reply->status == WIRE_RACED ? 2 : 1;

	fuzz_assert(n->slews == 0 || (q->mode == WIRE_SLEW && n->slews == most && n->steps == 0));
	fuzz_assert(n->steps <= most);
	fuzz_assert(n->steps == 0 || (q->mode == WIRE_STEP && n->slews == 0));
	if (reply->status == WIRE_OK && n->steps)
		fuzz_assert(moved == minus(ours, minus(0, other)));
	else if (reply->status == WIRE_OK && n->slews)
		fuzz_assert(moved == other);
	else if (reply->status == WIRE_RACED && n->steps == 1)
		fuzz_assert(moved == minus(ours, minus(0, other)));
	else if (reply->status == WIRE_RACED && reply->error == 0)
		fuzz_assert(moved == other);
	else if (reply->status != WIRE_RACED)
		fuzz_assert(moved == 0);
	fuzz_assert(reply->anchor_width == UINT32_MAX ||
		    (uint64_t)minus(reply->anchor, n->anchor) + reply->anchor_width <=
			    2 * (uint64_t)reply->anchor_width);
}

static void check_bytes(const struct wire_request *q, const struct wire_reply *reply)
{
	uint8_t bytes[WIRE_REPLY_SIZE], again[WIRE_REPLY_SIZE];
	struct wire_request q2;
	struct wire_reply reply2;

	wire_request_put(bytes, q);
	fuzz_assert(wire_request_get(bytes, &q2) == 0);
	wire_request_put(again, &q2);
	fuzz_assert(memcmp(bytes, again, WIRE_REQUEST_SIZE) == 0);
	wire_reply_put(bytes, reply);
	fuzz_assert(wire_request_get(bytes, &q2) < 0 && wire_reply_get(bytes, &reply2) == 0);
	wire_reply_put(again, &reply2);
	fuzz_assert(memcmp(bytes, again, WIRE_REPLY_SIZE) == 0);
}

static void one_request(struct serve_state *state, const struct serve_kernel *kernel, bool *differ,
			const uint8_t *data, const struct wire_request *q)
{
	struct numbers *n = kernel->ctx;
	struct wire_reply reply;
	int64_t other = (int64_t)data[0] * data[0] * data[0] * 40;

	n->before_step = data[1] & 1 ? other : 0;
	n->after_step = data[1] & 1 ? 0 : other;
	n->step_rc = data[1] & 2 ? -EPERM : 5;
	n->back_rc = data[1] & 4 ? -EINVAL : 5;
	n->slew_rc = data[1] & 8 ? -EPERM : 0;
	n->timex_rc = data[1] & 16 ? -EPERM : 0;
	if (data[1] & 32)
		n->anchor = numbers_wrap(n->anchor, (int64_t)data[0] * 1000000);
	n->steps = n->slews = 0;
	if (q->op == WIRE_HELLO)
		*differ = shows_another(kernel, q);
	int64_t from = n->anchor;

	serve(state, kernel, q, from, &reply);
	fuzz_assert(*differ || n->steps + n->slews == 0);
	check_answer(n, q, &reply, minus(n->anchor, from), other);
	check_bytes(q, &reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct numbers n = { .anchor = INT64_C(1700000000000000000) };
	struct serve_kernel kernel = numbers_kernel(&n, 0);
	struct serve_state state = { 0 };
	struct wire_request request;
	bool differ = false;

	if (size < KERNEL_BYTES)
		return 0;
	memset(kernel.boot_id, data[0], sizeof(kernel.boot_id));
	n.cost = (int64_t)data[1] * data[1] * data[1];
	n.spike = (int64_t)data[2] << 20;
	n.spikes = data[3];
	data += KERNEL_BYTES;
	size -= KERNEL_BYTES;
	while (size >= OTHER_BYTES + WIRE_REQUEST_SIZE) {
		if (wire_request_get(data + OTHER_BYTES, &request) < 0)
			return 0;
		one_request(&state, &kernel, &differ, data, &request);
		data += OTHER_BYTES + WIRE_REQUEST_SIZE;
		size -= OTHER_BYTES + WIRE_REQUEST_SIZE;
	}
	return 0;
}
