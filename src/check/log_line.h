/* SPDX-License-Identifier: MIT */
/*
 * The message behind a line that somebody found in a log or a header, for `check` to judge it
 * again. Read are, with or without what syslog puts before them: our decisions and those of
 * policyd-spf and postfix-policyd-spf-perl ("client-ip=..; helo=..; ..."), Received-SPF,
 * Authentication-Results and X-Comment header fields of theirs and ours, smtpd's rejects ("reject:
 * RCPT from mx.example.com[192.0.2.1]: 550 ...; from=<..> to=<..> helo=<..>"), policyd-spf's reply
 * texts ("...Why?s=mfrom;id=..;ip=..;r=.."). Pure.
 */
#ifndef CHECK_LOG_LINE_H
#define CHECK_LOG_LINE_H

#include "postfix/request.h"

/* Values as the client said them, quotes and escapes undone, NUL-terminated, no NUL inside. */
struct log_line {
	char client[REQUEST_VALUE_MAX + 1];
	char helo[REQUEST_VALUE_MAX + 1];   /* "" when not told */
	char sender[REQUEST_VALUE_MAX + 1]; /* "" for the null sender and when not told */
	char recipient[REQUEST_VALUE_MAX +
		       1]; /* what receiver= or to= says; "" when hidden or not told */
	bool cut;	   /* a value ends in "...": the log had to cut it */
};

/* Returns false when no client address is in it, or a value is too long or holds a NUL. */
bool log_line_parse(struct span line, struct log_line *message);

#endif
