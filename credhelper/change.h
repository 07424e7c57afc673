/* SPDX-License-Identifier: Apache-2.0 */
/* What install and uninstall have in common: the record beside config.json, its lock, and who may
 * be asked. */
#ifndef CREDHELPER_CHANGE_H
#define CREDHELPER_CHANGE_H

#include "common/cli/verb.h"
#include "credhelper/config_change.h"
#include "credhelper/config_file.h"
#include "credhelper/world.h"

/* In docker's directory. It has names, no secret. */
#define CHANGE_RECORD "config.json.before-pushgate"

struct change {
	struct cli *cli;
	struct world world;
	struct config_file file;
	char *record_path;
	struct config_record record;
	bool recorded; /* there is a record */
	int lock;      /* -1: not taken */
};

/*
 * Reads config.json and the record. take_lock: nobody else of us changes them until
 * change_release(). Refuses what could not be written again as it is. Errors: those of
 * config_file_read(), ERROR_INPUT, ERROR_BUSY.
 */
int change_begin(struct change *out, struct cli *cli, bool take_lock, struct error *err) must_check;
int change_write_record(const struct change *change, struct error *err) must_check;
/* The way back is gone: there is nothing to put back. */
void change_remove_record(struct change *change);
void change_release(struct change *change);
#define scoped_change scoped(change_release) struct change

/* A line on stdout: printable, with a newline. */
void change_say(const struct change *change, const char *fmt, ...) printf_like(2, 3);

#endif
