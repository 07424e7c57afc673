/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/timesync/sim_clocks.h"

#include <stddef.h>
#include <string.h>

#define BILLION    INT64_C(1000000000)
#define EPOCH      (INT64_C(1795482123) * NSEC_PER_SEC)
#define DRIFT_PPB  INT64_C(499900) /* a little less than what is assumed: rates are relative */
#define SLEW_PPB   INT64_C(500000)
#define JIFFY      (4 * NSEC_PER_MSEC)
#define THERE_MOST (50 * NSEC_PER_USEC) /* beside what it takes to answer */
#define STALL_MOST (20 * NSEC_PER_MSEC)

static int64_t below(struct sim_world *w, int64_t limit)
{
	return limit > 0 ? (int64_t)random_below(w->random, (uint64_t)limit) : 0;
}

static int64_t either_sign(struct sim_world *w, int64_t magnitude)
{
	return below(w, 2) ? magnitude : -magnitude;
}

/* --- Machines. */

static int64_t elapsed(const struct sim_machine *m, int64_t t)
{
	__int128 product = (__int128)(t - m->since) * (BILLION + m->ppb);

	return (int64_t)(product / BILLION);
}

static int64_t realtime_at(const struct sim_machine *m, int64_t t)
{
	return m->realtime + elapsed(m, t);
}

static void rebase(struct sim_machine *m, int64_t t)
{
	int64_t passed = elapsed(m, t);

	m->monotonic += passed;
	m->realtime += passed;
	m->since = t;
}

static int64_t cut(int64_t reading, int64_t tick)
{
	return reading - (reading % tick + tick) % tick;
}

int64_t sim_realtime(const struct sim_world *w, const struct sim_machine *machine)
{
	return realtime_at(machine, w->t);
}

int64_t sim_offset(const struct sim_world *w)
{
	return sim_realtime(w, &w->guest) - sim_realtime(w, &w->host);
}

static void end_slew(struct sim_world *w, int64_t t)
{
	rebase(&w->guest, t);
	w->guest.ppb -= w->slew_ppb;
	w->slew_ppb = 0;
}

/* Whoever steps ends a slew: ntp_clear() of the kernel does. */
void sim_guest_step(struct sim_world *w, int64_t by)
{
	if (w->slew_ppb)
		end_slew(w, w->t);
	w->guest.realtime += by;
}

/* --- Time. */

static void stand_still(struct sim_world *w)
{
	w->t += w->by;
	w->still += w->by;
}

static void happen(struct sim_world *w)
{
	switch (w->event) {
	case SIM_GUEST_STEP:
		sim_guest_step(w, w->by);
		break;
	case SIM_HOST_STEP:
		w->host.realtime += w->by;
		break;
	case SIM_GUEST_PAUSE:
		rebase(&w->guest, w->t);
		stand_still(w);
		w->guest.since = w->t;
		break;
	case SIM_HOST_SUSPEND:
		rebase(&w->host, w->t);
		stand_still(w);
		w->host.since = w->t;
		w->host.realtime += w->by;
		break;
	case SIM_NOTHING:
	case SIM_EVENTS:
		break;
	}
}

static void run_to(struct sim_world *w, int64_t t)
{
	if (w->slew_ppb && t >= w->slew_until)
		end_slew(w, w->slew_until);
	w->t = t;
}

void sim_pass(struct sim_world *w, int64_t ns)
{
	int64_t first = ns;

	if (w->in > 0 && --w->in == 0) {
		first = below(w, ns + 1);
		run_to(w, w->t + first);
		happen(w);
		run_to(w, w->t + ns - first);
		return;
	}
	run_to(w, w->t + ns);
}

/* A reading is of some moment of the call. */
static void read_cost(struct sim_world *w, int64_t *rest)
{
	int64_t cost = 1 + below(w, w->cost);

	if (w->channel.way == SIM_STALLS && below(w, 400) == 0)
		cost += below(w, STALL_MOST);
	*rest = below(w, cost + 1);
	sim_pass(w, cost - *rest);
}

