/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/random.h"

#include <stdlib.h>
#include <time.h>

struct random random_start(void)
{
	const char *given = getenv("TEST_SEED");
	struct timespec now;
	struct random r;

	clock_gettime(CLOCK_REALTIME, &now);
	r.seed = given ? strtoull(given, NULL, 10)
		       : (uint64_t)now.tv_sec * 1000003u + (uint64_t)now.tv_nsec;
	r.state = r.seed;
	return r;
}

/* SplitMix64: every seed is a good one. */
uint64_t random_next(struct random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t random_below(struct random *r, uint64_t below)
{
	return random_next(r) % below;
}

int64_t random_magnitude(struct random *r)
{
	return (int64_t)(random_next(r) >> (1 + random_below(r, 63)));
}
