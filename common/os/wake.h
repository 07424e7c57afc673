/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Noticing that this machine slept, or that its clock was stepped.
 *
 * Portable core: the clock that counts sleep (Linux BOOTTIME, macOS MONOTONIC_RAW) minus the one
 * that does not (Linux MONOTONIC, macOS UPTIME_RAW) grows by the length of a sleep; REALTIME minus
 * the sleep-counting clock moves by the size of a step. On Linux a timerfd with CANCEL_ON_SET makes
 * both known at once (the kernel counts a resume as a set clock); elsewhere wake_look() has to be
 * called every second or two.
 */
#ifndef COMMON_OS_WAKE_H
#define COMMON_OS_WAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "common/base/error.h"

#define WAKE_SLEPT   (1 * NSEC_PER_SEC)  /* shorter sleeps are not told */
#define WAKE_STEPPED (5 * NSEC_PER_MSEC) /* smaller steps neither */

/* One reading of the three clocks, ns. */
struct wake_clocks {
	int64_t real, with_sleep, without_sleep;
};

struct wake_change {
	int64_t slept;   /* ns since the last look; 0: did not */
	int64_t stepped; /* ns that REALTIME was set forward; 0: was not */
};

/* Pure: what happened between two readings. */
struct wake_change wake_compare(const struct wake_clocks *before, const struct wake_clocks *after);

struct wake;
int wake_open(struct wake **out, struct error *err) must_check;
void wake_close(struct wake **wake);
#define scoped_wake scoped(wake_close) struct wake

/* Readable (for poll) when there may be something to look at; -1 where the system has nothing of
 * the kind, and wake_look() is to be called every second. */
int wake_fd(const struct wake *wake);
/* Looks, without waiting; true and *change filled if the machine slept or its clock stepped. */
bool wake_look(struct wake *wake, struct wake_change *change);

#endif
