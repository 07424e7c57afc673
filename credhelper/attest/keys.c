/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/attest/keys.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/client/files.h"
#include "common/client/secret_file.h"
#include "common/codec/json.h"
#include "common/codec/sha256.h"
#include "common/codec/url.h"
#include "credhelper/attest/fetch.h"
#include "credhelper/attest/key_pick.h"

#define DISCOVERY       "/.well-known/openid-configuration"
#define DISCOVERY_BYTES (64 << 10)
#define CACHE_VERSION   1
#define CACHE_BYTES     (KEYS_MAX_BYTES + 4096)
#define CACHE_SYSTEM    "/var/cache/docker-hygiene"
#define CACHE_OWN       ".cache/docker-hygiene"
#define LEAST_SECONDS   INT64_C(300)
#define MOST_SECONDS    INT64_C(86400)

static int parse_keys(json_t **out, const struct buf *text, const char *name, struct error *err)
{
	scoped_json *json = NULL;

	if (json_parse(&json, text->data, text->len, name, true, err) < 0)
		return -1;
	if (key_set_check(json, err) < 0)
		return error_wrap(err, "%s", name);
	*out = take_ptr(json);
	return 0;
}

static int read_pinned(json_t **out, const char *path, struct error *err)
{
	scoped_buf text;

	buf_init(&text, KEYS_MAX_BYTES);
	if (file_read_trusted(path, KEYS_MAX_BYTES, &text, err) < 0)
		return -1;
	return parse_keys(out, &text, path, err);
}

/* --- The issuer. */

static int ask(const struct gate_oidc *gate, const char *url, const struct keys_time *when,
	       struct buf *out, int64_t *max_age, struct error *err)
{
	const struct fetch f = {
		.url = url, .ca_file = gate->ca_file, .proxy = gate->proxy, .end = when->end
	};

	return fetch(&f, out, max_age, err);
}

static int read_discovery(const struct gate_oidc *gate, const struct buf *text, const char *name,
			  char **out, struct error *err)
{
	scoped_json *json = NULL;
	const char *issuer, *uri;
	scoped_url home = { 0 };
	scoped_url keys = { 0 };

	if (json_parse(&json, text->data, text->len, name, true, err) < 0)
		return -1;
	struct json_place root = json_root(json, name);

	if (json_need_string(&root, "issuer", &issuer, err) < 0 ||
	    json_need_string(&root, "jwks_uri", &uri, err) < 0)
		return -1;
	if (strcmp(issuer, gate->issuer) != 0)
		return json_fail(&root, err, "it is another issuer's");
	if (url_parse_https(&home, gate->issuer, err) < 0 || url_parse_https(&keys, uri, err) < 0)
		return -1;
	if (!url_same_origin(&home, &keys))
		return json_fail(&root, err,
				 "its keys are at another host (%s); if that is right, write it "
				 "into the policy as keys.url",
				 keys.host);
	*out = xstrdup(uri);
	return 0;
}

static int discover(const struct gate_oidc *gate, const struct keys_time *when, char **out,
		    struct error *err)
{
	size_t len = strlen(gate->issuer);
	int64_t max_age;
	scoped_buf text;

	while (len && gate->issuer[len - 1] == '/')
		len--;
	scoped_str url = xasprintf("%.*s" DISCOVERY, (int)len, gate->issuer);

	buf_init(&text, DISCOVERY_BYTES);
	if (ask(gate, url, when, &text, &max_age, err) < 0)
		return -1;
	return read_discovery(gate, &text, url, out, err);
}

static int fetch_keys(json_t **out, const struct gate_oidc *gate, const struct keys_time *when,
		      int64_t *max_age, struct error *err)
{
	scoped_str found = NULL;
	const char *url = gate->jwks_url;
	scoped_buf text;

	buf_init(&text, KEYS_MAX_BYTES);
	if (!url && discover(gate, when, &found, err) < 0)
		return -1;
	if (!url)
		url = found;
	if (ask(gate, url, when, &text, max_age, err) < 0)
		return -1;
	return parse_keys(out, &text, url, err);
}

