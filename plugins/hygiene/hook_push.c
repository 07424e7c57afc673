/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/hook_push.h"

#include <string.h>

#include "common/codec/json.h"
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

struct denial {
	const char *reason, *text, *detail;
};

static int read_gate(const struct json_place *gate, struct denial *out, struct error *err)
{
	if (json_need_string(gate, "reason", &out->reason, err) < 0 ||
	    json_get_string(gate, "text", &out->text, out->reason, err) < 0)
		return -1;
	return json_get_string(gate, "detail", &out->detail, NULL, err);
}

/* The first gate that does not hold. Borrowed from the document. */
static int first_bad(const struct json_place *root, struct denial *out, struct error *err)
{
	struct json_place gates;

	if (json_get_array(root, "gates", &gates, err) < 0)
		return -1;
	for (size_t i = 0; i < json_count(&gates); i++) {
		struct json_place gate = json_element(&gates, i);
		bool holds;

		if (json_get_bool(&gate, "holds", &holds, true, err) < 0)
			return -1;
		if (!holds)
			return read_gate(&gate, out, err);
	}
	return json_fail(&gates, err, "all of them hold");
}

/* Whether a push gets no credential that may push, since this is no CI. A store that cannot be
 * asked ("failed") is another matter. */
static int is_denied(const struct json_place *root, bool *denied, struct error *err)
{
	struct json_place push;
	const char *answer;
	bool gated, attested;

	if (json_get_bool(root, "gated", &gated, false, err) < 0 ||
	    json_get_bool(root, "attested", &attested, true, err) < 0 ||
	    json_get_object(root, "push", &push, err) < 0 ||
	    json_get_string(&push, "answer", &answer, "", err) < 0)
		return -1;
	*denied = gated && !attested && strcmp(answer, "failed") != 0;
	return 0;
}

static int read_why(const struct json_place *root, struct denial *out, struct error *err)
{
	struct json_place policy;
	bool denied;

	if (is_denied(root, &denied, err) < 0)
		return -1;
	if (!denied)
		return json_fail(root, err, "nothing is denied");
	if (first_bad(root, out, err) < 0 || json_get_object(root, "policy", &policy, err) < 0)
		return -1;
	if (out->detail)
		return 0;
	return json_get_string(&policy, "broken", &out->detail, NULL, err);
}

void hook_push_explain(const char *target, const char *why, size_t len, struct buf *out)
{
	struct error err = ERROR_INIT;
	struct denial denial = { 0 };
	scoped_json *json = NULL;

	if (json_parse(&json, why, len, "why", false, &err) < 0)
		return;
	struct json_place root = json_root(json, "why");

	if (read_why(&root, &denial, &err) < 0)
		return;
	buf_fmt(out, "Push credentials for %s are for CI only: ", target);
	printable_add(out, denial.text);
	if (denial.detail) {
		buf_str(out, ": ");
		printable_add(out, denial.detail);
	}
	buf_fmt(out, "\n%s (" SEE "%s)", mend_for(denial.reason), target);
}
