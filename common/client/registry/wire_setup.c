/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>

#include "common/client/registry/wire_internal.h"

#define CA_CACHE_TIMEOUT ((CURLoption)321) /* libcurl 7.87; before it there is no such store */

/* What curl copied of a secret goes with its list. */
void flight_drop_headers(struct flight *f)
{
	for (struct curl_slist *at = f->headers; at; at = at->next)
		wipe(at->data, strlen(at->data));
	if (f->headers)
		f->wire->curl.slist_free_all(take_ptr(f->headers));
}

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
	if (f->wire->http2)
		SET(s, HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	SET(s, PIPEWAIT, 1L);
	SET(s, CONNECTTIMEOUT_MS, milliseconds(o->connect_deadline));
	SET(s, USERAGENT, o->user_agent);
	SET(s, ERRORBUFFER, f->detail);
	SET(s, PRIVATE, (void *)f);
	SET(s, WRITEFUNCTION, flight_on_body);
	SET(s, WRITEDATA, (void *)f);
	SET(s, HEADERFUNCTION, flight_on_header);
	SET(s, HEADERDATA, (void *)f);
	SET(s, OPENSOCKETFUNCTION, flight_on_socket);
	SET(s, OPENSOCKETDATA, (void *)f);
	SET(s, URL, f->request.url);
	/* Both, or libcurl looks into the environment itself. */
	SET(s, PROXY, f->proxy);
	SET(s, NOPROXY, "");
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
	if (trust->cert && trust->key) {
		SET(s, SSLCERT, trust->cert);
		SET(s, SSLKEY, trust->key);
		/* One that is locked is not asked for on the terminal. */
		SET(s, KEYPASSWD, "");
	}
	if (trust->roots.count == 0 || !verify || strncmp(f->request.url, "https:", 6) != 0)
		return 0;
	if (roots_of(f->wire, trust, &roots, err) < 0)
		return -1;
	/* Else they would come into a store that libcurl keeps for all hosts. */
	if (s->code == CURLE_OK)
		(void)f->wire->curl.easy_setopt(f->easy, CA_CACHE_TIMEOUT, 0L);
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

int flight_prepare(struct flight *f, struct error *err)
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