static int64_t host_monotonic(const struct clock *clock)
{
	struct sim_world *w = (struct sim_world *)(uintptr_t)clock;
	int64_t rest, reading;

	read_cost(w, &rest);
	reading = cut(w->host.monotonic + elapsed(&w->host, w->t), w->host.tick);
	w->offset_read = sim_offset(w);
	w->utc_read = sim_realtime(w, &w->guest) - sim_realtime(w, &w->utc);
	run_to(w, w->t + rest);
	return reading;
}

static int64_t host_now(const struct clock *clock)
{
	struct sim_world *w = (struct sim_world *)(uintptr_t)clock;
	int64_t rest, reading;

	read_cost(w, &rest);
	reading = cut(realtime_at(&w->host, w->t), w->host.tick);
	run_to(w, w->t + rest);
	return reading;
}

/* --- The guest's kernel. */

static void interrupted(struct sim_world *w)
{
	w->kernel_calls++;
	if (w->between)
		w->between(w->between_ctx);
}

/* Linux makes both clocks of one counter. */
static int64_t guest_counter(const struct sim_world *w)
{
	return cut(w->guest.monotonic + elapsed(&w->guest, w->t), w->guest.tick);
}

static int64_t guest_monotonic(void *ctx)
{
	struct sim_world *w = ((struct sim_helper *)ctx)->world;
	int64_t rest, reading;

	interrupted(w);
	read_cost(w, &rest);
	reading = guest_counter(w);
	run_to(w, w->t + rest);
	return reading;
}

static int64_t guest_realtime(void *ctx)
{
	struct sim_world *w = ((struct sim_helper *)ctx)->world;
	int64_t rest, reading;

	interrupted(w);
	read_cost(w, &rest);
	reading = guest_counter(w) + w->guest.realtime - w->guest.monotonic;
	run_to(w, w->t + rest);
	return reading;
}

static int64_t slew_left(const struct sim_world *w)
{
	return w->slew_ppb ? (w->slew_until - w->t) / 2000 * (w->slew_ppb < 0 ? -1 : 1) : 0;
}

static int guest_timex(void *ctx, struct serve_timex *out)
{
	struct sim_world *w = ((struct sim_helper *)ctx)->world;

	*out = (struct serve_timex){ .status = 0x40, .slew_left = slew_left(w) };
	return 0;
}

static int guest_step(void *ctx, int64_t microseconds)
{
	struct sim_helper *h = ctx;

	interrupted(h->world);
	h->steps++;
	sim_pass(h->world, 1 + below(h->world, h->world->cost));
	sim_guest_step(h->world, microseconds * NSEC_PER_USEC);
	return 5;
}

static int guest_slew(void *ctx, int64_t microseconds)
{
	struct sim_helper *h = ctx;
	struct sim_world *w = h->world;

	interrupted(w);
	h->steps++;
	if (w->slew_ppb)
		end_slew(w, w->t);
	rebase(&w->guest, w->t);
	if (microseconds == 0)
		return 5;
	w->slew_ppb = microseconds < 0 ? -SLEW_PPB : SLEW_PPB;
	w->slew_until = w->t + (microseconds < 0 ? -microseconds : microseconds) * 2000000;
	w->guest.ppb += w->slew_ppb;
	return 5;
}

void sim_helper_start(struct sim_helper *h, struct sim_world *w)
{
	*h = (struct sim_helper){
		.world = w,
		.kernel = { .realtime = guest_realtime,
			    .monotonic = guest_monotonic,
			    .timex = guest_timex,
			    .step = guest_step,
			    .slew = guest_slew,
			    .ctx = h,
			    .boot_id = { SIM_BOOT_ID },
			    .flags = WIRE_CAN_SET,
			    .resolution = (uint32_t)(w->guest.tick < JIFFY ? 1 : JIFFY) },
	};
}

/* --- The way. */

static int64_t tail(struct sim_world *w, int64_t scale, unsigned of_four)
{
	int64_t delay = below(w, scale);

	while (scale < NSEC_PER_SEC && random_below(w->random, 4) < of_four) {
		scale *= 3;
		delay += below(w, scale);
	}
	return delay;
}

