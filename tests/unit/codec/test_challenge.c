/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdint.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/buf.h"
#include "common/codec/challenge.h"

/* "bearer realm=[x] scope=[y]; negotiate <YII=>" */
static char *dump(const struct challenges *list)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	for (size_t i = 0; i < list->count; i++) {
		const struct challenge *c = &list->items[i];

		buf_fmt(&out, "%s%s", i ? "; " : "", c->scheme);
		if (c->token68)
			buf_fmt(&out, " <%s>", c->token68);
		for (size_t k = 0; k < c->params.count; k++)
			buf_fmt(&out, " %s=[%s]", c->params.items[k].name,
				c->params.items[k].value);
	}
	return buf_take(&out);
}

#define HUB                                              \
	"Bearer realm=\"https://auth.docker.io/token\"," \
	"service=\"registry.docker.io\",scope=\"repository:docker/docker:pull\""
#define HUB_READ                                                                    \
	"bearer realm=[https://auth.docker.io/token] service=[registry.docker.io] " \
	"scope=[repository:docker/docker:pull]"

static const struct {
	const char *line, *read;
	bool broken;
	const char *why;
} rows[] = {
	/* regclient's internal/auth/auth_test.go */
	{ HUB, HUB_READ, false, "Docker Hub" },
	{ "Basic realm=\"GitHub Package Registry\"", "basic realm=[GitHub Package Registry]", false,
	  "blanks in quotes" },
	{ "BaSiC ReAlM=\"Case insensitive key\"", "basic realm=[Case insensitive key]", false,
	  "the case of names is no matter" },
	{ "Basic realm=unquoted", "basic realm=[unquoted]", false, "a token" },
	{ "Basic realm=/", "basic realm=[/]", false, "no token, but clear enough" },
	{ "Basic realm=\"Dev\", charset=\"UTF-8\"", "basic realm=[Dev] charset=[UTF-8]", false,
	  "RFC 7617's charset" },
	{ "\"Basic\" \"realm\"=/", "basic realm=[/]", false, "quoted names" },
	{ HUB ", Basic realm=\"GitHub Package Registry\"",
	  HUB_READ "; basic realm=[GitHub Package Registry]", false, "two on one line" },
	{ "Basic realm=\"Dev\" charset=\"UTF-8\"", "basic realm=[Dev]", true,
	  "a comma is missing" },
	{ "Basic realm=\"GitHub Package Registry", "basic", true, "the quote is not closed" },
	{ "Basic realm=\"GitHub Package Registry\\", "basic", true, "nothing is escaped" },

	/* oras-go's registry/remote/auth/challenge_test.go */
	{ "", "", false, "an empty line" },
	{ "foo bar", "foo <bar>", false, "another scheme with token68" },
	{ "Basic realm=\"Test Registry\"", "basic realm=[Test Registry]", false, "Basic" },
	{ "Basic", "basic", false, "no parameters" },
	{ "Basic  ", "basic", false, "blanks behind it" },
	{ "Bearer realm=\"https://auth.example.io/token\",service=\"registry.example.io\","
	  "scope=\"repository:library/hello-world:pull,push\"",
	  "bearer realm=[https://auth.example.io/token] service=[registry.example.io] "
	  "scope=[repository:library/hello-world:pull,push]",
	  false, "a comma in quotes" },
	{ "Bearer scope=\"repository:library/alpine:pull,push repository:ubuntu:pull\"",
	  "bearer scope=[repository:library/alpine:pull,push repository:ubuntu:pull]", false,
	  "several scopes" },
	{ "Bearer realm = \"https://auth.example.io/token\"   ,service=registry.example.io, "
	  "scope  =\"repository:library/hello-world:pull,push\"  ",
	  "bearer realm=[https://auth.example.io/token] service=[registry.example.io] "
	  "scope=[repository:library/hello-world:pull,push]",
	  false, "blanks round everything" },
	{ "Bearer realm=\"https://auth.example.io/token\",service",
	  "bearer realm=[https://auth.example.io/token]; service", false,
	  "a name alone is a scheme by the grammar" },
	{ "Bearer realm=\"https://auth.example.io/token\",service=",
	  "bearer realm=[https://auth.example.io/token]", true, "a value is missing" },
	{ "Bearer realm=\"https://auth.example.io/token\",service= ",
	  "bearer realm=[https://auth.example.io/token]", true, "a value is a blank" },
	{ "Bearer realm=\"https://auth.example.io/token\",service=\"registry",
	  "bearer realm=[https://auth.example.io/token]", true, "what was whole stays" },
	{ "Bearer realm=\"https://auth.example.io/token\",empty=\"\",service=\"r\"",
	  "bearer realm=[https://auth.example.io/token] empty=[] service=[r]", false,
	  "an empty value in quotes" },
	{ "Bearer foo=\"foo\\\"bar\",hello=\"\\\"hello world\\\"\"",
	  "bearer foo=[foo\"bar] hello=[\"hello world\"]", false, "escaped quotes" },

	/* go-containerregistry's response_challenge_test.go, which was distribution's */
	{ "Bearer realm=\"https://auth.example.com/token\",service=\"registry.example.com\","
	  "other=fun,slashed=\"he\\\"\\l\\lo\"",
	  "bearer realm=[https://auth.example.com/token] service=[registry.example.com] "
	  "other=[fun] slashed=[he\"llo]",
	  false, "what needs no escape, escaped" },

	/* containers/image's docker_client_test.go, registry.suse.com */
	{ "Bearer realm=\"https://registry.suse.com/auth\",service=\"SUSE Linux Docker Registry\","
	  "scope=\"registry:catalog:*\",error=\"insufficient_scope\"",
	  "bearer realm=[https://registry.suse.com/auth] service=[SUSE Linux Docker Registry] "
	  "scope=[registry:catalog:*] error=[insufficient_scope]",
	  false, "blanks in the service" },
	{ "Bearer realm=\"https://registry.suse.com/auth\",scope=\"registry:catalog:*,error=\"x\"",
	  "bearer realm=[https://registry.suse.com/auth] scope=[registry:catalog:*,error=]", true,
	  "a quote is missing in the middle" },

	/* RFC 9110 §11.6.1, RFC 7235 §4.1 */
	{ "Basic realm=\"simple\", Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\"",
	  "basic realm=[simple]; newauth realm=[apps] type=[1] title=[Login to \"apps\"]", false,
	  "the RFC's own example" },
	{ "Negotiate", "negotiate", false, "a challenge that is a word (ggcr#1075)" },
	{ "Negotiate, Basic realm=\"x\"", "negotiate; basic realm=[x]", false, "and one behind" },
	{ "Negotiate YIIabc/+==, Basic realm=\"x\"", "negotiate <YIIabc/+==>; basic realm=[x]",
	  false, "token68 with padding" },
	{ "Negotiate a=, Basic realm=x", "negotiate <a=>; basic realm=[x]", false,
	  "one \"=\" that ends it is padding" },
	{ ", ,Basic realm=x,,charset=y, ", "basic realm=[x] charset=[y]", false,
	  "empty elements (watchtower#1624)" },
	{ "\tBasic\trealm\t=\tx\t,\tcharset=y", "basic realm=[x] charset=[y]", false, "tabs" },
	{ "Basic Realm=a, REALM=b", "basic realm=[a] realm=[b]", false,
	  "twice: both, and the first is found" },

	/* Registries */
	{ "Bearer realm=\"https://r.example/v2/token?a=b&c=d\",service=\"x\"",
	  "bearer realm=[https://r.example/v2/token?a=b&c=d] service=[x]", false,
	  "\"=\" in a value: what iSulad cuts" },
	{ "Bearer realm=https://r.example/token?a=b,service=x",
	  "bearer realm=[https://r.example/token?a=b] service=[x]", false, "and without quotes" },
	{ "Bearer realm=\"/token\",service=\"x\"", "bearer realm=[/token] service=[x]", false,
	  "a relative realm" },
	{ "Bearer error=\"insufficient_scope\",realm=\"https://a/\"",
	  "bearer error=[insufficient_scope] realm=[https://a/]", false, "an error first" },
	{ "BASIC realm=\"a,b=c, Bearer realm=d\"", "basic realm=[a,b=c, Bearer realm=d]", false,
	  "a challenge within quotes is none" },
	{ "Bearer realm='https://a/,b'", "bearer realm=['https://a/]; b'", false,
	  "single quotes are characters" },

	/* Not to be read */
	{ "realm=\"x\"", "", true, "a parameter of nothing" },
	{ "=x", "", true, "no name" },
	{ "\"\" realm=x", "", true, "an empty scheme" },
	{ "\"a b\" realm=x", "", true, "a scheme that is no token" },
	{ "Basic realm=\"a\\\x01\"", "basic", true, "a control character, escaped" },
	{ "Basic realm=\"a\nb\"", "basic", true, "a line feed in quotes" },
	{ "Basic realm=a\x7f", "basic realm=[a]", true, "DEL" },
	{ "Basic realm=a\"b\"", "basic realm=[a]", true, "a quote within a value" },
	{ "Basic (x)", "basic", true, "neither token68 nor parameter" },
	{ "Basic realm=\"caf\xc3\xa9\"", "basic realm=[caf\xc3\xa9]", false, "obs-text" },
};

