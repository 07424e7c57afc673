/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/client/ntp_client.h"
#include "common/codec/hostport.h"
#include "plugins/timesync/measure.h"
#include "plugins/timesync/timeref_kinds.h"

#define NTP_PORT 123
#define DEADLINE (10 * NSEC_PER_SEC)

static int parse_ntp(struct timeref *out, const char *hosts, struct error *err)
{
	struct host_port at;

	for (const char *name = hosts;; name++) {
		size_t len = strcspn(name, ",");

		if (len == 0)
			return error_set(err, ERROR_USAGE, 0,
					 "a server's name is missing; write it like "
					 "ntp:time.example.com,ntp.example.org");
		strings_take(&out->hosts, xstrndup(name, len));
		name += len;
		if (!*name)
			break;
	}
	if (out->hosts.count > NTP_SERVERS_MAX)
		return error_set(err, ERROR_USAGE, 0, "%zu servers are more than %d",
				 out->hosts.count, NTP_SERVERS_MAX);
	for (size_t i = 0; i < out->hosts.count; i++)
		if (host_port_parse(&at, out->hosts.items[i], NTP_PORT, err) < 0)
			return -1;
	return 0;
}

static int parse_url(struct timeref *out, const char *url, struct error *err)
{
	const char *host = strstr(url, "://") + 3;

	if (strcspn(host, "/?#") == 0 || strpbrk(url, " \t\r\n") || strchr(host, '@'))
		return error_set(err, ERROR_USAGE, 0,
				 "\"%s\" is no URL; write it like https://time.example.com", url);
	out->url = xstrdup(url);
	return 0;
}

static int parse(struct timeref *out, const char *text, bool allow_http, struct error *err)
{
	if (strcmp(text, "host") == 0)
		return 0;
	if (strncmp(text, "ntp:", 4) == 0) {
		out->kind = TIMEREF_NTP;
		return parse_ntp(out, text + 4, err);
	}
	out->kind = TIMEREF_HTTP;
	if (strncasecmp(text, "https://", 8) == 0)
		return parse_url(out, text, err);
	if (strncasecmp(text, "http://", 7) != 0)
		return error_set(err, ERROR_USAGE, 0,
				 "\"%s\" is no reference; there are host, ntp:HOST[,HOST...] and "
				 "https://HOST",
				 text);
	if (allow_http)
		return parse_url(out, text, err);
	return error_set(err, ERROR_USAGE, 0,
			 "\"%s\" is no reference: anybody on the way can change what http says; "
			 "use https",
			 text);
}

int timeref_parse(struct timeref *out, const char *text, bool allow_http, struct error *err)
{
	scoped_timeref made = { 0 };

	if (parse(&made, text, allow_http, err) < 0)
		return -1;
	made.text = xstrdup(text);
	*out = take_value(made);
	return 0;
}

void timeref_release(struct timeref *ref)
{
	free(ref->text);
	free(ref->url);
	strings_release(&ref->hosts);
	*ref = (struct timeref){ 0 };
}

/* "pool.ntp.org", "2.debian.pool.ntp.org.", with or without a port. */
static bool is_pool(const char *name)
{
	static const char pool[] = "pool.ntp.org";
	size_t len = strcspn(name, ":");

	while (len > 0 && name[len - 1] == '.')
		len--;
	if (len < strlen(pool) || strncasecmp(name + len - strlen(pool), pool, strlen(pool)) != 0)
		return false;
	return len == strlen(pool) || name[len - strlen(pool) - 1] == '.';
}

bool timeref_is_pool(const struct timeref *ref)
{
	for (size_t i = 0; i < ref->hosts.count; i++)
		if (is_pool(ref->hosts.items[i]))
			return true;
	return false;
}

void timeref_reading_release(struct timeref_reading *reading)
{
	strings_release(&reading->notes);
}

static int read_kind(struct timeref_reading *out, const struct timeref *ref,
		     const struct timeref_options *options, struct error *err)
{
	switch (ref->kind) {
	case TIMEREF_NTP:
		return timeref_read_ntp(out, ref, options, err);
	case TIMEREF_HTTP:
		return timeref_read_http(out, ref, options, err);
	case TIMEREF_HOST:
		break;
	}
	out->when = options->clock->monotonic(options->clock);
	return 0;
}

/* By less than HOST_STEP the host's clock may have moved meanwhile: that is given way to. */
static bool host_stepped(struct timeref_reading *reading, const struct clock *clock)
{
	int64_t resolution;
	int64_t anchor = host_anchor(clock, &resolution);
	int64_t moved = time_diff(anchor, reading->anchor);
	const struct interval by = {
		.lo = moved < 0 ? moved : 0,
		.hi = time_max(moved + resolution - reading->resolution, 0),
	};

	if (moved > HOST_STEP || moved < -HOST_STEP)
		return true;
	reading->offset = interval_add(reading->offset, by);
	return false;
}

int timeref_read(struct timeref_reading *out, const struct timeref *ref,
		 const struct timeref_options *given, struct error *err)
{
	struct timeref_options options = *given;
	scoped_timeref_reading reading = { 0 };

	if (!options.deadline)
		options.deadline = DEADLINE;
	reading.anchor = host_anchor(options.clock, &reading.resolution);
	if (read_kind(&reading, ref, &options, err) < 0)
		return -1;
	if (ref->kind != TIMEREF_HOST && host_stepped(&reading, options.clock))
		return error_set(err, ERROR_CONFLICT, 0,
				 "this machine's clock was stepped while it was compared; "
				 "run it again");
	*out = take_value(reading);
	return 0;
}
