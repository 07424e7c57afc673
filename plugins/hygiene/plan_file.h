/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan on disk, for one person to review and a job to execute. JSON with a SHA-256 over its
 * content: a truncated or altered file is refused. The checksum guards against accidents; what
 * guards against malice is that the file must not be writable by others and that --apply only ever
 * acts on what its own decision would remove too.
 */
#ifndef PLUGINS_HYGIENE_PLAN_FILE_H
#define PLUGINS_HYGIENE_PLAN_FILE_H

#include "plugins/hygiene/plan.h"

/*
 * What the person asked for by hand. The policies that lie about are not in it: those in force
 * where and when the plan is applied count then.
 */
struct plan_asked {
	struct settings flags;
	struct settings policy; /* of the file that --policy names; weaker than flags */
};
void plan_asked_init(struct plan_asked *asked);
void plan_asked_release(struct plan_asked *asked);

struct plan_file {
	char *engine_id, *engine_name;
	int64_t created; /* the engine's clock */
	struct plan_asked asked;
	struct plan plan;
};

void plan_file_release(struct plan_file *file);
/* Pure. Errors: ERROR_INPUT. */
int plan_file_format(char **out, const struct plan_file *file, struct error *err) must_check;
int plan_file_parse(struct plan_file *out, const char *text, size_t len, struct error *err)
	must_check;
/* Reads through file_read_trusted(); writes with mode 0600. */
int plan_file_load(struct plan_file *out, const char *path, struct error *err) must_check;
int plan_file_save(const struct plan_file *file, const char *path, struct error *err) must_check;
/* Refuses another engine's plan and one older than max_age (ns), or from the future. Errors:
 * ERROR_CONFLICT. */
int plan_file_check(const struct plan_file *file, const struct snapshot *snap, int64_t max_age,
		    struct error *err) must_check;

#endif
