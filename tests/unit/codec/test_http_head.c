/* SPDX-License-Identifier: Apache-2.0 */
/* Each head is given byte by byte too: it is whole with its last byte, and not before. */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/codec/http_head.h"

static const struct {
	const char *why, *text;
	int rc, status;
	int64_t length;
	bool encoded;
	const char *rest; /* what follows the head */
} rows[] = {
	{ "docker's answer to attach",
	  "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\n"
	  "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n\1",
	  1, 101, -1, false, "\1" },
	{ "without Upgrade",
	  "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n", 1, 200, -1,
	  false, "" },
	{ "no header at all", "HTTP/1.1 200 OK\r\n\r\n", 1, 200, -1, false, "" },
	{ "no reason", "HTTP/1.1 200\r\n\r\n", 1, 200, -1, false, "" },
	{ "an empty reason", "HTTP/1.0 200 \r\n\r\nx", 1, 200, -1, false, "x" },
	{ "a length", "HTTP/1.1 404 Not Found\r\nContent-Length: 22\r\n\r\n{", 1, 404, 22, false,
	  "{" },
	{ "a length of nothing", "HTTP/1.1 500 x\r\ncontent-length:0\r\n\r\n", 1, 500, 0, false,
	  "" },
	{ "blanks around the length", "HTTP/1.1 500 x\r\nCONTENT-LENGTH: \t7 \t\r\n\r\n", 1, 500, 7,
	  false, "" },
	{ "the same length twice",
	  "HTTP/1.1 500 x\r\nContent-Length: 7\r\nContent-Length: 7\r\n\r\n", 1, 500, 7, false,
	  "" },
	{ "chunks", "HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\n", 1, 500, -1, true, "" },
	{ "names that only begin alike",
	  "HTTP/1.1 500 x\r\nContent-Lengths: a\r\nTransfer-Encodings: b\r\n\r\n", 1, 500, -1,
	  false, "" },
	{ "a second blank line is no part of it", "HTTP/1.1 101 x\r\n\r\n\r\n\r\n", 1, 101, -1,
	  false, "\r\n\r\n" },
	{ "nothing yet", "", 0, 0, 0, false, NULL },
	{ "cut in the protocol", "HTTP/", 0, 0, 0, false, NULL },
	{ "cut before the blank line", "HTTP/1.1 101 x\r\nUpgrade: tcp\r\n", 0, 0, 0, false, NULL },
	{ "line feeds alone do not end it", "HTTP/1.1 200 OK\n\n", 0, 0, 0, false, NULL },
	{ "HTTP/2", "HTTP/2 200\r\n\r\n", -1, 0, 0, false, NULL },
	{ "another protocol", "SSH-2.0-OpenSSH_9.2\r\n", -1, 0, 0, false, NULL },
	{ "a frame", "\1\0\0\0\0", -1, 0, 0, false, NULL },
	{ "no status", "HTTP/1.1 \r\n\r\n", -1, 0, 0, false, NULL },
	{ "a status of two digits", "HTTP/1.1 20 \r\n\r\n", -1, 0, 0, false, NULL },
	{ "a status of four digits", "HTTP/1.1 2000\r\n\r\n", -1, 0, 0, false, NULL },
	{ "a status beyond all", "HTTP/1.1 600 x\r\n\r\n", -1, 0, 0, false, NULL },
	{ "no minor version", "HTTP/1. 200 OK\r\n\r\n", -1, 0, 0, false, NULL },
	{ "a length that is none", "HTTP/1.1 200 x\r\nContent-Length: 7a\r\n\r\n", -1, 0, 0, false,
	  NULL },
	{ "a negative length", "HTTP/1.1 200 x\r\nContent-Length: -7\r\n\r\n", -1, 0, 0, false,
	  NULL },
	{ "no length", "HTTP/1.1 200 x\r\nContent-Length: \r\n\r\n", -1, 0, 0, false, NULL },
	{ "a length beyond numbers",
	  "HTTP/1.1 200 x\r\nContent-Length: 99999999999999999999\r\n\r\n", -1, 0, 0, false, NULL },
	{ "two lengths", "HTTP/1.1 200 x\r\nContent-Length: 7\r\nContent-Length: 8\r\n\r\n", -1, 0,
	  0, false, NULL },
};

START_TEST(heads)
{
	const char *text = rows[_i].text;
	size_t len = strlen(text);
	struct http_head head = { .status = 77 };
	struct error err = ERROR_INIT;

	int rc = http_head_parse(text, len, &head, &err);
	ck_assert_msg(rc == rows[_i].rc, "%s: %d: %s", rows[_i].why, rc, err.text);
	ck_assert_msg((err.kind == ERROR_PROTOCOL) == (rc < 0), "%s", rows[_i].why);
	if (rc != 1) {
		ck_assert_msg(head.status == 77, "%s: touched", rows[_i].why);
		return;
	}
	ck_assert_msg(head.status == rows[_i].status && head.length == rows[_i].length &&
			      head.encoded == rows[_i].encoded,
		      "%s", rows[_i].why);
	ck_assert_str_eq(text + head.size, rows[_i].rest);
	for (size_t n = 0; n < head.size; n++) {
		struct http_head cut;

		ck_assert_msg(http_head_parse(text, n, &cut, &err) == 0, "%s: %zu", rows[_i].why,
			      n);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("http_head");
	TCase *t = tcase_create("head");

	tcase_add_loop_test(t, heads, 0, (int)array_len(rows));
	suite_add_tcase(s, t);
	return s;
}
