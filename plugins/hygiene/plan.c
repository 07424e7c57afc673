/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/plan.h"

#include "common/base/alloc.h"

static const char *const rules[] = {
#define RULE_WORD(rule, word) [PLAN_RULE_##rule] = word,
	PLAN_RULES(RULE_WORD)
#undef RULE_WORD
};

const char *plan_rule_word(enum plan_rule rule)
{
	return rules[rule];
}

void plan_init(struct plan *plan)
{
	*plan = (struct plan){
		.free_target = -1, .size_target = -1, .size_left = -1, .target_reached = true
	};
}

void plan_row_release(struct plan_row *row)
{
	free(row->id);
	free(row->name);
	free(row->reason);
	free(row->fingerprint);
	*row = (struct plan_row){ 0 };
}

void plan_rows_release(struct plan_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		plan_row_release(&rows->items[i]);
	free(rows->items);
	*rows = (struct plan_rows){ 0 };
}

struct plan_row *plan_rows_copy(struct plan_rows *to, const struct plan_row *row)
{
	struct plan_row copy = *row;
	struct plan_row *slot;

	copy.id = xstrdup_null(row->id);
	copy.name = xstrdup_null(row->name);
	copy.reason = xstrdup_null(row->reason);
	copy.fingerprint = xstrdup_null(row->fingerprint);
	slot = array_add(to);
	*slot = copy;
	return slot;
}

void plan_release(struct plan *plan)
{
	plan_rows_release(&plan->rows);
	plan_rows_release(&plan->kept);
	plan_init(plan);
}
