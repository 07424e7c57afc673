/* SPDX-License-Identifier: Apache-2.0 */
/* One request as libcurl is told it. */
#include <limits.h>
#include <string.h>

#include "common/client/engine_internal.h"

/*
 * A kept-alive connection that waited for an answer to "Remove these?" is still good; libcurl
 * looks whether it is alive before it uses it.
 */
#define CONNECTION_AGE 3600L

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	size_t len = size * count;
	long status = 0;

	t->progressed = monotonic_now();
	if (t->stream) {
		t->engine->curl.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
		if (status / 100 == 2) {
			int rc = t->stream->chunk(t->stream, data, len, &t->stream->err);

			t->stream->ended = rc > 0;
			return rc == 0 ? len : 0;
		}
	}
	buf_add(&t->body, data, len);
	t->too_large = buf_failed(&t->body);
	return t->too_large ? 0 : len;
}

static size_t on_header(char *line, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;

	t->progressed = monotonic_now();
	if (t->ping)
		ping_header(t->ping, line, size * count);
	return size * count;
}

/* The first option that libcurl refuses is what the error is about. */
struct setup {
	struct transfer *t;
	CURLcode code;
	int option;
};

static void set_option(struct setup *s, CURLoption option, const void *pointer, long number)
{
	if (s->code != CURLE_OK)
		return;
	if (option < CURLOPTTYPE_OBJECTPOINT)
		s->code = s->t->engine->curl.easy_setopt(s->t->easy, option, number);
	else
		s->code = s->t->engine->curl.easy_setopt(s->t->easy, option, pointer);
	s->option = (int)option;
}

static void set_number(struct setup *s, CURLoption option, long value)
{
	set_option(s, option, NULL, value);
}

static void set_pointer(struct setup *s, CURLoption option, const void *value)
{
	set_option(s, option, value, 0);
}

static void set_size(struct setup *s, CURLoption option, size_t value)
{
	if (s->code == CURLE_OK)
		s->code = s->t->engine->curl.easy_setopt(s->t->easy, option, (curl_off_t)value);
	s->option = (int)option;
}

/* Function pointers go through setopt as they are: ISO C has no way from them to void *. */
#define set_function(s, option, function)                                                  \
	do {                                                                               \
		if ((s)->code == CURLE_OK)                                                 \
			(s)->code = (s)->t->engine->curl.easy_setopt((s)->t->easy, option, \
								     function);            \
	} while (0)

