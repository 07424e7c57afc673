/* SPDX-License-Identifier: Apache-2.0 */
/* Asking: each thing once, no more than needed, whatever comes back and in which order. */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "plugins/hygiene/base_ask.h"
#include "tests/unit/hygiene/base_world.h"
#include "tests/unit/random.h"

/*
 * A registry that has the tag "t<number>" of each repository: an index whose child for amd64 has
 * the configuration 'c'. Digests are the tag's letter for the index, its capital for the child.
 */
struct asked {
	struct reference ref;
	bool open;
	ops_manifest_done *done;
	void *ctx;
};
struct wire {
	struct random *random;
	struct {
		struct asked *items;
		size_t count, room;
	} asked;
	size_t answered; /* of asked, from the front */
	size_t heads, opens;
	int64_t left;        /* pulls */
	bool broken;         /* "bad:5000" does not answer */
	size_t cancel_after; /* answers; 0: never */
	bool at_once;        /* answers within the request */
};

static char letter_of(const struct reference *ref)
{
	return (char)(ref->digest ? ref->digest[7] : 'a' + ref->path[0] % 3);
}

static struct manifest *manifest_of(char letter)
{
	struct manifest *m = xcalloc(1, sizeof(*m));
	char digest[DIGEST_TEXT];
	struct descriptor *child;

	if (letter < 'a') {
		m->kind = MANIFEST_OCI_IMAGE;
		m->config.digest = xstrdup(digest_of(digest, 'c'));
		return m;
	}
	m->kind = MANIFEST_OCI_INDEX;
	child = array_add(&m->parts);
	child->media_type = xstrdup(manifest_media_type(MANIFEST_OCI_IMAGE));
	child->digest = xstrdup(digest_of(digest, (char)(letter - 'a' + 'A')));
	child->has_platform = true;
	platform_set(&child->platform, "linux", "amd64", NULL);
	return m;
}

static void answer(struct wire *w, const struct asked *asked)
{
	static const struct registry_reply reply = { .retry_at = TIME_NONE };
	struct ops_manifest m = { .reply = &reply, .err = ERROR_INIT };
	char digest[DIGEST_TEXT];

	m.digest = digest_of(digest, letter_of(&asked->ref));
	m.media_type = manifest_media_type(MANIFEST_OCI_INDEX);
	if (w->broken && strcmp(asked->ref.domain, "bad:5000") == 0) {
		m.outcome = REGISTRY_UNREACHABLE;
		m.digest = NULL;
		(void)error_set(&m.err, ERROR_UNREACHABLE, 0, "bad:5000/%s: refused",
				asked->ref.path);
	} else if (asked->open) {
		m.manifest = manifest_of(letter_of(&asked->ref));
	}
	asked->done(asked->ctx, &m);
	if (m.manifest)
		manifest_release(m.manifest);
	free(m.manifest);
}

static void add(struct wire *w, const struct reference *ref, bool open, ops_manifest_done *done,
		void *ctx)
{
	struct asked asked = { *ref, open, done, ctx };

	*(open ? &w->opens : &w->heads) += 1;
	if (w->at_once)
		answer(w, &asked);
	else
		*(struct asked *)array_add(&w->asked) = asked;
}

static void wire_head(void *self, const struct reference *ref, ops_manifest_done *done, void *ctx)
{
	add(self, ref, false, done, ctx);
}

static void wire_get(void *self, const struct reference *ref, ops_manifest_done *done, void *ctx)
{
	ck_assert_ptr_nonnull(ref->digest);
	add(self, ref, true, done, ctx);
}

/* In any order; cancelled: what is left ends so. */
static int wire_run(void *self, struct error *err)
{
	struct wire *w = self;

	while (w->asked.count) {
		size_t i = (size_t)random_below(w->random, w->asked.count);
		struct asked asked = w->asked.items[i];
		struct ops_manifest cancelled = { .outcome = REGISTRY_CANCELLED,
						  .err = ERROR_INIT };

		w->asked.items[i] = w->asked.items[--w->asked.count];
		if (w->cancel_after && w->answered >= w->cancel_after) {
			asked.done(asked.ctx, &cancelled);
			continue;
		}
		w->answered++;
		answer(w, &asked);
	}
	if (w->cancel_after)
		return error_set(err, ERROR_CANCELLED, 0, "interrupted");
	return 0;
}

static int64_t wire_left(void *self, const char *registry)
{
	struct wire *w = self;

	(void)registry;
	return w->left;
}

#define SUBJECTS 60

static void some_subject(struct random *r, struct base_subject *s)
{
	static const char *const hosts[] = { "good:5000", "bad:5000", "docker.io" };
	struct error err = ERROR_INIT;
	char digest[DIGEST_TEXT];
	scoped_str name = xasprintf("%s/%c:t%llu", hosts[random_below(r, 3)],
				    "xyz"[random_below(r, 3)],
				    (unsigned long long)random_below(r, 2));

	ck_assert_int_eq(reference_parse(name, &s->ref, &err), 0);
	strings_add(&s->digests, digest_of(digest, "abcdef"[random_below(r, 6)]));
	s->config = xstrdup(digest_of(digest, "cd"[random_below(r, 2)]));
	platform_set(&s->platform, "linux", "amd64", NULL);
	s->proven = true;
}

