/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are a token's claims those that a gate wants? Pure, and to be asked only once the signature has
 * been found good.
 */
#ifndef CREDHELPER_ATTEST_CLAIMS_H
#define CREDHELPER_ATTEST_CLAIMS_H

#include "common/codec/attest_message.h"
#include "common/codec/jwt.h"
#include "credhelper/attest/reasons.h"
#include "credhelper/policy.h"
#include "credhelper/vendors.h"

/*
 * In this order: iss (bytes), aud (a string or a list of at most 16, one equals), exp (needed; past
 * it by more than leeway), nbf and iat (if there: more than leeway ahead), age (iat needed unless
 * max_age is 0), the vendor's traps on claims that are not pinned, a shared issuer without a pin,
 * the pinned claims (each there, a string, whole number or boolean). detail: which claim and what
 * it has, for people; no other claim is quoted.
 */
enum attest_reason claims_judge(const struct jwt *jwt, const struct gate_oidc *gate,
				const struct vendor *vendor, int64_t now, struct buf *detail);
/* names, values and expires of the answer. */
void claims_tell(const struct jwt *jwt, const struct gate_oidc *gate, struct attest_answer *out);

#endif
