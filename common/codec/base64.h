/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648 §4, padded) and base64url (§5, not padded), strict both ways: no blanks, no
 * other alphabet, no bits left over. Takes and gives secrets: nothing is kept. Pure. */
#ifndef COMMON_CODEC_BASE64_H
#define COMMON_CODEC_BASE64_H

#include "common/base/buf.h"
#include "common/base/error.h"
#include "common/base/secret.h"

void base64_add(struct buf *out, const void *data, size_t len);
/* Replace out. Errors: ERROR_INPUT that quotes nothing. */
int base64_read(const char *text, size_t len, struct secret *out, struct error *err) must_check;
int base64url_read(const char *text, size_t len, struct secret *out, struct error *err) must_check;

#endif
