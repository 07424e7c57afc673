/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_ask.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/map.h"

/* Something asked once, and who waits for it. */
struct question {
	struct base_ask *ask;
	struct reference ref;
	struct base_answer answer;
	bool answered;
	struct {
		size_t *items;
		size_t count, room;
	} waiting; /* subjects */
};

struct question_place {
	struct question *question;
};

struct asker {
	struct base_evidence evidence;
	enum base_want wants; /* that it waits for; DONE: it has its verdict */
};

struct base_ask {
	const struct base_ask_options *options;
	const struct base_subject *subjects;
	struct asker *askers;
	struct base_verdict *verdicts;
	size_t count, done;
	struct {
		struct question_place *items; /* questions stay where they are */
		size_t count, room;
	} questions;
	struct map keys; /* what is asked to its question */
	struct strings texts;
};

/* --- answers */

static const enum base_heard heards[] = {
	[REGISTRY_OK] = BASE_HEARD,
	[REGISTRY_NOT_FOUND] = BASE_NOT_FOUND,
	[REGISTRY_UNAUTHORIZED] = BASE_NOT_ALLOWED,
	[REGISTRY_DENIED] = BASE_NOT_ALLOWED,
	[REGISTRY_RATE_LIMITED] = BASE_TOO_MANY,
	[REGISTRY_UNREACHABLE] = BASE_SILENT,
	[REGISTRY_UNSUPPORTED] = BASE_FAILED,
	[REGISTRY_TOO_LARGE] = BASE_FAILED,
	[REGISTRY_PROTOCOL] = BASE_FAILED,
	[REGISTRY_FAILED] = BASE_FAILED,
	[REGISTRY_CANCELLED] = BASE_CANCELLED,
};
static_assert(array_len(heards) == REGISTRY_OUTCOME_COUNT, "every outcome is heard as something");

/* "host/repository: what is wrong" without the repository, so that what is wrong with the host is
 * said once for all. */
static char *text_of(const struct error *err, const struct reference *ref)
{
	size_t domain = strlen(ref->domain), path = strlen(ref->path);
	const char *text = err->text;

	if (strncmp(text, ref->domain, domain) == 0 && text[domain] == '/' &&
	    strncmp(text + domain + 1, ref->path, path) == 0 && text[domain + 1 + path] == ':')
		return xasprintf("%s%s", ref->domain, text + domain + 1 + path);
	return xstrdup(text);
}

static void take_answer(struct base_answer *out, const struct reference *ref,
			struct ops_manifest *m)
{
	enum manifest_kind kind;

	out->heard = heards[m->outcome];
	out->retry_at = m->reply ? m->reply->retry_at : TIME_NONE;
	out->from_proxy = m->reply && m->reply->from_proxy;
	out->digest = xstrdup_null(m->digest);
	if (m->manifest) {
		out->manifest = xmalloc(sizeof(*out->manifest));
		*out->manifest = take_value(*m->manifest);
	}
	out->index = m->media_type && manifest_kind_find(m->media_type, &kind) &&
		     manifest_kind_is_index(kind);
	if (error_is_set(&m->err))
		out->text = text_of(&m->err, ref);
	if (out->heard == BASE_HEARD && !out->digest)
		out->heard = BASE_FAILED;
}

static const struct base_answer **slot(struct base_evidence *e, enum base_want want)
{
	switch (want) {
	case BASE_WANT_HEAD:
		return &e->head;
	case BASE_WANT_NOW:
		return &e->now;
	case BASE_WANT_CHILD:
		return &e->child;
	default:
		return &e->old;
	}
}

static void advance(struct base_ask *ask, size_t i);

static void answered(struct question *q)
{
	struct base_ask *ask = q->ask;

	q->answered = true;
	for (size_t i = 0; i < q->waiting.count; i++) {
		size_t subject = q->waiting.items[i];
		struct asker *asker = &ask->askers[subject];

		*slot(&asker->evidence, asker->wants) = &q->answer;
		advance(ask, subject);
	}
}

static void on_manifest(void *ctx, struct ops_manifest *m)
{
	struct question *q = ctx;

	take_answer(&q->answer, &q->ref, m);
	/* An image's manifest without a configuration tells nothing to compare. */
	if (q->answer.manifest && !manifest_kind_is_index(q->answer.manifest->kind) &&
	    !q->answer.manifest->config.digest)
		q->answer.heard = BASE_FAILED;
	answered(q);
}

