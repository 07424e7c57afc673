/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_report.h"

#include "common/codec/json.h"
#include "common/codec/json_text.h"

static json_t *known(int64_t n)
{
	return n < 0 ? json_null() : json_integer(n);
}

static json_t *count(size_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *base(const struct base_item *item)
{
	const struct base_verdict *verdict = &item->base_verdict;
	json_t *out;

	if (item->base.by == BASE_FOUND_NOT)
		return json_null();
	out = json_object();
	json_put(out, "name", json_text(item->base.name));
	json_put(out, "digest", json_text(verdict->digest ? verdict->digest : item->base.digest));
	json_put(out, "remote_digest", json_text(verdict->remote));
	json_put(out, "status", json_text(base_status_word(verdict->status)));
	json_put(out, "found_by", json_text(base_found_word(item->base.by)));
	json_put(out, "reason", json_text(verdict->reason));
	return out;
}

static json_t *row(const struct base_report *report, const struct base_item *item)
{
	json_t *out = json_object();
	int64_t age = base_age(report, item);

	json_put(out, "image", json_text(item->name));
	json_put(out, "status", json_text(base_status_word(item->verdict.status)));
	json_put(out, "digest", json_text(item->verdict.digest));
	json_put(out, "remote_digest", json_text(item->verdict.remote));
	json_put(out, "base", base(item));
	json_put(out, "created", json_time(item->created));
	json_put(out, "age_seconds", known(age < 0 ? age : age / NSEC_PER_SEC));
	json_put(out, "too_old", json_boolean(base_too_old(report, item)));
	json_put(out, "reason", json_text(item->verdict.reason));
	return out;
}

static json_t *tally(const struct registry_tally *t)
{
	json_t *out = json_object();

	json_put(out, "registry", json_text(t->registry));
	json_put(out, "requests", count(t->requests));
	json_put(out, "token_requests", count(t->tokens));
	json_put(out, "retries", count(t->retries));
	json_put(out, "limit", known(t->limit));
	json_put(out, "remaining", known(t->remaining));
	json_put(out, "window_seconds", known(t->window < 0 ? -1 : t->window / NSEC_PER_SEC));
	json_put(out, "warning", json_text(t->warning));
	json_put(out, "withheld_from", json_text(t->realm));
	json_put(out, "anonymous_because", json_text(t->trouble));
	return out;
}

static json_t *error(const struct error *err)
{
	json_t *out;

	if (!err || !error_is_set(err))
		return json_null();
	out = json_object();
	json_put(out, "kind", json_text(error_name(err->kind)));
	json_put(out, "message", json_text(err->text));
	return out;
}

json_t *base_json(const struct base_report *report)
{
	json_t *root = json_object(), *items = json_array(), *registries = json_array();
	const struct base_snapshot *snap = report->snap;

	json_put(root, "engine_id", json_text(snap->id));
	json_put(root, "engine_name", json_text(snap->name));
	json_put(root, "time", json_time(snap->now));
	for (size_t i = 0; i < report->list->rows.count; i++)
		(void)!json_array_append_new(items, row(report, &report->list->rows.items[i]));
	json_put(root, "items", items);
	for (size_t i = 0; i < report->tally_count; i++)
		(void)!json_array_append_new(registries, tally(&report->tallies[i]));
	json_put(root, "registries", registries);
	json_put(root, "interrupted", json_boolean(report->interrupted));
	json_put(root, "error", error(report->error));
	return root;
}
