/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "common/codec/json.h"
#include "plugins/timesync/watch_service.h"

#define S   NSEC_PER_SEC
#define NOW (INT64_C(1795493400) * S) /* 2026-11-24T04:10:00Z */

static const struct {
	struct job_status job;
	enum job_manager manager;
	const char *text, *json;
	const char *why;
} rows[] = {
	{ { .last_run = TIME_NONE, .last_status = -1, .restarts = -1 },
	  JOB_MANAGER_SYSTEMD,
	  "docker timesync watch is not installed.\n"
	  "Install it: docker timesync watch --install\n",
	  "{\"command\":null,\"definition\":null,\"installed\":false,\"last_status\":null,"
	  "\"manager\":\"systemd\",\"restarts\":null,\"running\":false,\"since\":null}",
	  "never installed" },
	{ { .last_run = TIME_NONE, .last_status = -1, .restarts = -1 },
	  JOB_MANAGER_NONE,
	  "docker timesync watch is not installed, and nothing was found to run it.\n"
	  "Install it: docker timesync watch --install\n",
	  "{\"command\":null,\"definition\":null,\"installed\":false,\"last_status\":null,"
	  "\"manager\":\"none\",\"restarts\":null,\"running\":false,\"since\":null}",
	  "no systemd here" },
	{ { .installed = true,
	    .running = true,
	    .definition = (char[]){ "/u.service" },
	    .command = (char[]){ "\"/p\" \"watch\"" },
	    .last_run = NOW - 3 * NSEC_PER_HOUR,
	    .last_status = -1 },
	  JOB_MANAGER_SYSTEMD,
	  "Watch:     running since 2026-11-24 01:10 UTC (3 h)\n"
	  "Kept by:   systemd, /u.service\nCommand:   \"/p\" \"watch\"\n",
	  "{\"command\":\"\\\"/p\\\" \\\"watch\\\"\",\"definition\":\"/u.service\","
	  "\"installed\":true,\"last_status\":null,\"manager\":\"systemd\",\"restarts\":0,"
	  "\"running\":true,\"since\":\"2026-11-24T01:10:00Z\"}",
	  "as it should be" },
	{ { .installed = true,
	    .running = true,
	    .definition = (char[]){ "/\xff/u.service" },
	    .command = (char[]){ "\"/p\" \"--host=unix:///\xff\"" },
	    .last_run = TIME_NONE,
	    .last_status = -1 },
	  JOB_MANAGER_SYSTEMD,
	  "Watch:     running\n"
	  "Kept by:   systemd, /?/u.service\nCommand:   \"/p\" \"--host=unix:///?\"\n",
	  "{\"command\":\"\\\"/p\\\" \\\"--host=unix:///?\\\"\",\"definition\":\"/?/u.service\","
	  "\"installed\":true,\"last_status\":null,\"manager\":\"systemd\",\"restarts\":0,"
	  "\"running\":true,\"since\":null}",
	  "paths and arguments of any bytes" },
	{ { .installed = true,
	    .definition = (char[]){ "/u.service" },
	    .last_run = NOW - 30 * S,
	    .last_status = 1,
	    .restarts = 2 },
	  JOB_MANAGER_SYSTEMD,
	  "Watch:     not running, ended with status 1, started again 2 times\n"
	  "Kept by:   systemd, /u.service\n",
	  "{\"command\":null,\"definition\":\"/u.service\",\"installed\":true,\"last_status\":1,"
	  "\"manager\":\"systemd\",\"restarts\":2,\"running\":false,\"since\":null}",
	  "waiting to be started again" },
};

START_TEST(status)
{
	scoped_str text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	watch_service_text(rows[_i].manager, &rows[_i].job, NOW, out);
	fclose(out);
	ck_assert_msg(strcmp(text, rows[_i].text) == 0, "%s: %s", rows[_i].why, text);
	scoped_json *json = watch_service_json(rows[_i].manager, &rows[_i].job);
	scoped_str dump = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	ck_assert_msg(strcmp(dump, rows[_i].json) == 0, "%s: %s", rows[_i].why, dump);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("watch_service");
	TCase *tc = tcase_create("watch_service");

	tcase_add_loop_test(tc, status, 0, array_len(rows));
	suite_add_tcase(s, tc);
	return s;
}
