/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cli/say.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/cli/plugin.h"
#include "common/codec/printable.h"

void cli_say(const struct cli *cli, const char *verb, const char *kind, const char *text)
{
	scoped_buf line;

	buf_init(&line, strlen(text) * 4 + 1);
	printable_add(&line, text);
	fprintf(cli->err, "docker %s %s: %s%s%s\n", cli->plugin->name, verb, kind ? kind : "",
		kind ? ": " : "", line.data);
	(void)fflush(cli->err);
}

void cli_say_notes(const struct cli *cli, const char *verb, const struct strings *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		cli_say(cli, verb, "note", notes->items[i]);
}
