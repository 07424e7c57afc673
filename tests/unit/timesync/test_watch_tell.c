/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/codec/json.h"
#include "plugins/timesync/watch_tell.h"

#define S     NSEC_PER_SEC
#define MS    NSEC_PER_MSEC
/* 2026-11-24T04:10:03.25Z */
#define AT    (INT64_C(1795493403) * S + 250 * MS)
#define STAMP "2026-11-24 04:10:03 "

#define NEAR(offset, bound)                            \
	{                                              \
		(offset) - (bound), (offset) + (bound) \
	}

static const struct {
	struct watch_news news;
	const char *text; /* without the stamp and the newline; "": no line */
	const char *json; /* what the document has besides time and event */
	const char *why;
} rows[] = {
	{ { .kind = WATCH_NEWS_STARTED,
	    .text = "unix:///x.sock",
	    .interval = 10 * S,
	    .helper = true },
	  "watching the clock of unix:///x.sock every 10 s",
	  "{\"engine\":\"unix:///x.sock\",\"idle_helper\":true,\"interval_ns\":10000000000}",
	  "the first line names the engine" },
	{ { .kind = WATCH_NEWS_STARTED, .text = "tcp://\x1b[2J:1", .interval = 30 * S },
	  "watching the clock of tcp://?[2J:1 every 30 s, without a helper of its own",
	  "{\"engine\":\"tcp://\\u001B[2J:1\",\"idle_helper\":false,\"interval_ns\":30000000000}",
	  "nothing from outside moves the cursor" },
	{ { .kind = WATCH_NEWS_STARTED, .text = "unix:///\xff", .interval = 30 * S },
	  "watching the clock of unix:///? every 30 s, without a helper of its own",
	  "{\"engine\":\"unix:///?\",\"idle_helper\":false,\"interval_ns\":30000000000}",
	  "a path of any bytes" },
	{ { .kind = WATCH_NEWS_WOKE, .slept = 41 * S },
	  "this machine slept for 41 s",
	  "{\"paused_ns\":0,\"slept_ns\":41000000000,\"stepped_ns\":0}",
	  "a sleep" },
	{ { .kind = WATCH_NEWS_WOKE, .stepped = -2 * S },
	  "this machine's clock was set back by 2 s",
	  "{\"paused_ns\":0,\"slept_ns\":0,\"stepped_ns\":-2000000000}",
	  "a step has its sign" },
	{ { .kind = WATCH_NEWS_WOKE, .slept = 41 * S, .stepped = 2 * S },
	  "this machine slept for 41 s; this machine's clock was set forward by 2 s",
	  "{\"paused_ns\":0,\"slept_ns\":41000000000,\"stepped_ns\":2000000000}",
	  "both at once" },
	{ { .kind = WATCH_NEWS_WOKE, .paused = 40 * S },
	  "the engine stood still for 40 s",
	  "{\"paused_ns\":40000000000,\"slept_ns\":0,\"stepped_ns\":0}",
	  "only the engine's machine slept" },
	{ { .kind = WATCH_NEWS_OFF, .offset = NEAR(-40 * S, 2 * MS), .method = METHOD_HELPER },
	  "",
	  "{\"bound_ns\":2000000,\"method\":\"helper\",\"offset_ns\":-40000000000}",
	  "for machines; people read what was done about it" },
	{ { .kind = WATCH_NEWS_CORRECTED,
	    .offset = NEAR(-40 * S, 2 * MS),
	    .method = METHOD_HELPER,
	    .after = NEAR(1 * MS, 2 * MS),
	    .has_after = true,
	    .took = 300 * MS,
	    .slept = 41 * S,
	    .since_wake = 800 * MS },
	  "engine was 40 s behind after a sleep of 41 s: corrected, now 1 ms ahead (±2 ms), 800 ms "
	  "after waking",
	  "{\"action\":\"step\",\"after_bound_ns\":2000000,\"after_offset_ns\":1000000,"
	  "\"bound_ns\":2000000,\"method\":\"helper\",\"offset_ns\":-40000000000,\"paused_ns\":0,"
	  "\"since_wake_ns\":800000000,\"slept_ns\":41000000000,\"stepped_ns\":0,"
	  "\"took_ns\":300000000}",
	  "the line that people wait for" },
	{ { .kind = WATCH_NEWS_CORRECTED,
	    .offset = NEAR(80 * MS, 2 * MS),
	    .method = METHOD_HELPER,
	    .after = NEAR(80 * MS, 2 * MS),
	    .has_after = true,
	    .slewed = true,
	    .took = 300 * MS,
	    .since_wake = TIME_NONE },
	  "engine was 80 ms ahead: being slewed",
	  "{\"action\":\"slew\",\"after_bound_ns\":2000000,\"after_offset_ns\":80000000,"
	  "\"bound_ns\":2000000,\"method\":\"helper\",\"offset_ns\":80000000,\"paused_ns\":0,"
	  "\"since_wake_ns\":null,\"slept_ns\":0,\"stepped_ns\":0,\"took_ns\":300000000}",
	  "a slew is not done yet" },
	{ { .kind = WATCH_NEWS_REFUSED,
	    .offset = NEAR(-3 * S, 4 * MS),
	    .name = "rootless",
	    .text = "the engine is rootless" },
	  "engine is 3 s behind (±4 ms): left as it is: the engine is rootless",
	  "{\"bound_ns\":4000000,\"offset_ns\":-3000000000,\"reason\":\"rootless\","
	  "\"text\":\"the engine is rootless\"}",
	  "why not" },
	{ { .kind = WATCH_NEWS_UNREACHABLE, .name = "timeout", .text = "no answer" },
	  "engine does not answer: no answer",
	  "{\"error\":\"timeout\",\"text\":\"no answer\"}",
	  "gone" },
	{ { .kind = WATCH_NEWS_REACHABLE, .away = 180 * S },
	  "engine answers again, after 3 min",
	  "{\"away_ns\":180000000000}",
	  "and back" },
	{ { .kind = WATCH_NEWS_HOST_WRONG, .text = "ntp:t", .offset = NEAR(-1020 * S, 4 * MS) },
	  "this machine's own clock is 17 min behind ntp:t (±4 ms): not copied onto the engine",
	  "{\"bound_ns\":4000000,\"offset_ns\":-1020000000000,\"reference\":\"ntp:t\"}",
	  "the wrong one is here" },
	{ { .kind = WATCH_NEWS_HOST_WRONG, .text = "ntp:t", .offset = NEAR(1020 * S, 4 * MS) },
	  "this machine's own clock is 17 min ahead of ntp:t (±4 ms): not copied onto the engine",
	  "{\"bound_ns\":4000000,\"offset_ns\":1020000000000,\"reference\":\"ntp:t\"}",
	  "the wrong one is here, the other way" },
	{ { .kind = WATCH_NEWS_UNVERIFIED, .name = "timeout", .text = "ntp:t: silence" },
	  "cannot verify this machine's clock, so that it is not copied: ntp:t: silence",
	  "{\"error\":\"timeout\",\"text\":\"ntp:t: silence\"}",
	  "what cannot be verified is not copied" },
	{ { .kind = WATCH_NEWS_HELPER_LOST, .name = "unreachable", .text = "the helper ended" },
	  "helper lost: the helper ended",
	  "{\"error\":\"unreachable\",\"text\":\"the helper ended\"}",
	  "the engine was restarted" },
	{ { .kind = WATCH_NEWS_SAME_CLOCK },
	  "engine runs on this machine's kernel and has its clock: there is nothing to correct",
	  "{}",
	  "a native engine" },
	{ { .kind = WATCH_NEWS_STOPPED, .text = "interrupted by SIGTERM" },
	  "stopped: interrupted by SIGTERM",
	  "{\"text\":\"interrupted by SIGTERM\"}",
	  "the last line" },
};

