/* SPDX-License-Identifier: Apache-2.0 */
/* A key set from an issuer: what fits has the numbers that its algorithm wants. */
#include "tests/fuzz/fuzz.h"

#include "common/codec/json.h"
#include "credhelper/attest/key_pick.h"
#include "tests/fuzz/text.h"

static void check_numbers(enum jwt_alg alg, const struct key_numbers *n)
{
	size_t field = key_field(alg);

	if (field) {
		fuzz_assert(n->a.len == field && n->b.len == field);
		return;
	}
	fuzz_assert(n->a.len >= 256 && n->a.len <= 1024 && n->a.data[0]);
	fuzz_assert(n->b.len >= 1 && n->b.len <= 8 && (n->b.data[n->b.len - 1] & 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	scoped_json *keys = NULL;
	json_t *key;
	size_t i;

	if (size > KEYS_MAX_BYTES ||
	    json_parse(&keys, (const char *)data, size, "keys", true, &err) < 0 ||
	    key_set_check(keys, &err) < 0)
		return 0;
	for (int alg = JWT_RS256; alg <= JWT_ES512; alg++) {
		struct jwt jwt = { .alg = (enum jwt_alg)alg };
		size_t fitting = 0;

		json_array_foreach(json_object_get(keys, "keys"), i, key) {
			scoped_key_numbers n = { 0 };

			if (!key_fits(key, &jwt, &n))
				continue;
			check_numbers(jwt.alg, &n);
			fitting++;
		}
		fuzz_assert(key_count(&jwt, keys) == (fitting == 1));
	}
	return 0;
}
