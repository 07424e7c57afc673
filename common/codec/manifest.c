/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/manifest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/alloc.h"
#include "common/codec/api_internal.h"
#include "common/codec/json.h"
#include "common/codec/printable.h"
#include "common/codec/reference.h"

#define NAME "manifest"

static const struct {
	const char *media_type;
	bool index;
} kinds[] = {
#define MANIFEST_ROW(kind, type, is_index) [MANIFEST_##kind] = { type, is_index },
	MANIFEST_KINDS(MANIFEST_ROW)
#undef MANIFEST_ROW
};

static const char types[] =
#define MANIFEST_TYPE(kind, type, is_index) ", " type
	MANIFEST_KINDS(MANIFEST_TYPE);
#undef MANIFEST_TYPE
const char *const manifest_accept = types + sizeof(", ") - 1;

const char *manifest_media_type(enum manifest_kind kind)
{
	return kinds[kind].media_type;
}

bool manifest_kind_is_index(enum manifest_kind kind)
{
	return kinds[kind].index;
}

/* A media type without parameters and the blanks round it. */
static size_t bare(const char **text)
{
	*text += strspn(*text, " \t");
	size_t len = strcspn(*text, ";");

	while (len && strchr(" \t", (*text)[len - 1]))
		len--;
	return len;
}

static bool is_type(const char *text, const char *type)
{
	size_t len = bare(&text);

	return len == strlen(type) && strncasecmp(text, type, len) == 0;
}

bool manifest_kind_find(const char *media_type, enum manifest_kind *out)
{
	for (size_t i = 0; i < array_len(kinds); i++)
		if (is_type(media_type, kinds[i].media_type)) {
			*out = (enum manifest_kind)i;
			return true;
		}
	return false;
}

static bool is_schema1(const char *media_type)
{
	return is_type(media_type, "application/vnd.docker.distribution.manifest.v1+json") ||
	       is_type(media_type, "application/vnd.docker.distribution.manifest.v1+prettyjws");
}

static int refuse_schema1(struct error *err)
{
	return error_set(err, ERROR_UNSUPPORTED, 0,
			 NAME ": it is of schema 1, which nobody reads any more; build or push the "
			      "image again with a present docker");
}

/* --- What kind it is. */

/* By the members that only one of both has. */
static int guess_kind(const struct json_place *root, enum manifest_kind *out, struct error *err)
{
	struct json_place children = json_member(root, "manifests");
	struct json_place config = json_member(root, "config");

	if (!json_present(&children) && !json_present(&config))
		return json_fail(root, err, "it has neither a config nor manifests");
	*out = json_present(&children) ? MANIFEST_OCI_INDEX : MANIFEST_OCI_IMAGE;
	return 0;
}

static int unknown_type(const char *type, struct error *err)
{
	char text[PRINTABLE_SHORT];

	return error_set(err, ERROR_UNSUPPORTED, 0, NAME ": its media type is %s",
			 printable_short(text, type));
}

static int find_kind(const struct json_place *root, const char *content_type,
		     enum manifest_kind *out, struct error *err)
{
	enum manifest_kind told = MANIFEST_OCI_IMAGE;
	const char *type;
	bool is_told = manifest_kind_find(content_type, &told);
	char text[PRINTABLE_SHORT];

	if (json_get_string(root, "mediaType", &type, "", err) < 0)
		return -1;
	if (is_schema1(type))
		return refuse_schema1(err);
	if (*type && !manifest_kind_find(type, out))
		return unknown_type(type, err);
	if (*type && is_told && told != *out)
		return json_fail(root, err, "mediaType says %s, and Content-Type %s", type,
				 printable_short(text, content_type));
	if (*type)
		return 0;
	if (!is_told)
		return guess_kind(root, out, err);
	*out = told;
	return 0;
}

/* One text that two readers take for different things is no manifest (CVE-2021-41190). */
static int check_members(const struct json_place *root, enum manifest_kind kind, struct error *err)
{
	static const char *const of_images[] = { "config", "layers", "fsLayers", "history" };
	static const char *const of_indexes[] = { "manifests", "fsLayers", "history" };
	bool index = manifest_kind_is_index(kind);
	const char *const *others = index ? of_images : of_indexes;
	size_t count = index ? array_len(of_images) : array_len(of_indexes);

	for (size_t i = 0; i < count; i++) {
		struct json_place member = json_member(root, others[i]);

		if (json_present(&member))
			return json_fail(root, err, "it has \"%s\", which %s has not", others[i],
					 index ? "an index" : "an image");
	}
	return 0;
}

static int check_version(const struct json_place *root, struct error *err)
{
	int64_t version;

	if (json_get_int(root, "schemaVersion", &version, -1, INT64_MIN, INT64_MAX, err) < 0)
		return -1;
	if (version == 1)
		return refuse_schema1(err);
	return version == 2 ? 0 : json_fail(root, err, "schemaVersion is not 2");
}

/* --- Descriptors. */

static int get_digest(const struct json_place *at, char **out, struct error *err)
{
	const char *digest;

	if (json_need_string(at, "digest", &digest, err) < 0)
		return -1;
	if (!digest_is_valid(digest))
		return json_fail(at, err, "its digest is not like sha256:<64 hexadecimal digits>");
	*out = xstrdup(digest);
	return 0;
}

static int get_size(const struct json_place *at, int64_t *out, struct error *err)
{
	struct json_place size = json_member(at, "size");

	if (!json_present(&size))
		return json_fail(at, err, "it has no size");
	return json_get_int(at, "size", out, 0, 0, INT64_MAX, err);
}

