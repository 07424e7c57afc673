/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people read of a decision: which rule kept what, and the reasons in words. What goes at all
 * is for the model (test_model.c) to say.
 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "plugins/hygiene/plan.h"

#define NOW       (20000 * NSEC_PER_DAY) /* 2024-10-04 */
#define MIN       NSEC_PER_MIN
#define HOUR      NSEC_PER_HOUR
#define DAY       NSEC_PER_DAY
#define A         "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B         "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define ANONYMOUS "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static struct api_container *container(struct snapshot *snap, const char *name,
				       enum api_container_state state, const char *image_id)
{
	struct api_container *c = array_add(&snap->containers);

	c->id = xasprintf("%064zx", snap->containers.count);
	strings_add(&c->names, name);
	c->state = state;
	c->image_id = xstrdup(image_id);
	c->created = NOW - 9 * DAY;
	c->started = c->finished = TIME_NONE;
	c->size_rw = -1;
	c->inspected = true;
	return c;
}

static struct api_image *image(struct snapshot *snap, const char *id, const char *tag)
{
	struct api_image *i = array_add(&snap->images);

	i->id = xstrdup(id);
	if (tag)
		strings_add(&i->tags, tag);
	i->created = NOW - 14 * DAY;
	i->last_tag_time = TIME_NONE;
	i->inspected = i->has_history = true;
	return i;
}

static struct api_volume *volume(struct snapshot *snap, const char *name)
{
	struct api_volume *v = array_add(&snap->volumes);

	v->name = xstrdup(name);
	v->driver = xstrdup("local");
	v->scope = xstrdup("local");
	v->created = NOW - 14 * DAY;
	v->size = -1;
	return v;
}

static struct api_network *network(struct snapshot *snap, const char *name)
{
	struct api_network *n = array_add(&snap->networks);

	n->id = xasprintf("%064zx", snap->networks.count);
	n->name = xstrdup(name);
	n->driver = xstrdup("bridge");
	n->scope = xstrdup("local");
	n->created = NOW - 14 * DAY;
	return n;
}

static struct api_cache *cache(struct snapshot *snap, const char *id)
{
	struct api_cache *c = array_add(&snap->caches);

	c->id = xstrdup(id);
	c->description = xasprintf("step %s", id);
	c->created = NOW - 14 * DAY;
	c->last_used = TIME_NONE;
	c->size = 5;
	return c;
}

static void exited(struct snapshot *snap)
{
	container(snap, "web", API_CONTAINER_EXITED, "sha256:x")->finished = NOW - 3 * DAY;
}

static void just_exited(struct snapshot *snap)
{
	container(snap, "web", API_CONTAINER_EXITED, "sha256:x")->finished = NOW - 5 * MIN;
}

static void exactly_old_enough(struct snapshot *snap)
{
	container(snap, "web", API_CONTAINER_EXITED, "sha256:x")->finished = NOW - HOUR;
}

static void exits_later(struct snapshot *snap)
{
	container(snap, "web", API_CONTAINER_EXITED, "sha256:x")->finished = NOW + 3 * MIN;
}

static void never_started(struct snapshot *snap)
{
	container(snap, "web", API_CONTAINER_CREATED, "sha256:x")->created = NOW - 2 * HOUR;
}

static void dead(struct snapshot *snap)
{
	container(snap, "web", API_CONTAINER_DEAD, "sha256:x");
}

static void exited_never_started(struct snapshot *snap)
{
	container(snap, "web", API_CONTAINER_EXITED, "sha256:x");
}

static void exited_at_no_time(struct snapshot *snap)
{
	container(snap, "web", API_CONTAINER_EXITED, "sha256:x")->started = NOW - 5 * DAY;
}

static void not_inspected(struct snapshot *snap)
{
	container(snap, "web", API_CONTAINER_EXITED, "sha256:x")->inspected = false;
}

static void removing(struct snapshot *snap)
{
	container(snap, "web", API_CONTAINER_REMOVING, "sha256:x");
}

static void unknown_state(struct snapshot *snap)
{
	container(snap, "web", API_CONTAINER_UNKNOWN, "sha256:x");
}

