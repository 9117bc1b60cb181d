/* SPDX-License-Identifier: MIT */
#ifndef SELFTEST_SELF_TEST_DNS_H
#define SELFTEST_SELF_TEST_DNS_H

#include <stdio.h>

#include "dns/servers.h"

/* A paragraph for each server. Returns how many cannot be relied upon. */
unsigned self_test_dns(const struct servers *servers, FILE *out);

#endif
