/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decide() against the model, on thousands of engines made up from seeds. A failing check prints
 * the seed; TEST_SEED repeats it as the first.
 */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/hygiene/model.h"
#include "tests/unit/random.h"

#define ENGINES 600

#define check_seed(condition, seed, what)                                                       \
	ck_assert_msg(condition, RANDOM_SEED " targets %d: %s", (unsigned long long)(seed), _i, \
		      what)

/* What the rows say goes. */
static void goes_of(struct model *m, const struct plan *plan, const struct random_engine *e)
{
	memset(m, 0, sizeof(*m));
	m->e = e;
	for (size_t i = 0; i < plan->rows.count; i++)
		if (plan->rows.items[i].action == ACTION_REMOVE)
			m->goes[plan->rows.items[i].kind][plan->rows.items[i].index] = true;
}

static void check_goes(const struct model *got, const struct model *want, uint64_t seed, int _i)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		for (size_t i = 0; i < MODEL_MAX; i++)
			ck_assert_msg(got->goes[kind][i] == want->goes[kind][i],
				      RANDOM_SEED " targets %d: %s %zu %s",
				      (unsigned long long)seed, _i, kind_word(kind), i,
				      want->goes[kind][i] ? "must go" : "must stay");
}

static bool layers_are_certain(const struct random_engine *e)
{
	for (size_t i = 0; i < e->snap.containers.count; i++) {
		bool listed = false;

		for (size_t j = 0; j < e->snap.images.count; j++)
			listed |= strcmp(e->snap.images.items[j].id,
					 e->snap.containers.items[i].image_id) == 0;
		if (!listed)
			return false;
	}
	return true;
}

static int64_t counted(int64_t bytes)
{
	return bytes > 0 ? bytes : 0;
}

/* Rows in order: what images before and with each row free, by trying, is what rows add up to. */
static void check_bytes(const struct plan *plan, const struct random_engine *e, uint64_t seed,
			int _i)
{
	bool certain = e->exact && layers_are_certain(e);
	bool gone[MODEL_MAX] = { false };
	int64_t max = 0, min = 0, all = 0, all_min = 0;

	for (size_t i = 0; i < plan->rows.count; i++) {
		const struct plan_row *row = &plan->rows.items[i];

		all += counted(row->bytes);
		all_min += counted(row->bytes_min);
		if (row->kind != KIND_IMAGE)
			continue;
		if (row->action == ACTION_UNTAG) {
			check_seed(row->bytes == 0 && row->bytes_min == 0, seed, "untag is free");
			continue;
		}
		gone[row->index] = true;
		max += row->bytes;
		min += row->bytes_min;
		int64_t truth = model_layers_freed(e, gone);

		check_seed(min <= truth && truth <= max, seed, "the truth is in the interval");
		check_seed(!e->exact || max == truth, seed, "the upper end is the truth");
		check_seed(!certain || min == truth, seed, "exact where it can be");
	}
	check_seed(plan->bytes == all && plan->bytes_min == all_min, seed, "rows add up");
}

static void check_order(const struct plan *plan, const struct random_engine *e, uint64_t seed,
			int _i)
{
	struct model gone = { .e = e };
	const struct plan_row *before = NULL;

	for (size_t i = 0; i < plan->rows.count; i++) {
		const struct plan_row *row = &plan->rows.items[i];

		check_seed(!before || before->stage <= row->stage, seed, "stages ascend");
		if (before && before->action == ACTION_UNTAG)
			check_seed(before->index == row->index && before->kind == row->kind, seed,
				   "an untag stands before its removal");
		/* Rows of the same stage may be done at once: none may need the other. */
		if (row->action == ACTION_REMOVE) {
			for (size_t j = i + 1; j < plan->rows.count; j++)
				if (plan->rows.items[j].stage == row->stage)
					check_seed(plan->rows.items[j].kind == row->kind, seed,
						   "a stage is of one kind");
		}
		before = row;
	}
	for (size_t i = 0; i < plan->rows.count;) {
		unsigned stage = plan->rows.items[i].stage;

		for (size_t j = i; j < plan->rows.count && plan->rows.items[j].stage == stage; j++)
			if (plan->rows.items[j].action == ACTION_REMOVE)
				check_seed(!model_has_children(&gone, plan->rows.items[j].kind,
							       plan->rows.items[j].index),
					   seed, "children went in earlier stages");
		for (; i < plan->rows.count && plan->rows.items[i].stage == stage; i++)
			if (plan->rows.items[i].action == ACTION_REMOVE)
				gone.goes[plan->rows.items[i].kind][plan->rows.items[i].index] =
					true;
	}
}