static void running(struct snapshot *snap)
{
	container(snap, "web", API_CONTAINER_RUNNING, A);
	image(snap, A, NULL);
}

static void kept_by_name(struct snapshot *snap)
{
	container(snap, "db1", API_CONTAINER_EXITED, "sha256:x")->finished = NOW - 3 * DAY;
}

static void label(struct api_labels *labels, const char *key)
{
	*(struct api_label *)array_add(labels) = (struct api_label){ xstrdup(key), xstrdup("") };
}

static void kept_by_label(struct snapshot *snap)
{
	struct api_container *c = container(snap, "web", API_CONTAINER_EXITED, "sha256:x");

	c->finished = NOW - 3 * DAY;
	label(&c->labels, "pinned");
}

static void dangling(struct snapshot *snap)
{
	image(snap, A, NULL);
}

static void tagged_unused(struct snapshot *snap)
{
	image(snap, A, "app:1");
}

static void pulled(struct snapshot *snap)
{
	image(snap, A, NULL)->last_tag_time = NOW - 2 * DAY;
}

static void use(struct snapshot *snap, enum kind kind, const char *key, int64_t when)
{
	*(struct use *)array_add(&snap->uses) = (struct use){
		.key = xstrdup(key),
		.kind = kind,
		.last_used = when,
		.first_seen = TIME_NONE,
		.arrived = TIME_NONE,
	};
}

static void used_before(struct snapshot *snap)
{
	image(snap, A, NULL);
	use(snap, KIND_IMAGE, A, NOW - 12 * DAY);
}

static void used_then_pulled(struct snapshot *snap)
{
	image(snap, A, NULL)->last_tag_time = NOW - 2 * DAY;
	use(snap, KIND_IMAGE, A, NOW - 12 * DAY);
}

static void loaded(struct snapshot *snap)
{
	image(snap, A, NULL);
	use(snap, KIND_IMAGE, A, TIME_NONE);
	snap->uses.items[0].arrived = NOW - 10 * MIN;
}

static void used_by_what_goes(struct snapshot *snap)
{
	container(snap, "web", API_CONTAINER_EXITED, A)->finished = NOW - 3 * DAY;
	image(snap, A, NULL);
}

static void used_by_what_stays(struct snapshot *snap)
{
	container(snap, "db", API_CONTAINER_EXITED, A)->finished = NOW - 3 * DAY;
	image(snap, A, NULL);
}

static void used_in_words(struct snapshot *snap)
{
	container(snap, "db", API_CONTAINER_EXITED, "sha256:gone")->image = xstrdup("aaaa");
	snap->containers.items[0].finished = NOW - 3 * DAY;
	image(snap, A, NULL);
}

/* "app:1" ends in a hex digit after a colon, and still is no ID that begins with 1. */
static void words_are_no_id(struct snapshot *snap)
{
	container(snap, "db", API_CONTAINER_RUNNING, "sha256:gone")->image = xstrdup("app:a");
	image(snap, A, NULL);
}

static void mounted_image(struct snapshot *snap)
{
	struct api_container *c = container(snap, "db", API_CONTAINER_EXITED, "sha256:x");

	c->finished = NOW - 3 * DAY;
	*(struct api_mount *)array_add(&c->mounts) = (struct api_mount){ API_MOUNT_IMAGE,
									 xstrdup(A) };
	image(snap, A, NULL);
}

static void young_image(struct snapshot *snap)
{
	image(snap, A, NULL)->created = NOW - 10 * MIN;
}

static void ageless_image(struct snapshot *snap)
{
	image(snap, A, NULL)->created = TIME_NONE;
}

static void uninspected_image(struct snapshot *snap)
{
	image(snap, A, NULL)->inspected = false;
}

static void future_image(struct snapshot *snap)
{
	image(snap, A, NULL);
	use(snap, KIND_IMAGE, A, NOW + MIN);
}

static void base_image(struct snapshot *snap)
{
	image(snap, A, NULL);
	image(snap, B, "app:1")->parent = xstrdup(A);
}

static void newest_image(struct snapshot *snap)
{
	strings_add(&image(snap, A, NULL)->digests, "app@" B);
}

