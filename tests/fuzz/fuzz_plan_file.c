/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A saved plan: as it is, and, since hardly any input has the right checksum, as the content of one
 * that has it. What parses is written back so that it parses to the same.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/json.h"
#include "common/codec/sha256.h"
#include "plugins/hygiene/plan_file.h"
#include "tests/fuzz/text.h"

static bool same(const char *a, const char *b)
{
	return !a == !b && (!a || strcmp(a, b) == 0);
}

static void same_rows(const struct plan *a, const struct plan *b)
{
	fuzz_assert(a->rows.count == b->rows.count);
	for (size_t i = 0; i < a->rows.count; i++) {
		const struct plan_row *x = &a->rows.items[i], *y = &b->rows.items[i];

		fuzz_assert(x->kind == y->kind && x->action == y->action && *x->id);
		fuzz_assert(same(x->id, y->id) && same(x->name, y->name));
		fuzz_assert(same(x->fingerprint, y->fingerprint) && x->bytes == y->bytes);
	}
}

static void parse(const char *text, size_t len)
{
	struct plan_file file, again;
	struct error err = ERROR_INIT;
	char *out = NULL;

	if (plan_file_parse(&file, text, len, &err) < 0) {
		fuzz_assert(err.kind == ERROR_INPUT && err.text[0]);
		return;
	}
	fuzz_assert(plan_file_format(&out, &file, &err) == 0);
	fuzz_assert(plan_file_parse(&again, out, strlen(out), &err) == 0);
	fuzz_assert(same(file.engine_id, again.engine_id) && file.created == again.created);
	same_rows(&file.plan, &again.plan);
	free(out);
	plan_file_release(&file);
	plan_file_release(&again);
}

/* {"plan": content, "sha256": its checksum} */
static char *sealed(const char *data, size_t size)
{
	struct error err = ERROR_INIT;
	scoped_json *content = NULL;
	char sum[SHA256_HEX];

	if (json_parse(&content, data, size, "fuzz", true, &err) < 0)
		return NULL;
	char *text = json_dumps(content, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	if (!text)
		return NULL;
	fuzz_assert(sha256_hex(sum, text, strlen(text), &err) == 0);
	char *all = xasprintf("{\"plan\":%s,\"sha256\":\"%s\"}", text, sum);
	free(text);
	return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	parse(text, size);
	char *all = sealed(text, size);
	if (all)
		parse(all, strlen(all));
	free(all);
	free(text);
	return 0;
}