START_TEST(reads)
{
	scoped_challenges list = { 0 };

	challenges_add(&list, rows[_i].line, strlen(rows[_i].line));
	scoped_str text = dump(&list);

	ck_assert_msg(strcmp(text, rows[_i].read) == 0, "%s: %s", rows[_i].why, text);
	ck_assert_msg(list.broken == rows[_i].broken, "%s", rows[_i].why);
}
END_TEST

/* A challenge ends with its line. */
START_TEST(lines)
{
	scoped_challenges list = { 0 };
	static const char *const line[] = { "Negotiate", "Basic realm=\"a\"", "charset=\"UTF-8\"",
					    HUB };

	for (size_t i = 0; i < array_len(line); i++)
		challenges_add(&list, line[i], strlen(line[i]));
	scoped_str text = dump(&list);

	ck_assert_str_eq(text, "negotiate; basic realm=[a]; " HUB_READ);
	ck_assert(list.broken);
	ck_assert_str_eq(challenge_param(challenges_find(&list, "bearer"), "service"),
			 "registry.docker.io");
	ck_assert_ptr_null(challenge_param(challenges_find(&list, "bearer"), "error"));
	ck_assert_ptr_null(challenges_find(&list, "digest"));
}
END_TEST

START_TEST(twice)
{
	static const char line[] = "Bearer realm=\"https://a/\", realm=\"https://b/\"";
	scoped_challenges list = { 0 };

	challenges_add(&list, line, strlen(line));
	ck_assert_str_eq(challenge_param(&list.items[0], "realm"), "https://a/");
}
END_TEST

