/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/date_client.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

#include "common/base/alloc.h"
#include "common/base/buf.h"
#include "common/client/curl_api.h"
#include "common/codec/date_head.h"
#include "common/codec/printable.h"

#define USER_AGENT "docker-timesync"
/* Of a body that nobody asked for, before the connection is given up. */
#define BODY_MAX   ((size_t)64 << 10)

struct date_client {
	struct curl_api curl;
	CURLM *multi; /* keeps the connection */
	CURL *easy;
	struct curl_slist *headers;
	struct date_options options;
	char *url, *proxy, *no_proxy, *ca;
	bool https;
	bool get; /* HEAD is refused */
	/* Of the request under way: */
	struct date_head head;
	int64_t started, answered; /* MONOTONIC; answered: when the Date came */
	size_t body;
	char detail[CURL_ERROR_SIZE];
};

static int64_t now(const struct date_client *c)
{
	return c->options.clock->monotonic(c->options.clock);
}

/*
 * The stamp is taken at the Date itself: should the head come in pieces, its first line may have
 * left before the server looked at its clock.
 */
static size_t on_header(char *line, size_t size, size_t count, void *arg)
{
	struct date_client *c = arg;
	bool had = c->head.has_date;
	const struct clock *clock = c->options.clock;

	date_head_line(&c->head, line, size * count, clock->now(clock));
	if (c->head.has_date && !had)
		c->answered = now(c);
	return size * count;
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	struct date_client *c = arg;

	(void)data;
	c->body += size * count;
	return c->body > BODY_MAX ? 0 : size * count;
}

/* --- What stays the same for all requests. */

static const char *first_of(const struct date_options *o, const char *const names[])
{
	for (; *names; names++) {
		const char *value = o->env(*names);

		if (value && *value)
			return value;
	}
	return NULL;
}

/*
 * As curl has it; libcurl itself would look into the real environment. HTTP_PROXY may be a header
 * ("Proxy:") of whoever called a CGI program.
 */
static void choose_proxy(struct date_client *c)
{
	static const char *const https[] = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
					     NULL };
	static const char *const http[] = { "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY",
					    NULL };
	static const char *const cgi[] = { "http_proxy", "all_proxy", "ALL_PROXY", NULL };
	static const char *const none[] = { "no_proxy", "NO_PROXY", NULL };
	static const char *const ca[] = { "CURL_CA_BUNDLE", "SSL_CERT_FILE", NULL };
	const struct date_options *o = &c->options;
	const char *proxy = NULL;

	if (o->env && c->https)
		proxy = first_of(o, https);
	else if (o->env)
		proxy = first_of(o, o->env("REQUEST_METHOD") ? cgi : http);
	c->proxy = xstrdup(proxy ? proxy : "");
	c->no_proxy = o->env ? xstrdup_null(first_of(o, none)) : NULL;
	c->ca = o->env ? xstrdup_null(first_of(o, ca)) : NULL;
}

static int add_headers(struct date_client *c, struct error *err)
{
	static const char *const lines[] = { "Cache-Control: no-cache", "Pragma: no-cache",
					     "Accept: */*" };

	for (size_t i = 0; i < array_len(lines); i++) {
		struct curl_slist *more = c->curl.slist_append(c->headers, lines[i]);

		if (!more)
			return error_set(err, ERROR_IO, 0, "libcurl: out of memory");
		c->headers = more;
	}
	return 0;
}

int date_open(struct date_client **out, const char *url, const struct date_options *options,
	      struct error *err)
{
	scoped_date_client *c = NULL;
	char shown[PRINTABLE_SHORT];
	bool https = strncasecmp(url, "https://", 8) == 0;

	if (!https && strncasecmp(url, "http://", 7) != 0)
		return error_set(err, ERROR_USAGE, 0, "\"%s\" is no URL like https://example.com",
				 printable_short(shown, url));
	c = xcalloc(1, sizeof(*c));
	if (curl_api_load(&c->curl, err) < 0)
		return -1;
	c->options = *options;
	c->https = https;
	c->url = xstrdup(url);
	choose_proxy(c);
	c->multi = c->curl.multi_init();
	c->easy = c->curl.easy_init();
	if (!c->multi || !c->easy)
		return error_set(err, ERROR_IO, 0, "libcurl gives no handle");
	if (add_headers(c, err) < 0)
		return -1;
	*out = take_ptr(c);
	return 0;
}

