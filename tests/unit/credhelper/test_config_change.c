/* SPDX-License-Identifier: Apache-2.0 */
/* What install and uninstall make of config.json, without a file. Texts are written with ' for ".
 */
#include "tests/unit/suite.h"

#include <stdint.h>
#include <string.h>

#include "common/codec/json.h"
#include "credhelper/config_change.h"

static char *quoted(const char *text)
{
	char *copy = xstrdup(text);

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	return copy;
}

static json_t *parse(const char *text)
{
	struct error err = ERROR_INIT;
	struct config_doc doc = { 0 };
	scoped_str copy = quoted(text);

	ck_assert_msg(config_parse(&doc, copy, strlen(copy), &err) == 0, "%s", err.text);
	return doc.root;
}

/* On one line, with ' for ", as rows are written. */
static void check_json(const json_t *root, const char *expected, const char *why)
{
	char *text = json_dumps(root, JSON_COMPACT);

	for (char *c = text; *c; c++)
		if (*c == '"')
			*c = '\'';
	ck_assert_msg(strcmp(text, expected) == 0, "%s: %s", why, text);
	free(text);
}

#define R    "reg.example.com"
#define GOOD "{'auth':'YWxpY2U6Z2VoZWlt'}"
#define HUB  "https://index.docker.io/v1/"

/* registries: "" is by credsStore. moves: servers, with "!" those that cannot be moved. after: with
 * all moved. back: what uninstall makes of that by the record, credentials aside. */
