/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines for ssh: one command on the host of an ssh:// endpoint. */
#ifndef COMMON_CLIENT_SSH_H
#define COMMON_CLIENT_SSH_H

#include "common/base/alloc.h"
#include "common/base/buf.h"
#include "common/client/endpoint.h"

#define SSH_ARGV 16

/* Appends one word, quoted for the shell that sshd gives the command to. */
void ssh_quote(struct buf *out, const char *word);

/* Fills argv (NULL-ended) with borrowed strings; made ones are owned by room. */
void ssh_argv(const char *argv[SSH_ARGV], struct strings *room, const struct endpoint *e,
	      const char *command);

#endif
