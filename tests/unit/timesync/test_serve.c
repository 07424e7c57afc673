/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "common/base/attr.h"
#include "common/base/clock.h"
#include "plugins/timesync/helper/divide.h"
#include "tests/unit/random.h"
#include "tests/unit/timesync/numbers.h"

#define OWN    7 /* first byte of the boot IDs: of the helper's kernel, of another, of a third */
#define OTHER  8
#define THIRD  9
#define ANCHOR INT64_C(1700000000123456789)

static struct wire_reply ask(struct serve_state *state, const struct serve_kernel *kernel,
			     struct wire_request request)
{
	struct wire_reply reply;

	memset(&reply, 0xee, sizeof(reply));
	serve(state, kernel, &request, 4711, &reply);
	ck_assert_int_eq(reply.op, request.op);
	ck_assert(reply.sequence == request.sequence);
	ck_assert_int_eq(reply.received, 4711);
	ck_assert_int_eq(reply.sent, 0);
	return reply;
}

static struct wire_reply hello(struct serve_state *state, const struct serve_kernel *kernel,
			       uint8_t boot_id)
{
	return ask(state, kernel,
		   (struct wire_request){ .op = WIRE_HELLO, .boot_id = { boot_id } });
}

/* --- One set after a hello and a ping. */

static const struct {
	uint8_t mode;
	int64_t delta;
	int64_t allowed;
	int64_t meanwhile;               /* somebody steps between the ping and the set */
	int64_t before_step, after_step; /* or in the same instant */
	int64_t cost;                    /* of reading a clock */
	int step_rc, back_rc, slew_rc;   /* what the kernel says */
	uint8_t status;
	unsigned steps, slews;
	int64_t moved; /* the anchor by the set */
	int error;
	const char *why;
} sets[] = {
	{ WIRE_STEP, NSEC_PER_SEC, 0, 0, 0, 0, 100, 5, 0, 0, WIRE_OK, 1, 0, NSEC_PER_SEC, 0,
	  "forward; 5 (TIME_ERROR) is success" },
	{ WIRE_STEP, -3 * NSEC_PER_DAY, 0, 0, 0, 0, 100, 5, 0, 0, WIRE_OK, 1, 0, -3 * NSEC_PER_DAY,
	  0, "backward" },
	{ WIRE_STEP, 1999, 0, 0, 0, 0, 100, 0, 0, 0, WIRE_OK, 1, 0, 1000, 0,
	  "nanoseconds are cut" },
	{ WIRE_STEP, -1999, 0, 0, 0, 0, 100, 0, 0, 0, WIRE_OK, 1, 0, -1000, 0,
	  "towards zero, both ways" },
	{ WIRE_STEP, 999, 0, 0, 0, 0, 100, 0, 0, 0, WIRE_OK, 0, 0, 0, 0,
	  "less than a microsecond is not worth what a step clears" },
	{ WIRE_STEP, 0, 0, 0, 0, 0, 100, 0, 0, 0, WIRE_OK, 0, 0, 0, 0, "nothing" },
	{ WIRE_STEP, INT64_C(1) << 62, 0, 0, 0, 0, 100, 0, 0, 0, WIRE_OK, 1, 0,
	  (INT64_C(1) << 62) / 1000 * 1000, 0, "the most: 146 years" },
	{ WIRE_STEP, (INT64_C(1) << 62) + 1, 0, 0, 0, 0, 100, 0, 0, 0, WIRE_BAD_REQUEST, 0, 0, 0, 0,
	  "one more than the most" },
	{ WIRE_STEP, INT64_MIN, 0, 0, 0, 0, 100, 0, 0, 0, WIRE_BAD_REQUEST, 0, 0, 0, 0,
	  "what has no positive counterpart" },
	{ WIRE_STEP, NSEC_PER_SEC, -1, 0, 0, 0, 100, 0, 0, 0, WIRE_BAD_REQUEST, 0, 0, 0, 0,
	  "allowed is no negative" },
	{ 0, NSEC_PER_SEC, 0, 0, 0, 0, 100, 0, 0, 0, WIRE_BAD_REQUEST, 0, 0, 0, 0, "no mode" },
	{ 3, NSEC_PER_SEC, 0, 0, 0, 0, 100, 0, 0, 0, WIRE_BAD_REQUEST, 0, 0, 0, 0,
	  "a mode that is none" },
	{ WIRE_STEP, NSEC_PER_SEC, 0, NSEC_PER_SEC, 0, 0, 100, 0, 0, 0, WIRE_MOVED, 0, 0, 0, 0,
	  "somebody corrected since the measurement" },
	{ WIRE_STEP, NSEC_PER_SEC, NSEC_PER_SEC, NSEC_PER_SEC, 0, 0, 100, 0, 0, 0, WIRE_OK, 1, 0,
	  NSEC_PER_SEC, 0, "as much as is allowed" },
	{ WIRE_STEP, NSEC_PER_SEC, NSEC_PER_SEC, -NSEC_PER_SEC - 5000, 0, 0, 100, 0, 0, 0,
	  WIRE_MOVED, 0, 0, 0, 0, "more than is allowed, backward" },
	{ WIRE_STEP, NSEC_PER_SEC, INT64_MAX, -NSEC_PER_DAY, 0, 0, 100, 0, 0, 0, WIRE_OK, 1, 0,
	  NSEC_PER_SEC, 0, "whatever it moved by: the sum with the widths does not overflow" },
	{ WIRE_STEP, NSEC_PER_SEC, 0, NSEC_PER_MSEC, 0, 0, NSEC_PER_MSEC, 0, 0, 0, WIRE_OK, 1, 0,
	  NSEC_PER_SEC, 0, "readings of 1 ms explain a move of 1 ms" },
	{ WIRE_STEP, NSEC_PER_SEC, 0, 3 * NSEC_PER_MSEC, 0, 0, NSEC_PER_MSEC, 0, 0, 0, WIRE_MOVED,
	  0, 0, 0, 0, "but not one of 3 ms" },
	{ WIRE_STEP, NSEC_PER_SEC, 0, 0, NSEC_PER_SEC, 0, 100, 5, 5, 0, WIRE_RACED, 2, 0,
	  NSEC_PER_SEC, 0, "somebody was faster by an instant: ours is taken back, theirs stays" },
	{ WIRE_STEP, NSEC_PER_SEC, 0, 0, 0, 20000, 100, 5, 5, 0, WIRE_RACED, 1, 0,
	  NSEC_PER_SEC + 20000, 0,
	  "somebody right behind us, by little: taking ours back would "
	  "undo theirs" },
	{ WIRE_STEP, 20 * NSEC_PER_MIN, 0, 0, 0, -300000, 100, 5, 5, 0, WIRE_RACED, 1, 0,
	  20 * NSEC_PER_MIN - 300000, 0,
	  "an agent that sets what it takes for the time, after us" },
	{ WIRE_STEP, -20 * NSEC_PER_MIN, 0, 0, -20 * NSEC_PER_MIN - 300000, 0, 100, 5, 5, 0,
	  WIRE_RACED, 2, 0, -20 * NSEC_PER_MIN - 300000, 0, "the same one, before us" },
	{ WIRE_STEP, 2 * NSEC_PER_SEC, 0, 0, 0, NSEC_PER_SEC, 100, 5, 5, 0, WIRE_RACED, 1, 0,
	  3 * NSEC_PER_SEC, 0, "half of ours is not yet ours" },
	{ WIRE_STEP, 2 * NSEC_PER_SEC, 0, 0, 0, NSEC_PER_SEC + 5000, 100, 5, 5, 0, WIRE_RACED, 2, 0,
	  NSEC_PER_SEC + 5000, 0, "more than half of ours is" },
	{ WIRE_STEP, -NSEC_PER_MIN, 0, 0, -NSEC_PER_MIN, 0, 100, 5, 5, 0, WIRE_RACED, 2, 0,
	  -NSEC_PER_MIN, 0, "a race backward" },
	{ WIRE_STEP, NSEC_PER_SEC, 0, 0, 500, 0, 100, 5, 5, 0, WIRE_OK, 1, 0, NSEC_PER_SEC + 500, 0,
	  "less than a microsecond is nobody" },
	{ WIRE_STEP, NSEC_PER_SEC, 0, 0, NSEC_PER_MSEC, 0, NSEC_PER_MSEC, 5, 5, 0, WIRE_OK, 1, 0,
	  NSEC_PER_SEC + NSEC_PER_MSEC, 0, "no race is concluded from what the widths explain" },
	{ WIRE_STEP, NSEC_PER_SEC, NSEC_PER_DAY, 0, NSEC_PER_SEC, 0, 100, 5, 5, 0, WIRE_RACED, 2, 0,
	  NSEC_PER_SEC, 0, "what is allowed is for before, not for the same instant" },
	{ WIRE_STEP, NSEC_PER_SEC, 0, 0, NSEC_PER_SEC, 0, 100, 5, -EPERM, 0, WIRE_RACED, 2, 0,
	  2 * NSEC_PER_SEC, EPERM, "taking back failed, and that is said" },
	{ WIRE_STEP, NSEC_PER_SEC, 0, 0, 0, 0, 100, -EPERM, 0, 0, WIRE_FAILED, 1, 0, 0, EPERM,
	  "no capability" },
	{ WIRE_SLEW, 20 * NSEC_PER_MSEC, 0, 0, 0, 0, 100, 0, 0, 0, WIRE_OK, 0, 1, 0, 0, "a slew" },
	{ WIRE_SLEW, -20 * NSEC_PER_MSEC, 0, 0, 0, 0, 100, 0, 0, 5, WIRE_OK, 0, 1, 0, 0,
	  "a slew backward, of a clock that is not synchronised" },
	{ WIRE_SLEW, 0, 0, 0, 0, 0, 100, 0, 0, 0, WIRE_OK, 0, 1, 0, 0, "ends a slew under way" },
	{ WIRE_SLEW, NSEC_PER_MSEC, 0, NSEC_PER_SEC, 0, 0, 100, 0, 0, 0, WIRE_MOVED, 0, 0, 0, 0,
	  "a slew that is no longer right" },
	{ WIRE_SLEW, NSEC_PER_MSEC, 0, 0, 0, 0, 100, 0, 0, -EINVAL, WIRE_FAILED, 0, 1, 0, EINVAL,
	  "a slew that the kernel refuses" },
	{ WIRE_SLEW, 20 * NSEC_PER_MSEC, 0, 0, 20 * NSEC_PER_MSEC, 0, 100, 0, 0, 0, WIRE_RACED, 0,
	  2, 20 * NSEC_PER_MSEC, 0, "somebody stepped an instant before: the slew is ended" },
	{ WIRE_SLEW, 20 * NSEC_PER_MSEC, 0, 0, 0, NSEC_PER_SEC, 100, 0, 0, 0, WIRE_RACED, 0, 2,
	  NSEC_PER_SEC, 0, "or right behind it" },
	{ WIRE_SLEW, (INT64_C(1) << 62) + 1, 0, 0, 0, 0, 100, 0, 0, 0, WIRE_BAD_REQUEST, 0, 0, 0, 0,
	  "a slew by too much" },
};

