/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_report.h"

#include <string.h>

#include "common/base/nearest.h"

int64_t base_age(const struct base_report *report, const struct base_item *item)
{
	if (item->created == TIME_NONE || item->created > report->snap->now)
		return -1;
	return time_diff(report->snap->now, item->created);
}

bool base_too_old(const struct base_report *report, const struct base_item *item)
{
	return report->max_age > 0 && base_age(report, item) > report->max_age;
}

static const char *fail_word(size_t i)
{
	return i < BASE_STATUS_COUNT ? base_status_word((enum base_status)i) : "old";
}

static int parse_word(unsigned *mask, const char *word, struct error *err)
{
	size_t best = SIZE_MAX;
	const char *near = NULL;

	for (size_t i = 0; i <= BASE_STATUS_COUNT; i++) {
		size_t distance = nearest_distance(word, fail_word(i));

		if (strcmp(fail_word(i), word) == 0) {
			*mask |= 1u << i;
			return 0;
		}
		if (distance < best) {
			best = distance;
			near = fail_word(i);
		}
	}
	if (near)
		return error_set(err, ERROR_USAGE, 0, "no status '%.40s'; did you mean %s?", word,
				 near);
	return error_set(err, ERROR_USAGE, 0,
			 "no status '%.40s'; there are stale, gone, old and others", word);
}

int base_fail_parse(unsigned *mask, const char *text, struct error *err)
{
	while (*text) {
		size_t len = strcspn(text, ",");
		scoped_str word = xstrndup(text, len);

		if (parse_word(mask, word, err) < 0)
			return -1;
		text += len + (text[len] == ',');
	}
	return 0;
}

bool base_fails(const struct base_report *report, unsigned mask)
{
	for (size_t i = 0; i < report->list->rows.count; i++) {
		const struct base_item *item = &report->list->rows.items[i];

		if (mask & (1u << item->verdict.status))
			return true;
		if (item->base.by != BASE_FOUND_NOT && (mask & (1u << item->base_verdict.status)))
			return true;
		if ((mask & BASE_FAIL_OLD) && base_too_old(report, item))
			return true;
	}
	return false;
}