static const struct {
	const char *before, *registries, *moves, *after, *back, *why;
} rows[] = {
	{ "{}", "", "", "{'credsStore':'pushgate'}", "{}", "nothing there" },
	{ "{'a':1,'credsStore':'pass','z':[1,{}]}", "", "",
	  "{'a':1,'credsStore':'pushgate','z':[1,{}]}", "{'a':1,'credsStore':'pass','z':[1,{}]}",
	  "in its place, and others stay in theirs" },
	{ "{'CredsStore':'pass'}", "", "", "{'CredsStore':'pushgate'}", "{'CredsStore':'pass'}",
	  "under its own spelling, so that there are not two" },
	{ "{'credsStore':'pushgate'}", "", "", "{'credsStore':'pushgate'}", "{}",
	  "there already: nobody knows what was before" },
	{ "{'auths':{'" R "':" GOOD ",'b':{}}}", "", R " ",
	  "{'auths':{'" R "':{},'b':{}},'credsStore':'pushgate'}", "{'auths':{'" R "':{},'b':{}}}",
	  "a credential goes, its entry stays" },
	{ "{'auths':{'" R "':{'email':'a@b','username':'u','password':'p','x':1}}}", "", R " ",
	  "{'auths':{'" R "':{'email':'a@b','x':1}},'credsStore':'pushgate'}",
	  "{'auths':{'" R "':{'email':'a@b','x':1}}}", "what is no credential stays" },
	{ "{'auths':{'" R "':{'registrytoken':'t','AUTH':'dTpw'}}}", "", R " ",
	  "{'auths':{'" R "':{'registrytoken':'t'}},'credsStore':'pushgate'}",
	  "{'auths':{'" R "':{'registrytoken':'t'}}}", "a bearer token stays" },
	{ "{'auths':{'" R "':{'auth':'!'}}}", "", "!" R " ",
	  "{'auths':{'" R "':{'auth':'!'}},'credsStore':'pushgate'}",
	  "{'auths':{'" R "':{'auth':'!'}}}", "what nobody can read stays" },
	{ "{'auths':{'':" GOOD ",'a\\nb':" GOOD ",'" R "':" GOOD "}}", "", "! !a\nb " R " ",
	  "{'auths':{'':" GOOD ",'a\\nb':" GOOD ",'" R "':{}},'credsStore':'pushgate'}",
	  "{'auths':{'':" GOOD ",'a\\nb':" GOOD ",'" R "':{}}}",
	  "what no helper can be asked for" },
	{ "{'auths':{'https://" R "':" GOOD ",'" R "':" GOOD "}}", "", R " https://" R " ",
	  "{'auths':{'https://" R "':{},'" R "':{}},'credsStore':'pushgate'}",
	  "{'auths':{'https://" R "':{},'" R "':{}}}", "what docker asks by comes first" },
	{ "{'auths':{'" R "':" GOOD "},'credHelpers':{'" R "':'pass'}}", "", "",
	  "{'auths':{'" R "':" GOOD "},'credHelpers':{'" R "':'pass'},'credsStore':'pushgate'}",
	  "{'auths':{'" R "':" GOOD "},'credHelpers':{'" R "':'pass'}}",
	  "another helper's is not ours to move" },
	{ "{'auths':{'" R "':" GOOD "},'credHelpers':{'" R "':'pushgate'}}", "", R " ",
	  "{'auths':{'" R "':{}},'credHelpers':{'" R "':'pushgate'},'credsStore':'pushgate'}",
	  "{'auths':{'" R "':{}}}", "what is ours by name is" },
	{ "{'auths':{'" R "':" GOOD ",'b':" GOOD "}}", R, R " ",
	  "{'auths':{'" R "':{},'b':" GOOD "},'credHelpers':{'" R "':'pushgate'}}",
	  "{'auths':{'" R "':{},'b':" GOOD "}}", "one registry" },
	{ "{'credHelpers':{'b':'x','" R "':'pass'},'credsStore':'y'}", R, "",
	  "{'credHelpers':{'b':'x','" R "':'pushgate'},'credsStore':'y'}",
	  "{'credHelpers':{'b':'x','" R "':'pass'},'credsStore':'y'}", "that had another helper" },
	{ "{'auths':{'" HUB "':" GOOD ",'index.docker.io':" GOOD "}}", "docker.io",
	  HUB " index.docker.io ",
	  "{'auths':{'" HUB "':{},'index.docker.io':{}},'credHelpers':{'" HUB "':'pushgate'}}",
	  "{'auths':{'" HUB "':{},'index.docker.io':{}}}", "the Hub, as docker asks for it" },
	{ "{'auths':{'" R ":443':" GOOD ",'" R "':" GOOD "}}", R ":443", R ":443 ",
	  "{'auths':{'" R ":443':{},'" R "':" GOOD "},'credHelpers':{'" R ":443':'pushgate'}}",
	  "{'auths':{'" R ":443':{},'" R "':" GOOD "}}",
	  "a port that is said is asked by: the other spelling is another registry to docker" },
	{ "{'auths':{'https://" R ":443/v2/':" GOOD ",'" R "':" GOOD "}}", R, R " ",
	  "{'auths':{'https://" R ":443/v2/':" GOOD ",'" R "':{}},'credHelpers':{'" R
	  "':'pushgate'}}",
	  "{'auths':{'https://" R ":443/v2/':" GOOD ",'" R "':{}}}", "nor the other way round" },
	{ "{'credHelpers':{'" R "':'pushgate'},'credsStore':'x'}", R, "",
	  "{'credHelpers':{'" R "':'pushgate'},'credsStore':'x'}", "{'credsStore':'x'}",
	  "there already" },
};

static void add_moves(struct buf *text, struct strings *moved, const struct install_plan *plan)
{
	for (size_t i = 0; i < plan->moves.count; i++) {
		const struct config_move *move = &plan->moves.items[i];
		bool can = move->kind == CONFIG_AUTH_PASSWORD || move->kind == CONFIG_AUTH_TOKEN;

		if (can)
			strings_add(moved, move->server);
		buf_fmt(text, "%s%s ", can ? "" : "!", move->server);
	}
}

START_TEST(there_and_back)
{
	scoped_strings registries = { 0 }, moved = { 0 };
	scoped_json *before = parse(rows[_i].before);
	scoped_config_record record = { 0 };
	scoped_install_plan plan;
	scoped_buf moves;
	bool changed;

	buf_init(&moves, SIZE_MAX);
	if (*rows[_i].registries)
		strings_add(&registries, rows[_i].registries);
	install_plan(&plan, before, &registries);
	add_moves(&moves, &moved, &plan);
	ck_assert_msg(strcmp(moves.data, rows[_i].moves) == 0, "%s: %s", rows[_i].why, moves.data);
	install_record(&record, before, &plan);
	scoped_json *after = install_apply(before, &plan, &moved);

	check_json(after, rows[_i].after, rows[_i].why);
	scoped_json *back = uninstall_apply(after, &record, &changed);

	ck_assert(changed);
	check_json(back, rows[_i].back, rows[_i].why);
}
END_TEST

