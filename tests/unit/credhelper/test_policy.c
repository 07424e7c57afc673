/* SPDX-License-Identifier: Apache-2.0 */
/* Policy files: what is read, what is refused, and both joined for one registry. */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "credhelper/policy.h"

/* --- Reading. Texts are written with ' for ". */

static char *quoted(const char *text)
{
	char *copy = xstrdup(text);

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	return copy;
}

static int parse(struct policy_file *out, const char *text, bool system, struct error *err)
{
	scoped_str copy = quoted(text);

	return policy_parse(out, copy, strlen(copy), "p", system, err);
}

/* The example of docs/internals/pushgate.md §4. */
static const char documented[] =
	"{ 'version': 1,"
	"  'gates': {"
	"    'jenkins-env': { 'env': { 'vendors': ['jenkins'], 'allow_terminal': false } },"
	"    'agent': { 'user': { 'users': ['jenkins'], 'groups': ['ci'],"
	"                         'units': ['jenkins.service'] } },"
	"    'job': { 'oidc': {"
	"      'vendor': 'jenkins', 'issuer': 'https://jenkins.example.com/oidc',"
	"      'audience': 'pushgate', 'token': { 'env': 'PUSHGATE_ID_TOKEN' },"
	"      'claims': { 'sub': 'https://jenkins.example.com/job/release/*',"
	"                  'build_number': '*' },"
	"      'keys': { 'file': '/etc/docker/pushgate/jenkins.jwks' },"
	"      'ca_file': '/etc/ssl/jenkins-ca.pem', 'proxy': 'http://proxy.example.com:3128',"
	"      'request_hosts': [], 'algorithms': ['RS256'], 'max_age': '1h', 'leeway': '60s' } }"
	"  },"
	"  'registries': ["
	"    { 'match': '*', 'ci': ['jenkins-env'], 'unproven_pull': 'warn' },"
	"    { 'match': 'registry.example.com/prod', 'ci': [['agent', 'job']],"
	"      'push_lifetime': '2h', 'unproven_pull': 'refuse', 'pull_users': ['puller'],"
	"      'early_stop': true },"
	"    { 'match': 'registry.example.com', 'ci': ['agent', 'jenkins-env'] },"
	"    { 'match': 'dev.example.com:5000', 'gated': false } ],"
	"  'store': { 'kind': 'secretservice' },"
	"  'sealed': { 'directories': ['/etc/docker/pushgate/sealed'],"
	"              'key_file': '/run/ci/pushgate.pem',"
	"              'trusted_sealers': '/etc/docker/pushgate/sealers.pem' },"
	"  'audit': { 'to': 'file', 'file': '/var/log/pushgate.jsonl', 'max_size': '1MiB' } }";

static void check_job(const struct gate_oidc *job)
{
	ck_assert_str_eq(job->vendor, "jenkins");
	ck_assert_str_eq(job->issuer, "https://jenkins.example.com/oidc");
	ck_assert_str_eq(job->audience, "pushgate");
	ck_assert_str_eq(job->token_env, "PUSHGATE_ID_TOKEN");
	ck_assert_ptr_null(job->token_file_env);
	ck_assert_str_eq(job->jwks_file, "/etc/docker/pushgate/jenkins.jwks");
	ck_assert_ptr_null(job->jwks_url);
	ck_assert_str_eq(job->ca_file, "/etc/ssl/jenkins-ca.pem");
	ck_assert_str_eq(job->proxy, "http://proxy.example.com:3128");
	ck_assert_uint_eq(job->request_hosts.count, 0);
	ck_assert_uint_eq(job->algorithms.count, 1);
	ck_assert_str_eq(job->algorithms.items[0], "RS256");
	ck_assert_int_eq(job->max_age, NSEC_PER_HOUR);
	ck_assert_int_eq(job->leeway, NSEC_PER_MIN);
	ck_assert_uint_eq(job->claims.count, 2);
	ck_assert_str_eq(job->claims.items[0].name, "sub");
	ck_assert_str_eq(job->claims.items[0].allowed.items[0],
			 "https://jenkins.example.com/job/release/*");
	ck_assert_str_eq(job->claims.items[1].name, "build_number");
}

