/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/push_file.h"

#include "common/client/files.h"
#include "common/client/secret_file.h"
#include "credhelper/entry_list.h"
#include "credhelper/local_file.h"

int push_file_parse(struct push_entries *out, const char *data, size_t len, struct error *err)
{
	return entry_list_parse(out, data, len, "the push file", true, err);
}

void push_file_format(const struct push_entries *entries, struct buf *out)
{
	entry_list_format(entries, true, out);
}

int push_file_path(char **out, struct error *err)
{
	scoped_str dir = NULL;

	if (dir_state(&dir, "docker-hygiene", err) < 0)
		return -1;
	*out = xasprintf("%s/pushgate-push.json", dir);
	return 0;
}

/* No file is no entries. */
static int load(const char *path, struct push_entries *out, struct error *err)
{
	scoped_secret bytes = { 0 };

	if (secret_read_file(path, PUSH_FILE_MAX, &bytes, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_clear(err);
		return 0;
	}
	if (entry_list_parse(out, bytes.data ? bytes.data : "", bytes.len, path, true, err) < 0)
		return error_hint(err, "remove it and log in again");
	return 0;
}

static int save(const char *path, const struct push_entries *entries, struct error *err)
{
	scoped_secret bytes = { 0 };
	scoped_buf text;

	buf_init_wiped(&text, PUSH_FILE_MAX);
	push_file_format(entries, &text);
	if (buf_failed(&text))
		return error_set(err, ERROR_LIMIT, 0, "%s: more than %d bytes; docker logout frees",
				 path, PUSH_FILE_MAX);
	secret_take(&bytes, &text);
	return secret_replace_file(path, &bytes, err);
}

static bool has_ended(const struct push_entry *entry, const void *now)
{
	return entry->expires <= *(const int64_t *)now;
}

static bool is_of_key(const struct push_entry *entry, const void *key)
{
	scoped_registry_key stored;

	registry_key_read(&stored, entry->credential.server);
	return registry_key_rank(&stored, key) >= REGISTRY_RANK_NAME;
}

int push_file_find(const char *path, const struct registry_key *key, int64_t now,
		   struct push_entry *out, struct error *err)
{
	scoped_push_entries entries = { 0 };
	struct push_entry *best = NULL;
	unsigned best_rank = 0;

	if (load(path, &entries, err) < 0)
		return -1;
	entry_list_remove(&entries, has_ended, &now);
	for (size_t i = 0; i < entries.count; i++) {
		scoped_registry_key stored;

		registry_key_read(&stored, entries.items[i].credential.server);
		unsigned rank = registry_key_rank(&stored, key);

		if (rank > best_rank) {
			best = &entries.items[i];
			best_rank = rank;
		}
	}
	if (!best)
		return error_set(err, ERROR_NOT_FOUND, 0, HELPER_NOT_FOUND);
	*out = take_value(*best);
	return 0;
}

int push_file_put(const char *path, const struct registry_key *key, const struct push_entry *entry,
		  struct error *err)
{
	scoped_push_entries entries = { 0 };

	if (entry_check_text(entry->credential.server, entry->credential.username, err) < 0)
		return -1;
	scoped_fd lock = secret_lock_file(path, PUSH_FILE_LOCK, err);

	if (lock < 0 || load(path, &entries, err) < 0)
		return -1;
	entry_list_remove(&entries, has_ended, &entry->stored);
	entry_list_remove(&entries, is_of_key, key);
	entry_list_add(&entries, entry);
	return save(path, &entries, err);
}

/* Whoever puts something here takes the lock first: without one nothing was ever begun. */
static bool was_begun(const char *path)
{
	scoped_str lock = xasprintf("%s.lock", path);

	return !path_is_absent(path) || !path_is_absent(lock);
}

int push_file_erase(const char *path, const struct registry_key *key, int64_t now,
		    struct error *err)
{
	scoped_push_entries entries = { 0 };
	size_t gone;

	if (!was_begun(path))
		return 0;
	scoped_fd lock = secret_lock_file(path, PUSH_FILE_LOCK, err);

	if (lock < 0 || load(path, &entries, err) < 0)
		return -1;
	gone = entry_list_remove(&entries, has_ended, &now);
	gone += entry_list_remove(&entries, is_of_key, key);
	return gone ? save(path, &entries, err) : 0;
}

int push_file_names(const char *path, int64_t now, struct helper_names *out, struct error *err)
{
	scoped_push_entries entries = { 0 };

	if (load(path, &entries, err) < 0)
		return -1;
	entry_list_remove(&entries, has_ended, &now);
	for (size_t i = 0; i < entries.count; i++)
		helper_names_add(out, entries.items[i].credential.server,
				 entries.items[i].credential.username);
	return 0;
}