/* --- uninstall. */

static const struct {
	const char *record, *now; /* record "": there is none */
	const char *back, *wants;
	bool changed;
	const char *why;
} backs[] = {
	{ "", "{'credsStore':'pushgate','credHelpers':{'a':'pushgate','b':'x'}}",
	  "{'credHelpers':{'b':'x'}}", "", true, "no record: pushgate goes, that is all" },
	{ "", "{'credsStore':'pass'}", "{'credsStore':'pass'}", "", false, "not ours" },
	{ "{'pushgate':1,'credsStore':'pass'}", "{'credsStore':'desktop'}",
	  "{'credsStore':'desktop'}", "", false, "somebody has chosen another since" },
	{ "{'pushgate':1,'credHelpers':{'a':'x'}}",
	  "{'credsStore':'pushgate','credHelpers':{'a':'y'}}", "{'credHelpers':{'a':'y'}}", "",
	  true, "of one registry, too" },
	{ "{'pushgate':1,'credsStore':null,'moved':['a','b','c','d']}",
	  "{'credsStore':'pushgate','auths':{'a':{},'b':" GOOD ",'d':null,'e':{}}}",
	  "{'auths':{'a':{},'b':" GOOD ",'d':null,'e':{}}}", "a ", true,
	  "only what was moved, is there and holds nothing" },
};

START_TEST(back)
{
	struct error err = ERROR_INIT;
	scoped_config_record record = { 0 };
	scoped_json *now = parse(backs[_i].now);
	scoped_str text = quoted(backs[_i].record);
	scoped_strings wants = { 0 };
	scoped_buf list;
	bool changed;

	buf_init(&list, SIZE_MAX);
	if (*text)
		ck_assert_msg(config_record_parse(&record, text, strlen(text), &err) == 0, "%s",
			      err.text);
	scoped_json *after = uninstall_apply(now, *text ? &record : NULL, &changed);

	check_json(after, backs[_i].back, backs[_i].why);
	ck_assert_msg(changed == backs[_i].changed, "%s", backs[_i].why);
	uninstall_wants(after, &record, &wants);
	for (size_t i = 0; i < wants.count; i++)
		buf_fmt(&list, "%s ", wants.items[i]);
	ck_assert_msg(strcmp(list.data, backs[_i].wants) == 0, "%s: %s", backs[_i].why, list.data);
}
END_TEST

static const struct {
	const char *user, *secret;
	size_t len;
	const char *entry; /* NULL: it cannot be */
	const char *why;
} entries[] = {
	{ "alice", "geheim", 6, "{'e':1,'auth':'YWxpY2U6Z2VoZWlt'}", "a password" },
	{ "alice", "a:b\xff", 4, "{'e':1,'auth':'YWxpY2U6YTpi/w=='}", "any bytes" },
	{ "<token>", "t", 1, "{'e':1,'identitytoken':'t'}", "an identity token" },
	{ "<token>", "\xff", 1, NULL, "a token that is no text" },
	{ "a:b", "c", 1, NULL, "docker would take b for the secret's beginning" },
	{ "", "c", 1, NULL, "no account" },
	{ "alice", "x\0", 2, NULL, "docker trims it" },
	{ "alice", "", 0, NULL, "nothing" },
};

START_TEST(put)
{
	struct error err = ERROR_INIT;
	scoped_json *root = parse("{'auths':{'r':{'e':1,'password':'old'}}}");
	scoped_helper_credential c = { .server = xstrdup("r"),
				       .username = xstrdup(entries[_i].user) };
	const json_t *entry = json_object_get(json_object_get(root, "auths"), "r");
	int failed;

	secret_set(&c.secret, entries[_i].secret, entries[_i].len);
	failed = uninstall_put(root, &c, &err);
	ck_assert_msg(failed == (entries[_i].entry ? 0 : -1), "%s", entries[_i].why);
	check_json(entry, entries[_i].entry ? entries[_i].entry : "{'e':1,'password':'old'}",
		   entries[_i].why);
	str_replace(&c.server, xstrdup("other"));
	error_clear(&err);
	ck_assert_int_eq(uninstall_put(root, &c, &err), -1);
}
END_TEST

