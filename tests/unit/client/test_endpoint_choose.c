/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's order, row by row: what docker 28 does for the same flags, variables and files was
 * looked up in docker/cli (cli/command/cli.go, cli/flags/options.go).
 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/client/endpoint.h"
#include "common/codec/sha256.h"
#include "tests/unit/client/scratch.h"

/* The environment of the row that runs: "NAME=value" ... NULL. */
static const char *const *environment;

static const char *test_env(const char *name)
{
	size_t len = strlen(name);

	for (const char *const *at = environment; *at; at++)
		if (strncmp(*at, name, len) == 0 && (*at)[len] == '=')
			return *at + len + 1;
	return NULL;
}

static void add_context(const char *name, const char *json)
{
	struct error err = ERROR_INIT;
	char id[SHA256_HEX];

	ck_assert_int_eq(sha256_hex(id, name, strlen(name), &err), 0);
	scoped_str path = xasprintf("contexts/meta/%s/meta.json", id);
	scratch_write(path, json, 0644);
}

static void add_context_tls(const char *name, const char *file)
{
	struct error err = ERROR_INIT;
	char id[SHA256_HEX];

	ck_assert_int_eq(sha256_hex(id, name, strlen(name), &err), 0);
	scoped_str path = xasprintf("contexts/tls/%s/docker/%s", id, file);
	scratch_write(path, "pem", 0600);
}

#define META(name, docker) \
	"{\"Name\":\"" name "\",\"Metadata\":{},\"Endpoints\":{\"docker\":" docker "}}"

static void make_contexts(void)
{
	scratch_make();
	scratch_write("config.json", "{\"currentContext\":\"far\",\"HttpHeaders\":{\"X-A\":\"b\"}}",
		      0600);
	add_context("far", META("far", "{\"Host\":\"tcp://far:1\"}"));
	add_context("near", META("near", "{\"Host\":\"unix:///near\"}"));
	add_context("safe", META("safe", "{\"Host\":\"tcp://safe:2\"}"));
	add_context_tls("safe", "ca.pem");
	add_context_tls("safe", "cert.pem");
	add_context_tls("safe", "key.pem");
	add_context("half", META("half", "{\"Host\":\"tcp://half:3\"}"));
	add_context_tls("half", "cert.pem");
	add_context("skip", META("skip", "{\"Host\":\"tcp://skip:4\",\"SkipTLSVerify\":true}"));
	add_context("hostless", META("hostless", "{}"));
	add_context("swarm", "{\"Name\":\"swarm\",\"Endpoints\":{}}");
	add_context("broken", "{\"Name\":");
	add_context("typed", META("typed", "{\"Host\":7}"));
	add_context("array", "[]");
	add_context("badhost", META("badhost", "{\"Host\":\"ssh://-oX\"}"));
	scratch_write("certs/ca.pem", "pem", 0600);
	scratch_write("certs/cert.pem", "pem", 0600);
	scratch_write("certs/key.pem", "pem", 0600);
	scratch_write("onlyca/ca.pem", "pem", 0600);
}

/* In env and flags "~" at the start of a value stands for the scratch directory. */
struct row {
	const char *why;
	struct endpoint_flags flags;
	const char *env[5];
	enum error_kind kind;
	const char *want; /* the address; NULL: not looked at */
	const char *context;
	enum endpoint_scheme scheme;
	bool ca, cert, skip_verify;
};

#define FAR  "tcp://far:1"
#define UNIX "unix:///var/run/docker.sock"

