/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Secret Service, by libsecret. Nobody is asked: a collection that opens without a password is
 * opened, for any other the answer is that it is locked. libsecret would prompt by itself, and a
 * prompt has no end, so what is locked is looked at before. Items are asked for by D-Bus calls:
 * libsecret's objects cost four messages each, and one of its calls may be a thousand of them,
 * which from outside cannot be told from a keyring that hangs.
 */
#include "credhelper/store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/codec/printable.h"
#include "credhelper/entry_list.h"
#include "credhelper/secret_api.h"
#include "credhelper/turn.h"

#ifdef SECRET_API_BUILT

#define LABEL   "Docker Credentials"
#define TEXT    "text/plain"
#define DEFAULT "default" /* SECRET_COLLECTION_DEFAULT's name */
#define MEND    "set \"store\": {\"kind\": \"file\"} in ~/.config/docker-hygiene/pushgate.json"

/* A search, then a look at each thing found: what another process removes between is looked for
 * once more. */
#define ATTEMPTS 5
/* A keyring that many ask at the same time is slow, and answers: each answer gives another
 * STORE_DEADLINE, up to this in all. */
#define LAST     (15 * G_USEC_PER_SEC)

#define SERVICE_PATH "/org/freedesktop/secrets"
#define SERVICE      "org.freedesktop.Secret.Service"
#define ITEM         "org.freedesktop.Secret.Item"
#define PROPERTIES   "org.freedesktop.DBus.Properties"

struct service_store {
	struct store base;
	struct secret_api api;
	bool loaded;
	SecretService *service;
	GDBusConnection *bus;      /* the service's */
	const char *name;          /* of the service on it */
	GCancellable *cancellable; /* of every call: cancelled at the deadline */
	int turn;                  /* descriptor of a lock, -1: none */
	GThread *watchdog;
	GMutex mutex;
	GCond wake;
	bool closing;     /* under the mutex */
	gint64 end, last; /* under the mutex; µs as g_get_monotonic_time() counts */
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
static const char locked[] =
	"the keyring is locked; unlock it (in the desktop's password manager, or: "
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

	s->api.g_mutex_lock(&s->mutex);
	while (!s->closing && s->api.g_get_monotonic_time() < s->end)
		s->api.g_cond_wait_until(&s->wake, &s->mutex, s->end);
	bool late = !s->closing;

	s->api.g_mutex_unlock(&s->mutex);
	if (late)
		s->api.g_cancellable_cancel(s->cancellable);
	return NULL;
}

static void renew(struct service_store *s)
{
	gint64 end = s->api.g_get_monotonic_time() + STORE_DEADLINE / NSEC_PER_USEC;

	s->api.g_mutex_lock(&s->mutex);
	s->end = end < s->last ? end : s->last;
	s->api.g_mutex_unlock(&s->mutex);
}

static int start_watchdog(struct service_store *s, struct error *err)
{
	GError *why = NULL;

	s->api.g_mutex_init(&s->mutex);
	s->api.g_cond_init(&s->wake);
	s->cancellable = s->api.g_cancellable_new();
	s->last = s->api.g_get_monotonic_time() + LAST;
	renew(s);
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
	if (s->turn < 0)
		s->turn = turn_take(s->base.world);
	if (!s->watchdog && start_watchdog(s, err) < 0)
		return -1;
	s->service = s->api.secret_service_get_sync(SECRET_SERVICE_NONE, s->cancellable, &why);
	if (s->service) {
		s->bus = s->api.g_dbus_proxy_get_connection((GDBusProxy *)s->service);
		s->name = s->api.g_dbus_proxy_get_name((GDBusProxy *)s->service);
		renew(s);
		return 0;
	}
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
	if (s->turn >= 0)
		close(s->turn);
	if (s->service)
		s->api.g_object_unref(s->service);
	if (s->cancellable)
		s->api.g_object_unref(s->cancellable);
	free(s);
}

/* --- Calls. */

static GVariant *call(struct service_store *s, const char *path, const char *interface,
		      const char *method, GVariant *args, GError **why)
{
	GVariant *answer = s->api.g_dbus_connection_call_sync(
		s->bus, s->name, path, interface, method, args, NULL, G_DBUS_CALL_FLAGS_NONE,
		G_MAXINT, s->cancellable, why);

	if (answer)
		renew(s);
	return answer;
}

/* Takes the answer of a method that gives a prompt: "/" says that nobody has to be asked. */
static int without_prompt(struct service_store *s, GVariant *answer, bool with_paths,
			  struct error *err)
{
	const char *prompt;

	if (with_paths)
		s->api.g_variant_get(answer, "(ao&o)", NULL, &prompt);
	else
		s->api.g_variant_get(answer, "(&o)", &prompt);
	int rc = strcmp(prompt, "/") == 0 ? 0 : error_set(err, ERROR_DENIED, 0, "%s", locked);

	s->api.g_variant_unref(answer);
	return rc;
}

