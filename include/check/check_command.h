/* SPDX-License-Identifier: MIT */
/*
 * `spfpolicyd check`: one message judged for a person, with the evaluation as a tree.
 */
#ifndef CHECK_CHECK_COMMAND_H
#define CHECK_CHECK_COMMAND_H

#include <stdio.h>

#include "command_line.h"
#include "policy/policy.h"

/*
 * Judges the message that the command line describes through the same policy as the service and
 * prints verdicts, action, header, log line and tree. A client that the policy exempts is judged a
 * second time without exemptions, which takes the library. Returns the exit status: 0 whatever the
 * verdict, COMMAND_EXIT_USAGE when the message is not described well enough (said on stderr).
 */
int check_command(const struct command_line *line, struct policy *policy, struct resolver *resolver,
		  struct check_library *library, FILE *out);

#endif
