/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/registry/realm.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/dynlib.h"
#include "common/codec/address_class.h"
#include "common/codec/printable.h"
#include "common/codec/registry_key.h"
#include "common/codec/url.h"

#define HUB_REALM "auth.docker.io"

/* --- The public suffix list: two functions of libpsl, whose header is not needed for them. */

static const char *const sonames[] = {
#ifdef __APPLE__
	"libpsl.5.dylib",
#endif
	"libpsl.so.5",
	NULL,
};

struct suffixes {
	bool tried;
	const void *list; /* NULL: there is none */
	const void *(*builtin)(void);
	/* A place within domain; NULL: it is a public suffix itself, or below none. */
	const char *(*registrable)(const void *list, const char *domain);
};

static const struct suffixes *suffixes(void)
{
	static struct suffixes known;
	const struct dynlib_symbol symbols[] = {
		{ "psl_builtin", (void **)&known.builtin },
		{ "psl_registrable_domain", (void **)&known.registrable },
	};
	struct error err = ERROR_INIT;

	if (known.tried)
		return &known;
	known.tried = true;
	if (dynlib_load(sonames, symbols, array_len(symbols), "libpsl5", &err) == 0)
		known.list = known.builtin();
	return &known;
}

bool realm_knows_domains(void)
{
	return suffixes()->list != NULL;
}

/* NULL: the host has none. */
static const char *domain_of(const char *host)
{
	const struct suffixes *known = suffixes();
	enum address_class class;

	if (!known->list || address_class_of_text(host, &class) || !strchr(host, '.'))
		return NULL;
	return known->registrable(known->list, host);
}

static bool share_domain(const char *a, const char *b)
{
	const char *of_a = domain_of(a);
	const char *of_b = of_a ? domain_of(b) : NULL;

	return of_b && strcmp(of_a, of_b) == 0;
}

/* --- What a person has vouched for. */

void realms_release(struct realms *realms)
{
	for (size_t i = 0; i < realms->count; i++) {
		free(realms->items[i].registry);
		free(realms->items[i].realm);
	}
	free(realms->items);
	*realms = (struct realms){ 0 };
}
#define scoped_realms scoped(realms_release) struct realms

/* As registries are compared; NULL: it is no host. Owned. */
static char *registry_name(const char *text)
{
	scoped_registry_key key = { 0 };

	registry_key_read(&key, text);
	if (key.opaque || key.has_scheme || strchr(text, '/'))
		return NULL;
	return xstrdup(key.name);
}

/* Brackets where they belong. Owned. */
static char *host_text(const struct url *url)
{
	return xasprintf(strchr(url->host, ':') ? "[%s]" : "%s", url->host);
}

/* "host" or "host:port" as it was written, made comparable; NULL: it is none. Owned. */
static char *realm_name(const char *text)
{
	scoped_str address = xasprintf("https://%s/", text);
	struct error err = ERROR_INIT;
	scoped_url url = { 0 };

	if (strpbrk(text, "/?") || url_parse(&url, address, &err) < 0)
		return NULL;
	scoped_str host = host_text(&url);

	return strlen(host) == strlen(text) ? take_ptr(host) : xasprintf("%s:%d", host, url.port);
}

static int read_pair(struct realms *out, const char *word, size_t len, struct error *err)
{
	scoped_str text = xstrndup(word, len);
	char *equals = strchr(text, '=');
	char shown[PRINTABLE_SHORT];

	printable_short(shown, text);
	if (equals)
		*equals = '\0';
	scoped_str registry = equals ? registry_name(text) : NULL;
	scoped_str realm = registry ? realm_name(equals + 1) : NULL;

	if (!realm)
		return error_set(err, ERROR_INPUT, 0,
				 "realms: \"%s\" is not like registry.example:5000=auth.example",
				 shown);
	struct realm_pair *pair = array_add(out);

	pair->registry = take_ptr(registry);
	pair->realm = take_ptr(realm);
	return 0;
}

