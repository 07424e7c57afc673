/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/pull_state.h"

#include "credhelper/proven.h"
#include "credhelper/store.h"

/* Marks are of the secret, so that it has to be looked at. */
static bool is_marked(const struct inquiry *q, const struct registry_key *key,
		      const struct helper_name *name, struct proven_mark *mark)
{
	scoped_helper_credential c = { 0 };
	struct error err = ERROR_INIT;
	scoped_store *store = NULL;

	return proven_may_be(key, name->username) &&
	       store_open(&store, q->world, &q->policy, &err) == 0 &&
	       store->ops->get(store, name->server, &c, &err) == 0 && proven_is(key, &c, mark);
}

const char *pull_state(const struct inquiry *q, const struct helper_name *name,
		       struct proven_mark *mark)
{
	scoped_registry_key key;

	registry_key_read(&key, name->server);
	const struct policy_view view = policy_view(&q->policy, &key, NULL);

	if (!view.gated)
		return "not gated";
	if (policy_knows_user(&view, name->username, false))
		return "pull-only";
	if (is_marked(q, &key, name, mark))
		return "proven";
	return policy_takes_user(&view, name->username, false) ? "unproven" : "refused";
}
