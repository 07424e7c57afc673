/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where pull credentials lie: one table of functions per kind, and what is the same for all of them
 * above it. Nothing of class push ever passes here.
 */
#ifndef CREDHELPER_STORE_H
#define CREDHELPER_STORE_H

#include <stdint.h>

#include "common/codec/helper_message.h"
#include "common/codec/registry_key.h"
#include "credhelper/policy.h"
#include "credhelper/world.h"

/* The longest that all calls of one request to the Secret Service may take; another helper has a
 * minute, since it may ask a person or the network. */
#define STORE_DEADLINE (2 * INT64_C(1000000000))

/* How long a change waits for another one of the same user's. */
#define STORE_WAIT (30 * INT64_C(1000000000))

struct store;

/*
 * Errors of all: ERROR_UNREACHABLE (no bus, no daemon, no such helper), ERROR_DENIED (locked, and
 * nobody unlocked it), ERROR_TIMEOUT (STORE_DEADLINE), ERROR_REMOTE, ERROR_INPUT (a broken file),
 * ERROR_UNSUPPORTED. Each text says what to do. ERROR_NOT_FOUND is "not stored", and nothing else:
 * locked and hung are never told as that.
 */
struct store_ops {
	const char *name; /* "secretservice" */
	/* The credential stored under exactly these bytes. */
	int (*get)(struct store *store, const char *server, struct helper_credential *out,
		   struct error *err);
	/* All that is stored, without loading a secret. ERROR_UNSUPPORTED: it cannot tell. */
	int (*list)(struct store *store, struct helper_names *out, struct error *err);
	/* Adds, or replaces that of the same server and user name. */
	int (*put)(struct store *store, const struct helper_credential *c, struct error *err);
	/* Removes every account under exactly these bytes, and has looked that they are gone, also
	 * in a locked collection. user NULL: all; else all but that user's. None: success. */
	int (*remove)(struct store *store, const char *server, const char *but_user,
		      struct error *err);
	void (*close)(struct store *store);
};
/* The first member of each kind's struct. */
struct store {
	const struct store_ops *ops;
	const struct world *world;
	int64_t patience; /* ns that another helper has for one call; 0: a minute */
};

/* The kinds. None of them touches anything before its first call. */
struct store *store_secretservice_open(const struct world *world) must_check;
struct store *store_helper_open(const struct world *world, const char *suffix) must_check;
/* path: the file; key_file NULL: the key is in the kernel's user keyring ("pushgate:pull"). The key
 * is made at the first put. */
struct store *store_file_open(const struct world *world, const char *path, const char *key_file)
	must_check;

/* Whether the environment names a D-Bus session. */
bool store_has_bus(const struct world *world);

/*
 * By the policy (the user's word first, then the system's). STORE_AUTO: secretservice where
 * DBUS_SESSION_BUS_ADDRESS or $XDG_RUNTIME_DIR/bus is there, osxkeychain on macOS, else the file.
 * Errors: ERROR_USAGE (helper "pushgate" is ourselves).
 */
int store_open(struct store **out, const struct world *world, const struct policy *policy,
	       struct error *err) must_check;
/* Whether a policy names one: else what STORE_AUTO finds depends on the session. */
bool store_is_named(const struct policy *policy);
/* The X of the docker-credential-X that has the same credentials ("secretservice", "pass"); NULL:
 * the file, which only pushgate reads. Borrowed. */
const char *store_shares(const struct world *world, const struct policy *policy);
void store_close(struct store **store);
#define scoped_store scoped(store_close) struct store

/* Over the exact bytes first (one call where it is there), then by the best rank of the list. */
int store_find(struct store *store, const struct registry_key *key, struct helper_credential *out,
	       struct error *err) must_check;
/* put, then removes what the same canonical key has of other user names and other spellings. One
 * save or erase of a user's at a time (pushgate-store.lock beside the other state). */
int store_save(struct store *store, const struct registry_key *key,
	       const struct helper_credential *c, struct error *err) must_check;
/* Everything of the same canonical key (ranks from REGISTRY_RANK_NAME); then looks again. */
int store_erase(struct store *store, const struct registry_key *key, struct error *err) must_check;

#endif
