/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdint.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/codec/dockerfile_from.h"

/* "image/platform<parent AS name {others} [uses]; ..." of every stage. */
static void dump_stage(struct buf *out, const struct dockerfile_stage *s)
{
	if (s->parent != STAGE_NONE)
		buf_fmt(out, "<%zu", s->parent);
	else
		buf_str(out, s->scratch ? "(scratch)" : s->image);
	if (s->platform)
		buf_fmt(out, " on %s", s->platform);
	if (s->name)
		buf_fmt(out, " AS %s", s->name);
	for (size_t i = 0; i < s->others.count; i++)
		buf_fmt(out, " +%s", s->others.items[i]);
	for (size_t i = 0; i < s->uses.count; i++)
		buf_fmt(out, " +%zu", s->uses.items[i]);
}

static char *dump(const struct dockerfile *file)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	for (size_t i = 0; i < file->count; i++) {
		buf_str(&out, i ? "; " : "");
		dump_stage(&out, &file->items[i]);
	}
	return buf_take(&out);
}

/* Words with blanks between as a list. */
static void list_of(struct strings *out, const char *words)
{
	for (; words && *words; words += strspn(words, " ")) {
		size_t len = strcspn(words, " ");

		strings_take(out, xstrndup(words, len));
		words += len;
	}
}

static int parse(struct dockerfile *out, const char *text, const char *args, struct error *err)
{
	scoped_strings list = { 0 };
	scoped_strings platforms = { 0 };
	scoped_platform build = { 0 };
	scoped_platform target = { 0 };

	list_of(&list, args);
	platform_set(&build, "linux", "amd64", NULL);
	platform_set(&target, "linux", "arm", "v7");
	dockerfile_platform_args(&platforms, &build, &target);
	return dockerfile_parse(out, text, strlen(text), &list, &platforms, err);
}

