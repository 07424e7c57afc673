/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/attest/claims.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/codec/pattern.h"
#include "common/codec/printable.h"
#include "common/codec/timefmt.h"

#define AUDIENCES_MAX 16
/* 9999-12-31: more is no time, but milliseconds taken for seconds. */
#define SECONDS_MAX   INT64_C(253402300799)

struct judging {
	const struct jwt *jwt;
	const struct gate_oidc *gate;
	const struct vendor *vendor;
	int64_t now;
	struct buf *detail;
};

static const json_t *claim(const struct jwt *jwt, const char *name)
{
	return json_object_get(jwt->claims, name);
}

/* --- Claims as text. */

/* The text of a string, a whole number or a boolean; NULL: it is none of these. */
#define NUMBER_TEXT 24
static const char *text_of(const json_t *value, char number[NUMBER_TEXT])
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	if (!json_is_integer(value))
		return NULL;
	snprintf(number, NUMBER_TEXT, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return number;
}

static void tell_claim(const struct judging *j, const char *name)
{
	char number[NUMBER_TEXT], shown[PRINTABLE_SHORT], key[PRINTABLE_SHORT];
	const json_t *value = claim(j->jwt, name);
	const char *text = text_of(value, number);

	printable_short(key, name);
	if (!value)
		buf_fmt(j->detail, "%s is not there", key);
	else if (!text)
		buf_fmt(j->detail, "%s is no string, whole number or boolean", key);
	else
		buf_fmt(j->detail, "%s is \"%s\"", key, printable_short(shown, text));
}

/* --- Times. */

/* *out is TIME_NONE if it is not there. */
static enum attest_reason read_time(const struct judging *j, const char *name, int64_t *out)
{
	const json_t *value = claim(j->jwt, name);
	double seconds = json_number_value(value);

	*out = TIME_NONE;
	if (!value)
		return ATTEST_REASON_OK;
	if (!json_is_number(value) || !(seconds >= 0 && seconds <= (double)SECONDS_MAX)) {
		buf_fmt(j->detail, "%s is no time", name);
		return ATTEST_REASON_MALFORMED;
	}
	*out = time_from_seconds((int64_t)seconds);
	return ATTEST_REASON_OK;
}

static enum attest_reason bad_time(const struct judging *j, enum attest_reason reason,
				   const char *name, int64_t at)
{
	char text[TIME_TEXT];

	buf_fmt(j->detail, "%s %s", name, time_format_rfc3339(text, at, 0));
	return reason;
}

static enum attest_reason judge_expiry(const struct judging *j)
{
	int64_t at;
	enum attest_reason reason = read_time(j, "exp", &at);

	if (reason != ATTEST_REASON_OK)
		return reason;
	if (at == TIME_NONE) {
		buf_str(j->detail, "exp is not there");
		return ATTEST_REASON_EXPIRED;
	}
	if (time_diff(j->now, at) >= j->gate->leeway)
		return bad_time(j, ATTEST_REASON_EXPIRED, "exp", at);
	return ATTEST_REASON_OK;
}

static enum attest_reason judge_begin(const struct judging *j)
{
	static const char *const names[] = { "nbf", "iat" };

	for (size_t i = 0; i < array_len(names); i++) {
		int64_t at;
		enum attest_reason reason = read_time(j, names[i], &at);

		if (reason != ATTEST_REASON_OK)
			return reason;
		if (at != TIME_NONE && time_diff(at, j->now) > j->gate->leeway)
			return bad_time(j, ATTEST_REASON_EARLY, names[i], at);
	}
	return ATTEST_REASON_OK;
}

static enum attest_reason judge_age(const struct judging *j)
{
	int64_t at;
	enum attest_reason reason = read_time(j, "iat", &at);

	if (reason != ATTEST_REASON_OK || j->gate->max_age == 0)
		return reason;
	if (at == TIME_NONE) {
		buf_str(j->detail, "iat is not there");
		return ATTEST_REASON_AGE;
	}
	if (time_diff(j->now, at) > j->gate->max_age + j->gate->leeway)
		return bad_time(j, ATTEST_REASON_AGE, "iat", at);
	return ATTEST_REASON_OK;
}

/* --- Whose it is, and for whom. */

static enum attest_reason judge_issuer(const struct judging *j)
{
	const char *issuer = json_string_value(claim(j->jwt, "iss"));

	if (issuer && strcmp(issuer, j->gate->issuer) == 0)
		return ATTEST_REASON_OK;
	tell_claim(j, "iss");
	return ATTEST_REASON_ISSUER;
}

static bool is_for_us(const struct judging *j, const json_t *audience)
{
	const char *text = json_string_value(audience);

	return text && strcmp(text, j->gate->audience) == 0;
}

static enum attest_reason judge_audience(const struct judging *j)
{
	const json_t *aud = claim(j->jwt, "aud");
	size_t count = json_array_size(aud);
	bool found = is_for_us(j, aud), strings = true;

	if (count > AUDIENCES_MAX) {
		buf_fmt(j->detail, "aud has more than %d", AUDIENCES_MAX);
		return ATTEST_REASON_AUDIENCE;
	}
	for (size_t i = 0; i < count; i++) {
		found |= is_for_us(j, json_array_get(aud, i));
		strings &= json_is_string(json_array_get(aud, i));
	}
	if (found && strings)
		return ATTEST_REASON_OK;
	if (json_is_array(aud))
		buf_fmt(j->detail, "aud is a list without \"%s\"", j->gate->audience);
	else
		tell_claim(j, "aud");
	return ATTEST_REASON_AUDIENCE;
}

