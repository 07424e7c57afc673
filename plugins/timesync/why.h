/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why an engine's clock cannot be measured precisely or set from a container, and the one command
 * that helps there. Pure: from what /info, the helper and the kernel's refusal told.
 */
#ifndef PLUGINS_TIMESYNC_WHY_H
#define PLUGINS_TIMESYNC_WHY_H

#include "common/base/buf.h"
#include "common/codec/api.h"
#include "plugins/timesync/session.h"

#define CANNOTS(X)                                                                              \
	X(NONE, "none")                                                                         \
	X(WINDOWS, "windows-containers") /* they share their host's clock */                    \
	X(ROOTLESS, "rootless")                                                                 \
	X(USERNS, "user-namespaces") /* userns-remap, or one that the engine does not tell */   \
	X(ECI, "enhanced-container-isolation") /* Docker Desktop with Sysbox */                 \
	X(SECCOMP, "seccomp")                  /* adjtimex is refused even for reading */       \
	X(CAPABILITY, "capability")            /* SYS_TIME is not given, or taken away */       \
	X(KERNEL, "kernel")   /* the kernel has no such call (gVisor), or says no */            \
	X(RUNTIME, "runtime") /* containers run in machines of their own (Kata): wrong clock */ \
	X(ARCHITECTURE, "architecture") /* no helper for it */                                  \
	X(NO_RUN, "no-run")             /* the engine does not run the container */             \
	X(SLOW, "too-slow")             /* or did not in time: it may another time */
enum cannot {
#define CANNOT_ENUM(cannot, name) CANNOT_##cannot,
	CANNOTS(CANNOT_ENUM)
#undef CANNOT_ENUM
};
const char *cannot_name(enum cannot cannot);

/* Before any container: what /info tells by itself (WINDOWS, RUNTIME; ROOTLESS, KERNEL for
 * gVisor), else NONE. Measuring works in a rootless engine and under gVisor; setting
 * does not: set says what is wanted. */
enum cannot why_info(const struct api_info *info, bool set);

/* After the hello of a helper that was started to set: what setting would meet. info may be NULL.
 */
enum cannot why_hello(const struct session_hello *hello, const struct api_info *info);

/* After a refused set (WIRE_FAILED with that errno; Linux numbers). */
enum cannot why_set(const struct session_hello *hello, const struct api_info *info, int error);

/*
 * Appends the cause, and the command that helps on this kind of engine, which is told by info
 * (Docker Desktop, Rancher Desktop, colima, lima, podman machine, minikube, docker-machine, WSL2)
 * and by address (a server over ssh): "the engine is rootless, and the kernel lets nobody in a user
 * namespace set the clock; run: limactl shell default sudo date -u -s @$(date +%s)". Times in it
 * are taken by the shell that runs it. info and address may be NULL. Nothing for NONE.
 */
void why_text(enum cannot cannot, const struct api_info *info, const char *address,
	      struct buf *out);

/* Where the engine has this machine's own clock, and that is one that falls behind (WSL2): what to
 * do about it, as a sentence. False: nothing to say. info may be NULL. */
bool why_same_clock(const struct api_info *info, struct buf *out);

#endif
