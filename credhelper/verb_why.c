/* SPDX-License-Identifier: Apache-2.0 */
/* What get would answer here, and every fact that led to it. */
#include "credhelper/verbs.h"

#include <string.h>

#include "common/cli/out.h"
#include "common/codec/json.h"
#include "common/codec/json_text.h"
#include "common/codec/timefmt.h"
#include "credhelper/answer.h"
#include "credhelper/verb_parts.h"

struct why_args {
	enum out_format format;
};

/* The same request of somebody who pulls and of somebody who pushes. */
struct why {
	struct inquiry q;
	struct found found;
	struct get_answer pull, push;
};

static void why_release(struct why *why)
{
	inquiry_release(&why->q);
	found_release(&why->found);
}
#define scoped_why scoped(why_release) struct why

static void ask(struct why *why, const struct world *world, const char *server)
{
	struct situation *s = &why->q.situation;
	enum source found;

	inquire(&why->q, world, server, false);
	answer_look(&why->q, &why->found);
	found = why->found.source;
	why->pull = decide_found(s, found, why->found.takes);
	s->pushing = true;
	why->push = decide_found(s, found, why->found.takes);
}

static enum gate_strength strength(const struct why *why)
{
	if (why->found.sealed)
		return STRENGTH_SEALED;
	return why->q.policy.system ? STRENGTH_SAME_USER : STRENGTH_NO_SYSTEM_POLICY;
}

static bool is_certain(const struct why *why)
{
	return why->found.source != SOURCE_COUNT || !error_is_set(&why->found.failure);
}

static const char *class_of(enum source source)
{
	return source == SOURCE_PULL ? "pull" : "push";
}

static const char *kind_name(enum gate_kind kind)
{
	static const char *const names[] = {
		[GATE_ENV] = "env", [GATE_USER] = "user", [GATE_OIDC] = "oidc"
	};

	return names[kind];
}

/* --- For people. */

static void add_file(struct buf *text, const struct policy_file *file, const struct rule *rule)
{
	if (!file)
		return;
	buf_fmt(text, "%s%s: ", text->len ? "; " : "", file->name);
	if (rule)
		buf_fmt(text, "rule \"%s\"", rule->match);
	else
		buf_str(text, "no rule for it");
}

static void print_policy(const struct why *why, FILE *out, struct buf *text)
{
	const struct policy_view *view = &why->q.view;

	add_file(text, view->system, view->system_rule);
	add_file(text, view->user, view->user_rule);
	if (why->q.policy.broken)
		buf_fmt(text, "%scannot be used: %s", text->len ? "; " : "",
			why->q.policy.why.text);
	if (!text->len)
		buf_str(text, "none: every registry but loopback is gated, CI is any known CI's "
			      "variables");
	verb_row(out, "policy", text);
}

static void print_findings(const struct why *why, FILE *out, struct buf *text)
{
	const struct gate_result *gates = &why->q.gates;

	for (size_t i = 0; i < gates->findings.count; i++) {
		const struct finding *f = &gates->findings.items[i];

		if (f->gate)
			buf_fmt(text, "%s (%s%s%s): ", f->gate, kind_name(f->kind),
				f->file ? ", " : "", f->file ? f->file->name : "");
		buf_str(text, gate_reason_text(f->reason));
		if (f->detail)
			buf_fmt(text, ": %s", f->detail);
		verb_row(out, "gate", text);
	}
}

static void add_credential(const struct why *why, struct buf *text)
{
	const struct found *found = &why->found;
	char time[TIME_TEXT];

	buf_fmt(text, "the %s credential of \"%s\"", class_of(found->source),
		found->credential.username);
	if (found->expires != TIME_NONE)
		buf_fmt(text, ", until %s", time_format_rfc3339(time, found->expires, 0));
	if (found->source != SOURCE_PULL || !why->q.situation.gated)
		return;
	if (found->mark.at)
		buf_fmt(text, " (proven: %s could not push with it at %s)", found->mark.by,
			found->mark.at);
	else
		buf_str(text,
			found->known ? " (pull-only)" : " (unproven: it may be able to push)");
}

static void add_answer(const struct why *why, const struct get_answer *answer, struct buf *text)
{
	switch (answer->answer) {
	case ANSWER_STOP:
		buf_str(text, "is stopped: push credentials are for CI only");
		return;
	case ANSWER_CREDENTIAL:
		buf_str(text, "gets ");
		add_credential(why, text);
		return;
	case ANSWER_NOT_FOUND:
		break;
	}
	if (!is_certain(why)) {
		buf_fmt(text, "fails: %s", why->found.failure.text);
	} else if (answer->reason == DECIDE_UNPROVEN) {
		buf_str(text, "gets nothing: the policy refuses ");
		add_credential(why, text);
	} else {
		buf_str(text, "gets nothing: there is no credential");
	}
}

static void print(const struct why *why, FILE *out)
{
	const struct inquiry *q = &why->q;
	scoped_buf text;

	buf_init(&text, SIZE_MAX);
	buf_str(&text, q->key.name);
	verb_row(out, "registry", &text);
	print_policy(why, out, &text);
	buf_fmt(&text, "%s%s", q->view.gated ? "yes" : "no: whatever is stored is given",
		q->view.by_default ? ", since no rule is for it" : "");
	verb_row(out, "gated", &text);
	if (q->view.gated) {
		print_findings(why, out, &text);
		buf_str(&text, q->situation.attested ? "yes" : "no");
		verb_row(out, "CI here", &text);
	}
	for (size_t i = 0; i < why->found.notes.count; i++) {
		buf_str(&text, why->found.notes.items[i]);
		verb_row(out, "sealed", &text);
	}
	add_answer(why, &why->pull, &text);
	verb_row(out, "a pull", &text);
	add_answer(why, &why->push, &text);
	verb_row(out, "a push", &text);
	if (q->view.gated) {
		buf_str(&text, gate_strength_text(strength(why)));
		verb_row(out, "strength", &text);
	}
}

