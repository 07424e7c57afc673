/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/client/registry/wire_internal.h"
#include "common/codec/address_class.h"
#include "common/codec/no_proxy.h"
#include "common/codec/printable.h"
#include "common/codec/proxy_url.h"
#include "common/codec/url.h"

#define LONGEST_POLL_MS 60000
#define KEPT_OPEN       128L /* connections */

void wire_reply_release(struct wire_reply *reply)
{
	char *const texts[] = { reply->content_type, reply->content_digest, reply->location,
				reply->retry_after,  reply->date,           reply->name_space,
				reply->warning };

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
	wire->http2 = wire->curl.version_info(CURLVERSION_NOW)->features & CURL_VERSION_HTTP2;
	wire->curl.multi_setopt(wire->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	/* Its own measure is what flies now: it would close what the next ones want. */
	wire->curl.multi_setopt(wire->multi, CURLMOPT_MAXCONNECTS, KEPT_OPEN);
	wire->https_proxy = options->https_proxy ? proxy_url(options->https_proxy) : NULL;
	wire->http_proxy = options->http_proxy ? proxy_url(options->http_proxy) : NULL;
	*out = wire;
	return 0;
}

static void flight_free(struct flight *f)
{
	if (f->flying)
		f->wire->curl.multi_remove_handle(f->wire->multi, f->easy);
	flight_drop_headers(f);
	if (f->easy)
		f->wire->curl.easy_cleanup(f->easy);
	wire_reply_release(&f->reply);
	free(f->origin);
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
	strings_release(&wire->inner);
	free(wire->https_proxy);
	free(wire->http_proxy);
	free(wire);
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
	if (f->flying)
		f->wire->curl.multi_remove_handle(f->wire->multi, f->easy);
	f->flying = false;
	f->over = true;
	f->reply.ctx = f->request.ctx;
	f->reply.end = end;
	if (err)
		f->reply.err = *err;
	flight_drop_headers(f);
}

/* "": none. What no address can be read of goes where all else goes. */
static const char *proxy_of(const struct wire *wire, const struct wire_request *request)
{
	const struct wire_options *o = &wire->options;
	bool https = strncmp(request->url, "https:", 6) == 0;
	const char *proxy = https ? wire->https_proxy : wire->http_proxy;
	struct error ignored = ERROR_INIT;
	scoped_url url = { 0 };

	/* As docker: no proxy stands before this machine itself. */
	if (request->trust && request->trust->loopback)
		return "";
	if (!proxy || (url_parse(&url, request->url, &ignored) == 0 &&
		       no_proxy_has(o->no_proxy, url.host, url.port)))
		return "";
	return proxy;
}

/* Reads where it goes. Whether that may be: what can be told before connecting, by the address, or
 * since somebody else's connection to it might be used. */
static bool may_go(struct flight *f)
{
	struct error ignored = ERROR_INIT;
	scoped_url url = { 0 };

	free_str(&f->origin);
	if (url_parse(&url, f->request.url, &ignored) < 0)
		return true;
	f->origin = url_origin(&url);
	return !f->request.only_public ||
	       (!host_is_inner(url.host) && !strings_have(&f->wire->inner, f->origin));
}

void wire_start(struct wire *wire, const struct wire_request *request)
{
	struct flight *f = resting(wire);
	struct error err = ERROR_INIT;

	f->request = *request;
	f->chunk_err = (struct error)ERROR_INIT;
	f->stop = STOP_NONE;
	f->barred = NULL;
	f->proxy = proxy_of(wire, request);
	f->header_bytes = f->body_bytes = f->crumbs = 0;
	f->reply = (struct wire_reply){ .content_length = -1, .ratelimit = RATELIMIT_INIT };
	if (request->secret)
		buf_init_wiped(&f->reply.body, SIZE_MAX);
	else
		buf_init(&f->reply.body, SIZE_MAX);
	f->started = f->progressed = wire_monotonic(wire);
	if (!may_go(f)) {
		error_set(&err, ERROR_DENIED, 0, WIRE_AT_INNER);
		end_flight(f, WIRE_BARRED, &err);
		return;
	}
	if (flight_prepare(f, &err) == 0) {
		CURLMcode code = wire->curl.multi_add_handle(wire->multi, f->easy);

		if (code == CURLM_OK) {
			f->flying = true;
			return;
		}
		error_set(&err, ERROR_IO, (int)code, "libcurl: %s",
			  wire->curl.multi_strerror(code));
	}
	end_flight(f, WIRE_UNABLE, &err);
}

/* --- how it ended */

/* What says that nobody was there to talk to, and what talked nonsense; the rest broke off. */
static const struct {
	CURLcode code;
	enum wire_end end;
} ends[] = {
	{ CURLE_COULDNT_RESOLVE_PROXY, WIRE_SILENT },
	{ CURLE_COULDNT_RESOLVE_HOST, WIRE_SILENT },
	{ CURLE_COULDNT_CONNECT, WIRE_SILENT },
	{ CURLE_SSL_CONNECT_ERROR, WIRE_SILENT },
	{ CURLE_PEER_FAILED_VERIFICATION, WIRE_SILENT },
	{ CURLE_SSL_CERTPROBLEM, WIRE_SILENT },
	{ CURLE_SSL_CACERT_BADFILE, WIRE_SILENT },
	{ CURLE_SSL_ISSUER_ERROR, WIRE_SILENT },
	{ CURLE_UNSUPPORTED_PROTOCOL, WIRE_GARBLED }, /* HTTP/0.9 */
	{ CURLE_WEIRD_SERVER_REPLY, WIRE_GARBLED },
	{ CURLE_BAD_CONTENT_ENCODING, WIRE_GARBLED },
};

static enum wire_end end_of(CURLcode code)
{
	for (size_t i = 0; i < array_len(ends); i++)
		if (ends[i].code == code)
			return ends[i].end;
	return WIRE_BROKEN;
}

static void set_failure(struct flight *f, CURLcode code, struct error *err)
{
	const char *detail = curl_failure(&f->wire->curl, code, f->detail, f->proxy);
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

/* What a proxy answered that makes no connection; 0: it made one, or there is none. */
static long refused_by_proxy(const struct flight *f)
{
	long status = 0;

	f->wire->curl.easy_getinfo(f->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status / 100 == 2 ? 0 : status;
}

static void judge_failure(struct flight *f, CURLcode code)
{
	struct error err = ERROR_INIT;
	enum wire_end end = end_of(code);
	long refused = refused_by_proxy(f);

	if (refused || (code == CURLE_OPERATION_TIMEDOUT && !was_connected(f)))
		end = WIRE_SILENT;
	if (refused)
		error_set(&err, ERROR_UNREACHABLE, (int)refused, "the proxy answers %ld", refused);
	else
		set_failure(f, code, &err);
	end_flight(f, end, &err);
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
	if (code == CURLE_OK || f->stop == STOP_ENOUGH) {
		end_flight(f, WIRE_ANSWERED, NULL);
	} else if (f->barred) {
		error_set(&err, ERROR_DENIED, 0, "%s", f->barred);
		end_flight(f, WIRE_BARRED, &err);
	} else if (f->stop == STOP_LARGE) {
		error_set(&err, ERROR_LIMIT, 0, "more than %zu bytes", f->request.limit);
		end_flight(f, WIRE_TOO_LARGE, &err);
	} else if (f->stop == STOP_CALLER) {
		end_flight(f, WIRE_REFUSED, &f->chunk_err);
	} else if (f->stop == STOP_GARBLED) {
		error_set(&err, ERROR_PROTOCOL, 0, "its headers do not end");
		end_flight(f, WIRE_GARBLED, &err);
	} else {
		judge_failure(f, code);
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

	/* A stream may take as long as it goes on. */
	if (!f->reply.handed_out && f->started + WIRE_SLOW * deadline < end)
		end = f->started + WIRE_SLOW * deadline;
	return f->request.end < end ? f->request.end : end;
}

static void expire(struct wire *wire)
{
	int64_t now = wire_monotonic(wire);

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
	int64_t now = wire_monotonic(wire);

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
	/* What is readable for good would end every wait. */
	if (cancel_requested(cancel))
		cancel = NULL;
	if (cancel)
		extra.fd = cancel_fd(cancel);
	wire->curl.multi_poll(wire->multi, &extra, cancel ? 1 : 0, ms, &ready);
	wire->curl.multi_perform(wire->multi, &active);
	reap(wire);
	expire(wire);
}

void wire_abandon(struct wire *wire, bool (*which)(const void *ctx), const struct error *err)
{
	for (struct flight *f = wire->flights; f; f = f->next)
		if (f->flying && (!which || which(f->request.ctx)))
			end_flight(f, WIRE_BROKEN, err);
}
