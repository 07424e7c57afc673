/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/attr.h"
#include "common/base/buf.h"
#include "common/cli/plugin_argv.h"

#define WORDS_MAX 10

static const struct {
	const char *words[WORDS_MAX];
	const char *got; /* what show() prints; NULL: fails */
	const char *says;
	const char *why;
} rows[] = {
	{ { "hygiene" }, "run", NULL, "docker hygiene" },
	{ { "hygiene", "prune", "-a" }, "run prune -a", NULL, "docker hygiene prune -a" },
	{ { "-H", "unix:///x", "hygiene", "a" }, "host=unix:///x run a", NULL, "flags in front" },
	{ { "-Hunix:///x", "hygiene" }, "host=unix:///x run", NULL, "letter and value in one" },
	{ { "-H=x", "hygiene" }, "host=x run", NULL, "as pflag has it" },
	{ { "--host=x", "hygiene" }, "host=x run", NULL, "long" },
	{ { "--context", "c", "--debug", "hygiene" }, "context=c debug run", NULL, "several" },
	{ { "-cc", "-D", "hygiene" }, "context=c debug run", NULL, "short" },
	{ { "-Dl", "info", "hygiene" }, "log=info debug run", NULL, "bundled" },
	{ { "--config", "d", "hygiene" }, "config=d run", NULL, "another configuration" },
	{ { "--tls", "hygiene" }, "tls=1 run", NULL, "TLS" },
	{ { "--tls=false", "hygiene" }, "tls=0 run", NULL, "said not to be" },
	{ { "--tlsverify", "hygiene" }, "verify=1 run", NULL, "verified TLS" },
	{ { "--tlsverify=0", "hygiene" }, "verify=0 run", NULL, "given as false, which is given" },
	{ { "--tlscacert=a", "--tlscert=b", "--tlskey=c", "hygiene" },
	  "ca=a cert=b key=c run",
	  NULL,
	  "files" },
	{ { "-H", "a", "-H", "b", "hygiene" }, NULL, "specify only one -H", "two hosts" },
	{ { "--host", "a", "-H=a", "hygiene" }, NULL, "specify only one -H", "even the same" },
	{ { "-c", "a", "-c", "b", "hygiene" }, "context=b run", NULL, "of others the last counts" },
	{ { "--config", "--debug", "hygiene" }, "config=--debug run", NULL, "as docker reads it" },
	{ { "-H", "hygiene", "hygiene", "a" },
	  "host=hygiene run a",
	  NULL,
	  "a value like the name" },
	{ { "hygiene", "-H", "x", "-c", "y" },
	  "run -H x -c y",
	  NULL,
	  "behind the name: not docker's" },
	{ { "hygiene", "--", "-x" }, "run -- -x", NULL, "the verb's own dashes" },
	{ { "--bad", "hygiene" }, NULL, "unknown option --bad", "a flag docker would refuse" },
	{ { "-H" }, NULL, "--host needs a value", "cut" },
	{ { "--tls=maybe", "hygiene" }, NULL, "neither true nor false", "no boolean" },
	{ { "--tlsverify=maybe", "hygiene" }, NULL, "neither true nor false", "no boolean" },
	{ { "help", "hygiene" }, "help", NULL, "docker help hygiene" },
	{ { "help", "hygiene", "prune" }, "help prune", NULL, "docker help hygiene prune" },
	{ { "-H", "x", "help", "hygiene", "prune" }, "host=x help prune", NULL, "with flags" },
	{ { "--help", "hygiene", "prune" }, "help prune", NULL, "docker --help hygiene prune" },
	{ { "-h", "hygiene" }, "help", NULL, "docker -h hygiene" },
	{ { "hygiene", "help", "prune" }, "help prune", NULL, "docker hygiene help prune" },
	{ { "hygiene", "help" }, "help", NULL, "docker hygiene help" },
	{ { "hygiene", "--help" }, "run --help", NULL, "the group answers that" },
	{ { "__complete", "hygiene", "pr" }, "complete+ pr", NULL, "completion" },
	{ { "__completeNoDesc", "hygiene", "" }, "complete ", NULL, "without descriptions" },
	{ { "__complete", "hygiene", "prune", "--keep", "" },
	  "complete+ prune --keep ",
	  NULL,
	  "deep" },
	{ { "__complete", "hygiene" }, "complete+ hygiene", NULL, "the name itself being typed" },
	{ { "hygiene", "docker-cli-plugin-hooks", "{}" }, "hook {}", NULL, "a hook" },
	{ { 0 }, "run", NULL, "by hand, alone" },
	{ { "prune", "-a" }, "run prune -a", NULL, "by hand, without the name" },
	{ { "help", "prune" }, "help prune", NULL, "by hand, help" },
	{ { "--help" }, "help", NULL, "by hand, --help" },
	{ { "--context", "c", "prune" }, "context=c run prune", NULL, "by hand, with flags" },
	{ { "-c", "c", "--bad", "-D" }, "context=c run --bad -D", NULL, "by hand, own options" },
	{ { "-x" }, "run -x", NULL, "by hand, an own letter" },
	{ { "-Dx" }, NULL, "unknown option -x in -Dx", "own letters do not mix with docker's" },
};

static void add(struct buf *out, const char *name, const char *value)
{
	if (value)
		buf_fmt(out, "%s=%s ", name, value);
}

static void show(const struct plugin_argv *a, struct buf *out)
{
	static const char *const requests[] = { "run", "help", "complete", "hook" };
	const struct cli_globals *g = &a->globals;

	add(out, "config", g->config);
	add(out, "host", g->endpoint.host);
	add(out, "context", g->endpoint.context);
	add(out, "log", g->log_level);
	add(out, "ca", g->endpoint.tls_ca);
	add(out, "cert", g->endpoint.tls_cert);
	add(out, "key", g->endpoint.tls_key);
	if (g->endpoint.tls_set)
		buf_fmt(out, "tls=%d ", g->endpoint.tls);
	if (g->endpoint.tls_verify_set)
		buf_fmt(out, "verify=%d ", g->endpoint.tls_verify);
	buf_fmt(out, "%s%s%s", g->debug ? "debug " : "", requests[a->request],
		a->descriptions ? "+" : "");
	for (int i = 0; i < a->count; i++)
		buf_fmt(out, " %s", a->words[i]);
}

START_TEST(parse)
{
	struct error err = ERROR_INIT;
	struct plugin_argv args = { .count = 77 };
	int argc = 0;
	scoped_buf text;

	buf_init(&text, 4096);
	while (argc < WORDS_MAX && rows[_i].words[argc])
		argc++;
	int rc = plugin_argv_parse(&args, "hygiene", argc, (char **)rows[_i].words, &err);

	if (rows[_i].got) {
		ck_assert_msg(rc == 0, "%s: %s", rows[_i].why, err.text);
		show(&args, &text);
		ck_assert_msg(strcmp(text.data, rows[_i].got) == 0, "%s: %s", rows[_i].why,
			      text.data);
	} else {
		ck_assert_msg(rc == -1 && err.kind == ERROR_USAGE, "%s", rows[_i].why);
		ck_assert_msg(strstr(err.text, rows[_i].says), "%s: %s", rows[_i].why, err.text);
		ck_assert_msg(args.count == 77, "%s: untouched", rows[_i].why);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("plugin_argv");
	TCase *t = tcase_create("plugin_argv");

	tcase_add_loop_test(t, parse, 0, array_len(rows));
	suite_add_tcase(s, t);
	return s;
}
