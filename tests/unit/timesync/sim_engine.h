/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An engine on a machine made of numbers, which runs the helper's own code (helper/serve.c) in its
 * one container: what a session meets, without any clock that could be hurt.
 */
#ifndef TESTS_UNIT_TIMESYNC_SIM_ENGINE_H
#define TESTS_UNIT_TIMESYNC_SIM_ENGINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/client/engine.h"
#include "plugins/timesync/helper/wire.h"

/* Shared with the engine's processes; the test sets the first part before it calls. */
struct sim_world {
	_Atomic int64_t offset; /* of the machine's clock to this one's, ns; steps change it */
	uint8_t boot_id[WIRE_BOOT_ID_SIZE];
	bool synchronised;  /* its kernel's STA_UNSYNC is clear, maxerror 1 ms */
	int set_errno;      /* what its kernel answers to a step; 0: does it */
	int moves;          /* so many set requests find that somebody stepped by 50 ms */
	int end_after;      /* the helper ends at that request; 0: it does not */
	bool labels_deny;   /* without label=disable the helper may not even read timex */
	bool load_fails;    /* /images/load says so inside its 200 */
	const char *knows;  /* the image's name here, once loaded; NULL: as it is in the archive */
	bool never_removes; /* wait?condition=removed does not return */
	int64_t delay;      /* ns before each reply of the helper */
	const char *list;   /* GET /containers/json; NULL: none */

	_Atomic bool loaded, created, started, running;
	_Atomic int creates, loads, attaches, waits, deletes, infos, pings, sets, greetings;
	char body[8192];   /* of the last create */
	char deleted[512]; /* the last DELETE's path */
};

struct sim {
	pid_t pid;
	char *address;
	struct sim_world *world;
};

/* The image is there, the clock right, the boot ID 1, 2, 3, ... */
void sim_start(struct sim *sim);
void sim_stop(struct sim *sim);
#define scoped_sim scoped(sim_stop) struct sim

#endif
