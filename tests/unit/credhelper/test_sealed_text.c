/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "credhelper/sealed_text.h"

#define ID    "0123456789abcdef0123456789abcdef"
#define START "{\"pushgate\": 1, \"class\": \"push\", \"registry\": \"reg.example.com:5000\", "
#define SOME  START "\"prefix\": \"org/team\", \"username\": \"ci\", "
#define TIMES "\"sealed\": \"2026-11-28T13:00:00Z\", \"expires\": \"2027-02-28T00:00:00Z\", "
#define ENDED "\"id\": \"" ID "\"}"
#define GOOD  SOME "\"secret\": \"cHc=\", " TIMES ENDED

static const struct {
	const char *text;
	const char *says; /* NULL: it is accepted */
	const char *why;
} contents[] = {
	{ GOOD, NULL, "as the docs have it" },
	{ SOME "\"secret\": \"\", " TIMES ENDED, NULL, "an empty secret" },
	{ SOME "\"secret\": \"cHc=\", \"sealed\": \"2026-11-28T13:00:00Z\", " ENDED, NULL,
	  "without an end" },
	{ START "\"prefix\": \"\", \"username\": \"ci\", \"secret\": \"cHc=\", " TIMES ENDED, NULL,
	  "the whole registry" },
	{ "", "is no JSON", "nothing" },
	{ "[]", "is not one of pushgate", "no object" },
	{ "{}", "is of another version", "no version" },
	{ "{\"pushgate\": 2}", "is of another version", "a later version" },
	{ "{\"pushgate\": \"1\"}", "is not one of pushgate", "a version that is no number" },
	{ GOOD "x", "is no JSON", "something behind it" },
	{ SOME "\"secret\": \"cHc=\", \"secret\": \"cHc=\", " TIMES ENDED, "is no JSON",
	  "a member twice" },
	{ SOME "\"secret\": \"cHc=\", \"more\": 1, " TIMES ENDED, "a member that is not known",
	  "a member of somebody else's" },
	{ SOME TIMES ENDED, "lacks a member", "no secret" },
	{ SOME "\"secret\": 7, " TIMES ENDED, "lacks a member", "a secret that is no string" },
	{ SOME "\"secret\": null, " TIMES ENDED, "lacks a member", "a secret that is null" },
	{ SOME "\"secret\": \"hunter2!\", " TIMES ENDED, "no base64", "a secret as it is" },
	{ SOME "\"secret\": \"cHd=\", " TIMES ENDED, "no base64", "bits left over" },
	{ "{\"pushgate\": 1, \"class\": \"pull\", \"registry\": \"reg.example.com\", \"prefix\": "
	  "\"\", \"username\": \"ci\", \"secret\": \"cHc=\", " TIMES ENDED,
	  "is not of class push", "class pull" },
	{ "{\"pushgate\": 1, \"class\": \"push\", \"registry\": \"Reg.example.com\", \"prefix\": "
	  "\"\", \"username\": \"ci\", \"secret\": \"cHc=\", " TIMES ENDED,
	  "names no registry", "not in its one spelling" },
	{ "{\"pushgate\": 1, \"class\": \"push\", \"registry\": \"index.docker.io\", \"prefix\": "
	  "\"\", \"username\": \"ci\", \"secret\": \"cHc=\", " TIMES ENDED,
	  "names no registry", "an alias of the Hub" },
	{ "{\"pushgate\": 1, \"class\": \"push\", \"registry\": \"\", \"prefix\": \"org\", "
	  "\"username\": \"ci\", \"secret\": \"cHc=\", " TIMES ENDED,
	  "names no registry", "no registry" },
	{ "{\"pushgate\": 1, \"class\": \"push\", \"registry\": \"a/b\", \"prefix\": \"c\", "
	  "\"username\": \"ci\", \"secret\": \"cHc=\", " TIMES ENDED,
	  "names no registry", "a path in the registry" },
	{ START "\"prefix\": \"org/\", \"username\": \"ci\", \"secret\": \"cHc=\", " TIMES ENDED,
	  "a prefix that is none", "a slash at its end" },
	{ START "\"prefix\": \"/org\", \"username\": \"ci\", \"secret\": \"cHc=\", " TIMES ENDED,
	  "a prefix that is none", "a slash in front" },
	{ START "\"prefix\": \"../x\", \"username\": \"ci\", \"secret\": \"cHc=\", " TIMES ENDED,
	  "a prefix that is none", "dots" },
	{ START "\"prefix\": \"v2\", \"username\": \"ci\", \"secret\": \"cHc=\", " TIMES ENDED,
	  "a prefix that is none", "the API's path, which keys leave out" },
	{ START "\"prefix\": \"org\", \"username\": \"\", \"secret\": \"cHc=\", " TIMES ENDED,
	  "has no username", "nobody" },
	{ SOME "\"secret\": \"cHc=\", \"sealed\": \"\", " ENDED, "a time that is none",
	  "not sealed at any time" },
	{ SOME "\"secret\": \"cHc=\", \"sealed\": \"yesterday\", " ENDED, "a time that is none",
	  "no time" },
	{ SOME
	  "\"secret\": \"cHc=\", \"sealed\": \"2026-11-28T13:00:00Z\", \"expires\": \"\", " ENDED,
	  "a time that is none", "an empty end is not taken for none" },
	{ SOME
	  "\"secret\": \"cHc=\", \"sealed\": \"2026-11-28T13:00:00Z\", \"expires\": null, " ENDED,
	  "a time that is none", "nor is null" },
	{ SOME "\"secret\": \"cHc=\", \"sealed\": \"2026-11-28T13:00:00Z\", \"expires\": "
	       "\"0001-01-01T00:00:00Z\", " ENDED,
	  "a time that is none", "nor Go's zero" },
	{ SOME "\"secret\": \"cHc=\", " TIMES "\"id\": \"\"}", "an id that is none", "no id" },
	{ SOME "\"secret\": \"cHc=\", " TIMES "\"id\": \"0123456789ABCDEF0123456789abcdef\"}",
	  "an id that is none", "capital letters" },
};

