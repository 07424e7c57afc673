/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a registry has moved on: each rule by a row, and all of them on registries made up. */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "plugins/hygiene/base_judge.h"
#include "tests/unit/hygiene/base_world.h"
#include "tests/unit/random.h"

/*
 * A manifest is written as text: "c" is an image's whose configuration has the digest of 'c';
 * "amd64=1 arm64=2 ?=3" an index, whose children have these digests ("?": an attestation;
 * "amd64/v3": a variant).
 */
static struct manifest *manifest_of(const char *text)
{
	struct manifest *m = xcalloc(1, sizeof(*m));
	char digest[DIGEST_TEXT];
	scoped_str copy = xstrdup(text);
	char *rest = copy, *word;

	if (!strchr(text, '=')) {
		m->kind = MANIFEST_OCI_IMAGE;
		m->config.digest = xstrdup(digest_of(digest, *text));
		return m;
	}
	m->kind = MANIFEST_OCI_INDEX;
	while ((word = strsep(&rest, " "))) {
		struct descriptor *child = array_add(&m->parts);

		child->media_type = xstrdup(manifest_media_type(MANIFEST_OCI_IMAGE));
		child->digest = xstrdup(digest_of(digest, strchr(word, '=')[1]));
		child->has_platform = true;
		if (*word == '?')
			platform_set(&child->platform, "unknown", "unknown", NULL);
		else
			platform_set(&child->platform, "linux",
				     strncmp(word, "arm64", 5) == 0 ? "arm64" : "amd64",
				     strncmp(word, "amd64/v3", 8) == 0 ? "v3" : NULL);
	}
	return m;
}

/* "d": heard, with that digest; "d:MANIFEST"; "!" and the letter of what went wrong. */
static void answer_of(struct base_answer *out, const char *text)
{
	static const char letters[] = "_-nxsrckf";
	static const enum base_heard heards[] = { BASE_NOT_ASKED,   BASE_HEARD,  BASE_NOT_FOUND,
						  BASE_NOT_ALLOWED, BASE_SILENT, BASE_TOO_MANY,
						  BASE_CANCELLED,   BASE_SPARED, BASE_FAILED };
	char digest[DIGEST_TEXT];

	out->retry_at = TIME_NONE;
	if (*text == '!') {
		out->heard = heards[strchr(letters, text[1]) - letters];
		out->from_proxy = text[2] == 'p';
		out->text = xstrdup("its words");
		return;
	}
	out->heard = BASE_HEARD;
	out->digest = xstrdup(digest_of(digest, *text));
	out->index = text[1] == 'i';
	if (strchr(text, ':'))
		out->manifest = manifest_of(strchr(text, ':') + 1);
}

struct row {
	const char *ref;
	const char *have;  /* digests; after a blank the configuration */
	const char *flags; /* p: proven, l: local only, m: mirror, t: its variant is told */
	const char *head, *now, *child, *old; /* NULL: not asked */
	enum base_want want;
	char digest; /* to open */
	enum base_status status;
	const char *reason; /* a part of it */
};

#define DONE(status, reason) BASE_DONE, 0, BASE_##status, reason
#define OPEN(want, digest)   BASE_WANT_##want, digest, 0, ""

