/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What install and uninstall change in config.json, and the record between them. Pure: documents
 * in, a plan and a new document out. The record has names alone:
 *     {"pushgate":1,"credsStore":"pass","credHelpers":{"reg":null},"moved":["reg"]}
 * It says how it was before install: credsStore (null: there was none; absent: not ours
 * to put back), the helper of each registry that was changed, and whose plain credentials went
 * into the store.
 */
#ifndef CREDHELPER_CONFIG_CHANGE_H
#define CREDHELPER_CONFIG_CHANGE_H

#include "credhelper/config_doc.h"

#define CONFIG_RECORD_MAX (1 << 20)

/* --- The record. */

struct config_was {
	char *registry, *helper; /* helper NULL: there was none */
};
struct config_record {
	bool store_changed;
	char *store; /* NULL: there was none */
	struct {
		struct config_was *items;
		size_t count, room;
	} helpers;
	struct strings moved;
};
void config_record_release(struct config_record *record);
#define scoped_config_record scoped(config_record_release) struct config_record

/* Strict. Errors: ERROR_INPUT, ERROR_UNSUPPORTED (a later version). */
int config_record_parse(struct config_record *out, const char *data, size_t len, struct error *err)
	must_check;
void config_record_format(const struct config_record *record, struct buf *out);

/* --- install. */

/* An entry of auths that pushgate would be asked for then. */
struct config_move {
	char *server;
	enum config_auth kind;
	bool bearer; /* has a registrytoken, which stays */
};
struct install_plan {
	bool store;             /* credsStore becomes pushgate */
	char *old_store;        /* the helper that docker asked before; NULL: none */
	struct strings helpers; /* registries whose credHelpers entry becomes pushgate, as docker
				   names them */
	struct strings old_helpers; /* the suffixes that were asked for these; "": none */
	struct {
		struct config_move *items; /* those that docker asks by come first */
		size_t count, room;
	} moves;
};
void install_plan_release(struct install_plan *plan);
#define scoped_install_plan scoped(install_plan_release) struct install_plan

/* registries empty: all, by credsStore. */
void install_plan(struct install_plan *out, const json_t *root, const struct strings *registries);
/* Whether anything in the document would change, entries that move aside. */
bool install_plan_sets(const struct install_plan *plan);
/* What the record is to hold after it. What pushgate is in force for is not in the plan, so that
 * the record keeps the word from before; whoever took it out by hand starts anew. */
void install_record(struct config_record *record, const json_t *root,
		    const struct install_plan *plan);
/* A new document; moved: the servers whose credentials are safe in the store. */
json_t *install_apply(const json_t *root, const struct install_plan *plan,
		      const struct strings *moved) must_check;

/* --- uninstall. */

/* record NULL: pushgate is taken out, and nothing else. What somebody has set to another helper
 * since stays. *changed: whether there was anything to take out. */
json_t *uninstall_apply(const json_t *root, const struct config_record *record, bool *changed)
	must_check;
/* Of those that were moved, the entries that are still there and hold nothing. */
void uninstall_wants(const json_t *after, const struct config_record *record, struct strings *out);
/* Puts a credential into its entry. Errors: those of config_auth_put(). */
int uninstall_put(json_t *root, const struct helper_credential *c, struct error *err) must_check;

#endif
