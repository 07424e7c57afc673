/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of the last run as Prometheus text, for node_exporter's textfile collector. */
#ifndef PLUGINS_HYGIENE_METRICS_H
#define PLUGINS_HYGIENE_METRICS_H

#include "plugins/hygiene/report.h"

/* Pure; owned by the caller. success: the exit status is 0. */
char *metrics_format(const struct report *report, bool success) must_check;
/* Replaces the file at once, readable for all, so that no scrape sees half of it. */
int metrics_write(const char *path, const struct report *report, bool success, struct error *err)
	must_check;

/* Before anything is done whose figures would be lost: could it be written? */
int metrics_check(const char *path, struct error *err) must_check;

#endif
