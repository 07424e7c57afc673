/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "common/client/registry/wire_internal.h"
#include "common/codec/address_class.h"
#include "common/codec/ascii.h"
#include "common/codec/warning.h"

#define HEADERS_MAX ((size_t)128 << 10) /* of one answer */
/* So many bytes of a stream in an answer's deadline, or it stands still. */
#define CRUMBS      ((size_t)4 << 10)

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
		      { "location", &r->location },
		      { "retry-after", &r->retry_after },
		      { "date", &r->date },
		      { "oci-namespace", &r->name_space } };

	for (size_t i = 0; i < array_len(texts); i++)
		if (strcmp(name, texts[i].name) == 0)
			take_text(texts[i].slot, value, len);
	if (strcmp(name, "www-authenticate") == 0)
		challenges_add(&r->challenges, value, len);
	else if (strcmp(name, "link") == 0)
		strings_take(&r->links, xstrndup(value, len));
	else if (strcmp(name, "warning") == 0 && !r->warning)
		r->warning = warning_text(value, len);
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

size_t flight_on_header(char *line, size_t size, size_t count, void *arg)
{
	struct flight *f = arg;
	size_t len = size * count;
	const char *colon = memchr(line, ':', len);
	char name[64] = "";

	f->progressed = wire_monotonic(f->wire);
	f->header_bytes += len;
	if (f->header_bytes > HEADERS_MAX) {
		f->stop = STOP_GARBLED;
		return 0;
	}
	if (len >= 5 && strncasecmp(line, "HTTP/", 5) == 0)
		forget_head(&f->reply);
	if (!colon || (size_t)(colon - line) >= sizeof(name))
		return len;
	for (size_t i = 0; i < (size_t)(colon - line); i++)
		name[i] = ascii_lower(line[i]);
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

static void note_progress(struct flight *f, size_t len)
{
	f->crumbs += len;
	if (f->request.chunk && f->crumbs < CRUMBS)
		return;
	f->crumbs = 0;
	f->progressed = wire_monotonic(f->wire);
}

/* 0: that is all, as libcurl has it. */
static size_t on_success(struct flight *f, const char *data, size_t len)
{
	if (len > f->request.limit - f->body_bytes) {
		f->stop = STOP_LARGE;
		return 0;
	}
	f->body_bytes += len;
	if (!f->request.chunk) {
		buf_add(&f->reply.body, data, len);
		return len;
	}
	f->reply.handed_out = true;
	if (f->request.chunk(f->request.chunk_ctx, data, len, &f->chunk_err) == 0)
		return len;
	f->stop = STOP_CALLER;
	return 0;
}

static size_t on_refusal(struct flight *f, const char *data, size_t len)
{
	size_t room = WIRE_ERROR_BODY - f->reply.body.len;

	buf_add(&f->reply.body, data, len < room ? len : room);
	if (len <= room)
		return len;
	f->stop = STOP_ENOUGH;
	return 0;
}

size_t flight_on_body(char *data, size_t size, size_t count, void *arg)
{
	struct flight *f = arg;
	size_t len = size * count;

	note_progress(f, len);
	return is_success(f) ? on_success(f, data, len) : on_refusal(f, data, len);
}

/* The connection stays, and others may be sent over it: they are to know. */
static void note_inner(struct flight *f)
{
	f->reply.inner = true;
	if (f->origin && !strings_have(&f->wire->inner, f->origin))
		strings_add(&f->wire->inner, f->origin);
}

/* Why this connection is not made; NULL: it is. */
static const char *bar(struct flight *f, enum address_class class)
{
	const struct trust *trust = f->request.trust;

	/* Nothing is verified there, so it has to be this machine. */
	if (trust && trust->loopback && class != ADDRESS_LOOPBACK)
		return "its name is this machine's, its address is not";
	if (*f->proxy || class == ADDRESS_PUBLIC)
		return NULL;
	if (f->request.only_public)
		return WIRE_AT_INNER;
	note_inner(f);
	return NULL;
}

/* libcurl asks before each connection: the address is known here, whatever the name was. */
curl_socket_t flight_on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct flight *f = arg;
	const char *why = bar(f, address_class_of(&address->addr));

	(void)purpose;
	if (why) {
		f->barred = why;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family,
		      address->socktype
#ifdef SOCK_CLOEXEC
			      | SOCK_CLOEXEC
#endif
		      ,
		      address->protocol);
}
