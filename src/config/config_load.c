/* SPDX-License-Identifier: MIT */
#include "config/config_load.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/xalloc.h"
#include "config_file.h"
#include "config_line.h"
#include "config_users.h"
#include "option.h"
#include "test_only.h"

static const char default_file[] = SYSCONFDIR "/spfpolicyd/spfpolicyd.conf";

struct loader {
	struct config *config;
	struct config_report report;
	unsigned seen[OPTIONS_MAX]; /* the line of the file that set each option */
};

struct config *config_defaults(void)
{
	struct arena *memory = arena_create();
	struct config *config = arena_take(memory, sizeof(*config));
	struct config_report report = { .errors = 0 };

	config->memory = memory;
	for (size_t i = 0; i < option_count; i++)
		if (option_table[i].type)
			option_read(&option_table[i], span_of(option_table[i].preset), config,
				    memory, &report);
	/* A default that its own reader rejects is our defect: no service should start on it. */
	if (report.errors)
		abort();
	return config;
}

static void note_repetition(struct loader *loader, const struct option *option)
{
	unsigned *seen = &loader->seen[option - option_table];

	if (*seen && option->type)
		config_report_notice(&loader->report, "%s is set again, line %u has no effect",
				     option->name, *seen);
	*seen = loader->report.line;
}

static void load_setting(struct loader *loader, enum config_line_style style, char *start,
			 char *end)
{
	struct span value;
	const struct option *option = option_next(style, &start, end, &value, &loader->report);

	if (option && style == CONFIG_LINE_FILE)
		note_repetition(loader, option);
	if (option)
		option_read(option, value, loader->config, loader->config->memory, &loader->report);
}

static void load_file(struct loader *loader, const char *path, bool optional)
{
	struct test_only test_only = { .length = 0 };
	struct config_file file;
	const char *problem;
	char *start, *end;
	int error = config_file_read(path, &file, &problem);

	if (optional && (error == ENOENT || error == ENOTDIR))
		return;
	loader->report.origin = path;
	if (error) {
		config_report_error(&loader->report, "%s", problem);
		return;
	}
	loader->config->file = arena_string(loader->config->memory, span_of(path));
	while (config_file_next(&file, &start, &end, &loader->report)) {
		test_only_line(&test_only, span_between(start, end), &loader->report);
		load_setting(loader, CONFIG_LINE_FILE, start, end);
	}
	loader->report.line = 0;
	config_file_release(&file);
}

static void load_argument(struct loader *loader, const char *argument)
{
	size_t length = strlen(argument);
	char *copy = xstrndup(argument, length);

	loader->report.origin = "-o";
	if (config_line_trim(span_of(copy)).length)
		load_setting(loader, CONFIG_LINE_ARGUMENT, copy, copy + length);
	else
		config_report_error(&loader->report, "the setting is empty: use -o 'Name = value'");
	free(copy);
}

/* Asked once, before the process confines itself. */
static const char *find_host_name(struct arena *memory)
{
	char name[DNS_NAME_MAX] = "";

	if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0')
		return "unknown";
	return arena_string(memory, span_of(name));
}

struct config *config_load(const struct config_source *source)
{
	struct loader loader = {
		.config = config_defaults(),
		.report = { .error = source->error, .notice = source->notice, .arg = source->arg },
	};

	loader.config->host_name = find_host_name(loader.config->memory);
	load_file(&loader, source->file ? source->file : default_file, !source->file);
	for (size_t i = 0; i < source->settings_count; i++)
		load_argument(&loader, source->settings[i]);
	if (loader.config->per_user)
		config_users_load(loader.config, &loader.report);
	if (!loader.report.errors)
		return loader.config;
	config_destroy(loader.config);
	return NULL;
}

void config_destroy(struct config *config)
{
	if (config)
		arena_destroy(config->memory);
}

const struct config *config_for_recipient(const struct config *config, struct span recipient)
{
	const struct config *settings = config_users_find(config->users, recipient);

	return settings ? settings : config;
}
