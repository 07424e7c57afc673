/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/argv_push_internal.h"

#include <string.h>

#include "common/codec/reference.h"

void argv_push_release(struct argv_push *push)
{
	free(push->repository);
	*push = (struct argv_push){ 0 };
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const struct push_program *find_program(const char *exe, const struct strings *argv)
{
	if (argv->count == 0)
		return NULL;
	const char *name = last_part(exe ? exe : argv->items[0]);

	for (size_t i = 0; i < push_program_count; i++)
		if (push_list_has(push_programs[i].names, name, strlen(name)))
			return &push_programs[i];
	return NULL;
}

/* --- One destination against the registry that is asked for. */

enum match { MATCH_UNSURE, MATCH_MISS, MATCH_HIT };

struct judging {
	const struct registry_key *asked;
	enum push_form form;
	char *repository; /* of the hits; NULL: none yet, or several. Owned */
	bool several;
};

/* A path of the key asked for is that of a repository where no scheme was sent. */
static bool same_repository(const struct registry_key *asked, const char *path)
{
	const char *own = registry_key_path(asked);

	return asked->has_scheme || !*own || strcmp(own, path) == 0;
}

/* path NULL: not known. */
static enum match judge_place(struct judging *j, const char *domain, const char *path)
{
	scoped_registry_key key = { 0 };

	registry_key_read(&key, domain);
	if (key.opaque)
		return MATCH_UNSURE;
	if (!registry_key_same_host(&key, j->asked) || (path && !same_repository(j->asked, path)))
		return MATCH_MISS;
	if (!path || (j->repository && strcmp(j->repository, path) != 0))
		j->several = true;
	else if (!j->repository)
		j->repository = xstrdup(path);
	return MATCH_HIT;
}

/* Whether the name says its registry, by docker's rule. */
static bool has_registry(const char *text)
{
	size_t len = strcspn(text, "/");

	if (!text[len])
		return false;
	return memchr(text, '.', len) || memchr(text, ':', len) ||
	       (len == strlen("localhost") && strncmp(text, "localhost", len) == 0);
}

static enum match judge_ref(struct judging *j, const char *text)
{
	struct error why = ERROR_INIT;
	scoped_reference ref = { 0 };

	if (reference_parse(text, &ref, &why) < 0)
		return MATCH_UNSURE;
	return judge_place(j, ref.domain, ref.path);
}

static enum match judge_named(struct judging *j, const char *text)
{
	return has_registry(text) ? judge_ref(j, text) : MATCH_UNSURE;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Places of containers-transports(5), and of regctl, that are no registries. */
static bool is_elsewhere(const char *text)
{
	static const char *const transports[] = { "dir:",           "oci:",
						  "oci-archive:",   "docker-archive:",
						  "docker-daemon:", "containers-storage:",
						  "ostree:",        "sif:",
						  "ocidir://",      "ocifile://" };

	for (size_t i = 0; i < array_len(transports); i++)
		if (begins(text, transports[i]))
			return true;
	return false;
}

static enum match judge_transport(struct judging *j, const char *text)
{
	if (begins(text, "docker://"))
		return judge_ref(j, text + strlen("docker://"));
	if (is_elsewhere(text))
		return MATCH_MISS;
	return j->form == FORM_CONTAINERS ? judge_named(j, text) : MATCH_UNSURE;
}

/* The names of what is pushed are appended: the repository is not known. */
static enum match judge_prefix(struct judging *j, const char *text)
{
	scoped_str domain = xstrndup(text, strcspn(text, "/"));
	size_t len = strlen(domain);

	if (!memchr(domain, '.', len) && !memchr(domain, ':', len) &&
	    strcmp(domain, "localhost") != 0)
		return MATCH_UNSURE;
	return judge_place(j, domain, NULL);
}

static enum match judge_destination(struct judging *j, const char *text)
{
	switch (j->form) {
	case FORM_REF:
		return is_elsewhere(text) ? MATCH_MISS : judge_ref(j, text);
	case FORM_NAMED:
		return judge_named(j, text);
	case FORM_TRANSPORT:
	case FORM_CONTAINERS:
		return judge_transport(j, text);
	case FORM_TAGS: {
		scoped_str first = xstrndup(text, strcspn(text, ","));

		return judge_named(j, first);
	}
	case FORM_OCI:
		return begins(text, "oci://") ? judge_prefix(j, text + strlen("oci://"))
					      : MATCH_UNSURE;
	case FORM_PREFIX:
		return judge_prefix(j, text);
	}
	return MATCH_UNSURE;
}

/* --- All of a command line. */

static enum argv_verdict judge_all(struct judging *j, const char *const *texts, size_t count)
{
	bool hit = false, unsure = count == 0;

	for (size_t i = 0; i < count; i++) {
		enum match match = judge_destination(j, texts[i]);

		hit |= match == MATCH_HIT;
		unsure |= match == MATCH_UNSURE;
	}
	return unsure ? ARGV_DOUBT : hit ? ARGV_PUSHES : ARGV_NO;
}

/* Where it stands decides what it is, so that an argument not understood in front spoils it. */
static enum argv_verdict judge_word(struct judging *j, const struct push_reading *r)
{
	size_t at = r->rule->at, count = r->word_count;

	if (r->rule->kind == KIND_WORDS) {
		if (count <= at || (r->doubt && count == at + 1))
			return ARGV_DOUBT;
		at += count > at + 1;
	}
	return at < count ? judge_all(j, &r->words[at], 1) : ARGV_DOUBT;
}

/* The last of a flag counts. */
static enum argv_verdict judge_sync(struct judging *j, const struct push_reading *r)
{
	if (r->doubt || r->tag_count == 0)
		return ARGV_DOUBT;
	return strcmp(r->tags[r->tag_count - 1], "docker") == 0 ? judge_word(j, r) : ARGV_NO;
}

struct output {
	bool pushes, doubt;
	char *name; /* owned */
};

/* As Go reads what is true. */
#define PUSH_TRUE "push=1 push=t push=T push=true push=True push=TRUE"

/* "type=image,name=reg/app,push=true". */
static void read_output(struct output *out, const char *text)
{
	bool registry = false, push = false;

	/* CSV: who quotes may hide a comma. */
	if (strchr(text, '"'))
		out->doubt = true;
	while (*text) {
		size_t len = strcspn(text, ",");

		registry |= push_list_has("type=registry", text, len);
		push |= push_list_has(PUSH_TRUE, text, len);
		if (len > strlen("name=") && begins(text, "name="))
			str_replace(&out->name,
				    xstrndup(text + strlen("name="), len - strlen("name=")));
		text += len + (text[len] == ',');
	}
	out->pushes = registry || push;
}

static enum argv_verdict judge_build(struct judging *j, const struct push_reading *r)
{
	bool pushes = r->push;
	scoped_strings names = { 0 };

	for (size_t i = 0; i < r->output_count; i++) {
		struct output out = { 0 };
		bool doubt;

		read_output(&out, r->outputs[i]);
		doubt = out.doubt;
		pushes |= out.pushes;
		if (out.pushes && out.name)
			strings_take(&names, out.name);
		else
			free(out.name);
		if (doubt)
			return ARGV_DOUBT;
	}
	if (!pushes)
		return r->doubt ? ARGV_DOUBT : ARGV_NO;
	/* Tags take the place of what the outputs name. */
	if (r->tag_count)
		return judge_all(j, r->tags, r->tag_count);
	return judge_all(j, (const char *const *)names.items, names.count);
}

static enum argv_verdict judge_reading(struct judging *j, const struct push_reading *r)
{
	switch (r->rule->kind) {
	case KIND_NEVER:
		return ARGV_NO;
	case KIND_ANY:
		j->several = true;
		return r->doubt ? ARGV_DOUBT : ARGV_PUSHES;
	case KIND_WORD:
	case KIND_WORDS:
		return judge_word(j, r);
	case KIND_FLAG:
		return judge_all(j, r->tags, r->tag_count);
	case KIND_EITHER:
		if (r->tag_count)
			return judge_all(j, r->tags, r->tag_count);
		return r->doubt ? ARGV_DOUBT : judge_word(j, r);
	case KIND_SYNC:
		return judge_sync(j, r);
	case KIND_BUILD:
		return judge_build(j, r);
	case KIND_DOUBT:
	case KIND_FILE:
		break;
	}
	return ARGV_DOUBT;
}

enum argv_verdict argv_push(struct argv_push *out, const char *exe, const struct strings *argv,
			    const struct registry_key *asked)
{
	const struct push_program *program = find_program(exe, argv);
	struct push_reading reading;

	if (!program)
		return ARGV_OTHER;
	push_read(&reading, program, argv);
	if (reading.nothing || (!reading.rule && !reading.doubt))
		return ARGV_NO;
	if (!reading.rule)
		return ARGV_DOUBT;
	struct judging j = { .asked = asked, .form = reading.rule->form };
	enum argv_verdict verdict = judge_reading(&j, &reading);
	scoped_str repository = j.repository;

	/* What was not understood may be what makes it another command. */
	if (reading.doubt && reading.rule->kind != KIND_NEVER &&
	    (verdict == ARGV_NO || reading.rule->nots))
		verdict = ARGV_DOUBT;
	if (verdict == ARGV_DOUBT && reading.push)
		verdict = ARGV_SOMEWHERE;
	if (verdict == ARGV_PUSHES)
		*out = (struct argv_push){ reading.rule->what,
					   j.several ? NULL : take_ptr(repository) };
	if (verdict == ARGV_SOMEWHERE)
		*out = (struct argv_push){ reading.rule->what, NULL };
	return verdict;
}
