/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/hygiene/rows.h"

struct plan_row *row_add(struct plan_rows *rows, enum kind kind, enum action action, const char *id,
			 const char *name, const char *reason)
{
	struct plan_row *row = array_add(rows);

	row->kind = kind;
	row->action = action;
	row->id = xstrdup(id);
	row->name = xstrdup_null(name);
	row->reason = xstrdup_null(reason);
	row->last_used = TIME_NONE;
	return row;
}

void row_bytes(struct plan_row *row, int64_t max, int64_t min)
{
	row->bytes = max;
	row->bytes_min = min;
}
