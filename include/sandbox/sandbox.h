/* SPDX-License-Identifier: MIT */
/*
 * What the process gives up before it reads the first untrusted byte.
 *
 * The order matters: descriptors and identity first (sandbox_prepare, at the very start), everything
 * that needs files after that, then confinement (sandbox_enter). What the kernel does not have is left
 * out: rlimits, no_new_privs and the seccomp filter work from 4.19 on, Landlock by its ABI.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Opens /dev/null on those of the descriptors 0, 1, 2 that are closed, so that no socket of ours becomes one of
 * them. Moves stderr to /dev/null when it is the policy socket: a byte on it would be read as a reply (spawn(8)
 * makes all three the same socket). Clears the environment variables that libraries obey (resolver, allocator),
 * and a TZ that names a FIFO or a device. Ignores SIGPIPE and SIGXFSZ. Returns false when not even that is
 * possible.
 */
bool sandbox_prepare(void);

/* Stderr is a descriptor that a person or a file reads: it is safe to write to. */
bool sandbox_stderr_is_free(void);

/*
 * As root: becomes the unprivileged user "nobody" for good. Elsewhere nothing. Returns false, with errno
 * set, when that fails: the caller must not go on.
 */
bool sandbox_drop_root(void);

/* What of it the kernel gave. */
struct sandbox_layers {
	bool limits;
	bool no_new_privs;
	bool undumpable;   /* nor to be traced */
	bool no_exec_gain; /* memory does not become executable (MDWE, Linux 6.3) */
	bool seccomp;
	unsigned landlock; /* its ABI; 0: none */
	bool landlock_tcp;
	bool landlock_scopes; /* signals and abstract sockets */
};

/*
 * Confines the process: limits on memory, descriptors, processes and core files; no new privileges, not
 * dumpable; Landlock without any path, with TCP to the `count` ports of DNS servers only; a seccomp
 * filter. Each layer that the kernel does not have, or refuses, is logged at debugLevel >= 2 and left
 * out.
 */
struct sandbox_layers sandbox_enter(int debug_level, const uint16_t *dns_ports, size_t count);

/* False in a program built with SANDBOX=none: sandbox_enter() sets limits, and no more. */
extern const bool sandbox_is_complete;

#endif
