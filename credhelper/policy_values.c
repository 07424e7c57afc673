/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/policy_parts.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/codec/hostport.h"
#include "common/codec/pattern.h"
#include "common/codec/printable.h"
#include "common/codec/timefmt.h"
#include "common/codec/units.h"
#include "credhelper/vendors.h"

#define NAME_MAX_LEN 64
#define LIFETIME_MAX (7 * NSEC_PER_DAY)
#define LEEWAY_MAX   (10 * NSEC_PER_MIN)
#define AUDIT_MIN    (4 << 10)
#define AUDIT_MAX    (INT64_C(1) << 30)

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"

int policy_read_keys(const struct policy_file *file, void *into, const struct json_place *at,
		     const struct key *keys, size_t count, struct error *err)
{
	const char *names[KEYS_MAX];

	for (size_t i = 0; i < count; i++)
		names[i] = keys[i].name;
	if (json_expect(at, JSON_OBJECT, err) < 0 || json_only_keys(at, names, count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct json_place value = json_member(at, keys[i].name);

		if (!json_present(&value))
			continue;
		if (keys[i].system_only && !file->system)
			return json_fail(&value, err, "is for the system's policy only");
		if (keys[i].read(file, (char *)into + keys[i].offset, &value, err) < 0)
			return -1;
	}
	return 0;
}

/* Turns the error of a parser of values into one that names the place. */
static int fail_at(const struct json_place *at, const struct error *why, struct error *err)
{
	return json_fail(at, err, "%s", why->text);
}

int policy_need_text(const struct json_place *at, const char **text, text_check *check,
		     struct error *err)
{
	const char *value;

	if (json_need_string(at, NULL, &value, err) < 0)
		return -1;
	if (!*value)
		return json_fail(at, err, "must not be empty");
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return json_fail(at, err, "must not hold control characters");
	if (check(at, value, err) < 0)
		return -1;
	*text = value;
	return 0;
}

int policy_any_text(const struct json_place *at unused_arg, const char *text unused_arg,
		    struct error *err unused_arg)
{
	return 0;
}

static int absolute_path(const struct json_place *at, const char *text, struct error *err)
{
	return text[0] == '/' ? 0 : json_fail(at, err, "must be an absolute path");
}

int policy_https_url(const struct json_place *at, const char *text, struct error *err)
{
	const char *host = text + strlen("https://");

	if (strncmp(text, "https://", strlen("https://")) != 0 || !*host || *host == '/')
		return json_fail(at, err, "must be an https:// address");
	return 0;
}

static int proxy_url(const struct json_place *at, const char *text, struct error *err)
{
	if (strncmp(text, "http://", strlen("http://")) != 0 &&
	    strncmp(text, "https://", strlen("https://")) != 0)
		return json_fail(at, err, "must begin with http:// or https://");
	return 0;
}

static int host_name(const struct json_place *at, const char *text, struct error *err)
{
	struct error why = ERROR_INIT;
	struct host_port host;

	return host_port_parse(&host, text, 443, &why) < 0 ? fail_at(at, &why, err) : 0;
}

static int variable_name(const struct json_place *at, const char *text, struct error *err)
{
	if (text[strspn(text, LETTERS DIGITS "_")] || strchr(DIGITS, text[0]))
		return json_fail(at, err, "is no name of a variable");
	return 0;
}

int policy_word(const struct json_place *at, const char *text, struct error *err)
{
	if (text[strspn(text, LETTERS DIGITS "._-")] || strlen(text) > NAME_MAX_LEN)
		return json_fail(at, err, "expected letters, digits, \".\", \"_\" and \"-\"");
	return 0;
}

static int vendor_name(const struct json_place *at, const char *text, struct error *err)
{
	char shown[PRINTABLE_SHORT];

	if (vendor_find(text))
		return 0;
	return json_fail(at, err, "no CI is known as \"%s\"", printable_short(shown, text));
}

static int helper_name(const struct json_place *at, const char *text, struct error *err)
{
	if (strcmp(text, "pushgate") == 0)
		return json_fail(at, err, "pushgate cannot keep its credentials in itself");
	return policy_word(at, text, err);
}

static int algorithm_name(const struct json_place *at, const char *text, struct error *err)
{
	static const char *const known[] = { "RS256", "RS384", "RS512", "PS256",
					     "ES256", "ES384", "ES512" };

	for (size_t i = 0; i < array_len(known); i++)
		if (strcmp(text, known[i]) == 0)
			return 0;
	return json_fail(at, err, "expected RS256, RS384, RS512, PS256, ES256, ES384 or ES512");
}

int policy_claim_pattern(const struct json_place *at, const char *text, struct error *err)
{
	struct error why = ERROR_INIT;

	return pattern_check(text, &why) < 0 ? fail_at(at, &why, err) : 0;
}

int policy_set_text(char **out, const struct json_place *at, text_check *check, struct error *err)
{
	const char *text;

	if (policy_need_text(at, &text, check, err) < 0)
		return -1;
	str_replace(out, xstrdup(text));
	return 0;
}

static int set_list(struct strings *out, const struct json_place *at, text_check *check,
		    struct error *err)
{
	if (json_expect(at, JSON_ARRAY, err) < 0)
		return -1;
	for (size_t i = 0; i < json_count(at); i++) {
		struct json_place item = json_element(at, i);
		const char *text;

		if (policy_need_text(&item, &text, check, err) < 0)
			return -1;
		strings_add(out, text);
	}
	return 0;
}

int policy_set_texts(struct strings *out, const struct json_place *at, text_check *check,
		     struct error *err)
{
	if (set_list(out, at, check, err) < 0)
		return -1;
	return json_count(at) ? 0 : json_fail(at, err, "must not be empty");
}

#define TEXT_READER(name, check)                                          \
	int name(const struct policy_file *file unused_arg, void *member, \
		 const struct json_place *at, struct error *err)          \
	{                                                                 \
		return policy_set_text(member, at, check, err);           \
	}
#define TEXTS_READER(name, set, check)                                    \
	int name(const struct policy_file *file unused_arg, void *member, \
		 const struct json_place *at, struct error *err)          \
	{                                                                 \
		return set(member, at, check, err);                       \
	}
TEXT_READER(policy_text, policy_any_text)
TEXT_READER(policy_path, absolute_path)
TEXT_READER(policy_https, policy_https_url)
TEXT_READER(policy_proxy, proxy_url)
TEXT_READER(policy_variable, variable_name)
TEXT_READER(policy_vendor, vendor_name)
TEXT_READER(policy_helper, helper_name)
TEXTS_READER(policy_texts, policy_set_texts, policy_any_text)
TEXTS_READER(policy_names, set_list, policy_any_text)
TEXTS_READER(policy_paths, policy_set_texts, absolute_path)
TEXTS_READER(policy_hosts, set_list, host_name)
TEXTS_READER(policy_vendors, policy_set_texts, vendor_name)
TEXTS_READER(policy_algorithms, policy_set_texts, algorithm_name)

int policy_bool(const struct policy_file *file unused_arg, void *member,
		const struct json_place *at, struct error *err)
{
	return json_get_bool(at, NULL, member, false, err);
}

static int set_duration(int64_t *out, const struct json_place *at, int64_t min, int64_t max,
			struct error *err)
{
	struct error why = ERROR_INIT;
	char text[TIME_TEXT];
	const char *value;
	int64_t ns;

	if (json_need_string(at, NULL, &value, err) < 0)
		return -1;
	if (duration_parse(value, &ns, &why) < 0)
		return fail_at(at, &why, err);
	if (ns < min)
		return json_fail(at, err, "must be at least %s", duration_format(text, min));
	if (ns > max)
		return json_fail(at, err, "must be at most %s", duration_format(text, max));
	*out = ns;
	return 0;
}

int policy_lifetime(const struct policy_file *file, void *member, const struct json_place *at,
		    struct error *err)
{
	return set_duration(member, at, NSEC_PER_SEC, file->system ? LIFETIME_MAX : POLICY_LIFETIME,
			    err);
}

int policy_max_age(const struct policy_file *file unused_arg, void *member,
		   const struct json_place *at, struct error *err)
{
	return set_duration(member, at, 0, LIFETIME_MAX, err);
}

int policy_leeway(const struct policy_file *file unused_arg, void *member,
		  const struct json_place *at, struct error *err)
{
	return set_duration(member, at, 0, LEEWAY_MAX, err);
}

int policy_max_size(const struct policy_file *file unused_arg, void *member,
		    const struct json_place *at, struct error *err)
{
	struct error why = ERROR_INIT;
	const char *text;
	int64_t size;

	if (json_need_string(at, NULL, &text, err) < 0)
		return -1;
	if (size_parse(text, &size, &why) < 0)
		return fail_at(at, &why, err);
	if (size < AUDIT_MIN || size > AUDIT_MAX)
		return json_fail(at, err, "must be between 4KiB and 1GiB");
	*(int64_t *)member = size;
	return 0;
}

/* One of count words; their index. */
static int set_choice(size_t *out, const struct json_place *at, const char *const *words,
		      size_t count, struct error *err)
{
	scoped_buf all = { 0 };
	const char *text;

	if (json_need_string(at, NULL, &text, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, words[i]) == 0) {
			*out = i;
			return 0;
		}
	buf_init(&all, SIZE_MAX);
	for (size_t i = 0; i < count; i++)
		buf_fmt(&all, "%s\"%s\"", i == 0 ? "" : i + 1 < count ? ", " : " or ", words[i]);
	return json_fail(at, err, "expected %s", all.data);
}

int policy_unproven(const struct policy_file *file unused_arg, void *member,
		    const struct json_place *at, struct error *err)
{
	static const char *const words[] = { "warn", "refuse" };
	size_t choice;

	if (set_choice(&choice, at, words, array_len(words), err) < 0)
		return -1;
	*(enum unproven *)member = (enum unproven)choice;
	return 0;
}

int policy_store_kind(const struct policy_file *file unused_arg, void *member,
		      const struct json_place *at, struct error *err)
{
	static const char *const words[] = { "auto", "secretservice", "helper", "file" };
	size_t choice;

	if (set_choice(&choice, at, words, array_len(words), err) < 0)
		return -1;
	*(enum store_kind *)member = (enum store_kind)choice;
	return 0;
}

int policy_audit_kind(const struct policy_file *file unused_arg, void *member,
		      const struct json_place *at, struct error *err)
{
	static const char *const words[] = { "off", "file", "syslog" };
	size_t choice;

	if (set_choice(&choice, at, words, array_len(words), err) < 0)
		return -1;
	*(enum audit_kind *)member = (enum audit_kind)choice;
	return 0;
}
