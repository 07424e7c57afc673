/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attach stream: libcurl makes the connection as for every request (socket, TLS, ssh, proxy),
 * and what goes over it is ours: libcurl knows of no upgrade, and would keep bytes back.
 */
#include <assert.h>
#include <poll.h>
#include <string.h>
#include <strings.h>

#include "common/client/engine_internal.h"
#include "common/codec/frames.h"
#include "common/codec/http_head.h"

#define HEAD_LIMIT      ((size_t)16 << 10)
#define ERROR_BODY_MAX  ((size_t)64 << 10)
#define STDERR_KEPT     ((size_t)4 << 10)
#define DAEMON_WORDS    ((size_t)1 << 10) /* of an error frame */
#define CHUNK           ((size_t)4 << 10)
#define LONGEST_POLL_MS 60000

struct attach {
	struct engine *engine; /* NULL once that is closed */
	struct attach *next;
	struct transfer transfer; /* the handle, and what errors speak of */
	/* Of its own: the connection lives as long as the handle is in it, and no longer. */
	CURLM *multi;
	char *path;
	int fd;
	struct frames frames;
	struct buf out; /* stdout that nobody took yet, from out_at on */
	size_t out_at;
	int64_t at; /* of the read that brought it */
	struct buf said, daemon;
	struct error failed; /* why nothing more comes */
};

/* --- Waiting. */

static int64_t end_of(int64_t deadline)
{
	return monotonic_now() + deadline;
}

static int poll_ms(int64_t end)
{
	int64_t left = end - monotonic_now();

	if (left <= 0)
		return 0;
	return left / NSEC_PER_MSEC >= LONGEST_POLL_MS ? LONGEST_POLL_MS
						       : (int)(left / NSEC_PER_MSEC) + 1;
}

/* Returns 1 when the connection is ready, 0 when the time is over, -1 when cancelled. */
static int wait_for(struct attach *a, short events, int64_t end, struct error *err)
{
	struct engine *engine = a->engine;
	struct curl_waitfd extra[3];
	unsigned count = engine_extra_fds(engine, true, extra);
	struct pollfd fds[4] = { { .fd = a->fd, .events = events } };

	for (unsigned i = 0; i < count; i++)
		fds[1 + i] = (struct pollfd){ .fd = extra[i].fd, .events = POLLIN };
	while (monotonic_now() < end) {
		bool others = false;

		if (poll(fds, 1 + count, poll_ms(end)) <= 0)
			continue;
		for (unsigned i = 0; i < count; i++)
			others = others || fds[1 + i].revents;
		if (others && cancel_requested(engine->cancel))
			return cancel_error(engine->cancel, err);
		if (others && engine->ssh.listener >= 0)
			ssh_attend(&engine->ssh);
		if (fds[0].revents)
			return 1;
	}
	return 0;
}

/* --- Connecting. */

/* Whether the connection is made or has failed: *code says. */
static bool connected(struct attach *a, CURLcode *code)
{
	const struct curl_api *curl = &a->engine->curl;
	CURLMsg *message;
	int active, left;

	curl->multi_perform(a->multi, &active);
	message = curl->multi_info_read(a->multi, &left);
	if (!message || message->msg != CURLMSG_DONE)
		return false;
	*code = message->data.result;
	return true;
}

static int wait_for_connection(struct attach *a, int64_t end, CURLcode *code, struct error *err)
{
	struct engine *engine = a->engine;
	struct curl_waitfd extra[3];
	unsigned count = engine_extra_fds(engine, true, extra);
	int ready;

	while (!connected(a, code)) {
		if (monotonic_now() >= end)
			return transfer_timeout(&a->transfer, err);
		engine->curl.multi_poll(a->multi, extra, count, poll_ms(end), &ready);
		if (engine->ssh.listener >= 0)
			ssh_attend(&engine->ssh);
		if (cancel_requested(engine->cancel))
			return cancel_error(engine->cancel, err);
	}
	return 0;
}

