/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a token is good for (distribution's docs/spec/auth/scope.md): words like
 * "repository:library/alpine:pull,push", "repository(plugin):x:pull", "registry:catalog:*".
 *
 * A set of them is canonical at all times: one entry per (type, class, name), sorted by these;
 * actions sorted and without twins, "*" alone where it is among them. A name may have a colon of
 * its own ("localhost:5000/x"): the type ends at the first one, the actions begin after the last.
 * What names no action is left out. A word that has not two colons is kept as it is (some
 * registries have scopes of their own) and is contained in nothing but itself. Pure.
 */
#ifndef COMMON_CODEC_SCOPE_H
#define COMMON_CODEC_SCOPE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/alloc.h"
#include "common/base/error.h"

#define SCOPE_TEXT_MAX (16 << 10) /* bytes of what is parsed at once */
#define SCOPES_MAX     4096       /* entries of a set */
#define ACTIONS_MAX    32         /* of one entry */

struct scope {
	char *type;  /* "repository", "registry"; a foreign word: all of it */
	char *class; /* "plugin"; NULL: none */
	char *name;  /* NULL: a foreign word */
	struct strings actions;
};

/* Zeroed it is empty. */
struct scope_set {
	struct scope *items;
	size_t count, room;
};

/*
 * Adds the words of text, with blanks between them, as a challenge's or a reply's "scope" has them.
 * Errors, with the set as it was: ERROR_INPUT (characters that no scope has: RFC 6749 §3.3),
 * ERROR_LIMIT.
 */
int scope_set_add(struct scope_set *set, const char *text, struct error *err) must_check;
/* The same for "repository:<path>:<actions>"; path is a repository's, actions "pull" or
 * "pull,push", both of our own making. Errors: ERROR_LIMIT. */
int scope_set_add_repository(struct scope_set *set, const char *path, const char *actions,
			     struct error *err) must_check;
/* Adds all of from. Errors: ERROR_LIMIT, with the set as it was. */
int scope_set_unite(struct scope_set *set, const struct scope_set *from, struct error *err)
	must_check;
void scope_set_release(struct scope_set *set);
#define scoped_scope_set scoped(scope_set_release) struct scope_set

/* Every action of every entry of want is in have ("*" there has them all). */
bool scope_set_contains(const struct scope_set *have, const struct scope_set *want);

/* "repository:a/b:pull,push". Owned. */
char *scope_format(const struct scope *scope) must_check;
/* All of them with a blank between, "" for none: equal sets give equal strings. Owned. */
char *scope_set_format(const struct scope_set *set) must_check;
/*
 * One string per entry, for one "scope=" each. Some registries read the first one only: the entries
 * named in first (may be NULL) come first, then the rest.
 */
void scope_set_list(const struct scope_set *set, const struct scope_set *first,
		    struct strings *out);

/*
 * How many entries from `from` on go into one request: at most most (1 or more) and at most bytes
 * of "&scope=..." with the escapes of url_add_query(), but at least 1 while there is any left.
 * 0: from is the end.
 */
size_t scope_set_chunk(const struct scope_set *set, size_t from, size_t most, size_t bytes);

#endif
