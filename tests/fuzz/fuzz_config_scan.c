/* SPDX-License-Identifier: Apache-2.0 */
/* config.json and DOCKER_AUTH_CONFIG: the same bytes as both. What install takes out, uninstall
 * puts back, and nothing else changes. */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

#include "credhelper/config_change.h"
#include "credhelper/config_scan.h"

static void scan(const struct config_doc *doc, const char *text)
{
	struct policy policy = { 0 };
	struct config_facts facts = { .doc = doc, .path = "c", .policy = &policy };
	scoped_config_findings findings = { 0 };

	facts.auth_config = text;
	facts.unreadable = "no";
	config_scan(&findings, &facts);
	for (size_t i = 0; i < findings.count; i++) {
		const struct config_finding *f = &findings.items[i];

		assert(config_finding_name(f->kind) && config_finding_text(f->kind));
		/* What people are told to type does what it says. */
		assert(!f->mend || !strpbrk(f->mend, ";|&$`'\"\\\n\r\t<>(){}[]*?#!~"));
	}
	config_facts_release(&facts);
}

static json_t *again(const json_t *root)
{
	struct error err = ERROR_INIT;
	struct config_doc doc = { 0 };
	struct buf text;
	int failed;

	buf_init_wiped(&text, SIZE_MAX);
	config_format(root, &text);
	failed = config_parse(&doc, text.data, text.len, &err);
	assert(!failed && json_equal(doc.root, root));
	buf_release(&text);
	return doc.root;
}

/* What can be moved is out of it then, and goes back in. */
static void there_and_back(const json_t *root, const struct install_plan *plan)
{
	struct strings moved = { 0 };
	json_t *auths = config_member(root, "auths"), *after;
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < plan->moves.count; i++)
		if (plan->moves.items[i].kind == CONFIG_AUTH_PASSWORD ||
		    plan->moves.items[i].kind == CONFIG_AUTH_TOKEN)
			strings_add(&moved, plan->moves.items[i].server);
	after = install_apply(root, plan, &moved);
	for (size_t i = 0; i < moved.count; i++) {
		json_t *entry = json_object_get(config_member(after, "auths"), moved.items[i]);
		struct helper_credential was = { 0 }, is = { 0 };
		enum config_auth kind = config_auth(json_object_get(auths, moved.items[i]), &was);

		assert(config_auth(entry, NULL) == CONFIG_AUTH_NONE);
		str_replace(&was.server, xstrdup(moved.items[i]));
		if (uninstall_put(after, &was, &err) == 0) {
			assert(config_auth(entry, &is) == kind);
			assert(strcmp(is.username, was.username) == 0 &&
			       secret_equal(&is.secret, &was.secret));
		}
		error_clear(&err);
		helper_credential_release(&was);
		helper_credential_release(&is);
	}
	json_decref(again(after));
	json_decref(after);
	strings_release(&moved);
}

static void change(const json_t *root)
{
	struct strings none = { 0 };
	scoped_install_plan plan;
	scoped_config_record record = { 0 }, same = { 0 };
	struct error err = ERROR_INIT;
	struct buf text;
	json_t *back;
	bool changed;
	int failed;

	install_plan(&plan, root, &none);
	there_and_back(root, &plan);
	install_record(&record, root, &plan);
	buf_init(&text, SIZE_MAX);
	config_record_format(&record, &text);
	failed = config_record_parse(&same, text.data, text.len, &err);
	assert(!failed && same.moved.count == record.moved.count &&
	       same.store_changed == record.store_changed);
	buf_release(&text);
	back = uninstall_apply(root, &record, &changed);
	assert(changed == !json_equal(back, root));
	json_decref(back);
}

static void as_record(const char *data, size_t size)
{
	struct error err = ERROR_INIT;
	scoped_config_record record = { 0 };

	if (config_record_parse(&record, data, size, &err) < 0)
		assert(err.kind == ERROR_INPUT || err.kind == ERROR_UNSUPPORTED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	scoped_config_doc doc = { 0 };
	char *text = xstrndup((const char *)data, size);

	as_record((const char *)data, size);
	if (config_parse(&doc, (const char *)data, size, &err) < 0) {
		assert(err.kind == ERROR_INPUT && !doc.root);
		scan(NULL, text);
	} else {
		scan(&doc, text);
		json_decref(again(doc.root));
		if (!doc.twice && !doc.big_numbers)
			change(doc.root);
	}
	free(text);
	return 0;
}
