/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a verb by the words of a command line, and its help page. */
#ifndef COMMON_CLI_VERB_TREE_H
#define COMMON_CLI_VERB_TREE_H

#include "common/base/buf.h"
#include "common/cli/plugin.h"

#define VERB_PATH_MAX 512

struct verb_place {
	const struct verb *verb;         /* NULL: the plugin itself */
	const struct verb *fallback;     /* what the plugin itself runs; NULL: nothing */
	const struct verb *const *below; /* the verbs to choose from; NULL: the verb runs */
	char path[VERB_PATH_MAX];        /* "docker hygiene schedule prune" */
	int used;                        /* words that named verbs */
};

/* The verb that runs here, by name or as the fallback; NULL: none does. */
static inline const struct verb *verb_here(const struct verb_place *place)
{
	return place->below ? place->fallback : place->verb;
}

/* Follows words as long as they name verbs. */
void verb_follow(struct verb_place *place, const struct plugin *plugin, int count, char **words);
/* ERROR_USAGE for a word that names no verb here, with the nearest one. Returns -1. */
int verb_unknown(const struct verb_place *place, const char *word, struct error *err);
/* Appends " (see '<path> --help')" to a set error. Returns -1. */
int verb_hint(const struct verb_place *place, struct error *err);
/* The whole help page: at most 80 columns, if summaries and examples keep to that. */
void verb_help(const struct verb_place *place, const struct plugin *plugin, struct buf *out);

#endif