void date_close(struct date_client **out)
{
	struct date_client *c = take_ptr(*out);

	if (!c)
		return;
	if (c->easy)
		c->curl.easy_cleanup(c->easy);
	if (c->multi)
		c->curl.multi_cleanup(c->multi);
	if (c->headers)
		c->curl.slist_free_all(c->headers);
	free(c->url);
	free(c->proxy);
	free(c->no_proxy);
	free(c->ca);
	free(c);
}

/* --- One request. */

#define SET(option, value)                                                            \
	do {                                                                          \
		if (code == CURLE_OK)                                                 \
			code = c->curl.easy_setopt(c->easy, CURLOPT_##option, value); \
	} while (0)

static CURLcode set_transport(struct date_client *c)
{
	CURLcode code = CURLE_OK;

	SET(URL, c->url);
	SET(PROXY, c->proxy);
	if (c->no_proxy)
		SET(NOPROXY, c->no_proxy);
	SET(SUPPRESS_CONNECT_HEADERS, 1L);
	SET(PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
	SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(SSL_VERIFYPEER, 1L);
	SET(SSL_VERIFYHOST, 2L);
	if (c->ca)
		SET(CAINFO, c->ca);
	SET(NOSIGNAL, 1L);
	return code;
}

static int prepare(struct date_client *c, struct error *err)
{
	CURLcode code;

	c->curl.easy_reset(c->easy);
	c->detail[0] = '\0';
	c->head = (struct date_head){ 0 };
	c->body = 0;
	code = set_transport(c);
	SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	if (c->get) {
		SET(HTTPGET, 1L);
		SET(RANGE, "0-0");
	} else {
		SET(NOBODY, 1L);
	}
	SET(FOLLOWLOCATION, 0L);
	SET(USERAGENT, USER_AGENT);
	SET(HTTPHEADER, c->headers);
	SET(ERRORBUFFER, c->detail);
	SET(HEADERFUNCTION, on_header);
	SET(HEADERDATA, c);
	SET(WRITEFUNCTION, on_body);
	SET(WRITEDATA, c);
	if (code != CURLE_OK)
		return error_set(err, ERROR_UNSUPPORTED, (int)code,
				 "this libcurl cannot ask %s: %s", c->url,
				 c->curl.easy_strerror(code));
#if LIBCURL_VERSION_NUM >= 0x075700
	/* A name server that does not answer must not hold us up at the end (an older libcurl does
	 * not know the option, and waits for it). */
	(void)c->curl.easy_setopt(c->easy, CURLOPT_QUICK_EXIT, 1L);
#endif
	return 0;
}

static char *detail_of(const struct date_client *c, CURLcode code)
{
	scoped_buf clean = { 0 };
	scoped_str text = xstrdup(curl_failure(&c->curl, code, c->detail, c->proxy));

	text[strcspn(text, "\r\n")] = '\0';
	buf_init(&clean, 8192);
	printable_add(&clean, text);
	return buf_take(&clean);
}

static int tls_error(const struct date_client *c, CURLcode code, const char *detail,
		     struct error *err)
{
	static const char *const words[] = { "expir", "not yet valid", "not activated" };

	error_set(err, ERROR_DENIED, (int)code, "TLS with %s failed: %s", c->url, detail);
	for (size_t i = 0; i < array_len(words); i++)
		if (strcasestr(detail, words[i]))
			return error_hint(err,
					  "so it is by this machine's clock: if the certificate is "
					  "good, the clock is wrong by days");
	return -1;
}

static int transfer_error(const struct date_client *c, CURLcode code, struct error *err)
{
	scoped_str detail = detail_of(c, code);

	switch (code) {
	case CURLE_URL_MALFORMAT:
		return error_set(err, ERROR_USAGE, (int)code, "%s: %s", c->url, detail);
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		return error_set(err, ERROR_UNREACHABLE, (int)code, "no answer from %s: %s", c->url,
				 detail);
	case CURLE_OPERATION_TIMEDOUT:
		return error_set(err, ERROR_TIMEOUT, (int)code, "%s: %s", c->url, detail);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
		return tls_error(c, code, detail, err);
	default:
		return error_set(err, ERROR_PROTOCOL, (int)code, "%s: %s", c->url, detail);
	}
}

/* 1 and *code when the transfer is over. */
static int is_over(struct date_client *c, CURLcode *code)
{
	CURLMsg *message;
	int left;

	while ((message = c->curl.multi_info_read(c->multi, &left)) != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		*code = message->data.result;
		return 1;
	}
	return 0;
}

static int wait_for_end(struct date_client *c, int64_t end, CURLcode *code, struct error *err)
{
	for (;;) {
		struct curl_waitfd extra = { .events = CURL_WAIT_POLLIN };
		unsigned count = 0;
		int active, ready;
		int64_t left;

		c->curl.multi_perform(c->multi, &active);
		if (is_over(c, code))
			return 0;
		if (cancel_requested(c->options.cancel))
			return cancel_error(c->options.cancel, err);
		left = end - now(c);
		if (left <= 0)
			return error_set(err, ERROR_TIMEOUT, 0, "%s: no answer in time", c->url);
		if (c->options.cancel) {
			extra.fd = cancel_fd(c->options.cancel);
			count = 1;
		}
		left = left / NSEC_PER_MSEC + 1;
		c->curl.multi_poll(c->multi, &extra, count, left > INT_MAX ? INT_MAX : (int)left,
				   &ready);
	}
}

static int transfer(struct date_client *c, int64_t end, struct error *err)
{
	CURLcode code = CURLE_OK;
	CURLMcode added;
	int rc;

	if (prepare(c, err) < 0)
		return -1;
	c->started = now(c);
	added = c->curl.multi_add_handle(c->multi, c->easy);
	if (added != CURLM_OK)
		return error_set(err, ERROR_IO, (int)added, "libcurl: %s",
				 c->curl.multi_strerror(added));
	rc = wait_for_end(c, end, &code, err);
	c->curl.multi_remove_handle(c->multi, c->easy);
	if (rc < 0)
		return -1;
	/* A body that we did not want to the end. */
	if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && c->body > BODY_MAX))
		return transfer_error(c, code, err);
	return 0;
}

