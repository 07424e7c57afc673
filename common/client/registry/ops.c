/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/registry/ops.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/codec/digest_stream.h"
#include "common/codec/json.h"
#include "common/codec/registry_key.h"
#include "common/codec/url.h"

/* One of the calls below, until its done(). */
struct ops_call {
	struct registry *registry;
	char *host, *repository, *path;
	char *digest; /* asked for, or of a blob; NULL */
	void *ctx;
	ops_manifest_done *manifest_done;
	ops_tags_done *tags_done;
	ops_done *done;
	ops_probe_done *probe_done;
	ops_chunk *chunk;
	char *artifact_type;
	bool head_404;         /* its HEAD said that there is none */
	bool by_tag;           /* referrers: the second try */
	struct manifest index; /* of all pages of referrers */
	bool as_pusher;        /* cancelling an upload: the second try */
	struct strings tags;
	size_t pages;
	struct digest_stream hash;
	int64_t size, left;
	struct ops_probe probe;
	char *upload, *user, *source, *trouble;
};

static struct ops_call *call_new(struct registry *r, const char *host, const char *repository,
				 void *ctx)
{
	struct ops_call *call = xcalloc(1, sizeof(*call));

	call->registry = r;
	call->host = xstrdup(host);
	call->repository = xstrdup(repository);
	call->ctx = ctx;
	return call;
}

static void call_free(struct ops_call *call)
{
	free(call->host);
	free(call->repository);
	free(call->path);
	free(call->digest);
	free(call->artifact_type);
	free(call->upload);
	free(call->user);
	free(call->source);
	free(call->trouble);
	strings_release(&call->tags);
	manifest_release(&call->index);
	digest_stream_release(&call->hash);
	free(call);
}

static void send(struct ops_call *call, enum registry_method method, const char *accept,
		 const char *actions, void (*done)(void *, const struct registry_reply *))
{
	const struct registry_request request = {
		.method = method,
		.registry = call->host,
		.repository = call->repository,
		.path = call->path,
		.accept = accept,
		.actions = actions,
		.done = done,
		.ctx = call,
	};

	registry_add(call->registry, &request);
}

/* Where its list goes on. */
static void send_next(struct ops_call *call, const char *url, const char *accept,
		      void (*done)(void *, const struct registry_reply *))
{
	const struct registry_request request = { .method = REGISTRY_GET,
						  .registry = call->host,
						  .repository = call->repository,
						  .url = url,
						  .accept = accept,
						  .done = done,
						  .ctx = call };

	registry_add(call->registry, &request);
}

static int protocol_error(struct ops_call *call, struct error *err, const char *text)
{
	error_clear(err);
	return error_set(err, ERROR_PROTOCOL, 0, "%s/%s: %s", call->host, call->repository, text);
}

/* Whether the page that came is one of a list that ends. */
static int check_page(struct ops_call *call, const struct registry_reply *reply, struct error *err)
{
	if (reply->next_lost)
		return protocol_error(call, err, "its list goes on where it may not be followed");
	if (++call->pages >= OPS_PAGES_MAX && reply->next)
		return protocol_error(call, err, "its list does not end");
	return 0;
}

/* --- manifests */

static struct ops_call *manifest_call(struct registry *r, const struct reference *ref,
				      ops_manifest_done *done, void *ctx)
{
	struct ops_call *call = call_new(r, ref->domain, ref->path, ctx);

	call->digest = xstrdup_null(ref->digest);
	call->manifest_done = done;
	call->path = xasprintf("manifests/%s", ref->digest ? ref->digest
					       : ref->tag  ? ref->tag
							   : "latest");
	return call;
}

/* The digest of the bytes: in the algorithm that was asked for, else in the header's, else sha256.
 */
static int check_digest(struct ops_call *call, const struct registry_reply *reply,
			char out[DIGEST_TEXT], struct error *err)
{
	const char *told = reply->content_digest;
	const char *algorithm = call->digest ? call->digest : told ? told : "sha256";

	if (digest_make(algorithm, reply->body, reply->len, out, err) < 0)
		return -1;
	if (call->digest && strcmp(out, call->digest) != 0)
		return protocol_error(call, err, "what came has another digest than was asked for");
	if (!call->digest && told && strcmp(out, told) != 0)
		return protocol_error(call, err,
				      "what came has another digest than its header says");
	return 0;
}

