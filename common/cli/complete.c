/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cli/complete.h"

#include <stdlib.h>
#include <string.h>

#include "common/cli/opt_scan.h"
#include "common/cli/verb_tree.h"

struct completion {
	const char *prefix;
	bool descriptions;
	struct buf *out;
};

/* Names from an engine may hold what would break the lines of the protocol or the terminal. */
static bool is_plain(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

void completion_add(struct completion *completion, const char *value, const char *description)
{
	if (!*value || strncmp(value, completion->prefix, strlen(completion->prefix)) != 0 ||
	    !is_plain(value))
		return;
	buf_str(completion->out, value);
	if (completion->descriptions && description && is_plain(description))
		buf_fmt(completion->out, "\t%s", description);
	buf_char(completion->out, '\n');
}

static void add_verbs(const struct verb *const *verbs, bool top, struct completion *completion)
{
	for (; *verbs; verbs++)
		if (!(*verbs)->hidden)
			completion_add(completion, (*verbs)->name, (*verbs)->summary);
	if (top)
		completion_add(completion, "help", "Help about any command");
}

struct line {
	const struct verb *verb;
	bool *used;                 /* by the number of the row, counted over all sets */
	const struct opt *awaiting; /* the option whose value is being typed */
	size_t operands;
	bool ended; /* "--" was typed */
};

static void line_release(struct line *line)
{
	free(line->used);
}

static size_t number_of(const struct verb *verb, const struct opt *row)
{
	size_t number = 0;

	for (size_t i = 0; i < verb->opt_count; i++)
		for (size_t j = 0; j < verb->opts[i].count; j++, number++)
			if (&verb->opts[i].rows[j] == row)
				return number;
	return number;
}

static void line_read(struct line *line, const struct verb *verb, int count, char **words)
{
	struct opt_scan scan = {
		.sets = verb->opts, .count = verb->opt_count, .argc = count, .argv = words
	};
	struct opt_item item;
	enum opt_event event;

	*line = (struct line){ .verb = verb };
	line->used = xcalloc(number_of(verb, NULL) + 1, sizeof(*line->used));
	while ((event = opt_next(&scan, &item)) != OPT_END) {
		if (event == OPT_OPERAND)
			line->operands++;
		if (event == OPT_OPTION)
			line->used[number_of(verb, item.row)] = true;
		if (event == OPT_NO_VALUE && !item.text)
			line->awaiting = item.row;
	}
	line->ended = scan.ended;
}

static void add_options(const struct line *line, struct completion *completion)
{
	const struct verb *verb = line->verb;
	scoped_buf name;

	buf_init(&name, 4096);
	for (size_t i = 0; i < verb->opt_count; i++)
		for (size_t j = 0; j < verb->opts[i].count; j++) {
			const struct opt *row = &verb->opts[i].rows[j];
			bool again = row->repeatable || row->parse == opt_strings;

			if (row->hidden || (line->used[number_of(verb, row)] && !again))
				continue;
			buf_clear(&name);
			buf_fmt(&name, "--%s", row->name);
			completion_add(completion, name.data, row->help);
		}
	completion_add(completion, "--help", "Print usage");
}

/* The words of a row, separated by blanks. */
static void add_words(const char *words, struct completion *completion)
{
	while (words && *words) {
		size_t len = strcspn(words, " ");
		scoped_str word = xstrndup(words, len);

		completion_add(completion, word, NULL);
		words += len + strspn(words + len, " ");
	}
}

static enum complete_directive add_values(const struct verb *verb, const struct opt *row,
					  struct cli *cli, struct completion *completion)
{
	if (row->complete == OPT_COMPLETE_FILE)
		return COMPLETE_DEFAULT;
	if (!row->metavar)
		add_words("true false", completion);
	else if (row->complete == OPT_COMPLETE_WORDS)
		add_words(row->words, completion);
	else if (verb->complete)
		verb->complete(cli, row, completion->prefix, completion);
	return COMPLETE_NO_FILES;
}

/* The row of "--name=..."; *value: what stands behind "=", NULL if nothing divides the word. */
static const struct opt *row_of_word(const struct verb *verb, const char *word, const char **value)
{
	size_t len = strcspn(word, "=");

	*value = word[len] ? word + len + 1 : NULL;
	if (!*value || strncmp(word, "--", 2) != 0 || len < 3)
		return NULL;
	scoped_str name = xstrndup(word + 2, len - 2);

	return opt_find(verb->opts, verb->opt_count, name);
}

static enum complete_directive complete_verb(const struct verb *verb, struct cli *cli, int count,
					     char **words, struct completion *completion)
{
	scoped(line_release) struct line line;

	line_read(&line, verb, count, words);
	if (line.awaiting)
		return add_values(verb, line.awaiting, cli, completion);
	if (!line.ended && completion->prefix[0] == '-') {
		const char *value;
		const struct opt *row = row_of_word(verb, completion->prefix, &value);

		if (row) {
			completion->prefix = value;
			return add_values(verb, row, cli, completion);
		}
		if (!value)
			add_options(&line, completion);
	} else if (line.operands < verb->max_operands && verb->complete) {
		verb->complete(cli, NULL, completion->prefix, completion);
	}
	return COMPLETE_NO_FILES;
}

void complete(const struct plugin *plugin, struct cli *cli, int count, char **words,
	      bool descriptions, struct buf *out)
{
	struct completion completion = { .prefix = count > 0 ? words[count - 1] : "",
					 .descriptions = descriptions,
					 .out = out };
	enum complete_directive directive = COMPLETE_NO_FILES;
	int before = count > 0 ? count - 1 : 0;
	struct verb_place place;
	bool help = before > 0 && strcmp(words[0], "help") == 0;

	verb_follow(&place, plugin, before - help, words + help);
	bool lost = place.used < before - help;

	/* Options in front of a command belong to the verb that runs without one. */
	bool fallback = place.fallback && (before > 0 ? words[0][0] : completion.prefix[0]) == '-';

	if ((!place.below || fallback) && !help)
		directive = complete_verb(verb_here(&place), cli, before - place.used,
					  words + place.used, &completion);
	else if (place.below && !lost && completion.prefix[0] == '-' && !help)
		completion_add(&completion, "--help", "Print usage");
	else if (place.below && !lost)
		add_verbs(place.below, !place.verb && !help, &completion);
	buf_fmt(out, ":%d\n", (int)directive);
}
