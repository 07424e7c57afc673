/* SPDX-License-Identifier: Apache-2.0 */
/* Which credentials are there, with their class. The protocol's list is the word alone. */
#include "credhelper/verbs.h"

#include <string.h>

#include "common/cli/out.h"
#include "common/codec/json.h"
#include "credhelper/answer.h"
#include "credhelper/pull_state.h"
#include "credhelper/sealed.h"
#include "credhelper/verb_parts.h"

enum class_asked { CLASS_ALL, CLASS_PULL, CLASS_PUSH };

struct list_args {
	enum class_asked class;
	enum out_format format;
};

struct entry {
	const char *server, *username; /* borrowed from the names */
	const char *class, *state;
	char *proven_at; /* owned; NULL */
};
struct entries {
	struct entry *items;
	size_t count, room;
};

static int opt_class(void *field, const char *value, struct error *err)
{
	static const char *const names[] = {
		[CLASS_ALL] = "all", [CLASS_PULL] = "pull", [CLASS_PUSH] = "push"
	};

	for (size_t i = 0; i < array_len(names); i++)
		if (strcmp(value, names[i]) == 0) {
			*(enum class_asked *)field = (enum class_asked)i;
			return 0;
		}
	return error_set(err, ERROR_USAGE, 0, "expected pull, push or all");
}

static int list_pull(const struct inquiry *q, struct helper_names *names, struct entries *out,
		     struct error *err)
{
	if (answer_pull_names(q, names, err) < 0)
		return -1;
	for (size_t i = 0; i < names->count; i++) {
		const struct helper_name *name = &names->items[i];

		scoped_proven_mark mark = { 0 };
		const char *state = pull_state(q, name, &mark);

		*(struct entry *)array_add(out) = (struct entry){ name->server, name->username,
								  "pull", state,
								  take_ptr(mark.at) };
	}
	return 0;
}

/* By their file names: nobody outside CI can look into them. */
static int list_sealed(const struct inquiry *q, struct helper_names *names, struct entries *out,
		       struct error *err)
{
	if (sealed_names(q->world, &q->policy, names, err) < 0)
		return -1;
	for (size_t i = 0; i < names->count; i++)
		*(struct entry *)array_add(out) = (struct entry){ names->items[i].server, "-",
								  "push", "sealed", NULL };
	return 0;
}

static int list_push(const struct inquiry *q, struct helper_names *names, struct entries *out,
		     struct error *err)
{
	if (answer_push_names(q, names, err) < 0)
		return -1;
	for (size_t i = 0; i < names->count; i++) {
		const struct helper_name *name = &names->items[i];

		*(struct entry *)array_add(out) = (struct entry){ name->server, name->username,
								  "push", "CI only", NULL };
	}
	return 0;
}

static int print_json(const struct entries *entries, FILE *out, struct error *err)
{
	scoped_json *list = json_array();

	for (size_t i = 0; i < entries->count; i++) {
		const struct entry *e = &entries->items[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s, s:s, s:s?}", "server", e->server,
						"username", e->username, "class", e->class, "state",
						e->state, "proven_at", e->proven_at));
	}
	return out_json(out, list, err);
}

static int print_table(const struct entries *entries, struct cli *cli)
{
	static const struct table_column columns[] = {
		{ .title = "REGISTRY", .flexible = true },
		{ .title = "USER" },
		{ .title = "CLASS" },
		{ .title = "STATE" },
	};
	scoped_table table;

	table_init(&table, columns, array_len(columns));
	for (size_t i = 0; i < entries->count; i++) {
		const struct entry *e = &entries->items[i];
		const char *const cells[] = { e->server, e->username, e->class };

		for (size_t c = 0; c < array_len(cells); c++)
			table_cell(&table, cells[c]);
		/* The day of it will do. */
		table_cell_fmt(&table, "%s%s%.10s", e->state, e->proven_at ? " " : "",
			       e->proven_at ? e->proven_at : "");
	}
	table_print(&table, cli->out, term_is(cli->out) ? term_width(cli->out) : 0,
		    term_colour(cli->out, cli->env));
	return 0;
}

static int list_run(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	const struct list_args *args = call->args;
	const struct world world = verb_world(cli);
	scoped_helper_names pull = { 0 }, push = { 0 }, sealed = { 0 };
	struct entries entries = { 0 };
	scoped_inquiry q;
	int failed = 0;

	(void)status;
	inquire_all(&q, &world);
	if (args->class != CLASS_PULL)
		failed = list_push(&q, &push, &entries, err) < 0 ||
					 list_sealed(&q, &sealed, &entries, err) < 0
				 ? -1
				 : 0;
	if (!failed && args->class != CLASS_PUSH)
		failed = list_pull(&q, &pull, &entries, err);
	if (!failed)
		failed = args->format == OUT_JSON ? print_json(&entries, cli->out, err)
						  : print_table(&entries, cli);
	for (size_t i = 0; i < entries.count; i++)
		free(entries.items[i].proven_at);
	free(entries.items);
	return failed;
}

static const struct opt rows[] = {
	{ .name = "class",
	  .parse = opt_class,
	  .offset = offsetof(struct list_args, class),
	  .metavar = "CLASS",
	  .fallback = "all",
	  .help = "Which ones: pull, push or all",
	  .complete = OPT_COMPLETE_WORDS,
	  .words = "pull push all" },
	OPT_FORMAT_ROW(offsetof(struct list_args, format)),
};
static const struct opt_set sets[] = { OPT_SET(NULL, rows, 0) };

const struct verb verb_list = {
	.name = "list",
	.synopsis = "--class CLASS [options]",
	.summary = "List credentials with their class, and which may be able to push",
	.help = "Names only. Without any word after it, list is docker's: what a client may ask "
		"for.\n"
		"Push credentials that docker login stored in CI are listed in CI only, since\n"
		"their file is opened nowhere else; sealed ones by the names of their files.",
	.examples = "  docker-credential-pushgate list --class pull\n"
		    "  docker-credential-pushgate list --class all --format json",
	.opts = sets,
	.opt_count = array_len(sets),
	.args_size = sizeof(struct list_args),
	.run = list_run,
};
