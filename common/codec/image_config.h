/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image's configuration (image-spec/config.md, Docker's image spec 1.2), as far as it tells what
 * the image was built on. Pure.
 */
#ifndef COMMON_CODEC_IMAGE_CONFIG_H
#define COMMON_CODEC_IMAGE_CONFIG_H

#include <stdint.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/codec/api.h"
#include "common/codec/platform.h"

#define IMAGE_CONFIG_MAX       ((size_t)4 << 20) /* bytes */
#define IMAGE_CONFIG_ITEMS_MAX 4096              /* layers, entries of the history, labels */

struct image_config {
	int64_t created; /* TIME_NONE: not told, or a constant of reproducible builds (1970, 0001)
			  */
	struct platform platform;
	struct strings diff_ids; /* valid digests, lowest first */
	struct api_labels labels;
	size_t history;       /* its entries; 0: not told */
	size_t history_empty; /* those of them that made no layer */
};

/* Errors: ERROR_LIMIT; ERROR_INPUT: no JSON, a key twice, a type that is wrong, a diff ID that is
 * no digest, no rootfs. */
int image_config_parse(struct image_config *out, const char *data, size_t len, struct error *err)
	must_check;
void image_config_release(struct image_config *config);
#define scoped_image_config scoped(image_config_release) struct image_config

#endif
