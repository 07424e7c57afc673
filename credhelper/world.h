/* SPDX-License-Identifier: Apache-2.0 */
/* What the helper may touch of the outside world, so that tests choose it. */
#ifndef CREDHELPER_WORLD_H
#define CREDHELPER_WORLD_H

#include <sys/types.h>

#include "common/base/clock.h"

/* Where things lie. The first two are compiled in and come from nowhere else. */
struct paths {
	const char *system_policy; /* /etc/docker/pushgate.json */
	const char *attest;        /* LIBEXECDIR/docker-hygiene/pushgate-attest */
	const char *proc;          /* /proc */
};
extern const struct paths paths_installed;

struct world {
	int in, out, err; /* stdin, stdout, stderr: written to by write(2), so that no buffer keeps
			     a copy of a secret */
	const char *(*env)(const char *name);
	const struct clock *clock;
	const struct paths *paths;
	pid_t pid; /* whose ancestors count: our own */
};

#endif