/* Said without the model's own decision: nothing goes that something which stays needs. */
static void check_safe(const struct plan *plan, const struct random_engine *e, uint64_t seed,
		       int _i)
{
	struct model goes;

	goes_of(&goes, plan, e);
	for (size_t i = 0; i < plan->rows.count; i++) {
		const struct plan_row *row = &plan->rows.items[i];
		enum api_container_state state;

		switch (row->kind) {
		case KIND_CONTAINER:
			state = e->snap.containers.items[row->index].state;
			check_seed(state == API_CONTAINER_EXITED || state == API_CONTAINER_DEAD ||
					   state == API_CONTAINER_CREATED,
				   seed, "only stopped containers go");
			break;
		case KIND_NETWORK:
			check_seed(!model_network_used(&goes, row->index), seed, "network in use");
			break;
		case KIND_VOLUME:
			check_seed(!model_volume_used(&goes, row->index), seed, "volume in use");
			break;
		case KIND_IMAGE:
			check_seed(!model_image_used(&goes, row->index), seed, "image in use");
			break;
		default:
			check_seed(!e->snap.caches.items[row->index].in_use, seed, "cache in use");
		}
		check_seed(!model_has_children(&goes, row->kind, row->index), seed,
			   "what stays is built on it");
		check_seed(row->last_used != TIME_NONE && row->last_used <= e->snap.now, seed,
			   "its age is known");
	}
}

static const char *repository(char out[256], const char *reference)
{
	const char *at = strchr(reference, '@');
	size_t len = at ? (size_t)(at - reference) : (size_t)(strrchr(reference, ':') - reference);

	snprintf(out, 256, "%.*s", (int)len, reference);
	return out;
}

/* What the engine demands to remove by ID: one tag and its own digests, or one repository's. */
static void check_untags(const struct plan *plan, const struct random_engine *e, uint64_t seed,
			 int _i)
{
	for (size_t i = 0; i < plan->rows.count; i++) {
		const struct plan_row *row = &plan->rows.items[i];
		const struct api_image *image = &e->snap.images.items[row->index];
		size_t tags_off = 0;
		char left[256] = "";
		char a[256];

		if (row->kind != KIND_IMAGE || row->action != ACTION_REMOVE)
			continue;
		for (size_t j = i; j-- > 0 && plan->rows.items[j].action == ACTION_UNTAG;)
			tags_off += strchr(plan->rows.items[j].name, '@') == NULL;
		check_seed(image->tags.count == 0 || tags_off == image->tags.count - 1, seed,
			   "one tag is left");
		if (image->tags.count + image->digests.count)
			repository(left, row->name);
		for (size_t k = 0; k < image->digests.count; k++) {
			bool off = strcmp(repository(a, image->digests.items[k]), left) == 0;

			for (size_t t = 0; t < image->tags.count; t++) {
				char b[256];

				off |= strcmp(a, repository(b, image->tags.items[t])) == 0;
			}
			for (size_t j = i; j-- > 0 && plan->rows.items[j].action == ACTION_UNTAG;)
				off |= strcmp(plan->rows.items[j].name, image->digests.items[k]) ==
				       0;
			check_seed(off, seed, "no digest of another repository is left");
		}
	}
}

static void check_same(const struct plan_rows *a, const struct plan_rows *b, bool bytes,
		       uint64_t seed, int _i)
{
	check_seed(a->count == b->count, seed, "as many rows");
	for (size_t i = 0; i < a->count; i++) {
		const struct plan_row *l = &a->items[i];
		const struct plan_row *r = &b->items[i];

		check_seed(l->kind == r->kind && l->action == r->action && l->rule == r->rule &&
				   l->stage == r->stage && l->last_used == r->last_used &&
				   l->use_seen == r->use_seen,
			   seed, "the same row");
		check_seed(strcmp(l->id, r->id) == 0 && strcmp(l->name, r->name) == 0 &&
				   strcmp(l->fingerprint, r->fingerprint) == 0,
			   seed, "the same object");
		check_seed(strcmp(l->reason, r->reason) == 0, seed, "the same reason");
		check_seed(!bytes || (l->bytes == r->bytes && l->bytes_min == r->bytes_min), seed,
			   "the same bytes");
	}
}

