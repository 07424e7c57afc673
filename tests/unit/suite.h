/* SPDX-License-Identifier: Apache-2.0 */
/* What each tests/unit/.../test_<module>.c defines: the suite that its binary runs. */
#ifndef TESTS_UNIT_SUITE_H
#define TESTS_UNIT_SUITE_H

#include <check.h>

Suite *suite(void);

#endif
