/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/scope.h"

#include <stdint.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/sort.h"
#include "common/codec/url.h"

static void scope_release(struct scope *scope)
{
	free(scope->type);
	free(scope->class);
	free(scope->name);
	strings_release(&scope->actions);
	*scope = (struct scope){ 0 };
}

void scope_set_release(struct scope_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		scope_release(&set->items[i]);
	free(set->items);
	*set = (struct scope_set){ 0 };
}

/* NULL is before every string. */
static int compare_text(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int compare_scopes(const struct scope *a, const struct scope *b)
{
	int order = compare_text(a->type, b->type);

	if (!order)
		order = compare_text(a->class, b->class);
	return order ? order : compare_text(a->name, b->name);
}

/* The place of the entry of that name, or where it belongs. */
static size_t place(const struct scope_set *set, const struct scope *scope, bool *found)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_scopes(&set->items[middle], scope) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*found = low < set->count && compare_scopes(&set->items[low], scope) == 0;
	return low;
}

static bool has_action(const struct scope *scope, const char *action)
{
	for (size_t i = 0; i < scope->actions.count; i++)
		if (strcmp(scope->actions.items[i], action) == 0 ||
		    strcmp(scope->actions.items[i], "*") == 0)
			return true;
	return false;
}

static int too_many_actions(struct error *err)
{
	return error_set(err, ERROR_LIMIT, 0, "a scope of more than %d actions", ACTIONS_MAX);
}

static int add_action(struct scope *scope, const char *action, struct error *err)
{
	if (has_action(scope, action))
		return 0;
	if (strcmp(action, "*") == 0)
		strings_release(&scope->actions);
	else if (scope->actions.count == ACTIONS_MAX)
		return too_many_actions(err);
	strings_add(&scope->actions, action);
	strings_sort(&scope->actions);
	return 0;
}

/* How many actions both have together; "*" is one. */
static size_t united_actions(const struct scope *a, const struct scope *b)
{
	size_t count = a->actions.count;

	for (size_t i = 0; i < b->actions.count; i++) {
		if (strcmp(b->actions.items[i], "*") == 0)
			return 1;
		count += !has_action(a, b->actions.items[i]);
	}
	return count;
}

/* Whether all of more has room in the set. */
static int check_room(const struct scope_set *set, const struct scope_set *more, struct error *err)
{
	size_t count = set->count;

	for (size_t i = 0; i < more->count; i++) {
		bool found;
		size_t at = place(set, &more->items[i], &found);

		count += !found;
		if (found && united_actions(&set->items[at], &more->items[i]) > ACTIONS_MAX)
			return too_many_actions(err);
	}
	if (count > SCOPES_MAX)
		return error_set(err, ERROR_LIMIT, 0, "more than %d scopes", SCOPES_MAX);
	return 0;
}

/* The entry of that name, which is made where there is none. */
static struct scope *entry(struct scope_set *set, const struct scope *name)
{
	bool found;
	size_t at = place(set, name, &found);

	if (found)
		return &set->items[at];
	(void)array_add(set);
	memmove(&set->items[at + 1], &set->items[at],
		(set->count - 1 - at) * sizeof(set->items[0]));
	set->items[at] = (struct scope){
		.type = xstrdup(name->type),
		.class = xstrdup_null(name->class),
		.name = xstrdup_null(name->name),
	};
	return &set->items[at];
}

static int add_scope(struct scope_set *set, const struct scope *scope, struct error *err)
{
	struct scope *to = entry(set, scope);

	for (size_t i = 0; i < scope->actions.count; i++)
		if (add_action(to, scope->actions.items[i], err) < 0)
			return -1;
	return 0;
}

int scope_set_unite(struct scope_set *set, const struct scope_set *from, struct error *err)
{
	if (check_room(set, from, err) < 0)
		return -1;
	for (size_t i = 0; i < from->count; i++)
		if (add_scope(set, &from->items[i], err) < 0)
			return -1;
	return 0;
}

/* "pull,push"; empty ones say nothing. */
static int read_actions(struct scope *scope, const char *text, struct error *err)
{
	for (;; text++) {
		size_t len = strcspn(text, ",");
		scoped_str action = xstrndup(text, len);

		if (len && add_action(scope, action, err) < 0)
			return -1;
		text += len;
		if (!*text)
			return 0;
	}
}