static const struct {
	const char *text, *args, *stages;
	const char *why;
} rows[] = {
	{ "FROM debian", NULL, "debian", "one line" },
	{ "from debian as Build", NULL, "debian AS build", "any case" },
	{ "FROM debian:12@sha256:00 AS a.b-c_1\n", NULL, "debian:12@sha256:00 AS a.b-c_1",
	  "tag, digest, a name of all characters" },
	{ "  \t FROM \t debian \t AS \t x  \r\n", NULL, "debian AS x", "blanks, CR" },
	{ "\xef\xbb\xbf"
	  "FROM debian",
	  NULL, "debian", "a byte order mark" },
	{ "FROM scratch\nFROM SCRATCH", NULL, "(scratch); SCRATCH", "scratch, as it is written" },
	{ "FROM a AS x\nFROM x\nFROM X", NULL, "a AS x; <0; <0", "a stage" },
	{ "FROM x\nFROM a AS x", NULL, "x; a AS x", "a later stage is none yet" },
	{ "FROM a AS x\nFROM b AS x\nFROM x", NULL, "a AS x; b AS x; <1", "the last of a name" },
	{ "FROM x AS x\nFROM x", NULL, "x AS x; <0", "a stage that hides its image" },
	{ "FROM scratch AS scratch\nFROM scratch", NULL, "(scratch) AS scratch; <0", "even so" },

	/* Variables */
	{ "ARG V=12\nFROM debian:$V", NULL, "debian:12", "a default" },
	{ "ARG V=12\nFROM debian:$V", "V=13", "debian:13", "which --build-arg replaces" },
	{ "ARG V\nFROM debian:${V:-11}", NULL, "debian:11", "no default" },
	{ "ARG V\nFROM debian:${V:-11}", "V=13", "debian:13", "which --build-arg gives" },
	{ "FROM debian:${V:-11}", "V=13", "debian:11", "no ARG: --build-arg does not count" },
	{ "ARG V=12\nFROM debian:$V", "V=", "debian:", "an empty one counts, too" },
	{ "ARG A=1 B=$A.2\nARG C=${B}-x\nFROM i:$C", NULL, "i:1.2-x", "one of others" },
	{ "ARG A=1\nARG A=2\nFROM i:$A", NULL, "i:2", "the last one" },
	{ "ARG A=1\nARG A\nFROM i:$A", NULL, "i:1", "which no value does not undo" },
	{ "ARG A=\"x y\" B='$A'\nFROM i:$A-${B}", NULL, "i:x y-$A", "quotes" },
	{ "FROM a\nARG V=1\nFROM b:${V:-2}", NULL, "a; b:2", "an ARG of a stage is not FROM's" },
	{ "ARG S=x\nFROM a AS x\nFROM $S", NULL, "a AS x; <0", "a stage by a variable" },
	{ "ARG S=scratch\nFROM ${S}", NULL, "(scratch)", "scratch by a variable" },
	{ "ARG V=3.12.1\nARG MINOR=${V%.*}\nFROM python:$MINOR AS a\nFROM python:${V/./-}", NULL,
	  "python:3.12 AS a; python:3-12.1", "a pattern" },
	{ "FROM \"debian\":'12'", NULL, "debian:12", "quotes in FROM" },

	/* Platforms */
	{ "FROM --platform=linux/arm64 a", NULL, "a on linux/arm64", "a platform" },
	{ "FROM --platform=$BUILDPLATFORM a", NULL, "a on linux/amd64", "the builder's" },
	{ "FROM --platform=${TARGETPLATFORM} a:$TARGETARCH$TARGETVARIANT", NULL,
	  "a:armv7 on linux/arm/v7", "the target's" },
	{ "FROM --platform=\"linux/$BUILDARCH\" a", NULL, "a on linux/amd64", "in quotes" },
	{ "FROM a:$TARGETOS", "TARGETOS=plan9", "a:plan9", "--build-arg replaces it" },
	{ "FROM a:x$TARGETOS", "TARGETOS=", "a:x", "with nothing, too" },
	{ "FROM a:x${TARGETOS-y}", "TARGETOS=", "a:x", "which is a value" },
	{ "FROM --other=1 --platform=p -- a", NULL, "a on p", "other flags, and their end" },

	/* Lines */
	{ "FROM \\\n debian \\\n AS x", NULL, "debian AS x", "a line that goes on" },
	{ "FROM deb\\  \t\nian", NULL, "debian", "within a word, blanks behind it" },
	{ "FROM a \\\n# comment\n\n  # another\nAS x", NULL, "a AS x",
	  "comments and empty lines within" },
	{ "FROM a\\", NULL, "a", "the end of the file" },
	{ "\\\nFROM a", NULL, "a", "an escape alone" },
	{ "FROM a\nRUN x \\\\\nFROM b", NULL, "a; b", "two escapes are one that is meant" },
	{ "FROM a\nRUN x \\\nFROM b", NULL, "a", "it is RUN's" },
	{ "# FROM x\n#\n\nFROM a # b", NULL, NULL, "no comment at the end of a line" },
	{ "LABEL a=b\nFROM a", NULL, "a", "what is not known is left out" },
	{ "# escape=`\nFROM `\na", NULL, "a", "the other escape" },
	{ "#\tsyntax = docker/dockerfile:1\n#ESCAPE = ` \nFROM a`\n:1", NULL, "a:1",
	  "behind another directive" },
	{ "# comment\n# escape=`\nFROM a\\\n:1", NULL, "a:1", "none behind a comment" },
	{ "\n# escape=`\nFROM a\\\n:1", NULL, "a:1", "or an empty line" },
	{ "# foo=bar\n# escape=`\nFROM a\\\n:1", NULL, "a:1", "or one that is not known" },
	{ "# escape=\nFROM a\\\n:1", NULL, "a:1", "or one without a value" },
	{ "# escape=`\nARG A=`$x\nFROM i:$A\\", NULL, "i:$x\\", "its use in words" },

	/* Heredocs */
	{ "FROM a\nRUN <<EOF\nFROM b\nEOF\nFROM c", NULL, "a; c", "a heredoc" },
	{ "FROM a\nRUN <<-EOF\nFROM b\n\t\tEOF\nFROM c", NULL, "a; c", "tabs before its end" },
	{ "FROM a\nRUN <<EOF\n\tEOF\nFROM b\nEOF\nFROM c", NULL, "a; c", "which count here" },
	{ "FROM a\nRUN 3<< 'E F' cat\nFROM b\nE F\nFROM c", NULL, "a; c", "quotes, a number" },
	{ "FROM a\nCOPY <<A <<\"B\" /x/\nFROM 1\nA\nFROM 2\nB\nFROM c", NULL, "a; c", "two" },
	{ "FROM a\nADD <<A /x\nFROM b\r\nA\r\nFROM c", NULL, "a; c", "CR" },
	{ "FROM a\nONBUILD RUN <<A\nFROM b\nA\nFROM c", NULL, "a; c", "ONBUILD" },
	{ "FROM a\nLABEL x=<<A\nFROM b", NULL, "a; b", "LABEL has none" },
	{ "FROM a\nRUN cat <<<A\nFROM b", NULL, "a; b", "a here-string" },
	{ "FROM a\nRUN echo '<<A'\nFROM b", NULL, "a; b", "within quotes" },
	{ "FROM a\nRUN echo x<<A\nFROM b", NULL, "a; b", "within a word" },
	{ "FROM a\nRUN echo it's <<A\nFROM b", NULL, "a; b", "a quote that is not closed" },
	{ "FROM a\nRUN <<$A\nFROM b\n$A\nFROM c", NULL, "a; c", "a name is not expanded" },
	{ "FROM a\nRUN echo ${#x} <<A\nFROM b", NULL, "a; b", "a ${} that is the shell's alone" },
	{ "FROM a\nRUN echo \"${x^^}\" $((1 <<2))\nFROM b", NULL, "a; b", "in quotes, too" },
	{ "FROM a\nRUN echo '${x^^}' ${x:0:1} \"${x:-y}\" $# <<A\nFROM b\nA\nFROM c", NULL, "a; c",
	  "others do not matter" },
	{ "FROM a\nRUN <<''\nFROM b", NULL, "a; b", "an empty name" },
	{ "FROM a\nRUN <<EOF \\\n && x\nFROM b\nEOF\nFROM c", NULL, "a; c", "over two lines" },

	/* What files are taken from */
	{ "FROM a AS x\nFROM b\nCOPY --from=x /a /\nCOPY --from=c:1 /a /", NULL,
	  "a AS x; b +c:1 +0", "a stage and an image" },
	{ "FROM a\nFROM b\nCOPY --from=0 / /\nCOPY --from=1 / /\nCOPY --from=9 / /", NULL,
	  "a; b +0", "by number; not itself, not beyond" },
	{ "FROM a\nCOPY --chown=1 --from=\"c\" / /\nCOPY --from=c / /", NULL, "a +c", "once" },
	{ "FROM a\nCOPY --from=y / /\nFROM b AS y", NULL, "a; b AS y", "a later stage" },
	{ "FROM a\nRUN --mount=type=bind,from=c,target=/x --mount=from=d x", NULL, "a +c +d",
	  "mounts" },
	{ "FROM a AS x\nFROM b\nRUN --mount=\"target=/x\",From=X,ro ls", NULL, "a AS x; b +0",
	  "a stage, quotes, case" },
	{ "FROM a\nRUN --mount=from=0 x", NULL, "a +0", "a number is a name there" },
	{ "FROM a\nCOPY --from=$x / /\nCOPY --from=scratch / /\nCOPY --from= / /", NULL, "a",
	  "variables, scratch and nothing" },
	{ "FROM a\nCOPY /x --from=c /y\nRUN x --mount=from=d", NULL, "a", "no flags" },
	{ "FROM a\nONBUILD COPY --from=c / /", NULL, "a", "another build's" },
};

