/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/codec/ascii.h"
#include "common/codec/dockerfile_internal.h"

#define BLANKS " \t\v\f\r\n"

/* The word of a flag, quotes and escapes taken out; *at goes behind it. */
static char *read_flag(const char **at, char escape)
{
	scoped_buf out;
	const char *s = *at;
	char quote = '\0';

	buf_init(&out, SIZE_MAX);
	for (; *s && (quote || !strchr(BLANKS, *s)); s++) {
		if (quote ? *s == quote : *s == '"' || *s == '\'') {
			quote = quote ? '\0' : *s;
			continue;
		}
		if (*s == escape && !*++s)
			break;
		buf_char(&out, *s);
	}
	*at = s;
	return buf_take(&out);
}

static char *trimmed(const char *text)
{
	size_t len;

	text += strspn(text, BLANKS);
	for (len = strlen(text); len && strchr(BLANKS, text[len - 1]);)
		len--;
	return xstrndup(text, len);
}

void dockerfile_instruction_read(struct dockerfile_instruction *out, const char *line, char escape)
{
	struct dockerfile_instruction found = { 0 };
	size_t len;

	line += strspn(line, BLANKS);
	len = strcspn(line, BLANKS);
	found.name = ascii_make_lower(xstrndup(line, len));
	for (line += len + strspn(line + len, BLANKS); strncmp(line, "--", 2) == 0;
	     line += strspn(line, BLANKS)) {
		scoped_str flag = read_flag(&line, escape);

		/* What follows is no flag any more. */
		if (strcmp(flag, "--") == 0)
			break;
		strings_take(&found.flags, take_ptr(flag));
	}
	found.rest = trimmed(line);
	*out = found;
}

void dockerfile_instruction_release(struct dockerfile_instruction *instruction)
{
	free(instruction->name);
	strings_release(&instruction->flags);
	free(instruction->rest);
	*instruction = (struct dockerfile_instruction){ 0 };
}

const char *dockerfile_flag(const struct dockerfile_instruction *instruction, const char *name,
			    size_t *from)
{
	size_t len = strlen(name);

	while (*from < instruction->flags.count) {
		const char *flag = instruction->flags.items[(*from)++] + 2;

		if (strncmp(flag, name, len) == 0 && flag[len] == '=')
			return flag + len + 1;
	}
	return NULL;
}

/* The end of the word at s. */
static const char *word_end(const char *s, char escape)
{
	char quote = '\0';

	for (; *s && (quote || !strchr(BLANKS, *s)); s++) {
		if (*s == escape && quote != '\'' && s[1])
			s++;
		else if (quote ? *s == quote : *s == '"' || *s == '\'')
			quote = quote ? '\0' : *s;
	}
	return s;
}

void dockerfile_words(const char *text, char escape, struct strings *out)
{
	for (text += strspn(text, BLANKS); *text; text += strspn(text, BLANKS)) {
		const char *end = word_end(text, escape);

		strings_take(out, xstrndup(text, (size_t)(end - text)));
		text = end;
	}
}
