/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/access_run.h"

#include <stdarg.h>
#include <string.h>

#include "common/client/process.h"
#include "common/client/registry/ops.h"
#include "common/codec/json.h"
#include "common/codec/json_text.h"
#include "common/codec/timefmt.h"
#include "plugins/hygiene/gate_ask.h"
#include "plugins/hygiene/linelog.h"

#define LINE_MAX_BYTES ((size_t)1 << 16)
#define WITHHELD       "the token server that it names may not have them"
/* Whose credentials pushgate can say something about. */
#define OF_PUSHGATE    " pushgate"

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
		free(row->doubt);
		free(row->user);
		free(row->source);
		access_verdict_release(&row->verdict);
		gate_view_release(&row->gate);
	}
	free(run->rows);
	run->rows = NULL;
	access_targets_release(&run->targets);
}

void access_begin(struct access_run *run)
{
	run->rows = xcalloc(run->targets.count + 1, sizeof(*run->rows));
	for (size_t i = 0; i < run->targets.count; i++) {
		const struct access_target *target = &run->targets.items[i];

		run->rows[i].target = target;
		run->rows[i].facts = (struct access_facts){
			.whole = !target->repository,
			.local = target->local,
			.pull = REGISTRY_CANCELLED,
			.pull_text = "it was not asked",
		};
	}
}

/* --- the gate */

int access_gates(struct access_run *run, struct error *err)
{
	for (size_t i = 0; i < run->targets.count; i++) {
		const struct access_target *target = run->rows[i].target;
		struct error failed = ERROR_INIT;

		if (gate_ask(&run->rows[i].gate, target->registry, target->repository,
			     GATE_DEADLINE, run->to->cancel, &failed) == 0)
			continue;
		if (failed.kind == ERROR_CANCELLED) {
			*err = failed;
			return -1;
		}
		run->rows[i].gate.unknown = true;
		tell(run, "%s: whether it is gated is not known: %s", target->registry,
		     failed.text);
	}
	return 0;
}

/* --- what is asked of all */

static void note_asker(struct access_row *row, const char *user, const char *source,
		       const char *trouble, bool withheld)
{
	str_replace(&row->user, xstrdup_null(user));
	str_replace(&row->source, xstrdup_null(source));
	str_replace(&row->doubt, xstrdup_null(trouble ? trouble : withheld ? WITHHELD : NULL));
	row->facts.somebody = user != NULL;
	row->facts.doubt = row->doubt;
}

/* The name stands beside it. */
static char *words_of(const struct access_row *row, const char *text)
{
	scoped_str name = xasprintf("%s/%s: ", row->target->registry,
				    row->target->repository ? row->target->repository : "");
	size_t len = strlen(name);

	return xstrdup(strncmp(text, name, len) == 0 ? text + len : text);
}

static void step(struct access_run *run)
{
	run->progress.done++;
	progress_update(&run->progress);
}

struct asking {
	struct access_run *run;
	struct access_row *row;
};

static void on_pull(void *ctx, const struct registry_reply *reply)
{
	const struct asking *a = ctx;
	struct access_row *row = a->row;

	step(a->run);
	row->facts.pull = reply->outcome;
	row->pull_text = words_of(row, reply->err.text);
	row->facts.pull_text = row->pull_text;
	row->facts.known = reply->known;
	note_asker(row, reply->user, reply->source, reply->trouble, reply->withheld);
}

static void on_push_token(void *ctx, const struct registry_reply *reply)
{
	const struct asking *a = ctx;
	struct access_row *row = a->row;

	step(a->run);
	row->facts.asked_push = true;
	row->facts.push_token = reply->outcome;
	row->push_text = words_of(row, reply->err.text);
	row->facts.push_text = row->push_text;
	note_asker(row, reply->user, reply->source, reply->trouble, reply->withheld);
}

/* A registry of which no repository is known is asked whether it lets us in at all. */
static void add_question(struct asking *a, const char *actions,
			 void (*done)(void *ctx, const struct registry_reply *reply))
{
	const struct access_target *target = a->row->target;
	const struct registry_request request = {
		.method = REGISTRY_GET,
		.registry = target->registry,
		.repository = target->repository,
		.path = target->repository ? "tags/list?n=1" : NULL,
		.actions = actions,
		.accept = "application/json",
		.done = done,
		.ctx = a,
	};

	a->run->progress.total++;
	registry_add(a->run->to->registry, &request);
}

static bool wants_push_token(const struct access_row *row)
{
	return row->facts.pull == REGISTRY_OK && !row->facts.whole && !row->facts.probed;
}

static int ask_all(struct access_run *run, struct asking *askings, bool push, struct error *err)
{
	struct cli *cli = run->to->cli;

	progress_start(&run->progress, cli->err, cli->clock, "asking", 0);
	for (size_t i = 0; i < run->targets.count; i++) {
		askings[i] = (struct asking){ run, &run->rows[i] };
		if (!push)
			add_question(&askings[i], "pull", on_pull);
		else if (wants_push_token(&run->rows[i]))
			add_question(&askings[i], "pull,push", on_push_token);
	}
	int rc = registry_run(run->to->registry, err);

	progress_end(&run->progress);
	return rc;
}

/* --- trying it */

