/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/secret_file.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "common/base/clock.h"

/* Until fd has something, or has ended. */
static int wait_for(int fd, int64_t end, struct error *err)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	int64_t left = end ? end - clock_system.monotonic(&clock_system) : NSEC_PER_SEC;

	if (left <= 0)
		return error_set(err, ERROR_TIMEOUT, 0, "nothing more came in time");
	if (left > NSEC_PER_SEC)
		left = NSEC_PER_SEC;
	if (poll(&polled, 1, (int)(left / NSEC_PER_MSEC) + 1) < 0 && errno != EINTR)
		return error_errno(err, errno, "cannot wait for input");
	return polled.revents != 0;
}

static int read_some(int fd, size_t limit, struct secret *to, struct error *err)
{
	char chunk[8192];
	ssize_t n = read(fd, chunk, sizeof(chunk));
	int rc = n > 0;

	if (n < 0 && errno != EINTR && errno != EAGAIN)
		rc = error_errno(err, errno, "cannot read");
	else if (n < 0)
		rc = 1;
	else if ((size_t)n > limit - to->len)
		rc = error_set(err, ERROR_LIMIT, 0, "more than %zu bytes", limit);
	else
		secret_add(to, chunk, (size_t)n);
	wipe(chunk, sizeof(chunk));
	return rc;
}

int secret_read_fd(int fd, size_t limit, int64_t deadline, struct secret *out, struct error *err)
{
	scoped_secret bytes = { 0 };
	int64_t end = deadline ? clock_system.monotonic(&clock_system) + deadline : 0;
	int rc;

	do {
		rc = wait_for(fd, end, err);
		if (rc > 0)
			rc = read_some(fd, limit, &bytes, err);
		else if (rc == 0)
			rc = 1;
	} while (rc > 0);
	if (rc < 0)
		return -1;
	secret_release(out);
	*out = take_value(bytes);
	return 0;
}
