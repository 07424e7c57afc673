/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and replies over the attached stream. */
#include <poll.h>
#include <string.h>

#include "plugins/timesync/session_internal.h"

static int64_t monotonic(const struct session *s)
{
	return s->options.clock->monotonic(s->options.clock);
}

/* *got: bytes that came, 0 if none are there. *at is valid where *got is not 0. */
static int receive(struct session *s, int64_t deadline, size_t *got, int64_t *at, struct error *err)
{
	if (attach_receive(s->attach, s->reply + s->reply_len, WIRE_REPLY_SIZE - s->reply_len,
			   deadline, got, at, err) < 0)
		return -1;
	s->reply_len += *got;
	return 0;
}

/* Takes the whole reply out of the buffer. */
static int take(struct session *s, struct wire_reply *reply, struct error *err)
{
	s->reply_len = 0;
	if (wire_reply_get(s->reply, reply) < 0)
		return error_set(err, ERROR_PROTOCOL, 0,
				 "the helper sent something that is no reply");
	return 0;
}

/* Waits without looking whether we were told to stop: what was asked for happens anyway, and who
 * asked must hear of it. */
static int receive_stubborn(struct session *s, int64_t until, size_t *got, int64_t *at,
			    struct error *err)
{
	for (;;) {
		struct pollfd fd = { .fd = attach_fd(s->attach), .events = POLLIN };
		int64_t left = until - monotonic(s);

		if (receive(s, 0, got, at, err) < 0)
			return -1;
		if (*got)
			return 0;
		if (left <= 0)
			return error_set(err, ERROR_TIMEOUT, 0, "the helper does not answer");
		(void)!poll(&fd, 1,
			    (int)(left / NSEC_PER_MSEC < 1000 ? left / NSEC_PER_MSEC + 1 : 1000));
	}
}

/* Returns -1. */
static int broken(struct session *s, struct error *err)
{
	if (err->kind == ERROR_UNREACHABLE)
		session_ended(s, err);
	return -1;
}

static int await_reply(struct session *s, bool stubborn, struct wire_reply *reply, int64_t *at,
		       struct error *err)
{
	int64_t until = monotonic(s) + s->options.deadline;

	while (s->reply_len < WIRE_REPLY_SIZE) {
		int64_t left = until - monotonic(s);
		size_t got;
		int rc;

		if (left <= 0)
			return error_set(err, ERROR_TIMEOUT, 0, "the helper does not answer");
		rc = stubborn ? receive_stubborn(s, until, &got, at, err)
			      : receive(s, left, &got, at, err);
		if (rc < 0)
			return broken(s, err);
	}
	return take(s, reply, err);
}

static int check_reply(const struct wire_request *request, const struct wire_reply *reply,
		       struct error *err)
{
	if (reply->sequence != request->sequence || reply->op != request->op)
		return error_set(err, ERROR_PROTOCOL, 0,
				 "the helper answered something that was not asked");
	return 0;
}

static int send_request(struct session *s, struct wire_request *request, int64_t *sent,
			struct error *err)
{
	uint8_t bytes[WIRE_REQUEST_SIZE];

	request->sequence = ++s->sequence;
	wire_request_put(bytes, request);
	*sent = monotonic(s);
	if (attach_send(s->attach, bytes, sizeof(bytes), s->options.deadline, err) < 0)
		return broken(s, err);
	return 0;
}

/* The answer to a beat that nobody has heard yet comes first. */
static int drain_beat(struct session *s, struct error *err)
{
	struct wire_reply reply;
	int64_t at;

	if (!s->beating)
		return 0;
	if (await_reply(s, false, &reply, &at, err) < 0)
		return -1;
	s->beating = false;
	return reply.sequence == s->beat
		       ? 0
		       : error_set(err, ERROR_PROTOCOL, 0,
				   "the helper answered something that was not asked");
}

int session_exchange(struct session *s, struct wire_request *request, struct wire_reply *reply,
		     int64_t *sent, int64_t *got, struct error *err)
{
	struct wire_reply answer;
	int64_t began, ended = 0;

	if (drain_beat(s, err) < 0 || send_request(s, request, &began, err) < 0 ||
	    await_reply(s, request->op == WIRE_SET, &answer, &ended, err) < 0 ||
	    check_reply(request, &answer, err) < 0)
		return -1;
	*reply = answer;
	if (sent)
		*sent = began;
	if (got)
		*got = ended;
	return 0;
}

struct exchange session_exchange_of(const struct wire_reply *reply, int64_t sent, int64_t got)
{
	return (struct exchange){
		.sent = sent,
		.answered = got,
		.received = reply->received,
		.replied = reply->sent,
		.resolution = reply->resolution ? reply->resolution : 1,
	};
}

int session_beat(struct session *s, struct error *err)
{
	struct wire_request request = { .op = WIRE_PING };

	if (s->beating)
		return 0;
	if (send_request(s, &request, &s->beat_sent, err) < 0)
		return -1;
	s->beating = true;
	s->beat = request.sequence;
	return 0;
}

int session_fd(const struct session *s)
{
	return attach_fd(s->attach);
}

int session_heard(struct session *s, struct exchange *x, int64_t *engine_anchor, struct error *err)
{
	struct wire_reply reply;
	int64_t at = 0;
	size_t got;

	while (s->reply_len < WIRE_REPLY_SIZE) {
		if (receive(s, 0, &got, &at, err) < 0)
			return broken(s, err);
		if (!got)
			return 0;
	}
	if (take(s, &reply, err) < 0)
		return -1;
	if (!s->beating || reply.sequence != s->beat || reply.op != WIRE_PING)
		return error_set(err, ERROR_PROTOCOL, 0,
				 "the helper answered something that was not asked");
	s->beating = false;
	*x = session_exchange_of(&reply, s->beat_sent, at);
	*engine_anchor = reply.anchor;
	return 1;
}
