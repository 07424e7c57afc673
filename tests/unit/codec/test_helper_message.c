/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/helper_message.h"

#define BYTES(text) (text), sizeof(text) - 1

static const struct {
	const char *data;
	size_t len;
	const char *server; /* NULL: refused */
	const char *text;   /* of the error */
	const char *why;
} servers[] = {
	{ BYTES("127.0.0.1:5999"), "127.0.0.1:5999", NULL, "as docker sends it" },
	{ BYTES("reg\n"), "reg", NULL, "a newline" },
	{ BYTES("reg\r\n"), "reg", NULL, "of Windows" },
	{ BYTES(" \t reg \v\f "), "reg", NULL, "blanks around it" },
	{ BYTES("a\nb\r\nc"), "abc", NULL, "lines are joined, as Go does" },
	{ BYTES("a\r\r\nb"), "a\rb", NULL, "one carriage return goes" },
	{ BYTES("a b"), "a b", NULL, "blanks within stay" },
	{ BYTES("r\xff"), "r\xff", NULL, "odd bytes stay" },
	{ BYTES(""), NULL, HELPER_NO_SERVER, "nothing" },
	{ BYTES(" \r\n\n "), NULL, HELPER_NO_SERVER, "blanks only" },
	{ BYTES("reg\0x"), NULL, "the server URL holds a NUL byte", "a NUL" },
};

START_TEST(server)
{
	scoped_str out = NULL;
	struct error err = ERROR_INIT;
	int rc = helper_read_server(servers[_i].data, servers[_i].len, &out, &err);

	if (servers[_i].server) {
		ck_assert_msg(rc == 0, "%s: %s", servers[_i].why, err.text);
		ck_assert_msg(strcmp(out, servers[_i].server) == 0, "%s", servers[_i].why);
		return;
	}
	ck_assert_msg(rc == -1 && !out && err.kind == ERROR_INPUT, "%s", servers[_i].why);
	ck_assert_str_eq(err.text, servers[_i].text);
}
END_TEST

#define STORE(secret) "{\"ServerURL\":\"r\",\"Username\":\"u\",\"Secret\":\"" secret "\"}\n"

