/* SPDX-License-Identifier: MIT */
/*
 * One entry of journalctl -o json, or of Docker's json-file: a flat JSON object (RFC 8259) on one line. Pure.
 */
#ifndef MAILLOG_JOURNAL_H
#define MAILLOG_JOURNAL_H

#include <time.h>

#include "base/arena.h"

struct journal_entry {
	time_t time;	     /* __REALTIME_TIMESTAMP, seconds */
	struct span ident;   /* SYSLOG_IDENTIFIER; Docker has none */
	struct span message; /* Docker: the line that the program wrote, with stamp and name */
};

/* False when it is no such object, or has no time, identifier or message of text: journald writes a message
 * that is not UTF-8 as an array of numbers, and no line of an SPF service is that. */
bool journal_parse(struct span line, struct arena *arena, struct journal_entry *entry);

#endif
