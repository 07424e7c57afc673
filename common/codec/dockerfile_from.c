/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/dockerfile_from.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/codec/ascii.h"
#include "common/codec/dockerfile_internal.h"
#include "common/codec/printable.h"

#define SCRATCH       "scratch"
#define ARGS_MAX      256 /* ARGs before the first FROM */
#define STAGE_LETTERS "abcdefghijklmnopqrstuvwxyz"
#define STAGE_REST    STAGE_LETTERS "0123456789-_."

/* What a stage takes files from, by name or number, as it is written. */
struct source {
	size_t stage;
	bool by_number; /* COPY has it, RUN not */
	char *name;
};

struct parsing {
	struct dockerfile file;
	struct dockerfile_reader reader;
	const char *text;
	const struct strings *args, *platforms;
	struct strings set; /* "NAME=value", what is known where FROM stands */
	size_t declared;    /* ARGs */
	struct {
		struct source *items;
		size_t count, room;
	} sources;
	struct error *err;
};

static void parsing_release(struct parsing *p)
{
	dockerfile_release(&p->file);
	strings_release(&p->set);
	for (size_t i = 0; i < p->sources.count; i++)
		free(p->sources.items[i].name);
	free(p->sources.items);
}

static const struct strings no_strings;

/* --- ARG. */

/* Of --build-arg, those that replace what the builder sets by itself. */
static void set_platforms(struct parsing *p)
{
	for (size_t i = 0; i < p->platforms->count; i++) {
		const char *pair = p->platforms->items[i];
		size_t len = strcspn(pair, "=");
		const char *given = dockerfile_variable(p->args, pair, len);

		if (!given)
			strings_add(&p->set, pair);
		else
			strings_take(&p->set, xasprintf("%.*s=%s", (int)len, pair, given));
	}
}

static int read_arg(struct parsing *p, const char *word)
{
	size_t len = strcspn(word, "=");
	const char *given = dockerfile_variable(p->args, word, len);
	scoped_str value = NULL;

	if (++p->declared > ARGS_MAX)
		return error_set(p->err, ERROR_LIMIT, 0, "more than %d ARGs before FROM", ARGS_MAX);
	if (!given && !word[len])
		return 0;
	if (given)
		value = xstrdup(given);
	else if (dockerfile_expand(word + len + 1, p->reader.escape, &p->set, &value, p->err) < 0)
		return -1;
	strings_take(&p->set, xasprintf("%.*s=%s", (int)len, word, value));
	return 0;
}

static int read_args(struct parsing *p, const char *rest)
{
	scoped_strings words = { 0 };

	dockerfile_words(rest, p->reader.escape, &words);
	for (size_t i = 0; i < words.count; i++)
		if (read_arg(p, words.items[i]) < 0)
			return -1;
	return 0;
}

/* --- FROM. */

/* The last of that name among the first `before`. */
static size_t find_stage(const struct dockerfile *file, const char *name, size_t before)
{
	for (size_t i = before; i > 0; i--) {
		const char *stage = file->items[i - 1].name;

		if (stage && strcasecmp(stage, name) == 0)
			return i - 1;
	}
	return STAGE_NONE;
}

static int set_name(struct parsing *p, struct dockerfile_stage *stage, const char *name)
{
	char shown[PRINTABLE_SHORT];

	stage->name = ascii_make_lower(xstrdup(name));
	if (!strchr(STAGE_LETTERS, stage->name[0]) ||
	    strspn(stage->name, STAGE_REST) != strlen(stage->name))
		return error_set(p->err, ERROR_INPUT, 0, "\"%s\" is no name of a stage",
				 printable_short(shown, name));
	return 0;
}