/* --- What the policy pins. */

static const struct gate_claim *pin_of(const struct gate_oidc *gate, const char *name)
{
	for (size_t i = 0; i < gate->claims.count; i++)
		if (strcmp(gate->claims.items[i].name, name) == 0)
			return &gate->claims.items[i];
	return NULL;
}

/* Jenkins leaves "${NAME}" as it is where there is no such variable. */
static bool is_unset(const char *name, const char *text)
{
	size_t len = strlen(name);

	return strncmp(text, "${", 2) == 0 && strncmp(text + 2, name, len) == 0 &&
	       strcmp(text + 2 + len, "}") == 0;
}

static bool is_sprung(const struct vendor_trap *trap, const json_t *value)
{
	char number[NUMBER_TEXT];
	const char *text = text_of(value, number);

	if (!text)
		return !trap->value && value && !json_is_null(value);
	if (trap->value)
		return strcmp(trap->value, text) == 0;
	return *text && !is_unset(trap->name, text);
}

static enum attest_reason judge_traps(const struct judging *j)
{
	for (size_t i = 0; i < VENDOR_TRAPS && j->vendor->claim_traps[i].name; i++) {
		const struct vendor_trap *trap = &j->vendor->claim_traps[i];

		if (pin_of(j->gate, trap->name) || !is_sprung(trap, claim(j->jwt, trap->name)))
			continue;
		tell_claim(j, trap->name);
		buf_fmt(j->detail, ": %s", trap->why);
		return ATTEST_REASON_TRAP;
	}
	return ATTEST_REASON_OK;
}

/* A pattern that everybody's claim matches says nothing. */
static bool is_pin(const struct gate_claim *pin)
{
	for (size_t i = 0; i < pin->allowed.count; i++)
		if (pin->allowed.items[i][strspn(pin->allowed.items[i], "*?")] == '\0')
			return false;
	return pin->allowed.count > 0;
}

static bool pins_one(const struct gate_oidc *gate, const char *const *names)
{
	for (size_t i = 0; i < VENDOR_PINS && names[i]; i++) {
		const struct gate_claim *pin = pin_of(gate, names[i]);

		if (pin && is_pin(pin))
			return true;
	}
	return false;
}

/* names NULL: nothing has to be pinned. */
static enum attest_reason judge_pinned(const struct judging *j, const char *const *names)
{
	if (!names || pins_one(j->gate, names))
		return ATTEST_REASON_OK;
	buf_str(j->detail, "pin one of");
	for (size_t i = 0; i < VENDOR_PINS && names[i]; i++)
		buf_fmt(j->detail, "%s %s", i ? "," : "", names[i]);
	return ATTEST_REASON_UNPINNED;
}

/* By the vendor that the policy names, and by the issuer's address. */
static enum attest_reason judge_sharing(const struct judging *j)
{
	const struct vendor *v = j->vendor;
	enum attest_reason reason = judge_pinned(j, v->always_shared ? v->pins : NULL);

	if (reason != ATTEST_REASON_OK)
		return reason;
	return judge_pinned(j, vendor_issuer_pins(j->gate->issuer));
}

static bool pin_holds(const struct gate_claim *pin, const json_t *value)
{
	char number[NUMBER_TEXT];
	const char *text = text_of(value, number);

	for (size_t i = 0; text && i < pin->allowed.count; i++)
		if (pattern_match(pin->allowed.items[i], text))
			return true;
	return false;
}

static enum attest_reason judge_pins(const struct judging *j)
{
	for (size_t i = 0; i < j->gate->claims.count; i++) {
		const struct gate_claim *pin = &j->gate->claims.items[i];

		if (pin_holds(pin, claim(j->jwt, pin->name)))
			continue;
		tell_claim(j, pin->name);
		return ATTEST_REASON_CLAIM;
	}
	return ATTEST_REASON_OK;
}

enum attest_reason claims_judge(const struct jwt *jwt, const struct gate_oidc *gate,
				const struct vendor *vendor, int64_t now, struct buf *detail)
{
	static enum attest_reason (*const steps[])(const struct judging *) = {
		judge_issuer, judge_audience, judge_expiry,  judge_begin,
		judge_age,    judge_traps,    judge_sharing, judge_pins,
	};
	const struct judging j = { jwt, gate, vendor, now, detail };
	enum attest_reason reason = ATTEST_REASON_OK;

	for (size_t i = 0; i < array_len(steps) && reason == ATTEST_REASON_OK; i++)
		reason = steps[i](&j);
	return reason;
}

void claims_tell(const struct jwt *jwt, const struct gate_oidc *gate, struct attest_answer *out)
{
	char number[NUMBER_TEXT];

	out->expires = time_from_seconds((int64_t)json_number_value(claim(jwt, "exp")));
	for (size_t i = 0; i < gate->claims.count; i++) {
		const char *name = gate->claims.items[i].name;
		const char *text = text_of(claim(jwt, name), number);

		strings_add(&out->names, name);
		strings_add(&out->values, text ? text : "");
	}
}
