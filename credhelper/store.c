/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/store.h"

#include <string.h>
#include <unistd.h>

#include "common/client/files.h"
#include "common/client/secret_file.h"
#include "credhelper/entry_list.h"

#define SUFFIX_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

/* --- Opening. */

bool store_has_bus(const struct world *world)
{
	const char *address = world->env("DBUS_SESSION_BUS_ADDRESS");
	const char *runtime = world->env("XDG_RUNTIME_DIR");

	if (address && *address)
		return true;
	scoped_str path = xasprintf("%s/bus", runtime ? runtime : "");

	return runtime && *runtime && access(path, F_OK) == 0;
}

/* file NULL: nothing is said of its key, which then lies in another directory than what it opens,
 * so that a copy of one has not both. */
static int open_file(struct store **out, const struct world *world, const struct policy_file *file,
		     struct error *err)
{
	scoped_str state = NULL;
	scoped_str config = NULL;

	if (dir_state(&state, "docker-hygiene", err) < 0 ||
	    dir_config(&config, "docker-hygiene", err) < 0)
		return -1;
	scoped_str path = xasprintf("%s/pushgate-pull.enc", state);
	scoped_str key = xasprintf("%s/pushgate-pull.key", config);

	if (file && file->store_key_file)
		str_replace(&key, xstrdup(file->store_key_file));
	*out = store_file_open(world, path, file && file->store_kernel_key ? NULL : key);
	return 0;
}

static int open_helper(struct store **out, const struct world *world, const char *suffix,
		       struct error *err)
{
	if (!suffix || !*suffix || suffix[strspn(suffix, SUFFIX_LETTERS)])
		return error_set(err, ERROR_USAGE, 0,
				 "store.helper: expected what follows \"docker-credential-\"");
	if (strcmp(suffix, "pushgate") == 0)
		return error_set(
			err, ERROR_USAGE, 0,
			"store.helper: \"pushgate\" is this program, which would ask itself");
	*out = store_helper_open(world, suffix);
	return 0;
}

static int open_auto(struct store **out, const struct world *world, struct error *err)
{
#ifdef __APPLE__
	return open_helper(out, world, "osxkeychain", err);
#else
	if (!store_has_bus(world))
		return open_file(out, world, NULL, err);
	*out = store_secretservice_open(world);
	return 0;
#endif
}

/* The user's word first; whoever says nothing has STORE_AUTO. */
static const struct policy_file *who_says(const struct policy *policy)
{
	const struct policy_file *const files[] = { policy->user, policy->system };

	for (size_t i = 0; i < array_len(files); i++)
		if (files[i] && files[i]->store != STORE_AUTO)
			return files[i];
	return NULL;
}

int store_open(struct store **out, const struct world *world, const struct policy *policy,
	       struct error *err)
{
	const struct policy_file *file = who_says(policy);

	switch (file ? file->store : STORE_AUTO) {
	case STORE_SECRETSERVICE:
		*out = store_secretservice_open(world);
		return 0;
	case STORE_HELPER:
		return open_helper(out, world, file->store_helper, err);
	case STORE_FILE:
		return open_file(out, world, file, err);
	case STORE_AUTO:
	default:
		return open_auto(out, world, err);
	}
}

void store_close(struct store **store)
{
	if (*store)
		(*store)->ops->close(*store);
	*store = NULL;
}

bool store_is_named(const struct policy *policy)
{
	return who_says(policy) != NULL;
}

static const char *auto_shares(const struct world *world)
{
#ifdef __APPLE__
	(void)world;
	return "osxkeychain";
#else
	return store_has_bus(world) ? "secretservice" : NULL;
#endif
}

const char *store_shares(const struct world *world, const struct policy *policy)
{
	const struct policy_file *file = who_says(policy);

	switch (file ? file->store : STORE_AUTO) {
	case STORE_SECRETSERVICE:
		return "secretservice";
	case STORE_HELPER:
		return file->store_helper;
	case STORE_FILE:
		return NULL;
	case STORE_AUTO:
	default:
		return auto_shares(world);
	}
}

