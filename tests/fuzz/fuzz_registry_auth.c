/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A registry and its token server say what they like: parts with an empty line between, in turn the
 * challenges of a 401 (a line each) and the body of a token reply. However that goes, it ends, what
 * is sent is fit for a request, and credentials go where they may.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/client/registry/auth.h"
#include "tests/fuzz/text.h"

#define REGISTRY "r.example.com"
#define ORIGIN   "https://r.example.com"
#define STEPS    40

static const char *env(const char *name)
{
	(void)name;
	return "{\"auths\":{\"r.example.com\":{\"auth\":\"YWxpY2U6czNjcmV0\"},"
	       "\"r.example.com/id\":{\"identitytoken\":\"refresh\"}}}";
}

/* The next part of the text, which ends it. */
static const char *next_part(char **rest)
{
	char *part = *rest, *end = strstr(part, "\n\n");

	*rest = end ? end + 2 : part + strlen(part);
	if (end)
		*end = '\0';
	return part;
}

static void read_challenges(struct challenges *out, const char *lines)
{
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		challenges_add(out, lines, len);
		lines += len + (lines[len] == '\n');
	}
}

static void check_header(const struct secret *header)
{
	for (size_t i = 0; i < header->len; i++)
		fuzz_assert(header->data[i] >= ' ' && header->data[i] <= '~');
}

static void check_fetch(const struct auth_fetch *fetch)
{
	enum realm_verdict verdict = realm_judge(REGISTRY, ORIGIN, fetch->url, NULL);

	fuzz_assert(verdict != REALM_BAD && verdict != REALM_PRIVATE);
	fuzz_assert(realm_allowed(verdict) || !(fetch->authorization.len || fetch->body.len));
	check_header(&fetch->authorization);
	check_header(&fetch->body);
}

/* False: the request has ended. */
static bool step(struct auth *auth, struct auth_need *need, const struct auth_need *const *others,
		 char **said)
{
	struct auth_order order;
	bool goes_on = true;

	auth_before(auth, need, others, 2, 0, &order);
	if (order.step == AUTH_GO) {
		scoped_challenges challenges = { 0 };

		check_header(&order.authorization);
		read_challenges(&challenges, next_part(said));
		goes_on = auth_after(auth, need, 401, &challenges) == AUTH_AGAIN;
	} else if (order.step == AUTH_FETCH) {
		const char *body = next_part(said);

		check_fetch(&order.fetch);
		auth_fetched(auth, order.fetch.id, 200, body, strlen(body), 0, NULL);
	} else {
		fuzz_assert(order.step == AUTH_FAIL);
		goes_on = false;
	}
	auth_order_release(&order);
	return goes_on;
}

static void run(struct auth *auth, char *said)
{
	struct auth_need a = { .repository = "a", .actions = "pull" };
	struct auth_need b = { .repository = "id/b", .actions = "pull,push" };
	const struct auth_need *both[] = { &a, &b };
	struct error err = ERROR_INIT;
	bool said_secret = strstr(said, "s3cret") != NULL;
	int steps = 0;

	while (step(auth, &a, both, &said))
		fuzz_assert(++steps < STEPS);
	while (step(auth, &b, both, &said))
		fuzz_assert(++steps < STEPS);
	error_set(&err, ERROR_DENIED, 401, "x");
	auth_explain(auth, &a, &err);
	fuzz_assert(said_secret || !strstr(err.text, "s3cret"));
	fuzz_assert(!strpbrk(err.text, "\r\n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str said = fuzz_text(data, size);
	struct error err = ERROR_INIT;
	scoped_credentials *credentials = NULL;
	struct auth_options options = { .registry = REGISTRY, .origin = ORIGIN };
	struct auth *auth;

	fuzz_assert(credentials_open(&credentials, NULL, env, NULL, &err) == 0);
	options.credentials = credentials;
	auth_open(&auth, &options);
	run(auth, said);
	auth_close(&auth);
	return 0;
}
