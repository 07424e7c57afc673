/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of plans for tests, made by hand. */
#ifndef TESTS_UNIT_HYGIENE_ROWS_H
#define TESTS_UNIT_HYGIENE_ROWS_H

#include "plugins/hygiene/plan.h"

#define HEX8(c)  c c c c c c c c
#define HEX64(c) HEX8(c) HEX8(c) HEX8(c) HEX8(c) HEX8(c) HEX8(c) HEX8(c) HEX8(c)

/* A row with copies of the strings, of stage 0, not seen in use; to be refined by the caller. */
struct plan_row *row_add(struct plan_rows *rows, enum kind kind, enum action action, const char *id,
			 const char *name, const char *reason);
/* Sets both ends. */
void row_bytes(struct plan_row *row, int64_t max, int64_t min);

#endif