static void check_rules(const struct policy_file *file)
{
	static const char *const order[] = { "registry.example.com/prod", "registry.example.com",
					     "dev.example.com:5000", "*" };
	const struct rule *prod = &file->rules.items[0];

	ck_assert_uint_eq(file->rules.count, array_len(order));
	for (size_t i = 0; i < array_len(order); i++)
		ck_assert_str_eq(file->rules.items[i].match, order[i]);
	ck_assert(prod->gated && prod->early_stop && prod->unproven == UNPROVEN_REFUSE);
	ck_assert_int_eq(prod->push_lifetime, 2 * NSEC_PER_HOUR);
	ck_assert_uint_eq(prod->ci.count, 1);
	ck_assert_uint_eq(prod->ci.items[0].gates.count, 2);
	ck_assert_str_eq(prod->ci.items[0].gates.items[1], "job");
	ck_assert_str_eq(prod->pull_users.items[0], "puller");
	ck_assert_uint_eq(file->rules.items[1].ci.count, 2);
	ck_assert(!file->rules.items[2].gated);
}

START_TEST(example)
{
	scoped_policy_file file = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_msg(parse(&file, documented, true, &err) == 0, "%s", err.text);
	ck_assert_str_eq(file.name, "p");
	ck_assert_uint_eq(file.gates.count, 3);
	ck_assert_int_eq(file.gates.items[0].kind, GATE_ENV);
	ck_assert_str_eq(file.gates.items[0].env.vendors.items[0], "jenkins");
	ck_assert_int_eq(file.gates.items[1].kind, GATE_USER);
	ck_assert_str_eq(file.gates.items[1].user.users.items[0], "jenkins");
	ck_assert_str_eq(file.gates.items[1].user.groups.items[0], "ci");
	ck_assert_str_eq(file.gates.items[1].user.units.items[0], "jenkins.service");
	ck_assert_ptr_eq(policy_gate(&file, "job"), &file.gates.items[2]);
	check_job(&file.gates.items[2].oidc);
	check_rules(&file);
	ck_assert_int_eq(file.store, STORE_SECRETSERVICE);
	ck_assert_str_eq(file.sealed_dirs.items[0], "/etc/docker/pushgate/sealed");
	ck_assert_str_eq(file.sealed_key_file, "/run/ci/pushgate.pem");
	ck_assert_str_eq(file.trusted_sealers, "/etc/docker/pushgate/sealers.pem");
	ck_assert_int_eq(file.audit, AUDIT_FILE);
	ck_assert_str_eq(file.audit_file, "/var/log/pushgate.jsonl");
	ck_assert_int_eq(file.audit_max, 1 << 20);
}
END_TEST

#define V          "'version':1"
#define GATE(gate) "{" V ",'gates':{'g':" gate "}}"
#define RULE(rule) "{" V ",'gates':{'g':{'env':{}}},'registries':[" rule "]}"
#define OIDC(more)                                            \
	GATE("{'oidc':{'vendor':'jenkins','issuer':'https://" \
	     "i','audience':'a','token':{'env':'T'}" more "}}")

