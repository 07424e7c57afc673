/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/engine_lock.h"

#include <string.h>

#include "common/client/files.h"
#include "common/codec/json.h"
#include "plugins/hygiene/collect.h"

/* The ID comes from the engine: what is no plain word must not choose another directory. */
static char *lock_name(const char *engine_id)
{
	scoped_buf name;

	buf_init(&name, 1024);
	for (const char *c = engine_id; *c; c++) {
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_:", *c))
			buf_char(&name, *c);
		else
			buf_fmt(&name, "%%%02x", (unsigned char)*c);
	}
	return buf_take(&name);
}

int engine_lock(struct engine *engine, const char *kind, const char *what, int *fd,
		struct error *err)
{
	scoped(api_info_release) struct api_info info = { 0 };
	scoped_str folder = NULL;
	scoped_json *json = NULL;

	if (engine_get(engine, "/info", "engine information", &json, err) < 0 ||
	    api_info_parse(json, &info, err) < 0)
		return -1;
	scoped_str id = collect_engine_id(&info, engine_is_podman(engine));
	scoped_str name = lock_name(id);

	if (dir_state(&folder, "docker-hygiene", err) < 0 || dir_make(folder, 0700, err) < 0)
		return error_wrap(err, "lock");
	scoped_str path = xasprintf("%s/%s%s.lock", folder, name, kind);
	int lock = lock_take(path, err);

	if (lock < 0 && err->kind == ERROR_BUSY)
		return error_wrap(err, "another %s of this engine runs", what);
	if (lock < 0)
		return error_wrap(err, "lock");
	*fd = lock;
	return 0;
}