static void own_parent(struct snapshot *snap)
{
	image(snap, A, NULL)->parent = xstrdup(A);
}

static void anonymous_volume(struct snapshot *snap)
{
	volume(snap, ANONYMOUS);
}

static void named_volume(struct snapshot *snap)
{
	volume(snap, "data");
}

static void named_anonymous_volume(struct snapshot *snap)
{
	label(&volume(snap, "data")->labels, "com.docker.volume.anonymous");
}

static void used_volume(struct snapshot *snap)
{
	struct api_container *c = container(snap, "web", API_CONTAINER_EXITED, "sha256:x");

	c->finished = NOW - 3 * DAY;
	*(struct api_mount *)array_add(&c->mounts) = (struct api_mount){ API_MOUNT_VOLUME,
									 xstrdup(ANONYMOUS) };
	volume(snap, ANONYMOUS);
}

static void nfs_volume(struct snapshot *snap)
{
	label(&volume(snap, ANONYMOUS)->options, "o");
}

static void foreign_volume(struct snapshot *snap)
{
	struct api_volume *v = volume(snap, ANONYMOUS);

	str_replace(&v->driver, xstrdup("ceph"));
}

static void unused_network(struct snapshot *snap)
{
	network(snap, "front");
	network(snap, "bridge");
}

static void swarm_network(struct snapshot *snap)
{
	struct api_network *n = network(snap, "front");

	str_replace(&n->scope, xstrdup("swarm"));
}

static void network_of_stopped(struct snapshot *snap)
{
	struct api_container *c = container(snap, "db", API_CONTAINER_EXITED, "sha256:x");

	c->finished = NOW - 3 * DAY;
	strings_add(&c->networks, "front");
	network(snap, "front");
}

static void network_by_short_id(struct snapshot *snap)
{
	struct api_container *c = container(snap, "db", API_CONTAINER_EXITED, "sha256:x");

	c->finished = NOW - 3 * DAY;
	strings_add(&c->networks, "000000000000");
	network(snap, "front");
}

static void config_network(struct snapshot *snap)
{
	network(snap, "base")->config_only = true;
	network(snap, "db-net")->config_from = xstrdup("base");
}

static void old_cache(struct snapshot *snap)
{
	cache(snap, "k1");
}

static void base_cache(struct snapshot *snap)
{
	struct api_cache *c;

	cache(snap, "k1");
	c = cache(snap, "k2");
	c->in_use = true;
	strings_add(&c->parents, "k1");
}