static const struct {
	const char *text;
	bool user; /* taken in the user's policy too */
	const char *why;
} taken[] = {
	{ "{" V "}", true, "nothing but the version" },
	{ "{" V ",'gates':{},'registries':[]}", true, "empty lists" },
	{ GATE("{'env':{}}"), true, "any vendor" },
	{ GATE("{'env':{'vendors':['github','gitlab'],'allow_terminal':true}}"), true,
	  "two vendors" },
	{ GATE("{'user':{'users':['1000']}}"), true, "a number" },
	{ OIDC(""), false, "an oidc gate" },
	{ OIDC(",'claims':{'a.b/c':['x','y*'],'d':'?'}"), false, "claims" },
	{ OIDC(",'keys':{'url':'https://i/k'}"), false, "keys by address" },
	{ OIDC(",'algorithms':['ES512','PS256']"), false, "algorithms" },
	{ OIDC(",'max_age':'0','leeway':'0'"), false, "no limits" },
	{ OIDC(",'request_hosts':['a.example','b.example:8443']"), false, "hosts" },
	{ GATE("{'oidc':{'vendor':'github','issuer':'https://i','audience':'a'}}"), false,
	  "GitHub gives out its token" },
	{ GATE("{'oidc':{'vendor':'circleci','issuer':'http://i','audience':'a',"
	       "'keys':{'file':'/k'}}}"),
	  false, "with pinned keys the issuer is a name" },
	{ RULE("{'match':'*'}"), true, "only a match" },
	{ RULE("{'match':'https://index.docker.io/v1/','ci':['g']}"), true, "the Hub's address" },
	{ RULE("{'match':'http://r'},{'match':'r'},{'match':'r:5000'},{'match':'r/a'}"), true,
	  "different ones" },
	{ RULE("{'match':'r','ci':[]}"), true, "nobody" },
	{ RULE("{'match':'r','ci':[['g','g'],'g']}"), true, "ways" },
	{ RULE("{'match':'r','pull_users':[]}"), true, "no users" },
	{ RULE("{'match':'r','push_lifetime':'12h'}"), true, "as long as a user may" },
	{ RULE("{'match':'r','push_lifetime':'7d'}"), false, "as long as the system may" },
	{ "{" V ",'store':{'kind':'auto'}}", true, "a store" },
	{ "{" V ",'store':{'kind':'helper','helper':'pass'}}", true, "a helper" },
	{ "{" V ",'store':{'kind':'file'}}", true, "a file" },
	{ "{" V ",'store':{'kind':'file','key_file':'/k'}}", true, "with one of a file" },
	{ "{" V ",'store':{'kind':'file','kernel_key':true}}", true, "with the kernel's key" },
	{ "{" V ",'store':{'kind':'file','kernel_key':false,'key_file':'/k'}}", true, "without" },
	{ "{" V ",'sealed':{}}", false, "sealed" },
	{ "{" V ",'audit':{'to':'syslog'}}", true, "syslog" },
	{ "{" V ",'audit':{'to':'off'}}", true, "none" },
	{ "{" V ",'audit':{'to':'file','file':'/l','max_size':'1GiB'}}", true, "a file" },
};

START_TEST(takes)
{
	for (int system = 0; system < 2; system++) {
		scoped_policy_file file = { 0 };
		struct error err = ERROR_INIT;
		int rc = parse(&file, taken[_i].text, system, &err);

		if (system || taken[_i].user) {
			ck_assert_msg(rc == 0, "%s: %s", taken[_i].why, err.text);
			continue;
		}
		ck_assert_msg(rc < 0 && err.kind == ERROR_USAGE, "%s", taken[_i].why);
		ck_assert_msg(strstr(err.text, "system's policy only") ||
				      strstr(err.text, "at most"),
			      "%s: %s", taken[_i].why, err.text);
	}
}
END_TEST