/* --- questions */

static char *key_of(const struct reference *ref, bool open)
{
	return xasprintf("%s %s/%s %s", open ? "GET" : "HEAD", ref->domain, ref->path,
			 ref->digest ? ref->digest : ref->tag);
}

/* What is asked: the tag (or a digest without one), or a manifest by its digest. */
static void make_ref(struct reference *out, const struct reference *from, const char *digest)
{
	*out = (struct reference){ .domain = xstrdup(from->domain), .path = xstrdup(from->path) };
	if (digest)
		out->digest = xstrdup(digest);
	else if (from->tag)
		out->tag = xstrdup(from->tag);
	else
		out->digest = xstrdup_null(from->digest);
}

static void send(struct base_ask *ask, struct question *q, bool open)
{
	const struct base_wire *wire = &ask->options->wire;
	int64_t left;

	if (!open) {
		wire->head(wire->self, &q->ref, on_manifest, q);
		return;
	}
	left = wire->pulls_left(wire->self, q->ref.domain);
	if (left >= 0 && left < BASE_RESERVE) {
		q->answer.heard = BASE_SPARED;
		answered(q);
		return;
	}
	wire->get(wire->self, &q->ref, on_manifest, q);
}

/* Asks, unless that is asked already. The subject may be through when this returns. */
static void put(struct base_ask *ask, size_t subject, const char *digest)
{
	struct asker *asker = &ask->askers[subject];
	bool open = asker->wants != BASE_WANT_HEAD;
	struct reference ref;
	struct question *q;
	char *key;
	size_t at;

	make_ref(&ref, &ask->subjects[subject].ref, open ? digest : NULL);
	key = key_of(&ref, open);
	at = map_put(&ask->keys, key, ask->questions.count);
	if (at != ask->questions.count) {
		free(key);
		reference_release(&ref);
		q = ask->questions.items[at].question;
		if (!q->answered) {
			*(size_t *)array_add(&q->waiting) = subject;
			return;
		}
		*slot(&asker->evidence, asker->wants) = &q->answer;
		advance(ask, subject);
		return;
	}
	strings_take(&ask->texts, key);
	q = xcalloc(1, sizeof(*q));
	q->ask = ask;
	q->ref = ref;
	*(struct question_place *)array_add(&ask->questions) = (struct question_place){ q };
	*(size_t *)array_add(&q->waiting) = subject;
	send(ask, q, open);
}

/* Each step fills one of four slots: it ends. */
static void advance(struct base_ask *ask, size_t i)
{
	struct asker *asker = &ask->askers[i];
	const char *digest = NULL;

	asker->wants = base_judge(&ask->subjects[i], &asker->evidence, &ask->verdicts[i], &digest);
	if (asker->wants != BASE_DONE) {
		put(ask, i, digest);
		return;
	}
	ask->done++;
	if (ask->options->progress)
		ask->options->progress(ask->options->progress_ctx, ask->done, ask->count);
}

int base_ask(struct base_ask **out, const struct base_subject *subjects, size_t count,
	     struct base_verdict *verdicts, const struct base_ask_options *options,
	     struct error *err)
{
	struct base_ask *ask = xcalloc(1, sizeof(*ask));

	ask->options = options;
	ask->subjects = subjects;
	ask->verdicts = verdicts;
	ask->count = count;
	ask->askers = xcalloc(count + 1, sizeof(*ask->askers));
	map_init(&ask->keys);
	for (size_t i = 0; i < count; i++)
		advance(ask, i);
	*out = ask;
	return options->wire.run(options->wire.self, err);
}

void base_ask_release(struct base_ask **ask)
{
	struct base_ask *a = *ask;

	if (!a)
		return;
	for (size_t i = 0; i < a->questions.count; i++) {
		struct question *q = a->questions.items[i].question;

		reference_release(&q->ref);
		base_answer_release(&q->answer);
		free(q->waiting.items);
		free(q);
	}
	free(a->questions.items);
	free(a->askers);
	map_release(&a->keys);
	strings_release(&a->texts);
	free(a);
	*ask = NULL;
}
