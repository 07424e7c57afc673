/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/no_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/codec/address_class.h"

#define SEPARATORS ", \t\r\n"
#define ENTRY_MAX  300 /* a name of 253, brackets, a port */
#define V4_OFFSET  12  /* version 4 addresses are kept as ::ffff:0:0/96 */

struct address {
	uint8_t bytes[16];
	bool v4;
};

static bool read_address(const char *text, struct address *out)
{
	static const struct address mapped = { .bytes = { [10] = 0xff, 0xff }, .v4 = true };

	*out = mapped;
	if (inet_pton(AF_INET, text, out->bytes + V4_OFFSET) == 1)
		return true;
	out->v4 = false;
	return inet_pton(AF_INET6, text, out->bytes) == 1;
}

/* The bits of "/24", or -1. */
static int read_bits(const char *text, int most)
{
	char *end;

	if (*text < '0' || *text > '9' || strlen(text) > 3)
		return -1;
	long bits = strtol(text, &end, 10);

	return *end || bits > most ? -1 : (int)bits;
}

/* entry is cut at its slash. */
static bool network_has(char *entry, char *slash, const char *host)
{
	struct address network, address;

	*slash = '\0';
	if (!read_address(entry, &network) || !read_address(host, &address) ||
	    network.v4 != address.v4)
		return false;
	int bits = read_bits(slash + 1, network.v4 ? 32 : 128);

	if (bits < 0)
		return false;
	if (network.v4)
		bits += 8 * V4_OFFSET;
	int whole = bits / 8, rest = bits % 8;

	if (memcmp(network.bytes, address.bytes, (size_t)whole) != 0)
		return false;
	return !rest || (network.bytes[whole] ^ address.bytes[whole]) >> (8 - rest) == 0;
}

/* Cuts ":port" and brackets off; the port is "" where there is none. NULL: no entry. */
static char *split(char *entry, const char **port)
{
	char *colon = strchr(entry, ':');

	*port = "";
	if (*entry == '[') {
		char *end = strchr(entry, ']');

		if (!end || (end[1] && end[1] != ':'))
			return NULL;
		if (end[1])
			*port = end + 2;
		*end = '\0';
		entry++;
	} else if (colon && !strchr(colon + 1, ':')) {
		*port = colon + 1;
		*colon = '\0';
	}
	return *entry ? entry : NULL;
}

static bool name_has(const char *entry, const char *host)
{
	size_t len, host_len = strlen(host);

	if (strncmp(entry, "*.", 2) == 0)
		entry++;
	else if (*entry != '.' && strcasecmp(entry, host) == 0)
		return true;
	bool dotted = *entry == '.';

	len = strlen(entry);
	if (host_len <= len || strcasecmp(host + host_len - len, entry) != 0)
		return false;
	return dotted || host[host_len - len - 1] == '.';
}

static bool entry_has(char *entry, const char *host, int port)
{
	struct address own, address;
	char *slash = strchr(entry, '/');
	const char *port_text;
	char digits[16];

	if (strcmp(entry, "*") == 0)
		return true;
	if (slash)
		return network_has(entry, slash, host);
	entry = split(entry, &port_text);
	snprintf(digits, sizeof(digits), "%d", port);
	if (!entry || (*port_text && strcmp(port_text, digits) != 0))
		return false;
	if (read_address(entry, &own))
		return read_address(host, &address) &&
		       memcmp(own.bytes, address.bytes, sizeof(own.bytes)) == 0;
	return name_has(entry, host);
}

/* What is below localhost is a name like others here. */
static bool is_this_machine(const char *host)
{
	enum address_class class;

	return strcmp(host, "localhost") == 0 ||
	       (address_class_of_text(host, &class) && class == ADDRESS_LOOPBACK);
}

bool no_proxy_has(const char *list, const char *host, int port)
{
	char entry[ENTRY_MAX];

	if (is_this_machine(host))
		return true;
	for (const char *at = list ? list : ""; *at;) {
		size_t len = strcspn(at, SEPARATORS);

		if (len && len < sizeof(entry)) {
			memcpy(entry, at, len);
			entry[len] = '\0';
			if (entry_has(entry, host, port))
				return true;
		}
		at += len;
		at += strspn(at, SEPARATORS);
	}
	return false;
}