/* HEAD said so, and GET has neither a page nor a text that shows another server. */
static void agree_on_404(const struct ops_call *call, struct ops_manifest *m)
{
	const char *body = m->reply->body + strspn(m->reply->body, " \t\r\n");

	if (!call->head_404 || m->reply->status != 404 || m->outcome != REGISTRY_PROTOCOL ||
	    (*body && *body != '{'))
		return;
	m->outcome = REGISTRY_NOT_FOUND;
	m->err.kind = ERROR_NOT_FOUND;
}

static void deliver_manifest(struct ops_call *call, struct ops_manifest *m)
{
	call->manifest_done(call->ctx, m);
	if (m->manifest)
		manifest_release(m->manifest);
	call_free(call);
}

static void on_manifest(void *ctx, const struct registry_reply *reply)
{
	struct ops_call *call = ctx;
	struct manifest manifest = { 0 };
	char digest[DIGEST_TEXT];
	struct ops_manifest m = { .reply = reply,
				  .outcome = reply->outcome,
				  .media_type = reply->content_type,
				  .size = (int64_t)reply->len,
				  .err = reply->err };

	if (m.outcome == REGISTRY_OK) {
		if (check_digest(call, reply, digest, &m.err) < 0) {
			m.outcome = REGISTRY_PROTOCOL;
		} else if (manifest_parse(&manifest, reply->body, reply->len, reply->content_type,
					  &m.err) < 0) {
			m.outcome = m.err.kind == ERROR_UNSUPPORTED ? REGISTRY_UNSUPPORTED
								    : REGISTRY_PROTOCOL;
			error_wrap(&m.err, "%s/%s", call->host, call->repository);
		} else {
			m.manifest = &manifest;
			m.digest = digest;
			m.media_type = manifest_media_type(manifest.kind);
		}
	}
	agree_on_404(call, &m);
	deliver_manifest(call, &m);
}

/* What a HEAD leaves open is asked with GET: no digest, no HEAD (some Nexus say 404 to each), whose
 * 404 it is, or why not. Docker Hub's 404 is its own, and it counts GETs. */
static bool wants_get(const struct ops_call *call, const struct registry_reply *reply)
{
	switch (reply->outcome) {
	case REGISTRY_OK:
		return !reply->content_digest;
	case REGISTRY_DENIED:
		return reply->status == 403;
	case REGISTRY_NOT_FOUND:
		return strcmp(call->host, REGISTRY_HUB) != 0;
	case REGISTRY_UNSUPPORTED:
		return reply->status == 405 || reply->status == 501;
	case REGISTRY_FAILED:
		return reply->status < 500;
	default:
		return false;
	}
}

static void on_head(void *ctx, const struct registry_reply *reply)
{
	struct ops_call *call = ctx;
	struct ops_manifest m = { .reply = reply,
				  .outcome = reply->outcome,
				  .media_type = reply->content_type,
				  .size = reply->content_length,
				  .err = reply->err };

	if (wants_get(call, reply)) {
		call->head_404 = reply->outcome == REGISTRY_NOT_FOUND;
		send(call, REGISTRY_GET, manifest_accept, NULL, on_manifest);
		return;
	}
	if (m.outcome == REGISTRY_OK)
		m.digest = reply->content_digest;
	/* Another algorithm than asked for is no contradiction (facts/registry.md 1.4). */
	if (m.digest && call->digest && strcspn(m.digest, ":") == strcspn(call->digest, ":") &&
	    strncmp(m.digest, call->digest, strcspn(m.digest, ":")) == 0 &&
	    strcmp(m.digest, call->digest) != 0) {
		protocol_error(call, &m.err, "it has another digest than was asked for");
		m.outcome = REGISTRY_PROTOCOL;
		m.digest = NULL;
	} else if (m.digest && call->digest) {
		m.digest = call->digest;
	}
	deliver_manifest(call, &m);
}

void ops_manifest_head(struct registry *r, const struct reference *ref, ops_manifest_done *done,
		       void *ctx)
{
	send(manifest_call(r, ref, done, ctx), REGISTRY_HEAD, manifest_accept, NULL, on_head);
}

