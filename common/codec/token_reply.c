/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/token_reply.h"

#include <stdbool.h>
#include <stdlib.h>

#include "common/base/alloc.h"
#include "common/codec/json.h"
#include "common/codec/timefmt.h"

#define NAME  "the token endpoint's reply"
#define DEPTH 8

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

/* False: it is there, and no header can hold it. Absent, null, empty and no string are the same. */
static bool read_secret(const json_t *root, const char *key, struct secret *out)
{
	const json_t *value = json_object_get(root, key);

	if (!json_is_string(value) || !json_string_length(value))
		return true;
	if (!is_printable(json_string_value(value)))
		return false;
	secret_set(out, json_string_value(value), json_string_length(value));
	return true;
}

static int64_t read_lifetime(const json_t *root)
{
	const json_t *value = json_object_get(root, "expires_in");
	double seconds = json_number_value(value);

	if (!json_is_number(value) || seconds * (double)NSEC_PER_SEC < TOKEN_LIFETIME_LEAST)
		return TOKEN_LIFETIME_LEAST;
	if (seconds * (double)NSEC_PER_SEC > TOKEN_LIFETIME_MOST)
		return TOKEN_LIFETIME_MOST;
	return (int64_t)seconds * NSEC_PER_SEC;
}

/* How long ago it was issued, 0 where that is not told or cannot be. */
static int64_t read_age(const json_t *root, int64_t now)
{
	const char *text = json_string_value(json_object_get(root, "issued_at"));
	struct error err = ERROR_INIT;
	int64_t issued;

	if (!text || time_parse_rfc3339(text, &issued, &err) < 0 || issued == TIME_NONE)
		return 0;
	int64_t age = time_diff(now, issued);

	return age >= 0 && age <= TOKEN_SKEW ? age : 0;
}

int token_reply_parse(struct token_reply *out, const char *data, size_t len, int64_t now,
		      struct error *err)
{
	scoped_token_reply reply = { 0 };
	scoped_json *root = NULL;

	if (len > TOKEN_REPLY_MAX)
		return error_set(err, ERROR_LIMIT, 0, NAME ": more than %zu bytes",
				 TOKEN_REPLY_MAX);
	if (json_parse_secret(&root, data, len, DEPTH, NAME, err) < 0)
		return -1;
	if (!read_secret(root, "token", &reply.token) ||
	    (!reply.token.len && !read_secret(root, "access_token", &reply.token)))
		return error_set(err, ERROR_INPUT, 0, NAME ": a token that no header can hold");
	if (!reply.token.len)
		return error_set(err, ERROR_INPUT, 0, NAME ": there is no token in it");
	reply.lifetime = read_lifetime(root) - read_age(root, now);
	*out = take_value(reply);
	return 0;
}

void token_reply_release(struct token_reply *reply)
{
	secret_release(&reply->token);
	*reply = (struct token_reply){ 0 };
}
