/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Secret Service, by libsecret. Nobody is asked: a collection that opens without a password is
 * opened, for any other the answer is that it is locked. libsecret would prompt by itself, and a
 * prompt has no end, so what is locked is looked at before.
 */
#include "credhelper/store.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/printable.h"
#include "credhelper/entry_list.h"
#include "credhelper/secret_api.h"

#ifdef SECRET_API_BUILT

#define LABEL   "Docker Credentials"
#define TEXT    "text/plain"
#define DEFAULT "default" /* SECRET_COLLECTION_DEFAULT's name */
#define MEND    "set \"store\": {\"kind\": \"file\"} in ~/.config/docker-hygiene/pushgate.json"

/* A search, then a look at each thing found: what another process removes between is looked for
 * once more. */
#define ATTEMPTS 5

struct service_store {
	struct store base;
	struct secret_api api;
	bool loaded;
	SecretService *service;
	GCancellable *cancellable; /* of every call: cancelled at the deadline */
	GThread *watchdog;
	GMutex mutex;
	GCond wake;
	bool closing; /* under the mutex */
	gint64 end;   /* of the deadline, µs as g_get_monotonic_time() counts */
};

/* As docker-credential-secretservice declares it. */
static const SecretSchema schema = {
	.name = "io.docker.Credentials",
	.flags = SECRET_SCHEMA_NONE,
	.attributes = {
		{ "label", SECRET_SCHEMA_ATTRIBUTE_STRING },
		{ "server", SECRET_SCHEMA_ATTRIBUTE_STRING },
		{ "username", SECRET_SCHEMA_ATTRIBUTE_STRING },
		{ "docker_cli", SECRET_SCHEMA_ATTRIBUTE_STRING },
	},
};

/* --- Errors. */

static const char hung[] = "the keyring did not answer within 2 s";
static const char no_provider[] =
	"no Secret Service is reachable (nothing on the D-Bus session provides it); " MEND;
static const char locked[] = "the keyring is locked; unlock it (log in to the desktop, or: "
			     "gnome-keyring-daemon --replace --unlock)";

enum domain { DOMAIN_SECRET, DOMAIN_DBUS, DOMAIN_IO };

static const struct {
	enum domain domain;
	int code;
	enum error_kind kind;
	const char *text;
} failures[] = {
	{ DOMAIN_IO, G_IO_ERROR_CANCELLED, ERROR_TIMEOUT, hung },
	{ DOMAIN_IO, G_IO_ERROR_TIMED_OUT, ERROR_TIMEOUT, hung },
	{ DOMAIN_DBUS, G_DBUS_ERROR_TIMEOUT, ERROR_TIMEOUT, hung },
	{ DOMAIN_DBUS, G_DBUS_ERROR_TIMED_OUT, ERROR_TIMEOUT, hung },
	{ DOMAIN_DBUS, G_DBUS_ERROR_SERVICE_UNKNOWN, ERROR_UNREACHABLE, no_provider },
	{ DOMAIN_DBUS, G_DBUS_ERROR_NAME_HAS_NO_OWNER, ERROR_UNREACHABLE, no_provider },
	{ DOMAIN_DBUS, G_DBUS_ERROR_NO_REPLY, ERROR_UNREACHABLE,
	  "the keyring ended while it was asked; try again" },
	{ DOMAIN_SECRET, SECRET_ERROR_IS_LOCKED, ERROR_DENIED, locked },
};

static bool is_failure(const struct service_store *s, const GError *why, enum domain domain,
		       int code)
{
	const GQuark domains[] = {
		[DOMAIN_SECRET] = s->api.secret_error_get_quark(),
		[DOMAIN_DBUS] = s->api.g_dbus_error_quark(),
		[DOMAIN_IO] = s->api.g_io_error_quark(),
	};

	return why->domain == domains[domain] && why->code == code;
}

/* Takes why. */
static int fail(const struct service_store *s, GError *why, struct error *err)
{
	char text[PRINTABLE_SHORT];
	size_t i = 0;

	while (i < array_len(failures) && !is_failure(s, why, failures[i].domain, failures[i].code))
		i++;
	if (i < array_len(failures))
		error_set(err, failures[i].kind, why->code, "%s", failures[i].text);
	else
		error_set(err, ERROR_REMOTE, why->code, "the keyring failed: %s",
			  printable_short(text, why->message));
	s->api.g_error_free(why);
	return -1;
}

