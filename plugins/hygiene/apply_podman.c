/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Podman's compatible service does in its own way (read in its source, v4.3.1 and v5.8:
 * pkg/api/handlers/compat/images_remove.go, pkg/api/handlers/libpod/images.go).
 */
#include "plugins/hygiene/apply_parts.h"

#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/codec/json.h"
#include "common/codec/printable.h"
#include "common/codec/reference.h"

/*
 * The name is never empty: without one, this call would remove every image that nothing uses.
 * Podman finds bare IDs only.
 */
char *libpod_delete_path(const char *name)
{
	const char *bare = digest_is_sha256(name) ? digest_hex(name) : name;

	return engine_path("/libpod/images/remove?images=%p&noprune=true&force=false", bare);
}

int libpod_answer_parse(struct libpod_answer *out, const json_t *json, struct error *err)
{
	struct json_place root = json_root(json, "image removal");
	struct json_place code = json_member(&root, "ExitCode");
	struct json_place errors;
	const char *text = "";
	int64_t status;
	scoped_buf clean;

	buf_init(&clean, 8 * sizeof(out->message));
	if (json_expect(&root, JSON_OBJECT, err) < 0 || json_expect(&code, JSON_INTEGER, err) < 0 ||
	    json_get_int(&code, NULL, &status, 0, 0, 255, err) < 0 ||
	    json_get_array(&root, "Errors", &errors, err) < 0)
		return -1;
	if (json_count(&errors) > 0) {
		struct json_place first = json_element(&errors, 0);

		if (json_get_string(&first, NULL, &text, "", err) < 0)
			return -1;
	}
	/* abi/images.go, removeErrorsToExitCode() */
	out->status = status == 0 ? 200 : status == 1 ? 404 : status == 2 ? 409 : 500;
	if (out->status == 200 && *text)
		out->status = 500;
	printable_add(&clean, text);
	snprintf(out->message, sizeof(out->message), "%s", clean.data);
	return 0;
}

bool podman_says_in_use(const char *message)
{
	static const char *const words[] = {
		"container state improper", /* it runs */
		"has dependent containers", /* another one shares its namespaces or volumes */
		"cannot be removed without removing the pod",
		"network is being used",
		"volume is being used",
		"image is in use",
		"by ID with more than one tag", /* tagged since it was looked at */
	};

	for (size_t i = 0; i < array_len(words); i++)
		if (strstr(message, words[i]))
			return true;
	return false;
}
