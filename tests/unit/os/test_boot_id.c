/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/attr.h"
#include "common/os/boot_id.h"

#define GOOD "ad1b7cd0-0123-4567-89ab-cdeffedcba98"

static const struct {
	const char *text;
	size_t len; /* 0: strlen(text) */
	bool good;
	const char *why;
} texts[] = {
	{ GOOD, 0, true, "as it is" },
	{ GOOD "\n", 0, true, "as the kernel writes it" },
	{ "AD1B7CD0-0123-4567-89AB-CDEFFEDCBA98", 0, true, "as macOS writes it" },
	{ GOOD "\n\n", 0, false, "more than one newline" },
	{ GOOD "0", 0, false, "a digit too many" },
	{ "ad1b7cd0-0123-4567-89ab-cdeffedcba9", 0, false, "a digit too few" },
	{ GOOD, 35, false, "cut by the reader" },
	{ "", 0, false, "empty" },
	{ "\n", 0, false, "a newline alone" },
	{ "ad1b7cd00123-4567-89ab-cdeffedcba98-", 0, false, "a dash out of place" },
	{ "ad1b7cd0-0123-4567-89ab_cdeffedcba98", 0, false, "not a dash" },
	{ "ad1b7cd0-0123-4567-89ab-cdeffedcba9g", 0, false, "not a hex digit" },
	{ "ad1b7cd0-0123-4567-89ab-cdeffedc\0a98", 36, false, "a NUL inside" },
	{ "ad1b7cd0012345678 9abcdeffedcba98ffff", 0, false, "no form at all" },
};

START_TEST(parse)
{
	static const uint8_t want[] = { 0xad, 0x1b, 0x7c, 0xd0, 0x01, 0x23, 0x45, 0x67,
					0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98 };
	struct error err = ERROR_INIT;
	uint8_t out[BOOT_ID_SIZE], before[BOOT_ID_SIZE];
	size_t len = texts[_i].len ? texts[_i].len : strlen(texts[_i].text);

	memset(out, 0xee, sizeof(out));
	memset(before, 0xee, sizeof(before));
	int result = boot_id_parse(out, texts[_i].text, len, &err);
	ck_assert_msg((result == 0) == texts[_i].good, "%s", texts[_i].why);
	ck_assert_msg(memcmp(out, texts[_i].good ? want : before, sizeof(out)) == 0, "%s",
		      texts[_i].why);
	if (result < 0)
		ck_assert_int_eq(err.kind, ERROR_INPUT);
}
END_TEST

START_TEST(this_kernel)
{
	struct error err = ERROR_INIT;
	uint8_t first[BOOT_ID_SIZE], again[BOOT_ID_SIZE];

	if (boot_id_read(first, &err) < 0) {
		/* In a container that hides it, being told so is what is wanted. */
		ck_assert_int_eq(err.kind, ERROR_UNSUPPORTED);
		return;
	}
	ck_assert_int_eq(boot_id_read(again, &err), 0);
	ck_assert_mem_eq(first, again, sizeof(first));
}
END_TEST

#ifdef __linux__

/* A file with a boot ID of its own, as systemd-nspawn and LXC mount it over the kernel's. */
START_TEST(other_filesystems_are_refused)
{
	char path[] = "/tmp/boot-id-XXXXXX";
	struct error err = ERROR_INIT;
	uint8_t out[BOOT_ID_SIZE] = { 0 };
	static const uint8_t zeros[BOOT_ID_SIZE];
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, GOOD "\n", sizeof(GOOD)), sizeof(GOOD));
	close(fd);
	int result = boot_id_read_from(out, path, &err);
	unlink(path);
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(err.kind, ERROR_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(err.text, "mounted over"));
	ck_assert_mem_eq(out, zeros, sizeof(out));
}
END_TEST

static const struct {
	const char *path, *why;
} not_ids[] = {
	{ "/proc/version", "procfs, but no boot ID" },
	{ "/proc/self", "a directory of procfs" },
	{ "/proc/sys/kernel/random/no-such", "not there" },
	{ "/dev/null", "a device that says nothing" },
	{ "/dev/zero", "a device that says zeros for ever" },
};

START_TEST(what_is_no_boot_id)
{
	struct error err = ERROR_INIT;
	uint8_t out[BOOT_ID_SIZE];

	ck_assert_msg(boot_id_read_from(out, not_ids[_i].path, &err) == -1, "%s", not_ids[_i].why);
	ck_assert_msg(err.kind == ERROR_UNSUPPORTED, "%s", not_ids[_i].why);
}
END_TEST

#endif

Suite *suite(void)
{
	Suite *s = suite_create("boot_id");
	TCase *tc = tcase_create("boot_id");

	tcase_add_loop_test(tc, parse, 0, array_len(texts));
	tcase_add_test(tc, this_kernel);
#ifdef __linux__
	tcase_add_test(tc, other_filesystems_are_refused);
	tcase_add_loop_test(tc, what_is_no_boot_id, 0, array_len(not_ids));
#endif
	suite_add_tcase(s, tc);
	return s;
}
