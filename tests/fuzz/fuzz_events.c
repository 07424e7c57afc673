/* SPDX-License-Identifier: Apache-2.0 */
/* One line of /events, taken in against a small engine: only what is there may get a use. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/json.h"
#include "plugins/hygiene/lastuse.h"

static const char id[] = "sha256:aaaa000000000000000000000000000000000000000000000000000000000000";

static void fill(struct snapshot *snap)
{
	struct api_container *c;
	struct api_image *image;

	snapshot_init(snap);
	image = array_add(&snap->images);
	image->id = xstrdup(id);
	strings_add(&image->tags, "app:1");
	c = array_add(&snap->containers);
	c->id = xstrdup("c1");
	c->image_id = xstrdup(id);
	lastuse_need(&snap->uses, KIND_IMAGE, id)->first_seen = 1;
}

static void take(const json_t *json, struct snapshot *snap)
{
	struct error err = ERROR_INIT;
	struct api_event event;

	memset(&event, 0, sizeof(event));
	if (api_event_parse(json, &event, &err) < 0)
		return;
	lastuse_take_event(&snap->uses, &event, snap);
	api_event_release(&event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct snapshot snap;
	struct error err = ERROR_INIT;
	scoped_json *json = NULL;

	if (json_parse(&json, (const char *)data, size, "event", false, &err) < 0)
		return 0;
	fill(&snap);
	take(json, &snap);
	for (size_t i = 0; i < snap.uses.count; i++)
		if (snap.uses.items[i].kind == KIND_IMAGE &&
		    strcmp(snap.uses.items[i].key, id) != 0)
			abort();
	snapshot_release(&snap);
	return 0;
}
