/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cli/version.h"

#include "common/cli/out.h"
#include "common/cli/plugin.h"
#include "common/codec/json.h"

struct version_args {
	enum out_format format;
};

static const struct opt rows[] = {
	OPT_FORMAT_ROW(offsetof(struct version_args, format)),
};
static const struct opt_set sets[] = { OPT_SET(NULL, rows, 0) };

static int run(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	const struct version_args *args = call->args;
	const struct plugin *plugin = cli->plugin;

	(void)status;
	if (args->format == OUT_TABLE) {
		fprintf(cli->out, "docker-%s %s\n", plugin->name, plugin->version);
		return 0;
	}
	scoped_json *json = json_pack("{s:s, s:s}", "name", plugin->name, "version",
				      plugin->version);

	return out_json(cli->out, json, err);
}

const struct verb verb_version = {
	.name = "version",
	.synopsis = "[options]",
	.summary = "Print the version of this plugin",
	.opts = sets,
	.opt_count = array_len(sets),
	.args_size = sizeof(struct version_args),
	.run = run,
};
