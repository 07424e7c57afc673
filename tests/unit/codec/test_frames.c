/* SPDX-License-Identifier: Apache-2.0 */
/* Each row is fed whole, byte by byte, and in every two parts: the outcome is the same. */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/codec/frames.h"

/* want: type, colon and payload of each frame, pieces of one joined; kind: of the error, if any. */
static const struct {
	const char *why, *bytes;
	size_t len;
	const char *want;
	enum error_kind kind;
} rows[] = {
#define ROW(why, bytes, want, kind)                       \
	{                                                 \
		why, bytes, sizeof(bytes) - 1, want, kind \
	}
	ROW("nothing", "", "", ERROR_NONE),
	ROW("one frame", "\1\0\0\0\0\0\0\5hello", "1:hello", ERROR_NONE),
	ROW("stdout and stderr by turns", "\1\0\0\0\0\0\0\1a\2\0\0\0\0\0\0\2bc\1\0\0\0\0\0\0\3def",
	    "1:a2:bc1:def", ERROR_NONE),
	ROW("stdin and the daemon's errors", "\0\0\0\0\0\0\0\1x\3\0\0\0\0\0\0\4oops", "0:x3:oops",
	    ERROR_NONE),
	ROW("an empty frame", "\1\0\0\0\0\0\0\0", "", ERROR_NONE),
	ROW("empty frames between others", "\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\1a\2\0\0\0\0\0\0\0",
	    "1:a", ERROR_NONE),
	ROW("what looks like a head inside a payload", "\1\0\0\0\0\0\0\010\2\0\0\0\0\0\0\1",
	    "1:(2)(0)(0)(0)(0)(0)(0)(1)", ERROR_NONE),
	ROW("cut in a head", "\1\0\0\0\0\0\0\1a\1\0\0", "1:a", ERROR_PROTOCOL),
	ROW("cut after a head", "\1\0\0\0\0\0\0\2", "", ERROR_PROTOCOL),
	ROW("cut in a payload", "\1\0\0\0\0\0\0\3ab", "1:ab", ERROR_PROTOCOL),
	ROW("an unknown type", "\4\0\0\0\0\0\0\1a", "", ERROR_PROTOCOL),
	ROW("text, as a terminal gives it", "hello world\r\n", "", ERROR_PROTOCOL),
	ROW("the second byte is none of a head's", "\1\1\0\0\0\0\0\1a", "", ERROR_PROTOCOL),
	ROW("the third", "\1\0\1\0\0\0\0\1a", "", ERROR_PROTOCOL),
	ROW("the fourth", "\1\0\0\1\0\0\0\1a", "", ERROR_PROTOCOL),
	ROW("a bad head after a good frame", "\1\0\0\0\0\0\0\1aHTTP/1.1", "1:a", ERROR_PROTOCOL),
	ROW("as long as allowed, cut", "\1\0\0\0\1\0\0\0a", "1:a", ERROR_PROTOCOL),
	ROW("one byte longer", "\1\0\0\0\1\0\0\1a", "", ERROR_LIMIT),
	ROW("as long as the field can say", "\2\0\0\0\377\377\377\377a", "", ERROR_LIMIT),
#undef ROW
};

struct collected {
	struct buf text;
	const struct frames *frames;
};

static int collect(void *ctx, enum frame_type type, const char *data, size_t len, struct error *err)
{
	struct collected *c = ctx;
	const uint8_t *head = c->frames->head;

	(void)err;
	ck_assert_uint_gt(len, 0);
	/* The first piece of a frame is the one before which all of it is still to come. */
	if (c->frames->left == (uint32_t)(head[4] << 24 | head[5] << 16 | head[6] << 8 | head[7]))
		buf_fmt(&c->text, "%d:", (int)type);
	for (size_t i = 0; i < len; i++) {
		if (data[i] >= ' ')
			buf_char(&c->text, data[i]);
		else
			buf_fmt(&c->text, "(%d)", data[i]);
	}
	return 0;
}

/* Feeds in parts: one of `first` bytes, the others of `then`. */
static void check_row(int i, size_t first, size_t then)
{
	struct frames frames = { 0 };
	struct collected got = { .frames = &frames };
	struct error err = ERROR_INIT;
	size_t at = 0, step = first;
	int rc = 0;

	buf_init(&got.text, 4096);
	while (rc == 0 && at < rows[i].len) {
		size_t n = step < rows[i].len - at ? step : rows[i].len - at;

		rc = frames_feed(&frames, rows[i].bytes + at, n, collect, &got, &err);
		at += n;
		step = then;
	}
	if (rc == 0)
		(void)!frames_end(&frames, &err);
	ck_assert_msg(err.kind == rows[i].kind, "%s (%zu): %s", rows[i].why, first, err.text);
	ck_assert_msg(strcmp(got.text.data, rows[i].want) == 0, "%s (%zu): %s", rows[i].why, first,
		      got.text.data);
	buf_release(&got.text);
}

START_TEST(cuts)
{
	check_row(_i, rows[_i].len ? rows[_i].len : 1, 1);
	for (size_t first = 1; first <= rows[_i].len; first++)
		for (size_t then = 1; then <= rows[_i].len; then++)
			check_row(_i, first, then);
}
END_TEST

static int refuse(void *ctx, enum frame_type type, const char *data, size_t len, struct error *err)
{
	++*(int *)ctx;
	return error_set(err, ERROR_REMOTE, (int)type, "%.*s", (int)len, data);
}

START_TEST(the_reader_may_end_it)
{
	static const char bytes[] = "\1\0\0\0\0\0\0\0\3\0\0\0\0\0\0\2no\1\0\0\0\0\0\0\1a";
	struct frames frames = { 0 };
	struct error err = ERROR_INIT;
	int calls = 0;

	ck_assert_int_eq(frames_feed(&frames, bytes, sizeof(bytes) - 1, refuse, &calls, &err), -1);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(err.kind, ERROR_REMOTE);
	ck_assert_int_eq(err.code, FRAME_SYSTEMERR);
	ck_assert_str_eq(err.text, "no");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("frames");
	TCase *t = tcase_create("cut");

	tcase_add_loop_test(t, cuts, 0, (int)array_len(rows));
	tcase_add_test(t, the_reader_may_end_it);
	suite_add_tcase(s, t);
	return s;
}