/* Another process removed what we were about to look at. */
static bool has_gone(const struct service_store *s, const GError *why)
{
	return is_failure(s, why, DOMAIN_SECRET, SECRET_ERROR_NO_SUCH_OBJECT) ||
	       is_failure(s, why, DOMAIN_DBUS, G_DBUS_ERROR_UNKNOWN_METHOD) ||
	       is_failure(s, why, DOMAIN_DBUS, G_DBUS_ERROR_UNKNOWN_OBJECT);
}

/* --- Beginning. */

static gpointer watch(gpointer data)
{
	struct service_store *s = data;
	bool late = false;

	s->api.g_mutex_lock(&s->mutex);
	while (!s->closing && !late)
		late = !s->api.g_cond_wait_until(&s->wake, &s->mutex, s->end);
	s->api.g_mutex_unlock(&s->mutex);
	if (late)
		s->api.g_cancellable_cancel(s->cancellable);
	return NULL;
}

static int start_watchdog(struct service_store *s, struct error *err)
{
	GError *why = NULL;

	s->api.g_mutex_init(&s->mutex);
	s->api.g_cond_init(&s->wake);
	s->cancellable = s->api.g_cancellable_new();
	s->end = s->api.g_get_monotonic_time() + STORE_DEADLINE / NSEC_PER_USEC;
	s->watchdog = s->api.g_thread_try_new("deadline", watch, s, &why);
	return s->watchdog ? 0 : fail(s, why, err);
}

static int no_bus(struct error *err)
{
	return error_set(err, ERROR_UNREACHABLE, 0,
			 "no Secret Service is reachable (no D-Bus session); " MEND);
}

/* Connects, at the first call. */
static int begin(struct service_store *s, struct error *err)
{
	GError *why = NULL;

	if (s->service)
		return 0;
	/* GLib starts one by X11 where there is none, which can take for ever. */
	if (!store_has_bus(s->base.world))
		return no_bus(err);
	if (!s->loaded && secret_api_load(&s->api, err) < 0)
		return -1;
	s->loaded = true;
	if (!s->watchdog && start_watchdog(s, err) < 0)
		return -1;
	s->service = s->api.secret_service_get_sync(SECRET_SERVICE_NONE, s->cancellable, &why);
	if (s->service)
		return 0;
	if (is_failure(s, why, DOMAIN_IO, G_IO_ERROR_CANCELLED))
		return fail(s, why, err);
	s->api.g_error_free(why);
	return no_bus(err);
}

static void close_store(struct store *store)
{
	struct service_store *s = (struct service_store *)store;

	if (s->watchdog) {
		s->api.g_mutex_lock(&s->mutex);
		s->closing = true;
		s->api.g_cond_signal(&s->wake);
		s->api.g_mutex_unlock(&s->mutex);
		s->api.g_thread_join(s->watchdog);
		s->api.g_cond_clear(&s->wake);
		s->api.g_mutex_clear(&s->mutex);
	}
	if (s->service)
		s->api.g_object_unref(s->service);
	if (s->cancellable)
		s->api.g_object_unref(s->cancellable);
	free(s);
}

/* --- Calls. */

static GVariant *call(struct service_store *s, const char *method, GVariant *args, GError **why)
{
	return s->api.g_dbus_proxy_call_sync((GDBusProxy *)s->service, method, args,
					     G_DBUS_CALL_FLAGS_NONE, -1, s->cancellable, why);
}

/* What opens without a password is open then. */
static int unlock(struct service_store *s, const char *path, struct error *err)
{
	const char *const paths[] = { path, NULL };
	const char *prompt;
	GError *why = NULL;
	GVariant *answer = call(s, "Unlock", s->api.g_variant_new("(^ao)", paths), &why);

	if (!answer)
		return fail(s, why, err);
	s->api.g_variant_get(answer, "(ao&o)", NULL, &prompt);
	int rc = strcmp(prompt, "/") == 0 ? 0 : error_set(err, ERROR_DENIED, 0, "%s", locked);

	s->api.g_variant_unref(answer);
	return rc;
}

static int unlock_item(struct service_store *s, SecretItem *item, struct error *err)
{
	if (!s->api.secret_item_get_locked(item))
		return 0;
	return unlock(s, s->api.g_dbus_proxy_get_object_path((GDBusProxy *)item), err);
}

static int unlock_default(struct service_store *s, struct error *err)
{
	const char *path;
	GError *why = NULL;
	GVariant *answer = call(s, "ReadAlias", s->api.g_variant_new("(s)", DEFAULT), &why);
	int rc;

	if (!answer)
		return fail(s, why, err);
	s->api.g_variant_get(answer, "(&o)", &path);
	if (strcmp(path, "/") == 0)
		rc = error_set(err, ERROR_UNREACHABLE, 0,
			       "the keyring has no default collection; make one (log in to the "
			       "desktop, or: gnome-keyring-daemon --unlock)");
	else
		rc = unlock(s, path, err);
	s->api.g_variant_unref(answer);
	return rc;
}

