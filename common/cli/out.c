/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cli/out.h"

#include <errno.h>

int out_flush(FILE *out, struct error *err)
{
	bool failed_before = ferror(out) != 0;

	errno = 0;
	if (fflush(out) == 0 && !failed_before)
		return 0;
	int errnum = errno;

	/* The bytes are lost; a second flush would only say so again. */
	clearerr(out);
	if (!errnum)
		return error_set(err, ERROR_IO, 0, "writing the output failed");
	error_errno(err, errnum, "writing the output");
	err->kind = ERROR_IO;
	return -1;
}

int out_json(FILE *out, const json_t *json, struct error *err)
{
	/* On a terminal, names from outside must not carry controls that JSON lets through. */
	size_t flags = term_is(out) ? JSON_INDENT(2) | JSON_ENSURE_ASCII : JSON_COMPACT;

	if (!json)
		return error_set(err, ERROR_IO, 0, "writing the output: text that is no UTF-8");
	if (json_dumpf(json, out, flags) == 0)
		fputc('\n', out);
	return out_flush(out, err);
}
