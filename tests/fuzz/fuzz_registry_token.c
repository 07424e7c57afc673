/* SPDX-License-Identifier: Apache-2.0 */
/* Replies of token endpoints: what is read can go into a header, and is good for a while. */
#include "tests/fuzz/fuzz.h"

#include "common/codec/token_reply.h"
#include "tests/fuzz/text.h"

#define NOW (INT64_C(1795482123) * NSEC_PER_SEC)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_token_reply reply = { 0 };
	struct error err = ERROR_INIT;

	if (token_reply_parse(&reply, (const char *)data, size, NOW, &err) < 0) {
		fuzz_assert(err.kind == ERROR_INPUT || err.kind == ERROR_LIMIT);
		fuzz_assert(!reply.token.data);
		return 0;
	}
	fuzz_assert(reply.token.len > 0);
	for (size_t i = 0; i < reply.token.len; i++)
		fuzz_assert(reply.token.data[i] > ' ' && reply.token.data[i] <= '~');
	fuzz_assert(reply.lifetime >= TOKEN_LIFETIME_LEAST - TOKEN_SKEW);
	fuzz_assert(reply.lifetime <= TOKEN_LIFETIME_MOST);
	return 0;
}
