/* SPDX-License-Identifier: Apache-2.0 */
/* Makes pushgate docker's helper, and moves what lay in config.json as plain text into its store.
 */
#include <string.h>
#include <unistd.h>

#include "common/cli/out.h"
#include "common/codec/json.h"
#include "common/codec/printable.h"
#include "common/os/self.h"
#include "credhelper/answer.h"
#include "credhelper/change.h"
#include "credhelper/config_scan.h"
#include "credhelper/policy_load.h"
#include "credhelper/store.h"
#include "credhelper/store_choice.h"
#include "credhelper/verbs.h"

#define LINE_MAX_BYTES 1024

struct args {
	struct strings registries;
	const char *creds_store;
	bool dry_run, replace;
};

struct install {
	const struct args *args;
	struct change change;
	struct policy policy;
	struct install_plan plan;
	struct strings moved;
	bool left; /* something stays that goes around the gate, or was not found again */
};

static void install_release(struct install *in)
{
	change_release(&in->change);
	policy_release(&in->policy);
	install_plan_release(&in->plan);
	strings_release(&in->moved);
}
#define scoped_install scoped(install_release) struct install

/* --- What has to be so before anything is changed. */

static int check_path(const struct cli *cli, struct error *err)
{
	scoped_str self = NULL;
	scoped_str found = config_find_helper(cli->env("PATH"), CONFIG_OURS);

	if (self_path(&self, err) < 0)
		return -1;
	if (!found) {
		error_set(err, ERROR_NOT_FOUND, 0,
			  "docker would not find docker-credential-pushgate on PATH");
		return error_hint(err, "export PATH=\"%.*s:$PATH\"",
				  (int)(strrchr(self, '/') - self), self);
	}
	if (config_same_file(found, self))
		return 0;
	error_set(err, ERROR_CONFLICT, 0, "docker would find %s on PATH, and this is %s", found,
		  self);
	return error_hint(err, "call that one, or change PATH");
}

static int load_policy(struct install *in, struct error *err)
{
	scoped_str user = policy_user_path();

	policy_load(&in->policy, in->change.world.paths->system_policy, user);
	if (!in->policy.broken)
		return 0;
	*err = in->policy.why;
	return error_wrap(err, "the policy cannot be used");
}

/* --- Which store. */

