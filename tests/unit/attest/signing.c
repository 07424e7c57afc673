/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/attest/signing.h"

#include <check.h>
#include <cjose/cjose.h>
#include <stdarg.h>
#include <string.h>

#include "common/codec/base64.h"

static const struct test_key *find(const char *name)
{
	for (size_t i = 0; i < test_key_count; i++)
		if (strcmp(test_keys[i].name, name) == 0)
			return &test_keys[i];
	ck_abort_msg("no key %s", name);
	return NULL;
}

json_t *test_key_set(const char *names, const char *more)
{
	scoped_str list = xstrdup(names);
	scoped_buf text;
	char *rest = NULL;

	buf_init(&text, SIZE_MAX);
	for (char *name = strtok_r(list, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
		buf_fmt(&text, "%s{\"kid\":\"%s\",%s%s%s}", text.len ? "," : "{\"keys\":[", name,
			find(name)->public, more ? "," : "", more ? more : "");
	buf_str(&text, "]}");
	json_t *set = json_loads(text.data, 0, NULL);

	ck_assert_msg(set != NULL, "%s", text.data);
	return set;
}

char *test_key_member(const char *name, const char *member)
{
	scoped_str text = xasprintf("{%s}", find(name)->public);
	json_t *key = json_loads(text, 0, NULL);
	char *value = xstrdup(json_string_value(json_object_get(key, member)));

	json_decref(key);
	return value;
}

char *test_sign(const char *header, const char *claims, const char *key)
{
	const struct test_key *k = find(key);
	scoped_str jwk_text = xasprintf("{%s,%s}", k->public, k->private);
	cjose_err err;
	cjose_jwk_t *jwk = cjose_jwk_import(jwk_text, strlen(jwk_text), &err);
	json_t *head = json_loads(header, 0, NULL);
	const char *text = NULL;

	ck_assert_msg(jwk && head, "%s: %s", key, header);
	cjose_jws_t *jws = cjose_jws_sign(jwk, (cjose_header_t *)head, (const uint8_t *)claims,
					  strlen(claims), &err);

	ck_assert_msg(jws && cjose_jws_export(jws, &text, &err), "%s: %s", header, err.message);
	char *token = xstrdup(text);

	cjose_jws_release(jws);
	cjose_jwk_release(jwk);
	json_decref(head);
	return token;
}

char *test_join(const char *first, ...)
{
	scoped_buf text;
	va_list args;

	buf_init(&text, SIZE_MAX);
	va_start(args, first);
	for (const char *part = first; part; part = va_arg(args, const char *)) {
		if (part != first)
			buf_char(&text, '.');
		base64_add(&text, part, strlen(part));
		while (text.len && text.data[text.len - 1] == '=')
			text.data[--text.len] = '\0';
	}
	va_end(args);
	for (char *c = text.data; *c; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
	return buf_take(&text);
}
