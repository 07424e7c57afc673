/* SPDX-License-Identifier: Apache-2.0 */
/* Docker's client configuration: $DOCKER_CONFIG/config.json (default ~/.docker). */
#ifndef COMMON_CLIENT_DOCKER_CONFIG_H
#define COMMON_CLIENT_DOCKER_CONFIG_H

#include <jansson.h>

#include "common/base/alloc.h"
#include "common/base/error.h"

struct docker_config {
	char *dir;    /* the directory, also where contexts/ lies */
	json_t *root; /* config.json; an empty object if there is no file */
};

/* The directory alone: dir, else $DOCKER_CONFIG, else ~/.docker. Owned. Errors: ERROR_NOT_FOUND (no
 * home). */
int docker_config_dir(char **out, const char *dir, struct error *err) must_check;

/*
 * dir: from --config; NULL: $DOCKER_CONFIG, else ~/.docker. No file is an empty configuration.
 * Errors: ERROR_INPUT (does not parse, larger than 4 MiB), ERROR_DENIED.
 */
int docker_config_open(struct docker_config *out, const char *dir, struct error *err) must_check;
void docker_config_release(struct docker_config *config);
#define scoped_docker_config scoped(docker_config_release) struct docker_config

/* plugins.<plugin>.<key>; NULL if absent or not a string. Borrowed. */
const char *docker_config_plugin(const struct docker_config *config, const char *plugin,
				 const char *key);
/* A top-level string, NULL if absent. Borrowed. */
const char *docker_config_string(const struct docker_config *config, const char *key);
/* Appends the strings of a top-level array ("pruneFilters"). */
void docker_config_strings(const struct docker_config *config, const char *key,
			   struct strings *out);

#endif
