/* SPDX-License-Identifier: Apache-2.0 */
/* Flags and words of a command line, as cobra and pflag read them. */
#include "credhelper/argv_push_internal.h"

#include <string.h>

#include "common/base/buf.h"

bool push_list_has(const char *list, const char *word, size_t len)
{
	for (; list && *list; list += strspn(list, " ")) {
		size_t here = strcspn(list, " ");

		if (here == len && strncmp(list, word, len) == 0)
			return true;
		list += here;
	}
	return false;
}

enum flag_kind { FLAG_UNKNOWN, FLAG_SWITCH, FLAG_VALUE };

struct scanner {
	struct push_reading *out;
	const struct push_program *program;
	const struct strings *argv;
	size_t next;
};

static bool knows_push(const struct push_rule *rule)
{
	return rule->kind == KIND_BUILD || rule->kind == KIND_FILE;
}

static enum flag_kind flag_kind(const struct scanner *s, const char *name, size_t len)
{
	const struct push_rule *rule = s->out->rule;

	if (rule) {
		if (push_list_has(rule->tags, name, len) || push_list_has(rule->values, name, len))
			return FLAG_VALUE;
		if (push_list_has(rule->switches, name, len) ||
		    push_list_has(rule->nots, name, len))
			return FLAG_SWITCH;
		if (rule->kind == KIND_BUILD && push_list_has("-o --output", name, len))
			return FLAG_VALUE;
		if (knows_push(rule) && push_list_has("--push", name, len))
			return FLAG_SWITCH;
	}
	if (push_list_has(s->program->values, name, len))
		return FLAG_VALUE;
	if (push_list_has(s->program->switches, name, len) || push_list_has("-h --help", name, len))
		return FLAG_SWITCH;
	return FLAG_UNKNOWN;
}

static void keep(struct push_reading *out, const char **list, size_t *count, const char *text)
{
	if (*count == PUSH_WORDS_MAX)
		out->doubt = true;
	else
		list[(*count)++] = text;
}

static void note_value(struct scanner *s, const char *name, size_t len, const char *value)
{
	struct push_reading *out = s->out;

	if (!out->rule)
		return;
	if (push_list_has(out->rule->tags, name, len))
		keep(out, out->tags, &out->tag_count, value);
	else if (out->rule->kind == KIND_BUILD && push_list_has("-o --output", name, len))
		keep(out, out->outputs, &out->output_count, value);
}

/* value NULL: none was written. */
static void note_switch(struct scanner *s, const char *name, size_t len, const char *value)
{
	struct push_reading *out = s->out;
	bool off = value && (strcmp(value, "false") == 0 || strcmp(value, "0") == 0);
	bool odd = value && !off && strcmp(value, "true") != 0 && strcmp(value, "1") != 0;

	if (push_list_has("-h --help", name, len) ||
	    (out->rule && push_list_has(out->rule->nots, name, len))) {
		out->nothing |= !off;
	} else if (out->rule && knows_push(out->rule) && push_list_has("--push", name, len)) {
		out->push = !off;
		out->doubt |= odd;
	}
}

/* "--name", "--name=value", "--name value". */
static void scan_long(struct scanner *s, const char *arg)
{
	size_t len = strcspn(arg, "=");
	const char *value = arg[len] ? arg + len + 1 : NULL;

	switch (flag_kind(s, arg, len)) {
	case FLAG_VALUE:
		if (!value && s->next < s->argv->count)
			value = s->argv->items[s->next++];
		if (value)
			note_value(s, arg, len, value);
		else
			s->out->doubt = true;
		return;
	case FLAG_SWITCH:
		note_switch(s, arg, len, value);
		return;
	case FLAG_UNKNOWN:
		s->out->doubt |= !value;
		return;
	}
}

/* "-a", "-aq", "-tvalue", "-t=value", "-t value". */
static void scan_short(struct scanner *s, const char *arg)
{
	for (const char *c = arg + 1; *c && !s->out->doubt; c++) {
		const char name[] = { '-', *c };
		const char *value = c[1] == '=' ? c + 2 : c[1] ? c + 1 : NULL;

		switch (flag_kind(s, name, sizeof(name))) {
		case FLAG_VALUE:
			if (!value && s->next < s->argv->count)
				value = s->argv->items[s->next++];
			if (value)
				note_value(s, name, sizeof(name), value);
			else
				s->out->doubt = true;
			return;
		case FLAG_SWITCH:
			note_switch(s, name, sizeof(name), c[1] == '=' ? value : NULL);
			if (c[1] == '=')
				return;
			break;
		case FLAG_UNKNOWN:
			s->out->doubt = true;
			return;
		}
	}
}

/* Whether the verb begins with the words so far; whole: it is no longer than they are. */
static bool verb_begins(const char *verb, const char *words, bool *whole)
{
	size_t len = strlen(words);

	if (strncmp(verb, words, len) != 0 || (verb[len] && verb[len] != ' '))
		return false;
	*whole = !verb[len];
	return true;
}

/* Adds a word of the verb. False: no verb begins so. */
static bool scan_verb(struct scanner *s, struct buf *words, const char *word)
{
	const char *within = s->program->within;
	bool known = false;

	if (within && strcmp(words->data, within) == 0 && strcmp(word, within) == 0)
		return true;
	buf_fmt(words, "%s%s", words->len ? " " : "", word);
	for (const struct push_rule *rule = s->program->rules; rule && rule->verb; rule++) {
		bool whole = false;

		if (!verb_begins(rule->verb, words->data, &whole))
			continue;
		if (whole)
			s->out->rule = rule;
		known = true;
	}
	return known && !buf_failed(words);
}

static void scan(struct scanner *s, struct buf *verb)
{
	bool flags = true;

	while (s->next < s->argv->count && !s->out->doubt) {
		const char *arg = s->argv->items[s->next++];

		if (flags && strcmp(arg, "--") == 0)
			flags = false;
		else if (flags && arg[0] == '-' && arg[1] == '-')
			scan_long(s, arg);
		else if (flags && arg[0] == '-' && arg[1])
			scan_short(s, arg);
		else if (s->out->rule)
			keep(s->out, s->out->words, &s->out->word_count, arg);
		else
			s->out->doubt = !scan_verb(s, verb, arg);
	}
}

#define VERB_MAX 256

void push_read(struct push_reading *out, const struct push_program *program,
	       const struct strings *argv)
{
	struct scanner s = { out, program, argv, 1 };
	scoped_buf verb = { 0 };

	*out = (struct push_reading){ 0 };
	buf_init(&verb, VERB_MAX);
	if (program->within)
		buf_str(&verb, program->within);
	scan(&s, &verb);
}
