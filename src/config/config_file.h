/* SPDX-License-Identifier: MIT */
/*
 * The lines of a configuration file.
 */
#ifndef CONFIG_CONFIG_FILE_H
#define CONFIG_CONFIG_FILE_H

#include "base/file.h"
#include "config_report.h"

enum {
	CONFIG_FILE_MAX = 1 << 20,    /* bytes of a file */
	CONFIG_FILE_LINE_MAX = 65536, /* bytes of a line */
};

struct config_file {
	struct file file;
	size_t position; /* of the next line */
};

/*
 * Reads a regular file whole and skips a byte order mark. Returns 0, or an errno value with what is wrong
 * in *problem (static); ENOENT = there is no such file.
 */
int config_file_read(const char *path, struct config_file *file, const char **problem);
void config_file_release(struct config_file *file);

/*
 * The next line without its newline, writable in place; report->line counts on. A line that cannot be
 * used is reported and passed over. False at the end.
 */
bool config_file_next(struct config_file *file, char **start, char **end,
		      struct config_report *report);

#endif
