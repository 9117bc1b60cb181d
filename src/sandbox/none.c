/* SPDX-License-Identifier: MIT */
/* In place of enter.c in a program that is built with SANDBOX=none, for a system without them. */
#include <errno.h>

#include "process.h"
#include "sandbox/sandbox.h"

const bool sandbox_is_complete = false;

void sandbox_enter(int debug_level, const uint16_t *dns_ports, size_t count)
{
	(void)dns_ports;
	(void)count;
	process_set_limits(debug_level);
	errno = EOPNOTSUPP;
	process_lacks(debug_level, "confinement in this program");
}