START_TEST(set_after_hello)
{
	struct numbers n = { .monotonic = 5, .anchor = ANCHOR, .cost = sets[_i].cost };
	struct serve_kernel kernel = numbers_kernel(&n, OWN);
	struct serve_state state = { 0 };

	(void)hello(&state, &kernel, OTHER);
	struct wire_reply ping = ask(&state, &kernel, (struct wire_request){ .op = WIRE_PING });

	n.anchor += sets[_i].meanwhile;
	n.before_step = sets[_i].before_step;
	n.after_step = sets[_i].after_step;
	n.step_rc = sets[_i].step_rc;
	n.back_rc = sets[_i].back_rc;
	n.slew_rc = sets[_i].slew_rc;
	int64_t from = n.anchor;
	struct wire_reply reply = ask(&state, &kernel,
				      (struct wire_request){ .op = WIRE_SET,
							     .mode = sets[_i].mode,
							     .delta = sets[_i].delta,
							     .expected = ping.anchor,
							     .allowed = sets[_i].allowed });

	ck_assert_msg(reply.status == sets[_i].status, "%s: status %d", sets[_i].why, reply.status);
	ck_assert_msg(n.steps == sets[_i].steps && n.slews == sets[_i].slews,
		      "%s: %u steps, %u slews", sets[_i].why, n.steps, n.slews);
	ck_assert_msg(n.anchor - from == sets[_i].moved, "%s: moved by %lld", sets[_i].why,
		      (long long)(n.anchor - from));
	ck_assert_msg(reply.error == sets[_i].error, "%s: error %d", sets[_i].why, reply.error);
	ck_assert_msg(time_diff(n.anchor, reply.anchor) <= reply.anchor_width &&
			      time_diff(reply.anchor, n.anchor) <= reply.anchor_width,
		      "%s: the anchor is that after it", sets[_i].why);
	ck_assert_msg(time_diff(from, reply.anchor_before) <= reply.anchor_width &&
			      time_diff(reply.anchor_before, from) <= reply.anchor_width,
		      "%s: and that before it", sets[_i].why);
	if (sets[_i].mode == WIRE_SLEW && sets[_i].status == WIRE_OK)
		ck_assert_msg(reply.slew_left == sets[_i].delta, "%s", sets[_i].why);
	if (sets[_i].status == WIRE_RACED)
		ck_assert_msg(reply.slew_left == 0, "%s: a slew goes on", sets[_i].why);
}
END_TEST

