/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/seal_args.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#if defined(__APPLE__)
#include <sys/random.h>
#endif

#include "common/cli/out.h"
#include "common/cli/prompt.h"
#include "common/client/secret_file.h"
#include "common/codec/printable.h"
#include "common/codec/timefmt.h"
#include "credhelper/cms.h"
#include "credhelper/secret_text.h"

#define LIFETIME      (90 * NSEC_PER_DAY)
#define LIFETIME_TEXT "90d"
#define NEVER         "never"
/* Its base64 and the rest of the content fit into SEALED_CONTENT_MAX. */
#define INPUT_MAX     (512 << 10)
#define ID_BYTES      16

static int read_lifetime(void *field, const char *value, struct error *err)
{
	int64_t *ns = field;

	if (strcmp(value, NEVER) == 0) {
		*ns = 0;
		return 0;
	}
	if (duration_parse(value, ns, err) < 0 || *ns >= NSEC_PER_MIN)
		return error_is_set(err) ? -1 : 0;
	return error_set(err, ERROR_USAGE, 0, "shorter than a minute; \"" NEVER "\" is no end");
}

const struct opt seal_rows[SEAL_ROWS] = {
	{ .name = "recipient",
	  .parse = opt_strings,
	  .offset = offsetof(struct seal_args, recipients),
	  .metavar = "FILE",
	  .help = "Certificates (PEM) of those who can open it; may be given again",
	  .complete = OPT_COMPLETE_FILE },
	{ .name = "signer",
	  .parse = opt_string,
	  .offset = offsetof(struct seal_args, signer),
	  .metavar = "FILE",
	  .help = "Private key and certificate (PEM) to sign with, for \"trusted_sealers\"",
	  .complete = OPT_COMPLETE_FILE },
	{ .name = "username",
	  .letter = 'u',
	  .parse = opt_string,
	  .offset = offsetof(struct seal_args, username),
	  .metavar = "NAME",
	  .help = "The account; else it is asked for, or the first line of stdin" },
	{ .name = "expires",
	  .parse = read_lifetime,
	  .offset = offsetof(struct seal_args, lifetime),
	  .metavar = "DURATION",
	  .fallback = LIFETIME_TEXT,
	  .help = "How long CI may use it, or \"" NEVER "\" for no end" },
};

void seal_args_init(struct seal_args *args)
{
	args->lifetime = LIFETIME;
}

void seal_args_release(struct seal_args *args)
{
	strings_release(&args->recipients);
}

/* --- What is asked. */

static int ask_secret(struct secret *out, struct error *err)
{
	scoped_secret again = { 0 };

	if (prompt_line("Secret", true, out, err) < 0 ||
	    prompt_line("Secret again", true, &again, err) < 0)
		return -1;
	if (!secret_equal(out, &again))
		return error_set(err, ERROR_INPUT, 0, "the two secrets differ; nothing is sealed");
	return 0;
}

static int ask_person(const char *username, struct secret *name, struct secret *secret,
		      struct error *err)
{
	if (username)
		secret_set(name, username, strlen(username));
	else if (prompt_line("Username", false, name, err) < 0)
		return -1;
	return ask_secret(secret, err);
}

/* Without the newline that ends it ("\r\n" too). */
static size_t line_end(const char *data, size_t len)
{
	if (!len || data[len - 1] != '\n')
		return len;
	len--;
	return len && data[len - 1] == '\r' ? len - 1 : len;
}

/* The line at the start of input is the user name, and is taken off. */
static int take_name(const struct secret *input, size_t *start, struct secret *name,
		     struct error *err)
{
	const char *newline = input->len ? memchr(input->data, '\n', input->len) : NULL;

	if (!newline)
		return error_set(err, ERROR_INPUT, 0,
				 "stdin has one line only; give the user name on a line in front "
				 "of the secret, or with --username");
	*start = (size_t)(newline - input->data) + 1;
	secret_set(name, input->data, line_end(input->data, *start));
	return 0;
}

