/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/hook_push.h"

#include <string.h>

#include "common/codec/printable.h"
#include "common/codec/reference.h"

/* How pushgate names what was pushed to (its docs/internals/pushgate.md, section 9). */
#define SEE "docker-credential-pushgate why "

/* --- What was pushed to. */

/* What docker shows of a registry that takes no push from us. */
static const char *const denials[] = {
	"requested access to the resource is denied",
	"no basic auth credentials",
	"authentication required",
	"insufficient_scope",
};

static bool first_word_is(const char *text, const char *word)
{
	size_t len = strlen(word);

	return strncmp(text, word, len) == 0 && (!text[len] || text[len] == ' ');
}

static const char *quoted_target(const struct plugin_hook *hook)
{
	const char *see = hook->error ? strstr(hook->error, SEE) : NULL;

	return see ? see + strlen(SEE) : NULL;
}

bool hook_push_needs_argv(const struct plugin_hook *hook)
{
	if (!hook->error || !hook->command || quoted_target(hook) ||
	    !(first_word_is(hook->command, "push") || first_word_is(hook->command, "image")))
		return false;
	for (size_t i = 0; i < array_len(denials); i++)
		if (strstr(hook->error, denials[i]))
			return true;
	return false;
}

/* The one operand of `docker [options] [image] push [options] REFERENCE`; NULL: there is none, or
 * several. */
static const char *operand_of_push(const struct strings *argv)
{
	const char *found = NULL;
	size_t i = 1;

	while (i < argv->count && strcmp(argv->items[i], "push") != 0)
		i++;
	for (i++; i < argv->count; i++) {
		if (strcmp(argv->items[i], "--platform") == 0)
			i++;
		else if (found && argv->items[i][0] != '-')
			return NULL;
		else if (argv->items[i][0] != '-')
			found = argv->items[i];
	}
	return found;
}

char *hook_push_target(const struct plugin_hook *hook, const struct strings *argv)
{
	const char *quoted = quoted_target(hook);
	const char *operand = hook_push_needs_argv(hook) ? operand_of_push(argv) : NULL;
	struct error err = ERROR_INIT;
	scoped_reference ref = { 0 };
	scoped_str text = NULL;

	if (quoted)
		text = xstrndup(quoted, strcspn(quoted, " \t\r\n`'\""));
	else if (operand)
		text = xstrdup(operand);
	/* A registry alone would be taken for a repository of the Hub. */
	if (!text || (quoted && !strchr(text, '/')) || reference_parse(text, &ref, &err) < 0)
		return NULL;
	return reference_full_name(&ref);
}

/* --- Whom docker asks. */

bool hook_push_is_ours(const json_t *config, const char *target)
{
	scoped_str domain = xstrndup(target, strcspn(target, "/"));
	const char *key = strcmp(domain, "docker.io") == 0 ? "https://index.docker.io/v1/" : domain;
	const json_t *helper = json_object_get(json_object_get(config, "credHelpers"), key);
	const char *name = json_string_value(helper ? helper
						    : json_object_get(config, "credsStore"));

	return name && strcmp(name, "pushgate") == 0;
}

/* --- What is said. */

/* By the reasons of gates (credhelper/gate.h). */
static const struct {
	const char *reason, *mend;
} mends[] = {
	{ "no-ci", "Let the CI job push it; if this is one, its variables do not reach docker" },
	{ "trap", "Merge it first: the job of a change request does not push" },
	{ "terminal", "Let the CI job push it, without a person at its terminal" },
	{ "user", "Let the build agent's user push it" },
	{ "group", "Let the build agent push it" },
	{ "unit", "Let the build agent push it" },
	{ "no-token", "Let the job ask for an ID token, and pass it on to docker" },
	{ "token-refused", "Push it from a job that the policy names" },
	{ "token-unknown", "Try again when the issuer of the ID token can be reached" },
	{ "no-attest", "Install docker-hygiene again, with pushgate-attest" },
	{ "policy-broken", "Mend the policy" },
	{ "nobody", "Change \"ci\" in the policy if somebody is to push there" },
};

static const char *mend_for(const char *reason)
{
	for (size_t i = 0; i < array_len(mends); i++)
		if (strcmp(mends[i].reason, reason) == 0)
			return mends[i].mend;
	return "Let the CI job push it";
}

/* A store that cannot be asked is another matter than a gate. */
static bool is_denied(const struct gate_view *view)
{
	return view->installed && view->gated && !view->attested && !view->failed && view->word;
}

void hook_push_explain(const char *target, const struct gate_view *view, struct buf *out)
{
	if (!is_denied(view))
		return;
	buf_fmt(out, "Push credentials for %s are for CI only: ", target);
	printable_add(out, view->text);
	if (view->detail) {
		buf_str(out, ": ");
		printable_add(out, view->detail);
	}
	buf_fmt(out, "\n%s (" SEE "%s)", mend_for(view->word), target);
}
