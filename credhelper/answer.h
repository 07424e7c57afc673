/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four requests from beginning to end: policy, facts, gates, decision, stores, audit. Joins the
 * parts and holds no rule. get and `why` are the same code: why shows what get gives.
 */
#ifndef CREDHELPER_ANSWER_H
#define CREDHELPER_ANSWER_H

#include "common/codec/helper_message.h"
#include "credhelper/attest_call.h"
#include "credhelper/decide.h"
#include "credhelper/proven.h"

/* All that led to an answer. Borrows from itself: not to be copied. */
struct inquiry {
	const struct world *world;
	struct registry_key key;
	char *repo; /* what is known of the repository: from the key, else the pusher's argv */
	struct policy policy;
	struct policy_view view;
	struct facts facts;
	struct attestations attestations;
	struct gate_result gates;
	struct situation situation;
	struct get_plan plan;
};
void inquiry_release(struct inquiry *q);
#define scoped_inquiry scoped(inquiry_release) struct inquiry

/* Never fails. The cheap parts only are done where the registry is ungated and no log is kept.
 * asks: a get; else nobody can be pushing. */
void inquire(struct inquiry *out, const struct world *world, const char *server, bool asks);

/*
 * Whether a push credential that is good for all of a registry ("": the push file's are), or for
 * all below a path of it, may be given out: every rule for that and for each path below must hold,
 * since what is asked for (a key with a path, the argv of a pusher) is the caller's own word.
 */
bool inquiry_opens(const struct inquiry *q, const struct registry_key *key, const char *path);
/* Whether it does for any registry that the policy has a rule for, or for one it has none for. */
bool inquiry_opens_any(const struct inquiry *q);
/* For list: the policy and the facts, without a registry. */
void inquire_all(struct inquiry *out, const struct world *world);

/* What the sources of the plan have. Zeroed it may be released. */
struct found {
	enum source source; /* SOURCE_COUNT: none has anything */
	struct helper_credential credential;
	int64_t expires;         /* ns; TIME_NONE: never */
	bool takes;              /* policy_takes_user() */
	bool known;              /* policy_knows_user() */
	struct proven_mark mark; /* why it is known, if not by its name; members NULL */
	char *sealed;            /* id of the sealed file that answered; NULL */
	struct strings notes;    /* sealed files that did not answer, and why: for `why` */
	struct error failure;    /* the first source that could not be asked; kind NONE: none */
};
void found_release(struct found *found);
#define scoped_found scoped(found_release) struct found
void answer_look(const struct inquiry *q, struct found *out);

/* Both kinds of names. Errors: of the pull store; the names of the push file are there even then.
 */
int answer_pull_names(const struct inquiry *q, struct helper_names *out, struct error *err)
	must_check;
int answer_push_names(const struct inquiry *q, struct helper_names *out, struct error *err)
	must_check;

/* What the client is to get; lines for stderr in tell ("" if none). Return: exit status. */
int answer_get(const struct world *world, const char *server, struct buf *out, struct buf *tell);
int answer_store(const struct world *world, const struct helper_credential *c, struct buf *out,
		 struct buf *tell);
int answer_erase(const struct world *world, const char *server, struct buf *out, struct buf *tell);
int answer_list(const struct world *world, struct buf *out, struct buf *tell);

/*
 * For install: what lay in config.json goes to the pull store, is read back and compared; never to
 * the push file. 0: it is there. 1: it is not, and why says so in a few words (the policy refuses
 * it; the store has another one of that registry, and not replace). tell: as of answer_store().
 * Errors: of the store; something else came back (ERROR_REMOTE).
 */
int answer_move(const struct world *world, const struct helper_credential *c, bool replace,
		struct buf *why, struct buf *tell, struct error *err) must_check;
/* For uninstall: what the pull store has for that registry and path; its server is as asked. Never
 * of class push. Errors: ERROR_NOT_FOUND, those of the store. */
int answer_stored(const struct world *world, const char *server, struct helper_credential *out,
		  struct error *err) must_check;

#endif
