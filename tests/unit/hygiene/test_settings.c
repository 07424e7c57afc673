/* SPDX-License-Identifier: Apache-2.0 */
/* Settings from flags, keep files, policy files and config.json. */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/codec/json.h"
#include "plugins/hygiene/policy.h"

/* Policy files: what parses reads back as `again` (NULL: as itself), else the error says `says`. */
static const struct {
	const char *text;
	const char *again;
	const char *says;
	const char *why;
} policies[] = {
	{ "{}", "{\"version\": 1}", NULL, "nothing set" },
	{ "{\"version\": 1}", NULL, NULL, "the version that there is" },
	{ "{\"version\": 2}", NULL, "policy.version: version 2", "one that there is not yet" },
	{ "{\"version\": \"1\"}", NULL, "policy.version", "a version is a number" },
	{ "[]", NULL, "expected an object", "a policy is an object" },
	{ "{\"version\": 1, \"version\": 1}", NULL, "duplicate", "people repeat themselves" },
	{ "{\"version\": 1,", NULL, "line 1", "cut off" },
	{ "{\"older_than\": \"24h\"}", "{\"version\": 1, \"older_than\": \"1d\"}", NULL,
	  "a duration, in its shortest form" },
	{ "{\"older_than\": 24}", NULL, "policy.older_than: expected a string", "hours? days?" },
	{ "{\"older_than\": \"24\"}", NULL, "policy.older_than", "a duration has a unit" },
	{ "{\"older-than\": \"24h\"}", NULL, "older_than", "the nearest known key is named" },
	{ "{\"keep\": [\"db*\", \"label=keep\"]}",
	  "{\"version\": 1, \"keep\": [\"db*\", \"label=keep\"]}", NULL, "keep patterns" },
	{ "{\"keep\": \"db*\"}", NULL, "policy.keep: expected a list", "a list even of one" },
	{ "{\"keep\": [\"a\", 3]}", NULL, "policy.keep[1]: expected a string", "which one" },
	{ "{\"keep\": [\"a[\"]}", NULL, "policy.keep[0]", "a pattern that is none" },
	{ "{\"keep\": [\"\"]}", NULL, "policy.keep[0]", "would keep nothing, or everything?" },
	{ "{\"keep\": [\"label=\"]}", NULL, "policy.keep[0]", "a label has a key" },
	{ "{\"filters\": [\"label!=x\", \"label=a=b\"]}",
	  "{\"version\": 1, \"filters\": [\"label!=x\", \"label=a=b\"]}", NULL, "filters" },
	{ "{\"filters\": [\"until=24h\"]}", NULL, "--older-than", "an age has its own setting" },
	{ "{\"filters\": [\"label\"]}", NULL, "policy.filters[0]", "no label at all" },
	{ "{\"filters\": [\"label!=\"]}", NULL, "policy.filters[0]", "a label has a key" },
	{ "{\"free\": \"20%\"}", "{\"version\": 1, \"free\": \"20%\"}", NULL, "a share" },
	{ "{\"free\": \"2.5%\"}", "{\"version\": 1, \"free\": \"2.5%\"}", NULL,
	  "part of a percent" },
	{ "{\"free\": \"0.125%\"}", "{\"version\": 1, \"free\": \"0.125%\"}", NULL,
	  "down to 1/1000" },
	{ "{\"free\": \"50GB\"}", "{\"version\": 1, \"free\": \"50GB\"}", NULL, "a size" },
	{ "{\"free\": \"120%\"}", NULL, "policy.free", "more than all" },
	{ "{\"sizes\": true}", "{\"version\": 1, \"sizes\": true}", NULL, "sizes of containers" },
	{ "{\"containers\": {\"prune\": true}}",
	  "{\"version\": 1, \"containers\": {\"prune\": true}}", NULL, "a kind" },
	{ "{\"containers\": {\"prune\": \"yes\"}}", NULL, "policy.containers.prune",
	  "true or false" },
	{ "{\"containers\": true}", NULL, "policy.containers: expected an object",
	  "short is wrong" },
	{ "{\"containers\": {\"all\": true}}", NULL, "policy.containers.all",
	  "only images have it" },
	{ "{\"container\": {}}", NULL, "containers", "the nearest known key is named" },
	{ "{\"images\": {\"prune\": false, \"all\": true, \"keep_last\": 3, \"max_size\": "
	  "\"20GB\", "
	  "\"older_than\": \"7d\", \"keep\": [\"a\"], \"filters\": [\"label=b\"]}}",
	  "{\"version\": 1, \"images\": {\"prune\": false, \"older_than\": \"7d\", \"keep\": "
	  "[\"a\"], "
	  "\"filters\": [\"label=b\"], \"all\": true, \"keep_last\": 3, \"max_size\": \"20GB\"}}",
	  NULL, "all of images" },
	{ "{\"images\": {\"keep_last\": -1}}", NULL, "policy.images.keep_last", "negative" },
	{ "{\"images\": {\"keep_last\": 1.5}}", NULL, "policy.images.keep_last", "half an image" },
	{ "{\"images\": {\"max_size\": 20}}", NULL, "policy.images.max_size",
	  "a size is a string" },
	{ "{\"images\": {\"max_size\": \"much\"}}", NULL, "policy.images.max_size", "no size" },
	{ "{\"volumes\": {\"prune\": \"named\"}}",
	  "{\"version\": 1, \"volumes\": {\"prune\": \"named\"}}", NULL, "which volumes" },
	{ "{\"volumes\": {\"prune\": true}}", "{\"version\": 1, \"volumes\": {\"prune\": true}}",
	  NULL, "the default of volumes" },
	{ "{\"volumes\": {\"prune\": \"none\"}}", NULL, "anonymous, named or all",
	  "no such choice" },
	{ "{\"volumes\": {\"prune\": 1}}", NULL, "policy.volumes.prune", "no number" },
	{ "{\"build_cache\": {\"prune\": true}, \"networks\": {\"prune\": false}}",
	  "{\"version\": 1, \"build_cache\": {\"prune\": true}, \"networks\": {\"prune\": false}}",
	  NULL, "the other kinds" },
};