START_TEST(agrees)
{
	uint64_t start = random_start().seed;

	for (uint64_t seed = start; seed < start + ENGINES; seed++) {
		struct random_engine e;
		struct model m, goes;
		scoped_plan plan;
		bool reached;

		random_engine_init(&e, seed, (enum random_targets)_i);
		decide(&plan, &e.snap, &e.policy);
		goes_of(&goes, &plan, &e);
		model_eligible(&m, &e);
		reached = model_choose(&m);
		check_goes(&goes, &m, seed, _i);
		check_seed(plan.target_reached == reached, seed, "knows if the target is reached");
		check_bytes(&plan, &e, seed, _i);
		check_order(&plan, &e, seed, _i);
		check_safe(&plan, &e, seed, _i);
		check_untags(&plan, &e, seed, _i);
		random_engine_release(&e);
	}
}
END_TEST

START_TEST(is_deterministic)
{
	uint64_t start = random_start().seed;

	for (uint64_t seed = start; seed < start + ENGINES; seed++) {
		struct random_engine e, shuffled;
		scoped_plan plan, other;

		random_engine_init(&e, seed, (enum random_targets)_i);
		random_engine_init(&shuffled, seed, (enum random_targets)_i);
		random_engine_shuffle(&shuffled, seed);
		decide(&plan, &e.snap, &e.policy);
		decide(&other, &shuffled.snap, &shuffled.policy);
		check_same(&plan.rows, &other.rows, true, seed, _i);
		check_same(&plan.kept, &other.kept, true, seed, _i);
		check_seed(plan.target_reached == other.target_reached, seed, "the same end");
		random_engine_release(&e);
		random_engine_release(&shuffled);
	}
}
END_TEST

/* Forgets what only an inspect tells, but for what is asked for. */
static void forget(struct random_engine *e)
{
	for (size_t i = 0; i < e->snap.containers.count; i++) {
		struct api_container *c = &e->snap.containers.items[i];

		c->inspected = false;
		c->started = c->finished = TIME_NONE;
	}
	for (size_t i = 0; i < e->snap.images.count; i++) {
		struct api_image *image = &e->snap.images.items[i];

		image->inspected = image->has_history = false;
		image->last_tag_time = TIME_NONE;
		image->history.count = image->diff_ids.count = 0;
	}
}

static void inspect(struct random_engine *e, const struct random_engine *full)
{
	bool containers[MODEL_MAX], images[MODEL_MAX];
	bool layers;

	decide_needs_containers(containers, &e->snap, &e->policy);
	for (size_t i = 0; i < e->snap.containers.count; i++) {
		struct api_container *c = &e->snap.containers.items[i];

		if (!containers[i])
			continue;
		c->inspected = true;
		c->started = full->snap.containers.items[i].started;
		c->finished = full->snap.containers.items[i].finished;
	}
	layers = decide_needs_layers(&e->snap, &e->policy);
	decide_needs_images(images, &e->snap, &e->policy);
	for (size_t i = 0; i < e->snap.images.count; i++) {
		struct api_image *image = &e->snap.images.items[i];

		if (!images[i] && !layers)
			continue;
		image->inspected = true;
		image->last_tag_time = full->snap.images.items[i].last_tag_time;
		image->diff_ids.count = full->snap.images.items[i].diff_ids.count;
		if (!images[i])
			continue;
		image->has_history = true;
		image->history.count = full->snap.images.items[i].history.count;
	}
}

START_TEST(inspects_enough)
{
	uint64_t start = random_start().seed;

	for (uint64_t seed = start; seed < start + ENGINES; seed++) {
		struct random_engine e, full;
		struct model all, few;
		scoped_plan plan, other;

		random_engine_init(&e, seed, (enum random_targets)_i);
		random_engine_init(&full, seed, (enum random_targets)_i);
		forget(&e);
		inspect(&e, &full);
		decide(&plan, &e.snap, &e.policy);
		decide(&other, &full.snap, &full.policy);
		goes_of(&few, &plan, &full);
		goes_of(&all, &other, &full);
		check_goes(&few, &all, seed, _i);
		if (full.exact)
			check_seed(plan.bytes == other.bytes, seed, "nor the bytes");
		/* For the release: strings beyond the counts are owned too. */
		for (size_t i = 0; i < full.snap.images.count; i++)
			e.snap.images.items[i].diff_ids.count =
				full.snap.images.items[i].diff_ids.count;
		random_engine_release(&e);
		random_engine_release(&full);
	}
}
END_TEST

