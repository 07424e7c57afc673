/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding and opening sealed credentials: in the directories of the system policy, and in the one
 * of PUSHGATE_SEALED_DIR (absolute; CI's own setting), never the working directory. By name,
 * longest prefix first, at most one file per segment and directory; no directory is read but for
 * lists.
 */
#ifndef CREDHELPER_SEALED_H
#define CREDHELPER_SEALED_H

#include "common/codec/helper_message.h"
#include "credhelper/policy.h"
#include "credhelper/sealed_text.h"
#include "credhelper/world.h"

/*
 * The key: the system policy's sealed_key_file, PUSHGATE_KEY_FILE, PUSHGATE_KEY_FD (a number),
 * the first that is set. Files: as secret_read_linked(). Errors: ERROR_NOT_FOUND: none is set.
 */
int sealed_key(const struct world *world, const struct policy *policy, struct secret *out,
	       struct error *err) must_check;

/* repo NULL: not known. Errors: ERROR_NOT_FOUND (none, or all refused: notes say which and why),
 * ERROR_DENIED, ERROR_UNSUPPORTED. */
int sealed_find(const struct world *world, const struct policy *policy,
		const struct registry_key *key, const char *repo, struct sealed_content *out,
		struct strings *notes, struct error *err) must_check;

/* By file names alone: server is "registry/prefix", username the directory. No key is used. */
int sealed_names(const struct world *world, const struct policy *policy, struct helper_names *out,
		 struct error *err) must_check;

#endif
