/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/secret.h"

#define TICK_MS          50                    /* how often a child's end is looked for */
#define TERM_GRACE       (500 * NSEC_PER_MSEC) /* between SIGTERM and SIGKILL */
#define TERM_GRACE_SHOWN (5 * NSEC_PER_SEC)    /* of a program that people watch */
#define HIGHEST_FD       65536                 /* where counting descriptors by hand stops */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
#define scoped_fd scoped(close_fd) int

static int64_t monotonic(void)
{
	return clock_system.monotonic(&clock_system);
}

static int pipe_cloexec(int fds[2])
{
#ifdef __linux__
	return pipe2(fds, O_CLOEXEC);
#else
	if (pipe(fds) < 0)
		return -1;
	fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	fcntl(fds[1], F_SETFD, FD_CLOEXEC);
	return 0;
#endif
}

/* --- The child's side, between fork and exec: async-signal-safe calls only, and putenv(), which is
 * safe with one thread. */

struct child_io {
	int in, out, errors; /* become 0, 1, 2 */
	int report;          /* write end of the pipe that tells the errno of a failed exec */
	bool session;        /* leave the terminal's session */
	bool alone;          /* nothing of ours: no environment, no directory, no search by PATH */
	const struct strings *variables; /* beside ours; NULL */
};

static void close_from(int first)
{
#ifdef SYS_close_range
	if (syscall(SYS_close_range, (unsigned)first, ~0U, 0) == 0)
		return;
#endif
	long most = sysconf(_SC_OPEN_MAX);

	if (most < 0 || most > HIGHEST_FD)
		most = HIGHEST_FD;
	for (int fd = first; fd < (int)most; fd++)
		close(fd);
}

