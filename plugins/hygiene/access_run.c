/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/access_run.h"

#include <stdarg.h>
#include <string.h>

#include "common/client/process.h"
#include "common/codec/json.h"
#include "common/codec/json_text.h"
#include "common/codec/timefmt.h"
#include "plugins/hygiene/linelog.h"

#define LINE_MAX_BYTES ((size_t)1 << 16)

static void tell(struct access_run *run, const char *fmt, ...) printf_like(2, 3);
static void tell(struct access_run *run, const char *fmt, ...)
{
	scoped_buf line = { 0 };
	va_list args;

	buf_init(&line, LINE_MAX_BYTES);
	va_start(args, fmt);
	buf_vfmt(&line, fmt, args);
	va_end(args);
	run->tell(run->tell_ctx, line.data);
}

void access_run_release(struct access_run *run)
{
	for (size_t i = 0; i < run->targets.count && run->rows; i++) {
		struct access_row *row = &run->rows[i];

		free(row->pull_text);
		free(row->push_text);
		free(row->probe_text);
		free(row->user);
		access_verdict_release(&row->verdict);
		gate_view_release(&row->gate);
	}
	free(run->rows);
	run->rows = NULL;
	access_targets_release(&run->targets);
}

/* --- what is asked of all */

static void on_pull(void *ctx, const struct registry_reply *reply)
{
	struct access_row *row = ctx;

	row->facts.pull = reply->outcome;
	row->pull_text = xstrdup(reply->err.text);
	row->facts.pull_text = row->pull_text;
	row->withheld = reply->withheld;
	str_replace(&row->user, xstrdup_null(reply->user));
}

static void on_push_token(void *ctx, const struct registry_reply *reply)
{
	struct access_row *row = ctx;

	row->facts.asked_push = true;
	row->facts.push_token = reply->outcome;
	row->push_text = xstrdup(reply->err.text);
	row->facts.push_text = row->push_text;
}

/* A registry of which no repository is known is asked whether it lets us in at all. */
static void add_question(struct access_run *run, struct access_row *row, const char *actions,
			 void (*done)(void *ctx, const struct registry_reply *reply))
{
	const struct registry_request request = {
		.method = REGISTRY_GET,
		.registry = row->target->registry,
		.repository = row->target->repository,
		.path = row->target->repository ? "tags/list?n=1" : NULL,
		.actions = actions,
		.accept = "application/json",
		.done = done,
		.ctx = row,
	};

	registry_add(run->to->registry, &request);
}

int access_ask(struct access_run *run, struct error *err)
{
	run->rows = xcalloc(run->targets.count + 1, sizeof(*run->rows));
	for (size_t i = 0; i < run->targets.count; i++) {
		run->rows[i].target = &run->targets.items[i];
		add_question(run, &run->rows[i], "pull", on_pull);
	}
	if (registry_run(run->to->registry, err) < 0)
		return -1;
	for (size_t i = 0; i < run->targets.count; i++)
		if (run->rows[i].facts.pull == REGISTRY_OK && run->rows[i].target->repository)
			add_question(run, &run->rows[i], "pull,push", on_push_token);
	return registry_run(run->to->registry, err);
}

/* --- trying it */

static const char *probe_word(enum ops_push push)
{
	static const char *const words[] = { [OPS_PUSH_YES] = "yes",
					     [OPS_PUSH_NO] = "no",
					     [OPS_PUSH_READ_ONLY] = "read-only",
					     [OPS_PUSH_UNKNOWN] = "unknown" };

	return words[push];
}

struct probing {
	struct access_run *run;
	struct access_row *row;
};

/* A log that cannot be written is told: what was done is to be found somewhere. */
static void log_probe(const struct probing *p, const struct ops_probe *probe)
{
	const struct access_run *run = p->run;
	const struct clock *clock = run->to->cli->clock;
	char time[TIME_TEXT];
	struct error err = ERROR_INIT;
	json_t *json = json_object();

	json_put(json, "time", json_text(time_format_rfc3339(time, clock->now(clock), 0)));
	json_put(json, "login", json_text(run->login));
	json_put(json, "host", json_text(run->host));
	json_put(json, "registry", json_text(p->row->target->registry));
	json_put(json, "repository", json_text(p->row->target->repository));
	json_put(json, "as", json_text(probe->user));
	json_put(json, "push", json_string(probe_word(probe->push)));
	json_put(json, "cancelled", json_boolean(probe->cancelled));
	char *text = json_dumps(json, JSON_COMPACT);
	scoped_str line = xasprintf("%s\n", text ? text : "{}");

	free(text);
	json_decref(json);
	if (linelog_append(ACCESS_LOG, line, &err) < 0)
		tell(p->run, "the log is not written: %s", err.text);
}

