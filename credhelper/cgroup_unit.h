/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The systemd system unit that a process runs in, from /proc/PID/cgroup (cgroups(7)). Pure.
 * Only in the kernel's first cgroup namespace: in another one, which anybody may make, the names of
 * all groups are its maker's. Nothing below user.slice counts either, since users name the groups
 * there.
 */
#ifndef CREDHELPER_CGROUP_UNIT_H
#define CREDHELPER_CGROUP_UNIT_H

#include "common/base/attr.h"

/* space: what /proc/PID/ns/cgroup links to. Owned; NULL: none. */
char *cgroup_unit(const char *space, const char *text) must_check;

#endif
