/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The places that say what to prune, strongest first: flags, the user's policy file,
 * plugins.hygiene of docker's config.json, the system's policy. With --apply, flags and --policy of
 * the saved plan come right after those that are given now.
 */
#ifndef PLUGINS_HYGIENE_PRUNE_SOURCES_H
#define PLUGINS_HYGIENE_PRUNE_SOURCES_H

#include "common/client/docker_config.h"
#include "plugins/hygiene/plan_file.h"
#include "plugins/hygiene/prune_args.h"

#define PRUNE_SYSTEM_POLICY "/etc/docker/hygiene.json"

/*
 * Where policy files lie. No flag and no variable of the environment changes the system's: its keep
 * lists bind whoever runs the command. Only tests fill this in themselves.
 */
struct prune_paths {
	const char *system;
	const char *user; /* NULL: none */
};

/*
 * Reads all sources and merges them into one policy. reviewed: of the plan to apply; NULL
 * without --apply. asked: takes what flags and --policy say now, for --save-plan; may be NULL.
 * Files that others may write are refused; ones that are not there are not missed, but for
 * args->policy. With args->policy, the user's own file gives its keep lists alone: no protection is
 * lost by naming another policy. Notes for the person are appended to notes.
 */
int prune_sources(struct policy *out, struct plan_asked *asked, const struct prune_args *args,
		  const struct plan_asked *reviewed, const struct docker_config *config,
		  const struct prune_paths *paths, struct strings *notes, struct error *err)
	must_check;

#endif
