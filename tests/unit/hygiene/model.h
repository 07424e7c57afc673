/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pruning means, said once more and as plainly as can be: by trying everything, without a map,
 * an index or an order that was thought about. Written from the description of pruning, not from
 * decide(); the two must agree.
 */
#ifndef TESTS_UNIT_HYGIENE_MODEL_H
#define TESTS_UNIT_HYGIENE_MODEL_H

#include "tests/unit/hygiene/random_engine.h"

#define MODEL_MAX 64 /* objects of a kind */

struct model {
	const struct random_engine *e;
	bool goes[KIND_COUNT][MODEL_MAX];
};

/* All that may go, without targets. */
void model_eligible(struct model *m, const struct random_engine *e);
/* What goes with the policy's targets: cuts m down. Returns whether they are reached. */
bool model_choose(struct model *m);

/* Bytes of the layers that only images in gone[] have. */
int64_t model_layers_freed(const struct random_engine *e, const bool *gone);

/* What is in use if the containers in m->goes go and the others stay. */
bool model_image_used(const struct model *m, size_t i);
bool model_volume_used(const struct model *m, size_t i);
bool model_network_used(const struct model *m, size_t i);
/* True if something that stays is built on the object. */
bool model_has_children(const struct model *m, enum kind kind, size_t i);

#endif
