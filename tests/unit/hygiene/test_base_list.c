/* SPDX-License-Identifier: Apache-2.0 */
/* What base status tells about, and what it asks for that. */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "plugins/hygiene/base_list.h"
#include "tests/unit/hygiene/base_world.h"

#define HEX_E "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"

/*
 * What comes out is written as text: a line for each row, "name: REF digests flags | base-name by
 * REF digests flags". A subject's flags: c (its configuration is known), p (proven), l (local
 * only), m (mirror); where nothing is asked the status instead.
 */
static void print_subject(struct buf *out, const struct base_list *list, size_t subject,
			  const struct base_verdict *verdict)
{
	const struct base_subject *s;
	scoped_str full = NULL;

	if (subject == BASE_NO_SUBJECT) {
		buf_fmt(out, "=%s", base_status_word(verdict->status));
		return;
	}
	s = &list->subjects.items[subject];
	full = reference_full_name(&s->ref);
	buf_str(out, full);
	if (s->ref.tag)
		buf_fmt(out, ":%s", s->ref.tag);
	if (s->ref.digest)
		buf_fmt(out, "@%c", s->ref.digest[7]);
	buf_str(out, " [");
	for (size_t i = 0; i < s->digests.count; i++)
		buf_char(out, s->digests.items[i][7]);
	buf_fmt(out, "]%s%s%s%s", s->config ? "c" : "", s->proven ? "p" : "",
		s->local_only ? "l" : "", s->mirror ? "m" : "");
}

static void print_list(struct buf *out, const struct base_list *list)
{
	for (size_t i = 0; i < list->rows.count; i++) {
		const struct base_item *item = &list->rows.items[i];

		buf_fmt(out, "%s: ", item->name);
		print_subject(out, list, item->subject, &item->verdict);
		if (item->base.by != BASE_FOUND_NOT) {
			buf_fmt(out, " | %s %s ", item->base.name, base_found_word(item->base.by));
			print_subject(out, list, item->base_subject, &item->base_verdict);
		}
		buf_char(out, '\n');
	}
}