static void check_json(const struct settings *s, const char *want, const char *why)
{
	scoped_json *wanted = NULL;
	scoped_json *got = settings_to_json(s);
	struct error err = ERROR_INIT;
	char *text = json_dumps(got, 0);

	ck_assert_msg(json_parse(&wanted, want, strlen(want), "want", true, &err) == 0, "%s",
		      err.text);
	ck_assert_msg(json_equal(wanted, got), "%s: %s", why, text);
	free(text);
}

START_TEST(policy_file)
{
	const char *text = policies[_i].text;
	struct error err = ERROR_INIT;
	scoped_settings s;
	int rc;

	settings_init(&s);
	rc = settings_parse_policy(&s, text, strlen(text), "FILE", &err);
	if (policies[_i].says) {
		ck_assert_msg(rc == -1 && err.kind == ERROR_USAGE, "%s", policies[_i].why);
		ck_assert_msg(strstr(err.text, policies[_i].says), "%s: %s", policies[_i].why,
			      err.text);
		ck_assert_msg(strncmp(err.text, "FILE: ", 6) == 0, "%s", err.text);
		check_json(&s, "{\"version\": 1}", "untouched on failure");
		return;
	}
	ck_assert_msg(rc == 0, "%s: %s", policies[_i].why, err.text);
	check_json(&s, policies[_i].again ? policies[_i].again : text, policies[_i].why);
}
END_TEST

/* A file laid over what is set: members are replaced, lists grow. */
START_TEST(policy_over_flags)
{
	static const char text[] = "{\"keep\": [\"b\"], \"free\": \"5GB\"}";
	struct error err = ERROR_INIT;
	scoped_settings s;

	settings_init(&s);
	ck_assert(settings_add_keep(&s, "a", "--keep", &err) == 0);
	ck_assert(settings_set_free(&s, "20%", &err) == 0);
	ck_assert(settings_parse_policy(&s, text, strlen(text), "FILE", &err) == 0);
	check_json(&s, "{\"version\": 1, \"keep\": [\"a\", \"b\"], \"free\": \"5GB\"}", "both");
	ck_assert_str_eq(s.common.keep.items[0].source, "--keep");
	ck_assert_str_eq(s.common.keep.items[1].source, "FILE");
}
END_TEST

