/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One object from look to deed, against scripted answers: which requests go out in which order, and
 * what becomes of the object. No engine and no network.
 */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/timefmt.h"
#include "plugins/hygiene/apply_parts.h"
#include "plugins/hygiene/fingerprint.h"
#include "tests/unit/hygiene/rows.h"

#define C     HEX64("c")
#define N     HEX64("d")
#define HEX_I HEX64("a")
#define I     "sha256:" HEX_I
#define OTHER "sha256:" HEX64("b")

#define FINISHED "2026-11-24T01:00:00.5Z"
#define CONTAINER(state, finished)                                             \
	"{\"Id\":\"" C "\",\"Image\":\"" I "\",\"State\":{\"Status\":\"" state \
	"\",\"StartedAt\":\"2026-11-24T00:59:00Z\",\"FinishedAt\":\"" finished "\"}}"
#define IMAGE(id, tags)                                                                       \
	"{\"Id\":\"" id "\",\"RepoTags\":[" tags "],\"RepoDigests\":[],\"RootFS\":{\"Type\":" \
	"\"layers\",\"Layers\":[]},\"Size\":1,\"Created\":\"2026-11-20T00:00:00Z\"}"
#define VOLUME(created)                                                                           \
	"{\"Name\":\"data\",\"Driver\":\"local\",\"Mountpoint\":\"/m/data\",\"Scope\":\"local\"," \
	"\"CreatedAt\":\"" created "\",\"Labels\":null,\"Options\":null}"
#define NETWORK                                                                      \
	"{\"Id\":\"" N                                                               \
	"\",\"Name\":\"net\",\"Driver\":\"bridge\",\"Scope\":\"local\",\"Created\":" \
	"\"2026-11-20T00:00:00Z\",\"Labels\":{}}"
#define USER(image, network)                                                                   \
	"[{\"Id\":\"" C "\",\"Names\":[\"/web\"],\"Image\":\"x\",\"ImageID\":\"" image         \
	"\",\"State\":\"created\",\"Created\":1,\"NetworkSettings\":{\"Networks\":{\"" network \
	"\":{\"NetworkID\":\"\"}}}}]"
#define MESSAGE(text) "{\"message\":\"" text "\"}"

#define LOOK_C "GET /containers/" C "/json"
#define KILL_C "DELETE /containers/" C "?v=0&force=0"
#define LOOK_I "GET /images/sha256%3A" HEX_I "/json"
#define KILL_I "DELETE /images/sha256%3A" HEX_I "?force=0&noprune=1"
#define LOOK_A "GET /images/app%3A1/json"
#define KILL_A "DELETE /images/app%3A1?force=0&noprune=1"
#define LOOK_V "GET /volumes/data"
#define KILL_V "DELETE /volumes/data?force=0"
#define LOOK_N "GET /networks/" N
#define KILL_N "DELETE /networks/" N
#define USERS  "GET /containers/json?all=1"
#define KILL_B "POST /build/prune?all=1&filters=%7B%22id%22%3A%7B%22%5Ek1%24%22%3Atrue%7D%7D"

enum what { BOX, LOOSE, TAGGED, DATA, NET, RECORD, ODD_RECORD };

struct exchange {
	const char *request;
	int status;
	const char *body;
	enum error_kind lost; /* no answer */
};

#define TWO_TAGS "\"app:1\",\"app:2\""
#define SAME_BOX                                              \
	{                                                     \
		LOOK_C, 200, CONTAINER("exited", FINISHED), 0 \
	}
#define SAME_LOOSE                           \
	{                                    \
		LOOK_I, 200, IMAGE(I, ""), 0 \
	}
#define SAME_TAGGED                                \
	{                                          \
		LOOK_I, 200, IMAGE(I, TWO_TAGS), 0 \
	}
#define NO_USERS                    \
	{                           \
		USERS, 200, "[]", 0 \
	}
#define SAME_VOLUME                                            \
	{                                                      \
		LOOK_V, 200, VOLUME("2026-11-20T00:00:00Z"), 0 \
	}
#define SAME_NETWORK                    \
	{                               \
		LOOK_N, 200, NETWORK, 0 \
	}

