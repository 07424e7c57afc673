/* SPDX-License-Identifier: Apache-2.0 */
/* NTP servers as a reference: one interval each, and what most of them agree on. */
#include <string.h>

#include "common/client/ntp_client.h"
#include "plugins/timesync/majority.h"
#include "plugins/timesync/report.h"
#include "plugins/timesync/timeref_kinds.h"

struct asked {
	struct ntp_server servers[NTP_SERVERS_MAX];
	struct interval offsets[NTP_SERVERS_MAX]; /* host minus UTC, of those that answered */
	size_t who[NTP_SERVERS_MAX];              /* index of the server of each offset */
	size_t count, answered;
};

/* How far the server's clock is from ours, and then what that one may be wrong by itself. */
bool timeref_server_offset(struct timeref_reading *out, const struct ntp_server *server,
			   struct interval *offset)
{
	struct estimate e;
	int64_t distance = 0;

	estimate_init(&e, out->anchor, out->resolution);
	for (size_t i = 0; i < server->count; i++) {
		const struct ntp_sample *s = &server->samples[i];
		const struct exchange x = {
			.sent = s->sent,
			.answered = s->answered,
			.received = s->reply.received,
			.replied = s->reply.sent,
			.resolution = 1,
		};

		if (estimate_add(&e, &x) != ESTIMATE_OK) {
			strings_take(&out->notes, xasprintf("%s contradicts itself: it is left out",
							    server->name));
			return false;
		}
		distance = s->reply.distance > distance ? s->reply.distance : distance;
	}
	*offset = interval_widen(interval_negate(estimate_at(&e, out->when)), distance);
	out->samples += server->count;
	return true;
}

static void take_offsets(struct timeref_reading *out, struct asked *a)
{
	for (size_t i = 0; i < a->count; i++) {
		struct ntp_server *server = &a->servers[i];

		if (server->count == 0)
			strings_take(&out->notes, xasprintf("%s is left out: %s", server->name,
							    server->err.text));
		else if (timeref_server_offset(out, server, &a->offsets[a->answered]))
			a->who[a->answered++] = i;
	}
}

static int nobody_answered(const struct asked *a, struct error *err)
{
	const struct ntp_server *first = &a->servers[0];

	if (first->count > 0)
		return error_set(err, ERROR_PROTOCOL, 0, "%s contradicts itself", first->name);
	if (a->count == 1 || first->err.kind == ERROR_NONE) {
		*err = first->err;
		return -1;
	}
	return error_set(err, first->err.kind, first->err.code,
			 "none of %zu servers gives an answer that can be used; %s", a->count,
			 first->err.text);
}

/* "a.example.com says 3.2 s behind, b.example.com 2 ms ahead" */
static int disagree(const struct asked *a, struct error *err)
{
	scoped_buf said;
	char by[OFFSET_TEXT];

	buf_init(&said, 512);
	for (size_t i = 0; i < a->answered; i++) {
		int64_t offset = interval_offset(a->offsets[i]);

		buf_fmt(&said, "%s%s: %s %s", i ? ", " : "", a->servers[a->who[i]].name,
			offset_text(by, offset), offset < 0 ? "behind" : "ahead");
	}
	return error_set(err, ERROR_CONFLICT, 0,
			 "the servers disagree about this machine's clock (%s); ask more of them",
			 said.data);
}

static void name_falsetickers(struct timeref_reading *out, const struct asked *a)
{
	struct interval both;
	char by[OFFSET_TEXT];

	for (size_t i = 0; i < a->answered; i++)
		if (!interval_intersect(a->offsets[i], out->offset, &both))
			strings_take(
				&out->notes,
				xasprintf("%s is a false ticker, %s off: it is left out",
					  a->servers[a->who[i]].name,
					  offset_text(by, interval_offset(out->offset) -
								  interval_offset(a->offsets[i]))));
}

int timeref_read_ntp(struct timeref_reading *out, const struct timeref *ref,
		     const struct timeref_options *options, struct error *err)
{
	struct asked a = { .count = ref->hosts.count };

	for (size_t i = 0; i < a.count; i++)
		a.servers[i].name = ref->hosts.items[i];
	if (ntp_ask(a.servers, a.count, NTP_BURST, options->deadline, options->clock,
		    options->cancel, err) < 0)
		return -1;
	out->when = options->clock->monotonic(options->clock);
	take_offsets(out, &a);
	if (a.answered == 0)
		return nobody_answered(&a, err);
	if (majority_of(a.offsets, a.answered, &out->offset) * 2 <= a.answered)
		return disagree(&a, err);
	name_falsetickers(out, &a);
	return 0;
}
