/* SPDX-License-Identifier: Apache-2.0 */
/* Files: bounded reads, atomic replacement, directories of the XDG rules, locks. */
#ifndef COMMON_CLIENT_FILES_H
#define COMMON_CLIENT_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/base/buf.h"
#include "common/base/error.h"

/* Appends the file's bytes to out; larger than limit is ERROR_LIMIT. Regular files, and pipes
 * ("--keep-file <(cmd)") that end within 30 s; "-" is not special. Errors: ERROR_NOT_FOUND,
 * ERROR_DENIED, ERROR_INPUT (a directory, a device), ERROR_TIMEOUT, ERROR_IO. */
int file_read(const char *path, size_t limit, struct buf *out, struct error *err) must_check;
/* As file_read() of a regular file, and refuses (ERROR_DENIED, says chmod) a file, or any directory
 * above it, that others than the owner may write (a sticky directory is fine), or that is owned by
 * neither us nor root. Links are resolved first. */
int file_read_trusted(const char *path, size_t limit, struct buf *out, struct error *err)
	must_check;
/* Writes a temporary file beside it, fsyncs, renames: readers see the old or the new one whole. A
 * link stays a link (its target is replaced); a device or pipe ("/dev/stdout") is written to.
 * The umask applies to mode. */
int file_replace(const char *path, const void *data, size_t len, mode_t mode, struct error *err)
	must_check;
/* As file_replace() of a regular file, but what is at path is itself replaced: of a link the link,
 * not what it leads to. */
int file_replace_itself(const char *path, const void *data, size_t len, mode_t mode,
			struct error *err) must_check;
/* As file_replace() where nothing is: whatever is at path, a link to nowhere too, stays, and is
 * ERROR_CONFLICT. On a file system without hard links, what comes there at the very last moment is
 * replaced. */
int file_create(const char *path, const void *data, size_t len, mode_t mode, struct error *err)
	must_check;
/* Could file_replace() write it, as things are now? Makes the temporary file and removes it again;
 * devices and pipes are not opened. Errors: as file_replace() would say. */
int file_replaceable(const char *path, struct error *err) must_check;
/* Refuses (ERROR_DENIED) a directory as file_read_trusted() does those above its file, itself
 * included. Links are resolved first. */
int dir_trusted(const char *path, struct error *err) must_check;
/* mkdir -p with mode for the directories it makes. */
int dir_make(const char *path, mode_t mode, struct error *err) must_check;

/* $XDG_STATE_HOME/name, else ~/.local/state/name; also XDG_CONFIG_HOME, ~/.config. Relative
 * values of the variables are ignored, as the XDG rules say. Owned. */
int dir_state(char **out, const char *name, struct error *err) must_check;
int dir_config(char **out, const char *name, struct error *err) must_check;
/* The home directory: $HOME if absolute, else the password database. Owned. */
int dir_home(char **out, struct error *err) must_check;

/*
 * An exclusive lock that dies with its process (flock; close-on-exec). Makes the file. Held by
 * another: ERROR_BUSY with the holder's pid if known. Returns the descriptor to close, or -1.
 */
int lock_take(const char *path, struct error *err) must_check;

#endif
