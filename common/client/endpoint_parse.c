/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses as docker's opts.ParseHost(), client.ParseHostURL() and connhelper/ssh read them. Where
 * those would take a slip for something else ("/var/run/docker.sock" as a path on localhost), this
 * refuses and says what was meant.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "common/client/endpoint.h"

#define DEFAULT_SOCKET "/var/run/docker.sock"
#define DEFAULT_HOST   "localhost"
#define DEFAULT_PORT   2375

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool only(const char *s, const char *others)
{
	for (; *s; s++)
		if (!is_alnum(*s) && !strchr(others, *s))
			return false;
	return true;
}

static bool has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

static int bad(struct error *err, const char *address, const char *why)
{
	return error_set(err, ERROR_USAGE, 0, "engine address \"%s\": %s", address, why);
}

static int parse_unix(struct endpoint *out, const char *rest, struct error *err)
{
	const char *path = *rest ? rest : DEFAULT_SOCKET;
	struct sockaddr_un address;

	if (strstr(path, "://"))
		return bad(err, out->address, "two schemes; give unix:///path/to/socket");
	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(
			err, ERROR_USAGE, 0,
			"engine address: the socket's path has %zu bytes, the system takes "
			"%zu; reach it by a shorter link: %s",
			strlen(path), sizeof(address.sun_path) - 1, path);
	out->scheme = ENDPOINT_UNIX;
	out->path = xstrdup(path);
	return 0;
}

/* Digits only, 1 to 65535; empty leaves *port. */
static bool parse_port(const char *s, int *port)
{
	long value;

	if (!*s)
		return true;
	if (strlen(s) > 5 || !only(s, "") || strspn(s, "0123456789") != strlen(s))
		return false;
	value = strtol(s, NULL, 10);
	if (value < 1 || value > 65535)
		return false;
	*port = (int)value;
	return true;
}

/*
 * "host", "host:port", "[v6]", "[v6]:port" in place: *host and *port point into authority. The
 * brackets are taken off.
 */
static bool split_authority(char *authority, char **host, const char **port)
{
	char *colon;

	*port = "";
	*host = authority;
	if (authority[0] == '[') {
		char *end = strchr(authority, ']');

		if (!end || (end[1] != '\0' && end[1] != ':'))
			return false;
		*port = end[1] ? end + 2 : "";
		*end = '\0';
		*host = authority + 1;
		return strchr(*host, ':') && only(*host, ":.%_-");
	}
	colon = strchr(authority, ':');
	if (colon) {
		if (strchr(colon + 1, ':'))
			return false;
		*colon = '\0';
		*port = colon + 1;
	}
	return only(authority, ".-_");
}

static int parse_tcp(struct endpoint *out, const char *rest, struct error *err)
{
	scoped_str authority = xstrdup(rest);
	char *slash = strchr(authority, '/');
	scoped_str path = xstrdup(slash ? slash : "");
	int port = DEFAULT_PORT;
	const char *port_text;
	char *host;

	if (strpbrk(rest, "?#"))
		return bad(err, out->address, "a query or fragment has no meaning here");
	if (slash)
		*slash = '\0';
	if (strchr(authority, '@'))
		return bad(err, out->address,
			   "tcp:// has no user or password; TLS files tell who "
			   "you are (--tlscert, --tlskey)");
	if (slash && !*authority)
		return bad(err, out->address, "no host; for a socket give unix:///path/to/socket");
	if (strstr(path, "//") || !only(path, "/.-_~%"))
		return bad(err, out->address, "the path after the host is no plain path");
	if (!split_authority(authority, &host, &port_text))
		return bad(err, out->address,
			   "no host name or address; give tcp://HOST:PORT, IPv6 "
			   "as tcp://[ADDRESS]:PORT");
	if (!parse_port(port_text, &port))
		return bad(err, out->address, "the port is not a number from 1 to 65535");

	size_t len = strlen(path);
	while (len > 0 && path[len - 1] == '/')
		path[--len] = '\0';
	out->scheme = ENDPOINT_TCP;
	out->host = xstrdup(*host ? host : DEFAULT_HOST);
	out->port = port;
	out->path = len ? take_ptr(path) : NULL;
	return 0;
}

/*
 * What ssh gets as an argument: no option, nothing that a shell would read. The address is not
 * quoted where it may hold a password.
 */
static int check_user(const char *user, struct error *err)
{
	if (strchr(user, ':'))
		return error_set(err, ERROR_USAGE, 0,
				 "engine address ssh://: passwords do not belong in the address; "
				 "use an ssh key");
	if (*user == '-')
		return error_set(err, ERROR_USAGE, 0,
				 "engine address ssh://%s@: users do not begin with \"-\"", user);
	if (!only(user, ".-_+@%\\=,"))
		return error_set(err, ERROR_USAGE, 0,
				 "engine address ssh://: a character that is in no user name");
	return 0;
}

