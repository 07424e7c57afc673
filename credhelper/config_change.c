/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/config_change.h"

#include <string.h>

#include "common/codec/json.h"
#include "common/codec/json_text.h"
#include "credhelper/config_scan.h"

/* --- The record. */

void config_record_release(struct config_record *record)
{
	free(record->store);
	for (size_t i = 0; i < record->helpers.count; i++) {
		free(record->helpers.items[i].registry);
		free(record->helpers.items[i].helper);
	}
	free(record->helpers.items);
	strings_release(&record->moved);
	*record = (struct config_record){ 0 };
}

static void add_was(struct config_record *record, const char *registry, const char *helper)
{
	struct config_was *was = array_add(&record->helpers);

	*was = (struct config_was){ xstrdup(registry), xstrdup_null(helper) };
}

static int read_helpers(struct config_record *out, const struct json_place *top, struct error *err)
{
	struct json_place helpers;
	const char *registry;
	json_t *value;

	if (json_get_object(top, "credHelpers", &helpers, err) < 0)
		return -1;
	json_object_foreach((json_t *)helpers.value, registry, value) {
		const char *helper;

		if (json_get_string(&helpers, registry, &helper, NULL, err) < 0)
			return -1;
		add_was(out, registry, helper);
	}
	return 0;
}

static int read_record(struct config_record *out, const struct json_place *top, struct error *err)
{
	static const char *const known[] = { "pushgate", "credsStore", "credHelpers", "moved" };
	const char *store;
	int64_t version;

	if (json_get_int(top, "pushgate", &version, 0, 0, INT64_MAX, err) < 0)
		return -1;
	if (version > 1)
		return error_set(err, ERROR_UNSUPPORTED, 0, "a later pushgate wrote it");
	if (version != 1)
		return error_set(err, ERROR_INPUT, 0, "it is no record of pushgate's");
	if (json_only_keys(top, known, array_len(known), err) < 0 ||
	    json_get_string(top, "credsStore", &store, NULL, err) < 0 ||
	    json_get_strings(top, "moved", &out->moved, err) < 0)
		return -1;
	out->store_changed = json_object_get(top->value, "credsStore") != NULL;
	out->store = xstrdup_null(store);
	return read_helpers(out, top, err);
}

int config_record_parse(struct config_record *out, const char *data, size_t len, struct error *err)
{
	scoped_config_record record = { 0 };
	scoped_json *json = NULL;

	if (json_parse(&json, data, len, "it", true, err) < 0)
		return -1;
	const struct json_place top = json_root(json, "it");

	if (json_expect(&top, JSON_OBJECT, err) < 0 || read_record(&record, &top, err) < 0)
		return -1;
	*out = take_value(record);
	return 0;
}

void config_record_format(const struct config_record *record, struct buf *out)
{
	scoped_json *root = json_object();
	json_t *helpers = json_object(), *moved = json_array();

	json_put(root, "pushgate", json_integer(1));
	if (record->store_changed)
		json_put(root, "credsStore", json_text(record->store));
	for (size_t i = 0; i < record->helpers.count; i++)
		json_put(helpers, record->helpers.items[i].registry,
			 json_text(record->helpers.items[i].helper));
	json_put(root, "credHelpers", helpers);
	for (size_t i = 0; i < record->moved.count; i++)
		json_array_append_new(moved, json_text(record->moved.items[i]));
	json_put(root, "moved", moved);
	config_format(root, out);
	buf_char(out, '\n');
}

/* --- Planning. */

void install_plan_release(struct install_plan *plan)
{
	free(plan->old_store);
	strings_release(&plan->helpers);
	strings_release(&plan->old_helpers);
	for (size_t i = 0; i < plan->moves.count; i++)
		free(plan->moves.items[i].server);
	free(plan->moves.items);
	*plan = (struct install_plan){ 0 };
}

static void plan_helpers(struct install_plan *plan, const json_t *root,
			 const struct strings *registries)
{
	const json_t *helpers = config_member(root, "credHelpers");

	for (size_t i = 0; i < registries->count; i++) {
		scoped_str name = config_docker_name(registries->items[i]);
		const char *own = json_string_value(json_object_get(helpers, name));
		const char *asked = config_helper(root, name);

		if (config_is_ours(own) || strings_have(&plan->helpers, name))
			continue;
		strings_add(&plan->helpers, name);
		strings_add(&plan->old_helpers, asked && !config_is_ours(asked) ? asked : "");
	}
}

static bool is_meant(const json_t *root, const struct strings *registries, const char *server)
{
	const json_t *helpers = config_member(root, "credHelpers");
	scoped_str name = config_docker_name(server);
	const char *own = json_string_value(json_object_get(helpers, name));

	/* By credsStore: whatever has no other helper of its own. */
	if (!registries->count)
		return !own || config_is_ours(own);
	for (size_t i = 0; i < registries->count; i++) {
		scoped_str meant = config_docker_name(registries->items[i]);

		if (strcmp(meant, name) == 0)
			return true;
	}
	return false;
}

/* Of several spellings of one registry docker takes the one that it asks by. */
static void plan_moves(struct install_plan *plan, const json_t *root,
		       const struct strings *registries, bool asked_by)
{
	json_t *auths = config_member(root, "auths"), *entry;
	const char *server;

	json_object_foreach(auths, server, entry) {
		scoped_str name = config_docker_name(server);
		enum config_auth kind = config_auth_of(server, entry);
		bool bearer = config_has_bearer(entry);

		if ((strcmp(name, server) == 0) != asked_by ||
		    (kind == CONFIG_AUTH_NONE && !bearer) || !is_meant(root, registries, server))
			continue;
		struct config_move *move = array_add(&plan->moves);

		*move = (struct config_move){ xstrdup(server), kind, bearer };
	}
}

