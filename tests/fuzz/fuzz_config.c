/* SPDX-License-Identifier: MIT */
/*
 * The configuration from any bytes. By the first byte: "u" a Per_User file, "o" an -o argument,
 * else a configuration file. What is said about errors is printable ASCII of bounded length.
 * One input in ROUND_TRIP_EVERY goes through the real files as well: a configuration comes out
 * exactly when there was no error, and what is printed of it reads back to the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "config/config_file.h"
#include "config/config_load.h"
#include "config/config_print.h"
#include "config/config_report.h"
#include "config/config_users.h"
#include "config/option.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROUND_TRIP_EVERY = 256 };

static void hear(void *arg, const char *origin, unsigned line, const char *message)
{
	size_t *count = arg;

	(void)origin;
	(void)line;
	++*count;
	if (!*message || strlen(message) >= CONFIG_REPORT_MAX)
		abort();
	for (; *message; message++)
		if (*message < ' ' || *message > '~')
			abort();
}

static void hear_notice(void *arg, const char *origin, unsigned line, const char *message)
{
	size_t unused = 0;

	(void)arg;
	hear(&unused, origin, line, message);
}

/* A regular file without a disk. */
struct memory_file {
	int fd;
	char path[32];
};

static void put(struct memory_file *file, const void *data, size_t size)
{
	if (!file->path[0]) {
		file->fd = memfd_create("config", MFD_CLOEXEC);
		snprintf(file->path, sizeof(file->path), "/proc/self/fd/%d", file->fd);
	}
	if (ftruncate(file->fd, 0) < 0 || pwrite(file->fd, data, size, 0) != (ssize_t)size)
		abort();
}

static struct config *load(const char *path, const char *setting)
{
	size_t errors = 0;
	struct config_source source = {
		.file = path,
		.settings = &setting,
		.settings_count = setting != NULL,
		.error = hear,
		.notice = hear_notice,
		.arg = &errors,
	};
	struct config *config = config_load(&source);

	if ((config == NULL) != (errors > 0))
		abort();
	return config;
}

/* config_print() into a file in memory, with the text for the caller to release. */
static char *print(const struct config *config, struct memory_file *file)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	config_print(config, true, out);
	fclose(out);
	put(file, text, size);
	return text;
}

static void round_trip(const uint8_t *data, size_t size)
{
	static struct memory_file file, users, first, second;
	char setting[64], *argument = NULL, *printed, *printed_again;
	struct config *config, *again;

	put(&file, data, data[0] == 'u' || data[0] == 'o' ? 0 : size);
	if (data[0] == 'u') {
		put(&users, data + 1, size - 1);
		snprintf(setting, sizeof(setting), "Per_User=text,%s", users.path);
	} else if (data[0] == 'o') {
		argument = strndup((const char *)data + 1, size - 1);
	}
	config = load(file.path, data[0] == 'u' ? setting : argument);
	free(argument);
	if (!config)
		return;
	printed = print(config, &first);
	again = load(first.path, NULL);
	if (!again)
		abort();
	printed_again = print(again, &second);
	if (strcmp(printed, printed_again) != 0)
		abort();
	free(printed);
	free(printed_again);
	config_destroy(again);
	config_destroy(config);
}

static void read_setting(struct config *config, struct config_report *report,
			 enum config_line_style style, char *start, char *end)
{
	struct span value;
	const struct option *option = option_next(style, &start, end, &value, report);

	if (option)
		option_read(option, value, config, config->memory, report);
}

/* The readers alone, over settings that have been made once. False after a error. */
static bool read_text(struct config *config, const uint8_t *data, size_t size)
{
	size_t errors = 0;
	struct config_report report = {
		.error = hear, .notice = hear_notice, .arg = &errors, .origin = "fuzz"
	};
	bool marked = data[0] == 'u' || data[0] == 'o';
	size_t length = size - marked;
	/* Its own copy, of exactly that size: one byte too far is seen. */
	struct config_file file = { .file = { malloc(length ? length : 1), length } };
	char *start, *end;

	memcpy(file.file.data, data + marked, length);
	if (data[0] == 'u')
		config_users_read(config, &file, &report);
	else if (data[0] == 'o')
		read_setting(config, &report, CONFIG_LINE_ARGUMENT, file.file.data,
			     file.file.data + length);
	else
		while (config_file_next(&file, &start, &end, &report))
			read_setting(config, &report, CONFIG_LINE_FILE, start, end);
	config_file_release(&file);
	if (report.errors != errors)
		abort();
	return !errors;
}

static unsigned hash(const uint8_t *data, size_t size)
{
	unsigned value = 5381;

	while (size--)
		value = value * 33 + *data++;
	return value ^ value >> 15;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct memory_file nothing;
	static struct config *base;
	const struct span text = { (const char *)data, size };
	struct config config;

	if (!base) {
		put(&nothing, "", 0);
		base = load(nothing.path, NULL);
	}
	if (!size)
		return 0;
	config = *base;
	config.memory = arena_create();
	if (read_text(&config, data, size)) {
		config_for_recipient(&config, text);
		domain_list_match(&config.skip_senders, text);
	}
	arena_destroy(config.memory);
	if (hash(data, size) % ROUND_TRIP_EVERY == 0)
		round_trip(data, size);
	return 0;
}
