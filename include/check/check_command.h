/* SPDX-License-Identifier: MIT */
/*
 * `spfpolicyd check`: one message judged for a person, with the evaluation as a tree.
 */
#ifndef CHECK_CHECK_COMMAND_H
#define CHECK_CHECK_COMMAND_H

#include <stdio.h>

#include "dns/zone.h"
#include "policy/policy.h"

enum {
	CHECK_EXIT_USAGE = 2,
	CHECK_EXIT_WARNINGS = 1, /* audit_command.h: nothing worse was found */
	CHECK_EXIT_ERRORS = 2,	 /* errors that make mail fail */
	/* With --domain: wrong options, settings or zone file; nothing was looked at. EX_USAGE of sysexits.h. */
	CHECK_EXIT_NOT_DONE = 64,
};

struct check_options {
	struct envelope
		envelope;     /* --ip (client_text), --helo, --from, --to; .data NULL = not given */
	const char *log_line; /* what is not given is read out of it; NULL */
	const char *record;   /* --record; NULL */
	const char *domain;   /* --domain: its record for every client, no message; NULL */
	bool diff;	      /* --diff: what --record changes */
	bool json, no_color;
};

/* What the verb stands on. The zone is NULL or what the resolver answers from. */
struct check_parts {
	const struct config *config;
	struct policy *policy;
	struct resolver *resolver;
	struct zone *zone;
};

/*
 * Judges the message that the options describe through the same policy as the service and prints verdicts,
 * action, header, log line and tree. A client that the policy exempts is judged nevertheless. --record goes
 * into the zone, for the domain that is judged. Returns the exit status: 0 whatever the verdict,
 * CHECK_EXIT_USAGE when the message is not described well enough (said on stderr).
 */
int check_command(const struct check_options *options, const struct check_parts *parts, FILE *out);

#endif