/* "repository(plugin)": both parts, where that is what it is. */
static void read_type(struct scope *scope, const char *text, size_t len)
{
	const char *open = memchr(text, '(', len);

	if (!open || open == text || text[len - 1] != ')' || open + 2 >= text + len) {
		scope->type = xstrndup(text, len);
		return;
	}
	scope->type = xstrndup(text, (size_t)(open - text));
	scope->class = xstrndup(open + 1, (size_t)(text + len - open - 2));
}

static int read_word(struct scope *out, const char *word, struct error *err)
{
	const char *first = strchr(word, ':'), *last = strrchr(word, ':');

	if (!first || first == last || first == word || first + 1 == last) {
		out->type = xstrdup(word);
		return 0;
	}
	read_type(out, word, (size_t)(first - word));
	out->name = xstrndup(first + 1, (size_t)(last - first - 1));
	return read_actions(out, last + 1, err);
}

/* RFC 6749 §3.3: visible ASCII without the quote and the backslash. */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\')
			return false;
	return true;
}

/* Into an empty set. What names no action asks for nothing. */
static int read_words(struct scope_set *set, const char *text, struct error *err)
{
	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t len = strcspn(text, " ");
		scoped_str word = xstrndup(text, len);
		struct scope scope scoped(scope_release) = { 0 };

		if (read_word(&scope, word, err) < 0)
			return -1;
		if ((!scope.name || scope.actions.count) && add_scope(set, &scope, err) < 0)
			return -1;
		text += len;
	}
	return 0;
}

int scope_set_add(struct scope_set *set, const char *text, struct error *err)
{
	scoped_scope_set more = { 0 };

	if (strnlen(text, SCOPE_TEXT_MAX + 1) > SCOPE_TEXT_MAX)
		return error_set(err, ERROR_LIMIT, 0, "a scope of more than %d bytes",
				 SCOPE_TEXT_MAX);
	if (!is_plain(text))
		return error_set(err, ERROR_INPUT, 0, "a scope with characters that none has");
	if (read_words(&more, text, err) < 0)
		return -1;
	return scope_set_unite(set, &more, err);
}

int scope_set_add_repository(struct scope_set *set, const char *path, const char *actions,
			     struct error *err)
{
	scoped_str text = xasprintf("repository:%s:%s", path, actions);

	return scope_set_add(set, text, err);
}

bool scope_set_contains(const struct scope_set *have, const struct scope_set *want)
{
	for (size_t i = 0; i < want->count; i++) {
		const struct scope *wanted = &want->items[i];
		bool found;
		size_t at = place(have, wanted, &found);

		if (!found)
			return false;
		for (size_t k = 0; k < wanted->actions.count; k++)
			if (!has_action(&have->items[at], wanted->actions.items[k]))
				return false;
	}
	return true;
}

char *scope_format(const struct scope *scope)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	buf_str(&out, scope->type);
	if (scope->class)
		buf_fmt(&out, "(%s)", scope->class);
	if (scope->name) {
		buf_fmt(&out, ":%s:", scope->name);
		for (size_t i = 0; i < scope->actions.count; i++)
			buf_fmt(&out, "%s%s", i ? "," : "", scope->actions.items[i]);
	}
	return buf_take(&out);
}

char *scope_set_format(const struct scope_set *set)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	for (size_t i = 0; i < set->count; i++) {
		scoped_str one = scope_format(&set->items[i]);

		buf_fmt(&out, "%s%s", i ? " " : "", one);
	}
	return buf_take(&out);
}

static void list_some(const struct scope_set *set, const struct scope_set *first, bool named,
		      struct strings *out)
{
	for (size_t i = 0; i < set->count; i++) {
		bool found = false;

		if (first)
			(void)place(first, &set->items[i], &found);
		if (found == named)
			strings_take(out, scope_format(&set->items[i]));
	}
}

void scope_set_list(const struct scope_set *set, const struct scope_set *first, struct strings *out)
{
	list_some(set, first, true, out);
	list_some(set, first, false, out);
}

static size_t query_bytes(const struct scope *scope)
{
	scoped_str text = scope_format(scope);
	scoped_buf query;

	buf_init(&query, SIZE_MAX);
	buf_str(&query, "&scope=");
	url_add_escaped(&query, text);
	return query.len;
}

size_t scope_set_chunk(const struct scope_set *set, size_t from, size_t most, size_t bytes)
{
	size_t count = 0, used = 0;

	while (from + count < set->count && count < most) {
		used += query_bytes(&set->items[from + count]);
		if (count && used > bytes)
			break;
		count++;
	}
	return count;
}