static GHashTable *attributes_of(const struct service_store *s, const char *server,
				 const char *username)
{
	GHashTable *table = s->api.g_hash_table_new(s->api.g_str_hash, s->api.g_str_equal);
	const struct {
		const char *name, *value;
	} rows[] = {
		{ "docker_cli", "1" },
		{ "server", server },
		{ "username", username },
		{ "label", username ? LABEL : NULL },
	};

	for (size_t i = 0; i < array_len(rows); i++)
		if (rows[i].value)
			s->api.g_hash_table_insert(table, (gpointer)(uintptr_t)rows[i].name,
						   (gpointer)(uintptr_t)rows[i].value);
	return table;
}

/* server NULL: everything. The secrets are not loaded, and nothing is unlocked for it. */
static int search(struct service_store *s, const char *server, GList **out, struct error *err)
{
	GHashTable *attributes = attributes_of(s, server, NULL);
	GError *why = NULL;

	*out = NULL;
	for (int i = 0; i < ATTEMPTS; i++) {
		if (why)
			s->api.g_error_free(take_ptr(why));
		*out = s->api.secret_service_search_sync(s->service, &schema, attributes,
							 SECRET_SEARCH_ALL, s->cancellable, &why);
		if (!why || !has_gone(s, why))
			break;
	}
	s->api.g_hash_table_unref(attributes);
	return why ? fail(s, why, err) : 0;
}

static void free_items(struct service_store *s, GList *items)
{
	if (items)
		s->api.g_list_free_full(items, s->api.g_object_unref);
}

/* A copy of an attribute, NULL if there is none. Owned. */
static char *attribute(struct service_store *s, SecretItem *item, const char *name)
{
	GHashTable *table = s->api.secret_item_get_attributes(item);
	char *value = table ? xstrdup_null(s->api.g_hash_table_lookup(table, name)) : NULL;

	if (table)
		s->api.g_hash_table_unref(table);
	return value;
}

/* Of several accounts the one that was stored last: the peer's choice too. */
static SecretItem *latest(struct service_store *s, GList *items)
{
	SecretItem *best = NULL;
	guint64 best_time = 0;

	for (; items; items = items->next) {
		guint64 modified = s->api.secret_item_get_modified(items->data);

		if (!best || modified >= best_time) {
			best = items->data;
			best_time = modified;
		}
	}
	return best;
}

/* 1: it has gone meanwhile. */
static int load(struct service_store *s, SecretItem *item, struct secret *out, struct error *err)
{
	GError *why = NULL;
	SecretValue *value = NULL;
	gsize len = 0;

	if (unlock_item(s, item, err) < 0)
		return -1;
	if (!s->api.secret_item_load_secret_sync(item, s->cancellable, &why)) {
		if (!has_gone(s, why))
			return fail(s, why, err);
		s->api.g_error_free(why);
		return 1;
	}
	value = s->api.secret_item_get_secret(item);
	if (!value)
		return error_set(err, ERROR_DENIED, 0, "%s", locked);
	const char *data = s->api.secret_value_get(value, &len);

	secret_set(out, data, len);
	s->api.secret_value_unref(value);
	return 0;
}

/* 1: it has gone meanwhile. */
static int get_once(struct service_store *s, const char *server, struct helper_credential *out,
		    struct error *err)
{
	scoped_helper_credential c = { 0 };
	GList *items;

	if (search(s, server, &items, err) < 0)
		return -1;
	SecretItem *item = latest(s, items);
	int rc = item ? load(s, item, &c.secret, err)
		      : error_set(err, ERROR_NOT_FOUND, 0, HELPER_NOT_FOUND);

	if (rc == 0) {
		c.server = xstrdup(server);
		c.username = attribute(s, item, "username");
		if (!c.username)
			c.username = xstrdup("");
		*out = take_value(c);
	}
	free_items(s, items);
	return rc;
}

static int get(struct store *store, const char *server, struct helper_credential *out,
	       struct error *err)
{
	struct service_store *s = (struct service_store *)store;
	struct error why = ERROR_INIT;
	int rc = 1;

	/* D-Bus carries UTF-8: nothing else was ever stored. */
	if (entry_check_text(server, "", &why) < 0)
		return error_set(err, ERROR_NOT_FOUND, 0, HELPER_NOT_FOUND);
	if (begin(s, err) < 0)
		return -1;
	for (int i = 0; i < ATTEMPTS && rc == 1; i++)
		rc = get_once(s, server, out, err);
	return rc <= 0 ? rc : error_set(err, ERROR_NOT_FOUND, 0, HELPER_NOT_FOUND);
}

