/* SPDX-License-Identifier: Apache-2.0 */
/* Asking docker-credential-pushgate for what gate_view.h holds. */
#ifndef PLUGINS_HYGIENE_GATE_ASK_H
#define PLUGINS_HYGIENE_GATE_ASK_H

#include <stdint.h>

#include "common/client/cancel.h"
#include "plugins/hygiene/gate_view.h"

#define GATE_DEADLINE (10 * NSEC_PER_SEC)

/* registry: as reference.domain; repository may be NULL. deadline: ns. The program is found on
 * PATH, as docker finds it; that it is not there is no error. */
int gate_ask(struct gate_view *out, const char *registry, const char *repository, int64_t deadline,
	     struct cancel *cancel, struct error *err) must_check;

#endif
