/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/registry/credentials.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/client/registry/credentials_parts.h"
#include "common/codec/json.h"
#include "common/codec/printable.h"
#include "common/codec/registry_key.h"

#define VARIABLE   "DOCKER_AUTH_CONFIG"
#define HUB_SERVER "https://index.docker.io/v1/"

struct found {
	struct found *next;
	struct credential credential;
};

struct credentials {
	const struct docker_config *config;
	json_t *variable; /* what DOCKER_AUTH_CONFIG says; NULL */
	struct cancel *cancel;
	int64_t deadline;
	struct found *found; /* each stays where it is */
	struct credential none;
};

/* --- Which entry, which helper. */

/* How well the key of an entry fits; 0: not at all. Docker takes the host of a key with a scheme.
 */
static unsigned rank_of(const char *text, const struct registry_key *asked)
{
	scoped_registry_key key = { 0 };
	scoped_str plain = NULL;

	bool http = strncasecmp(text, "http://", strlen("http://")) == 0;
	registry_key_read(&key, http ? text + strlen("http://") : text);
	if (!(http || key.has_scheme) || key.opaque || !*registry_key_path(&key))
		return registry_key_rank(&key, asked);
	/* Docker Hub's have keys of other kinds below their scheme (".../v1/refresh-token"). */
	plain = xstrndup(key.name, key.host_len);
	if (strcmp(plain, REGISTRY_HUB) == 0)
		return 0;
	registry_key_release(&key);
	registry_key_read(&key, plain);
	return registry_key_rank(&key, asked);
}

/* The key of the entry that answers; NULL: none does. */
static const char *best_key(const json_t *entries, const char *registry, const char *repository)
{
	scoped_str name = repository ? xasprintf("%s/%s", registry, repository) : xstrdup(registry);
	scoped_registry_key asked = { 0 };
	const char *best = NULL, *key;
	unsigned highest = 0;
	json_t *value;

	registry_key_read(&asked, name);
	/* The macro wants an object that may change; nothing here changes it. */
	json_object_foreach((json_t *)(uintptr_t)entries, key, value) {
		unsigned rank = rank_of(key, &asked);

		if (rank > highest) {
			highest = rank;
			best = key;
		}
	}
	return best;
}

static const char *server_of(const char *registry)
{
	return strcmp(registry, REGISTRY_HUB) == 0 ? HUB_SERVER : registry;
}

static const json_t *of_config(const struct credentials *c, const char *name)
{
	return c->config ? json_object_get(c->config->root, name) : NULL;
}

/* The suffix; "" or NULL: none is in force. What of says where it is configured. */
static const char *helper_of(const struct credentials *c, const char *registry, const char **of)
{
	const json_t *helpers = of_config(c, "credHelpers");
	const json_t *suffix = json_object_get(helpers, server_of(registry));

	*of = "credHelpers";
	if (!suffix) {
		const char *key = best_key(helpers, registry, NULL);

		suffix = key ? json_object_get(helpers, key) : NULL;
	}
	if (suffix)
		return json_string_value(suffix);
	*of = "credsStore";
	return json_string_value(of_config(c, "credsStore"));
}

/* --- What was found, each once. */

static struct credential *known(const struct credentials *c, const char *source, const char *key)
{
	for (struct found *f = c->found; f; f = f->next)
		if (strcmp(f->credential.source, source) == 0 &&
		    strcmp(f->credential.key, key) == 0)
			return &f->credential;
	return NULL;
}

static struct credential *add_known(struct credentials *c, const char *source, const char *key)
{
	struct found *f = xcalloc(1, sizeof(*f));

	f->credential.source = xstrdup(source);
	f->credential.key = xstrdup(key);
	f->next = c->found;
	c->found = f;
	return &f->credential;
}

static const struct credential *of_entry(struct credentials *c, const json_t *entries,
					 const char *source, const char *key)
{
	struct credential *found = known(c, source, key);
	char shown[PRINTABLE_SHORT];
	scoped_str where = NULL;

	if (found)
		return found;
	where = xasprintf("%s of %s", printable_short(shown, key), source);
	found = add_known(c, source, key);
	credential_of_entry(found, json_object_get(entries, key), where);
	return found;
}

