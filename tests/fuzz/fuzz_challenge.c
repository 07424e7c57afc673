/* SPDX-License-Identifier: Apache-2.0 */
/* Challenges, a line each: what was read, written again in the grammar's own form, is the same. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/codec/challenge.h"
#include "tests/fuzz/text.h"

static void write_value(struct buf *out, const char *value)
{
	buf_char(out, '"');
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			buf_char(out, '\\');
		buf_char(out, *value);
	}
	buf_char(out, '"');
}

static void write_challenge(struct buf *out, const struct challenge *c)
{
	fuzz_assert(*c->scheme && c->params.count <= CHALLENGE_PARAMS_MAX);
	fuzz_assert(!c->token68 || !c->params.count);
	buf_fmt(out, "%s %s", c->scheme, c->token68 ? c->token68 : "");
	for (size_t i = 0; i < c->params.count; i++) {
		fuzz_assert(!strpbrk(c->params.items[i].value, "\r\n"));
		buf_fmt(out, "%s%s=", i ? "," : "", c->params.items[i].name);
		write_value(out, c->params.items[i].value);
	}
}

static void same(const struct challenge *a, const struct challenge *b)
{
	fuzz_assert(strcmp(a->scheme, b->scheme) == 0 && !a->token68 == !b->token68);
	fuzz_assert(!a->token68 || strcmp(a->token68, b->token68) == 0);
	fuzz_assert(a->params.count == b->params.count);
	for (size_t i = 0; i < a->params.count; i++) {
		fuzz_assert(strcmp(a->params.items[i].name, b->params.items[i].name) == 0);
		fuzz_assert(strcmp(a->params.items[i].value, b->params.items[i].value) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data, *end = line + size;
	scoped_challenges list = { 0 };

	while (line < end) {
		const char *feed = memchr(line, '\n', (size_t)(end - line));
		const char *stop = feed ? feed : end;

		challenges_add(&list, line, (size_t)(stop - line));
		line = feed ? feed + 1 : end;
	}
	fuzz_assert(list.count <= CHALLENGES_MAX && list.bytes <= CHALLENGE_BYTES_MAX);
	for (size_t i = 0; i < list.count; i++) {
		scoped_challenges again = { 0 };
		scoped_buf text;

		buf_init(&text, CHALLENGE_BYTES_MAX);
		write_challenge(&text, &list.items[i]);
		if (buf_failed(&text))
			continue;
		challenges_add(&again, text.data, text.len);
		fuzz_assert(again.count == 1 && !again.broken);
		same(&list.items[i], &again.items[0]);
	}
	challenges_pick(&list);
	return 0;
}
