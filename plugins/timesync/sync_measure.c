/* SPDX-License-Identifier: Apache-2.0 */
/* The first half of a sync: what can be measured there, and how far apart the clocks are. */
#include <stdlib.h>
#include <string.h>

#include "common/codec/json.h"
#include "common/os/boot_id.h"
#include "plugins/timesync/helper_image.h"
#include "plugins/timesync/sync_internal.h"

/* Where nothing but /info tells the time, it is asked more than once. */
#define INFO_SAMPLES 4

static int look_at_info(struct sync *s, unsigned samples, struct error *err)
{
	struct api_info info = { 0 };

	sync_tell(s, "asking the engine");
	if (measure_info(&s->coarse, s->engine, s->options->clock, samples, &info, err) < 0)
		return -1;
	api_info_release(&s->result.info);
	s->result.info = info;
	s->has_coarse = true;
	return 0;
}

/* "Arch" of /version: which programs the engine runs, where /info's machine is not known. */
static int ask_arch(struct sync *s, char **out, struct error *err)
{
	scoped_json *version = NULL;

	if (engine_get(s->engine, "/version", "version", &version, err) < 0)
		return -1;
	const char *arch = json_string_value(json_object_get(version, "Arch"));

	if (!arch)
		return error_set(err, ERROR_UNSUPPORTED, 0, "the engine does not tell its machine");
	*out = xstrdup(arch);
	return 0;
}

/* "arm" of /version may be any; these machines are none that the helper for it runs on. */
static bool is_old_arm(const char *machine)
{
	return machine && (strncmp(machine, "armv5", 5) == 0 || strncmp(machine, "armv6", 5) == 0);
}

/* Into s->arch. Errors: ERROR_UNSUPPORTED if there is no helper for it. */
static int choose_arch(struct sync *s, struct error *err)
{
	const char *machine = s->result.info.architecture;
	const struct helper_image *image;
	scoped_str arch = NULL;

	free_str(&s->arch);
	if (machine && helper_image_choose(&image, machine, err) == 0) {
		s->arch = xstrdup(machine);
		return 0;
	}
	if (is_old_arm(machine))
		return -1;
	error_clear(err);
	if (ask_arch(s, &arch, err) < 0 || helper_image_choose(&image, arch, err) < 0)
		return -1;
	s->arch = take_ptr(arch);
	return 0;
}

static bool has_security(const struct api_info *info, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < info->security.count; i++) {
		const char *item = info->security.items[i];

		if (strncmp(item, "name=", 5) == 0 && strncmp(item + 5, name, len) == 0 &&
		    (item[5 + len] == '\0' || item[5 + len] == ','))
			return true;
	}
	return false;
}

/* Whether this run may come to set: else the helper is started without the right to. */
static bool means_to_set(const struct sync *s)
{
	const struct orders *orders = &s->options->orders;

	return !orders->dry_run && (!s->options->remote || orders->override);
}

/*
 * The helper of s->arch did not come to speak: on a 64-bit kernel the engine may be a 32-bit one,
 * with a seccomp profile that knows no other calls. *other is false if /version says the same.
 */
static int choose_other_arch(struct sync *s, bool *other, struct error *err)
{
	const struct helper_image *first, *second;
	scoped_str arch = NULL;

	*other = false;
	if (helper_image_choose(&first, s->arch, err) < 0 || ask_arch(s, &arch, err) < 0 ||
	    helper_image_choose(&second, arch, err) < 0)
		return -1;
	*other = first != second;
	str_replace(&s->arch, take_ptr(arch));
	return 0;
}

static int try_other_arch(struct sync *s, struct session_options *options, struct error *err)
{
	struct error ignored = ERROR_INIT;
	bool other;

	if (err->kind != ERROR_REMOTE || choose_other_arch(s, &other, &ignored) < 0 || !other)
		return -1;
	error_clear(err);
	options->arch = s->arch;
	return session_open(s->session, s->engine, options, err);
}

static int open_session(struct sync *s, struct error *err)
{
	struct session_options options = {
		.clock = s->options->clock,
		.set = means_to_set(s) && why_info(&s->result.info, true) == CANNOT_NONE,
		.selinux = has_security(&s->result.info, "selinux"),
		.deadline = s->options->deadline,
	};
	struct error unknown = ERROR_INIT;

	if (choose_arch(s, err) < 0)
		return -1;
	/* Unknown: all zeros, and the helper sets nothing. */
	if (boot_id_read(options.boot_id, &unknown) < 0)
		memset(options.boot_id, 0, sizeof(options.boot_id));
	options.arch = s->arch;
	sync_tell(s, "starting the helper");
	if (session_open(s->session, s->engine, &options, err) == 0)
		return 0;
	return try_other_arch(s, &options, err);
}

