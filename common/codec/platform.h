/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Platforms of images: "linux/amd64", "linux/arm/v7". Names are normalised as containerd/platforms
 * does it:
 *
 *  - lower case; macos is darwin; x86_64 and x86-64 are amd64, aarch64 is arm64, i386 is 386
 * without a variant, armhf is arm/v7, armel is arm/v6
 *  - arm64's "8", "v8" and "v8.0" and amd64's "v1" are none, arm64's "9", "9.0" and "v9.0" are v9;
 *    arm without one is arm/v7, its "5" to "8" get their "v"
 *
 * A value owns its strings. Pure.
 */
#ifndef COMMON_CODEC_PLATFORM_H
#define COMMON_CODEC_PLATFORM_H

#include <stdbool.h>

#include "common/base/alloc.h"
#include "common/base/error.h"

/* Normalised where it was parsed. Zeroed it is "not told", and may be released. */
struct platform {
	char *os, *architecture;
	char *variant; /* NULL: none */
};

/*
 * "os", "architecture" (known ones), "os/architecture" or "os/architecture/variant", each of
 * letters, digits, "_", "-" and "."; what is not told is host's (whose variant goes with its
 * architecture only). Errors: ERROR_USAGE.
 */
int platform_parse(struct platform *out, const char *text, const struct platform *host,
		   struct error *err) must_check;
/* From a manifest's, image's or engine's own members; any may be NULL or "". */
void platform_set(struct platform *out, const char *os, const char *architecture,
		  const char *variant);
void platform_copy(struct platform *out, const struct platform *from);
void platform_release(struct platform *platform);
#define scoped_platform scoped(platform_release) struct platform

/* "linux/arm64/v9"; "unknown" for what is not told. Owned. */
char *platform_format(const struct platform *platform) must_check;
bool platform_equal(const struct platform *a, const struct platform *b);

/*
 * How well an image for have runs on want, in the order of docker pull (containerd/platforms'
 * Only): 0 not at all, 1 the same, and then downwards:
 *
 *  - arm64 v9.x: v9.(x-1) to v9, v8.(x+5, at most 9) to v8, then arm v8 to v5; v8.x the same
 *  - arm v8 to v5: the lower ones down to v5
 *  - amd64 v4 to none: the lower ones, then 386
 *  - all else: itself alone
 *
 * A total order: two platforms of one rank are the same one.
 */
unsigned platform_rank(const struct platform *want, const struct platform *have);

#endif
