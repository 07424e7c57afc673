/* SPDX-License-Identifier: Apache-2.0 */
/* A keep file, and its patterns against names: the first line names the image, the rest is the
 * file. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/hygiene/keep.h"

static void require(int holds)
{
	if (!holds)
		abort();
}

/* Each rule matches or not, whatever the name is; what the first one matches, all of them do. */
static void match(const struct rule_texts *keep, const char *name)
{
	struct api_image image = { .id = (char *)"sha256:0123456789abcdef" };
	struct api_volume volume = { .name = (char *)name };
	const struct rule_text *found;
	scoped_strings repositories = { 0 };

	strings_add(&image.tags, name);
	image_repositories(&image, &repositories);
	require(repositories.count == 1);
	found = keep_image(keep, &image);
	require(!found || (found >= keep->items && found < keep->items + keep->count));
	found = keep_volume(keep, &volume);
	require(!found || (found >= keep->items && found < keep->items + keep->count));
	strings_release(&image.tags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	scoped_settings s;
	scoped_str text = xstrndup((const char *)data, size);
	char *rest = strchr(text, '\n');

	settings_init(&s);
	if (rest)
		*rest++ = '\0';
	if (settings_add_keep_file(&s, rest ? rest : "", "fuzz", &err) < 0) {
		require(err.kind == ERROR_USAGE && s.common.keep.count == 0);
		return 0;
	}
	match(&s.common.keep, text);
	return 0;
}
