/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/verb_parts.h"

#include <stdint.h>
#include <unistd.h>

#include "common/codec/printable.h"

struct world verb_world(const struct cli *cli)
{
	return (struct world){ STDIN_FILENO, STDOUT_FILENO,    STDERR_FILENO, cli->env,
			       cli->clock,   &paths_installed, getpid() };
}

void verb_row(FILE *out, const char *label, struct buf *text)
{
	scoped_buf clean;

	buf_init(&clean, SIZE_MAX);
	printable_add(&clean, text->data);
	fprintf(out, "%-10s %s\n", label, clean.data);
	buf_clear(text);
}
