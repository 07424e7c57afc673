/* SPDX-License-Identifier: Apache-2.0 */
/* Which boot of which kernel this is: equal on two sides, both run on the same kernel. */
#ifndef COMMON_OS_BOOT_ID_H
#define COMMON_OS_BOOT_ID_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/error.h"

#define BOOT_ID_SIZE 16

/*
 * Linux: /proc/sys/kernel/random/boot_id, and only if that file is procfs itself: systemd-nspawn
 * and LXC mount one of their own over it, which says nothing about the kernel. macOS:
 * kern.bootsessionuuid. Errors: ERROR_UNSUPPORTED, with the reason; never all zeros.
 */
int boot_id_read(uint8_t out[BOOT_ID_SIZE], struct error *err) must_check;

#ifdef __linux__
/* The same from a path, for tests: what is there has to be procfs and hold a boot ID. */
int boot_id_read_from(uint8_t out[BOOT_ID_SIZE], const char *path, struct error *err) must_check;
#endif

/* Pure: "ad1b7cd0-...-..." (36 characters, and perhaps a newline) into bytes. Errors: ERROR_INPUT.
 */
int boot_id_parse(uint8_t out[BOOT_ID_SIZE], const char *text, size_t len, struct error *err)
	must_check;

#endif