static int make_connection(struct attach *a, int64_t end, struct error *err)
{
	struct transfer *t = &a->transfer;
	const struct curl_api *curl = &a->engine->curl;
	CURLcode code = CURLE_OK;
	curl_socket_t fd = CURL_SOCKET_BAD;

	a->multi = curl->multi_init();
	if (!a->multi)
		return error_set(err, ERROR_IO, 0, "libcurl gives no handle");
	if (transfer_prepare_connection(t, err) < 0)
		return -1;
	curl->multi_add_handle(a->multi, t->easy);
	if (wait_for_connection(a, end, &code, err) < 0)
		return -1;
	if (code != CURLE_OK)
		return transfer_error(t, code, err);
	code = curl->easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &fd);
	if (code != CURLE_OK || fd == CURL_SOCKET_BAD)
		return error_set(err, ERROR_UNSUPPORTED, (int)code,
				 "this libcurl gives no access to its connections; install a newer "
				 "libcurl4");
	a->fd = fd;
	return 0;
}

/* --- The request. */

static bool is_header(const char *line, const char *name)
{
	size_t len = strlen(name);

	return strncasecmp(line, name, len) == 0 && (line[len] == ':' || line[len] == ';');
}

/* What this request says by itself, whatever the configuration wants in every request. */
static bool is_ours(const char *line)
{
	static const char *const names[] = { "Connection",   "Upgrade", "Content-Length",
					     "Content-Type", "Expect",  "Transfer-Encoding" };

	for (size_t i = 0; i < array_len(names); i++)
		if (is_header(line, names[i]))
			return true;
	return false;
}

/* The configuration's headers, in libcurl's way of writing them ("Name;" has an empty value). */
static void add_headers(struct buf *out, const struct curl_slist *list)
{
	for (; list; list = list->next) {
		size_t name = strcspn(list->data, ":;");

		if (is_ours(list->data))
			continue;
		if (list->data[name] == ';')
			buf_fmt(out, "%.*s:\r\n", (int)name, list->data);
		else
			buf_fmt(out, "%s\r\n", list->data);
	}
}

static bool has_header(const struct curl_slist *list, const char *name)
{
	for (; list; list = list->next)
		if (is_header(list->data, name))
			return true;
	return false;
}

/* Host and port of the URL; the zone of an address is of no interest to anybody else (RFC 6874). */
static void add_host(struct buf *out, const char *authority, size_t len)
{
	const char *zone = memmem(authority, len, "%25", 3);
	const char *bracket = zone ? memchr(zone, ']', len - (size_t)(zone - authority)) : NULL;

	buf_str(out, "Host: ");
	if (bracket) {
		buf_add(out, authority, (size_t)(zone - authority));
		buf_add(out, bracket, len - (size_t)(bracket - authority));
	} else {
		buf_add(out, authority, len);
	}
	buf_str(out, "\r\n");
}

/* As docker's own client writes it, with its Content-Type. */
static void add_request(const struct attach *a, struct buf *out)
{
	const struct engine *engine = a->engine;
	scoped_str url = engine_url(engine, a->path);
	const char *authority = strstr(url, "://") + strlen("://");
	size_t len = strcspn(authority, "/");

	buf_fmt(out, "POST %s HTTP/1.1\r\n", authority + len);
	if (!has_header(engine->headers, "Host"))
		add_host(out, authority, len);
	if (!has_header(engine->headers, "User-Agent"))
		buf_fmt(out, "User-Agent: %s\r\n", engine->user_agent);
	add_headers(out, engine->headers);
	buf_str(out, "Content-Length: 0\r\nConnection: Upgrade\r\nContent-Type: text/plain\r\n"
		     "Upgrade: tcp\r\n\r\n");
}

/* Returns 0, or -1 with *code; CURLE_OPERATION_TIMEDOUT is ours, CURLE_ABORTED_BY_CALLBACK says
 * that err is set. */
static int send_all(struct attach *a, const char *data, size_t len, int64_t end, CURLcode *code,
		    struct error *err)
{
	while (len > 0) {
		size_t sent = 0;

		*code = a->engine->curl.easy_send(a->transfer.easy, data, len, &sent);
		if (*code == CURLE_AGAIN) {
			int ready = wait_for(a, POLLOUT, end, err);

			*code = ready < 0 ? CURLE_ABORTED_BY_CALLBACK : CURLE_OPERATION_TIMEDOUT;
			if (ready <= 0)
				return -1;
			continue;
		}
		if (*code != CURLE_OK)
			return -1;
		data += sent;
		len -= sent;
	}
	return 0;
}