static int set_base(struct parsing *p, struct dockerfile_stage *stage, const char *word)
{
	scoped_str base = NULL;
	char shown[PRINTABLE_SHORT];

	if (dockerfile_expand(word, p->reader.escape, &p->set, &base, p->err) < 0)
		return -1;
	if (!*base)
		return error_set(p->err, ERROR_INPUT, 0,
				 "FROM %s names no image; is an ARG without a value?",
				 printable_short(shown, word));
	stage->parent = find_stage(&p->file, base, p->file.count - 1);
	if (stage->parent != STAGE_NONE)
		return 0;
	stage->scratch = strcmp(base, SCRATCH) == 0;
	if (!stage->scratch)
		stage->image = take_ptr(base);
	return 0;
}

static int set_platform(struct parsing *p, struct dockerfile_stage *stage, const char *word)
{
	char shown[PRINTABLE_SHORT];

	if (dockerfile_expand(word, p->reader.escape, &p->set, &stage->platform, p->err) < 0)
		return -1;
	if (!*stage->platform)
		return error_set(p->err, ERROR_INPUT, 0, "--platform=%s names none",
				 printable_short(shown, word));
	return 0;
}

static int read_from(struct parsing *p, const struct dockerfile_instruction *in, size_t line)
{
	scoped_strings words = { 0 };
	struct dockerfile_stage *stage;
	size_t flag = 0;

	if (p->file.count == DOCKERFILE_STAGES_MAX)
		return error_set(p->err, ERROR_LIMIT, 0, "more than %d stages",
				 DOCKERFILE_STAGES_MAX);
	for (const char *at = in->rest; *at; at += strspn(at, " \t\v\f\r")) {
		size_t len = strcspn(at, " \t\v\f\r");

		strings_take(&words, xstrndup(at, len));
		at += len;
	}
	if (words.count != 1 && (words.count != 3 || strcasecmp(words.items[1], "as") != 0))
		return error_set(p->err, ERROR_INPUT, 0,
				 "FROM is \"FROM image\" or \"FROM image "
				 "AS name\"");
	stage = array_add(&p->file);
	stage->line = line;
	stage->at = (size_t)(p->reader.from - p->text);
	stage->len = (size_t)(p->reader.to - p->reader.from);
	stage->parent = STAGE_NONE;
	const char *platform = dockerfile_flag(in, "platform", &flag);

	if (set_base(p, stage, words.items[0]) < 0 ||
	    (platform && set_platform(p, stage, platform) < 0) ||
	    (words.count == 3 && set_name(p, stage, words.items[2]) < 0))
		return -1;
	return 0;
}

/* --- What files are taken from. */

static int add_source(struct parsing *p, const char *name, bool by_number)
{
	struct source *source;

	/* BuildKit takes no variables here. */
	if (!*name || strchr(name, '$') || strcasecmp(name, SCRATCH) == 0)
		return 0;
	if (p->sources.count == DOCKERFILE_OTHERS_MAX)
		return error_set(p->err, ERROR_LIMIT, 0, "files of more than %d images",
				 DOCKERFILE_OTHERS_MAX);
	source = array_add(&p->sources);
	*source = (struct source){ p->file.count - 1, by_number, xstrdup(name) };
	return 0;
}

static int read_copy(struct parsing *p, const struct dockerfile_instruction *in)
{
	size_t at = 0;
	const char *from = dockerfile_flag(in, "from", &at);

	return from ? add_source(p, from, true) : 0;
}

/* "type=bind,from=image,target=/x": CSV, whose fields may be quoted as a whole. */
static int read_mount(struct parsing *p, const char *mount)
{
	while (*mount) {
		bool quoted = *mount == '"';
		size_t len;

		mount += quoted;
		len = strcspn(mount, quoted ? "\"" : ",");
		if (strncasecmp(mount, "from=", 5) == 0) {
			scoped_str from = xstrndup(mount + 5, len - 5);

			if (add_source(p, from, false) < 0)
				return -1;
		}
		mount += len;
		mount += strcspn(mount, ",");
		mount += *mount == ',';
	}
	return 0;
}

static int read_run(struct parsing *p, const struct dockerfile_instruction *in)
{
	size_t at = 0;
	const char *mount;

	while ((mount = dockerfile_flag(in, "mount", &at)))
		if (read_mount(p, mount) < 0)
			return -1;
	return 0;
}

