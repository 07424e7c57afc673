/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/provenance.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/buf.h"
#include "common/codec/ascii.h"
#include "common/codec/json.h"
#include "common/codec/reference.h"

#define PURL_MAX    4096
#define PURL_PREFIX "pkg:docker/"

static const struct {
	const char *type;
	const char *path[2]; /* of the list, below the predicate */
} predicates[] = {
	{ "https://slsa.dev/provenance/v0.2", { "materials", NULL } },
	{ "https://slsa.dev/provenance/v1", { "buildDefinition", "resolvedDependencies" } },
};

static size_t find_type(const char *type)
{
	size_t i = 0;

	while (i < array_len(predicates) && strcmp(predicates[i].type, type) != 0)
		i++;
	return i;
}

bool provenance_is_type(const char *predicate_type)
{
	return find_type(predicate_type) < array_len(predicates);
}

void provenance_release(struct provenance *provenance)
{
	for (size_t i = 0; i < provenance->images.count; i++) {
		free(provenance->images.items[i].name);
		free(provenance->images.items[i].digest);
	}
	free(provenance->images.items);
	*provenance = (struct provenance){ 0 };
}

/* --- package URLs */

/* "%2F" and the like; NULL where one is broken or hides a NUL. Owned. */
static char *unescape(const char *s, size_t len)
{
	scoped_buf out;

	buf_init(&out, PURL_MAX);
	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (s[i] != '%') {
			buf_char(&out, s[i]);
			continue;
		}
		high = i + 2 < len ? ascii_hex_value(s[i + 1]) : -1;
		low = i + 2 < len ? ascii_hex_value(s[i + 2]) : -1;
		if (high < 0 || low < 0 || high + low == 0)
			return NULL;
		buf_char(&out, (char)(high * 16 + low));
		i += 2;
	}
	return buf_take(&out);
}

/* The value of a qualifier; NULL: it is not there. Owned. */
static char *qualifier(const char *text, const char *name)
{
	size_t len = strlen(name);

	while (*text && *text != '#') {
		size_t span = strcspn(text, "&#");

		if (span > len && strncmp(text, name, len) == 0 && text[len] == '=')
			return unescape(text + len + 1, span - len - 1);
		text += span + (text[span] == '&');
	}
	return NULL;
}

/* Both parts of "path@version"; *version is NULL where there is none. False: broken. */
static bool split_version(const char *purl, size_t len, char **path, char **version)
{
	size_t at = len;

	while (at > 0 && purl[at] != '@')
		at--;
	*path = unescape(purl, at ? at : len);
	*version = at ? unescape(purl + at + 1, len - at - 1) : NULL;
	return *path && (*version || !at);
}

/* What FROM named: a digest stands in the purl only where it stood there (BuildKit's util/purl).
 * False: two digests that are not one. */
static bool take_pin(char **version, char **pinned)
{
	if (*pinned && !digest_is_valid(*pinned))
		free_str(pinned);
	if (*version && digest_is_valid(*version)) {
		if (*pinned && strcmp(*pinned, *version) != 0)
			return false;
		free_str(pinned);
		*pinned = take_ptr(*version);
	}
	if (!*version && !*pinned)
		*version = xstrdup("latest");
	return true;
}

bool provenance_purl(const char *purl, char **name, char **digest)
{
	scoped_reference ref = { 0 };
	scoped_str path = NULL;
	scoped_str version = NULL;
	scoped_str pinned = NULL;
	scoped_str full = NULL;
	struct error ignored = ERROR_INIT;
	size_t len;

	if (strlen(purl) > PURL_MAX || strncmp(purl, PURL_PREFIX, strlen(PURL_PREFIX)) != 0)
		return false;
	purl += strlen(PURL_PREFIX);
	len = strcspn(purl, "?#");
	if (!split_version(purl, len, &path, &version))
		return false;
	if (purl[len] == '?')
		pinned = qualifier(purl + len + 1, "digest");
	if (!take_pin(&version, &pinned))
		return false;
	full = xasprintf("%s%s%s%s%s", path, version ? ":" : "", version ? version : "",
			 pinned ? "@" : "", pinned ? pinned : "");
	if (reference_parse(full, &ref, &ignored) < 0 || !ref.tag != !version ||
	    !ref.digest != !pinned)
		return false;
	*name = take_ptr(full);
	*digest = take_ptr(pinned);
	return true;
}

