/* SPDX-License-Identifier: MIT */
/*
 * The log: our own sender to the local syslog socket, to Postfix's postlogd, or to a file. A logger that
 * hangs cannot block it, and no line is lost silently.
 *
 * Each line is one datagram (RFC 3164, facility mail, which journald and rsyslog read; for postlogd and in a
 * file "Nov 28 16:04:05 host ident[pid]: text"), one system call. When the queue is full, a line waits
 * LOG_WAIT_MS for room; the lines after a lost one do not wait. Lost lines are counted: "warning: log: N
 * lines were lost" precedes the next line that is delivered. A socket that is gone is reopened at most once
 * a line, a file never. A line is printable ASCII (other bytes become \xNN) of at most LOG_LINE_MAX bytes; a
 * longer one ends in "...".
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/log_target.h"
#include "base/text.h"

enum {
	LOG_LINE_MAX = 2000, /* what Postfix sends to its postlogd at most */
};

enum log_level {
	LOG_LEVEL_ERROR,   /* "fatal: ": the process ends */
	LOG_LEVEL_WARNING, /* "warning: ", then a subject and a colon for logwatch: "config: ..." */
	LOG_LEVEL_INFO,
};

/*
 * Before log_open() lines go to stderr. `to_terminal`: to stderr as well, because a person is looking.
 * Standard error may be the policy socket: main replaces it before it logs anything. The name `ident` is copied,
 * target->path is borrowed until the next of these calls.
 */
void log_open_target(const struct log_target *target, const char *ident, bool to_terminal);
void log_open(enum log_destination destination, const char *ident, bool to_terminal);
void log_close(void);

/*
 * Connects to the logger or opens the file, and reads the time zone: before the process confines itself.
 * False, with errno: the settings name what this process cannot write to.
 */
bool log_prepare(void);

/* It writes to a regular file: no limit on the size of files may stand in its way. */
bool log_fills_file(void);

/*
 * Appends where lines go: "syslog (/dev/log)", "the file /var/log/spf". False: the last line did not get there,
 * or there is nothing that takes lines.
 */
bool log_describe(struct text *out);

/* Replaces the socket address "/dev/log", for tests. The path is borrowed. */
void log_set_socket(const char *path);

void log_message(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
