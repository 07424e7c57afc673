/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which pull credentials are known not to push: marks that who has tried it leaves (`docker hygiene
 * access`), and that a changed secret loses. No secret is kept: a mark is HMAC-SHA256 under a
 * random salt of its own, in $XDG_STATE_HOME/docker-hygiene/pushgate-proven.json (0600):
 *     {"version":1,"proven":[{"server":"reg:5000","username":"puller","salt":"<64 hex>",
 *      "mark":"<64 hex>","at":"2026-11-28T13:00:00Z","by":"docker hygiene access"}]}
 */
#ifndef CREDHELPER_PROVEN_H
#define CREDHELPER_PROVEN_H

#include "common/codec/helper_message.h"
#include "common/codec/registry_key.h"
#include "credhelper/world.h"

#define PROVEN_MAX (1 << 20)

/* When (RFC 3339) and by whom it was tried, as the file has it: not printable. */
struct proven_mark {
	char *at, *by;
};
void proven_mark_release(struct proven_mark *mark);
#define scoped_proven_mark scoped(proven_mark_release) struct proven_mark

/* False where there is no mark, it is of another secret, or the file cannot be trusted; then out,
 * which may be NULL, is untouched. */
bool proven_is(const struct registry_key *key, const struct helper_credential *c,
	       struct proven_mark *out);
/* Whether there is a mark of that account at all: else nobody has to look at its secret. */
bool proven_may_be(const struct registry_key *key, const char *username);
/* Replaces the mark of the same key and user. Errors: those of secret_file.h. */
int proven_set(const struct world *world, const struct registry_key *key,
	       const struct helper_credential *c, const char *by, struct error *err) must_check;
int proven_forget(const struct registry_key *key, struct error *err) must_check;

#endif
