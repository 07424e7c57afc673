/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/dockerfile_from.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/base/buf.h"
#include "common/codec/dockerfile_word.h"

#define HEREDOCS_MAX 32 /* of one instruction */

/* --- lines */

/* Where in the text we are. NULs are bytes like others there; an instruction ends at one. */
struct reader {
	const char *text;
	size_t len, at;
	size_t line; /* of at, from 1 */
	char escape;
};

struct span {
	const char *text;
	size_t len;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static struct span trimmed(struct span s)
{
	for (; s.len > 0 && is_blank(*s.text); s.len--)
		s.text++;
	while (s.len > 0 && is_blank(s.text[s.len - 1]))
		s.len--;
	return s;
}

/* The next line without its end. False: there is none. */
static bool next_line(struct reader *r, struct span *out)
{
	const char *from = r->text + r->at;
	size_t left = r->len - r->at;

	if (left == 0)
		return false;
	const char *end = memchr(from, '\n', left);

	*out = (struct span){ from, end ? (size_t)(end - from) : left };
	r->at += out->len + (end ? 1 : 0);
	r->line++;
	if (out->len > 0 && from[out->len - 1] == '\r')
		out->len--;
	return true;
}

/* A comment, or nothing: skipped even within an instruction. */
static bool says_nothing(struct span line)
{
	struct span s = trimmed(line);

	return s.len == 0 || *s.text == '#';
}

/* Whether an escape that is not escaped ends the line; it is cut off then. */
static bool goes_on(struct span *line, char escape)
{
	size_t len = line->len;

	while (len > 0 && is_blank(line->text[len - 1]))
		len--;
	if (len == 0 || line->text[len - 1] != escape)
		return false;
	if (len > 1 && line->text[len - 2] == escape)
		return false;
	line->len = len - 1;
	return true;
}

struct instruction {
	struct buf text; /* all its lines as one */
	size_t line;
	size_t at, len; /* in the reader's text */
};

static void note_end(struct instruction *in, const struct reader *r, struct span line)
{
	in->len = (size_t)(line.text - r->text) + line.len - in->at;
}

/* False: the text is at its end. */
static bool next_instruction(struct reader *r, struct instruction *in)
{
	struct span line;
	bool begun = false;

	buf_clear(&in->text);
	while (next_line(r, &line)) {
		struct span whole = line;

		if (says_nothing(line))
			continue;
		if (!begun) {
			in->line = r->line - 1;
			in->at = (size_t)(line.text - r->text);
			line = trimmed(line);
		}
		begun = true;
		note_end(in, r, whole);
		bool more = goes_on(&line, r->escape);

		buf_add(&in->text, line.text, line.len);
		if (!more)
			return true;
	}
	return begun;
}

/* --- directives: "# escape=`" before all else */

static size_t letters(struct span s)
{
	size_t n = 0;

	while (n < s.len &&
	       ((s.text[n] >= 'a' && s.text[n] <= 'z') || (s.text[n] >= 'A' && s.text[n] <= 'Z') ||
		(n > 0 && s.text[n] >= '0' && s.text[n] <= '9')))
		n++;
	return n;
}

/* False: no directive, and none can follow. */
static bool read_directive(struct reader *r, struct span line)
{
	struct span s = trimmed(line);

	if (s.len == 0 || *s.text != '#')
		return false;
	s = trimmed((struct span){ s.text + 1, s.len - 1 });
	size_t n = letters(s);
	struct span value = trimmed((struct span){ s.text + n, s.len - n });

	if (n == 0 || value.len == 0 || *value.text != '=')
		return false;
	value = trimmed((struct span){ value.text + 1, value.len - 1 });
	if (n == strlen("escape") && strncasecmp(s.text, "escape", n) == 0 && value.len == 1 &&
	    (*value.text == '`' || *value.text == '\\'))
		r->escape = *value.text;
	return value.len > 0;
}

static void read_directives(struct reader *r)
{
	struct span line;

	for (;;) {
		struct reader before = *r;

		if (!next_line(r, &line))
			return;
		if (!read_directive(r, line)) {
			before.escape = r->escape;
			*r = before;
			return;
		}
	}
}

/* --- heredocs: what they hold is no instruction */

struct heredoc {
	char *name;
	bool chomp; /* <<-: tabs before the end count as nothing */
};
struct heredocs {
	struct heredoc *items;
	size_t count, room;
};

static void heredocs_release(struct heredocs *docs)
{
	for (size_t i = 0; i < docs->count; i++)
		free(docs->items[i].name);
	free(docs->items);
	*docs = (struct heredocs){ 0 };
}

/* "<<EOF", "3<<-'EOF'". */
static void add_heredoc(struct heredocs *docs, const char *word, char escape)
{
	struct error ignored = ERROR_INIT;
	char *name = NULL;

	word += strspn(word, "0123456789");
	if (strncmp(word, "<<", 2) != 0 || docs->count == HEREDOCS_MAX)
		return;
	word += 2;
	bool chomp = *word == '-';

	word += chomp;
	/* Names are no variables: "$" stands for itself. */
	if (!*word || strpbrk(word, "<$") || dockerfile_expand(&name, word, escape, NULL, &ignored))
		return;
	if (*name) {
		struct heredoc *doc = array_add(docs);

		*doc = (struct heredoc){ take_ptr(name), chomp };
	}
	free(name);
}

static bool ends_heredoc(const struct heredoc *doc, struct span line)
{
	while (doc->chomp && line.len > 0 && *line.text == '\t') {
		line.text++;
		line.len--;
	}
	return line.len == strlen(doc->name) && memcmp(line.text, doc->name, line.len) == 0;
}

/* An end that never comes takes the rest, as it does the builder (which refuses it). */
static void skip_heredocs(struct reader *r, const struct heredocs *docs)
{
	struct span line;

	for (size_t i = 0; i < docs->count; i++)
		while (next_line(r, &line))
			if (ends_heredoc(&docs->items[i], line))
				break;
}

/* --- instructions */

struct parser {
	struct reader reader;
	struct dockerfile *file;
	const struct strings *args;
	struct strings variables; /* for FROM: those of the platform, then each ARG */
	size_t others;
};

static bool is_word(const char *word, const char *name)
{
	return strcasecmp(word, name) == 0;
}

static int expand(const struct parser *p, char **out, const char *word, struct error *err)
{
	return dockerfile_expand(out, word, p->reader.escape, &p->variables, err);
}

/* ARG NAME[=value] before the first FROM. */
static int read_arg(struct parser *p, const char *word, struct error *err)
{
	size_t len = strcspn(word, "=");
	const char *given = dockerfile_variable(p->args, word, len);
	scoped_str value = NULL;

	if (len == 0)
		return 0;
	if (!given && !word[len])
		return 0;
	if (!given && expand(p, &value, word + len + 1, err) < 0)
		return error_wrap(err, "ARG %.*s", (int)len, word);
	strings_take(&p->variables, xasprintf("%.*s=%s", (int)len, word, given ? given : value));
	return 0;
}

static int read_args(struct parser *p, const struct strings *words, struct error *err)
{
	for (size_t i = 1; i < words->count; i++)
		if (read_arg(p, words->items[i], err) < 0)
			return -1;
	return 0;
}

/* The last before `before` of that name. */
static size_t stage_named(const struct dockerfile *file, const char *name, size_t before)
{
	for (size_t i = before; i-- > 0;)
		if (file->items[i].name && strcasecmp(file->items[i].name, name) == 0)
			return i;
	return STAGE_NONE;
}

static char *lower(const char *text)
{
	char *out = xstrdup(text);

	for (char *c = out; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return out;
}

static int read_base(struct parser *p, struct dockerfile_stage *stage, const char *word,
		     struct error *err)
{
	scoped_str image = NULL;

	if (expand(p, &image, word, err) < 0)
		return error_wrap(err, "FROM %s", word);
	if (!*image)
		return error_set(err, ERROR_INPUT, 0,
				 "FROM %s names nothing; a build argument is not set", word);
	stage->parent = STAGE_NONE;
	stage->scratch = strcmp(image, "scratch") == 0;
	if (!stage->scratch)
		stage->parent = stage_named(p->file, image, p->file->count - 1);
	if (!stage->scratch && stage->parent == STAGE_NONE)
		stage->image = take_ptr(image);
	return 0;
}

static int read_from(struct parser *p, const struct instruction *in, const struct strings *words,
		     struct error *err)
{
	static const char platform[] = "--platform=";
	size_t at = 1;

	if (p->file->count == DOCKERFILE_STAGES_MAX)
		return error_set(err, ERROR_LIMIT, 0, "more than %d stages", DOCKERFILE_STAGES_MAX);
	struct dockerfile_stage *stage = array_add(p->file);

	*stage = (struct dockerfile_stage){
		.parent = STAGE_NONE, .line = in->line, .at = in->at, .len = in->len
	};
	for (; at < words->count && strncmp(words->items[at], "--", 2) == 0; at++)
		if (strncmp(words->items[at], platform, strlen(platform)) == 0 &&
		    !stage->platform &&
		    expand(p, &stage->platform, words->items[at] + strlen(platform), err) < 0)
			return error_wrap(err, "FROM %s", words->items[at]);
	size_t left = words->count - at;

	if (left != 1 && !(left == 3 && is_word(words->items[at + 1], "as")))
		return error_set(err, ERROR_INPUT, 0, "FROM wants one image, or IMAGE AS NAME");
	if (left == 3)
		stage->name = lower(words->items[at + 2]);
	return read_base(p, stage, words->items[at], err);
}

/* A number of digits alone; STAGE_NONE: none. */
static size_t number_of(const char *text)
{
	size_t value = 0;

	if (!*text || strlen(text) > 4)
		return STAGE_NONE;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return STAGE_NONE;
		value = value * 10 + (size_t)(*text - '0');
	}
	return value;
}

static int add_source(struct parser *p, const char *from, struct error *err)
{
	size_t here = p->file->count - 1;
	struct dockerfile_stage *stage = &p->file->items[here];
	size_t other = number_of(from);

	if (!*from || strchr(from, '$'))
		return 0;
	if (other == STAGE_NONE)
		other = stage_named(p->file, from, here);
	if (++p->others > DOCKERFILE_OTHERS_MAX)
		return error_set(err, ERROR_LIMIT, 0, "files of more than %d images",
				 DOCKERFILE_OTHERS_MAX);
	if (other == STAGE_NONE) {
		strings_add(&stage->others, from);
	} else if (other < here) {
		size_t *use = array_add(&stage->uses);

		*use = other;
	}
	return 0;
}

/* from=IMAGE among the values of --mount=type=bind,from=IMAGE,... */
static int read_mount(struct parser *p, const char *values, struct error *err)
{
	while (*values) {
		size_t len = strcspn(values, ",");

		if (len > 5 && strncasecmp(values, "from=", 5) == 0) {
			scoped_str from = xstrndup(values + 5, len - 5);

			if (add_source(p, from, err) < 0)
				return -1;
		}
		values += len + (values[len] == ',');
	}
	return 0;
}

static int read_flags(struct parser *p, const struct strings *words, struct error *err)
{
	bool copies = is_word(words->items[0], "copy");

	for (size_t i = 1; i < words->count && strncmp(words->items[i], "--", 2) == 0; i++) {
		const char *flag = words->items[i];
		int rc = 0;

		if (copies && strncmp(flag, "--from=", 7) == 0)
			rc = add_source(p, flag + 7, err);
		else if (!copies && strncmp(flag, "--mount=", 8) == 0)
			rc = read_mount(p, flag + 8, err);
		if (rc < 0)
			return -1;
	}
	return 0;
}

static void read_heredocs(struct parser *p, const struct strings *words)
{
	static const char *const with[] = { "run", "copy", "add" };
	scoped(heredocs_release) struct heredocs docs = { 0 };
	bool may = false;

	/* ONBUILD RUN <<EOF has one, too. */
	for (size_t w = 0; w < words->count && w < 2; w++)
		for (size_t i = 0; i < array_len(with); i++)
			may = may || ((w == 0 || is_word(words->items[0], "onbuild")) &&
				      is_word(words->items[w], with[i]));
	for (size_t i = 1; may && i < words->count; i++)
		add_heredoc(&docs, words->items[i], p->reader.escape);
	skip_heredocs(&p->reader, &docs);
}

static int read_instruction(struct parser *p, const struct instruction *in, struct error *err)
{
	scoped_strings words = { 0 };
	int rc = 0;

	dockerfile_words(&words, in->text.data, p->reader.escape);
	if (words.count == 0)
		return 0;
	if (is_word(words.items[0], "from"))
		rc = read_from(p, in, &words, err);
	else if (p->file->count == 0)
		rc = is_word(words.items[0], "arg") ? read_args(p, &words, err) : 0;
	else if (is_word(words.items[0], "copy") || is_word(words.items[0], "run"))
		rc = read_flags(p, &words, err);
	read_heredocs(p, &words);
	return rc < 0 ? error_wrap(err, "line %zu", in->line) : 0;
}

static void drop_twins(struct strings *list)
{
	size_t kept = 0;

	strings_sort(list);
	for (size_t i = 0; i < list->count; i++) {
		if (kept > 0 && strcmp(list->items[i], list->items[kept - 1]) == 0)
			free(list->items[i]);
		else
			list->items[kept++] = list->items[i];
	}
	list->count = kept;
}

static int read_all(struct parser *p, struct error *err)
{
	struct instruction in = { 0 };
	int rc = 0;

	buf_init(&in.text, DOCKERFILE_MAX);
	if (p->reader.len >= 3 && memcmp(p->reader.text, "\xef\xbb\xbf", 3) == 0)
		p->reader.at = 3;
	read_directives(&p->reader);
	while (rc == 0 && next_instruction(&p->reader, &in))
		rc = read_instruction(p, &in, err);
	buf_release(&in.text);
	if (rc == 0 && p->file->count == 0)
		return error_set(err, ERROR_INPUT, 0, "there is no FROM");
	for (size_t i = 0; rc == 0 && i < p->file->count; i++)
		drop_twins(&p->file->items[i].others);
	return rc;
}

int dockerfile_parse(struct dockerfile *out, const char *text, size_t len,
		     const struct strings *args, const struct strings *platforms, struct error *err)
{
	scoped_dockerfile file = { 0 };
	struct parser p = { .reader = { text, len, 0, 1, '\\' }, .file = &file, .args = args };

	if (len > DOCKERFILE_MAX)
		return error_set(err, ERROR_LIMIT, 0, "a Dockerfile of more than %zu bytes",
				 DOCKERFILE_MAX);
	if (platforms)
		strings_copy(&p.variables, platforms);
	/* Those of the platform are declared by themselves. */
	for (size_t i = 0; args && i < args->count; i++)
		if (dockerfile_variable(platforms, args->items[i], strcspn(args->items[i], "=")))
			strings_add(&p.variables, args->items[i]);
	int rc = read_all(&p, err);

	strings_release(&p.variables);
	if (rc == 0)
		*out = take_value(file);
	return rc;
}

void dockerfile_release(struct dockerfile *file)
{
	for (size_t i = 0; i < file->count; i++) {
		struct dockerfile_stage *stage = &file->items[i];

		free(stage->name);
		free(stage->image);
		free(stage->platform);
		strings_release(&stage->others);
		free(stage->uses.items);
	}
	free(file->items);
	*file = (struct dockerfile){ 0 };
}

void dockerfile_platform_args(struct strings *out, const struct platform *build,
			      const struct platform *target)
{
	const struct {
		const char *prefix;
		const struct platform *platform;
	} rows[] = { { "BUILD", build }, { "TARGET", target } };

	for (size_t i = 0; i < array_len(rows); i++) {
		const struct platform *p = rows[i].platform;
		scoped_str all = platform_format(p);

		strings_take(out, xasprintf("%sPLATFORM=%s", rows[i].prefix, all));
		strings_take(out, xasprintf("%sOS=%s", rows[i].prefix, p->os ? p->os : ""));
		strings_take(out, xasprintf("%sARCH=%s", rows[i].prefix,
					    p->architecture ? p->architecture : ""));
		strings_take(out, xasprintf("%sVARIANT=%s", rows[i].prefix,
					    p->variant ? p->variant : ""));
	}
}

int dockerfile_target(const struct dockerfile *file, const char *target, size_t *out,
		      struct error *err)
{
	size_t found = target ? stage_named(file, target, file->count) : file->count - 1;

