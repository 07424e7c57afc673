/* SPDX-License-Identifier: Apache-2.0 */
/* Asking NTP servers, all at once, each packet on a socket and with a cookie of its own. */
#ifndef COMMON_CLIENT_NTP_CLIENT_H
#define COMMON_CLIENT_NTP_CLIENT_H

#include <stdint.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/client/cancel.h"
#include "common/codec/ntp.h"

#define NTP_BURST         4                  /* most packets to one server */
#define NTP_BURST_SPACING (2 * NSEC_PER_SEC) /* at least, between two to one server */
#define NTP_SERVERS_MAX   8

/* One good answer of a server. */
struct ntp_sample {
	struct ntp_reply reply;
	int64_t sent, answered; /* t1, t4: host MONOTONIC; t4 from the kernel's receive stamp where
				   there is one */
};

struct ntp_server {
	const char *name; /* as given, borrowed */
	struct ntp_sample samples[NTP_BURST];
	size_t count;
	struct error err; /* why there is none, or why it stopped early */
};

/*
 * Asks count servers ("host", "host:port", "[::1]:port"), `burst` times each at most, until
 * deadline (ns from now). A kiss of death ends the questions to that server (RATE too: there is no
 * later here). Names are resolved with the time limit too. Returns -1 only when cancelled; each
 * server has its own result.
 */
int ntp_ask(struct ntp_server *servers, size_t count, unsigned burst, int64_t deadline,
	    const struct clock *clock, struct cancel *cancel, struct error *err) must_check;

#endif
