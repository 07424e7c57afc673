/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What most of several intervals have in common (after Marzullo's algorithm, which RFC 5905 §11.2.1
 * uses). Pure.
 */
#ifndef PLUGINS_TIMESYNC_MAJORITY_H
#define PLUGINS_TIMESYNC_MAJORITY_H

#include "plugins/timesync/estimate.h"

/*
 * Where all of them meet; else *out is the smallest interval that holds all points which lie in
 * more than half of them (there may be several such places, and the truth may be in any): whoever
 * is wrong, the truth is inside as long as more than half are right. Where no point lies in more
 * than half, those that lie in the most. Returns the most that meet in one point; the caller wants
 * more than half of them. At most MAJORITY_MAX.
 */
#define MAJORITY_MAX 64
size_t majority_of(const struct interval *intervals, size_t count, struct interval *out) must_check;

#endif
