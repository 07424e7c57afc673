/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a registry has moved on from what is here. Pure: what is known of an image or a base
 * comes in with the answers so far; out comes what to ask next, or a status with its reason.
 *
 * One HEAD, and no more where it names a digest that we have. Else at most two manifests are
 * opened (three where an index has several images that may be ours), since an index changes with
 * any platform's image: only that of our platform makes us stale. What cannot be proven is UNKNOWN,
 * never STALE.
 */
#ifndef PLUGINS_HYGIENE_BASE_JUDGE_H
#define PLUGINS_HYGIENE_BASE_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/codec/manifest.h"
#include "common/codec/platform.h"
#include "common/codec/reference.h"

#define BASE_STATUSES(X)                                                                       \
	X(FRESH, "fresh")                               /* the registry has what is here */    \
	X(STALE, "stale")                               /* a pull would bring another image */ \
	X(STALE_OTHER_PLATFORM, "stale-other-platform") /* only for other platforms */         \
	X(PINNED_MOVED, "pinned-moved") /* tag@digest: the tag points elsewhere now */         \
	X(GONE, "gone")                 /* it was there, and is no more */                     \
	X(UNAUTHORIZED, "unauthorized") /* may not be seen with the credentials used */        \
	X(RATE_LIMITED, "rate-limited")                                                        \
	X(UNREACHABLE, "unreachable")                                                          \
	X(LOCAL_ONLY, "local-only") /* nothing tells that it ever was in a registry */         \
	X(UNKNOWN, "unknown")
enum base_status {
#define BASE_STATUS_ENUM(status, word) BASE_##status,
	BASE_STATUSES(BASE_STATUS_ENUM)
#undef BASE_STATUS_ENUM
		BASE_STATUS_COUNT
};
const char *base_status_word(enum base_status status);

/* What is asked about: a reference, and what is known of the image that we have under it. */
struct base_subject {
	struct reference ref; /* with tag, digest or both */
	struct strings
		digests; /* of it in that repository: of the index, of our platform, or both */
	char *config;    /* the digest of its configuration; NULL: not known */
	struct platform platform;
	bool variant_told; /* the image itself names its variant */
	/*
	 * It is told that the digests are from that repository. false: the engine makes them up for
	 * every name of an image (containerd's store, Podman), pulled or not.
	 */
	bool proven;
	bool local_only; /* nothing is to be asked */
	bool mirror; /* its registry is a copy of another one: it lacking something says nothing */
	const char *absent; /* why digests are empty, for people: a constant; NULL */
};
void base_subject_release(struct base_subject *subject);

/* How a request ended. */
enum base_heard {
	BASE_NOT_ASKED,
	BASE_HEARD, /* digest, and what was asked for */
	BASE_NOT_FOUND,
	BASE_NOT_ALLOWED,
	BASE_TOO_MANY, /* rate limited; retry_at */
	BASE_SILENT,   /* unreachable */
	BASE_CANCELLED,
	BASE_SPARED, /* not asked, to leave what is left of a rate limit to pulls */
	BASE_FAILED, /* anything else */
};
struct base_answer {
	enum base_heard heard;
	char *digest;
	struct manifest *manifest; /* NULL after a HEAD */
	bool index;                /* HEAD: its media type is an index's */
	bool from_proxy;
	int64_t retry_at; /* wall clock; TIME_NONE */
	char *text;       /* the registry's, for people; NULL */
};
void base_answer_release(struct base_answer *answer);

/* Answers so far; NULL: not asked. */
struct base_evidence {
	const struct base_answer *head;  /* of the tag, or of the digest where there is no tag */
	const struct base_answer *now;   /* the manifest that the tag points at */
	const struct base_answer *child; /* our platform's in it */
	const struct base_answer *old;   /* the manifest of subject->digests.items[0] */
};

enum base_want { BASE_DONE, BASE_WANT_HEAD, BASE_WANT_NOW, BASE_WANT_CHILD, BASE_WANT_OLD };
#define BASE_REASON 320
struct base_verdict {
	enum base_status status;
	char reason[BASE_REASON]; /* one line, printable once it went through printable.h */
	const char *digest;       /* ours, that of digests that counts; NULL. Borrowed */
	const char *remote;       /* what the registry has; NULL: not known. Borrowed */
};
/* DONE fills *out; else *digest is what to open (HEAD: untouched), borrowed. */
enum base_want base_judge(const struct base_subject *subject, const struct base_evidence *evidence,
			  struct base_verdict *out, const char **digest);

#endif