static const struct {
	enum what what;
	struct exchange script[8];
	enum outcome untag, remove;
	const char *reason; /* part of the remove's; NULL: none */
	const char *why;
} rows[] = {
	/* Containers */
	{ BOX, { SAME_BOX, { KILL_C, 204, "", 0 } }, 0, OUTCOME_REMOVED, NULL, "as planned" },
	{ BOX,
	  { { LOOK_C, 404, MESSAGE("No such container"), 0 } },
	  0,
	  OUTCOME_SKIPPED,
	  "already gone",
	  "removed by another before the look" },
	{ BOX,
	  { SAME_BOX, { KILL_C, 404, MESSAGE("No such container"), 0 } },
	  0,
	  OUTCOME_SKIPPED,
	  "already gone",
	  "removed by another after the look" },
	{ BOX,
	  { { LOOK_C, 200, CONTAINER("running", FINISHED), 0 } },
	  0,
	  OUTCOME_SKIPPED,
	  "started since",
	  "runs" },
	{ BOX,
	  { { LOOK_C, 200, CONTAINER("exited", "2026-11-24T01:00:01Z"), 0 } },
	  0,
	  OUTCOME_SKIPPED,
	  "ran since",
	  "ran in between, and is over again" },
	{ BOX,
	  { { LOOK_C, 200, CONTAINER("removing", FINISHED), 0 } },
	  0,
	  OUTCOME_SKIPPED,
	  "removing it already",
	  "another is at it" },
	{ BOX,
	  { SAME_BOX,
	    { KILL_C, 409, MESSAGE("removal of container x is already in progress"), 0 } },
	  0,
	  OUTCOME_SKIPPED,
	  "removing it already",
	  "another is at it, and was quicker" },
	{ BOX,
	  { SAME_BOX, { KILL_C, 409, MESSAGE("You cannot remove a running container"), 0 } },
	  0,
	  OUTCOME_SKIPPED,
	  "You cannot remove a running container",
	  "started between look and deed; the engine's own words are told" },
	{ BOX,
	  { SAME_BOX, { KILL_C, 500, MESSAGE("device busy"), 0 } },
	  0,
	  OUTCOME_FAILED,
	  "device busy",
	  "the engine fails" },
	{ BOX,
	  { { LOOK_C, 500, MESSAGE("broken"), 0 } },
	  0,
	  OUTCOME_FAILED,
	  "broken",
	  "what cannot be looked at is not deleted" },
	{ BOX,
	  { { LOOK_C, 200, "{\"Id\":", 0 } },
	  0,
	  OUTCOME_FAILED,
	  "",
	  "half an answer proves nothing" },
	{ BOX, { { LOOK_C, 200, "", 0 } }, 0, OUTCOME_FAILED, "", "nor does an empty one" },
	{ BOX, { { LOOK_C, 200, "[]", 0 } }, 0, OUTCOME_FAILED, "", "nor another type" },
	{ BOX,
	  { { LOOK_C, 200, "{\"Id\":\"" N "\"}", 0 } },
	  0,
	  OUTCOME_SKIPPED,
	  "already gone",
	  "found by name, since the ID is gone" },
	/* Answers that never come */
	{ BOX,
	  { { LOOK_C, 0, "", ERROR_PROTOCOL }, SAME_BOX, { KILL_C, 204, "", 0 } },
	  0,
	  OUTCOME_REMOVED,
	  NULL,
	  "a kept-alive connection was closed: one more try" },
	{ BOX,
	  { { LOOK_C, 0, "", ERROR_PROTOCOL }, { LOOK_C, 0, "", ERROR_PROTOCOL } },
	  0,
	  OUTCOME_FAILED,
	  "lost",
	  "but only one" },
	{ BOX,
	  { { LOOK_C, 0, "", ERROR_UNREACHABLE }, { LOOK_C, 0, "", ERROR_UNREACHABLE } },
	  0,
	  OUTCOME_NOT_DONE,
	  NULL,
	  "the engine is gone: nothing was done" },
	{ BOX,
	  { { LOOK_C, 0, "", ERROR_TIMEOUT } },
	  0,
	  OUTCOME_NOT_DONE,
	  NULL,
	  "an engine that does not answer is not asked twice" },
	{ BOX, { { LOOK_C, 0, "", ERROR_CANCELLED } }, 0, OUTCOME_NOT_DONE, NULL, "told to stop" },
	{ BOX,
	  { SAME_BOX, { KILL_C, 0, "", ERROR_PROTOCOL }, { LOOK_C, 404, "{}", 0 } },
	  0,
	  OUTCOME_REMOVED,
	  NULL,
	  "the answer was lost, the deed was done" },
	{ BOX,
	  { SAME_BOX, { KILL_C, 0, "", ERROR_PROTOCOL }, SAME_BOX },
	  0,
	  OUTCOME_FAILED,
	  "lost; it is still there",
	  "the answer was lost, and it is not gone" },
	{ BOX,
	  { SAME_BOX,
	    { KILL_C, 0, "", ERROR_UNREACHABLE },
	    { LOOK_C, 0, "", ERROR_UNREACHABLE },
	    { LOOK_C, 0, "", ERROR_UNREACHABLE } },
	  0,
	  OUTCOME_FAILED,
	  "not known",
	  "the engine died meanwhile" },
	{ BOX,
	  { SAME_BOX, { KILL_C, 0, "", ERROR_TIMEOUT } },
	  0,
	  OUTCOME_FAILED,
	  "not known",
	  "the engine took more than its time" },
	/* Images without tags */
	{ LOOSE,
	  { SAME_LOOSE, { KILL_I, 200, "[{\"Deleted\":\"" I "\"}]", 0 } },
	  0,
	  OUTCOME_REMOVED,
	  NULL,
	  "one reference or none: by ID at once" },
	{ LOOSE,
	  { SAME_LOOSE, { KILL_I, 200, "no JSON", 0 } },
	  0,
	  OUTCOME_REMOVED,
	  NULL,
	  "200 is gone, whatever the text says" },
	{ LOOSE,
	  { { LOOK_I, 200, IMAGE(I, "\"precious:1\""), 0 } },
	  0,
	  OUTCOME_SKIPPED,
	  "precious:1",
	  "got a tag" },
	{ LOOSE,
	  { SAME_LOOSE, { KILL_I, 409, MESSAGE("image has dependent child images"), 0 } },
	  0,
	  OUTCOME_SKIPPED,
	  "dependent child images",
	  "something was built on it" },
	/* Images with several tags */
	{ TAGGED,
	  { SAME_TAGGED,
	    NO_USERS,
	    { LOOK_A, 200, IMAGE(I, TWO_TAGS), 0 },
	    { KILL_A, 200, "[{\"Untagged\":\"app:1\"}]", 0 },
	    { LOOK_I, 200, IMAGE(I, "\"app:2\""), 0 },
	    { KILL_I, 200, "[{\"Deleted\":\"" I "\"}]", 0 } },
	  OUTCOME_REMOVED,
	  OUTCOME_REMOVED,
	  NULL,
	  "as planned: tag by tag, then by ID" },
	{ TAGGED,
	  { SAME_TAGGED, { USERS, 200, USER(I, "bridge"), 0 } },
	  OUTCOME_SKIPPED,
	  OUTCOME_SKIPPED,
	  "container web",
	  "untagging would not make the engine refuse" },
	{ TAGGED,
	  { SAME_TAGGED,
	    { USERS, 200, USER(OTHER, "bridge"), 0 },
	    { LOOK_A, 200, IMAGE(OTHER, "\"app:1\""), 0 } },
	  OUTCOME_SKIPPED,
	  OUTCOME_SKIPPED,
	  "another image",
	  "the tag moved" },
	{ TAGGED,
	  { SAME_TAGGED, NO_USERS, { LOOK_A, 404, "{}", 0 } },
	  OUTCOME_SKIPPED,
	  OUTCOME_SKIPPED,
	  "app:1 is gone",
	  "the tag went" },
	{ TAGGED,
	  { SAME_TAGGED, { USERS, 500, MESSAGE("no"), 0 } },
	  OUTCOME_FAILED,
	  OUTCOME_FAILED,
	  "no",
	  "no list, no deed" },
	{ TAGGED,
	  { SAME_TAGGED,
	    { USERS, 200, "null", 0 },
	    { LOOK_A, 200, IMAGE(I, TWO_TAGS), 0 },
	    { KILL_A, 200, "[]", 0 },
	    { LOOK_I, 200, IMAGE(I, "\"app:2\",\"new:1\""), 0 } },
	  OUTCOME_REMOVED,
	  OUTCOME_SKIPPED,
	  "new:1",
	  "got a tag between two steps" },
	{ TAGGED,
	  { SAME_TAGGED,
	    NO_USERS,
	    { LOOK_A, 200, IMAGE(I, TWO_TAGS), 0 },
	    { KILL_A, 200, "[]", 0 },
	    { LOOK_I, 200, IMAGE(I, "\"app:2\",\"app:1\""), 0 } },
	  OUTCOME_REMOVED,
	  OUTCOME_SKIPPED,
	  "app:1",
	  "the tag that was taken off is back" },
	{ TAGGED,
	  { SAME_TAGGED,
	    NO_USERS,
	    { LOOK_A, 200, IMAGE(I, TWO_TAGS), 0 },
	    { KILL_A, 0, "", ERROR_PROTOCOL },
	    { LOOK_A, 404, "{}", 0 },
	    { LOOK_I, 200, IMAGE(I, "\"app:2\""), 0 },
	    { KILL_I, 200, "[]", 0 } },
	  OUTCOME_REMOVED,
	  OUTCOME_REMOVED,
	  NULL,
	  "a lost answer in the middle" },
	{ TAGGED,
	  { { LOOK_I, 200, IMAGE(I, "\"app:2\""), 0 } },
	  OUTCOME_SKIPPED,
	  OUTCOME_SKIPPED,
	  "now app:2",
	  "a tag went before we began" },
	/* Volumes */
	{ DATA, { SAME_VOLUME, { KILL_V, 204, "", 0 } }, 0, OUTCOME_REMOVED, NULL, "as planned" },
	{ DATA,
	  { { LOOK_V, 200, VOLUME("2026-11-24T00:00:00Z"), 0 } },
	  0,
	  OUTCOME_SKIPPED,
	  "another volume",
	  "made anew under its name" },
	{ DATA,
	  { SAME_VOLUME, { KILL_V, 409, MESSAGE("volume is in use - [c]"), 0 } },
	  0,
	  OUTCOME_SKIPPED,
	  "in use",
	  "used since" },
	/* Networks */
	{ NET,
	  { SAME_NETWORK, NO_USERS, { KILL_N, 204, "", 0 } },
	  0,
	  OUTCOME_REMOVED,
	  NULL,
	  "as planned" },
	{ NET,
	  { SAME_NETWORK, { USERS, 200, USER(I, "net"), 0 } },
	  0,
	  OUTCOME_SKIPPED,
	  "container web",
	  "the engine would not refuse for one that never started" },
	{ NET,
	  { SAME_NETWORK,
	    NO_USERS,
	    { KILL_N, 403, MESSAGE("network net has active endpoints"), 0 } },
	  0,
	  OUTCOME_SKIPPED,
	  "active endpoints",
	  "networks say 403 where others say 409" },
	{ NET,
	  { SAME_NETWORK, NO_USERS, { KILL_N, 403, MESSAGE("pre-defined network"), 0 } },
	  0,
	  OUTCOME_FAILED,
	  "pre-defined",
	  "any other 403 is none of that" },
	/* Build cache */
	{ RECORD,
	  { { KILL_B, 200, "{\"CachesDeleted\":[\"k1\"],\"SpaceReclaimed\":7}", 0 } },
	  0,
	  OUTCOME_REMOVED,
	  NULL,
	  "as planned" },
	{ RECORD,
	  { { KILL_B, 200, "{\"CachesDeleted\":null,\"SpaceReclaimed\":0}", 0 } },
	  0,
	  OUTCOME_SKIPPED,
	  "in use",
	  "nothing deleted" },
	{ RECORD,
	  { { KILL_B, 200, "{\"CachesDeleted\":[\"k1\",\"zz\"],\"SpaceReclaimed\":7}", 0 } },
	  0,
	  OUTCOME_FAILED,
	  "zz",
	  "deleted what nobody asked for" },
	{ RECORD,
	  { { KILL_B, 0, "", ERROR_PROTOCOL } },
	  0,
	  OUTCOME_FAILED,
	  "not known",
	  "no call tells of one record" },
	{ ODD_RECORD,
	  { { NULL, 0, NULL, 0 } },
	  0,
	  OUTCOME_FAILED,
	  "exactly",
	  "an ID with a meaning in patterns is not asked for at all" },
};

