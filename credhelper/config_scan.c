/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/config_scan.h"

#include <stdint.h>
#include <string.h>

#include "common/codec/json.h"

#define INSTALL     "docker-credential-pushgate install"
#define SAFE_BYTES  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/-@,+"
/* No registry of anybody's (RFC 2606): what holds for those that no rule names. */
#define ANY_OTHER   "registry.invalid"
#define HUB_ADDRESS "https://index.docker.io/v1/"

/* --- The tables. */

const char *finding_level_name(enum finding_level level)
{
	static const char *const names[] = {
		[LEVEL_OK] = "ok", [LEVEL_NOTE] = "note", [LEVEL_WRONG] = "wrong"
	};

	return names[level];
}

static const struct {
	const char *name, *text;
	enum finding_level level;
} kinds[] = {
#define CONFIG_ROW(kind, name, level, text) [CONFIG_##kind] = { name, text, LEVEL_##level },
	CONFIG_FINDINGS(CONFIG_ROW)
#undef CONFIG_ROW
};

const char *config_finding_name(enum config_finding_kind kind)
{
	return kinds[kind].name;
}

const char *config_finding_text(enum config_finding_kind kind)
{
	return kinds[kind].text;
}

void config_findings_add(struct config_findings *to, enum config_finding_kind kind,
			 const char *registry, char *detail, char *mend)
{
	struct config_finding *finding = array_add(to);

	*finding = (struct config_finding){ kind, kinds[kind].level, xstrdup_null(registry), detail,
					    mend };
}

enum finding_level config_findings_worst(const struct config_findings *findings)
{
	enum finding_level worst = LEVEL_OK;

	for (size_t i = 0; i < findings->count; i++)
		if (findings->items[i].level > worst)
			worst = findings->items[i].level;
	return worst;
}

void config_findings_release(struct config_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		free(findings->items[i].registry);
		free(findings->items[i].detail);
		free(findings->items[i].mend);
	}
	free(findings->items);
	*findings = (struct config_findings){ 0 };
}

void config_facts_release(struct config_facts *facts)
{
	strings_release(&facts->on_path);
	free_str(&facts->other_program);
	free_str(&facts->own_dir);
	for (size_t i = 0; i < facts->buildx.count; i++) {
		struct config_buildx *b = &facts->buildx.items[i];

		free(b->name);
		free(b->path);
		free(b->why);
		json_decref(b->root);
	}
	free(facts->buildx.items);
	for (size_t i = 0; i < facts->pulls.count; i++) {
		free(facts->pulls.items[i].server);
		free(facts->pulls.items[i].username);
	}
	free(facts->pulls.items);
	*facts = (struct config_facts){ 0 };
}

/* --- What the policy and the helpers are for a registry. */

static bool is_gated(const struct config_facts *f, const char *registry)
{
	scoped_registry_key key;

	registry_key_read(&key, registry);
	return policy_view(f->policy, &key, NULL).gated;
}

bool config_is_ours(const char *helper)
{
	return helper && strcmp(helper, CONFIG_OURS) == 0;
}

char *config_docker_name(const char *registry)
{
	scoped_registry_key key;
	const char *scheme = strstr(registry, "://"), *host = scheme ? scheme + 3 : registry;

	registry_key_read(&key, registry);
	if (key.opaque)
		return xstrdup(registry);
	if (key.host_len == strlen(REGISTRY_HUB) &&
	    strncmp(key.name, REGISTRY_HUB, key.host_len) == 0)
		return xstrdup(HUB_ADDRESS);
	host += strspn(host, "/");
	return xstrndup(host, strcspn(host, "/"));
}

/* What is on a helper's stdin is not read with blanks around it and newlines in it. */
static bool can_be_asked(const char *registry)
{
	struct error err = ERROR_INIT;
	scoped_str asked = NULL;

	return helper_read_server(registry, strlen(registry), &asked, &err) == 0 &&
	       strcmp(asked, registry) == 0;
}

enum config_auth config_auth_of(const char *registry, const json_t *entry)
{
	enum config_auth kind = config_auth(entry, NULL);

	if (kind != CONFIG_AUTH_PASSWORD && kind != CONFIG_AUTH_TOKEN)
		return kind;
	return can_be_asked(registry) ? kind : CONFIG_AUTH_ODD;
}

