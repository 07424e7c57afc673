/* SPDX-License-Identifier: Apache-2.0 */
/* Opening an engine: libcurl, the address as URLs, the ping and the version to speak. */
#include "common/client/engine.h"

#include <string.h>

#include "common/client/engine_internal.h"

int engine_api_minor(const struct engine *engine)
{
	return engine->api_minor;
}

bool engine_is_podman(const struct engine *engine)
{
	return engine->ping.podman;
}

bool engine_podman_since(const struct engine *engine, int major, int minor)
{
	const struct ping *ping = &engine->ping;

	return ping->podman && (ping->podman_major > major ||
				(ping->podman_major == major && ping->podman_minor >= minor));
}

const char *engine_address(const struct engine *engine)
{
	return engine->endpoint.address;
}

const struct endpoint *engine_endpoint(const struct engine *engine)
{
	return &engine->endpoint;
}

/* What stands before "/v1.41/..." in every URL. A socket needs a host too, to name in "Host:". */
static char *make_origin(const struct endpoint *e)
{
	const char *scheme = e->scheme == ENDPOINT_TLS ? "https" : "http";
	const char *path = e->path ? e->path : "";
	const char *zone;

	switch (e->scheme) {
	case ENDPOINT_UNIX:
	case ENDPOINT_SSH:
		return xstrdup("http://localhost");
	case ENDPOINT_TCP:
	case ENDPOINT_TLS:
		break;
	}
	if (!strchr(e->host, ':'))
		return xasprintf("%s://%s:%d%s", scheme, e->host, e->port, path);
	zone = strchr(e->host, '%');
	if (!zone)
		return xasprintf("%s://[%s]:%d%s", scheme, e->host, e->port, path);
	/* RFC 6874: the "%" of a zone is escaped; docker takes it in either form. */
	return xasprintf("%s://[%.*s%%25%s]:%d%s", scheme, (int)(zone - e->host), e->host,
			 zone + (strncmp(zone, "%25", 3) == 0 ? 3 : 1), e->port, path);
}

/* Go, and so docker, never asks a proxy for the machine itself. */
static bool is_loopback(const char *host)
{
	return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
	       strcmp(host, "::1") == 0;
}

static char *make_proxy(const struct endpoint *e)
{
	bool tcp = e->scheme == ENDPOINT_TCP || e->scheme == ENDPOINT_TLS;

	/* Empty, not NULL: libcurl would look into the environment by itself. */
	return xstrdup(tcp && e->proxy && !is_loopback(e->host) ? e->proxy : "");
}

static struct curl_slist *add_header(const struct curl_api *curl, struct curl_slist *list,
				     const char *line)
{
	struct curl_slist *longer = curl->slist_append(list, line);

	return longer ? longer : list;
}

/* The configuration's headers first: ours are not theirs to change. */
struct curl_slist *engine_headers(const struct engine *engine, const char *type)
{
	const struct strings *extra = &engine->endpoint.headers;
	struct curl_slist *list = NULL;

	for (size_t i = 0; i < extra->count; i++)
		list = add_header(&engine->curl, list, extra->items[i]);
	if (engine->endpoint.scheme == ENDPOINT_SSH)
		list = add_header(&engine->curl, list, "Host: docker.example.com");
	/* No waiting for "100 Continue" before a body. */
	list = add_header(&engine->curl, list, "Expect:");
	if (type) {
		scoped_str line = xasprintf("Content-Type: %s", type);

		list = add_header(&engine->curl, list, line);
	}
	return list;
}

/* libcurl itself, and what every request shares. */
static int prepare(struct engine *engine, struct error *err)
{
	const struct endpoint *e = &engine->endpoint;

	if (check_tls_files(e, err) < 0 || curl_api_load(&engine->curl, err) < 0)
		return -1;
	if (e->scheme == ENDPOINT_SSH && ssh_open(&engine->ssh, e, err) < 0)
		return -1;
	engine->multi = engine->curl.multi_init();
	if (!engine->multi)
		return error_set(err, ERROR_IO, 0, "libcurl gives no handle");
	engine->curl.multi_setopt(
		engine->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
		(long)(e->scheme == ENDPOINT_SSH ? SSH_PARALLEL : ENGINE_PARALLEL_MAX));
	engine->curl.multi_setopt(engine->multi, CURLMOPT_MAXCONNECTS, (long)ENGINE_PARALLEL_MAX);
	engine->origin = make_origin(e);
	engine->proxy = make_proxy(e);
	engine->headers = engine_headers(engine, NULL);
	engine->body_headers = engine_headers(engine, "application/json");
	return 0;
}

static int64_t ping_deadline(const struct engine *engine)
{
	/* ssh has its own ConnectTimeout of 30 s, and a key may have to be touched. */
	if (engine->endpoint.scheme == ENDPOINT_SSH)
		return engine->answer_deadline;
	return 3 * engine->connect_deadline;
}

struct pinged {
	struct engine *engine;
	struct error err;
};

static void on_ping(void *self, const struct engine_reply *reply)
{
	struct pinged *pinged = self;
	struct engine *engine = pinged->engine;
	const char *address = engine->endpoint.address;

	if (reply->status == 400 && strstr(reply->body, "HTTP request to an HTTPS server")) {
		error_set(&pinged->err, ERROR_PROTOCOL, 400, "the engine at %s speaks TLS",
			  address);
		error_hint(&pinged->err, "use --tlsverify with its certificates, or "
					 "DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH");
		return;
	}
	if (engine_reply_check(reply, &pinged->err) < 0) {
		if (reply->status == 404)
			pinged->err.kind = ERROR_PROTOCOL;
		/* confirm() words this one. */
		if (!error_is_set(&reply->err) && pinged->err.kind != ERROR_UNSUPPORTED)
			error_wrap(&pinged->err, "what answers at %s is no healthy engine",
				   address);
	}
}

