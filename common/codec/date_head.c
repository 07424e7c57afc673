/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/date_head.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/alloc.h"
#include "common/base/error.h"
#include "common/codec/httpdate.h"
#include "common/codec/printable.h"

struct text {
	const char *at;
	size_t len;
};

static bool equals(struct text t, const char *word)
{
	return t.len == strlen(word) && strncasecmp(t.at, word, t.len) == 0;
}

static bool begins(struct text t, const char *word)
{
	return t.len >= strlen(word) && strncasecmp(t.at, word, strlen(word)) == 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct text trim(struct text t)
{
	while (t.len > 0 && is_blank(t.at[0])) {
		t.at++;
		t.len--;
	}
	while (t.len > 0 && is_blank(t.at[t.len - 1]))
		t.len--;
	return t;
}

/* Cuts off what is before one of the separators, without blanks; false at the end of *rest. */
static bool next_part(struct text *rest, const char *separators, struct text *part)
{
	size_t n = 0;

	if (!rest->at)
		return false;
	while (n < rest->len && !(rest->at[n] && strchr(separators, rest->at[n])))
		n++;
	*part = trim((struct text){ rest->at, n });
	if (n < rest->len)
		*rest = (struct text){ rest->at + n + 1, rest->len - n - 1 };
	else
		*rest = (struct text){ NULL, 0 };
	return true;
}

/* RFC 9111 §5.1: seconds. What is no number comes from some cache as well. */
static bool age_is_old(struct text value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.at[i] != '0')
			return true;
	return false;
}

/* "HIT", "Hit from cloudfront", "TCP_MEM_HIT from a123", "MISS, HIT", "RefreshHit from …". */
static bool says_hit(struct text value)
{
	for (size_t i = 0; i + 3 <= value.len; i++)
		if (strncasecmp(value.at + i, "hit", 3) == 0)
			return true;
	return false;
}

/* nginx, Cloudflare, Vercel and Rack have more words for what came out of a store. */
static bool says_stored(struct text value)
{
	static const char *const words[] = { "STALE", "UPDATING", "REVALIDATED", "PRERENDER",
					     "FRESH" };

	for (size_t i = 0; i < array_len(words); i++)
		if (equals(value, words[i]))
			return true;
	return says_hit(value);
}

/* "0, 1": how often each cache had it. */
static bool counts_hits(struct text value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.at[i] >= '1' && value.at[i] <= '9')
			return true;
	return false;
}

/* "32770 3": the number of this request, and after a blank that of the one that stored it. */
static bool names_two(struct text value)
{
	struct text part;

	while (next_part(&value, ",", &part))
		for (size_t i = 0; i < part.len; i++)
			if (is_blank(part.at[i]))
				return true;
	return false;
}

/* "cdn-cache; desc=HIT": the metric of that name alone is about where the answer came from. */
static bool timing_is_hit(struct text value)
{
	struct text metric, name;

	while (next_part(&value, ",", &metric))
		if (next_part(&metric, ";", &name) && equals(name, "cdn-cache") && metric.at &&
		    says_hit(metric))
			return true;
	return false;
}

/* RFC 9211 §2: caches separated by commas, each with parameters; "hit" alone or "hit=?1". */
static bool status_is_hit(struct text value)
{
	struct text part;

	while (next_part(&value, ",;", &part))
		if (equals(part, "hit") || equals(part, "hit=?1"))
			return true;
	return false;
}

static const struct {
	const char *name;
	bool (*cached)(struct text value);
} rules[] = {
	{ "Age", age_is_old },
	{ "X-Cache", says_stored },
	{ "X-Cache-Status", says_stored },
	{ "X-Cache-Hits", counts_hits },
	{ "X-Proxy-Cache", says_stored },
	{ "X-Varnish", names_two },
	{ "X-FastCGI-Cache", says_stored },
	{ "X-LiteSpeed-Cache", says_stored },
	{ "X-Rack-Cache", says_stored },
	{ "X-Drupal-Cache", says_stored },
	{ "X-Sucuri-Cache", says_stored },
	{ "X-Kinsta-Cache", says_stored },
	{ "X-Vercel-Cache", says_stored },
	{ "CDN-Cache", says_stored },
	{ "CF-Cache-Status", says_stored },
	{ "Server-Timing", timing_is_hit },
	{ "Cache-Status", status_is_hit },
};

static void take_date(struct date_head *head, struct text value, int64_t about)
{
	struct error err = ERROR_INIT;
	int64_t date;

	if (head->has_date || head->bad_date ||
	    http_date_parse(value.at, value.len, about, &date, &err) < 0) {
		head->has_date = false;
		head->bad_date = true;
		return;
	}
	head->has_date = true;
	head->date = date;
}

static void show(char out[DATE_HEAD_SHOWN], struct text line)
{
	scoped_str text = xstrndup(line.at, line.len);
	char shown[PRINTABLE_SHORT];

	snprintf(out, DATE_HEAD_SHOWN, "%.*s", DATE_HEAD_SHOWN - 1, printable_short(shown, text));
}

void date_head_line(struct date_head *head, const char *line, size_t len, int64_t about)
{
	struct text whole = trim((struct text){ line, len });
	struct text value = whole;
	struct text name;

	if (begins(whole, "HTTP/")) {
		*head = (struct date_head){ 0 };
		return;
	}
	if (whole.len == 0)
		head->ended = true;
	if (head->ended || !next_part(&value, ":", &name) || !value.at)
		return;
	value = trim(value);
	if (equals(name, "Date"))
		take_date(head, value, about);
	for (size_t i = 0; i < array_len(rules); i++)
		if (equals(name, rules[i].name) && rules[i].cached(value) && !head->cached[0])
			show(head->cached, whole);
}
