/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"

/* The size that fstat() reports is not trusted: the file may grow meanwhile. */
static int read_all(int fd, size_t max, struct file *file)
{
	size_t size = 0;

	for (;;) {
		ssize_t got;

		if (file->length == size) {
			size = size ? size * 2 : 8192;
			file->data = xrealloc(file->data, size);
		}
		got = read(fd, file->data + file->length, size - file->length);
		if (got == 0)
			return 0;
		if (got < 0 && errno != EINTR)
			return errno;
		if (got > 0)
			file->length += (size_t)got;
		if (file->length > max) {
			file->length = max;
			return EFBIG;
		}
	}
}

int file_read(const char *path, enum file_kind kind, size_t max, struct file *file)
{
	/* O_NONBLOCK: opening a FIFO would wait for a writer. */
	int wait = kind == FILE_REGULAR ? O_NONBLOCK : 0;
	int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC | wait);
	struct stat status;
	int error = 0;

	*file = (struct file){ .data = NULL };
	if (fd < 0)
		return errno;
	if (fstat(fd, &status) < 0)
		error = errno;
	else if (kind == FILE_REGULAR && !S_ISREG(status.st_mode))
		error = EINVAL;
	else
		error = read_all(fd, max, file);
	close(fd);
	if (error && error != EFBIG)
		file_release(file);
	return error;
}

void file_release(struct file *file)
{
	free(file->data);
	*file = (struct file){ .data = NULL };
}

/* At nearly every start one file does not exist, and nobody reads why: strerror() would load its texts. */
const char *file_error(int error)
{
	switch (error) {
	case ENOENT: return "No such file or directory";
	case EINVAL: return "is not a regular file";
	case EFBIG: return "is too large";
	default: return strerror(error);
	}
}
