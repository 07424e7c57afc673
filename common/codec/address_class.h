/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of network an IP address belongs to (IANA's special-purpose registries, RFC 6890): a
 * public registry that names an inner address is refused. Addresses that carry a version 4 one
 * (::ffff:0:0/96, ::/96, 64:ff9b::/96, 2002::/16) are of its kind. Pure.
 */
#ifndef COMMON_CODEC_ADDRESS_CLASS_H
#define COMMON_CODEC_ADDRESS_CLASS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "common/base/attr.h"

enum address_class {
	ADDRESS_PUBLIC,
	ADDRESS_LOOPBACK,    /* 127.0.0.0/8, ::1 */
	ADDRESS_PRIVATE,     /* 10/8, 172.16/12, 192.168/16 (RFC 1918), fc00::/7, fec0::/10 */
	ADDRESS_LINK_LOCAL,  /* 169.254/16 (clouds serve credentials there), fe80::/10 */
	ADDRESS_SHARED,      /* 100.64/10 (RFC 6598) */
	ADDRESS_UNSPECIFIED, /* 0.0.0.0/8, ::: mostly this machine */
	ADDRESS_MULTICAST,   /* 224/4, ff00::/8 */
	ADDRESS_RESERVED /* broadcast, documentation, measuring, and all else that is not routed */
};

/* An IP literal without brackets and zone, as inet_pton(3) reads it. False: it is none (a name). */
bool address_class_of_text(const char *text, enum address_class *out);
/* AF_INET or AF_INET6; of another family: ADDRESS_RESERVED. */
enum address_class address_class_of(const struct sockaddr *address);

/* localhost and what is below it (RFC 6761), with or without a dot at the end, in any case; a
 * literal of 127.0.0.0/8, ::1 or ::ffff:127.0.0.0/104. Names are not looked up. */
bool host_is_loopback(const char *host);
/* The same, or a literal of any class that is not public. */
bool host_is_inner(const char *host);

#endif
