/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/attest/fetch.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/client/curl_api.h"
#include "common/client/files.h"
#include "common/codec/printable.h"
#include "common/codec/url.h"

#define CA_MAX       (4 << 20)
#define HEAD_MAX     (64 << 10)
#define MAX_AGE_MOST (365 * INT64_C(86400))

struct transfer {
	const struct fetch *f;
	char *url; /* f->url as we read it, which is what is asked */
	struct curl_api curl;
	CURL *easy;
	CURLcode code; /* of setting it up */
	struct curl_slist *headers;
	struct buf *body;
	char detail[CURL_ERROR_SIZE];
	size_t head;     /* bytes of it */
	int64_t max_age; /* seconds */
	bool encoded, too_long;
};

static void transfer_release(struct transfer *t)
{
	if (t->easy)
		t->curl.easy_cleanup(t->easy);
	if (t->headers)
		t->curl.slist_free_all(t->headers);
	free(t->url);
}

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
	struct transfer *t = ctx;

	buf_add(t->body, data, size * count);
	t->too_long |= buf_failed(t->body);
	return t->too_long ? 0 : size * count;
}

static bool is_header(const char *line, const char *name, const char **value)
{
	size_t len = strlen(name);

	if (strncasecmp(line, name, len) != 0 || line[len] != ':')
		return false;
	*value = line + len + 1 + strspn(line + len + 1, " \t");
	return true;
}

static void read_cache_control(struct transfer *t, const char *value)
{
	const char *at = strcasestr(value, "max-age=");
	char *end;

	if (strcasestr(value, "no-store") || strcasestr(value, "no-cache"))
		t->max_age = 0;
	else if (at)
		t->max_age = strtoll(at + strlen("max-age="), &end, 10);
	if (t->max_age < 0 || t->max_age > MAX_AGE_MOST)
		t->max_age = 0;
}

static size_t on_header(char *data, size_t size, size_t count, void *ctx)
{
	struct transfer *t = ctx;
	scoped_str line = xstrndup(data, size * count);
	const char *value;

	t->head += size * count;
	t->too_long |= t->head > HEAD_MAX;
	if (is_header(line, "Cache-Control", &value))
		read_cache_control(t, value);
	else if (is_header(line, "Content-Encoding", &value))
		t->encoded = strncasecmp(value, "identity", strlen("identity")) != 0;
	return t->too_long ? 0 : size * count;
}

/* --- Setting up. */

static int add_header(struct transfer *t, const char *text, struct error *err)
{
	struct curl_slist *longer = t->curl.slist_append(t->headers, text);

	if (!longer)
		return error_set(err, ERROR_IO, 0, "libcurl takes no header");
	t->headers = longer;
	return 0;
}

static int add_bearer(struct transfer *t, const struct secret *bearer, struct error *err)
{
	scoped_buf text;

	buf_init_wiped(&text, SIZE_MAX);
	for (size_t i = 0; i < bearer->len; i++)
		if (bearer->data[i] <= ' ' || bearer->data[i] > '~')
			return error_set(err, ERROR_USAGE, 0, "the request token is none");
	buf_str(&text, "Authorization: Bearer ");
	buf_add(&text, bearer->data, bearer->len);
	return add_header(t, text.data, err);
}

/* The first option that libcurl does not take is in t->code. */
static void set_number(struct transfer *t, CURLoption option, long value)
{
	if (t->code == CURLE_OK)
		t->code = t->curl.easy_setopt(t->easy, option, value);
}

static void set_pointer(struct transfer *t, CURLoption option, const void *value)
{
	if (t->code == CURLE_OK)
		t->code = t->curl.easy_setopt(t->easy, option, value);
}