/* --- For machines. */

static json_t *file_json(const struct policy_file *file, const struct rule *rule)
{
	if (!file)
		return json_null();
	return json_pack("{s:o, s:o}", "file", json_text(file->name), "rule",
			 json_text(rule ? rule->match : NULL));
}

static json_t *findings_json(const struct gate_result *gates)
{
	json_t *list = json_array();

	for (size_t i = 0; i < gates->findings.count; i++) {
		const struct finding *f = &gates->findings.items[i];

		json_array_append_new(list,
				      json_pack("{s:o, s:o, s:s, s:b, s:s, s:s, s:o}", "file",
						json_text(f->file ? f->file->name : NULL), "gate",
						json_text(f->gate), "kind", kind_name(f->kind),
						"holds", f->reason == GATE_REASON_HOLDS, "reason",
						gate_reason_name(f->reason), "text",
						gate_reason_text(f->reason), "detail",
						json_text(f->detail)));
	}
	return list;
}

/* What sealed files did not answer, as text as people read it. */
static json_t *notes_json(const struct strings *notes)
{
	json_t *list = json_array();

	for (size_t i = 0; i < notes->count; i++)
		json_array_append_new(list, json_text(notes->items[i]));
	return list;
}

static json_t *answer_json(const struct why *why, const struct get_answer *answer)
{
	static const char *const names[] = { [ANSWER_CREDENTIAL] = "credential",
					     [ANSWER_NOT_FOUND] = "not-found",
					     [ANSWER_STOP] = "stop" };
	const struct found *found = &why->found;
	char time[TIME_TEXT];
	json_t *json = json_pack("{s:s, s:s}", "answer",
				 answer->answer == ANSWER_NOT_FOUND && !is_certain(why)
					 ? "failed"
					 : names[answer->answer],
				 "reason", decide_reason_name(answer->reason));

	if (answer->answer != ANSWER_CREDENTIAL)
		return json;
	json_object_set_new(json, "class", json_string(class_of(found->source)));
	json_object_set_new(json, "username", json_text(found->credential.username));
	if (found->source == SOURCE_PULL)
		json_object_set_new(json, "pull_only", json_boolean(found->known));
	if (found->mark.at)
		json_object_set_new(json, "proven",
				    json_pack("{s:o, s:o}", "at", json_text(found->mark.at), "by",
					      json_text(found->mark.by)));
	if (found->expires != TIME_NONE)
		json_object_set_new(json, "expires",
				    json_string(time_format_rfc3339(time, found->expires, 0)));
	return json;
}

static json_t *why_json(const struct why *why)
{
	const struct inquiry *q = &why->q;

	return json_pack(
		"{s:o, s:o, s:{s:o, s:o, s:o}, s:b, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:s}",
		"registry", json_text(q->key.name), "repository", json_text(q->repo), "policy",
		"system", file_json(q->view.system, q->view.system_rule), "user",
		file_json(q->view.user, q->view.user_rule), "broken",
		json_text(q->policy.broken ? q->policy.why.text : NULL), "gated", q->view.gated,
		"by_default", q->view.by_default, "attested", q->situation.attested, "gates",
		findings_json(&q->gates), "sealed", notes_json(&why->found.notes), "pull",
		answer_json(why, &why->pull), "push", answer_json(why, &why->push), "failure",
		json_text(error_is_set(&why->found.failure) ? why->found.failure.text : NULL),
		"strength", gate_strength_text(strength(why)));
}

/* --- What is asked for. */

/* "host/org/app:7@sha256:..." as docker push has it: tag and digest are no part of a key. */
static int read_server(char **out, const char *text, struct error *err)
{
	const char *scheme = strstr(text, "://");
	const char *path = strchr(scheme ? scheme + 3 : text, '/');
	const char *last = path ? strrchr(path, '/') : NULL;

	if (!*text)
		return error_set(err, ERROR_USAGE, 0,
				 "expected a registry, as docker.io or registry.example.com");
	*out = xstrndup(text, last ? (size_t)(last - text) + strcspn(last, ":@") : strlen(text));
	return 0;
}

static int why_run(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	const struct why_args *args = call->args;
	const struct world world = verb_world(cli);
	scoped_str server = NULL;
	scoped_why why = { 0 };

	(void)status;
	if (read_server(&server, call->operands[0], err) < 0)
		return -1;
	ask(&why, &world, server);
	if (args->format == OUT_JSON) {
		scoped_json *json = why_json(&why);

		return out_json(cli->out, json, err);
	}
	print(&why, cli->out);
	return 0;
}

static const struct opt rows[] = {
	OPT_FORMAT_ROW(offsetof(struct why_args, format)),
};
static const struct opt_set sets[] = { OPT_SET(NULL, rows, 0) };

const struct verb verb_why = {
	.name = "why",
	.synopsis = "[options] REGISTRY[/REPO]",
	.summary = "Tell what docker gets here for a registry, and why",
	.help = "Asks as docker would, once for a pull and once for a push, and shows every fact\n"
		"that led to the answers, but no secret. Changes nothing.",
	.examples = "  docker-credential-pushgate why registry.example.com\n"
		    "  docker-credential-pushgate why registry.example.com/prod/app --format json",
	.opts = sets,
	.opt_count = array_len(sets),
	.args_size = sizeof(struct why_args),
	.min_operands = 1,
	.max_operands = 1,
	.run = why_run,
};
