/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/connection.h"

static void trace(void *ctx, const char *line)
{
	struct connection *c = ctx;

	fprintf(c->cli->err, "docker hygiene: %s\n", line);
}

int connection_open(struct connection *c, struct cli *cli, struct error *err)
{
	c->cli = cli;
	if (docker_config_open(&c->config, cli->globals.config, err) < 0)
		return -1;
	return cancel_open(&c->cancel, cli->env("DOCKER_CLI_PLUGIN_SOCKET"), err);
}

void connection_close(struct connection *c)
{
	registry_close(&c->registry);
	engine_close(&c->engine);
	cancel_close(&c->cancel);
	endpoint_release(&c->endpoint);
	docker_config_release(&c->config);
}

int connection_engine(struct connection *c, struct error *err)
{
	struct engine_options options = { .user_agent = HYGIENE_USER_AGENT, .cancel = c->cancel };

	if (c->cli->globals.debug) {
		options.trace = trace;
		options.trace_ctx = c;
	}
	if (endpoint_choose(&c->endpoint, &c->cli->globals.endpoint, &c->config, c->cli->env, err) <
	    0)
		return -1;
	return engine_open(&c->engine, &c->endpoint, &options, err);
}

int connection_deeds(struct connection *c, struct engine **out, struct error *err)
{
	const struct engine_options options = { .user_agent = HYGIENE_USER_AGENT };

	return engine_open(out, &c->endpoint, &options, err);
}

int connection_registry(struct connection *c, int64_t max_wait, bool anonymous, struct error *err)
{
	struct registry_options options = {
		.config = &c->config,
		.env = c->cli->env,
		.clock = c->cli->clock,
		.cancel = c->cancel,
		.user_agent = HYGIENE_USER_AGENT,
		/* Zero is the default there. */
		.max_wait = max_wait ? max_wait : -1,
		.anonymous = anonymous,
	};

	if (c->cli->globals.debug) {
		options.trace = trace;
		options.trace_ctx = c;
	}
	return registry_open(&c->registry, &options, err);
}
