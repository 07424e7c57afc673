/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does build cache hold layers of images? On overlay2 an image's layers live on after it when
 * BuildKit has a record of them, so without this answer no byte count is exact.
 *
 * Measured on Docker 20.10.24 (API 1.41): /system/df, the only Engine call there, grows with every
 * container and every file in volumes; BuildKit itself, asked through POST /grpc, answers in 2 ms
 * however full the engine is. From 1.42 on /system/df?type=build-cache asks BuildKit alone.
 */
#include "plugins/hygiene/collect_parts.h"

#include "common/client/buildkit.h"
#include "common/codec/json.h"

static int ask_df(struct collector *c, struct error *err)
{
	struct engine_request request = { .method = "GET", .deadline = COLLECT_WALK_DEADLINE };
	struct api_caches caches = { 0 };
	scoped_json *json = NULL;

	request.path = c->snap.api_minor >= 52 ? "/system/df?type=build-cache&verbose=1"
					       : "/system/df?type=build-cache";
	if (engine_call(c->engine, &request, "build cache list", &json, err) < 0)
		return -1;
	if (api_df_cache_parse(json, &caches, err) < 0)
		return collect_nonsense(err, "build cache list");
	c->snap.may_have_cache = caches.count > 0;
	api_caches_release(&caches);
	return 0;
}

static int ask_builder(struct collector *c, struct error *err)
{
	bool empty;

	if (buildkit_is_empty(engine_endpoint(c->engine), c->snap.api_minor, &empty, err) < 0)
		return -1;
	c->snap.may_have_cache = !empty;
	return 0;
}

/*
 * Not being told is no failure: intervals are shown then. Podman has no builder beside its images.
 */
int collect_may_have_cache(struct collector *c, struct error *err)
{
	struct error quiet = ERROR_INIT;
	int rc;

	c->snap.may_have_cache = true;
	if (c->snap.podman || c->snap.has[KIND_CACHE]) {
		c->snap.may_have_cache = c->snap.caches.count > 0;
		return 0;
	}
	rc = c->snap.api_minor >= 42 ? ask_df(c, &quiet) : ask_builder(c, &quiet);
	if (rc < 0 && (quiet.kind == ERROR_CANCELLED || quiet.kind == ERROR_UNREACHABLE)) {
		*err = quiet;
		return -1;
	}
	return 0;
}
