/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/helper/serve.h"

#include "plugins/timesync/helper/divide.h"

/*
 * What a step may miss its delta by without somebody else having stepped. The kernel adds exactly
 * the microseconds that it was given to REALTIME - MONOTONIC, and what reading adds is in the
 * widths, so that nothing would be needed; it is one microsecond, the unit of the call, since who
 * steps by less than that does no harm that is worth a second step.
 */
#define SLACK 1000

/* The most that delta may be, either way: sums with any anchor of a real clock stay in range. */
#define DELTA_MOST (INT64_C(1) << 62)

/* REALTIME - MONOTONIC, true within +-width. */
struct anchor {
	int64_t value;
	uint64_t width;
};

/* Numbers from outside, and a clock may say anything: they wrap instead of overflowing. */
static int64_t add(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static uint64_t distance(int64_t a, int64_t b)
{
	return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

/*
 * REALTIME was read at some moment between the two readings of MONOTONIC: taking their middle errs
 * by half of what lies between them at most. One more nanosecond for what the readings themselves
 * cut.
 */
static struct anchor anchor_once(const struct serve_kernel *kernel)
{
	int64_t first = kernel->monotonic(kernel->ctx);
	int64_t real = kernel->realtime(kernel->ctx);
	int64_t second = kernel->monotonic(kernel->ctx);
	uint64_t between = distance(first, second);
	int64_t middle = add(first < second ? first : second, (int64_t)(between >> 1));

	return (struct anchor){ (int64_t)((uint64_t)real - (uint64_t)middle),
				between - (between >> 1) + 1 };
}

static struct anchor anchor_read(const struct serve_kernel *kernel)
{
	struct anchor best = anchor_once(kernel);

	for (int i = 1; i < SERVE_READINGS && best.width > SERVE_NARROW; i++) {
		struct anchor again = anchor_once(kernel);

		if (again.width < best.width)
			best = again;
	}
	return best;
}

static void tell_anchors(struct serve_state *state, struct wire_reply *reply, struct anchor before,
			 struct anchor after)
{
	uint64_t width = before.width > after.width ? before.width : after.width;

	reply->anchor_before = before.value;
	reply->anchor = after.value;
	reply->anchor_width = width < UINT32_MAX ? (uint32_t)width : UINT32_MAX;
	if (state->widest < width)
		state->widest = width;
}

static int is_zero(const uint8_t id[WIRE_BOOT_ID_SIZE])
{
	uint8_t any = 0;

	for (int i = 0; i < WIRE_BOOT_ID_SIZE; i++)
		any |= id[i];
	return any == 0;
}

static int is_same(const uint8_t a[WIRE_BOOT_ID_SIZE], const uint8_t b[WIRE_BOOT_ID_SIZE])
{
	uint8_t differ = 0;

	for (int i = 0; i < WIRE_BOOT_ID_SIZE; i++)
		differ |= a[i] ^ b[i];
	return differ == 0;
}

/* What a caller doesn't know is not compared, and takes back what an earlier hello showed. */
static uint16_t compare(const struct serve_kernel *kernel, const struct wire_request *request)
{
	if (is_zero(request->boot_id) || is_zero(kernel->boot_id))
		return 0;
	return is_same(request->boot_id, kernel->boot_id) ? WIRE_KERNEL_SAME : WIRE_KERNELS_DIFFER;
}

static int64_t to_microseconds(int64_t ns)
{
	return ns < 0 ? -(int64_t)divide(-(uint64_t)ns, 1000) : (int64_t)divide((uint64_t)ns, 1000);
}

static uint8_t failed(struct wire_reply *reply, int rc)
{
	reply->error = -rc;
	return WIRE_FAILED;
}

/*
 * Steps, and looks whether the clock is now where that must have put it. *after is where it is in
 * the end. Who corrected the same offset before us left it off by about our delta, and ours is
 * taken back. Who set the clock to an absolute time after us left it off by little, and has undone
 * our step already: to take it back would undo theirs.
 */
static uint8_t step(const struct serve_kernel *kernel, int64_t microseconds, struct anchor before,
		    struct anchor *after, struct wire_reply *reply)
{
	uint64_t off;

	if (microseconds == 0)
		return WIRE_OK;
	int rc = kernel->step(kernel->ctx, microseconds);

	if (rc < 0)
		return failed(reply, rc);
	*after = anchor_read(kernel);
	off = distance(after->value, add(before.value, microseconds * 1000));
	if (off <= before.width + after->width + SLACK)
		return WIRE_OK;
	if (off > distance(microseconds * 1000, 0) / 2) {
		rc = kernel->step(kernel->ctx, -microseconds);
		reply->error = rc < 0 ? -rc : 0;
		*after = anchor_read(kernel);
	}
	return WIRE_RACED;
}

/*
 * Tells the kernel to slew, and looks whether somebody stepped meanwhile: the whole offset would be
 * slewed on top of their step.
 */
static uint8_t slew(const struct serve_kernel *kernel, int64_t microseconds, struct anchor before,
		    struct anchor *after, struct wire_reply *reply)
{
	int rc = kernel->slew(kernel->ctx, microseconds);

	if (rc < 0)
		return failed(reply, rc);
	*after = anchor_read(kernel);
	if (distance(after->value, before.value) <= before.width + after->width + SLACK)
		return WIRE_OK;
	rc = kernel->slew(kernel->ctx, 0);
	reply->error = rc < 0 ? -rc : 0;
	return WIRE_RACED;
}

/* The only way to the calls that change something. */
static uint8_t set(struct serve_state *state, const struct serve_kernel *kernel,
		   const struct wire_request *request, struct wire_reply *reply)
{
	struct anchor before = anchor_read(kernel), after = before;
	int64_t microseconds = to_microseconds(request->delta);
	uint8_t status = WIRE_OK;

	if (state->compared != WIRE_KERNELS_DIFFER) {
		status = WIRE_NOT_COMPARED;
	} else if ((request->mode != WIRE_STEP && request->mode != WIRE_SLEW) ||
		   request->delta > DELTA_MOST || request->delta < -DELTA_MOST ||
		   request->allowed < 0) {
		status = WIRE_BAD_REQUEST;
	} else if (distance(before.value, request->expected) >
		   (uint64_t)request->allowed + before.width + state->widest) {
		status = WIRE_MOVED;
	} else if (request->mode == WIRE_STEP) {
		status = step(kernel, microseconds, before, &after, reply);
	} else {
		status = slew(kernel, microseconds, before, &after, reply);
	}
	tell_anchors(state, reply, before, after);
	return status;
}

static void tell_timex(const struct serve_kernel *kernel, struct wire_reply *reply)
{
	struct serve_timex timex = { 0, 0, 0, 0, 0 };
	int rc = kernel->timex(kernel->ctx, &timex);

	if (rc < 0) {
		reply->kernel_state = -1;
		if (reply->status != WIRE_FAILED && reply->status != WIRE_RACED)
			reply->error = -rc;
		return;
	}
	reply->flags |= WIRE_CAN_READ_TIMEX;
	reply->kernel_state = timex.state;
	reply->kernel_status = timex.status;
	reply->max_error = timex.max_error;
	reply->est_error = timex.est_error;
	reply->slew_left = timex.slew_left;
}

static void begin(struct wire_reply *reply, const struct serve_kernel *kernel,
		  const struct wire_request *request, int64_t received)
{
	reply->op = request->op;
	reply->status = WIRE_OK;
	reply->flags = kernel->flags;
	reply->sequence = request->sequence;
	reply->received = received;
	reply->sent = 0;
	reply->error = 0;
	reply->kernel_status = 0;
	reply->kernel_state = 0;
	reply->max_error = 0;
	reply->est_error = 0;
	reply->slew_left = 0;
	reply->resolution = kernel->resolution;
	for (int i = 0; i < WIRE_BOOT_ID_SIZE; i++)
		reply->boot_id[i] = kernel->boot_id[i];
}

void serve(struct serve_state *state, const struct serve_kernel *kernel,
	   const struct wire_request *request, int64_t received, struct wire_reply *reply)
{
	begin(reply, kernel, request, received);
	if (request->op == WIRE_SET) {
		reply->status = set(state, kernel, request, reply);
	} else {
		struct anchor now = anchor_read(kernel);

		tell_anchors(state, reply, now, now);
		if (request->op == WIRE_HELLO)
			state->compared = compare(kernel, request);
		else if (request->op != WIRE_PING)
			reply->status = WIRE_BAD_REQUEST;
	}
	reply->flags |= state->compared;
	if (is_zero(kernel->boot_id))
		reply->flags |= WIRE_NO_BOOT_ID;
	tell_timex(kernel, reply);
}
