/* SPDX-License-Identifier: Apache-2.0 */
/* Takes pushgate out of config.json, and puts back what install has changed there. */
#include <string.h>
#include <unistd.h>

#include "common/cli/out.h"
#include "common/codec/printable.h"
#include "credhelper/answer.h"
#include "credhelper/change.h"
#include "credhelper/config_scan.h"
#include "credhelper/verbs.h"

#define LINE_MAX_BYTES 1024

struct args {
	bool yes, erase, no_restore;
};

struct uninstall {
	const struct args *args;
	struct change change;
	json_t *after;
	struct strings back; /* whose credentials are plain text again */
};

static void uninstall_release(struct uninstall *un)
{
	change_release(&un->change);
	json_decref(un->after);
	strings_release(&un->back);
}
#define scoped_uninstall scoped(uninstall_release) struct uninstall

/* --- What was moved comes back. */

static int restore_one(struct uninstall *un, const char *server, struct error *err)
{
	scoped_helper_credential c = { 0 };
	struct error why = ERROR_INIT;
	char shown[PRINTABLE_SHORT];

	printable_short(shown, server);
	if (answer_stored(&un->change.world, server, &c, &why) < 0) {
		if (why.kind == ERROR_NOT_FOUND)
			return 0;
		*err = why;
		error_wrap(err, "%s is not put back, and config.json is as before", shown);
		return error_hint(err, "--no-restore leaves it in the store");
	}
	if (uninstall_put(un->after, &c, err) < 0)
		return error_wrap(err, "%s is not put back, and config.json is as before", shown);
	strings_add(&un->back, server);
	return 0;
}

static int restore(struct uninstall *un, struct error *err)
{
	scoped_strings wants = { 0 };

	if (!un->change.recorded || un->args->no_restore)
		return 0;
	uninstall_wants(un->after, &un->change.record, &wants);
	for (size_t i = 0; i < wants.count; i++)
		if (restore_one(un, wants.items[i], err) < 0)
			return -1;
	return 0;
}

static int ask(const struct uninstall *un, bool *go, struct error *err)
{
	struct cli *cli = un->change.cli;

	*go = true;
	if (!un->back.count)
		return 0;
	change_say(&un->change,
		   "These are plain text again (base64) in %s then:", un->change.file.path);
	for (size_t i = 0; i < un->back.count; i++)
		change_say(&un->change, "  %s", un->back.items[i]);
	if (un->args->yes)
		return 0;
	if (out_flush(cli->out, err) < 0)
		return -1;
	if (term_ask(cli->in, cli->err, "Go on?", -1, go, err) < 0)
		return -1;
	if (!*go)
		fprintf(cli->err,
			"Nothing was changed. --no-restore leaves them in the store alone.\n");
	return 0;
}

/* --- Telling. */

static void say_store(const struct uninstall *un)
{
	const char *store = config_text(un->after, "credsStore");

	if (store)
		change_say(&un->change, "%s: credsStore is \"%s\"", un->change.file.path, store);
	else
		change_say(&un->change, "%s: pushgate is not docker's helper any more",
			   un->change.file.path);
}

/* Registries for which pushgate was asked, and nobody is now. */
static void say_lost(const struct uninstall *un)
{
	const json_t *root = un->change.file.doc.root;
	const char *server;
	json_t *entry;

	json_object_foreach(config_member(un->after, "auths"), server, entry) {
		const char *before = config_helper(root, server);

		if (config_auth(entry, NULL) == CONFIG_AUTH_NONE && !config_has_bearer(entry) &&
		    config_is_ours(before) && !config_helper(un->after, server) &&
		    !strings_have(&un->back, server))
			change_say(&un->change,
				   "for %s docker has no credential now: docker login again",
				   server);
	}
}

/* --- The store, if it is wanted. */

static int erase(const struct uninstall *un, struct error *err)
{
	for (size_t i = 0; i < un->back.count; i++) {
		char shown[PRINTABLE_SHORT];
		scoped_buf out, tell;

		buf_init(&out, LINE_MAX_BYTES);
		buf_init(&tell, LINE_MAX_BYTES);
		if (answer_erase(&un->change.world, un->back.items[i], &out, &tell) != 0) {
			out.data[strcspn(out.data, "\n")] = '\0';
			return error_set(err, ERROR_REMOTE, 0, "%s is still in the store: %s",
					 printable_short(shown, un->back.items[i]), out.data);
		}
		change_say(&un->change, "erased from the store: %s", un->back.items[i]);
	}
	return 0;
}

static int apply(struct uninstall *un, struct error *err)
{
	if (config_file_replace(&un->change.file, un->after, err) < 0)
		return -1;
	change_remove_record(&un->change);
	say_store(un);
	say_lost(un);
	return un->args->erase ? erase(un, err) : 0;
}

static int run(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	scoped_uninstall un = { .args = call->args, .change = { .lock = -1 } };
	bool changed, go;

	if (change_begin(&un.change, cli, true, err) < 0)
		return -1;
	un.after = uninstall_apply(un.change.file.doc.root,
				   un.change.recorded ? &un.change.record : NULL, &changed);
	if (restore(&un, err) < 0)
		return -1;
	/* Where somebody has chosen another helper since, what was moved is still put back. */
	if (!changed && !un.back.count) {
		change_say(&un.change, "%s: pushgate is not docker's helper", un.change.file.path);
		change_remove_record(&un.change);
		return 0;
	}
	if (ask(&un, &go, err) < 0)
		return -1;
	*status = !go;
	return go ? apply(&un, err) : 0;
}

static const struct opt rows[] = {
	{ .name = "yes",
	  .letter = 'y',
	  .parse = opt_flag,
	  .offset = offsetof(struct args, yes),
	  .help = "Do not ask" },
	{ .name = "no-restore",
	  .parse = opt_flag,
	  .offset = offsetof(struct args, no_restore),
	  .help = "Write no credential into config.json" },
	{ .name = "erase",
	  .parse = opt_flag,
	  .offset = offsetof(struct args, erase),
	  .help = "Erase from the store what was written back" },
};
static const struct opt_set sets[] = { OPT_SET(NULL, rows, 0) };

const struct verb verb_uninstall = {
	.name = "uninstall",
	.synopsis = "[options]",
	.summary = "Take pushgate out of config.json, and put back what was there before",
	.help = "Sets credsStore and credHelpers as they were before install, and writes the "
		"credentials that install had moved back into config.json, as plain text (base64): "
		"it asks first. They stay in the store, too. Push credentials are never written.",
	.examples = "  docker-credential-pushgate uninstall\n"
		    "  docker-credential-pushgate uninstall --yes --erase",
	.opts = sets,
	.opt_count = array_len(sets),
	.args_size = sizeof(struct args),
	.run = run,
};
