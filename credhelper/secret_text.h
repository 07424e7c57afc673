/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a secret is text: helpers answer, and sealed files hold, JSON. */
#ifndef CREDHELPER_SECRET_TEXT_H
#define CREDHELPER_SECRET_TEXT_H

#include <stdbool.h>

#include "common/base/secret.h"

/* UTF-8. controls: with control characters and NULs, too. */
bool secret_is_text(const struct secret *s, bool controls);

#endif
