/* SPDX-License-Identifier: MIT */
#ifndef SELFTEST_SELF_TEST_CONFINEMENT_H
#define SELFTEST_SELF_TEST_CONFINEMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "dns/servers.h"
#include "sandbox/sandbox.h"

/*
 * From inside, after sandbox_enter(): which layers there are, and what happened when this process tried what
 * the service never does. False: the kernel has a layer that let it pass.
 */
bool self_test_confinement(const struct sandbox_layers *layers, const struct servers *servers,
			   FILE *out);

/* What one process more, confined like that, may not do and live: to run a program. Never returns. */
_Noreturn void self_test_exec(const struct sandbox_layers *layers);

/* How that process ended, by its status of wait(2). False: it ran the program, though there is a layer against it. */
bool self_test_exec_result(int status, FILE *out);

#endif
