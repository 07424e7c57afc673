/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/doctor.h"

#include <errno.h>
#include <unistd.h>

#include "credhelper/attest_call.h"
#include "credhelper/audit.h"
#include "credhelper/pull_state.h"
#include "credhelper/store.h"

void doctor_release(struct doctor *doctor)
{
	config_findings_release(&doctor->findings);
	config_facts_release(&doctor->facts);
	config_file_release(&doctor->file);
	inquiry_release(&doctor->q);
}

/* --- The store. */

static void add_pull(struct doctor *d, const struct helper_name *name)
{
	struct config_pull *pull = array_add(&d->facts.pulls);

	*pull = (struct config_pull){ xstrdup(name->server), xstrdup(name->username),
				      pull_state(&d->q, name, NULL) };
}

/* A helper that has no list says so at once: it answers. */
static int ask_store(struct doctor *d, struct helper_names *names, struct error *err)
{
	scoped_store *store = NULL;

	if (store_open(&store, d->q.world, &d->q.policy, err) < 0)
		return -1;
	d->store_kind = store->ops->name;
	store->patience = STORE_DEADLINE;
	if (store->ops->list(store, names, err) == 0)
		return 0;
	if (err->kind != ERROR_UNSUPPORTED)
		return -1;
	error_clear(err);
	return 0;
}

static void look_at_store(struct doctor *d)
{
	scoped_helper_names names = { 0 };

	d->store_helper = store_shares(d->q.world, &d->q.policy);
	if (ask_store(d, &names, &d->store_error) < 0)
		return;
	for (size_t i = 0; i < names.count; i++)
		add_pull(d, &names.items[i]);
}

/* --- pushgate-attest. */

static void look_at_attest(struct doctor *d)
{
	const struct policy_file *system = d->q.policy.system;
	const char *path = d->q.world->paths->attest;

	for (size_t i = 0; system && i < system->gates.count; i++)
		if (system->gates.items[i].kind == GATE_OIDC)
			d->needs_attest = true;
	if (attest_program_check(path, &d->attest_error) == 0 && access(path, X_OK) < 0)
		error_errno(&d->attest_error, errno, "%s cannot be run", path);
}

/* --- All of it. */

static void add_own(struct doctor *d)
{
	const struct policy *policy = &d->q.policy;
	struct error log = ERROR_INIT;

	if (policy->broken)
		config_findings_add(&d->findings, CONFIG_POLICY, NULL, xstrdup(policy->why.text),
				    NULL);
	if (error_is_set(&d->store_error))
		config_findings_add(&d->findings, CONFIG_STORE, NULL, xstrdup(d->store_error.text),
				    NULL);
	if (d->needs_attest && error_is_set(&d->attest_error))
		config_findings_add(&d->findings, CONFIG_ATTEST, NULL,
				    xstrdup(d->attest_error.text), NULL);
	if (audit_check(policy, &log) < 0)
		config_findings_add(&d->findings, CONFIG_AUDIT, NULL, xstrdup(log.text), NULL);
}

void doctor_look(struct doctor *out, const struct world *world)
{
	*out = (struct doctor){ 0 };
	inquire_all(&out->q, world);
	(void)!config_file_read(&out->file, NULL, &out->file_error);
	config_facts_collect(&out->facts, &out->file, world->env);
	out->facts.unreadable = out->file_error.text;
	out->facts.policy = &out->q.policy;
	look_at_store(out);
	look_at_attest(out);
	config_scan(&out->findings, &out->facts);
	add_own(out);
}
