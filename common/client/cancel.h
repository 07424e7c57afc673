/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Being told to stop: SIGINT, SIGTERM, SIGHUP, or docker going away (end of file on the CLI plugin
 * socket). One object per program; every wait of the client library watches its descriptor.
 */
#ifndef COMMON_CLIENT_CANCEL_H
#define COMMON_CLIENT_CANCEL_H

#include <stdbool.h>

#include "common/base/error.h"

struct cancel;

/*
 * Installs the signal handlers and connects to the plugin socket. socket_name is the value of
 * DOCKER_CLI_PLUGIN_SOCKET ("@docker_cli_<hex>": abstract; or a path), NULL or "" if there is none;
 * one that cannot be reached is not an error (docker then just has to wait for us). A second
 * one of the same signal ends the program at once. System calls are restarted (SA_RESTART): who
 * waits for a person polls cancel_fd() beside the terminal. One at a time in a process.
 */
int cancel_open(struct cancel **out, const char *socket_name, struct error *err) must_check;
/* Restores the handlers. */
void cancel_close(struct cancel **cancel);
#define scoped_cancel scoped(cancel_close) struct cancel

/* Readable (for poll) once cancelled, and stays so. */
int cancel_fd(const struct cancel *cancel);
/* Looks, without waiting. cancel may be NULL: never cancelled. */
bool cancel_requested(struct cancel *cancel);
/* The signal that asked, 0 if docker went away or nothing asked. */
int cancel_signal(const struct cancel *cancel);
/* error_set(ERROR_CANCELLED) that says by what. Returns -1. */
int cancel_error(const struct cancel *cancel, struct error *err);

#endif