static void check_error(const struct error *err, const char *text)
{
	ck_assert_msg(err->kind == ERROR_INPUT && strncmp(err->text, "line ", 5) == 0, "%s: %s",
		      text, err->text);
}

START_TEST(reads)
{
	struct error err = ERROR_INIT;
	scoped_dockerfile file = { 0 };
	int rc = parse(&file, rows[_i].text, rows[_i].args, &err);

	ck_assert_msg(rc == (rows[_i].stages ? 0 : -1), "%s: %s", rows[_i].why, err.text);
	if (rc < 0) {
		check_error(&err, rows[_i].why);
		return;
	}
	scoped_str text = dump(&file);

	ck_assert_msg(strcmp(text, rows[_i].stages) == 0, "%s: %s", rows[_i].why, text);
}
END_TEST

static const struct {
	const char *text, *error;
} bad[] = {
	{ "", "it has no FROM" },
	{ "# FROM a\n", "it has no FROM" },
	{ "RUN FROM a\n", "it has no FROM" },
	{ "FROM", "line 1: FROM is \"FROM image\"" },
	{ "\nFROM a b", "line 2: FROM is \"FROM image\"" },
	{ "FROM a AS", "line 1: FROM is" },
	{ "FROM a IS b", "line 1: FROM is" },
	{ "FROM a AS b c", "line 1: FROM is" },
	{ "FROM a AS 1x", "line 1: \"1x\" is no name of a stage" },
	{ "FROM a AS \xc3\xa9", "is no name of a stage" },
	{ "FROM a AS a/b", "line 1: \"a/b\" is no name" },
	{ "FROM \"\" AS foo", "line 1: FROM \"\" names no image" },
	{ "FROM ${BLANK} AS foo", "line 1: FROM ${BLANK} names no image; is an ARG" },
	{ "FROM --platform=$X a", "line 1: --platform=$X names none" },
	{ "FROM ${X", "line 1: a ${ that is not closed" },
	{ "FROM 'a", "line 1: a quote that is not closed" },
	{ "ARG X=\"${Y:?set Y}\"\nFROM a", "line 1: Y: set Y" },
	{ "FROM a\nRUN <<EOF\nFROM b\n", "line 2: a heredoc does not end" },
	{ "# escape=x\nFROM a", "line 1: an escape directive" },
	{ "# escape=``\nFROM a", "line 1: an escape directive" },
	{ "# escape=`\n# escape=`\nFROM a", "line 2: an escape directive" },
};

