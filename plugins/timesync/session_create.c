/* SPDX-License-Identifier: Apache-2.0 */
/* The helper's container and the image that it is made of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/codec/json.h"
#include "plugins/timesync/helper_image.h"
#include "plugins/timesync/session_internal.h"

#define LOAD_DEADLINE (60 * NSEC_PER_SEC)
#define PIDS          16

static void set_text(json_t *object, const char *key, const char *value)
{
	json_object_set_new(object, key, json_string(value));
}

static void set_flag(json_t *object, const char *key, bool value)
{
	json_object_set_new(object, key, json_boolean(value));
}

static json_t *host_config(bool set, bool labels)
{
	json_t *host = json_object();

	set_text(host, "NetworkMode", "none");
	set_text(host, "IpcMode", "none");
	/* Only the first user namespace may set the clock; undoes userns-remap. */
	set_text(host, "UsernsMode", "host");
	set_flag(host, "ReadonlyRootfs", true);
	set_flag(host, "AutoRemove", true);
	/* An engine's own choice of --init would stand between us and the helper. */
	set_flag(host, "Init", false);
	json_object_set_new(host, "PidsLimit", json_integer(PIDS));
	json_object_set_new(host, "LogConfig", json_pack("{s:s}", "Type", "none"));
	json_object_set_new(host, "CapDrop", json_pack("[s]", "ALL"));
	if (set)
		json_object_set_new(host, "CapAdd", json_pack("[s]", "SYS_TIME"));
	json_object_set_new(host, "SecurityOpt",
			    labels ? json_pack("[s]", "no-new-privileges")
				   : json_pack("[ss]", "no-new-privileges", "label=disable"));
	return host;
}

json_t *session_create_body(const char *image, bool set, bool labels, int64_t now)
{
	json_t *body = json_object();
	char seconds[32];

	(void)snprintf(seconds, sizeof(seconds), "%lld", (long long)(now / NSEC_PER_SEC));

	set_text(body, "Image", image);
	set_text(body, "User", "0:0");
	set_text(body, "StopSignal", "SIGKILL");
	set_flag(body, "AttachStdin", true);
	set_flag(body, "AttachStdout", true);
	set_flag(body, "AttachStderr", true);
	set_flag(body, "OpenStdin", true);
	set_flag(body, "StdinOnce", true);
	set_flag(body, "Tty", false);
	/* A network namespace with nothing in it. By NetworkMode alone the engine runs itself once
	 * more to take hold of that namespace, which is half of a container's start. */
	set_flag(body, "NetworkDisabled", true);
	json_object_set_new(body, "Labels", json_pack("{s:s}", SESSION_LABEL, seconds));
	json_object_set_new(body, "HostConfig", host_config(set, labels));
	return body;
}

/* A name of our own: the container can be removed even if the engine's answer never reaches us. */
static char *random_name(void)
{
	uint64_t bits = 0;

	if (getentropy(&bits, sizeof(bits)) < 0)
		bits = (uint64_t)clock_system.now(&clock_system) ^ ((uint64_t)getpid() << 40);
	return xasprintf("docker-timesync-%016llx", (unsigned long long)bits);
}

static int create(struct session *s, const char *image, bool labels, struct error *err)
{
	const struct clock *clock = s->options.clock;
	scoped_json *body = session_create_body(image, s->options.set, labels, clock->now(clock));
	scoped_str text = json_dumps(body, JSON_COMPACT);
	scoped_json *answer = NULL;

	str_replace(&s->name, random_name());
	free_str(&s->id);
	scoped_str path = engine_path("/containers/create?name=%p", s->name);
	const struct engine_request request = {
		.method = "POST",
		.path = path,
		.body = text,
		.deadline = s->options.deadline,
	};

	s->asked = true;
	s->started = false;
	if (engine_call(s->engine, &request, "the engine's answer", &answer, err) < 0) {
		/* The engine refused, so there is none. Anything else may have been too late. */
		if (err->kind == ERROR_NOT_FOUND)
			s->asked = false;
		return -1;
	}
	const char *id = json_string_value(json_object_get(answer, "Id"));

	if (!id || !*id)
		return error_set(err, ERROR_PROTOCOL, 0, "the engine gave no ID");
	s->id = xstrdup(id);
	return 0;
}

struct load {
	char *name, *failure;
};

static void load_release(struct load *load)
{
	free(load->name);
	free(load->failure);
}

/* {"stream":"Loaded image: NAME\n"}, or (status 200 all the same) {"error":..,"errorDetail":..}.
 * Podman may have given the image a registry's name. */
static int on_load(void *ctx, const json_t *document)
{
	static const char said[] = "Loaded image: ";
	struct load *load = ctx;
	const char *text = json_string_value(json_object_get(document, "stream"));
	const char *failure = json_string_value(json_object_get(document, "error"));
	const json_t *detail = json_object_get(document, "errorDetail");

	if (!failure)
		failure = json_string_value(json_object_get(detail, "message"));
	if (failure || detail)
		str_replace(&load->failure, xstrdup(failure ? failure : "it does not say why"));
	const char *at = text ? strstr(text, said) : NULL;

	if (at) {
		at += sizeof(said) - 1;
		str_replace(&load->name, xstrndup(at, strcspn(at, "\r\n, ")));
	}
	return 0;
}

static int load_image(struct session *s, const struct helper_image *image, char **name,
		      struct error *err)
{
	struct load load scoped(load_release) = { 0 };
	const struct engine_request request = {
		.method = "POST",
		.path = "/images/load?quiet=1",
		.body = image->archive,
		.body_len = image->len,
		.type = "application/x-tar",
		.deadline = LOAD_DEADLINE,
	};

	if (engine_stream_request(s->engine, &request, on_load, &load, err) < 0)
		return error_wrap(err, "loading the helper's image");
	if (load.failure)
		return error_set(err, ERROR_REMOTE, 0, "loading the helper's image: %s",
				 load.failure);
	*name = take_ptr(load.name);
	return 0;
}

int session_create(struct session *s, bool labels, struct error *err)
{
	const struct helper_image *image;
	scoped_str loaded = NULL;

	if (helper_image_choose(&image, s->arch, err) < 0)
		return -1;
	if (create(s, image->tag, labels, err) == 0)
		return 0;
	if (err->kind != ERROR_NOT_FOUND)
		return error_wrap(err, "creating the helper's container");
	error_clear(err);
	if (load_image(s, image, &loaded, err) < 0)
		return -1;
	if (create(s, image->tag, labels, err) == 0)
		return 0;
	if (err->kind == ERROR_NOT_FOUND && loaded && strcmp(loaded, image->tag) != 0) {
		error_clear(err);
		if (create(s, loaded, labels, err) == 0)
			return 0;
	}
	return error_wrap(err, "creating the helper's container");
}
