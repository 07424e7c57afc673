/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command costs:  spawn COUNT INPUT PROGRAM [ARG]...
 *
 * Runs it COUNT times, one after the other, in sessions without a terminal, its stdin a file, and
 * writes a line for each run: seconds, CPU seconds, and the most bytes that were resident. A
 * process's peak counts the one that it was forked from, up to its exec: so a small one forks.
 *
 * With COUNT "held" it is run once, and looked at when it is about to end (which needs root): what
 * is written is how many bytes are resident then, its share of them (what others have mapped, too,
 * divided among all), and what is in no file, which nobody else could share.
 *
 * A command that fails ends this with status 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void die(const char *what)
{
	fprintf(stderr, "spawn: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static double seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static void check(const char *program, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	fprintf(stderr, "spawn: %s: status %#x\n", program, (unsigned)status);
	exit(1);
}

/* --- Timed. */

static void run_timed(const char *input, char **argv)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	struct rusage used;
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, input, O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&files, 1, 2);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
	double began = now();

	errno = posix_spawnp(&pid, argv[0], &files, &attributes, argv, environ);
	if (errno)
		die(argv[0]);
	if (wait4(pid, &status, 0, &used) != pid)
		die("wait4");
	printf("%.6f %.6f %ld\n", now() - began, seconds(&used.ru_utime) + seconds(&used.ru_stime),
	       used.ru_maxrss * 1024);
	check(argv[0], status);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
}

/* --- Held. */

static void begin_traced(const char *input, char **argv)
{
	int in = open(input, O_RDONLY), out = open("/dev/null", O_WRONLY);

	if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
	    setsid() < 0 || ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(127);
	execvp(argv[0], argv);
	_exit(127);
}

/* Up to where its memory is about to go. */
static void continue_to_end(pid_t pid)
{
	int status, deliver = 0;

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)PTRACE_O_TRACEEXIT) < 0)
		die("ptrace");
	do {
		if (ptrace(PTRACE_CONT, pid, NULL, (void *)(long)deliver) < 0 ||
		    waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
			die("ptrace");
		deliver = WSTOPSIG(status);
	} while (status >> 8 != (SIGTRAP | PTRACE_EVENT_EXIT << 8));
}

static void tell_memory(pid_t pid)
{
	static const char *const names[] = { "Rss:", "Pss:", "Anonymous:" };
	long long kib[3] = { 0 };
	char path[64], line[256];

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	FILE *in = fopen(path, "r");

	if (!in)
		die(path);
	while (fgets(line, sizeof(line), in))
		for (size_t i = 0; i < 3; i++)
			if (strncmp(line, names[i], strlen(names[i])) == 0)
				kib[i] = atoll(line + strlen(names[i]));
	fclose(in);
	printf("%lld %lld %lld\n", kib[0] * 1024, kib[1] * 1024, kib[2] * 1024);
}

static void run_held(const char *input, char **argv)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0)
		begin_traced(input, argv);
	continue_to_end(pid);
	tell_memory(pid);
	if (ptrace(PTRACE_CONT, pid, NULL, NULL) < 0 || waitpid(pid, &status, 0) != pid)
		die("ptrace");
	check(argv[0], status);
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fputs("usage: spawn COUNT|held INPUT PROGRAM [ARG]...\n", stderr);
		return 2;
	}
	if (strcmp(argv[1], "held") == 0)
		run_held(argv[2], argv + 3);
	for (int count = atoi(argv[1]); count > 0; count--)
		run_timed(argv[2], argv + 3);
	return 0;
}
