/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/attest_message.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/codec/json.h"
#include "common/codec/printable.h"
#include "common/codec/timefmt.h"

#define VERSION_READ 1
#define DEPTH_MAX    2
/* The year 2261, where times end. */
#define SECONDS_MAX  (INT64_MAX / NSEC_PER_SEC)

static const struct {
	enum attest_verdict verdict;
	const char *name;
} verdicts[] = {
	{ ATTEST_OK, "ok" },
	{ ATTEST_REFUSED, "refused" },
	{ ATTEST_ERROR, "error" },
};

void attest_question_release(struct attest_question *q)
{
	free(q->gate);
	free(q->vendor);
	free(q->url);
	secret_release(&q->token);
	secret_release(&q->bearer);
	*q = (struct attest_question){ 0 };
}

void attest_answer_release(struct attest_answer *a)
{
	free(a->gate);
	free(a->reason);
	free(a->text);
	strings_release(&a->names);
	strings_release(&a->values);
	*a = (struct attest_answer){ 0 };
}

/* --- Writing: by hand, so that no library keeps a copy of the token. */

static void add_bytes(struct buf *out, const char *data, size_t len)
{
	buf_char(out, '"');
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '"' || data[i] == '\\')
			buf_char(out, '\\');
		if ((unsigned char)data[i] < ' ')
			buf_fmt(out, "\\u%04x", (unsigned)data[i]);
		else
			buf_char(out, data[i]);
	}
	buf_char(out, '"');
}

static void add_string(struct buf *out, const char *key, const char *value)
{
	buf_fmt(out, "\"%s\":", key);
	add_bytes(out, value, strlen(value));
}

static void add_secret(struct buf *out, const char *key, const struct secret *value)
{
	buf_fmt(out, "\"%s\":", key);
	add_bytes(out, value->data, value->len);
}

void attest_question_write(const struct attest_question *q, struct buf *out)
{
	buf_fmt(out, "{\"version\":%d,", VERSION_READ);
	add_string(out, "gate", q->gate);
	buf_char(out, ',');
	if (!q->vendor) {
		add_secret(out, "token", &q->token);
	} else {
		buf_str(out, "\"request\":{");
		add_string(out, "vendor", q->vendor);
		buf_char(out, ',');
		add_string(out, "url", q->url);
		buf_char(out, ',');
		add_secret(out, "bearer", &q->bearer);
		buf_char(out, '}');
	}
	buf_str(out, "}\n");
}

static const char *verdict_name(enum attest_verdict verdict)
{
	for (size_t i = 0; i < array_len(verdicts); i++)
		if (verdicts[i].verdict == verdict)
			return verdicts[i].name;
	return "error";
}

static void add_proof(struct buf *out, const struct attest_answer *a)
{
	buf_fmt(out, ",\"expires\":%lld,\"claims\":{", (long long)(a->expires / NSEC_PER_SEC));
	for (size_t i = 0; i < a->names.count; i++) {
		if (i)
			buf_char(out, ',');
		add_bytes(out, a->names.items[i], strlen(a->names.items[i]));
		buf_char(out, ':');
		add_bytes(out, a->values.items[i], strlen(a->values.items[i]));
	}
	buf_char(out, '}');
}

void attest_answer_write(const struct attest_answer *a, struct buf *out)
{
	buf_fmt(out, "{\"version\":%d,", VERSION_READ);
	add_string(out, "gate", a->gate);
	buf_char(out, ',');
	add_string(out, "verdict", verdict_name(a->verdict));
	buf_char(out, ',');
	add_string(out, "reason", a->reason);
	buf_char(out, ',');
	add_string(out, "text", a->text);
	if (a->verdict == ATTEST_OK)
		add_proof(out, a);
	buf_str(out, "}\n");
}

/* --- Reading. */

static int parse_message(json_t **out, const char *data, size_t len, const char *name,
			 struct error *err)
{
	scoped_json *json = NULL;
	int64_t version;

	if (len > ATTEST_MESSAGE_MAX)
		return error_set(err, ERROR_LIMIT, 0, "%s: more than %d bytes", name,
				 ATTEST_MESSAGE_MAX);
	if (json_parse_secret(&json, data, len, DEPTH_MAX, name, err) < 0)
		return -1;
	struct json_place root = json_root(json, name);

	if (json_get_int(&root, "version", &version, 0, 0, INT32_MAX, err) < 0)
		return -1;
	if (version != VERSION_READ)
		return json_fail(&root, err, "its version is not %d", VERSION_READ);
	*out = take_ptr(json);
	return 0;
}

/* Unknown keys are not named: one could be a token that stands in the wrong place. */
static int only_keys(const struct json_place *at, const char *const *known, size_t count,
		     struct error *err)
{
	struct error why = ERROR_INIT;

	if (json_only_keys(at, known, count, &why) < 0)
		return json_fail(at, err, "it has a key that is not known");
	return 0;
}