static void on_probe(void *ctx, const struct ops_probe *probe)
{
	const struct probing *p = ctx;

	p->row->facts.probed = true;
	p->row->facts.probe = probe->push;
	p->row->probe_text = xstrdup(probe->err.text);
	p->row->facts.probe_text = p->row->probe_text;
	log_probe(p, probe);
	if (probe->push == OPS_PUSH_YES && !probe->cancelled)
		tell(p->run, "%s/%s: the upload could not be cancelled; the registry forgets it",
		     p->row->target->registry, p->row->target->repository);
}

int access_probe(struct access_run *run, size_t most, struct error *err)
{
	struct probing *probings = xcalloc(run->targets.count + 1, sizeof(*probings));
	size_t count = 0;

	for (size_t i = 0; i < run->targets.count; i++) {
		struct access_row *row = &run->rows[i];

		/* Who may pull it shows that it is there: some registries make what is not. */
		if (row->facts.pull != REGISTRY_OK || !row->target->repository)
			continue;
		if (count == most) {
			row->facts.not_probed = "not tried: --max-probes";
			continue;
		}
		probings[count] = (struct probing){ run, row };
		tell(run, "opening an upload at %s/%s, to cancel it", row->target->registry,
		     row->target->repository);
		ops_probe_push(run->to->registry, row->target->registry, row->target->repository,
			       on_probe, &probings[count++]);
	}
	int rc = registry_run(run->to->registry, err);

	free(probings);
	return rc;
}

/* --- the gate */

void access_gates(struct access_run *run)
{
	for (size_t i = 0; i < run->targets.count; i++) {
		const struct access_target *target = run->rows[i].target;
		struct error err = ERROR_INIT;

		if (gate_ask(&run->rows[i].gate, target->registry, target->repository,
			     run->to->cancel, &err) < 0)
			tell(run, "%s: what is gated is not known: %s", target->registry, err.text);
	}
}

void access_judge_all(struct access_run *run)
{
	for (size_t i = 0; i < run->targets.count; i++)
		access_judge(&run->rows[i].verdict, &run->rows[i].facts);
}

/* prove and unprove are pushgate's verbs: it looks up the credential itself. */
static void tell_one(struct access_run *run, const char *registry, const char *user, bool cannot)
{
	scoped_str who = xasprintf("--user=%s", user);
	const char *const argv[] = { GATE_PROGRAM,
				     "prove",
				     "--by=docker hygiene access",
				     cannot ? "--cannot-push" : "--can-push",
				     who,
				     "--",
				     registry,
				     NULL };
	struct process_result result = { 0 };
	struct error err = ERROR_INIT;
	scoped_buf out = { 0 };
	scoped_buf said = { 0 };

	buf_init(&out, LINE_MAX_BYTES);
	buf_init(&said, LINE_MAX_BYTES);
	if (process_run(argv, NULL, &out, &said, GATE_DEADLINE, run->to->cancel, &result, &err) < 0)
		tell(run, "%s: pushgate is not told: %s", registry, err.text);
	else if (result.status != 0)
		tell(run, "%s: pushgate is not told: %s", registry,
		     said.len ? said.data : "it failed");
	else if (out.len > 0)
		tell(run, "%s", out.data);
}

static bool same_account(const struct access_row *a, const struct access_row *b)
{
	return strcmp(a->target->registry, b->target->registry) == 0 && a->user && b->user &&
	       strcmp(a->user, b->user) == 0;
}

/* Rows of one registry stand together, since targets are sorted. */
void access_tell_pushgate(struct access_run *run)
{
	size_t count = run->targets.count;
	struct access_verdict *verdicts = xcalloc(count + 1, sizeof(*verdicts));

	for (size_t i = 0; i < count;) {
		const struct access_row *first = &run->rows[i];
		struct access_proof proof;
		size_t n = 0;

		do
			verdicts[n++] = run->rows[i++].verdict;
		while (i < count && same_account(first, &run->rows[i]));
		access_prove(&proof, verdicts, n);
		if (first->gate.installed && first->user && *first->user &&
		    (proof.cannot || proof.can_push))
			tell_one(run, first->target->registry, first->user, proof.cannot);
	}
	free(verdicts);
}