/* A log that cannot be written is told: what was done is to be found somewhere. */
static void log_probe(const struct asking *p, const struct ops_probe *probe)
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
	json_put(json, "push", json_string(registry_push_name(probe->push)));
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
	const struct asking *p = ctx;
	struct access_row *row = p->row;

	if (!probe->sent) {
		row->facts.not_probed = "not tried: it was interrupted before";
		return;
	}
	row->facts.probed = true;
	row->facts.probe = probe->push;
	row->probe_text = words_of(row, probe->push == REGISTRY_PUSH_YES ? "" : probe->err.text);
	row->facts.probe_text = row->probe_text;
	note_asker(row, probe->user, probe->source, probe->trouble, probe->withheld);
	log_probe(p, probe);
	if (probe->push == REGISTRY_PUSH_YES && !probe->cancelled)
		tell(p->run, "the upload could not be cancelled, and is left to the registry: %s",
		     probe->err.text);
}

/* The order in which uploads are opened while there may be more. */
static bool is_of_turn(const struct access_row *row, int turn)
{
	bool gated = row->gate.gated && !row->gate.attested;

	return turn == (row->target->named ? 0 : gated ? 1 : 2);
}

static void open_upload(struct access_run *run, struct asking *p)
{
	const struct access_row *row = p->row;

	tell(run, "opening an upload at %s/%s as %s, to cancel it at once", row->target->registry,
	     row->target->repository, row->user && *row->user ? row->user : "whoever docker is");
	ops_probe_push(run->to->registry, row->target->registry, row->target->repository, on_probe,
		       p);
}

static int probe_all(struct access_run *run, struct asking *askings, size_t most, struct error *err)
{
	size_t count = 0;

	for (int turn = 0; turn < 3; turn++)
		for (size_t i = 0; i < run->targets.count; i++) {
			struct access_row *row = &run->rows[i];

			if (!is_of_turn(row, turn) || !access_may_probe(&row->facts))
				continue;
			if (count++ < most)
				open_upload(run, &askings[i]);
			else
				row->facts.not_probed = "not tried: --max-probes";
		}
	return registry_run(run->to->registry, err);
}

int access_ask(struct access_run *run, size_t probes, bool probing, struct error *err)
{
	struct asking *askings = xcalloc(run->targets.count + 1, sizeof(*askings));
	int rc = ask_all(run, askings, false, err);

	if (rc == 0 && probing)
		rc = probe_all(run, askings, probes, err);
	if (rc == 0)
		rc = ask_all(run, askings, true, err);
	free(askings);
	return rc;
}

/* --- what came of it */

void access_judge_all(struct access_run *run)
{
	for (size_t i = 0; i < run->targets.count; i++)
		access_judge(&run->rows[i].verdict, &run->rows[i].facts);
}

static void tell_said(struct access_run *run, const char *registry, const struct buf *said)
{
	scoped_str line = xstrndup(said->data, strcspn(said->data, "\n"));

	tell(run, "%s: pushgate is not told: %s", registry, *line ? line : "it failed");
}

/* pushgate looks the credential up itself. */
static void tell_one(struct access_run *run, const struct access_row *row, enum access_proof proof)
{
	scoped_str who = xasprintf("--user=%s", row->user);
	const char *const argv[] = { GATE_PROGRAM,
				     "prove",
				     "--by=docker hygiene access",
				     proof == ACCESS_CAN_PUSH ? "--can-push" : "--cannot-push",
				     who,
				     "--",
				     row->target->registry,
				     NULL };
	struct process_result result = { 0 };
	struct error err = ERROR_INIT;
	scoped_buf out = { 0 };
	scoped_buf said = { 0 };

	buf_init(&out, LINE_MAX_BYTES);
	buf_init(&said, LINE_MAX_BYTES);
	if (process_run(argv, NULL, &out, &said, GATE_DEADLINE, run->to->cancel, &result, &err) < 0)
		tell(run, "%s: pushgate is not told: %s", row->target->registry, err.text);
	else if (result.status != 0)
		tell_said(run, row->target->registry, &said);
	else
		tell(run, "pushgate: %.*s", (int)strcspn(out.data, "\n"), out.data);
}

static bool is_of_pushgate(const struct access_row *row)
{
	size_t len = row->source ? strlen(row->source) : 0;
	size_t end = strlen(OF_PUSHGATE);

	return row->user && *row->user && len >= end &&
	       strcmp(row->source + len - end, OF_PUSHGATE) == 0;
}

static bool same_account(const struct access_row *a, const struct access_row *b)
{
	return is_of_pushgate(b) && strcmp(a->target->registry, b->target->registry) == 0 &&
	       strcmp(a->user, b->user) == 0;
}

static bool was_before(const struct access_run *run, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (same_account(&run->rows[i], &run->rows[k]))
			return true;
	return false;
}

void access_tell_pushgate(struct access_run *run)
{
	size_t count = run->targets.count;
	const struct access_verdict **verdicts = xcalloc(count + 1,
							 sizeof(struct access_verdict *));

	for (size_t i = 0; i < count; i++) {
		const struct access_row *first = &run->rows[i];
		size_t n = 0;

		if (!is_of_pushgate(first) || was_before(run, i))
			continue;
		for (size_t k = i; k < count; k++)
			if (same_account(first, &run->rows[k]))
				verdicts[n++] = &run->rows[k].verdict;
		enum access_proof proof = access_prove(verdicts, n);

		if (proof != ACCESS_PROVES_NOTHING)
			tell_one(run, first, proof);
	}
	free(verdicts);
}
