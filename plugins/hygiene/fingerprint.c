/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/fingerprint.h"

#include <stdint.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/codec/timefmt.h"

/* Quoted, so that no name or label from outside can look like another field. */
static void add_quoted(struct buf *out, const char *text)
{
	if (!text) {
		buf_str(out, "-");
		return;
	}
	buf_char(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\' || (unsigned char)*text < 0x20)
			buf_fmt(out, "\\%02x", (unsigned char)*text);
		else
			buf_char(out, *text);
	}
	buf_char(out, '"');
}

static void add_text(struct buf *out, const char *key, const char *text)
{
	buf_fmt(out, "%s%s=", out->len ? " " : "", key);
	add_quoted(out, text);
}

static void add_time(struct buf *out, const char *key, int64_t t)
{
	char text[TIME_TEXT];

	buf_fmt(out, "%s%s=%s", out->len ? " " : "", key,
		t == TIME_NONE ? "-" : time_format_rfc3339(text, t, 1));
}

static void add_sorted(struct buf *out, const char *key, const struct strings *list)
{
	scoped_strings sorted = { 0 };

	strings_copy(&sorted, list);
	strings_sort(&sorted);
	for (size_t i = 0; i < sorted.count; i++)
		add_text(out, key, sorted.items[i]);
}

static void add_labels(struct buf *out, const struct api_labels *labels)
{
	scoped_strings sorted = { 0 };

	for (size_t i = 0; i < labels->count; i++) {
		scoped_buf pair;

		buf_init(&pair, SIZE_MAX);
		add_quoted(&pair, labels->items[i].key);
		buf_char(&pair, ':');
		add_quoted(&pair, labels->items[i].value);
		strings_take(&sorted, buf_take(&pair));
	}
	strings_sort(&sorted);
	for (size_t i = 0; i < sorted.count; i++)
		buf_fmt(out, " label=%s", sorted.items[i]);
}

char *fingerprint_container(const struct api_container *c)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	add_text(&out, "state", api_container_state_name(c->state));
	add_time(&out, "finished", c->inspected ? c->finished : TIME_NONE);
	return buf_take(&out);
}

char *fingerprint_image(const struct api_image *image)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	add_sorted(&out, "tag", &image->tags);
	add_sorted(&out, "digest", &image->digests);
	return buf_take(&out);
}

char *fingerprint_volume(const struct api_volume *v)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	add_time(&out, "created", v->created);
	add_text(&out, "driver", v->driver);
	add_text(&out, "scope", v->scope);
	add_text(&out, "mountpoint", v->mountpoint);
	add_labels(&out, &v->labels);
	return buf_take(&out);
}

char *fingerprint_network(const struct api_network *n)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	add_text(&out, "name", n->name);
	add_time(&out, "created", n->created);
	add_text(&out, "driver", n->driver);
	return buf_take(&out);
}

char *fingerprint_cache(const struct api_cache *c)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	add_time(&out, "created", c->created);
	add_time(&out, "last-used", c->last_used);
	buf_fmt(&out, " usage=%lld", (long long)c->usage_count);
	return buf_take(&out);
}