static const struct {
	const char *text;
	const char *want; /* comma-separated "pattern@source" */
	const char *says;
	const char *why;
} keep_files[] = {
	{ "", "", NULL, "empty" },
	{ "db*", "db*@F:1", NULL, "no newline at the end" },
	{ "# mine\n\n  db* \t\r\nlabel=keep\n", "db*@F:3,label=keep@F:4", NULL,
	  "comments, blank lines, blanks around, DOS line ends" },
	{ "a#b\n", "a#b@F:1", NULL, "a comment is a line" },
	{ "ok\nb[\n", NULL, "F:2", "the line is named" },
};

START_TEST(keep_file)
{
	struct error err = ERROR_INIT;
	scoped_settings s;
	scoped_buf got;
	int rc;

	settings_init(&s);
	buf_init(&got, 1000);
	rc = settings_add_keep_file(&s, keep_files[_i].text, "F", &err);
	for (size_t i = 0; i < s.common.keep.count; i++)
		buf_fmt(&got, "%s%s@%s", i ? "," : "", s.common.keep.items[i].text,
			s.common.keep.items[i].source);
	if (keep_files[_i].says) {
		ck_assert_msg(rc == -1 && err.kind == ERROR_USAGE &&
				      strstr(err.text, keep_files[_i].says),
			      "%s: %s", keep_files[_i].why, err.text);
		ck_assert_msg(got.len == 0, "untouched on failure");
		return;
	}
	ck_assert_msg(rc == 0, "%s: %s", keep_files[_i].why, err.text);
	ck_assert_str_eq(got.data, keep_files[_i].want);
}
END_TEST

static const struct {
	const char *plugin;  /* plugins.hygiene */
	const char *filters; /* pruneFilters, comma-separated */
	const char *want;
	const char *ignored;
	const char *says;
	const char *why;
} configs[] = {
	{ "{}", NULL, "{\"version\": 1}", NULL, NULL, "nothing" },
	{ "{\"older-than\": \"24h\", \"keep\": \"a,b*\", \"images\": \"true\", \"all\": \"false\"}",
	  NULL,
	  "{\"version\": 1, \"older_than\": \"1d\", \"keep\": [\"a\", \"b*\"], \"images\": "
	  "{\"prune\": true, \"all\": false}}",
	  NULL, NULL, "named as the flags" },
	{ "{\"volumes\": \"named\", \"build-cache\": \"false\", \"keep-last\": \"3\", "
	  "\"max-size\": \"1GB\", \"free\": \"10%\", \"size\": \"true\", \"filter\": \"label=x\"}",
	  NULL,
	  "{\"version\": 1, \"filters\": [\"label=x\"], \"free\": \"10%\", \"sizes\": true, "
	  "\"volumes\": {\"prune\": \"named\"}, \"images\": {\"keep_last\": 3, \"max_size\": "
	  "\"1GB\"}, "
	  "\"build_cache\": {\"prune\": false}}",
	  NULL, NULL, "the others" },
	{ "{\"volumes\": \"true\"}", NULL, "{\"version\": 1, \"volumes\": {\"prune\": true}}", NULL,
	  NULL, "volumes by default" },
	{ "{\"hooks\": \"pull,build\", \"error-hooks\": \"pull\"}", NULL, "{\"version\": 1}", NULL,
	  NULL, "docker's own keys" },
	{ "{\"older_than\": \"24h\"}", NULL, NULL, NULL, "older-than", "the nearest key is named" },
	{ "{\"all\": true}", NULL, NULL, NULL, "plugins.hygiene.all: expected a string",
	  "docker allows strings only" },
	{ "{\"all\": \"perhaps\"}", NULL, NULL, NULL, "plugins.hygiene.all", "true or false" },
	{ "{\"keep-last\": \"-3\"}", NULL, NULL, NULL, "plugins.hygiene.keep-last", "no number" },
	{ "{\"keep\": \"a,[\"}", NULL, NULL, NULL, "plugins.hygiene.keep", "a pattern in a list" },
	{ "{}", "label=a,until=24h,label!=b,dangling=true",
	  "{\"version\": 1, \"filters\": [\"label=a\", \"label!=b\"]}", "until=24h, dangling=true",
	  NULL, "docker's filters: labels hold here, others are named" },
	{ "{}", "label=", NULL, NULL, "pruneFilters", "a filter that is none" },
};

