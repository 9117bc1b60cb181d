/* SPDX-License-Identifier: MIT */
#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void (*on_failure)(void);

void xalloc_on_failure(void (*report)(void))
{
	on_failure = report;
}

/* _exit, not exit: no handler and no stdio buffer may say anything to the peer now. */
void xalloc_failed(void)
{
	void (*report)(void) = on_failure;

	on_failure = NULL;
	if (report)
		report();
	_exit(XALLOC_EXIT_STATUS);
}

static void *checked(void *memory)
{
	if (!memory)
		xalloc_failed();
	return memory;
}

void *xmalloc(size_t size)
{
	return checked(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return checked(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *old, size_t size)
{
	return checked(realloc(old, size ? size : 1));
}

char *xstrndup(const char *data, size_t length)
{
	char *copy = xmalloc(length + 1);

	if (length)
		memcpy(copy, data, length);
	copy[length] = '\0';
	return copy;
}
