/* SPDX-License-Identifier: Apache-2.0 */
/* What the parsers of common/codec/api*.c share; nobody else includes it. */
#ifndef COMMON_CODEC_API_INTERNAL_H
#define COMMON_CODEC_API_INTERNAL_H

#include "common/codec/api.h"
#include "common/codec/json.h"

/* The root of a list. Podman says null for an empty one. */
int api_list_root(const json_t *json, const char *name, struct json_place *out, struct error *err)
	must_check;
/* The root of an object. */
int api_object_root(const json_t *json, const char *name, struct json_place *out, struct error *err)
	must_check;

/* An owned copy; NULL if absent or empty. api_need_string: that is an error. */
int api_get_string(const struct json_place *at, const char *key, char **out, struct error *err)
	must_check;
int api_need_string(const struct json_place *at, const char *key, char **out, struct error *err)
	must_check;
/* A whole container ID: 64 hex digits. */
int api_need_container_id(const struct json_place *at, const char *key, char **out,
			  struct error *err) must_check;
/* A whole image ID, with its algorithm; NULL if absent or empty. */
int api_get_image_id(const struct json_place *at, const char *key, char **out, struct error *err)
	must_check;
int api_need_image_id(const struct json_place *at, const char *key, char **out, struct error *err)
	must_check;
/* Seconds as a number, or RFC 3339; TIME_NONE if absent. */
int api_get_time(const struct json_place *at, const char *key, int64_t *out, struct error *err)
	must_check;
/* Bytes; -1 (absent, or not calculated) or more. */
int api_get_size(const struct json_place *at, const char *key, int64_t *out, struct error *err)
	must_check;
/* An object of strings; nothing if absent. out is empty. */
int api_get_labels(const struct json_place *at, const char *key, struct api_labels *out,
		   struct error *err) must_check;

/*
 * /system/df: the records of one kind, where the version has them: {usage: {"Items": []}} since
 * 1.52, {legacy: []} before. Absent where neither is. *usage_at holds the place between: it must
 * live as long as *out.
 */
int api_df_items(const struct json_place *root, const char *usage, const char *legacy,
		 struct json_place *usage_at, struct json_place *out, struct error *err) must_check;

#endif
