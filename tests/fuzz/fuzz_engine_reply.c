/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of an engine: two bytes of status, then the body. */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/client/engine.h"
#include "common/codec/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	scoped_str body = xmalloc(size - 1);
	memcpy(body, data + 2, size - 2);
	body[size - 2] = '\0';

	struct engine_reply reply = { .status = (data[0] << 8 | data[1]) % 600,
				      .body = body,
				      .len = size - 2 };
	struct error err = ERROR_INIT;
	json_t *json = NULL;
	char room[200];

	engine_reply_message(&reply, room, sizeof(room));
	for (const char *at = room; *at; at++)
		assert((unsigned char)*at >= 0x20 && *at != 0x7f);
	if (engine_reply_json(&reply, "thing", &json, &err) < 0) {
		assert(error_is_set(&err) && !json);
		return 0;
	}
	assert(json && (reply.status / 100 == 2 || reply.status == 304));
	/* An empty answer never passes for an empty list. */
	assert(reply.len > 0 || json_is_null(json));
	json_decref(json);
	return 0;
}
