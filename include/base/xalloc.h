/* SPDX-License-Identifier: MIT */
/*
 * Allocation that does not fail: out of memory ends the process at once with exit status 70
 * (EX_SOFTWARE), without a word to the peer. Postfix then retries, and its default action decides.
 * Everything returned is released with free().
 */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

#include <stddef.h>

enum { XALLOC_EXIT_STATUS = 70 };

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrndup(const char *data, size_t length);

/* For what a library could not allocate: ends the process in the same way. */
void xalloc_failed(void) __attribute__((noreturn));

/* Called once before the process ends for want of memory. It must do without any. */
void xalloc_on_failure(void (*report)(void));

#endif
