/* SPDX-License-Identifier: Apache-2.0 */
/* What most verbs begin with: docker's configuration, the signals, the engine, the registries. */
#ifndef PLUGINS_HYGIENE_CONNECTION_H
#define PLUGINS_HYGIENE_CONNECTION_H

#include "common/cli/verb.h"
#include "common/client/engine.h"
#include "common/client/registry/registry.h"

#define HYGIENE_USER_AGENT "docker-hygiene"

/* Zeroed, then connection_open(). */
struct connection {
	struct cli *cli;
	struct docker_config config;
	struct cancel *cancel;
	struct endpoint endpoint;
	struct engine *engine;     /* NULL until connection_engine() */
	struct registry *registry; /* NULL until connection_registry() */
};
/* Configuration and signals. Errors: those of docker_config_open(), cancel_open(). */
int connection_open(struct connection *c, struct cli *cli, struct error *err) must_check;
void connection_close(struct connection *c);
#define scoped_connection scoped(connection_close) struct connection

/* endpoint is chosen even if nobody answers there. */
int connection_engine(struct connection *c, struct error *err) must_check;
/* A second engine, the same one, that signals do not end: for what must be finished. Owned. */
int connection_deeds(struct connection *c, struct engine **out, struct error *err) must_check;
/* max_wait: ns; 0: never wait. anonymous: asks nobody for credentials. */
int connection_registry(struct connection *c, int64_t max_wait, bool anonymous, struct error *err)
	must_check;

#endif
