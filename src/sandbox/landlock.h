/* SPDX-License-Identifier: MIT */
/*
 * Landlock: no path can be opened, made or run, TCP goes to the DNS servers' ports only, no signal
 * leaves the process and no abstract UNIX socket is reached, as far as this kernel has these.
 */
#ifndef SANDBOX_LANDLOCK_H
#define SANDBOX_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct landlock_result {
	unsigned abi;
	bool files;  /* Linux 5.13 */
	bool tcp;    /* 6.7 */
	bool scopes; /* 6.12 */
};

/* For good. Needs no_new_privs. When `files` is false, nothing was done, and errno says why. */
struct landlock_result landlock_restrict(const uint16_t *tcp_ports, size_t count);

#endif