static const struct {
	const char *images[4];
	const char *engine; /* s: containerd's store, p: Podman, n: none */
	const char *names[3];
	bool all;
	const char *file; /* a Dockerfile */
	const char *out;
	const char *why;
} rows[] = {
	{ { "app:1 app@a other@b h:5/app@c;a" },
	  "",
	  { 0 },
	  0,
	  NULL,
	  "app:1: docker.io/library/app:1 [a]cp\n",
	  "digests of its own repository" },
	{ { "app:1 app@a;a" },
	  "",
	  { 0 },
	  0,
	  NULL,
	  "app:1: docker.io/library/app:1 [a]cp\n",
	  "what was pulled" },
	{ { "app:1;a" },
	  "",
	  { 0 },
	  0,
	  NULL,
	  "app:1: docker.io/library/app:1 []cpl\n",
	  "what was built" },
	{ { "app:1 h:5/app@a;a" },
	  "",
	  { 0 },
	  0,
	  NULL,
	  "app:1: docker.io/library/app:1 []cpl\n",
	  "pushed under another name" },
	{ { "app:1 app:2 h:5/app:1 app@a h:5/app@b app@c;a" },
	  "",
	  { 0 },
	  0,
	  NULL,
	  "app:1: docker.io/library/app:1 [ac]cp\napp:2: docker.io/library/app:2 [ac]cp\n"
	  "h:5/app:1: h:5/app:1 [b]cp\n",
	  "each name with its own digests" },
	{ { "app:1 app@a;a" },
	  "s",
	  { 0 },
	  0,
	  NULL,
	  "app:1: docker.io/library/app:1 [a]\n",
	  "containerd's store makes digests up" },
	{ { "docker.io/library/app:1 docker.io/library/app@a localhost/x:1 localhost/x@a;a" },
	  "p",
	  { 0 },
	  0,
	  NULL,
	  "docker.io/library/app:1: docker.io/library/app:1 [a]c\n"
	  "localhost/x:1: localhost/x:1 [a]cl\n",
	  "so does Podman" },
	{ { "mirror:5/app:1 mirror:5/app@a;a" },
	  "",
	  { 0 },
	  0,
	  NULL,
	  "mirror:5/app:1: mirror:5/app:1 [a]cpm\n",
	  "a mirror" },
	{ { "app:1 app@a;a", ";b", "old@b;c" },
	  "",
	  { 0 },
	  0,
	  NULL,
	  "app:1: docker.io/library/app:1 [a]cp\n",
	  "tags only" },
	{ { "app:1 app@a;a", ";b", "old@e;c" },
	  "",
	  { 0 },
	  1,
	  NULL,
	  "000000000000: =local-only\napp:1: docker.io/library/app:1 [a]cp\n"
	  "old@sha256:" HEX_E ": docker.io/library/old@e [e]cp\n",
	  "--all" },
	{ { "app:1 app@a;ab", "os:1 os@b;a" },
	  "",
	  { 0 },
	  0,
	  NULL,
	  "app:1: docker.io/library/app:1 [a]cp | os:1 layers docker.io/library/os:1 [b]cp\n"
	  "os:1: docker.io/library/os:1 [b]cp\n",
	  "a base is asked about as itself" },
	{ { "app:1;ab;n=os:1 d=c" },
	  "",
	  { 0 },
	  0,
	  NULL,
	  "app:1: docker.io/library/app:1 []cpl | os:1 label docker.io/library/os:1 [c]p\n",
	  "a base that is told is asked about wherever the image is from" },
	{ { "app:1;ab;n=os:1 d=c", "os:1 os@c os@d;a" },
	  "s",
	  { "app:1" },
	  0,
	  NULL,
	  "app:1: docker.io/library/app:1 []l | os:1 label docker.io/library/os:1 [cd]p\n",
	  "with what is here of it" },
	{ { "app:1;ab;n=os:1" },
	  "",
	  { 0 },
	  0,
	  NULL,
	  "app:1: docker.io/library/app:1 []cpl | os:1 label docker.io/library/os:1 []p\n",
	  "only whether it is there" },
	{ { "app:1;ab", "os@e;a" },
	  "",
	  { "app"
	    ":1" },
	  0,
	  NULL,
	  "app:1: docker.io/library/app:1 []cpl | os@sha256:" HEX_E " layers =unknown\n",
	  "a base without a tag: nothing says what came after it" },
	{ { "app:1;ab;N=co/os:1 B=1", "co/os:1;c;N=co/os:1 B=2" },
	  "",
	  { "app:1" },
	  0,
	  NULL,
	  "app:1: docker.io/library/app:1 []cpl | co/os:1 build-label =stale\n",
	  "a later base build is here" },
	{ { "app:1;ab;N=co/os:1 B=1" },
	  "",
	  { 0 },
	  0,
	  NULL,
	  "app:1: docker.io/library/app:1 []cpl | co/os:1 build-label =unknown\n",
	  "no base build is here" },
	/* names */
	{ { "app:latest app@a;a" },
	  "",
	  { "docker.io/library/app", "app" },
	  0,
	  NULL,
	  "docker.io/library/app: docker.io/library/app:latest [a]cp\n"
	  "app: docker.io/library/app:latest [a]cp\n",
	  "in their order, as they were typed" },
	{ { "app:1 app@e;a" },
	  "",
	  { "app:1@sha256:" HEX_E },
	  0,
	  NULL,
	  "app:1@sha256:" HEX_E ": docker.io/library/app:1@e [e]cp\n",
	  "a pinned one" },
	{ { "app:1 app@a;a", "b:1;b" },
	  "",
	  { "sha256:0000000000000000000000000000000000000000000000000000000000000002" },
	  0,
	  NULL,
	  "b:1: docker.io/library/b:1 []cpl\n",
	  "by its ID" },
	/* Dockerfiles */
	{ { 0 },
	  "n",
	  { 0 },
	  0,
	  "FROM os:1\n",
	  "os:1: docker.io/library/os:1 []p\n",
	  "without an engine" },
	{ { "os:1 os@a;a" },
	  "",
	  { 0 },
	  0,
	  "FROM os:1 AS b\nFROM other:1@sha256:" HEX_E "\nCOPY --from=b / /\n",
	  "os:1: docker.io/library/os:1 [a]cp\n"
	  "other:1@sha256:" HEX_E ": docker.io/library/other:1@e []p\n",
	  "every image that the build takes" },
	{ { "os:1;a" },
	  "",
	  { 0 },
	  0,
	  "FROM os:1\n",
	  "os:1: docker.io/library/os:1 []cpl\n",
	  "one that was built here" },
	{ { "app:1;ab", "os:1 os@a;a" },
	  "",
	  { "app:1" },
	  0,
	  "FROM os:1\n",
	  "app:1: docker.io/library/app:1 []cpl | os:1 dockerfile docker.io/library/os:1 [a]cp\n",
	  "what the image was built from" },
	{ { "app:1;ab", "os:1 os@a;c" },
	  "",
	  { "app:1" },
	  0,
	  "FROM os:1\n",
	  "app:1: docker.io/library/app:1 []cpl | os:1 dockerfile docker.io/library/os:1 []p\n",
	  "not what has that name now" },
	{ { "app:1;ab" },
	  "",
	  { "app:1" },
	  0,
	  "FROM os:1@sha256:" HEX_E "\n",
	  "app:1: docker.io/library/app:1 []cpl | os:1@sha256:" HEX_E
	  " dockerfile docker.io/library/os:1@e [e]p\n",
	  "pinned on purpose" },
	{ { "app:1;ab", "os:1;a" },
	  "",
	  { "app:1" },
	  0,
	  "FROM scratch\n",
	  "app:1: docker.io/library/app:1 []cpl | os:1 layers docker.io/library/os:1 []cpl\n",
	  "FROM scratch names nothing" },
	{ { "app:1 app@a;a" },
	  "",
	  { 0 },
	  1,
	  "FROM os:1\n",
	  "app:1: docker.io/library/app:1 [a]cp\nos:1: docker.io/library/os:1 []p\n",
	  "both, with --all" },
};