START_TEST(refuses)
{
	struct error err = ERROR_INIT;
	scoped_dockerfile file = { 0 };

	ck_assert_msg(parse(&file, bad[_i].text, NULL, &err) == -1, "%s", bad[_i].text);
	ck_assert_msg(err.kind == ERROR_INPUT && strstr(err.text, bad[_i].error), "%s: %s",
		      bad[_i].text, err.text);
	ck_assert_ptr_null(file.items);
}
END_TEST

START_TEST(line_numbers)
{
	struct error err = ERROR_INIT;
	scoped_dockerfile file = { 0 };

	ck_assert_int_eq(parse(&file,
			       "# x\nFROM \\\n a\nRUN <<E\n\nE\n\nFROM b\n# y\nCOPY \\\n\n . .\n"
			       "FROM c",
			       NULL, &err),
			 0);
	ck_assert_uint_eq(file.items[0].line, 2);
	ck_assert_uint_eq(file.items[1].line, 8);
	ck_assert_uint_eq(file.items[2].line, 13);
}
END_TEST

#define STORY                                                                            \
	"FROM golang AS build\nCOPY --from=tools / /\nFROM node AS web\nFROM debian AS " \
	"base\nFROM base AS app\nCOPY --from=build / /\nFROM base\nRUN --mount=from=web x"

static const struct {
	const char *target, *root, *images;
} targets[] = {
	{ NULL, "debian", "debian node" },
	{ "app", "debian", "debian golang tools" },
	{ "APP", "debian", "debian golang tools" },
	{ "build", "golang", "golang tools" },
	{ "web", "node", "node" },
	{ "none", NULL, NULL },
	{ "0", NULL, NULL },
};

START_TEST(target)
{
	struct error err = ERROR_INIT;
	scoped_dockerfile file = { 0 };
	scoped_strings images = { 0 };
	scoped_buf text;
	size_t stage = STAGE_NONE;

	buf_init(&text, SIZE_MAX);
	ck_assert_int_eq(parse(&file, STORY, NULL, &err), 0);
	int rc = dockerfile_target(&file, targets[_i].target, &stage, &err);

	ck_assert_int_eq(rc, targets[_i].root ? 0 : -1);
	if (rc < 0) {
		ck_assert(err.kind == ERROR_NOT_FOUND && stage == STAGE_NONE);
		return;
	}
	ck_assert_str_eq(dockerfile_root(&file, stage)->image, targets[_i].root);
	dockerfile_images(&file, stage, &images);
	for (size_t i = 0; i < images.count; i++)
		buf_fmt(&text, "%s%s", i ? " " : "", images.items[i]);
	ck_assert_str_eq(text.data, targets[_i].images);
}
END_TEST

