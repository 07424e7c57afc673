/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets from descriptors and files, and files that hold them. Nothing is left in stdio. */
#ifndef COMMON_CLIENT_SECRET_FILE_H
#define COMMON_CLIENT_SECRET_FILE_H

#include <stdint.h>

#include "common/base/error.h"
#include "common/base/secret.h"

/* To its end, however it comes; replaces out. deadline: ns from now, 0: none. Errors: ERROR_LIMIT,
 * ERROR_TIMEOUT, ERROR_IO. */
int secret_read_fd(int fd, size_t limit, int64_t deadline, struct secret *out, struct error *err)
	must_check;

/*
 * A regular file of ours (or root's) that neither group nor others may read or write, reached over
 * no link in its last part (O_NOFOLLOW) and through no directory that others may write (sticky ones
 * are fine). Errors: ERROR_NOT_FOUND, ERROR_DENIED (says chmod, or whose it is), ERROR_LIMIT,
 * ERROR_IO.
 */
int secret_read_file(const char *path, size_t limit, struct secret *out, struct error *err)
	must_check;

/*
 * As secret_read_file(), but the last part may be a link, or a few in a row, as where Kubernetes
 * mounts secrets (key -> ..data/key): each link has to be ours or root's, and in a directory as
 * above, and what it leads to is held to the same. For what is only ever read. Errors: as above,
 * ERROR_DENIED (whose the link is, too many of them).
 */
int secret_read_linked(const char *path, size_t limit, struct secret *out, struct error *err)
	must_check;

/*
 * Mode 0600 whatever the umask: a temporary file beside it (O_EXCL | O_NOFOLLOW), fsync, rename,
 * fsync of the directory: readers see the old or the new one whole. A link at path is refused
 * (ERROR_DENIED), not followed; directories are made 0700. A full disk leaves the old file.
 */
int secret_replace_file(const char *path, const struct secret *data, struct error *err) must_check;

/*
 * The lock of a file that is replaced, path + ".lock" (0600, flock, dies with its process). Waits
 * up to deadline ns (ERROR_BUSY). Takes away the temporary files of those that were killed in
 * secret_replace_file(): where one takes the lock, all who replace the file do. Directories are
 * made 0700. Returns the descriptor to close, or -1.
 */
int secret_lock_file(const char *path, int64_t deadline, struct error *err) must_check;

#endif
