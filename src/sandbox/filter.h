/* SPDX-License-Identifier: MIT */
/* The system calls that are left after start, as a seccomp filter. */
#ifndef SANDBOX_FILTER_H
#define SANDBOX_FILTER_H

#include "bpf.h"

/* Returns false, with errno set, for a machine whose calls we do not know. */
bool filter_assemble(struct bpf_program *program);

/* For good. Needs no_new_privs. Returns false, with errno set, when the kernel does not take it. */
bool filter_install(void);

/* What seccomp cannot see on this machine, for the log; NULL: nothing. */
extern const char *const filter_gap;

#endif
