/* SPDX-License-Identifier: Apache-2.0 */
/* From docker's global flags to an engine that answers, for every verb alike. */
#ifndef PLUGINS_TIMESYNC_CONNECT_H
#define PLUGINS_TIMESYNC_CONNECT_H

#include "common/cli/verb.h"
#include "common/client/cancel.h"
#include "common/client/docker_config.h"
#include "common/client/endpoint.h"
#include "common/client/engine.h"

struct connection {
	struct cli *cli;
	const char *verb; /* for traces: "check" */
	struct docker_config config;
	struct endpoint endpoint;
	struct cancel *cancel;
	int64_t answer_deadline; /* ns, of the next dial's engine; 0: the client's own */
	struct engine *engine;   /* NULL until connection_dial(), and after connection_hang_up() */
};

/* Chooses the endpoint and installs the handlers of signals; talks to nobody. verb is borrowed. */
int connection_init(struct connection *c, struct cli *cli, const char *verb, struct error *err)
	must_check;
/* Opens c->engine anew. deadline: ns to connect; 0: the client's own. Errors: engine_open()'s. */
int connection_dial(struct connection *c, int64_t deadline, struct error *err) must_check;
void connection_hang_up(struct connection *c);
/* Safe on a zeroed one, and twice. Sessions and attached streams have to be closed before. */
void connection_release(struct connection *c);
#define scoped_connection scoped(connection_release) struct connection

/* Pure: whether the engine may be on somebody's server: ssh always, tcp and TLS beyond loopback
 * (127.0.0.0/8, ::1, "localhost" and names below it). */
bool endpoint_is_remote(const struct endpoint *endpoint);

#endif
