/* SPDX-License-Identifier: Apache-2.0 */
/* The encrypted pull file (docs/internals/pushgate.md §7): for machines without a Secret Service.
 */
#include "credhelper/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/client/secret_file.h"
#include "credhelper/crypto_api.h"
#include "credhelper/entry_list.h"
#include "credhelper/kernel_key.h"
#include "credhelper/local_file.h"
#include "credhelper/pull_head.h"

#define FILE_MAX  (16 << 20)
#define LOCK_WAIT PUSH_FILE_LOCK
#define KEY_NAME  "pushgate:pull"
#define INFO      "pushgate-pull"

struct file_store {
	struct store base;
	char *path, *key_file; /* key_file NULL: the kernel's user keyring */
};

/* --- The key. */

static int check_key(const struct file_store *f, const struct secret *key, struct error *err)
{
	if (key->len == CRYPTO_KEY)
		return 0;
	return error_set(err, ERROR_INPUT, 0, "%s: a key has %d bytes, this has %zu",
			 f->key_file ? f->key_file : KEY_NAME, CRYPTO_KEY, key->len);
}

/* Errors: ERROR_NOT_FOUND. */
static int read_key(const struct file_store *f, struct secret *out, struct error *err)
{
	if (f->key_file ? secret_read_linked(f->key_file, CRYPTO_KEY + 1, out, err) < 0
			: kernel_key_read(KEY_NAME, out, err) < 0)
		return -1;
	return check_key(f, out, err);
}

static int make_key(const struct file_store *f, struct secret *out, struct error *err)
{
	unsigned char bytes[CRYPTO_KEY];
	int rc = crypto_random(bytes, sizeof(bytes), err);

	if (rc == 0) {
		secret_set(out, bytes, sizeof(bytes));
		rc = f->key_file ? secret_replace_file(f->key_file, out, err)
				 : kernel_key_write(KEY_NAME, out, err);
	}
	wipe(bytes, sizeof(bytes));
	return rc;
}

/* Without its key the file is lost. */
static int no_key(const struct file_store *f, struct error *err)
{
	error_clear(err);
	if (f->key_file)
		return error_set(err, ERROR_DENIED, 0,
				 "the key of %s is not there: %s; put it back, or remove the "
				 "former and docker login again",
				 f->path, f->key_file);
	return error_set(err, ERROR_DENIED, 0,
			 "the key of %s has gone from the kernel's keyring (it does not outlive a "
			 "restart); docker login again; a store without \"kernel_key\" keeps its "
			 "key in a file",
			 f->path);
}

/* --- The file. */

/* lost: there is no key. */
static int decrypt(const struct file_store *f, const struct secret *bytes, struct secret *out,
		   bool *lost, struct error *err)
{
	scoped_secret key = { 0 };
	struct pull_head head;

	if (pull_head_parse(&head, bytes->data, bytes->len, err) < 0)
		return error_wrap(err, "%s", f->path);
	if (read_key(f, &key, err) < 0) {
		*lost = err->kind == ERROR_NOT_FOUND;
		return *lost ? no_key(f, err) : -1;
	}
	const struct crypto_box box = { &key, head.salt, head.nonce, INFO, bytes->data, head.len };

	if (crypto_open(&box, bytes->data + head.len, bytes->len - head.len, out, err) < 0)
		return error_wrap(err, "%s", f->path);
	return 0;
}

