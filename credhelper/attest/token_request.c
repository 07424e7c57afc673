/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/attest/judge.h"

#include <string.h>

#include "common/codec/json.h"
#include "common/codec/jwt.h"
#include "common/codec/printable.h"
#include "credhelper/attest/fetch.h"
#include "credhelper/attest/url.h"
#include "credhelper/vendors.h"

#define REPLY_MAX  (JWT_MAX + (16 << 10))
#define REPLY_DEEP 8
#define GITHUB     "actions.githubusercontent.com"

/* How those that give out tokens are asked. */
struct dialect {
	enum vendor_token token;
	const char *query; /* audience of the policy, or what stands beside it */
	const char *value; /* NULL: the policy's audience */
	bool post;
	const char *member; /* of the reply */
};
static const struct dialect dialects[] = {
	{ TOKEN_REQUEST, "audience", NULL, false, "value" },
	{ TOKEN_AZURE, "api-version", "7.1", true, "oidcToken" },
};

static const struct dialect *dialect_of(const struct vendor *vendor)
{
	for (size_t i = 0; vendor && i < array_len(dialects); i++)
		if (dialects[i].token == vendor->token)
			return &dialects[i];
	return NULL;
}

static bool is_listed(const struct url *url, const struct strings *hosts)
{
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < hosts->count; i++) {
		struct url listed = { 0 };

		error_clear(&err);
		if (host_port_parse(&listed.at, hosts->items[i], 443, &err) == 0 &&
		    url_same_host(url, &listed))
			return true;
	}
	return false;
}

/* The address comes from the job's environment: whoever could choose it would get the bearer. */
static int check_host(const char *text, const struct gate_oidc *gate, struct error *err)
{
	struct error why = ERROR_INIT;
	char shown[PRINTABLE_SHORT];
	struct url url, issuer;

	if (url_read(&url, text, err) < 0)
		return -1;
	if ((url_read(&issuer, gate->issuer, &why) == 0 && url_same_host(&url, &issuer)) ||
	    is_listed(&url, &gate->request_hosts) ||
	    (strcmp(gate->vendor, "github") == 0 && url_is_below(&url, GITHUB)))
		return 0;
	return error_set(err, ERROR_DENIED, 0,
			 "the job's address for tokens is at %s, which is neither the issuer's "
			 "host nor in request_hosts",
			 printable_short(shown, url.at.host));
}

static int read_reply(const struct buf *text, const char *member, struct secret *token,
		      struct error *err)
{
	scoped_json *json = NULL;

	if (json_parse_secret(&json, text->data, text->len, REPLY_DEEP, "the reply", err) < 0)
		return -1;
	const json_t *value = json_object_get(json, member);

	if (!json_is_string(value) || !json_string_length(value))
		return error_set(err, ERROR_INPUT, 0, "the reply has no \"%s\"", member);
	secret_set(token, json_string_value(value), json_string_length(value));
	return 0;
}

int token_request(const struct attest_question *q, const struct gate_oidc *gate, int64_t end,
		  struct secret *token, struct error *err)
{
	const struct dialect *dialect = dialect_of(vendor_find(gate->vendor));
	scoped_buf url = { 0 };
	scoped_buf reply = { 0 };
	int64_t max_age;

	if (!dialect || strcmp(q->vendor, gate->vendor) != 0)
		return error_set(err, ERROR_DENIED, 0, "the gate's vendor gives out no tokens");
	if (check_host(q->url, gate, err) < 0)
		return -1;
	buf_init(&url, SIZE_MAX);
	buf_init_wiped(&reply, REPLY_MAX);
	buf_str(&url, q->url);
	url_add_query(&url, dialect->query, dialect->value ? dialect->value : gate->audience);
	const struct fetch f = { .url = url.data,
				 .ca_file = gate->ca_file,
				 .proxy = gate->proxy,
				 .bearer = &q->bearer,
				 .post = dialect->post,
				 .end = end };

	if (fetch(&f, &reply, &max_age, err) < 0)
		return -1;
	return read_reply(&reply, dialect->member, token, err);
}
