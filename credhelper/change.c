/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/change.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/client/docker_config.h"
#include "common/client/secret_file.h"
#include "common/codec/printable.h"
#include "credhelper/verb_parts.h"

#define LOCK_WAIT (10 * NSEC_PER_SEC)

void change_release(struct change *change)
{
	config_file_release(&change->file);
	config_record_release(&change->record);
	free_str(&change->record_path);
	if (change->lock >= 0)
		close(change->lock);
	change->lock = -1;
}

static int read_record(struct change *c, struct error *err)
{
	struct error why = ERROR_INIT;
	scoped_secret text = { 0 };

	if (secret_read_file(c->record_path, CONFIG_RECORD_MAX, &text, &why) < 0) {
		if (why.kind == ERROR_NOT_FOUND)
			return 0;
		*err = why;
		return -1;
	}
	if (config_record_parse(&c->record, text.data ? text.data : "", text.len, err) < 0)
		return error_wrap(err, "%s", c->record_path);
	c->recorded = true;
	return 0;
}

/* What docker itself cannot read, or would read otherwise after us, is left to people. */
static int check_document(const struct change *c, struct error *err)
{
	static const char *const objects[] = { "auths", "credHelpers" };
	const struct config_doc *doc = &c->file.doc;

	if (doc->twice)
		return error_set(err, ERROR_INPUT, 0, "%s: a key is there twice; remove one",
				 c->file.path);
	if (doc->big_numbers)
		return error_set(err, ERROR_INPUT, 0,
				 "%s: a number in it is too large to be written again as it is",
				 c->file.path);
	for (size_t i = 0; i < array_len(objects); i++) {
		const json_t *value = config_member(doc->root, objects[i]);

		if (value && !json_is_object(value))
			return error_set(err, ERROR_INPUT, 0, "%s: %s: expected an object",
					 c->file.path, objects[i]);
	}
	return 0;
}

static int read_all(struct change *c, bool take_lock, struct error *err)
{
	scoped_str dir = NULL;

	if (docker_config_dir(&dir, NULL, err) < 0)
		return -1;
	c->record_path = xasprintf("%s/" CHANGE_RECORD, dir);
	if (take_lock)
		c->lock = secret_lock_file(c->record_path, LOCK_WAIT, err);
	if (take_lock && c->lock < 0)
		return -1;
	if (config_file_read(&c->file, dir, err) < 0 || check_document(c, err) < 0)
		return -1;
	if (take_lock)
		config_file_tidy(&c->file);
	return read_record(c, err);
}

int change_begin(struct change *out, struct cli *cli, bool take_lock, struct error *err)
{
	*out = (struct change){ .cli = cli, .world = verb_world(cli), .lock = -1 };
	return read_all(out, take_lock, err);
}

int change_write_record(const struct change *change, struct error *err)
{
	scoped_secret bytes = { 0 };
	scoped_buf text;

	buf_init_wiped(&text, CONFIG_RECORD_MAX);
	config_record_format(&change->record, &text);
	if (buf_failed(&text))
		return error_set(err, ERROR_LIMIT, 0, "%s would be too large", change->record_path);
	secret_take(&bytes, &text);
	return secret_replace_file(change->record_path, &bytes, err);
}

void change_remove_record(struct change *change)
{
	scoped_str lock = xasprintf("%s.lock", change->record_path);

	unlink(change->record_path);
	unlink(lock);
}

void change_say(const struct change *change, const char *fmt, ...)
{
	scoped_buf text, clean;
	va_list args;

	buf_init(&text, SIZE_MAX);
	buf_init(&clean, SIZE_MAX);
	va_start(args, fmt);
	buf_vfmt(&text, fmt, args);
	va_end(args);
	printable_add(&clean, text.data);
	fprintf(change->cli->out, "%s\n", clean.data);
}