static int need_string(const struct json_place *at, const char *key, const char **out,
		       struct error *err)
{
	if (json_need_string(at, key, out, err) < 0)
		return -1;
	return **out ? 0 : json_fail(at, err, "%s is empty", key);
}

static int read_request(struct attest_question *q, const struct json_place *at, struct error *err)
{
	static const char *const keys[] = { "vendor", "url", "bearer" };
	const char *vendor, *url, *bearer;

	if (only_keys(at, keys, array_len(keys), err) < 0 ||
	    need_string(at, "vendor", &vendor, err) < 0 || need_string(at, "url", &url, err) < 0 ||
	    need_string(at, "bearer", &bearer, err) < 0)
		return -1;
	q->vendor = xstrdup(vendor);
	q->url = xstrdup(url);
	secret_set(&q->bearer, bearer, strlen(bearer));
	return 0;
}

static int read_question(struct attest_question *q, const struct json_place *root,
			 struct error *err)
{
	static const char *const keys[] = { "version", "gate", "token", "request" };
	const char *gate, *token;
	struct json_place request;

	if (only_keys(root, keys, array_len(keys), err) < 0 ||
	    need_string(root, "gate", &gate, err) < 0 ||
	    json_get_object(root, "request", &request, err) < 0)
		return -1;
	q->gate = xstrdup(gate);
	if (json_present(&request) == (json_object_get(root->value, "token") != NULL))
		return json_fail(root, err, "expected one of token and request");
	if (json_present(&request))
		return read_request(q, &request, err);
	if (need_string(root, "token", &token, err) < 0)
		return -1;
	secret_set(&q->token, token, strlen(token));
	return 0;
}

int attest_question_parse(struct attest_question *out, const char *data, size_t len,
			  struct error *err)
{
	scoped_json *json = NULL;
	scoped_attest_question q = { 0 };

	if (parse_message(&json, data, len, "question", err) < 0)
		return -1;
	struct json_place root = json_root(json, "question");

	if (read_question(&q, &root, err) < 0)
		return -1;
	*out = take_value(q);
	return 0;
}

static int read_verdict(const struct json_place *root, enum attest_verdict *out, struct error *err)
{
	const char *name;

	if (json_need_string(root, "verdict", &name, err) < 0)
		return -1;
	for (size_t i = 0; i < array_len(verdicts); i++)
		if (strcmp(verdicts[i].name, name) == 0) {
			*out = verdicts[i].verdict;
			return 0;
		}
	return json_fail(root, err, "its verdict is not known");
}

static int read_claims(struct attest_answer *a, const struct json_place *at, struct error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)at->value, name, value) {
		if (!json_is_string(value))
			return json_fail(at, err, "a claim is no string");
		strings_add(&a->names, name);
		strings_add(&a->values, json_string_value(value));
	}
	return 0;
}

/* What an answer that is not OK must not have. */
static int read_proof(struct attest_answer *a, const struct json_place *root, struct error *err)
{
	struct json_place expires = json_member(root, "expires");
	struct json_place claims = json_member(root, "claims");
	bool ok = a->verdict == ATTEST_OK;
	int64_t seconds;

	a->expires = TIME_NONE;
	if (json_present(&expires) != ok || json_present(&claims) != ok)
		return json_fail(root, err, "expires and claims are an ok answer's");
	if (!ok)
		return 0;
	if (json_get_int(root, "expires", &seconds, 0, 0, SECONDS_MAX, err) < 0 ||
	    json_expect(&claims, JSON_OBJECT, err) < 0)
		return -1;
	a->expires = seconds * NSEC_PER_SEC;
	return read_claims(a, &claims, err);
}

/* It is shown on a terminal. */
static char *clean(const char *text)
{
	scoped_buf out;

	buf_init(&out, ATTEST_MESSAGE_MAX);
	printable_add(&out, text);
	return buf_take(&out);
}

static int read_answer(struct attest_answer *a, const struct json_place *root, struct error *err)
{
	static const char *const keys[] = { "version", "gate",    "verdict", "reason",
					    "text",    "expires", "claims" };
	const char *gate, *reason, *text;

	if (only_keys(root, keys, array_len(keys), err) < 0 ||
	    need_string(root, "gate", &gate, err) < 0 || read_verdict(root, &a->verdict, err) < 0 ||
	    need_string(root, "reason", &reason, err) < 0 ||
	    need_string(root, "text", &text, err) < 0 || read_proof(a, root, err) < 0)
		return -1;
	a->gate = xstrdup(gate);
	a->reason = clean(reason);
	a->text = clean(text);
	return 0;
}

int attest_answer_parse(struct attest_answer *out, const char *gate, const char *data, size_t len,
			struct error *err)
{
	scoped_json *json = NULL;
	scoped_attest_answer a = { 0 };

	if (parse_message(&json, data, len, "answer", err) < 0)
		return -1;
	struct json_place root = json_root(json, "answer");

	if (read_answer(&a, &root, err) < 0)
		return -1;
	if (strcmp(a.gate, gate) != 0)
		return json_fail(&root, err, "it is for another gate");
	*out = take_value(a);
	return 0;
}