static void set_tls(struct setup *s, const struct endpoint *e)
{
	set_number(s, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	set_number(s, CURLOPT_SSL_VERIFYPEER, e->skip_verify ? 0 : 1);
	set_number(s, CURLOPT_SSL_VERIFYHOST, e->skip_verify ? 0 : 2);
	if (e->ca) {
		/* Only this one: the directory that libcurl was built with would add to it. */
		set_pointer(s, CURLOPT_CAINFO, e->ca);
		set_pointer(s, CURLOPT_CAPATH, NULL);
	}
	if (e->cert && e->key) {
		set_pointer(s, CURLOPT_SSLCERT, e->cert);
		set_pointer(s, CURLOPT_SSLKEY, e->key);
	}
}

static void set_transport(struct setup *s)
{
	struct engine *engine = s->t->engine;
	const struct endpoint *e = &engine->endpoint;

	set_pointer(s, CURLOPT_PROXY, engine->proxy);
	if (e->no_proxy)
		set_pointer(s, CURLOPT_NOPROXY, e->no_proxy);
	switch (e->scheme) {
	case ENDPOINT_UNIX:
		if (e->path[0] == '@')
			set_pointer(s, CURLOPT_ABSTRACT_UNIX_SOCKET, e->path + 1);
		else
			set_pointer(s, CURLOPT_UNIX_SOCKET_PATH, e->path);
		break;
	case ENDPOINT_TLS:
		set_tls(s, e);
		break;
	case ENDPOINT_SSH:
		set_pointer(s, CURLOPT_UNIX_SOCKET_PATH, engine->ssh.path);
		break;
	case ENDPOINT_TCP:
		break;
	}
}

static size_t body_length(const struct engine_request *r)
{
	if (!r->body)
		return 0;
	return r->body_len ? r->body_len : strlen(r->body);
}

static void set_method(struct setup *s)
{
	const struct engine_request *r = &s->t->request;

	if (strcmp(r->method, "POST") == 0) {
		set_number(s, CURLOPT_POST, 1);
		set_pointer(s, CURLOPT_POSTFIELDS, r->body ? r->body : "");
		set_size(s, CURLOPT_POSTFIELDSIZE_LARGE, body_length(r));
	} else if (strcmp(r->method, "GET") != 0) {
		set_pointer(s, CURLOPT_CUSTOMREQUEST, r->method);
	}
}

static long milliseconds(int64_t ns)
{
	int64_t ms = ns / NSEC_PER_MSEC;

	return ms < 1 ? 1 : ms > INT_MAX ? INT_MAX : (long)ms;
}

/* A body of another type than JSON has a list of its own, which the slot keeps for as long. */
static const struct curl_slist *headers_of(struct transfer *t)
{
	struct engine *engine = t->engine;

	if (t->headers)
		engine->curl.slist_free_all(take_ptr(t->headers));
	if (!t->request.body)
		return engine->headers;
	if (!t->request.type)
		return engine->body_headers;
	t->headers = engine_headers(engine, t->request.type);
	return t->headers;
}

static void set_common(struct setup *s)
{
	struct transfer *t = s->t;
	struct engine *engine = t->engine;

	set_number(s, CURLOPT_NOSIGNAL, 1);
	set_number(s, CURLOPT_NOPROGRESS, 1);
	set_number(s, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
	set_number(s, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	set_number(s, CURLOPT_PATH_AS_IS, 1);
	set_number(s, CURLOPT_MAXAGE_CONN, CONNECTION_AGE);
	set_number(s, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(engine->connect_deadline));
	set_pointer(s, CURLOPT_USERAGENT, engine->user_agent);
	set_pointer(s, CURLOPT_HTTPHEADER, headers_of(t));
	set_pointer(s, CURLOPT_ERRORBUFFER, t->detail);
	set_pointer(s, CURLOPT_PRIVATE, t);
	set_function(s, CURLOPT_WRITEFUNCTION, on_body);
	set_pointer(s, CURLOPT_WRITEDATA, t);
	set_function(s, CURLOPT_HEADERFUNCTION, on_header);
	set_pointer(s, CURLOPT_HEADERDATA, t);
}

/* A handle without a past, and where it goes. */
static int take_handle(struct setup *s, const char *path, struct error *err)
{
	struct transfer *t = s->t;

	if (!t->easy)
		t->easy = t->engine->curl.easy_init();
	else
		t->engine->curl.easy_reset(t->easy);
	if (!t->easy)
		return error_set(err, ERROR_IO, 0, "libcurl gives no handle");
	t->detail[0] = '\0';
	set_common(s);
	set_transport(s);
	scoped_str url = engine_url(t->engine, path);
	set_pointer(s, CURLOPT_URL, url);
	return 0;
}

static int check_setup(const struct setup *s, struct error *err)
{
	const struct engine *engine = s->t->engine;

	if (s->code == CURLE_OK)
		return 0;
	return error_set(err, ERROR_UNSUPPORTED, (int)s->code,
			 "this libcurl cannot talk to %s: option %d: %s; install a libcurl4 "
			 "with TLS and unix sockets",
			 engine->endpoint.address, s->option, engine->curl.easy_strerror(s->code));
}

char *engine_url(const struct engine *engine, const char *path)
{
	scoped_str version = engine->api_minor ? xasprintf("/v1.%d", engine->api_minor)
					       : xstrdup("");

	return xasprintf("%s%s%s", engine->origin, version, path);
}

int transfer_prepare(struct transfer *t, struct error *err)
{
	struct setup setup = { .t = t, .code = CURLE_OK };

	if (take_handle(&setup, t->request.path, err) < 0)
		return -1;
	set_method(&setup);
	return check_setup(&setup, err);
}

int transfer_prepare_connection(struct transfer *t, struct error *err)
{
	struct setup setup = { .t = t, .code = CURLE_OK };

	if (take_handle(&setup, t->request.path, err) < 0)
		return -1;
	set_number(&setup, CURLOPT_CONNECT_ONLY, 1);
	set_number(&setup, CURLOPT_TCP_NODELAY, 1);
	/* Nobody may agree on HTTP/2 there: what is said is ours. */
	set_number(&setup, CURLOPT_SSL_ENABLE_ALPN, 0);
	/* A proxy that reads along would not know what an upgraded connection is. */
	if (t->engine->proxy[0])
		set_number(&setup, CURLOPT_HTTPPROXYTUNNEL, 1);
	return check_setup(&setup, err);
}
