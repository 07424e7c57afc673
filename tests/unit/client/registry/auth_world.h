/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A registry with its token server, and who asks them as auth.h says, on a clock of their own. What
 * is in flight is answered in an order that the seed chooses. Fails the test where
 *  - a credential is sent to another token server than the trusted one,
 *  - anything goes out before the answer to the first request,
 *  - a token is used when it is over, or about to be,
 *  - a request is refused more than three times, or waits for nothing.
 *
 * Repositories: "pub/..." anybody may pull, "priv/..." who is known may, "mine/..." who is known
 * may pull and push, "gone/..." anybody might pull if it were there.
 */
#ifndef TESTS_UNIT_CLIENT_REGISTRY_AUTH_WORLD_H
#define TESTS_UNIT_CLIENT_REGISTRY_AUTH_WORLD_H

#include "common/client/registry/auth.h"
#include "tests/unit/random.h"

/* "alice:s3cret", an identity token, a token for the registry itself. */
#define WORLD_PASSWORD "{\"auths\":{\"r.example.com\":{\"auth\":\"YWxpY2U6czNjcmV0\"}}}"
#define WORLD_IDENTITY "{\"auths\":{\"r.example.com\":{\"identitytoken\":\"refresh-me\"}}}"
#define WORLD_DIRECT   "{\"auths\":{\"r.example.com\":{\"registrytoken\":\"direct-token\"}}}"
#define WORLD_WRONG    "{\"auths\":{\"r.example.com\":{\"auth\":\"YWxpY2U6d3Jvbmc=\"}}}"
#define WORLD_NO_SUCH  "{\"credsStore\":\"no-such-helper-anywhere\"}"
#define WORLD_SECRETS                                                       \
	{                                                                   \
		"s3cret", "refresh-me", "direct-token", "wrong", "czNjcmV0" \
	}

struct world_rules {
	/* The registry. */
	const char *challenge; /* lines, "\n" between; "": none with its 401; NULL: all is open */
	const char *later;     /* the challenge after later_from requests */
	unsigned later_from;
	bool always;            /* 401, whatever comes */
	bool open_public;       /* "pub/..." needs no token */
	bool direct;            /* direct-token is good */
	int hidden;             /* what it says instead of 401 to a token that is not good enough */
	size_t longest;         /* of Authorization; 0: any */
	int too_long;           /* what it says then */
	const char *scope_name; /* the name that its scopes have, whatever the repository's is */
	bool errors; /* it says what is wrong with a token; the challenge is one Bearer */
	unsigned revokes_after; /* each token is good for so many requests; 0: any */
	/* The token server. */
	const char *trusted;  /* how its URL begins; others are never sent credentials */
	unsigned most_scopes; /* 0: any */
	int too_many;         /* what it says to more */
	bool first_only;      /* reads one scope */
	bool strict;          /* 403 where anything asked for is not allowed */
	bool known_only;      /* 401 to who is nobody */
	int post;             /* what it says to POST; 0: a token */
	int status;           /* what it says to all; 0: see above */
	const char *body;     /* and with that */
	int64_t lifetime;     /* seconds; 0: 300 */
	/* Who asks. */
	const char *config; /* NULL: nobody */
	const char *realms;
	const char *registry, *origin; /* NULL: r.example.com, https */
	int64_t step;                  /* ns between answers; 0: 10 ms */
	unsigned parallel;             /* 0: 8 */
};

enum world_end {
	END_NONE,
	END_OK,
	END_NOT_FOUND,
	END_REFUSED, /* 401, 403, 400, 431 that are its own answer */
	END_FAILED,  /* AUTH_FAIL */
};
struct world_request {
	struct auth_need need;
	char *repository;
	enum world_end end;
	struct error err; /* explained */
	char user[32];    /* of the answer; "-": anonymous */
	bool withheld, trouble;
	const char *wrong; /* with its token; NULL: it had none */
	char *sent;        /* Authorization, while it is in flight */
	bool flying;
};
struct world_token {
	char *text;
	struct strings access; /* "name:action" */
	int64_t end;
	bool known;
	unsigned used;
};

struct world {
	const struct world_rules *rules;
	struct random random;
	struct auth *auth;
	struct docker_config config;
	struct credentials *credentials;
	struct realms realms;
	int64_t now;
	struct {
		struct world_request *items;
		size_t count, room;
	} requests;
	struct {
		struct world_token *items;
		size_t count, room;
	} tokens;
	struct {
		struct auth_fetch *items;
		size_t count, room;
	} fetches; /* in flight */
	unsigned sent, fetched, posted;
	bool first_answered;
	struct strings urls;   /* of all fetches */
	struct strings bodies; /* of the POSTs */
};

void world_open(struct world *w, const struct world_rules *rules);
/* repository NULL: none. */
void world_ask(struct world *w, const char *repository, const char *actions);
void world_ask_many(struct world *w, const char *prefix, unsigned count);
/* Until all requests have ended. */
void world_run(struct world *w);
/* What the token server thinks; known: the right password. */
bool world_may(bool known, const char *repository, const char *action);
unsigned world_count(const struct world *w, enum world_end end);
void world_close(struct world *w);
#define scoped_world scoped(world_close) struct world

#endif