static const struct row rows[] = {
	{ .why = "currentContext", .want = FAR, .context = "far", .scheme = ENDPOINT_TCP },
	{ .why = "DOCKER_CONTEXT beats currentContext",
	  .env = { "DOCKER_CONTEXT=near" },
	  .want = "unix:///near",
	  .context = "near" },
	{ .why = "an empty DOCKER_CONTEXT is none",
	  .env = { "DOCKER_CONTEXT=" },
	  .want = FAR,
	  .context = "far",
	  .scheme = ENDPOINT_TCP },
	{ .why = "DOCKER_HOST beats DOCKER_CONTEXT",
	  .env = { "DOCKER_HOST=unix:///env", "DOCKER_CONTEXT=near" },
	  .want = "unix:///env" },
	{ .why = "an empty DOCKER_HOST is none",
	  .env = { "DOCKER_HOST=", "DOCKER_CONTEXT=near" },
	  .want = "unix:///near",
	  .context = "near" },
	{ .why = "-H beats DOCKER_HOST",
	  .flags = { .host = "unix:///flag" },
	  .env = { "DOCKER_HOST=unix:///env" },
	  .want = "unix:///flag" },
	{ .why = "an empty -H is the default socket, whatever the context",
	  .flags = { .host = "" },
	  .want = UNIX },
	{ .why = "--context beats DOCKER_HOST",
	  .flags = { .context = "near" },
	  .env = { "DOCKER_HOST=unix:///env" },
	  .want = "unix:///near",
	  .context = "near" },
	{ .why = "--context default is flags and environment",
	  .flags = { .context = "default" },
	  .env = { "DOCKER_HOST=unix:///env" },
	  .want = "unix:///env" },
	{ .why = "--context default without DOCKER_HOST",
	  .flags = { .context = "default" },
	  .want = UNIX },
	{ .why = "both -H and --context",
	  .flags = { .context = "near", .host = "unix:///x" },
	  .kind = ERROR_USAGE },
	{ .why = "no such context", .flags = { .context = "nosuch" }, .kind = ERROR_NOT_FOUND },
	{ .why = "no such context from the environment",
	  .env = { "DOCKER_CONTEXT=../../x" },
	  .kind = ERROR_NOT_FOUND },
	{ .why = "context that does not parse",
	  .flags = { .context = "broken" },
	  .kind = ERROR_INPUT },
	{ .why = "context of a wrong type", .flags = { .context = "typed" }, .kind = ERROR_INPUT },
	{ .why = "context that is an array", .flags = { .context = "array" }, .kind = ERROR_INPUT },
	{ .why = "context without docker", .flags = { .context = "swarm" }, .kind = ERROR_INPUT },
	{ .why = "context with a bad host",
	  .flags = { .context = "badhost" },
	  .kind = ERROR_USAGE },
	{ .why = "context without host",
	  .flags = { .context = "hostless" },
	  .want = UNIX,
	  .context = "hostless" },
	{ .why = "context with TLS files",
	  .flags = { .context = "safe" },
	  .want = "tcp://safe:2",
	  .context = "safe",
	  .scheme = ENDPOINT_TLS,
	  .ca = true,
	  .cert = true },
	{ .why = "a certificate without key is not used",
	  .flags = { .context = "half" },
	  .want = "tcp://half:3",
	  .context = "half",
	  .scheme = ENDPOINT_TLS },
	{ .why = "SkipTLSVerify alone means TLS",
	  .flags = { .context = "skip" },
	  .want = "tcp://skip:4",
	  .context = "skip",
	  .scheme = ENDPOINT_TLS,
	  .skip_verify = true },
	{ .why = "TLS variables are not for contexts",
	  .flags = { .context = "far" },
	  .env = { "DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH=~/certs" },
	  .want = FAR,
	  .context = "far",
	  .scheme = ENDPOINT_TCP },
	{ .why = "DOCKER_TLS_VERIFY",
	  .env = { "DOCKER_HOST=tcp://h:1", "DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH=~/certs" },
	  .want = "tcp://h:1",
	  .scheme = ENDPOINT_TLS,
	  .ca = true,
	  .cert = true },
	{ .why = "DOCKER_TLS_VERIFY=0 is set too: docker looks only whether it is empty",
	  .env = { "DOCKER_HOST=tcp://h:1", "DOCKER_TLS_VERIFY=0", "DOCKER_CERT_PATH=~/certs" },
	  .want = "tcp://h:1",
	  .scheme = ENDPOINT_TLS,
	  .ca = true,
	  .cert = true },
	{ .why = "an empty DOCKER_TLS_VERIFY is none",
	  .env = { "DOCKER_HOST=tcp://h:1", "DOCKER_TLS_VERIFY=", "DOCKER_CERT_PATH=~/certs" },
	  .want = "tcp://h:1",
	  .scheme = ENDPOINT_TCP },
	{ .why = "--tlsverify=false is TLS without verification",
	  .flags = { .tls_verify_set = true },
	  .env = { "DOCKER_HOST=tcp://h:1", "DOCKER_CERT_PATH=~/certs", "DOCKER_TLS_VERIFY=1" },
	  .want = "tcp://h:1",
	  .scheme = ENDPOINT_TLS,
	  .ca = true,
	  .cert = true,
	  .skip_verify = true },
	{ .why = "--tls does not verify and needs no file",
	  .flags = { .tls_set = true, .tls = true, .host = "tcp://h:1" },
	  .want = "tcp://h:1",
	  .scheme = ENDPOINT_TLS,
	  .skip_verify = true },
	{ .why = "DOCKER_TLS",
	  .env = { "DOCKER_TLS=1", "DOCKER_HOST=tcp://h:1" },
	  .want = "tcp://h:1",
	  .scheme = ENDPOINT_TLS,
	  .skip_verify = true },
	{ .why = "--tls=false beats DOCKER_TLS",
	  .flags = { .tls_set = true },
	  .env = { "DOCKER_TLS=1", "DOCKER_HOST=tcp://h:1" },
	  .want = "tcp://h:1",
	  .scheme = ENDPOINT_TCP },
	{ .why = "verification without a CA",
	  .flags = { .tls_verify_set = true, .tls_verify = true, .host = "tcp://h:1" },
	  .kind = ERROR_NOT_FOUND },
	{ .why = "a CA alone: no client certificate",
	  .flags = { .tls_verify_set = true, .tls_verify = true, .host = "tcp://h:1" },
	  .env = { "DOCKER_CERT_PATH=~/onlyca" },
	  .want = "tcp://h:1",
	  .scheme = ENDPOINT_TLS,
	  .ca = true },
	{ .why = "--tlscacert alone; that it exists is not looked at here",
	  .flags = { .tls_verify_set = true,
		     .tls_verify = true,
		     .host = "tcp://h:1",
		     .tls_ca = "/nosuch" },
	  .want = "tcp://h:1",
	  .scheme = ENDPOINT_TLS,
	  .ca = true },
	{ .why = "TLS without an address is localhost:2376",
	  .flags = { .tls_set = true, .tls = true, .host = "" },
	  .want = "tcp://localhost:2376",
	  .scheme = ENDPOINT_TLS,
	  .skip_verify = true },
	{ .why = "a socket has no TLS",
	  .flags = { .tls_verify_set = true, .tls_verify = true, .host = "unix:///x" },
	  .want = "unix:///x" },
	{ .why = "nor has ssh",
	  .flags = { .tls_set = true, .tls = true, .host = "ssh://h" },
	  .want = "ssh://h",
	  .scheme = ENDPOINT_SSH },
	{ .why = "bad address", .env = { "DOCKER_HOST=npipe://x" }, .kind = ERROR_USAGE },
	{ .why = "bad custom headers",
	  .flags = { .host = "" },
	  .env = { "DOCKER_CUSTOM_HEADERS=x" },
	  .kind = ERROR_USAGE },
};

