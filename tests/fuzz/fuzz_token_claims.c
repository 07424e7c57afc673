/* SPDX-License-Identifier: Apache-2.0 */
/* Claims against gates of each kind: an OK is only ever of our issuer, audience and subject. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/codec/json.h"
#include "credhelper/attest/claims.h"
#include "tests/fuzz/text.h"

#define NOW (INT64_C(1790000000) * NSEC_PER_SEC)

static const char policy_text[] =
	"{\"version\":1,\"gates\":{\"job\":{\"oidc\":{\"vendor\":\"gitlab\",\"issuer\":"
	"\"https://i\",\"audience\":\"us\",\"token\":{\"env\":\"T\"},\"claims\":{\"sub\":"
	"[\"job/*\",\"1?\"]}}}}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_policy_file policy = { 0 };
	scoped_attest_answer answer = { 0 };
	struct error err = ERROR_INIT;
	struct jwt jwt scoped(jwt_release) = { 0 };
	scoped_buf detail;

	buf_init(&detail, 4096);
	fuzz_assert(policy_parse(&policy, policy_text, sizeof(policy_text) - 1, "policy", true,
				 &err) == 0);
	if (json_parse_secret(&jwt.claims, (const char *)data, size, 32, "claims", &err) < 0)
		return 0;
	const struct gate_oidc *gate = &policy.gates.items[0].oidc;
	enum attest_reason reason = claims_judge(&jwt, gate, vendor_find(gate->vendor), NOW,
						 &detail);

	fuzz_assert((reason == ATTEST_REASON_OK) == (detail.len == 0));
	if (reason != ATTEST_REASON_OK)
		return 0;
	claims_tell(&jwt, gate, &answer);
	fuzz_assert(answer.expires > NOW - gate->leeway && answer.names.count == 1);
	fuzz_assert(strncmp(answer.values.items[0], "job/", 4) == 0 ||
		    answer.values.items[0][0] == '1');
	fuzz_assert(strcmp(json_string_value(json_object_get(jwt.claims, "iss")), "https://i") ==
		    0);
	return 0;
}
