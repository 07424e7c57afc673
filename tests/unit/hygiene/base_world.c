/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/hygiene/base_world.h"

#include <stdio.h>
#include <string.h>

#include "common/codec/manifest.h"
#include "plugins/hygiene/base_labels.h"

const char *digest_of(char room[DIGEST_TEXT], char digit)
{
	memcpy(room, "sha256:", 7);
	memset(room + 7, digit, 64);
	room[71] = '\0';
	return room;
}

static void add_name(struct api_image *image, const char *name)
{
	const char *at = strchr(name, '@');
	char digest[DIGEST_TEXT];

	if (at)
		strings_take(&image->digests, xasprintf("%.*s@%s", (int)(at - name), name,
							digest_of(digest, at[1])));
	else
		strings_add(&image->tags, name);
}

static void add_layers(struct api_image *image, const char *text)
{
	char digest[DIGEST_TEXT];

	for (; *text; text++)
		strings_add(&image->diff_ids, digest_of(digest, *text));
}

static void add_label(struct api_image *image, const char *text)
{
	struct api_label *label = array_add(&image->labels);
	char digest[DIGEST_TEXT];

	label->value = xstrdup(text + 2);
	if (*text == 'n') {
		label->key = xstrdup(ANNOTATION_BASE_NAME);
	} else if (*text == 'd') {
		label->key = xstrdup(ANNOTATION_BASE_DIGEST);
		str_replace(&label->value, xstrdup(digest_of(digest, text[2])));
	} else if (*text == 'N') {
		label->key = xstrdup(BASE_LABEL_NAME);
	} else {
		label->key = xstrdup(BASE_LABEL_BUILT);
		str_replace(&label->value, xasprintf("2026-11-01T00:00:0%sZ", text + 2));
	}
}

struct api_image *world_image(struct api_images *list, const char *text)
{
	struct api_image *image = array_add(list);
	scoped_str copy = xstrdup(text);
	char *rest = copy, *part;

	image->id = xasprintf("sha256:%064zx", list->count);
	image->inspected = true;
	image->created = TIME_NONE;
	for (size_t i = 0; (part = strsep(&rest, ";")); i++) {
		char *word;

		while ((word = strsep(&part, " "))) {
			if (*word && i == 0)
				add_name(image, word);
			else if (i == 1)
				add_layers(image, word);
			else if (*word)
				add_label(image, word);
		}
	}
	image->os = xstrdup("linux");
	image->architecture = xstrdup("amd64");
	return image;
}