/*
 * When the request went out: not before the connection, and TLS on it, stood. libcurl counts from a
 * moment after c->started and cuts to microseconds, so that the sum is never too late.
 */
static int64_t sent_at(const struct date_client *c, bool reused)
{
	curl_off_t connected = 0, secured = 0;

	if (reused)
		return c->started;
	c->curl.easy_getinfo(c->easy, CURLINFO_CONNECT_TIME_T, &connected);
	c->curl.easy_getinfo(c->easy, CURLINFO_APPCONNECT_TIME_T, &secured);
	return c->started + time_max(time_max(connected, secured), 0) * NSEC_PER_USEC;
}

static int check(const struct date_client *c, struct error *err)
{
	if (c->head.cached[0])
		return error_set(err, ERROR_PROTOCOL, 0,
				 "%s: the answer came from a cache (%s), and tells the time of "
				 "another moment",
				 c->url, c->head.cached);
	if (c->head.bad_date)
		return error_set(err, ERROR_PROTOCOL, 0, "%s: a Date that is none, or several",
				 c->url);
	if (!c->head.has_date)
		return error_set(err, ERROR_PROTOCOL, 0, "%s: no Date in the answer", c->url);
	return 0;
}

int date_ask(struct date_client *c, struct date_sample *out, struct error *err)
{
	int64_t end = now(c) + c->options.deadline;
	struct date_sample sample;
	long status = 0, connects = 0;

	if (c->options.end && c->options.end < end)
		end = c->options.end;
	if (transfer(c, end, err) < 0)
		return -1;
	c->curl.easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	if (!c->get && (status == 405 || status == 501)) {
		c->get = true;
		if (transfer(c, end, err) < 0)
			return -1;
		c->curl.easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	}
	if (check(c, err) < 0)
		return -1;
	c->curl.easy_getinfo(c->easy, CURLINFO_NUM_CONNECTS, &connects);
	sample = (struct date_sample){ .answered = c->answered,
				       .date = c->head.date,
				       .status = (int)status,
				       .reused = connects == 0 };
	sample.sent = sent_at(c, sample.reused);
	*out = sample;
	return 0;
}
