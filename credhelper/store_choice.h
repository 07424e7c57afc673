/* SPDX-License-Identifier: Apache-2.0 */
/* The user's policy, written for the one thing that install has to say in it: where pull
 * credentials lie. */
#ifndef CREDHELPER_STORE_CHOICE_H
#define CREDHELPER_STORE_CHOICE_H

#include "common/base/error.h"

/*
 * Sets "store" in the policy at path, which is made if it is not there; all else in it stays.
 * suffix: "secretservice", another helper's ("pass"), or NULL: the encrypted file. Errors: those of
 * policy_parse() and files.h.
 */
int store_choice_set(const char *path, const char *suffix, struct error *err) must_check;

#endif
