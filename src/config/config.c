/* SPDX-License-Identifier: MIT */
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>

#include "base/arena.h"
#include "config_file.h"
#include "config_line.h"
#include "config_report.h"
#include "config_users.h"
#include "config_value.h"
#include "option.h"
#include "base/xalloc.h"

static const char default_file[] = SYSCONFDIR "/spfpolicyd/spfpolicyd.conf";

enum { OPTIONS_MAX = 80 }; /* at least option_count */

struct loader {
	struct config *config;
	struct config_report report;
	unsigned seen[OPTIONS_MAX]; /* line of the file that set the option of this place */
};

static struct config *config_defaults(void)
{
	struct arena *memory = arena_create();
	struct config *config = arena_take(memory, sizeof(*config));
	struct config_source nobody = { .file = NULL };
	struct config_report report = { .source = &nobody };

	config->memory = memory;
	for (size_t i = 0; i < option_count; i++)
		if (option_table[i].type != OPTION_IGNORED && option_table[i].type != OPTION_ALIAS)
			config_value_set(&option_table[i], span_of(option_table[i].preset), config,
					 memory, &report);
	/*
	 * A default that its own reader refuses is our defect, and no service should start on it.
	 */
	if (report.mistakes || option_count > OPTIONS_MAX)
		abort();
	return config;
}

static const struct option *find_option(struct loader *loader, struct span name)
{
	const struct option *option = option_find(name);

	if (!option)
		config_report_unknown(&loader->report, name);
	if (!option || option->type != OPTION_ALIAS)
		return option;
	config_report_notice(&loader->report, "%s is the old name of %s", option->name,
			     option->preset);
	return option_find(span_of(option->preset));
}

static void note_repetition(struct loader *loader, const struct option *option)
{
	unsigned *seen = &loader->seen[option - option_table];

	if (*seen && option->type != OPTION_IGNORED)
		config_report_notice(&loader->report, "%s is set again, line %u has no effect",
				     option->name, *seen);
	*seen = loader->report.line;
}

static void load_setting(struct loader *loader, enum config_line_style style, char *start,
			 char *end)
{
	struct config_line line;
	const char *problem = config_line_read(style, &start, end, &line);
	const struct option *option;

	if (problem) {
		config_report_line(&loader->report, line.name, problem);
		return;
	}
	if (!line.name.length)
		return;
	option = find_option(loader, line.name);
	if (!option)
		return;
	if (style == CONFIG_LINE_FILE)
		note_repetition(loader, option);
	config_value_set(option, line.value, loader->config, loader->config->memory,
			 &loader->report);
}

static void load_file(struct loader *loader, const char *path, bool optional)
{
	struct config_file file;
	const char *problem;
	char *start, *end;
	int error = config_file_read(path, &file, &problem);

	if (optional && (error == ENOENT || error == ENOTDIR))
		return;
	loader->report.origin = path;
	if (error) {
		config_report_mistake(&loader->report, "%s", problem);
		return;
	}
	while (config_file_next(&file, &start, &end, &problem)) {
		loader->report.line = file.line;
		if (problem)
			config_report_mistake(&loader->report, "%s", problem);
		else
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
		config_report_mistake(&loader->report,
				      "the setting is empty: use -o 'Name = value'");
	free(copy);
}

struct config *config_load(const struct config_source *source)
{
	struct loader loader = { .config = config_defaults(), .report = { .source = source } };

	load_file(&loader, source->file ? source->file : default_file, !source->file);
	for (size_t i = 0; i < source->settings_count; i++)
		load_argument(&loader, source->settings[i]);
	if (loader.config->per_user)
		config_users_load(loader.config, &loader.report);
	if (!loader.report.mistakes)
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

/* Values of any length, one after the other. */
struct value_page {
	FILE *out;
	char *text;
	size_t size;
};

static void value_page_open(struct value_page *page)
{
	*page = (struct value_page){ .text = NULL };
	page->out = open_memstream(&page->text, &page->size);
	if (!page->out)
		_Exit(XALLOC_EXIT_STATUS);
}

/* Valid until the next call. */
static const char *value_page_text(struct value_page *page, const struct option *option,
				   const struct config *config)
{
	rewind(page->out);
	config_value_print(option, config, page->out);
	fputc('\0', page->out);
	if (fflush(page->out) != 0)
		_Exit(XALLOC_EXIT_STATUS);
	return page->text;
}

static void value_page_close(struct value_page *page)
{
	fclose(page->out);
	free(page->text);
}

static bool needs_quotes(const char *text)
{
	return strchr(text, '#') || text[0] == '"' ||
	       config_line_trim(span_of(text)).length != strlen(text);
}

static void print_setting(const char *name, const char *text, FILE *out)
{
	fprintf(out, "%s =", name);
	if (*text)
		fputc(' ', out);
	if (!needs_quotes(text)) {
		fprintf(out, "%s\n", text);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputs("\"\n", out);
}

void config_print(const struct config *config, bool all, FILE *out)
{
	struct config *defaults = config_defaults();
	struct value_page page, preset;

	value_page_open(&page);
	value_page_open(&preset);
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];
		const char *text;

		if (option->type == OPTION_IGNORED || option->type == OPTION_ALIAS)
			continue;
		text = value_page_text(&page, option, config);
		if (all || strcmp(text, value_page_text(&preset, option, defaults)) != 0)
			print_setting(option->name, text, out);
	}
	value_page_close(&page);
	value_page_close(&preset);
	config_destroy(defaults);
}