struct bed {
	struct snapshot snap;
	struct plan plan;
	struct result result;
	struct apply_options options;
	struct deeds d;
};

static void add_container(struct bed *bed)
{
	struct api_container *c = array_add(&bed->snap.containers);
	struct error err = ERROR_INIT;

	c->id = xstrdup(C);
	c->state = API_CONTAINER_EXITED;
	c->inspected = true;
	ck_assert(time_parse_rfc3339(FINISHED, &c->finished, &err) == 0);
	row_add(&bed->plan.rows, KIND_CONTAINER, ACTION_REMOVE, C, "box", "exited")->fingerprint =
		fingerprint_container(c);
}

static void add_image(struct bed *bed, bool tags)
{
	struct api_image *image = array_add(&bed->snap.images);
	struct plan_row *row;

	image->id = xstrdup(I);
	if (tags) {
		strings_add(&image->tags, "app:1");
		strings_add(&image->tags, "app:2");
		row = row_add(&bed->plan.rows, KIND_IMAGE, ACTION_UNTAG, I, "app:1", "goes");
		row->fingerprint = fingerprint_image(image);
	}
	row = row_add(&bed->plan.rows, KIND_IMAGE, ACTION_REMOVE, I, tags ? "app:2" : "<none>",
		      "unused");
	row->fingerprint = fingerprint_image(image);
}

