/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/answer_internal.h"

#include <string.h>

#include "credhelper/audit.h"
#include "credhelper/proven.h"
#include "credhelper/push_file.h"
#include "credhelper/store.h"
#include "credhelper/tell.h"

/* --- What all of them say. */

struct telling answer_telling(const struct inquiry *q)
{
	return (struct telling){ .key = &q->key,
				 .repo = q->repo,
				 .what = q->facts.pusher.push.what,
				 .finding = gate_first_bad(&q->gates),
				 .policy = &q->policy,
				 .view = &q->view };
}

static void say_error(const struct error *err, struct buf *to)
{
	buf_fmt(to, "pushgate: %s\n", err->text);
}

/* An error is the answer on stdout, and a line on stderr for the clients that drop the former. */
static int fail(const struct error *err, struct buf *out, struct buf *tell)
{
	say_error(err, out);
	say_error(err, tell);
	return 1;
}

static const struct ancestor *caller_of(const struct inquiry *q)
{
	if (q->facts.pusher.who)
		return q->facts.pusher.who;
	return q->facts.ancestry.count ? &q->facts.ancestry.items[0] : NULL;
}

void answer_audit(const struct inquiry *q, const struct verdict *v, const char *sealed)
{
	const struct finding *bad = gate_first_bad(&q->gates);
	const struct audit_record record = {
		.time = q->world->clock->now(q->world->clock),
		.action = v->action,
		.registry = q->key.name,
		.caller = caller_of(q),
		.verb = q->facts.pusher.push.what,
		.class = v->class,
		.verdict = v->verdict,
		.reason = v->reason,
		.gate = bad ? gate_reason_name(bad->reason) : NULL,
		.sealed = sealed,
	};

	audit_write(q->world, &q->policy, &record);
}

/* --- get. */

static void audit_get(const struct inquiry *q, const struct found *found,
		      const struct get_answer *answer)
{
	static const char *const verdicts[] = { [ANSWER_CREDENTIAL] = "given",
						[ANSWER_NOT_FOUND] = "not-found",
						[ANSWER_STOP] = "stop" };
	static const char *const classes[] = {
		[SOURCE_SEALED] = "push", [SOURCE_PUSH_FILE] = "push", [SOURCE_PULL] = "pull"
	};
	bool given = answer->answer == ANSWER_CREDENTIAL;

	answer_audit(q,
		     &(struct verdict){ "get", given ? classes[found->source] : "none",
					verdicts[answer->answer],
					decide_reason_name(answer->reason) },
		     given ? found->sealed : NULL);
}

static int fail_get(const struct inquiry *q, const struct error *err, struct buf *out,
		    struct buf *tell)
{
	answer_audit(q, &(struct verdict){ "get", "none", "failed", error_name(err->kind) }, NULL);
	return fail(err, out, tell);
}

int answer_get(const struct world *world, const char *server, struct buf *out, struct buf *tell)
{
	scoped_inquiry q;
	scoped_found found = { 0 };

	inquire(&q, world, server, true);
	answer_look(&q, &found);
	if (found.source == SOURCE_COUNT && error_is_set(&found.failure))
		return fail_get(&q, &found.failure, out, tell);

	const struct telling telling = answer_telling(&q);
	const struct get_answer answer = decide_found(&q.situation, found.source, found.takes);

	audit_get(&q, &found, &answer);
	if (error_is_set(&found.failure))
		say_error(&found.failure, tell);
	tell_get(&telling, &answer, tell);
	if (answer.answer == ANSWER_STOP) {
		tell_get(&telling, &answer, out);
		return 1;
	}
	if (answer.answer == ANSWER_NOT_FOUND) {
		buf_str(out, HELPER_NOT_FOUND "\n");
		return 1;
	}
	str_replace(&found.credential.server, xstrdup(server));
	helper_write_get(&found.credential, out);
	return 0;
}

/* --- store. */

static int put_push(const struct inquiry *q, const struct helper_credential *c, int64_t *expires,
		    struct error *err)
{
	int64_t now = q->world->clock->now(q->world->clock);
	struct push_entry entry = { *c, now, now + q->view.push_lifetime };
	scoped_str path = NULL;

	*expires = entry.expires;
	if (push_file_path(&path, err) < 0)
		return -1;
	return push_file_put(path, &q->key, &entry, err);
}

static int put_pull(const struct inquiry *q, const struct helper_credential *c, struct error *err)
{
	scoped_store *store = NULL;

	if (store_open(&store, q->world, &q->policy, err) < 0)
		return -1;
	return store_save(store, &q->key, c, err);
}

enum deposit answer_deposit(const struct inquiry *q, const struct helper_credential *c)
{
	bool known = policy_knows_user(&q->view, c->username, false);

	if (!known && q->situation.gated && !q->situation.attested && proven_is(&q->key, c, NULL))
		known = policy_knows_user(&q->view, c->username, true);
	return decide_store(&q->situation, known, q->view.unproven);
}

