/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The helpers that are built into the plugin: one docker-archive per architecture, ready for
 * POST /images/load, with a tag that names its content. Nothing is ever pulled.
 */
#ifndef PLUGINS_TIMESYNC_HELPER_IMAGE_H
#define PLUGINS_TIMESYNC_HELPER_IMAGE_H

#include <stddef.h>

#include "common/base/error.h"

struct helper_image {
	const char *arch;    /* GOARCH, with the variant if it has one: "amd64", "arm/v7" */
	const char *tag;     /* "docker-timesync/helper:<12 hex digits of the image's config>" */
	const char *archive; /* tar, uncompressed */
	size_t len;
};

/*
 * The one for an engine's machine. arch: "Arch" of /version (GOARCH: "amd64", "arm64", "arm") or
 * "Architecture" of /info (uname: "x86_64", "aarch64", "armv7l"); whichever is given. Errors:
 * ERROR_UNSUPPORTED, which lists those that there are.
 */
int helper_image_choose(const struct helper_image **out, const char *arch, struct error *err)
	must_check;

/* All of them, for tests and --version. */
extern const struct helper_image helper_images[];
extern const size_t helper_image_count;

#endif
