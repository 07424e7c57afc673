/* SPDX-License-Identifier: Apache-2.0 */
/* Engines and policies made up from a seed: the same seed, the same engine. */
#ifndef TESTS_UNIT_HYGIENE_RANDOM_ENGINE_H
#define TESTS_UNIT_HYGIENE_RANDOM_ENGINE_H

#include "plugins/hygiene/plan.h"

struct random_engine {
	struct snapshot snap;
	struct policy policy;
	/* Every layer's size can be told from history, on a graph driver, with nothing hidden. */
	bool exact;
	char texts[8][128]; /* the policy's rules live here */
	struct rule_text rules[8];
	size_t used;
};

/* What kinds of choice the policy makes. */
enum random_targets { TARGETS_NONE, TARGETS_SIZE, TARGETS_DISK, TARGETS_BOTH };

void random_engine_init(struct random_engine *e, uint64_t seed, enum random_targets targets);
void random_engine_release(struct random_engine *e);
/* Another order of every list. */
void random_engine_shuffle(struct random_engine *e, uint64_t seed);
/* Some of what may happen between a plan and its execution. */
void random_engine_change(struct random_engine *e, uint64_t seed);

/* What a layer holds truly: a function of the chain of diff IDs up to it. */
int64_t true_layer_size(const struct random_engine *e, const struct strings *diff_ids, size_t upto);

#define EMPTY_LAYER "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"

#endif
