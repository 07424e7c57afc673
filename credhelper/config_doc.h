/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker's config.json, read as docker reads it (Go's encoding/json: names of members know no case,
 * the last one counts; docker/cli cli/config/configfile), and edited so that all else in it stays
 * as and where it is. Pure. It may hold secrets: no error quotes a part of it.
 */
#ifndef CREDHELPER_CONFIG_DOC_H
#define CREDHELPER_CONFIG_DOC_H

#include <jansson.h>
#include <stdbool.h>

#include "common/codec/helper_message.h"

#define CONFIG_MAX (4 << 20) /* bytes of a file */

struct config_doc {
	json_t *root;     /* an object */
	bool twice;       /* a key is there twice: programs differ in which one they take */
	bool big_numbers; /* beyond 64 bits: they would not come back as they are */
};
void config_doc_release(struct config_doc *doc);
#define scoped_config_doc scoped(config_doc_release) struct config_doc

/* Nothing but blanks is an empty object. Errors: ERROR_INPUT, with line and column. */
int config_parse(struct config_doc *out, const char *data, size_t len, struct error *err)
	must_check;
/* As docker writes it: one tab a level, no newline at its end. out is of buf_init_wiped(). */
void config_format(const json_t *root, struct buf *out);

/* The member that docker takes, NULL: none, null, or at is no object. Borrowed. */
json_t *config_member(const json_t *object, const char *name);
/* A string that is not empty; else NULL. Borrowed. */
const char *config_text(const json_t *object, const char *name);
/* Sets it under the spelling that is there; value is stolen, NULL removes it. */
void config_set(json_t *object, const char *name, json_t *value);

/* What an entry of "auths" holds. */
enum config_auth {
	CONFIG_AUTH_NONE,     /* no secret: {} is what docker leaves where a helper has it */
	CONFIG_AUTH_PASSWORD, /* "auth", or "username" and "password" */
	CONFIG_AUTH_TOKEN,    /* "identitytoken": the user name is HELPER_TOKEN_USER */
	CONFIG_AUTH_ODD,      /* no helper could give it back as it is */
	CONFIG_AUTH_BROKEN,   /* docker cannot read it, and then nothing of the file */
};
/* out: of a password or token; server is "" in it. NULL: only the kind is asked for. */
enum config_auth config_auth(const json_t *entry, struct helper_credential *out);
/* "registrytoken": docker sends it to the registry as it is, whatever a helper says. */
bool config_has_bearer(const json_t *entry);
/* Takes away what config_auth() reads; other members stay ("email", "registrytoken"). */
void config_auth_strip(json_t *entry);
/* Writes it as docker does, of a credential whose user name is text. Errors: ERROR_INPUT: it is no
 * text that JSON can hold, or docker would read it otherwise. */
int config_auth_put(json_t *entry, const struct helper_credential *c, struct error *err) must_check;

#endif
