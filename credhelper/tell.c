/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/tell.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/codec/printable.h"
#include "common/codec/timefmt.h"

#define LINE_MAX_BYTES 512
/* Columns: a cut name is better than a cut line. */
#define NAME_COLUMNS   100
#define REPO_COLUMNS   120
#define WHY_COLUMNS    110
#define USERS_COLUMNS  150

/* Appends text made fit for a terminal, at most columns of it. */
static void add_cut(struct buf *line, const char *text, size_t columns)
{
	scoped_buf clean = { 0 };

	buf_init(&clean, SIZE_MAX);
	printable_add(&clean, text);
	printable_add_cut(line, clean.data, columns);
}

static void add_name(struct buf *line, const struct telling *t)
{
	add_cut(line, t->key->name, NAME_COLUMNS);
}

/* "host/org/app" */
static void add_repo(struct buf *line, const struct telling *t)
{
	if (!t->repo || !*t->repo || t->key->opaque) {
		add_cut(line, t->key->name, REPO_COLUMNS);
		return;
	}
	scoped_str repo = xasprintf("%.*s/%s", (int)t->key->host_len, t->key->name, t->repo);

	add_cut(line, repo, REPO_COLUMNS);
}

static const char *policy_error(const struct telling *t)
{
	return t->policy && t->policy->why.text[0] ? t->policy->why.text : "broken policy";
}

static void add_why(struct buf *line, const struct telling *t)
{
	const struct finding *f = t->finding;

	if (!f)
		return;
	const char *text = gate_reason_text(f->reason);
	const char *detail = f->reason == GATE_REASON_POLICY_BROKEN ? policy_error(t) : f->detail;
	scoped_str why = detail ? xasprintf("%s: %s", text, detail) : xstrdup(text);

	buf_str(line, " (");
	add_cut(line, why, WHY_COLUMNS);
	buf_char(line, ')');
}

static void add_see(struct buf *line, const struct telling *t)
{
	buf_str(line, "; see: docker-credential-pushgate why ");
	add_repo(line, t);
}

static void add_users(struct buf *line, const struct telling *t)
{
	scoped_strings users = { 0 };
	scoped_buf all = { 0 };

	buf_init(&all, SIZE_MAX);
	if (t->view)
		policy_pull_users(t->view, &users);
	for (size_t i = 0; i < users.count; i++)
		buf_fmt(&all, "%s%s", i ? ", " : "", users.items[i]);
	add_cut(line, users.count ? all.data : "none is named", USERS_COLUMNS);
}

/* --- The sentences: docs/internals/pushgate.md §9. */

static void say_stopped(const struct telling *t, struct buf *line)
{
	buf_fmt(line, "%s to ", t->what ? t->what : "a push");
	add_name(line, t);
	buf_str(line, " is stopped: push credentials are for CI only");
	add_why(line, t);
	add_see(line, t);
}

static void say_none_outside(const struct telling *t, struct buf *line)
{
	buf_str(line, "no push credential for ");
	add_name(line, t);
	buf_str(line, " outside CI");
	add_why(line, t);
	add_see(line, t);
}

static void say_no_pull(const struct telling *t, struct buf *line)
{
	buf_str(line, "no pull credential for ");
	add_name(line, t);
	buf_str(line, " is stored; docker login ");
	add_name(line, t);
	buf_str(line, " with a pull-only account");
}

static void say_no_push(const struct telling *t, struct buf *line)
{
	buf_str(line, "this is CI, but no push credential for ");
	add_name(line, t);
	buf_str(line, " is there");
	add_see(line, t);
}

static void say_pull_given(const struct telling *t, struct buf *line)
{
	add_name(line, t);
	buf_str(line, " gets a pull credential, since this is not CI");
	add_why(line, t);
	add_see(line, t);
}

static void say_unproven(const struct telling *t, struct buf *line)
{
	buf_str(line, "the credential stored for ");
	add_name(line, t);
	buf_str(line, " may be able to push, and the policy refuses those outside CI; "
		      "docker login ");
	add_name(line, t);
	buf_str(line, " with one of: ");
	add_users(line, t);
}

static void say_broken(const struct telling *t, struct buf *line)
{
	buf_str(line, "no push credential is released: ");
	add_cut(line, policy_error(t), LINE_MAX_BYTES);
}

static void say_stored_unproven(const struct telling *t, struct buf *line)
{
	buf_str(line, "stored for pulling from ");
	add_name(line, t);
	buf_str(line, "; if this account can push, a push with it is stopped by pushgate alone: "
		      "prefer a pull-only account");
}

static void say_stored_push(const struct telling *t, struct buf *line)
{
	char time[TIME_TEXT];

	buf_str(line, "stored for pushing to ");
	add_name(line, t);
	buf_fmt(line, " until %s", time_format_rfc3339(time, t->expires, 0));
}

static void say_refused(const struct telling *t, struct buf *line)
{
	buf_str(line, "not stored: the policy for ");
	add_name(line, t);
	buf_str(line, " takes only pull-only accounts outside CI (");
	add_users(line, t);
	buf_char(line, ')');
}

static void say_no_policy(const struct telling *t, struct buf *line)
{
	buf_str(line, "not stored: what may push to ");
	add_name(line, t);
	buf_str(line, " is not known: ");
	add_cut(line, policy_error(t), LINE_MAX_BYTES);
}

typedef void sentence(const struct telling *t, struct buf *line);

/* One line, cut at a character if names were too long for it. */
static void add_line(const struct telling *t, sentence *say, struct buf *out)
{
	scoped_buf line = { 0 };

	buf_init(&line, SIZE_MAX);
	buf_str(&line, "pushgate: ");
	say(t, &line);
	size_t len = line.len;

	if (len > LINE_MAX_BYTES - 1)
		for (len = LINE_MAX_BYTES - 1; ((unsigned char)line.data[len] & 0xc0) == 0x80;)
			len--;
	buf_add(out, line.data, len);
	buf_char(out, '\n');
}

static sentence *sentence_of(const struct telling *t, const struct get_answer *answer)
{
	switch (answer->reason) {
	case DECIDE_STOPPED:
		return say_stopped;
	case DECIDE_BROKEN:
		return say_broken;
	case DECIDE_UNPROVEN:
		return say_unproven;
	case DECIDE_NO_PUSH:
		return say_no_push;
	case DECIDE_PULL_ONLY:
		return say_pull_given;
	case DECIDE_MISSING:
		return t->what ? say_none_outside : say_no_pull;
	case DECIDE_UNGATED:
	case DECIDE_ATTESTED:
		break;
	}
	return NULL;
}

void tell_get(const struct telling *t, const struct get_answer *answer, struct buf *out)
{
	sentence *say = answer->tell ? sentence_of(t, answer) : NULL;

	if (say)
		add_line(t, say, out);
}

void tell_store(const struct telling *t, enum deposit deposit, struct buf *out)
{
	static sentence *const sentences[] = {
		[DEPOSIT_PULL] = NULL,
		[DEPOSIT_PULL_UNPROVEN] = say_stored_unproven,
		[DEPOSIT_PUSH_FILE] = say_stored_push,
		[DEPOSIT_REFUSE] = say_refused,
		[DEPOSIT_NO_POLICY] = say_no_policy,
	};

	if (sentences[deposit])
		add_line(t, sentences[deposit], out);
}
