/* SPDX-License-Identifier: Apache-2.0 */
/* docker-credential-pushgate: a credential helper that gives push credentials to CI only. */
#include <stdlib.h>
#include <unistd.h>

#include "common/cli/plugin.h"
#include "common/cli/version.h"
#include "credhelper/harden.h"
#include "credhelper/serve.h"
#include "credhelper/verbs.h"

#ifndef VERSION
#error "VERSION is given by the Makefile"
#endif

static const struct verb *const verbs[] = {
	&verb_why,    &verb_doctor,     &verb_install, &verb_uninstall, &verb_list, &verb_seal,
	&verb_rotate, &verb_recipients, &verb_prove,   &verb_version,   NULL,
};
/* Their names, and the words of plugin_main(): everything else is the protocol's. */
static const char *const words_of_ours[] = {
	"help", "version", "why",        "doctor", "install",    "uninstall",        "list",
	"seal", "rotate",  "recipients", "prove",  "__complete", "__completeNoDesc", NULL,
};

static const struct plugin pushgate = {
	.name = SERVE_NAME,
	.standalone = true,
	.vendor = "docker-hygiene",
	.version = VERSION,
	.summary = "Push credentials exist only inside CI; everybody else gets pull-only ones",
	.help = "A credential helper of docker: credsStore \"pushgate\" in config.json. docker "
		"calls\n"
		"it with get, store, erase, list and version; the commands below are for people.",
	.verbs = verbs,
};

static const char *get_env(const char *name)
{
	return getenv(name);
}

int main(int argc, char **argv)
{
	const struct world world = { STDIN_FILENO,  STDOUT_FILENO,    STDERR_FILENO, get_env,
				     &clock_system, &paths_installed, getpid() };
	int skip = argc > 0, status = 0;

	harden_process();
	harden_json();
	if (serve(&world, argc - skip, argv + skip, VERSION, words_of_ours, &status))
		return status;
	return plugin_main(&pushgate, argc, argv);
}
