/* SPDX-License-Identifier: MIT */
/*
 * Whole logs to decisions: which lines of a log, or of a mailbox, tell of SPF, and what they say.
 */
#ifndef MAILLOG_LOG_READER_H
#define MAILLOG_LOG_READER_H

#include <signal.h>
#include <time.h>

#include "maillog/logged_decision.h"

struct log_reader {
	const char *verb; /* errors begin with it */
	struct span
		ident; /* a service's name in the log besides policyd-spf, policy-spf and spfpolicyd */
	time_t now, since;	     /* older lines are left out; a field has no time and counts */
	volatile sig_atomic_t *stop; /* no more lines once it is set; NULL */

	/* Spans are gone when they return. */
	void (*decision)(void *arg, const struct logged_decision *decision, time_t time);
	void (*warning)(void *arg,
			struct span message); /* the service's "warning: ..", or worse; NULL */
	void *arg;
};

/*
 * Reads one log, log_file_open()'s "-" included: lines of syslog daemons and journald, and Received-SPF fields as
 * they stand in a message, folded or not. False: it could not be read to its end; why is said on stderr.
 */
bool log_reader_read(const struct log_reader *reader, const char *path);

#endif
