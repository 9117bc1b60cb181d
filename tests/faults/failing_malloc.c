/* SPDX-License-Identifier: MIT */
/*
 * Preloaded by test_memory.py: counts allocations in the file FAIL_COUNT, and refuses number FAIL_AT, with
 * FAIL_ON all that follow as well. The file is mapped before main, so that no sandbox is in the way.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static unsigned long unseen, *count = &unseen, fail_at;
static bool fail_on;

__attribute__((constructor)) static void prepare(void)
{
	const char *path = getenv("FAIL_COUNT"), *at = getenv("FAIL_AT");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *shared;

	if (fd < 0)
		return;
	shared = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (shared == MAP_FAILED)
		return;
	count = shared;
	*count = 0;
	fail_on = getenv("FAIL_ON") != NULL;
	fail_at = at ? strtoul(at, NULL, 10) : 0;
}

static bool is_refused(void)
{
	++*count;
	if (fail_at == 0 || *count < fail_at || (*count > fail_at && !fail_on))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return is_refused() ? NULL : __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
	return is_refused() ? NULL : __libc_calloc(number, size);
}

void *realloc(void *old, size_t size)
{
	return is_refused() ? NULL : __libc_realloc(old, size);
}