/* The helper that docker asked until now for what is to come to us: it, or NULL. */
static const char *helper_before(const struct install_plan *plan)
{
	if (plan->store && plan->old_store)
		return plan->old_store;
	for (size_t i = 0; i < plan->old_helpers.count; i++)
		if (*plan->old_helpers.items[i])
			return plan->old_helpers.items[i];
	return NULL;
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* What the user's policy is to say: *out is a suffix, NULL is the file. False: nothing. */
static bool choose_store(const struct install *in, const char **out)
{
	const struct world *world = &in->change.world;
	const char *before = helper_before(&in->plan), *now = store_shares(world, &in->policy);
	scoped_str program = before ? config_find_helper(world->env("PATH"), before) : NULL;

	*out = NULL;
	if (store_is_named(&in->policy))
		return false;
	/* What it has stays readable. One that is not there has nothing. */
	if (program) {
		*out = before;
		return !is_same(before, now);
	}
	/* Without a session bus; in the next session there may be one. */
	return in->plan.moves.count && !now;
}

static void say_store(const struct install *in, bool chosen, const char *suffix)
{
	const char *before = helper_before(&in->plan);
	const char *after = chosen ? suffix : store_shares(&in->change.world, &in->policy);

	if (chosen && suffix)
		change_say(&in->change,
			   "store: docker-credential-%s (in the user's policy), so that what it "
			   "has can be read",
			   suffix);
	else if (chosen)
		change_say(&in->change, "store: the encrypted file (in the user's policy), since "
					"no Secret Service is here");
	if (before && !is_same(before, after))
		change_say(&in->change,
			   "not moved: what docker-credential-%s has; docker login again for "
			   "what you need of it",
			   before);
}

/* --- Moving. */

static const char *why_not(const struct config_move *move)
{
	switch (move->kind) {
	case CONFIG_AUTH_ODD:
		return "no helper could give it back as it is; docker logout it, then docker "
		       "login";
	case CONFIG_AUTH_BROKEN:
		return "docker cannot read it, and so nothing of the file; edit it";
	case CONFIG_AUTH_NONE:
	case CONFIG_AUTH_PASSWORD:
	case CONFIG_AUTH_TOKEN:
		break;
	}
	return NULL;
}

static void say_left(struct install *in, const char *server, const char *why)
{
	change_say(&in->change, "left in config.json: %s: %s", server, why);
	in->left = true;
}

static void say_bearer(struct install *in, const char *server)
{
	say_left(in, server,
		 "a registrytoken goes around every helper, and none can give it; docker logout "
		 "removes it");
}

static int move_one(struct install *in, const char *server, struct error *err)
{
	const json_t *auths = config_member(in->change.file.doc.root, "auths");
	scoped_helper_credential c = { 0 };
	char shown[PRINTABLE_SHORT];
	scoped_buf why, tell;
	int rc;

	buf_init(&why, LINE_MAX_BYTES);
	buf_init(&tell, LINE_MAX_BYTES);
	(void)config_auth(json_object_get(auths, server), &c);
	str_replace(&c.server, xstrdup(server));
	rc = answer_move(&in->change.world, &c, in->args->replace, &why, &tell, err);
	if (rc < 0)
		return error_wrap(err, "%s was not moved, and config.json is as before",
				  printable_short(shown, server));
	fputs(tell.data, in->change.cli->err);
	if (rc == 1) {
		say_left(in, server, why.data);
		return 0;
	}
	strings_add(&in->moved, server);
	change_say(&in->change, "moved to the store and read back: %s (account \"%s\")", server,
		   c.username);
	return 0;
}

static int move_all(struct install *in, struct error *err)
{
	for (size_t i = 0; i < in->plan.moves.count; i++) {
		const struct config_move *move = &in->plan.moves.items[i];

		if (why_not(move))
			say_left(in, move->server, why_not(move));
		else if (move->kind != CONFIG_AUTH_NONE && move_one(in, move->server, err) < 0)
			return -1;
		if (move->bearer)
			say_bearer(in, move->server);
	}
	return 0;
}

/* --- All of it. */

static void say_sets(const struct install *in, const char *would)
{
	const struct install_plan *plan = &in->plan;

	if (plan->store)
		change_say(&in->change, "%s: credsStore %s \"pushgate\" (it was %s%s%s)",
			   in->change.file.path, would, plan->old_store ? "\"" : "",
			   plan->old_store ? plan->old_store : "not set",
			   plan->old_store ? "\"" : "");
	for (size_t i = 0; i < plan->helpers.count; i++)
		change_say(&in->change, "%s: credHelpers of %s %s \"pushgate\"",
			   in->change.file.path, plan->helpers.items[i], would);
}

static void show_plan(struct install *in)
{
	const char *suffix;
	bool chosen = choose_store(in, &suffix);

	say_sets(in, "would be");
	say_store(in, chosen, suffix);
	for (size_t i = 0; i < in->plan.moves.count; i++) {
		const struct config_move *move = &in->plan.moves.items[i];

		if (why_not(move))
			say_left(in, move->server, why_not(move));
		else if (move->kind != CONFIG_AUTH_NONE)
			change_say(&in->change, "would be moved to the store: %s", move->server);
		if (move->bearer)
			say_bearer(in, move->server);
	}
}

/* The record first: whatever happens then, uninstall knows what was before. */
static int prepare(struct install *in, struct error *err)
{
	scoped_str user = policy_user_path();
	const char *suffix;
	bool chosen = choose_store(in, &suffix);

	install_record(&in->change.record, in->change.file.doc.root, &in->plan);
	if (change_write_record(&in->change, err) < 0)
		return -1;
	say_store(in, chosen, suffix);
	return chosen && user ? store_choice_set(user, suffix, err) : 0;
}

static int apply(struct install *in, struct error *err)
{
	if (prepare(in, err) < 0 || move_all(in, err) < 0)
		return -1;
	if (install_plan_sets(&in->plan) || in->moved.count) {
		scoped_json *after = install_apply(in->change.file.doc.root, &in->plan, &in->moved);

		if (config_file_replace(&in->change.file, after, err) < 0)
			return -1;
	}
	say_sets(in, "is now");
	change_say(&in->change, "The way back: docker-credential-pushgate uninstall");
	return 0;
}

static int run(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	const struct args *args = call->args;
	scoped_install in = { .args = args, .change = { .lock = -1 } };
	int failed;

	if (args->creds_store && args->registries.count)
		return error_set(err, ERROR_USAGE, 0, "--credsStore or --registry, not both");
	if (check_path(cli, err) < 0 || change_begin(&in.change, cli, !args->dry_run, err) < 0 ||
	    load_policy(&in, err) < 0)
		return -1;
	install_plan(&in.plan, in.change.file.doc.root, &args->registries);
	if (!install_plan_sets(&in.plan) && !in.plan.moves.count) {
		change_say(&in.change, "%s: pushgate is docker's helper already",
			   in.change.file.path);
		return 0;
	}
	if (args->dry_run)
		show_plan(&in);
	failed = args->dry_run ? 0 : apply(&in, err);
	*status = in.left;
	return failed;
}

/* --- Options. */

/* Which key of config.json: there is one way to say it. */
static int opt_default(void *field, const char *value, struct error *err)
{
	if (strcmp(value, "default") != 0)
		return error_set(err, ERROR_USAGE, 0, "expected default");
	*(const char **)field = value;
	return 0;
}

static int opt_registry(void *field, const char *value, struct error *err)
{
	char shown[PRINTABLE_SHORT];
	scoped_registry_key key;

	registry_key_read(&key, value);
	if (key.opaque || strncmp(key.name, "http:", 5) == 0 ||
	    (*registry_key_path(&key) && strcmp(key.name, REGISTRY_HUB) != 0))
		return error_set(err, ERROR_USAGE, 0,
				 "%s: expected a registry as docker login takes it, without a "
				 "path",
				 printable_short(shown, value));
	strings_add(field, value);
	return 0;
}

static const struct opt rows[] = {
	{ .name = "credsStore",
	  .parse = opt_default,
	  .offset = offsetof(struct args, creds_store),
	  .metavar = "default",
	  .fallback = "default",
	  .help = "For every registry that has no other helper of its own",
	  .complete = OPT_COMPLETE_WORDS,
	  .words = "default" },
	{ .name = "registry",
	  .parse = opt_registry,
	  .offset = offsetof(struct args, registries),
	  .metavar = "REGISTRY",
	  .help = "For this registry alone, by credHelpers; may be given again",
	  .repeatable = true },
	{ .name = "replace",
	  .parse = opt_flag,
	  .offset = offsetof(struct args, replace),
	  .help = "Where the store has another credential of a registry, take the one of "
		  "config.json" },
	{ .name = "dry-run",
	  .letter = 'n',
	  .parse = opt_flag,
	  .offset = offsetof(struct args, dry_run),
	  .help = "Show what would be done, and do nothing" },
};
static const struct opt_set sets[] = { OPT_SET(NULL, rows, 0) };

static void release(void *args)
{
	strings_release(&((struct args *)args)->registries);
}

const struct verb verb_install = {
	.name = "install",
	.synopsis = "[options]",
	.summary = "Make pushgate docker's helper, and move plain credentials into its store",
	.help = "Sets credsStore in docker's config.json, and moves the credentials that lie there "
		"as plain text into the store: each is read back and compared before it is taken "
		"out of the file. They are pull credentials from then on.\n\n"
		"Exit status 1: something is left in config.json that goes around the gate; it "
		"says what.",
	.examples = "  docker-credential-pushgate install --dry-run\n"
		    "  docker-credential-pushgate install\n"
		    "  docker-credential-pushgate install --registry registry.example.com",
	.opts = sets,
	.opt_count = array_len(sets),
	.args_size = sizeof(struct args),
	.release = release,
	.run = run,
};
