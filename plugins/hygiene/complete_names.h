/* SPDX-License-Identifier: Apache-2.0 */
/* Names on the engine, as candidates for completion. */
#ifndef PLUGINS_HYGIENE_COMPLETE_NAMES_H
#define PLUGINS_HYGIENE_COMPLETE_NAMES_H

#include "common/cli/verb.h"

/* As struct verb's complete. An engine that does not answer at once gives no candidates. For
 * --keep: everything that has a name; for operands: tags of images. */
void complete_names(struct cli *cli, const struct opt *opt, const char *prefix,
		    struct completion *completion);
void complete_images(struct cli *cli, const struct opt *opt, const char *prefix,
		     struct completion *completion);

#endif
