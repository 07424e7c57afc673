/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/registry/credentials_parts.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/base64.h"
#include "common/codec/helper_message.h"

void credential_release(struct credential *credential)
{
	free(credential->user);
	secret_release(&credential->secret);
	free(credential->source);
	free(credential->key);
	free(credential->said);
	*credential = (struct credential){ 0 };
}

/* NULL: absent, empty or no string. */
static const char *member(const json_t *entry, const char *name)
{
	const char *text = json_string_value(json_object_get(entry, name));

	return text && *text ? text : NULL;
}

static void take_token(struct credential *out, enum credential_kind kind, const char *token,
		       const char *where)
{
	/* It goes into a header as it is. */
	for (const char *c = token; kind == CREDENTIAL_BEARER && *c; c++)
		if (*c <= ' ' || *c > '~') {
			error_set(&out->failure, ERROR_INPUT, 0,
				  "%s: registrytoken has characters that no header can hold",
				  where);
			return;
		}
	out->kind = kind;
	secret_set(&out->secret, token, strlen(token));
}

/* What follows the first colon is the password. Docker writes NULs behind it at times. */
static void take_pair(struct credential *out, const struct secret *pair, const char *where)
{
	const char *colon = memchr(pair->data, ':', pair->len);
	size_t len = colon ? (size_t)(colon - pair->data) : 0;
	size_t rest = colon ? pair->len - len - 1 : 0;

	while (rest && colon[rest] == '\0')
		rest--;
	if (!len || !rest || memchr(pair->data, '\0', len)) {
		error_set(&out->failure, ERROR_INPUT, 0,
			  "%s: auth is no \"user:password\" in Base64", where);
		return;
	}
	out->kind = CREDENTIAL_PASSWORD;
	out->user = xstrndup(pair->data, len);
	secret_set(&out->secret, colon + 1, rest);
}

/* Go's decoder, which docker has, leaves line ends out. */
static void take_auth(struct credential *out, const char *auth, const char *where)
{
	struct error err = ERROR_INIT;
	scoped_secret pair = { 0 };
	scoped_buf text;

	buf_init_wiped(&text, strlen(auth));
	for (; *auth; auth++)
		if (*auth != '\r' && *auth != '\n')
			buf_char(&text, *auth);
	if (base64_read(text.data, text.len, &pair, &err) < 0 || !pair.len) {
		error_set(&out->failure, ERROR_INPUT, 0, "%s: auth is no Base64", where);
		return;
	}
	take_pair(out, &pair, where);
}

static void take_words(struct credential *out, const char *user, const char *password,
		       const char *where)
{
	if (!password || strchr(user, ':')) {
		error_set(&out->failure, ERROR_INPUT, 0, "%s: %s", where,
			  password ? "a user name with a colon cannot be sent"
				   : "a user name, but no password");
		return;
	}
	out->kind = CREDENTIAL_PASSWORD;
	out->user = xstrdup(user);
	secret_set(&out->secret, password, strlen(password));
}

void credential_of_entry(struct credential *out, const json_t *entry, const char *where)
{
	const char *bearer = member(entry, "registrytoken");
	const char *identity = member(entry, "identitytoken");
	const char *auth = member(entry, "auth");
	const char *user = member(entry, "username");

	if (bearer)
		take_token(out, CREDENTIAL_BEARER, bearer, where);
	else if (identity)
		take_token(out, CREDENTIAL_IDENTITY, identity, where);
	else if (auth)
		take_auth(out, auth, where);
	else if (user)
		take_words(out, user, member(entry, "password"), where);
	if (out->user && strcmp(out->user, HELPER_TOKEN_USER) == 0) {
		free_str(&out->user);
		out->kind = CREDENTIAL_IDENTITY;
	}
}