/* --- The cache. What cannot be read is not there; what cannot be written is fetched again. */

/* Owned; NULL: there is no place. */
static char *cache_path(const struct gate_oidc *gate)
{
	const char *url = gate->jwks_url ? gate->jwks_url : "";
	const char *ca = gate->ca_file ? gate->ca_file : "";
	scoped_str from = xasprintf("%s\n%s\n%s", gate->issuer, url, ca);
	char name[SHA256_HEX];
	struct error err = ERROR_INIT;
	scoped_str home = NULL;

	if (sha256_hex(name, from, strlen(from), &err) < 0)
		return NULL;
	if (geteuid() == 0 || access(CACHE_SYSTEM, W_OK) == 0)
		return xasprintf(CACHE_SYSTEM "/jwks-%s.json", name);
	if (dir_home(&home, &err) < 0)
		return NULL;
	return xasprintf("%s/" CACHE_OWN "/jwks-%s.json", home, name);
}

static int read_entry(json_t **out, const json_t *json, int64_t now, bool fresh, struct error *err)
{
	struct json_place root = json_root(json, "cache");
	struct json_place keys = json_member(&root, "keys");
	int64_t version, fetched, until;

	if (json_get_int(&root, "version", &version, 0, 0, INT32_MAX, err) < 0 ||
	    json_get_int(&root, "fetched", &fetched, -1, 0, INT64_MAX, err) < 0 ||
	    json_get_int(&root, "until", &until, -1, 0, INT64_MAX, err) < 0 ||
	    json_expect(&keys, JSON_OBJECT, err) < 0 || key_set_check(keys.value, err) < 0)
		return -1;
	/* A clock that was set back must not keep keys for ever. */
	if (version != CACHE_VERSION || fetched > now || now >= until ||
	    until - fetched > MOST_SECONDS || (fresh && now - fetched >= KEYS_NEW))
		return json_fail(&root, err, "out of date");
	*out = json_incref((json_t *)keys.value);
	return 0;
}

static bool read_cache(json_t **out, const char *path, int64_t now, bool fresh)
{
	struct error err = ERROR_INIT;
	scoped_secret text = { 0 };
	scoped_json *json = NULL;

	if (secret_read_file(path, CACHE_BYTES, &text, &err) < 0 ||
	    json_parse(&json, text.data ? text.data : "", text.len, "cache", true, &err) < 0)
		return false;
	return read_entry(out, json, now, fresh, &err) == 0;
}

static int64_t clamp(int64_t seconds)
{
	if (seconds < LEAST_SECONDS)
		return LEAST_SECONDS;
	return seconds > MOST_SECONDS ? MOST_SECONDS : seconds;
}

static void write_cache(const char *path, json_t *keys, int64_t now, int64_t max_age)
{
	const json_int_t fetched = now, until = now + clamp(max_age / NSEC_PER_SEC);
	struct error err = ERROR_INIT;
	scoped_secret text = { 0 };
	scoped_json *json = json_pack("{s:i, s:I, s:I, s:O}", "version", CACHE_VERSION, "fetched",
				      fetched, "until", until, "keys", keys);
	char *dump = json ? json_dumps(json, JSON_COMPACT) : NULL;

	if (!dump)
		return;
	secret_set(&text, dump, strlen(dump));
	free(dump);
	(void)!secret_replace_file(path, &text, &err);
}

int keys_get(json_t **out, const struct gate_oidc *gate, const struct keys_time *when, bool fresh,
	     struct error *err)
{
	int64_t seconds = when->now / NSEC_PER_SEC, max_age = 0;

	if (gate->jwks_file)
		return read_pinned(out, gate->jwks_file, err);
	scoped_str cache = cache_path(gate);

	if (cache && read_cache(out, cache, seconds, fresh))
		return 0;
	if (fetch_keys(out, gate, when, &max_age, err) < 0)
		return -1;
	if (cache)
		write_cache(cache, *out, seconds, max_age);
	return 0;
}
