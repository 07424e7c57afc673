/* SPDX-License-Identifier: Apache-2.0 */
/* docker-credential-pushgate prove: what trying has shown of a stored pull credential. */
#include <string.h>

#include "common/codec/printable.h"
#include "credhelper/answer.h"
#include "credhelper/proven.h"
#include "credhelper/verb_parts.h"
#include "credhelper/verbs.h"

struct prove_args {
	const char *user, *by;
	bool can, cannot;
};

/* The pull credential of that registry, where it is what a get would give here: in CI that may be
 * another one, of the same user. *out untouched otherwise. */
static int find(const struct inquiry *q, const char *user, struct helper_credential *out,
		struct error *err)
{
	scoped_found found = { 0 };

	answer_look(q, &found);
	if (found.source == SOURCE_COUNT && error_is_set(&found.failure)) {
		*err = found.failure;
		return -1;
	}
	if (found.source == SOURCE_COUNT)
		return error_set(err, ERROR_NOT_FOUND, 0, "no credential is stored for it");
	if (found.source != SOURCE_PULL)
		return error_set(err, ERROR_NOT_FOUND, 0,
				 "what is given out here is no pull "
				 "credential");
	if (user && strcmp(user, found.credential.username) != 0)
		return error_set(err, ERROR_NOT_FOUND, 0, "what is stored is of another user");
	*out = take_value(found.credential);
	return 0;
}

static int check(const struct prove_args *args, struct error *err)
{
	if (args->can == args->cannot)
		return error_set(err, ERROR_USAGE, 0, "say one of --cannot-push and --can-push");
	if (!args->by || !*args->by)
		return error_set(err, ERROR_USAGE, 0, "say who has tried it: --by NAME");
	return 0;
}

/* What is not stored here came from elsewhere: nothing to mark, and no error. */
static int mark(const struct inquiry *q, const struct prove_args *args, FILE *out,
		struct error *err)
{
	scoped_helper_credential c = { 0 };
	char registry[PRINTABLE_SHORT];
	char user[PRINTABLE_SHORT];

	printable_short(registry, q->key.name);
	if (find(q, args->user, &c, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		fprintf(out, "%s: nothing is marked: %s\n", registry, err->text);
		error_clear(err);
		return 0;
	}
	printable_short(user, c.username);
	if (args->can ? proven_forget(&q->key, err) < 0
		      : proven_set(q->world, &q->key, &c, args->by, err) < 0)
		return -1;
	fprintf(out, "%s: the stored credential of %s %s\n", registry, user,
		args->can ? "can push, and is not marked" : "is marked as one that cannot push");
	return 0;
}

static int prove(struct cli *cli, const struct prove_args *args, const char *registry,
		 struct error *err)
{
	const struct world world = verb_world(cli);
	scoped_inquiry q;

	inquire(&q, &world, registry, false);
	if (q.policy.broken) {
		*err = q.policy.why;
		return -1;
	}
	return mark(&q, args, cli->out, err);
}

static int prove_run(struct cli *cli, const struct verb_call *call, int *status unused_arg,
		     struct error *err)
{
	if (check(call->args, err) < 0)
		return -1;
	return prove(cli, call->args, call->operands[0], err);
}

static const struct opt rows[] = {
	{ .name = "cannot-push",
	  .parse = opt_flag,
	  .offset = offsetof(struct prove_args, cannot),
	  .help = "A push was tried with it, and refused" },
	{ .name = "can-push",
	  .parse = opt_flag,
	  .offset = offsetof(struct prove_args, can),
	  .help = "A push was tried with it, and let in: an earlier mark goes" },
	{ .name = "user",
	  .parse = opt_string,
	  .offset = offsetof(struct prove_args, user),
	  .metavar = "NAME",
	  .help = "Only if what is stored is of this user" },
	{ .name = "by",
	  .parse = opt_string,
	  .offset = offsetof(struct prove_args, by),
	  .metavar = "NAME",
	  .help = "Who has tried it" },
};
static const struct opt_set sets[] = { OPT_SET(NULL, rows, 0) };

const struct verb verb_prove = {
	.name = "prove",
	.synopsis = "--cannot-push|--can-push --by NAME [--user NAME] REGISTRY",
	.summary = "Note what trying has shown of a stored pull credential",
	.help = "For \"docker hygiene access --probe\", which has tried it. Policies with "
		"\"unproven_pull\":\n"
		"\"refuse\" take a credential that is marked; the mark goes with its secret.",
	.examples = "  docker hygiene access --probe registry.example.com",
	.opts = sets,
	.opt_count = array_len(sets),
	.args_size = sizeof(struct prove_args),
	.min_operands = 1,
	.max_operands = 1,
	.run = prove_run,
};
