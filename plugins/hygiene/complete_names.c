/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/complete_names.h"

#include <string.h>

#include "common/client/engine.h"
#include "common/codec/api.h"
#include "common/codec/json.h"
#include "plugins/hygiene/connection.h"

/* Somebody has pressed Tab and waits. */
#define DEADLINE   (500 * NSEC_PER_MSEC)
#define BODY_LIMIT ((size_t)4 << 20)

static void add_containers(const json_t *json, struct completion *completion, struct error *err)
{
	struct api_containers list = { 0 };

	if (api_containers_parse(json, &list, err) < 0)
		return;
	for (size_t i = 0; i < list.count; i++)
		if (list.items[i].names.count)
			completion_add(completion, list.items[i].names.items[0], "container");
	api_containers_release(&list);
}

static void add_images(const json_t *json, struct completion *completion, struct error *err)
{
	struct api_images list = { 0 };

	if (api_images_parse(json, &list, err) < 0)
		return;
	for (size_t i = 0; i < list.count; i++)
		for (size_t j = 0; j < list.items[i].tags.count; j++)
			completion_add(completion, list.items[i].tags.items[j], "image");
	api_images_release(&list);
}

/* Nobody types the 64 digits that name an anonymous volume. */
static bool is_anonymous(const char *name)
{
	return strlen(name) == 64 && strspn(name, "0123456789abcdef") == 64;
}

static void add_volumes(const json_t *json, struct completion *completion, struct error *err)
{
	struct api_volumes list = { 0 };

	if (api_volumes_parse(json, &list, err) < 0)
		return;
	for (size_t i = 0; i < list.count; i++)
		if (list.items[i].name && !is_anonymous(list.items[i].name))
			completion_add(completion, list.items[i].name, "volume");
	api_volumes_release(&list);
}

static bool is_predefined(const char *name)
{
	return strcmp(name, "bridge") == 0 || strcmp(name, "host") == 0 ||
	       strcmp(name, "none") == 0;
}

static void add_networks(const json_t *json, struct completion *completion, struct error *err)
{
	struct api_networks list = { 0 };

	if (api_networks_parse(json, &list, err) < 0)
		return;
	for (size_t i = 0; i < list.count; i++)
		if (list.items[i].name && !is_predefined(list.items[i].name))
			completion_add(completion, list.items[i].name, "network");
	api_networks_release(&list);
}

enum { LIST_IMAGES = 1 };

static const struct {
	const char *path;
	void (*add)(const json_t *json, struct completion *completion, struct error *err);
} lists[] = {
	{ "/containers/json?all=1", add_containers },
	[LIST_IMAGES] = { "/images/json", add_images },
	{ "/volumes", add_volumes },
	{ "/networks", add_networks },
};

/* What one list lacks, another may have; nobody is there to read an error. */
static void ask(struct engine *engine, size_t from, size_t to, struct completion *completion)
{
	for (size_t i = from; i < to; i++) {
		const struct engine_request request = {
			.method = "GET",
			.path = lists[i].path,
			.limit = BODY_LIMIT,
			.deadline = DEADLINE,
		};
		struct error err = ERROR_INIT;
		scoped_json *json = NULL;

		if (engine_call(engine, &request, "list", &json, &err) == 0)
			lists[i].add(json, completion, &err);
	}
}

static void ask_lists(struct cli *cli, size_t from, size_t to, struct completion *completion)
{
	const struct engine_options options = {
		.answer_deadline = DEADLINE,
		.connect_deadline = DEADLINE,
		.user_agent = HYGIENE_USER_AGENT,
	};
	scoped_docker_config config = { 0 };
	scoped_endpoint endpoint = { 0 };
	scoped_engine *engine = NULL;
	struct error err = ERROR_INIT;

	if (docker_config_open(&config, cli->globals.config, &err) == 0 &&
	    endpoint_choose(&endpoint, &cli->globals.endpoint, &config, cli->env, &err) == 0 &&
	    engine_open(&engine, &endpoint, &options, &err) == 0)
		ask(engine, from, to, completion);
}

void complete_names(struct cli *cli, const struct opt *opt, const char *prefix,
		    struct completion *completion)
{
	(void)prefix;
	if (opt && strcmp(opt->name, "keep") == 0)
		ask_lists(cli, 0, array_len(lists), completion);
}

void complete_images(struct cli *cli, const struct opt *opt, const char *prefix,
		     struct completion *completion)
{
	(void)prefix;
	if (!opt)
		ask_lists(cli, LIST_IMAGES, LIST_IMAGES + 1, completion);
}