/* The row that is looked for: of what goes or of what is kept, of which object. */
static const struct {
	void (*fill)(struct snapshot *snap);
	const char *name;    /* NULL: it is in no row */
	enum plan_rule rule; /* UNUSED: it goes */
	const char *reason;
	const char *why;
} rows[] = {
#define GOES       PLAN_RULE_UNUSED
#define KEPT(rule) PLAN_RULE_##rule
	{ exited, "web", GOES, "exited 3 days ago", "an old one" },
	{ just_exited, "web", KEPT(GRACE), "younger than 1h: exited 5 min ago", "a young one" },
	{ exactly_old_enough, "web", GOES, "exited 1 h ago", "just of the age" },
	{ exits_later, "web", KEPT(FUTURE), "its time lies 3 min in the engine's future",
	  "clocks go wrong" },
	{ never_started, "web", GOES, "never started, created 2 h ago",
	  "counts from its creation" },
	{ dead, "web", GOES, "dead, created 9 days ago", "without a finish" },
	{ exited_never_started, "web", GOES, "never started, created 9 days ago",
	  "failed to start" },
	{ exited_at_no_time, "web", KEPT(STATE), "no time is known that its age could count from",
	  "started, ended, but when?" },
	{ not_inspected, "web", KEPT(STATE), "no time is known that its age could count from",
	  "the engine did not tell" },
	{ removing, "web", KEPT(STATE), "its state is 'removing', which is never touched",
	  "somebody is at it" },
	{ unknown_state, "web", KEPT(STATE), "its state is 'unknown', which is never touched",
	  "engines of the future" },
	{ running, NULL, GOES, NULL, "what runs, and its image, surprises nobody" },
	{ kept_by_name, "db1", KEPT(KEEP), "matches keep pattern 'db*' (--keep)", "a pattern" },
	{ kept_by_label, "web", KEPT(LABEL), "protected by filter 'label!=pinned' (--filter)",
	  "a filter" },
	{ dangling, "<none>", GOES, "dangling, no use seen since 2024-09-20", "only built" },
	{ tagged_unused, NULL, GOES, NULL, "not without --all" },
	{ pulled, "<none>", GOES, "dangling, no use seen since 2024-10-02", "only pulled" },
	{ used_before, "<none>", GOES, "dangling, last used 12 days ago", "remembered" },
	{ used_then_pulled, "<none>", GOES, "dangling, tagged or pulled 2 days ago",
	  "pulled since it was used" },
	{ loaded, "<none>", KEPT(GRACE), "younger than 1h: dangling, built or pulled 10 min ago",
	  "loaded, which the engine has no stamp of" },
	{ used_by_what_goes, "<none>", GOES, "dangling, last used 3 days ago by container web",
	  "used by one that goes too" },
	{ used_by_what_stays, "<none>", KEPT(IN_USE), "used by container db (exited), which stays",
	  "a stopped one that is kept holds its image" },
	{ used_in_words, "<none>", KEPT(IN_USE), "used by container db (exited), which stays",
	  "the beginning of an ID" },
	{ words_are_no_id, "<none>", GOES, "dangling, no use seen since 2024-09-20",
	  "a tag is no ID" },
	{ mounted_image, "<none>", KEPT(IN_USE), "used by container db (exited), which stays",
	  "a mounted image" },
	{ young_image, "<none>", KEPT(GRACE),
	  "younger than 1h: dangling, built or pulled 10 min ago", "a build may be using it" },
	{ ageless_image, "<none>", KEPT(STATE), "no time is known that its age could count from",
	  "no date at all" },
	{ uninspected_image, "<none>", KEPT(STATE),
	  "no time is known that its age could count from", "it may have been tagged since" },
	{ future_image, "<none>", KEPT(FUTURE), "its time lies 1 min in the engine's future",
	  "used after all was listed" },
	{ base_image, "<none>", KEPT(CHILDREN), "image app:1, which stays, is built on it",
	  "a base without a tag" },
	{ newest_image, "app@" B, KEPT(KEEP_LAST), "among the newest 1 of app",
	  "by its digest it is of a repository" },
	{ own_parent, "<none>", KEPT(CHILDREN), "the engine says that it is built on itself",
	  "what cannot be is left alone" },
	{ anonymous_volume, ANONYMOUS, GOES, "anonymous, no use seen since 2024-09-20", "unused" },
	{ named_volume, "data", KEPT(SCOPE),
	  "it has a name, and only anonymous volumes were asked for", "named apart" },
	{ named_anonymous_volume, "data", GOES, "anonymous, no use seen since 2024-09-20",
	  "docker labels those that it made" },
	{ used_volume, ANONYMOUS, GOES, "anonymous, last used 3 days ago", "by one that goes" },
	{ nfs_volume, ANONYMOUS, KEPT(SCOPE),
	  "it has driver options (o): what it holds may be elsewhere", "an NFS mount" },
	{ foreign_volume, ANONYMOUS, KEPT(SCOPE),
	  "its driver is ceph, and only local volumes are pruned", "another driver" },
	{ unused_network, "front", GOES, "no container has it, created 14 days ago", "unused" },
	{ swarm_network, "front", KEPT(SCOPE),
	  "its scope is swarm, and only local networks are pruned", "services may need it" },
	{ network_of_stopped, "front", KEPT(IN_USE), "used by container db (exited), which stays",
	  "it could not start again" },
	{ network_by_short_id, "front", KEPT(IN_USE), "used by container db (exited), which stays",
	  "as it was asked for" },
	{ config_network, "base", KEPT(IN_USE),
	  "network db-net, which stays, takes its configuration from it", "a configuration" },
	{ old_cache, "step k1", GOES, "never used again, made 14 days ago", "unused cache" },
	{ base_cache, "step k1", KEPT(CHILDREN),
	  "build cache record k2, which stays, is built on it", "cache in use" },
};