void ops_manifest_get(struct registry *r, const struct reference *ref, ops_manifest_done *done,
		      void *ctx)
{
	send(manifest_call(r, ref, done, ctx), REGISTRY_GET, manifest_accept, NULL, on_manifest);
}

/* --- tags */

static void tags_over(struct ops_call *call, enum registry_outcome outcome, const struct error *err)
{
	call->tags_done(call->ctx, outcome, &call->tags, err);
	call_free(call);
}

static int read_page(struct ops_call *call, const struct registry_reply *reply, struct error *err)
{
	scoped_json *json = NULL;
	struct json_place root;

	if (json_parse(&json, reply->body, reply->len, "list of tags", false, err) < 0)
		return -1;
	root = json_root(json, "list of tags");
	/* "tags": null is an empty list. */
	if (json_expect(&root, JSON_OBJECT, err) < 0 ||
	    json_get_strings(&root, "tags", &call->tags, err) < 0)
		return -1;
	if (call->tags.count > OPS_TAGS_MAX)
		return error_set(err, ERROR_LIMIT, 0, "more than %d tags", OPS_TAGS_MAX);
	return 0;
}

static void on_tags(void *ctx, const struct registry_reply *reply)
{
	struct ops_call *call = ctx;
	struct error err = reply->err;

	if (reply->outcome != REGISTRY_OK) {
		tags_over(call, reply->outcome, &err);
		return;
	}
	if (read_page(call, reply, &err) < 0) {
		error_wrap(&err, "%s/%s", call->host, call->repository);
		tags_over(call, err.kind == ERROR_LIMIT ? REGISTRY_TOO_LARGE : REGISTRY_PROTOCOL,
			  &err);
	} else if (check_page(call, reply, &err) < 0) {
		tags_over(call, REGISTRY_PROTOCOL, &err);
	} else if (reply->next) {
		send_next(call, reply->next, "application/json", on_tags);
	} else {
		tags_over(call, REGISTRY_OK, &err);
	}
}

void ops_tags(struct registry *r, const char *registry, const char *repository, ops_tags_done *done,
	      void *ctx)
{
	struct ops_call *call = call_new(r, registry, repository, ctx);

	call->tags_done = done;
	call->path = xstrdup("tags/list");
	send(call, REGISTRY_GET, "application/json", NULL, on_tags);
}

/* --- blobs */

static int on_blob_chunk(void *ctx, const void *data, size_t len, struct error *err)
{
	struct ops_call *call = ctx;

	if (call->size >= 0 && (uint64_t)len > (uint64_t)call->left)
		return error_set(err, ERROR_PROTOCOL, 0, "more bytes than its %lld",
				 (long long)call->size);
	call->left -= (int64_t)len;
	if (digest_stream_add(&call->hash, data, len, err) < 0)
		return -1;
	return call->chunk(call->ctx, data, len, err);
}

static int check_blob(struct ops_call *call, struct error *err)
{
	char digest[DIGEST_TEXT];

	if (digest_stream_end(&call->hash, digest, err) < 0)
		return -1;
	if (call->size >= 0 && call->left != 0)
		return protocol_error(call, err, "fewer bytes than it was to have");
	if (strcmp(digest, call->digest) != 0)
		return protocol_error(call, err, "what came has another digest than was asked for");
	return 0;
}

static void on_blob(void *ctx, const struct registry_reply *reply)
{
	struct ops_call *call = ctx;
	enum registry_outcome outcome = reply->outcome;
	struct error err = reply->err;

	if (outcome == REGISTRY_OK && check_blob(call, &err) < 0)
		outcome = REGISTRY_PROTOCOL;
	call->done(call->ctx, outcome, &err);
	call_free(call);
}

void ops_blob(struct registry *r, const char *registry, const char *repository, const char *digest,
	      int64_t size, ops_chunk *chunk, ops_done *done, void *ctx)
{
	struct ops_call *call = call_new(r, registry, repository, ctx);
	struct error err = ERROR_INIT;

	call->digest = xstrdup(digest);
	call->path = xasprintf("blobs/%s", digest);
	call->size = call->left = size;
	call->chunk = chunk;
	call->done = done;
	if (digest_stream_open(&call->hash, digest, &err) < 0) {
		done(ctx, REGISTRY_PROTOCOL, &err);
		call_free(call);
		return;
	}
	const struct registry_request request = {
		.method = REGISTRY_GET,
		.registry = call->host,
		.repository = call->repository,
		.path = call->path,
		.limit = size >= 0 ? (size_t)size : SIZE_MAX,
		.done = on_blob,
		.chunk = on_blob_chunk,
		.ctx = call,
	};

	registry_add(r, &request);
}

