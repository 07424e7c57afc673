/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/alloc.h"

struct resolve {
	/* The caller and the thread: whoever lets go last frees it. */
	int holders;
	int pipe[2]; /* the thread writes one byte to [1] when it is done */
	char *host;
	char port[8];
	struct addrinfo hints;
	/* The thread's until the byte is there, then the caller's. */
	struct addrinfo *list;
	int code, errnum;
};

static void let_go(struct resolve *job)
{
	if (__atomic_sub_fetch(&job->holders, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	if (job->list)
		freeaddrinfo(job->list);
	close(job->pipe[0]);
	close(job->pipe[1]);
	free(job->host);
	free(job);
}

static void look_up(struct resolve *job)
{
	job->code = getaddrinfo(job->host, job->port, &job->hints, &job->list);
	job->errnum = errno;
	if (job->code != 0)
		job->list = NULL;
	(void)!write(job->pipe[1], "", 1);
}

static void *run(void *arg)
{
	struct resolve *job = arg;

	look_up(job);
	let_go(job);
	return NULL;
}

/* Signals are for the thread that waits for them. */
static int start_thread(struct resolve *job)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int errnum;

	sigfillset(&all);
	errnum = pthread_attr_init(&attributes);
	if (errnum)
		return errnum;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	errnum = pthread_create(&thread, &attributes, run, job);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return errnum;
}

static struct resolve *new_job(const char *host, int port, int socktype)
{
	struct resolve *job = xcalloc(1, sizeof(*job));

	job->holders = 1;
	job->hints.ai_socktype = socktype;
	job->host = xstrdup(host);
	snprintf(job->port, sizeof(job->port), "%d", port);
	if (pipe(job->pipe) < 0) {
		free(job->host);
		free(job);
		return NULL;
	}
	fcntl(job->pipe[0], F_SETFD, FD_CLOEXEC);
	fcntl(job->pipe[1], F_SETFD, FD_CLOEXEC);
	return job;
}

int resolve_start(struct resolve **out, const char *host, int port, int socktype, struct error *err)
{
	struct resolve *job = new_job(host, port, socktype);
	int errnum;

	if (!job)
		return error_errno(err, errno, "resolve %s", host);
	job->hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
	look_up(job);
	if (job->code == 0) {
		*out = job;
		return 0;
	}
	(void)!read(job->pipe[0], &(char){ 0 }, 1);
	job->hints.ai_flags = AI_NUMERICSERV;
	job->holders = 2;
	errnum = start_thread(job);
	if (errnum) {
		job->holders = 1;
		let_go(job);
		return error_errno(err, errnum, "resolve %s: start a thread", host);
	}
	*out = job;
	return 0;
}

int resolve_fd(const struct resolve *job)
{
	return job->pipe[0];
}

static int resolve_error(const struct resolve *job, struct error *err)
{
	switch (job->code) {
	case EAI_AGAIN:
		return error_set(err, ERROR_UNREACHABLE, job->code,
				 "the name %s was not resolved: no name server answers", job->host);
	case EAI_NONAME:
#ifdef EAI_NODATA
	case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
	case EAI_ADDRFAMILY:
#endif
		return error_set(err, ERROR_NOT_FOUND, job->code,
				 "the name %s was not resolved: there is no such host", job->host);
	case EAI_SYSTEM:
		return error_errno(err, job->errnum, "the name %s was not resolved", job->host);
	default:
		return error_set(err, ERROR_IO, job->code, "the name %s was not resolved: %s",
				 job->host, gai_strerror(job->code));
	}
}

int resolve_take(struct resolve *job, struct addrinfo **list, struct error *err)
{
	struct pollfd ready = { .fd = job->pipe[0], .events = POLLIN };

	if (poll(&ready, 1, 0) != 1)
		return 0;
	/* The byte was written after the result: reading it is what makes the result ours. */
	(void)!read(job->pipe[0], &(char){ 0 }, 1);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (job->code != 0)
		return resolve_error(job, err);
	*list = take_ptr(job->list);
	return 1;
}

void resolve_drop(struct resolve **out)
{
	struct resolve *job = take_ptr(*out);

	if (job)
		let_go(job);
}