START_TEST(nul_within)
{
	static const char line[] = "Basic realm=a\0, Bearer realm=b";
	scoped_challenges list = { 0 };

	challenges_add(&list, line, sizeof(line) - 1);
	scoped_str text = dump(&list);

	ck_assert_str_eq(text, "basic realm=[a]");
	ck_assert(list.broken);
}
END_TEST

static const struct {
	const char *line, *scheme; /* NULL: none */
	const char *realm;
	const char *why;
} picks[] = {
	{ "Basic realm=a, Bearer realm=b", "bearer", "b", "Bearer before Basic" },
	{ "Bearer realm=a, Bearer realm=b", "bearer", "a", "the first of its kind" },
	{ "Bearer, Basic realm=a", "basic", "a", "a Bearer without realm cannot be answered" },
	{ "Bearer realm=\"\", Bearer realm=b", "bearer", "b", "nor one with an empty realm" },
	{ "Negotiate, Digest realm=x, Basic", "basic", NULL, "Basic needs none" },
	{ "Negotiate, Digest realm=x", NULL, NULL, "none that we can answer" },
	{ "", NULL, NULL, "none at all" },
};

START_TEST(pick)
{
	scoped_challenges list = { 0 };

	challenges_add(&list, picks[_i].line, strlen(picks[_i].line));
	const struct challenge *c = challenges_pick(&list);

	ck_assert_pstr_eq(c ? c->scheme : NULL, picks[_i].scheme);
	ck_assert_pstr_eq(c ? challenge_param(c, "realm") : NULL, picks[_i].realm);
}
END_TEST

static char *repeat(const char *what, size_t count)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	for (size_t i = 0; i < count; i++)
		buf_str(&out, what);
	return buf_take(&out);
}

static void add(struct challenges *list, const char *line)
{
	challenges_add(list, line, strlen(line));
}

START_TEST(limits)
{
	scoped_challenges many = { 0 };
	scoped_challenges params = { 0 };
	scoped_challenges bytes = { 0 };
	scoped_str schemes = repeat("x,", CHALLENGES_MAX);
	scoped_str names = repeat("a=b,", CHALLENGE_PARAMS_MAX);
	scoped_str line = xasprintf("x %s", names);
	scoped_str blanks = repeat(" ", CHALLENGE_BYTES_MAX - 5);

	add(&many, schemes);
	ck_assert(many.count == CHALLENGES_MAX && !many.broken);
	add(&many, "y");
	ck_assert(many.count == CHALLENGES_MAX && many.broken);
	add(&params, line);
	ck_assert(params.items[0].params.count == CHALLENGE_PARAMS_MAX && !params.broken);
	str_replace(&line, xasprintf("x %sc=d", names));
	add(&params, line);
	ck_assert(params.items[1].params.count == CHALLENGE_PARAMS_MAX && params.broken);
	add(&bytes, blanks);
	add(&bytes, "Basic");
	ck_assert(bytes.count == 1 && !bytes.broken);
	add(&bytes, "x");
	ck_assert(bytes.count == 1 && bytes.broken);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("challenge");
	TCase *t = tcase_create("challenge");

	tcase_add_loop_test(t, reads, 0, (int)array_len(rows));
	tcase_add_test(t, lines);
	tcase_add_test(t, twice);
	tcase_add_test(t, nul_within);
	tcase_add_loop_test(t, pick, 0, (int)array_len(picks));
	tcase_add_test(t, limits);
	suite_add_tcase(s, t);
	return s;
}
