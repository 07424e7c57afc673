/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/codec/dockerfile_internal.h"

#define BLANKS  " \t\v\f\r"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

struct span {
	const char *at;
	size_t len;
};

static bool is_blank(char c)
{
	return c && strchr(BLANKS, c);
}

static struct span without_blanks_before(struct span s)
{
	while (s.len && is_blank(*s.at)) {
		s.at++;
		s.len--;
	}
	return s;
}

void dockerfile_reader_init(struct dockerfile_reader *r, const char *text, size_t len)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t skip = len >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;

	*r = (struct dockerfile_reader){
		.at = text + skip,
		.end = text + len,
		.escape = '\\',
	};
}

/* A line of the file without its end. */
static bool read_raw(struct dockerfile_reader *r, struct span *out)
{
	size_t left = (size_t)(r->end - r->at);
	const char *feed = left ? memchr(r->at, '\n', left) : NULL;

	if (!left)
		return false;
	*out = (struct span){ r->at, feed ? (size_t)(feed - r->at) : left };
	r->at = feed ? feed + 1 : r->end;
	r->line++;
	while (out->len && out->at[out->len - 1] == '\r')
		out->len--;
	return true;
}

static bool is_comment(struct span line)
{
	line = without_blanks_before(line);
	return line.len && *line.at == '#';
}

/* --- Directives: "# name=value" before everything else. */

static bool is_known(const char *name, size_t len)
{
	static const char *const names[] = { "syntax", "escape", "check" };

	for (size_t i = 0; i < array_len(names); i++)
		if (strlen(names[i]) == len && strncasecmp(names[i], name, len) == 0)
			return true;
	return false;
}

static int set_escape(struct dockerfile_reader *r, const char *value, struct error *err)
{
	size_t len = strlen(value);

	while (len && is_blank(value[len - 1]))
		len--;
	if (len != 1 || (*value != '\\' && *value != '`') || r->escape_told)
		return error_set(err, ERROR_INPUT, 0,
				 "line %zu: an escape directive is \\ or `, and there is one",
				 r->line);
	r->escape = *value;
	r->escape_told = true;
	return 0;
}

static int read_directive(struct dockerfile_reader *r, struct span line, struct error *err)
{
	line = without_blanks_before(line);
	scoped_str text = xstrndup(line.at, line.len);
	const char *name = text;

	r->directives_done = true;
	if (*name != '#')
		return 0;
	name += 1 + strspn(name + 1, BLANKS);
	size_t len = strspn(name, LETTERS DIGITS);
	const char *equals = name + len + strspn(name + len, BLANKS);

	if (*equals != '=' || !is_known(name, len))
		return 0;
	const char *value = equals + 1 + strspn(equals + 1, BLANKS);

	if (!*value)
		return 0;
	r->directives_done = false;
	return strncasecmp(name, "escape", len) == 0 ? set_escape(r, value, err) : 0;
}

/* --- Instructions over several lines. */

/* Whether it goes on, with the escape at its end cut off. Two of them are one that is meant. */
static bool goes_on(const struct dockerfile_reader *r, struct span *line)
{
	size_t len = line->len;

	while (len && (line->at[len - 1] == ' ' || line->at[len - 1] == '\t'))
		len--;
	if (!len || line->at[len - 1] != r->escape || (len > 1 && line->at[len - 2] == r->escape))
		return false;
	line->len = len - 1;
	return true;
}

static void read_more(struct dockerfile_reader *r, struct buf *out)
{
	struct span line;
	bool more = true;

	while (more && read_raw(r, &line)) {
		if (is_comment(line) || !without_blanks_before(line).len)
			continue;
		r->to = line.at + line.len;
		more = goes_on(r, &line);
		buf_add(out, line.at, line.len);
	}
}

int dockerfile_line(struct dockerfile_reader *r, struct buf *out, size_t *number, struct error *err)
{
	struct span line;

	while (read_raw(r, &line)) {
		if (!r->directives_done && read_directive(r, line, err) < 0)
			return -1;
		r->from = line.at;
		r->to = line.at + line.len;
		line = without_blanks_before(line);
		if (is_comment(line) || !line.len)
			continue;
		*number = r->line;
		buf_clear(out);
		bool more = goes_on(r, &line);

		buf_add(out, line.at, line.len);
		if (more)
			read_more(r, out);
		return 1;
	}
	return 0;
}

