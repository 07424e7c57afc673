/* SPDX-License-Identifier: Apache-2.0 */
/* A Dockerfile on other images: the lines stay where they are. */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "plugins/hygiene/base_pin.h"

static const struct {
	const char *text;
	const char *image; /* the stages that stand on it, */
	const char *want;  /* written anew on "NEW" */
	const char *why;
} rows[] = {
	{ "FROM old\nRUN x\n", "old", "FROM NEW\nRUN x\n", "one stage" },
	{ "FROM old\nRUN x", "other", "FROM old\nRUN x", "none: byte for byte" },
	{ "FROM old", "old", "FROM NEW", "no end of line" },
	{ "# c\n\nfrom   old   as  It\nRUN x\n", "old", "# c\n\nFROM NEW AS it\nRUN x\n",
	  "a stage's name stays" },
	{ "FROM --platform=linux/arm64 old\n", "old", "FROM --platform=linux/arm64 NEW\n",
	  "so does its platform" },
	{ "ARG V=old\nFROM ${V} AS a\n", "old", "ARG V=old\nFROM NEW AS a\n", "what was expanded" },
	{ "FROM old AS a\nFROM b AS c\nFROM old\nCOPY --from=a / /\n", "old",
	  "FROM NEW AS a\nFROM b AS c\nFROM NEW\nCOPY --from=a / /\n", "each stage" },
	{ "FROM \\\n  old \\\n  AS a\nRUN x\n", "old", "FROM NEW AS a\n\n\nRUN x\n",
	  "on as many lines as it had" },
	{ "FROM \\\n# c\n\n old\nRUN x\n", "old", "FROM NEW\n\n\n\nRUN x\n",
	  "comments and empty lines in between, too" },
	{ "FROM old\r\nRUN x\r\n", "old", "FROM NEW\r\nRUN x\r\n", "ends of lines of Windows" },
	{ "FROM a\nRUN <<EOF\nFROM old\nEOF\nFROM old\n", "old",
	  "FROM a\nRUN <<EOF\nFROM old\nEOF\nFROM NEW\n", "what is in a here-document is text" },
	{ "# escape=`\nFROM `\nold\n", "old", "# escape=`\nFROM NEW\n\n", "another escape" },
};

static size_t lines_before(const char *text, const char *word)
{
	const char *end = strstr(text, word);
	size_t count = 0;

	for (; end && text < end; text++)
		count += *text == '\n';
	return count;
}

START_TEST(pins)
{
	const char *images[DOCKERFILE_STAGES_MAX] = { NULL };
	scoped_dockerfile file = { 0 };
	struct error err = ERROR_INIT;
	scoped_buf out = { 0 };

	buf_init(&out, 1 << 16);
	ck_assert_msg(dockerfile_parse(&file, rows[_i].text, strlen(rows[_i].text), NULL, NULL,
				       &err) == 0,
		      "%s: %s", rows[_i].why, err.text);
	for (size_t i = 0; i < file.count; i++)
		if (file.items[i].image && strcmp(file.items[i].image, rows[_i].image) == 0)
			images[i] = "NEW";
	base_pin(&out, rows[_i].text, strlen(rows[_i].text), &file, images);
	ck_assert_msg(strcmp(out.data, rows[_i].want) == 0, "%s: '%s'", rows[_i].why, out.data);
	ck_assert_msg(lines_before(out.data, "RUN x") == lines_before(rows[_i].text, "RUN x"), "%s",
		      rows[_i].why);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base_pin");
	TCase *tc = tcase_create("base_pin");

	tcase_add_loop_test(tc, pins, 0, array_len(rows));
	suite_add_tcase(s, tc);
	return s;
}
