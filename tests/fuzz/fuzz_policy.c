/* SPDX-License-Identifier: Apache-2.0 */
/* A policy file: what parses is written so that it parses to the same, and merges or says why not.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/hygiene/policy.h"

static void require(int holds)
{
	if (!holds)
		abort();
}

/* Written and read again, the settings are the same. */
static void check_again(const struct settings *s)
{
	json_t *json = settings_to_json(s);
	char *text = json_dumps(json, 0);
	struct error err = ERROR_INIT;
	scoped_settings again;
	json_t *other;

	settings_init(&again);
	require(text && settings_parse_policy(&again, text, strlen(text), "again", &err) == 0);
	other = settings_to_json(&again);
	require(json_equal(json, other));
	json_decref(json);
	json_decref(other);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	scoped_settings s;
	scoped_policy policy = { 0 };
	const struct settings *sources[] = { &s };

	settings_init(&s);
	if (settings_parse_policy(&s, (const char *)data, size, "fuzz", &err) < 0) {
		require(err.kind == ERROR_USAGE && err.text[0]);
		require(s.common.keep.count == 0 && s.max_size == UNSET);
		return 0;
	}
	check_again(&s);
	if (policy_merge(&policy, sources, 1, &err) < 0)
		require(err.kind == ERROR_USAGE);
	else
		require(policy.keep_last >= 0 && policy.max_size >= UNSET);
	return 0;
}
