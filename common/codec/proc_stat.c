/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/proc_stat.h"

#include <stdbool.h>
#include <string.h>

#include "common/base/attr.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A whole number at *at, which moves behind it; its sign goes to negative. */
static bool read_number(const char **at, const char *end, uint64_t *out, bool *negative)
{
	uint64_t n = 0;

	*negative = *at < end && **at == '-';
	*at += *negative;
	if (*at == end || !is_digit(**at))
		return false;
	for (; *at < end && is_digit(**at); ++*at)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(**at - '0'), &n))
			return false;
	*out = n;
	return true;
}

/* The same within int64_t. */
static bool read_signed(const char **at, const char *end, int64_t *out)
{
	bool negative;
	uint64_t n;

	if (!read_number(at, end, &n, &negative) || n > INT64_MAX)
		return false;
	*out = negative ? -(int64_t)n : (int64_t)n;
	return true;
}

static bool skip(const char **at, const char *end, char c)
{
	if (*at == end || **at != c)
		return false;
	++*at;
	return true;
}

/* What follows the state, counted as proc_pid_stat(5) does: ppid is the fourth. */
#define FIELD_PPID     4
#define FIELD_TERMINAL 7
#define FIELD_STARTED  22

static bool read_fields(struct proc_stat *out, const char *at, const char *end)
{
	for (int field = FIELD_PPID; field < FIELD_STARTED; field++) {
		int64_t ignored;
		uint64_t large;
		bool negative;
		int64_t *into = field == FIELD_PPID       ? &out->ppid
				: field == FIELD_TERMINAL ? &out->terminal
							  : &ignored;

		if (!skip(&at, end, ' '))
			return false;
		/* The counters between them are unsigned, and may be large. */
		if (into == &ignored ? !read_number(&at, end, &large, &negative)
				     : !read_signed(&at, end, into))
			return false;
	}
	bool negative;

	if (!skip(&at, end, ' ') || !read_number(&at, end, &out->started, &negative) || negative)
		return false;
	/* A number that the end of the data cut would be another. */
	return at < end && (*at == ' ' || *at == '\n');
}

/* NULL: there is none. */
static const char *last_bracket(const char *data, size_t len)
{
	while (len > 0 && data[len - 1] != ')')
		len--;
	return len > 0 ? data + len - 1 : NULL;
}

static bool read_stat(struct proc_stat *out, const char *data, size_t len)
{
	const char *end = data + len, *at = data;
	const char *close = last_bracket(data, len);

	if (!read_signed(&at, end, &out->pid) || !skip(&at, end, ' ') || !skip(&at, end, '('))
		return false;
	if (!close || close < at)
		return false;
	size_t name = (size_t)(close - at);

	if (name >= sizeof(out->name))
		name = sizeof(out->name) - 1;
	memcpy(out->name, at, name);
	at = close + 1;
	if (!skip(&at, end, ' ') || at == end || *at == ' ')
		return false;
	out->state = *at++;
	return read_fields(out, at, end) && out->pid > 0 && out->ppid >= 0;
}

int proc_stat_parse(struct proc_stat *out, const char *data, size_t len, struct error *err)
{
	struct proc_stat stat = { 0 };

	if (len > PROC_STAT_MAX)
		return error_set(err, ERROR_INPUT, 0, "the state of a process: too long");
	if (len == 0 || !read_stat(&stat, data, len))
		return error_set(err, ERROR_INPUT, 0, "the state of a process: not understood");
	*out = stat;
	return 0;
}
