/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `docker login` stores inside attested CI: a 0600 file of that user's own,
 * $XDG_STATE_HOME/docker-hygiene/pushgate-push.json, with an end for each entry. Opened for reading
 * only where the plan of decide.h holds SOURCE_PUSH_FILE; erase rewrites it anywhere.
 *     {"version":1,"entries":[{"server":"https://reg","username":"ci","secret":"<base64>",
 *      "stored":"2026-11-28T13:00:00Z","expires":"2026-11-29T01:00:00Z"}]}
 * Every change takes its lock, drops what has expired, and replaces it whole.
 */
#ifndef CREDHELPER_PUSH_FILE_H
#define CREDHELPER_PUSH_FILE_H

#include <stdint.h>

#include "common/codec/helper_message.h"
#include "common/codec/registry_key.h"

#define PUSH_FILE_MAX  (16 << 20)
#define PUSH_FILE_LOCK (30 * INT64_C(1000000000)) /* ns: longest wait for others of us */

struct push_entry {
	struct helper_credential credential;
	int64_t stored, expires; /* ns */
};
struct push_entries {
	struct push_entry *items;
	size_t count, room;
};
void push_entries_release(struct push_entries *entries);
#define scoped_push_entries scoped(push_entries_release) struct push_entries

/* Pure. Strict; a later version is ERROR_UNSUPPORTED. Errors: ERROR_INPUT, never a part of it. */
int push_file_parse(struct push_entries *out, const char *data, size_t len, struct error *err)
	must_check;
/* out is of buf_init_wiped(). */
void push_file_format(const struct push_entries *entries, struct buf *out);

/* Owned. Errors: ERROR_NOT_FOUND: no home. */
int push_file_path(char **out, struct error *err) must_check;
/* The best rank that has not ended. Errors: ERROR_NOT_FOUND, those of secret_file.h. */
int push_file_find(const char *path, const struct registry_key *key, int64_t now,
		   struct push_entry *out, struct error *err) must_check;
/* Replaces all of the same canonical key. */
int push_file_put(const char *path, const struct registry_key *key, const struct push_entry *entry,
		  struct error *err) must_check;
/* No file, no entry: success. */
int push_file_erase(const char *path, const struct registry_key *key, int64_t now,
		    struct error *err) must_check;
int push_file_names(const char *path, int64_t now, struct helper_names *out, struct error *err)
	must_check;

#endif
