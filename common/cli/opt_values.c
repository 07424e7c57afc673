/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <string.h>

#include "common/cli/opt.h"
#include "common/cli/out.h"

/* What Go's strconv.ParseBool takes, since docker's own flags do. */
static int parse_bool(const char *value, bool *out, struct error *err)
{
	static const char *const yes[] = { "1", "t", "T", "true", "TRUE", "True" };
	static const char *const no[] = { "0", "f", "F", "false", "FALSE", "False" };

	for (size_t i = 0; i < array_len(yes); i++) {
		if (strcmp(value, yes[i]) == 0 || strcmp(value, no[i]) == 0) {
			*out = strcmp(value, yes[i]) == 0;
			return 0;
		}
	}
	return error_set(err, ERROR_USAGE, 0, "\"%s\" is neither true nor false", value);
}

int opt_flag(void *field, const char *value, struct error *err)
{
	return parse_bool(value, field, err);
}

int opt_tristate(void *field, const char *value, struct error *err)
{
	bool given;

	if (parse_bool(value, &given, err) < 0)
		return -1;
	*(int *)field = given;
	return 0;
}

int opt_string(void *field, const char *value, struct error *err)
{
	(void)err;
	*(const char **)field = value;
	return 0;
}

int opt_strings(void *field, const char *value, struct error *err)
{
	(void)err;
	strings_add(field, value);
	return 0;
}

#define COUNT_MAX 1000000

int opt_count(void *field, const char *value, struct error *err)
{
	int64_t count = 0;
	const char *p = value;

	for (; *p >= '0' && *p <= '9' && count <= COUNT_MAX; p++)
		count = count * 10 + (*p - '0');
	if (p == value || *p || count > COUNT_MAX)
		return error_set(err, ERROR_USAGE, 0, "\"%s\" is no number from 0 to %d", value,
				 COUNT_MAX);
	*(int64_t *)field = count;
	return 0;
}

int opt_format(void *field, const char *value, struct error *err)
{
	enum out_format *format = field;

	if (strcmp(value, "table") == 0)
		*format = OUT_TABLE;
	else if (strcmp(value, "json") == 0)
		*format = OUT_JSON;
	else
		return error_set(err, ERROR_USAGE, 0, "\"%s\" is neither \"table\" nor \"json\"",
				 value);
	return 0;
}