static const struct {
	const char *data;
	size_t len;
	const char *server, *username, *secret; /* server NULL: refused */
	size_t secret_len;
	const char *text, *why;
} stores[] = {
	{ BYTES(STORE("pw")), "r", "u", BYTES("pw"), NULL, "as docker sends it" },
	{ BYTES("{\"serverurl\":\"r\",\"USERNAME\":\"u\",\"sEcret\":\"pw\"}"), "r", "u",
	  BYTES("pw"), NULL, "keys know no case" },
	{ BYTES(STORE("pw") "{{ whatever"), "r", "u", BYTES("pw"), NULL,
	  "what follows is ignored" },
	{ BYTES("{\"x\":[1,{\"Secret\":\"no\"},null,true,-1.5e3],\"ServerURL\":\"r\","
		"\"Username\":\"u\",\"Secret\":\"pw\"}"),
	  "r", "u", BYTES("pw"), NULL, "unknown members are skipped" },
	{ BYTES(" { \"ServerURL\" : \"r\" ,\t\"Username\":\"u\",\r\n\"Secret\":\"p\nw\" } "), "r",
	  "u", BYTES("pw"), NULL, "blanks, and lines joined" },
	{ BYTES("{\"ServerURL\":\"x\",\"Username\":\"u\",\"Secret\":\"pw\",\"serverURL\":\"r\"}"),
	  "r", "u", BYTES("pw"), NULL, "the last one counts" },
	{ BYTES("{\"ServerURL\":\"r\",\"Username\":\"u\",\"Secret\":\"pw\",\"Secret\":null}"), "r",
	  "u", BYTES("pw"), NULL, "null says nothing" },
	{ BYTES("{\"ServerURL\":\" a\\nb\\t\",\"Username\":\" u \",\"Secret\":\" pw\\n\"}"), "ab",
	  " u ", BYTES(" pw\n"), NULL, "an address is read as get and erase read it" },
	{ BYTES(STORE("")), "r", "u", BYTES(""), NULL, "an empty secret" },
	{ BYTES("{\"ServerURL\":\"r\",\"Username\":\"u\"}"), "r", "u", BYTES(""), NULL, "none" },
	{ BYTES("{\"ServerURL\":\"r\",\"Username\":\"\\u003ctoken\\u003e\",\"Secret\":\"t\"}"), "r",
	  HELPER_TOKEN_USER, BYTES("t"), NULL, "as Go escapes" },
	{ BYTES(STORE("\\\"\\\\\\/\\b\\f\\n\\r\\t")), "r", "u", BYTES("\"\\/\b\f\n\r\t"), NULL,
	  "escapes" },
	{ BYTES(STORE("\\u00e9\\u20ac\\ud83d\\ude00")), "r", "u",
	  BYTES("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), NULL, "two, three and four bytes" },
	{ BYTES(STORE("\\ud83dx\\ude00\\ud83d\\u0041")), "r", "u",
	  BYTES("\xef\xbf\xbdx\xef\xbf\xbd\xef\xbf\xbd"
		"A"),
	  NULL, "halves of surrogates" },
	{ BYTES(STORE("a\\u0000b")), "r", "u", BYTES("a\0b"), NULL, "a NUL in the secret" },
	{ BYTES(STORE("\xff\xfe\xc3(")), "r", "u", BYTES("\xff\xfe\xc3("), NULL, "no UTF-8" },
	{ BYTES(STORE("\x7f")), "r", "u", BYTES("\x7f"), NULL, "DEL" },
	{ BYTES("{\"Username\":\"u\",\"Secret\":\"pw\"}"), NULL, NULL, NULL, 0, HELPER_NO_SERVER,
	  "no server" },
	{ BYTES("{}"), NULL, NULL, NULL, 0, HELPER_NO_SERVER, "nothing in it" },
	{ BYTES("{\"ServerURL\":\" \\t\\n\",\"Username\":\"u\",\"Secret\":\"pw\"}"), NULL, NULL,
	  NULL, 0, HELPER_NO_SERVER, "blanks, which get and erase could not name" },
	{ BYTES("{\"ServerURL\":\"r\",\"Username\":\"\",\"Secret\":\"pw\"}"), NULL, NULL, NULL, 0,
	  HELPER_NO_USERNAME, "an empty name" },
	{ BYTES("{\"ServerURL\":1}"), NULL, NULL, NULL, 0, "ServerURL is no string", "a number" },
	{ BYTES("{\"ServerURL\":\"r\",\"Username\":\"u\\u0000\"}"), NULL, NULL, NULL, 0,
	  "the server URL or the username holds a NUL byte", "a NUL in the name" },
	{ BYTES(""), NULL, NULL, NULL, 0, "EOF", "nothing" },
	{ BYTES("{"), NULL, NULL, NULL, 0, "unexpected end of JSON input", "cut" },
	{ BYTES("{\"ServerURL\":\"r"), NULL, NULL, NULL, 0, "unexpected end of JSON input", "cut" },
	{ BYTES("{\"ServerURL\":\"r\\"), NULL, NULL, NULL, 0, "unexpected end of JSON input",
	  "cut in an escape" },
#define NO_OBJECT "the message is no JSON object of the protocol"
	{ BYTES("[]"), NULL, NULL, NULL, 0, NO_OBJECT, "a list" },
	{ BYTES("null"), NULL, NULL, NULL, 0, NO_OBJECT, "null" },
	{ BYTES("{\"a\":1,}"), NULL, NULL, NULL, 0, NO_OBJECT, "a comma too many" },
	{ BYTES("{\"a\" 1}"), NULL, NULL, NULL, 0, NO_OBJECT, "no colon" },
	{ BYTES("{a:1}"), NULL, NULL, NULL, 0, NO_OBJECT, "a bare word" },
	{ BYTES("{\"a\":[1}"), NULL, NULL, NULL, 0, NO_OBJECT, "the wrong bracket" },
	{ BYTES("{\"a\":nul}"), NULL, NULL, NULL, 0, NO_OBJECT, "half a word" },
	{ BYTES(STORE("\\x41")), NULL, NULL, NULL, 0, NO_OBJECT, "an escape that is none" },
	{ BYTES(STORE("\\u00g0")), NULL, NULL, NULL, 0, NO_OBJECT, "digits that are none" },
	{ BYTES(STORE("\t")), NULL, NULL, NULL, 0, NO_OBJECT, "a control character" },
	{ BYTES("{\0}"), NULL, NULL, NULL, 0, NO_OBJECT, "a NUL" },
};

START_TEST(store)
{
	scoped_helper_credential out = { 0 };
	struct error err = ERROR_INIT;
	int rc = helper_read_store(stores[_i].data, stores[_i].len, &out, &err);

	if (stores[_i].server) {
		ck_assert_msg(rc == 0, "%s: %s", stores[_i].why, err.text);
		ck_assert_str_eq(out.server, stores[_i].server);
		ck_assert_str_eq(out.username, stores[_i].username);
		ck_assert_msg(out.secret.len == stores[_i].secret_len, "%s", stores[_i].why);
		ck_assert_msg(!out.secret.len || memcmp(out.secret.data, stores[_i].secret,
							out.secret.len) == 0,
			      "%s", stores[_i].why);
		return;
	}
	ck_assert_msg(rc == -1 && !out.server && !out.secret.data, "%s", stores[_i].why);
	ck_assert_msg(strcmp(err.text, stores[_i].text) == 0, "%s: %s", stores[_i].why, err.text);
}
END_TEST

START_TEST(nested)
{
	for (size_t depth = 63; depth <= 66; depth++) {
		scoped_buf text;
		scoped_helper_credential out = { 0 };
		struct error err = ERROR_INIT;

		buf_init(&text, 4096);
		buf_str(&text, "{\"ServerURL\":\"r\",\"Username\":\"u\",\"x\":");
		for (size_t i = 0; i < depth; i++)
			buf_char(&text, '[');
		for (size_t i = 0; i < depth; i++)
			buf_char(&text, ']');
		buf_char(&text, '}');
		int rc = helper_read_store(text.data, text.len, &out, &err);

		ck_assert_msg((rc == 0) == (depth <= 64), "%zu", depth);
	}
}
END_TEST

START_TEST(get)
{
	static const char none[] = "{\"ServerURL\":\"\",\"Username\":\"\",\"Secret\":\"\"}";
	scoped_helper_credential out = { 0 };
	scoped_buf text;
	struct error err = ERROR_INIT;

	ck_assert(helper_read_get(BYTES(none), &out, &err) == 0);
	ck_assert_msg(!*out.server && !*out.username && !out.secret.len, "the caller's to see");
	helper_credential_release(&out);
	ck_assert(helper_read_store(BYTES(STORE("a\\u0000\\\"\\n\xff<")), &out, &err) == 0);
	buf_init_wiped(&text, HELPER_MESSAGE_MAX);
	helper_write_get(&out, &text);
	ck_assert_str_eq(text.data, "{\"ServerURL\":\"r\",\"Username\":\"u\","
				    "\"Secret\":\"a\\u0000\\\"\\u000a\xff<\"}\n");
	scoped_helper_credential again = { 0 };

	ck_assert(helper_read_get(text.data, text.len, &again, &err) == 0);
	ck_assert_msg(secret_equal(&out.secret, &again.secret), "odd bytes survive");
}
END_TEST

START_TEST(list)
{
	scoped_helper_names names = { 0 };
	scoped_buf text;
	struct error err = ERROR_INIT;

	buf_init(&text, 4096);
	helper_write_list(&names, &text);
	ck_assert_msg(strcmp(text.data, "{}\n") == 0, "nothing is not null");
	helper_names_add(&names, "z", "zoe");
	helper_names_add(&names, "a\"", "bob");
	helper_names_add(&names, "a\"", "alice");
	buf_clear(&text);
	helper_write_list(&names, &text);
	ck_assert_str_eq(text.data, "{\"a\\\"\":\"alice\",\"z\":\"zoe\"}\n");
	helper_names_release(&names);
	ck_assert(helper_read_list(text.data, text.len, &names, &err) == 0);
	ck_assert(names.count == 2 && strcmp(names.items[1].username, "zoe") == 0);
	helper_names_release(&names);
	ck_assert(helper_read_list(BYTES("null\n"), &names, &err) == 0 && names.count == 0);
	ck_assert(helper_read_list(BYTES(""), &names, &err) == 0 && names.count == 0);
	ck_assert(helper_read_list(BYTES("{\"a\":1}"), &names, &err) == -1 && names.count == 0);
	ck_assert_str_eq(err.text, "a username is no string");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("helper_message");
	TCase *tc = tcase_create("message");

	tcase_add_loop_test(tc, server, 0, (int)array_len(servers));
	tcase_add_loop_test(tc, store, 0, (int)array_len(stores));
	tcase_add_test(tc, nested);
	tcase_add_test(tc, get);
	tcase_add_test(tc, list);
	suite_add_tcase(s, tc);
	return s;
}
