/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/ssh.h"

#include <string.h>

void ssh_quote(struct buf *out, const char *word)
{
	buf_char(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			buf_str(out, "'\\''");
		else
			buf_char(out, *word);
	}
	buf_char(out, '\'');
}

static const char *keep(struct strings *room, char *owned)
{
	strings_take(room, owned);
	return owned;
}

void ssh_argv(const char *argv[SSH_ARGV], struct strings *room, const struct endpoint *e,
	      const char *command)
{
	const char *host = strrchr(e->host, '@');
	size_t n = 0;

	argv[n++] = "ssh";
	if (host) {
		argv[n++] = "-l";
		argv[n++] = keep(room, xstrndup(e->host, (size_t)(host - e->host)));
	}
	if (e->port) {
		argv[n++] = "-p";
		argv[n++] = keep(room, xasprintf("%d", e->port));
	}
	argv[n++] = "-o";
	argv[n++] = "ConnectTimeout=30";
	argv[n++] = "-T";
	argv[n++] = "--";
	argv[n++] = host ? host + 1 : e->host;
	argv[n++] = command;
	argv[n] = NULL;
}