/* The user before the last "@", in place. Returns what follows, NULL with the error. */
static char *split_user(char *authority, const char **user, struct error *err)
{
	char *at = strrchr(authority, '@');

	*user = "";
	if (!at)
		return authority;
	*at = '\0';
	if (check_user(authority, err) < 0)
		return NULL;
	*user = authority;
	return at + 1;
}

static int parse_ssh(struct endpoint *out, const char *rest, struct error *err)
{
	scoped_str authority = xstrdup(rest);
	char *slash = strchr(authority, '/');
	scoped_str path = slash && strspn(slash, "/") != strlen(slash) ? xstrdup(slash) : NULL;
	const char *user, *port_text;
	int port = 0;
	char *host;

	if (slash)
		*slash = '\0';
	host = split_user(authority, &user, err);
	if (!host)
		return -1;
	if (strpbrk(rest, "?#"))
		return bad(err, "ssh://", "a query or fragment has no meaning here");
	if (*host == '-')
		return bad(err, out->address, "ssh hosts do not begin with \"-\"");
	if (!split_authority(host, &host, &port_text) || !*host)
		return bad(err, "ssh://", "no host name; give ssh://[USER@]HOST[:PORT]");
	if (!parse_port(port_text, &port))
		return bad(err, "ssh://", "the port is not a number from 1 to 65535");
	out->scheme = ENDPOINT_SSH;
	out->host = *user ? xasprintf("%s@%s", user, host) : xstrdup(host);
	out->port = port;
	out->path = take_ptr(path);
	return 0;
}

static int not_here(struct endpoint *out, const char *rest, struct error *err)
{
	(void)rest;
	return bad(err, out->address,
		   "only docker itself can use it; give unix://, tcp:// or "
		   "ssh://");
}

static const struct {
	const char *prefix;
	int (*parse)(struct endpoint *out, const char *rest, struct error *err);
} schemes[] = {
	{ "unix://", parse_unix }, { "tcp://", parse_tcp }, { "ssh://", parse_ssh },
	{ "npipe://", not_here },  { "fd://", not_here },
};

static int parse_trimmed(struct endpoint *out, struct error *err)
{
	const char *address = out->address;

	if (has_control(address))
		return error_set(err, ERROR_USAGE, 0,
				 "engine address: it has a control character in it");
	for (size_t i = 0; i < array_len(schemes); i++) {
		size_t len = strlen(schemes[i].prefix);

		if (strncmp(address, schemes[i].prefix, len) == 0)
			return schemes[i].parse(out, address + len, err);
	}
	if (strstr(address, "://"))
		return bad(err, address, "unknown scheme; give unix://, tcp:// or ssh://");
	return parse_tcp(out, address, err);
}

int endpoint_parse(struct endpoint *out, const char *address, struct error *err)
{
	static const char blanks[] = " \t\r\n\v\f";
	scoped_endpoint made = { 0 };
	size_t len;

	address += strspn(address, blanks);
	len = strlen(address);
	while (len > 0 && strchr(blanks, address[len - 1]))
		len--;
	made.address = len ? xstrndup(address, len) : xstrdup("unix://" DEFAULT_SOCKET);
	if (parse_trimmed(&made, err) < 0)
		return -1;
	*out = made;
	made = (struct endpoint){ 0 };
	return 0;
}

void endpoint_release(struct endpoint *endpoint)
{
	free(endpoint->address);
	free(endpoint->path);
	free(endpoint->host);
	free(endpoint->ca);
	free(endpoint->cert);
	free(endpoint->key);
	free(endpoint->context);
	free(endpoint->api_version);
	free(endpoint->proxy);
	free(endpoint->no_proxy);
	strings_release(&endpoint->headers);
	*endpoint = (struct endpoint){ 0 };
}

void endpoint_copy(struct endpoint *to, const struct endpoint *from)
{
	*to = (struct endpoint){
		.scheme = from->scheme,
		.address = xstrdup(from->address),
		.path = xstrdup_null(from->path),
		.host = xstrdup_null(from->host),
		.port = from->port,
		.ca = xstrdup_null(from->ca),
		.cert = xstrdup_null(from->cert),
		.key = xstrdup_null(from->key),
		.skip_verify = from->skip_verify,
		.context = xstrdup_null(from->context),
		.api_version = xstrdup_null(from->api_version),
		.proxy = xstrdup_null(from->proxy),
		.no_proxy = xstrdup_null(from->no_proxy),
	};
	strings_copy(&to->headers, &from->headers);
}