struct run {
	struct base_subject subjects[SUBJECTS];
	struct base_verdict verdicts[SUBJECTS];
	struct base_ask *ask;
	size_t progress;
	int rc;
};

static void count_progress(void *ctx, size_t done, size_t total)
{
	struct run *run = ctx;

	ck_assert_uint_eq(done, run->progress + 1);
	ck_assert_uint_eq(total, SUBJECTS);
	run->progress = done;
}

static void begin(struct run *run, struct wire *w, struct random *r)
{
	struct base_ask_options options = { { wire_head, wire_get, wire_run, wire_left, w },
					    count_progress,
					    run };
	struct error err = ERROR_INIT;

	*run = (struct run){ 0 };
	for (size_t i = 0; i < SUBJECTS; i++)
		some_subject(r, &run->subjects[i]);
	run->rc = base_ask(&run->ask, run->subjects, SUBJECTS, run->verdicts, &options, &err);
}

static void end(struct run *run, struct wire *w)
{
	for (size_t i = 0; i < SUBJECTS; i++)
		base_subject_release(&run->subjects[i]);
	base_ask_release(&run->ask);
	free(w->asked.items);
}

static bool is_bad(const struct run *run, size_t i)
{
	return strcmp(run->subjects[i].ref.domain, "bad:5000") == 0;
}

/* At most 18 references: 3 hosts, 3 repositories, 2 tags. */
START_TEST(test_each_thing_once)
{
	struct random r = random_start();

	for (int round = 0; round < 300; round++) {
		struct wire w = { .random = &r, .left = -1, .at_once = round % 2 };
		struct run run;

		begin(&run, &w, &r);
		ck_assert_int_eq(run.rc, 0);
		ck_assert_uint_eq(run.progress, SUBJECTS);
		ck_assert_uint_le(w.heads, 18);
		/* An index and its child for each repository and digest. */
		ck_assert_uint_le(w.opens, 18);
		for (size_t i = 0; i < SUBJECTS; i++) {
			bool same = run.subjects[i].digests.items[0][7] ==
				    letter_of(&run.subjects[i].ref);
			bool ours = run.subjects[i].config[7] == 'c';

			ck_assert_msg(run.verdicts[i].status == (same   ? BASE_FRESH
								 : ours ? BASE_STALE_OTHER_PLATFORM
									: BASE_STALE),
				      RANDOM_SEED, (unsigned long long)r.seed);
		}
		end(&run, &w);
	}
}
END_TEST

START_TEST(test_one_bad_registry_harms_no_other)
{
	struct random r = random_start();
	struct wire w = { .random = &r, .left = -1, .broken = true };
	struct run run;

	begin(&run, &w, &r);
	ck_assert_int_eq(run.rc, 0);
	for (size_t i = 0; i < SUBJECTS; i++) {
		ck_assert_int_eq(run.verdicts[i].status == BASE_UNREACHABLE, is_bad(&run, i));
		if (is_bad(&run, i))
			ck_assert_str_eq(run.verdicts[i].reason, "bad:5000: refused");
	}
	end(&run, &w);
}
END_TEST

/* The last pulls are for pulling: nothing is opened. */
START_TEST(test_reserve)
{
	struct random r = random_start();

	for (int64_t left = BASE_RESERVE - 1; left <= BASE_RESERVE; left++) {
		struct wire w = { .random = &r, .left = left };
		struct run run;
		size_t limited = 0;

		begin(&run, &w, &r);
		for (size_t i = 0; i < SUBJECTS; i++)
			limited += run.verdicts[i].status == BASE_RATE_LIMITED;
		if (left < BASE_RESERVE)
			ck_assert_uint_eq(w.opens, 0);
		ck_assert_int_eq(limited > 0, left < BASE_RESERVE);
		end(&run, &w);
	}
}
END_TEST

START_TEST(test_cancelled)
{
	struct random r = random_start();

	for (size_t after = 1; after < 30; after++) {
		struct wire w = { .random = &r, .left = -1, .cancel_after = after };
		struct run run;
		size_t unknown = 0;

		begin(&run, &w, &r);
		ck_assert_int_eq(run.rc, -1);
		ck_assert_uint_eq(run.progress, SUBJECTS);
		for (size_t i = 0; i < SUBJECTS; i++)
			unknown += run.verdicts[i].status == BASE_UNKNOWN;
		ck_assert_uint_le(w.answered, after);
		ck_assert_msg(unknown > 0 || w.answered < after, "nothing was left to cancel");
		end(&run, &w);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base_ask");
	TCase *tc = tcase_create("base_ask");

	tcase_add_test(tc, test_each_thing_once);
	tcase_add_test(tc, test_one_bad_registry_harms_no_other);
	tcase_add_test(tc, test_reserve);
	tcase_add_test(tc, test_cancelled);
	suite_add_tcase(s, tc);
	return s;
}
