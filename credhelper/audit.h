/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of decisions: JSON lines in a file (0600, O_APPEND under a lock; over its limit it
 * becomes FILE.1) or syslog (LOG_AUTHPRIV). Never argv, environment, user names or a secret. A log
 * that cannot be written is told on stderr once and stops nothing.
 *     {"time":"...","action":"get","registry":"reg:5000","exe":"/usr/bin/docker","verb":"docker
 *      push","pid":7,"uid":1000,"started":123,"class":"push","verdict":"stop","reason":"stopped",
 *      "gate":"no-ci","sealed":"<id>"}
 */
#ifndef CREDHELPER_AUDIT_H
#define CREDHELPER_AUDIT_H

#include "credhelper/gate.h"

struct audit_record {
	int64_t time;                  /* ns */
	const char *action;            /* "get" */
	const char *registry;          /* NULL: "list", whose names are not kept either */
	const struct ancestor *caller; /* NULL: not seen */
	const char *verb;              /* NULL: nobody pushes */
	const char *class;             /* "push", "pull", "none" */
	const char *verdict;           /* "given", "not-found", "stop", "stored", "listed" */
	const char *reason;            /* decide_reason_name() */
	const char *gate;              /* gate_reason_name() of the first bad one; NULL: none */
	const char *sealed;            /* id; NULL */
};

/* Pure. One line with its newline. */
void audit_format(const struct audit_record *record, struct buf *out);
/* Whether a policy asks for it: else nobody needs to look who called. */
bool audit_is_on(const struct policy *policy);
/* Whether the file can be written and, over its limit, renamed; nothing is changed. Errors: DENIED,
 * NOT_FOUND, INPUT (no regular file). */
int audit_check(const struct policy *policy, struct error *err) must_check;
/* By the system's setting, else the user's. */
void audit_write(const struct world *world, const struct policy *policy,
		 const struct audit_record *record);

#endif
