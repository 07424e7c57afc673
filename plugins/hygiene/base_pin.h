/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Dockerfile whose stages stand on other images than it says: what another recipe of the same run
 * makes has only a temporary name until all is built. Pure.
 */
#ifndef PLUGINS_HYGIENE_BASE_PIN_H
#define PLUGINS_HYGIENE_BASE_PIN_H

#include "common/base/buf.h"
#include "common/base/error.h"
#include "common/codec/dockerfile_from.h"

/*
 * file: of text. images: for each stage what it is to stand on instead, NULL: as written. Each FROM
 * that changes is written anew, on as many lines as it had, so that the builder's own messages name
 * the right ones; all else is copied byte for byte.
 */
void base_pin(struct buf *out, const char *text, size_t len, const struct dockerfile *file,
	      const char *const *images);

#endif
