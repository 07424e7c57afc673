/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events of watch, as lines for people and documents for machines. Pure.
 */
#ifndef PLUGINS_TIMESYNC_WATCH_TELL_H
#define PLUGINS_TIMESYNC_WATCH_TELL_H

#include <jansson.h>

#include "common/base/buf.h"
#include "plugins/timesync/report.h"

#define WATCH_NEWS(X)                                                                           \
	X(STARTED, "started")                                                                   \
	X(SAME_CLOCK, "same-clock") /* nothing to do with this engine: it has this clock */     \
	X(WOKE, "woke")             /* this machine slept, its clock was set, or the engine     \
				       stood still */                                           \
	X(OFF, "off")               /* the engine's clock is off; what is done follows.         \
				       No line for people */                                    \
	X(CORRECTED, "corrected")   /* and measured again */                                    \
	X(REFUSED, "refused")       /* left as it is, on purpose or because it cannot be set */ \
	X(UNREACHABLE, "unreachable")                                                           \
	X(REACHABLE, "reachable")                                                               \
	X(HOST_WRONG, "host-wrong") /* --verify: this machine's clock is the wrong one */       \
	X(UNVERIFIED, "unverified") /* --verify: the reference does not answer */               \
	X(HELPER_LOST, "helper-lost")                                                           \
	X(STOPPED, "stopped")
enum watch_news_kind {
#define WATCH_NEWS_ENUM(kind, name) WATCH_NEWS_##kind,
	WATCH_NEWS(WATCH_NEWS_ENUM)
#undef WATCH_NEWS_ENUM
};

/* Strings are borrowed; members that a kind does not name do not count. */
struct watch_news {
	enum watch_news_kind kind;
	int64_t time; /* host REALTIME */
	/* STARTED: the engine's address. REFUSED, UNREACHABLE, UNVERIFIED, HELPER_LOST: why.
	 * HOST_WRONG: the reference. STOPPED: by what. */
	const char *text;
	/* For machines. REFUSED: reason_name() or cannot_name(). UNREACHABLE, UNVERIFIED,
	 * HELPER_LOST: error_name(). */
	const char *name;
	/* STARTED: between two looks, and whether a helper is to be kept. */
	int64_t interval;
	bool helper;
	/* OFF, CORRECTED, REFUSED: engine minus host, with the method it was measured by;
	 * HOST_WRONG: host minus reference. */
	struct interval offset;
	enum method method;
	/* CORRECTED: measured again (has_after); slewed: the kernel is still at it. */
	struct interval after;
	bool has_after, slewed;
	int64_t took;
	/* WOKE, CORRECTED (what went before it): ns; 0: was not. */
	int64_t slept, stepped, paused;
	int64_t since_wake; /* CORRECTED: ns from noticing the wake-up; TIME_NONE: there was none */
	int64_t away;       /* REACHABLE: ns since it was last heard */
};

const char *watch_news_name(enum watch_news_kind kind);
/*
 * "2026-11-24 04:10:03 engine was 40.0 s behind after a sleep of 41 s: corrected, now 0.4 ms ahead
 * (±1.9 ms), 800 ms after waking", in UTC, with the newline. Nothing for what is not for people.
 */
void watch_news_text(const struct watch_news *news, struct buf *out);
/* Members: time, event, and those of the kind, in ns where they end in _ns. Owned by the caller. */
json_t *watch_news_json(const struct watch_news *news);

#endif