int64_t sim_delay(struct sim_world *w, bool back)
{
	struct sim_channel *c = &w->channel;
	int64_t least = back ? c->back : c->out;

	switch (c->way) {
	case SIM_JITTER:
		return least + tail(w, least, 1);
	case SIM_HEAVY:
		return least + tail(w, least, 3);
	case SIM_BURSTS:
		if (c->burst-- == 0) {
			c->slow = !c->slow;
			c->burst = (unsigned)below(w, 12);
		}
		return c->slow ? least * 50 + tail(w, least, 2) : least;
	case SIM_STALLS:
		return least + (below(w, 10) ? 0 : below(w, STALL_MOST));
	case SIM_ASYMMETRIC:
		return least + tail(w, least / 10 + 1, 1);
	case SIM_CONSTANT:
	case SIM_WAYS:
		break;
	}
	return least;
}

static void draw_channel(struct sim_world *w)
{
	int64_t least = INT64_C(5000) << below(w, 12); /* 5 us to 10 ms */

	w->channel = (struct sim_channel){
		.way = (enum sim_way)below(w, SIM_WAYS),
		.out = least,
		.back = least,
		.lost = below(w, 40) ? 0 : 30,
	};
	if (w->channel.way == SIM_ASYMMETRIC)
		*(below(w, 2) ? &w->channel.out : &w->channel.back) *= 1 + below(w, 1000);
}

static int lose(struct sim_world *w, struct error *err)
{
	return error_set(err, ERROR_TIMEOUT, 0, "lost at %lld", (long long)w->t);
}

static bool is_lost(struct sim_world *w)
{
	return w->channel.lost && random_below(w->random, 1000) < w->channel.lost;
}

/* --- Worlds. */

static int64_t draw_ppb(struct sim_world *w)
{
	switch (below(w, 3)) {
	case 0:
		return either_sign(w, DRIFT_PPB);
	case 1:
		return either_sign(w, below(w, DRIFT_PPB));
	default:
		return either_sign(w, below(w, 20000));
	}
}

/*
 * Mostly of one nanosecond. With coarse ticks reading takes longer, so that one is soon seen. The
 * guest's are those of Linux: counters whose ticks it does not tell (the way takes longer than one
 * of them), or jiffies.
 */
static void draw_ticks(struct sim_world *w)
{
	static const int64_t guest[] = { 42, 100, 280, JIFFY };
	static const int64_t host[] = { 42, 100, NSEC_PER_USEC, 100 * NSEC_PER_USEC };

	w->cost = 40 + below(w, 100);
	w->host.tick = w->guest.tick = 1;
	if (below(w, 8) == 0)
		w->guest.tick = guest[below(w, 4)];
	if (below(w, 16) == 0) {
		w->host.tick = host[below(w, 4)];
		w->cost = time_max(w->cost, w->host.tick / 4);
	}
}

void sim_begin(struct sim_world *w, struct random *random)
{
	memset(w, 0, offsetof(struct sim_world, marks));
	w->asked = w->kernel_calls = 0;
	w->slowest = w->coarsest = w->still = 0;
	w->clock = (struct clock){ .now = host_now, .monotonic = host_monotonic };
	w->random = random;
	w->host.ppb = either_sign(w, below(w, 90000));
	w->guest.ppb = w->host.ppb + draw_ppb(w);
	/* Relative to a host that is slow they would be a little faster than is assumed. */
	w->guest.ppb -= w->guest.ppb / 10000;
	w->host.monotonic = below(w, 30 * NSEC_PER_DAY);
	w->guest.monotonic = below(w, 30 * NSEC_PER_DAY);
	w->host.realtime = EPOCH + below(w, NSEC_PER_SEC);
	w->utc.realtime = w->host.realtime + either_sign(w, random_magnitude(random) >> 20);
	w->guest.realtime = w->host.realtime + either_sign(w, random_magnitude(random) >> 14);
	w->digits = (int)below(w, 10);
	draw_ticks(w);
	draw_channel(w);
}