static const struct row rows[] = {
	{ "app:1", "a", "l", 0, 0, 0, 0, DONE(LOCAL_ONLY, "nothing tells") },
	{ "app:1", "a", "p", 0, 0, 0, 0, OPEN(HEAD, 0) },
	{ "app:1", "a", "p", "a", 0, 0, 0, DONE(FRESH, "the same") },
	{ "app:1", "ab", "p", "b", 0, 0, 0, DONE(FRESH, "the same") },
	{ "app:1", "ab", "", "b", 0, 0, 0, DONE(FRESH, "the same") },
	/* nothing there */
	{ "app:1", "a", "p", "!n", 0, 0, 0, DONE(GONE, "this tag") },
	{ "h:5/app", "a", "p", "!n", 0, 0, 0, DONE(GONE, "this digest") },
	{ "app:1", "a", "pm", "!n", 0, 0, 0, DONE(UNKNOWN, "copy of another") },
	{ "app:1", "a", "p", "!np", 0, 0, 0, DONE(UNKNOWN, "copy of another") },
	{ "app:1", "a", "", "!n", 0, 0, 0, DONE(LOCAL_ONLY, "that it ever did") },
	{ "app:1", "a", "p", "!x", 0, 0, 0, DONE(UNAUTHORIZED, "its words") },
	{ "h:5/app:1", "a", "", "!x", 0, 0, 0, DONE(UNAUTHORIZED, "its words (or it never") },
	{ "me/app:1", "a", "", "!x", 0, 0, 0, DONE(UNAUTHORIZED, "its words") },
	{ "app:1", "a", "", "!x", 0, 0, 0, DONE(LOCAL_ONLY, "no official image") },
	{ "app:1", "a", "p", "!r", 0, 0, 0, DONE(RATE_LIMITED, "no more for now") },
	{ "app:1", "a", "p", "!s", 0, 0, 0, DONE(UNREACHABLE, "its words") },
	{ "app:1", "a", "p", "!c", 0, 0, 0, DONE(UNKNOWN, "interrupted") },
	{ "app:1", "a", "p", "!f", 0, 0, 0, DONE(UNKNOWN, "its words") },
	/* nothing here */
	{ "app:1", "", "p", "b", 0, 0, 0, DONE(UNKNOWN, "none here to compare") },
	{ "app:1", "", "p", "!n", 0, 0, 0, DONE(GONE, "this tag") },
	/* by digest alone */
	{ "h:5/app", "a", "p", "a", 0, 0, 0, DONE(FRESH, "has this digest") },
	/* the engine's ID is the configuration's digest */
	{ "app:1", "a c", "p", "b", 0, 0, 0, OPEN(NOW, 'b') },
	{ "app:1", "a c", "p", "b", "b:c", 0, 0, DONE(FRESH, "packed again") },
	{ "app:1", "a c", "p", "b", "b:d", 0, 0, DONE(STALE, "leads to another") },
	{ "app:1", "a c", "p", "b", "b:amd64=1 arm64=2", 0, 0, OPEN(CHILD, '1') },
	{ "app:1", "a c", "p", "b", "b:arm64=2 ?=3 amd64=1", 0, 0, OPEN(CHILD, '1') },
	{ "app:1", "a c", "p", "b", "b:amd64=1 arm64=2", "1:c", 0,
	  DONE(STALE_OTHER_PLATFORM, "not for our") },
	{ "app:1", "a c", "p", "b", "b:amd64=1 arm64=2", "1:d", 0,
	  DONE(STALE, "for our platform") },
	{ "app:1", "a c", "p", "b", "b:amd64=a arm64=2", 0, 0, DONE(FRESH, "linux/amd64") },
	{ "app:1", "a c", "p", "b", "b:arm64=2 ?=3", 0, 0,
	  DONE(UNKNOWN, "no image for linux/amd64") },
	{ "app:1", "a c", "p", "b", "!s", 0, 0, DONE(UNREACHABLE, "its words") },
	{ "app:1", "a c", "p", "b", "!r", 0, 0, DONE(RATE_LIMITED, "no more") },
	{ "app:1", "a c", "p", "b", "!k", 0, 0, DONE(RATE_LIMITED, "few pulls are left") },
	{ "app:1", "a c", "p", "b", "!n", 0, 0, DONE(UNKNOWN, "could not be read") },
	{ "app:1", "a c", "p", "b", "!x", 0, 0, DONE(UNKNOWN, "its words") },
	{ "app:1", "a c", "p", "b", "!c", 0, 0, DONE(UNKNOWN, "interrupted") },
	{ "app:1", "a c", "p", "b", "b:amd64=1 arm64=2", "!f", 0, DONE(UNKNOWN, "our platform") },
	{ "app:1", "a c", "p", "b", "b:amd64=1", "1:amd64=2", 0, DONE(UNKNOWN, "our platform") },
	{ "app:1", "a c", "", "b", "b:amd64=1 arm64=2", 0, "a:c", DONE(STALE, "for our platform") },
	/* the configuration is not known, but where the digest is from */
	{ "app:1", "a", "p", "b", 0, 0, 0, OPEN(NOW, 'b') },
	{ "app:1", "a", "p", "b", "b:d", 0, 0, OPEN(OLD, 'a') },
	{ "app:1", "a", "p", "b", "b:d", 0, "a:c", DONE(STALE, "leads to another") },
	{ "app:1", "a", "p", "b", "b:d", 0, "a:d", DONE(FRESH, "packed again") },
	{ "app:1", "a", "p", "b", "b:d", 0, "a:amd64=b arm64=3",
	  DONE(STALE_OTHER_PLATFORM, "not for our") },
	{ "app:1", "a", "p", "b", "b:amd64=1 arm64=2", 0, "a:amd64=1 arm64=3",
	  DONE(STALE_OTHER_PLATFORM, "not for our") },
	{ "app:1", "a", "p", "b", "b:amd64=1 arm64=2", 0, "a:amd64=4 arm64=2",
	  DONE(STALE, "for our platform") },
	{ "app:1", "a", "p", "b", "b:amd64=1 arm64=2", 0, "a:arm64=2",
	  DONE(UNKNOWN, "no image for our platform") },
	{ "app:1", "a", "p", "b", "b:d", 0, "!n", DONE(UNKNOWN, "no longer keeps") },
	{ "app:1", "a", "p", "b", "b:d", 0, "!k", DONE(RATE_LIMITED, "few pulls") },
	/* where the digest is from is not known: first whether the registry knows it */
	{ "app:1", "a", "", "b", 0, 0, 0, OPEN(OLD, 'a') },
	{ "app:1", "a c", "", "b", 0, 0, 0, OPEN(OLD, 'a') },
	{ "app:1", "a c", "", "b", 0, 0, "!n", DONE(UNKNOWN, "built here, or removed there") },
	{ "app:1", "a c", "", "b", 0, 0, "!x", DONE(UNKNOWN, "its words") },
	{ "app:1", "a c", "", "b", 0, 0, "a:c", OPEN(NOW, 'b') },
	{ "app:1", "a c", "", "b", "b:d", 0, "a:c", DONE(STALE, "leads to another") },
	{ "app:1", "a", "", "b", "b:d", 0, "a:c", DONE(STALE, "leads to another") },
	{ "app:1", "a", "", "b", "b:amd64=1", 0, "a:amd64=1 arm64=2",
	  DONE(STALE_OTHER_PLATFORM, "not for our") },
	/* several that may be ours: a variant that the image does not name, one platform twice */
	{ "app:1", "a c", "p", "b", "b:amd64=1 amd64/v3=2", 0, 0, OPEN(CHILD, '1') },
	{ "app:1", "a c", "p", "b", "b:amd64=1 amd64/v3=2", "1:c", 0,
	  DONE(STALE_OTHER_PLATFORM, "not for our") },
	{ "app:1", "a c", "p", "b", "b:amd64=1 amd64/v3=2", "1:d", 0, OPEN(OLD, 'a') },
	{ "app:1", "a c", "p", "b", "b:amd64=1 amd64/v3=2", 0, "a:amd64=1 amd64/v3=2 arm64=3",
	  DONE(STALE_OTHER_PLATFORM, "not for our") },
	{ "app:1", "a c", "p", "b", "b:amd64=1 amd64/v3=2", 0, "a:amd64=1 amd64/v3=4",
	  DONE(UNKNOWN, "which of them is here") },
	{ "app:1", "a c", "p", "b", "b:amd64=1 amd64/v3=2", 0, "a:amd64=3 amd64/v3=4",
	  DONE(STALE, "for our platform") },
	{ "app:1", "a c", "p", "b", "b:amd64=1 amd64/v3=2", 0, "!n",
	  DONE(UNKNOWN, "no longer keeps") },
	{ "app:1", "a c", "pt", "b", "b:amd64=1 amd64/v3=2", "1:d", 0,
	  DONE(STALE, "for our platform") },
	{ "app:1", "a c", "pt", "b", "b:amd64=1 amd64=2", "1:d", 0, OPEN(OLD, 'a') },
	{ "app:1", "ae", "p", "b", "b:amd64=1 amd64/v3=e", 0, 0, DONE(FRESH, "same image") },
	{ "app:1", "a", "p", "b", "b:amd64=1 amd64/v3=2", 0, "a:amd64=3 amd64/v3=2",
	  DONE(UNKNOWN, "which of them is here") },
	/* pinned */
	{ "app:1@a", "", "p", "a", 0, 0, 0, DONE(FRESH, "pinned digest") },
	{ "app:1@a", "", "p", "b", 0, 0, 0, DONE(PINNED_MOVED, "another digest") },
	{ "app:1@a", "", "p", "bi", 0, 0, 0, OPEN(NOW, 'b') },
	{ "app:1@a", "", "p", "bi", "b:arm64=2 amd64=a", 0, 0,
	  DONE(FRESH, "index has the pinned") },
	{ "app:1@a", "", "p", "bi", "b:arm64=2 amd64=3", 0, 0,
	  DONE(PINNED_MOVED, "another digest") },
	{ "app:1@a", "", "p", "bi", "!s", 0, 0, DONE(UNREACHABLE, "its words") },
	{ "app:1@a", "b", "p", "b", 0, 0, 0, DONE(PINNED_MOVED, "another digest") },
	{ "app:1@a", "", "p", "!n", 0, 0, 0, DONE(GONE, "this tag") },
};