/* --- Heredocs. */

/*
 * Behind "$" or "${NAME". NULL: a ${} that is the shell's alone ("${x^^}", "${#x}"), which keeps
 * BuildKit from seeing any heredoc of the instruction.
 */
static const char *skip_variable(const char *s)
{
	size_t len;

	if (s[1] != '{')
		return s + 1;
	s += 2;
	len = dockerfile_name_length(s);
	return len && s[len] && strchr("}:+-?#%/", s[len]) ? s + len : NULL;
}

static const char *skip_double_quotes(const char *s)
{
	for (s++; s && *s && *s != '"';) {
		if (*s == '$')
			s = skip_variable(s);
		else
			s += *s == '\\' && s[1] ? 2 : 1;
	}
	return s && *s ? s + 1 : NULL;
}

static const char *skip_single_quotes(const char *s)
{
	s = strchr(s + 1, '\'');
	return s ? s + 1 : NULL;
}

/* Behind what begins at s; NULL: it does not end. */
static const char *skip_part(const char *s)
{
	switch (*s) {
	case '"':
		return skip_double_quotes(s);
	case '\'':
		return skip_single_quotes(s);
	case '$':
		return skip_variable(s);
	case '<':
		return s[1] == '<' ? s + 2 + strspn(s + 2, " \t") : s + 1;
	default:
		return s + (*s == '\\' && s[1] ? 2 : 1);
	}
}

/* One word as a shell would see it, quotes left in; blanks may stand behind "<<". */
static bool read_word(const char **at, struct buf *out)
{
	const char *s = *at;

	buf_clear(out);
	while (*s && !strchr(BLANKS "\n", *s)) {
		const char *start = s;

		s = skip_part(s);
		if (!s)
			return false;
		buf_add(out, start, (size_t)(s - start));
	}
	*at = s + strspn(s, BLANKS "\n");
	return true;
}

/* Quotes are closed: read_word() has seen to it. Variables stay as they are. */
static char *without_quotes(const char *word)
{
	scoped_buf out;
	char quote = '\0';

	buf_init(&out, SIZE_MAX);
	for (; *word; word++) {
		if (quote ? *word == quote : *word == '"' || *word == '\'') {
			quote = quote ? '\0' : *word;
			continue;
		}
		if (*word == '\\' && quote != '\'' && word[1])
			word++;
		buf_char(&out, *word);
	}
	return buf_take(&out);
}

/* "3<<-'EOF'": the name, quotes taken out. NULL: it is no heredoc. */
static char *heredoc_name(const char *word, bool *tabs)
{
	word += strspn(word, DIGITS);
	if (strncmp(word, "<<", 2) != 0)
		return NULL;
	word += 2;
	*tabs = *word == '-';
	word += *tabs;
	word += strspn(word, " \t");
	if (strchr(word, '<'))
		return NULL;
	scoped_str name = without_quotes(word);

	return *name ? take_ptr(name) : NULL;
}

static int skip_heredoc(struct dockerfile_reader *r, const char *name, bool tabs, struct error *err)
{
	size_t first = r->line;
	struct span line;

	while (read_raw(r, &line)) {
		while (tabs && line.len && *line.at == '\t') {
			line.at++;
			line.len--;
		}
		if (line.len == strlen(name) && memcmp(line.at, name, line.len) == 0)
			return 0;
	}
	return error_set(err, ERROR_INPUT, 0, "line %zu: a heredoc does not end", first);
}

int dockerfile_skip_heredocs(struct dockerfile_reader *r, const char *arguments, struct error *err)
{
	scoped_strings names = { 0 };
	scoped_buf word;
	bool tabs;

	buf_init(&word, SIZE_MAX);
	for (arguments += strspn(arguments, BLANKS); *arguments;) {
		if (!read_word(&arguments, &word))
			return 0;
		scoped_str name = heredoc_name(word.data, &tabs);

		if (name)
			strings_take(&names, xasprintf("%c%s", tabs ? '-' : ' ', name));
	}
	for (size_t i = 0; i < names.count; i++)
		if (skip_heredoc(r, names.items[i] + 1, names.items[i][0] == '-', err) < 0)
			return -1;
	return 0;
}
