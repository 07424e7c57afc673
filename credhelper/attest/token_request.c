/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/attest/judge.h"

#include <string.h>

#include "common/codec/hostport.h"
#include "common/codec/json.h"
#include "common/codec/jwt.h"
#include "common/codec/printable.h"
#include "common/codec/url.h"
#include "credhelper/attest/fetch.h"
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

/* "host", "host:port": an origin of https. */
static bool is_at(const struct url *url, const char *host)
{
	struct error err = ERROR_INIT;
	struct host_port at;
	scoped_url listed = { 0 };

	if (host_port_parse(&at, host, 443, &err) < 0)
		return false;
	bool v6 = strchr(at.host, ':');
	scoped_str text = xasprintf("https://%s%s%s:%d", v6 ? "[" : "", at.host, v6 ? "]" : "",
				    at.port);

	return url_parse_https(&listed, text, &err) == 0 && url_same_origin(url, &listed);
}

static bool is_listed(const struct url *url, const struct strings *hosts)
{
	for (size_t i = 0; i < hosts->count; i++)
		if (is_at(url, hosts->items[i]))
			return true;
	return false;
}

/* The address comes from the job's environment: whoever could choose it would get the bearer. */
static int check_host(const struct url *url, const struct gate_oidc *gate, struct error *err)
{
	struct error why = ERROR_INIT;
	char shown[PRINTABLE_SHORT];
	scoped_url issuer = { 0 };

	if ((url_parse_https(&issuer, gate->issuer, &why) == 0 && url_same_origin(url, &issuer)) ||
	    is_listed(url, &gate->request_hosts) ||
	    (strcmp(gate->vendor, "github") == 0 && url_is_below(url, GITHUB)))
		return 0;
	return error_set(err, ERROR_DENIED, 0,
			 "the job's address for tokens is at %s, which is neither the issuer's "
			 "host nor in request_hosts",
			 printable_short(shown, url->host));
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
	scoped_url address = { 0 };
	scoped_buf url = { 0 };
	scoped_buf reply = { 0 };
	int64_t max_age;

	if (!dialect || strcmp(q->vendor, gate->vendor) != 0)
		return error_set(err, ERROR_DENIED, 0, "the gate's vendor gives out no tokens");
	if (url_parse_https(&address, q->url, err) < 0 || check_host(&address, gate, err) < 0)
		return -1;
	scoped_str text = url_format(&address);

	buf_init(&url, SIZE_MAX);
	buf_init_wiped(&reply, REPLY_MAX);
	buf_str(&url, text);
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
