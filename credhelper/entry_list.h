/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entries that the push file and the encrypted pull file hold, as JSON
 * (docs/internals/pushgate.md §5, §7). Pure. Errors quote nothing of what was read: it is secret.
 */
#ifndef CREDHELPER_ENTRY_LIST_H
#define CREDHELPER_ENTRY_LIST_H

#include <stdbool.h>

#include "credhelper/push_file.h"

/* name: what errors call it. timed: each has "stored" and "expires". Strict: unknown, absent and
 * duplicate members are errors. Errors: ERROR_INPUT, ERROR_UNSUPPORTED (a later version). */
int entry_list_parse(struct push_entries *out, const char *data, size_t len, const char *name,
		     bool timed, struct error *err) must_check;
/* out is of buf_init_wiped(). */
void entry_list_format(const struct push_entries *entries, bool timed, struct buf *out);

/* A copy of the credential is added. */
void entry_list_add(struct push_entries *entries, const struct push_entry *entry);
/* Those for which drop() says so; returns how many. */
typedef bool (*entry_drop)(const struct push_entry *entry, const void *ctx);
size_t entry_list_remove(struct push_entries *entries, entry_drop drop, const void *ctx);

/* JSON, D-Bus and files of ours hold text: errors (ERROR_INPUT) for what is none, and for no
 * server at all. */
int entry_check_text(const char *server, const char *username, struct error *err) must_check;

#endif
