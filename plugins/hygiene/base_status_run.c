/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_status_run.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/client/files.h"
#include "common/codec/printable.h"
#include "common/codec/reference.h"
#include "plugins/hygiene/base_collect.h"

void base_status_close(struct base_status_run *run)
{
	progress_end(&run->progress);
	base_ask_release(&run->ask);
	free(run->verdicts);
	base_list_release(&run->list);
	base_origin_release(&run->origin);
	base_snapshot_release(&run->snap);
	base_files_release(&run->query.files);
	platform_release(&run->query.platform);
	strings_release(&run->notes);
	connection_close(&run->to);
}

static void show_progress(void *ctx, size_t done, size_t total)
{
	struct base_status_run *run = ctx;

	run->progress.done = done;
	run->progress.total = total;
	progress_update(&run->progress);
}

/* Shown at once where it is known how much there is: registries may take their time. */
static void begin_progress(struct base_status_run *run, const char *label, size_t total)
{
	progress_start(&run->progress, run->args->quiet ? NULL : run->cli->err, run->cli->clock,
		       label, total);
	if (total)
		progress_update(&run->progress);
}

/* --- the engine */

static int collect(struct base_status_run *run, struct error *err)
{
	const struct base_collect_options options = {
		.clock = run->cli->clock,
		.progress = show_progress,
		.progress_ctx = run,
	};
	int rc;

	begin_progress(run, "reading", 0);
	rc = connection_engine(&run->to, err) < 0 || base_collect(&run->snap, run->to.engine,
								  &options, &run->notes, err) < 0
		     ? -1
		     : 0;
	progress_end(&run->progress);
	return rc;
}

/* Dockerfiles alone can be told about without an engine. */
static int collect_or_not(struct base_status_run *run, struct error *err)
{
	const struct base_query *query = &run->query;
	struct error failed = ERROR_INIT;

	if (query->name_count || query->all || !run->args->files.count)
		return collect(run, err);
	if (collect(run, &failed) == 0)
		return 0;
	if (failed.kind == ERROR_CANCELLED) {
		*err = failed;
		return -1;
	}
	strings_take(&run->notes,
		     xasprintf("nothing is compared with local images: %s", failed.text));
	base_collect_nothing(&run->snap, run->cli->clock);
	return 0;
}

/* --- Dockerfiles */

/* "NAME" alone is the environment's, as docker build has it. */
static void build_args(const struct base_status_run *run, struct strings *out)
{
	for (size_t i = 0; i < run->args->build_args.count; i++) {
		const char *arg = run->args->build_args.items[i];

		if (strchr(arg, '='))
			strings_add(out, arg);
		else if (run->cli->env(arg))
			strings_take(out, xasprintf("%s=%s", arg, run->cli->env(arg)));
	}
}

static int read_file(struct base_status_run *run, const char *path, const struct strings *args,
		     const struct strings *platforms, struct error *err)
{
	struct base_file *file;
	struct dockerfile parsed;
	scoped_buf text;
	size_t stage;

	buf_init(&text, DOCKERFILE_MAX);
	if (file_read(path, DOCKERFILE_MAX, &text, err) < 0)
		return -1;
	if (dockerfile_parse(&parsed, text.data, text.len, args, platforms, err) < 0)
		return error_wrap(err, "%s", path);
	if (dockerfile_target(&parsed, run->args->target, &stage, err) < 0) {
		dockerfile_release(&parsed);
		return error_wrap(err, "%s: --target", path);
	}
	file = array_add(&run->query.files);
	file->path = xstrdup(path);
	file->parsed = parsed;
	file->stage = stage;
	return 0;
}

