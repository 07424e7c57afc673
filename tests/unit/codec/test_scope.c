/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/codec/scope.h"

static const struct {
	const char *text, *canonical;
	const char *why;
} rows[] = {
	/* oras-go's registry/remote/auth/scope_test.go */
	{ "", "", "nothing" },
	{ "repository:foo:pull", "repository:foo:pull", "one" },
	{ "repository:foo:push,pull,delete", "repository:foo:delete,pull,push", "sorted" },
	{ "repository:foo:push,pull,push,pull,push,push,pull", "repository:foo:pull,push",
	  "no twins" },
	{ "repository:foo:pull,*,push", "repository:foo:*", "* takes them all in" },
	{ "repository:foo:,", "", "no actions: nothing is asked for" },
	{ "repository:foo:pull repository:bar:push", "repository:bar:push repository:foo:pull",
	  "sorted by name" },
	{ "repository:foo:pull repository:bar:push repository:foo:push "
	  "repository:bar:push,delete,pull repository:bar:delete,pull repository:foo:pull "
	  "registry:catalog:* registry:catalog:pull",
	  "registry:catalog:* repository:bar:delete,pull,push repository:foo:pull,push",
	  "merged by name" },
	{ "unknown", "unknown", "a word of another kind" },
	{ "repository:foo:pull unknown invalid:scope no:actions: repository:foo:push",
	  "invalid:scope repository:foo:pull,push unknown", "between others" },

	/* distribution's docs/spec/auth/scope.md */
	{ "repository(plugin):samalba/my-app:pull", "repository(plugin):samalba/my-app:pull",
	  "a class" },
	{ "repository(plugin):a:pull repository:a:push",
	  "repository:a:push repository(plugin):a:pull", "a class is another thing" },
	{ "repository:localhost:5000/a/b:pull", "repository:localhost:5000/a/b:pull",
	  "a port in the name" },
	{ "repository:[::1]:5000/a:push,pull", "repository:[::1]:5000/a:pull,push", "and more" },
	{ "aws", "aws", "a scope of a vendor" },
	{ "repository:samalba/my-app:pull,push,x-vendor",
	  "repository:samalba/my-app:pull,push,x-vendor", "an action of a vendor" },

	{ "  repository:a:pull   repository:b:pull ", "repository:a:pull repository:b:pull",
	  "blanks" },
	{ "repository:a:,pull,,push,", "repository:a:pull,push", "empty actions" },
	{ "::", "::", "all parts empty: foreign" },
	{ ":a:pull", ":a:pull", "no type: foreign" },
	{ "repository::pull", "repository::pull", "no name: foreign" },
	{ "(a):b:c", "(a):b:c", "a class of nothing is a type" },
	{ "a():b:c", "a():b:c", "an empty class is a type" },
	{ "a(b:c:d", "a(b:c:d", "an open class is a type" },
	{ "a(b(c):d:e", "a(b(c):d:e", "a class of any characters" },
};

START_TEST(reads)
{
	struct error err = ERROR_INIT;
	scoped_scope_set set = { 0 };
	scoped_scope_set again = { 0 };

	ck_assert_msg(scope_set_add(&set, rows[_i].text, &err) == 0, "%s", err.text);
	scoped_str text = scope_set_format(&set);

	ck_assert_msg(strcmp(text, rows[_i].canonical) == 0, "%s: %s", rows[_i].why, text);
	ck_assert_int_eq(scope_set_add(&again, text, &err), 0);
	ck_assert(scope_set_contains(&set, &again) && scope_set_contains(&again, &set));
	ck_assert_int_eq(scope_set_unite(&again, &set, &err), 0);
	scoped_str same = scope_set_format(&again);

	ck_assert_str_eq(text, same);
}
END_TEST

static const char *const bad[] = { "repository:a\n:pull", "repository:a:pull\"", "a\\b", "a\tb",
				   "caf\xc3\xa9" };

