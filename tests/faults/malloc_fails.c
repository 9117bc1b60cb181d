/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into the program: lets allocations fail. MALLOC_FAIL_AT=n fails the n-th (counted from 1) and,
 * with MALLOC_FAIL_ALL=1, every later one. At the end the number of allocations is written to the
 * descriptor MALLOC_COUNT_FD, when that is set.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static unsigned long count, fail_at;
static int fail_all, count_fd = -1;

static long setting(const char *name)
{
	const char *text = getenv(name);

	return text ? atol(text) : 0;
}

__attribute__((constructor)) static void start(void)
{
	fail_at = (unsigned long)setting("MALLOC_FAIL_AT");
	fail_all = setting("MALLOC_FAIL_ALL") != 0;
	count_fd = getenv("MALLOC_COUNT_FD") ? (int)setting("MALLOC_COUNT_FD") : -1;
	count = 0;
}

__attribute__((destructor)) static void end(void)
{
	char text[32];
	int length = snprintf(text, sizeof text, "%lu\n", count);

	if (count_fd >= 0 && write(count_fd, text, (size_t)length) != length)
		_exit(99);
}

static int fails(void)
{
	count++;
	if (fail_at == 0 || count < fail_at || (count > fail_at && !fail_all))
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
	return fails() ? NULL : __libc_calloc(number, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}
