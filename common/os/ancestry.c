/* SPDX-License-Identifier: Apache-2.0 */
#include "common/os/ancestry.h"

#include "common/os/ancestry_look.h"

static void release_one(struct ancestor *a)
{
	free(a->exe);
	strings_release(&a->argv);
}

void ancestry_release(struct ancestry *a)
{
	for (size_t i = 0; i < a->count; i++)
		release_one(&a->items[i]);
	free(a->items);
	*a = (struct ancestry){ 0 };
}

void ancestry_argv(struct ancestor *a, const char *bytes, size_t len, size_t count)
{
	for (size_t at = 0; at < len && a->argv.count < count;) {
		size_t word = strnlen(bytes + at, len - at);

		strings_take(&a->argv, xstrndup(bytes + at, word));
		at += word + 1;
	}
}

int ancestry_read(struct ancestry *out, const char *proc, pid_t pid, struct error *err)
{
	struct ancestry found = { 0 };
	struct ancestry_link link;

	if (ancestry_look(proc, pid, NULL, &link) < 0)
		return error_set(err, ERROR_IO, 0, "cannot see who called: process %ld", (long)pid);
	while (found.count < ANCESTRY_MAX && link.parent > 0) {
		uint64_t started = link.started;
		struct ancestor next = { .uid = (uid_t)-1, .pid = link.parent };

		/* A parent is older than its child: else the number was given anew meanwhile. */
		if (ancestry_look(proc, next.pid, &next, &link) < 0 || link.started > started) {
			release_one(&next);
			break;
		}
		next.started = link.started;
		*(struct ancestor *)array_add(&found) = next;
		found.whole = next.pid == 1 || link.parent == 0;
		if (found.whole)
			break;
	}
	found.whole |= link.parent == 0;
	if (found.count == 0 && !found.whole)
		return error_set(err, ERROR_IO, 0, "cannot see the parent process");
	*out = found;
	return 0;
}
