/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cli/plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cli/plugin_run.h"

/* Our own constant texts: quotes and backslashes are all that JSON minds. */
static void add_member(struct buf *out, const char *key, const char *value)
{
	if (!value)
		return;
	buf_fmt(out, ",\"%s\":\"", key);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			buf_char(out, '\\');
		buf_char(out, *value);
	}
	buf_char(out, '"');
}

void plugin_metadata(const struct plugin *plugin, struct buf *out)
{
	/* docker before 28.4.1 takes this one version of the schema only. */
	buf_str(out, "{\"SchemaVersion\":\"0.1.0\"");
	add_member(out, "Vendor", plugin->vendor);
	add_member(out, "Version", plugin->version);
	add_member(out, "ShortDescription", plugin->summary);
	add_member(out, "URL", plugin->url);
	buf_str(out, "}\n");
}

static int print_metadata(const struct plugin *plugin)
{
	scoped_buf text;
	size_t done = 0;

	buf_init(&text, 4096);
	plugin_metadata(plugin, &text);
	while (done < text.len) {
		ssize_t n = write(STDOUT_FILENO, text.data + done, text.len - done);

		if (n < 0 && errno != EINTR)
			return 1;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/*
 * A closed descriptor among 0 to 2 would be given to the next file or socket that is opened, and
 * output would go into it. stdout is opened for reading: what is meant for it is then an error and
 * not lost without a word.
 */
static void fill_standard_fds(void)
{
	static const int modes[] = { O_RDWR, O_RDONLY, O_RDWR };

	for (int fd = 0; fd < (int)array_len(modes); fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", modes[fd]) != fd)
			_exit(1);
}

static const char *get_env(const char *name)
{
	return getenv(name);
}

int plugin_main(const struct plugin *plugin, int argc, char **argv)
{
	/* docker asks this before each of its commands, so nothing else comes first. */
	if (!plugin->standalone && argc >= 2 && strcmp(argv[1], "docker-cli-plugin-metadata") == 0)
		return print_metadata(plugin);
	fill_standard_fds();
	/* A reader that went away must not end us in the middle of our work. */
	signal(SIGPIPE, SIG_IGN);
	struct cli cli = {
		.plugin = plugin,
		.in = stdin,
		.out = stdout,
		.err = stderr,
		.env = get_env,
		.clock = &clock_system,
		.argv = argv,
		.argc = argc,
	};

	return plugin_run(&cli);
}
