/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/world.h"

#ifndef PUSHGATE_ATTEST
#error "PUSHGATE_ATTEST is given by the Makefile"
#endif

const struct paths paths_installed = {
	.system_policy = "/etc/docker/pushgate.json",
	.attest = PUSHGATE_ATTEST,
	.proc = "/proc",
};
