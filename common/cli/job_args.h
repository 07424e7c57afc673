/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line of a job that runs this plugin again later, from another folder and with next to
 * no environment: what is written down has to mean then what it means now.
 */
#ifndef COMMON_CLI_JOB_ARGS_H
#define COMMON_CLI_JOB_ARGS_H

#include <stdio.h>

#include "common/cli/opt_scan.h"
#include "common/cli/verb.h"
#include "common/codec/job_text.h"

/*
 * Begins argv: this program's own path, docker's global flags as given now, the plugin's name. env
 * gets what decides which engine is meant, how it and other servers are reached (proxies,
 * certificates, the agent of ssh) and where state lies. A variable that holds a secret is left out,
 * and told in notes.
 */
int job_args_begin(struct job *job, const struct cli *cli, struct strings *notes, struct error *err)
	must_check;
/* Appends docker's global flags as given now, paths made absolute: for a docker that is called. */
int job_args_globals(struct strings *argv, const struct cli_globals *globals, struct error *err)
	must_check;
/* From the current directory. Owned. */
int job_args_absolute(const char *path, char **out, struct error *err) must_check;
/* Appends "--option=PATH", the path made absolute. No path: nothing. */
int job_args_path(struct strings *argv, const char *option, const char *path, struct error *err)
	must_check;
/* More variables, as they are set now, for what this job runs beside this program. */
void job_args_variables(struct job *job, const struct cli *cli, const char *const *names,
			size_t count);
/* Appends an option as it was given, the path of one that names a file (OPT_COMPLETE_FILE) made
 * absolute. */
int job_args_option(struct job *job, const struct opt_item *item, struct error *err) must_check;
/* Frees argv and env. */
void job_args_release(struct job *job);

/* The notes of job_install(), for people. */
void job_notes_print(FILE *out, const struct strings *notes);

#endif
