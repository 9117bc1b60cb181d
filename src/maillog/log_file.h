/* SPDX-License-Identifier: MIT */
/*
 * A mail log, read line by line. What gzip, bzip2, xz or zstd packed is told by its first bytes, whatever
 * its name, and unpacked by that program.
 */
#ifndef MAILLOG_LOG_FILE_H
#define MAILLOG_LOG_FILE_H

#include <stdio.h>

#include "base/span.h"

enum { LOG_FILE_LINE_MAX = 65536 }; /* bytes; longer lines are left out and counted */

struct log_file;

/* "-" is standard input, which is never unpacked. NULL: it cannot be read, `error` says why. */
struct log_file *log_file_open(const char *path, char *error, size_t size);

/* The next line without its newline, valid until the next call. False at the end or at an error. */
bool log_file_line(struct log_file *log, struct span *line);

/* Lines left out so far. */
unsigned long log_file_left_out(const struct log_file *log);

/* False: not everything could be read, `error` says why. */
bool log_file_close(struct log_file *log, char *error, size_t size);

#endif