const char *config_helper(const json_t *root, const char *registry)
{
	scoped_str name = config_docker_name(registry);
	json_t *value = json_object_get(config_member(root, "credHelpers"), name);

	return value ? json_string_value(value) : config_text(root, "credsStore");
}

static bool has_any_of_ours(const json_t *root)
{
	json_t *helpers = config_member(root, "credHelpers"), *value;
	const char *key unused_arg;

	json_object_foreach(helpers, key, value)
		if (config_is_ours(json_string_value(value)))
			return true;
	return false;
}

static void add_helper(struct strings *out, const char *suffix)
{
	if (suffix && *suffix && !strings_have(out, suffix))
		strings_add(out, suffix);
}

void config_helpers(const json_t *root, struct strings *out)
{
	json_t *helpers = config_member(root, "credHelpers"), *value;
	const char *key unused_arg;

	add_helper(out, config_text(root, "credsStore"));
	json_object_foreach(helpers, key, value)
		add_helper(out, json_string_value(value));
}

/* --- Findings about a registry. */

/* One that is not gated may go where it likes. */
static void add(struct config_findings *out, const struct config_facts *f,
		enum config_finding_kind kind, const char *registry, char *detail, char *mend)
{
	config_findings_add(out, kind, registry, detail, mend);
	struct config_finding *last = &out->items[out->count - 1];

	if (last->level == LEVEL_WRONG && registry && !is_gated(f, registry))
		last->level = LEVEL_NOTE;
}

/* Nobody is made to type what a shell would read otherwise. */
static bool is_plain_word(const char *word)
{
	return *word && *word != '-' && !word[strspn(word, SAFE_BYTES)];
}

/* "COMMAND REGISTRY"; NULL: it cannot be typed. */
static char *command(const char *words, const char *registry)
{
	return is_plain_word(registry) ? xasprintf("%s %s", words, registry) : NULL;
}

static char *or_edit(char *mend, const struct config_facts *f)
{
	return mend ? mend : xasprintf("edit %s", f->path);
}

/* Whoever has us for single registries goes on so. */
static char *install_for(const struct config_facts *f, const char *registry)
{
	bool single = !config_is_ours(config_text(f->doc->root, "credsStore")) &&
		      has_any_of_ours(f->doc->root);

	if (!single)
		return xstrdup(INSTALL);
	return or_edit(command(INSTALL " --registry", registry), f);
}

static void scan_auth(struct config_findings *out, const struct config_facts *f,
		      const char *registry, const json_t *entry)
{
	static const enum config_finding_kind found[] = {
		[CONFIG_AUTH_PASSWORD] = CONFIG_PLAIN_AUTH,
		[CONFIG_AUTH_TOKEN] = CONFIG_PLAIN_AUTH,
		[CONFIG_AUTH_ODD] = CONFIG_ODD_AUTH,
		[CONFIG_AUTH_BROKEN] = CONFIG_BROKEN_AUTH
	};
	enum config_auth kind = config_auth_of(registry, entry);
	const char *helper = config_helper(f->doc->root, registry);
	char *detail = NULL;

	if (helper)
		detail = xasprintf(
			"docker-credential-%s is asked first, and this is used where it fails",
			helper);
	if (kind == CONFIG_AUTH_PASSWORD || kind == CONFIG_AUTH_TOKEN)
		add(out, f, found[kind], registry, take_ptr(detail), install_for(f, registry));
	else if (kind == CONFIG_AUTH_ODD)
		add(out, f, found[kind], registry, take_ptr(detail),
		    or_edit(command("docker logout", registry), f));
	else if (kind == CONFIG_AUTH_BROKEN)
		config_findings_add(out, CONFIG_BROKEN_AUTH, registry, NULL,
				    xasprintf("edit %s", f->path));
	free(detail);
	if (config_has_bearer(entry))
		add(out, f, CONFIG_REGISTRY_TOKEN, registry, NULL,
		    or_edit(command("docker logout", registry), f));
}

static void scan_auths(struct config_findings *out, const struct config_facts *f)
{
	json_t *entry;
	const char *registry;

	json_object_foreach(config_member(f->doc->root, "auths"), registry, entry)
		scan_auth(out, f, registry, entry);
}

