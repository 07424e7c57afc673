/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/platform.h"

#include <string.h>

#include "common/codec/ascii.h"
#include "common/codec/printable.h"

#define WORD "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.-"

/* --- Names. */

/* As Go's go/build has them, which is what containerd knows a lone word by. */
static const char *const systems[] = {
	"aix",   "android", "darwin", "dragonfly", "freebsd", "hurd",    "illumos", "ios", "js",
	"linux", "nacl",    "netbsd", "openbsd",   "plan9",   "solaris", "windows", "zos",
};
static const char *const architectures[] = {
	"386",     "amd64",    "amd64p32",  "arm",         "armbe",   "arm64",
	"arm64be", "ppc64",    "ppc64le",   "loong64",     "mips",    "mipsle",
	"mips64",  "mips64le", "mips64p32", "mips64p32le", "ppc",     "riscv",
	"riscv64", "s390",     "s390x",     "sparc",       "sparc64", "wasm",
};

/* What else they are called; variant: the one that goes with that name, NULL: the one given. */
static const struct {
	const char *name, *means, *variant;
} aliases[] = {
	{ "i386", "386", "" },        { "x86_64", "amd64", NULL }, { "x86-64", "amd64", NULL },
	{ "aarch64", "arm64", NULL }, { "armhf", "arm", "v7" },    { "armel", "arm", "v6" },
};

static const struct {
	const char *architecture, *name, *means;
} variants[] = {
	{ "amd64", "v1", "" },     { "arm64", "8", "" },   { "arm64", "v8", "" },
	{ "arm64", "v8.0", "" },   { "arm64", "9", "v9" }, { "arm64", "9.0", "v9" },
	{ "arm64", "v9.0", "v9" }, { "arm", "", "v7" },    { "arm", "5", "v5" },
	{ "arm", "6", "v6" },      { "arm", "7", "v7" },   { "arm", "8", "v8" },
};

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (word && strcmp(words[i], word) == 0)
			return true;
	return false;
}

/* A lower-case copy; NULL and "" are NULL. */
static char *lower(const char *text)
{
	return text && *text ? ascii_make_lower(xstrdup(text)) : NULL;
}

static void normalise_variant(struct platform *p)
{
	const char *variant = p->variant ? p->variant : "";

	for (size_t i = 0; i < array_len(variants); i++)
		if (strcmp(variants[i].architecture, p->architecture) == 0 &&
		    strcmp(variants[i].name, variant) == 0) {
			str_replace(&p->variant, lower(variants[i].means));
			return;
		}
}

static void normalise(struct platform *p)
{
	if (p->os && strcmp(p->os, "macos") == 0)
		str_replace(&p->os, xstrdup("darwin"));
	if (!p->architecture)
		return;
	for (size_t i = 0; i < array_len(aliases); i++) {
		if (strcmp(aliases[i].name, p->architecture) != 0)
			continue;
		str_replace(&p->architecture, xstrdup(aliases[i].means));
		if (aliases[i].variant)
			str_replace(&p->variant, lower(aliases[i].variant));
		break;
	}
	normalise_variant(p);
}

void platform_set(struct platform *out, const char *os, const char *architecture,
		  const char *variant)
{
	struct platform p = { lower(os), lower(architecture), lower(variant) };

	normalise(&p);
	*out = p;
}

static int refuse(const char *text, struct error *err)
{
	char shown[PRINTABLE_SHORT];

	return error_set(err, ERROR_USAGE, 0,
			 "\"%s\" is no platform like linux/amd64 or linux/arm/v7",
			 printable_short(shown, text));
}

/* "a/b/c" into its parts; how many there are, 0 if one of them is none. */
static size_t split(const char *text, char *parts[3])
{
	for (size_t count = 0; count < 3;) {
		size_t len = strspn(text, WORD);

		if (!len)
			return 0;
		parts[count++] = xstrndup(text, len);
		if (!text[len])
			return count;
		if (text[len] != '/')
			return 0;
		text += len + 1;
	}
	return 0;
}

/* One word alone: an operating system or an architecture. */
static bool read_word(struct platform *out, const char *word, const struct platform *host)
{
	scoped_platform os = { 0 };
	scoped_platform architecture = { 0 };

	platform_set(&os, word, NULL, NULL);
	platform_set(&architecture, NULL, word, NULL);
	if (is_one_of(os.os, systems, array_len(systems)))
		platform_set(out, word, host->architecture, host->variant);
	else if (is_one_of(architecture.architecture, architectures, array_len(architectures)))
		platform_set(out, host->os, word, NULL);
	else
		return false;
	return true;
}

int platform_parse(struct platform *out, const char *text, const struct platform *host,
		   struct error *err)
{
	char *parts[3] = { NULL, NULL, NULL };
	size_t count = split(text, parts);
	bool ok = count > 0;

	if (count == 1)
		ok = read_word(out, parts[0], host);
	else if (count)
		platform_set(out, parts[0], parts[1], parts[2]);
	for (size_t i = 0; i < array_len(parts); i++)
		free(parts[i]);
	return ok ? 0 : refuse(text, err);
}