/* No file is no entries. */
static int load(const struct file_store *f, struct push_entries *out, bool *lost, struct error *err)
{
	scoped_secret bytes = { 0 }, plain = { 0 };

	if (secret_read_file(f->path, FILE_MAX, &bytes, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_clear(err);
		return 0;
	}
	if (decrypt(f, &bytes, &plain, lost, err) < 0)
		return -1;
	return entry_list_parse(out, plain.data ? plain.data : "", plain.len, f->path, false, err);
}

static int save(const struct file_store *f, const struct push_entries *entries, struct error *err)
{
	unsigned char fresh[CRYPTO_SALT + CRYPTO_NONCE];
	scoped_secret key = { 0 }, bytes = { 0 };
	scoped_buf plain, out;

	buf_init_wiped(&plain, FILE_MAX);
	buf_init_wiped(&out, FILE_MAX);
	entry_list_format(entries, false, &plain);
	if (read_key(f, &key, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_clear(err);
		if (make_key(f, &key, err) < 0)
			return -1;
	}
	if (crypto_random(fresh, sizeof(fresh), err) < 0)
		return -1;
	pull_head_format(fresh, fresh + CRYPTO_SALT, &out);
	const struct crypto_box box = { &key, fresh, fresh + CRYPTO_SALT, INFO, out.data, out.len };

	if (crypto_seal(&box, &plain, &out, err) < 0)
		return -1;
	if (buf_failed(&plain) || buf_failed(&out))
		return error_set(err, ERROR_LIMIT, 0, "%s: more than %d bytes; docker logout frees",
				 f->path, FILE_MAX);
	secret_take(&bytes, &out);
	return secret_replace_file(f->path, &bytes, err);
}

/* The kernel's key went with the last restart. What nobody can read any more is set aside, not
 * removed: the key may be another machine's that shares this home. */
static int set_aside(const struct file_store *f, struct error *err)
{
	scoped_str aside = xasprintf("%s.old", f->path);

	error_clear(err);
	if (rename(f->path, aside) < 0)
		return error_errno(err, errno, "rename %s", f->path);
	return 0;
}

/* For a put: begins anew where the kernel's key has gone. */
static int load_or_begin(const struct file_store *f, struct push_entries *out, struct error *err)
{
	bool lost = false;

	if (load(f, out, &lost, err) == 0)
		return 0;
	return lost && !f->key_file ? set_aside(f, err) : -1;
}

/* --- What a store does. */

static bool has_server(const struct push_entry *entry, const void *server)
{
	return strcmp(entry->credential.server, server) == 0;
}

static int get(struct store *store, const char *server, struct helper_credential *out,
	       struct error *err)
{
	scoped_push_entries entries = { 0 };
	bool lost;

	if (load((struct file_store *)store, &entries, &lost, err) < 0)
		return -1;
	for (size_t i = 0; i < entries.count; i++)
		if (has_server(&entries.items[i], server)) {
			*out = take_value(entries.items[i].credential);
			return 0;
		}
	return error_set(err, ERROR_NOT_FOUND, 0, HELPER_NOT_FOUND);
}

static int list(struct store *store, struct helper_names *out, struct error *err)
{
	scoped_push_entries entries = { 0 };
	bool lost;

	if (load((struct file_store *)store, &entries, &lost, err) < 0)
		return -1;
	for (size_t i = 0; i < entries.count; i++)
		helper_names_add(out, entries.items[i].credential.server,
				 entries.items[i].credential.username);
	return 0;
}

/* One account an address: that is all the protocol can ask for. */
static int put(struct store *store, const struct helper_credential *c, struct error *err)
{
	const struct file_store *f = (const struct file_store *)store;
	scoped_push_entries entries = { 0 };
	scoped_fd lock = secret_lock_file(f->path, LOCK_WAIT, err);
	const struct push_entry entry = { .credential = *c };

	if (lock < 0 || load_or_begin(f, &entries, err) < 0)
		return -1;
	entry_list_remove(&entries, has_server, c->server);
	entry_list_add(&entries, &entry);
	return save(f, &entries, err);
}

struct account {
	const char *server, *but_user;
};

static bool is_to_go(const struct push_entry *entry, const void *ctx)
{
	const struct account *a = ctx;

	return has_server(entry, a->server) &&
	       !(a->but_user && strcmp(entry->credential.username, a->but_user) == 0);
}

static int remove_accounts(struct store *store, const char *server, const char *but_user,
			   struct error *err)
{
	const struct file_store *f = (const struct file_store *)store;
	const struct account account = { server, but_user };
	scoped_push_entries entries = { 0 };
	bool lost;

	if (path_is_absent(f->path))
		return 0;
	scoped_fd lock = secret_lock_file(f->path, LOCK_WAIT, err);

	if (lock < 0 || load(f, &entries, &lost, err) < 0)
		return -1;
	return entry_list_remove(&entries, is_to_go, &account) ? save(f, &entries, err) : 0;
}

static void close_store(struct store *store)
{
	struct file_store *f = (struct file_store *)store;

	free(f->path);
	free(f->key_file);
	free(f);
}

static const struct store_ops operations = {
	.name = "file",
	.get = get,
	.list = list,
	.put = put,
	.remove = remove_accounts,
	.close = close_store,
};

struct store *store_file_open(const struct world *world, const char *path, const char *key_file)
{
	struct file_store *f = xcalloc(1, sizeof(*f));

	f->base = (struct store){ .ops = &operations, .world = world };
	f->path = xstrdup(path);
	f->key_file = xstrdup_null(key_file);
	return &f->base;
}