/* --- Which hello allows a set. */

static const struct {
	uint8_t own;        /* 0: the helper could not read its own */
	uint8_t callers[3]; /* of the hellos, in order */
	unsigned count;
	uint8_t status;
	uint16_t flags;
	const char *why;
} hellos[] = {
	{ OWN, { 0 }, 0, WIRE_NOT_COMPARED, 0, "no hello at all" },
	{ OWN, { OTHER }, 1, WIRE_OK, WIRE_KERNELS_DIFFER, "another kernel" },
	{ OWN, { OWN }, 1, WIRE_NOT_COMPARED, WIRE_KERNEL_SAME, "the same kernel" },
	{ OWN, { 0 }, 1, WIRE_NOT_COMPARED, 0, "a caller who does not know" },
	{ 0, { OTHER }, 1, WIRE_NOT_COMPARED, WIRE_NO_BOOT_ID, "a helper that does not know" },
	{ 0, { 0 }, 1, WIRE_NOT_COMPARED, WIRE_NO_BOOT_ID, "zeros do not equal zeros" },
	{ OWN, { OTHER, OWN }, 2, WIRE_NOT_COMPARED, WIRE_KERNEL_SAME, "the last one counts" },
	{ OWN, { OTHER, 0 }, 2, WIRE_NOT_COMPARED, 0, "also if it takes back what was known" },
	{ OWN, { OWN, OTHER }, 2, WIRE_OK, WIRE_KERNELS_DIFFER, "in both directions" },
	{ OWN, { OTHER, OWN, THIRD }, 3, WIRE_OK, WIRE_KERNELS_DIFFER, "whatever came before" },
};