/* --- deleting */

static void on_deleted(void *ctx, const struct registry_reply *reply)
{
	struct ops_call *call = ctx;

	call->done(call->ctx, reply->outcome, &reply->err);
	call_free(call);
}

void ops_manifest_delete(struct registry *r, const struct reference *ref, ops_done *done, void *ctx)
{
	struct ops_call *call = call_new(r, ref->domain, ref->path, ctx);
	struct error err = ERROR_INIT;

	call->done = done;
	if (!ref->digest) {
		protocol_error(call, &err, "a manifest is deleted by its digest, not by a tag");
		done(ctx, REGISTRY_PROTOCOL, &err);
		call_free(call);
		return;
	}
	call->path = xasprintf("manifests/%s", ref->digest);
	send(call, REGISTRY_DELETE, NULL, "delete", on_deleted);
}

/* --- referrers */

static void on_referrers(void *ctx, const struct registry_reply *reply);

/* The tag that the specification has for registries without the API: "sha256-<hex>", no more than
 * 64 digits. */
static void ask_by_tag(struct ops_call *call)
{
	const char *hex = digest_hex(call->digest);

	call->by_tag = true;
	str_replace(&call->path, xasprintf("manifests/%.*s-%.64s", (int)(hex - 1 - call->digest),
					   call->digest, hex));
	send(call, REGISTRY_GET, manifest_accept, NULL, on_referrers);
}

/* One page more. */
static int read_referrers(struct ops_call *call, const struct registry_reply *reply,
			  struct error *err)
{
	scoped_manifest page = { 0 };

	if (manifest_parse(&page, reply->body, reply->len, reply->content_type, err) < 0)
		return error_wrap(err, "%s/%s", call->host, call->repository);
	if (!manifest_kind_is_index(page.kind))
		return protocol_error(call, err, "its list of referrers is no index");
	/* The filter is the registry's to apply, or not. */
	if (call->artifact_type)
		manifest_keep_type(&page, call->artifact_type);
	manifest_append(&call->index, &page);
	if (call->index.parts.count > OPS_REFERRERS_MAX)
		return protocol_error(call, err, "its list of referrers is too long");
	return check_page(call, reply, err);
}

/* One that has it answers an empty list where there is nothing. Others: 404, Artifactory 406, and
 * Artifact Registry a page. */
static bool has_no_referrers_api(const struct registry_reply *reply)
{
	switch (reply->outcome) {
	case REGISTRY_NOT_FOUND:
	case REGISTRY_PROTOCOL:
	case REGISTRY_UNSUPPORTED:
		return true;
	case REGISTRY_FAILED:
		return reply->status == 400 || reply->status == 406;
	case REGISTRY_OK:
		return reply->content_type && strcmp(reply->content_type, "text/html") == 0;
	default:
		return false;
	}
}

static void on_referrers(void *ctx, const struct registry_reply *reply)
{
	struct ops_call *call = ctx;
	struct ops_manifest m = {
		.reply = reply, .outcome = reply->outcome, .size = -1, .err = reply->err
	};

	if (!call->by_tag && call->pages == 0 && has_no_referrers_api(reply)) {
		ask_by_tag(call);
		return;
	}
	if (m.outcome == REGISTRY_OK && read_referrers(call, reply, &m.err) < 0) {
		m.outcome = REGISTRY_PROTOCOL;
	} else if (m.outcome == REGISTRY_OK && reply->next) {
		send_next(call, reply->next, manifest_media_type(MANIFEST_OCI_INDEX), on_referrers);
		return;
	} else if (m.outcome == REGISTRY_OK) {
		m.manifest = &call->index;
		m.media_type = manifest_media_type(MANIFEST_OCI_INDEX);
	}
	call->manifest_done(call->ctx, &m);
	call_free(call);
}

