/* SPDX-License-Identifier: MIT */
/*
 * A configuration file in memory, and its lines.
 */
#ifndef CONFIG_CONFIG_FILE_H
#define CONFIG_CONFIG_FILE_H

#include "base/span.h"

enum {
	CONFIG_FILE_MAX = 1 << 20,    /* bytes of a file */
	CONFIG_FILE_LINE_MAX = 65536, /* bytes of a line */
};

struct config_file {
	char *data; /* released by config_file_release() */
	size_t length;
	size_t position; /* of the next line */
	unsigned line;	 /* number of the line last given out, from 1 */
};

/*
 * Reads a regular file whole. Never waits: a FIFO, a device, a directory is refused. Returns 0,
 * or an errno value with what is wrong in *problem (static); ENOENT = there is no such file.
 */
int config_file_read(const char *path, struct config_file *file, const char **problem);
void config_file_release(struct config_file *file);

/*
 * The next line without its newline, writable in place. False at the end. A byte order mark at the
 * beginning is skipped. *problem: NULL, or why this line can not be used (static).
 */
bool config_file_next(struct config_file *file, char **start, char **end, const char **problem);

#endif