static const struct {
	const char *text, *image, *platform;
	const char *why;
} of_images[] = {
	{ "FROM a", "a", NULL, "none" },
	{ "FROM --platform=p a", "a", "p", "its own" },
	{ "FROM --platform=p a AS x\nFROM x", "a", "p", "of the stage at the root" },
	{ "FROM --platform=p a AS x\nFROM a\nCOPY --from=x / /", "a", NULL, "the last one counts" },
	{ "FROM --platform=p a\nFROM --platform=q a\nFROM b\nCOPY --from=0 / /", "a", "p",
	  "what is not needed does not" },
	{ "FROM --platform=p a\nCOPY --from=b / /", "b", NULL, "files are taken for the target" },
	{ "FROM a", "b", NULL, "not there" },
};

START_TEST(platforms_of_images)
{
	struct error err = ERROR_INIT;
	scoped_dockerfile file = { 0 };

	ck_assert_int_eq(parse(&file, of_images[_i].text, NULL, &err), 0);
	const char *platform = dockerfile_platform(&file, file.count - 1, of_images[_i].image);

	ck_assert_msg(platform && of_images[_i].platform
			      ? strcmp(platform, of_images[_i].platform) == 0
			      : platform == of_images[_i].platform,
		      "%s: %s", of_images[_i].why, platform ? platform : "none");
}
END_TEST

static char *repeated(const char *one, size_t count, const char *tail)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	for (size_t i = 0; i < count; i++)
		buf_str(&out, one);
	buf_str(&out, tail);
	return buf_take(&out);
}

static enum error_kind kind_of(const char *text, size_t len)
{
	struct error err = ERROR_INIT;
	scoped_dockerfile file = { 0 };

	(void)!dockerfile_parse(&file, text, len, NULL, NULL, &err);
	return err.kind;
}

static void check_limit(const char *one, size_t most, const char *tail)
{
	scoped_str fits = repeated(one, most, tail);
	scoped_str more = repeated(one, most + 1, tail);

	ck_assert_msg(kind_of(fits, strlen(fits)) == ERROR_NONE, "%s", one);
	ck_assert_msg(kind_of(more, strlen(more)) == ERROR_LIMIT, "%s", one);
}

START_TEST(limits)
{
	scoped_str others = repeated("COPY --from=b / /\n", DOCKERFILE_OTHERS_MAX + 1, "");
	scoped_str file = xasprintf("FROM a\n%s", others);

	check_limit("FROM a\n", DOCKERFILE_STAGES_MAX, "");
	check_limit("ARG A=1\n", 256, "FROM a\n");
	check_limit("\n", DOCKERFILE_MAX - 6, "FROM a");
	ck_assert_int_eq(kind_of(file, strlen(file)), ERROR_LIMIT);
	file[strlen(file) - 18] = '\0';
	ck_assert_int_eq(kind_of(file, strlen(file)), ERROR_NONE);
	ck_assert_int_eq(kind_of("FROM a\0", 7), ERROR_INPUT);
	ck_assert_int_eq(kind_of(NULL, 0), ERROR_INPUT);
}
END_TEST

/* Each ARG is twice the one before. */
START_TEST(doubling)
{
	scoped_buf text;

	buf_init(&text, SIZE_MAX);
	buf_str(&text, "ARG A0=xxxxxxxx\n");
	for (int i = 1; i < 64; i++)
		buf_fmt(&text, "ARG A%d=$A%d$A%d\n", i, i - 1, i - 1);
	buf_str(&text, "FROM a:$A63\n");
	ck_assert_int_eq(kind_of(text.data, text.len), ERROR_LIMIT);
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

Suite *suite(void)
{
	Suite *s = suite_create("dockerfile_from");
	TCase *t = tcase_create("dockerfile_from");

	tcase_add_loop_test(t, reads, 0, (int)array_len(rows));
	tcase_add_loop_test(t, refuses, 0, (int)array_len(bad));
	tcase_add_test(t, line_numbers);
	tcase_add_test(t, tells_where_from_is);
	tcase_add_loop_test(t, target, 0, (int)array_len(targets));
	tcase_add_loop_test(t, platforms_of_images, 0, (int)array_len(of_images));
	tcase_add_test(t, limits);
	tcase_add_test(t, doubling);
	suite_add_tcase(s, t);
	return s;
}
