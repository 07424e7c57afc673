/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/registry/wire.h"

#include <limits.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/client/curl_api.h"
#include "common/client/registry/tls_roots.h"
#include "common/codec/address_class.h"
#include "common/codec/printable.h"

#define LONGEST_POLL_MS 60000
#define HEADERS_MAX     ((size_t)128 << 10) /* of one answer */

/* The roots of one registry, read once. */
struct known_roots {
	const struct trust *trust;
	struct tls_roots *roots;
};

struct flight {
	struct wire *wire;
	struct flight *next;
	CURL *easy;
	struct curl_slist *headers;
	struct wire_request request;
	struct wire_reply reply;
	struct error chunk_err;
	int64_t started, progressed;
	size_t header_bytes;
	bool flying, over, too_large, refused, was_inner;
	char detail[CURL_ERROR_SIZE];
};

struct wire {
	struct curl_api curl;
	CURLM *multi;
	struct wire_options options;
	struct flight *flights; /* all: in flight, over, and at rest */
	size_t flying;
	struct {
		struct known_roots *items;
		size_t count, room;
	} roots;
};

static int64_t monotonic(const struct wire *wire)
{
	return wire->options.clock->monotonic(wire->options.clock);
}

void wire_reply_release(struct wire_reply *reply)
{
	char *const texts[] = { reply->content_type, reply->content_digest, reply->etag,
				reply->location,     reply->retry_after,    reply->date,
				reply->filters,      reply->name_space,     reply->warning };

	for (size_t i = 0; i < array_len(texts); i++)
		free(texts[i]);
	buf_release(&reply->body);
	challenges_release(&reply->challenges);
	strings_release(&reply->links);
	*reply = (struct wire_reply){ 0 };
}

/* --- opening and closing */

