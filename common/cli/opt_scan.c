/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cli/opt_scan.h"

#include <stdint.h>
#include <string.h>

#include "common/base/nearest.h"

/* Finds a row by long name (len bytes of it) or, with name NULL, by letter. */
static bool find(const struct opt_scan *scan, const char *name, size_t len, char letter,
		 struct opt_item *item)
{
	for (size_t i = 0; i < scan->count; i++) {
		const struct opt_set *set = &scan->sets[i];

		for (size_t j = 0; j < set->count; j++) {
			const struct opt *row = &set->rows[j];
			bool same = name ? strncmp(row->name, name, len) == 0 && !row->name[len]
					 : row->letter == letter;

			if (same) {
				item->row = row;
				item->offset = set->offset + row->offset;
				return true;
			}
		}
	}
	return false;
}

/* Is the word "--name" or "--name=..." of a known row? */
static bool is_known(const struct opt_scan *scan, const char *word)
{
	struct opt_item item;

	return strncmp(word, "--", 2) == 0 && word[2] &&
	       find(scan, word + 2, strcspn(word + 2, "="), 0, &item);
}

/* given: what stands behind "=" or the letter; NULL if nothing does. */
static enum opt_event value_of(struct opt_scan *scan, const char *given, struct opt_item *item)
{
	const struct opt *row = item->row;

	item->text = given;
	if (given)
		return OPT_OPTION;
	if (!row->metavar)
		item->text = "true";
	else if (row->optional)
		item->text = row->optional;
	else if (scan->at == scan->argc)
		return OPT_NO_VALUE;
	else if (!scan->as_docker && is_known(scan, scan->argv[scan->at])) {
		item->text = scan->argv[scan->at];
		return OPT_NO_VALUE;
	} else
		item->text = scan->argv[scan->at++];
	return OPT_OPTION;
}

static enum opt_event next_long(struct opt_scan *scan, const char *word, struct opt_item *item)
{
	size_t len = strcspn(word + 2, "=");

	item->text = word;
	if (!find(scan, word + 2, len, 0, item))
		return OPT_UNKNOWN;
	return value_of(scan, word[2 + len] ? word + 2 + len + 1 : NULL, item);
}

/* One letter of scan->bundle, which is not empty. */
static enum opt_event next_letter(struct opt_scan *scan, struct opt_item *item)
{
	char letter = *scan->bundle++;
	const char *rest = *scan->bundle ? scan->bundle : NULL;

	if (!find(scan, NULL, 0, letter, item)) {
		item->text = scan->argv[scan->at - 1];
		item->letter = letter;
		scan->bundle = NULL;
		return OPT_UNKNOWN;
	}
	bool takes_value = item->row->metavar && !item->row->optional;

	if (rest && *rest == '=') {
		scan->bundle = NULL;
		return value_of(scan, rest + 1, item);
	}
	if (rest && takes_value) {
		scan->bundle = NULL;
		return value_of(scan, rest, item);
	}
	if (!rest)
		scan->bundle = NULL;
	return value_of(scan, NULL, item);
}

enum opt_event opt_next(struct opt_scan *scan, struct opt_item *item)
{
	*item = (struct opt_item){ 0 };
	if (scan->bundle)
		return next_letter(scan, item);
	if (scan->at == scan->argc)
		return OPT_END;
	const char *word = scan->argv[scan->at++];

	if (!scan->ended && strcmp(word, "--") == 0) {
		scan->ended = true;
		return opt_next(scan, item);
	}
	if (scan->ended || word[0] != '-' || !word[1]) {
		item->text = word;
		return OPT_OPERAND;
	}
	if (word[1] == '-')
		return next_long(scan, word, item);
	scan->bundle = word + 1;
	return next_letter(scan, item);
}

int opt_store(const struct opt_item *item, void *args, struct error *err)
{
	if (item->row->parse((char *)args + item->offset, item->text, err) == 0)
		return 0;
	/* Codecs know their input is wrong; that it is the caller's word is known here. */
	err->kind = ERROR_USAGE;
	return error_wrap(err, "--%s", item->row->name);
}

/* The name of the row nearest to an unknown "--word", or equal to a "-word"; NULL if none is. */
static const char *suggestion(const struct opt_scan *scan, const char *word)
{
	const char *best = NULL;
	size_t best_distance = SIZE_MAX;
	bool one_dash = word[1] != '-';
	char typed[NEAREST_MAX + 2];
	const char *name = word + (one_dash ? 1 : 2);
	size_t len = strcspn(name, "=");

	if (len >= sizeof(typed))
		return NULL;
	memcpy(typed, name, len);
	typed[len] = '\0';
	for (size_t i = 0; i < scan->count; i++)
		for (size_t j = 0; j < scan->sets[i].count; j++) {
			const struct opt *row = &scan->sets[i].rows[j];
			size_t distance = nearest_distance(typed, row->name);

			if (row->hidden || distance >= best_distance || (one_dash && distance))
				continue;
			best = row->name;
			best_distance = distance;
		}
	return best;
}

int opt_complain(const struct opt_scan *scan, enum opt_event event, const struct opt_item *item,
		 struct error *err)
{
	if (event == OPT_NO_VALUE && item->text)
		return error_set(err, ERROR_USAGE, 0,
				 "--%s needs a value, and %s is an option; write --%s=%s if it is "
				 "meant as the value",
				 item->row->name, item->text, item->row->name, item->text);
	if (event == OPT_NO_VALUE)
		return error_set(err, ERROR_USAGE, 0, "--%s needs a value: --%s %s",
				 item->row->name, item->row->name, item->row->metavar);
	const char *word = item->text;
	const char *near = suggestion(scan, word);

	if (word[1] != '-' && !near && strlen(word) > 2)
		error_set(err, ERROR_USAGE, 0, "unknown option -%c in %s", item->letter, word);
	else
		error_set(err, ERROR_USAGE, 0, "unknown option %.*s",
			  word[1] == '-' ? (int)strcspn(word, "=") : (int)strlen(word), word);
	return near ? error_hint(err, "did you mean --%s?", near) : -1;
}