START_TEST(content)
{
	struct error err = ERROR_INIT;
	scoped_sealed_content c = { 0 };
	const char *text = contents[_i].text, *says = contents[_i].says;
	int rc = sealed_content_parse(&c, text, strlen(text), &err);

	ck_assert_msg((rc == 0) == !says, "%s: %s", contents[_i].why, err.text);
	if (!says)
		return;
	ck_assert_msg(err.kind == ERROR_INPUT && strstr(err.text, says), "%s: %s", contents[_i].why,
		      err.text);
	ck_assert_msg(!strstr(err.text, "hunter2") && !strstr(err.text, "cH"),
		      "%s: the secret is quoted: %s", contents[_i].why, err.text);
	ck_assert_ptr_null(c.registry);
}
END_TEST

START_TEST(too_large)
{
	struct error err = ERROR_INIT;
	scoped_sealed_content c = { 0 };
	scoped_str text = xcalloc(SEALED_CONTENT_MAX + 1, 1);

	ck_assert_int_lt(sealed_content_parse(&c, text, SEALED_CONTENT_MAX + 1, &err), 0);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
}
END_TEST

/* Every byte of a secret, and names that JSON has to escape. */
START_TEST(written_and_read)
{
	struct error err = ERROR_INIT;
	struct sealed_content c = { .registry = (char *)"http://reg",
				    .prefix = (char *)"org",
				    .username = (char *)"a \"quoted\\ n\xc3\xa4me\x01",
				    .sealed = 1795870800 * NSEC_PER_SEC,
				    .expires = TIME_NONE,
				    .id = (char *)ID };
	scoped_sealed_content again = { 0 };
	scoped_buf text;

	for (int i = 0; i < 256; i++)
		secret_add(&c.secret, &(char){ (char)i }, 1);
	buf_init_wiped(&text, SEALED_CONTENT_MAX);
	sealed_content_format(&c, &text);
	ck_assert_msg(sealed_content_parse(&again, text.data, text.len, &err) == 0, "%s", err.text);
	ck_assert_str_eq(again.registry, c.registry);
	ck_assert_str_eq(again.prefix, c.prefix);
	ck_assert_str_eq(again.username, c.username);
	ck_assert_str_eq(again.id, c.id);
	ck_assert(again.sealed == c.sealed && again.expires == c.expires);
	ck_assert(secret_equal(&again.secret, &c.secret));
	secret_release(&c.secret);
}
END_TEST

#define NOW 1000

