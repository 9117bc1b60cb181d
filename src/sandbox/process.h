/* SPDX-License-Identifier: MIT */
/* The part of the sandbox that is the same with SANDBOX=none. */
#ifndef SANDBOX_PROCESS_H
#define SANDBOX_PROCESS_H

#include <stdbool.h>

/* Sanitizers need calls and memory that the product must not have, and trace it at its end for leaks. */
#if defined(__SANITIZE_ADDRESS__)
#define INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define INSTRUMENTED 1
#endif
#endif
#ifndef INSTRUMENTED
#define INSTRUMENTED 0
#endif

/* Logs at debugLevel >= 2 that the kernel lacks or refuses `layer`, and errno. */
void process_lacks(int debug_level, const char *layer);

/* Limits on memory, descriptors, processes, files and core files. False: not all of them. */
bool process_set_limits(int debug_level);

#endif
