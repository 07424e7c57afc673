/* SPDX-License-Identifier: Apache-2.0 */
/* Which names are meant: images as Dockerfiles write them, temporary ones of runs long ago. */
#include "tests/unit/suite.h"

#include "common/base/clock.h"
#include "plugins/hygiene/base_run_parts.h"

static const struct {
	const char *full, *written;
	bool same;
	const char *why;
} images[] = {
	{ "docker.io/library/python:3", "python:3", true, "as people write it" },
	{ "docker.io/library/python:latest", "python", true, "without a tag" },
	{ "docker.io/co/python:3", "docker.io/co/python:3", true, "in full" },
	{ "docker.io/co/python:3", "index.docker.io/co/python:3", true, "by its old name" },
	{ "r.example:5000/a/b:1", "r.example:5000/a/b:1", true, "a registry with a port" },
	{ "docker.io/library/python:3", "python:3.1", false, "another tag" },
	{ "docker.io/library/python:3", "co/python:3", false, "another name" },
	{ "docker.io/library/python:latest", "python:3", false, "not the default tag" },
	{ "docker.io/library/python:3",
	  "python:3@sha256:0123456789012345678901234567890123456789012345678901234567890123", false,
	  "one build of it, for good" },
	{ "docker.io/library/python:3", "Python:3", false, "no name" },
	{ "docker.io/library/python:3", "", false, "nothing" },
};

START_TEST(same_image)
{
	ck_assert_msg(base_same_image(images[_i].full, images[_i].written) == images[_i].same, "%s",
		      images[_i].why);
}
END_TEST

/* 0x1000 s is when they were made. */
#define MADE (0x1000 * NSEC_PER_SEC)
static const struct {
	const char *name;
	int64_t now;
	bool left;
	const char *why;
} temporaries[] = {
	{ "docker-hygiene-base:t1000-7-0", MADE + BASE_TEMPORARY_LIFE + 1, true, "a day ago" },
	{ "docker-hygiene-base:t1000-7-0", MADE + BASE_TEMPORARY_LIFE, false, "it may still run" },
	{ "docker-hygiene-base:t1000-7-0", MADE - 1, false, "from the future" },
	{ "localhost/docker-hygiene-base:t1000-7-0", INT64_MAX, true, "as Podman lists it" },
	{ "docker.io/library/docker-hygiene-base:t1000-7-0", INT64_MAX, true, "in full" },
	{ "my-docker-hygiene-base:t1000-7-0", INT64_MAX, false, "another name" },
	{ "docker-hygiene-base:latest", INT64_MAX, false, "somebody's own tag" },
	{ "docker-hygiene-base:t1000", INT64_MAX, false, "no number behind it" },
	{ "docker-hygiene-base:t-1-0", INT64_MAX, false, "no time" },
	{ "docker-hygiene-base:tfoo-1-0", INT64_MAX, false, "no time but a letter" },
	{ "docker-hygiene-base:t0-1-0", INT64_MAX, false, "at no time" },
	{ "docker-hygiene-base:t-1000-1-0", INT64_MAX, false, "before all time" },
	{ "docker-hygiene-base:tffffffffffffffffff-1-0", INT64_MAX, false, "after all time" },
	{ "docker-hygiene-base", INT64_MAX, false, "no tag" },
};

START_TEST(temporary)
{
	ck_assert_msg(base_temporary_is_left(temporaries[_i].name, temporaries[_i].now) ==
			      temporaries[_i].left,
		      "%s", temporaries[_i].why);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base_run_names");
	TCase *tc = tcase_create("base_run_names");

	tcase_add_loop_test(tc, same_image, 0, array_len(images));
	tcase_add_loop_test(tc, temporary, 0, array_len(temporaries));
	suite_add_tcase(s, tc);
	return s;
}
