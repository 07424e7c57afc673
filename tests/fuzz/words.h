/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts fuzz bytes into the words of a command line: one per line. */
#ifndef TESTS_FUZZ_WORDS_H
#define TESTS_FUZZ_WORDS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 64

struct words {
	char *text; /* owned; the words point into it */
	char *argv[WORDS_MAX + 1];
	int argc;
};

static inline void words_cut(struct words *words, const uint8_t *data, size_t size)
{
	words->argc = 0;
	words->text = malloc(size + 1);
	if (!words->text)
		abort();
	memcpy(words->text, data, size);
	words->text[size] = '\0';
	for (char *p = words->text; *p && words->argc < WORDS_MAX;) {
		words->argv[words->argc++] = p;
		p += strcspn(p, "\n");
		if (*p)
			*p++ = '\0';
	}
	words->argv[words->argc] = NULL;
}

#endif
