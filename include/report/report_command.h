/* SPDX-License-Identifier: MIT */
/*
 * `spfpolicyd report`: what the decisions in mail logs add up to.
 */
#ifndef REPORT_REPORT_COMMAND_H
#define REPORT_REPORT_COMMAND_H

#include <stdio.h>

#include "config/config.h"

enum {
	REPORT_EXIT_UNREADABLE = 1,
	REPORT_EXIT_USAGE = 2,
	REPORT_TOP = 5, /* rows of a list, by default */
};

struct report_options {
	char **files; /* "-" = standard input; sorted by time */
	int files_count;
	const char *since; /* log_record_time()'s forms; NULL = everything */
	const char *top;   /* rows of a list on the page; NULL = REPORT_TOP */
	bool json, no_color;
};

/*
 * Reads the logs, in any order, and prints what they hold: the decisions of this service (Log_Ident), of policyd-spf
 * and of postfix-policyd-spf-perl. Asks no DNS. Returns the exit status: 0; REPORT_EXIT_UNREADABLE when a log could
 * not be read to its end (the rest is reported); REPORT_EXIT_USAGE. Errors are said on stderr.
 */
int report_command(const struct report_options *options, const struct config *config, FILE *out);

#endif