static int read_stdin(int fd, const char *username, struct secret *name, struct secret *secret,
		      struct error *err)
{
	scoped_secret input = { 0 };
	size_t start = 0;

	if (secret_read_fd(fd, INPUT_MAX, 0, &input, err) < 0)
		return error_wrap(err, "stdin");
	if (username)
		secret_set(name, username, strlen(username));
	else if (take_name(&input, &start, name, err) < 0)
		return -1;
	if (input.len > start)
		secret_set(secret, input.data + start,
			   line_end(input.data + start, input.len - start));
	return 0;
}

/* What is not there is told before anything is typed. It is not read: a pipe has it once. */
static int find_files(const struct seal_args *args, struct error *err)
{
	for (size_t i = 0; i < args->recipients.count; i++)
		if (access(args->recipients.items[i], R_OK) < 0)
			return error_errno(err, errno, "read %s", args->recipients.items[i]);
	if (args->signer && access(args->signer, R_OK) < 0)
		return error_errno(err, errno, "signer: read %s", args->signer);
	return 0;
}

int seal_ask(struct cli *cli, const struct seal_args *args, struct sealed_content *c,
	     struct error *err)
{
	scoped_secret name = { 0 };
	scoped_secret secret = { 0 };
	int rc;

	if (!args->recipients.count)
		return error_set(err, ERROR_USAGE, 0,
				 "--recipient is needed: the certificate of CI's key");
	if (find_files(args, err) < 0)
		return -1;
	rc = term_is(cli->in) ? ask_person(args->username, &name, &secret, err)
			      : read_stdin(fileno(cli->in), args->username, &name, &secret, err);
	if (rc < 0)
		return -1;
	if (!name.len || !secret.len)
		return error_set(err, ERROR_INPUT, 0, "the %s is empty",
				 name.len ? "secret" : "user name");
	if (!secret_is_text(&name, false))
		return error_set(err, ERROR_INPUT, 0, "the user name is no text in UTF-8");
	c->username = xstrndup(name.data, name.len);
	c->secret = take_value(secret);
	c->sealed = cli->clock->now(cli->clock);
	c->expires = args->lifetime ? c->sealed + args->lifetime : TIME_NONE;
	return 0;
}

/* --- Sealing. */

static int new_id(struct sealed_content *c, struct error *err)
{
	unsigned char bytes[ID_BYTES];
	scoped_buf hex;

	if (getentropy(bytes, sizeof(bytes)) < 0)
		return error_errno(err, errno, "random numbers");
	buf_init(&hex, 2 * ID_BYTES);
	for (size_t i = 0; i < ID_BYTES; i++)
		buf_fmt(&hex, "%02x", bytes[i]);
	str_replace(&c->id, buf_take(&hex));
	return 0;
}

int seal_content(const struct seal_args *args, struct sealed_content *c, struct buf *out,
		 struct error *err)
{
	scoped_sealed_content again = { 0 };
	scoped_secret content = { 0 };
	scoped_buf text = { 0 };

	if (new_id(c, err) < 0)
		return -1;
	buf_init_wiped(&text, SEALED_CONTENT_MAX);
	sealed_content_format(c, &text);
	secret_take(&content, &text);
	/* What CI would not accept is not sealed. */
	if (sealed_content_parse(&again, content.data, content.len, err) < 0)
		return -1;
	return cms_seal(&content, &args->recipients, args->signer, out, err);
}

void seal_tell(FILE *to, const struct sealed_content *c, const char *verb, const char *path)
{
	char time[TIME_TEXT];
	scoped_buf user;

	buf_init(&user, 4096);
	printable_add(&user, c->username);
	fprintf(to, "%s for %s%s%s (user %s) ", verb, c->registry, *c->prefix ? "/" : "", c->prefix,
		user.data);
	if (c->expires == TIME_NONE)
		fprintf(to, "without an end: %s\n", path);
	else
		fprintf(to, "until %s UTC: %s\n", time_format_minute(time, c->expires), path);
}