static const struct {
	const char *text;
	const char *says; /* a part of it; the place stands in front */
} refused[] = {
	{ "", "p: " },
	{ "{", "p: line 1" },
	{ "[]", "p: expected an object" },
	{ "{}", "needs \"version\": 1" },
	{ "{'version':2}", "p.version: version 2 is not known" },
	{ "{'version':'1'}", "p.version: expected" },
	{ "{'version':null}", "p.version: must not be null" },
	{ "{" V "} x", "p: line 1" },
	{ "{" V "," V "}", "duplicate" },
	{ "{" V ",'gate':{}}", "did you mean \"gates\"" },
	{ "{" V ",'gates':[]}", "p.gates: expected an object" },
	{ "{" V ",'gates':{'':{'env':{}}}}", "needs a name" },
	{ "{" V ",'gates':{'a b':{'env':{}}}}", "letters, digits" },
	{ "{" V ",'gates':{'g':{'env':{}},'g':{'env':{}}}}", "duplicate" },
	{ GATE("{}"), "p.gates.g: expected one of env, user and oidc" },
	{ GATE("{'env':{},'user':{'users':['a']}}"), "expected one of env, user and oidc" },
	{ GATE("{'env':[]}"), "p.gates.g.env: expected an object" },
	{ GATE("{'env':null}"), "p.gates.g.env: must not be null" },
	{ GATE("{'env':{'vendor':['jenkins']}}"), "did you mean \"vendors\"" },
	{ GATE("{'env':{'vendors':[]}}"), "p.gates.g.env.vendors: must not be empty" },
	{ GATE("{'env':{'vendors':'jenkins'}}"), "expected a list" },
	{ GATE("{'env':{'vendors':['hudson']}}"), "vendors[0]: no CI is known as \"hudson\"" },
	{ GATE("{'env':{'allow_terminal':1}}"), "allow_terminal: expected" },
	{ GATE("{'user':{}}"), "needs users, groups or units" },
	{ GATE("{'user':{'users':[]}}"), "users: must not be empty" },
	{ GATE("{'user':{'users':[1000]}}"), "users[0]: expected a string" },
	{ GATE("{'user':{'users':['']}}"), "users[0]: must not be empty" },
	{ GATE("{'user':{'users':['a\\u0001']}}"), "control characters" },
	{ GATE("{'oidc':{}}"), "needs issuer" },
	{ GATE("{'oidc':{'issuer':'https://i'}}"), "needs audience" },
	{ GATE("{'oidc':{'issuer':'https://i','audience':'a'}}"), "needs vendor" },
	{ GATE("{'oidc':{'issuer':'https://i','audience':'a','vendor':'gitlab'}}"), "needs token" },
	{ GATE("{'oidc':{'issuer':'https://i','audience':'a','vendor':'drone'}}"), "needs token" },
	{ GATE("{'oidc':{'issuer':'http://i','audience':'a','vendor':'github'}}"),
	  "issuer: must be an https:// address" },
	{ OIDC(",'aud':'b'"), "did you mean \"audience\"" },
	{ OIDC(",'claims':{}"), "claims: must not be empty" },
	{ OIDC(",'claims':{'sub':[]}"), "claims.sub: must not be empty" },
	{ OIDC(",'claims':{'sub':true}"), "claims.sub: expected" },
	{ OIDC(",'claims':{'sub':'[a'}"), "claims.sub: " },
	{ OIDC(",'keys':{}"), "keys: expected one of file and url" },
	{ OIDC(",'keys':{'file':'/k','url':'https://i'}"), "keys: expected one of file and url" },
	{ OIDC(",'keys':{'file':'k'}"), "keys.file: must be an absolute path" },
	{ OIDC(",'keys':{'url':'http://i'}"), "keys.url: must be an https:// address" },
	{ OIDC(",'keys':{'url':'https://'}"), "keys.url: must be an https:// address" },
	{ OIDC(",'ca_file':'./c'"), "ca_file: must be an absolute path" },
	{ OIDC(",'proxy':'proxy:3128'"), "proxy: must begin with" },
	{ OIDC(",'request_hosts':['a b']"), "request_hosts[0]: " },
	{ OIDC(",'request_hosts':['https://a']"), "request_hosts[0]: " },
	{ OIDC(",'algorithms':[]"), "algorithms: must not be empty" },
	{ OIDC(",'algorithms':['none']"), "algorithms[0]: expected RS256" },
	{ OIDC(",'algorithms':['HS256']"), "algorithms[0]: expected RS256" },
	{ OIDC(",'max_age':'8d'"), "max_age: must be at most 7d" },
	{ OIDC(",'max_age':3600"), "max_age: expected a string" },
	{ OIDC(",'leeway':'11m'"), "leeway: must be at most 10m" },
	{ GATE("{'oidc':{'vendor':'jenkins','issuer':'https://i','audience':'a',"
	       "'token':{'env':'1T'}}}"),
	  "token.env: is no name" },
	{ GATE("{'oidc':{'vendor':'jenkins','issuer':'https://i','audience':'a','token':{}}}"),
	  "token: expected one of env and file_env" },
	{ "{" V ",'registries':{}}", "p.registries: expected a list" },
	{ RULE("'r'"), "p.registries[0]: expected an object" },
	{ RULE("{}"), "p.registries[0]: needs match" },
	{ RULE("{'match':''}"), "match: must not be empty" },
	{ RULE("{'match':'r*'}"), "match: expected a registry" },
	{ RULE("{'match':'r/*'}"), "match: expected a registry" },
	{ RULE("{'match':'ftp://r'}"), "match: expected a registry" },
	{ RULE("{'match':'r'},{'match':'https://R:443/v2/'}"),
	  "[1]: another rule is for the same" },
	{ RULE("{'match':'*'},{'match':'r'},{'match':'*'}"), "[2]: another rule is for the same" },
	{ RULE("{'match':'r','ci':'g'}"), "ci: expected a list" },
	{ RULE("{'match':'r','ci':null}"), "ci: must not be null" },
	{ RULE("{'match':'r','ci':['h']}"), "ci[0]: this file has no gate \"h\"" },
	{ RULE("{'match':'r','ci':[['g','h']]}"), "ci[0][1]: this file has no gate \"h\"" },
	{ RULE("{'match':'r','ci':[[]]}"), "ci[0]: must not be empty" },
	{ RULE("{'match':'r','ci':[{}]}"), "ci[0]: expected a string" },
	{ RULE("{'match':'r','gated':'yes'}"), "gated: expected" },
	{ RULE("{'match':'r','unproven_pull':'deny'}"), "expected \"warn\" or \"refuse\"" },
	{ RULE("{'match':'r','pull_users':'p'}"), "pull_users: expected a list" },
	{ RULE("{'match':'r','push_lifetime':'8d'}"), "push_lifetime: must be at most 7d" },
	{ RULE("{'match':'r','push_lifetime':'0'}"), "push_lifetime: must be at least 1s" },
	{ RULE("{'match':'r','push_lifetime':'soon'}"), "push_lifetime: " },
	{ RULE("{'match':'r','early_stop':0}"), "early_stop: expected" },
	{ "{" V ",'store':'file'}", "store: expected an object" },
	{ "{" V ",'store':{'kind':'pass'}}",
	  "kind: expected \"auto\", \"secretservice\", \"helper\" or \"file\"" },
	{ "{" V ",'store':{'kind':'helper'}}", "store: needs helper" },
	{ "{" V ",'store':{'kind':'helper','helper':'pushgate'}}", "in itself" },
	{ "{" V ",'store':{'kind':'helper','helper':'../x'}}", "helper: expected letters" },
	{ "{" V ",'store':{'helper':'pass'}}", "helper belongs to \"kind\": \"helper\"" },
	{ "{" V ",'store':{'kind':'auto','key_file':'/k'}}", "key_file belongs to" },
	{ "{" V ",'store':{'kind':'auto','kernel_key':true}}", "kernel_key belongs to" },
	{ "{" V ",'store':{'kind':'file','kernel_key':1}}", "kernel_key: expected" },
	{ "{" V ",'store':{'kind':'file','kernel_key':true,'key_file':'/k'}}",
	  "both key_file and kernel_key" },
	{ "{" V ",'store':{'kind':'file','key_file':'k'}}", "must be an absolute path" },
	{ "{" V ",'sealed':{'directories':[]}}", "directories: must not be empty" },
	{ "{" V ",'sealed':{'directories':['.']}}", "directories[0]: must be an absolute path" },
	{ "{" V ",'sealed':{'key':'/k'}}", "did you mean \"key_file\"" },
	{ "{" V ",'audit':{'to':'mail'}}", "to: expected \"off\", \"file\" or \"syslog\"" },
	{ "{" V ",'audit':{'to':'file'}}", "audit: needs file" },
	{ "{" V ",'audit':{'to':'syslog','file':'/l'}}", "file belongs to" },
	{ "{" V ",'audit':{'to':'file','file':'l'}}", "file: must be an absolute path" },
	{ "{" V ",'audit':{'to':'file','file':'/l','max_size':'1'}}", "between 4KiB and 1GiB" },
	{ "{" V ",'audit':{'to':'file','file':'/l','max_size':1}}", "max_size: expected a string" },
};

