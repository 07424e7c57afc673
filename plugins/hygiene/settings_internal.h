/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that make settings share. */
#ifndef PLUGINS_HYGIENE_SETTINGS_INTERNAL_H
#define PLUGINS_HYGIENE_SETTINGS_INTERNAL_H

#include "plugins/hygiene/policy.h"

/* Checked, then added; the text and source are copied. Errors: ERROR_USAGE. */
int rule_add_keep(struct rule_texts *list, const char *pattern, const char *source,
		  struct error *err) must_check;
int rule_add_filter(struct rule_texts *list, const char *filter, const char *source,
		    struct error *err) must_check;
void rule_texts_copy(struct rule_texts *to, const struct rule_texts *from);
void rule_texts_release(struct rule_texts *list);

/* Moves what `from` sets into `to`: members replace, lists are appended. Empties `from`. */
void settings_overlay(struct settings *to, struct settings *from);

#endif