static void add_volume(struct bed *bed)
{
	struct api_volume v = { .name = (char *)"data",
				.driver = (char *)"local",
				.mountpoint = (char *)"/m/data",
				.scope = (char *)"local" };
	struct error err = ERROR_INIT;

	ck_assert(time_parse_rfc3339("2026-11-20T00:00:00Z", &v.created, &err) == 0);
	row_add(&bed->plan.rows, KIND_VOLUME, ACTION_REMOVE, "data", "data", "named")->fingerprint =
		fingerprint_volume(&v);
}

static void add_network(struct bed *bed)
{
	struct api_network n = { .name = (char *)"net", .driver = (char *)"bridge" };
	struct error err = ERROR_INIT;

	ck_assert(time_parse_rfc3339("2026-11-20T00:00:00Z", &n.created, &err) == 0);
	row_add(&bed->plan.rows, KIND_NETWORK, ACTION_REMOVE, N, "net", "unused")->fingerprint =
		fingerprint_network(&n);
}

static void bed_open(struct bed *bed, enum what what)
{
	memset(bed, 0, sizeof(*bed));
	snapshot_init(&bed->snap);
	bed->snap.api_minor = 41;
	plan_init(&bed->plan);
	if (what == BOX)
		add_container(bed);
	else if (what == LOOSE || what == TAGGED)
		add_image(bed, what == TAGGED);
	else if (what == DATA)
		add_volume(bed);
	else if (what == NET)
		add_network(bed);
	else
		row_add(&bed->plan.rows, KIND_CACHE, ACTION_REMOVE, what == RECORD ? "k1" : "k.*",
			"record", "unused");
	bed->result.rows = xcalloc(bed->plan.rows.count, sizeof(*bed->result.rows));
	bed->result.count = bed->plan.rows.count;
	bed->d = (struct deeds){ .snap = &bed->snap,
				 .plan = &bed->plan,
				 .options = &bed->options,
				 .result = &bed->result };
	map_init(&bed->d.caches);
	units_make(&bed->d);
	ck_assert_uint_eq(bed->d.unit_count, 1);
}

