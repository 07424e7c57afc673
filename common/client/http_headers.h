/* SPDX-License-Identifier: Apache-2.0 */
/* Headers that people add to every request, as docker takes them. */
#ifndef COMMON_CLIENT_HTTP_HEADERS_H
#define COMMON_CLIENT_HTTP_HEADERS_H

#include "common/base/alloc.h"
#include "common/base/error.h"
#include "common/client/docker_config.h"

/*
 * HttpHeaders of config.json as lines for libcurl ("Name: value"; "Name;" if the value is empty).
 * What is not theirs to set (Host, User-Agent, lengths) is left out, as docker does.
 * Errors: ERROR_INPUT (not an object of strings, a name or value that no header can have).
 */
int headers_of_config(struct strings *out, const struct docker_config *config, struct error *err)
	must_check;

/*
 * DOCKER_CUSTOM_HEADERS: name=value,... with CSV quoting ("name=a,b"), the last of a name wins,
 * empty values are left out (docker/cli cli/command/cli_options.go). Errors: ERROR_USAGE.
 */
int headers_of_text(struct strings *out, const char *text, struct error *err) must_check;

#endif
