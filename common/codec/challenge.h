/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WWW-Authenticate (RFC 9110 §11.6.1): several lines, and several challenges in one. Read by a
 * state machine, since a comma may stand in a quoted scope, and "=" and blanks in a realm. Pure,
 * and total: registries send a lot that the grammar does not know, so what is whole before a
 * mistake counts, and `broken` says that there was one. Whatever a challenge says is its sender's
 * wish: nothing of it is checked here.
 *
 * More than the grammar: blanks round "=", values and names that are quoted or not as they please
 * ("realm=/", "\"Basic\" \"realm\"=x"), empty list elements, values of any character but blanks,
 * commas and controls where they are not quoted.
 */
#ifndef COMMON_CODEC_CHALLENGE_H
#define COMMON_CODEC_CHALLENGE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"

/* What is beyond these is left out, and makes the list broken. */
#define CHALLENGE_BYTES_MAX  (16 << 10) /* of all lines together */
#define CHALLENGES_MAX       16
#define CHALLENGE_PARAMS_MAX 32 /* of one challenge */

struct challenge_param {
	char *name;  /* lower case */
	char *value; /* without quotes and escapes; may be empty */
};
struct challenge {
	char *scheme;  /* lower case: "bearer", "basic", "negotiate" */
	char *token68; /* what Negotiate and its kin send instead of parameters; NULL */
	struct {
		struct challenge_param *items;
		size_t count, room;
	} params;
};

/* Zeroed it is empty. In the order in which they came. */
struct challenges {
	struct challenge *items;
	size_t count, room;
	size_t bytes; /* of the lines so far */
	bool broken;
};

/* The value of one WWW-Authenticate line, without its name. Any bytes. */
void challenges_add(struct challenges *list, const char *value, size_t len);
void challenges_release(struct challenges *list);
#define scoped_challenges scoped(challenges_release) struct challenges

/* The first of that scheme ("bearer"), NULL if there is none. Borrowed, as below. */
const struct challenge *challenges_find(const struct challenges *list, const char *scheme);
/* The first parameter of that name (lower case; where it is there twice, the first counts). NULL:
 * it is not there. */
const char *challenge_param(const struct challenge *challenge, const char *name);

/* The one to answer: Bearer that has a realm, else Basic. NULL: none that we can. */
const struct challenge *challenges_pick(const struct challenges *list);

#endif
