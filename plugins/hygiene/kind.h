/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of object that pruning knows, and what can be done with one. */
#ifndef PLUGINS_HYGIENE_KIND_H
#define PLUGINS_HYGIENE_KIND_H

/* kind, word in JSON and tables, plural for people, key in policy files, flag */
#define KINDS(X)                                                            \
	X(CONTAINER, "container", "containers", "containers", "containers") \
	X(NETWORK, "network", "networks", "networks", "networks")           \
	X(VOLUME, "volume", "volumes", "volumes", "volumes")                \
	X(IMAGE, "image", "images", "images", "images")                     \
	X(CACHE, "build-cache", "build cache records", "build_cache", "build-cache")

enum kind {
#define KIND_ENUM(kind, word, plural, key, flag) KIND_##kind,
	KINDS(KIND_ENUM)
#undef KIND_ENUM
		KIND_COUNT
};

const char *kind_word(enum kind kind);
const char *kind_plural(enum kind kind);
const char *kind_key(enum kind kind);
const char *kind_flag(enum kind kind);
/* KIND_COUNT if the word is none. */
enum kind kind_parse(const char *word);

/* ACTION_UNTAG takes one reference off an image that a later row removes. */
#define ACTIONS(X) X(KEEP, "keep") X(UNTAG, "untag") X(REMOVE, "remove")
enum action {
#define ACTION_ENUM(action, word) ACTION_##action,
	ACTIONS(ACTION_ENUM)
#undef ACTION_ENUM
};
const char *action_word(enum action action);

#endif