static int list(struct store *store, struct helper_names *out, struct error *err)
{
	struct service_store *s = (struct service_store *)store;
	GList *items;

	if (begin(s, err) < 0 || search(s, NULL, &items, err) < 0)
		return -1;
	for (GList *at = items; at; at = at->next) {
		scoped_str server = attribute(s, at->data, "server");
		scoped_str username = attribute(s, at->data, "username");

		if (server && username)
			helper_names_add(out, server, username);
	}
	free_items(s, items);
	return 0;
}

/* The label is the address: the peer's list takes it for that. */
static int put(struct store *store, const struct helper_credential *c, struct error *err)
{
	struct service_store *s = (struct service_store *)store;
	GError *why = NULL;

	if (entry_check_text(c->server, c->username, err) < 0 || begin(s, err) < 0 ||
	    unlock_default(s, err) < 0)
		return -1;
	GHashTable *attributes = attributes_of(s, c->server, c->username);
	SecretValue *value = s->api.secret_value_new(c->secret.len ? c->secret.data : "",
						     (gssize)c->secret.len, TEXT);

	s->api.secret_service_store_sync(s->service, &schema, attributes, DEFAULT, c->server, value,
					 s->cancellable, &why);
	s->api.secret_value_unref(value);
	s->api.g_hash_table_unref(attributes);
	return why ? fail(s, why, err) : 0;
}

static int delete_item(struct service_store *s, SecretItem *item, struct error *err)
{
	GError *why = NULL;

	if (unlock_item(s, item, err) < 0)
		return -1;
	if (s->api.secret_item_delete_sync(item, s->cancellable, &why) || !why)
		return 0;
	if (!has_gone(s, why))
		return fail(s, why, err);
	s->api.g_error_free(why);
	return 0;
}

/* Returns how many there were to delete, -1 on an error. */
static int delete_all(struct service_store *s, const char *server, const char *but_user,
		      struct error *err)
{
	GList *items;
	int count = 0;

	if (search(s, server, &items, err) < 0)
		return -1;
	for (GList *at = items; at && count >= 0; at = at->next) {
		scoped_str username = attribute(s, at->data, "username");

		if (but_user && username && strcmp(username, but_user) == 0)
			continue;
		count = delete_item(s, at->data, err) < 0 ? -1 : count + 1;
	}
	free_items(s, items);
	return count;
}

static int remove_accounts(struct store *store, const char *server, const char *but_user,
			   struct error *err)
{
	struct service_store *s = (struct service_store *)store;
	struct error why = ERROR_INIT;
	int count = 1;

	if (entry_check_text(server, "", &why) < 0)
		return 0;
	if (begin(s, err) < 0)
		return -1;
	for (int i = 0; i < ATTEMPTS && count > 0; i++)
		count = delete_all(s, server, but_user, err);
	if (count > 0)
		return error_set(err, ERROR_REMOTE, 0,
				 "the keyring still has what it said it removed");
	return count;
}

#define STORE_SIZE sizeof(struct service_store)

#else

#define STORE_SIZE sizeof(struct store)

static int not_built(struct error *err)
{
	return error_set(
		err, ERROR_UNSUPPORTED, 0,
		"this pushgate was built without libsecret; build it with libsecret-1-dev, "
		"or set \"store\": {\"kind\": \"file\"}");
}

static int get(struct store *store, const char *server, struct helper_credential *out,
	       struct error *err)
{
	(void)store;
	(void)server;
	(void)out;
	return not_built(err);
}

static int list(struct store *store, struct helper_names *out, struct error *err)
{
	(void)store;
	(void)out;
	return not_built(err);
}

static int put(struct store *store, const struct helper_credential *c, struct error *err)
{
	(void)store;
	(void)c;
	return not_built(err);
}

static int remove_accounts(struct store *store, const char *server, const char *but_user,
			   struct error *err)
{
	(void)store;
	(void)server;
	(void)but_user;
	return not_built(err);
}

static void close_store(struct store *store)
{
	free(store);
}

#endif

static const struct store_ops operations = {
	.name = "secretservice",
	.get = get,
	.list = list,
	.put = put,
	.remove = remove_accounts,
	.close = close_store,
};

struct store *store_secretservice_open(const struct world *world)
{
	struct store *store = xcalloc(1, STORE_SIZE);

	*store = (struct store){ &operations, world };
	return store;
}
