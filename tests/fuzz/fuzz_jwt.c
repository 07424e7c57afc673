/* SPDX-License-Identifier: Apache-2.0 */
/* What is read has what its readers count on; errors quote no more than they may. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/jwt.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	scoped_jwt jwt = { 0 };

	if (jwt_parse(&jwt, (const char *)data, size, &err) < 0) {
		fuzz_assert(!jwt.header && !jwt.claims && !jwt.kid);
		fuzz_assert(err.kind == ERROR_INPUT || err.kind == ERROR_LIMIT ||
			    err.kind == ERROR_UNSUPPORTED);
		return 0;
	}
	fuzz_assert(size <= JWT_MAX && json_is_object(jwt.header) && json_is_object(jwt.claims));
	fuzz_assert(jwt_alg_find(jwt_alg_name(jwt.alg)) == (int)jwt.alg);
	fuzz_assert(!json_object_get(jwt.header, "crit") && !json_object_get(jwt.header, "jwk"));
	return 0;
}
