/* SPDX-License-Identifier: Apache-2.0 */
/* An NTP server that does what the test wants: a process that answers by a script. */
#ifndef TESTS_UNIT_CLIENT_NTP_PEER_H
#define TESTS_UNIT_CLIENT_NTP_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* `size` bytes at `at` of an answer that would be good, big-endian; size 0 ends the list. */
struct ntp_patch {
	int at, size;
	uint64_t value;
};
#define NTP_PATCHES 3

/* What is done with one request. All zero: a good answer at once. */
struct ntp_act {
	struct ntp_patch patches[NTP_PATCHES];
	int64_t offset; /* of this server's clock: its REALTIME is ours plus this, ns */
	int before_ms;  /* the answer is late on its way */
	int there_ms;   /* time between its two stamps */
	int len;        /* of the answer; 0: 48 */
	int copies;     /* sent once more, so often */
	bool silent;
	bool elsewhere; /* sent from another port */
	bool then_good; /* and the good answer after it */
	int stop_ms;    /* we are stopped (SIGSTOP) while the answer comes, for so long */
};

struct ntp_peer_seen {
	int requests;
	uint8_t last[64];
	int last_len;
	uint16_t ports[16]; /* where requests came from */
	int64_t times[16];  /* when: MONOTONIC */
	uint64_t cookies[16];
};

struct ntp_peer {
	pid_t pid;
	char *name; /* "127.0.0.1:PORT" */
	int port;
	struct ntp_peer_seen *seen; /* shared memory */
};

/* acts: one for each request in turn, the last for all that follow. v6: on [::1]. */
void ntp_peer_start(struct ntp_peer *peer, const struct ntp_act *acts, size_t count, bool v6);
void ntp_peer_stop(struct ntp_peer *peer);
#define scoped_ntp_peer __attribute__((__cleanup__(ntp_peer_stop))) struct ntp_peer

#endif
