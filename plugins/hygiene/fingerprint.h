/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes an object still the one that was planned, as one line of text: equal text, same
 * object in the same state. Pure; owned by the caller.
 *   container: state and finish time (a restart changes it); image: all its tags and digests,
 *   sorted; volume: created, driver, scope, mountpoint, labels; network: name, created, driver;
 *   build cache: created, last used, usage count.
 */
#ifndef PLUGINS_HYGIENE_FINGERPRINT_H
#define PLUGINS_HYGIENE_FINGERPRINT_H

#include "common/codec/api.h"

char *fingerprint_container(const struct api_container *c) must_check;
char *fingerprint_image(const struct api_image *image) must_check;
char *fingerprint_volume(const struct api_volume *v) must_check;
char *fingerprint_network(const struct api_network *n) must_check;
char *fingerprint_cache(const struct api_cache *c) must_check;

#endif