void install_plan(struct install_plan *out, const json_t *root, const struct strings *registries)
{
	const char *store = config_text(root, "credsStore");

	*out = (struct install_plan){ 0 };
	if (registries->count)
		plan_helpers(out, root, registries);
	else
		out->store = !config_is_ours(store);
	out->old_store = xstrdup_null(config_is_ours(store) ? NULL : store);
	plan_moves(out, root, registries, true);
	plan_moves(out, root, registries, false);
}

bool install_plan_sets(const struct install_plan *plan)
{
	return plan->store || plan->helpers.count;
}

static void record_helper(struct config_record *record, const char *registry, const char *helper)
{
	for (size_t i = 0; i < record->helpers.count; i++)
		if (strcmp(record->helpers.items[i].registry, registry) == 0) {
			str_replace(&record->helpers.items[i].helper, xstrdup_null(helper));
			return;
		}
	add_was(record, registry, helper);
}

void install_record(struct config_record *record, const json_t *root,
		    const struct install_plan *plan)
{
	const json_t *helpers = config_member(root, "credHelpers");

	if (plan->store) {
		record->store_changed = true;
		str_replace(&record->store, xstrdup_null(plan->old_store));
	}
	for (size_t i = 0; i < plan->helpers.count; i++) {
		const char *name = plan->helpers.items[i];

		record_helper(record, name, json_string_value(json_object_get(helpers, name)));
	}
	for (size_t i = 0; i < plan->moves.count; i++) {
		const struct config_move *move = &plan->moves.items[i];

		if ((move->kind == CONFIG_AUTH_PASSWORD || move->kind == CONFIG_AUTH_TOKEN) &&
		    !strings_have(&record->moved, move->server))
			strings_add(&record->moved, move->server);
	}
}

/* --- Applying. */

static json_t *copy_of(const json_t *root)
{
	json_t *copy = json_deep_copy(root);

	return copy ? copy : json_object();
}

/* Made where it is absent or nothing that could hold members. */
static json_t *object_at(json_t *root, const char *name)
{
	json_t *object = config_member(root, name);

	if (json_is_object(object))
		return object;
	config_set(root, name, json_object());
	return config_member(root, name);
}

json_t *install_apply(const json_t *root, const struct install_plan *plan,
		      const struct strings *moved)
{
	json_t *copy = copy_of(root), *auths = config_member(copy, "auths");

	for (size_t i = 0; i < moved->count; i++)
		config_auth_strip(json_object_get(auths, moved->items[i]));
	if (plan->store)
		config_set(copy, "credsStore", json_string(CONFIG_OURS));
	for (size_t i = 0; i < plan->helpers.count; i++)
		json_put(object_at(copy, "credHelpers"), plan->helpers.items[i],
			 json_string(CONFIG_OURS));
	return copy;
}

/* --- uninstall. */

static const char *helper_before(const struct config_record *record, const char *registry)
{
	for (size_t i = 0; record && i < record->helpers.count; i++)
		if (strcmp(record->helpers.items[i].registry, registry) == 0)
			return record->helpers.items[i].helper;
	return NULL;
}

/* An empty "credHelpers" goes, too: docker writes none. */
static bool restore_helpers(json_t *root, const struct config_record *record)
{
	json_t *helpers = config_member(root, "credHelpers"), *value;
	const char *registry;
	scoped_strings ours = { 0 };

	json_object_foreach(helpers, registry, value)
		if (config_is_ours(json_string_value(value)))
			strings_add(&ours, registry);
	for (size_t i = 0; i < ours.count; i++) {
		const char *before = helper_before(record, ours.items[i]);

		if (before)
			json_put(helpers, ours.items[i], json_string(before));
		else
			json_object_del(helpers, ours.items[i]);
	}
	if (ours.count && json_object_size(helpers) == 0)
		config_set(root, "credHelpers", NULL);
	return ours.count > 0;
}

json_t *uninstall_apply(const json_t *root, const struct config_record *record, bool *changed)
{
	json_t *copy = copy_of(root);
	const char *before = record && record->store_changed ? record->store : NULL;

	*changed = restore_helpers(copy, record);
	if (!config_is_ours(config_text(copy, "credsStore")))
		return copy;
	config_set(copy, "credsStore", before ? json_string(before) : NULL);
	*changed = true;
	return copy;
}

void uninstall_wants(const json_t *after, const struct config_record *record, struct strings *out)
{
	const json_t *auths = config_member(after, "auths");

	for (size_t i = 0; i < record->moved.count; i++) {
		const char *server = record->moved.items[i];
		const json_t *entry = json_object_get(auths, server);

		if (json_is_object(entry) && config_auth(entry, NULL) == CONFIG_AUTH_NONE)
			strings_add(out, server);
	}
}

int uninstall_put(json_t *root, const struct helper_credential *c, struct error *err)
{
	json_t *entry = json_object_get(object_at(root, "auths"), c->server);

	if (!json_is_object(entry))
		return error_set(err, ERROR_INPUT, 0, "auths has no entry for it");
	return config_auth_put(entry, c, err);
}