START_TEST(refuses)
{
	struct policy_file file = { .audit_max = 99 };
	struct error err = ERROR_INIT;

	ck_assert_msg(parse(&file, refused[_i].text, true, &err) < 0, "%s", refused[_i].text);
	ck_assert_int_eq(err.kind, ERROR_USAGE);
	ck_assert_msg(strstr(err.text, refused[_i].says) != NULL, "%s: %s", refused[_i].text,
		      err.text);
	ck_assert_msg(file.audit_max == 99 && !file.name, "%s", refused[_i].text);
}
END_TEST

START_TEST(large)
{
	scoped_str text = xcalloc(1, POLICY_MAX + 2);
	struct policy_file file;
	struct error err = ERROR_INIT;

	memset(text, ' ', POLICY_MAX + 1);
	ck_assert_int_lt(policy_parse(&file, text, POLICY_MAX + 1, "p", true, &err), 0);
	ck_assert_str_eq(err.text, "p: larger than 256 KiB");
}
END_TEST

/* --- Both files for one registry. NULL: there is none; "!": there, and broken. */

static void load(struct policy *policy, const char *text, bool system)
{
	struct policy_file **to = system ? &policy->system : &policy->user;
	struct error err = ERROR_INIT;

	if (text && strcmp(text, "!") == 0)
		policy->broken = true;
	if (!text || policy->broken)
		return;
	*to = xcalloc(1, sizeof(**to));
	ck_assert_msg(parse(*to, text, system, &err) == 0, "%s: %s", text, err.text);
}