static struct rule_text keep_rule = { (char *)"db*", (char *)"--keep" };
static struct rule_text filter_rule = { (char *)"label!=pinned", (char *)"--filter" };

static void policy_init(struct policy *p)
{
	*p = (struct policy){
		.max_size = UNSET, .free_bytes = UNSET, .free_percent = UNSET, .keep_last = 1
	};
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		p->kinds[kind] = (struct kind_rules){
			.chosen = true,
			.older_than = HOUR,
			.keep = { .items = &keep_rule, .count = 1 },
			.filters = { .items = &filter_rule, .count = 1 },
		};
}

static const struct plan_row *find(const struct plan_rows *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].name, name) == 0)
			return &list->items[i];
	return NULL;
}

START_TEST(reasons)
{
	const struct plan_row *row;
	struct policy policy;
	scoped_snapshot snap;
	scoped_plan plan;

	snapshot_init(&snap);
	snap.now = NOW;
	rows[_i].fill(&snap);
	policy_init(&policy);
	decide(&plan, &snap, &policy);
	if (!rows[_i].name) {
		ck_assert_msg(plan.rows.count == 0 && plan.kept.count == 0, "%s", rows[_i].why);
		return;
	}
	row = find(rows[_i].rule == GOES ? &plan.rows : &plan.kept, rows[_i].name);
	ck_assert_msg(row, "%s: no row", rows[_i].why);
	ck_assert_msg(row->rule == rows[_i].rule, "%s: %s", rows[_i].why,
		      plan_rule_word(row->rule));
	ck_assert_msg(strcmp(row->reason, rows[_i].reason) == 0, "%s: %s", rows[_i].why,
		      row->reason);
	ck_assert_uint_eq(plan.kept_for_grace, rows[_i].rule == PLAN_RULE_GRACE);
	ck_assert(row->action == (rows[_i].rule == GOES ? ACTION_REMOVE : ACTION_KEEP));
}
END_TEST

/* Several references: those that the engine would refuse go first, in the same stage. */
START_TEST(untags)
{
	static const char *const want[] = { "app:1", ("other@" B), "zoo:1" };
	struct policy policy;
	scoped_snapshot snap;
	scoped_plan plan;
	struct api_image *i;

	snapshot_init(&snap);
	snap.now = NOW;
	i = image(&snap, A, "zoo:1");
	strings_add(&i->tags, "app:1");
	strings_add(&i->digests, "app@" B);
	strings_add(&i->digests, "other@" B);
	policy_init(&policy);
	policy.all = true;
	policy.keep_last = 0;
	decide(&plan, &snap, &policy);
	ck_assert_uint_eq(plan.rows.count, array_len(want));
	for (size_t k = 0; k < array_len(want); k++) {
		const struct plan_row *row = &plan.rows.items[k];

		ck_assert_str_eq(row->name, want[k]);
		ck_assert_str_eq(row->id, A);
		ck_assert(row->action == (k < 2 ? ACTION_UNTAG : ACTION_REMOVE));
		ck_assert(row->stage == plan.rows.items[0].stage);
	}
	ck_assert_str_eq(plan.rows.items[0].reason, "a reference of zoo:1, which goes");
}
END_TEST

/* A disk that cannot be measured: nothing that holds disk goes, and it is said. */
START_TEST(unmeasured_disk)
{
	struct policy policy;
	scoped_snapshot snap;
	scoped_plan plan;

	snapshot_init(&snap);
	snap.now = NOW;
	exited(&snap);
	unused_network(&snap);
	policy_init(&policy);
	policy.free_percent = 20000;
	decide(&plan, &snap, &policy);
	ck_assert(!plan.target_reached && plan.free_target == -1);
	ck_assert_uint_eq(plan.rows.count, 1);
	ck_assert_str_eq(plan.rows.items[0].name, "front");
	ck_assert_uint_eq(plan.kept.count, 1);
	ck_assert(plan.kept.items[0].rule == PLAN_RULE_TARGET);
	ck_assert_str_eq(plan.kept.items[0].reason, "the engine's disk could not be measured");
}
END_TEST

