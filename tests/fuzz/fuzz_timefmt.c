/* SPDX-License-Identifier: Apache-2.0 */
/* Times and durations: what parses is printed, and read again as the same. */
#include "tests/fuzz/fuzz.h"

#include "common/base/clock.h"
#include "common/codec/timefmt.h"
#include "tests/fuzz/text.h"

static void check_time(const char *s)
{
	char text[TIME_TEXT];
	int64_t t, again;
	struct error err = ERROR_INIT;

	if (time_parse_rfc3339(s, &t, &err) < 0)
		return;
	time_format_minute(text, t);
	fuzz_assert(time_parse_rfc3339(time_format_rfc3339(text, t, 1), &again, &err) == 0);
	fuzz_assert(again == t);
}

static void check_duration(const char *s)
{
	char text[TIME_TEXT];
	int64_t ns, again;
	struct error err = ERROR_INIT;

	if (duration_parse(s, &ns, &err) < 0)
		return;
	duration_human(text, ns);
	fuzz_assert(ns >= 0 && ns <= 36500 * NSEC_PER_DAY);
	fuzz_assert(duration_parse(duration_format(text, ns), &again, &err) == 0 && again == ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str text = fuzz_text(data, size);

	check_time(text);
	check_duration(text);
	return 0;
}