void platform_copy(struct platform *out, const struct platform *from)
{
	*out = (struct platform){
		.os = xstrdup_null(from->os),
		.architecture = xstrdup_null(from->architecture),
		.variant = xstrdup_null(from->variant),
	};
}

void platform_release(struct platform *platform)
{
	free(platform->os);
	free(platform->architecture);
	free(platform->variant);
	*platform = (struct platform){ 0 };
}

static const char *or_unknown(const char *text)
{
	return text ? text : "unknown";
}

char *platform_format(const struct platform *platform)
{
	return xasprintf("%s/%s%s%s", or_unknown(platform->os), or_unknown(platform->architecture),
			 platform->variant ? "/" : "", platform->variant ? platform->variant : "");
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool platform_equal(const struct platform *a, const struct platform *b)
{
	return same(a->os, b->os) && same(a->architecture, b->architecture) &&
	       same(a->variant, b->variant);
}

/* --- What runs on what. */

struct version {
	int major, minor;
	bool dotted; /* the minor one is written, which only arm64 does */
};

/* "v7", "v8.2", one digit each; NULL is fallback. */
static bool read_version(const char *variant, struct version fallback, struct version *out)
{
	if (!variant) {
		*out = fallback;
		return true;
	}
	size_t len = strlen(variant);

	if ((len != 2 && len != 4) || variant[0] != 'v' || variant[1] < '0' || variant[1] > '9')
		return false;
	*out = (struct version){ variant[1] - '0', 0, false };
	if (len == 2)
		return true;
	if (variant[2] != '.' || variant[3] < '0' || variant[3] > '9')
		return false;
	out->minor = variant[3] - '0';
	out->dotted = true;
	return true;
}

#define NO_VERSION ((struct version){ 0, 0, false })

static unsigned rank_amd64(const struct platform *want, const struct platform *have)
{
	static const struct version least = { 1, 0, false };
	struct version w, h;

	if (!read_version(want->variant, least, &w) || w.dotted || w.major < 1)
		w = least;
	if (strcmp(have->architecture, "386") == 0)
		return have->variant ? 0 : 1 + (unsigned)w.major;
	if (strcmp(have->architecture, "amd64") != 0 || !read_version(have->variant, least, &h) ||
	    h.dotted || h.major < 1 || h.major >= w.major)
		return 0;
	return 1 + (unsigned)(w.major - h.major);
}

/* From arm v<most> down to v5, counted from 0; -1: none of these. */
static int below_arm(int most, const struct platform *have)
{
	struct version h;

	if (strcmp(have->architecture, "arm") != 0 ||
	    !read_version(have->variant, NO_VERSION, &h) || h.dotted || h.major < 5 ||
	    h.major > most)
		return -1;
	return most - h.major;
}

static unsigned rank_arm(const struct platform *want, const struct platform *have)
{
	struct version w;

	if (!read_version(want->variant, NO_VERSION, &w) || w.dotted)
		return 0;
	return (unsigned)(1 + below_arm(w.major, have));
}

/* The highest v8.y that a v9.x can run. */
static int top_of_8(int minor_of_9)
{
	return minor_of_9 + 5 < 9 ? minor_of_9 + 5 : 9;
}

static unsigned rank_arm64(const struct platform *want, const struct platform *have)
{
	static const struct version least = { 8, 0, false };
	struct version w, h;

	if (!read_version(want->variant, least, &w) || w.major < 8 || (w.major == 9 && w.minor > 7))
		return 0;
	int top = w.major == 9 ? top_of_8(w.minor) : w.minor;
	/* Of 64 bits there are so many before the first v8, and behind it. */
	int nines = w.major == 9 ? w.minor + 1 : 0;
	int arm = below_arm(8, have);

	if (arm >= 0)
		return (unsigned)(1 + nines + top + 1 + arm);
	if (strcmp(have->architecture, "arm64") != 0 || !read_version(have->variant, least, &h))
		return 0;
	if (h.major == 9 && nines && h.minor <= w.minor)
		return (unsigned)(1 + w.minor - h.minor);
	if (h.major == 8 && h.minor <= top)
		return (unsigned)(1 + nines + top - h.minor);
	return 0;
}

unsigned platform_rank(const struct platform *want, const struct platform *have)
{
	static const struct {
		const char *architecture;
		unsigned (*rank)(const struct platform *want, const struct platform *have);
	} rows[] = { { "amd64", rank_amd64 }, { "arm", rank_arm }, { "arm64", rank_arm64 } };

	if (!want->os || !want->architecture || !have->architecture || !same(want->os, have->os))
		return 0;
	if (platform_equal(want, have))
		return 1;
	for (size_t i = 0; i < array_len(rows); i++)
		if (strcmp(rows[i].architecture, want->architecture) == 0)
			return rows[i].rank(want, have);
	return 0;
}
