/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs of one line an entry in $XDG_STATE_HOME/docker-hygiene: appended in one write, cut to the
 * newest lines when the file grows past LINELOG_LIMIT.
 */
#ifndef PLUGINS_HYGIENE_LINELOG_H
#define PLUGINS_HYGIENE_LINELOG_H

#include "common/base/buf.h"
#include "common/base/error.h"

#define LINELOG_LIMIT ((size_t)256 << 10)
#define LINELOG_KEEP  100

/* name: "runs.jsonl". line: with its newline. */
int linelog_append(const char *name, const char *line, struct error *err) must_check;
/* All of it; no file: nothing. out is initialised here. */
int linelog_read(const char *name, struct buf *out, struct error *err) must_check;

#endif
