/* SPDX-License-Identifier: Apache-2.0 */
#include "common/os/wake.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/timerfd.h>
#endif

#include "common/base/alloc.h"

#ifdef __linux__
#define CLOCK_WITH_SLEEP    CLOCK_BOOTTIME
#define CLOCK_WITHOUT_SLEEP CLOCK_MONOTONIC
#else
/* macOS: mach_continuous_time() and mach_absolute_time(); its CLOCK_MONOTONIC follows REALTIME. */
#define CLOCK_WITH_SLEEP    CLOCK_MONOTONIC_RAW
#define CLOCK_WITHOUT_SLEEP CLOCK_UPTIME_RAW
#endif

/* The three clocks are read one after the other; being scheduled away in between looks like a
 * sleep or a step of that length. Readings tighter than this are good enough at once. */
#define TIGHT (20 * NSEC_PER_USEC)
#define TRIES 8

struct wake {
	int fd; /* -1: there is no such thing here */
	struct wake_clocks last;
};

static int64_t reading(clockid_t id)
{
	struct timespec ts = { 0 };

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static struct wake_clocks read_clocks(void)
{
	struct wake_clocks best = { 0 };
	int64_t least = INT64_MAX;

	for (int i = 0; i < TRIES && least > TIGHT; i++) {
		struct wake_clocks c;
		int64_t began = reading(CLOCK_WITH_SLEEP);
		int64_t took;

		c.without_sleep = reading(CLOCK_WITHOUT_SLEEP);
		c.real = reading(CLOCK_REALTIME);
		c.with_sleep = reading(CLOCK_WITH_SLEEP);
		took = c.with_sleep - began;
		if (took >= 0 && took < least) {
			least = took;
			best = c;
		}
	}
	return best;
}

struct wake_change wake_compare(const struct wake_clocks *before, const struct wake_clocks *after)
{
	int64_t with = time_diff(after->with_sleep, before->with_sleep);
	int64_t slept = time_diff(with, time_diff(after->without_sleep, before->without_sleep));
	int64_t stepped = time_diff(time_diff(after->real, before->real), with);
	struct wake_change change = { 0, 0 };

	if (slept >= WAKE_SLEPT)
		change.slept = slept;
	if (stepped >= WAKE_STEPPED || stepped <= -WAKE_STEPPED)
		change.stepped = stepped;
	return change;
}

#ifdef __linux__

/*
 * Armed for a time that does not come: only the cancelling counts. ECANCELED from here says that
 * the clock was set between the last read and now; the timer is armed all the same, and the clocks,
 * which are read after it, show that step.
 */
static int arm(int fd)
{
	struct itimerspec never = { .it_value = { .tv_sec = sizeof(time_t) > 4
								    ? (time_t)9000000000
								    : (time_t)INT32_MAX } };

	if (timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0 &&
	    errno != ECANCELED)
		return -1;
	return 0;
}

static int open_fd(int *out, struct error *err)
{
	int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);

	if (fd < 0 || arm(fd) < 0) {
		int errnum = errno;

		if (fd >= 0)
			close(fd);
		return error_errno(err, errnum, "cannot wait for changes of the clock");
	}
	*out = fd;
	return 0;
}

/* Takes what made it readable. It stays on the kernel's list of those to be told until it is
 * closed; arming anew only matters for its time, which a step may have passed. */
static void take_event(int fd)
{
	uint64_t ticks;

	while (read(fd, &ticks, sizeof(ticks)) < 0) {
		if (errno == EINTR)
			continue;
		if (errno == ECANCELED)
			(void)!arm(fd);
		return;
	}
}

#else

static int open_fd(int *out, struct error *err)
{
	(void)err;
	*out = -1;
	return 0;
}

static void take_event(int fd)
{
	(void)fd;
}

#endif

int wake_open(struct wake **out, struct error *err)
{
	struct wake *wake;
	int fd = -1;

	if (open_fd(&fd, err) < 0)
		return -1;
	wake = xcalloc(1, sizeof(*wake));
	wake->fd = fd;
	wake->last = read_clocks();
	*out = wake;
	return 0;
}

void wake_close(struct wake **wake)
{
	if (*wake && (*wake)->fd >= 0)
		close((*wake)->fd);
	free(*wake);
	*wake = NULL;
}

int wake_fd(const struct wake *wake)
{
	return wake->fd;
}

bool wake_look(struct wake *wake, struct wake_change *change)
{
	struct wake_clocks now;
	struct wake_change seen;

	/* In this order: what is set after the reading makes the descriptor readable again. */
	if (wake->fd >= 0)
		take_event(wake->fd);
	now = read_clocks();
	seen = wake_compare(&wake->last, &now);
	wake->last = now;
	if (seen.slept == 0 && seen.stepped == 0)
		return false;
	*change = seen;
	return true;
}
