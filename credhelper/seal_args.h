/* SPDX-License-Identifier: Apache-2.0 */
/* What seal and rotate have in common: their options, what they ask a person, and the sealing. */
#ifndef CREDHELPER_SEAL_ARGS_H
#define CREDHELPER_SEAL_ARGS_H

#include "common/cli/verb.h"
#include "credhelper/sealed_text.h"

struct seal_args {
	struct strings recipients; /* files of certificates */
	const char *signer, *username;
	int64_t lifetime; /* ns; 0: no end */
};
/* Rows whose offsets count from the struct above. */
#define SEAL_ROWS 4
extern const struct opt seal_rows[SEAL_ROWS];
void seal_args_init(struct seal_args *args);
void seal_args_release(struct seal_args *args);

/*
 * username, secret, sealed and expires of c. On a terminal they are asked for, the secret twice and
 * without echo; else stdin is a line with the user name (left out where --username gives it) and
 * then the secret, without a newline at its end. Errors, the first two before anything is asked:
 * ERROR_USAGE (no recipient), a file of args that cannot be read; ERROR_INPUT (empty, no UTF-8),
 * ERROR_CANCELLED.
 */
int seal_ask(struct cli *cli, const struct seal_args *args, struct sealed_content *c,
	     struct error *err) must_check;

/* Gives c an id of its own, and appends the file's text. */
int seal_content(const struct seal_args *args, struct sealed_content *c, struct buf *out,
		 struct error *err) must_check;

/* "sealed for registry.example.com/org (user ci) until 2027-02-26 13:00 UTC: FILE" */
void seal_tell(FILE *to, const struct sealed_content *c, const char *verb, const char *path);

#endif