START_TEST(set_needs_hello)
{
	for (uint8_t mode = WIRE_STEP; mode <= WIRE_SLEW; mode++) {
		struct numbers n = { .anchor = ANCHOR, .cost = 50 };
		struct serve_kernel kernel = numbers_kernel(&n, hellos[_i].own);
		struct serve_state state = { 0 };

		for (unsigned i = 0; i < hellos[_i].count; i++)
			(void)hello(&state, &kernel, hellos[_i].callers[i]);
		struct wire_reply reply = ask(&state, &kernel,
					      (struct wire_request){ .op = WIRE_SET,
								     .mode = mode,
								     .delta = NSEC_PER_SEC,
								     .expected = ANCHOR,
								     .allowed = 1000 });

		ck_assert_msg(reply.status == hellos[_i].status, "%s: %d", hellos[_i].why,
			      reply.status);
		ck_assert_msg(reply.flags ==
				      (hellos[_i].flags | WIRE_CAN_SET | WIRE_CAN_READ_TIMEX),
			      "%s: flags %#x", hellos[_i].why, reply.flags);
		ck_assert_msg(n.steps + n.slews == (hellos[_i].status == WIRE_OK ? 1 : 0), "%s",
			      hellos[_i].why);
	}
}
END_TEST

/* One bit that differs, wherever it stands, is another kernel. */
START_TEST(every_bit_of_the_boot_id_counts)
{
	struct numbers n = { .anchor = ANCHOR, .cost = 50 };
	struct serve_kernel kernel = numbers_kernel(&n, OWN);

	memset(kernel.boot_id, 0xa5, sizeof(kernel.boot_id));
	for (unsigned bit = 0; bit < 8 * WIRE_BOOT_ID_SIZE; bit++) {
		struct serve_state state = { 0 };
		struct wire_request request = { .op = WIRE_HELLO };

		memcpy(request.boot_id, kernel.boot_id, sizeof(kernel.boot_id));
		request.boot_id[bit / 8] ^= (uint8_t)(1U << bit % 8);
		ck_assert(ask(&state, &kernel, request).flags & WIRE_KERNELS_DIFFER);
		request.boot_id[bit / 8] ^= (uint8_t)(1U << bit % 8);
		struct wire_reply reply = ask(&state, &kernel, request);

		ck_assert(reply.flags & WIRE_KERNEL_SAME);
		ck_assert(memcmp(reply.boot_id, kernel.boot_id, sizeof(kernel.boot_id)) == 0);
	}
}
END_TEST

/* --- What a reply tells. */

