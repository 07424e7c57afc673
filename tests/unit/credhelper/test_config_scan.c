/* SPDX-License-Identifier: Apache-2.0 */
/* What is found in docker's configuration, and what mends it. Texts are written with ' for ". */
#include "tests/unit/suite.h"

#include <stdint.h>
#include <string.h>

#include "credhelper/config_scan.h"

static char *quoted(const char *text)
{
	char *copy = xstrdup(text);

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	return copy;
}

/* "alice:geheim", ":x", "alice", "<token>:x" */
#define GOOD   "{'auth':'YWxpY2U6Z2VoZWlt'}"
#define SECRET "geheim"
#define R      "reg.example.com"

static const struct {
	const char *config, *env, *policy, *found; /* NULL: none; found: every helper named */
	const char *expected;                      /* "level name registry", separated by ", " */
	const char *why;
} rows[] = {
	/* Which helper. */
	{ "{}", NULL, NULL, NULL, "wrong no-helper -", "nothing says where logins go" },
	{ "", NULL, NULL, NULL, "wrong no-helper -", "an empty file is an empty object" },
	{ "{'credsStore':'pushgate'}", NULL, NULL, NULL, "ok pushgate -", "ours" },
	{ "{'CREDSSTORE':'pushgate'}", NULL, NULL, NULL, "ok pushgate -",
	  "Go's keys know no case" },
	{ "{'credsStore':''}", NULL, NULL, NULL, "wrong no-helper -", "empty is none" },
	{ "{'credsStore':null}", NULL, NULL, NULL, "wrong no-helper -", "so is null" },
	{ "{'credsStore':'pass'}", NULL, NULL, NULL, "wrong other-store -", "another helper" },
	{ "{'credsStore':'pass'}", NULL, "{'version':1,'registries':[{'match':'*','gated':false}]}",
	  NULL, "note other-store -", "nothing is gated" },
	{ "{'credsStore':'pass'}", NULL,
	  "{'version':1,'registries':[{'match':'*','gated':false},{'match':'" R "/prod'}]}", NULL,
	  "note other-store -, wrong other-store " R, "but one that the policy names" },
	{ "{'credsStore':'pass','credHelpers':{'" R "':'pushgate'}}", NULL,
	  "{'version':1,'registries':[{'match':'*','gated':false},{'match':'" R "/prod'}]}", NULL,
	  "note other-store -, ok pushgate " R, "which comes to us by credHelpers" },
	{ "{'credHelpers':{'" R "':'pushgate'}}", NULL, NULL, NULL,
	  "note no-helper -, ok pushgate " R, "somebody chose single registries" },
	{ "{'credsStore':'pushgate','credHelpers':{'" R "':'pass'}}", NULL, NULL, NULL,
	  "ok pushgate -, wrong other-helper " R, "a registry goes around us" },
	{ "{'credsStore':'pushgate','credHelpers':{'localhost:5000':'pass'}}", NULL, NULL, NULL,
	  "ok pushgate -, note other-helper localhost:5000", "one that is not gated" },
	{ "{'credHelpers':{'https://" R "':'pushgate'}}", NULL, NULL, NULL,
	  "note no-helper -, note unused-helper https://" R, "docker asks by the host" },
	{ "{'credHelpers':{'" R ":443':'pushgate','" R "':'pass'}}", NULL, NULL, NULL,
	  "note no-helper -, ok pushgate " R ":443, wrong other-helper " R,
	  "and by the port where an image's name has it" },
	{ "{'credHelpers':{'docker.io':'pass','https://index.docker.io/v1/':'pushgate'}}", NULL,
	  NULL, NULL,
	  "note no-helper -, note unused-helper docker.io, ok pushgate "
	  "https://index.docker.io/v1/",
	  "and for the Hub by its address" },
	{ "{'credsStore':'pushgate'}", NULL, NULL, "", "ok pushgate -, wrong not-on-path -",
	  "docker would fail" },
	{ "{'credsStore':'pushgate','credHelpers':{'localhost:1':'gone'}}", NULL, NULL, "pushgate",
	  "ok pushgate -, note other-helper localhost:1, wrong not-on-path -",
	  "a helper of one registry" },
	/* Plain credentials. */
	{ "{'credsStore':'pushgate','auths':{'" R "':" GOOD "}}", NULL, NULL, NULL,
	  "ok pushgate -, wrong plain-auth " R, "auth" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'Auth':'YWxpY2U6Z2VoZWlt'}}}", NULL, NULL,
	  NULL, "ok pushgate -, wrong plain-auth " R, "in another case" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'auth':'YWxpY2U6\\nZ2VoZWlt\\r\\n'}}}", NULL,
	  NULL, NULL, "ok pushgate -, wrong plain-auth " R, "with the line ends of base64(1)" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'username':'alice','password':'" SECRET
	  "'}}}",
	  NULL, NULL, NULL, "ok pushgate -, wrong plain-auth " R, "username and password" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'identitytoken':'" SECRET "'}}}", NULL, NULL,
	  NULL, "ok pushgate -, wrong plain-auth " R, "identitytoken" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'auth':'YWxpY2U6','identitytoken':'" SECRET
	  "'}}}",
	  NULL, NULL, NULL, "ok pushgate -, wrong plain-auth " R, "as docker login leaves it" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'auth':'YWxpY2U6Z2VoZWlt',"
	  "'identitytoken':'" SECRET "'}}}",
	  NULL, NULL, NULL, "ok pushgate -, wrong odd-auth " R, "both: a helper has room for one" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'auth':'PHRva2VuPjp4'}}}", NULL, NULL, NULL,
	  "ok pushgate -, wrong odd-auth " R, "an account <token> would become a token" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'password':'" SECRET "'}}}", NULL, NULL, NULL,
	  "ok pushgate -, wrong odd-auth " R, "a password of nobody" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'auth':'YQBiOng='}}}", NULL, NULL, NULL,
	  "ok pushgate -, wrong odd-auth " R, "a NUL in the account" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'auth':'6Tpw'}}}", NULL, NULL, NULL,
	  "ok pushgate -, wrong odd-auth " R, "an account that is no UTF-8, as JSON is" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'auth':'dTpwAOl4'}}}", NULL, NULL, NULL,
	  "ok pushgate -, wrong odd-auth " R, "nor is the secret, behind a NUL" },
	{ "{'credsStore':'pushgate','auths':{'':" GOOD "}}", NULL, NULL, NULL,
	  "ok pushgate -, wrong odd-auth ", "no registry: no helper is asked for nothing" },
	{ "{'credsStore':'pushgate','auths':{' " R "':" GOOD "}}", NULL, NULL, NULL,
	  "ok pushgate -, wrong odd-auth  " R, "a name that a helper does not hear as it is" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{}}}", NULL, NULL, NULL, "ok pushgate -",
	  "what docker leaves where a helper has it" },
	{ "{'credsStore':'pushgate','auths':{'" R "':null}}", NULL, NULL, NULL, "ok pushgate -",
	  "null" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'email':'a@b','auth':''}}}", NULL, NULL, NULL,
	  "ok pushgate -", "no secret" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'auth':'YWxpY2U6AAA='}}}", NULL, NULL, NULL,
	  "ok pushgate -", "docker trims NULs, and nothing is left" },
	{ "{'credsStore':'pushgate','auths':{'localhost:5000':" GOOD "}}", NULL, NULL, NULL,
	  "ok pushgate -, note plain-auth localhost:5000", "not gated" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'auth':'YWxpY2U='}}}", NULL, NULL, NULL,
	  "ok pushgate -, wrong broken-auth " R, "no colon" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'auth':'Ong='}}}", NULL, NULL, NULL,
	  "ok pushgate -, wrong broken-auth " R, "no account" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'auth':'" SECRET "!'}}}", NULL, NULL, NULL,
	  "ok pushgate -, wrong broken-auth " R, "no base64" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'auth':7}}}", NULL, NULL, NULL,
	  "ok pushgate -, wrong broken-auth " R, "a number" },
	{ "{'credsStore':'pushgate','auths':{'" R "':['" SECRET "']}}", NULL, NULL, NULL,
	  "ok pushgate -, wrong broken-auth " R, "a list" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'registrytoken':'" SECRET "'}}}", NULL, NULL,
	  NULL, "ok pushgate -, wrong registrytoken " R, "goes to the registry as it is" },
	{ "{'credsStore':'pushgate','auths':{'" R
	  "':{'registrytoken':'x','auth':'YWxpY2U6Z2VoZWlt'}}}",
	  NULL, NULL, NULL, "ok pushgate -, wrong plain-auth " R ", wrong registrytoken " R,
	  "two of them" },
	/* Values that docker does not take. */
	{ "{'credsStore':7}", NULL, NULL, NULL, "wrong wrong-type -, wrong no-helper -",
	  "credsStore of another type" },
	{ "{'auths':[],'credsStore':'pushgate'}", NULL, NULL, NULL,
	  "wrong wrong-type -, ok pushgate -", "auths of another type" },
	{ "{'credHelpers':'pass','credsStore':'pushgate'}", NULL, NULL, NULL,
	  "wrong wrong-type -, ok pushgate -", "credHelpers of another type" },
	{ "{'credHelpers':{'" R "':7},'credsStore':'pushgate'}", NULL, NULL, NULL,
	  "wrong wrong-type -, ok pushgate -", "a helper of another type" },
	{ "{'credsStore':'pass','credsStore':'pushgate'}", NULL, NULL, NULL,
	  "wrong key-twice -, ok pushgate -", "the last one counts, and it is told" },
	{ "{'credsStore':'pushgate','CredsStore':'pass'}", NULL, NULL, NULL,
	  "wrong key-twice -, wrong other-store -", "in two spellings" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'auth':'','AUTH':'YWxpY2U6Z2VoZWlt'}}}", NULL,
	  NULL, NULL, "wrong key-twice -, ok pushgate -, wrong plain-auth " R, "within an entry" },
	{ "{'credsStore':'pushgate'", NULL, NULL, NULL, "wrong unreadable -", "cut off" },
	{ "[]", NULL, NULL, NULL, "wrong unreadable -", "a list" },
	{ "'" SECRET "'", NULL, NULL, NULL, "wrong unreadable -", "a string" },
	{ "{'auths':{'" R "':{'auth':'" SECRET "' x", NULL, NULL, NULL, "wrong unreadable -",
	  "nothing of it is quoted" },
	{ "{'credsStore':'pushgate'} x", NULL, NULL, NULL, "wrong unreadable -", "more behind it" },
	{ "{'credsStore':'pushgate','n':99999999999999999999}", NULL, NULL, NULL, "ok pushgate -",
	  "a number too large does no harm" },
	/* The environment. */
	{ "{'credsStore':'pushgate'}", "{'auths':{'" R "':" GOOD "}}", NULL, NULL,
	  "ok pushgate -, wrong auth-config " R, "docker asks no helper then" },
	{ "{'credsStore':'pushgate'}", "{'auths':{'localhost':" GOOD "}}", NULL, NULL,
	  "ok pushgate -, note auth-config localhost", "not gated" },
	{ "{'credsStore':'pushgate'}", "{'auths':{'" R "':{'auth':'" SECRET "'}}}", NULL, NULL,
	  "ok pushgate -, wrong auth-config " R, "who knows who can read it" },
	{ "{'credsStore':'pushgate'}", "{'auths':{'" R "':{}}}", NULL, NULL, "ok pushgate -",
	  "nothing in it" },
	{ "{'credsStore':'pushgate'}", SECRET, NULL, NULL,
	  "ok pushgate -, note auth-config-broken -", "docker says so, and goes on" },
	{ "{'credsStore':'pushgate'}", "{'auths':7}", NULL, NULL,
	  "ok pushgate -, note auth-config-broken -", "no object" },
	{ "{'credsStore':'pushgate'}", "", NULL, NULL, "ok pushgate -", "empty is not set" },
};