static void bed_close(struct bed *bed)
{
	unit_release(&bed->d.units[0]);
	free(bed->d.units);
	map_release(&bed->d.caches);
	result_release(&bed->result);
	plan_release(&bed->plan);
	snapshot_release(&bed->snap);
}

static void answer(struct bed *bed, const struct exchange *exchange, const char *why)
{
	struct unit *unit = &bed->d.units[0];
	struct engine_request request = { 0 };
	struct engine_reply reply = { .status = exchange->status, .body = exchange->body };

	unit_request(&bed->d, unit, &request);
	scoped_str line = xasprintf("%s %s", request.method, request.path);
	ck_assert_msg(exchange->request && strcmp(line, exchange->request) == 0,
		      "%s: asked %s\nwanted %s", why, line,
		      exchange->request ? exchange->request : "nothing");
	ck_assert_msg((request.deadline > 0) == (strcmp(request.method, "GET") != 0),
		      "%s: deletes have time", why);
	reply.len = strlen(reply.body);
	if (exchange->lost)
		error_set(&reply.err, exchange->lost, 0, "lost");
	unit_reply(&bed->d, unit, &reply);
}

START_TEST(script)
{
	const char *why = rows[_i].why;
	struct bed bed;
	size_t step = 0;

	bed_open(&bed, rows[_i].what);
	struct unit *unit = &bed.d.units[0];
	unit_start(&bed.d, unit);
	while (unit->step != STEP_DONE) {
		ck_assert_msg(step < array_len(rows[_i].script), "%s: no end", why);
		answer(&bed, &rows[_i].script[step++], why);
	}
	ck_assert_msg(step == array_len(rows[_i].script) || !rows[_i].script[step].request,
		      "%s: ended before %s", why, rows[_i].script[step].request);
	const struct result_row *last = &bed.result.rows[bed.result.count - 1];
	ck_assert_msg(last->outcome == rows[_i].remove, "%s: outcome %d (%s)", why,
		      (int)last->outcome, last->reason ? last->reason : "no reason");
	ck_assert_msg(!rows[_i].reason == !last->reason &&
			      (!last->reason || strstr(last->reason, rows[_i].reason)),
		      "%s: reason %s", why, last->reason ? last->reason : "none");
	if (bed.result.count > 1)
		ck_assert_msg(bed.result.rows[0].outcome == rows[_i].untag, "%s: untag is %d", why,
			      (int)bed.result.rows[0].outcome);
	bed_close(&bed);
}
END_TEST