START_TEST(tells_what_adjtimex_says)
{
	struct numbers n = { .anchor = ANCHOR, .cost = 50, .slew_left = -4000 };
	struct serve_kernel kernel = numbers_kernel(&n, OWN);
	struct serve_state state = { 0 };
	struct wire_reply reply = hello(&state, &kernel, OWN);

	ck_assert_int_eq(reply.status, WIRE_OK);
	ck_assert(reply.flags & WIRE_CAN_READ_TIMEX);
	ck_assert_int_eq(reply.kernel_state, 0);
	ck_assert_int_eq(reply.max_error, 16000000);
	ck_assert_int_eq(reply.est_error, 7000);
	ck_assert_int_eq(reply.slew_left, -4000);
	ck_assert_int_eq(reply.error, 0);
	n.timex_rc = -EPERM;
	reply = hello(&state, &kernel, OTHER);
	ck_assert_int_eq(reply.status, WIRE_OK);
	ck_assert(!(reply.flags & WIRE_CAN_READ_TIMEX));
	ck_assert_int_eq(reply.kernel_state, -1);
	ck_assert_int_eq(reply.error, EPERM);
	n.step_rc = -EINVAL;
	reply = ask(&state, &kernel,
		    (struct wire_request){ .op = WIRE_SET,
					   .mode = WIRE_STEP,
					   .delta = NSEC_PER_SEC,
					   .expected = ANCHOR,
					   .allowed = NSEC_PER_SEC });
	ck_assert_int_eq(reply.status, WIRE_FAILED);
	ck_assert_msg(reply.error == EINVAL, "the error of the step, not of reading");
}
END_TEST

START_TEST(unknown_operations_change_nothing)
{
	for (unsigned op = 0; op < 256; op++) {
		struct numbers n = { .anchor = ANCHOR, .cost = 50 };
		struct serve_kernel kernel = numbers_kernel(&n, OWN);
		struct serve_state state = { 0 };

		if (op >= WIRE_HELLO && op <= WIRE_SET)
			continue;
		(void)hello(&state, &kernel, OTHER);
		struct wire_reply reply = ask(&state, &kernel,
					      (struct wire_request){ .op = (uint8_t)op,
								     .mode = WIRE_STEP,
								     .delta = NSEC_PER_SEC,
								     .expected = ANCHOR });

		ck_assert_int_eq(reply.status, WIRE_BAD_REQUEST);
		ck_assert_uint_eq(n.steps + n.slews, 0);
		ck_assert(state.compared == WIRE_KERNELS_DIFFER);
	}
}
END_TEST

static const struct {
	int64_t cost, spike;
	unsigned spikes, most_reads;
	uint32_t width;
	const char *why;
} widths[] = {
	{ 0, 0, 0, 3, 1, "clocks that stand still between readings" },
	{ 400, 0, 0, 3, 401, "narrow at once: not read again" },
	{ 400, 2 * NSEC_PER_MSEC, 7, 12, 401, "interrupted readings are read again" },
	{ 20000, 0, 0, 3 * SERVE_READINGS, 20001, "slow clocks: as good as they are" },
	{ NSEC_PER_MSEC, NSEC_PER_SEC, 45, 3 * SERVE_READINGS, NSEC_PER_MSEC + 1,
	  "the last of them is the narrowest" },
	{ 10 * NSEC_PER_SEC, 0, 0, 3 * SERVE_READINGS, UINT32_MAX, "wider than can be told" },
};

START_TEST(width_of_the_anchor)
{
	struct numbers n = { .anchor = ANCHOR,
			     .cost = widths[_i].cost,
			     .spike = widths[_i].spike,
			     .spikes = widths[_i].spikes };
	struct serve_kernel kernel = numbers_kernel(&n, OWN);
	struct serve_state state = { 0 };
	struct wire_reply reply = ask(&state, &kernel, (struct wire_request){ .op = WIRE_PING });

	ck_assert_msg(reply.anchor_width == widths[_i].width, "%s: %u", widths[_i].why,
		      reply.anchor_width);
	ck_assert_msg(n.reads <= widths[_i].most_reads, "%s: %u readings", widths[_i].why, n.reads);
	ck_assert_msg(reply.anchor == reply.anchor_before, "%s", widths[_i].why);
	ck_assert_msg(time_diff(reply.anchor, ANCHOR) <= reply.anchor_width &&
			      time_diff(ANCHOR, reply.anchor) <= reply.anchor_width,
		      "%s: true within its width", widths[_i].why);
}
END_TEST