static void add_expected(struct buf *out, const struct config_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct config_finding *f = &findings->items[i];

		buf_fmt(out, "%s%s %s %s", i ? ", " : "", finding_level_name(f->level),
			config_finding_name(f->kind), f->registry ? f->registry : "-");
		ck_assert_ptr_nonnull(config_finding_text(f->kind));
		if (f->detail)
			ck_assert_msg(!strstr(f->detail, SECRET), "%s", f->detail);
		if (f->mend)
			ck_assert_msg(!strstr(f->mend, SECRET), "%s", f->mend);
	}
}

static void read_policy(struct policy *out, const char *text)
{
	struct error err = ERROR_INIT;
	scoped_str copy = quoted(text);

	out->user = xcalloc(1, sizeof(*out->user));
	ck_assert_msg(policy_parse(out->user, copy, strlen(copy), "p", false, &err) == 0, "%s",
		      err.text);
}

static void find_all(struct config_facts *facts, const char *found)
{
	if (!found && facts->doc)
		config_helpers(facts->doc->root, &facts->on_path);
	else if (found && *found)
		strings_add(&facts->on_path, found);
}

START_TEST(finds)
{
	struct error err = ERROR_INIT;
	scoped_config_doc doc = { 0 };
	scoped_policy policy = { 0 };
	scoped_config_findings findings = { 0 };
	scoped_str config = quoted(rows[_i].config);
	scoped_str env = rows[_i].env ? quoted(rows[_i].env) : NULL;
	struct config_facts facts = { .path = "c.json", .policy = &policy, .auth_config = env };
	scoped_buf text;

	buf_init(&text, SIZE_MAX);
	if (rows[_i].policy)
		read_policy(&policy, rows[_i].policy);
	if (config_parse(&doc, config, strlen(config), &err) == 0)
		facts.doc = &doc;
	facts.unreadable = err.text;
	ck_assert_msg(!strstr(err.text, SECRET), "%s", err.text);
	find_all(&facts, rows[_i].found);
	config_scan(&findings, &facts);
	add_expected(&text, &findings);
	ck_assert_msg(strcmp(text.data, rows[_i].expected) == 0, "%s: %s, not %s", rows[_i].why,
		      text.data, rows[_i].expected);
	config_facts_release(&facts);
}
END_TEST

