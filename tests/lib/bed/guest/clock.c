/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bed-clock: the virtual machine's clock as the tests see and disturb it, without docker and
 * without a line of the program under test. Shift, keep and race change the clock, and so refuse to
 * run on any other machine: the bed's kernels have the word "docker-hygiene-bed" on their command
 * line.
 *
 *   bed-clock serve PORT     on each TCP connection, for each 8 bytes (a cookie) 24: the cookie,
 *                            REALTIME when it came, REALTIME when it is answered; 64-bit
 *                            little-endian, nanoseconds
 *   bed-clock relay TCP UDP  datagrams to UDP on loopback and back, over each TCP connection, each
 *                            after two bytes of its length: QEMU's user network with restrict=on
 *                            lets no datagram out
 *   bed-clock shift NS       adds NS to REALTIME, in one step
 *   bed-clock show           status, state, maxerror (us) and what is left of a slew (us), of
 *                            adjtimex(2)
 *   bed-clock keep STATUS US
 *                            status (of its bits that can be set, and STA_NANO) and maxerror (us)
 *                            as a time service leaves them
 *   bed-clock race NS MS     a second agent that knows what time it is (what the clock says when it
 *                            begins): over and over, at random moments up to MS milliseconds apart,
 *                            sets the clock NS beside that, and then right; ends, right, at SIGTERM
 */
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define NSEC_PER_SEC INT64_C(1000000000)

static int in_bed(void)
{
	char line[4096] = "";
	FILE *file = fopen("/proc/cmdline", "r");

	if (file) {
		if (!fgets(line, sizeof line, file))
			line[0] = 0;
		fclose(file);
	}
	return strstr(line, "docker-hygiene-bed") != NULL;
}

static int64_t now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static int listener(uint16_t port)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0 || listen(fd, 16) < 0) {
		perror("bed-clock");
		exit(1);
	}
	return fd;
}

/* In a process of its own: returns there, with each new connection. */
static int next_connection(int fd)
{
	int on = 1;

	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int peer = accept(fd, NULL, NULL);

		if (peer < 0)
			continue;
		setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		if (fork() == 0)
			return peer;
		close(peer);
	}
}

static int serve(uint16_t port)
{
	int peer = next_connection(listener(port));
	int64_t words[3];

	while (recv(peer, words, 8, MSG_WAITALL) == 8) {
		words[1] = now(CLOCK_REALTIME);
		words[2] = now(CLOCK_REALTIME);
		if (send(peer, words, sizeof words, MSG_NOSIGNAL) != sizeof words)
			break;
	}
	return 0;
}

/* A datagram with its length in front, from one side to the other. */
static int carry(int peer, int udp, int outward)
{
	unsigned char packet[2 + 512];
	ssize_t len;

	if (outward) {
		len = recv(udp, packet + 2, sizeof packet - 2, 0);
		if (len < 0)
			return 0; /* nobody listens there: as silent as a lost datagram */
		packet[0] = (unsigned char)(len >> 8);
		packet[1] = (unsigned char)len;
		return send(peer, packet, (size_t)len + 2, MSG_NOSIGNAL) < 0;
	}
	if (recv(peer, packet, 2, MSG_WAITALL) != 2)
		return 1;
	len = packet[0] << 8 | packet[1];
	if (len > 512 || recv(peer, packet, (size_t)len, MSG_WAITALL) != len)
		return 1;
	send(udp, packet, (size_t)len, 0);
	return 0;
}

static int relay(uint16_t port, uint16_t to)
{
	int peer = next_connection(listener(port));
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons(to) };
	int udp = socket(AF_INET, SOCK_DGRAM, 0), ended = 0;
	struct pollfd fds[] = { { peer, POLLIN, 0 }, { udp, POLLIN, 0 } };

	there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	connect(udp, (struct sockaddr *)&there, sizeof there);
	while (!ended && poll(fds, 2, -1) > 0) {
		if (fds[1].revents)
			ended |= carry(peer, udp, 1);
		if (fds[0].revents)
			ended |= carry(peer, udp, 0);
	}
	return 0;
}

static int shift(int64_t ns)
{
	struct timex tx = { .modes = ADJ_SETOFFSET | ADJ_NANO };

	tx.time.tv_sec = ns / NSEC_PER_SEC;
	tx.time.tv_usec = ns % NSEC_PER_SEC;
	if (tx.time.tv_usec < 0) {
		tx.time.tv_sec--;
		tx.time.tv_usec += NSEC_PER_SEC;
	}
	if (adjtimex(&tx) < 0) {
		perror("bed-clock shift");
		return 1;
	}
	/* The unit of the kernel's clock is left as it was at boot. */
	tx = (struct timex){ .modes = ADJ_MICRO };
	return adjtimex(&tx) < 0;
}

static int show(void)
{
	struct timex tx = { .modes = 0 };
	int state = adjtimex(&tx);
	struct timex left = { .modes = ADJ_OFFSET_SS_READ };

	adjtimex(&left);
	printf("%d %d %ld %ld\n", tx.status, state, tx.maxerror, left.offset);
	return 0;
}

static int keep(int status, long maxerror)
{
	struct timex tx = {
		.modes = ADJ_STATUS | ADJ_MAXERROR | (status & STA_NANO ? ADJ_NANO : ADJ_MICRO),
		.status = status & ~STA_NANO,
		.maxerror = maxerror,
	};

	if (adjtimex(&tx) < 0) {
		perror("bed-clock keep");
		return 1;
	}
	return 0;
}

static volatile sig_atomic_t ended;

static void end(int number)
{
	(void)number;
	ended = 1;
}

static void set(int64_t realtime)
{
	struct timespec ts = { realtime / NSEC_PER_SEC, realtime % NSEC_PER_SEC };

	if (clock_settime(CLOCK_REALTIME, &ts) < 0)
		perror("bed-clock race");
}

static int race(int64_t wrong, long most_ms)
{
	int64_t to = now(CLOCK_REALTIME) - now(CLOCK_BOOTTIME);
	unsigned steps = 0;

	signal(SIGTERM, end);
	srandom((unsigned)getpid());
	while (!ended) {
		long ms = random() % most_ms + 1;
		struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

		set(now(CLOCK_BOOTTIME) + to + (steps++ % 2 ? 0 : wrong));
		nanosleep(&pause, NULL);
	}
	set(now(CLOCK_BOOTTIME) + to);
	printf("%u\n", steps);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "serve") && argc == 3)
		return serve((uint16_t)atoi(argv[2]));
	if (!strcmp(what, "relay") && argc == 4)
		return relay((uint16_t)atoi(argv[2]), (uint16_t)atoi(argv[3]));
	if (!strcmp(what, "show") && argc == 2)
		return show();
	if (!in_bed()) {
		fprintf(stderr, "bed-clock: only for the virtual machine of the tests\n");
		return 2;
	}
	if (!strcmp(what, "shift") && argc == 3)
		return shift(strtoll(argv[2], NULL, 10));
	if (!strcmp(what, "keep") && argc == 4)
		return keep(atoi(argv[2]), atol(argv[3]));
	if (!strcmp(what, "race") && argc == 4)
		return race(strtoll(argv[2], NULL, 10), atol(argv[3]));
	fprintf(stderr,
		"usage: bed-clock serve PORT | relay TCP UDP | show | shift NS | keep STATUS US | "
		"race NS MS\n");
	return 2;
}
