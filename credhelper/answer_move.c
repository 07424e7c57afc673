/* SPDX-License-Identifier: Apache-2.0 */
/* A credential that lay in config.json as plain text, moved into the pull store. */
#include <string.h>

#include "credhelper/answer_internal.h"
#include "credhelper/store.h"

static bool is_same(const struct helper_credential *a, const struct helper_credential *b)
{
	return strcmp(a->username, b->username) == 0 && secret_equal(&a->secret, &b->secret);
}

/* What the store has for the same registry and path, whatever its spelling. */
static int find_same_key(struct store *store, const struct registry_key *key, bool *found,
			 struct helper_credential *out, struct error *err)
{
	scoped_helper_credential c = { 0 };
	scoped_registry_key stored = { 0 };

	*found = false;
	if (store_find(store, key, &c, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_clear(err);
		return 0;
	}
	registry_key_read(&stored, c.server);
	*found = registry_key_rank(&stored, key) >= REGISTRY_RANK_NAME;
	*out = take_value(c);
	return 0;
}

static int save(struct store *store, const struct registry_key *key,
		const struct helper_credential *c, struct error *err)
{
	scoped_helper_credential again = { 0 };

	if (store_save(store, key, c, err) < 0 || store_find(store, key, &again, err) < 0)
		return -1;
	if (!is_same(&again, c))
		return error_set(err, ERROR_REMOTE, 0,
				 "the store gave back something else than it was given");
	return 0;
}

/* 1: the store has another one, which is not replaced. */
static int keep(const struct inquiry *q, const struct helper_credential *c, bool replace,
		struct buf *tell, struct error *err)
{
	scoped_helper_credential there = { 0 };
	scoped_store *store = NULL;
	bool found;

	if (store_open(&store, q->world, &q->policy, err) < 0 ||
	    find_same_key(store, &q->key, &found, &there, err) < 0)
		return -1;
	if (found && is_same(&there, c))
		return 0;
	if (!found || replace)
		return save(store, &q->key, c, err);
	buf_fmt(tell,
		"the store has another credential for it (account \"%s\"): --replace takes "
		"the one of config.json",
		there.username);
	return 1;
}

int answer_move(const struct world *world, const struct helper_credential *c, bool replace,
		struct buf *why, struct buf *tell, struct error *err)
{
	scoped_inquiry q;
	int rc;

	inquire(&q, world, c->server, false);
	/* It lay where anybody of this user could read it: CI or not, it is no push credential. */
	q.situation.attested = false;
	const enum deposit deposit = answer_deposit(&q, c);
	const struct telling telling = answer_telling(&q);

	if (deposit >= DEPOSIT_REFUSE) {
		answer_audit(&q, answer_store_verdict(&q, deposit), NULL);
		tell_store(&telling, deposit, tell);
		buf_str(why, deposit == DEPOSIT_REFUSE
				     ? "the policy takes only pull-only accounts outside CI"
				     : "the policy cannot be used");
		return 1;
	}
	rc = keep(&q, c, replace, why, err);
	if (rc < 0)
		answer_audit(&q,
			     &(struct verdict){ "store", "none", "failed", error_name(err->kind) },
			     NULL);
	if (rc == 0) {
		answer_audit(&q, answer_store_verdict(&q, deposit), NULL);
		tell_store(&telling, deposit, tell);
	}
	return rc;
}

int answer_stored(const struct world *world, const char *server, struct helper_credential *out,
		  struct error *err)
{
	scoped_inquiry q;
	scoped_store *store = NULL;
	bool found;

	inquire(&q, world, server, false);
	if (store_open(&store, world, &q.policy, err) < 0 ||
	    find_same_key(store, &q.key, &found, out, err) < 0)
		return -1;
	if (!found)
		return error_set(err, ERROR_NOT_FOUND, 0, HELPER_NOT_FOUND);
	str_replace(&out->server, xstrdup(server));
	return 0;
}
