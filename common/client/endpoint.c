/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's choice of an engine: cli/command/cli.go (resolveContextName, resolveDockerEndpoint),
 * cli/flags/options.go (SetDefaultOptions), cli/context/store/.
 */
#include "common/client/endpoint.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "common/client/files.h"
#include "common/client/http_headers.h"
#include "common/codec/json.h"
#include "common/codec/proxy_url.h"
#include "common/codec/sha256.h"

#define META_LIMIT      ((size_t)1 << 20)
#define DEFAULT_CONTEXT "default"
#define DEFAULT_TLS_ADDRESS                                                   \
	"tcp://localhost:2376" /* docker's, where TLS is on and no host given \
				*/

static const char *variable(getenv_fn env, const char *name)
{
	const char *value = env(name);

	return value && *value ? value : NULL;
}

static const char *choose_context(const struct endpoint_flags *flags,
				  const struct docker_config *config, getenv_fn env)
{
	const char *name;

	if (flags->context && *flags->context)
		return flags->context;
	if (flags->host || variable(env, "DOCKER_HOST"))
		return DEFAULT_CONTEXT;
	name = variable(env, "DOCKER_CONTEXT");
	if (!name)
		name = docker_config_string(config, "currentContext");
	return name && *name ? name : DEFAULT_CONTEXT;
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* --- The default context: flags and environment. */

static char *default_file(const struct docker_config *config, getenv_fn env, const char *name)
{
	const char *dir = variable(env, "DOCKER_CERT_PATH");

	return xasprintf("%s/%s", dir ? dir : config->dir, name);
}

/* The file given, or the default one if it is there; NULL else. */
static char *given_or_there(const char *given, const struct docker_config *config, getenv_fn env,
			    const char *name)
{
	scoped_str path = default_file(config, env, name);

	if (given)
		return *given ? xstrdup(given) : NULL;
	return exists(path) ? take_ptr(path) : NULL;
}

static int set_flag_tls(struct endpoint *e, const struct endpoint_flags *flags,
			const struct docker_config *config, getenv_fn env, bool verify,
			struct error *err)
{
	e->scheme = ENDPOINT_TLS;
	e->skip_verify = !verify;
	e->ca = given_or_there(flags->tls_ca, config, env, "ca.pem");
	e->cert = given_or_there(flags->tls_cert, config, env, "cert.pem");
	e->key = given_or_there(flags->tls_key, config, env, "key.pem");
	if (verify && !e->ca && !flags->tls_ca) {
		scoped_str path = default_file(config, env, "ca.pem");

		return error_set(err, ERROR_NOT_FOUND, 0,
				 "no CA to verify the engine with: %s is not there; give it with "
				 "--tlscacert, or its directory in DOCKER_CERT_PATH",
				 path);
	}
	return 0;
}

static int choose_default(struct endpoint *out, const struct endpoint_flags *flags,
			  const struct docker_config *config, getenv_fn env, struct error *err)
{
	bool verify = flags->tls_verify_set ? flags->tls_verify
					    : variable(env, "DOCKER_TLS_VERIFY") != NULL;
	bool tls = (flags->tls_set ? flags->tls : variable(env, "DOCKER_TLS") != NULL) ||
		   flags->tls_verify_set || verify;
	const char *address = flags->host ? flags->host : variable(env, "DOCKER_HOST");

	if (!address || !*address)
		address = tls ? DEFAULT_TLS_ADDRESS : "";
	if (endpoint_parse(out, address, err) < 0)
		return -1;
	/* Sockets and ssh protect themselves: docker ignores the TLS flags there. */
	if (!tls || out->scheme != ENDPOINT_TCP)
		return 0;
	return set_flag_tls(out, flags, config, env, verify, err);
}

/* --- Other contexts: files below contexts/, named by the SHA-256 of the context's name. */

static int read_meta(json_t **out, const char *dir, const char *id, struct error *err)
{
	scoped_str path = xasprintf("%s/contexts/meta/%s/meta.json", dir, id);
	scoped_buf bytes;

	buf_init(&bytes, META_LIMIT);
	if (file_read(path, META_LIMIT, &bytes, err) < 0)
		return -1;
	return json_parse(out, bytes.data, bytes.len, path, false, err);
}

static char *context_file(const char *dir, const char *id, const char *name)
{
	scoped_str path = xasprintf("%s/contexts/tls/%s/docker/%s", dir, id, name);

	return exists(path) ? take_ptr(path) : NULL;
}

static void set_context_tls(struct endpoint *e, const char *dir, const char *id)
{
	if (e->scheme != ENDPOINT_TCP && e->scheme != ENDPOINT_TLS)
		return;
	e->ca = context_file(dir, id, "ca.pem");
	e->cert = context_file(dir, id, "cert.pem");
	e->key = context_file(dir, id, "key.pem");
	if (e->ca || e->cert || e->key)
		e->scheme = ENDPOINT_TLS;
	/* Docker uses the two only together. */
	if (!e->cert || !e->key) {
		str_replace(&e->cert, NULL);
		str_replace(&e->key, NULL);
	}
}

int endpoint_of_context(struct endpoint *out, const json_t *meta, const char *label,
			struct error *err)
{
	struct json_place root = json_root(meta, label);
	struct json_place endpoints, docker;
	const char *host;
	bool skip_verify;

	if (!json_is_object(meta))
		return json_fail(&root, err, "expected an object");
	if (json_get_object(&root, "Endpoints", &endpoints, err) < 0 ||
	    json_get_object(&endpoints, "docker", &docker, err) < 0)
		return -1;
	if (!json_present(&docker))
		return json_fail(&root, err, "it has no docker endpoint");
	if (json_get_string(&docker, "Host", &host, "", err) < 0 ||
	    json_get_bool(&docker, "SkipTLSVerify", &skip_verify, false, err) < 0)
		return -1;
	if (endpoint_parse(out, host, err) < 0)
		return error_wrap(err, "%s", label);
	if (skip_verify && out->scheme == ENDPOINT_TCP) {
		out->scheme = ENDPOINT_TLS;
		out->skip_verify = true;
	}
	return 0;
}

static int choose_context_endpoint(struct endpoint *out, const char *name,
				   const struct docker_config *config, struct error *err)
{
	scoped_str label = xasprintf("context \"%s\"", name);
	scoped_json *json = NULL;
	char id[SHA256_HEX];

	if (sha256_hex(id, name, strlen(name), err) < 0)
		return -1;
	if (read_meta(&json, config->dir, id, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return error_wrap(err, "%s", label);
		error_clear(err);
		return error_set(err, ERROR_NOT_FOUND, 0,
				 "%s does not exist; see: docker context ls", label);
	}
	if (endpoint_of_context(out, json, label, err) < 0)
		return -1;
	set_context_tls(out, config->dir, id);
	out->context = xstrdup(name);
	return 0;
}

/* --- What else of the environment counts for requests. */

static const char *either(getenv_fn env, const char *upper, const char *lower)
{
	const char *value = variable(env, upper);

	return value ? value : variable(env, lower);
}

static int set_surroundings(struct endpoint *e, const struct docker_config *config, getenv_fn env,
			    struct error *err)
{
	const char *custom = variable(env, "DOCKER_CUSTOM_HEADERS");
	const char *proxy = NULL;

	e->api_version = xstrdup_null(variable(env, "DOCKER_API_VERSION"));
	if (e->scheme == ENDPOINT_TCP)
		proxy = either(env, "HTTP_PROXY", "http_proxy");
	if (e->scheme == ENDPOINT_TLS)
		proxy = either(env, "HTTPS_PROXY", "https_proxy");
	e->proxy = proxy ? proxy_url(proxy) : NULL;
	if (e->proxy)
		e->no_proxy = xstrdup_null(either(env, "NO_PROXY", "no_proxy"));
	/* They do not add up: the variable replaces the file's, as in docker. */
	if (custom)
		return headers_of_text(&e->headers, custom, err);
	return headers_of_config(&e->headers, config, err);
}

int endpoint_choose(struct endpoint *out, const struct endpoint_flags *flags,
		    const struct docker_config *config, getenv_fn env, struct error *err)
{
	scoped_endpoint made = { 0 };
	const char *name = choose_context(flags, config, env);
	int rc;

	if (flags->host && flags->context && *flags->context)
		return error_set(err, ERROR_USAGE, 0,
				 "conflicting options: cannot specify both --host and --context");
	if (strcmp(name, DEFAULT_CONTEXT) == 0)
		rc = choose_default(&made, flags, config, env, err);
	else
		rc = choose_context_endpoint(&made, name, config, err);
	if (rc < 0 || set_surroundings(&made, config, env, err) < 0)
		return -1;
	*out = made;
	made = (struct endpoint){ 0 };
	return 0;
}

int endpoint_contexts(struct strings *out, const struct docker_config *config, struct error *err)
{
	scoped_str path = xasprintf("%s/contexts/meta", config->dir);
	scoped_strings found = { 0 };
	DIR *dir = opendir(path);
	const struct dirent *entry;

	(void)err;
	while (dir && (entry = readdir(dir)) != NULL) {
		scoped_json *json = NULL;
		struct error skipped = ERROR_INIT;
		const char *name;

		/* One that does not parse is nothing to complete with. */
		if (entry->d_name[0] == '.' ||
		    read_meta(&json, config->dir, entry->d_name, &skipped) < 0)
			continue;
		name = json_string_value(json_object_get(json, "Name"));
		if (name && *name)
			strings_add(&found, name);
	}
	if (dir)
		closedir(dir);
	strings_sort(&found);
	strings_add(out, DEFAULT_CONTEXT);
	strings_copy(out, &found);
	return 0;
}