START_TEST(config)
{
	scoped_json *plugin = json_loads(configs[_i].plugin, 0, NULL);
	struct error err = ERROR_INIT;
	scoped_strings filters = { 0 };
	scoped_str ignored = NULL;
	scoped_settings s;
	const char *rest = configs[_i].filters;
	int rc;

	settings_init(&s);
	while (rest && *rest) {
		size_t len = strcspn(rest, ",");

		strings_take(&filters, xstrndup(rest, len));
		rest += len + (rest[len] == ',');
	}
	rc = settings_parse_config(&s, plugin, &filters, &ignored, &err);
	if (configs[_i].says) {
		ck_assert_msg(rc == -1 && err.kind == ERROR_USAGE &&
				      strstr(err.text, configs[_i].says),
			      "%s: %s", configs[_i].why, err.text);
		check_json(&s, "{\"version\": 1}", "untouched on failure");
		ck_assert_msg(!ignored, "untouched on failure");
		return;
	}
	ck_assert_msg(rc == 0, "%s: %s", configs[_i].why, err.text);
	check_json(&s, configs[_i].want, configs[_i].why);
	if (configs[_i].ignored)
		ck_assert_str_eq(ignored, configs[_i].ignored);
	else
		ck_assert_msg(!ignored, "%s", configs[_i].why);
}
END_TEST

START_TEST(no_config)
{
	struct error err = ERROR_INIT;
	scoped_str ignored = NULL;
	scoped_settings s;

	settings_init(&s);
	ck_assert(settings_parse_config(&s, NULL, NULL, &ignored, &err) == 0 && !ignored);
	check_json(&s, "{\"version\": 1}", "nothing");
}
END_TEST

/* The example of docs/policy.md is a policy, and says what the text around it says. */
START_TEST(documented_example)
{
	FILE *in = fopen("docs/policy.md", "r");
	const struct settings *sources[1];
	struct error err = ERROR_INIT;
	scoped_settings s;
	scoped_policy policy = { 0 };
	char page[16384];
	char *begin, *end;
	size_t len;

	ck_assert_msg(in, "docs/policy.md is there");
	len = fread(page, 1, sizeof(page) - 1, in);
	ck_assert(fclose(in) == 0 && len < sizeof(page) - 1);
	page[len] = '\0';
	begin = strstr(page, "```json\n");
	ck_assert(begin);
	begin += strlen("```json\n");
	end = strstr(begin, "```");
	ck_assert(end);
	settings_init(&s);
	ck_assert_msg(settings_parse_policy(&s, begin, (size_t)(end - begin), "docs", &err) == 0,
		      "%s", err.text);
	sources[0] = &s;
	ck_assert_msg(policy_merge(&policy, sources, 1, &err) == 0, "%s", err.text);
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		ck_assert_msg(policy.kinds[kind].chosen == (kind != KIND_NETWORK),
			      "%s: the text tells of all kinds but networks", kind_key(kind));
	ck_assert(policy.all && policy.keep_last == 3 && policy.max_size == INT64_C(40000000000));
	ck_assert(policy.volume_scope == VOLUMES_ANONYMOUS);
	ck_assert(policy.kinds[KIND_CONTAINER].older_than == NSEC_PER_DAY);
	ck_assert(policy.kinds[KIND_CACHE].older_than == 7 * NSEC_PER_DAY);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("settings");
	TCase *tc = tcase_create("parse");

	tcase_add_loop_test(tc, policy_file, 0, (int)array_len(policies));
	tcase_add_test(tc, policy_over_flags);
	tcase_add_loop_test(tc, keep_file, 0, (int)array_len(keep_files));
	tcase_add_loop_test(tc, config, 0, (int)array_len(configs));
	tcase_add_test(tc, no_config);
	tcase_add_test(tc, documented_example);
	suite_add_tcase(s, tc);
	return s;
}