/* `expected` may come from any reading of the run, also from a wide one that is long past. */
START_TEST(width_of_the_measurement_counts)
{
	struct numbers n = { .anchor = ANCHOR, .cost = NSEC_PER_MSEC };
	struct serve_kernel kernel = numbers_kernel(&n, OWN);
	struct serve_state state = { 0 };
	struct wire_request set = { .op = WIRE_SET, .mode = WIRE_STEP, .delta = NSEC_PER_SEC };

	(void)hello(&state, &kernel, OTHER);
	n.cost = 100;
	(void)ask(&state, &kernel, (struct wire_request){ .op = WIRE_PING });
	set.expected = ANCHOR - NSEC_PER_MSEC;
	ck_assert_int_eq(ask(&state, &kernel, set).status, WIRE_OK);
	set.expected = n.anchor - NSEC_PER_MSEC - 5000;
	ck_assert_int_eq(ask(&state, &kernel, set).status, WIRE_MOVED);
	ck_assert_uint_eq(n.steps, 1);
}
END_TEST

/* A narrow measurement, but now the clocks are slow to read; and slow only until the step. */
START_TEST(width_of_the_present_counts)
{
	struct numbers n = { .anchor = ANCHOR, .cost = 100 };
	struct serve_kernel kernel = numbers_kernel(&n, OWN);
	struct serve_state state = { 0 };
	struct wire_request set = { .op = WIRE_SET,
				    .mode = WIRE_STEP,
				    .delta = NSEC_PER_SEC,
				    .expected = ANCHOR - NSEC_PER_MSEC };

	(void)hello(&state, &kernel, OTHER);
	n.reads = 0;
	n.spikes = 3 * SERVE_READINGS;
	n.spike = NSEC_PER_MSEC;
	n.after_step = NSEC_PER_MSEC / 2;
	struct wire_reply reply = ask(&state, &kernel, set);

	ck_assert_msg(reply.status == WIRE_OK && n.steps == 1, "status %d", reply.status);
	ck_assert_msg(reply.anchor_width >= NSEC_PER_MSEC, "the reply's width is for both anchors");
}
END_TEST

/* --- Random sequences against a model that knows the clock itself. */

struct model {
	bool differ; /* the last hello showed another kernel */
	int64_t measured;
	unsigned sets; /* that called step or slew */
};

static int64_t pick_delta(struct random *r)
{
	int64_t delta = random_magnitude(r);

	return random_below(r, 2) ? delta : -delta;
}

static struct wire_request pick_request(struct random *r, const struct model *m)
{
	static const uint8_t ids[] = { 0, OWN, OWN, OTHER, THIRD };
	struct wire_request request = { .op = (uint8_t)random_below(r, 5),
					.mode = (uint8_t)random_below(r, 4),
					.sequence = random_next(r),
					.allowed = random_below(r, 3) ? 0 : random_magnitude(r) };

	request.boot_id[0] = ids[random_below(r, sizeof(ids))];
	request.delta = pick_delta(r);
	request.expected = random_below(r, 4) ? m->measured : pick_delta(r);
	return request;
}

static enum wire_status model_set(const struct model *m, const struct wire_request *q,
				  const struct numbers *n)
{
	__int128 moved = (__int128)n->anchor - q->expected;
	__int128 off = moved < 0 ? -moved : moved;

	if (!m->differ)
		return WIRE_NOT_COMPARED;
	if (q->mode < WIRE_STEP || q->mode > WIRE_SLEW || q->delta > INT64_C(1) << 62 ||
	    q->delta < -(INT64_C(1) << 62) || q->allowed < 0)
		return WIRE_BAD_REQUEST;
	/* Readings take no time here: what is measured is true to 1 ns each. */
	if (off > (__int128)q->allowed + 2)
		return WIRE_MOVED;
	if ((n->before_step || n->after_step) &&
	    (q->mode == WIRE_SLEW || q->delta >= 1000 || q->delta <= -1000))
		return WIRE_RACED;
	return WIRE_OK;
}

/* What stays of our step after a race: all, if theirs is small beside it; nothing of a slew. */
static int64_t model_left(const struct wire_request *q, int64_t other)
{
	int64_t ours = q->delta / 1000 * 1000;

	return q->mode == WIRE_STEP && other <= (ours < 0 ? -ours : ours) / 2 ? ours : 0;
}

