/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a token endpoint answers (distribution's docs/spec/auth/token.md and oauth.md). Pure. The
 * text and jansson's copies of it hold the token: the caller reads the body into a wiped buffer and
 * has jansson use wiped_malloc() (secret.h).
 */
#ifndef COMMON_CODEC_TOKEN_REPLY_H
#define COMMON_CODEC_TOKEN_REPLY_H

#include <stdint.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/secret.h"

#define TOKEN_REPLY_MAX      ((size_t)64 << 10)  /* bytes, as go-containerregistry has it */
#define TOKEN_LIFETIME_LEAST (60 * NSEC_PER_SEC) /* token.md: what is not told is this */
#define TOKEN_LIFETIME_MOST  NSEC_PER_DAY
#define TOKEN_SKEW           (30 * NSEC_PER_SEC)

struct token_reply {
	struct secret token; /* printable ASCII without blanks, at least one byte; opaque */
	/*
	 * ns that are left when the reply comes, 30 s to a day: expires_in (absent, no number or
	 * below 60: 60) from issued_at on, if that is at most 30 s ago; else from now on, since one
	 * of the clocks is wrong then.
	 */
	int64_t lifetime;
};

/*
 * "token" is taken, else "access_token". now: when the reply came, ns since 1970. Errors, which
 * quote nothing of it: ERROR_INPUT (no JSON object, a key twice, no token, or one that no header
 * can hold), ERROR_LIMIT.
 */
int token_reply_parse(struct token_reply *out, const char *data, size_t len, int64_t now,
		      struct error *err) must_check;
void token_reply_release(struct token_reply *reply);
#define scoped_token_reply scoped(token_reply_release) struct token_reply

#endif