/* --- What is the same for all kinds. */

static unsigned rank(const char *server, const struct registry_key *key)
{
	scoped_registry_key stored;

	registry_key_read(&stored, server);
	return registry_key_rank(&stored, key);
}

/* ERROR_UNSUPPORTED is no names: some helpers cannot list. */
static int names_of(struct store *store, struct helper_names *out, struct error *err)
{
	if (store->ops->list(store, out, err) == 0)
		return 0;
	if (err->kind != ERROR_UNSUPPORTED)
		return -1;
	error_clear(err);
	return 0;
}

static const char *best_of(const struct helper_names *names, const struct registry_key *key)
{
	const char *best = NULL;
	unsigned best_rank = 0;

	for (size_t i = 0; i < names->count; i++) {
		unsigned r = rank(names->items[i].server, key);

		if (r > best_rank) {
			best = names->items[i].server;
			best_rank = r;
		}
	}
	return best;
}

int store_find(struct store *store, const struct registry_key *key, struct helper_credential *out,
	       struct error *err)
{
	scoped_helper_names names = { 0 };

	if (store->ops->get(store, key->raw, out, err) == 0)
		return 0;
	if (err->kind != ERROR_NOT_FOUND)
		return -1;
	error_clear(err);
	if (names_of(store, &names, err) < 0)
		return -1;
	const char *best = best_of(&names, key);

	if (!best || strcmp(best, key->raw) == 0)
		return error_set(err, ERROR_NOT_FOUND, 0, HELPER_NOT_FOUND);
	return store->ops->get(store, best, out, err);
}

/* Everything of the key, but for what is stored under the bytes of `but`. */
static int remove_spellings(struct store *store, const struct registry_key *key, const char *but,
			    struct error *err)
{
	scoped_helper_names names = { 0 };

	if (names_of(store, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		const char *server = names.items[i].server;

		if (rank(server, key) < REGISTRY_RANK_NAME || (but && strcmp(server, but) == 0))
			continue;
		if (store->ops->remove(store, server, NULL, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * One change at a time: each removes what it takes the place of, which would be what another one
 * has just put there, and that one removes ours. -1: no lock can be had, or somebody who is asked
 * for a passphrase has it for too long: then it goes without.
 */
static int lock_changes(void)
{
	struct error why = ERROR_INIT;
	scoped_str dir = NULL;

	if (dir_state(&dir, "docker-hygiene", &why) < 0)
		return -1;
	scoped_str path = xasprintf("%s/pushgate-store", dir);

	return secret_lock_file(path, STORE_WAIT, &why);
}

static void unlock_changes(int lock)
{
	if (lock >= 0)
		close(lock);
}

/* The new one first: at no moment is there nothing. */
static int save(struct store *store, const struct registry_key *key,
		const struct helper_credential *c, struct error *err)
{
	if (entry_check_text(c->server, c->username, err) < 0 ||
	    store->ops->put(store, c, err) < 0 ||
	    store->ops->remove(store, c->server, c->username, err) < 0)
		return -1;
	return remove_spellings(store, key, c->server, err);
}

int store_save(struct store *store, const struct registry_key *key,
	       const struct helper_credential *c, struct error *err)
{
	int lock = lock_changes();
	int rc = save(store, key, c, err);

	unlock_changes(lock);
	return rc;
}

static int erase(struct store *store, const struct registry_key *key, struct error *err)
{
	scoped_helper_names names = { 0 };

	if (store->ops->remove(store, key->raw, NULL, err) < 0 ||
	    remove_spellings(store, key, NULL, err) < 0 || names_of(store, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		if (rank(names.items[i].server, key) >= REGISTRY_RANK_NAME)
			return error_set(
				err, ERROR_REMOTE, 0,
				"the store still has a credential that it said it removed");
	return 0;
}

int store_erase(struct store *store, const struct registry_key *key, struct error *err)
{
	int lock = lock_changes();
	int rc = erase(store, key, err);

	unlock_changes(lock);
	return rc;
}