/* From what can hardly be seen to days. */
static int64_t draw_amount(struct sim_world *w)
{
	int64_t amount = 100;

	for (int64_t more = below(w, 12); more > 0; more--)
		amount *= 10;
	return amount + below(w, amount * 9);
}

void sim_event_draw(struct sim_world *w, unsigned within)
{
	w->event = (enum sim_event)(1 + below(w, SIM_EVENTS - 1));
	w->by = draw_amount(w);
	if (w->event == SIM_GUEST_STEP || w->event == SIM_HOST_STEP)
		w->by = either_sign(w, w->by);
	w->in = 1 + (unsigned)below(w, within);
}

/* --- Asking. */

static struct sim_mark *go_out(struct sim_world *w, int64_t *began)
{
	struct sim_mark *mark = &w->marks[w->asked++ % SIM_MARKS];

	*began = w->t - w->still;
	mark->sent = w->clock.monotonic(&w->clock);
	mark->offset_sent = w->offset_read;
	mark->utc_sent = w->utc_read;
	return mark;
}

static void come_back(struct sim_world *w, struct sim_mark *mark, int64_t began)
{
	mark->answered = w->clock.monotonic(&w->clock);
	mark->offset_answered = w->offset_read;
	mark->utc_answered = w->utc_read;
	w->slowest = time_max(w->slowest, w->t - w->still - began);
}

struct wire_reply sim_request(struct sim_helper *h, struct wire_request request, struct exchange *x)
{
	struct sim_world *w = h->world;
	uint8_t in[WIRE_REQUEST_SIZE], out[WIRE_REPLY_SIZE];
	struct wire_request there;
	struct wire_reply reply;
	int64_t began;
	struct sim_mark *mark = go_out(w, &began);

	request.sequence = ++h->sequence;
	wire_request_put(in, &request);
	sim_pass(w, sim_delay(w, false));
	int64_t received = guest_realtime(h);

	(void)wire_request_get(in, &there);
	serve(&h->state, &h->kernel, &there, received, &reply);
	sim_pass(w, below(w, THERE_MOST));
	reply.sent = guest_realtime(h);
	wire_reply_put(out, &reply);
	sim_pass(w, sim_delay(w, true));
	(void)wire_reply_get(out, &reply);
	come_back(w, mark, began);
	*x = (struct exchange){
		.sent = mark->sent,
		.answered = mark->answered,
		.received = reply.received,
		.replied = reply.sent,
		.resolution = reply.resolution,
	};
	return reply;
}

int sim_ask_helper(void *ctx, struct exchange *x, struct wire_reply *reply, struct error *err)
{
	struct sim_helper *h = ctx;

	if (is_lost(h->world))
		return lose(h->world, err);
	*reply = sim_request(h, (struct wire_request){ .op = WIRE_PING }, x);
	return 0;
}

/* As Go writes it: so many digits, and no zeros at their end. */
static int64_t unit_of(int64_t realtime, int digits)
{
	int64_t unit = NSEC_PER_SEC;

	for (int i = 0; i < digits; i++)
		unit /= 10;
	realtime = cut(realtime, unit);
	while (unit < NSEC_PER_SEC && realtime % (unit * 10) == 0)
		unit *= 10;
	return unit;
}

int sim_ask_info(void *ctx, struct exchange *x, struct wire_reply *reply, struct error *err)
{
	struct sim_world *w = ctx;
	int64_t began;
	struct sim_mark *mark;

	(void)reply;
	if (is_lost(w))
		return lose(w, err);
	mark = go_out(w, &began);
	sim_pass(w, sim_delay(w, false));
	int64_t time = sim_realtime(w, &w->guest);
	int64_t unit = unit_of(time, w->digits);

	w->coarsest = time_max(w->coarsest, unit);
	sim_pass(w, sim_delay(w, true));
	come_back(w, mark, began);
	*x = (struct exchange){
		.sent = mark->sent,
		.answered = mark->answered,
		.received = cut(time, unit),
		.replied = cut(time, unit),
		.resolution = unit,
	};
	return 0;
}
