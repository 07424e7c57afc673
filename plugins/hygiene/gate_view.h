/* SPDX-License-Identifier: Apache-2.0 */
/* What docker-credential-pushgate says of a registry here: its `why --format json`. Pure. */
#ifndef PLUGINS_HYGIENE_GATE_VIEW_H
#define PLUGINS_HYGIENE_GATE_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/error.h"

#define GATE_PROGRAM "docker-credential-pushgate"

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

/* Errors: ERROR_PROTOCOL. */
int gate_view_parse(struct gate_view *out, const char *data, size_t len, struct error *err)
	must_check;

#endif
