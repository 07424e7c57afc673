/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What docker-credential-pushgate and pushgate-attest say to each other over stdin and stdout: one
 * JSON object each, strict on both sides (unknown and duplicate keys are errors). Pure.
 *
 *     {"version":1,"gate":"job","token":"eyJ..."}
 *     {"version":1,"gate":"job","request":{"vendor":"github","url":"https://...","bearer":"..."}}
 *     {"version":1,"gate":"job","verdict":"ok","reason":"ok","text":"...","expires":1790000000,
 *      "claims":{"sub":"..."}}
 */
#ifndef COMMON_CODEC_ATTEST_MESSAGE_H
#define COMMON_CODEC_ATTEST_MESSAGE_H

#include <stdint.h>

#include "common/base/alloc.h"
#include "common/base/error.h"
#include "common/base/secret.h"

#define ATTEST_MESSAGE_MAX (64 << 10)

struct attest_question {
	char *gate;           /* the name of an oidc gate of the system policy */
	struct secret token;  /* the token itself, or empty and then */
	char *vendor, *url;   /* where CI gives one out ("github", "azure") */
	struct secret bearer; /* and with what it is asked for */
};
void attest_question_release(struct attest_question *q);
#define scoped_attest_question scoped(attest_question_release) struct attest_question

/* Exit status of pushgate-attest, and the name in "verdict". */
enum attest_verdict {
	ATTEST_OK,          /* 0 */
	ATTEST_REFUSED = 3, /* the token is not one that the gate takes */
	ATTEST_ERROR = 1,   /* it could not be found out: no key set, no network, no such gate */
};

struct attest_answer {
	char *gate;
	enum attest_verdict verdict;
	char *reason;    /* a word of attest/reasons.h: "expired", "issuer", "signature" */
	char *text;      /* for people; no part of the token but claims that the policy names */
	int64_t expires; /* ns; TIME_NONE unless OK */
	/* Claims that the gate pins and what the token has there: names[i] and values[i]. */
	struct strings names, values;
};
void attest_answer_release(struct attest_answer *a);
#define scoped_attest_answer scoped(attest_answer_release) struct attest_answer

/* out is of buf_init_wiped(). */
void attest_question_write(const struct attest_question *q, struct buf *out);
void attest_answer_write(const struct attest_answer *a, struct buf *out);
/* Errors: ERROR_INPUT, ERROR_LIMIT. The answer's gate must be the one asked about. */
int attest_question_parse(struct attest_question *out, const char *data, size_t len,
			  struct error *err) must_check;
int attest_answer_parse(struct attest_answer *out, const char *gate, const char *data, size_t len,
			struct error *err) must_check;

#endif
