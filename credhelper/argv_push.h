/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a caller unmistakably pushing to a registry? A table of rules over argv, one row per program
 * and verb. Pure. Only for stopping early with a clear text: any doubt is no, and then a pull is
 * answered (facts/credentials.md §3.3 has the verbs, docker_*.yaml and the tools' own help the
 * flags).
 *
 *  - The program: the last part of exe if it is known, else of argv[0] (docker-buildx as a plugin).
 *  - Flags in front of and behind the verb are read by a table of those that take a value; an
 *    unknown flag is a doubt, unless it is written --name=value or comes after all that counts.
 *  - The destination must parse as a reference (docker's rules: "app" is the Hub's) and be of the
 *    registry asked for. Sources and bases are not pushes, and neither is what only a file says
 *    (bake, compose build): with --push that one is known to push, and not where to.
 *    `compose push` contacts no registry but to push: whatever it asks for is meant.
 */
#ifndef CREDHELPER_ARGV_PUSH_H
#define CREDHELPER_ARGV_PUSH_H

#include <stdbool.h>

#include "common/base/alloc.h"
#include "common/codec/registry_key.h"

struct argv_push {
	const char *what; /* "docker push", "skopeo copy"; static. NULL: nothing pushes */
	char *repository; /* path of the destination, "org/app"; NULL: not known. Owned */
};
void argv_push_release(struct argv_push *push);
#define scoped_argv_push scoped(argv_push_release) struct argv_push

enum argv_verdict {
	ARGV_OTHER,     /* not one of the table: look at its parent (a shell, make, a script) */
	ARGV_DOUBT,     /* one of the table, and not certain: no parent makes it certain */
	ARGV_NO,        /* certainly something else, or to another registry */
	ARGV_SOMEWHERE, /* it pushes, perhaps to another registry: *out has what, no repository */
	ARGV_PUSHES,    /* *out is filled */
};
/* exe may be NULL. asked is not opaque. */
enum argv_verdict argv_push(struct argv_push *out, const char *exe, const struct strings *argv,
			    const struct registry_key *asked);

/* The names of the table's programs, for `why` and the docs: NULL-terminated. */
extern const char *const argv_push_programs[];

#endif