static void subject_of(struct base_subject *s, const struct row *row)
{
	char digest[DIGEST_TEXT];
	struct error err = ERROR_INIT;
	const char *at = strchr(row->ref, '@'), *c;
	scoped_str name = xstrndup(row->ref, at ? (size_t)(at - row->ref) : strlen(row->ref));

	ck_assert_int_eq(reference_parse(name, &s->ref, &err), 0);
	if (at)
		s->ref.digest = xstrdup(digest_of(digest, at[1]));
	for (c = row->have; *c && *c != ' '; c++)
		strings_add(&s->digests, digest_of(digest, *c));
	if (*c)
		s->config = xstrdup(digest_of(digest, c[1]));
	s->proven = strchr(row->flags, 'p');
	s->local_only = strchr(row->flags, 'l');
	s->mirror = strchr(row->flags, 'm');
	s->variant_told = strchr(row->flags, 't');
	platform_set(&s->platform, "linux", "amd64", NULL);
}

START_TEST(test_row)
{
	const struct row *row = &rows[_i];
	const char *texts[4] = { row->head, row->now, row->child, row->old };
	struct base_answer answers[4] = { { 0 } };
	const struct base_answer *given[4];
	scoped(base_subject_release) struct base_subject subject = { 0 };
	struct base_verdict verdict;
	const char *digest = NULL;
	char wanted[DIGEST_TEXT];

	subject_of(&subject, row);
	for (size_t i = 0; i < 4; i++) {
		given[i] = texts[i] ? &answers[i] : NULL;
		if (texts[i])
			answer_of(&answers[i], texts[i]);
	}
	const struct base_evidence evidence = { given[0], given[1], given[2], given[3] };

	ck_assert_int_eq(base_judge(&subject, &evidence, &verdict, &digest), row->want);
	if (row->digest)
		ck_assert_str_eq(digest, digest_of(wanted, row->digest));
	if (row->want == BASE_DONE) {
		ck_assert_str_eq(base_status_word(verdict.status), base_status_word(row->status));
		ck_assert_ptr_nonnull(strstr(verdict.reason, row->reason));
	}
	for (size_t i = 0; i < 4; i++)
		base_answer_release(&answers[i]);
}
END_TEST

