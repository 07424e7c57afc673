/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/watch_keep.h"

#include <poll.h>

#define ANSWER_DEADLINE (30 * NSEC_PER_SEC)
#define HURRY_CONNECT   (3 * NSEC_PER_SEC)
#define HURRY_ANSWER    (10 * NSEC_PER_SEC)
#define LAST_CHANCE_MS  500

int watch_keep_dial(struct watch_keep *k, struct error *err)
{
	k->connection->answer_deadline = k->hurry ? HURRY_ANSWER : ANSWER_DEADLINE;
	return connection_dial(k->connection, k->hurry ? HURRY_CONNECT : 0, err);
}

int watch_keep_info(struct watch_keep *k, struct watch_sight *out, struct error *err)
{
	struct measurement m;

	if (measure_info(&m, k->connection->engine, k->clock, 1, NULL, err) < 0)
		return -1;
	*out = (struct watch_sight){
		.offset = measurement_at(&m, k->clock->monotonic(k->clock)),
		.method = METHOD_INFO,
		.delay = m.delay,
	};
	return 0;
}

int watch_keep_beat(struct watch_keep *k, struct error *err)
{
	int64_t resolution;

	if (k->beating)
		return 0;
	k->beat_anchor = host_anchor(k->clock, &resolution);
	if (session_beat(k->session, err) < 0)
		return -1;
	k->beating = true;
	return 0;
}

/* What the exchange says of the offset now; false: nothing. */
static bool understand(const struct watch_keep *k, const struct exchange *x,
		       struct watch_sight *out)
{
	int64_t resolution;
	int64_t anchor = host_anchor(k->clock, &resolution);
	int64_t moved = time_diff(anchor, k->beat_anchor);
	struct estimate e;

	/* A host that slept or was set between question and answer: they are of two clocks. */
	if (moved > HOST_STEP || moved < -HOST_STEP)
		return false;
	estimate_init(&e, anchor, resolution);
	if (estimate_add(&e, x) != ESTIMATE_OK)
		return false;
	*out = (struct watch_sight){
		.offset = estimate_at(&e, k->clock->monotonic(k->clock)),
		.method = METHOD_HELPER,
		.delay = e.delay,
	};
	return true;
}

enum watch_heard watch_keep_heard(struct watch_keep *k, struct watch_sight *out, struct error *err)
{
	struct exchange x;
	int64_t engine_anchor;
	int rc = session_heard(k->session, &x, &engine_anchor, err);

	if (rc < 0)
		return WATCH_HEARD_DEAD;
	if (rc == 0)
		return WATCH_HEARD_NOTHING;
	k->beating = false;
	return understand(k, &x, out) ? WATCH_HEARD_ANSWER : WATCH_HEARD_TORN;
}

/* Whether the helper has something to say, or its connection an end to tell. */
static bool speaks(const struct watch_keep *k)
{
	struct pollfd fd = { .fd = session_fd(k->session), .events = POLLIN };

	return poll(&fd, 1, LAST_CHANCE_MS) > 0;
}

int watch_keep_probe(struct watch_keep *k, bool *lost, struct error *err)
{
	struct engine *old = take_ptr(k->connection->engine);
	int rc = watch_keep_dial(k, err);

	*lost = rc == 0 && !speaks(k);
	if (*lost) {
		session_abandon(&k->session);
		k->beating = false;
		engine_close(&old);
		return 0;
	}
	connection_hang_up(k->connection);
	k->connection->engine = old;
	return rc;
}

void watch_keep_lose(struct watch_keep *k)
{
	session_abandon(&k->session);
	k->beating = false;
	connection_hang_up(k->connection);
}

void watch_keep_close(struct watch_keep *k)
{
	session_close(&k->session);
	k->beating = false;
}
