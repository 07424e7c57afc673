/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges with the helper until they tell nothing new. */
#include "plugins/timesync/rounds.h"
#include "plugins/timesync/session_internal.h"

#define RESTARTS_MOST 3

/* One measurement from its begin; *stepped: a clock did meanwhile, and *r is of no use. */
static int measure_once(struct session *s, struct rounds *r, bool *stepped, struct error *err)
{
	const struct clock *clock = s->options.clock;
	int64_t resolution, anchor = host_anchor(clock, &resolution);
	enum rounds_result result = ROUNDS_MORE;

	rounds_begin(r, anchor, resolution, s->slewing);
	while (result == ROUNDS_MORE) {
		struct wire_request request = { .op = WIRE_PING };
		struct wire_reply reply;
		int64_t sent, got;

		if (session_exchange(s, &request, &reply, &sent, &got, err) < 0)
			return -1;
		const struct exchange x = session_exchange_of(&reply, sent, got);

		result = rounds_add(r, &x, &reply, clock->monotonic(clock));
	}
	anchor = host_anchor(clock, &resolution);
	*stepped = result == ROUNDS_STEPPED || !rounds_end(r, anchor, resolution);
	return 0;
}

int session_measure(struct session *session, struct measurement *out, struct error *err)
{
	struct rounds r;
	unsigned restarts = 0;
	bool stepped;

	for (;;) {
		if (measure_once(session, &r, &stepped, err) < 0)
			return error_wrap(err, "measuring through the helper");
		if (!stepped)
			break;
		if (restarts++ == RESTARTS_MOST)
			return error_set(err, ERROR_CONFLICT, 0,
					 "the engine's clock or this machine's is stepped all the "
					 "time, and cannot be measured");
	}
	*out = (struct measurement){
		.method = METHOD_HELPER,
		.offset = r.estimate.offset,
		.when = r.estimate.when,
		.anchor = r.estimate.anchor,
		.samples = r.estimate.samples,
		.delay = r.estimate.delay,
		.restarts = restarts,
		.engine_anchor = interval_offset(r.engine_anchor),
		.engine_anchor_width = interval_bound(r.engine_anchor),
	};
	return 0;
}
