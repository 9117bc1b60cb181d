/* SPDX-License-Identifier: MIT */
/* Rotated logs in the order of time, whatever order the shell names them in. */
#ifndef MAILLOG_LOG_ORDER_H
#define MAILLOG_LOG_ORDER_H

#include <time.h>

/*
 * Sorts the paths by the time of the first line that has one; what has none, or cannot be read, comes first. With "-",
 * a pipe or a device among them they stay as they are, since those can be read only once.
 */
void log_order(char **paths, int count, time_t now);

#endif