#define OPEN "{'match':'r','gated':false}"
#define SHUT "{'match':'r'}"
#define ALL  "{'match':'*'}"
#define NONE RULE("")

static const struct {
	const char *system, *user, *asked, *repo;
	bool gated, named, by_default;
	const char *system_rule, *user_rule;
	const char *why;
} views[] = {
	{ NULL, NULL, "r", NULL, true, false, true, NULL, NULL, "no policy at all" },
	{ NULL, NULL, "localhost:5000", NULL, false, false, false, NULL, NULL, "loopback" },
	{ NULL, NULL, "127.0.0.1:5000", NULL, false, false, false, NULL, NULL, "by its address" },
	{ NULL, NULL, "ftp://x", NULL, true, false, true, NULL, NULL, "opaque" },
	{ NULL, RULE(OPEN), "r", NULL, false, true, false, NULL, "r", "the user's alone opens" },
	{ NULL, RULE(SHUT), "r", NULL, true, true, false, NULL, "r", "and shuts" },
	{ NULL, RULE(OPEN), "other", NULL, true, false, true, NULL, NULL, "others are as without" },
	{ NULL, RULE(ALL), "localhost", NULL, true, false, false, NULL, "*", "* is loopback too" },
	{ RULE(OPEN), NULL, "r", NULL, false, true, false, "r", NULL, "the system's opens" },
	{ RULE(SHUT), NULL, "r", NULL, true, true, false, "r", NULL, "and shuts" },
	{ RULE(SHUT), RULE(OPEN), "r", NULL, true, true, false, "r", "r",
	  "the user cannot open it" },
	{ RULE(OPEN), RULE(SHUT), "r", NULL, true, true, false, "r", "r", "but shut it" },
	{ RULE(OPEN), RULE(ALL), "r", NULL, true, true, false, "r", "*", "by any rule" },
	{ RULE(OPEN), RULE(OPEN), "r", NULL, false, true, false, "r", "r", "both open" },
	{ NONE, RULE(OPEN), "r", NULL, true, true, true, NULL, "r",
	  "a system's policy that does not speak of it does not open it either" },
	{ NONE, RULE("{'match':'localhost'}"), "localhost", NULL, true, true, false, NULL,
	  "localhost", "a user may gate loopback" },
	{ RULE(ALL), RULE(OPEN), "r", NULL, true, true, false, "*", "r", "* gates" },
	{ "!", NULL, "r", NULL, true, false, true, NULL, NULL, "broken" },
	{ "!", NULL, "localhost", NULL, false, false, false, NULL, NULL, "broken: loopback stays" },
	{ RULE(OPEN), "!", "r", NULL, true, true, false, "r", NULL, "broken: gated" },
	/* rules with paths */
	{ RULE(OPEN ",{'match':'r/prod'}"), NULL, "r", NULL, true, true, false, "r", NULL,
	  "the repository is not known: the strictest" },
	{ RULE(OPEN ",{'match':'r/prod'}"), NULL, "r", "dev/a", false, true, false, "r", NULL,
	  "it is known, and another" },
	{ RULE(OPEN ",{'match':'r/prod'}"), NULL, "r", "prod/a", true, true, false, "r/prod", NULL,
	  "it is known, and gated" },
	{ RULE(OPEN ",{'match':'r/prod'}"), NULL, "r", "production", false, true, false, "r", NULL,
	  "whole segments" },
	{ RULE(OPEN ",{'match':'r/prod'}"), NULL, "r/prod/a", NULL, true, true, false, "r/prod",
	  NULL, "as crane asks" },
	{ RULE(OPEN ",{'match':'r/prod'}"), NULL, "r/dev/a", NULL, false, true, false, "r", NULL,
	  "as crane asks for another" },
	{ RULE(OPEN ",{'match':'r/prod'}"), NULL, "https://r/dev", NULL, true, true, false, "r",
	  NULL, "a path with a scheme names no repository" },
	{ RULE("{'match':'r/a','gated':false},{'match':'r/a/b'}"), NULL, "r", "a", true, true,
	  false, "r/a", NULL, "a repository with others below" },
	{ RULE("{'match':'r/a','gated':false}"), NULL, "r", NULL, true, true, true, NULL, NULL,
	  "an open path does not open the host" },
	{ RULE(SHUT), NULL, "r:5000", NULL, true, false, true, NULL, NULL, "another port" },
	{ RULE(OPEN), NULL, "http://r", NULL, true, false, true, NULL, NULL, "another scheme" },
	{ RULE("{'match':'docker.io','gated':false}"), NULL, "https://index.docker.io/v1/", NULL,
	  false, true, false, "docker.io", NULL, "the Hub by another name" },
	{ RULE("{'match':'docker.io','gated':false}"), NULL,
	  "https://index.docker.io/v1/refresh-token", NULL, false, true, false, "docker.io", NULL,
	  "its tokens" },
	{ RULE(ALL), NULL, "ftp://x", NULL, true, false, false, "*", NULL, "opaque, by *" },
};

