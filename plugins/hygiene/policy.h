/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to prune: settings from several places, merged into one policy. Pure: files
 * are read by the caller.
 *
 * Every source (flags, the user's --policy file, plugins.hygiene of config.json, the system's
 * /etc/docker/hygiene.json) becomes `struct settings` in which unset members say so; merging takes
 * each member from the first source that has it. Keep lists of all sources are united instead: a
 * protection cannot be overridden. Label filters are united too (all must hold).
 */
#ifndef PLUGINS_HYGIENE_POLICY_H
#define PLUGINS_HYGIENE_POLICY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/alloc.h"
#include "common/base/error.h"
#include "plugins/hygiene/kind.h"

#define UNSET (-1)

enum volume_scope { VOLUMES_ANONYMOUS, VOLUMES_NAMED, VOLUMES_ALL };

/* A keep pattern or label filter, and where it came from ("--keep", "/etc/docker/hygiene.json"). */
struct rule_text {
	char *text;
	char *source;
};
struct rule_texts {
	struct rule_text *items;
	size_t count, room;
};

/* Settings of one kind, or (struct settings.common) of all kinds. */
struct kind_settings {
	int chosen;                /* UNSET, 0, 1 */
	int64_t older_than;        /* ns; UNSET */
	struct rule_texts keep;    /* "name*", "repo:tag", "label=key[=value]" */
	struct rule_texts filters; /* "label=key[=value]", "label!=key[=value]" */
};

struct settings {
	struct kind_settings common;
	struct kind_settings kinds[KIND_COUNT];
	int all;              /* unused tagged images too: UNSET, 0, 1 */
	int64_t keep_last;    /* newest images per repository; UNSET */
	int64_t max_size;     /* bytes that the kept unused images may hold; UNSET */
	int64_t free_bytes;   /* disk to be free: bytes; UNSET */
	int64_t free_percent; /* ... or 1/1000 percent; UNSET. Setting one unsets the other */
	int volume_scope;     /* enum volume_scope; UNSET */
	int sizes;            /* ask for container and volume sizes: UNSET, 0, 1 */
};

void settings_init(struct settings *s); /* all unset */
void settings_release(struct settings *s);
#define scoped_settings scoped(settings_release) struct settings

/* Values as flags and config.json spell them; text is checked (patterns, labels). ERROR_USAGE. */
int settings_add_keep(struct settings *s, const char *pattern, const char *source,
		      struct error *err) must_check;
int settings_add_filter(struct settings *s, const char *filter, const char *source,
			struct error *err) must_check;
/* "20%", "50GB" */
int settings_set_free(struct settings *s, const char *value, struct error *err) must_check;
/* "anonymous", "named", "all"; chooses volumes too. */
int settings_set_volumes(struct settings *s, const char *value, struct error *err) must_check;
/* A keep file: one pattern a line, "#" comments, blank lines. Patterns' source is "source:line". */
int settings_add_keep_file(struct settings *s, const char *text, const char *source,
			   struct error *err) must_check;

/*
 * A policy file's text laid over s (what it sets replaces, lists are appended); errors: ERROR_USAGE
 * with the path of the key (unknown keys are errors, with the nearest known one). Schema:
 * docs/policy.md.
 */
int settings_parse_policy(struct settings *s, const char *text, size_t len, const char *source,
			  struct error *err) must_check;
/* plugins.hygiene of config.json (string values named as the flags: "older-than": "24h", "keep":
 * "a,b", "images": "true") and docker's own pruneFilters (only label= and label!=; others are
 * named in *ignored, owned, or NULL). Keys "hooks" and "error-hooks" are docker's. */
int settings_parse_config(struct settings *s, const json_t *plugin, const struct strings *filters,
			  char **ignored, struct error *err) must_check;

/* The same as JSON, in the schema of policy files; only what is set appears. NULL: a rule is no
 * UTF-8. */
json_t *settings_to_json(const struct settings *s) must_check;

/* What decide() works with: everything set. */
struct kind_rules {
	bool chosen;
	int64_t older_than;
	struct rule_texts keep, filters;
};
struct policy {
	struct kind_rules kinds[KIND_COUNT];
	bool all, sizes;
	int64_t keep_last;    /* 0: no such protection */
	int64_t max_size;     /* UNSET: no limit */
	int64_t free_bytes;   /* UNSET: no target */
	int64_t free_percent; /* UNSET: no target */
	enum volume_scope volume_scope;
};

#define POLICY_OLDER_THAN (NSEC_PER_HOUR) /* default grace */

/*
 * sources: the strongest first. Kinds: exactly those that the strongest source chooses that chooses
 * any; none anywhere: containers and images; in both cases without those that an equal or stronger
 * source switches off. older_than: of one source, the kind's own before the common one. max_size,
 * free and keep_last imply all unless `all` is set to 0 by the same or a stronger source.
 * Errors: ERROR_USAGE for contradictions.
 */
int policy_merge(struct policy *out, const struct settings *const sources[], size_t count,
		 struct error *err) must_check;
void policy_release(struct policy *p);
#define scoped_policy scoped(policy_release) struct policy

#endif
