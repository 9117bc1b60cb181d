/* SPDX-License-Identifier: MIT */
/*
 * The log: an own sender to the local syslog socket that a hung logger can not hold up and that never loses
 * silently, and the line of one decision.
 *
 * Lines go out as one datagram each (RFC 3164 form that journald and rsyslog take), facility mail, one
 * system call a line. A full queue is given LOG_PATIENCE_MS; a hung logger, no second time.
 * A line that can not be delivered is counted; when the logger is back,
 * "warning: log: N lines were lost" precedes the next one. A socket that is gone is opened anew at most
 * once a line. A line is printable ASCII (other bytes as \xNN), at most LOG_LINE_MAX bytes, longer ones
 * end in "...".
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "config/config.h"
#include "policy/decision.h"
#include "base/text.h"

enum {
	LOG_LINE_MAX = 2048,
	LOG_PATIENCE_MS = 50, /* that a line waits for room in the logger's queue, unless the one
				   before it was lost */
};

enum log_level {
	LOG_LEVEL_ERROR,   /* "fatal: ": we end */
	LOG_LEVEL_WARNING, /* "warning: "; begin with a subject and a colon, which logwatch wants:
				   "config: unknown option foo" */
	LOG_LEVEL_INFO,
};

/*
 * Until log_open() lines go to stderr. `to_terminal`: also to stderr, because a person is looking.
 * The standard descriptors may be the policy socket: main moves stderr away before it says anything.
 */
void log_open(enum config_log where, const char *ident, bool to_terminal);
void log_close(void);

/* Connects to the logger and reads the time zone: before the process confines itself. */
void log_prepare(void);

/* Replaces the socket address "/dev/log", for tests. The path is borrowed. */
void log_set_socket(const char *path);

void log_message(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The decision's line, in the words that logwatch, logcheck and munin know:
 *   prepend Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=..; helo=..; envelope-from=..;
 *   receiver=..                       when a header is prepended and the mail goes on
 *   Fail; identity=mailfrom; client-ip=..; ...      rejects, deferrals, and what goes on without one
 * then "; action=prepend; restriction=..; mech=..; problem=..; lookups=..; voids=..; ms=..; qid=..", each
 * where there is such a thing. Mail that was not judged, and repetitions of what goes on:
 *   decided action=prepend X-Comment: SPF check N/A for local connections - client-ip=..; ...
 * which logwatch passes over instead of reporting it as unknown. `;`, `\` and bytes outside printable
 * ASCII are \xNN inside values, so that no value can forge a key.
 *
 * Written at debugLevel >= 1; repeated decisions for further recipients of a message, and requests that
 * are not ours, are written for rejects and deferrals, and for the rest at debugLevel >= 2. In test mode
 * "would-" precedes what keeps mail out: action=would-reject.
 */
void log_decision(const struct config *config, const struct message_facts *facts,
		  const struct decision *decision);

/* The same line without sending it. */
void log_format_decision(struct text *out, const struct config *config,
			 const struct message_facts *facts, const struct decision *decision);

#endif
