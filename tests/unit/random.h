/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random numbers for property tests. The seed is TEST_SEED of the environment, else the clock; a
 * failing check prints it (RANDOM_SEED in its message), so that the run can be repeated.
 */
#ifndef TESTS_UNIT_RANDOM_H
#define TESTS_UNIT_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t seed, state;
};
#define RANDOM_SEED "TEST_SEED=%llu"

struct random random_start(void);
uint64_t random_next(struct random *r);
/* 0 <= result < below */
uint64_t random_below(struct random *r, uint64_t below);
/* Any magnitude is as likely as any other: 0 to INT64_MAX. */
int64_t random_magnitude(struct random *r);

#endif
