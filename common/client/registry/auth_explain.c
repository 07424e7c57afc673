/* SPDX-License-Identifier: Apache-2.0 */
/* Words for people: why it was refused, and what would help. */
#include "common/client/registry/auth_internal.h"

#include <string.h>

#include "common/codec/printable.h"
#include "common/codec/registry_error.h"

static void tell_way(const struct auth_way *way, struct error *err)
{
	if (!way)
		error_hint(err, "it says nothing about how to sign in");
	else if (way->shown && !way->realm)
		error_hint(err, "its token server %s was not asked: %s", way->shown,
			   realm_verdict_text(way->verdict));
	else if (!way->realm && !way->basic)
		error_hint(err, "it asks for \"%s\", which is not supported: Basic and Bearer are",
			   way->offered);
}

static void tell_withheld(const struct auth *auth, const struct auth_way *way,
			  const struct credential *credential, struct error *err)
{
	error_hint(err, "the credentials of %s were not sent to %s: %s", credential->source,
		   way->shown, realm_verdict_text(way->verdict));
	if (way->verdict != REALM_OTHER)
		return;
	if (!realm_knows_domains())
		error_hint(err, "without the package libpsl5 no two hosts count as one owner's");
	error_hint(err,
		   "if its owner is the registry's, add its host to \"realms\" of "
		   "plugins.hygiene in config.json (%s=HOST)",
		   auth->registry);
}

static void tell_credential(const struct auth *auth, const struct credential *credential,
			    struct error *err)
{
	char user[PRINTABLE_SHORT];

	switch (credential->kind) {
	case CREDENTIAL_PASSWORD:
		error_hint(err, "it was asked as %s (%s)", printable_short(user, credential->user),
			   credential->source);
		return;
	case CREDENTIAL_IDENTITY:
	case CREDENTIAL_BEARER:
		error_hint(err, "it was asked with a token of %s", credential->source);
		return;
	default:
		break;
	}
	if (error_is_set(&credential->failure))
		error_hint(err, "it was asked anonymously: %s", credential->failure.text);
	else
		error_hint(err, "it was asked anonymously: there are no credentials for it%s%s%s",
			   credential->said ? " (" : "", credential->said ? credential->said : "",
			   credential->said ? ")" : "");
	error_hint(err, "docker login %s", auth->registry);
}

static bool is_withheld(const struct auth_way *way, const struct credential *credential)
{
	return credential->kind != CREDENTIAL_NONE &&
	       auth_scheme_of(way, credential) == AUTH_BEARER &&
	       !auth_way_credential(way, credential);
}

void auth_explain_with(const struct auth *auth, const struct auth_way *way,
		       const struct credential *credential, struct error *err)
{
	bool sign_in = way && (way->realm || way->basic);

	if (!sign_in && credential->kind != CREDENTIAL_BEARER)
		tell_way(way, err);
	else if (way && is_withheld(way, credential))
		tell_withheld(auth, way, credential, err);
	else
		tell_credential(auth, credential, err);
}

/* A server that repeats what it got is not quoted. */
static bool quotes_secret(const struct auth_grant *grant, const char *text)
{
	const struct secret *s = grant->credential ? &grant->credential->secret : NULL;

	return s && s->len && memmem(text, strlen(text), s->data, s->len);
}

void auth_explain_fetch(const struct auth *auth, struct auth_grant *grant, int status,
			const char *body, size_t len)
{
	const char *lead = grant->lead.count ? grant->lead.items[0].name : NULL;
	bool denied = status == 401 || status == 403;
	struct registry_error said;

	registry_error_read(&said, body ? body : "", len);
	if (quotes_secret(grant, said.message))
		said.message[0] = '\0';
	error_set(&grant->err, denied ? ERROR_DENIED : ERROR_REMOTE, status,
		  "the token server %s answers %d%s%s", grant->way->shown, status,
		  *said.message ? ": " : "", said.message);
	if (denied)
		auth_explain_with(auth, grant->way, auth_credential_of(auth, lead), &grant->err);
}
