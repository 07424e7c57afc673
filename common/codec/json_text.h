/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing JSON: values that are always valid. json_string() refuses text that is no UTF-8, and
 * arguments, variables and paths may hold any bytes.
 */
#ifndef COMMON_CODEC_JSON_TEXT_H
#define COMMON_CODEC_JSON_TEXT_H

#include <jansson.h>
#include <stdint.h>

#include "common/base/alloc.h"

/* The text as it is; made printable (printable.h) where it is no UTF-8. NULL is null. */
json_t *json_text(const char *text) must_check;
/* All of them, as json_text(). */
json_t *json_texts(const struct strings *list) must_check;
/* RFC 3339 in whole seconds; TIME_NONE is null. */
json_t *json_time(int64_t t) must_check;
/* Sets a member, whose value is stolen. jansson fails only for lack of memory: that ends the
 * program, as in alloc.h. */
void json_put(json_t *object, const char *key, json_t *value);

#endif