/* --- The record. */

/* pushgate was taken out by hand between them. */
START_TEST(record_of_several)
{
	scoped_strings none = { 0 }, one = { 0 };
	scoped_config_record record = { 0 };
	scoped_json *first = parse("{'credsStore':'pass','auths':{'a':" GOOD "}}");
	scoped_json *second = parse("{'credsStore':'other','credHelpers':{'b':'x'}}");
	scoped_json *third = parse("{'credHelpers':{'b':'y'},'auths':{'b':" GOOD ",'c':" GOOD "}}");
	struct install_plan plans[3];
	scoped_buf text;

	buf_init(&text, SIZE_MAX);
	strings_add(&one, "b");
	install_plan(&plans[0], first, &none);
	install_record(&record, first, &plans[0]);
	install_plan(&plans[1], second, &one);
	install_record(&record, second, &plans[1]);
	install_plan(&plans[2], third, &one);
	install_record(&record, third, &plans[2]);
	config_record_format(&record, &text);
	ck_assert_str_eq(text.data, "{\n\t\"pushgate\": 1,\n\t\"credsStore\": \"pass\",\n"
				    "\t\"credHelpers\": {\n\t\t\"b\": \"y\"\n\t},\n"
				    "\t\"moved\": [\n\t\t\"a\",\n\t\t\"b\"\n\t]\n}\n");
	for (size_t i = 0; i < array_len(plans); i++)
		install_plan_release(&plans[i]);
}
END_TEST

static const struct {
	const char *text, *error;
} bad_records[] = {
	{ "", "it: line" },
	{ "[]", "expected an object" },
	{ "{}", "no record" },
	{ "{'credsStore':'pass'}", "no record" },
	{ "{'pushgate':2}", "a later pushgate" },
	{ "{'pushgate':1,'credsStore':7}", "credsStore" },
	{ "{'pushgate':1,'credHelpers':[]}", "credHelpers" },
	{ "{'pushgate':1,'credHelpers':{'a':7}}", "credHelpers.a" },
	{ "{'pushgate':1,'moved':'a'}", "moved" },
	{ "{'pushgate':1,'moved':[7]}", "moved[0]" },
	{ "{'pushgate':1,'auths':{}}", "auths" },
};

/* Once more, while pushgate is in force: the word from before stays. */
START_TEST(record_again)
{
	scoped_strings none = { 0 };
	scoped_config_record record = { 0 };
	scoped_json *first = parse("{'credsStore':'pass'}");
	scoped_json *second = parse("{'credsStore':'pushgate','auths':{'a':" GOOD "}}");
	struct install_plan plans[2];

	install_plan(&plans[0], first, &none);
	install_record(&record, first, &plans[0]);
	install_plan(&plans[1], second, &none);
	install_record(&record, second, &plans[1]);
	ck_assert(record.store_changed);
	ck_assert_str_eq(record.store, "pass");
	ck_assert_uint_eq(record.moved.count, 1);
	for (size_t i = 0; i < array_len(plans); i++)
		install_plan_release(&plans[i]);
}
END_TEST

START_TEST(bad_record)
{
	struct error err = ERROR_INIT;
	scoped_config_record record = { 0 };
	scoped_str text = quoted(bad_records[_i].text);

	ck_assert_int_eq(config_record_parse(&record, text, strlen(text), &err), -1);
	ck_assert_msg(strstr(err.text, bad_records[_i].error) != NULL, "%s", err.text);
	ck_assert(!record.moved.count && !record.store);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("config_change");
	TCase *tc = tcase_create("config_change");

	tcase_add_loop_test(tc, there_and_back, 0, array_len(rows));
	tcase_add_loop_test(tc, back, 0, array_len(backs));
	tcase_add_loop_test(tc, put, 0, array_len(entries));
	tcase_add_test(tc, record_of_several);
	tcase_add_test(tc, record_again);
	tcase_add_loop_test(tc, bad_record, 0, array_len(bad_records));
	suite_add_tcase(s, tc);
	return s;
}
