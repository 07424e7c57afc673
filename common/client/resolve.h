/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names to addresses, without waiting for a name server that does not answer.
 *
 * getaddrinfo(3) has no time limit, so it runs in a thread of its own. Not in a child process: that
 * would have to be a fork without exec, in which the resolvers of macOS do not work. Who no longer
 * wants the answer drops the job; the thread ends when getaddrinfo() does, and frees what is left.
 */
#ifndef COMMON_CLIENT_RESOLVE_H
#define COMMON_CLIENT_RESOLVE_H

#include <netdb.h>

#include "common/base/error.h"

struct resolve;

/*
 * Begins; socktype is SOCK_DGRAM or SOCK_STREAM. Numeric addresses are answered at once, without a
 * thread. Errors: ERROR_IO (no thread, no descriptors).
 */
int resolve_start(struct resolve **out, const char *host, int port, int socktype, struct error *err)
	must_check;

/* Readable when resolve_take() has something. */
int resolve_fd(const struct resolve *job);

/*
 * 1 and the list (freeaddrinfo() it), in the order in which to try; 0 if it is not there yet; -1
 * with ERROR_NOT_FOUND (no such name, or it has no address), ERROR_UNREACHABLE (no name server
 * answered), ERROR_IO. Once only.
 */
int resolve_take(struct resolve *job, struct addrinfo **list, struct error *err) must_check;

/* Safe on NULL, and at any time. */
void resolve_drop(struct resolve **job);

#endif
