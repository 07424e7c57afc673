/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one question to the BuildKit inside an engine for which the Engine API before 1.42 has no
 * cheap call: does it hold anything? (There, /system/df answers only together with a walk over all
 * volumes and containers.) POST /grpc, which buildx uses too, turns the connection into HTTP/2 for
 * BuildKit's own Control service; its DiskUsage lists the records and changes nothing. Whoever may
 * use the socket may ask.
 */
#ifndef COMMON_CLIENT_BUILDKIT_H
#define COMMON_CLIENT_BUILDKIT_H

#include <stdbool.h>

#include "common/base/error.h"
#include "common/client/endpoint.h"

/*
 * Asks over a connection of its own, which only unix sockets give (others: ERROR_UNSUPPORTED), in
 * at most 5 s. Errors: ERROR_UNSUPPORTED also for a libcurl before 7.80 or without HTTP/2, and an
 * engine without BuildKit; ERROR_UNREACHABLE, ERROR_TIMEOUT, ERROR_PROTOCOL, ERROR_REMOTE (BuildKit
 * answers with an error).
 */
int buildkit_is_empty(const struct endpoint *endpoint, int api_minor, bool *empty,
		      struct error *err) must_check;

#endif
