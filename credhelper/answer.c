/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/answer.h"

/* No store is joined to it yet: nothing is kept, so nothing is found, listed or left to erase. */
int answer_get(const struct world *world, const char *server, struct buf *out, struct buf *tell)
{
	(void)world;
	(void)server;
	(void)tell;
	buf_str(out, HELPER_NOT_FOUND "\n");
	return 1;
}

int answer_store(const struct world *world, const struct helper_credential *c, struct buf *out,
		 struct buf *tell)
{
	(void)world;
	(void)c;
	(void)tell;
	buf_str(out, "pushgate: there is no store for credentials\n");
	return 1;
}

int answer_erase(const struct world *world, const char *server, struct buf *out, struct buf *tell)
{
	(void)world;
	(void)server;
	(void)out;
	(void)tell;
	return 0;
}

int answer_list(const struct world *world, struct buf *out, struct buf *tell)
{
	scoped_helper_names names = { 0 };

	(void)world;
	(void)tell;
	helper_write_list(&names, out);
	return 0;
}