int wire_open(struct wire **out, const struct wire_options *options, struct error *err)
{
	struct wire *wire = xcalloc(1, sizeof(*wire));

	wire->options = *options;
	if (curl_api_load(&wire->curl, err) < 0) {
		free(wire);
		return -1;
	}
	wire->multi = wire->curl.multi_init();
	if (!wire->multi) {
		free(wire);
		return error_set(err, ERROR_IO, 0, "libcurl gives no handle");
	}
	wire->curl.multi_setopt(wire->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	*out = wire;
	return 0;
}

/* What curl copied of a secret goes with its list. */
static void drop_headers(struct flight *f)
{
	for (struct curl_slist *at = f->headers; at; at = at->next)
		wipe(at->data, strlen(at->data));
	if (f->headers)
		f->wire->curl.slist_free_all(take_ptr(f->headers));
}

static void flight_free(struct flight *f)
{
	if (f->flying)
		f->wire->curl.multi_remove_handle(f->wire->multi, f->easy);
	drop_headers(f);
	if (f->easy)
		f->wire->curl.easy_cleanup(f->easy);
	wire_reply_release(&f->reply);
	free(f);
}

void wire_close(struct wire **out)
{
	struct wire *wire = take_ptr(*out);

	if (!wire)
		return;
	while (wire->flights) {
		struct flight *f = wire->flights;

		wire->flights = f->next;
		flight_free(f);
	}
	wire->curl.multi_cleanup(wire->multi);
	for (size_t i = 0; i < wire->roots.count; i++)
		tls_roots_close(&wire->roots.items[i].roots);
	free(wire->roots.items);
	free(wire);
}

size_t wire_flying(const struct wire *wire)
{
	return wire->flying;
}

/* --- what comes */

static void take_text(char **slot, const char *value, size_t len)
{
	if (!*slot)
		*slot = xstrndup(value, len);
}

static void on_value(struct wire_reply *r, const char *name, const char *value, size_t len)
{
	const struct {
		const char *name;
		char **slot;
	} texts[] = { { "content-type", &r->content_type },
		      { "docker-content-digest", &r->content_digest },
		      { "etag", &r->etag },
		      { "location", &r->location },
		      { "retry-after", &r->retry_after },
		      { "date", &r->date },
		      { "oci-filters-applied", &r->filters },
		      { "oci-namespace", &r->name_space },
		      { "warning", &r->warning } };

	for (size_t i = 0; i < array_len(texts); i++)
		if (strcmp(name, texts[i].name) == 0)
			take_text(texts[i].slot, value, len);
	if (strcmp(name, "www-authenticate") == 0)
		challenges_add(&r->challenges, value, len);
	else if (strcmp(name, "link") == 0)
		strings_take(&r->links, xstrndup(value, len));
}

/* A second head (100, or what a proxy said first) begins anew. */
static void forget_head(struct wire_reply *r)
{
	struct buf body = r->body;
	void *ctx = r->ctx;
	bool inner = r->inner;

	r->body = (struct buf){ 0 };
	wire_reply_release(r);
	*r = (struct wire_reply){ .body = body,
				  .ctx = ctx,
				  .inner = inner,
				  .content_length = -1,
				  .ratelimit = RATELIMIT_INIT };
}

static size_t on_header(char *line, size_t size, size_t count, void *arg)
{
	struct flight *f = arg;
	size_t len = size * count;
	const char *colon = memchr(line, ':', len);
	char name[64] = "";

	f->progressed = monotonic(f->wire);
	f->header_bytes += len;
	if (f->header_bytes > HEADERS_MAX)
		return 0;
	if (len >= 5 && strncasecmp(line, "HTTP/", 5) == 0)
		forget_head(&f->reply);
	if (!colon || (size_t)(colon - line) >= sizeof(name))
		return len;
	for (size_t i = 0; i < (size_t)(colon - line); i++)
		name[i] = (char)(line[i] >= 'A' && line[i] <= 'Z' ? line[i] + 'a' - 'A' : line[i]);
	const char *value = colon + 1, *end = line + len;

	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	while (end > value && strchr(" \t\r\n", end[-1]))
		end--;
	/* A NUL cuts no header short: one that has it says nothing. */
	if (memchr(value, '\0', (size_t)(end - value)))
		return len;
	on_value(&f->reply, name, value, (size_t)(end - value));
	ratelimit_add(&f->reply.ratelimit, name, value, (size_t)(end - value),
		      f->wire->options.clock->now(f->wire->options.clock));
	return len;
}

static bool is_success(const struct flight *f)
{
	long status = 0;

	f->wire->curl.easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	return status / 100 == 2;
}

static size_t on_success(struct flight *f, const char *data, size_t len)
{
	struct buf *body = &f->reply.body;

	if (!f->request.chunk) {
		buf_add(body, data, len);
		f->too_large = buf_failed(body);
		return f->too_large ? 0 : len;
	}
	/* What was streamed counts as if it were kept. */
	if (len > f->request.limit) {
		f->too_large = true;
		return 0;
	}
	f->request.limit -= len;
	f->reply.handed_out = true;
	f->refused = f->request.chunk(f->request.chunk_ctx, data, len, &f->chunk_err) != 0;
	return f->refused ? 0 : len;
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	struct flight *f = arg;
	struct buf *body = &f->reply.body;
	size_t len = size * count;

	f->progressed = monotonic(f->wire);
	if (is_success(f))
		return on_success(f, data, len);
	if (body->len < WIRE_ERROR_BODY)
		buf_add(body, data,
			len < WIRE_ERROR_BODY - body->len ? len : WIRE_ERROR_BODY - body->len);
	return len;
}

/* libcurl asks before each connection: the address is known here, whatever the name was. */
static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct flight *f = arg;
	bool inner = address_class_of(&address->addr) != ADDRESS_PUBLIC;

	(void)purpose;
	if (inner && f->request.only_public && !f->wire->options.proxied) {
		f->was_inner = true;
		return CURL_SOCKET_BAD;
	}
	f->reply.inner = f->reply.inner || inner;
	return socket(address->family,
		      address->socktype
#ifdef SOCK_CLOEXEC
			      | SOCK_CLOEXEC
#endif
		      ,
		      address->protocol);
}

/* --- setting up */

/* The first option that libcurl refuses is what the error is about. */
struct setup {
	struct flight *f;
	CURLcode code;
	int option;
};

