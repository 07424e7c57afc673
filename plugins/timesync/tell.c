/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/tell.h"

#include "common/cli/out.h"
#include "common/cli/say.h"

#define LINE_MAX_LEN 8192

void tell_host(struct cli *cli, const char *verb, const struct host_verdict *verdict)
{
	scoped_buf text = { 0 };

	if (!verdict->done || !verdict->wrong)
		return;
	buf_init(&text, LINE_MAX_LEN);
	host_verdict_text(verdict, &text);
	cli_say(cli, verb, "warning", text.data);
}

void doing_start(struct doing *doing, struct cli *cli)
{
	*doing = (struct doing){ .out = term_is(cli->err) ? cli->err : NULL };
}

void doing_show(void *ctx, const char *what)
{
	struct doing *doing = ctx;

	if (!doing->out)
		return;
	fprintf(doing->out, "\r\033[K%s ...", what);
	(void)fflush(doing->out);
	doing->visible = true;
}

void doing_end(struct doing *doing)
{
	if (!doing->visible)
		return;
	fputs("\r\033[K", doing->out);
	(void)fflush(doing->out);
	doing->visible = false;
}

/* Takes over ref. */
static int store(struct timeref *field, struct timeref *ref)
{
	timeref_release(field);
	*field = take_value(*ref);
	return 0;
}

int opt_timeref(void *field, const char *value, struct error *err)
{
	scoped_timeref ref = { 0 };

	return timeref_parse(&ref, value, false, err) < 0 ? -1 : store(field, &ref);
}

int opt_timeref_other(void *field, const char *value, struct error *err)
{
	scoped_timeref ref = { 0 };

	if (timeref_parse(&ref, value, false, err) < 0)
		return -1;
	if (ref.kind == TIMEREF_HOST)
		return error_set(err, ERROR_USAGE, 0,
				 "this machine cannot vouch for itself; name a server: "
				 "ntp:HOST or https://HOST");
	return store(field, &ref);
}

int opt_timeref_url(void *field, const char *value, struct error *err)
{
	scoped_timeref ref = { 0 };

	if (timeref_parse(&ref, value, true, err) < 0)
		return -1;
	if (ref.kind != TIMEREF_HTTP)
		return error_set(err, ERROR_USAGE, 0,
				 "\"%s\" is no URL such as https://s3.amazonaws.com", value);
	return store(field, &ref);
}