/* --- registries made up */

/*
 * One tag over its versions. Version v has per platform p the image content[v][p]; it is an index,
 * or the image of platform 0 alone. The manifest of content c has digest 'c', that of an index is
 * of its version. What each digest is, is written as a manifest's text.
 */
#define VERSIONS 5
struct world {
	bool index[VERSIONS];
	int content[VERSIONS][2];
	bool kept[VERSIONS]; /* the registry still has its manifests */
	int pulled;          /* version that is here; -1: built here */
	bool removed;        /* the tag, from the registry */
	bool failing;        /* requests fail now and then */
	struct random *random;
};

/* Digests: children and images are 'g' + content, indexes 'G' + version; configurations 'a' +. */
static char top_digest(const struct world *w, int v)
{
	return (char)(w->index[v] ? 'G' + v : 'g' + w->content[v][0]);
}

static bool has_content(const struct world *w, int content)
{
	for (int v = 0; v < VERSIONS; v++)
		if (w->kept[v] &&
		    (w->content[v][0] == content || (w->index[v] && w->content[v][1] == content)))
			return true;
	return false;
}

static void serve(const struct world *w, char digest, struct base_answer *out)
{
	char text[64];

	if (w->failing && random_below(w->random, 5) == 0) {
		snprintf(text, sizeof(text), "!%c", "nxsrckf"[random_below(w->random, 7)]);
	} else if (digest >= 'G' && digest < 'G' + VERSIONS) {
		int v = digest - 'G';

		snprintf(text, sizeof(text), w->kept[v] ? "%ci:amd64=%c arm64=%c ?=z" : "!n",
			 digest, 'g' + w->content[v][0], 'g' + w->content[v][1]);
	} else {
		snprintf(text, sizeof(text), has_content(w, digest - 'g') ? "%c:%c" : "!n", digest,
			 'a' + digest - 'g');
	}
	answer_of(out, text);
}