static const struct {
	const char *registry, *prefix, *key, *repo;
	int64_t expires;
	bool answers;
	const char *why;
} asked[] = {
	{ "reg", "", "https://reg", NULL, TIME_NONE, true, "the registry, repository not known" },
	{ "reg", "", "reg/org/app", "org/app", TIME_NONE, true, "as crane asks" },
	{ "docker.io", "", "https://index.docker.io/v1/", NULL, TIME_NONE, true, "the Hub" },
	{ "reg", "", "other", NULL, TIME_NONE, false, "another registry" },
	{ "reg", "", "reg:5000", NULL, TIME_NONE, false, "another port" },
	{ "reg:5000", "", "reg", NULL, TIME_NONE, false, "no port" },
	{ "reg", "", "http://reg", NULL, TIME_NONE, false, "without TLS" },
	{ "http://reg", "", "reg", NULL, TIME_NONE, false, "with TLS" },
	{ "reg", "", "reg.evil.example", NULL, TIME_NONE, false, "a longer name" },
	{ "reg.example", "", "reg", NULL, TIME_NONE, false, "a shorter name" },
	{ "reg", "", "reg@evil", NULL, TIME_NONE, false, "an opaque key" },
	{ "reg@evil", "", "reg@evil", NULL, TIME_NONE, false, "an opaque key is nobody's" },
	{ "reg", "org", "https://reg", "org/app", TIME_NONE, true, "within the prefix" },
	{ "reg", "org/app", "https://reg", "org/app", TIME_NONE, true, "the repository itself" },
	{ "reg", "org", "https://reg", "organic/app", TIME_NONE, false, "half a segment" },
	{ "reg", "org/app", "https://reg", "org", TIME_NONE, false, "above the prefix" },
	{ "reg", "org", "https://reg", NULL, TIME_NONE, false, "repository not known" },
	{ "reg", "org", "https://reg", "", TIME_NONE, false, "no repository" },
	{ "reg", "org", "https://reg/org", "org", TIME_NONE, true, "an address with a path" },
	{ "reg", "", "https://reg/org", "org", TIME_NONE, false, "it matches exactly" },
	{ "docker.io", "", "https://index.docker.io/v1/access-token", "v1/access-token", TIME_NONE,
	  false, "a token of the device flow is another credential" },
	{ "reg", "", "reg", NULL, NOW + 1, true, "before the end" },
	{ "reg", "", "reg", NULL, NOW, false, "at the end" },
	{ "reg", "", "reg", NULL, NOW - 1, false, "after the end" },
};

START_TEST(refusal)
{
	struct sealed_content c = { .registry = (char *)asked[_i].registry,
				    .prefix = (char *)asked[_i].prefix,
				    .expires = asked[_i].expires };
	scoped_registry_key key = { 0 };

	registry_key_read(&key, asked[_i].key);
	const char *refused = sealed_refuses(&c, &key, asked[_i].repo, NOW);

	ck_assert_msg(!refused == asked[_i].answers, "%s: %s", asked[_i].why,
		      refused ? refused : "answers");
}
END_TEST

static const struct {
	const char *registry, *prefix, *name;
} names[] = {
	{ "registry.example.com:5000", "org/team", "registry.example.com:5000+org+team.sealed" },
	{ "docker.io", "", "docker.io.sealed" },
	{ "http://reg:80a", "x", NULL },
	{ "http://reg", "a", "http:++reg+a.sealed" },
	{ "[::1]:5000", "a_b/c-d", "[::1]:5000+a_b+c-d.sealed" },
	{ "reg", "a+b", "reg+a%2bb.sealed" },
	{ "reg", "a~b", "reg+a%7eb.sealed" },
};

START_TEST(name)
{
	scoped_str registry = NULL;
	scoped_str prefix = NULL;
	scoped_str file = sealed_file_name(names[_i].registry, names[_i].prefix);

	if (!names[_i].name) {
		ck_assert(!sealed_file_name_read(file, &registry, &prefix));
		return;
	}
	ck_assert_str_eq(file, names[_i].name);
	ck_assert(sealed_file_name_read(file, &registry, &prefix));
	ck_assert_str_eq(registry, names[_i].registry);
	ck_assert_str_eq(prefix, names[_i].prefix);
}
END_TEST

static const struct {
	const char *name, *why;
} no_names[] = {
	{ "", "nothing" },
	{ ".sealed", "no registry" },
	{ "reg", "no suffix" },
	{ "reg.sealed.bak", "something behind it" },
	{ "Reg.sealed", "another spelling of the registry" },
	{ "index.docker.io.sealed", "an alias" },
	{ "reg+.sealed", "a slash at the end" },
	{ "reg++a.sealed", "two slashes" },
	{ "reg+v2.sealed", "the API's path" },
	{ "reg+a%2Bb.sealed", "capital digits" },
	{ "reg+a%61b.sealed", "an escape without need" },
	{ "reg+a%2.sealed", "half an escape" },
	{ "reg+%.sealed", "a quarter of one" },
	{ "reg+a%00b.sealed", "a NUL" },
	{ "reg+..+etc.sealed", "dots" },
	{ "reg+a b.sealed", "a blank" },
};

START_TEST(no_name)
{
	scoped_str registry = NULL;
	scoped_str prefix = NULL;

	ck_assert_msg(!sealed_file_name_read(no_names[_i].name, &registry, &prefix), "%s",
		      no_names[_i].why);
	ck_assert(!registry && !prefix);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("sealed_text");
	TCase *content_case = tcase_create("content"), *name_case = tcase_create("name");

	tcase_add_loop_test(content_case, content, 0, (int)array_len(contents));
	tcase_add_test(content_case, too_large);
	tcase_add_test(content_case, written_and_read);
	tcase_add_loop_test(content_case, refusal, 0, (int)array_len(asked));
	suite_add_tcase(s, content_case);
	tcase_add_loop_test(name_case, name, 0, (int)array_len(names));
	tcase_add_loop_test(name_case, no_name, 0, (int)array_len(no_names));
	suite_add_tcase(s, name_case);
	return s;
}
