/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/connect.h"

#include "common/codec/address_class.h"

int connection_init(struct connection *c, struct cli *cli, const char *verb, struct error *err)
{
	struct connection new scoped(connection_release) = { .cli = cli, .verb = verb };

	if (docker_config_open(&new.config, cli->globals.config, err) < 0 ||
	    endpoint_choose(&new.endpoint, &cli->globals.endpoint, &new.config, cli->env, err) <
		    0 ||
	    cancel_open(&new.cancel, cli->env("DOCKER_CLI_PLUGIN_SOCKET"), err) < 0)
		return -1;
	*c = take_value(new);
	return 0;
}

static void trace(void *ctx, const char *line)
{
	struct connection *c = ctx;

	fprintf(c->cli->err, "docker timesync %s: %s\n", c->verb, line);
}

int connection_dial(struct connection *c, int64_t deadline, struct error *err)
{
	struct engine_options options = {
		.cancel = c->cancel,
		.connect_deadline = deadline,
		.answer_deadline = c->answer_deadline,
		.user_agent = "docker-timesync",
	};

	connection_hang_up(c);
	if (c->cli->globals.debug) {
		options.trace = trace;
		options.trace_ctx = c;
	}
	return engine_open(&c->engine, &c->endpoint, &options, err);
}

void connection_hang_up(struct connection *c)
{
	engine_close(&c->engine);
}

void connection_release(struct connection *c)
{
	connection_hang_up(c);
	cancel_close(&c->cancel);
	endpoint_release(&c->endpoint);
	docker_config_release(&c->config);
}

bool endpoint_is_remote(const struct endpoint *endpoint)
{
	switch (endpoint->scheme) {
	case ENDPOINT_UNIX:
		return false;
	case ENDPOINT_TCP:
	case ENDPOINT_TLS:
		return !endpoint->host || !host_is_loopback(endpoint->host);
	case ENDPOINT_SSH:
		break;
	}
	return true;
}
