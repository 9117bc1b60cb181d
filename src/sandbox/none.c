/* SPDX-License-Identifier: MIT */
/* In place of enter.c in a program that is built with SANDBOX=none, for a system without them. */
#include <errno.h>

#include "process.h"
#include "sandbox/sandbox.h"

const bool sandbox_is_complete = false;

struct sandbox_layers sandbox_enter(int debug_level, const uint16_t *dns_ports, size_t count)
{
	struct sandbox_layers layers = { .limits = process_set_limits(debug_level) };

	(void)dns_ports;
	(void)count;
	errno = EOPNOTSUPP;
	process_lacks(debug_level, "confinement in this program");
	return layers;
}
