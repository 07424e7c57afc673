/* SPDX-License-Identifier: Apache-2.0 */
/* The proleptic Gregorian calendar: dates as days. */
#ifndef COMMON_CODEC_CALENDAR_H
#define COMMON_CODEC_CALENDAR_H

#include <stdint.h>

/* Days from 1970-01-01 to that date; month 1 to 12. A day past its month's end counts on. */
int64_t calendar_days(int year, int month, int day);

/* How many days the month (1 to 12) has. */
int calendar_month_days(int year, int month);

#endif
