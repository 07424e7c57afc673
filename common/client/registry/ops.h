/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of a registry, as requests and readings of their replies: manifests, tags, blobs,
 * referrers, deleting, and whether one may push. Requests go through registry.h's scheduler;
 * nothing here waits.
 */
#ifndef COMMON_CLIENT_REGISTRY_OPS_H
#define COMMON_CLIENT_REGISTRY_OPS_H

#include "common/client/registry/registry.h"
#include "common/codec/manifest.h"
#include "common/codec/reference.h"

/* What a manifest request brought. Borrowed until the callback returns, but that a caller may take
 * manifest (and leave it zeroed). */
struct ops_manifest {
	const struct registry_reply *reply; /* outcome and err; changed to PROTOCOL where the digest
					       does not fit what was asked for or its own bytes */
	const char *digest;                 /* of the registry, else of the body; NULL unless OK */
	const char *media_type;
	int64_t size;              /* bytes of the manifest; -1: not told */
	struct manifest *manifest; /* parsed; NULL after a HEAD */
	struct error err;
	enum registry_outcome outcome;
};
typedef void ops_manifest_done(void *ctx, struct ops_manifest *m);

/*
 * HEAD of a tag or digest. Where the answer lacks the digest, or HEAD is not allowed (405, 501), a
 * GET follows by itself; after a 400, 403, 404 and the like too, since only a body says why, and
 * who says it: a web server's 404, and one to every HEAD, are no "not there". (But at Docker Hub:
 * its HEAD is right, and GETs are counted.)
 */
void ops_manifest_head(struct registry *r, const struct reference *ref, ops_manifest_done *done,
		       void *ctx);
/* GET, hashed and compared with the digest asked for and the one in the header (for tags only where
 * both are of one algorithm), parsed. */
void ops_manifest_get(struct registry *r, const struct reference *ref, ops_manifest_done *done,
		      void *ctx);

/* All tags, page by page, as the registry sorts them; at most OPS_TAGS_MAX and OPS_PAGES_MAX. A
 * list that is not had to its end is PROTOCOL, with what there was. */
#define OPS_TAGS_MAX  100000
#define OPS_PAGES_MAX 1000 /* of referrers, too */
typedef void ops_tags_done(void *ctx, enum registry_outcome outcome, const struct strings *tags,
			   const struct error *err);
void ops_tags(struct registry *r, const char *registry, const char *repository, ops_tags_done *done,
	      void *ctx);

/* A blob, streamed, its bytes hashed on the way; done says OK only if the digest was right (and the
 * size, where it is not -1): what chunk got before must not be used otherwise. */
typedef int ops_chunk(void *ctx, const void *data, size_t len, struct error *err);
typedef void ops_done(void *ctx, enum registry_outcome outcome, const struct error *err);
void ops_blob(struct registry *r, const char *registry, const char *repository, const char *digest,
	      int64_t size, ops_chunk *chunk, ops_done *done, void *ctx);

/* Removes the manifest of a digest, and with it every tag that names it. ref must have a digest. */
void ops_manifest_delete(struct registry *r, const struct reference *ref, ops_done *done,
			 void *ctx);

/* Manifests that name this digest as their subject: the referrers API with all its pages, else the
 * tag that the specification has for registries without it (NOT_FOUND: there are none).
 * artifact_type NULL: all. m->manifest is an index; digest is NULL. ref must have a digest. */
#define OPS_REFERRERS_MAX 10000
void ops_referrers(struct registry *r, const struct reference *ref, const char *artifact_type,
		   ops_manifest_done *done, void *ctx);

/*
 * Whether a push would be let in: an upload is opened, and cancelled at once. A write: the caller
 * has said so to the person, and names only repositories that exist (some registries make one).
 * Where the run is cancelled, what was opened is closed first.
 */
struct ops_probe {
	enum registry_push push;
	enum registry_outcome outcome;
	bool sent;      /* it was tried */
	bool cancelled; /* the upload was cancelled; else it is the registry's to forget */
	const char *user, *source, *trouble; /* as in registry_reply */
	bool withheld;
	struct error err; /* why not; of YES, why it could not be cancelled */
};
typedef void ops_probe_done(void *ctx, const struct ops_probe *probe);
void ops_probe_push(struct registry *r, const char *registry, const char *repository,
		    ops_probe_done *done, void *ctx);
/* The reading alone, pure. */
enum registry_push ops_push_of_reply(const struct registry_reply *reply);

#endif
