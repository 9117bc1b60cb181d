/* SPDX-License-Identifier: MIT */
/*
 * The envelope behind a line that somebody found in a log or a header. Read are, with or without what
 * syslog puts before them: our decisions and those of policyd-spf and postfix-policyd-spf-perl
 * ("client-ip=..; helo=..; ..."), Received-SPF, Authentication-Results and X-Comment header fields of theirs and
 * ours, smtpd's rejects ("reject: RCPT from mx.example.com[192.0.2.1]: 550 ...; from=<..> to=<..>
 * helo=<..>"), policyd-spf's reply texts ("...Why?s=mfrom;id=..;ip=..;r=.."). Pure.
 */
#ifndef MAILLOG_LOG_LINE_H
#define MAILLOG_LOG_LINE_H

#include "base/arena.h"
#include "policy/envelope.h"

/*
 * Sets client_text, helo, sender and recipient as the client said them, quotes and escapes undone,
 * NUL-terminated in the arena, no NUL inside; .data is NULL for what the line does not tell. The recipient
 * is what receiver= or to= says, unless that is hidden. *cut: a value ends in "...", the log had to cut it.
 * False when no client address is in the line, or a value is too long or holds a NUL.
 */
bool log_line_parse(struct span line, struct arena *arena, struct envelope *envelope, bool *cut);

/*
 * The value of a key ("action=") among the "key=value" pairs of a log line or header field, quotes and
 * escapes undone as above; empty when it is not there or cannot be one.
 */
struct span log_line_value(struct span line, const char *key, struct arena *arena);

#endif