static void make_world(struct random *r, struct world *w)
{
	*w = (struct world){ .random = r, .failing = random_below(r, 3) == 0 };
	for (int v = 0; v < VERSIONS; v++) {
		w->index[v] = random_below(r, 3) > 0;
		w->content[v][0] = (int)random_below(r, 3);
		w->content[v][1] = 3 + (int)random_below(r, 2);
		w->kept[v] = v == VERSIONS - 1 || random_below(r, 3) > 0;
	}
	w->pulled = (int)random_below(r, VERSIONS + 1) - 1;
	w->removed = random_below(r, 10) == 0;
}

enum store { STORE_CLASSIC, STORE_CONTAINERD, STORE_PODMAN, STORES };

/* What that engine tells of the image; content 5 is what was built here. */
static void have(const struct world *w, enum store store, struct base_subject *s)
{
	int content = w->pulled < 0 ? 5 : w->content[w->pulled][0];
	char digest[DIGEST_TEXT];
	struct error err = ERROR_INIT;

	ck_assert_int_eq(reference_parse("h:5/app:1", &s->ref, &err), 0);
	platform_set(&s->platform, "linux", "amd64", NULL);
	if (w->pulled >= 0)
		strings_add(&s->digests, digest_of(digest, top_digest(w, w->pulled)));
	else if (store != STORE_CLASSIC)
		strings_add(&s->digests, digest_of(digest, 'g' + 5));
	if (store == STORE_PODMAN && w->pulled >= 0)
		strings_add(&s->digests, digest_of(digest, (char)('g' + content)));
	if (store != STORE_CONTAINERD)
		s->config = xstrdup(digest_of(digest, (char)('a' + content)));
	s->proven = store == STORE_CLASSIC;
	s->local_only = !s->digests.count;
}

/* Asks as base_ask() does; returns how many requests that took. */
static int ask(const struct world *w, const struct base_subject *s, struct base_answer answers[4],
	       struct base_verdict *out)
{
	struct base_evidence e = { 0 };
	int requests = 0;

