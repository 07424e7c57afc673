/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/helper_image.h"

#include <stdio.h>
#include <string.h>

#include "common/base/attr.h"

/* The archives are put in by the assembler: a compiler takes long for arrays of numbers. */
#define TEXT_OF(x) #x
#define TEXT(x)    TEXT_OF(x)
#define SYMBOL(x)  TEXT(__USER_LABEL_PREFIX__) #x
#ifdef __APPLE__
#define SECTION "__TEXT,__const"
#else
#define SECTION ".rodata"
#endif

#define PUT_IN(symbol, path)                                                                \
	__asm__(".pushsection " SECTION "\n.globl " symbol "\n" symbol ":\n.incbin \"" path \
		"\"\n.popsection\n");

#define HELPER_IMAGE(file, arch, tag, len)                                                   \
	PUT_IN(SYMBOL(helper_archive_##file), "plugins/timesync/helper/built/" #file ".tar") \
	extern const char helper_archive_##file[len];
#include "plugins/timesync/helper/built/images.def"
#undef HELPER_IMAGE

const struct helper_image helper_images[] = {
#define HELPER_IMAGE(file, arch, tag, len) { arch, tag, helper_archive_##file, len },
#include "plugins/timesync/helper/built/images.def"
#undef HELPER_IMAGE
};
const size_t helper_image_count = array_len(helper_images);

/*
 * What engines call a machine, beside the names of the images. GOARCH knows no variants: an engine
 * of "arm" is 32-bit, and Debian, Ubuntu and the others still build those for v7. armv8l is what a
 * 64-bit kernel tells 32-bit programs. armv6l is left out: such a machine can't run v7 code.
 */
static const struct {
	const char *name, *arch;
} names[] = {
	{ "x86_64", "amd64" },  { "aarch64", "arm64" }, { "arm", "arm/v7" },
	{ "armv7l", "arm/v7" }, { "armv8l", "arm/v7" },
};

static const char *image_arch(const char *arch)
{
	for (size_t i = 0; i < array_len(names); i++)
		if (strcmp(names[i].name, arch) == 0)
			return names[i].arch;
	return arch;
}

static int fail(const char *arch, struct error *err)
{
	char known[128] = "";

	for (size_t i = 0; i < helper_image_count; i++) {
		size_t used = strlen(known);

		(void)snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "",
			       helper_images[i].arch);
	}
	return error_set(err, ERROR_UNSUPPORTED, 0,
			 "no helper runs on the engine's architecture \"%.32s\" (there are: %s)",
			 arch, known);
}

int helper_image_choose(const struct helper_image **out, const char *arch, struct error *err)
{
	const char *wanted = image_arch(arch);

	for (size_t i = 0; i < helper_image_count; i++) {
		if (strcmp(helper_images[i].arch, wanted) == 0) {
			*out = &helper_images[i];
			return 0;
		}
	}
	return fail(arch, err);
}
