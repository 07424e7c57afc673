/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A world in which time is a number: a host, an engine's machine (the guest) and the way between
 * them. Whatever reads a clock or travels takes time; nothing waits. The true offset is known at
 * every moment.
 *
 * The truth is in whole nanoseconds, with one more or less where a rate is rounded: SIM_ROUNDING.
 */
#ifndef TESTS_UNIT_TIMESYNC_SIM_CLOCKS_H
#define TESTS_UNIT_TIMESYNC_SIM_CLOCKS_H

#include "plugins/timesync/helper/serve.h"
#include "plugins/timesync/measuring.h"
#include "tests/unit/random.h"

#define SIM_ROUNDING 4
#define SIM_BOOT_ID  7 /* of the guest's kernel */

/* MONOTONIC and REALTIME as they were at true time `since`; both run at 1 + ppb / 10^9. */
struct sim_machine {
	int64_t since, monotonic, realtime;
	int64_t ppb;
	int64_t tick; /* readings are cut to multiples of it */
};

/* How the way behaves; each run has one of these. */
enum sim_way {
	SIM_CONSTANT,
	SIM_JITTER,     /* a tail that falls off */
	SIM_HEAVY,      /* one that hardly does */
	SIM_ASYMMETRIC, /* one direction takes up to a thousand times as long */
	SIM_BURSTS,     /* quick for a while, then slow for a while */
	SIM_STALLS,     /* somebody is not scheduled, also in the middle of reading clocks */
	SIM_WAYS
};

struct sim_channel {
	enum sim_way way;
	int64_t out, back; /* the least that each direction takes */
	unsigned burst;    /* exchanges that the present mood lasts */
	bool slow;
	unsigned lost; /* of 1000 exchanges; each ends what it is part of, as a timeout does */
};

enum sim_event {
	SIM_NOTHING,
	SIM_GUEST_STEP,
	SIM_HOST_STEP,
	SIM_GUEST_PAUSE,  /* the machine stands still, both its clocks with it */
	SIM_HOST_SUSPEND, /* MONOTONIC stands still, REALTIME does not */
	SIM_EVENTS
};

/* What was true as an exchange went out and as its answer came. */
struct sim_mark {
	int64_t sent, answered; /* host MONOTONIC as read */
	int64_t offset_sent, offset_answered;
	int64_t utc_sent, utc_answered; /* guest REALTIME minus UTC */
};
#define SIM_MARKS 512

struct sim_world {
	struct clock clock; /* the host's; first, so that it leads here */
	struct random *random;
	int64_t t; /* true time, ns */
	struct sim_machine host, guest;
	struct sim_machine utc; /* a third clock, which is right by definition */
	struct sim_channel channel;
	int64_t offset_read, utc_read; /* what was true as the host's MONOTONIC was last read */
	int64_t cost;                  /* of reading a clock, at most, unless somebody stalls */

	/* One thing that happens by itself, after so many moments have passed. */
	enum sim_event event;
	int64_t by;
	unsigned in; /* 0: it has happened, or nothing will */

	/* The kernel's slew: what is gained on top until then. */
	int64_t slew_ppb, slew_until;

	int digits; /* of the fraction of SystemTime, at most */
	/* Called at each call of the guest's kernel, for who wants to come between; may be NULL. */
	void (*between)(void *ctx);
	void *between_ctx;

	struct sim_mark marks[SIM_MARKS];
	unsigned asked;   /* exchanges; the last is marks[(asked - 1) % SIM_MARKS] */
	int64_t slowest;  /* of them since sim_begin(), without `still` */
	int64_t still;    /* how long a machine stood still */
	int64_t coarsest; /* unit of SystemTime that was told */
	unsigned kernel_calls;
};

/* A world with clocks, rates within the assumed drift, and a way, all by chance. */
void sim_begin(struct sim_world *w, struct random *random);
/* Draws what will happen, within the next `within` moments. */
void sim_event_draw(struct sim_world *w, unsigned within);
/* Time passes; one moment. */
void sim_pass(struct sim_world *w, int64_t ns);
/* Guest REALTIME minus host REALTIME, now. */
int64_t sim_offset(const struct sim_world *w);
/* What a clock shows now, uncut. */
int64_t sim_realtime(const struct sim_world *w, const struct sim_machine *machine);
/* One direction. */
int64_t sim_delay(struct sim_world *w, bool back);
void sim_guest_step(struct sim_world *w, int64_t by);

/* The helper's side, on the guest's clocks. */
struct sim_helper {
	struct sim_world *world;
	struct serve_kernel kernel;
	struct serve_state state;
	uint64_t sequence;
	unsigned steps; /* calls that changed the clock */
};
void sim_helper_start(struct sim_helper *h, struct sim_world *w);
/* One request, there and back. */
struct wire_reply sim_request(struct sim_helper *h, struct wire_request request,
			      struct exchange *x);

/* For struct measuring: ctx is a sim_helper, or the sim_world itself. */
int sim_ask_helper(void *ctx, struct exchange *x, struct wire_reply *reply, struct error *err);
int sim_ask_info(void *ctx, struct exchange *x, struct wire_reply *reply, struct error *err);

#endif
