/* SPDX-License-Identifier: MIT */
/*
 * config --self-test: does what the service stands on work here? The DNS servers, the log, and the confinement
 * that this kernel gives, each tried in a process that confined itself as the service does. Takes seconds,
 * whatever the network does.
 */
#ifndef SELFTEST_SELF_TEST_H
#define SELFTEST_SELF_TEST_H

#include <stdio.h>

#include "config/config.h"
#include "dns/servers.h"

enum {
	SELF_TEST_FINE = 0,
	SELF_TEST_TROUBLE = 1, /* something that the service needs does not work */
};

/*
 * The log has been opened (log_prepare), the rights of root are still there. What it finds is written as comment
 * lines. Returns an exit status.
 */
int self_test(const struct config *config, const struct servers *servers, FILE *out);

#endif
