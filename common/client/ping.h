/* SPDX-License-Identifier: Apache-2.0 */
/* What the headers of GET /_ping tell of an engine (moby api/server/router/system/). */
#ifndef COMMON_CLIENT_PING_H
#define COMMON_CLIENT_PING_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"

struct ping {
	int api_major, api_minor;       /* Api-Version: the newest it speaks; 0, 0: did not say */
	bool podman;                    /* Libpod-API-Version is there */
	bool windows;                   /* OSType: windows */
	int podman_major, podman_minor; /* Podman's own version; 0, 0: not said */
};

/* Pure: takes from one header line ("Name: value\r\n", any case) what it tells. */
void ping_header(struct ping *ping, const char *line, size_t len);

/* "1.41" or "v1.41", nothing after it. Outputs untouched if it is none. */
bool api_version_parse(const char *text, size_t len, int *major, int *minor) must_check;

#endif
