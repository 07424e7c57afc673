/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of dockerfile_from.h share; nobody else includes it. */
#ifndef COMMON_CODEC_DOCKERFILE_INTERNAL_H
#define COMMON_CODEC_DOCKERFILE_INTERNAL_H

#include "common/base/buf.h"
#include "common/codec/dockerfile_from.h"

/* --- Lines: dockerfile_lines.c */

/* The text is borrowed. */
struct dockerfile_reader {
	const char *at, *end;
	size_t line; /* that were read */
	/* Of the instruction that was read last: its first line and the end of its last. */
	const char *from, *to;
	char escape; /* '\\' or '`' */
	bool directives_done, escape_told;
};
void dockerfile_reader_init(struct dockerfile_reader *r, const char *text, size_t len);

/*
 * The next instruction, its lines made one, without comments. Returns 1, with *number its first
 * line; 0: there is none left; -1: ERROR_INPUT (an escape directive that is none).
 */
int dockerfile_line(struct dockerfile_reader *r, struct buf *out, size_t *number, struct error *err)
	must_check;
/* The heredocs that this instruction (of those that have them) begins. Errors: ERROR_INPUT: one
 * does not end. */
int dockerfile_skip_heredocs(struct dockerfile_reader *r, const char *arguments, struct error *err)
	must_check;

/* --- Words: dockerfile_words.c */

struct dockerfile_instruction {
	char *name;           /* lower case */
	struct strings flags; /* "--platform=x", quotes and escapes taken out */
	char *rest;           /* behind the flags, without the blanks round it */
};
void dockerfile_instruction_read(struct dockerfile_instruction *out, const char *line, char escape);
void dockerfile_instruction_release(struct dockerfile_instruction *instruction);
/* The value of "--name=value", from `from` on, which goes behind it. NULL: no more. Borrowed. */
const char *dockerfile_flag(const struct dockerfile_instruction *instruction, const char *name,
			    size_t *from);

/* Words as ARG has them: blanks within quotes do not end one; quotes and escapes stay. */
void dockerfile_words(const char *text, char escape, struct strings *out);

/* --- Variables: dockerfile_expand.c, dockerfile_pattern.c */

/* Of a name: letters, digits and "_"; digits alone; or one of the shell's own. */
size_t dockerfile_name_length(const char *s);
/* The value of NAME among "NAME=value", the last one; NULL: it is not set. Borrowed. */
const char *dockerfile_variable(const struct strings *set, const char *name, size_t len);
/*
 * The value without what the pattern matches at its beginning or end, and with `with` for what
 * it matches first or everywhere. "*" is any run, "?" one character. Appended. Errors: ERROR_INPUT
 * ("\\" before a character that needs none), ERROR_LIMIT.
 */
int dockerfile_trim(const char *value, const char *pattern, bool at_end, bool longest,
		    struct buf *out, struct error *err) must_check;
int dockerfile_replace(const char *value, const char *pattern, const char *with, bool all,
		       struct buf *out, struct error *err) must_check;

/* The word with its variables, quotes and escapes resolved, owned. Errors: ERROR_INPUT,
 * ERROR_LIMIT. */
int dockerfile_expand(const char *word, char escape, const struct strings *set, char **out,
		      struct error *err) must_check;

#endif
