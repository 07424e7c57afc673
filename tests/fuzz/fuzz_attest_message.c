/* SPDX-License-Identifier: Apache-2.0 */
/* What is read is written, and read again to the same. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/attest_message.h"
#include "tests/fuzz/text.h"

static void fuzz_question(const char *data, size_t size)
{
	scoped_attest_question q = { 0 };
	scoped_attest_question again = { 0 };
	struct error err = ERROR_INIT;
	scoped_buf text;

	buf_init_wiped(&text, SIZE_MAX);
	if (attest_question_parse(&q, data, size, &err) < 0) {
		fuzz_assert(!q.gate && (err.kind == ERROR_INPUT || err.kind == ERROR_LIMIT));
		return;
	}
	fuzz_assert((q.token.len > 0) != (q.vendor != NULL));
	attest_question_write(&q, &text);
	if (text.len > ATTEST_MESSAGE_MAX)
		return;
	fuzz_assert(attest_question_parse(&again, text.data, text.len, &err) == 0);
	fuzz_assert(strcmp(q.gate, again.gate) == 0 && secret_equal(&q.token, &again.token) &&
		    secret_equal(&q.bearer, &again.bearer));
}

static void fuzz_answer(const char *data, size_t size)
{
	scoped_attest_answer a = { 0 };
	scoped_attest_answer again = { 0 };
	struct error err = ERROR_INIT;
	scoped_buf text;

	buf_init(&text, SIZE_MAX);
	if (attest_answer_parse(&a, "job", data, size, &err) < 0) {
		fuzz_assert(!a.gate && (err.kind == ERROR_INPUT || err.kind == ERROR_LIMIT));
		return;
	}
	fuzz_assert(a.verdict == ATTEST_OK || (a.names.count == 0 && a.expires < 0));
	attest_answer_write(&a, &text);
	if (text.len > ATTEST_MESSAGE_MAX)
		return;
	fuzz_assert(attest_answer_parse(&again, "job", text.data, text.len, &err) == 0);
	fuzz_assert(a.verdict == again.verdict && a.expires == again.expires &&
		    strcmp(a.text, again.text) == 0 && a.names.count == again.names.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_question((const char *)data, size);
	fuzz_answer((const char *)data, size);
	return 0;
}
