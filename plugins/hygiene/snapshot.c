/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/snapshot.h"

#include <stdlib.h>
#include <string.h>

void snapshot_init(struct snapshot *snap)
{
	memset(snap, 0, sizeof(*snap));
	snap->info.system_time = TIME_NONE;
	snap->now = TIME_NONE;
	snap->events_until = TIME_NONE;
	snap->may_have_cache = true;
	snap->disk_total = -1;
	snap->disk_free = -1;
}

void uses_release(struct uses *uses)
{
	for (size_t i = 0; i < uses->count; i++)
		free(uses->items[i].key);
	free(uses->items);
	memset(uses, 0, sizeof(*uses));
}

void snapshot_release(struct snapshot *snap)
{
	api_info_release(&snap->info);
	api_containers_release(&snap->containers);
	api_networks_release(&snap->networks);
	api_volumes_release(&snap->volumes);
	api_images_release(&snap->images);
	api_caches_release(&snap->caches);
	uses_release(&snap->uses);
	snapshot_init(snap);
}
