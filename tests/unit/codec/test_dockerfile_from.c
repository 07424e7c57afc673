/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which images a Dockerfile stands on. The rows are facts of BuildKit's parser and shell lexer
 * (frontend/dockerfile/parser, shell/lex_test), in our words.
 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/codec/dockerfile_from.h"
#include "common/codec/dockerfile_word.h"

/* images: of the last stage's build, with blanks between; NULL: refused, with that in the text. */
static const struct {
	const char *text;
	const char *args; /* one, or NULL */
	const char *images;
	const char *says;
	const char *why;
} rows[] = {
	{ "FROM a\n", NULL, "a", NULL, "plain" },
	{ "from a", NULL, "a", NULL, "any case, no end of line" },
	{ "FROM\ta  \r\n", NULL, "a", NULL, "tabs, CRLF" },
	{ "\xef\xbb\xbf"
	  "FROM a\n",
	  NULL, "a", NULL, "a byte order mark" },
	{ "FROM scratch\n", NULL, "", NULL, "nothing" },
	{ "# c\n\n FROM a:1@sha256:x\n", NULL, "a:1@sha256:x", NULL, "taken as written" },
	{ "FROM a AS b\nFROM c\n", NULL, "c", NULL, "a stage that is not used" },
	{ "FROM a AS Base\nFROM base\n", NULL, "a", NULL, "a stage, in any case" },
	{ "FROM a AS b\nFROM c AS b\nFROM b\n", NULL, "c", NULL, "the last of a name" },
	{ "FROM b\nFROM a AS b\n", NULL, "a", NULL, "of stages before only" },
	{ "FROM b AS b\n", NULL, "b", NULL, "not itself" },
	{ "FROM a AS x\nFROM c\nCOPY --from=x /a /b\n", NULL, "a c", NULL, "files of a stage" },
	{ "FROM a\nFROM c\nCOPY --from=0 /a /b\n", NULL, "a c", NULL, "by number" },
	{ "FROM c\nCOPY --from=7 / /\n", NULL, "c", NULL, "a number that is no stage yet" },
	{ "FROM c\nCOPY --chown=1 --from=d:2 /a /b\n", NULL, "c d:2", NULL, "files of an image" },
	{ "FROM c\nCOPY --from=$X /a /b\n", NULL, "c", NULL, "builders refuse it" },
	{ "FROM c\nADD --from=d /a /b\n", NULL, "c", NULL, "ADD has no such flag" },
	{ "FROM c\nRUN --mount=type=bind,from=d,target=/x ls\n", NULL, "c d", NULL, "a mount" },
	{ "FROM c\nRUN --mount=target=/x --mount=from=e ls\n", NULL, "c e", NULL, "the second" },
	{ "FROM c\nRUN echo --mount=from=e\n", NULL, "c", NULL, "no flag there" },
	{ "FROM c\nONBUILD COPY --from=d /a /b\n", NULL, "c", NULL, "another build's" },
	{ "FROM --platform=linux/arm64 a\n", NULL, "a", NULL, "a flag" },
	{ "ARG V=1\nFROM a:$V\n", NULL, "a:1", NULL, "a default" },
	{ "ARG V=1\nFROM a:$V\n", "V=2", "a:2", NULL, "given" },
	{ "FROM a:${V:-3}\n", "V=2", "a:3", NULL, "given, but nowhere declared" },
	{ "ARG V\nFROM a:${V}x\n", "V=2", "a:2x", NULL, "without a default" },
	{ "ARG V=1\nARG W=$V.2\nFROM a:$W\n", NULL, "a:1.2", NULL, "defaults of defaults" },
	{ "ARG V=1 W=2\nFROM a:$V$W\n", NULL, "a:12", NULL, "two in a line" },
	{ "FROM z\nARG V=1\nFROM a:${V:-0}\n", NULL, "a:0", NULL, "a stage's own ARG" },
	{ "ARG V='q'\nFROM \"a\":$V\n", NULL, "a:q", NULL, "quotes" },
	{ "ARG V='$W'\nFROM a:\\$V\n", NULL, "a:$V", NULL, "an escape" },
	{ "FROM a:$\n", NULL, "a:$", NULL, "a lone dollar" },
	{ "FROM a:${V-b}\n", NULL, "a:b", NULL, "not set" },
	{ "ARG V=\nFROM a${V-b}\n", NULL, "a", NULL, "set, though empty" },
	{ "ARG V=\nFROM a:${V:-b}\n", NULL, "a:b", NULL, "empty counts as not set" },
	{ "ARG V=1\nFROM a${V:+:x}\n", NULL, "a:x", NULL, "set" },
	{ "FROM a${V:+:x}\n", NULL, "a", NULL, "not set" },
	{ "FROM a:${V:-${W:-c}}\n", NULL, "a:c", NULL, "one in the other" },
	{ "FROM ${V:?who}\n", NULL, NULL, "line 1: FROM ${V:?who}: V: who", "has to be set" },
	{ "FROM ${V\n", NULL, NULL, "not closed", "no end" },
	{ "FROM ${V#x}\n", NULL, NULL, "not read here", "a form that we do not read" },
	{ "FROM \"a\n", NULL, NULL, "not closed", "a quote" },
	{ "FROM $V\n", NULL, NULL, "is not set", "nothing is left" },
	{ "FROM\n", NULL, NULL, "line 1: FROM wants", "too few" },
	{ "FROM a b\n", NULL, NULL, "FROM wants", "too many" },
	{ "FROM a IS b\n", NULL, NULL, "FROM wants", "another word" },
	{ "RUN x\n", NULL, NULL, "there is no FROM", "nothing at all" },
	{ "", NULL, NULL, "there is no FROM", "empty" },
	{ "FROM \\\n  a \\\n AS b\n", NULL, "a", NULL, "over lines" },
	{ "FROM \\\n# c\n\n a\n", NULL, "a", NULL, "comments and empty lines between" },
	{ "FROM \\  \na\n", NULL, "a", NULL, "blanks after the escape" },
	{ "# escape=`\nFROM `\n a\n", NULL, "a", NULL, "another escape" },
	{ "# syntax=x\n# escape=`\nFROM `\n a\n", NULL, "a", NULL, "after another directive" },
	{ "#\n# escape=`\nFROM a\nRUN `\n FROM b\n", NULL, "b", NULL, "a comment ends them" },
	{ "FROM a\nRUN x \\\\\nFROM b\n", NULL, "b", NULL, "an escape that is escaped" },
	{ "FROM a\nRUN x \\\nFROM b\n", NULL, "a", NULL, "goes on: no FROM" },
	{ "FROM a\nRUN <<EOF\nFROM b\nEOF\n", NULL, "a", NULL, "a heredoc" },
	{ "FROM a\nRUN <<-'E' x\nFROM b\n\tE\nFROM c\n", NULL, "c", NULL, "its end after tabs" },
	{ "FROM a\nCOPY <<A <<B /x\nFROM b\nA\nFROM c\nB\nFROM d\n", NULL, "d", NULL, "two" },
	{ "FROM a\nRUN cat <<<EOF\nFROM b\n", NULL, "b", NULL, "a here-string is none" },
	{ "FROM a\nRUN 3<<E\nFROM b\nE\n", NULL, "a", NULL, "with a number" },
	{ "FROM a\nENV X <<E\nFROM b\n", NULL, "b", NULL, "only where they can be" },
	{ "FROM a\nONBUILD RUN <<E\nFROM b\nE\n", NULL, "a", NULL, "another build's heredoc" },
	{ "FROM a\nRUN <<E\nFROM b\n", NULL, "a", NULL, "never ends" },
	{ "FROM a\nRUN << E\nFROM b\n", NULL, "b", NULL, "no name" },
	{ "FROM --platform=$TARGETPLATFORM a:$TARGETARCH\n", NULL, "a:amd64", NULL, "ours" },
	{ "FROM a:$TARGETARCH\n", "TARGETARCH=arm64", "a:arm64", NULL, "given instead" },
};

