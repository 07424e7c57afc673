/* SPDX-License-Identifier: Apache-2.0 */
/* Why there was no answer, in words that say what to do. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/client/engine_internal.h"
#include "common/codec/printable.h"

#define HEADERS_TOO_LARGE 100 /* CURLE_TOO_LARGE: libcurl 8.6 and newer */

/* What libcurl says happened, without line breaks. Owned. */
static char *detail_of(const struct transfer *t, CURLcode code)
{
	scoped_buf clean;
	scoped_str text = xstrdup(t->detail[0] ? t->detail : t->engine->curl.easy_strerror(code));

	text[strcspn(text, "\r\n")] = '\0';
	buf_init(&clean, 8192);
	printable_add(&clean, text);
	return buf_take(&clean);
}

/* libcurl does not always keep the errno of a failed connect: ask the system itself. */
static int connect_errno(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int errnum = 0;

	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	else
		len++;
	if (fd < 0 || connect(fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		errnum = errno;
	if (fd >= 0)
		close(fd);
	return errnum;
}

/* Another socket that is there: what rootless docker and podman listen on. */
static void hint_rootless(const char *failed, struct error *err)
{
	static const char *const names[] = { "docker.sock", "podman/podman.sock" };
	const char *dir = getenv("XDG_RUNTIME_DIR");

	for (size_t i = 0; dir && dir[0] == '/' && i < array_len(names); i++) {
		scoped_str path = xasprintf("%s/%s", dir, names[i]);

		if (strcmp(path, failed) == 0 || access(path, R_OK | W_OK) < 0)
			continue;
		error_hint(err, "one is at -H unix://%s", path);
		return;
	}
}

static int unix_error(const struct endpoint *e, struct error *err)
{
	int errnum = connect_errno(e->path);

	switch (errnum) {
	case EACCES:
	case EPERM:
		return error_set(
			err, ERROR_DENIED, errnum,
			"no permission for the engine's socket %s; run it with sudo, or "
			"join its group (often: sudo usermod -aG docker $USER, then log in "
			"again)",
			e->address);
	case ENOENT:
	case ENOTDIR:
		error_set(err, ERROR_UNREACHABLE, errnum,
			  "no engine at %s: there is no such socket", e->address);
		break;
	case ECONNREFUSED:
		error_set(err, ERROR_UNREACHABLE, errnum, "no engine at %s: nobody listens on it",
			  e->address);
		break;
	case EAGAIN:
		return error_set(err, ERROR_TIMEOUT, errnum,
				 "the engine at %s takes no more connections: it hangs or is "
				 "overloaded",
				 e->address);
	case ENOTSOCK:
	case EPROTOTYPE:
		return error_set(err, ERROR_UNREACHABLE, errnum, "%s is no engine's socket",
				 e->address);
	default:
		error_set(err, ERROR_UNREACHABLE, errnum, "cannot connect to the engine at %s%s%s",
			  e->address, errnum ? ": " : "", errnum ? strerror(errnum) : "");
		break;
	}
	error_hint(err,
		   "is it running? (sudo systemctl start docker), or choose another with -H or "
		   "--context");
	hint_rootless(e->path, err);
	return -1;
}

/* ssh's own words, the last line that is not empty. Owned; NULL if it said nothing. */
static char *ssh_words(struct engine *engine)
{
	struct ssh *ssh = &engine->ssh;
	scoped_buf clean = { 0 };
	size_t end, start;

	ssh_attend(ssh);
	end = ssh->said.len;
	while (end > 0 && strchr("\r\n ", ssh->said.data[end - 1]))
		end--;
	start = end;
	while (start > 0 && ssh->said.data[start - 1] != '\n')
		start--;
	if (start == end)
		return NULL;
	scoped_str line = xstrndup(ssh->said.data + start, end - start);
	buf_init(&clean, 4096);
	printable_add(&clean, line);
	return buf_take(&clean);
}

static int ssh_error(struct engine *engine, struct error *err)
{
	const char *address = engine->endpoint.address;

	if (error_is_set(&engine->ssh.failed)) {
		*err = engine->ssh.failed;
		return error_wrap(err, "engine %s", address);
	}
	scoped_str words = ssh_words(engine);
	error_set(err, ERROR_UNREACHABLE, 0, "engine %s: %s", address,
		  words ? words : "ssh ended without a word");
	if (words && (strstr(words, "not found") || strstr(words, "dial-stdio")))
		error_hint(err, "docker 18.09 or newer must be installed there");
	else
		error_hint(err, "try: ssh %s%s docker version", engine->endpoint.host,
			   engine->endpoint.port ? " (with its -p)" : "");
	return -1;
}

static bool contains(const char *text, const char *part)
{
	return strcasestr(text, part) != NULL;
}

/* The alerts with which a server refuses our certificate, as OpenSSL and GnuTLS word them. */
static bool wants_certificate(const char *detail)
{
	static const char *const words[] = {
		"certificate required",
		"bad certificate",
		"certificate is required",
		"certificate is bad",
		"alert handshake failure",
		"Handshake failed",
		"alert unknown ca",
		"alert certificate",
		"Unknown CA",
		"fatal alert has been received", /* all that GnuTLS says */
	};

	for (size_t i = 0; i < array_len(words); i++)
		if (contains(detail, words[i]))
			return true;
	return false;
}

static bool not_tls(const char *detail)
{
	static const char *const words[] = { "wrong version number",   "unexpected TLS packet",
					     "packet length too long", "record layer failure",
					     "unknown protocol",       "http request" };

	for (size_t i = 0; i < array_len(words); i++)
		if (contains(detail, words[i]))
			return true;
	return false;
}

static int tls_error(const struct transfer *t, CURLcode code, const char *detail, struct error *err)
{
	const struct endpoint *e = &t->engine->endpoint;

	if (code == CURLE_PEER_FAILED_VERIFICATION) {
		error_set(err, ERROR_PROTOCOL, (int)code,
			  "the engine at %s shows a certificate that cannot be trusted: %s",
			  e->address, detail);
		if (contains(detail, "expired") || contains(detail, "not yet valid"))
			return error_hint(err, "renew it, or mend the clock that is wrong");
		return error_hint(err,
				  "give the CA that signed it with --tlscacert, or the name it "
				  "is for with -H");
	}
	if (code == CURLE_SSL_CERTPROBLEM || contains(detail, "error reading X.509"))
		return error_set(err, ERROR_INPUT, (int)code, "client certificate %s, key %s: %s",
				 e->cert ? e->cert : "-", e->key ? e->key : "-", detail);
	if (code == CURLE_SSL_CACERT_BADFILE)
		return error_set(err, ERROR_INPUT, (int)code, "CA file %s: %s", e->ca ? e->ca : "-",
				 detail);
	if (wants_certificate(detail)) {
		error_set(err, ERROR_DENIED, (int)code, "the engine at %s refuses %s: %s",
			  e->address,
			  e->cert ? "our client certificate"
				  : "clients without a "
				    "certificate",
			  detail);
		return error_hint(err,
				  "give one that its CA signed with --tlscert and --tlskey, or "
				  "in DOCKER_CERT_PATH");
	}
	if (not_tls(detail)) {
		error_set(err, ERROR_PROTOCOL, (int)code, "the engine at %s does not speak TLS",
			  e->address);
		return error_hint(err,
				  "leave out --tls, --tlsverify and DOCKER_TLS_VERIFY, or give "
				  "its TLS port (often 2376)");
	}
	return error_set(err, ERROR_PROTOCOL, (int)code, "TLS with the engine at %s failed: %s",
			 e->address, detail);
}

static int not_http(const struct transfer *t, CURLcode code, struct error *err)
{
	const struct endpoint *e = &t->engine->endpoint;

	error_set(err, ERROR_PROTOCOL, (int)code, "what answers at %s does not speak HTTP",
		  e->address);
	if (e->scheme == ENDPOINT_TCP)
		error_hint(err, "is it a TLS port? then use --tlsverify or DOCKER_TLS_VERIFY=1");
	return -1;
}

static int connect_error(const struct transfer *t, CURLcode code, const char *detail,
			 struct error *err)
{
	const struct endpoint *e = &t->engine->endpoint;

	if (e->scheme == ENDPOINT_UNIX)
		return unix_error(e, err);
	error_set(err, ERROR_UNREACHABLE, (int)code, "no engine at %s: %s", e->address, detail);
	return error_hint(err, "is it running, and is the address right?");
}

static int too_large(const struct transfer *t, struct error *err)
{
	return error_set(err, ERROR_LIMIT, 0,
			 "the engine's answer to %s %s is larger than %zu bytes", t->request.method,
			 t->request.path, t->body.limit);
}

static int headers_too_large(const struct transfer *t, CURLcode code, struct error *err)
{
	return error_set(err, ERROR_LIMIT, (int)code, "the engine at %s sends headers without end",
			 t->engine->endpoint.address);
}

static int broken_off(const struct transfer *t, CURLcode code, const char *detail,
		      struct error *err)
{
	const struct endpoint *e = &t->engine->endpoint;

	error_set(err, ERROR_PROTOCOL, (int)code,
		  "the engine at %s broke off its answer to %s %s: %s; did it stop?", e->address,
		  t->request.method, t->request.path, detail);
	if (e->scheme == ENDPOINT_TCP && t->ping)
		error_hint(err, "is it a TLS port? then use --tlsverify or DOCKER_TLS_VERIFY=1");
	return -1;
}

int transfer_error(struct transfer *t, CURLcode code, struct error *err)
{
	const struct endpoint *e = &t->engine->endpoint;
	scoped_str detail = detail_of(t, code);
	long received = 0;

	if (t->too_large)
		return too_large(t, err);
	switch ((int)code) {
	case CURLE_OUT_OF_MEMORY: /* its word for more than it takes, until 8.6 */
	case HEADERS_TOO_LARGE:
		return headers_too_large(t, code, err);
	case CURLE_UNSUPPORTED_PROTOCOL: /* "received HTTP/0.9" */
	case CURLE_WEIRD_SERVER_REPLY:
		return not_http(t, code, err);
	case CURLE_OPERATION_TIMEDOUT:
		return error_set(err, ERROR_TIMEOUT, (int)code,
				 "no connection to the engine at %s: %s", e->address, detail);
	default:
		break;
	}
	t->engine->curl.easy_getinfo(t->easy, CURLINFO_HEADER_SIZE, &received);
	if (e->scheme == ENDPOINT_SSH && received == 0)
		return ssh_error(t->engine, err);
	if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
	    code == CURLE_COULDNT_RESOLVE_PROXY)
		return connect_error(t, code, detail, err);
	if (e->scheme == ENDPOINT_TLS && received == 0)
		return tls_error(t, code, detail, err);
	return broken_off(t, code, detail, err);
}

int transfer_timeout(const struct transfer *t, struct error *err)
{
	int64_t waited = monotonic_now() - t->started;
	double seconds = (double)waited / (double)NSEC_PER_SEC;

	error_set(err, ERROR_TIMEOUT, 0, "no %sanswer from the engine at %s to %s %s within %.1f s",
		  t->progressed > t->started ? "complete " : "", t->engine->endpoint.address,
		  t->request.method, t->ping ? "/_ping" : t->request.path, seconds);
	if (t->progressed == t->started)
		error_hint(err, "it accepts connections but says nothing: is it paused, hung or "
				"overloaded?");
	return -1;
}

static int check_file(const char *what, const char *path, struct error *err)
{
	if (!path || access(path, R_OK) == 0)
		return 0;
	return error_errno(err, errno, "%s %s", what, path);
}

int check_tls_files(const struct endpoint *e, struct error *err)
{
	if (e->scheme != ENDPOINT_TLS)
		return 0;
	if (check_file("CA file", e->ca, err) < 0 ||
	    check_file("client certificate", e->cert, err) < 0 ||
	    check_file("client key", e->key, err) < 0)
		return -1;
	if (!e->cert != !e->key)
		return error_set(err, ERROR_USAGE, 0,
				 "a client %s without its %s; give both --tlscert and --tlskey",
				 e->cert ? "certificate" : "key", e->cert ? "key" : "certificate");
	return 0;
}
