/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is so here and now, collected for the gates: the snapshot on which gate.h and decide.h
 * judge. No secret and no value of a variable is in it but those that the vendors' table names.
 */
#ifndef CREDHELPER_FACTS_H
#define CREDHELPER_FACTS_H

#include "common/os/ancestry.h"
#include "credhelper/argv_push.h"
#include "credhelper/vendors.h"
#include "credhelper/world.h"

struct facts {
	env_get env;
	const struct vendor *vendor; /* NULL: no known CI */
	const struct vendor_trap *trap;
	uid_t uid, euid;
	struct strings users;  /* "1000", and the name if there is one */
	struct strings groups; /* numbers and names */
	char *unit;            /* systemd system unit we run in; NULL: none, or a user's session */
	bool terminal;         /* there is a controlling terminal */
	bool ssh_terminal;     /* SSH_TTY */
	int64_t login_uid;     /* who logged in (audit); -1: nobody */
	struct ancestry ancestry;
	struct {
		const struct ancestor *who; /* NULL: nobody pushes, or it is not certain where to */
		struct argv_push push;
	} pusher;
};

/*
 * Everything that costs little; never fails: what cannot be seen is absent, and then no gate holds
 * by it. asked: for the pusher, NULL if it does not matter (store, erase, list). Groups' and users'
 * names are looked up only if needs_names (NSS may hang on LDAP): a policy's user gates name some.
 */
void facts_collect(struct facts *out, const struct world *world, const struct registry_key *asked,
		   bool needs_names);
void facts_release(struct facts *facts);
#define scoped_facts scoped(facts_release) struct facts

#endif