static bool is_match(const struct rule *rule, const char *match)
{
	return rule && match ? strcmp(rule->match, match) == 0 : !rule && !match;
}

START_TEST(view)
{
	scoped_policy policy = { 0 };
	scoped_registry_key key = { 0 };

	load(&policy, views[_i].system, true);
	load(&policy, views[_i].user, false);
	registry_key_read(&key, views[_i].asked);
	struct policy_view v = policy_view(&policy, &key, views[_i].repo);

	ck_assert_msg(v.gated == views[_i].gated, "%s: gated %d", views[_i].why, v.gated);
	ck_assert_msg(v.named == views[_i].named, "%s: named %d", views[_i].why, v.named);
	ck_assert_msg(v.by_default == views[_i].by_default, "%s: default %d", views[_i].why,
		      v.by_default);
	ck_assert_msg(is_match(v.system_rule, views[_i].system_rule), "%s: %s", views[_i].why,
		      v.system_rule ? v.system_rule->match : "none");
	ck_assert_msg(is_match(v.user_rule, views[_i].user_rule), "%s: %s", views[_i].why,
		      v.user_rule ? v.user_rule->match : "none");
	ck_assert_msg(v.broken == policy.broken, "%s", views[_i].why);
}
END_TEST

/* The members that both files give. */
static const struct {
	const char *system, *user;
	int64_t lifetime; /* hours */
	bool early_stop;
	enum unproven unproven;
	const char *why;
} joined[] = {
	{ NULL, NULL, 12, true, UNPROVEN_WARN, "defaults" },
	{ RULE(SHUT), RULE(SHUT), 12, true, UNPROVEN_WARN, "the same with rules" },
	{ RULE("{'match':'r','push_lifetime':'48h'}"), NULL, 48, true, UNPROVEN_WARN, "longer" },
	{ RULE("{'match':'r','push_lifetime':'48h'}"), RULE(SHUT), 48, true, UNPROVEN_WARN,
	  "what is not given shortens nothing" },
	{ RULE("{'match':'r','push_lifetime':'48h'}"), RULE("{'match':'r','push_lifetime':'1h'}"),
	  1, true, UNPROVEN_WARN, "the shorter" },
	{ RULE("{'match':'r','push_lifetime':'3h'},{'match':'r/a','push_lifetime':'2h'}"), NULL, 2,
	  true, UNPROVEN_WARN, "of those below, too" },
	{ RULE("{'match':'r','early_stop':false}"), NULL, 12, false, UNPROVEN_WARN, "no stop" },
	{ RULE("{'match':'r','early_stop':false}"), "!", 12, false, UNPROVEN_WARN,
	  "broken: the readable rule's word" },
	{ "!", RULE(OPEN), 12, true, UNPROVEN_WARN, "broken: but not of one that opens" },
	{ RULE(SHUT), "!", 12, true, UNPROVEN_WARN, "broken: a push is stopped" },
	{ RULE("{'match':'r','early_stop':false}"), RULE(SHUT), 12, true, UNPROVEN_WARN,
	  "one stops" },
	{ RULE("{'match':'r','unproven_pull':'refuse'}"), RULE(SHUT), 12, true, UNPROVEN_REFUSE,
	  "one refuses" },
	{ RULE(SHUT), RULE("{'match':'r','unproven_pull':'refuse'}"), 12, true, UNPROVEN_REFUSE,
	  "the other" },
	{ RULE("{'match':'r','gated':false,'unproven_pull':'refuse','push_lifetime':'1h'}"),
	  RULE(SHUT), 12, true, UNPROVEN_WARN, "a rule that does not gate says nothing" },
};