static void default_signals(void)
{
	static const int handled[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD };
	sigset_t none;

	for (size_t i = 0; i < array_len(handled); i++)
		signal(handled[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Moves the four out of the way of 0..3 first, so that none is overwritten before its turn. */
static bool place_descriptors(struct child_io *io)
{
	int *all[] = { &io->in, &io->out, &io->errors, &io->report };

	for (size_t i = 0; i < array_len(all); i++) {
		int moved = fcntl(*all[i], F_DUPFD, 10);

		if (moved < 0)
			return false;
		*all[i] = moved;
	}
	for (size_t i = 0; i < array_len(all); i++)
		if (dup2(*all[i], (int)i) < 0)
			return false;
	io->report = 3;
	return fcntl(3, F_SETFD, FD_CLOEXEC) == 0;
}

static void no_return run_child(const char *const argv[], struct child_io io)
{
	char *no_env[] = { NULL };
	int errnum;

	default_signals();
	if (io.session)
		setsid();
	if (place_descriptors(&io) && (!io.alone || chdir("/") == 0)) {
		close_from(4);
		for (size_t i = 0; io.variables && i < io.variables->count; i++)
			putenv(io.variables->items[i]);
		if (io.alone)
			execve(argv[0], (char *const *)(uintptr_t)argv, no_env);
		else
			execvp(argv[0], (char *const *)(uintptr_t)argv);
	}
	errnum = errno;
	(void)!write(io.report, &errnum, sizeof(errnum));
	_exit(127);
}

/* --- The parent's side. */

static int wait_for(pid_t pid, int *status)
{
	pid_t got;

	do
		got = waitpid(pid, status, 0);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -1 : 0;
}

/* Forks and tells whether exec worked: the pipe closes by itself then. io.report is made here. */
static pid_t start(const char *const argv[], struct child_io io, struct error *err)
{
	int fds[2];
	int errnum = 0;
	int status;
	ssize_t n;

	if (pipe_cloexec(fds) < 0)
		return error_errno(err, errno, "start %s", argv[0]);
	scoped_fd report = fds[0];
	scoped_fd child_report = fds[1];

	pid_t pid = fork();
	if (pid < 0)
		return error_errno(err, errno, "start %s", argv[0]);
	if (pid == 0) {
		io.report = child_report;
		run_child(argv, io);
	}
	close_fd(&child_report);
	do
		n = read(report, &errnum, sizeof(errnum));
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return pid;
	wait_for(pid, &status);
	if (errnum == ENOENT)
		return error_set(err, ERROR_NOT_FOUND, errnum, "%s: no such program; install it",
				 argv[0]);
	return error_errno(err, errnum, "start %s", argv[0]);
}

/* The child's stdin as a file: no writing to a pipe that the child may have closed. */
static int open_input(const char *input, struct error *err)
{
	scoped_fd fd = -1;
	size_t len = input ? strlen(input) : 0;

	if (!input) {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	} else {
#ifdef __linux__
		fd = memfd_create("input", MFD_CLOEXEC);
#else
		FILE *file = tmpfile();

		fd = file ? fcntl(fileno(file), F_DUPFD_CLOEXEC, 3) : -1;
		if (file)
			fclose(file);
#endif
	}
	if (fd < 0)
		return error_errno(err, errno, "prepare a program's input");
	while (len > 0) {
		ssize_t n = write(fd, input, len);

		if (n < 0 && errno != EINTR)
			return error_errno(err, errno, "prepare a program's input");
		if (n > 0) {
			input += n;
			len -= (size_t)n;
		}
	}
	lseek(fd, 0, SEEK_SET);
	return take_fd(fd);
}

struct run {
	const char *name;
	pid_t pid;
	int fds[2];          /* our ends of stdout and stderr; -1 after their end */
	struct buf *bufs[2]; /* NULL: not wanted */
	int64_t end;         /* monotonic; 0: none */
	struct cancel *cancel;
	int64_t grace; /* ns between SIGTERM and SIGKILL */
	bool exited;
	int status;
};

/* SIGTERM, some time to clean up, SIGKILL. */
static void end_child(struct run *run)
{
	int64_t end = monotonic() + run->grace;

	if (run->exited)
		return;
	kill(run->pid, SIGTERM);
	while (monotonic() < end) {
		if (waitpid(run->pid, &run->status, WNOHANG) == run->pid) {
			run->exited = true;
			return;
		}
		poll(NULL, 0, 10);
	}
	kill(run->pid, SIGKILL);
	wait_for(run->pid, &run->status);
	run->exited = true;
}

static int exit_status(const struct run *run)
{
	return WIFSIGNALED(run->status) ? 128 + WTERMSIG(run->status) : WEXITSTATUS(run->status);
}

/* Reads what is there. Returns -1 with the error if a limit is exceeded. */
static int drain_into(struct run *run, int i, char *chunk, size_t room, struct error *err)
{
	while (run->fds[i] >= 0) {
		ssize_t n = read(run->fds[i], chunk, room);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0) {
			close_fd(&run->fds[i]);
			return 0;
		}
		buf_add(run->bufs[i], chunk, (size_t)n);
		if (buf_failed(run->bufs[i]))
			return error_set(err, ERROR_LIMIT, 0, "%s: more than %zu bytes of output",
					 run->name, run->bufs[i]->limit);
	}
	return 0;
}

static int drain(struct run *run, int i, struct error *err)
{
	char chunk[8192];
	int rc = drain_into(run, i, chunk, sizeof(chunk), err);

	/* It may have been a secret, on its way into a buffer that is wiped. */
	if (run->bufs[i] && run->bufs[i]->wiped)
		wipe(chunk, sizeof(chunk));
	return rc;
}

static int wait_tick(struct run *run, struct error *err)
{
	struct pollfd polled[3] = {
		{ .fd = run->fds[0], .events = POLLIN },
		{ .fd = run->fds[1], .events = POLLIN },
		{ .fd = run->cancel ? cancel_fd(run->cancel) : -1, .events = POLLIN },
	};
	int64_t left = run->end ? run->end - monotonic() : INT64_MAX;

	if (cancel_requested(run->cancel))
		return cancel_error(run->cancel, err);
	if (left <= 0)
		return error_set(err, ERROR_TIMEOUT, 0, "%s: did not end in time", run->name);
	/* Both outputs closed: it is about to end, and nothing else would wake us. */
	bool ending = run->fds[0] < 0 && run->fds[1] < 0 && (run->bufs[0] || run->bufs[1]);

	if (poll(polled, array_len(polled), ending ? 2 : TICK_MS) < 0 && errno != EINTR)
		return error_errno(err, errno, "wait for %s", run->name);
	return 0;
}

static int attend(struct run *run, struct error *err)
{
	for (;;) {
		/* Ended first, then drained: what it wrote before its end is all there. */
		if (waitpid(run->pid, &run->status, WNOHANG) == run->pid)
			run->exited = true;
		if (drain(run, 0, err) < 0 || drain(run, 1, err) < 0)
			return -1;
		if (run->exited)
			return 0;
		if (wait_tick(run, err) < 0)
			return -1;
	}
}

/* A pipe for one output, our end of it not blocking; without a buffer: /dev/null. */
static int open_output(struct buf *wanted, int null_fd, int *ours, struct error *err)
{
	int fds[2];

	if (!wanted) {
		int fd = fcntl(null_fd, F_DUPFD_CLOEXEC, 3);

		*ours = -1;
		return fd >= 0 ? fd : error_errno(err, errno, "open /dev/null");
	}
	if (pipe_cloexec(fds) < 0)
		return error_errno(err, errno, "make a pipe");
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	*ours = fds[0];
	return fds[1];
}

/* run has what the caller chose: bufs, end, cancel. */
static int run_program(const char *const argv[], const char *input, bool alone, struct run *run,
		       struct process_result *result, struct error *err)
{
	run->name = argv[0];
	run->fds[0] = run->fds[1] = -1;
	scoped_fd null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null_fd < 0)
		return error_errno(err, errno, "open /dev/null");
	scoped_fd in = open_input(input, err);
	if (in < 0)
		return -1;
	scoped_fd child_out = open_output(run->bufs[0], null_fd, &run->fds[0], err);
	scoped_fd our_out = run->fds[0];
	scoped_fd child_errors = child_out < 0
					 ? -1
					 : open_output(run->bufs[1], null_fd, &run->fds[1], err);
	scoped_fd our_errors = run->fds[1];
	if (child_errors < 0)
		return -1;

	run->pid = start(argv,
			 (struct child_io){ in, child_out, child_errors, -1, false, alone, NULL },
			 err);
	if (run->pid < 0)
		return -1;
	close_fd(&child_out);
	close_fd(&child_errors);
	int failed = attend(run, err);
	/* drain() closes what has ended. */
	our_out = run->fds[0];
	our_errors = run->fds[1];
	end_child(run);
	if (failed < 0)
		return -1;
	result->status = exit_status(run);
	return 0;
}

int process_run(const char *const argv[], const char *input, struct buf *out, struct buf *errors,
		int64_t deadline, struct cancel *cancel, struct process_result *result,
		struct error *err)
{
	struct run run = {
		.bufs = { out, errors },
		.end = deadline ? monotonic() + deadline : 0,
		.cancel = cancel,
		.grace = TERM_GRACE,
	};

	return run_program(argv, input, false, &run, result, err);
}

int process_run_alone(const char *const argv[], const char *input, struct buf *out,
		      int64_t deadline, struct process_result *result, struct error *err)
{
	struct run run = { .bufs = { out, NULL },
			   .end = deadline ? monotonic() + deadline : 0,
			   .grace = TERM_GRACE };

	return run_program(argv, input, true, &run, result, err);
}

int process_run_shown(const char *const argv[], const struct strings *variables, int fd,
		      struct cancel *cancel, struct process_result *result, struct error *err)
{
	struct run run = {
		.name = argv[0], .fds = { -1, -1 }, .cancel = cancel, .grace = TERM_GRACE_SHOWN
	};
	scoped_fd null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null_fd < 0)
		return error_errno(err, errno, "open /dev/null");
	run.pid = start(argv, (struct child_io){ null_fd, fd, fd, -1, false, false, variables },
			err);
	if (run.pid < 0)
		return -1;
	int failed = attend(&run, err);

	end_child(&run);
	if (failed < 0)
		return -1;
	result->status = exit_status(&run);
	return 0;
}

pid_t process_on_socket(const char *const argv[], int socket, int errors_fd, struct error *err)
{
	/*
	 * In a session of its own, as docker starts ssh: Ctrl-C in the terminal must not take the
	 * connection away from requests whose outcome is still waited for.
	 */
	return start(argv, (struct child_io){ socket, socket, errors_fd, -1, true, false, NULL },
		     err);
}