int realms_read(struct realms *out, const char *text, struct error *err)
{
	static const char between[] = ", \t\r\n";
	scoped_realms read = { 0 };

	while (text && *(text += strspn(text, between))) {
		size_t len = strcspn(text, between);

		if (read_pair(&read, text, len, err) < 0)
			return -1;
		text += len;
	}
	realms_release(out);
	*out = take_value(read);
	return 0;
}

static bool is_vouched(const struct realms *realms, const char *registry, const struct url *realm)
{
	scoped_str host = host_text(realm);
	scoped_str with_port = xasprintf("%s:%d", host, realm->port);
	scoped_str name = registry_name(registry);

	for (size_t i = 0; realms && name && i < realms->count; i++) {
		const struct realm_pair *pair = &realms->items[i];

		if (strcmp(pair->registry, name) == 0 &&
		    (strcmp(pair->realm, host) == 0 || strcmp(pair->realm, with_port) == 0))
			return true;
	}
	return false;
}

static bool is_built_in(const char *registry, const struct url *realm)
{
	return strcmp(registry, REGISTRY_HUB) == 0 && strcmp(realm->host, HUB_REALM) == 0;
}

/* --- How near an address is, and who may name it. */

/* Bits of the kinds of network that whoever is in one of them may name. */
#define BIT(class)  (1u << ADDRESS_##class)
#define NEAR_INNER  (BIT(PUBLIC) | BIT(PRIVATE) | BIT(SHARED))
#define NEAR_ITSELF (NEAR_INNER | BIT(LOOPBACK) | BIT(UNSPECIFIED))
static const unsigned may_name[] = {
	[ADDRESS_PUBLIC] = BIT(PUBLIC),    [ADDRESS_LOOPBACK] = NEAR_ITSELF,
	[ADDRESS_PRIVATE] = NEAR_INNER,    [ADDRESS_LINK_LOCAL] = NEAR_INNER | BIT(LINK_LOCAL),
	[ADDRESS_SHARED] = NEAR_INNER,     [ADDRESS_UNSPECIFIED] = NEAR_ITSELF,
	[ADDRESS_MULTICAST] = BIT(PUBLIC), [ADDRESS_RESERVED] = BIT(PUBLIC),
};

/* A name is public, as far as can be said without looking it up. */
static enum address_class class_of(const char *host)
{
	enum address_class class;

	if (address_class_of_text(host, &class))
		return class;
	return host_is_loopback(host) ? ADDRESS_LOOPBACK : ADDRESS_PUBLIC;
}

static bool names_what_is_nearer(const struct url *origin, const struct url *realm)
{
	return !(may_name[class_of(origin->host)] & (1u << class_of(realm->host)));
}

static enum realm_verdict owner(const char *registry, const struct url *origin,
				const struct url *realm, const struct realms *realms)
{
	if (url_same_host(origin, realm))
		return REALM_SAME_HOST;
	if (is_built_in(registry, realm))
		return REALM_BUILT_IN;
	if (is_vouched(realms, registry, realm))
		return REALM_VOUCHED;
	if (names_what_is_nearer(origin, realm))
		return REALM_PRIVATE;
	return share_domain(origin->host, realm->host) ? REALM_SAME_DOMAIN : REALM_OTHER;
}

enum realm_verdict realm_judge(const char *registry, const char *origin, const char *realm,
			       const struct realms *realms)
{
	struct error err = ERROR_INIT;
	scoped_url from = { 0 };
	scoped_url to = { 0 };

	if (url_parse(&from, origin, &err) < 0 || url_parse(&to, realm, &err) < 0)
		return REALM_BAD;
	enum realm_verdict verdict = owner(registry, &from, &to, realms);

	return verdict != REALM_PRIVATE && from.https && !to.https ? REALM_WEAKER : verdict;
}

const char *realm_verdict_text(enum realm_verdict verdict)
{
	static const char *const texts[] = {
		[REALM_OTHER] = "another host, of another domain",
		[REALM_WEAKER] = "http, where the registry is https",
		[REALM_PRIVATE] = "an inner address",
		[REALM_BAD] = "no proper http or https address",
	};

	return texts[verdict];
}