START_TEST(join)
{
	scoped_policy policy = { 0 };
	scoped_registry_key key = { 0 };

	load(&policy, joined[_i].system, true);
	load(&policy, joined[_i].user, false);
	registry_key_read(&key, "r");
	struct policy_view v = policy_view(&policy, &key, NULL);

	ck_assert_msg(v.push_lifetime == joined[_i].lifetime * NSEC_PER_HOUR, "%s", joined[_i].why);
	ck_assert_msg(v.early_stop == joined[_i].early_stop, "%s", joined[_i].why);
	ck_assert_msg(v.unproven == joined[_i].unproven, "%s", joined[_i].why);
}
END_TEST

#define WARN(list)   "{'match':'r','pull_users':[" list "]}"
#define REFUSE(list) "{'match':'r','unproven_pull':'refuse','pull_users':[" list "]}"

static const struct {
	const char *system, *user, *name;
	bool takes, knows;
	const char *named; /* the users that may, with blanks between */
	const char *why;
} users[] = {
	{ NULL, NULL, "a", true, false, "", "no policy" },
	{ RULE(WARN("'a'")), NULL, "a", true, true, "", "listed" },
	{ RULE(WARN("'a'")), NULL, "b", true, false, "", "not listed, with a warning" },
	{ RULE(REFUSE("'a','c'")), NULL, "a", true, true, "a c", "listed" },
	{ RULE(REFUSE("'a'")), NULL, "b", false, false, "a", "not listed, refused" },
	{ RULE(REFUSE("'a'")), NULL, "A", false, false, "a", "case counts" },
	{ RULE(REFUSE("")), NULL, "a", false, false, "", "nobody is" },
	{ RULE(REFUSE("'a'")), RULE(WARN("'b'")), "a", true, true, "a", "the user's warning" },
	{ RULE(REFUSE("'a'")), RULE(WARN("'b'")), "b", false, false, "a", "the user adds nobody" },
	{ RULE(REFUSE("")), RULE(WARN("'b'")), "b", false, false, "", "nor where none is listed" },
	{ RULE(REFUSE("'a'")), RULE(REFUSE("'b'")), "a", false, false, "", "both must" },
	{ RULE(REFUSE("'a','b'")), RULE(REFUSE("'b'")), "b", true, true, "b", "both do" },
	{ RULE(WARN("'a'")), RULE(REFUSE("'b'")), "b", true, true, "b", "the user's own refusal" },
	{ RULE(REFUSE("'a'") ",{'match':'r/x','unproven_pull':'refuse'}"), NULL, "a", false, false,
	  "", "below, nobody" },
};

START_TEST(pull_users)
{
	scoped_policy policy = { 0 };
	scoped_registry_key key = { 0 };
	scoped_strings names = { 0 };
	scoped_buf all = { 0 };

	load(&policy, users[_i].system, true);
	load(&policy, users[_i].user, false);
	registry_key_read(&key, "r");
	struct policy_view v = policy_view(&policy, &key, NULL);

	ck_assert_msg(policy_takes_user(&v, users[_i].name, false) == users[_i].takes, "%s",
		      users[_i].why);
	ck_assert_msg(policy_knows_user(&v, users[_i].name, false) == users[_i].knows, "%s",
		      users[_i].why);
	ck_assert(policy_takes_user(&v, users[_i].name, true));
	ck_assert(policy_knows_user(&v, users[_i].name, true));
	policy_pull_users(&v, &names);
	buf_init(&all, SIZE_MAX);
	for (size_t i = 0; i < names.count; i++)
		buf_fmt(&all, "%s%s", i ? " " : "", names.items[i]);
	ck_assert_msg(strcmp(all.data, users[_i].named) == 0, "%s: %s", users[_i].why, all.data);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("policy");
	TCase *tc = tcase_create("policy");

	tcase_add_test(tc, example);
	tcase_add_loop_test(tc, takes, 0, (int)array_len(taken));
	tcase_add_loop_test(tc, refuses, 0, (int)array_len(refused));
	tcase_add_test(tc, large);
	tcase_add_loop_test(tc, view, 0, (int)array_len(views));
	tcase_add_loop_test(tc, join, 0, (int)array_len(joined));
	tcase_add_loop_test(tc, pull_users, 0, (int)array_len(users));
	suite_add_tcase(s, tc);
	return s;
}
