/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/turn.h"

#include <unistd.h>

#include "common/base/alloc.h"
#include "common/client/secret_file.h"

static int lock_turn(const char *runtime, int number, int64_t wait)
{
	struct error why = ERROR_INIT;
	scoped_str path = xasprintf("%s/pushgate-keyring-%d", runtime, number % TURN_MOST);

	return secret_lock_file(path, wait, &why);
}

int turn_take(const struct world *world)
{
	const char *runtime = world->env("XDG_RUNTIME_DIR");
	int own = (int)(getpid() % TURN_MOST);
	int turn = -1;

	if (!runtime || *runtime != '/')
		return -1;
	for (int i = 0; i < TURN_MOST && turn < 0; i++)
		turn = lock_turn(runtime, own + i, 0);
	return turn < 0 ? lock_turn(runtime, own, TURN_WAIT) : turn;
}