static int send_request(struct attach *a, int64_t end, struct error *err)
{
	struct transfer *t = &a->transfer;
	CURLcode code = CURLE_OK;
	scoped_buf request;

	buf_init(&request, (size_t)1 << 20);
	add_request(a, &request);
	if (send_all(a, request.data, request.len, end, &code, err) == 0)
		return 0;
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return -1;
	return code == CURLE_OPERATION_TIMEDOUT ? transfer_timeout(t, err)
						: transfer_error(t, code, err);
}

/* --- The answer. */

/* Returns 1 with *n bytes, 0 if there are none now, -1 at the end: *code, CURLE_OK if it was
 * closed. */
static int read_some(struct attach *a, char *data, size_t size, size_t *n, CURLcode *code)
{
	*n = 0;
	*code = a->engine->curl.easy_recv(a->transfer.easy, data, size, n);
	if (*code == CURLE_AGAIN)
		return 0;
	return *code == CURLE_OK && *n > 0 ? 1 : -1;
}

/* Appends what comes next to got. Returns 1, 0 when the time is over, -1 at the end (code) or when
 * cancelled (err is set). */
static int read_more(struct attach *a, int64_t end, struct buf *got, CURLcode *code,
		     struct error *err)
{
	char chunk[CHUNK];
	size_t n;
	int rc;

	while ((rc = read_some(a, chunk, sizeof(chunk), &n, code)) == 0) {
		rc = wait_for(a, POLLIN, end, err);
		if (rc <= 0)
			return rc;
	}
	if (rc < 0)
		return -1;
	a->at = a->transfer.progressed = monotonic_now();
	buf_add(got, chunk, n);
	return 1;
}

static int cut_head(struct attach *a, const struct buf *got, CURLcode code, struct error *err)
{
	struct engine *engine = a->engine;

	/* Before the first byte it is the connection that failed: ssh and TLS say why. */
	if (got->len == 0 && code != CURLE_OK)
		return transfer_error(&a->transfer, code, err);
	if (got->len == 0 && engine->endpoint.scheme == ENDPOINT_SSH)
		return transfer_error(&a->transfer, CURLE_GOT_NOTHING, err);
	return error_set(err, ERROR_PROTOCOL, (int)code,
			 "the engine at %s broke off its answer to POST %s; did it stop?",
			 engine->endpoint.address, a->path);
}

/* The head of the answer that counts, at the front of got; informational ones are dropped. */
static int read_head(struct attach *a, int64_t end, struct buf *got, struct http_head *head,
		     struct error *err)
{
	const char *address = a->engine->endpoint.address;
	CURLcode code = CURLE_OK;

	for (;;) {
		int rc = http_head_parse(got->data, got->len, head, err);

		if (rc < 0)
			return error_wrap(err, "the engine at %s: POST %s", address, a->path);
		if (rc > 0 && (head->status / 100 != 1 || head->status == 101))
			return 0;
		if (rc > 0) {
			memmove(got->data, got->data + head->size, got->len - head->size);
			got->len -= head->size;
			continue;
		}
		if (got->len >= HEAD_LIMIT)
			return error_set(err, ERROR_LIMIT, 0,
					 "the engine at %s sends headers without end", address);
		rc = read_more(a, end, got, &code, err);
		if (rc == 0)
			return transfer_timeout(&a->transfer, err);
		if (rc < 0)
			return error_is_set(err) ? -1 : cut_head(a, got, code, err);
	}
}

/* An answer that is no stream: its body as far as it comes, and what it means. */
static int refused(struct attach *a, int64_t end, struct buf *got, const struct http_head *head,
		   struct error *err)
{
	CURLcode code;
	struct error cancelled = ERROR_INIT;
	size_t want = head->length >= 0 && head->length < (int64_t)ERROR_BODY_MAX
			      ? (size_t)head->length
			      : ERROR_BODY_MAX;

	/* Nobody takes chunks apart here: the status says enough then. */
	while (!head->encoded && got->len - head->size < want &&
	       read_more(a, end, got, &code, &cancelled) > 0)
		;
	struct engine_reply reply = {
		.status = head->status,
		.body = head->encoded ? "" : got->data + head->size,
		.len = head->encoded ? 0 : got->len - head->size,
	};
	if (engine_reply_check(&reply, err) < 0)
		return -1;
	error_set(err, ERROR_PROTOCOL, head->status,
		  "the engine at %s answers POST %s with status %d and no stream",
		  a->engine->endpoint.address, a->path, head->status);
	return error_hint(err, "is there a proxy in front of it that lets no upgrade through?");
}