/* One request of a random sequence: the model says what must come of it. */
static void random_request(struct random *r, struct model *m, struct numbers *n,
			   struct serve_state *state, const struct serve_kernel *kernel)
{
	struct wire_request request = pick_request(r, m);
	int64_t other = random_below(r, 4) ? 0 : NSEC_PER_SEC + (int64_t)random_below(r, 9999);

	if (random_below(r, 8) == 0)
		n->anchor += NSEC_PER_SEC;
	n->before_step = random_below(r, 2) ? other : 0;
	n->after_step = n->before_step ? 0 : other;
	n->steps = n->slews = 0;
	enum wire_status want = request.op == WIRE_SET ? model_set(m, &request, n)
				: request.op == WIRE_HELLO || request.op == WIRE_PING
					? WIRE_OK
					: WIRE_BAD_REQUEST;
	int64_t from = n->anchor;
	struct wire_reply reply = ask(state, kernel, request);
	unsigned calls = n->steps + n->slews;

	if (request.op == WIRE_HELLO)
		m->differ = request.boot_id[0] != 0 && request.boot_id[0] != OWN;
	if (request.op == WIRE_PING)
		m->measured = reply.anchor;
	ck_assert_msg(reply.status == want, RANDOM_SEED ": op %d is answered %d, not %d",
		      (unsigned long long)r->seed, request.op, reply.status, want);
	ck_assert_msg(m->differ || calls == 0, RANDOM_SEED ": set without comparison",
		      (unsigned long long)r->seed);
	ck_assert_msg(calls == 0 ||
			      (request.op == WIRE_SET && (want == WIRE_OK || want == WIRE_RACED)),
		      RANDOM_SEED ": %u calls", (unsigned long long)r->seed, calls);
	if (want == WIRE_RACED)
		ck_assert_msg(n->anchor == from + other + model_left(&request, other),
			      RANDOM_SEED ": what is left is not theirs alone",
			      (unsigned long long)r->seed);
	m->sets += calls != 0;
	/* A clock far from the present is put back, so that its sums stay in range. */
	if (n->anchor > 2 * ANCHOR || n->anchor < 0)
		n->anchor = ANCHOR;
}

START_TEST(random_sequences)
{
	struct random r = random_start();
	unsigned through = 0;

	for (int run = 0; run < 2000; run++) {
		struct numbers n = { .anchor = ANCHOR };
		struct serve_kernel kernel = numbers_kernel(&n, OWN);
		struct serve_state state = { 0 };
		struct model m = { .measured = ANCHOR };

		for (int i = 0; i < 30; i++)
			random_request(&r, &m, &n, &state, &kernel);
		through += m.sets;
	}
	ck_assert_msg(through > 500, RANDOM_SEED ": only %u sets came through",
		      (unsigned long long)r.seed, through);
}
END_TEST

/* Every sequence of four requests of these kinds that holds no differing hello: nothing is called.
 */
START_TEST(every_short_sequence)
{
	static const struct wire_request kinds[] = {
		{ .op = WIRE_PING },
		{ .op = WIRE_HELLO },
		{ .op = WIRE_HELLO, .boot_id = { OWN } },
		{ .op = WIRE_SET,
		  .mode = WIRE_STEP,
		  .delta = NSEC_PER_SEC,
		  .expected = ANCHOR,
		  .allowed = INT64_MAX },
		{ .op = WIRE_SET,
		  .mode = WIRE_SLEW,
		  .delta = NSEC_PER_MSEC,
		  .expected = ANCHOR,
		  .allowed = INT64_MAX },
		{ .op = WIRE_SET,
		  .mode = WIRE_STEP,
		  .delta = NSEC_PER_SEC,
		  .expected = ANCHOR,
		  .allowed = INT64_MAX,
		  .boot_id = { OTHER } },
		{ .op = WIRE_PING, .boot_id = { OTHER } },
		{ .op = 0, .boot_id = { OTHER } },
		{ .op = 255, .boot_id = { OTHER } },
	};
	const unsigned count = array_len(kinds);

	for (unsigned which = 0; which < count * count * count * count; which++) {
		struct numbers n = { .anchor = ANCHOR, .cost = 10 };
		struct serve_kernel kernel = numbers_kernel(&n, OWN);
		struct serve_state state = { 0 };

		for (unsigned rest = which, i = 0; i < 4; i++, rest /= count)
			(void)ask(&state, &kernel, kinds[rest % count]);
		ck_assert_msg(n.steps + n.slews == 0, "sequence %u", which);
		ck_assert(n.anchor == ANCHOR);
	}
}
END_TEST

