/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disk under an engine, seen from here. That a path is called as the engine calls its data
 * directory proves nothing: the engine may be in a container, a virtual machine or on another host.
 * disk_measure() itself is in collect.h.
 */
#ifndef PLUGINS_HYGIENE_DISK_H
#define PLUGINS_HYGIENE_DISK_H

#include <sys/types.h>

#include "common/client/engine.h"
#include "common/codec/api.h"

/*
 * Succeeds if the engine's file names mean here what they mean there. Errors: ERROR_UNSUPPORTED
 * that says what is missing, ERROR_DENIED if a look at the engine's process is not allowed.
 */
int disk_is_local(struct engine *engine, const struct api_info *info, struct error *err) must_check;

/*
 * The proof, given who listens on the socket: that process shares our mount namespace, and the
 * data directory is the engine's (it holds the engine's ID; engines before 23 wrote none: the
 * listener is an engine's program, or one of our namespace has files open in there). proc: "/proc".
 */
int disk_prove(const char *proc, pid_t listener, const struct api_info *info, struct error *err)
	must_check;

/*
 * Reads what `df -Pk` printed about one or more paths. Errors: ERROR_INPUT; ERROR_UNSUPPORTED if
 * they lie on different disks.
 */
int disk_parse_df(const char *text, int64_t *total, int64_t *available, struct error *err)
	must_check;

#endif