static void scan_helpers(struct config_findings *out, const struct config_facts *f)
{
	json_t *value;
	const char *registry;

	json_object_foreach(config_member(f->doc->root, "credHelpers"), registry, value) {
		const char *helper = json_string_value(value);

		scoped_str name = config_docker_name(registry);

		if (!helper)
			continue;
		if (strcmp(name, registry) != 0)
			add(out, f, CONFIG_UNUSED_HELPER, registry,
			    xasprintf("docker asks for %s", name), NULL);
		else if (config_is_ours(helper))
			add(out, f, CONFIG_PUSHGATE, registry, NULL, NULL);
		else
			add(out, f, CONFIG_OTHER_HELPER, registry,
			    xasprintf("docker-credential-%s", helper),
			    or_edit(command(INSTALL " --registry", registry), f));
	}
}

/* --- Findings about all registries that no key of credHelpers is for. */

/* Each registry that a rule gates by name, and that does not come to us. */
static void scan_rules(struct config_findings *out, const struct config_facts *f,
		       enum config_finding_kind kind, const char *store)
{
	const struct policy_file *const files[] = { f->policy->system, f->policy->user };
	scoped_strings seen = { 0 };

	for (size_t i = 0; i < array_len(files); i++)
		for (size_t r = 0; files[i] && r < files[i]->rules.count; r++) {
			const struct rule *rule = &files[i]->rules.items[r];

			if (policy_rule_is_any(rule) || !rule->gated)
				continue;
			scoped_str host = xstrndup(rule->key.name, rule->key.host_len);
			const char *helper = config_helper(f->doc->root, host);

			if (strings_have(&seen, host) || config_is_ours(helper) || helper != store)
				continue;
			strings_add(&seen, host);
			add(out, f, kind, host,
			    store ? xasprintf("docker-credential-%s", store) : NULL,
			    or_edit(command(INSTALL " --registry", host), f));
		}
}

/* Where the rest is open, or somebody chose single registries, the rest is no fault. */
static void scan_store(struct config_findings *out, const struct config_facts *f)
{
	const char *store = config_text(f->doc->root, "credsStore");
	enum config_finding_kind kind = store ? CONFIG_OTHER_STORE : CONFIG_NO_HELPER;

	if (config_is_ours(store)) {
		config_findings_add(out, CONFIG_PUSHGATE, NULL, NULL, NULL);
		return;
	}
	config_findings_add(out, kind, NULL,
			    store ? xasprintf("docker-credential-%s", store) : NULL,
			    xstrdup(INSTALL));
	if (has_any_of_ours(f->doc->root) || !is_gated(f, ANY_OTHER)) {
		out->items[out->count - 1].level = LEVEL_NOTE;
		scan_rules(out, f, kind, store);
	}
}

static void scan_path(struct config_findings *out, const struct config_facts *f)
{
	scoped_strings helpers = { 0 };

	config_helpers(f->doc->root, &helpers);
	for (size_t i = 0; i < helpers.count; i++) {
		const char *suffix = helpers.items[i];
		bool ours = config_is_ours(suffix);

		if (strings_have(&f->on_path, suffix))
			continue;
		config_findings_add(
			out, CONFIG_NOT_ON_PATH, NULL, xasprintf("docker-credential-%s", suffix),
			ours && f->own_dir ? xasprintf("export PATH=\"%s:$PATH\"", f->own_dir)
					   : NULL);
	}
	if (f->other_program)
		config_findings_add(out, CONFIG_OTHER_PROGRAM, NULL, xstrdup(f->other_program),
				    f->own_dir ? xasprintf("export PATH=\"%s:$PATH\"", f->own_dir)
					       : NULL);
}

/* --- Findings about the file. */

static void wrong_type(struct config_findings *out, const struct config_facts *f, char *where)
{
	config_findings_add(out, CONFIG_WRONG_TYPE, NULL, where, xasprintf("edit %s", f->path));
}

