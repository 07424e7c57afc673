/* SPDX-License-Identifier: Apache-2.0 */
/* Networks, info, events. */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/codec/api.h"
#include "common/codec/json.h"
#include "tests/unit/codec/api_text.h"

START_TEST(networks)
{
	scoped_json *json = must_parse(
		"[{\"Id\":\"n1\",\"Name\":\"back\",\"Driver\":\"bridge\",\"Scope\":\"local\","
		"\"Created\":\"2026-11-24T01:02:03Z\",\"Labels\":{\"a\":\"b\"},\"Ingress\":true,"
		"\"ConfigOnly\":true,\"ConfigFrom\":{\"Network\":\"cfg\"}},"
		"{\"Id\":\"n2\",\"Name\":\"n\",\"Labels\":null,\"ConfigFrom\":{\"Network\":\"\"}}"
		"]");
	scoped_json *one = must_parse("{\"Id\":\"n3\",\"Name\":\"m\"}");
	scoped_json *none = must_parse("null");
	scoped(api_networks_release) struct api_networks list = { 0 };
	scoped(api_network_release) struct api_network n = { 0 };
	struct api_networks empty = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_msg(api_networks_parse(json, &list, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(list.count, 2);
	ck_assert(same(list.items[0].id, "n1") && same(list.items[0].name, "back"));
	ck_assert(same(list.items[0].driver, "bridge") && same(list.items[0].scope, "local"));
	ck_assert(list.items[0].created == 1795482123 * NSEC_PER_SEC);
	ck_assert(list.items[0].ingress && list.items[0].config_only);
	ck_assert(same(list.items[0].config_from, "cfg") && !list.items[1].config_from);
	ck_assert(same(api_label_get(&list.items[0].labels, "a"), "b"));
	ck_assert(!list.items[1].ingress && list.items[1].created == TIME_NONE);
	ck_assert_int_eq(api_network_parse(one, &n, &err), 0);
	ck_assert_str_eq(n.id, "n3");
	ck_assert_msg(api_networks_parse(none, &empty, &err) == 0 && !empty.count,
		      "null is an empty list");
}
END_TEST

START_TEST(info_row)
{
	scoped_json *json = must_parse(
		"{\"ID\":\"E\",\"Name\":\"host\",\"ServerVersion\":\"26.1.5\",\"OSType\":\"linux\","
		"\"Driver\":\"overlayfs\",\"DriverStatus\":[[\"driver-type\","
		"\"io.containerd.snapshotter.v1\"]],\"DockerRootDir\":\"/r\",\"Containers\":3,"
		"\"Images\":4,\"SystemTime\":\"2026-11-24T01:02:03.5Z\"}");
	scoped_json *graph = must_parse("{\"Driver\":\"overlay2\",\"DriverStatus\":[[\"Backing "
					"Filesystem\",\"extfs\"],[\"userxattr\",\"false\"],[]]}");
	scoped(api_info_release) struct api_info a = { 0 }, b = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_msg(api_info_parse(json, &a, &err) == 0, "%s", err.text);
	ck_assert(same(a.id, "E") && same(a.name, "host") && same(a.server_version, "26.1.5"));
	ck_assert(same(a.os_type, "linux") && same(a.driver, "overlayfs") &&
		  same(a.root_dir, "/r"));
	ck_assert(a.containerd_store && a.containers == 3 && a.images == 4);
	ck_assert(a.system_time == 1795482123 * NSEC_PER_SEC + NSEC_PER_SEC / 2);
	ck_assert_msg(api_info_parse(graph, &b, &err) == 0, "%s", err.text);
	ck_assert(!b.containerd_store && !b.id && b.system_time == TIME_NONE && b.images == -1);
}
END_TEST

START_TEST(info_platform)
{
	scoped_json *json = must_parse(
		"{\"Architecture\":\"aarch64\",\"KernelVersion\":\"6.6.31-linuxkit\","
		"\"OperatingSystem\":\"Docker Desktop\",\"DefaultRuntime\":\"runc\","
		"\"SecurityOptions\":[\"name=seccomp,profile=builtin\",\"name=rootless\"],"
		"\"Labels\":[\"provider=colima\"],"
		"\"RegistryConfig\":{\"Mirrors\":[\"https://m:5000/\"],\"IndexConfigs\":{}}}");
	scoped_json *bare = must_parse("{\"Architecture\":\"\",\"SecurityOptions\":null,"
				       "\"Labels\":[]}");
	scoped(api_info_release) struct api_info a = { 0 }, b = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_msg(api_info_parse(json, &a, &err) == 0, "%s", err.text);
	ck_assert(same(a.architecture, "aarch64") && same(a.kernel_version, "6.6.31-linuxkit"));
	ck_assert(same(a.operating_system, "Docker Desktop") && same(a.default_runtime, "runc"));
	ck_assert_uint_eq(a.security.count, 2);
	ck_assert_str_eq(a.security.items[0], "name=seccomp,profile=builtin");
	ck_assert_str_eq(a.security.items[1], "name=rootless");
	ck_assert_uint_eq(a.labels.count, 1);
	ck_assert_str_eq(a.labels.items[0], "provider=colima");
	ck_assert(same_list(&a.mirrors, "https://m:5000/"));
	ck_assert_msg(api_info_parse(bare, &b, &err) == 0, "%s", err.text);
	ck_assert(!b.architecture && !b.kernel_version && !b.operating_system &&
		  !b.default_runtime && !b.security.count && !b.labels.count && !b.mirrors.count);
}
END_TEST

/* Go leaves trailing zeros out: a shorter text is taken for a coarser clock, never a finer one. */
static const struct {
	const char *time; /* as JSON */
	int64_t fraction, unit;
	const char *why;
} system_times[] = {
	{ "\"2026-11-24T01:02:03.123456789Z\"", 123456789, 1, "nanoseconds" },
	{ "\"2026-11-24T01:02:03.1234567Z\"", 123456700, 100, "Windows counts 100 ns" },
	{ "\"2026-11-24T01:02:03.123456Z\"", 123456000, 1000, "microseconds" },
	{ "\"2026-11-24T01:02:03.5Z\"", 500000000, 100000000, "tenths" },
	{ "\"2026-11-24T01:02:03.500Z\"", 500000000, 1000000, "zeros that are written count" },
	{ "\"2026-11-24T01:02:03Z\"", 0, 1000000000, "no fraction" },
	{ "\"2026-11-24T02:02:03.25+01:00\"", 250000000, 10000000, "with a zone" },
	{ "\"2026-11-24T01:02:03.123456789999Z\"", 123456789, 1, "finer than we count: cut" },
	{ "1795482123", 0, 1000000000, "a number of seconds" },
};

START_TEST(info_time)
{
	scoped_str text = xasprintf("{\"SystemTime\":%s}", system_times[_i].time);
	scoped_json *json = must_parse(text);
	scoped(api_info_release) struct api_info info = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_msg(api_info_parse(json, &info, &err) == 0, "%s", err.text);
	ck_assert_msg(info.system_time == 1795482123 * NSEC_PER_SEC + system_times[_i].fraction,
		      "%s: %lld", system_times[_i].why, (long long)info.system_time);
	ck_assert_msg(info.system_time_unit == system_times[_i].unit, "%s: %lld",
		      system_times[_i].why, (long long)info.system_time_unit);
}
END_TEST

static const char *const no_times[] = { "{}", "{\"SystemTime\":null}", "{\"SystemTime\":\"\"}",
					"{\"SystemTime\":\"0001-01-01T00:00:00.5Z\"}" };

START_TEST(info_no_time)
{
	scoped_json *json = must_parse(no_times[_i]);
	scoped(api_info_release) struct api_info info = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_msg(api_info_parse(json, &info, &err) == 0, "%s", err.text);
	ck_assert_msg(info.system_time == TIME_NONE && info.system_time_unit == 0, "%s",
		      no_times[_i]);
}
END_TEST

static const struct {
	const char *text;
	const char *type, *actor;
	int64_t time;
	const char *why;
} events[] = {
	{ "{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"x\",\"Attributes\":"
	  "{\"image\":\"nginx\"}},\"time\":5,\"timeNano\":5000000007}",
	  "container", "x", 5000000007, "to the nanosecond" },
	{ "{\"Type\":\"image\",\"Action\":\"die\",\"Actor\":{\"ID\":\"a:1\",\"Attributes\":"
	  "{\"image\":\"nginx\"}},\"time\":5}",
	  "image", "a:1", 5 * NSEC_PER_SEC, "seconds only" },
	{ "{\"Action\":\"die\",\"Actor\":{\"Attributes\":{\"image\":\"nginx\"}}}", NULL, NULL,
	  TIME_NONE, "almost nothing" },
};

START_TEST(event_row)
{
	scoped_json *json = must_parse(events[_i].text);
	scoped(api_event_release) struct api_event e = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_msg(api_event_parse(json, &e, &err) == 0, "%s: %s", events[_i].why, err.text);
	ck_assert_msg(same(e.type, events[_i].type) && same(e.actor_id, events[_i].actor), "%s",
		      events[_i].why);
	ck_assert_str_eq(e.action, "die");
	ck_assert(same(api_label_get(&e.attributes, "image"), "nginx"));
	ck_assert_msg(e.time == events[_i].time, "%s", events[_i].why);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("api_system");
	TCase *tc = tcase_create("api_system");

	tcase_add_test(tc, networks);
	tcase_add_test(tc, info_row);
	tcase_add_test(tc, info_platform);
	tcase_add_loop_test(tc, info_time, 0, (int)array_len(system_times));
	tcase_add_loop_test(tc, info_no_time, 0, (int)array_len(no_times));
	tcase_add_loop_test(tc, event_row, 0, (int)array_len(events));
	suite_add_tcase(s, tc);
	return s;
}
