/* SPDX-License-Identifier: Apache-2.0 */
/* Another docker-credential-<suffix> as the store. What it is bad at, it is not asked for: a helper
 * that fails to erase what is not there is asked to erase only what it has. */
#include "credhelper/store.h"

#include <stdlib.h>
#include <string.h>

#include "common/client/process.h"
#include "common/codec/printable.h"

/* It may ask a person for a passphrase, or the network for a token. */
#define HELPER_DEADLINE (60 * NSEC_PER_SEC)
/* A secret is at most six times its bytes, and a list has many names. */
#define OUTPUT_MAX      (8 << 20)

struct helper_store {
	struct store base;
	char *program; /* "docker-credential-pass" */
};

struct reply {
	int status;
	struct buf out;
};

static void reply_release(struct reply *reply)
{
	buf_release(&reply->out);
}
#define scoped_reply scoped(reply_release) struct reply

static const char *program_of(struct store *store)
{
	return ((struct helper_store *)store)->program;
}

static int ask(struct store *store, const char *action, const char *input, struct reply *reply,
	       struct error *err)
{
	const char *const argv[] = { program_of(store), action, NULL };
	int64_t deadline = store->patience ? store->patience : HELPER_DEADLINE;
	struct process_result result;

	buf_init_wiped(&reply->out, OUTPUT_MAX);
	if (process_run(argv, input, &reply->out, NULL, deadline, NULL, &result, err) < 0) {
		if (err->kind == ERROR_NOT_FOUND)
			err->kind = ERROR_UNREACHABLE;
		return -1;
	}
	reply->status = result.status;
	return 0;
}

static bool says(const struct reply *reply, const char *text)
{
	return strstr(reply->out.data, text) != NULL;
}

/* What it said, on one line. */
static int refused(struct store *store, const char *action, const struct reply *reply,
		   struct error *err)
{
	char text[PRINTABLE_SHORT];

	reply->out.data[strcspn(reply->out.data, "\r\n")] = '\0';
	return error_set(err, ERROR_REMOTE, reply->status, "%s %s failed (exit status %d): %s",
			 program_of(store), action, reply->status,
			 printable_short(text, reply->out.data));
}

static int not_found(struct error *err)
{
	return error_set(err, ERROR_NOT_FOUND, 0, HELPER_NOT_FOUND);
}

static int get(struct store *store, const char *server, struct helper_credential *out,
	       struct error *err)
{
	scoped_helper_credential c = { 0 };
	scoped_reply reply = { 0 };

	if (ask(store, "get", server, &reply, err) < 0)
		return -1;
	if (reply.status != 0)
		return says(&reply, HELPER_NOT_FOUND) ? not_found(err)
						      : refused(store, "get", &reply, err);
	if (helper_read_get(reply.out.data, reply.out.len, &c, err) < 0)
		return error_wrap(err, "%s get", program_of(store));
	if (!*c.username && !c.secret.len)
		return not_found(err);
	if (!*c.server)
		str_replace(&c.server, xstrdup(server));
	*out = take_value(c);
	return 0;
}

static int list(struct store *store, struct helper_names *out, struct error *err)
{
	scoped_reply reply = { 0 };

	if (ask(store, "list", "unused", &reply, err) < 0)
		return -1;
	/* "not implemented", "list is unimplemented" */
	if (reply.status != 0 && says(&reply, "implemented"))
		return error_set(err, ERROR_UNSUPPORTED, 0, "%s has no list", program_of(store));
	if (reply.status != 0 && says(&reply, HELPER_NOT_FOUND))
		return 0;
	if (reply.status != 0)
		return refused(store, "list", &reply, err);
	if (helper_read_list(reply.out.data, reply.out.len, out, err) < 0)
		return error_wrap(err, "%s list", program_of(store));
	return 0;
}

/* The user name stored for it, "" if none is. Owned. */
static int user_of(struct store *store, const char *server, char **out, struct error *err)
{
	scoped_helper_credential c = { 0 };

	if (get(store, server, &c, err) == 0) {
		*out = take_ptr(c.username);
		return 0;
	}
	if (err->kind != ERROR_NOT_FOUND)
		return -1;
	error_clear(err);
	*out = xstrdup("");
	return 0;
}

static int erase(struct store *store, const char *server, struct error *err)
{
	scoped_reply reply = { 0 };
	scoped_str left = NULL;

	if (ask(store, "erase", server, &reply, err) < 0)
		return -1;
	if (reply.status != 0)
		return refused(store, "erase", &reply, err);
	if (user_of(store, server, &left, err) < 0)
		return -1;
	if (*left)
		return error_set(err, ERROR_REMOTE, 0, "%s still has what it said it erased",
				 program_of(store));
	return 0;
}

static int add(struct store *store, const struct helper_credential *c, struct error *err)
{
	scoped_reply reply = { 0 };
	scoped_buf input;

	buf_init_wiped(&input, OUTPUT_MAX);
	helper_write_get(c, &input);
	if (buf_failed(&input))
		return error_set(err, ERROR_LIMIT, 0, "the credential is too large");
	if (ask(store, "store", input.data, &reply, err) < 0)
		return -1;
	return reply.status ? refused(store, "store", &reply, err) : 0;
}

/* The protocol erases by the address alone: another account is removed before the new one comes,
 * and put back if that does not. */
static int put(struct store *store, const struct helper_credential *c, struct error *err)
{
	scoped_helper_credential old = { 0 };
	struct error ignored = ERROR_INIT;

	if (get(store, c->server, &old, err) < 0 && err->kind != ERROR_NOT_FOUND)
		return -1;
	error_clear(err);
	const bool other = old.username && strcmp(old.username, c->username) != 0;

	if (other && erase(store, c->server, err) < 0)
		return -1;
	if (add(store, c, err) == 0)
		return 0;
	if (other) {
		str_replace(&old.server, xstrdup(c->server));
		(void)!add(store, &old, &ignored);
	}
	return -1;
}

static int remove_accounts(struct store *store, const char *server, const char *but_user,
			   struct error *err)
{
	scoped_str user = NULL;

	if (user_of(store, server, &user, err) < 0)
		return -1;
	if (!*user || (but_user && strcmp(user, but_user) == 0))
		return 0;
	return erase(store, server, err);
}

static void close_store(struct store *store)
{
	free(((struct helper_store *)store)->program);
	free(store);
}

static const struct store_ops operations = {
	.name = "helper",
	.get = get,
	.list = list,
	.put = put,
	.remove = remove_accounts,
	.close = close_store,
};

struct store *store_helper_open(const struct world *world, const char *suffix)
{
	struct helper_store *h = xcalloc(1, sizeof(*h));

	h->base = (struct store){ .ops = &operations, .world = world };
	h->program = xasprintf("docker-credential-%s", suffix);
	return &h->base;
}
