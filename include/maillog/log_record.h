/* SPDX-License-Identifier: MIT */
/*
 * A line of a log as syslog daemons and journald write it, taken apart:
 *	Nov 23 09:14:07 mx policyd-spf[100]: text
 *	2026-11-23T09:14:07.123456+01:00 mx policyd-spf[100]: text
 *	<22>1 2026-11-23T09:14:07.123Z mx policyd-spf 100 - - text
 *	{"__REALTIME_TIMESTAMP":"1763885647123456","SYSLOG_IDENTIFIER":"policyd-spf","MESSAGE":"text",...}
 *	{"log":"Nov 23 09:14:07 mx policyd-spf[100]: text\n","stream":"stdout",...}
 * The last two are journalctl -o json and Docker's. Also with a facility and level, without the host, and with what
 * a container's runtime puts before a line. Pure.
 */
#ifndef MAILLOG_LOG_RECORD_H
#define MAILLOG_LOG_RECORD_H

#include <time.h>

#include "base/arena.h"

struct log_record {
	time_t time;	   /* seconds since the epoch; stamps without a zone are local time */
	struct span ident; /* what stands before "[pid]:" */
	struct span message;
	/* It came so often; with an empty ident: what the line before told, again. */
	unsigned times;
};

/*
 * The spans point into the line, or the arena where an escape had to be undone. A stamp without a year
 * is of the last year in which it is not later than a day after `now`. False on anything else.
 */
bool log_record_parse(struct span line, time_t now, struct arena *arena, struct log_record *record);

/* What a process wrote, "policyd-spf[100]: text", without its name and number; any other line as it is. */
struct span log_record_text(struct span line);

/* "2026-11-23", "2026-11-23 09:14", "2026-11-23 09:14:07" or with a "T"; local time, or UTC with a "Z" behind.
 * Also "7d", "12h", "30m": so long before `now`. False on anything else. */
bool log_record_time(struct span text, time_t now, time_t *time);

#endif
