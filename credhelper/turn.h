/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns at something that is slow where many ask at the same time, and then cannot be told from
 * something that hangs: TURN_MOST of this user's processes have one, each by a lock on a file of
 * the runtime directory.
 */
#ifndef CREDHELPER_TURN_H
#define CREDHELPER_TURN_H

#include "credhelper/world.h"

#define TURN_MOST 8
#define TURN_WAIT (20 * INT64_C(1000000000)) /* where none is free */

/* The first that is free: a descriptor to close, or -1: nobody is made to wait for longer than
 * TURN_WAIT, or without a runtime directory, and goes on without. */
int turn_take(const struct world *world);

#endif