static void scan_types(struct config_findings *out, const struct config_facts *f)
{
	static const struct {
		const char *name;
		json_type type;
		const char *expected;
	} wanted[] = { { "auths", JSON_OBJECT, "an object" },
		       { "credHelpers", JSON_OBJECT, "an object" },
		       { "credsStore", JSON_STRING, "a string" } };
	const char *registry;
	json_t *value;

	for (size_t i = 0; i < array_len(wanted); i++) {
		value = config_member(f->doc->root, wanted[i].name);
		if (value && json_typeof(value) != wanted[i].type)
			wrong_type(
				out, f,
				xasprintf("%s: expected %s", wanted[i].name, wanted[i].expected));
	}
	json_object_foreach(config_member(f->doc->root, "credHelpers"), registry, value)
		if (!json_is_string(value) && !json_is_null(value))
			wrong_type(out, f,
				   xasprintf("credHelpers.%s: expected a string", registry));
	if (f->doc->twice)
		config_findings_add(out, CONFIG_KEY_TWICE, NULL, NULL,
				    xasprintf("edit %s", f->path));
}

/* --- What goes around the file. */

static void scan_auth_config(struct config_findings *out, const struct config_facts *f)
{
	struct error err = ERROR_INIT;
	scoped_config_doc doc = { 0 };
	const char *registry;
	json_t *entry;

	if (!f->auth_config || !*f->auth_config)
		return;
	if (config_parse(&doc, f->auth_config, strlen(f->auth_config), &err) < 0 ||
	    !json_is_object(config_member(doc.root, "auths"))) {
		config_findings_add(out, CONFIG_AUTH_CONFIG_BROKEN, NULL,
				    error_is_set(&err) ? xstrdup(err.text) : NULL,
				    xstrdup("unset DOCKER_AUTH_CONFIG"));
		return;
	}
	json_object_foreach(config_member(doc.root, "auths"), registry, entry)
		if (config_auth(entry, NULL) != CONFIG_AUTH_NONE || config_has_bearer(entry))
			add(out, f, CONFIG_AUTH_CONFIG, registry, NULL,
			    xstrdup("unset DOCKER_AUTH_CONFIG"));
}

static bool has_secret(const json_t *root)
{
	const char *registry unused_arg;
	json_t *entry;

	json_object_foreach(config_member(root, "auths"), registry, entry)
		if (config_auth(entry, NULL) != CONFIG_AUTH_NONE || config_has_bearer(entry))
			return true;
	return false;
}

/* Where it names helpers, all of them are us. */
static bool goes_around(const json_t *root)
{
	scoped_strings helpers = { 0 };

	config_helpers(root, &helpers);
	for (size_t i = 0; i < helpers.count; i++)
		if (!config_is_ours(helpers.items[i]))
			return true;
	return has_secret(root);
}

static void scan_buildx(struct config_findings *out, const struct config_facts *f)
{
	for (size_t i = 0; i < f->buildx.count; i++) {
		const struct config_buildx *b = &f->buildx.items[i];
		const char *scope = strrchr(b->name, '@');
		scoped_str registry = xstrndup(b->name,
					       scope ? (size_t)(scope - b->name) : strlen(b->name));

		if (b->root ? !goes_around(b->root) : !b->why)
			continue;
		bool mends = !b->why && is_plain_word(b->path);

		add(out, f, CONFIG_BUILDX_CONFIG, registry,
		    b->why ? xasprintf("%s: %s", b->path, b->why) : xstrdup(b->path),
		    mends ? xasprintf("DOCKER_CONFIG=%s " INSTALL, b->path)
			  : xasprintf("edit %s/config.json", b->path));
	}
}

/* --- What is stored. */

static void scan_pulls(struct config_findings *out, const struct config_facts *f)
{
	for (size_t i = 0; i < f->pulls.count; i++) {
		const struct config_pull *p = &f->pulls.items[i];
		bool refused = strcmp(p->state, "refused") == 0;

		if (!refused && strcmp(p->state, "unproven") != 0)
			continue;
		config_findings_add(out, refused ? CONFIG_REFUSED : CONFIG_UNPROVEN, p->server,
				    xasprintf("account \"%s\"", p->username),
				    command("docker login", p->server));
	}
}

void config_scan(struct config_findings *out, const struct config_facts *facts)
{
	if (!facts->doc) {
		config_findings_add(out, CONFIG_UNREADABLE, NULL, xstrdup(facts->unreadable), NULL);
	} else {
		scan_types(out, facts);
		scan_store(out, facts);
		scan_helpers(out, facts);
		scan_path(out, facts);
		scan_auths(out, facts);
	}
	scan_auth_config(out, facts);
	scan_buildx(out, facts);
	scan_pulls(out, facts);
}
