/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "common/codec/units.h"
#include "tests/unit/random.h"

static const struct {
	const char *text;
	int64_t bytes; /* -1: refused */
	const char *why;
} sizes[] = {
	{ "0", 0, "nothing" },
	{ "1048576", 1048576, "bare bytes" },
	{ "7B", 7, "bytes with their unit" },
	{ "100k", 100000, "docker's short form" },
	{ "100kB", 100000, "kilobyte" },
	{ "3M", 3000000, "short mega" },
	{ "3MB", 3000000, "megabyte" },
	{ "20GB", 20000000000, "the example of the manual" },
	{ "20G", 20000000000, "short giga" },
	{ "2T", 2000000000000, "short tera" },
	{ "1.5TB", 1500000000000, "decimals" },
	{ "3P", 3000000000000000, "short peta" },
	{ "3PB", 3000000000000000, "petabyte" },
	{ "1KiB", 1024, "binary kilo" },
	{ "512MiB", 536870912, "binary mega" },
	{ "1.25GiB", 1342177280, "decimals of a binary unit are exact" },
	{ "1TiB", 1099511627776, "binary tera" },
	{ "1PiB", 1125899906842624, "binary peta" },
	{ "20gb", 20000000000, "case does not matter" },
	{ "20 GB", 20000000000, "one space" },
	{ ".5GB", 500000000, "no digit before the point" },
	{ "1.GB", 1000000000, "no digit behind the point" },
	{ "0.0000000001GB", 0, "parts of a byte are cut" },
	{ "0.33333333333333333333333333GiB", 357913941, "any number of digits" },
	{ "9223372036854775807", INT64_MAX, "the most" },
	{ "9223372036854775808", -1, "one more than the most" },
	{ "9223.372036854775807PB", INT64_MAX, "the most, in another unit" },
	{ "9223.372036854775808PB", -1, "overflow by the fraction" },
	{ "9224PB", -1, "overflow by the unit" },
	{ "99999999999999999999", -1, "overflow of the digits" },
	{ "", -1, "empty" },
	{ "GB", -1, "no number" },
	{ ".", -1, "no digit" },
	{ ".GB", -1, "no digit, but a unit" },
	{ "-1GB", -1, "negative" },
	{ "+1GB", -1, "signs are not read" },
	{ "1.5", -1, "parts of bytes: the unit was forgotten" },
	{ "1.5B", -1, "parts of bytes" },
	{ "20  GB", -1, "two spaces" },
	{ "20 ", -1, "a space and nothing" },
	{ " 20GB", -1, "a space in front" },
	{ "20GB ", -1, "a space behind" },
	{ "20XB", -1, "an unknown unit" },
	{ "20GBs", -1, "more than a unit" },
	{ "1,5GB", -1, "a decimal comma" },
	{ "0x10", -1, "no hexadecimals" },
	{ "1e3", -1, "no exponents" },
	{ "20%", -1, "percent is no size" },
};

START_TEST(parse_size)
{
	int64_t bytes = -7;
	struct error err = ERROR_INIT;
	int rc = size_parse(sizes[_i].text, &bytes, &err);

	if (sizes[_i].bytes >= 0) {
		ck_assert_msg(rc == 0 && bytes == sizes[_i].bytes, "%s: %lld, %s", sizes[_i].why,
			      (long long)bytes, err.text);
		return;
	}
	ck_assert_msg(rc == -1 && err.kind == ERROR_INPUT, "%s", sizes[_i].why);
	ck_assert_msg(bytes == -7, "%s: output untouched", sizes[_i].why);
	ck_assert_msg(strstr(err.text, "20GB") && strstr(err.text, sizes[_i].text),
		      "%s: shows what was wrong and what is right: %s", sizes[_i].why, err.text);
}
END_TEST

static const struct {
	const char *text;
	int64_t bytes, percent;
	const char *why;
} frees[] = {
	{ "20%", -1, 20000, "whole percent" },
	{ "0%", -1, 0, "the least" },
	{ "100%", -1, 100000, "the most" },
	{ "12.5%", -1, 12500, "decimals" },
	{ "0.0019%", -1, 1, "finer than a thousandth is cut" },
	{ "20 %", -1, 20000, "a space" },
	{ "50GB", 50000000000, -1, "a size" },
	{ "100", 100, -1, "bytes" },
	{ "100.001%", -2, 0, "more than everything" },
	{ "-1%", -2, 0, "negative" },
	{ "%", -2, 0, "no number" },
	{ "20%%", -2, 0, "twice" },
	{ "20% ", -2, 0, "a space behind" },
	{ "20GB%", -2, 0, "both" },
	{ "99999999999999999%", -2, 0, "overflow" },
	{ "", -2, 0, "empty" },
	{ "half", -2, 0, "a word" },
};