static bool has_row(const struct plan_rows *rows, const struct plan_row *row)
{
	for (size_t i = 0; i < rows->count; i++)
		if (rows->items[i].kind == row->kind && rows->items[i].action == row->action &&
		    strcmp(rows->items[i].id, row->id) == 0 &&
		    strcmp(rows->items[i].name, row->name) == 0)
			return true;
	return false;
}

static void check_intersection(const struct plan *plan, const struct plan *reviewed,
			       const struct plan *alone, const struct plan_rows *changed,
			       const struct random_engine *later, uint64_t seed, int _i)
{
	for (size_t i = 0; i < plan->rows.count; i++) {
		check_seed(has_row(&reviewed->rows, &plan->rows.items[i]), seed, "was reviewed");
		check_seed(has_row(&alone->rows, &plan->rows.items[i]), seed, "was decided");
	}
	for (size_t i = 0; i < reviewed->rows.count; i++)
		check_seed(has_row(&plan->rows, &reviewed->rows.items[i]) !=
				   has_row(changed, &reviewed->rows.items[i]),
			   seed, "what was reviewed goes or is told");
	for (size_t i = 0; i < alone->rows.count; i++) {
		const struct plan_row *row = &alone->rows.items[i];

		if (row->action == ACTION_REMOVE && !has_row(&reviewed->rows, row) &&
		    !has_row(&plan->rows, row)) {
			bool told = false;

			/* A reference less or more changes the name of the row. */
			for (size_t j = 0; j < changed->count; j++)
				told |= strcmp(changed->items[j].id, row->id) == 0;
			for (size_t j = 0; j < plan->kept.count; j++)
				told |= plan->kept.items[j].rule == PLAN_RULE_NOT_PLANNED &&
					strcmp(plan->kept.items[j].id, row->id) == 0;
			check_seed(told, seed, "what was not reviewed is told");
		}
	}
	check_bytes(plan, later, seed, _i);
	check_order(plan, later, seed, _i);
	check_safe(plan, later, seed, _i);
	check_untags(plan, later, seed, _i);
}

START_TEST(intersects)
{
	uint64_t start = random_start().seed;

	for (uint64_t seed = start; seed < start + ENGINES; seed++) {
		struct random_engine e, later;
		scoped_plan reviewed, plan, alone, again;
		struct plan_rows changed = { 0 };

		random_engine_init(&e, seed, (enum random_targets)_i);
		random_engine_init(&later, seed, (enum random_targets)_i);
		random_engine_change(&later, seed);
		decide(&reviewed, &e.snap, &e.policy);
		decide(&plan, &later.snap, &later.policy);
		decide(&alone, &later.snap, &later.policy);
		plan_intersect(&plan, &reviewed, &later.snap, &changed);
		check_intersection(&plan, &reviewed, &alone, &changed, &later, seed, _i);
		plan_rows_release(&changed);

		/* The same plan again: nothing is lost. */
		decide(&again, &later.snap, &later.policy);
		plan_intersect(&again, &alone, &later.snap, &changed);
		check_seed(changed.count == 0, seed, "a plan agrees with itself");
		check_same(&again.rows, &alone.rows, true, seed, _i);
		random_engine_release(&e);
		random_engine_release(&later);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("model");
	TCase *tc = tcase_create("decide");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, agrees, TARGETS_NONE, TARGETS_BOTH + 1);
	tcase_add_loop_test(tc, is_deterministic, TARGETS_NONE, TARGETS_BOTH + 1);
	tcase_add_loop_test(tc, inspects_enough, TARGETS_NONE, TARGETS_BOTH + 1);
	tcase_add_loop_test(tc, intersects, TARGETS_NONE, TARGETS_BOTH + 1);
	suite_add_tcase(s, tc);
	return s;
}
