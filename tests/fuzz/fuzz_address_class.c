/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses as text and as sixteen bytes: each has one class, and loopback is loopback. */
#include "tests/fuzz/fuzz.h"

#include <netinet/in.h>
#include <string.h>

#include "common/codec/address_class.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str text = fuzz_text(data, size);
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	enum address_class class = ADDRESS_RESERVED;

	if (address_class_of_text(text, &class))
		fuzz_assert(class <= ADDRESS_RESERVED);
	if (*text && strspn(text, "0123456789.:") == strlen(text) && host_is_loopback(text))
		fuzz_assert(class == ADDRESS_LOOPBACK);
	memcpy(&v6.sin6_addr, data, size < sizeof(v6.sin6_addr) ? size : sizeof(v6.sin6_addr));
	fuzz_assert(address_class_of((struct sockaddr *)&v6) <= ADDRESS_RESERVED);
	return 0;
}
