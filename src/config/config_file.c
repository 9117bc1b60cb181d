/* SPDX-License-Identifier: MIT */
#include "config_file.h"

#include <errno.h>

static const char byte_order_mark[] = "\xef\xbb\xbf";

int config_file_read(const char *path, struct config_file *file, const char **problem)
{
	int error = file_read(path, FILE_REGULAR, CONFIG_FILE_MAX, &file->file);
	struct span text = { file->file.data, file->file.length };

	file->position = span_starts_with(text, byte_order_mark) ? strlen(byte_order_mark) : 0;
	if (error)
		*problem = error == EFBIG ? "is larger than 1 MiB" : file_error(error);
	if (error == EFBIG)
		config_file_release(file);
	return error;
}

void config_file_release(struct config_file *file)
{
	file_release(&file->file);
}

static const char *line_problem(struct span line)
{
	if (line.length > CONFIG_FILE_LINE_MAX)
		return "the line is longer than 65536 bytes";
	return span_contains(line, '\0') ? "the line holds a NUL byte: this is not a text file" :
					   NULL;
}

bool config_file_next(struct config_file *file, char **start, char **end,
		      struct config_report *report)
{
	struct span text = { file->file.data, file->file.length }, line;
	struct span rest = span_skip(text, file->position);

	while (span_next_line(&rest, &line)) {
		const char *problem = line_problem(line);

		*start = file->file.data + file->position;
		*end = *start + line.length;
		file->position = text.length - rest.length;
		report->line++;
		if (!problem)
			return true;
		config_report_error(report, "%s", problem);
	}
	return false;
}
