/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/attr.h"
#include "common/codec/sha256.h"
#include "plugins/timesync/helper_image.h"

#define BLOCK 512

static const struct {
	const char *given, *arch; /* NULL: refused */
	const char *why;
} choices[] = {
	{ "amd64", "amd64", "GOARCH" },
	{ "x86_64", "amd64", "uname" },
	{ "arm64", "arm64", "GOARCH" },
	{ "aarch64", "arm64", "uname" },
	{ "arm", "arm/v7", "GOARCH of a 32-bit engine" },
	{ "arm/v7", "arm/v7", "with its variant" },
	{ "armv7l", "arm/v7", "uname" },
	{ "armv8l", "arm/v7", "uname, as 32-bit programs see a 64-bit kernel" },
	{ "riscv64", "riscv64", "both" },
	{ "ppc64le", "ppc64le", "both" },
	{ "s390x", "s390x", "both" },
	{ "armv6l", NULL, "can't run v7 code" },
	{ "386", NULL, "32-bit x86" },
	{ "i686", NULL, "32-bit x86" },
	{ "ppc64", NULL, "big-endian" },
	{ "loong64", NULL, "not made" },
	{ "AMD64", NULL, "nobody spells it so" },
	{ "amd64 ", NULL, "not quite" },
	{ "", NULL, "nothing" },
};

START_TEST(chooses)
{
	static const struct helper_image untouched = { "", "", "", 0 };
	const struct helper_image *image = &untouched;
	struct error err = ERROR_INIT;
	int rc = helper_image_choose(&image, choices[_i].given, &err);

	if (choices[_i].arch) {
		ck_assert_msg(rc == 0 && strcmp(image->arch, choices[_i].arch) == 0, "%s: %s",
			      choices[_i].given, choices[_i].why);
		return;
	}
	ck_assert_msg(rc == -1 && err.kind == ERROR_UNSUPPORTED && image == &untouched, "%s: %s",
		      choices[_i].given, choices[_i].why);
	for (size_t i = 0; i < helper_image_count; i++)
		ck_assert_msg(strstr(err.text, helper_images[i].arch), "lists %s: %s",
			      helper_images[i].arch, err.text);
}
END_TEST

/* The file of that name in the archive, and its length. */
static const char *member(const struct helper_image *image, const char *name, size_t *len)
{
	for (size_t at = 0; at + BLOCK <= image->len && image->archive[at];) {
		const char *head = image->archive + at;

		*len = strtoul(head + 124, NULL, 8);
		ck_assert(memcmp(head + 257, "ustar", 5) == 0 && at + BLOCK + *len <= image->len);
		if (strcmp(head, name) == 0)
			return head + BLOCK;
		at += BLOCK + (*len + BLOCK - 1) / BLOCK * BLOCK;
	}
	return NULL;
}

/* What was built in is the whole archive, and the tag is of this one's configuration. */
START_TEST(is_what_its_tag_says)
{
	const struct helper_image *image = &helper_images[_i];
	const char *colon = strchr(image->tag, ':');
	const char *manifest, *config;
	char name[80], sum[SHA256_HEX];
	size_t len = 0;
	struct error err = ERROR_INIT;

	ck_assert_uint_eq(image->len % BLOCK, 0);
	for (size_t i = image->len - 2 * BLOCK; i < image->len; i++)
		ck_assert_msg(image->archive[i] == '\0', "%s: ends as a tar does", image->arch);
	manifest = member(image, "manifest.json", &len);
	ck_assert(manifest && memmem(manifest, len, image->tag, strlen(image->tag)));
	ck_assert(strncmp(image->tag, "docker-timesync/helper:", 23) == 0 && strlen(colon) == 13);
	const char *file = memmem(manifest, len, "\"Config\":\"", 10);

	ck_assert(file && (size_t)(file - manifest) + 10 + 69 < len);
	(void)snprintf(name, sizeof(name), "%.69s", file + 10);
	config = member(image, name, &len);
	ck_assert_msg(config, "%s: no %s", image->arch, name);
	ck_assert_msg(sha256_hex(sum, config, len, &err) == 0, "%s", err.text);
	ck_assert_msg(strncmp(sum, colon + 1, 12) == 0 && strncmp(sum, name, 64) == 0, "%s: %s",
		      image->arch, image->tag);
	ck_assert(member(image, "layer.tar", &len));
	for (int i = 0; i < _i; i++)
		ck_assert_str_ne(image->tag, helper_images[i].tag);
}
END_TEST

START_TEST(six_and_small)
{
	size_t sum = 0;

	ck_assert_uint_eq(helper_image_count, 6);
	for (size_t i = 0; i < helper_image_count; i++)
		sum += helper_images[i].len;
	ck_assert_msg(sum < 100000, "the plugin carries %zu bytes of them", sum);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("helper_image");
	TCase *tc = tcase_create("helper_image");

	tcase_add_loop_test(tc, chooses, 0, (int)array_len(choices));
	tcase_add_loop_test(tc, is_what_its_tag_says, 0, 6);
	tcase_add_test(tc, six_and_small);
	suite_add_tcase(s, tc);
	return s;
}