START_TEST(for_people)
{
	struct watch_news news = rows[_i].news;
	scoped_buf text = { 0 };
	scoped_str want = xasprintf(STAMP "%s\n", rows[_i].text);

	news.time = AT;
	buf_init(&text, 1 << 16);
	watch_news_text(&news, &text);
	ck_assert_msg(strcmp(text.data, rows[_i].text[0] ? want : "") == 0, "%s: '%s', not '%s'",
		      rows[_i].why, text.data, want);
}
END_TEST

START_TEST(for_machines)
{
	struct watch_news news = rows[_i].news;
	const char *time;

	news.time = AT;
	scoped_json *json = watch_news_json(&news);
	time = json_string_value(json_object_get(json, "time"));
	ck_assert_str_eq(time, "2026-11-24T04:10:03.25Z");
	ck_assert_str_eq(json_string_value(json_object_get(json, "event")),
			 watch_news_name(news.kind));
	json_object_del(json, "time");
	json_object_del(json, "event");
	scoped_str rest = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	ck_assert_msg(strcmp(rest, rows[_i].json) == 0, "%s: %s", rows[_i].why, rest);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("watch_tell");
	TCase *tc = tcase_create("watch_tell");

	tcase_add_loop_test(tc, for_people, 0, array_len(rows));
	tcase_add_loop_test(tc, for_machines, 0, array_len(rows));
	suite_add_tcase(s, tc);
	return s;
}
