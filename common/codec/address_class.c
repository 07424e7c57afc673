/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/address_class.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define V4_BYTES 4
#define V6_BYTES 16

struct block {
	uint8_t start[V6_BYTES];
	unsigned bits;
	enum address_class class;
};

/* IANA's IPv4 registry; the first row that fits. */
static const struct block v4_blocks[] = {
	{ { 0 }, 8, ADDRESS_UNSPECIFIED },
	{ { 10 }, 8, ADDRESS_PRIVATE },
	{ { 100, 64 }, 10, ADDRESS_SHARED },
	{ { 127 }, 8, ADDRESS_LOOPBACK },
	{ { 169, 254 }, 16, ADDRESS_LINK_LOCAL },
	{ { 172, 16 }, 12, ADDRESS_PRIVATE },
	{ { 192, 0, 0 }, 24, ADDRESS_RESERVED },   /* protocol assignments */
	{ { 192, 0, 2 }, 24, ADDRESS_RESERVED },   /* documentation */
	{ { 192, 88, 99 }, 24, ADDRESS_RESERVED }, /* 6to4 relays, given up */
	{ { 192, 168 }, 16, ADDRESS_PRIVATE },
	{ { 198, 18 }, 15, ADDRESS_RESERVED },      /* measuring */
	{ { 198, 51, 100 }, 24, ADDRESS_RESERVED }, /* documentation */
	{ { 203, 0, 113 }, 24, ADDRESS_RESERVED },  /* documentation */
	{ { 224 }, 4, ADDRESS_MULTICAST },
	{ { 240 }, 4, ADDRESS_RESERVED }, /* with broadcast */
};

/* IANA's IPv6 registry: outside 2000::/3 nothing is routed. */
static const struct block v6_blocks[] = {
	{ { 0 }, 128, ADDRESS_UNSPECIFIED },
	{ { [15] = 1 }, 128, ADDRESS_LOOPBACK },
	{ { 0xfc }, 7, ADDRESS_PRIVATE },
	{ { 0xfe, 0x80 }, 10, ADDRESS_LINK_LOCAL },
	{ { 0xfe, 0xc0 }, 10, ADDRESS_PRIVATE },
	{ { 0xff }, 8, ADDRESS_MULTICAST },
	{ { 0x20, 0x01, 0, 0 }, 23, ADDRESS_RESERVED },       /* protocols: Teredo, ORCHID */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, ADDRESS_RESERVED }, /* documentation */
	{ { 0x3f, 0xff }, 20, ADDRESS_RESERVED },             /* documentation */
	{ { 0x20 }, 3, ADDRESS_PUBLIC },
	{ { 0 }, 0, ADDRESS_RESERVED },
};

/* Where a version 4 address lies in a version 6 one. */
static const struct {
	uint8_t start[V6_BYTES];
	unsigned bits, at;
} carriers[] = {
	{ { [10] = 0xff, 0xff }, 96, 12 },   /* mapped */
	{ { 0, 0x64, 0xff, 0x9b }, 96, 12 }, /* NAT64 */
	{ { 0x20, 0x02 }, 16, 2 },           /* 6to4 */
	{ { 0 }, 96, 12 },                   /* compatible, given up */
};

static bool is_within(const uint8_t *address, const uint8_t *start, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(address, start, whole) != 0)
		return false;
	return !rest || (address[whole] ^ start[whole]) >> (8 - rest) == 0;
}

static enum address_class class_of_v4(const uint8_t *address)
{
	for (size_t i = 0; i < array_len(v4_blocks); i++)
		if (is_within(address, v4_blocks[i].start, v4_blocks[i].bits))
			return v4_blocks[i].class;
	return ADDRESS_PUBLIC;
}

static enum address_class class_of_v6(const uint8_t *address)
{
	/* ::, ::1 */
	for (size_t i = 0; i < 2; i++)
		if (is_within(address, v6_blocks[i].start, v6_blocks[i].bits))
			return v6_blocks[i].class;
	for (size_t i = 0; i < array_len(carriers); i++)
		if (is_within(address, carriers[i].start, carriers[i].bits))
			return class_of_v4(address + carriers[i].at);
	for (size_t i = 2; i < array_len(v6_blocks); i++)
		if (is_within(address, v6_blocks[i].start, v6_blocks[i].bits))
			return v6_blocks[i].class;
	return ADDRESS_RESERVED;
}

bool address_class_of_text(const char *text, enum address_class *out)
{
	uint8_t address[V6_BYTES];

	if (inet_pton(AF_INET, text, address) == 1)
		*out = class_of_v4(address);
	else if (inet_pton(AF_INET6, text, address) == 1)
		*out = class_of_v6(address);
	else
		return false;
	return true;
}

enum address_class address_class_of(const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	uint8_t bytes[V4_BYTES];

	switch (address->sa_family) {
	case AF_INET:
		memcpy(&v4, address, sizeof(v4));
		memcpy(bytes, &v4.sin_addr, sizeof(bytes));
		return class_of_v4(bytes);
	case AF_INET6:
		memcpy(&v6, address, sizeof(v6));
		return class_of_v6(v6.sin6_addr.s6_addr);
	default:
		return ADDRESS_RESERVED;
	}
}

static bool is_localhost(const char *host)
{
	static const char name[] = "localhost";
	size_t len = strlen(host), own = sizeof(name) - 1;

	if (len > 0 && host[len - 1] == '.')
		len--;
	if (len < own || strncasecmp(host + len - own, name, own) != 0)
		return false;
	return len == own || host[len - own - 1] == '.';
}

/* Only what this machine itself takes for its own: what a carrier leads to is a gateway's. */
static bool is_loopback_v6(const uint8_t *address)
{
	static const uint8_t loopback[V6_BYTES] = { [15] = 1 };
	static const uint8_t mapped[V6_BYTES] = { [10] = 0xff, 0xff, 127 };

	return is_within(address, loopback, 128) || is_within(address, mapped, 104);
}

bool host_is_loopback(const char *host)
{
	uint8_t address[V6_BYTES];

	if (inet_pton(AF_INET, host, address) == 1)
		return class_of_v4(address) == ADDRESS_LOOPBACK;
	if (inet_pton(AF_INET6, host, address) == 1)
		return is_loopback_v6(address);
	return is_localhost(host);
}

bool host_is_inner(const char *host)
{
	enum address_class class;

	return host_is_loopback(host) ||
	       (address_class_of_text(host, &class) && class != ADDRESS_PUBLIC);
}
