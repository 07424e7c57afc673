/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over the files of its corpus, without libFuzzer: `replay_<name> PATH...`. */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int fail(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return -1;
}

/* The copy is exactly as long as the file, so that ASan sees a read past its end. */
static int replay_stream(FILE *in, const char *path, size_t size)
{
	uint8_t *data = malloc(size != 0 ? size : 1);

	if (data == NULL)
		return fail(path);
	if (fread(data, 1, size, in) != size) {
		free(data);
		return fail(path);
	}
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

static int replay_file(const char *path, off_t size)
{
	FILE *in = fopen(path, "rb");

	if (in == NULL)
		return fail(path);
	int count = replay_stream(in, path, (size_t)size);
	(void)fclose(in);
	return count;
}

static int replay(const char *path);

static int replay_dir(const char *path)
{
	struct dirent **names;
	int found = scandir(path, &names, NULL, alphasort);
	int total = 0;

	if (found < 0)
		return fail(path);
	for (int i = 0; i < found; i++) {
		char *child = NULL;

		if (names[i]->d_name[0] != '.' && total >= 0) {
			int count = asprintf(&child, "%s/%s", path, names[i]->d_name) < 0
					    ? -1
					    : replay(child);
			total = count < 0 ? -1 : total + count;
			free(child);
		}
		free(names[i]);
	}
	free(names);
	return total;
}

/* Returns how many inputs ran, or -1 after saying why. */
static int replay(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return fail(path);
	return S_ISDIR(st.st_mode) ? replay_dir(path) : replay_file(path, st.st_size);
}

int main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc; i++) {
		int count = replay(argv[i]);

		if (count < 0)
			return EXIT_FAILURE;
		total += count;
	}
	printf("%d inputs\n", total);
	return total > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
