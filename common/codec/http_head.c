/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/http_head.h"

#include <string.h>
#include <strings.h>

#define PROTOCOL   "HTTP/1."
/* "HTTP/1.1 101" */
#define STATUS_AT  9
#define STATUS_END 12

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Whether data, which may be cut, begins as an answer does. */
static bool begins_well(const char *data, size_t len)
{
	size_t n = strlen(PROTOCOL);

	return memcmp(data, PROTOCOL, len < n ? len : n) == 0;
}

/* The value of the line if it is that header: blanks around it taken off. NULL: another one. */
static const char *value_of(const char *line, size_t len, const char *name, size_t *value_len)
{
	size_t n = strlen(name);

	if (len <= n || line[n] != ':' || strncasecmp(line, name, n) != 0)
		return NULL;
	for (n++; n < len && is_blank(line[n]); n++)
		;
	while (len > n && is_blank(line[len - 1]))
		len--;
	*value_len = len - n;
	return line + n;
}

static int parse_length(const char *text, size_t len, int64_t *out, struct error *err)
{
	int64_t value = 0;

	for (size_t i = 0; i < len; i++) {
		if (!is_digit(text[i]) || value > INT64_MAX / 10 - 1)
			len = 0;
		else
			value = value * 10 + (text[i] - '0');
	}
	if (len == 0 || (*out >= 0 && *out != value))
		return error_set(err, ERROR_PROTOCOL, 0, "an answer's Content-Length is no number");
	*out = value;
	return 0;
}

static int parse_line(const char *line, size_t len, struct http_head *head, struct error *err)
{
	size_t n;
	const char *value = value_of(line, len, "Content-Length", &n);

	if (value)
		return parse_length(value, n, &head->length, err);
	if (value_of(line, len, "Transfer-Encoding", &n))
		head->encoded = true;
	return 0;
}

static int parse_status(const char *line, size_t len, struct http_head *head, struct error *err)
{
	const char *digits = line + STATUS_AT;

	if (len < STATUS_END || !is_digit(line[STATUS_AT - 2]) || line[STATUS_AT - 1] != ' ' ||
	    digits[0] < '1' || digits[0] > '5' || !is_digit(digits[1]) || !is_digit(digits[2]) ||
	    (len > STATUS_END && line[STATUS_END] != ' '))
		return error_set(err, ERROR_PROTOCOL, 0, "an answer has no HTTP status");
	head->status = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
	return 0;
}

int http_head_parse(const char *data, size_t len, struct http_head *out, struct error *err)
{
	struct http_head head = { .length = -1 };
	const char *end = memmem(data, len, "\r\n\r\n", 4);
	const char *line = data;

	if (!begins_well(data, len))
		return error_set(err, ERROR_PROTOCOL, 0, "an answer is not HTTP");
	if (!end)
		return 0;
	while (line < end + 2) {
		const char *stop = memmem(line, (size_t)(end + 2 - line), "\r\n", 2);
		size_t n = (size_t)(stop - line);

		if ((line == data ? parse_status(line, n, &head, err)
				  : parse_line(line, n, &head, err)) < 0)
			return -1;
		line = stop + 2;
	}
	head.size = (size_t)(end + 4 - data);
	*out = head;
	return 1;
}
