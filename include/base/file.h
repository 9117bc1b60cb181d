/* SPDX-License-Identifier: MIT */
/*
 * A small file in memory.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

struct file {
	char *data; /* not terminated; released by file_release() */
	size_t length;
};

enum file_kind {
	FILE_REGULAR, /* anything else is EINVAL; never waits */
	FILE_ANY,     /* a pipe is read to its end */
};

/*
 * Reads a whole file. Returns 0, or an errno value and nothing to release. More than `max` bytes are
 * EFBIG; the first `max` of them are then in *file, to be released.
 */
int file_read(const char *path, enum file_kind kind, size_t max, struct file *file);
void file_release(struct file *file);

/* What is wrong, for a person (static): strerror(), and words for the two errors above. */
const char *file_error(int error);

#endif
