/* SPDX-License-Identifier: Apache-2.0 */
/* Images for tests of base status, written as text. */
#ifndef TESTS_UNIT_HYGIENE_BASE_WORLD_H
#define TESTS_UNIT_HYGIENE_BASE_WORLD_H

#include "common/codec/api.h"

/* "sha256:" and 64 times the hex digit. */
#define DIGEST_TEXT 72
const char *digest_of(char room[DIGEST_TEXT], char digit);

/*
 * Appends the image "names;layers;labels": names are tags ("app:1") and digests ("app@a", whose
 * digest is digest_of('a')), with blanks between; each letter is a layer, lowest first; labels are
 * n=NAME and d=DIGIT of the base, N=NAME and B=SECOND of base build. Its ID is of its place.
 */
struct api_image *world_image(struct api_images *list, const char *text);

#endif