static bool is_stream(const struct http_head *head)
{
	/* Before "Upgrade" was known, and in some of Podman: 200, and the stream to its end. */
	return head->status == 101 || (head->status == 200 && head->length < 0 && !head->encoded);
}

/* --- The stream. */

static void keep_said(struct attach *a, const char *data, size_t len)
{
	struct buf *said = &a->said;

	if (len > STDERR_KEPT) {
		data += len - STDERR_KEPT;
		len = STDERR_KEPT;
	}
	if (said->len + len > STDERR_KEPT) {
		size_t gone = said->len + len - STDERR_KEPT;

		memmove(said->data, said->data + gone, said->len - gone);
		said->len -= gone;
	}
	buf_add(said, data, len);
}

static int daemon_error(const struct attach *a, struct error *err)
{
	struct engine_reply words = { .status = 500, .body = a->daemon.data, .len = a->daemon.len };
	char text[512];

	return error_set(err, ERROR_REMOTE, 0, "%s",
			 engine_reply_message(&words, text, sizeof(text)));
}

static int on_piece(void *ctx, enum frame_type type, const char *data, size_t len,
		    struct error *err)
{
	struct attach *a = ctx;
	size_t room = DAEMON_WORDS - a->daemon.len;

	switch (type) {
	case FRAME_STDIN: /* "is written on stdout", as docker's documentation has it */
	case FRAME_STDOUT:
		buf_add(&a->out, data, len);
		return 0;
	case FRAME_STDERR:
		keep_said(a, data, len);
		return 0;
	case FRAME_SYSTEMERR:
		buf_add(&a->daemon, data, len < room ? len : room);
		return a->frames.left == len ? daemon_error(a, err) : 0;
	}
	return 0;
}

/* Takes bytes of the stream apart. out is empty before. */
static void feed(struct attach *a, const char *data, size_t len)
{
	buf_clear(&a->out);
	a->out_at = 0;
	(void)!frames_feed(&a->frames, data, len, on_piece, a, &a->failed);
}

static void stream_ended(struct attach *a, CURLcode code)
{
	const char *why = code == CURLE_OK ? "the container ended, or the engine did"
					   : a->engine->curl.easy_strerror(code);

	if (a->daemon.len > 0)
		daemon_error(a, &a->failed);
	else if (frames_end(&a->frames, &a->failed) == 0)
		error_set(&a->failed, ERROR_UNREACHABLE, (int)code,
			  "the stream of the container has ended: %s", why);
}

/* Reads until there is something for out, or an end. Returns 1, 0 when the time is over, or -1. */
static int receive_some(struct attach *a, int64_t end, struct error *err)
{
	char chunk[CHUNK];
	CURLcode code;
	size_t n;

	while (a->out_at == a->out.len && !error_is_set(&a->failed)) {
		int rc = read_some(a, chunk, sizeof(chunk), &n, &code);

		if (rc > 0) {
			a->at = monotonic_now();
			feed(a, chunk, n);
			continue;
		}
		if (rc < 0) {
			stream_ended(a, code);
			break;
		}
		rc = end ? wait_for(a, POLLIN, end, err) : 0;
		if (rc <= 0)
			return rc;
	}
	return 1;
}

int attach_receive(struct attach *a, void *data, size_t size, int64_t deadline, size_t *got,
		   int64_t *at, struct error *err)
{
	assert(a->engine && size > 0);
	int rc = receive_some(a, deadline ? end_of(deadline) : 0, err);
	size_t n = a->out.len - a->out_at;

	if (rc < 0)
		return -1;
	if (rc == 0 && deadline)
		return error_set(err, ERROR_TIMEOUT, 0,
				 "nothing comes from the container at %s within %.1f s",
				 a->engine->endpoint.address,
				 (double)deadline / (double)NSEC_PER_SEC);
	if (rc > 0 && n == 0) {
		*err = a->failed;
		return -1;
	}
	n = n < size ? n : size;
	memcpy(data, a->out.data + a->out_at, n);
	a->out_at += n;
	*got = n;
	if (n > 0)
		*at = a->at;
	return 0;
}

