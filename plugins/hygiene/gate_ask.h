/* SPDX-License-Identifier: Apache-2.0 */
/* What docker-credential-pushgate says of a registry here: its `why --format json`. */
#ifndef PLUGINS_HYGIENE_GATE_ASK_H
#define PLUGINS_HYGIENE_GATE_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/client/cancel.h"

#define GATE_PROGRAM  "docker-credential-pushgate"
#define GATE_DEADLINE (10 * NSEC_PER_SEC)

struct gate_view {
	bool unknown;   /* it could not be asked; all below is empty */
	bool installed; /* else nothing is gated here, and all below is empty */
	bool gated;
	bool attested; /* this counts as CI */
	bool failed;   /* what a push would be given could not be found out */
	/* Of the first gate that does not hold; NULL: there is none. */
	char *reason; /* "ci: no-ci": its name in the policy, and the word of credhelper/gate.h */
	char *word;   /* that word alone, where it has one */
	char *text;   /* what it means, for people */
	char *detail; /* what of it, or what is wrong with the policy; NULL */
};
void gate_view_release(struct gate_view *view);
#define scoped_gate_view scoped(gate_view_release) struct gate_view

/* The JSON of `why`. Pure. Errors: ERROR_PROTOCOL. */
int gate_view_parse(struct gate_view *out, const char *data, size_t len, struct error *err)
	must_check;

/* registry: as reference.domain; repository may be NULL. deadline: ns. The program is found on
 * PATH, as docker finds it; that it is not there is no error. */
int gate_ask(struct gate_view *out, const char *registry, const char *repository, int64_t deadline,
	     struct cancel *cancel, struct error *err) must_check;

#endif