/* --- What mends it. */

#define INSTALL "docker-credential-pushgate install"

static const struct {
	const char *config;
	const char *mend; /* of the last finding */
	const char *why;
} mends[] = {
	{ "{}", INSTALL, "install" },
	{ "{'credsStore':'pass'}", INSTALL, "another store" },
	{ "{'credsStore':'pushgate','auths':{'" R "':" GOOD "}}", INSTALL, "moves it, too" },
	{ "{'credHelpers':{'" R "':'pushgate'},'auths':{'" R "':" GOOD "}}",
	  INSTALL " --registry " R, "single registries stay so" },
	{ "{'credsStore':'pushgate','credHelpers':{'" R "':'pass'}}", INSTALL " --registry " R,
	  "a helper of one registry" },
	{ "{'credsStore':'pushgate','credHelpers':{'a;rm b':'pass'}}", "edit c.json",
	  "nobody is to type that" },
	{ "{'credsStore':'pushgate','credHelpers':{'-rf':'pass'}}", "edit c.json",
	  "nor what looks like an option" },
	{ "{'credsStore':'pushgate','auths':{'" R "':{'registrytoken':'x'}}}", "docker logout " R,
	  "install cannot move it" },
	{ "{'credsStore':'pushgate','auths':{'$(x)':{'registrytoken':'x'}}}", "edit c.json",
	  "a shell would run that" },
	{ "{'credsStore':'pushgate','auths':{'" R "':7}}", "edit c.json", "docker reads nothing" },
};

