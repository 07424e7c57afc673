/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/watch_verify.h"

#include "common/os/wake.h"

bool watch_verify_due(const struct watch_verify *v, int64_t now)
{
	return now >= v->due;
}

void watch_verify_answer(struct watch_verify *v, struct interval offset, int64_t now)
{
	*v = (struct watch_verify){
		.known = true,
		.offset = offset,
		.at = now,
		.due = now + WATCH_VERIFY_EVERY,
	};
}

void watch_verify_failed(struct watch_verify *v, enum error_kind kind, int64_t now)
{
	bool nobody = kind == ERROR_UNREACHABLE || kind == ERROR_TIMEOUT;

	*v = (struct watch_verify){
		.due = now + (nobody ? WATCH_VERIFY_AGAIN : WATCH_VERIFY_EVERY),
	};
}

void watch_verify_stepped(struct watch_verify *v, int64_t ns)
{
	const struct interval step = { ns, ns };

	v->offset = interval_widen(interval_add(v->offset, step), WAKE_STEPPED);
}

bool watch_verify_offset(const struct watch_verify *v, int64_t now, struct interval *out)
{
	if (!v->known)
		return false;
	*out = interval_widen(v->offset, estimate_drift(time_max(0, time_diff(now, v->at))));
	return true;
}
