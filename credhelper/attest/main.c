/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pushgate-attest: says whether a job's ID token is one that a gate of the system policy takes. It
 * has the network and the token, and never a secret of a registry. docs/internals/pushgate.md §8.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__APPLE__)
extern char **environ;
#endif

#include "common/base/clock.h"
#include "common/client/secret_file.h"
#include "credhelper/attest/fetch.h"
#include "credhelper/attest/judge.h"
#include "credhelper/harden.h"
#include "credhelper/policy_load.h"
#include "credhelper/world.h"

#define USAGE_STATUS 125
#define INPUT_WAIT   (5 * NSEC_PER_SEC)

/* What the helper has given us, once more for who starts it by hand: nothing of the caller's may
 * choose proxies, CAs or files for us. */
static void forget_caller(void)
{
	static char *nothing[] = { NULL };

	environ = nothing;
	umask(S_IRWXG | S_IRWXO);
	if (chdir("/") < 0)
		exit(ATTEST_ERROR);
}

static void answer(struct attest_answer *out)
{
	struct error err = ERROR_INIT;
	scoped_secret input = { 0 };
	scoped_attest_question q = { 0 };
	scoped_policy policy = { 0 };
	const struct keys_time when = {
		.now = clock_system.now(&clock_system),
		.end = clock_system.monotonic(&clock_system) + FETCH_BUDGET,
	};

	if (secret_read_fd(STDIN_FILENO, ATTEST_MESSAGE_MAX, INPUT_WAIT, &input, &err) < 0 ||
	    attest_question_parse(&q, input.data ? input.data : "", input.len, &err) < 0) {
		judge_tell("-", ATTEST_REASON_QUESTION, err.text, out);
		return;
	}
	policy_load(&policy, paths_installed.system_policy, NULL);
	judge(&q, &policy, &when, out);
}

static bool write_all(const struct buf *text)
{
	size_t done = 0;

	while (done < text->len) {
		ssize_t n = write(STDOUT_FILENO, text->data + done, text->len - done);

		if (n < 0 && errno != EINTR)
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	return true;
}

int main(int argc, char **argv unused_arg)
{
	scoped_attest_answer a = { 0 };
	scoped_buf text;

	harden_process();
	forget_caller();
	if (argc != 1) {
		fprintf(stderr,
			"pushgate-attest %s answers docker-credential-pushgate over stdin "
			"and stdout; it takes no arguments\n",
			VERSION);
		return USAGE_STATUS;
	}
	buf_init(&text, ATTEST_MESSAGE_MAX);
	answer(&a);
	attest_answer_write(&a, &text);
	if (buf_failed(&text) || !write_all(&text))
		return ATTEST_ERROR;
	return (int)a.verdict;
}