static int read_files(struct base_status_run *run, struct error *err)
{
	scoped(base_snapshot_release) struct base_snapshot here = { 0 };
	scoped_strings args = { 0 }, platforms = { 0 };
	const struct platform *target = &run->query.platform;

	base_collect_nothing(&here, run->cli->clock);
	if (run->args->platform &&
	    platform_parse(&run->query.platform, run->args->platform, &here.platform, err) < 0)
		return error_wrap(err, "--platform");
	build_args(run, &args);
	dockerfile_platform_args(&platforms, &here.platform,
				 target->architecture ? target : &here.platform);
	for (size_t i = 0; i < run->args->files.count; i++)
		if (read_file(run, run->args->files.items[i], &args, &platforms, err) < 0)
			return -1;
	return 0;
}

/* One that is written in another way would silently be no image's. */
static int check_mirror(const char *mirror, struct error *err)
{
	scoped_str name = xasprintf("%s/x/y", mirror);
	struct error ignored = ERROR_INIT;
	scoped_reference ref = { 0 };
	char shown[PRINTABLE_SHORT];

	if (reference_parse(name, &ref, &ignored) == 0 && strcmp(ref.domain, mirror) == 0)
		return 0;
	return error_set(err, ERROR_USAGE, 0,
			 "--mirror: \"%s\" is no registry; write it as images' names begin, "
			 "like mirror.example:5000",
			 printable_short(shown, mirror));
}

static int check_args(const struct base_status_run *run, struct error *err)
{
	for (size_t i = 0; i < run->args->mirrors.count; i++)
		if (check_mirror(run->args->mirrors.items[i], err) < 0)
			return -1;
	if (run->args->all && run->query.name_count)
		return error_set(err, ERROR_USAGE, 0, "--all and images exclude each other");
	if (run->args->files.count)
		return 0;
	if (run->args->target || run->args->platform || run->args->build_args.count)
		return error_set(err, ERROR_USAGE, 0,
				 "--target, --platform and --build-arg are about a --file");
	return 0;
}

int base_status_collect(struct base_status_run *run, const struct verb_call *call,
			struct error *err)
{
	run->query.names = call->operands;
	run->query.name_count = call->operand_count;
	run->query.all = run->args->all;
	if (check_args(run, err) < 0 || connection_open(&run->to, run->cli, err) < 0 ||
	    read_files(run, err) < 0 || collect_or_not(run, err) < 0)
		return -1;
	strings_copy(&run->snap.mirrors, &run->args->mirrors);
	return base_list_make(&run->list, &run->snap, &run->query, err);
}

/* --- registries */

/* The rows are made anew of what the registries know of the images. Cancelled: what is asked next
 * is so, too. */
static int ask_origins(struct base_status_run *run, struct error *err)
{
	bool *wanted = xcalloc(run->snap.images.count + 1, sizeof(*wanted));
	struct error cancelled = ERROR_INIT;

	for (size_t i = 0; i < run->list.rows.count; i++)
		if (run->list.rows.items[i].image != BASE_NO_IMAGE)
			wanted[run->list.rows.items[i].image] = true;
	begin_progress(run, "asking", 0);
	(void)!base_origin_ask(&run->origin, run->to.registry, &run->snap, wanted, &cancelled);
	progress_end(&run->progress);
	free(wanted);
	run->query.claims = run->origin.claims;
	base_list_release(&run->list);
	return base_list_make(&run->list, &run->snap, &run->query, err);
}

static int ask_subjects(struct base_status_run *run, struct error *err)
{
	struct base_ask_options options = { .progress = show_progress, .progress_ctx = run };
	size_t count = run->list.subjects.count;
	int rc;

	options.wire = base_wire_of(run->to.registry);
	run->verdicts = xcalloc(count + 1, sizeof(*run->verdicts));
	begin_progress(run, "asking", count);
	rc = base_ask(&run->ask, run->list.subjects.items, count, run->verdicts, &options, err);
	progress_end(&run->progress);
	base_list_take(&run->list, run->verdicts);
	return rc;
}

int base_status_ask(struct base_status_run *run, struct error *err)
{
	if (!run->list.subjects.count)
		return 0;
	if (connection_registry(&run->to, run->args->max_wait, run->args->anonymous, err) < 0)
		return -1;
	if (run->args->provenance && ask_origins(run, err) < 0)
		return -1;
	return ask_subjects(run, err);
}