	for (;; requests++) {
		const char *digest = NULL;
		enum base_want want = base_judge(s, &e, out, &digest);

		switch (want) {
		case BASE_DONE:
			return requests;
		case BASE_WANT_HEAD:
			if (w->removed)
				answer_of(&answers[0], "!n");
			else
				serve(w, top_digest(w, VERSIONS - 1), &answers[0]);
			e.head = &answers[0];
			break;
		case BASE_WANT_NOW:
			serve(w, digest[7], &answers[1]);
			e.now = &answers[1];
			break;
		case BASE_WANT_CHILD:
			serve(w, digest[7], &answers[2]);
			e.child = &answers[2];
			break;
		case BASE_WANT_OLD:
			serve(w, digest[7], &answers[3]);
			e.old = &answers[3];
			break;
		}
		ck_assert_int_lt(requests, 4);
	}
}

static void check_truth(const struct world *w, enum store store, const struct base_verdict *verdict,
			int requests, uint64_t seed)
{
	int last = VERSIONS - 1;
	bool local = w->pulled < 0;
	bool same = !local && w->content[w->pulled][0] == w->content[last][0];
	bool same_top = !local && top_digest(w, w->pulled) == top_digest(w, last);

#define TRUE(holds, what)                                                                      \
	ck_assert_msg(holds, what " (%s, %s) " RANDOM_SEED, base_status_word(verdict->status), \
		      verdict->reason, (unsigned long long)seed)
	switch (verdict->status) {
	case BASE_STALE:
		TRUE(!local && !same, "stale is another image for our platform");
		break;
	case BASE_STALE_OTHER_PLATFORM:
		TRUE(same && !same_top, "only the index changed");
		break;
	case BASE_FRESH:
		TRUE(same, "fresh is the same image");
		break;
	case BASE_LOCAL_ONLY:
		TRUE(local || w->failing || (w->removed && store != STORE_CLASSIC),
		     "what was pulled is not local only");
		break;
	case BASE_GONE:
		TRUE(!local && (w->removed || w->failing), "the tag is there");
		break;
	default:
		TRUE(w->failing || !w->kept[local ? 0 : w->pulled] || local,
		     "doubt has its reason");
		break;
	}
	TRUE(requests <= 3, "at most two manifests are opened");
	TRUE(!same_top || requests <= 1, "nothing is opened without need");
	TRUE(store != STORE_CLASSIC || !local || !requests, "what is local is not asked for");
	if (!w->failing && store == STORE_CLASSIC && !local)
		TRUE(w->removed ? verdict->status == BASE_GONE
				: verdict->status <= BASE_STALE_OTHER_PLATFORM,
		     "the classic store knows");
#undef TRUE
}

START_TEST(test_worlds)
{
	struct random r = random_start();
	size_t seen[BASE_STATUS_COUNT] = { 0 };

	for (int round = 0; round < 20000; round++) {
		enum store store = (enum store)(round % STORES);
		struct base_answer answers[4] = { { 0 } };
		scoped(base_subject_release) struct base_subject subject = { 0 };
		struct base_verdict verdict;
		struct world w;
		int requests;

		make_world(&r, &w);
		have(&w, store, &subject);
		requests = ask(&w, &subject, answers, &verdict);
		check_truth(&w, store, &verdict, requests, r.seed);
		seen[verdict.status]++;
		for (size_t i = 0; i < 4; i++)
			base_answer_release(&answers[i]);
	}
	for (size_t i = 0; i < BASE_STATUS_COUNT; i++)
		ck_assert_msg(seen[i] > 0 || i == BASE_PINNED_MOVED, "never %s",
			      base_status_word((enum base_status)i));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base_judge");
	TCase *tc = tcase_create("base_judge");

	tcase_add_loop_test(tc, test_row, 0, array_len(rows));
	tcase_add_test(tc, test_worlds);
	suite_add_tcase(s, tc);
	return s;
}