const struct verdict *answer_store_verdict(const struct inquiry *q, enum deposit deposit)
{
	static const struct verdict verdicts[] = {
		[DEPOSIT_PULL] = { "store", "pull", "stored", "pull-only" },
		[DEPOSIT_PULL_UNPROVEN] = { "store", "pull", "stored", "unproven" },
		[DEPOSIT_PUSH_FILE] = { "store", "push", "stored", "attested" },
		[DEPOSIT_REFUSE] = { "store", "none", "refused", "unproven" },
		[DEPOSIT_NO_POLICY] = { "store", "none", "refused", "policy-broken" },
	};
	static const struct verdict ungated = { "store", "pull", "stored", "ungated" };

	return q->situation.gated ? &verdicts[deposit] : &ungated;
}

int answer_store(const struct world *world, const struct helper_credential *c, struct buf *out,
		 struct buf *tell)
{
	scoped_inquiry q;
	struct error err = ERROR_INIT;
	int failed = 0;

	inquire(&q, world, c->server, false);
	enum deposit deposit = answer_deposit(&q, c);
	bool refused = deposit >= DEPOSIT_REFUSE;
	struct telling telling = answer_telling(&q);

	if (deposit == DEPOSIT_PUSH_FILE)
		failed = put_push(&q, c, &telling.expires, &err);
	else if (!refused)
		failed = put_pull(&q, c, &err);
	if (failed) {
		answer_audit(&q,
			     &(struct verdict){ "store", "none", "failed", error_name(err.kind) },
			     NULL);
		return fail(&err, out, tell);
	}
	answer_audit(&q, answer_store_verdict(&q, deposit), NULL);
	tell_store(&telling, deposit, tell);
	if (!refused)
		return 0;
	tell_store(&telling, deposit, out);
	return 1;
}

/* --- erase. */

static int erase_push(const struct inquiry *q, struct error *err)
{
	scoped_str path = NULL;

	if (push_file_path(&path, err) < 0)
		return -1;
	return push_file_erase(path, &q->key, q->world->clock->now(q->world->clock), err);
}

static int erase_pull(const struct inquiry *q, struct error *err)
{
	scoped_store *store = NULL;

	if (store_open(&store, q->world, &q->policy, err) < 0)
		return -1;
	return store_erase(store, &q->key, err);
}

static int erase_mark(const struct inquiry *q, struct error *err)
{
	return proven_forget(&q->key, err);
}

int answer_erase(const struct world *world, const char *server, struct buf *out, struct buf *tell)
{
	static int (*const steps[])(const struct inquiry *q,
				    struct error *err) = { erase_push, erase_pull, erase_mark };
	struct error first = ERROR_INIT;
	scoped_inquiry q;

	inquire(&q, world, server, false);
	/* One that fails keeps none of the others from erasing. */
	for (size_t i = 0; i < array_len(steps); i++) {
		struct error err = ERROR_INIT;

		if (steps[i](&q, &err) < 0 && !error_is_set(&first))
			first = err;
	}
	answer_audit(&q,
		     &(struct verdict){ "erase", "none", error_is_set(&first) ? "failed" : "erased",
					error_name(first.kind) },
		     NULL);
	return error_is_set(&first) ? fail(&first, out, tell) : 0;
}

/* --- list. */

static bool has_server(const struct helper_names *names, const char *server)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->items[i].server, server) == 0)
			return true;
	return false;
}

/* Those that get would give: a push credential goes first. */
static void add_others(struct helper_names *names, const struct helper_names *pull)
{
	size_t push = names->count;

	for (size_t i = 0; i < pull->count; i++) {
		const struct helper_names first = { names->items, push, 0 };

		if (!has_server(&first, pull->items[i].server))
			helper_names_add(names, pull->items[i].server, pull->items[i].username);
	}
}

/* No registry: names of several were told. push: how many of class push are among all. */
static void audit_list(const struct inquiry *q, size_t push, size_t all)
{
	const char *class = all ? "pull" : "none";

	answer_audit(
		q,
		&(struct verdict){ "list", push ? "push" : class, "listed",
				   decide_reason_name(push ? DECIDE_ATTESTED : DECIDE_PULL_ONLY) },
		NULL);
}

static int fail_list(const struct inquiry *q, const struct error *err, struct buf *out,
		     struct buf *tell)
{
	answer_audit(q, &(struct verdict){ "list", "none", "failed", error_name(err->kind) }, NULL);
	return fail(err, out, tell);
}

int answer_list(const struct world *world, struct buf *out, struct buf *tell)
{
	scoped_inquiry q;
	scoped_helper_names names = { 0 }, pull = { 0 };
	struct error err = ERROR_INIT, push_err = ERROR_INIT;

	inquire_all(&q, world);
	if (answer_push_names(&q, &names, &push_err) < 0)
		say_error(&push_err, tell);
	if (answer_pull_names(&q, &pull, &err) < 0 && err.kind != ERROR_UNSUPPORTED) {
		if (names.count == 0)
			return fail_list(&q, &err, out, tell);
		say_error(&err, tell);
	}
	size_t push = names.count;

	add_others(&names, &pull);
	audit_list(&q, push, names.count);
	helper_write_list(&names, out);
	return 0;
}
