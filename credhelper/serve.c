/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/serve.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/client/secret_file.h"
#include "common/codec/helper_message.h"
#include "common/codec/printable.h"
#include "credhelper/answer.h"

/* An answer of list holds many names; one secret is at most six times its bytes. */
#define ANSWER_MAX (16 << 20)

struct job {
	const struct world *world;
	const char *version;
	struct buf out, tell;
};

static int refuse(struct job *job, const struct error *err)
{
	buf_fmt(&job->out, "%s\n", err->text);
	return 1;
}

static int read_input(struct job *job, struct secret *input, struct error *err)
{
	if (secret_read_fd(job->world->in, HELPER_MESSAGE_MAX, 0, input, err) < 0)
		return error_wrap(err, "pushgate: the message on stdin");
	return 0;
}

static int run_get(struct job *job)
{
	struct error err = ERROR_INIT;
	scoped_secret input = { 0 };
	scoped_str server = NULL;

	if (read_input(job, &input, &err) < 0 ||
	    helper_read_server(input.data, input.len, &server, &err) < 0)
		return refuse(job, &err);
	return answer_get(job->world, server, &job->out, &job->tell);
}

static int run_store(struct job *job)
{
	struct error err = ERROR_INIT;
	scoped_secret input = { 0 };
	scoped_helper_credential c = { 0 };

	if (read_input(job, &input, &err) < 0 ||
	    helper_read_store(input.data, input.len, &c, &err) < 0)
		return refuse(job, &err);
	return answer_store(job->world, &c, &job->out, &job->tell);
}

static int run_erase(struct job *job)
{
	struct error err = ERROR_INIT;
	scoped_secret input = { 0 };
	scoped_str server = NULL;

	if (read_input(job, &input, &err) < 0 ||
	    helper_read_server(input.data, input.len, &server, &err) < 0)
		return refuse(job, &err);
	return answer_erase(job->world, server, &job->out, &job->tell);
}

static int run_list(struct job *job)
{
	return answer_list(job->world, &job->out, &job->tell);
}

static int run_version(struct job *job)
{
	buf_fmt(&job->out, "%s (github.com/docker-hygiene) v%s\n", SERVE_NAME, job->version);
	return 0;
}

static int run_usage(struct job *job)
{
	buf_str(&job->out, SERVE_USAGE "\n");
	return 1;
}

static const struct {
	const char *name;
	int (*run)(struct job *job);
	bool alone; /* with more words it is a verb of ours, or an option's business */
} actions[] = {
	{ "get", run_get, false },        { "store", run_store, false },
	{ "erase", run_erase, false },    { "list", run_list, true },
	{ "version", run_version, true }, { "--version", run_version, true },
	{ "-v", run_version, true },
};

static bool is_among(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

/* True if it was the protocol's. */
static bool dispatch(struct job *job, int count, char **words, const char *const *verbs,
		     int *status)
{
	char shown[PRINTABLE_SHORT];

	if (count == 0) {
		*status = run_usage(job);
		return true;
	}
	for (size_t i = 0; i < array_len(actions); i++) {
		if (strcmp(words[0], actions[i].name) != 0 || (count > 1 && actions[i].alone))
			continue;
		*status = count > 1 ? run_usage(job) : actions[i].run(job);
		return true;
	}
	if (words[0][0] == '-' || is_among(words[0], verbs))
		return false;
	buf_fmt(&job->out, "%s: unknown action: %s\n", SERVE_NAME,
		printable_short(shown, words[0]));
	*status = 1;
	return true;
}

static bool write_all(int fd, const struct buf *text)
{
	size_t done = 0;

	while (done < text->len) {
		ssize_t n = write(fd, text->data + done, text->len - done);

		if (n < 0 && errno != EINTR)
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	return true;
}

bool serve(const struct world *world, int count, char **words, const char *version,
	   const char *const *verbs, int *status)
{
	struct job job = { .world = world, .version = version };
	bool ours;

	buf_init_wiped(&job.out, ANSWER_MAX);
	buf_init(&job.tell, 4096);
	ours = dispatch(&job, count, words, verbs, status);
	/* Half an answer is none: the client must not take it for a whole one. */
	if (buf_failed(&job.out)) {
		buf_clear(&job.out);
		buf_str(&job.out, "pushgate: the answer is too long\n");
		*status = 1;
	}
	(void)write_all(world->err, &job.tell);
	if (!write_all(world->out, &job.out))
		*status = 1;
	buf_release(&job.out);
	buf_release(&job.tell);
	return ours;
}