#define SET(s, option_, value)                                                                \
	do {                                                                                  \
		if ((s)->code == CURLE_OK) {                                                  \
			(s)->option = (int)CURLOPT_##option_;                                 \
			(s)->code = (s)->f->wire->curl.easy_setopt((s)->f->easy,              \
								   CURLOPT_##option_, value); \
		}                                                                             \
	} while (0)

static long milliseconds(int64_t ns)
{
	int64_t ms = ns / NSEC_PER_MSEC;

	return ms < 1 ? 1 : ms > INT_MAX ? INT_MAX : (long)ms;
}

static void set_common(struct setup *s)
{
	struct flight *f = s->f;
	const struct wire_options *o = &f->wire->options;

	SET(s, NOSIGNAL, 1L);
	SET(s, NOPROGRESS, 1L);
	SET(s, PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
	SET(s, FOLLOWLOCATION, 0L);
	SET(s, PATH_AS_IS, 1L);
	SET(s, HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	SET(s, PIPEWAIT, 1L);
	SET(s, CONNECTTIMEOUT_MS, milliseconds(o->connect_deadline));
	SET(s, USERAGENT, o->user_agent);
	SET(s, ERRORBUFFER, f->detail);
	SET(s, PRIVATE, (void *)f);
	SET(s, WRITEFUNCTION, on_body);
	SET(s, WRITEDATA, (void *)f);
	SET(s, HEADERFUNCTION, on_header);
	SET(s, HEADERDATA, (void *)f);
	SET(s, OPENSOCKETFUNCTION, on_socket);
	SET(s, OPENSOCKETDATA, (void *)f);
	SET(s, URL, f->request.url);
}

static int roots_of(struct wire *wire, const struct trust *trust, struct tls_roots **out,
		    struct error *err)
{
	for (size_t i = 0; i < wire->roots.count; i++)
		if (wire->roots.items[i].trust == trust) {
			*out = wire->roots.items[i].roots;
			return 0;
		}
	const curl_version_info_data *version = wire->curl.version_info(CURLVERSION_NOW);

	if (tls_roots_open(out, version->ssl_version, &trust->roots, err) < 0)
		return -1;
	struct known_roots *known = array_add(&wire->roots);

	*known = (struct known_roots){ trust, *out };
	return 0;
}

static CURLcode add_roots(CURL *easy, void *ssl_ctx, void *roots)
{
	(void)easy;
	return tls_roots_add(ssl_ctx, roots) == 0 ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

static int set_tls(struct setup *s, struct error *err)
{
	struct flight *f = s->f;
	const struct trust *trust = f->request.trust;
	struct tls_roots *roots = NULL;
	bool verify = !(trust && trust->loopback);

	SET(s, SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(s, SSL_VERIFYPEER, verify ? 1L : 0L);
	SET(s, SSL_VERIFYHOST, verify ? 2L : 0L);
	if (f->wire->options.ca)
		SET(s, CAINFO, f->wire->options.ca);
	if (!trust)
		return 0;
	/* As docker: no proxy stands before this machine itself. */
	if (trust->loopback)
		SET(s, NOPROXY, "*");
	if (trust->cert && trust->key) {
		SET(s, SSLCERT, trust->cert);
		SET(s, SSLKEY, trust->key);
	}
	if (trust->roots.count == 0 || !verify || strncmp(f->request.url, "https:", 6) != 0)
		return 0;
	if (roots_of(f->wire, trust, &roots, err) < 0)
		return -1;
	SET(s, SSL_CTX_FUNCTION, add_roots);
	SET(s, SSL_CTX_DATA, (void *)roots);
	return 0;
}

static int add_header(struct flight *f, const char *line, struct error *err)
{
	struct curl_slist *more = f->wire->curl.slist_append(f->headers, line);

	if (!more)
		return error_set(err, ERROR_IO, 0, "libcurl gives no memory");
	f->headers = more;
	return 0;
}

static int add_authorization(struct flight *f, struct error *err)
{
	const struct secret *value = f->request.authorization;
	scoped_buf line = { 0 };

	if (!value || value->len == 0)
		return 0;
	buf_init_wiped(&line, SIZE_MAX);
	buf_str(&line, "Authorization: ");
	buf_add(&line, value->data, value->len);
	return add_header(f, line.data, err);
}

static int set_request(struct setup *s, struct error *err)
{
	struct flight *f = s->f;
	const struct wire_request *r = &f->request;
	scoped_str accept = xasprintf("Accept: %s", r->accept ? r->accept : "*/*");

	if (strcmp(r->method, "HEAD") == 0) {
		SET(s, NOBODY, 1L);
	} else if (strcmp(r->method, "POST") == 0) {
		SET(s, POST, 1L);
		SET(s, POSTFIELDS, r->form && r->form->len ? r->form->data : "");
		SET(s, POSTFIELDSIZE_LARGE, (curl_off_t)(r->form ? r->form->len : 0));
	} else if (strcmp(r->method, "GET") != 0) {
		SET(s, CUSTOMREQUEST, r->method);
	}
	/* libcurl sends a form's type by itself; an upload that is opened has no body at all. */
	if (add_header(f, accept, err) < 0 || add_authorization(f, err) < 0 ||
	    (strcmp(r->method, "POST") == 0 && !r->form &&
	     add_header(f, "Content-Type:", err) < 0) ||
	    add_header(f, "Expect:", err) < 0)
		return -1;
	SET(s, HTTPHEADER, f->headers);
	return 0;
}

static int prepare(struct flight *f, struct error *err)
{
	struct setup s = { .f = f, .code = CURLE_OK };

	if (f->easy)
		f->wire->curl.easy_reset(f->easy);
	else
		f->easy = f->wire->curl.easy_init();
	if (!f->easy)
		return error_set(err, ERROR_IO, 0, "libcurl gives no handle");
	f->detail[0] = '\0';
	set_common(&s);
	if (set_tls(&s, err) < 0 || set_request(&s, err) < 0)
		return -1;
	if (s.code == CURLE_OK)
		return 0;
	return error_set(err, ERROR_UNSUPPORTED, (int)s.code,
			 "this libcurl cannot do it: option %d: %s; install a libcurl4 with TLS",
			 s.option, f->wire->curl.easy_strerror(s.code));
}

static struct flight *resting(struct wire *wire)
{
	for (struct flight *f = wire->flights; f; f = f->next)
		if (!f->flying && !f->over)
			return f;
	struct flight *f = xcalloc(1, sizeof(*f));

	f->wire = wire;
	f->next = wire->flights;
	wire->flights = f;
	return f;
}

static void end_flight(struct flight *f, enum wire_end end, const struct error *err)
{
	if (f->flying) {
		f->wire->curl.multi_remove_handle(f->wire->multi, f->easy);
		f->wire->flying--;
	}
	f->flying = false;
	f->over = true;
	f->reply.ctx = f->request.ctx;
	f->reply.end = end;
	if (err)
		f->reply.err = *err;
	drop_headers(f);
}

void wire_start(struct wire *wire, const struct wire_request *request)
{
	struct flight *f = resting(wire);
	struct error err = ERROR_INIT;

	f->request = *request;
	f->chunk_err = (struct error)ERROR_INIT;
	f->too_large = f->refused = f->was_inner = false;
	f->header_bytes = 0;
	f->reply = (struct wire_reply){ .content_length = -1, .ratelimit = RATELIMIT_INIT };
	buf_init(&f->reply.body,
		 request->limit > WIRE_ERROR_BODY ? request->limit : WIRE_ERROR_BODY);
	f->started = f->progressed = monotonic(wire);
	if (prepare(f, &err) == 0) {
		CURLMcode code = wire->curl.multi_add_handle(wire->multi, f->easy);

		if (code == CURLM_OK) {
			f->flying = true;
			wire->flying++;
			return;
		}
		error_set(&err, ERROR_IO, (int)code, "libcurl: %s",
			  wire->curl.multi_strerror(code));
	}
	end_flight(f, WIRE_REFUSED, &err);
}

/* --- how it ended */

static enum wire_end end_of(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return WIRE_SILENT;
	default:
		return WIRE_BROKEN;
	}
}

static void set_failure(struct flight *f, CURLcode code, struct error *err)
{
	const char *detail = f->detail[0] ? f->detail : f->wire->curl.easy_strerror(code);
	scoped_buf clean = { 0 };

	buf_init(&clean, 4096);
	printable_add(&clean, detail);
	error_set(err, code == CURLE_OPERATION_TIMEDOUT ? ERROR_TIMEOUT : ERROR_UNREACHABLE,
		  (int)code, "%s", clean.data);
}

/* A time-out before there was a connection is one of connecting. */
static bool was_connected(const struct flight *f)
{
	curl_off_t at = 0;

	f->wire->curl.easy_getinfo(f->easy, CURLINFO_PRETRANSFER_TIME_T, &at);
	return at > 0;
}

static void judge(struct flight *f, CURLcode code)
{
	struct error err = ERROR_INIT;
	curl_off_t length = -1;
	long status = 0;

	f->wire->curl.easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	f->wire->curl.easy_getinfo(f->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	f->reply.status = (int)status;
	f->reply.content_length = length;
	if (code == CURLE_OK) {
		end_flight(f, WIRE_ANSWERED, NULL);
	} else if (f->was_inner) {
		error_set(&err, ERROR_DENIED, 0, "it lies at an inner address");
		end_flight(f, WIRE_INNER, &err);
	} else if (f->too_large) {
		error_set(&err, ERROR_LIMIT, 0, "more than %zu bytes", f->reply.body.limit);
		end_flight(f, WIRE_TOO_LARGE, &err);
	} else if (f->refused) {
		err = f->chunk_err;
		end_flight(f, WIRE_REFUSED, &err);
	} else {
		enum wire_end end = end_of(code);

		if (code == CURLE_OPERATION_TIMEDOUT && !was_connected(f))
			end = WIRE_SILENT;
		set_failure(f, code, &err);
		end_flight(f, end, &err);
	}
}

static void reap(struct wire *wire)
{
	CURLMsg *message;
	int left;

	while ((message = wire->curl.multi_info_read(wire->multi, &left)) != NULL) {
		CURLcode code = message->data.result;
		char *slot = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		wire->curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
		judge((struct flight *)(void *)slot, code);
	}
}

/* Monotonic: when it has had its time. */
static int64_t expiry(const struct flight *f)
{
	int64_t deadline = f->wire->options.answer_deadline;
	int64_t end = f->progressed + deadline;

	if (!f->request.chunk && f->started + WIRE_SLOW * deadline < end)
		end = f->started + WIRE_SLOW * deadline;
	return f->request.end < end ? f->request.end : end;
}

static void expire(struct wire *wire)
{
	int64_t now = monotonic(wire);

	for (struct flight *f = wire->flights; f; f = f->next) {
		struct error err = ERROR_INIT;

		if (!f->flying || expiry(f) > now)
			continue;
		error_set(&err, ERROR_TIMEOUT, 0, "no whole answer in %lld s",
			  (long long)((now - f->started) / NSEC_PER_SEC));
		end_flight(f, was_connected(f) ? WIRE_BROKEN : WIRE_SILENT, &err);
	}
}

bool wire_take(struct wire *wire, struct wire_reply *out)
{
	for (struct flight *f = wire->flights; f; f = f->next) {
		if (!f->over)
			continue;
		f->over = false;
		*out = f->reply;
		f->reply = (struct wire_reply){ 0 };
		return true;
	}
	return false;
}

static int poll_ms(const struct wire *wire, int64_t until)
{
	int64_t now = monotonic(wire);

	for (const struct flight *f = wire->flights; f; f = f->next) {
		if (f->over)
			return 0;
		if (f->flying && expiry(f) < until)
			until = expiry(f);
	}
	if (until <= now)
		return 0;
	if ((until - now) / NSEC_PER_MSEC >= LONGEST_POLL_MS)
		return LONGEST_POLL_MS;
	return (int)((until - now) / NSEC_PER_MSEC) + 1;
}

void wire_wait(struct wire *wire, int64_t until)
{
	struct cancel *cancel = wire->options.cancel;
	struct curl_waitfd extra = { .events = CURL_WAIT_POLLIN };
	int active, ready;

	wire->curl.multi_perform(wire->multi, &active);
	reap(wire);
	expire(wire);
	int ms = poll_ms(wire, until);

	if (ms == 0)
		return;
	if (cancel)
		extra.fd = cancel_fd(cancel);
	wire->curl.multi_poll(wire->multi, &extra, cancel ? 1 : 0, ms, &ready);
	wire->curl.multi_perform(wire->multi, &active);
	reap(wire);
	expire(wire);
}

void wire_abandon(struct wire *wire, const struct error *err)
{
	for (struct flight *f = wire->flights; f; f = f->next)
		if (f->flying)
			end_flight(f, WIRE_BROKEN, err);
}