START_TEST(chooses_as_docker)
{
	const struct row *row = &rows[_i];
	scoped_docker_config config = { 0 };
	scoped_strings expanded = { 0 };
	const char *env[6] = { 0 };
	scoped_endpoint e = { 0 };
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < 5 && row->env[i]; i++) {
		const char *tilde = strstr(row->env[i], "=~");

		strings_take(&expanded, tilde ? xasprintf("%.*s=%s%s", (int)(tilde - row->env[i]),
							  row->env[i], scratch_dir(), tilde + 2)
					      : xstrdup(row->env[i]));
		env[i] = expanded.items[i];
	}
	environment = env;
	ck_assert_msg(docker_config_open(&config, scratch_dir(), &err) == 0, "%s", err.text);
	int rc = endpoint_choose(&e, &row->flags, &config, test_env, &err);
	ck_assert_msg(err.kind == row->kind, "%s: %s", row->why, err.text);
	if (row->kind) {
		ck_assert_msg(rc == -1 && !e.address, "%s: outputs untouched", row->why);
		return;
	}
	ck_assert_msg(strcmp(e.address, row->want) == 0, "%s: %s", row->why, e.address);
	ck_assert_msg(e.scheme == row->scheme, "%s: scheme %d", row->why, (int)e.scheme);
	ck_assert_msg(!e.context == !row->context &&
			      (!e.context || strcmp(e.context, row->context) == 0),
		      "%s: context %s", row->why, e.context ? e.context : "-");
	ck_assert_msg(!e.ca == !row->ca && !e.cert == !row->cert && !e.key == !row->cert,
		      "%s: TLS files", row->why);
	ck_assert_msg(e.skip_verify == row->skip_verify, "%s: verification", row->why);
	ck_assert_msg(e.headers.count == 1, "%s: HttpHeaders", row->why);
}
END_TEST