static void make(struct base_snapshot *snap, struct base_query *query, int row)
{
	struct error err = ERROR_INIT;
	struct base_file *file;

	for (size_t i = 0; i < 4 && rows[row].images[i]; i++)
		world_image(&snap->images, rows[row].images[i]);
	snap->engine = !strchr(rows[row].engine, 'n');
	snap->store = strchr(rows[row].engine, 's');
	snap->podman = strchr(rows[row].engine, 'p');
	platform_set(&snap->platform, "linux", "amd64", NULL);
	strings_add(&snap->mirrors, "mirror:5");
	query->names = (const char *const *)rows[row].names;
	while (query->name_count < 3 && rows[row].names[query->name_count])
		query->name_count++;
	query->all = rows[row].all;
	if (!rows[row].file)
		return;
	file = array_add(&query->files);
	ck_assert_int_eq(dockerfile_parse(&file->parsed, rows[row].file, strlen(rows[row].file),
					  NULL, NULL, &err),
			 0);
	ck_assert_int_eq(dockerfile_target(&file->parsed, NULL, &file->stage, &err), 0);
}

START_TEST(test_row)
{
	scoped_base_snapshot snap = { 0 };
	struct base_query query = { 0 };
	scoped_base_list list = { 0 };
	struct error err = ERROR_INIT;
	scoped_buf out;

	buf_init(&out, 65536);
	make(&snap, &query, _i);
	ck_assert_msg(base_list_make(&list, &snap, &query, &err) == 0, "%s", err.text);
	print_list(&out, &list);
	ck_assert_msg(strcmp(out.data, rows[_i].out) == 0, "%s:\n%sexpected\n%s", rows[_i].why,
		      out.data, rows[_i].out);
	base_files_release(&query.files);
}
END_TEST