void ops_referrers(struct registry *r, const struct reference *ref, const char *artifact_type,
		   ops_manifest_done *done, void *ctx)
{
	struct ops_call *call = call_new(r, ref->domain, ref->path, ctx);

	call->manifest_done = done;
	call->digest = xstrdup(ref->digest);
	call->artifact_type = xstrdup_null(artifact_type);
	struct buf path;

	buf_init(&path, 4096);
	buf_fmt(&path, "referrers/%s", ref->digest);
	if (artifact_type)
		url_add_query(&path, "artifactType", artifact_type);
	call->path = buf_take(&path);
	buf_release(&path);
	send(call, REGISTRY_GET, manifest_media_type(MANIFEST_OCI_INDEX), NULL, on_referrers);
}

/* --- may one push */

enum registry_push ops_push_of_reply(const struct registry_reply *reply)
{
	switch (reply->outcome) {
	case REGISTRY_OK:
		/* 202 is the only yes: a 200 is somebody else's page. */
		return reply->status == 202 ? REGISTRY_PUSH_YES : REGISTRY_PUSH_UNKNOWN;
	case REGISTRY_UNAUTHORIZED:
	case REGISTRY_DENIED:
		return REGISTRY_PUSH_NO;
	case REGISTRY_UNSUPPORTED:
		return reply->status == 405 ? REGISTRY_PUSH_READ_ONLY : REGISTRY_PUSH_UNKNOWN;
	default:
		return REGISTRY_PUSH_UNKNOWN;
	}
}

static void probe_over(struct ops_call *call)
{
	call->probe.user = call->user;
	call->probe.source = call->source;
	call->probe.trouble = call->trouble;
	call->probe_done(call->ctx, &call->probe);
	call_free(call);
}

static void on_cancelled(void *ctx, const struct registry_reply *reply);

static void cancel_upload(struct ops_call *call, const char *actions)
{
	const struct registry_request end = { .method = REGISTRY_DELETE,
					      .registry = call->host,
					      .repository = call->repository,
					      .url = call->upload,
					      .actions = actions,
					      .stop = REGISTRY_STOP_NEVER,
					      .done = on_cancelled,
					      .ctx = call };

	registry_add(call->registry, &end);
}

static void on_cancelled(void *ctx, const struct registry_reply *reply)
{
	struct ops_call *call = ctx;
	/* Its token server may give none where not all of it is granted, or known to it. */
	bool refused = reply->outcome == REGISTRY_UNAUTHORIZED ||
		       reply->outcome == REGISTRY_DENIED ||
		       (!reply->sent && reply->outcome != REGISTRY_CANCELLED);

	call->probe.cancelled = reply->outcome == REGISTRY_OK;
	call->probe.err = reply->err;
	if (refused && !call->as_pusher) {
		call->as_pusher = true;
		cancel_upload(call, "pull,push");
	} else {
		probe_over(call);
	}
}

static void on_opened(void *ctx, const struct registry_reply *reply)
{
	struct ops_call *call = ctx;

	call->user = xstrdup_null(reply->user);
	call->source = xstrdup_null(reply->source);
	call->trouble = xstrdup_null(reply->trouble);
	call->probe = (struct ops_probe){ .push = ops_push_of_reply(reply),
					  .outcome = reply->outcome,
					  .sent = reply->sent,
					  .withheld = reply->withheld,
					  .err = reply->err };
	if (call->probe.push == REGISTRY_PUSH_YES && !reply->location)
		protocol_error(call, &call->probe.err, "it does not say where the upload is");
	if (call->probe.push != REGISTRY_PUSH_YES || !reply->location) {
		probe_over(call);
		return;
	}
	call->upload = xstrdup(reply->location);
	/* docker-registry wants the right to delete for it. */
	cancel_upload(call, "delete,pull,push");
}

void ops_probe_push(struct registry *r, const char *registry, const char *repository,
		    ops_probe_done *done, void *ctx)
{
	struct ops_call *call = call_new(r, registry, repository, ctx);

	call->probe_done = done;
	call->path = xstrdup("blobs/uploads/");
	const struct registry_request open = {
		.method = REGISTRY_POST,
		.registry = call->host,
		.repository = call->repository,
		.path = call->path,
		.actions = "pull,push",
		.stop = REGISTRY_STOP_UNSENT,
		.done = on_opened,
		.ctx = call,
	};

	registry_add(r, &open);
}