/* A number of a stage; STAGE_NONE: it is none. */
static size_t read_number(const char *text)
{
	size_t number = 0;
	size_t len = strlen(text);

	if (!len || len > 6 || strspn(text, "0123456789") != len)
		return STAGE_NONE;
	for (; *text; text++)
		number = number * 10 + (size_t)(*text - '0');
	return number;
}

/* A stage that comes later cannot be taken from: the build fails there. */
static void resolve(struct dockerfile *file, const struct source *source)
{
	struct dockerfile_stage *stage = &file->items[source->stage];
	size_t number = source->by_number ? read_number(source->name) : STAGE_NONE;
	size_t found = number == STAGE_NONE ? find_stage(file, source->name, file->count) : number;

	if (found == STAGE_NONE) {
		if (!strings_have(&stage->others, source->name))
			strings_add(&stage->others, source->name);
		strings_sort(&stage->others);
	} else if (found < source->stage) {
		*(size_t *)array_add(&stage->uses) = found;
	}
}

/* --- The file. */

static int read_instruction(struct parsing *p, const struct dockerfile_instruction *in, size_t line)
{
	if (strcmp(in->name, "from") == 0)
		return read_from(p, in, line);
	if (!p->file.count)
		return strcmp(in->name, "arg") == 0 ? read_args(p, in->rest) : 0;
	if (strcmp(in->name, "copy") == 0)
		return read_copy(p, in);
	return strcmp(in->name, "run") == 0 ? read_run(p, in) : 0;
}

static bool has_heredocs(const struct dockerfile_instruction *in)
{
	static const char *const names[] = { "run", "copy", "add" };
	const char *name = in->name;
	size_t len = strlen(name);

	if (strcmp(name, "onbuild") == 0) {
		name = in->rest;
		len = strcspn(name, " \t\v\f\r");
	}
	for (size_t i = 0; i < array_len(names); i++)
		if (strlen(names[i]) == len && strncasecmp(names[i], name, len) == 0)
			return true;
	return false;
}

static int read_line(struct parsing *p, const char *text, size_t line)
{
	struct dockerfile_instruction in scoped(dockerfile_instruction_release) = { 0 };

	dockerfile_instruction_read(&in, text, p->reader.escape);
	if (read_instruction(p, &in, line) < 0)
		return error_wrap(p->err, "line %zu", line);
	return has_heredocs(&in) ? dockerfile_skip_heredocs(&p->reader, text, p->err) : 0;
}

static int read_file(struct parsing *p)
{
	scoped_buf text;
	size_t line;
	int rc;

	buf_init(&text, DOCKERFILE_MAX);
	while ((rc = dockerfile_line(&p->reader, &text, &line, p->err)) > 0)
		if (read_line(p, text.data, line) < 0)
			return -1;
	if (rc < 0)
		return -1;
	if (!p->file.count)
		return error_set(p->err, ERROR_INPUT, 0, "it has no FROM");
	for (size_t i = 0; i < p->sources.count; i++)
		resolve(&p->file, &p->sources.items[i]);
	return 0;
}

int dockerfile_parse(struct dockerfile *out, const char *text, size_t len,
		     const struct strings *args, const struct strings *platforms, struct error *err)
{
	struct parsing p scoped(parsing_release) = {
		.args = args ? args : &no_strings,
		.platforms = platforms ? platforms : &no_strings,
		.err = err,
	};

	if (len > DOCKERFILE_MAX)
		return error_set(err, ERROR_LIMIT, 0, "more than %zu bytes", DOCKERFILE_MAX);
	if (len && memchr(text, '\0', len))
		return error_set(err, ERROR_INPUT, 0, "it is no text");
	p.text = text;
	dockerfile_reader_init(&p.reader, text, len);
	set_platforms(&p);
	if (read_file(&p) < 0)
		return -1;
	*out = take_value(p.file);
	return 0;
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
