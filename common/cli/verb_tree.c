/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cli/verb_tree.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/base/nearest.h"
#include "common/cli/wrap.h"

static const struct verb *find(const struct verb *const *verbs, const char *name)
{
	for (; *verbs; verbs++)
		if (strcmp((*verbs)->name, name) == 0)
			return *verbs;
	return NULL;
}

void verb_follow(struct verb_place *place, const struct plugin *plugin, int count, char **words)
{
	*place = (struct verb_place){ .below = plugin->verbs, .fallback = plugin->fallback };
	snprintf(place->path, sizeof(place->path), "%s%s", plugin->standalone ? "" : "docker ",
		 plugin->name);
	while (place->used < count && place->below) {
		const struct verb *verb = find(place->below, words[place->used]);

		if (!verb)
			return;
		size_t len = strlen(place->path);

		snprintf(place->path + len, sizeof(place->path) - len, " %s", verb->name);
		place->verb = verb;
		place->fallback = NULL;
		place->below = verb->below;
		place->used++;
	}
}

int verb_unknown(const struct verb_place *place, const char *word, struct error *err)
{
	const char *best = NULL;
	size_t best_distance = SIZE_MAX;

	error_set(err, ERROR_USAGE, 0, "unknown command \"%s\"", word);
	for (const struct verb *const *v = place->below; *v; v++) {
		size_t distance = (*v)->hidden ? SIZE_MAX : nearest_distance(word, (*v)->name);

		if (distance < best_distance) {
			best = (*v)->name;
			best_distance = distance;
		}
	}
	return best ? error_hint(err, "did you mean \"%s\"?", best) : -1;
}

int verb_hint(const struct verb_place *place, struct error *err)
{
	size_t len = strlen(err->text);

	snprintf(err->text + len, sizeof(err->text) - len, " (see '%s --help')", place->path);
	return -1;
}

static void add_verbs(const struct verb *const *verbs, struct buf *out)
{
	size_t width = 0;

	for (const struct verb *const *v = verbs; *v; v++)
		if (!(*v)->hidden && strlen((*v)->name) > width)
			width = strlen((*v)->name);
	buf_str(out, "\nCommands:\n");
	for (const struct verb *const *v = verbs; *v; v++)
		if (!(*v)->hidden)
			buf_fmt(out, "  %-*s   %s\n", (int)width, (*v)->name, (*v)->summary);
}

static void add_usage(const struct verb_place *place, struct buf *out)
{
	const struct verb *runs = verb_here(place);

	buf_fmt(out, "Usage:  %s", place->path);
	if (runs && runs->synopsis)
		buf_fmt(out, " %s", runs->synopsis);
	if (runs && place->below)
		buf_fmt(out, "\n        %s", place->path);
	if (place->below)
		buf_str(out, " COMMAND");
}

void verb_help(const struct verb_place *place, const struct plugin *plugin, struct buf *out)
{
	const struct verb *verb = verb_here(place);
	const char *summary = place->verb ? place->verb->summary : plugin->summary;
	const char *help = place->verb ? place->verb->help : plugin->help;

	add_usage(place, out);
	buf_fmt(out, "\n\n%s\n", summary);
	if (help) {
		buf_char(out, '\n');
		wrap_prose(out, help);
	}
	if (place->below)
		add_verbs(place->below, out);
	if (place->below && verb)
		buf_fmt(out, "\nWithout a command, %s is run.\n", verb->name);
	if (verb && verb->opt_count) {
		buf_char(out, '\n');
		opt_help(verb->opts, verb->opt_count, out);
	}
	if (verb && verb->examples)
		buf_fmt(out, "\nExamples:\n%s%s", verb->examples,
			verb->examples[strlen(verb->examples) - 1] == '\n' ? "" : "\n");
	if (place->below)
		buf_fmt(out, "\nRun '%s COMMAND --help' for more information on a command.\n",
			place->path);
}