START_TEST(refuses)
{
	struct error err = ERROR_INIT;
	scoped_scope_set set = { 0 };

	ck_assert_int_eq(scope_set_add(&set, "repository:a:pull", &err), 0);
	ck_assert_int_eq(scope_set_add(&set, bad[_i], &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert_uint_eq(set.count, 1);
}
END_TEST

START_TEST(parts)
{
	struct error err = ERROR_INIT;
	scoped_scope_set set = { 0 };

	ck_assert_int_eq(scope_set_add(&set, "repository(plugin):h:5/a:pull,push aws", &err), 0);
	ck_assert_str_eq(set.items[0].type, "aws");
	ck_assert_ptr_null(set.items[0].name);
	ck_assert_str_eq(set.items[1].type, "repository");
	ck_assert_str_eq(set.items[1].class, "plugin");
	ck_assert_str_eq(set.items[1].name, "h:5/a");
	ck_assert_uint_eq(set.items[1].actions.count, 2);
	ck_assert_int_eq(scope_set_add_repository(&set, "a/b", "pull", &err), 0);
	scoped_str text = scope_format(&set.items[1]);

	ck_assert_str_eq(text, "repository:a/b:pull");
}
END_TEST

static const struct {
	const char *have, *want;
	bool contains;
	const char *why;
} contained[] = {
	{ "repository:a:pull", "", true, "nothing is everywhere" },
	{ "", "repository:a:pull", false, "in nothing is nothing" },
	{ "repository:a:pull,push", "repository:a:pull", true, "less" },
	{ "repository:a:pull", "repository:a:pull,push", false, "more" },
	{ "repository:a:*", "repository:a:pull,delete", true, "* has them all" },
	{ "repository:a:pull,push,delete", "repository:a:*", false, "* is more than all we know" },
	{ "repository:a:pull repository:b:pull", "repository:b:pull", true, "one of two" },
	{ "repository:a:pull", "repository(x):a:pull", false, "another class" },
	{ "repository:a:pull", "registry:a:pull", false, "another type" },
	{ "aws", "aws", true, "a foreign word, itself" },
	{ "aws", "aws2", false, "and no other" },
};

START_TEST(contains)
{
	struct error err = ERROR_INIT;
	scoped_scope_set have = { 0 };
	scoped_scope_set want = { 0 };

	ck_assert_int_eq(scope_set_add(&have, contained[_i].have, &err), 0);
	ck_assert_int_eq(scope_set_add(&want, contained[_i].want, &err), 0);
	ck_assert_msg(scope_set_contains(&have, &want) == contained[_i].contains, "%s",
		      contained[_i].why);
}
END_TEST

START_TEST(first_ones)
{
	struct error err = ERROR_INIT;
	scoped_scope_set set = { 0 };
	scoped_scope_set first = { 0 };
	scoped_strings list = { 0 };

	ck_assert_int_eq(scope_set_add(&set,
				       "repository:a:pull repository:b:pull repository:c:pull,push",
				       &err),
			 0);
	ck_assert_int_eq(scope_set_add(&first, "repository:c:push repository:x:pull", &err), 0);
	scope_set_list(&set, &first, &list);
	ck_assert_uint_eq(list.count, 3);
	ck_assert_str_eq(list.items[0], "repository:c:pull,push");
	ck_assert_str_eq(list.items[1], "repository:a:pull");
	ck_assert_str_eq(list.items[2], "repository:b:pull");
	strings_release(&list);
	scope_set_list(&set, NULL, &list);
	ck_assert_str_eq(list.items[0], "repository:a:pull");
}
END_TEST

/* "&scope=repository%3Aaa%3Apull" has 29 bytes. */
#define ONE 29

static const struct {
	size_t from, most, bytes, count;
	const char *why;
} chunks[] = {
	{ 0, 10, 1000, 4, "all of them" },
	{ 1, 10, 1000, 3, "the rest" },
	{ 4, 10, 1000, 0, "the end" },
	{ 0, 3, 1000, 3, "at most so many" },
	{ 0, 10, ONE * 2, 2, "bytes for two" },
	{ 0, 10, ONE * 2 - 1, 1, "one byte less" },
	{ 0, 10, 1, 1, "one goes, however long" },
};

START_TEST(chunk)
{
	struct error err = ERROR_INIT;
	scoped_scope_set set = { 0 };

	ck_assert_int_eq(scope_set_add(&set,
				       "repository:aa:pull repository:bb:pull repository:cc:pull "
				       "repository:dd:pull",
				       &err),
			 0);
	ck_assert_msg(scope_set_chunk(&set, chunks[_i].from, chunks[_i].most, chunks[_i].bytes) ==
			      chunks[_i].count,
		      "%s", chunks[_i].why);
}
END_TEST

static char *with_actions(int count)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	buf_str(&out, "repository:a:");
	for (int i = 0; i < count; i++)
		buf_fmt(&out, "x%d,", i);
	return buf_take(&out);
}

static int add(struct scope_set *set, const char *text)
{
	struct error err = ERROR_INIT;
	int rc = scope_set_add(set, text, &err);

	ck_assert(rc == 0 || err.kind == ERROR_LIMIT);
	return rc;
}

START_TEST(limits)
{
	scoped_scope_set set = { 0 };
	scoped_scope_set many = { 0 };
	scoped_str most = with_actions(ACTIONS_MAX);
	scoped_str more = with_actions(ACTIONS_MAX + 1);
	scoped_str blanks = xasprintf("%*s", SCOPE_TEXT_MAX + 1, "");

	ck_assert_int_eq(add(&set, more), -1);
	ck_assert_uint_eq(set.count, 0);
	ck_assert_int_eq(add(&set, most), 0);
	ck_assert_int_eq(add(&set, "repository:a:x0"), 0);
	ck_assert_int_eq(add(&set, "repository:b:pull repository:a:y"), -1);
	ck_assert(set.count == 1 && set.items[0].actions.count == ACTIONS_MAX);
	ck_assert_int_eq(add(&set, "repository:a:*"), 0);
	ck_assert_uint_eq(set.items[0].actions.count, 1);
	ck_assert_int_eq(add(&set, blanks), -1);
	blanks[SCOPE_TEXT_MAX] = '\0';
	ck_assert_int_eq(add(&set, blanks), 0);
	for (int i = 0; i < SCOPES_MAX; i++) {
		char word[32];

		snprintf(word, sizeof(word), "repository:r%d:pull", i);
		ck_assert_int_eq(add(&many, word), 0);
	}
	ck_assert_int_eq(add(&many, "repository:r1:push"), 0);
	ck_assert_int_eq(add(&many, "repository:s:pull"), -1);
	ck_assert_uint_eq(many.count, SCOPES_MAX);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("scope");
	TCase *t = tcase_create("scope");

	tcase_add_loop_test(t, reads, 0, (int)array_len(rows));
	tcase_add_loop_test(t, refuses, 0, (int)array_len(bad));
	tcase_add_test(t, parts);
	tcase_add_loop_test(t, contains, 0, (int)array_len(contained));
	tcase_add_test(t, first_ones);
	tcase_add_loop_test(t, chunk, 0, (int)array_len(chunks));
	tcase_add_test(t, limits);
	suite_add_tcase(s, t);
	return s;
}