/* One ping at the version agreed so far. */
static int ping(struct engine *engine, struct ping *headers, struct error *err)
{
	struct pinged pinged = { .engine = engine };
	struct engine_request request = {
		.path = "/_ping",
		.method = "GET",
		.limit = 64 << 10,
		.deadline = ping_deadline(engine),
	};

	if (engine_run_one(engine, &request, NULL, headers, on_ping, &pinged, err) < 0)
		return -1;
	if (!error_is_set(&pinged.err))
		return 0;
	*err = pinged.err;
	return -1;
}

static int out_of_range(const struct engine *engine, const char *whose, const char *range,
			struct error *err)
{
	return error_set(err, ERROR_UNSUPPORTED, 0,
			 "the engine at %s: %s %s, and this program speaks 1.%d to 1.%d",
			 engine->endpoint.address, whose, range, ENGINE_API_MIN, ENGINE_API_MAX);
}

/* DOCKER_API_VERSION as it is; 0 if it is not set. */
static int pinned_minor(const struct engine *engine, int *minor, struct error *err)
{
	const char *text = engine->endpoint.api_version;
	int major, pinned;

	if (!text || !*text)
		return 0;
	if (!api_version_parse(text, strlen(text), &major, &pinned))
		return error_set(err, ERROR_USAGE, 0,
				 "DOCKER_API_VERSION=%s is no version; write it like 1.%d", text,
				 ENGINE_API_MIN);
	if (major != 1 || pinned < ENGINE_API_MIN || pinned > ENGINE_API_MAX)
		return out_of_range(engine, "DOCKER_API_VERSION asks for API", text, err);
	*minor = pinned;
	return 0;
}

/* Asks at the version itself: only so does an engine tell that it is too old or new for it. */
static int confirm(struct engine *engine, struct error *err)
{
	struct ping ignored = { 0 };
	struct error refused = ERROR_INIT;

	if (ping(engine, &ignored, &refused) == 0)
		return 0;
	if (refused.kind != ERROR_UNSUPPORTED) {
		*err = refused;
		return -1;
	}
	return out_of_range(engine, "it says", refused.text, err);
}

static int negotiate(struct engine *engine, struct error *err)
{
	struct ping *told = &engine->ping;
	int pinned = 0;

	if (pinned_minor(engine, &pinned, err) < 0 || ping(engine, told, err) < 0)
		return -1;
	if (told->api_major == 0)
		return error_set(err, ERROR_PROTOCOL, 0,
				 "what answers at %s is no Docker Engine: it names no API version",
				 engine->endpoint.address);
	if (told->api_major != 1 || told->api_minor < ENGINE_API_MIN) {
		char range[48];

		snprintf(range, sizeof(range), "%d.%d", told->api_major, told->api_minor);
		out_of_range(engine, "it speaks API up to", range, err);
		return error_hint(err, "update the engine to Docker 19.03 or newer");
	}
	engine->api_minor = told->api_minor < ENGINE_API_MAX ? told->api_minor : ENGINE_API_MAX;
	if (pinned)
		engine->api_minor = pinned;
	if (pinned || told->api_minor > ENGINE_API_MAX)
		return confirm(engine, err);
	return 0;
}

int engine_open(struct engine **out, const struct endpoint *endpoint,
		const struct engine_options *options, struct error *err)
{
	scoped_engine *engine = xcalloc(1, sizeof(*engine));

	engine->ssh.listener = -1;
	endpoint_copy(&engine->endpoint, endpoint);
	engine->cancel = options->cancel;
	engine->answer_deadline = options->answer_deadline ? options->answer_deadline
							   : ENGINE_ANSWER_DEADLINE;
	engine->connect_deadline = options->connect_deadline ? options->connect_deadline
							     : ENGINE_CONNECT_DEADLINE;
	engine->user_agent = xstrdup(options->user_agent ? options->user_agent : "docker-hygiene");
	engine->trace = options->trace;
	engine->trace_ctx = options->trace_ctx;
	if (prepare(engine, err) < 0 || negotiate(engine, err) < 0)
		return -1;
	*out = take_ptr(engine);
	return 0;
}

void engine_close(struct engine **out)
{
	struct engine *engine = take_ptr(*out);

	if (!engine)
		return;
	while (engine->attached)
		attach_disconnect(engine->attached);
	for (size_t i = 0; i < array_len(engine->slots); i++) {
		struct transfer *t = &engine->slots[i];

		if (t->easy)
			engine->curl.easy_cleanup(t->easy);
		if (t->headers)
			engine->curl.slist_free_all(t->headers);
		if (t->body.data)
			buf_release(&t->body);
	}
	if (engine->multi)
		engine->curl.multi_cleanup(engine->multi);
	if (engine->curl.slist_free_all) {
		engine->curl.slist_free_all(engine->headers);
		engine->curl.slist_free_all(engine->body_headers);
	}
	ssh_close(&engine->ssh);
	endpoint_release(&engine->endpoint);
	free(engine->user_agent);
	free(engine->origin);
	free(engine->proxy);
	free(engine);
}
