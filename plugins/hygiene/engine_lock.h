/* SPDX-License-Identifier: Apache-2.0 */
/* One run of a kind at a time per engine and user. */
#ifndef PLUGINS_HYGIENE_ENGINE_LOCK_H
#define PLUGINS_HYGIENE_ENGINE_LOCK_H

#include "common/client/engine.h"

/*
 * Asks the engine for its ID and takes the lock of it, held until *fd is closed or the process
 * ends. kind: part of the file's name, "" or ".build"; what: for the error, "prune". Errors:
 * ERROR_BUSY: another one holds it.
 */
int engine_lock(struct engine *engine, const char *kind, const char *what, int *fd,
		struct error *err) must_check;

#endif