static const struct {
	const char *why, *env[4], *host, *proxy, *no_proxy, *api;
} around[] = {
	{ "nothing set", { NULL }, "tcp://h", NULL, NULL, NULL },
	{ "for tcp", { "HTTP_PROXY=p", "NO_PROXY=n" }, "tcp://h", "p:80", "n", NULL },
	{ "in lower case", { "http_proxy=p", "no_proxy=n" }, "tcp://h", "p:80", "n", NULL },
	{ "HTTPS_PROXY is for TLS", { "HTTPS_PROXY=p" }, "tcp://h", NULL, NULL, NULL },
	{ "a socket has none", { "HTTP_PROXY=p" }, "unix:///x", NULL, NULL, NULL },
	{ "nor has ssh", { "HTTP_PROXY=p", "HTTPS_PROXY=p" }, "ssh://h", NULL, NULL, NULL },
	{ "with TLS",
	  { "HTTPS_PROXY=p", "HTTP_PROXY=q", "DOCKER_TLS=1" },
	  "tcp://h",
	  "p:80",
	  NULL,
	  NULL },
	{ "the version", { "DOCKER_API_VERSION=1.41" }, "unix:///x", NULL, NULL, "1.41" },
};

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

START_TEST(surroundings)
{
	struct endpoint_flags flags = { .host = around[_i].host };
	scoped_docker_config config = { 0 };
	scoped_endpoint e = { 0 };
	struct error err = ERROR_INIT;

	environment = around[_i].env;
	ck_assert_int_eq(docker_config_open(&config, scratch_dir(), &err), 0);
	ck_assert_msg(endpoint_choose(&e, &flags, &config, test_env, &err) == 0, "%s", err.text);
	ck_assert_msg(same(e.proxy, around[_i].proxy), "%s", around[_i].why);
	ck_assert_msg(same(e.no_proxy, around[_i].no_proxy), "%s", around[_i].why);
	ck_assert_msg(same(e.api_version, around[_i].api), "%s", around[_i].why);
}
END_TEST

START_TEST(contexts_are_listed)
{
	static const char *const want[] = { "default", "badhost", "far",  "half",  "hostless",
					    "near",    "safe",    "skip", "swarm", "typed" };
	scoped_docker_config config = { 0 };
	scoped_strings names = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_int_eq(docker_config_open(&config, scratch_dir(), &err), 0);
	ck_assert_int_eq(endpoint_contexts(&names, &config, &err), 0);
	ck_assert_uint_eq(names.count, array_len(want));
	for (size_t i = 0; i < names.count; i++)
		ck_assert_str_eq(names.items[i], want[i]);
}
END_TEST

START_TEST(no_contexts_at_all)
{
	scoped_docker_config config = { 0 };
	scoped_strings names = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_int_eq(docker_config_open(&config, "/nosuch", &err), 0);
	ck_assert_int_eq(endpoint_contexts(&names, &config, &err), 0);
	ck_assert_uint_eq(names.count, 1);
	ck_assert_str_eq(names.items[0], "default");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("endpoint_choose");
	TCase *t = tcase_create("choose");

	tcase_add_checked_fixture(t, make_contexts, scratch_remove);
	tcase_add_loop_test(t, chooses_as_docker, 0, (int)array_len(rows));
	tcase_add_loop_test(t, surroundings, 0, (int)array_len(around));
	tcase_add_test(t, contexts_are_listed);
	tcase_add_test(t, no_contexts_at_all);
	suite_add_tcase(s, t);
	return s;
}