static int get_platform(const struct json_place *at, struct descriptor *out, struct error *err)
{
	struct json_place platform;
	const char *os, *architecture, *variant;

	if (json_get_object(at, "platform", &platform, err) < 0)
		return -1;
	if (!json_present(&platform))
		return 0;
	if (json_get_string(&platform, "os", &os, NULL, err) < 0 ||
	    json_get_string(&platform, "architecture", &architecture, NULL, err) < 0 ||
	    json_get_string(&platform, "variant", &variant, NULL, err) < 0)
		return -1;
	platform_set(&out->platform, os, architecture, variant);
	out->has_platform = out->platform.os && out->platform.architecture;
	return 0;
}

static int get_annotations(const struct json_place *at, struct api_labels *out, struct error *err)
{
	struct json_place member = json_member(at, "annotations");

	if (json_object_size(member.value) > MANIFEST_ANNOTATIONS_MAX)
		return error_set(err, ERROR_LIMIT, 0, NAME ": more than %d annotations",
				 MANIFEST_ANNOTATIONS_MAX);
	return api_get_labels(at, "annotations", out, err);
}

static void descriptor_release(struct descriptor *d)
{
	free(d->media_type);
	free(d->digest);
	free(d->artifact_type);
	platform_release(&d->platform);
	api_labels_release(&d->annotations);
	*d = (struct descriptor){ 0 };
}

static int get_descriptor(const struct json_place *at, struct descriptor *out, struct error *err)
{
	if (json_expect(at, JSON_OBJECT, err) < 0 ||
	    api_get_string(at, "mediaType", &out->media_type, err) < 0 ||
	    api_get_string(at, "artifactType", &out->artifact_type, err) < 0 ||
	    get_digest(at, &out->digest, err) < 0 || get_size(at, &out->size, err) < 0 ||
	    get_platform(at, out, err) < 0 || get_annotations(at, &out->annotations, err) < 0)
		return -1;
	return 0;
}

/* A member that is a descriptor; absent it stays empty. */
static int get_one(const struct json_place *root, const char *key, struct descriptor *out,
		   struct error *err)
{
	struct json_place at = json_member(root, key);

	return json_present(&at) ? get_descriptor(&at, out, err) : 0;
}

static int get_parts(const struct json_place *root, struct manifest *out, struct error *err)
{
	const char *key = manifest_kind_is_index(out->kind) ? "manifests" : "layers";
	struct json_place list;

	if (json_get_array(root, key, &list, err) < 0)
		return -1;
	/* Go writes null for an empty list. */
	if (!json_object_get(root->value, key))
		return json_fail(root, err, "it has no %s", key);
	if (json_count(&list) > MANIFEST_DESCRIPTORS_MAX)
		return error_set(err, ERROR_LIMIT, 0, NAME ": more than %d %s",
				 MANIFEST_DESCRIPTORS_MAX, key);
	for (size_t i = 0; i < json_count(&list); i++) {
		struct json_place at = json_element(&list, i);

		if (get_descriptor(&at, array_add(&out->parts), err) < 0)
			return -1;
	}
	return 0;
}

static int get_config(const struct json_place *root, struct manifest *out, struct error *err)
{
	if (manifest_kind_is_index(out->kind))
		return 0;
	if (get_one(root, "config", &out->config, err) < 0)
		return -1;
	return out->config.digest ? 0 : json_fail(root, err, "it has no config");
}

int manifest_parse(struct manifest *out, const char *data, size_t len, const char *content_type,
		   struct error *err)
{
	scoped_manifest manifest = { 0 };
	scoped_json *json = NULL;
	const char *type = content_type ? content_type : "";

	if (len > MANIFEST_MAX)
		return error_set(err, ERROR_LIMIT, 0, NAME ": more than %zu bytes", MANIFEST_MAX);
	if (is_schema1(type))
		return refuse_schema1(err);
	if (json_parse(&json, data, len, NAME, true, err) < 0)
		return -1;
	struct json_place root = json_root(json, NAME);

	if (json_expect(&root, JSON_OBJECT, err) < 0 || check_version(&root, err) < 0 ||
	    find_kind(&root, type, &manifest.kind, err) < 0 ||
	    check_members(&root, manifest.kind, err) < 0 ||
	    api_get_string(&root, "artifactType", &manifest.artifact_type, err) < 0 ||
	    get_config(&root, &manifest, err) < 0 || get_parts(&root, &manifest, err) < 0 ||
	    get_one(&root, "subject", &manifest.subject, err) < 0 ||
	    get_annotations(&root, &manifest.annotations, err) < 0)
		return -1;
	*out = take_value(manifest);
	return 0;
}

void manifest_release(struct manifest *manifest)
{
	for (size_t i = 0; i < manifest->parts.count; i++)
		descriptor_release(&manifest->parts.items[i]);
	free(manifest->parts.items);
	free(manifest->artifact_type);
	descriptor_release(&manifest->config);
	descriptor_release(&manifest->subject);
	api_labels_release(&manifest->annotations);
	*manifest = (struct manifest){ 0 };
}

void manifest_keep_type(struct manifest *index, const char *artifact_type)
{
	size_t kept = 0;

	for (size_t i = 0; i < index->parts.count; i++) {
		struct descriptor *child = &index->parts.items[i];
		const char *type = child->artifact_type ? child->artifact_type : child->media_type;

		if (type && strcmp(type, artifact_type) == 0)
			index->parts.items[kept++] = *child;
		else
			descriptor_release(child);
	}
	index->parts.count = kept;
}

void manifest_append(struct manifest *to, struct manifest *from)
{
	for (size_t i = 0; i < from->parts.count; i++) {
		struct descriptor *slot = array_add(&to->parts);

		*slot = from->parts.items[i];
	}
	from->parts.count = 0;
	manifest_release(from);
}