/* With the engine gone, or doing what it was not asked to, nothing new is begun. */
START_TEST(fatal)
{
	static const struct {
		enum what what;
		struct exchange script[3];
		enum error_kind kind;
	} ends[] = {
		{ BOX, { { LOOK_C, 0, "", ERROR_TIMEOUT } }, ERROR_TIMEOUT },
		{ BOX,
		  { { LOOK_C, 0, "", ERROR_UNREACHABLE }, { LOOK_C, 0, "", ERROR_UNREACHABLE } },
		  ERROR_UNREACHABLE },
		{ RECORD, { { KILL_B, 200, "{\"CachesDeleted\":[\"zz\"]}", 0 } }, ERROR_CONFLICT },
		{ BOX, { { LOOK_C, 500, "{}", 0 } }, ERROR_NONE },
		{ BOX,
		  { { LOOK_C, 0, "", ERROR_PROTOCOL }, { LOOK_C, 0, "", ERROR_PROTOCOL } },
		  ERROR_NONE },
	};
	struct bed bed;

	bed_open(&bed, ends[_i].what);
	unit_start(&bed.d, &bed.d.units[0]);
	for (size_t step = 0; bed.d.units[0].step != STEP_DONE; step++)
		answer(&bed, &ends[_i].script[step], "fatal");
	ck_assert_int_eq(bed.d.fatal.kind, ends[_i].kind);
	bed_close(&bed);
}
END_TEST

/* Told to stop: what was being deleted is looked at again, what was only looked at is not. */
START_TEST(stopped)
{
	const struct exchange look = SAME_BOX;
	const struct exchange kill = { KILL_C, 0, "", ERROR_CANCELLED };
	const struct exchange cut = { LOOK_C, 0, "", ERROR_CANCELLED };
	struct bed bed;

	bed_open(&bed, BOX);
	unit_start(&bed.d, &bed.d.units[0]);
	if (_i == 0) {
		answer(&bed, &cut, "stopped");
	} else {
		answer(&bed, &look, "stopped");
		answer(&bed, &kill, "stopped");
	}
	ck_assert(bed.d.units[0].unknown == (_i == 1));
	ck_assert_int_eq(bed.result.rows[0].outcome, OUTCOME_NOT_DONE);
	bed_close(&bed);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("apply_unit");
	TCase *tc = tcase_create("steps");

	tcase_add_loop_test(tc, script, 0, (int)array_len(rows));
	tcase_add_loop_test(tc, fatal, 0, 5);
	tcase_add_loop_test(tc, stopped, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}