START_TEST(divides_like_the_compiler)
{
	static const uint32_t by[] = { 1, 2, 3, 1000, 1000000, 1000000000, UINT32_MAX };
	struct random r = random_start();

	for (size_t i = 0; i < array_len(by); i++)
		ck_assert(divide(UINT64_MAX, by[i]) == UINT64_MAX / by[i] && divide(0, by[i]) == 0);
	for (int i = 0; i < 20000; i++) {
		uint64_t n = random_next(&r) >> random_below(&r, 64);
		uint32_t d = (uint32_t)(random_next(&r) >> (32 + random_below(&r, 31))) | 1;

		ck_assert_msg(divide(n, d) == n / d, RANDOM_SEED ": %llu / %u",
			      (unsigned long long)r.seed, (unsigned long long)n, d);
	}
}
END_TEST

static const struct {
	int64_t microseconds, sec, usec;
	const char *why;
} splits[] = {
	{ 0, 0, 0, "nothing" },
	{ 1, 0, 1, "the least" },
	{ 999999, 0, 999999, "not quite a second" },
	{ 1000000, 1, 0, "a second" },
	{ 1000001, 1, 1, "and the least" },
	{ -1, -1, 999999, "never a negative part" },
	{ -300000, -1, 700000, "the example" },
	{ -1000000, -1, 0, "a whole second back has no part" },
	{ -1000001, -2, 999999, "and the least" },
	{ -259200000000, -259200, 0, "three days" },
	{ INT64_MAX, 9223372036854, 775807, "the most" },
	{ INT64_MIN, -9223372036855, 224192, "the other most" },
};

START_TEST(splits_as_the_kernel_wants)
{
	int64_t sec = -7, usec = -7;

	split_microseconds(splits[_i].microseconds, &sec, &usec);
	ck_assert_msg(sec == splits[_i].sec && usec == splits[_i].usec, "%s: %lld s %lld us",
		      splits[_i].why, (long long)sec, (long long)usec);
}
END_TEST

START_TEST(wire_round_trip)
{
	struct random r = random_start();
	uint8_t bytes[WIRE_REPLY_SIZE], again[WIRE_REPLY_SIZE];

	for (int i = 0; i < 5000; i++) {
		struct wire_request request = { 0 };
		struct wire_reply reply = { 0 };

		for (int k = 0; k < WIRE_REPLY_SIZE; k++)
			bytes[k] = (uint8_t)random_next(&r);
		wire_put(bytes, WIRE_REQUEST_MAGIC, 4);
		memset(bytes + 6, 0, 2);
		memset(bytes + 56, 0, 8);
		ck_assert_int_eq(wire_request_get(bytes, &request), 0);
		wire_request_put(again, &request);
		ck_assert_msg(memcmp(bytes, again, WIRE_REQUEST_SIZE) == 0, RANDOM_SEED,
			      (unsigned long long)r.seed);
		ck_assert_int_eq(wire_reply_get(bytes, &reply), -1);
		wire_put(bytes, WIRE_REPLY_MAGIC, 4);
		ck_assert_int_eq(wire_request_get(bytes, &request), -1);
		memset(bytes + 92, 0, 4);
		memset(bytes + 112, 0, 16);
		ck_assert_int_eq(wire_reply_get(bytes, &reply), 0);
		wire_reply_put(again, &reply);
		ck_assert_msg(memcmp(bytes, again, WIRE_REPLY_SIZE) == 0, RANDOM_SEED,
			      (unsigned long long)r.seed);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("serve");
	TCase *tc = tcase_create("serve");

	tcase_add_loop_test(tc, set_after_hello, 0, (int)array_len(sets));
	tcase_add_loop_test(tc, set_needs_hello, 0, (int)array_len(hellos));
	tcase_add_test(tc, every_bit_of_the_boot_id_counts);
	tcase_add_test(tc, tells_what_adjtimex_says);
	tcase_add_test(tc, unknown_operations_change_nothing);
	tcase_add_loop_test(tc, width_of_the_anchor, 0, (int)array_len(widths));
	tcase_add_test(tc, width_of_the_measurement_counts);
	tcase_add_test(tc, width_of_the_present_counts);
	tcase_add_test(tc, random_sequences);
	tcase_add_test(tc, every_short_sequence);
	tcase_add_test(tc, divides_like_the_compiler);
	tcase_add_loop_test(tc, splits_as_the_kernel_wants, 0, (int)array_len(splits));
	tcase_add_test(tc, wire_round_trip);
	suite_add_tcase(s, tc);
	return s;
}