/* What opens without a password is open then. */
static int unlock(struct service_store *s, const char *path, struct error *err)
{
	const char *const paths[] = { path, NULL };
	GError *why = NULL;
	GVariant *answer = call(s, SERVICE_PATH, SERVICE, "Unlock",
				s->api.g_variant_new("(^ao)", paths), &why);

	return answer ? without_prompt(s, answer, true, err) : fail(s, why, err);
}

static int unlock_default(struct service_store *s, struct error *err)
{
	const char *path;
	GError *why = NULL;
	GVariant *answer = call(s, SERVICE_PATH, SERVICE, "ReadAlias",
				s->api.g_variant_new("(s)", DEFAULT), &why);
	int rc;

	if (!answer)
		return fail(s, why, err);
	s->api.g_variant_get(answer, "(&o)", &path);
	if (strcmp(path, "/") == 0)
		rc = error_set(err, ERROR_UNREACHABLE, 0,
			       "the keyring has no default collection; make one (log in to the "
			       "desktop, or: gnome-keyring-daemon --replace --unlock)");
	else
		rc = unlock(s, path, err);
	s->api.g_variant_unref(answer);
	return rc;
}

/* --- Items. */

struct found {
	struct strings open, locked; /* paths */
};

static void found_release(struct found *found)
{
	strings_release(&found->open);
	strings_release(&found->locked);
}
#define scoped_found scoped(found_release) struct found

static void take_paths(struct service_store *s, char **paths, struct strings *to)
{
	for (char **at = paths; *at; at++)
		strings_add(to, *at);
	s->api.g_strfreev(paths);
}

/* server NULL: everything. */
static int search(struct service_store *s, const char *server, struct found *out, struct error *err)
{
	GVariantBuilder *builder = s->api.g_variant_builder_new((const GVariantType *)"a{ss}");
	GError *why = NULL;
	char **open, **closed;

	s->api.g_variant_builder_add(builder, "{ss}", "xdg:schema", schema.name);
	s->api.g_variant_builder_add(builder, "{ss}", "docker_cli", "1");
	if (server)
		s->api.g_variant_builder_add(builder, "{ss}", "server", server);
	GVariant *args = s->api.g_variant_new("(a{ss})", builder);
	GVariant *answer = call(s, SERVICE_PATH, SERVICE, "SearchItems", args, &why);

	s->api.g_variant_builder_unref(builder);
	if (!answer)
		return fail(s, why, err);
	s->api.g_variant_get(answer, "(^ao^ao)", &open, &closed);
	s->api.g_variant_unref(answer);
	take_paths(s, open, &out->open);
	take_paths(s, closed, &out->locked);
	return 0;
}

/* 1: the item has gone meanwhile. */
static int get_property(struct service_store *s, const char *path, const char *name, GVariant **out,
			struct error *err)
{
	GError *why = NULL;
	GVariant *answer = call(s, path, PROPERTIES, "Get",
				s->api.g_variant_new("(ss)", ITEM, name), &why);

	if (!answer && has_gone(s, why)) {
		s->api.g_error_free(why);
		return 1;
	}
	if (!answer)
		return fail(s, why, err);
	s->api.g_variant_get(answer, "(v)", out);
	s->api.g_variant_unref(answer);
	return 0;
}

/* Both owned, "" where there is none. 1: the item has gone meanwhile. */
static int read_names(struct service_store *s, const char *path, char **server, char **username,
		      struct error *err)
{
	const char *names[] = { "server", "username" };
	char **to[] = { server, username };
	GVariant *attributes;
	int rc = get_property(s, path, "Attributes", &attributes, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < array_len(to); i++) {
		const char *text = "";

		s->api.g_variant_lookup(attributes, names[i], "&s", &text);
		*to[i] = xstrdup(text);
	}
	s->api.g_variant_unref(attributes);
	return 0;
}

/* Of several accounts, which the peer leaves, the one that was stored last. 1: one has gone. */
static int latest(struct service_store *s, const struct strings *paths, const char **out,
		  struct error *err)
{
	guint64 best_time = 0;

	*out = paths->items[0];
	for (size_t i = 0; paths->count > 1 && i < paths->count; i++) {
		GVariant *value;
		guint64 modified;
		int rc = get_property(s, paths->items[i], "Modified", &value, err);

		if (rc)
			return rc;
		s->api.g_variant_get(value, "t", &modified);
		s->api.g_variant_unref(value);
		if (modified >= best_time) {
			*out = paths->items[i];
			best_time = modified;
		}
	}
	return 0;
}

static int load_secret(struct service_store *s, const char *path, struct secret *out,
		       struct error *err)
{
	GError *why = NULL;
	SecretValue *value = s->api.secret_service_get_secret_for_dbus_path_sync(
		s->service, path, s->cancellable, &why);
	gsize len = 0;

