/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LD_PRELOAD: makes one process believe that the machine slept or that its clock was set. No clock
 * is touched: only what this process reads of them is shifted.
 *
 * SLEEPY names a folder with
 *   offsets   three int64_t of this machine's byte order: ns added to what the process reads of
 *             REALTIME, BOOTTIME and MONOTONIC (and of their COARSE, RAW and ALARM relatives)
 *   told      a FIFO: a byte written to it is what the kernel does to a timerfd with
 *             TFD_TIMER_CANCEL_ON_SET when the clock was set or the machine woke
 * tests/lib/bed/sleepy.py makes and moves both. Two uses:
 *
 * - A sleep of s seconds that did not happen: REALTIME and BOOTTIME += s. MONOTONIC did not count
 *   it. An engine that shares this machine's true clock is s behind from then on, as one in a
 *   virtual machine is that was paused meanwhile.
 * - A sleep that did: SIGSTOP the process and pause the virtual machine (QMP `stop`) for s seconds,
 *   then MONOTONIC -= s, `told`, SIGCONT and `cont`: to the process MONOTONIC stood still while
 *   REALTIME and BOOTTIME went on.
 *
 * A step of the clock: REALTIME alone.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NSEC INT64_C(1000000000)

enum { REAL, BOOT, MONO, OFFSETS };

/* What a shim cannot do without: the calls that it stands for have no argument to carry it. */
static volatile const int64_t *offsets;
static int told = -1;

static void name(char *out, size_t size, const char *file)
{
	const char *folder = getenv("SLEEPY");

	if (!folder || snprintf(out, size, "%s/%s", folder, file) >= (int)size)
		out[0] = '\0';
}

__attribute__((constructor)) static void begin(void)
{
	char path[4096];
	int fd;

	name(path, sizeof(path), "offsets");
	fd = path[0] ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	void *map = mmap(NULL, OFFSETS * sizeof(*offsets), PROT_READ, MAP_SHARED, fd, 0);

	if (map != MAP_FAILED)
		offsets = map;
	close(fd);
}

static int64_t offset_of(clockid_t id)
{
	if (!offsets)
		return 0;
	switch (id) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_TAI:
		return offsets[REAL];
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		return offsets[BOOT];
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_MONOTONIC_RAW:
		return offsets[MONO];
	default:
		return 0;
	}
}

static int true_clock(clockid_t id, struct timespec *ts)
{
	int (*real)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *))dlsym(
		RTLD_NEXT, "clock_gettime");

	return real ? real(id, ts) : (int)syscall(SYS_clock_gettime, id, ts);
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	int64_t ns;

	if (true_clock(id, ts) < 0)
		return -1;
	ns = (int64_t)ts->tv_sec * NSEC + ts->tv_nsec + offset_of(id);
	ts->tv_sec = (time_t)(ns / NSEC);
	ts->tv_nsec = (long)(ns % NSEC);
	return 0;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &ts) < 0)
		return -1;
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *out)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_REALTIME, &ts) < 0)
		return -1;
	if (out)
		*out = ts.tv_sec;
	return ts.tv_sec;
}

/* The FIFO in place of a timer on REALTIME; nothing here has one for anything but being told. */
int timerfd_create(int id, int flags)
{
	char path[4096];

	name(path, sizeof(path), "told");
	if (id != CLOCK_REALTIME || !path[0])
		return (int)syscall(SYS_timerfd_create, id, flags);
	told = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return told;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
{
	return fd == told && fd >= 0 ? 0 : (int)syscall(SYS_timerfd_settime, fd, flags, value, old);
}

ssize_t read(int fd, void *data, size_t size)
{
	ssize_t got = syscall(SYS_read, fd, data, size);

	if (fd != told || fd < 0 || got <= 0)
		return got;
	errno = ECANCELED;
	return -1;
}
