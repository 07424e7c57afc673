/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/advice.h"

#include <string.h>

#include "common/base/attr.h"

const char advice_text[] = "The disk is full. What docker holds on it, and what can go:\n"
			   "  docker hygiene usage\n"
			   "  docker hygiene prune --dry-run\n"
			   "  docker hygiene prune --dry-run --all --older-than 7d\n"
			   "  docker hygiene prune --dry-run --build-cache";

/*
 * strerror(ENOSPC) and strerror(EDQUOT) of Linux and macOS, their names, and the words of what
 * writes much in a build: apt, npm, sqlite, ld.so's and Windows' own.
 */
static const char *const causes[] = {
	"no space left on device",
	"disk quota exceeded",
	"enospc",
	"edquot",
	"disk is full",
	"disk full",
	"not enough space on the disk",
	"not enough disk space",
	"enough free space in /",
	"insufficient disk space",
	"out of disk space",
};

/* What docker says where it knows only that something failed. */
static const char *const bare[] = {
	"exit status ",
	"exited with code ",
	"exit code: ",
	"returned a non-zero code: ",
};

/* Commands, by their first word, that write to the engine's disk. */
static const char *const writers[] = {
	"build",  "builder", "buildx", "bake",   "image", "pull",  "compose",   "run",
	"create", "commit",  "load",   "import", "cp",    "start", "container", "stack",
};

static bool contains(const char *text, const char *const *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcasestr(text, parts[i]))
			return true;
	return false;
}

static bool first_word_is(const char *command, const char *word)
{
	size_t len = strlen(word);

	return strncmp(command, word, len) == 0 && (!command[len] || command[len] == ' ');
}

static bool is_ours(const struct plugin_hook *hook)
{
	return hook->command && first_word_is(hook->command, "hygiene");
}

bool advice_needs_disk(const struct plugin_hook *hook)
{
	if (!hook->error || !hook->command || is_ours(hook) ||
	    contains(hook->error, causes, array_len(causes)))
		return false;
	for (size_t i = 0; i < array_len(writers); i++)
		if (first_word_is(hook->command, writers[i]))
			return contains(hook->error, bare, array_len(bare));
	return false;
}

bool advice_full_disk(const struct plugin_hook *hook, enum advice_disk disk)
{
	if (!hook->error || is_ours(hook))
		return false;
	if (contains(hook->error, causes, array_len(causes)))
		return true;
	return disk == ADVICE_DISK_FULL && advice_needs_disk(hook);
}
