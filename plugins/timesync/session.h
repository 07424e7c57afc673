/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One helper container on an engine, from create to removed: measuring, setting, measuring again
 * over one attached stream.
 *
 * The container has no network, a read-only root, no new privileges, no logs, user 0, all
 * capabilities dropped (but SYS_TIME if it is to set), is removed by the engine when it ends and is
 * labelled SESSION_LABEL. It ends by itself at end of file, so that nothing is left running however
 * we end.
 */
#ifndef PLUGINS_TIMESYNC_SESSION_H
#define PLUGINS_TIMESYNC_SESSION_H

#include "common/base/alloc.h"
#include "plugins/timesync/decide.h"
#include "plugins/timesync/helper/wire.h"
#include "plugins/timesync/measure.h"

#define SESSION_LABEL "io.github.docker-hygiene.timesync"

struct session;

struct session_options {
	const struct clock *clock;
	const char *arch; /* of the engine, for helper_image_choose() */
	bool set;         /* with SYS_TIME */
	/* This kernel's boot ID (common/os/boot_id.h); all zeros: not known, and then the helper
	 * sets nothing. */
	uint8_t boot_id[WIRE_BOOT_ID_SIZE];
	bool selinux;     /* SecurityOptions of /info say so: a start that fails is tried again
			     without labels */
	int64_t deadline; /* ns for each answer, three times that for the start; 0: 30 s */
};

/* What the helper said at its hello. */
struct session_hello {
	enum kernels kernels;
	bool can_set, init_userns, can_read_timex;
	bool synchronised;    /* STA_UNSYNC clear; false if not readable */
	int64_t kernel_error; /* maxerror, ns */
	int64_t slew_left;    /* ns */
};

/*
 * Creates (loading the image first where it is not there), attaches, starts, says hello. The first
 * create is tried without looking for the image: where the helper was used before that saves a
 * request. Errors: those of the engine, wrapped with what was being done; ERROR_PROTOCOL (the
 * helper does not speak), ERROR_TIMEOUT. Nothing is left behind on failure.
 */
int session_open(struct session **out, struct engine *engine, const struct session_options *options,
		 struct error *err) must_check;

/* Borrowed, valid until close. */
const struct session_hello *session_hello(const struct session *session);

/* Says hello again, for who keeps a session: what the kernel says of its clock is then of now.
 * Errors: those of session_measure(). */
int session_greet(struct session *session, struct error *err) must_check;

/*
 * Exchanges until the interval stops shrinking: at least 8, at most 64, at most about 250 ms beyond
 * the eighth. After a step (of either clock) begins again, up to 3 times, then ERROR_CONFLICT.
 * Errors: ERROR_TIMEOUT, ERROR_UNREACHABLE (the stream ended; with the helper's own exit status if
 * the engine tells), ERROR_PROTOCOL.
 */
int session_measure(struct session *session, struct measurement *out, struct error *err) must_check;

struct session_set {
	enum wire_status status;
	int error; /* errno of WIRE_FAILED (Linux numbers) */
};

/*
 * One request to step or slew the engine's clock by delta, only if nobody stepped it since m was
 * measured. A refusal is no error: it stands in out.
 */
int session_set(struct session *session, const struct measurement *m, enum wire_mode mode,
		int64_t delta, struct session_set *out, struct error *err) must_check;
/* What is asked then: pure. */
struct wire_request session_set_request(const struct measurement *m, enum wire_mode mode,
					int64_t delta);

/*
 * For who keeps a session open (watch): one exchange at a time without waiting for it.
 * session_beat() sends; session_fd() is readable when something came (watch for POLLIN);
 * session_heard() takes what came: 1 with *x filled, 0 not yet, -1 with err (the session is dead).
 * A beat whose answer is overdue is simply still to come: no second one is sent meanwhile.
 */
int session_beat(struct session *session, struct error *err) must_check;
int session_fd(const struct session *session);
int session_heard(struct session *session, struct exchange *x, int64_t *engine_anchor,
		  struct error *err) must_check;

/* Ends the helper (end of file), waits until the engine has removed the container (at most 5 s),
 * else removes it by force. Safe on NULL and twice. */
void session_close(struct session **session);
#define scoped_session scoped(session_close) struct session

/*
 * The same without waiting and without a word to the engine, for a connection that is likely dead:
 * the helper ends by itself at end of file or for want of requests, and the engine removes it.
 */
void session_abandon(struct session **session);

/*
 * Removes containers with SESSION_LABEL that are left of runs that were killed: those that have
 * ended, and those that never started and were created more than 10 minutes ago, both by the
 * engine's clock and by the label, which holds the creating machine's (seconds since 1970). Never a
 * running one (it ends by itself, or belongs to somebody's watch). *removed: how many.
 */
int session_sweep(struct engine *engine, int64_t engine_now, int64_t host_now, size_t *removed,
		  struct error *err) must_check;

#endif
