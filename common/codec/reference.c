/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/reference.h"

#include <string.h>

#include "common/codec/printable.h"

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define HEX    DIGITS "abcdef"

#define REFERENCE_MAX  4096
#define PATH_BYTES_MAX 255
#define TAG_MAX        128

static const struct {
	const char *name;
	size_t hex;
} algorithms[] = { { "sha256:", 64 }, { "sha384:", 96 }, { "sha512:", 128 } };

bool digest_is_valid(const char *s)
{
	for (size_t i = 0; i < array_len(algorithms); i++) {
		size_t len = strlen(algorithms[i].name);

		if (strncmp(s, algorithms[i].name, len) == 0)
			return strspn(s + len, HEX) == algorithms[i].hex &&
			       !s[len + algorithms[i].hex];
	}
	return false;
}

static bool is_identifier(const char *s)
{
	return strspn(s, HEX) == 64 && !s[64];
}

bool digest_is_sha256(const char *s)
{
	return is_identifier(strncmp(s, "sha256:", 7) == 0 ? s + 7 : s);
}

const char *digest_hex(const char *id)
{
	const char *colon = strchr(id, ':');

	return colon ? colon + 1 : id;
}

/* Length of what stands at s and matches [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*, 0 if nothing does. */
static size_t component_span(const char *s)
{
	size_t len = strspn(s, LOWER DIGITS);

	while (len) {
		size_t separator = strspn(s + len, "-");
		size_t more;

		if (!separator)
			separator = s[len] == '.' ? 1 : strspn(s + len, "_");
		if (separator > 2 && s[len] == '_')
			break;
		more = strspn(s + len + separator, LOWER DIGITS);
		if (!separator || !more)
			break;
		len += separator + more;
	}
	return len;
}

static bool is_path(const char *s)
{
	size_t len = strlen(s);

	if (len > PATH_BYTES_MAX)
		return false;
	for (;;) {
		size_t span = component_span(s);

		s += span;
		if (!span || (*s && *s != '/'))
			return false;
		if (!*s)
			return true;
		s++;
	}
}

/* [a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])? with dots between. */
static size_t host_span(const char *s)
{
	size_t len = 0;

	for (;;) {
		size_t part = strspn(s + len, LOWER UPPER DIGITS "-");

		if (!part || s[len] == '-' || s[len + part - 1] == '-')
			return 0;
		len += part;
		if (s[len] != '.')
			return len;
		len++;
	}
}

static bool is_domain(const char *s)
{
	size_t len;

	if (*s == '[') {
		len = strspn(s + 1, DIGITS "abcdefABCDEF:") + 1;
		if (len == 1 || s[len] != ']')
			return false;
		len++;
	} else {
		len = host_span(s);
		if (!len)
			return false;
	}
	s += len;
	if (*s == ':') {
		len = strspn(++s, DIGITS);
		if (!len)
			return false;
		s += len;
	}
	return !*s;
}

static bool is_tag(const char *s)
{
	size_t len = strspn(s, LOWER UPPER DIGITS "_.-");

	return len && len <= TAG_MAX && !s[len] && *s != '.' && *s != '-';
}

/* Docker's rule for where a domain ends: only what cannot be a user's name on Docker Hub is one. */
static bool begins_with_domain(const char *s, size_t len)
{
	size_t lower = 0;

	while (lower < len && !strchr(UPPER, s[lower]))
		lower++;
	return lower < len || memchr(s, '.', len) || memchr(s, ':', len) ||
	       (len == 9 && memcmp(s, "localhost", len) == 0);
}

/* Takes domain and path out of s, which has no tag and no digest any more. */
static void split_name(const char *s, struct reference *ref)
{
	const char *slash = strchr(s, '/');
	size_t len = slash ? (size_t)(slash - s) : 0;

	if (slash && begins_with_domain(s, len)) {
		ref->domain = xstrndup(s, len);
		s = slash + 1;
		if (strcmp(ref->domain, "index.docker.io") == 0)
			str_replace(&ref->domain, xstrdup("docker.io"));
	} else {
		ref->domain = xstrdup("docker.io");
	}
	if (strcmp(ref->domain, "docker.io") == 0 && !strchr(s, '/'))
		ref->path = xasprintf("library/%s", s);
	else
		ref->path = xstrdup(s);
}

/* Cuts s at the mark, and gives what is behind it. */
static char *cut(char *s, char mark)
{
	char *at = strchr(s, mark);

	if (!at)
		return NULL;
	*at = '\0';
	return xstrdup(at + 1);
}

static const char *reason(const struct reference *ref)
{
	if (!is_domain(ref->domain))
		return "the registry is not a host name with an optional port";
	if (!is_path(ref->path))
		return strpbrk(ref->path, UPPER) ? "the name must be lower case"
						 : "the name is not like user/app";
	if (ref->tag && !is_tag(ref->tag))
		return "the tag is not 1 to 128 letters, digits and ._-";
	if (ref->digest && !digest_is_valid(ref->digest))
		return "the digest is not like sha256:<64 hexadecimal digits>";
	return NULL;
}

int reference_parse(const char *s, struct reference *out, struct error *err)
{
	scoped_reference ref = { 0 };
	scoped_str name = NULL;
	char *path;
	const char *why = NULL;
	char text[PRINTABLE_SHORT];

	if (strnlen(s, REFERENCE_MAX + 1) > REFERENCE_MAX)
		return error_set(err, ERROR_INPUT, 0, "image reference of more than %d bytes",
				 REFERENCE_MAX);
	name = xstrdup(s);
	ref.digest = cut(name, '@');
	/* A port has a colon too, but a slash comes after it. */
	path = strrchr(name, '/');
	ref.tag = cut(path ? path : name, ':');
	split_name(name, &ref);
	why = is_identifier(s) ? "64 hexadecimal digits are an ID" : reason(&ref);
	if (why)
		return error_set(err, ERROR_INPUT, 0, "\"%s\" is not an image reference: %s",
				 printable_short(text, s), why);
	*out = take_value(ref);
	return 0;
}

void reference_release(struct reference *ref)
{
	free(ref->domain);
	free(ref->path);
	free(ref->tag);
	free(ref->digest);
	*ref = (struct reference){ 0 };
}

char *reference_full_name(const struct reference *ref)
{
	return xasprintf("%s/%s", ref->domain, ref->path);
}

char *reference_familiar_name(const struct reference *ref)
{
	if (strcmp(ref->domain, "docker.io") != 0)
		return reference_full_name(ref);
	if (strncmp(ref->path, "library/", 8) == 0 && !strchr(ref->path + 8, '/'))
		return xstrdup(ref->path + 8);
	return xstrdup(ref->path);
}
