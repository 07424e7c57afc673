/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "common/base/error.h"

static const struct {
	int errnum;
	enum error_kind kind;
	const char *why;
} errnos[] = {
	{ ENOENT, ERROR_NOT_FOUND, "no such file" },
	{ ENOTDIR, ERROR_NOT_FOUND, "no such folder" },
	{ EACCES, ERROR_DENIED, "permission" },
	{ EPERM, ERROR_DENIED, "permission" },
	{ EROFS, ERROR_DENIED, "read-only" },
	{ ECONNREFUSED, ERROR_UNREACHABLE, "nobody listens" },
	{ EHOSTUNREACH, ERROR_UNREACHABLE, "no way there" },
	{ ENETUNREACH, ERROR_UNREACHABLE, "no way there" },
	{ ETIMEDOUT, ERROR_TIMEOUT, "no answer" },
	{ EFBIG, ERROR_LIMIT, "too large" },
	{ EIO, ERROR_IO, "everything else" },
};

START_TEST(from_errno)
{
	struct error err = ERROR_INIT;

	ck_assert_int_eq(error_errno(&err, errnos[_i].errnum, "open %s", "x"), -1);
	ck_assert_msg(err.kind == errnos[_i].kind, "%s", errnos[_i].why);
	ck_assert_int_eq(err.code, errnos[_i].errnum);
	ck_assert_msg(strncmp(err.text, "open x: ", 8) == 0, "%s", err.text);
	ck_assert_ptr_nonnull(strstr(err.text, strerror(errnos[_i].errnum)));
}
END_TEST

START_TEST(carried_up)
{
	struct error err = ERROR_INIT;

	ck_assert(!error_is_set(&err));
	ck_assert_int_eq(error_set(&err, ERROR_REMOTE, 500, "it %s", "failed"), -1);
	ck_assert(error_is_set(&err) && err.kind == ERROR_REMOTE && err.code == 500);
	ck_assert_int_eq(error_wrap(&err, "delete %d", 7), -1);
	ck_assert_int_eq(error_hint(&err, "try %s", "again"), -1);
	ck_assert_str_eq(err.text, "delete 7: it failed; try again");
	error_clear(&err);
	ck_assert(!error_is_set(&err) && err.code == 0 && !*err.text);
}
END_TEST

static const struct {
	enum error_kind kind;
	int status;
	const char *name;
} kinds[] = {
	{ ERROR_NONE, 0, "none" },           { ERROR_USAGE, 125, "usage" },
	{ ERROR_INPUT, 1, "input" },         { ERROR_NOT_FOUND, 1, "not-found" },
	{ ERROR_CANCELLED, 2, "cancelled" }, { ERROR_BUSY, 1, "busy" },
};

START_TEST(statuses)
{
	ck_assert_int_eq(error_status(kinds[_i].kind), kinds[_i].status);
	ck_assert_str_eq(error_name(kinds[_i].kind), kinds[_i].name);
}
END_TEST

enum long_part { SET, HEAD, TAIL, HINT, ERRNO };

/* Each part alone too long, made of two-byte characters, at both offsets. */
START_TEST(cut)
{
	char text[4001];
	struct error err = ERROR_INIT;
	size_t len;
	int offset = _i % 2;

	for (size_t i = 0; i < 4000; i += 2)
		memcpy(text + i, "é", 3);
	switch ((enum long_part)(_i / 2)) {
	case SET:
		error_set(&err, ERROR_IO, 0, "%s%s", offset ? "x" : "", text);
		break;
	case HEAD:
		error_set(&err, ERROR_IO, 0, "cause");
		error_wrap(&err, "%s%s", offset ? "x" : "", text);
		break;
	case TAIL:
		error_set(&err, ERROR_IO, 0, "%.*s", 760, text);
		error_wrap(&err, "%s", offset ? "x" : "xy");
		error_wrap(&err, "%s", "context");
		break;
	case HINT:
		error_set(&err, ERROR_IO, 0, "%s", offset ? "x" : "xy");
		error_hint(&err, "%s", text);
		break;
	case ERRNO:
		error_errno(&err, ENOENT, "%s%s", offset ? "x" : "", text);
		break;
	}
	len = strlen(err.text);
	ck_assert_uint_lt(len, sizeof(err.text));
	ck_assert_uint_gt(len, sizeof(err.text) - 12);
	ck_assert_str_eq(err.text + len - 3, "...");
	ck_assert_msg((unsigned char)err.text[len - 4] == 0xa9,
		      "no half character before the mark");
}
END_TEST

START_TEST(set_twice)
{
	struct error err = ERROR_INIT;

	error_set(&err, ERROR_IO, 0, "first");
	error_set(&err, ERROR_IO, 0, "second");
}
END_TEST

START_TEST(set_to_none)
{
	struct error err = ERROR_INIT;

	error_set(&err, ERROR_NONE, 0, "nothing");
}
END_TEST

START_TEST(wrap_nothing)
{
	struct error err = ERROR_INIT;

	error_wrap(&err, "context of what?");
}
END_TEST

START_TEST(hint_at_nothing)
{
	struct error err = ERROR_INIT;

	error_hint(&err, "hint at what?");
}
END_TEST

START_TEST(errno_twice)
{
	struct error err = ERROR_INIT;

	error_errno(&err, EIO, "first");
	error_errno(&err, EIO, "second");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("error");
	TCase *tc = tcase_create("error");

	tcase_add_loop_test(tc, from_errno, 0, (int)array_len(errnos));
	tcase_add_test(tc, carried_up);
	tcase_add_loop_test(tc, statuses, 0, (int)array_len(kinds));
	tcase_add_loop_test(tc, cut, 0, 10);
	tcase_add_test_raise_signal(tc, set_twice, SIGABRT);
	tcase_add_test_raise_signal(tc, set_to_none, SIGABRT);
	tcase_add_test_raise_signal(tc, wrap_nothing, SIGABRT);
	tcase_add_test_raise_signal(tc, hint_at_nothing, SIGABRT);
	tcase_add_test_raise_signal(tc, errno_twice, SIGABRT);
	suite_add_tcase(s, tc);
	return s;
}
