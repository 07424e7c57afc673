/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs say beside their answer, all on stderr: warnings, what is being done. */
#ifndef PLUGINS_TIMESYNC_TELL_H
#define PLUGINS_TIMESYNC_TELL_H

#include "common/cli/verb.h"
#include "plugins/timesync/compare.h"

/* A warning (cli/say.h): the host's clock is wrong. Nothing if it is not known to be. */
void tell_host(struct cli *cli, const char *verb, const struct host_verdict *verdict);

/* One line on a terminal that says what is being done, and is gone afterwards. */
struct doing {
	FILE *out; /* NULL: not a terminal */
	bool visible;
};
void doing_start(struct doing *doing, struct cli *cli);
/* ctx: a struct doing. */
void doing_show(void *ctx, const char *what);
void doing_end(struct doing *doing);
#define scoped_doing scoped(doing_end) struct doing

/* Option parsers (struct timeref): a reference that a clock may be set by; one beside this machine;
 * a server of http, which may be without TLS, since nothing is set by it. */
int opt_timeref(void *field, const char *value, struct error *err);
int opt_timeref_other(void *field, const char *value, struct error *err);
int opt_timeref_url(void *field, const char *value, struct error *err);

#endif
