/* SPDX-License-Identifier: Apache-2.0 */
/* docker-credential-pushgate seal: a push credential that anyone can write and only CI can open. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cli/out.h"
#include "common/client/files.h"
#include "common/codec/printable.h"
#include "credhelper/seal_args.h"
#include "credhelper/verbs.h"

#define STDOUT_PATH "-"
#define FILE_MODE   0644
#define DIR_MODE    0755

struct args {
	struct seal_args seal;
	const char *output;
};

static const struct opt rows[] = {
	{ .name = "output",
	  .letter = 'o',
	  .parse = opt_string,
	  .offset = offsetof(struct args, output),
	  .metavar = "PATH",
	  .fallback = ".",
	  .help = "The file, the directory that it goes to under the name by which it is looked "
		  "for, or \"-\" for stdout",
	  .complete = OPT_COMPLETE_FILE },
};
static const struct opt_set sets[] = { OPT_SET(NULL, seal_rows, offsetof(struct args, seal)),
				       OPT_SET("Output", rows, 0) };

static void init(void *args)
{
	struct args *a = args;

	seal_args_init(&a->seal);
	a->output = ".";
}

static void release(void *args)
{
	struct args *a = args;

	seal_args_release(&a->seal);
}

/* --- Which registry. */

/* As docker tells a registry from an organisation of the Hub. */
static bool is_registry(const char *host)
{
	return strchr(host, '.') || strchr(host, ':') || strcmp(host, "localhost") == 0;
}

static int read_place(const char *text, struct sealed_content *c, struct error *err)
{
	char shown[PRINTABLE_SHORT];
	scoped_registry_key key = { 0 };

	printable_short(shown, text);
	registry_key_read(&key, text);
	if (key.opaque)
		return error_set(err, ERROR_USAGE, 0, "%s is no registry", shown);
	scoped_str host = xstrndup(key.name, key.host_len);
	const char *path = registry_key_path(&key);

	if (!is_registry(host))
		return error_set(err, ERROR_USAGE, 0,
				 "%s: a registry has a dot or a port in its name; the Hub's are "
				 "docker.io/%s",
				 shown, shown);
	if (strchr(path, ':'))
		return error_set(err, ERROR_USAGE, 0, "%s: give the repositories without a tag",
				 shown);
	c->prefix = xstrdup(path);
	c->registry = take_ptr(host);
	return 0;
}

/* --- Where to. */

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static char *path_within(const char *dir, const char *name)
{
	size_t len = strlen(dir);

	if (strcmp(dir, ".") == 0)
		return xstrdup(name);
	return xasprintf("%s%s%s", dir, dir[len - 1] == '/' ? "" : "/", name);
}

/* Of "dir/" it is known what it is to be, there or not. */
static bool names_dir(const char *path)
{
	size_t len = strlen(path);

	return (len > 0 && path[len - 1] == '/') || is_dir(path);
}

static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? xstrndup(path, slash > path ? (size_t)(slash - path) : 1) : xstrdup(".");
}

/* Before anything is asked. */
static int choose_path(const char *output, const char *name, char **path, struct error *err)
{
	bool to_dir = names_dir(output);
	struct stat st;

	*path = to_dir ? path_within(output, name) : xstrdup(output);
	scoped_str parent = parent_of(*path);

	/* file_create() looks again. */
	if (lstat(*path, &st) == 0)
		return error_set(err, ERROR_CONFLICT, 0,
				 "%s is there; use rotate for a new secret, or remove it", *path);
	if (errno != ENOENT)
		return error_errno(err, errno, "%s", *path);
	if (!to_dir && stat(parent, &st) < 0)
		return error_errno(err, errno, "%s", parent);
	return 0;
}

/* path NULL: stdout. */
static int write_out(struct cli *cli, const char *path, const char *name,
		     const struct sealed_content *c, const struct buf *text, struct error *err)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	if (!path) {
		fwrite(text->data, 1, text->len, cli->out);
		seal_tell(cli->err, c, "sealed", name);
		return out_flush(cli->out, err);
	}
	scoped_str dir = parent_of(path);

	if (dir_make(dir, DIR_MODE, err) < 0 ||
	    file_create(path, text->data, text->len, FILE_MODE, err) < 0)
		return -1;
	seal_tell(cli->out, c, "sealed", path);
	if (strcmp(slash ? slash + 1 : path, name) != 0)
		fprintf(cli->err, "in CI it is looked for under the name %s\n", name);
	return 0;
}

static int run(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	const struct args *args = call->args;
	scoped_sealed_content c = { 0 };
	scoped_str path = NULL;
	scoped_buf text;

	(void)status;
	buf_init(&text, SEALED_FILE_MAX);
	if (read_place(call->operands[0], &c, err) < 0)
		return -1;
	scoped_str name = sealed_file_name(c.registry, c.prefix);

	if (strcmp(args->output, STDOUT_PATH) != 0 &&
	    choose_path(args->output, name, &path, err) < 0)
		return -1;
	if (seal_ask(cli, &args->seal, &c, err) < 0 ||
	    seal_content(&args->seal, &c, &text, err) < 0)
		return -1;
	return write_out(cli, path, name, &c, &text, err);
}

const struct verb verb_seal = {
	.name = "seal",
	.synopsis = "[options] REGISTRY[/PREFIX]",
	.summary = "Write a push credential that only CI can open",
	.help = "Asks for a user name and a secret and writes a file that may lie anywhere: only "
		"who has a private key of one of the recipients can open it. Registry, "
		"repositories, user and end stand inside, so that a renamed or copied file opens "
		"nothing else. Without a PREFIX it is for every repository of the registry.\n\n"
		"Where stdin is no terminal, its first line is the user name (unless --username "
		"is given) and the rest is the secret.",
	.examples = "  docker-credential-pushgate seal registry.example.com/prod \\\n"
		    "      --recipient ci.pem\n"
		    "  printf %s \"$TOKEN\" | docker-credential-pushgate seal docker.io/acme \\\n"
		    "      --recipient ci.pem -u acmebot --expires 30d -o sealed/",
	.opts = sets,
	.opt_count = array_len(sets),
	.args_size = sizeof(struct args),
	.init = init,
	.release = release,
	.min_operands = 1,
	.max_operands = 1,
	.run = run,
};
