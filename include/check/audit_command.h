/* SPDX-License-Identifier: MIT */
/*
 * `spfpolicyd check --domain`: the record of a domain for every client.
 */
#ifndef CHECK_AUDIT_COMMAND_H
#define CHECK_AUDIT_COMMAND_H

#include "check/check_command.h"

/* options->domain is set. Returns the exit status of check_command.h; what is wrong with the options is said on stderr. */
int audit_command(const struct check_options *options, const struct check_parts *parts, FILE *out);

#endif
