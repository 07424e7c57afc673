/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/session.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/json.h"
#include "plugins/timesync/session_internal.h"

/* linux/timex.h, whatever system this runs on. */
#define LINUX_STA_UNSYNC 0x0040

/* The engine's clock may have moved by this much between measuring and setting without anybody
 * minding: what is set would be off by no more. */
#define MOVED_MOST (1 * NSEC_PER_MSEC)

/* But never as much as somebody else's correction of the same offset. */
static int64_t may_have_moved(int64_t bound, int64_t delta)
{
	int64_t half = delta < 0 ? -(delta / 2) : delta / 2;
	int64_t least = bound < MOVED_MOST ? bound : MOVED_MOST;

	return half < least ? half : least;
}

/* An engine of a busy machine takes its time over the first process of a container. */
#define START_PATIENCE 3

static int attach_and_start(struct session *s, struct error *err)
{
	scoped_str attach = engine_path("/containers/%p/attach?stream=1&stdin=1&stdout=1&stderr=1",
					s->id);
	scoped_str start = engine_path("/containers/%p/start", s->id);
	const struct engine_request request = {
		.method = "POST",
		.path = start,
		.deadline = START_PATIENCE * s->options.deadline,
	};
	scoped_json *answer = NULL;

	if (engine_attach(s->engine, attach, s->options.deadline, &s->attach, err) < 0)
		return error_wrap(err, "attaching to the helper's container");
	s->started = true;
	if (engine_call(s->engine, &request, "the engine's answer", &answer, err) == 0)
		return 0;
	/* Refused: it never ran, and nobody removes it but us. */
	if (err->kind != ERROR_CANCELLED && err->kind != ERROR_TIMEOUT)
		s->started = false;
	return error_wrap(err, "starting the helper");
}

struct session_hello session_understand(const struct session *s, const struct wire_reply *reply)
{
	struct session_hello hello = {
		.kernels = KERNELS_UNKNOWN,
		.can_set = reply->flags & WIRE_CAN_SET,
		.init_userns = reply->flags & WIRE_INIT_USERNS,
		.can_read_timex = reply->flags & WIRE_CAN_READ_TIMEX,
	};
	static const uint8_t none[WIRE_BOOT_ID_SIZE];
	bool known = memcmp(s->options.boot_id, none, sizeof(none)) != 0;
	bool same = memcmp(s->options.boot_id, reply->boot_id, sizeof(none)) == 0;

	/* Both sides compare, and have to agree before anything is set. */
	if (known && ((reply->flags & WIRE_KERNEL_SAME) || same))
		hello.kernels = KERNELS_SAME;
	else if (known && (reply->flags & WIRE_KERNELS_DIFFER) && !(reply->flags & WIRE_NO_BOOT_ID))
		hello.kernels = KERNELS_DIFFER;
	if (hello.can_read_timex) {
		hello.synchronised = !(reply->kernel_status & LINUX_STA_UNSYNC);
		hello.kernel_error = reply->max_error;
		hello.slew_left = reply->slew_left;
	}
	return hello;
}

int session_greet(struct session *s, struct error *err)
{
	struct wire_request request = { .op = WIRE_HELLO };
	struct wire_reply reply;

	memcpy(request.boot_id, s->options.boot_id, sizeof(request.boot_id));
	if (session_exchange(s, &request, &reply, NULL, NULL, err) < 0)
		return error_wrap(err, "greeting the helper");
	if (reply.status != WIRE_OK)
		return error_set(err, ERROR_PROTOCOL, 0, "the helper does not return the greeting");
	s->hello = session_understand(s, &reply);
	s->slewing = s->hello.slew_left != 0;
	return 0;
}

static int first_hello(struct session *s, struct error *err)
{
	if (session_greet(s, err) == 0)
		return 0;
	/* The engine answers; it is the container that does not run. */
	if (err->kind == ERROR_UNREACHABLE)
		err->kind = ERROR_REMOTE;
	return -1;
}

static void end(struct session *s)
{
	attach_close(&s->attach);
	session_remove(s);
	s->reply_len = 0;
	s->beating = false;
}

static int try_open(struct session *s, bool labels, struct error *err)
{
	if (session_create(s, labels, err) == 0 && attach_and_start(s, err) == 0 &&
	    first_hello(s, err) == 0)
		return 0;
	end(s);
	return -1;
}

/* Under SELinux a container may lack what others have; labels are the reason where it helps to
 * leave them out. */
static bool lacks(const struct session *s)
{
	return !s->hello.can_read_timex || (s->options.set && !s->hello.can_set);
}

static int open_by(struct session *s, struct error *err)
{
	struct error second = ERROR_INIT;

	if (try_open(s, true, err) == 0) {
		if (!s->options.selinux || !lacks(s))
			return 0;
		end(s);
		return try_open(s, false, err);
	}
	if (!s->options.selinux || err->kind == ERROR_CANCELLED || err->kind == ERROR_UNSUPPORTED ||
	    try_open(s, false, &second) < 0)
		return -1;
	error_clear(err);
	return 0;
}

int session_open(struct session **out, struct engine *engine, const struct session_options *options,
		 struct error *err)
{
	struct session *s = xcalloc(1, sizeof(*s));

	s->engine = engine;
	s->options = *options;
	s->options.arch = s->arch = xstrdup(options->arch);
	if (!s->options.deadline)
		s->options.deadline = SESSION_DEADLINE;
	if (open_by(s, err) < 0) {
		session_close(&s);
		return -1;
	}
	*out = s;
	return 0;
}

static void forget(struct session **session)
{
	struct session *s = take_ptr(*session);

	free(s->name);
	free(s->id);
	free(s->arch);
	free(s);
}

void session_close(struct session **session)
{
	if (!*session)
		return;
	end(*session);
	forget(session);
}

void session_abandon(struct session **session)
{
	if (!*session)
		return;
	attach_close(&(*session)->attach);
	forget(session);
}

const struct session_hello *session_hello(const struct session *session)
{
	return &session->hello;
}

struct wire_request session_set_request(const struct measurement *m, enum wire_mode mode,
					int64_t delta)
{
	return (struct wire_request){
		.op = WIRE_SET,
		.mode = (uint8_t)mode,
		.delta = delta,
		.expected = m->engine_anchor,
		.allowed = m->engine_anchor_width +
			   may_have_moved(interval_bound(m->offset), delta),
	};
}

int session_set(struct session *s, const struct measurement *m, enum wire_mode mode, int64_t delta,
		struct session_set *out, struct error *err)
{
	struct wire_request request = session_set_request(m, mode, delta);
	struct wire_reply reply;

	/* The helper refuses by itself; it is not even asked. */
	if (s->hello.kernels != KERNELS_DIFFER) {
		*out = (struct session_set){ .status = WIRE_NOT_COMPARED };
		return 0;
	}
	if (session_exchange(s, &request, &reply, NULL, NULL, err) < 0) {
		if (err->kind != ERROR_CANCELLED)
			error_hint(err, "whether it was set is not known");
		return error_wrap(err, "setting the engine's clock");
	}
	s->slewing = s->slewing || (reply.status == WIRE_OK && mode == WIRE_SLEW);
	*out = (struct session_set){ .status = (enum wire_status)reply.status,
				     .error = reply.error };
	return 0;
}
