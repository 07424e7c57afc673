/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include "common/base/alloc.h"
#include "credhelper/cgroup_unit.h"

#define FIRST "cgroup:[4026531835]"
#define OTHER "cgroup:[4026532200]"

static const struct {
	const char *space, *text, *unit, *why;
} rows[] = {
	{ FIRST, "0::/system.slice/jenkins.service\n", "jenkins.service", "version 2" },
	{ FIRST, "0::/system.slice/jenkins.service/job-7\n", "jenkins.service", "below it" },
	{ FIRST, "0::/ci.slice/ci-a.slice/agent@2.service\n", "agent@2.service", "other slices" },
	{ FIRST, "0::/system.slice/a.service/b.service\n", "a.service",
	  "the outer one is systemd's" },
	{ FIRST, "0::/jenkins.service", "jenkins.service", "no slice, no newline" },
	{ FIRST, "3:cpu,cpuacct:/x\n1:name=systemd:/system.slice/j.service\n0::/\n", "j.service",
	  "version 1, hybrid" },
	{ FIRST, "12:memory:/system.slice/no.service\n1:name=systemd:/user.slice/u.service\n", NULL,
	  "only systemd's own hierarchy" },
	{ OTHER, "0::/system.slice/jenkins.service\n", NULL,
	  "names of whoever made the namespace" },
	{ FIRST, "0::/user.slice/user-1000.slice/user@1000.service/app.slice/jenkins.service\n",
	  NULL, "a user's own" },
	{ FIRST, "0::/user.slice/session-1.scope\n", NULL, "a session" },
	{ FIRST, "0::/system.slice/docker-12.scope/jenkins.service\n", NULL, "within a container" },
	{ FIRST, "0::/docker/12/system.slice/jenkins.service\n", NULL, "not systemd's" },
	{ FIRST, "0::/../system.slice/jenkins.service\n", NULL, "above the root" },
	{ FIRST, "0::/system.slice/.service\n", NULL, "a suffix is no name" },
	{ FIRST, "0::/system.slice/jenkins.service.d\n", NULL, "another suffix" },
	{ FIRST, "0::/\n", NULL, "the root" },
	{ FIRST, "x0::/system.slice/jenkins.service\n", NULL, "no such line" },
	{ FIRST, "0::system.slice/jenkins.service\n", NULL, "no path" },
	{ FIRST, "", NULL, "nothing" },
	{ "cgroup:[40265318351]", "0::/a.service\n", NULL, "a longer number" },
	{ "", "0::/a.service\n", NULL, "no namespace" },
};

START_TEST(units)
{
	scoped_str unit = cgroup_unit(rows[_i].space, rows[_i].text);

	if (rows[_i].unit)
		ck_assert_pstr_eq(unit, rows[_i].unit);
	else
		ck_assert_msg(!unit, "%s: \"%s\"", rows[_i].why, unit ? unit : "");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("cgroup_unit");
	TCase *tc = tcase_create("cgroup_unit");

	tcase_add_loop_test(tc, units, 0, array_len(rows));
	suite_add_tcase(s, tc);
	return s;
}