START_TEST(mend)
{
	struct error err = ERROR_INIT;
	scoped_config_doc doc = { 0 };
	scoped_policy policy = { 0 };
	scoped_config_findings findings = { 0 };
	scoped_str config = quoted(mends[_i].config);
	struct config_facts facts = { .doc = &doc, .path = "c.json", .policy = &policy };

	ck_assert_int_eq(config_parse(&doc, config, strlen(config), &err), 0);
	config_helpers(doc.root, &facts.on_path);
	config_scan(&findings, &facts);
	ck_assert_msg(strcmp(findings.items[findings.count - 1].mend, mends[_i].mend) == 0,
		      "%s: %s", mends[_i].why, findings.items[findings.count - 1].mend);
	config_facts_release(&facts);
}
END_TEST

/* --- buildx, and what is stored. */

static const struct {
	const char *name, *config, *expected, *why;
} dirs[] = {
	{ R "@push", "{'auths':{'" R "':" GOOD "}}", "wrong buildx-config " R, "a credential" },
	{ R "/org@push,pull", "{'credsStore':'pass'}", "wrong buildx-config " R "/org",
	  "another helper" },
	{ R, "{'credHelpers':{'x':'pass'}}", "wrong buildx-config " R, "for all that it does" },
	{ R "@push", "{'credsStore':'pushgate'}", "", "it comes to us" },
	{ R "@push", "{'credsStore':'pushgate','auths':{'" R "':" GOOD "}}",
	  "wrong buildx-config " R, "and has one beside" },
	{ R "@push", "{}", "", "nothing in it" },
	{ "localhost:5000@push", "{'credsStore':'pass'}", "note buildx-config localhost:5000",
	  "not gated" },
	{ R "@push", "{", "wrong buildx-config " R, "nobody knows" },
};

