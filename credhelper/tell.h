/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sentences that people see: on stdout where a client stops (STOP, refused store), on stderr
 * else. Pure. docs/internals/pushgate.md §9 has them word for word, and the tests compare.
 * One line each, with its newline, printable, at most 512 bytes.
 */
#ifndef CREDHELPER_TELL_H
#define CREDHELPER_TELL_H

#include "common/base/buf.h"
#include "credhelper/decide.h"
#include "credhelper/gate.h"

struct telling {
	const struct registry_key *key;
	const char *repo;               /* NULL: not known */
	const char *what;               /* "docker push"; NULL: nobody is known to push */
	const struct finding *finding;  /* the first that does not hold; NULL: none */
	const struct policy *policy;    /* for why it is broken */
	const struct policy_view *view; /* for the pull users */
	int64_t expires;                /* of what went to the push file; ns */
};
void tell_get(const struct telling *t, const struct get_answer *answer, struct buf *out);
void tell_store(const struct telling *t, enum deposit deposit, struct buf *out);

#endif