START_TEST(test_refused)
{
	static const char *const names[] = { "app:1", "nosuch:1" };
	scoped_base_snapshot snap = { 0 };
	struct base_query query = { .names = names, .name_count = 2 };
	scoped_base_list list = { 0 };
	struct error err = ERROR_INIT;

	world_image(&snap.images, "app:1;a");
	ck_assert_int_eq(base_list_make(&list, &snap, &query, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(err.text, "nosuch:1"));
	ck_assert_uint_eq(list.rows.count, 0);
	error_clear(&err);
	query.name_count = 1;
	query.files.count = 2;
	ck_assert_int_eq(base_list_make(&list, &snap, &query, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_USAGE);
}
END_TEST

START_TEST(test_no_reference_in_a_file)
{
	static const char text[] = "ARG V\nFROM :${V}1\n";
	scoped_base_snapshot snap = { 0 };
	struct base_query query = { 0 };
	scoped_base_list list = { 0 };
	struct error err = ERROR_INIT;
	struct base_file *file = array_add(&query.files);

	file->path = xstrdup("some/Dockerfile");
	ck_assert_int_eq(dockerfile_parse(&file->parsed, text, strlen(text), NULL, NULL, &err), 0);
	ck_assert_int_eq(base_list_make(&list, &snap, &query, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert_ptr_nonnull(strstr(err.text, "some/Dockerfile"));
	ck_assert_ptr_nonnull(strstr(err.text, "--build-arg"));
	base_files_release(&query.files);
}
END_TEST

/* Two rows that need the same answer share a subject, and get its verdict. */
START_TEST(test_shared_subjects)
{
	scoped_base_snapshot snap = { 0 };
	const struct base_query query = { 0 };
	scoped_base_list list = { 0 };
	struct base_verdict verdicts[2] = { { .status = BASE_STALE }, { .status = BASE_GONE } };
	struct error err = ERROR_INIT;

	world_image(&snap.images, "app:1;ab");
	world_image(&snap.images, "os:1 os@a;a");
	ck_assert_int_eq(base_list_make(&list, &snap, &query, &err), 0);
	ck_assert_uint_eq(list.subjects.count, 2);
	ck_assert_uint_eq(list.rows.items[0].base_subject, list.rows.items[1].subject);
	base_list_take(&list, verdicts);
	ck_assert_int_eq(list.rows.items[0].base_verdict.status, list.rows.items[1].verdict.status);
}
END_TEST

START_TEST(test_created)
{
	static const struct {
		int64_t told, known;
	} times[] = {
		{ TIME_NONE, TIME_NONE },
		{ 0, TIME_NONE },
		{ 3652 * NSEC_PER_DAY, TIME_NONE },
		{ NSEC_PER_DAY, NSEC_PER_DAY },
		{ 20000 * NSEC_PER_DAY, 20000 * NSEC_PER_DAY },
	};

	for (size_t i = 0; i < array_len(times); i++) {
		scoped_base_snapshot snap = { 0 };
		const struct base_query query = { 0 };
		scoped_base_list list = { 0 };
		struct error err = ERROR_INIT;

		world_image(&snap.images, "app:1;a")->created = times[i].told;
		ck_assert_int_eq(base_list_make(&list, &snap, &query, &err), 0);
		ck_assert_int_eq(list.rows.items[0].created, times[i].known);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base_list");
	TCase *tc = tcase_create("base_list");

	tcase_add_loop_test(tc, test_row, 0, array_len(rows));
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_no_reference_in_a_file);
	tcase_add_test(tc, test_shared_subjects);
	tcase_add_test(tc, test_created);
	suite_add_tcase(s, tc);
	return s;
}