/* What setting would meet, whether or not this run means to set. */
static enum cannot judge_hello(const struct sync *s)
{
	const struct api_info *info = s->has_coarse ? &s->result.info : NULL;
	struct session_hello hello = s->result.hello;
	enum cannot known = info ? why_info(info, true) : CANNOT_NONE;

	if (hello.kernels == KERNELS_SAME)
		return CANNOT_NONE;
	if (known != CANNOT_NONE)
		return known;
	/* A helper that is not meant to set lacks the capability because it was not asked for. */
	if (!means_to_set(s))
		hello.can_set = true;
	return why_hello(&hello, info);
}

static int measure_by_helper(struct sync *s, struct measurement *m, struct error *err)
{
	sync_tell(s, "measuring");
	if (session_measure(*s->session, m, err) < 0)
		return -1;
	s->result.hello = *session_hello(*s->session);
	s->result.cannot = judge_hello(s);
	return 0;
}

static bool have_in_common(const struct measurement *a, const struct measurement *b)
{
	int64_t when = time_max(a->when, b->when);
	struct interval both;

	return interval_intersect(interval_widen(measurement_at(a, when), HOST_STEP),
				  measurement_at(b, when), &both);
}

/* The helper's clock and the engine's are one clock, unless containers run in machines of their
 * own; setting that one would help nobody. */
static int cross_check(struct sync *s, struct measurement *m, struct error *err)
{
	int64_t moved = time_diff(m->anchor, s->coarse.anchor);

	if (!s->has_coarse || s->result.hello.kernels == KERNELS_SAME ||
	    (moved <= HOST_STEP && moved >= -HOST_STEP && have_in_common(&s->coarse, m)))
		return 0;
	/* Or somebody stepped it between the two looks. */
	if (look_at_info(s, 1, err) < 0 || session_measure(*s->session, m, err) < 0)
		return -1;
	if (have_in_common(&s->coarse, m))
		return 0;
	s->result.cannot = CANNOT_RUNTIME;
	*m = s->coarse;
	return 0;
}

static int measure_by_info(struct sync *s, struct measurement *m, struct error *err)
{
	s->result.hello = (struct session_hello){ .kernels = KERNELS_UNKNOWN };
	if (look_at_info(s, INFO_SAMPLES, err) < 0)
		return -1;
	*m = s->coarse;
	return 0;
}

/* Whether the failure of a helper leaves the other way; *cannot is why it is taken. */
static bool is_helpless(const struct error *err, enum cannot *cannot)
{
	switch (err->kind) {
	case ERROR_CANCELLED:
	case ERROR_UNREACHABLE:
		return false;
	case ERROR_UNSUPPORTED:
		*cannot = CANNOT_ARCHITECTURE;
		return true;
	case ERROR_TIMEOUT:
		*cannot = CANNOT_SLOW;
		return true;
	default:
		*cannot = CANNOT_NO_RUN;
		return true;
	}
}

static int measure_anew(struct sync *s, struct measurement *m, struct error *err)
{
	if (look_at_info(s, 1, err) < 0)
		return -1;
	s->result.cannot = why_info(&s->result.info, false);
	if (s->result.cannot != CANNOT_NONE)
		return measure_by_info(s, m, err);
	if (open_session(s, err) < 0) {
		if (!is_helpless(err, &s->result.cannot))
			return -1;
		if (s->result.cannot != CANNOT_ARCHITECTURE)
			strings_add(&s->result.notes, err->text);
		error_clear(err);
		return measure_by_info(s, m, err);
	}
	if (measure_by_helper(s, m, err) < 0)
		return -1;
	return cross_check(s, m, err);
}

/* A kept helper may have died with its connection while nobody looked. */
static int measure_by_kept(struct sync *s, struct measurement *m, struct error *err)
{
	if (session_greet(*s->session, err) == 0 && measure_by_helper(s, m, err) == 0)
		return 0;
	session_close(s->session);
	if (err->kind == ERROR_CANCELLED)
		return -1;
	error_clear(err);
	return measure_anew(s, m, err);
}

int sync_measure(struct sync *s, struct error *err)
{
	struct measurement m;
	int rc = *s->session ? measure_by_kept(s, &m, err) : measure_anew(s, &m, err);

	if (rc < 0)
		return -1;
	return compare_with(&s->compare, &m, &s->result.before, &s->result.notes, err);
}

int sync_measure_again(struct sync *s, struct reading *out, struct error *err)
{
	struct measurement m;

	if (session_measure(*s->session, &m, err) < 0)
		return -1;
	return compare_with(&s->compare, &m, out, &s->result.notes, err);
}
