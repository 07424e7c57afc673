/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which images a Dockerfile stands on: its FROM lines, with the variables and stages that they use,
 * as BuildKit reads them; and the images that COPY --from and RUN --mount take files from. Nothing
 * else in it is looked at, and nothing is an error but what keeps a FROM from being read. Pure.
 *
 * Read: "# escape=`" (and other directives before it), comments, lines that go on, heredocs,
 * instructions and names of stages in any case, ARG before the first FROM with its default,
 * $NAME, ${NAME}, ${NAME:-word}, ${NAME-word}, ${NAME:+word}, ${NAME+word}, ${NAME:?word},
 * ${NAME?word}, ${NAME#pattern}, ${NAME%pattern}, ${NAME/pattern/word} and these with the sign
 * twice, quotes and escapes. ONBUILD is left out: it is another build's.
 */
#ifndef COMMON_CODEC_DOCKERFILE_FROM_H
#define COMMON_CODEC_DOCKERFILE_FROM_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/alloc.h"
#include "common/base/error.h"
#include "common/codec/platform.h"

#define DOCKERFILE_MAX        ((size_t)1 << 20) /* bytes */
#define DOCKERFILE_STAGES_MAX 256
#define DOCKERFILE_OTHERS_MAX 1024 /* of all stages */
#define DOCKERFILE_WORD_MAX   4096 /* bytes of an expanded word */
#define STAGE_NONE            ((size_t)-1)

struct dockerfile_stage {
	char *name;     /* of AS, lower case; NULL: none */
	char *image;    /* expanded; NULL: scratch, or another stage */
	char *platform; /* of --platform, expanded; NULL: none */
	size_t parent;  /* the stage that it stands on; STAGE_NONE */
	bool scratch;   /* FROM scratch */
	size_t line;    /* of FROM, from 1 */
	/* The bytes of the FROM instruction in the text, with the lines that it goes on over, but
	 * not the end of the last one. */
	size_t at, len;
	/* Images that it takes files from, as written and expanded, without twins, sorted. */
	struct strings others;
	/* Stages that it takes files from. */
	struct {
		size_t *items;
		size_t count, room;
	} uses;
};
struct dockerfile {
	struct dockerfile_stage *items;
	size_t count, room;
};

/*
 * What is left out as unread: "$" in --from, which builders refuse.
 *
 * args: "NAME=value" of --build-arg, which count where an ARG declares NAME; platforms:
 * "NAME=value" that count without (dockerfile_platform_args()); either may be NULL. Errors, with
 * the line: ERROR_INPUT (no FROM; FROM without or with too many words; an image's name that is
 * empty when expanded; a ${ that is not closed; ":?" of what is not set), ERROR_LIMIT.
 */
int dockerfile_parse(struct dockerfile *out, const char *text, size_t len,
		     const struct strings *args, const struct strings *platforms, struct error *err)
	must_check;
void dockerfile_release(struct dockerfile *file);
#define scoped_dockerfile scoped(dockerfile_release) struct dockerfile

/* BUILDPLATFORM, BUILDOS, BUILDARCH, BUILDVARIANT and the same with TARGET. Appended. */
void dockerfile_platform_args(struct strings *out, const struct platform *build,
			      const struct platform *target);

/*
 * The stage that --target names (in any case), the last one for NULL; and the one at the root of
 * it, whose image (or scratch) it stands on. Errors: ERROR_NOT_FOUND.
 */
int dockerfile_target(const struct dockerfile *file, const char *target, size_t *out,
		      struct error *err) must_check;
const struct dockerfile_stage *dockerfile_root(const struct dockerfile *file, size_t stage);

/* Every image that the build of this stage pulls: its root's, those that it and the stages it
 * stands on or takes files from use. Without twins, sorted. Appended to out, which is empty. */
void dockerfile_images(const struct dockerfile *file, size_t stage, struct strings *out);
/* --platform of the FROM that this image is of, the last one if there are several; NULL: it says
 * none, and the target's platform counts. Borrowed. */
const char *dockerfile_platform(const struct dockerfile *file, size_t stage, const char *image);

#endif
