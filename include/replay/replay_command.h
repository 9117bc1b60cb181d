/* SPDX-License-Identifier: MIT */
/*
 * `spfpolicyd replay`: the decisions in mail logs made again, with today's DNS and these settings.
 */
#ifndef REPLAY_REPLAY_COMMAND_H
#define REPLAY_REPLAY_COMMAND_H

#include <stdio.h>

#include "replay/replay_policy.h"

enum {
	REPLAY_EXIT_LOSS = 1,	/* something that was accepted would be rejected */
	REPLAY_EXIT_FAILED = 2, /* usage, or a log that could not be read to its end */
	REPLAY_JOBS = 16,	/* messages judged at the same time, by default */
	REPLAY_TOP = 10,	/* rows of a list, by default */
};

struct replay_options {
	char **files; /* "-" = standard input; sorted by time */
	int files_count;
	const char *since; /* log_record_time()'s forms; NULL = everything */
	const char *jobs;  /* NULL = REPLAY_JOBS */
	const char *top;   /* rows of a list on the page; NULL = REPLAY_TOP */
	bool json, no_color;
};

/*
 * Reads the logs (maillog/log_reader.h), judges each message once and prints what would change. SIGINT ends it
 * early, with what is known so far. Returns the exit status; 0: nothing that was accepted would be rejected.
 */
int replay_command(const struct replay_options *options, const struct config *config,
		   replay_policy create, void *arg, FILE *out);

#endif
