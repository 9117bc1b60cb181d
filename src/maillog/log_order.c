/* SPDX-License-Identifier: MIT */
#include "maillog/log_order.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/xalloc.h"
#include "log_file.h"
#include "maillog/log_record.h"

enum { LINES_MAX = 1000 }; /* looked at */

struct dated {
	char *path;
	int place; /* as they were named */
	time_t time;
};

static bool is_read_once(const char *path)
{
	struct stat status;

	return strcmp(path, "-") == 0 ||
	       (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode));
}

static time_t first_time(const char *path, time_t now)
{
	char error[512];
	struct log_file *log = log_file_open(path, error, sizeof(error));
	struct log_record record = { 0 };
	struct span line;

	if (!log)
		return 0;
	for (unsigned i = 0; i < LINES_MAX && !record.time && log_file_line(log, &line); i++) {
		struct arena *arena = arena_create();

		if (!log_record_parse(line, now, arena, &record))
			record.time = 0;
		arena_destroy(arena);
	}
	log_file_close(log, error, sizeof(error));
	return record.time;
}

static int compare(const void *a, const void *b)
{
	const struct dated *left = a, *right = b;

	if (left->time != right->time)
		return left->time < right->time ? -1 : 1;
	return left->place - right->place;
}

void log_order(char **paths, int count, time_t now)
{
	struct dated *list;

	for (int i = 0; i < count; i++)
		if (is_read_once(paths[i]))
			return;
	if (count < 2)
		return;
	list = xcalloc((size_t)count, sizeof(*list));
	for (int i = 0; i < count; i++)
		list[i] = (struct dated){ paths[i], i, first_time(paths[i], now) };
	qsort(list, (size_t)count, sizeof(*list), compare);
	for (int i = 0; i < count; i++)
		paths[i] = list[i].path;
	free(list);
}
