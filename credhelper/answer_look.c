/* SPDX-License-Identifier: Apache-2.0 */
/* What the sources have. */
#include <string.h>
#include <unistd.h>

#include "credhelper/answer.h"
#include "credhelper/proven.h"
#include "credhelper/push_file.h"
#include "credhelper/sealed.h"
#include "credhelper/store.h"

void found_release(struct found *found)
{
	helper_credential_release(&found->credential);
	free_str(&found->sealed);
	proven_mark_release(&found->mark);
	strings_release(&found->notes);
}

static int64_t now(const struct inquiry *q)
{
	return q->world->clock->now(q->world->clock);
}

/* Which repository is pushed to is the caller's own word, so that the gates of all that the sealed
 * file is good for have to hold. A file that does not answer is told by `why`: the next source is
 * asked. */
static int look_into_sealed(const struct inquiry *q, struct found *out, struct error *err)
{
	scoped_sealed_content c = { 0 };

	if (sealed_find(q->world, &q->policy, &q->key, q->repo, &c, &out->notes, err) < 0)
		return -1;
	if (!inquiry_opens(q, &q->key, c.prefix)) {
		strings_take(
			&out->notes,
			xasprintf("the one for \"%s\" is good for more than this CI may push to",
				  *c.prefix ? c.prefix : c.registry));
		return error_set(err, ERROR_NOT_FOUND, 0, "it is good for more than is open");
	}
	out->credential = (struct helper_credential){
		.server = xstrdup(q->key.raw),
		.username = take_ptr(c.username),
		.secret = take_value(c.secret),
	};
	out->expires = c.expires;
	out->sealed = take_ptr(c.id);
	return 0;
}

static int look_into_push_file(const struct inquiry *q, struct found *out, struct error *err)
{
	struct push_entry entry;
	scoped_str path = NULL;

	if (push_file_path(&path, err) < 0 ||
	    push_file_find(path, &q->key, now(q), &entry, err) < 0)
		return -1;
	out->credential = entry.credential;
	out->expires = entry.expires;
	return 0;
}

static int look_into_store(const struct inquiry *q, struct found *out, struct error *err)
{
	scoped_store *store = NULL;

	if (store_open(&store, q->world, &q->policy, err) < 0)
		return -1;
	return store_find(store, &q->key, &out->credential, err);
}

typedef int finder(const struct inquiry *q, struct found *out, struct error *err);
static finder *const finders[SOURCE_COUNT] = {
	[SOURCE_SEALED] = look_into_sealed,
	[SOURCE_PUSH_FILE] = look_into_push_file,
	[SOURCE_PULL] = look_into_store,
};

/* What is known of a pull credential. Marks are looked for only where the user's name says less. */
static void judge_user(const struct inquiry *q, struct found *out)
{
	const char *username = out->credential.username;

	out->known = policy_knows_user(&q->view, username, false);
	out->takes = out->known || policy_takes_user(&q->view, username, false);
	if (out->known || !q->situation.gated || !proven_is(&q->key, &out->credential, &out->mark))
		return;
	out->known = policy_knows_user(&q->view, username, true);
	out->takes = policy_takes_user(&q->view, username, true);
}

void answer_look(const struct inquiry *q, struct found *out)
{
	*out = (struct found){ .source = SOURCE_COUNT, .expires = TIME_NONE, .takes = true };
	for (size_t i = 0; i < q->plan.count; i++) {
		enum source source = q->plan.sources[i];
		struct error err = ERROR_INIT;

		if (finders[source](q, out, &err) == 0) {
			out->source = source;
			break;
		}
		if (err.kind != ERROR_NOT_FOUND && !error_is_set(&out->failure))
			out->failure = err;
	}
	if (out->source == SOURCE_PULL)
		judge_user(q, out);
}

int answer_pull_names(const struct inquiry *q, struct helper_names *out, struct error *err)
{
	scoped_store *store = NULL;

	if (store_open(&store, q->world, &q->policy, err) < 0)
		return -1;
	return store->ops->list(store, out, err);
}

int answer_push_names(const struct inquiry *q, struct helper_names *out, struct error *err)
{
	scoped_helper_names names = { 0 };
	scoped_str path = NULL;

	if (push_file_path(&path, err) < 0)
		return -1;
	if (access(path, F_OK) < 0 || !inquiry_opens_any(q))
		return 0;
	if (push_file_names(path, now(q), &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		scoped_registry_key key;

		registry_key_read(&key, names.items[i].server);
		if (inquiry_opens(q, &key, ""))
			helper_names_add(out, names.items[i].server, names.items[i].username);
	}
	return 0;
}