/* --- the statement */

static bool is_known(const struct provenance *p, const char *name)
{
	for (size_t i = 0; i < p->images.count; i++)
		if (strcmp(p->images.items[i].name, name) == 0)
			return true;
	return false;
}

/* {"uri": purl, "digest": {"sha256": hex}}. Other things than images are passed over. */
static int take_material(struct provenance *out, const struct json_place *at, struct error *err)
{
	const char *uri, *hex;
	scoped_str name = NULL;
	scoped_str digest = NULL;
	scoped_str told = NULL;
	struct provenance_image *image;
	struct json_place sums;

	if (json_expect(at, JSON_OBJECT, err) < 0 ||
	    json_get_string(at, "uri", &uri, "", err) < 0 ||
	    json_get_object(at, "digest", &sums, err) < 0 ||
	    json_get_string(&sums, "sha256", &hex, NULL, err) < 0)
		return -1;
	if (!provenance_purl(uri, &name, &digest) || is_known(out, name))
		return 0;
	if (out->images.count == PROVENANCE_IMAGES_MAX)
		return error_set(err, ERROR_LIMIT, 0, "provenance: more than %d images",
				 PROVENANCE_IMAGES_MAX);
	told = hex ? xasprintf("sha256:%s", hex) : NULL;
	image = array_add(&out->images);
	image->name = take_ptr(name);
	image->digest = told && digest_is_valid(told) ? take_ptr(told) : take_ptr(digest);
	return 0;
}

/* The list of what it was made of. *up holds the places between: it must live as long as *out. */
static int find_list(const struct json_place *root, struct json_place up[2], struct json_place *out,
		     struct error *err)
{
	const char *type;
	size_t kind;

	if (json_get_string(root, "predicateType", &type, "", err) < 0)
		return -1;
	kind = find_type(type);
	if (kind == array_len(predicates))
		return error_set(err, ERROR_UNSUPPORTED, 0, "provenance of the type '%.80s'", type);
	if (json_get_object(root, "predicate", &up[0], err) < 0)
		return -1;
	if (!predicates[kind].path[1])
		return json_get_array(&up[0], predicates[kind].path[0], out, err);
	if (json_get_object(&up[0], predicates[kind].path[0], &up[1], err) < 0)
		return -1;
	return json_get_array(&up[1], predicates[kind].path[1], out, err);
}

int provenance_parse(struct provenance *out, const char *data, size_t len, struct error *err)
{
	scoped_provenance made = { 0 };
	struct json_place root, up[2], list;
	scoped_json *json = NULL;

	if (len > PROVENANCE_MAX)
		return error_set(err, ERROR_LIMIT, 0, "provenance: more than %zu bytes",
				 PROVENANCE_MAX);
	if (json_parse(&json, data, len, "provenance", false, err) < 0)
		return -1;
	root = json_root(json, "provenance");
	if (json_expect(&root, JSON_OBJECT, err) < 0 || find_list(&root, up, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < json_count(&list); i++) {
		struct json_place at = json_element(&list, i);

		if (take_material(&made, &at, err) < 0)
			return -1;
	}
	*out = take_value(made);
	return 0;
}

/* --- the base */

static bool is_tool(const char *name)
{
	static const char *const tools[] = { "docker/dockerfile", "docker/dockerfile-upstream",
					     "docker/buildkit-syft-scanner", "moby/buildkit" };
	scoped_reference ref = { 0 };
	struct error ignored = ERROR_INIT;

	if (reference_parse(name, &ref, &ignored) < 0)
		return true;
	for (size_t i = 0; i < array_len(tools); i++)
		if (strcmp(ref.domain, "docker.io") == 0 && strcmp(ref.path, tools[i]) == 0)
			return true;
	return false;
}

const struct provenance_image *provenance_base(const struct provenance *provenance)
{
	const struct provenance_image *base = NULL;

	for (size_t i = 0; i < provenance->images.count; i++) {
		if (is_tool(provenance->images.items[i].name))
			continue;
		if (base)
			return NULL;
		base = &provenance->images.items[i];
	}
	return base;
}
