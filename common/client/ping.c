/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/ping.h"

#include <string.h>
#include <strings.h>

static bool parse_number(const char **at, const char *end, int *out)
{
	const char *start = *at;
	int value = 0;

	while (*at < end && **at >= '0' && **at <= '9' && *at - start < 4)
		value = value * 10 + (*(*at)++ - '0');
	*out = value;
	return *at > start;
}

bool api_version_parse(const char *text, size_t len, int *major, int *minor)
{
	const char *at = text;
	const char *end = text + len;
	int first, second;

	if (at < end && *at == 'v')
		at++;
	if (!parse_number(&at, end, &first) || at == end || *at++ != '.')
		return false;
	if (!parse_number(&at, end, &second) || at != end)
		return false;
	*major = first;
	*minor = second;
	return true;
}

/* The value if the line is this header: blanks and the line's end taken off; else NULL. */
static const char *header_value(const char *line, size_t len, const char *name, size_t *value_len)
{
	size_t at = strlen(name);

	if (len <= at || line[at] != ':' || strncasecmp(line, name, at) != 0)
		return NULL;
	at++;
	while (at < len && (line[at] == ' ' || line[at] == '\t'))
		at++;
	while (len > at && strchr(" \t\r\n", line[len - 1]))
		len--;
	*value_len = len - at;
	return line + at;
}

/* "4.3.1", "5.0.0-dev": only the first two numbers count. */
static void take_podman(struct ping *ping, const char *value, size_t len)
{
	const char *end = value + len;
	int major, minor;

	ping->podman = true;
	if (!parse_number(&value, end, &major) || value == end || *value++ != '.' ||
	    !parse_number(&value, end, &minor))
		return;
	ping->podman_major = major;
	ping->podman_minor = minor;
}

void ping_header(struct ping *ping, const char *line, size_t len)
{
	size_t n;
	const char *value = header_value(line, len, "Api-Version", &n);

	if (value && !api_version_parse(value, n, &ping->api_major, &ping->api_minor)) {
		ping->api_major = 0;
		ping->api_minor = 0;
	}
	value = header_value(line, len, "Libpod-Api-Version", &n);
	if (value)
		take_podman(ping, value, n);
	value = header_value(line, len, "OSType", &n);
	if (value)
		ping->windows = n == 7 && strncasecmp(value, "windows", n) == 0;
}