	if (found == STAGE_NONE)
		found = number_of(target);
	if (found >= file->count)
		return error_set(err, ERROR_NOT_FOUND, 0, "no stage is called %s", target);
	*out = found;
	return 0;
}

const struct dockerfile_stage *dockerfile_root(const struct dockerfile *file, size_t stage)
{
	/* A parent always comes before. */
	while (file->items[stage].parent != STAGE_NONE)
		stage = file->items[stage].parent;
	return &file->items[stage];
}

/* What is used always comes before, too. */
static void mark_used(const struct dockerfile *file, size_t stage, bool *used)
{
	used[stage] = true;
	for (size_t i = stage + 1; i-- > 0;) {
		const struct dockerfile_stage *it = &file->items[i];

		if (!used[i])
			continue;
		if (it->parent != STAGE_NONE)
			used[it->parent] = true;
		for (size_t u = 0; u < it->uses.count; u++)
			used[it->uses.items[u]] = true;
	}
}

void dockerfile_images(const struct dockerfile *file, size_t stage, struct strings *out)
{
	bool used[DOCKERFILE_STAGES_MAX] = { false };

	mark_used(file, stage, used);
	for (size_t i = 0; i <= stage; i++) {
		if (!used[i])
			continue;
		if (file->items[i].image)
			strings_add(out, file->items[i].image);
		strings_copy(out, &file->items[i].others);
	}
	drop_twins(out);
}
