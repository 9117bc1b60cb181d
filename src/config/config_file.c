/* SPDX-License-Identifier: MIT */
#include "config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"

static const char byte_order_mark[] = "\xef\xbb\xbf";

static int fail(const char **problem, const char *text, int error)
{
	*problem = text;
	return error;
}

/* At nearly every start one file is not there, and nobody reads why: strerror() would load its texts. */
static int fail_to_open(const char **problem, int error)
{
	return fail(problem, error == ENOENT ? "No such file or directory" : strerror(error),
		    error);
}

/* The size that fstat() told is not trusted: the file may grow meanwhile. */
static int read_all(int fd, struct config_file *file, const char **problem)
{
	size_t size = 0;

	for (;;) {
		ssize_t got;

		if (file->length > CONFIG_FILE_MAX)
			return fail(problem, "is larger than 1 MiB", EFBIG);
		if (file->length == size) {
			size = size ? size * 2 : 8192;
			file->data = xrealloc(file->data, size);
		}
		got = read(fd, file->data + file->length, size - file->length);
		if (got == 0)
			return 0;
		if (got < 0 && errno != EINTR)
			return fail(problem, strerror(errno), errno);
		if (got > 0)
			file->length += (size_t)got;
	}
}

int config_file_read(const char *path, struct config_file *file, const char **problem)
{
	/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;
	int error = 0;

	*file = (struct config_file){ .data = NULL };
	if (fd < 0)
		return fail_to_open(problem, errno);
	if (fstat(fd, &status) < 0)
		error = fail(problem, strerror(errno), errno);
	else if (!S_ISREG(status.st_mode))
		error = fail(problem, "is not a regular file", EINVAL);
	else
		error = read_all(fd, file, problem);
	close(fd);
	if (error)
		config_file_release(file);
	else if (file->length >= 3 && memcmp(file->data, byte_order_mark, 3) == 0)
		file->position = 3;
	return error;
}

void config_file_release(struct config_file *file)
{
	free(file->data);
	*file = (struct config_file){ .data = NULL };
}

bool config_file_next(struct config_file *file, char **start, char **end, const char **problem)
{
	size_t left = file->length - file->position;
	char *newline;

	if (!left)
		return false;
	*start = file->data + file->position;
	newline = memchr(*start, '\n', left);
	*end = newline ? newline : *start + left;
	file->position += (size_t)(*end - *start) + (newline != NULL);
	file->line++;
	*problem = NULL;
	if (*end - *start > CONFIG_FILE_LINE_MAX)
		*problem = "the line is longer than 65536 bytes";
	else if (memchr(*start, '\0', (size_t)(*end - *start)))
		*problem = "the line holds a NUL byte: this is not a text file";
	return true;
}