int attach_send(struct attach *a, const void *data, size_t len, int64_t deadline, struct error *err)
{
	CURLcode code = CURLE_OK;

	assert(a->engine);
	if (send_all(a, data, len, end_of(deadline), &code, err) == 0)
		return 0;
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return -1;
	if (code == CURLE_OPERATION_TIMEDOUT)
		return error_set(
			err, ERROR_TIMEOUT, 0, "the container at %s takes nothing within %.1f s",
			a->engine->endpoint.address, (double)deadline / (double)NSEC_PER_SEC);
	return error_set(err, ERROR_UNREACHABLE, (int)code,
			 "the stream to the container has ended: %s",
			 a->engine->curl.easy_strerror(code));
}

int attach_fd(const struct attach *a)
{
	return a->fd;
}

const char *attach_stderr(const struct attach *a)
{
	return a->said.data;
}

/* --- From the beginning to the end. */

static int answer(struct attach *a, int64_t end, struct http_head *head, struct error *err)
{
	scoped_buf got;

	buf_init(&got, HEAD_LIMIT + ERROR_BODY_MAX + 2 * CHUNK);
	if (read_head(a, end, &got, head, err) < 0)
		return -1;
	if (!is_stream(head))
		return refused(a, end, &got, head, err);
	feed(a, got.data + head->size, got.len - head->size);
	return 0;
}

static void trace(const struct attach *a, int status, const struct error *err)
{
	const struct engine *engine = a->engine;
	int64_t ms = (monotonic_now() - a->transfer.started) / NSEC_PER_MSEC;
	char line[640];

	if (!engine->trace)
		return;
	if (error_is_set(err))
		snprintf(line, sizeof(line), "POST %.200s: %.300s (%lld ms)", a->path, err->text,
			 (long long)ms);
	else
		snprintf(line, sizeof(line), "POST %.400s: %d, a stream, %lld ms", a->path, status,
			 (long long)ms);
	engine->trace(engine->trace_ctx, line);
}

static struct attach *make(struct engine *engine, const char *path)
{
	struct attach *a = xcalloc(1, sizeof(*a));

	a->engine = engine;
	a->path = xstrdup(path);
	a->fd = -1;
	a->transfer.engine = engine;
	a->transfer.request = (struct engine_request){ .method = "POST", .path = a->path };
	a->transfer.started = a->transfer.progressed = monotonic_now();
	buf_init(&a->out, CHUNK + HEAD_LIMIT);
	buf_init(&a->said, STDERR_KEPT);
	buf_init(&a->daemon, DAEMON_WORDS);
	a->next = engine->attached;
	engine->attached = a;
	return a;
}

int engine_attach(struct engine *engine, const char *path, int64_t deadline, struct attach **out,
		  struct error *err)
{
	scoped_attach *a = make(engine, path);
	int64_t end = end_of(deadline ? deadline : engine->answer_deadline);
	struct http_head head = { 0 };
	int rc = make_connection(a, end, err);

	if (rc == 0)
		rc = send_request(a, end, err);
	if (rc == 0)
		rc = answer(a, end, &head, err);
	trace(a, head.status, err);
	if (rc == 0)
		*out = take_ptr(a);
	return rc;
}

void attach_disconnect(struct attach *a)
{
	struct engine *engine = take_ptr(a->engine);
	struct attach **link = &engine->attached;

	while (*link != a)
		link = &(*link)->next;
	*link = a->next;
	/* Removed from its multi handle the connection is closed, by older libcurl with the latter.
	 */
	if (a->multi && a->transfer.easy)
		engine->curl.multi_remove_handle(a->multi, a->transfer.easy);
	if (a->transfer.easy)
		engine->curl.easy_cleanup(take_ptr(a->transfer.easy));
	if (a->multi)
		engine->curl.multi_cleanup(take_ptr(a->multi));
	a->fd = -1;
}

void attach_close(struct attach **out)
{
	struct attach *a = take_ptr(*out);

	if (!a)
		return;
	if (a->engine)
		attach_disconnect(a);
	buf_release(&a->out);
	buf_release(&a->said);
	buf_release(&a->daemon);
	free(a->path);
	free(a);
}