static void read_row(struct dockerfile *file, size_t i, int *rc, struct error *err)
{
	struct platform platform = { .os = xstrdup("linux"), .architecture = xstrdup("amd64") };
	scoped_strings platforms = { 0 };
	scoped_strings args = { 0 };

	if (rows[i].args)
		strings_add(&args, rows[i].args);
	dockerfile_platform_args(&platforms, &platform, &platform);
	*rc = dockerfile_parse(file, rows[i].text, strlen(rows[i].text), &args, &platforms, err);
	platform_release(&platform);
}

START_TEST(reads_what_it_stands_on)
{
	scoped_dockerfile file = { 0 };
	struct error err = ERROR_INIT;
	scoped_strings images = { 0 };
	size_t i = (size_t)_i;
	size_t stage;
	struct buf all;
	int rc;

	read_row(&file, i, &rc, &err);
	if (!rows[i].images) {
		ck_assert_msg(rc < 0 && strstr(err.text, rows[i].says), "%s: %s", rows[i].why,
			      err.text);
		return;
	}
	ck_assert_msg(rc == 0, "%s: %s", rows[i].why, err.text);
	ck_assert_int_eq(dockerfile_target(&file, NULL, &stage, &err), 0);
	dockerfile_images(&file, stage, &images);
	buf_init(&all, 4096);
	for (size_t n = 0; n < images.count; n++)
		buf_fmt(&all, "%s%s", n ? " " : "", images.items[n]);
	ck_assert_msg(strcmp(all.data, rows[i].images) == 0, "%s: %s", rows[i].why, all.data);
	buf_release(&all);
}
END_TEST

