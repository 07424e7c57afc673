/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What most of several intervals have in common (Marzullo's algorithm, as RFC 5905 §11.2.1 uses
 * it). Pure.
 */
#ifndef PLUGINS_TIMESYNC_MAJORITY_H
#define PLUGINS_TIMESYNC_MAJORITY_H

#include "plugins/timesync/estimate.h"

/*
 * The points that lie in the most of the intervals: *out is the smallest interval that holds all of
 * them (there may be several such places, and the truth may be in any). Returns how many intervals
 * that is; the caller wants more than half of them. At most MAJORITY_MAX.
 */
#define MAJORITY_MAX 64
size_t majority_of(const struct interval *intervals, size_t count, struct interval *out) must_check;

#endif