static const struct {
	enum api_container_state state;
	const char *name;
	int64_t age;
	bool needed;
	const char *why;
} inspected[] = {
	{ API_CONTAINER_EXITED, "web", 2 * HOUR, true, "when did it stop?" },
	{ API_CONTAINER_DEAD, "web", 2 * HOUR, true, "when did it stop?" },
	{ API_CONTAINER_EXITED, "web", HOUR / 2, false, "too young to have stopped long ago" },
	{ API_CONTAINER_EXITED, "web", -HOUR, false, "made in the future" },
	{ API_CONTAINER_EXITED, "db1", 2 * HOUR, false, "kept by its name" },
	{ API_CONTAINER_CREATED, "web", 2 * HOUR, false, "never started: the list says all" },
	{ API_CONTAINER_RUNNING, "web", 2 * HOUR, false, "runs" },
	{ API_CONTAINER_REMOVING, "web", 2 * HOUR, false, "not ours to touch" },
};

START_TEST(needs_containers)
{
	struct policy policy;
	scoped_snapshot snap;
	struct api_container *c;
	bool needed;

	snapshot_init(&snap);
	snap.now = NOW;
	c = container(&snap, inspected[_i].name, inspected[_i].state, "sha256:x");
	c->created = NOW - inspected[_i].age;
	c->inspected = false;
	policy_init(&policy);
	decide_needs_containers(&needed, &snap, &policy);
	ck_assert_msg(needed == inspected[_i].needed, "%s", inspected[_i].why);
	policy.kinds[KIND_CONTAINER].chosen = false;
	decide_needs_containers(&needed, &snap, &policy);
	ck_assert_msg(!needed, "of no kind that was not chosen");
}
END_TEST

/* Two images of one repository, of which the newest stays. */
START_TEST(needs_images)
{
	bool needed[2] = { true, true };
	struct policy policy;
	scoped_snapshot snap;

	snapshot_init(&snap);
	snap.now = NOW;
	(void)image(&snap, A, "app:1");
	(void)image(&snap, B, "app:2");
	for (size_t i = 0; i < 2; i++)
		snap.images.items[i].inspected = snap.images.items[i].has_history = false;
	policy_init(&policy);
	decide_needs_images(needed, &snap, &policy);
	ck_assert_msg(!needed[0] && !needed[1], "nothing with a tag may go");
	ck_assert(!decide_needs_layers(&snap, &policy));
	policy.all = true;
	decide_needs_images(needed, &snap, &policy);
	ck_assert_msg(needed[0] && needed[1], "made at once: the last tag time decides");
	ck_assert(decide_needs_layers(&snap, &policy));
	snap.images.items[0].created += HOUR;
	decide_needs_images(needed, &snap, &policy);
	ck_assert_msg(!needed[0] && needed[1], "the newer one stays for sure");
	policy.max_size = 5;
	decide_needs_images(needed, &snap, &policy);
	ck_assert_msg(needed[0] && needed[1], "a limit counts what stays too");
	policy.kinds[KIND_IMAGE].chosen = false;
	decide_needs_images(needed, &snap, &policy);
	ck_assert_msg(!needed[0] && !needed[1], "of no kind that was not chosen");
}
END_TEST

START_TEST(huge_target)
{
	struct policy policy;
	scoped_snapshot snap;
	scoped_plan plan;

	snapshot_init(&snap);
	snap.now = NOW;
	snap.disk_total = INT64_MAX;
	snap.disk_free = 0;
	exited(&snap);
	snap.containers.items[0].size_rw = INT64_MAX;
	policy_init(&policy);
	policy.free_percent = 100000;
	decide(&plan, &snap, &policy);
	ck_assert(plan.target_reached && plan.free_target == INT64_MAX);
	ck_assert_uint_eq(plan.rows.count, 1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("decide");
	TCase *tc = tcase_create("rows");

	tcase_add_loop_test(tc, reasons, 0, (int)array_len(rows));
	tcase_add_test(tc, untags);
	tcase_add_test(tc, unmeasured_disk);
	tcase_add_loop_test(tc, needs_containers, 0, (int)array_len(inspected));
	tcase_add_test(tc, needs_images);
	tcase_add_test(tc, huge_target);
	suite_add_tcase(s, tc);
	return s;
}