static struct credential_helper helper_with(const struct credentials *c, const char *suffix)
{
	return (struct credential_helper){ suffix, c->deadline, c->cancel };
}

static const struct credential *of_helper(struct credentials *c, const char *of, const char *suffix,
					  const char *server)
{
	struct credential_helper helper = helper_with(c, suffix);
	scoped_str source = xasprintf("%s %s", of, suffix);
	struct credential *found = known(c, source, server);

	if (found)
		return found;
	found = add_known(c, source, server);
	credential_of_helper(found, &helper, server);
	return found;
}

static bool is_found(const struct credential *found)
{
	return found->kind != CREDENTIAL_NONE || error_is_set(&found->failure);
}

const struct credential *credentials_find(struct credentials *c, const char *registry,
					  const char *repository)
{
	const json_t *variable = json_object_get(c->variable, "auths");
	const json_t *auths = of_config(c, "auths");
	const char *key = best_key(variable, registry, repository);
	const struct credential *found = key ? of_entry(c, variable, VARIABLE, key) : &c->none;
	const char *of;
	const char *suffix = helper_of(c, registry, &of);

	if (is_found(found))
		return found;
	key = best_key(auths, registry, repository);
	if (key)
		found = of_entry(c, auths, "auths", key);
	if (suffix && *suffix && found->kind != CREDENTIAL_BEARER)
		return of_helper(c, of, suffix, server_of(registry));
	return found;
}

/* --- All of them. */

/* The host of a key as a reference would have it. */
static void add_host(struct strings *out, const char *text)
{
	scoped_registry_key key = { 0 };

	if (strncasecmp(text, "http://", strlen("http://")) == 0)
		text += strlen("http://");
	registry_key_read(&key, text);
	if (!key.opaque)
		strings_take(out, xstrndup(key.name, key.host_len));
}

static void add_hosts(struct strings *out, const json_t *entries)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)entries, key, value)
		add_host(out, key);
}

static void add_listed(const struct credentials *c, struct strings *out, struct strings *notes)
{
	const char *store = json_string_value(of_config(c, "credsStore"));
	struct credential_helper helper = helper_with(c, store);
	struct error err = ERROR_INIT;
	scoped_strings listed = { 0 };

	if (!store || !*store)
		return;
	if (credential_helper_list(&helper, &listed, &err) < 0)
		strings_add(notes, err.text);
	for (size_t i = 0; i < listed.count; i++)
		add_host(out, listed.items[i]);
}

void credentials_registries(struct credentials *c, struct strings *out, struct strings *notes)
{
	scoped_strings all = { 0 };

	add_hosts(&all, json_object_get(c->variable, "auths"));
	add_hosts(&all, of_config(c, "auths"));
	add_hosts(&all, of_config(c, "credHelpers"));
	add_listed(c, &all, notes);
	strings_sort(&all);
	strings_release(out);
	for (size_t i = 0; i < all.count; i++)
		if (i == 0 || strcmp(all.items[i], all.items[i - 1]) != 0)
			strings_add(out, all.items[i]);
}

/* --- From begin to end. */

int credentials_open(struct credentials **out, const struct docker_config *config,
		     const char *(*env)(const char *name), struct cancel *cancel, struct error *err)
{
	const char *text = env ? env(VARIABLE) : NULL;
	json_t *variable = NULL;

	if (text && *text && json_parse_secret(&variable, text, strlen(text), 8, VARIABLE, err) < 0)
		return -1;
	struct credentials *c = xcalloc(1, sizeof(*c));

	c->config = config;
	c->variable = variable;
	c->cancel = cancel;
	c->deadline = CREDENTIALS_HELPER_DEADLINE;
	c->none.key = xstrdup("");
	*out = c;
	return 0;
}

void credentials_helper_deadline(struct credentials *c, int64_t deadline)
{
	c->deadline = deadline;
}

void credentials_close(struct credentials **credentials)
{
	struct credentials *c = *credentials;

	if (!c)
		return;
	while (c->found) {
		struct found *f = c->found;

		c->found = f->next;
		credential_release(&f->credential);
		free(f);
	}
	credential_release(&c->none);
	json_decref(c->variable);
	free(c);
	*credentials = NULL;
}
