/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/attest/reasons.h"

static const struct {
	const char *name, *text;
	enum attest_verdict verdict;
} reasons[] = {
#define ATTEST_ROW(word, name, verdict, text) \
	[ATTEST_REASON_##word] = { (name), (text), ATTEST_##verdict },
	ATTEST_REASONS(ATTEST_ROW)
#undef ATTEST_ROW
};

const char *attest_reason_name(enum attest_reason reason)
{
	return reasons[reason].name;
}

const char *attest_reason_text(enum attest_reason reason)
{
	return reasons[reason].text;
}

enum attest_verdict attest_reason_verdict(enum attest_reason reason)
{
	return reasons[reason].verdict;
}
