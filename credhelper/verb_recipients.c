/* SPDX-License-Identifier: Apache-2.0 */
/* docker-credential-pushgate recipients: who can open a sealed file. */
#include <string.h>

#include "common/cli/out.h"
#include "common/client/files.h"
#include "common/codec/json.h"
#include "common/codec/json_text.h"
#include "credhelper/cms.h"
#include "credhelper/sealed_text.h"
#include "credhelper/verbs.h"

struct args {
	enum out_format format;
};

static const struct opt rows[] = {
	OPT_FORMAT_ROW(offsetof(struct args, format)),
};
static const struct opt_set sets[] = { OPT_SET(NULL, rows, 0) };

static int read_recipients(const char *path, struct strings *out, struct error *err)
{
	scoped_buf text;

	buf_init(&text, SEALED_FILE_MAX);
	if (file_read(path, SEALED_FILE_MAX, &text, err) < 0)
		return -1;
	return cms_recipients(&text, out, err) < 0 ? error_wrap(err, "%s", path) : 0;
}

/* By the file's name, which only says where it is looked for. NULL: it is no such name. */
static char *place_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	scoped_str registry = NULL;
	scoped_str prefix = NULL;

	if (!sealed_file_name_read(slash ? slash + 1 : path, &registry, &prefix))
		return NULL;
	return xasprintf("%s%s%s", registry, *prefix ? "/" : "", prefix);
}

static void add_json(json_t *all, const char *path, const char *place,
		     const struct strings *recipients)
{
	json_t *list = json_array();

	for (size_t i = 0; i < recipients->count; i++)
		json_array_append_new(list, json_text(recipients->items[i]));
	json_array_append_new(all, json_pack("{s:o, s:o, s:o}", "file", json_text(path), "registry",
					     json_text(place), "recipients", list));
}

static void add_cells(struct table *table, const char *path, const char *place,
		      const struct strings *recipients)
{
	for (size_t i = 0; i < recipients->count; i++) {
		table_cell(table, path);
		table_cell(table, place ? place : "-");
		table_cell(table, recipients->items[i]);
	}
}

static int run(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	static const struct table_column columns[] = { { "FILE", false, false },
						       { "REGISTRY", false, false },
						       { "RECIPIENT", false, true } };
	const struct args *args = call->args;
	scoped_json *all = json_array();
	scoped_table table;

	(void)status;
	table_init(&table, columns, array_len(columns));
	for (size_t i = 0; i < call->operand_count; i++) {
		const char *path = call->operands[i];
		scoped_strings recipients = { 0 };
		scoped_str place = place_of(path);

		if (read_recipients(path, &recipients, err) < 0)
			return -1;
		add_json(all, path, place, &recipients);
		add_cells(&table, path, place, &recipients);
	}
	if (args->format == OUT_JSON)
		return out_json(cli->out, all, err);
	table_print(&table, cli->out, term_is(cli->out) ? term_width(cli->out) : 0,
		    term_colour(cli->out, cli->env));
	return 0;
}

const struct verb verb_recipients = {
	.name = "recipients",
	.synopsis = "[options] FILE...",
	.summary = "Tell who can open sealed files",
	.help = "Prints issuer and serial number of each certificate that a FILE is sealed for, "
		"without opening it. Compare with: openssl x509 -in ci.pem -noout -issuer -serial",
	.examples = "  docker-credential-pushgate recipients sealed/*.sealed",
	.opts = sets,
	.opt_count = array_len(sets),
	.args_size = sizeof(struct args),
	.min_operands = 1,
	.max_operands = 1000,
	.run = run,
};
