/* SPDX-License-Identifier: Apache-2.0 */
/* The one main() of all unit tests; each binary brings its own suite(). */
#include "tests/unit/suite.h"

#include <stdlib.h>

int main(void)
{
	SRunner *runner = srunner_create(suite());

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
