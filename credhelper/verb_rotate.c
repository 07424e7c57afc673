/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker-credential-pushgate rotate: a new secret in the place of an old one. The certificates have
 * to be given again: what a file says of its recipients could be anybody's, and is only compared.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "common/client/files.h"
#include "credhelper/cms.h"
#include "credhelper/seal_args.h"
#include "credhelper/verbs.h"

static const struct opt_set sets[] = { OPT_SET(NULL, seal_rows, 0) };

struct sealed_file {
	const char *path;
	mode_t mode;
	char *registry, *prefix;
	struct buf text; /* the new one */
};

struct rotation {
	struct sealed_file *items;
	size_t count, room;
};

static void rotation_release(struct rotation *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->items[i].registry);
		free(r->items[i].prefix);
		buf_release(&r->items[i].text);
	}
	free(r->items);
}

static void init(void *args)
{
	seal_args_init(args);
}

static void release(void *args)
{
	seal_args_release(args);
}

/* --- What is there. */

static int look_at(struct sealed_file *file, struct error *err)
{
	const char *slash = strrchr(file->path, '/');
	struct stat st;

	if (lstat(file->path, &st) < 0)
		return error_errno(err, errno, "%s", file->path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_INPUT, 0, "%s is not a regular file", file->path);
	file->mode = st.st_mode & 07777;
	if (!sealed_file_name_read(slash ? slash + 1 : file->path, &file->registry, &file->prefix))
		return error_set(err, ERROR_INPUT, 0,
				 "%s: its name is not one of seal's, which says the registry",
				 file->path);
	return 0;
}

static int old_recipients(const char *path, struct strings *out, struct error *err)
{
	scoped_buf text;

	buf_init(&text, SEALED_FILE_MAX);
	if (file_read(path, SEALED_FILE_MAX, &text, err) < 0)
		return -1;
	if (cms_recipients(&text, out, err) < 0)
		return error_wrap(err, "%s", path);
	strings_sort(out);
	return 0;
}

/* The first of a that is not in b, NULL if there is none. Both are sorted. */
static const char *first_missing(const struct strings *a, const struct strings *b)
{
	for (size_t i = 0, k = 0; i < a->count; i++, k++)
		if (k >= b->count || strcmp(a->items[i], b->items[k]) != 0)
			return a->items[i];
	return NULL;
}

static int same_recipients(const struct sealed_file *file, struct error *err)
{
	scoped_strings before = { 0 };
	scoped_strings after = { 0 };

	if (old_recipients(file->path, &before, err) < 0 ||
	    cms_recipients(&file->text, &after, err) < 0)
		return -1;
	strings_sort(&after);
	const char *lost = first_missing(&before, &after), *added = first_missing(&after, &before);

	if (lost || added)
		return error_set(err, ERROR_CONFLICT, 0,
				 "%s: it is sealed for other recipients than those given (%s); "
				 "remove it and use seal to change them",
				 file->path, lost ? lost : added);
	return 0;
}

/* --- All are made before one is written. */

static int prepare(const struct seal_args *args, struct sealed_file *file, struct sealed_content *c,
		   struct error *err)
{
	str_replace(&c->registry, xstrdup(file->registry));
	str_replace(&c->prefix, xstrdup(file->prefix));
	if (seal_content(args, c, &file->text, err) < 0)
		return -1;
	return same_recipients(file, err);
}

static int replace(struct cli *cli, const struct sealed_file *file, struct sealed_content *c,
		   struct error *err)
{
	/* What has become a link since is none of ours. */
	if (file_replace_itself(file->path, file->text.data, file->text.len, file->mode, err) < 0)
		return -1;
	str_replace(&c->registry, xstrdup(file->registry));
	str_replace(&c->prefix, xstrdup(file->prefix));
	seal_tell(cli->out, c, "sealed anew", file->path);
	return 0;
}

static int rotate(struct cli *cli, const struct seal_args *args, struct rotation *r,
		  struct error *err)
{
	scoped_sealed_content c = { 0 };

	if (seal_ask(cli, args, &c, err) < 0)
		return -1;
	for (size_t i = 0; i < r->count; i++)
		if (prepare(args, &r->items[i], &c, err) < 0)
			return -1;
	for (size_t i = 0; i < r->count; i++)
		if (replace(cli, &r->items[i], &c, err) < 0)
			return -1;
	fputs("the old secret can still be opened from copies and from a repository's history: "
	      "revoke it at the registry\n",
	      cli->err);
	return 0;
}

static int run(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	struct rotation r scoped(rotation_release) = { 0 };

	(void)status;
	for (size_t i = 0; i < call->operand_count; i++) {
		struct sealed_file *file = array_add(&r);

		file->path = call->operands[i];
		buf_init(&file->text, SEALED_FILE_MAX);
		if (look_at(file, err) < 0)
			return -1;
	}
	return rotate(cli, call->args, &r, err);
}

const struct verb verb_rotate = {
	.name = "rotate",
	.synopsis = "[options] FILE...",
	.summary = "Put a new secret into sealed files",
	.help = "Asks for a user name and a new secret and replaces each FILE by one of the same "
		"registry, repositories and recipients. No key is needed; the recipients' "
		"certificates are, and must be those that the FILE is sealed for. All files are "
		"sealed before the first is replaced.\n\n"
		"Revoke the old secret at the registry afterwards.",
	.examples = "  docker-credential-pushgate rotate sealed/*.sealed --recipient ci.pem",
	.opts = sets,
	.opt_count = array_len(sets),
	.args_size = sizeof(struct seal_args),
	.init = init,
	.release = release,
	.min_operands = 1,
	.max_operands = 1000,
	.run = run,
};