	if (!value && why && has_gone(s, why)) {
		s->api.g_error_free(why);
		return 1;
	}
	if (why)
		return fail(s, why, err);
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
	scoped_found found = { 0 };
	const char *path;

	if (search(s, server, &found, err) < 0)
		return -1;
	if (!found.open.count && !found.locked.count)
		return error_set(err, ERROR_NOT_FOUND, 0, HELPER_NOT_FOUND);
	int rc = latest(s, found.open.count ? &found.open : &found.locked, &path, err);

	if (rc == 0 && !found.open.count)
		rc = unlock(s, path, err);
	if (rc == 0)
		rc = read_names(s, path, &c.server, &c.username, err);
	if (rc == 0)
		rc = load_secret(s, path, &c.secret, err);
	if (rc == 0)
		*out = take_value(c);
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

static int list_paths(struct service_store *s, const struct strings *paths,
		      struct helper_names *out, struct error *err)
{
	for (size_t i = 0; i < paths->count; i++) {
		scoped_str server = NULL;
		scoped_str username = NULL;
		int rc = read_names(s, paths->items[i], &server, &username, err);

		if (rc < 0)
			return -1;
		if (rc == 0 && *server)
			helper_names_add(out, server, username);
	}
	return 0;
}

static int list(struct store *store, struct helper_names *out, struct error *err)
{
	struct service_store *s = (struct service_store *)store;
	scoped_found found = { 0 };

	if (begin(s, err) < 0 || search(s, NULL, &found, err) < 0 ||
	    list_paths(s, &found.open, out, err) < 0)
		return -1;
	return list_paths(s, &found.locked, out, err);
}

static GHashTable *attributes_of(const struct service_store *s, const struct helper_credential *c)
{
	GHashTable *table = s->api.g_hash_table_new(s->api.g_str_hash, s->api.g_str_equal);
	const struct {
		const char *name, *value;
	} rows[] = {
		{ "docker_cli", "1" },
		{ "label", LABEL },
		{ "server", c->server },
		{ "username", c->username },
	};

	for (size_t i = 0; i < array_len(rows); i++)
		s->api.g_hash_table_insert(table, (gpointer)(uintptr_t)rows[i].name,
					   (gpointer)(uintptr_t)rows[i].value);
	return table;
}

/* The label is the address: the peer's list takes it for that. */
static int put(struct store *store, const struct helper_credential *c, struct error *err)
{
	struct service_store *s = (struct service_store *)store;
	GError *why = NULL;

	if (entry_check_text(c->server, c->username, err) < 0 || begin(s, err) < 0 ||
	    unlock_default(s, err) < 0)
		return -1;
	GHashTable *attributes = attributes_of(s, c);
	SecretValue *value = s->api.secret_value_new(c->secret.len ? c->secret.data : "",
						     (gssize)c->secret.len, TEXT);

	s->api.secret_service_store_sync(s->service, &schema, attributes, DEFAULT, c->server, value,
					 s->cancellable, &why);
	s->api.secret_value_unref(value);
	s->api.g_hash_table_unref(attributes);
	if (why)
		return fail(s, why, err);
	renew(s);
	return 0;
}

static int delete_item(struct service_store *s, const char *path, struct error *err)
{
	GError *why = NULL;
	GVariant *answer = call(s, path, ITEM, "Delete", NULL, &why);

	if (answer)
		return without_prompt(s, answer, false, err);
	if (!has_gone(s, why))
		return fail(s, why, err);
	s->api.g_error_free(why);
	return 0;
}

/* Returns how many there were to delete, -1 on an error. */
static int delete_paths(struct service_store *s, const struct strings *paths, bool is_locked,
			const char *but_user, struct error *err)
{
	int count = 0;

	for (size_t i = 0; i < paths->count; i++) {
		scoped_str server = NULL;
		scoped_str username = NULL;
		int rc = read_names(s, paths->items[i], &server, &username, err);

		if (rc < 0)
			return -1;
		if (rc == 1 || (but_user && strcmp(username, but_user) == 0))
			continue;
		if ((is_locked && unlock(s, paths->items[i], err) < 0) ||
		    delete_item(s, paths->items[i], err) < 0)
			return -1;
		count++;
	}
	return count;
}

static int delete_all(struct service_store *s, const char *server, const char *but_user,
		      struct error *err)
{
	scoped_found found = { 0 };

	if (search(s, server, &found, err) < 0)
		return -1;
	int open = delete_paths(s, &found.open, false, but_user, err);
	int closed = open < 0 ? -1 : delete_paths(s, &found.locked, true, but_user, err);

	return closed < 0 ? -1 : open + closed;
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

static struct store *allocate(void)
{
	struct service_store *s = xcalloc(1, sizeof(*s));

	s->turn = -1;
	return &s->base;
}

#else

static struct store *allocate(void)
{
	return xcalloc(1, sizeof(struct store));
}

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
	struct store *store = allocate();

	*store = (struct store){ .ops = &operations, .world = world };
	return store;
}
