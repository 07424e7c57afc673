/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cli/opt.h"
#include "common/codec/timefmt.h"
#include "common/codec/units.h"

int opt_duration(void *field, const char *value, struct error *err)
{
	return duration_parse(value, field, err);
}

int opt_size(void *field, const char *value, struct error *err)
{
	return size_parse(value, field, err);
}
