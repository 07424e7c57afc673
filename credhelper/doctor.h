/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that decides what docker does with credentials here, collected and judged: config.json and
 * what goes around it, the policy files, the store, pushgate-attest. Changes nothing.
 */
#ifndef CREDHELPER_DOCTOR_H
#define CREDHELPER_DOCTOR_H

#include "credhelper/answer.h"
#include "credhelper/config_file.h"

struct doctor {
	struct inquiry q; /* of no registry: the policy */
	struct config_file file;
	struct error file_error;
	struct config_facts facts;
	const char *store_kind;   /* "secretservice", "helper", "file"; NULL: it cannot be opened */
	const char *store_helper; /* the X of docker-credential-X; NULL: it is none */
	struct error store_error; /* kind NONE: it answers */
	bool needs_attest;        /* a gate of the policy asks for ID tokens */
	struct error attest_error;
	struct config_findings findings;
};
/* The store has STORE_DEADLINE to answer. Never fails: what is wrong is a finding. */
void doctor_look(struct doctor *out, const struct world *world);
void doctor_release(struct doctor *doctor);
#define scoped_doctor scoped(doctor_release) struct doctor

#endif
