/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges with the helper until they tell nothing new. */
#include "plugins/timesync/measuring.h"
#include "plugins/timesync/session_internal.h"

static int ping(void *ctx, struct exchange *x, struct wire_reply *reply, struct error *err)
{
	struct wire_request request = { .op = WIRE_PING };
	int64_t sent, got;

	if (session_exchange(ctx, &request, reply, &sent, &got, err) < 0)
		return error_wrap(err, "measuring through the helper");
	*x = session_exchange_of(reply, sent, got);
	return 0;
}

int session_measure(struct session *session, struct measurement *out, struct error *err)
{
	const struct measuring by = { .clock = session->options.clock,
				      .ask = ping,
				      .ctx = session };

	return measuring_by_helper(out, &by, session->slewing, err);
}
