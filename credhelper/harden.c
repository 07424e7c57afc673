/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/harden.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#elif defined(__APPLE__)
#include <sys/types.h>
#include <sys/ptrace.h>
#endif

#include "common/base/secret.h"

static void forbid_looking(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
#if defined(__linux__)
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#elif defined(__APPLE__)
	(void)ptrace(PT_DENY_ATTACH, 0, NULL, 0);
#endif
}

/* A closed one would be given to the next file that is opened, and an answer written into it.
 * stdout is opened for reading, so that writing fails and is told. */
static void fill_standard_fds(void)
{
	static const int modes[] = { O_RDWR, O_RDONLY, O_RDWR };

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", modes[fd]) != fd)
			_exit(1);
}

void harden_process(void)
{
	forbid_looking();
	fill_standard_fds();
	signal(SIGPIPE, SIG_IGN);
}

void harden_json(void)
{
	json_set_alloc_funcs(wiped_malloc, wiped_free);
}
