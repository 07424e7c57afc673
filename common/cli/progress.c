/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cli/progress.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/cli/out.h"
#include "common/codec/units.h"

#define REDRAW_NS      (100 * NSEC_PER_MSEC)
#define BAR_CELLS      24
#define BAR_CELLS_MIN  4
#define LINE_MAX_BYTES 1024

void progress_start(struct progress *p, FILE *out, const struct clock *clock, const char *label,
		    size_t total)
{
	*p = (struct progress){
		.out = term_is(out) ? out : NULL,
		.clock = clock,
		.label = label,
		.total = total,
		.bytes = -1,
		.drawn_at = TIME_NONE,
	};
}

static void add_counts(const struct progress *p, struct buf *line)
{
	char size[SIZE_TEXT];

	buf_fmt(line, "  %zu/%zu", p->done, p->total);
	if (p->bytes >= 0)
		buf_fmt(line, "  %s", size_format(size, p->bytes));
	if (p->skipped)
		buf_fmt(line, "  %zu skipped", p->skipped);
	if (p->failed)
		buf_fmt(line, "  %zu failed", p->failed);
}

static void add_bar(const struct progress *p, size_t cells, struct buf *line)
{
	size_t done = p->done < p->total ? p->done : p->total;
	size_t full = p->total ? (size_t)((double)done / (double)p->total * (double)cells) : 0;

	buf_str(line, "  [");
	for (size_t i = 0; i < cells; i++)
		buf_char(line, i < full ? '#' : '.');
	buf_char(line, ']');
}

/* Everything is ASCII, so bytes are columns. The last column stays free: some terminals wrap there.
 */
static void draw(struct progress *p)
{
	size_t width = term_width(p->out) - 1;
	scoped_buf counts, line;

	buf_init(&counts, LINE_MAX_BYTES);
	buf_init(&line, LINE_MAX_BYTES);
	add_counts(p, &counts);
	buf_str(&line, p->label);
	size_t fixed = line.len + counts.len + strlen("  []");

	if (fixed + BAR_CELLS_MIN <= width)
		add_bar(p, width - fixed < BAR_CELLS ? width - fixed : BAR_CELLS, &line);
	buf_add(&line, counts.data, counts.len);
	fprintf(p->out, "\r%.*s\033[K", (int)width, line.data);
	(void)fflush(p->out);
	p->visible = true;
}

void progress_update(struct progress *p)
{
	if (!p->out)
		return;
	int64_t now = p->clock->monotonic(p->clock);

	if (p->drawn_at != TIME_NONE && time_diff(now, p->drawn_at) < REDRAW_NS)
		return;
	p->drawn_at = now;
	draw(p);
}

void progress_end(struct progress *p)
{
	if (p->out && p->visible) {
		fputs("\r\033[K", p->out);
		(void)fflush(p->out);
	}
	p->visible = false;
	p->out = NULL;
}