static void set_transport(struct transfer *t, long ms)
{
	set_pointer(t, CURLOPT_URL, t->url);
	/* "" is none, and keeps libcurl from asking the environment; so does NOPROXY. */
	set_pointer(t, CURLOPT_PROXY, t->f->proxy ? t->f->proxy : "");
	set_pointer(t, CURLOPT_NOPROXY, "");
	set_number(t, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
	set_number(t, CURLOPT_PROTOCOLS, CURLPROTO_HTTPS);
	set_number(t, CURLOPT_FOLLOWLOCATION, 0);
	set_number(t, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	set_number(t, CURLOPT_SSL_VERIFYPEER, 1);
	set_number(t, CURLOPT_SSL_VERIFYHOST, 2);
	if (t->f->ca_file) {
		/* Only this one: the directory that libcurl was built with would add to it. */
		set_pointer(t, CURLOPT_CAINFO, t->f->ca_file);
		set_pointer(t, CURLOPT_CAPATH, NULL);
	}
	set_number(t, CURLOPT_NETRC, CURL_NETRC_IGNORED);
	set_number(t, CURLOPT_TIMEOUT_MS, ms);
	set_number(t, CURLOPT_CONNECTTIMEOUT_MS, ms);
	set_number(t, CURLOPT_NOSIGNAL, 1);
}

static void set_request(struct transfer *t)
{
	set_number(t, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	if (t->f->post) {
		set_number(t, CURLOPT_POST, 1);
		set_pointer(t, CURLOPT_POSTFIELDS, "");
		set_number(t, CURLOPT_POSTFIELDSIZE, 0);
	}
	set_number(t, CURLOPT_PATH_AS_IS, 1);
	set_pointer(t, CURLOPT_USERAGENT, "docker-hygiene");
	set_pointer(t, CURLOPT_HTTPHEADER, t->headers);
	set_pointer(t, CURLOPT_ERRORBUFFER, t->detail);
	set_pointer(t, CURLOPT_HEADERDATA, t);
	set_pointer(t, CURLOPT_WRITEDATA, t);
	/* Function pointers go as they are: ISO C has no way from them to void *. */
	if (t->code == CURLE_OK)
		t->code = t->curl.easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
	if (t->code == CURLE_OK)
		t->code = t->curl.easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
}

static int prepare(struct transfer *t, struct error *err)
{
	int64_t left = t->f->end - clock_system.monotonic(&clock_system);

	if (left <= 0)
		return error_set(err, ERROR_TIMEOUT, 0, "%s: no time is left", t->f->url);
	t->easy = t->curl.easy_init();
	if (!t->easy)
		return error_set(err, ERROR_IO, 0, "libcurl gives no handle");
	if (add_header(t, "Accept: application/json", err) < 0 ||
	    (t->f->post && add_header(t, "Content-Type: application/json", err) < 0) ||
	    (t->f->bearer && add_bearer(t, t->f->bearer, err) < 0))
		return -1;
	set_transport(t, (long)(left / NSEC_PER_MSEC) + 1);
	set_request(t);
	if (t->code != CURLE_OK)
		return error_set(err, ERROR_UNSUPPORTED, (int)t->code,
				 "this libcurl cannot ask %s: %s", t->f->url,
				 t->curl.easy_strerror(t->code));
#if LIBCURL_VERSION_NUM >= 0x075700
	/* A name server that does not answer must not hold us up at the end. */
	(void)t->curl.easy_setopt(t->easy, CURLOPT_QUICK_EXIT, 1L);
#endif
	return 0;
}

/* --- The outcome. */

/* The address without what stands in its query. */
static char *shown_url(const char *url)
{
	return xstrndup(url, strcspn(url, "?"));
}

static int failed(const struct transfer *t, CURLcode code, struct error *err)
{
	scoped_str url = shown_url(t->f->url);
	char why[PRINTABLE_SHORT];
	const char *detail = curl_failure(&t->curl, code, t->detail, t->f->proxy);

	if (t->too_long)
		return error_set(err, ERROR_LIMIT, 0, "%s: the answer is too long", url);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return error_set(err, ERROR_TIMEOUT, (int)code, "%s: no answer in time", url);
	return error_set(err, ERROR_UNREACHABLE, (int)code, "%s: %s", url,
			 printable_short(why, detail));
}

static int check_status(const struct transfer *t, struct error *err)
{
	scoped_str url = shown_url(t->f->url);
	long status = 0;

	(void)t->curl.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 300 && status < 400)
		return error_set(err, ERROR_REMOTE, (int)status,
				 "%s: it answers with a redirect (%ld), which is not followed", url,
				 status);
	if (status != 200)
		return error_set(err, ERROR_REMOTE, (int)status, "%s: it answers with status %ld",
				 url, status);
	if (t->encoded)
		return error_set(err, ERROR_REMOTE, 0, "%s: the answer is encoded, unasked", url);
	return 0;
}

static int check_ca(const char *path, struct error *err)
{
	scoped_buf bytes;

	buf_init(&bytes, CA_MAX);
	if (file_read_trusted(path, CA_MAX, &bytes, err) < 0)
		return error_wrap(err, "ca_file");
	return 0;
}

int fetch(const struct fetch *f, struct buf *out, int64_t *max_age, struct error *err)
{
	struct transfer t scoped(transfer_release) = { .f = f, .body = out };
	scoped_url url = { 0 };

	if (url_parse_https(&url, f->url, err) < 0)
		return -1;
	t.url = url_format(&url);
	if ((f->ca_file && check_ca(f->ca_file, err) < 0) || curl_api_load(&t.curl, err) < 0 ||
	    prepare(&t, err) < 0)
		return -1;
	CURLcode code = t.curl.easy_perform(t.easy);

	if (code != CURLE_OK)
		return failed(&t, code, err);
	if (check_status(&t, err) < 0)
		return -1;
	*max_age = t.max_age * NSEC_PER_SEC;
	return 0;
}
