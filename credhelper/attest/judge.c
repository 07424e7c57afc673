/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/attest/judge.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/codec/json.h"
#include "common/codec/jwt.h"
#include "common/codec/printable.h"
#include "credhelper/attest/claims.h"
#include "credhelper/attest/verify.h"

#define DETAIL_MAX 2048

struct judging {
	const struct gate_oidc *gate;
	const struct keys_time *when;
	struct secret token; /* asked for */
	const char *text;    /* the token's bytes */
	size_t len;
	struct jwt jwt;
	struct buf detail;
};

static void judging_release(struct judging *j)
{
	secret_release(&j->token);
	jwt_release(&j->jwt);
	buf_release(&j->detail);
}

void judge_tell(const char *gate, enum attest_reason reason, const char *detail,
		struct attest_answer *out)
{
	scoped_buf text;

	buf_init(&text, DETAIL_MAX + 256);
	buf_str(&text, attest_reason_text(reason));
	if (*detail) {
		buf_str(&text, " (");
		printable_add(&text, detail);
		buf_char(&text, ')');
	}
	*out = (struct attest_answer){
		.gate = xstrdup(gate),
		.verdict = attest_reason_verdict(reason),
		.reason = xstrdup(attest_reason_name(reason)),
		.text = buf_take(&text),
		.expires = TIME_NONE,
	};
}

static const struct gate_oidc *find_gate(const struct policy *policy, const char *name)
{
	const struct gate *gate = policy->system ? policy_gate(policy->system, name) : NULL;

	return gate && gate->kind == GATE_OIDC ? &gate->oidc : NULL;
}

static enum attest_reason say(struct judging *j, enum attest_reason reason, const struct error *err)
{
	buf_str(&j->detail, err->text);
	return reason;
}

static enum attest_reason take_token(struct judging *j, const struct attest_question *q)
{
	struct error err = ERROR_INIT;
	const struct secret *token = &q->token;

	if (q->vendor) {
		if (token_request(q, j->gate, j->when->end, &j->token, &err) < 0)
			return say(j, ATTEST_REASON_TOKEN_REQUEST, &err);
		token = &j->token;
	}
	j->text = token->data;
	j->len = token->len;
	if (jwt_parse(&j->jwt, j->text, j->len, &err) < 0)
		return say(j,
			   err.kind == ERROR_UNSUPPORTED ? ATTEST_REASON_ALGORITHM
							 : ATTEST_REASON_MALFORMED,
			   &err);
	return ATTEST_REASON_OK;
}

static enum attest_reason verify_with(struct judging *j, bool fresh)
{
	struct error err = ERROR_INIT;
	scoped_json *keys = NULL;

	if (keys_get(&keys, j->gate, j->when, fresh, &err) < 0)
		return say(j, ATTEST_REASON_KEYS, &err);
	return verify_token(j->text, j->len, &j->jwt, keys, &j->gate->algorithms);
}

static enum attest_reason verify(struct judging *j)
{
	enum attest_reason reason = verify_with(j, false);

	/* The issuer may have a new key since they were last asked for. */
	if (reason == ATTEST_REASON_KEY && !j->gate->jwks_file)
		reason = verify_with(j, true);
	if (reason == ATTEST_REASON_ALGORITHM)
		buf_fmt(&j->detail, "alg %s", jwt_alg_name(j->jwt.alg));
	return reason;
}

static enum attest_reason judge_token(struct judging *j, const struct attest_question *q)
{
	enum attest_reason reason = take_token(j, q);

	if (reason == ATTEST_REASON_OK)
		reason = verify(j);
	if (reason == ATTEST_REASON_OK)
		reason = claims_judge(&j->jwt, j->gate, vendor_find(j->gate->vendor), j->when->now,
				      &j->detail);
	return reason;
}

void judge(const struct attest_question *q, const struct policy *policy,
	   const struct keys_time *when, struct attest_answer *out)
{
	struct judging j scoped(judging_release) = { .when = when };
	enum attest_reason reason = ATTEST_REASON_NO_GATE;

	buf_init(&j.detail, DETAIL_MAX);
	j.gate = find_gate(policy, q->gate);
	if (policy->broken)
		reason = say(&j, ATTEST_REASON_POLICY, &policy->why);
	else if (j.gate)
		reason = judge_token(&j, q);
	judge_tell(q->gate, reason, j.detail.data, out);
	if (reason == ATTEST_REASON_OK)
		claims_tell(&j.jwt, j.gate, out);
}
