/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who can pull and push from here: what is asked, and what the answers mean. Pure.
 *
 * A registry's refusal is an answer; its silence is none. That a token server gives a token says
 * nothing about pushing (it may be for less than was asked), and neither does it that a pull is
 * refused (some accounts may only push). So push is "yes" only where an upload was let in, and "no"
 * only where these credentials were refused. Who was asked without the credentials that are there
 * (a helper failed, a token server may not have them) has refused nobody.
 */
#ifndef PLUGINS_HYGIENE_ACCESS_H
#define PLUGINS_HYGIENE_ACCESS_H

#include <stdbool.h>

#include "common/base/alloc.h"
#include "common/base/error.h"
#include "common/codec/api.h"
#include "common/codec/registry_error.h"
#include "plugins/hygiene/gate_view.h"

#define ACCESS_STATUS_CAN_PUSH 3  /* exit status: see access_status() */
#define ACCESS_PROBES          50 /* uploads opened in a run, unless --max-probes */

/* One repository that is asked about; repository NULL: nothing is known below that registry. */
struct access_target {
	char *registry, *repository; /* as reference.domain and .path */
	bool named;                  /* by the person */
	bool local;                  /* an image came from there */
};
struct access_targets {
	struct access_target *items;
	size_t count, room;
};
void access_targets_release(struct access_targets *targets);
#define scoped_access_targets scoped(access_targets_release) struct access_targets

/*
 * names: "registry", "registry/repo", "repo" (Docker Hub). Without a slash it is a registry if its
 * host has a dot or is localhost, or if it is one of `registries` or of the images'. A registry
 * alone stands for its repositories that local images came from. all: those of `registries` (which
 * credentials are configured for), and of every other that local images came from. Sorted, each
 * once; a registry of which no repository is known is there once without. Errors: ERROR_USAGE (a
 * name that is none).
 */
int access_targets(struct access_targets *out, const struct strings *names, bool all,
		   const struct strings *registries, const struct api_images *images,
		   struct error *err) must_check;

enum access_answer { ACCESS_UNKNOWN, ACCESS_YES, ACCESS_NO };
const char *access_answer_name(enum access_answer answer);

/* What was asked of one target, and came back. Texts are the registry's words, or "". */
struct access_facts {
	bool whole;                 /* of a registry, no repository of which is known: /v2/ */
	bool local;                 /* as in the target */
	bool somebody;              /* credentials were sent */
	bool known;                 /* and are not wrong, whatever they may do */
	const char *doubt;          /* why there are some that were not; NULL */
	enum registry_outcome pull; /* of its list of tags */
	const char *pull_text;
	bool asked_push; /* the same list with a token for pushing, too */
	enum registry_outcome push_token;
	const char *push_text;
	bool probed;
	enum registry_push probe;
	const char *probe_text;
	const char *not_probed; /* why, where --probe was given; NULL */
};
/* Whether an upload may be opened there: only where it is known that there is such a repository,
 * since some registries make what is not, and where it could tell more. */
bool access_may_probe(const struct access_facts *facts);

struct access_verdict {
	enum access_answer pull, push;
	bool tried;     /* an upload; push says what came of it */
	bool read_only; /* nobody can push there */
	char *why;      /* one line; about push, else about pull */
};
void access_judge(struct access_verdict *out, const struct access_facts *facts);
void access_verdict_release(struct access_verdict *verdict);

/* What is known of one account of a registry after all of its targets. */
enum access_proof {
	ACCESS_PROVES_NOTHING,
	ACCESS_CAN_PUSH,    /* somewhere */
	ACCESS_CANNOT_PUSH, /* refused wherever it may pull, at least once, and nowhere in doubt */
};
enum access_proof access_prove(const struct access_verdict *const *verdicts, size_t count);

/* ACCESS_STATUS_CAN_PUSH if a push goes through where it is gated, and this is not CI; else 0. */
int access_status(const struct access_verdict *verdict, const struct gate_view *gate);

#endif