START_TEST(parse_free)
{
	int64_t bytes = -7, percent = -7;
	struct error err = ERROR_INIT;
	int rc = size_or_percent_parse(frees[_i].text, &bytes, &percent, &err);

	if (frees[_i].bytes != -2) {
		ck_assert_msg(rc == 0 && bytes == frees[_i].bytes && percent == frees[_i].percent,
			      "%s: %lld %lld %s", frees[_i].why, (long long)bytes,
			      (long long)percent, err.text);
		return;
	}
	ck_assert_msg(rc == -1 && err.kind == ERROR_INPUT, "%s", frees[_i].why);
	ck_assert_msg(bytes == -7 && percent == -7, "%s: outputs untouched", frees[_i].why);
	ck_assert_msg(strstr(err.text, "20%"), "%s: %s", frees[_i].why, err.text);
}
END_TEST

static const struct {
	int64_t bytes;
	const char *text, *exact;
	const char *why;
} formats[] = {
	{ 0, "0B", "0", "nothing" },
	{ 1, "1B", "1", "one" },
	{ 999, "999B", "999", "the last below kB" },
	{ 1000, "1kB", "1kB", "no zeros behind the point" },
	{ 1005, "1.01kB", "1005", "rounded to the nearest" },
	{ 1234, "1.23kB", "1234", "three digits" },
	{ 12345, "12.3kB", "12345", "three digits" },
	{ 123456, "123kB", "123456", "three digits" },
	{ 9994, "9.99kB", "9994", "the last of three digits" },
	{ 9995, "10kB", "9995", "rounding makes a digit more" },
	{ 99950, "100kB", "99950", "rounding makes a digit more" },
	{ 999499, "999kB", "999499", "the last below MB" },
	{ 999500, "1MB", "999500", "docker prints 1e+03kB here" },
	{ 1048576, "1.05MB", "1048576", "a binary number stays exact in bytes" },
	{ 20000000000, "20GB", "20GB", "what a person typed" },
	{ 1500000000000, "1.5TB", "1500GB", "largest unit without a fraction" },
	{ 999999999999999, "1PB", "999999999999999", "rounds over several digits" },
	{ 5000000000000000000, "5EB", "5000PB", "exa is shown, but not read" },
	{ INT64_MAX, "9.22EB", "9223372036854775807", "the most" },
	{ -1500, "-1.5kB", "-1500", "negative: space that was lost" },
	{ INT64_MIN, "-9.22EB", "-9223372036854775808", "the least" },
};

START_TEST(format)
{
	char text[SIZE_TEXT];

	size_format(text, formats[_i].bytes);
	ck_assert_msg(strcmp(text, formats[_i].text) == 0, "%s: %s", formats[_i].why, text);
	size_format_exact(text, formats[_i].bytes);
	ck_assert_msg(strcmp(text, formats[_i].exact) == 0, "%s: %s", formats[_i].why, text);
}
END_TEST

/* Zeros at the end make units. */
static int64_t random_size(struct random *r)
{
	int64_t size = random_magnitude(r);

	for (uint64_t i = random_below(r, 6); i > 0; i--)
		size = size < INT64_MAX / 1000 ? size * 1000 : size;
	return size;
}

START_TEST(round_trip)
{
	struct random r = random_start();

	for (int i = 0; i < 20000; i++) {
		char text[SIZE_TEXT];
		int64_t size = random_size(&r);
		int64_t again = -1;
		struct error err = ERROR_INIT;

		ck_assert_msg(size_parse(size_format_exact(text, size), &again, &err) == 0 &&
				      again == size,
			      RANDOM_SEED ": %lld became %s became %lld",
			      (unsigned long long)r.seed, (long long)size, text, (long long)again);
	}
}
END_TEST

START_TEST(shown_is_near)
{
	struct random r = random_start();

	for (int i = 0; i < 20000; i++) {
		char text[SIZE_TEXT];
		int64_t size = random_magnitude(&r) % 900000000000000000;
		int64_t again = -1;
		struct error err = ERROR_INIT;

		size_format(text, size);
		ck_assert_msg(size_parse(text, &again, &err) == 0 && strlen(text) <= 7 &&
				      again - size <= size / 200 && size - again <= size / 200,
			      RANDOM_SEED ": %lld is shown as %s", (unsigned long long)r.seed,
			      (long long)size, text);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("units");
	TCase *tc = tcase_create("units");

	tcase_add_loop_test(tc, parse_size, 0, (int)array_len(sizes));
	tcase_add_loop_test(tc, parse_free, 0, (int)array_len(frees));
	tcase_add_loop_test(tc, format, 0, (int)array_len(formats));
	tcase_add_test(tc, round_trip);
	tcase_add_test(tc, shown_is_near);
	suite_add_tcase(s, tc);
	return s;
}