START_TEST(targets_are_names_or_numbers)
{
	static const char text[] = "FROM a AS one\nFROM one AS Two\nFROM b\n";
	scoped_dockerfile file = { 0 };
	struct error err = ERROR_INIT;
	size_t stage;

	ck_assert_int_eq(dockerfile_parse(&file, text, strlen(text), NULL, NULL, &err), 0);
	ck_assert_int_eq(dockerfile_target(&file, "two", &stage, &err), 0);
	ck_assert_uint_eq(stage, 1);
	ck_assert_str_eq(dockerfile_root(&file, stage)->image, "a");
	ck_assert_int_eq(dockerfile_target(&file, "2", &stage, &err), 0);
	ck_assert_str_eq(dockerfile_root(&file, stage)->image, "b");
	ck_assert_int_eq(dockerfile_target(&file, "3", &stage, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_NOT_FOUND);
}
END_TEST

/* Where a FROM is, so that it can be written anew. */
START_TEST(tells_where_from_is)
{
	static const char text[] = "# c\nFROM \\\n # x\n a\nRUN y\n  FROM b AS c\r\nRUN z";
	static const char *const is[] = { "FROM \\\n # x\n a", "  FROM b AS c" };
	scoped_dockerfile file = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_int_eq(dockerfile_parse(&file, text, strlen(text), NULL, NULL, &err), 0);
	ck_assert_uint_eq(file.count, 2);
	for (size_t i = 0; i < array_len(is); i++) {
		ck_assert_uint_eq(file.items[i].len, strlen(is[i]));
		ck_assert_mem_eq(text + file.items[i].at, is[i], strlen(is[i]));
	}
	ck_assert_uint_eq(file.items[0].line, 2);
	ck_assert_uint_eq(file.items[1].line, 6);
}
END_TEST

START_TEST(counts_are_bounded)
{
	struct error err = ERROR_INIT;
	scoped_dockerfile file = { 0 };
	struct buf text;

	buf_init(&text, DOCKERFILE_MAX * 2);
	for (int i = 0; i <= DOCKERFILE_STAGES_MAX; i++)
		buf_str(&text, "FROM a\n");
	ck_assert_int_eq(dockerfile_parse(&file, text.data, text.len, NULL, NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
	error_clear(&err);
	buf_clear(&text);
	buf_str(&text, "FROM ");
	for (int i = 0; i < 40; i++)
		buf_str(&text, "${A:-");
	ck_assert_int_eq(dockerfile_parse(&file, text.data, text.len, NULL, NULL, &err), -1);
	error_clear(&err);
	buf_clear(&text);
	while (text.len <= DOCKERFILE_MAX)
		buf_str(&text, "RUN x\n");
	ck_assert_int_eq(dockerfile_parse(&file, text.data, text.len, NULL, NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
	buf_release(&text);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("dockerfile_from");
	TCase *tc = tcase_create("dockerfile_from");

	tcase_add_loop_test(tc, reads_what_it_stands_on, 0, (int)array_len(rows));
	tcase_add_test(tc, targets_are_names_or_numbers);
	tcase_add_test(tc, tells_where_from_is);
	tcase_add_test(tc, counts_are_bounded);
	suite_add_tcase(s, tc);
	return s;
}
