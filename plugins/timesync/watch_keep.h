/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What watch keeps between two looks: the connection to the engine, and an idle helper attached to
 * it, of which an answer may be out for as long as the engine's machine stands still.
 */
#ifndef PLUGINS_TIMESYNC_WATCH_KEEP_H
#define PLUGINS_TIMESYNC_WATCH_KEEP_H

#include "plugins/timesync/connect.h"
#include "plugins/timesync/session.h"

/* What one look at the engine's clock has shown. */
struct watch_sight {
	struct interval offset; /* engine minus host, now */
	enum method method;
	int64_t delay; /* ns that the answer was under way: long ones tell that it stood still */
};

struct watch_keep {
	struct connection *connection; /* borrowed */
	const struct clock *clock;
	/* Somebody just woke up: connections may be dead, and are not waited for as long. */
	bool hurry;
	struct session *session; /* the helper; NULL: none */
	/* A beat whose answer is out, and the host's clocks when it went. */
	bool beating;
	int64_t beat_anchor;
};

/* Opens the connection anew. Errors: connection_dial()'s. */
int watch_keep_dial(struct watch_keep *k, struct error *err) must_check;
/* A look by GET /info. Errors: measure_info()'s. */
int watch_keep_info(struct watch_keep *k, struct watch_sight *out, struct error *err) must_check;

/* A look by the helper in two halves: sends, unless an answer is still out; takes what came. */
int watch_keep_beat(struct watch_keep *k, struct error *err) must_check;
enum watch_heard {
	WATCH_HEARD_DEAD = -1, /* err; watch_keep_lose() is due */
	WATCH_HEARD_NOTHING,   /* not yet */
	WATCH_HEARD_ANSWER,    /* *out */
	WATCH_HEARD_TORN,      /* an answer that says nothing: a clock stepped meanwhile */
};
enum watch_heard watch_keep_heard(struct watch_keep *k, struct watch_sight *out, struct error *err);

/*
 * The answer is overdue. Asks the engine over a connection of its own, and then the helper gets
 * half a second more. *lost is false if it spoke (or its stream says why not): everything is as it
 * was. True if the engine answers and the helper does not: it is abandoned, and the new connection
 * has taken the old one's place. -1: the engine does not answer either; nothing has changed, since
 * both may stand still together.
 */
int watch_keep_probe(struct watch_keep *k, bool *lost, struct error *err) must_check;

/* Gives up helper and connection without waiting for either. */
void watch_keep_lose(struct watch_keep *k);
/* Ends the helper and waits for its end. */
void watch_keep_close(struct watch_keep *k);

#endif
