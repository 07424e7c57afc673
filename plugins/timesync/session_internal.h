/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of a session; nobody else includes it. */
#ifndef PLUGINS_TIMESYNC_SESSION_INTERNAL_H
#define PLUGINS_TIMESYNC_SESSION_INTERNAL_H

#include "plugins/timesync/session.h"

#define SESSION_DEADLINE      (30 * NSEC_PER_SEC)
#define SESSION_GONE_DEADLINE (5 * NSEC_PER_SEC)

struct session {
	struct engine *engine; /* borrowed */
	struct session_options options;
	char *arch;
	struct session_hello hello;

	/* The container. Until the engine has told its ID (an answer may be lost to a signal) it is
	 * known by the name that we gave it. */
	char *name, *id;
	bool asked;   /* create was sent: there may be one */
	bool started; /* start was sent: it goes by itself at end of file */

	bool slewing; /* its kernel may be gaining or losing time on purpose */
	struct attach *attach;
	uint64_t sequence;
	uint8_t reply[WIRE_REPLY_SIZE];
	size_t reply_len;

	/* A beat whose answer is still to come. */
	bool beating;
	uint64_t beat;
	int64_t beat_sent;
};

static inline const char *session_container(const struct session *s)
{
	return s->id ? s->id : s->name;
}

/* session.c: what the reply to a greeting says. */
struct session_hello session_understand(const struct session *s, const struct wire_reply *reply);

/* session_create.c: the container is there, with the image loaded if it was not. labels: SELinux
 * labels stay on. Sets asked, name, id. */
int session_create(struct session *s, bool labels, struct error *err) must_check;
/* The body of POST /containers/create. Owned by the caller. */
json_t *session_create_body(const char *image, bool set, bool labels, int64_t now) must_check;

/* session_gone.c: the container is gone, however far it came: started ones are waited for, and
 * whatever else is removed by force. Not an error to anybody: what is left is swept later. */
void session_remove(struct session *s);
/* The helper has stopped talking: err says how it ended, as far as anybody knows. */
void session_ended(struct session *s, struct error *err);

/* session_talk.c: one request, one reply. *sent and *got (may be NULL) are host MONOTONIC right
 * before and right after. A request that changes something is waited for even when cancelled. */
int session_exchange(struct session *s, struct wire_request *request, struct wire_reply *reply,
		     int64_t *sent, int64_t *got, struct error *err) must_check;
struct exchange session_exchange_of(const struct wire_reply *reply, int64_t sent, int64_t got);

#endif
