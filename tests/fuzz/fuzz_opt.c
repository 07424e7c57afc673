/* SPDX-License-Identifier: Apache-2.0 */
/* Options and completion over rows of every kind. One word per line. */
#include "tests/fuzz/fuzz.h"

#include <assert.h>

#include "common/cli/complete.h"
#include "common/cli/opt.h"
#include "common/cli/out.h"
#include "tests/fuzz/words.h"

struct args {
	bool flag;
	int tri;
	const char *string;
	struct strings strings;
	int64_t age, size, count;
	enum out_format format;
};

#define AT(member) offsetof(struct args, member)

static const struct opt rows[] = {
	{ .name = "all", .letter = 'a', .parse = opt_flag, .offset = AT(flag), .help = "f" },
	{ .name = "tri", .letter = 't', .parse = opt_tristate, .offset = AT(tri), .help = "t" },
	{ .name = "string",
	  .letter = 's',
	  .parse = opt_string,
	  .offset = AT(string),
	  .metavar = "S",
	  .help = "s",
	  .complete = OPT_COMPLETE_FILE },
	{ .name = "keep",
	  .letter = 'k',
	  .parse = opt_strings,
	  .offset = AT(strings),
	  .metavar = "P",
	  .help = "k" },
	{ .name = "older-than",
	  .parse = opt_duration,
	  .offset = AT(age),
	  .metavar = "AGE",
	  .optional = "1h",
	  .help = "o" },
	{ .name = "max-size",
	  .letter = 'm',
	  .parse = opt_size,
	  .offset = AT(size),
	  .metavar = "SIZE",
	  .help = "m" },
	{ .name = "keep-last",
	  .parse = opt_count,
	  .offset = AT(count),
	  .metavar = "N",
	  .help = "n" },
	{ .name = "format",
	  .parse = opt_format,
	  .offset = AT(format),
	  .metavar = "FORMAT",
	  .help = "f",
	  .complete = OPT_COMPLETE_WORDS,
	  .words = "table json" },
};
static const struct opt_set sets[] = { OPT_SET(NULL, rows, 0) };

static int no_run(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	(void)cli, (void)call, (void)status, (void)err;
	return 0;
}

static const struct verb leaf = { .name = "leaf",
				  .summary = "l",
				  .opts = sets,
				  .opt_count = 1,
				  .max_operands = 1,
				  .run = no_run };
static const struct verb *const below[] = { &leaf, NULL };
static const struct verb group = { .name = "group", .summary = "g", .below = below };
static const struct verb *const verbs[] = { &leaf, &group, NULL };
static const struct plugin plugin = { .name = "fuzz", .summary = "s", .verbs = verbs };

static void check_parse(const struct words *words)
{
	struct args args = { 0 };
	struct error err = ERROR_INIT;
	const char **operands = NULL;
	size_t count = 0;

	if (opt_parse(sets, 1, &args, words->argc, (char **)words->argv, &operands, &count, &err) <
	    0)
		assert(err.kind == ERROR_USAGE && err.text[0] && !operands);
	else
		assert(count <= (size_t)words->argc && args.count >= 0 && args.age >= 0);
	free(operands);
	strings_release(&args.strings);
}

static void check_complete(const struct words *words)
{
	struct cli cli = { .plugin = &plugin };
	scoped_buf out;

	buf_init(&out, 1 << 20);
	complete(&plugin, &cli, words->argc, (char **)words->argv, true, &out);
	assert(out.len >= 3 && out.data[out.len - 1] == '\n' && out.data[out.len - 3] == ':');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct words words;

	words_cut(&words, data, size);
	check_parse(&words);
	check_complete(&words);
	free(words.text);
	return 0;
}
