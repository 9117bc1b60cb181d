/* SPDX-License-Identifier: MIT */
#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* _exit, not exit: no handler and no stdio buffer may say anything to the peer now. */
static void *checked(void *memory)
{
	if (!memory)
		_exit(XALLOC_EXIT_STATUS);
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