START_TEST(buildx)
{
	struct error err = ERROR_INIT;
	scoped_config_doc doc = { 0 }, own = { 0 };
	scoped_policy policy = { 0 };
	scoped_config_findings findings = { 0 };
	scoped_str config = quoted(dirs[_i].config);
	struct config_facts facts = { .path = "c.json", .policy = &policy };
	struct config_buildx *b = array_add(&facts.buildx);
	scoped_buf text;

	buf_init(&text, SIZE_MAX);
	ck_assert_int_eq(config_parse(&own, "{\"credsStore\":\"pushgate\"}", 25, &err), 0);
	facts.doc = &own;
	config_helpers(own.root, &facts.on_path);
	b->name = xstrdup(dirs[_i].name);
	b->path = xstrdup("/b");
	if (config_parse(&doc, config, strlen(config), &err) < 0)
		b->why = xstrdup(err.text);
	else
		b->root = json_incref(doc.root);
	config_scan(&findings, &facts);
	add_expected(&text, &findings);
	scoped_str expected = xasprintf("ok pushgate -%s%s", *dirs[_i].expected ? ", " : "",
					dirs[_i].expected);

	ck_assert_msg(strcmp(text.data, expected) == 0, "%s: %s", dirs[_i].why, text.data);
	config_facts_release(&facts);
}
END_TEST

START_TEST(pulls)
{
	static const char *const states[] = { "unproven", "refused", "pull-only", "proven",
					      "not gated" };
	scoped_policy policy = { 0 };
	scoped_config_findings findings = { 0 };
	struct config_facts facts = { .path = "c.json", .policy = &policy, .unreadable = "gone" };
	scoped_buf text;

	buf_init(&text, SIZE_MAX);
	for (size_t i = 0; i < array_len(states); i++) {
		struct config_pull *pull = array_add(&facts.pulls);

		*pull = (struct config_pull){ xasprintf("%zu.example", i), xstrdup("u"),
					      states[i] };
	}
	config_scan(&findings, &facts);
	add_expected(&text, &findings);
	ck_assert_str_eq(text.data, "wrong unreadable -, note unproven 0.example, "
				    "note refused 1.example");
	/* The text names the file. */
	ck_assert_str_eq(findings.items[0].detail, "gone");
	ck_assert_str_eq(findings.items[1].detail, "account \"u\"");
	ck_assert_int_eq(config_findings_worst(&findings), LEVEL_WRONG);
	config_facts_release(&facts);
}
END_TEST

/* --- Names. */

static const struct {
	const char *name, *docker;
} names[] = {
	{ R, R },
	{ "https://" R "/v1/", R },
	{ "http://" R ":80", R ":80" },
	{ R ":443", R ":443" },
	{ "https://" R ":443/v2/", R ":443" },
	{ "REG.example", "REG.example" },
	{ "//" R "/x", R },
	{ "[::1]:5000/x", "[::1]:5000" },
	{ R ":5000", R ":5000" },
	{ "docker.io", "https://index.docker.io/v1/" },
	{ "https://index.docker.io/v1/", "https://index.docker.io/v1/" },
	{ "a b", "a b" },
};

START_TEST(docker_name)
{
	scoped_str name = config_docker_name(names[_i].name);

	ck_assert_str_eq(name, names[_i].docker);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("config_scan");
	TCase *tc = tcase_create("config_scan");

	tcase_add_loop_test(tc, finds, 0, array_len(rows));
	tcase_add_loop_test(tc, mend, 0, array_len(mends));
	tcase_add_loop_test(tc, buildx, 0, array_len(dirs));
	tcase_add_test(tc, pulls);
	tcase_add_loop_test(tc, docker_name, 0, array_len(names));
	suite_add_tcase(s, tc);
	return s;
}
